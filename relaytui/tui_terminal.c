/* tui_terminal.c - see tui_terminal.h. */
#define NCURSES_WIDECHAR 1
#include "tui_terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/mem.h"
#include "tui_action.h"

#define ESCAPE_MS 25         /* Esc alone is Esc after this ... */
#define FENCE_MS 500         /* ... but an answer may come in pieces, and that slowly */
#define FENCE_MISSES_MAX 3   /* a terminal that never answers is not asked for ever */
#define COPY_MAX_BYTES 4096
#define WHEEL_UP BUTTON4_PRESSED
#define WHEEL_DOWN BUTTON5_PRESSED

/* sequences the terminal sends that terminfo does not name */
enum { KEY_FENCE = KEY_MAX + 1, KEY_PASTE_BEGIN, KEY_PASTE_END };

static struct {
	bool is_open, has_color, has_mouse;
	struct termios before;       /* of the terminal, to give back */
	char leave[256];             /* what a signal handler writes to leave the screen */
	size_t leave_bytes;
	bool is_asked;               /* the last frame's question has no answer yet */
	int64_t asked_mono_ms;
	int misses;                  /* questions in a row without an answer */
	bool is_pasting;
	int click_row;
} terminal;

/* how styles look; without colours the attribute alone has to do */
static const struct {
	attr_t attr;
	short color;                 /* of the foreground; -1: the terminal's own */
} looks[TUI_STYLE_COUNT] = {
	[TUI_PLAIN] = { A_NORMAL, -1 },
	[TUI_TITLE] = { A_BOLD, -1 },
	[TUI_DIM] = { A_DIM, -1 },
	[TUI_GOOD] = { A_NORMAL, COLOR_GREEN },
	[TUI_WARN] = { A_NORMAL, COLOR_MAGENTA }, /* yellow cannot be read on white */
	[TUI_BAD] = { A_NORMAL, COLOR_RED },
	[TUI_ALARM] = { A_REVERSE | A_BOLD, -1 },
};

static const struct {
	int curses, ours;
} special_keys[] = {
	{ KEY_UP, TUI_KEY_UP },           { KEY_DOWN, TUI_KEY_DOWN },
	{ KEY_LEFT, TUI_KEY_LEFT },       { KEY_RIGHT, TUI_KEY_RIGHT },
	{ KEY_PPAGE, TUI_KEY_PAGE_UP },   { KEY_NPAGE, TUI_KEY_PAGE_DOWN },
	{ KEY_HOME, TUI_KEY_HOME },       { KEY_END, TUI_KEY_END },
	{ KEY_ENTER, TUI_KEY_ENTER },     { KEY_BACKSPACE, TUI_KEY_BACKSPACE },
	{ KEY_DC, TUI_KEY_BACKSPACE },
};

/* ---- giving it back ---------------------------------------------------- */

static void
write_all(const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* a terminal that is gone needs nothing any more */
		text += done;
		n -= (size_t)done;
	}
}

/* crash - only what a signal handler may: bytes made ready before, the modes
 * back, and the signal again with its own effect. */
static void
crash(int number)
{
	write_all(terminal.leave, terminal.leave_bytes);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
	(void)raise(number); /* SA_RESETHAND: the default now */
}

static void
catch_crashes(void)
{
	static const int numbers[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGTRAP, SIGSYS
	};
	struct sigaction action = { .sa_handler = crash, .sa_flags = (int)SA_RESETHAND };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaction(numbers[i], &action, NULL);
}

static void
add_leave(const char *capability)
{
	const char *text = capability[0] == '\033' ? capability : tigetstr(capability);
	size_t n;

	if (!text || (intptr_t)text == -1)
		return;
	n = strlen(text);
	if (terminal.leave_bytes + n >= sizeof terminal.leave)
		return;
	memcpy(terminal.leave + terminal.leave_bytes, text, n);
	terminal.leave_bytes += n;
}

