/* tui_palette.c - see tui_palette.h. */
#include "tui_palette.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "command/command_parse.h"
#include "tui_line.h"
#include "tui_view.h"

/* ---- history -------------------------------------------------------------------- */

static void
remember(struct tui_palette *palette, const char *text)
{
	size_t kept = palette->lines < TUI_PALETTE_HISTORY ? palette->lines
	                                                    : TUI_PALETTE_HISTORY - 1;

	if (palette->lines && strcmp(palette->history[0], text) == 0)
		return;
	memmove(palette->history[1], palette->history[0], kept * sizeof palette->history[0]);
	snprintf(palette->history[0], sizeof palette->history[0], "%s", text);
	palette->lines = kept + 1;
}

static void
show_line(struct tui_palette *palette, size_t at)
{
	palette->at = at;
	snprintf(palette->text, sizeof palette->text, "%s",
	         at ? palette->history[at - 1] : "");
	palette->n = strlen(palette->text);
}

/* ---- what is typed ------------------------------------------------------------------ */

/* screen_named - "queues", "log": a screen of that title, or COUNT. */
static enum tui_screen
screen_named(const char *text)
{
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		const struct tui_view *view = tui_view_of((enum tui_screen)screen);

		if (view && screen != TUI_OUTPUT && screen != TUI_MESSAGE &&
		    strcasecmp(view->title, text) == 0)
			return (enum tui_screen)screen;
	}
	return TUI_SCREEN_COUNT;
}

static void
start(struct tui_model *model, const char *text, bool is_confirmed)
{
	model->run = (struct tui_run){ .kind = TUI_RUN_COMMAND, .is_confirmed = is_confirmed };
	snprintf(model->run.text, sizeof model->run.text, "%s", text);
	tui_output_deinit(&model->output);
	buf_init_secret(&model->output.said, TUI_OUTPUT_MAX_BYTES);
	snprintf(model->output.text, sizeof model->output.text, "%s", text);
	model->output.is_running = true;
	if (model->screen != TUI_OUTPUT)
		tui_model_open(model, TUI_OUTPUT);
}

void
tui_palette_run(struct tui_model *model, const char *text)
{
	start(model, text, false);
}

static bool
run_confirmed(struct tui_model *model, struct tui_dialog *dialog, struct err *err)
{
	(void)err;
	start(model, json_string_value(dialog->state), true);
	return true;
}

/* asks_name - severe ones, and those that are when they are about many. */
static bool
asks_name(const struct command_line *line)
{
	const char *verb = line->command->verb;

	return line->command->danger == COMMAND_SEVERE ||
	       (verb && (strcmp(verb, "bounce") == 0 || strcmp(verb, "cancel") == 0 ||
	                 strcmp(verb, "dkim remove") == 0));
}

/* takes_grace - it can wait some seconds before it is done, and nobody said how many. */
static bool
takes_grace(const struct command_line *line)
{
	const struct command_flag *flag;

	for (size_t i = 0; (flag = command_flag_at(line->command, i)) != NULL; i++)
		if (strcmp(flag->name, "grace") == 0)
			return !command_line_has(line, "grace");
	return false;
}

/* ask - moderate ones: yes or no; severe ones: what they are about, typed. */
static void
ask(struct tui_model *model, const char *text, const struct command_line *line)
{
	bool is_severe = asks_name(line);
	const char *object = line->words ? line->word[0] : line->command->verb;
	struct tui_dialog *dialog =
		tui_dialog_open(model, object, "Run", run_confirmed, "relaycli %s", text);

	dialog->state = json_sprintf("%s%s", text, takes_grace(line) ? " --grace 10s" : "");
	tui_dialog_line(dialog, TUI_PLAIN, "%s.%s", line->command->help,
	                is_severe ? " This cannot be undone." : "");
	if (is_severe)
		tui_dialog_name(dialog);
	else
		tui_dialog_danger(dialog);
}

bool
tui_palette_is_busy(const struct tui_model *model)
{
	return model->output.is_running || model->is_exporting;
}

