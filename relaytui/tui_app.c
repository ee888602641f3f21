/* tui_app.c - see tui_app.h.
 *
 *   poll -> signals -> keys (all of them) -> socket -> sync -> paint once
 *
 * Signals are read, not taken: nothing but a crash runs inside a handler. */
#include "tui_app.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tui_child.h"
#include "tui_export.h"
#include "tui_feed.h"
#include "tui_terminal.h"
#include "tui_view.h"

#define PAINT_MS 250          /* news are painted 4 times a second, keys at once */
#define KEYS_MAX 256          /* taken in one turn */
#define BURST_KEYS 8          /* more printable keys at once are no typing ... */

struct app {
	struct tui_model model;
	struct tui_feed *feed;
	struct tui_child child;
	const char *socket_path;
	struct tui_canvas canvas, painted; /* what is to be shown; what the terminal shows */
	struct buf heard;         /* of the child, until it is handed on */
	int signal_fd;
	bool has_keys, has_news;  /* since the last picture */
	bool must_paint;          /* whatever the terminal shows: a signal came, or Ctrl-L */
	int64_t painted_mono_ms;
	int64_t painted_second;   /* of the clock that is shown */
	bool is_over, is_hung_up;
};

/* ---- signals ----------------------------------------------------------- */

static int
open_signals(struct err *err)
{
	static const int numbers[] = {
		SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGINT, SIGHUP, SIGTTOU
	};
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaddset(&set, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_errno(err, errno, "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : err_errno(err, errno, "signalfd");
}

static void
fit(struct app *app)
{
	int height, width;

	tui_terminal_size(&height, &width);
	if (height == app->canvas.height && width == app->canvas.width)
		return;
	tui_canvas_deinit(&app->canvas);
	tui_canvas_init(&app->canvas, height, width, app->model.is_ascii);
	app->model.height = height;
	app->model.width = width;
}

static void
take_signals(struct app *app)
{
	struct signalfd_siginfo info;

	while (read(app->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		switch (info.ssi_signo) {
		case SIGTSTP:
			tui_terminal_suspend();
			break;
		case SIGWINCH:
		case SIGCONT: /* also when somebody else stopped us */
			if (app->model.dialog.is_secret) /* curses frees its old rows as they are */
				tui_terminal_forget();
			tui_terminal_resized();
			break;
		case SIGHUP:
			app->is_hung_up = app->is_over = true;
			break;
		case SIGINT:
		case SIGTERM:
			app->is_over = true;
			break;
		default:
			break;
		}
		fit(app);
		app->has_keys = app->must_paint = true;
	}
}

/* ---- keys -------------------------------------------------------------- */

/* is_burst - text meant for another window: many different characters at once.
 * One key held down on a slow line is none. */
static bool
is_burst(const int *key, size_t n)
{
	size_t printable = 0;
	bool is_one_key = true;

	for (size_t i = 0; i < n; i++) {
		printable += key[i] >= ' ' && key[i] < TUI_KEY_FIRST;
		is_one_key = is_one_key && key[i] == key[0];
	}
	return printable > BURST_KEYS && !is_one_key;
}

static bool
is_typing(const struct tui_model *model)
{
	return tui_prompt_is_open(&model->prompt) || model->dialog.is_open ||
	       model->palette.is_open ||
	       (model->screen == TUI_SEARCH && !model->search.is_in_results);
}

static void
take_keys(struct app *app)
{
	struct tui_model *model = &app->model;
	int key[KEYS_MAX];
	size_t n = 0;
	bool is_paste = false, has_paste = false;

	while (n < KEYS_MAX && (key[n] = tui_terminal_key(&is_paste)) != 0) {
		has_paste = has_paste || is_paste;
		n++;
	}
	if (n == 0)
		return;
	app->has_keys = true;
	if (!is_typing(model) && (has_paste || is_burst(key, n))) {
		tui_model_say(model, TUI_WARN, "pasted text was ignored: %zu keys at once", n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (has_paste && (key[i] < ' ' || key[i] >= TUI_KEY_FIRST))
			continue; /* pasted text never presses a button or runs a line */
		tui_frame_settle(model); /* news may have moved what the cursor is on */
		if (key[i] == TUI_KEY_CLICK)
			tui_input_click(model, tui_terminal_click());
		else
			tui_input_key(model, key[i]);
		tui_frame_settle(model); /* the next key acts on what this one made */
	}
}

/* ---- a turn ------------------------------------------------------------ */

static void
tick(struct app *app)
{
	tui_model_tick(&app->model, clock_unix_ms(), clock_mono_ms());
}

/* run - what the palette wants, as a child. */
static void
run(struct app *app)
{
	struct tui_model *model = &app->model;
	struct err err;

	if (model->wants_stop)
		tui_child_stop(&app->child);
	model->wants_stop = false;
	if (model->run.kind == TUI_RUN_NONE)
		return;
	if (app->heard.max) { /* of a completion that is not waited for any more */
		buf_deinit(&app->heard);
		app->heard.max = 0;
	}
	if (tui_child_start(&app->child, &model->run, app->socket_path,
	                    model->run.kind == TUI_RUN_EXPORT ? model->export_path : NULL,
	                    model->width, &err) < 0) {
		if (model->run.kind == TUI_RUN_COMMAND)
			tui_palette_ended(model, 1);
		model->is_exporting = false;
		tui_model_say(model, TUI_BAD, "%s", err.text);
	}
	model->run.kind = TUI_RUN_NONE;
}

/* take_child - what it says becomes the output, or how the line may go on. */
static void
take_child(struct app *app)
{
	struct tui_model *model = &app->model;
	enum tui_run_kind kind = app->child.kind;
	int code;

	if (app->child.fd < 0)
		return;
	if (app->heard.max == 0)
		buf_init_secret(&app->heard, TUI_OUTPUT_MAX_BYTES);
	if (tui_child_read(&app->child, &app->heard, &code)) {
		if (kind != TUI_RUN_COMMAND)
			return; /* the others are looked at whole */
		code = -1;
	}
	app->has_keys = app->has_keys || app->heard.len > 0 || code >= 0;
	if (kind == TUI_RUN_COMMAND)
		tui_palette_said(model, buf_span(&app->heard));
	else if (kind == TUI_RUN_EXPORT)
		tui_export_ended(model, code, buf_span(&app->heard));
	else if (model->palette.is_open)
		tui_palette_offers(model, buf_span(&app->heard));
	if (kind == TUI_RUN_COMMAND && code >= 0)
		tui_palette_ended(model, code);
	buf_deinit(&app->heard);
	app->heard.max = 0;
}

static void
do_wishes(struct app *app)
{
	struct tui_model *model = &app->model;

	if (model->wants_forget)
		tui_terminal_forget();
	if (model->wants_redraw)
		tui_terminal_redraw();
	app->must_paint = app->must_paint || model->wants_redraw;
	if (model->wants_copy)
		tui_terminal_copy(model->wants_copy);
	mem_free_wiped(model->wants_copy);
	model->wants_copy = NULL;
	model->wants_redraw = model->wants_forget = false;
	app->is_over = app->is_over || model->wants_quit;
	run(app);
}

/* paint_in - ms until the next picture is due; 0: now. */
static int
paint_in(const struct app *app)
{
	int64_t since = app->model.now_mono_ms - app->painted_mono_ms;
	int64_t second_ms = 1000 - app->model.now_unix_ms % 1000;

	if (app->has_keys || app->painted_second != app->model.now_unix_ms / 1000)
		return 0;
	if (app->has_news)
		return since >= PAINT_MS ? 0 : (int)(PAINT_MS - since);
	return (int)second_ms;
}

/* paint - if it is time and the terminal has swallowed the last picture.
 * Returns ms until this has to be asked again. */
static int
paint(struct app *app)
{
	int wait_ms = paint_in(app), fence_ms;

	if (wait_ms > 0)
		return wait_ms;
	if (!tui_terminal_may_paint(app->model.now_mono_ms, &fence_ms))
		return fence_ms;
	tui_frame_settle(&app->model);
	tui_frame_draw(&app->model, &app->canvas);
	/* news that change nothing in sight cost nothing, not even the question */
	if (app->must_paint || !tui_canvas_is_same(&app->canvas, &app->painted)) {
		tui_terminal_paint(&app->canvas, app->model.now_mono_ms);
		tui_canvas_copy(&app->painted, &app->canvas);
	}
	app->must_paint = false;
	app->has_keys = app->has_news = false;
	app->painted_mono_ms = app->model.now_mono_ms;
	app->painted_second = app->model.now_unix_ms / 1000;
	return paint_in(app);
}

/* wait_for - input, news or wait_ms. False: the terminal is gone. */
static bool
wait_for(struct app *app, int wait_ms)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = app->signal_fd, .events = POLLIN },
		{ .fd = tui_feed_fd(app->feed), .events = tui_feed_events(app->feed) },
		{ .fd = app->child.fd, .events = POLLIN },
	};
	int64_t retry_ms = app->model.retry_mono_ms - app->model.now_mono_ms;

	if (fds[2].fd < 0 && retry_ms < wait_ms)
		wait_ms = retry_ms > 0 ? (int)retry_ms : 0;
	(void)poll(fds, sizeof fds / sizeof *fds, wait_ms);
	return !(fds[0].revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void
turn(struct app *app)
{
	int wait_ms;

	tui_feed_sync(app->feed);
	if (app->model.screen == TUI_SEARCH && tui_search_is_waited_for(&app->model.search))
		app->has_news = true; /* how long it takes is shown */
	wait_ms = paint(app);
	tui_feed_sync(app->feed); /* painting settles cursors: the window may have moved */
	if (!wait_for(app, wait_ms))
		app->is_hung_up = app->is_over = true;
	tick(app);
	take_signals(app);
	if (app->is_over)
		return;
	take_keys(app);
	app->has_news = tui_feed_read(app->feed) || app->has_news;
	take_child(app);
	do_wishes(app);
}

int
tui_app_run(const struct tui_options *options, struct err *err)
{
	struct app app = { .painted_second = -1 };
	int elsewhere = options->is_pick ? tui_terminal_split(err) : -1;

	if (options->is_pick && elsewhere < 0)
		return -1;

	app.signal_fd = open_signals(err);
	if (app.signal_fd < 0)
		return -1;
	if (tui_terminal_open(options->has_mouse, err) < 0) {
		close(app.signal_fd);
		return -1;
	}
	tui_model_init(&app.model, options->is_read_only, tui_terminal_is_ascii());
	app.model.is_pick = options->is_pick;
	tui_memory_load(&app.model);
	tui_child_init(&app.child);
	app.socket_path = options->socket_path;
	app.feed = tui_feed_new(options->socket_path, &app.model);
	tui_canvas_init(&app.canvas, 1, 1, app.model.is_ascii);
	tui_canvas_init(&app.painted, 1, 1, app.model.is_ascii);
	app.must_paint = true;
	tick(&app);
	fit(&app);
	while (!app.is_over)
		turn(&app);
	tui_terminal_close();
	if (app.model.picked[0])
		dprintf(elsewhere, "%s\n", app.model.picked);
	if (elsewhere >= 0)
		close(elsewhere);
	tui_memory_save(&app.model);
	tui_child_stop(&app.child);
	tui_feed_free(&app.feed);
	tui_canvas_deinit(&app.canvas);
	tui_canvas_deinit(&app.painted);
	tui_model_deinit(&app.model);
	close(app.signal_fd);
	return app.is_hung_up ? err_set(err, ERR_SYSTEM, 0, "the terminal is gone") : 0;
}