static void
make_leave(void)
{
	terminal.leave_bytes = 0;
	add_leave("\033[?2004l"); /* bracketed paste off */
	if (terminal.has_mouse)
		add_leave("\033[?1000l\033[?1006l"); /* and mouse reports */
	add_leave("sgr0");
	add_leave("rmkx");
	add_leave("cnorm");
	add_leave("rmcup");
}

static void
enter_modes(void)
{
	write_all("\033[?2004h", 8);
}

/* ---- open and close ---------------------------------------------------- */

/* can_place - does terminfo know the terminal, and can its cursor be placed. */
static bool
can_place(void)
{
	int known;
	const char *place;

	if (setupterm(NULL, STDOUT_FILENO, &known) != OK)
		return false;
	place = tigetstr("cup");
	place = (intptr_t)place == -1 ? NULL : place;
	(void)del_curterm(cur_term);
	return place != NULL;
}

static int
check_terminal(struct err *err)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_INPUT, 0,
			       "relaytui needs a terminal; in scripts use relaycli");
	if (!name || !name[0] || strcmp(name, "dumb") == 0 || !can_place())
		return err_set(err, ERR_INPUT, 0,
			       "the terminal \"%s\" (TERM) is unknown or cannot place text; "
			       "use relaycli", name ? name : "");
	return 0;
}

static void
start_colors(void)
{
	const char *none = getenv("NO_COLOR");

	terminal.has_color = !(none && none[0]) && has_colors() && start_color() == OK &&
	                     use_default_colors() == OK;
	for (short i = 0; terminal.has_color && i < TUI_STYLE_COUNT; i++)
		if (looks[i].color >= 0)
			(void)init_pair((short)(i + 1), looks[i].color, -1);
}

/* take_letters - Ctrl-S must not freeze the picture, nor Ctrl-V swallow a key: there is no
 * line that is edited here. */
static void
take_letters(void)
{
	struct termios modes;

	if (tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	modes.c_iflag &= ~(tcflag_t)IXON;
	modes.c_lflag &= ~(tcflag_t)IEXTEN;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &modes) == 0)
		(void)def_prog_mode(); /* curses gives these back after a suspension */
}

int
tui_terminal_split(struct err *err)
{
	int terminal_fd = open("/dev/tty", O_RDWR | O_CLOEXEC), elsewhere;

	if (terminal_fd < 0)
		return err_set(err, ERR_INPUT, 0,
		               "relaytui needs a terminal; in scripts use relaycli");
	elsewhere = dup(STDOUT_FILENO);
	if (elsewhere < 0 || dup2(terminal_fd, STDOUT_FILENO) < 0) {
		close(terminal_fd);
		return err_errno(err, errno, "cannot draw on the terminal");
	}
	close(terminal_fd);
	return elsewhere;
}

int
tui_terminal_open(bool has_mouse, struct err *err)
{
	SCREEN *screen;

	if (check_terminal(err) < 0)
		return -1;
	if (tcgetattr(STDIN_FILENO, &terminal.before) < 0)
		return err_errno(err, errno, "cannot read the terminal's modes");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return err_set(err, ERR_SYSTEM, 0, "cannot set up the terminal");
	(void)set_term(screen);
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)intrflush(stdscr, FALSE);
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)set_escdelay(ESCAPE_MS);
	(void)curs_set(0);
	take_letters();
	terminal.has_mouse = has_mouse;
	if (has_mouse)
		(void)mousemask(BUTTON1_PRESSED | WHEEL_UP | WHEEL_DOWN, NULL);
	(void)mouseinterval(0); /* a press is a press: no wait whether it becomes a click */
	start_colors();
	(void)define_key("\033[0n", KEY_FENCE);
	(void)define_key("\033[200~", KEY_PASTE_BEGIN);
	(void)define_key("\033[201~", KEY_PASTE_END);
	make_leave();
	catch_crashes();
	enter_modes();
	terminal.is_open = true;
	return 0;
}