/* check - may it be run from here? */
static bool
check(struct tui_model *model, const struct command_line *line, struct err *err)
{
	const char *why_not = line->command && command_changes(line->command)
	                              ? tui_model_refusal(model) : NULL;

	if (why_not || tui_palette_is_busy(model)) {
		(void)err_set(err, ERR_INPUT, 0, "%s",
		              why_not ? why_not : "wait: a command is running");
		return false;
	}
	if (line->command && !line->command->method && strcmp(line->command->noun, "top") == 0) {
		(void)err_set(err, ERR_INPUT, 0, "this is relaytui already");
		return false;
	}
	return true;
}

static bool
is_asked(const struct command_line *line)
{
	if (!line->command || line->command->danger < COMMAND_MODERATE ||
	    command_line_has(line, "dry-run"))
		return false;
	return asks_name(line) ||
	       !(command_line_has(line, "yes") || command_line_has(line, "confirm"));
}

/* take - Returns false with err: it stays on the line. */
static bool
take(struct tui_model *model, const char *text, struct err *err)
{
	enum tui_screen screen = screen_named(text);
	struct command_line *line;
	struct arena *arena;
	const char **word;
	int words;
	bool is_good;

	if (strncasecmp(text, "columns ", 8) == 0)
		return tui_listing_column(model, text + 8, err);
	if (screen != TUI_SCREEN_COUNT) {
		tui_model_go(model, screen);
		return true;
	}
	line = mem_zero(1, sizeof *line);
	arena = arena_new(0);
	words = command_split(span_of(text), arena, &word, err);
	is_good = words > 0 && command_parse(word, (size_t)words, true, line, err) == 0 &&
	          check(model, line, err);
	if (is_good && is_asked(line))
		ask(model, text, line);
	else if (is_good)
		start(model, text, false);
	arena_free(&arena);
	mem_free(line);
	return is_good;
}

void
tui_palette_open(struct tui_model *model, const char *text)
{
	struct tui_palette *palette = &model->palette;

	palette->is_open = true;
	palette->offers = palette->at = 0;
	palette->error.kind = ERR_NONE;
	snprintf(palette->text, sizeof palette->text, "%s", text);
	palette->n = strlen(palette->text);
}

static void
enter(struct tui_model *model)
{
	struct tui_palette *palette = &model->palette;
	char text[TUI_PALETTE_SIZE];
	struct span trimmed = span_trim(span_of(palette->text));

	snprintf(text, sizeof text, "%.*s", (int)trimmed.n, trimmed.p);
	palette->is_open = false;
	if (text[0] && !take(model, text, &palette->error))
		palette->is_open = true;
	else if (text[0])
		remember(palette, text);
}

void
tui_palette_key(struct tui_model *model, int key)
{
	struct tui_palette *palette = &model->palette;

	palette->error.kind = ERR_NONE;
	if (key == TUI_KEY_ESC || key == TUI_CTRL('g') ||
	    (key == TUI_KEY_BACKSPACE && palette->n == 0)) {
		palette->is_open = false;
	} else if (key == TUI_KEY_ENTER) {
		enter(model);
	} else if (key == '\t' && tui_palette_is_busy(model)) {
		(void)err_set(&palette->error, ERR_INPUT, 0, "wait: a command is running");
	} else if (key == '\t') {
		snprintf(palette->asked, sizeof palette->asked, "%s", palette->text);
		model->run = (struct tui_run){ .kind = TUI_RUN_COMPLETE };
		snprintf(model->run.text, sizeof model->run.text, "%s", palette->text);
	} else if (key == TUI_KEY_UP && palette->at < palette->lines) {
		show_line(palette, palette->at + 1);
	} else if (key == TUI_KEY_DOWN && palette->at > 0) {
		show_line(palette, palette->at - 1);
	} else if (tui_line_key(palette->text, sizeof palette->text, &palette->n, key)) {
		palette->offers = palette->at = 0;
	}
}

/* ---- how the line could go on ---------------------------------------------------------- */

/* last_word - where the word that is being typed begins. */
static size_t
last_word(const struct tui_palette *palette)
{
	size_t at = palette->n;

	while (at > 0 && palette->text[at - 1] != ' ')
		at--;
	return at;
}

static void
replace_word(struct tui_palette *palette, const char *word, size_t n, bool is_whole)
{
	size_t at = last_word(palette);

	if (at + n + 2 >= sizeof palette->text)
		return;
	memcpy(palette->text + at, word, n);
	palette->n = at + n;
	if (is_whole && word[n - 1] != ':' && word[n - 1] != '=')
		palette->text[palette->n++] = ' ';
	palette->text[palette->n] = '\0';
}

void
tui_palette_offers(struct tui_model *model, struct span lines)
{
	struct tui_palette *palette = &model->palette;
	char common[96] = "";
	size_t n = 0, all = 0;

	palette->offers = 0;
	if (strcmp(palette->asked, palette->text) != 0)
		return; /* of a line that went on meanwhile */
	while (lines.n) {
		struct span hint, line = span_trim(span_cut(lines, '\n', &lines)),
				  word = span_cut(line, '\t', &hint);

		if (word.n == 0 || word.n >= sizeof common)
			continue;
		if (all++ == 0)
			memcpy(common, word.p, n = word.n);
		while (n > 0 && (word.n < n || memcmp(common, word.p, n) != 0))
			n--;
		if (palette->offers == TUI_PALETTE_OFFERS)
			continue;
		snprintf(palette->offer[palette->offers], sizeof palette->offer[0], "%.*s",
		         (int)word.n, word.p);
		snprintf(palette->hint[palette->offers++], sizeof palette->hint[0], "%.*s",
		         (int)hint.n, hint.p);
	}
	palette->offers_more = all - palette->offers;
	if (n > palette->n - last_word(palette) || all == 1)
		replace_word(palette, common, n, all == 1);
	if (all <= 1)
		palette->offers = 0;
}

/* ---- what it said ------------------------------------------------------------------------ */

void
tui_output_deinit(struct tui_output *output)
{
	if (output->said.max)
		buf_deinit(&output->said);
	*output = (struct tui_output){ .code = 0 };
}

void
tui_palette_said(struct tui_model *model, struct span bytes)
{
	if (buf_append_span(&model->output.said, bytes) < 0)
		model->output.is_cut = true;
}

void
tui_palette_ended(struct tui_model *model, int code)
{
	model->output.is_running = false;
	model->output.code = code;
}

/* ---- drawing ------------------------------------------------------------------------------- */

void
tui_palette_draw(const struct tui_model *model, struct tui_area body, struct tui_area row)
{
	const struct tui_palette *palette = &model->palette;
	int rows = (int)palette->offers + (palette->offers_more ? 1 : 0);
	struct tui_area box = tui_area_sub(body, body.height - rows, 0, rows, body.width);
	int col;

	if (palette->offers)
		for (int i = 0; i < rows; i++)
			tui_area_repeat(box, i, 0, box.width, TUI_PLAIN, ' ');
	for (int i = 0; i < (int)palette->offers; i++) {
		(void)tui_area_printf(box, i, 2, TUI_TITLE, "%s", palette->offer[i]);
		(void)tui_area_printf(box, i, 28, TUI_DIM, "%s", palette->hint[i]);
	}
	if (palette->offers && palette->offers_more)
		(void)tui_area_printf(box, rows - 1, 2, TUI_DIM, "and %zu more",
		                      palette->offers_more);
	(void)tui_area_text(row, 0, 0, 1, TUI_TITLE, span_of(":"));
	col = 1 + tui_line_draw(tui_area_sub(row, 0, 1, 1, row.width - 1), palette->text,
	                        palette->n, TUI_PLAIN, true);
	if (palette->error.kind != ERR_NONE)
		(void)tui_area_printf(row, 0, col + 2, TUI_BAD, "%s", palette->error.text);
	else if (palette->n == 0)
		(void)tui_area_printf(row, 0, col + 2, TUI_DIM, "%s", "a screen, or what relaycli "
		                      "can say; Tab goes on, Esc leaves");
}