void
tui_terminal_close(void)
{
	if (!terminal.is_open)
		return;
	terminal.is_open = false;
	(void)erase(); /* tmux would pull what is left into the shell's screen after a resize */
	(void)refresh();
	(void)curs_set(1);
	(void)endwin();
	write_all(terminal.leave, 8); /* bracketed paste off; endwin did the rest */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
	(void)tcflush(STDIN_FILENO, TCIFLUSH); /* a late answer is not for the shell */
}

bool
tui_terminal_is_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

void
tui_terminal_size(int *height_out, int *width_out)
{
	*height_out = LINES > 0 ? LINES : 1;
	*width_out = COLS > 0 ? COLS : 1;
}

void
tui_terminal_resized(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		(void)resizeterm(size.ws_row, size.ws_col);
	/* what the terminal made of the old picture is anybody's guess */
	(void)clearok(curscr, TRUE);
}

void
tui_terminal_suspend(void)
{
	(void)def_prog_mode();
	(void)endwin();
	write_all(terminal.leave, 8);
	(void)raise(SIGSTOP); /* SIGTSTP itself is blocked: it is read, not taken */
	(void)reset_prog_mode();
	enter_modes();
	terminal.is_asked = false;
	tui_terminal_resized();
}

/* ---- keys -------------------------------------------------------------- */

static int
special_key(int code)
{
	for (size_t i = 0; i < sizeof special_keys / sizeof *special_keys; i++)
		if (special_keys[i].curses == code)
			return special_keys[i].ours;
	return TUI_KEY_OTHER;
}

static int
plain_key(wint_t c)
{
	switch (c) {
	case 27:
		return TUI_KEY_ESC;
	case '\r':
	case '\n':
		return TUI_KEY_ENTER;
	case 127:
	case 8:
		return TUI_KEY_BACKSPACE;
	default:
		return c > 0 && c < TUI_KEY_FIRST ? (int)c : TUI_KEY_OTHER;
	}
}

static void
answered(void)
{
	terminal.is_asked = false;
	terminal.misses = 0;
	(void)set_escdelay(ESCAPE_MS);
}

static int
mouse_key(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return TUI_KEY_OTHER;
	if (event.bstate & WHEEL_UP)
		return TUI_KEY_UP;
	if (event.bstate & WHEEL_DOWN)
		return TUI_KEY_DOWN;
	terminal.click_row = event.y;
	return event.bstate & BUTTON1_PRESSED ? TUI_KEY_CLICK : TUI_KEY_OTHER;
}

int
tui_terminal_click(void)
{
	return terminal.click_row;
}

int
tui_terminal_key(bool *is_paste_out)
{
	for (;;) {
		wint_t c;
		int kind = wget_wch(stdscr, &c);

		*is_paste_out = terminal.is_pasting;
		if (kind == ERR)
			return 0;
		if (kind == OK)
			return plain_key(c);
		if (c == KEY_FENCE)
			answered();
		else if (c == KEY_PASTE_BEGIN || c == KEY_PASTE_END)
			terminal.is_pasting = c == KEY_PASTE_BEGIN;
		else if (c == KEY_MOUSE)
			return mouse_key();
		else if (c != KEY_RESIZE)
			return special_key((int)c);
	}
}

/* ---- painting ---------------------------------------------------------- */

static void
to_curses(const struct tui_cell *cell, cchar_t *out)
{
	wchar_t text[TUI_CELL_RUNES + 1] = { 0 };
	short pair =
		terminal.has_color && looks[cell->style].color >= 0 ? (short)(cell->style + 1) : 0;
	attr_t attr = looks[cell->style].attr;

	for (int i = 0; i < TUI_CELL_RUNES; i++)
		text[i] = (wchar_t)cell->rune[i];
	if (!terminal.has_color && (cell->style == TUI_BAD || cell->style == TUI_WARN))
		attr |= A_BOLD; /* without colours it must still stand out */
	(void)setcchar(out, text, attr, pair, NULL);
}

static void
put_row(const struct tui_canvas *canvas, int row, cchar_t *line)
{
	int n = 0;

	for (int col = 0; col < canvas->width; col++) {
		const struct tui_cell *cell = &canvas->cell[row * canvas->width + col];

		if (cell->rune[0]) /* the right half of a wide character comes with the left */
			to_curses(cell, &line[n++]);
	}
	(void)mvadd_wchnstr(row, 0, line, n);
}

static void
ask_status(int64_t now_mono_ms)
{
	if (terminal.misses >= FENCE_MISSES_MAX)
		return;
	write_all("\033[5n", 4);
	(void)set_escdelay(FENCE_MS);
	terminal.is_asked = true;
	terminal.asked_mono_ms = now_mono_ms;
}

void
tui_terminal_paint(const struct tui_canvas *canvas, int64_t now_mono_ms)
{
	cchar_t *line = mem_zero((size_t)canvas->width, sizeof *line);

	for (int row = 0; row < canvas->height; row++)
		put_row(canvas, row, line);
	mem_free(line);
	(void)curs_set(canvas->cursor_row >= 0 ? 1 : 0);
	if (canvas->cursor_row >= 0)
		(void)move(canvas->cursor_row, canvas->cursor_col);
	(void)refresh();
	ask_status(now_mono_ms);
}

bool
tui_terminal_may_paint(int64_t now_mono_ms, int *wait_ms_out)
{
	int64_t waited = now_mono_ms - terminal.asked_mono_ms;

	if (!terminal.is_asked)
		return true;
	if (waited >= FENCE_MS) {
		terminal.is_asked = false;
		terminal.misses++;
		(void)set_escdelay(ESCAPE_MS);
		return true;
	}
	*wait_ms_out = (int)(FENCE_MS - waited);
	return false;
}

void
tui_terminal_redraw(void)
{
	(void)clearok(curscr, TRUE);
}

/* forget_row - blanks of changing attributes: curses sends each of them, and by that writes over
 * its output buffer, whose size is (2 + LINES) * (6 + COLS). Nothing of it is to be seen. */
static void
forget_row(int row, cchar_t *line)
{
	for (int col = 0; col < COLS; col++)
		(void)setcchar(&line[col], L" ", col % 2 ? A_BOLD : A_NORMAL, 0, NULL);
	(void)mvadd_wchnstr(row, 0, line, COLS);
}

void
tui_terminal_forget(void)
{
	cchar_t *line = mem_zero((size_t)COLS, sizeof *line);

	for (int row = 0; row < LINES; row++)
		forget_row(row, line);
	mem_free(line);
	(void)clearok(curscr, TRUE);
	(void)refresh();
	(void)clearok(curscr, TRUE);
}

/* ---- clipboard --------------------------------------------------------- */

void
tui_terminal_copy(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)text;
	size_t n = strlen(text);
	struct buf out;

	if (n > COPY_MAX_BYTES)
		n = COPY_MAX_BYTES;
	buf_init_secret(&out, COPY_MAX_BYTES * 2); /* it may be a new password */
	(void)buf_append_text(&out, "\033]52;c;");
	for (size_t i = 0; i < n; i += 3) {
		unsigned long three = (unsigned long)p[i] << 16 |
		                      (i + 1 < n ? (unsigned long)p[i + 1] << 8 : 0) |
		                      (i + 2 < n ? p[i + 2] : 0);
		char four[4] = { digits[three >> 18], digits[three >> 12 & 63],
			         i + 1 < n ? digits[three >> 6 & 63] : '=',
			         i + 2 < n ? digits[three & 63] : '=' };

		(void)buf_append(&out, four, sizeof four);
	}
	(void)buf_append_text(&out, "\a");
	write_all(buf_data(&out), out.len);
	buf_deinit(&out);
}
