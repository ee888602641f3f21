/* tui_dialog.c - see tui_dialog.h. */
#include "tui_dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_text.h"
#include "base/mem.h"
#include "base/units.h"
#include "tui_line.h"
#include "tui_model.h"

#define BOX_LEAST_WIDTH 44
#define BOX_MOST_WIDTH 76
#define LABEL_GAP 2

/* ---- making one ------------------------------------------------------------------ */

void
tui_dialog_close(struct tui_dialog *dialog)
{
	json_decref(dialog->state);
	mem_wipe(dialog, sizeof *dialog); /* it may have shown a secret */
}

struct tui_dialog *
tui_dialog_open(struct tui_model *model, const char *object, const char *button,
                tui_dialog_fn accept, const char *title_fmt, ...)
{
	struct tui_dialog *dialog = &model->dialog;
	va_list ap;

	model->wants_forget = model->wants_forget || dialog->is_secret;
	tui_dialog_close(dialog);
	dialog->is_open = true;
	dialog->button = button;
	dialog->accept = accept;
	snprintf(dialog->object, sizeof dialog->object, "%s", object);
	va_start(ap, title_fmt);
	vsnprintf(dialog->title, sizeof dialog->title, title_fmt, ap);
	va_end(ap);
	return dialog;
}

void
tui_dialog_line(struct tui_dialog *dialog, enum tui_style style, const char *fmt, ...)
{
	va_list ap;

	if (dialog->lines == TUI_DIALOG_LINES)
		return;
	va_start(ap, fmt);
	vsnprintf(dialog->line[dialog->lines], TUI_FIELD_SIZE, fmt, ap);
	va_end(ap);
	dialog->line_style[dialog->lines++] = style;
}

static struct tui_field *
add_field(struct tui_dialog *dialog, enum tui_field_kind kind, const char *label)
{
	struct tui_field *field = &dialog->field[dialog->fields < TUI_DIALOG_FIELDS
	                                                 ? dialog->fields++
	                                                 : TUI_DIALOG_FIELDS - 1];

	*field = (struct tui_field){ .kind = kind, .label = label };
	return field;
}

struct tui_field *
tui_dialog_text(struct tui_dialog *dialog, const char *label, const char *text, const char *hint)
{
	struct tui_field *field = add_field(dialog, TUI_FIELD_TEXT, label);

	snprintf(field->text, sizeof field->text, "%s", text);
	field->n = strlen(field->text);
	field->hint = hint;
	return field;
}

struct tui_field *
tui_dialog_choice(struct tui_dialog *dialog, const char *label, const char *const *choices,
                  int chosen)
{
	struct tui_field *field = add_field(dialog, TUI_FIELD_CHOICE, label);

	field->choices = choices;
	field->chosen = chosen;
	return field;
}

void
tui_dialog_name(struct tui_dialog *dialog)
{
	(void)add_field(dialog, TUI_FIELD_NAME, "type the name to confirm");
}

void
tui_dialog_reason(struct tui_dialog *dialog)
{
	(void)tui_dialog_text(dialog, "reason", "", "for the audit log");
}

void
tui_dialog_danger(struct tui_dialog *dialog)
{
	dialog->focus = dialog->fields + 1;
}

/* ---- what was answered -------------------------------------------------------------- */

static const struct tui_field *
field_of(const struct tui_dialog *dialog, const char *label)
{
	for (size_t i = 0; i < dialog->fields; i++)
		if (strcmp(dialog->field[i].label, label) == 0)
			return &dialog->field[i];
	return NULL;
}

const char *
tui_dialog_value(const struct tui_dialog *dialog, const char *label)
{
	const struct tui_field *field = field_of(dialog, label);

	if (!field)
		return "";
	return field->kind == TUI_FIELD_CHOICE ? field->choices[field->chosen] : field->text;
}

void
tui_dialog_put_reason(const struct tui_dialog *dialog, json_t *params)
{
	const char *reason = tui_dialog_value(dialog, "reason");

	if (reason[0])
		api_json_put_text(params, "reason", reason);
}

bool
tui_dialog_duration(const struct tui_dialog *dialog, const char *label, int64_t *ms_out,
                    struct err *err)
{
	const char *text = tui_dialog_value(dialog, label);

	*ms_out = 0;
	return text[0] == '\0' || units_parse_duration(span_of(text), ms_out, err) == 0;
}

/* ---- keys ------------------------------------------------------------------------------ */

static size_t
stops(const struct tui_dialog *dialog)
{
	return dialog->fields + (dialog->button ? 2 : 1);
}

static bool
is_cancel(const struct tui_dialog *dialog)
{
	return dialog->focus == stops(dialog) - 1;
}

static const struct tui_field *
name_missing(const struct tui_dialog *dialog)
{
	for (size_t i = 0; i < dialog->fields; i++)
		if (dialog->field[i].kind == TUI_FIELD_NAME
		    && strcmp(dialog->field[i].text, dialog->object) != 0)
			return &dialog->field[i];
	return NULL;
}

/* press - the button. The box is closed first: what it leads to may open the next one. */
static void
press(struct tui_dialog *dialog, struct tui_model *model)
{
	struct tui_dialog asked;

	if (name_missing(dialog)) {
		(void)err_set(&dialog->error, ERR_INPUT, 0, "type %.80s to confirm, or Esc",
		              dialog->object);
		return;
	}
	if (tui_model_refusal(model)) { /* since the key that opened it */
		(void)err_set(&dialog->error, ERR_INPUT, 0, "%s", tui_model_refusal(model));
		return;
	}
	asked = *dialog;
	asked.error.kind = ERR_NONE;
	mem_wipe(dialog, sizeof *dialog);
	if (!asked.accept(model, &asked, &asked.error))
		*dialog = asked;
	else
		json_decref(asked.state);
	mem_wipe(&asked, sizeof asked);
}

static void
move_focus(struct tui_dialog *dialog, int by)
{
	size_t all = stops(dialog);

	dialog->focus = (dialog->focus + (by > 0 ? 1 : all - 1)) % all;
}

static void
choose(struct tui_field *field, int by)
{
	int count = 0;

	while (field->choices[count])
		count++;
	field->chosen = (field->chosen + by + count) % count;
}

static void
key_in_field(struct tui_dialog *dialog, int key)
{
	struct tui_field *field = &dialog->field[dialog->focus];

	if (field->kind != TUI_FIELD_CHOICE)
		(void)tui_line_key(field->text, sizeof field->text, &field->n, key);
	else if (key == TUI_KEY_LEFT || key == 'h')
		choose(field, -1);
	else if (key == TUI_KEY_RIGHT || key == 'l' || key == ' ')
		choose(field, 1);
}

static void
copy(struct tui_dialog *dialog, struct tui_model *model)
{
	mem_free_wiped(model->wants_copy);
	model->wants_copy = mem_strdup(dialog->copy);
	tui_model_say(model, TUI_PLAIN, "copied to the terminal's clipboard");
}

static void
enter(struct tui_dialog *dialog, struct tui_model *model)
{
	if (dialog->focus < dialog->fields)
		move_focus(dialog, 1);
	else if (is_cancel(dialog))
		tui_dialog_close(dialog);
	else
		press(dialog, model);
}

/* key_in_secret - shown once: it goes by one key only, and nothing of it stays anywhere. */
static void
key_in_secret(struct tui_dialog *dialog, struct tui_model *model, int key)
{
	if (key == 'y' && dialog->copy[0])
		copy(dialog, model);
	if (key != TUI_KEY_ESC)
		return;
	tui_dialog_close(dialog);
	model->wants_forget = true;
}

void
tui_dialog_key(struct tui_dialog *dialog, struct tui_model *model, int key)
{
	dialog->error.kind = ERR_NONE;
	if (dialog->is_secret) {
		key_in_secret(dialog, model, key);
		return;
	}
	if (key == TUI_KEY_ESC || key == TUI_CTRL('g'))
		tui_dialog_close(dialog);
	else if (key == '\t' || key == TUI_KEY_DOWN)
		move_focus(dialog, 1);
	else if (key == TUI_KEY_UP)
		move_focus(dialog, -1);
	else if (key == TUI_KEY_ENTER)
		enter(dialog, model);
	else if (dialog->focus < dialog->fields)
		key_in_field(dialog, key);
	else if (key == TUI_KEY_LEFT || key == TUI_KEY_RIGHT)
		dialog->focus = is_cancel(dialog) && dialog->button ? dialog->fields
		                                                    : stops(dialog) - 1;
	else if (key == 'y' && dialog->copy[0])
		copy(dialog, model);
	else if (key == 'q')
		tui_dialog_close(dialog);
}

/* ---- drawing ----------------------------------------------------------------------------- */

static int
label_width(const struct tui_dialog *dialog)
{
	int most = 0;

	for (size_t i = 0; i < dialog->fields; i++) {
		int width = api_text_width(span_of(dialog->field[i].label));

		most = width > most ? width : most;
	}
	return most;
}

static void
draw_frame(const struct tui_dialog *dialog, struct tui_area box)
{
	for (int row = 0; row < box.height; row++)
		tui_area_repeat(box, row, 0, box.width, TUI_PLAIN, ' ');
	tui_area_repeat(box, 0, 0, box.width, TUI_PLAIN, 0x2500);
	tui_area_repeat(box, box.height - 1, 0, box.width, TUI_PLAIN, 0x2500);
	for (int row = 0; row < box.height; row++) {
		tui_area_repeat(box, row, 0, 1, TUI_PLAIN, 0x2502);
		tui_area_repeat(box, row, box.width - 1, 1, TUI_PLAIN, 0x2502);
	}
	tui_area_repeat(box, 0, 0, 1, TUI_PLAIN, 0x250c);
	tui_area_repeat(box, 0, box.width - 1, 1, TUI_PLAIN, 0x2510);
	tui_area_repeat(box, box.height - 1, 0, 1, TUI_PLAIN, 0x2514);
	tui_area_repeat(box, box.height - 1, box.width - 1, 1, TUI_PLAIN, 0x2518);
	(void)tui_area_printf(tui_area_sub(box, 0, 1, 1, box.width - 2), 0, 0, TUI_TITLE, " %s ",
	                      dialog->title);
}

static void
draw_choice(const struct tui_field *field, struct tui_area row, int col, enum tui_style style)
{
	for (int i = 0; field->choices[i]; i++)
		col = tui_area_printf(row, 0, col, i == field->chosen ? style : TUI_PLAIN,
		                      "%s %s", i == field->chosen ? "(•)" : "( )",
		                      field->choices[i]) + 2;
}

static void
draw_field(const struct tui_dialog *dialog, size_t i, struct tui_area row, int label)
{
	const struct tui_field *field = &dialog->field[i];
	bool has_focus = dialog->focus == i;
	enum tui_style style = has_focus ? TUI_TITLE : TUI_PLAIN;
	int col = label + LABEL_GAP, room = row.width - col, hint = 0;

	(void)tui_area_text(row, 0, 0, label, style, span_of(field->label));
	if (field->kind == TUI_FIELD_CHOICE) {
		draw_choice(field, row, col, style);
		return;
	}
	if (field->hint)
		hint = api_text_width(span_of(field->hint)) + 1;
	if (hint > room - 14)
		hint = 0;
	(void)tui_area_text(row, 0, col, 1, style, span_of("["));
	col = tui_line_draw(tui_area_sub(row, 0, col + 1, 1, room - hint - 2), field->text,
	                    field->n, style, has_focus);
	(void)tui_area_text(row, 0, row.width - hint - 1, 1, style, span_of("]"));
	if (hint)
		(void)tui_area_text(row, 0, row.width - hint + 1, hint, TUI_DIM,
		                    span_of(field->hint));
}

static void
draw_buttons(const struct tui_dialog *dialog, struct tui_area row)
{
	int col = row.width / 5;

	if (dialog->is_secret) {
		(void)tui_area_printf(row, 0, 0, TUI_WARN, "y copies the password   Esc closes: it "
		                      "cannot be shown again");
		return;
	}
	if (dialog->button)
		col = tui_area_printf(row, 0, col,
		                      dialog->focus == dialog->fields ? TUI_TITLE : TUI_PLAIN,
		                      "%s[ %s ]", dialog->focus == dialog->fields ? "▶" : " ",
		                      dialog->button) + 4;
	(void)tui_area_printf(row, 0, col, is_cancel(dialog) ? TUI_TITLE : TUI_PLAIN, "%s[ %s ]",
	                      is_cancel(dialog) ? "▶" : " ", dialog->button ? "Cancel" : "Close");
	if (dialog->copy[0] && dialog->focus >= dialog->fields)
		(void)tui_area_printf(row, 0, row.width - 8, TUI_DIM, "y copies");
}

/* draw_lines - Returns how many rows its texts take, wrapped. */
static int
draw_lines(const struct tui_dialog *dialog, struct tui_area area)
{
	int row = 0;

	for (size_t i = 0; i < dialog->lines; i++)
		row += tui_area_wrap(area, row, area.height - row, dialog->line_style[i],
		                     span_of(dialog->line[i]));
	return row;
}

/* field_rows - how many of the fields there is room for, and from which on: in a small terminal
 * those around the focus. Texts above them go first. */
static int
field_rows(const struct tui_dialog *dialog, int room, int *first_out)
{
	int fields = (int)dialog->fields, rows = fields < room ? fields : room > 1 ? room : 1;
	int focus = (int)dialog->focus < fields ? (int)dialog->focus : fields - 1;

	*first_out = focus >= rows ? focus - rows + 1 : 0;
	return fields ? rows : 0;
}

void
tui_dialog_draw(const struct tui_dialog *dialog, struct tui_area all)
{
	int width = all.width - 4 < BOX_MOST_WIDTH ? all.width - 4 : BOX_MOST_WIDTH, texts, height;
	int rows, first;
	struct tui_area box, inner, none = { NULL, 0, 0, all.height, 0 };

	if (width < BOX_LEAST_WIDTH)
		width = all.width;
	none.width = width - 4;
	texts = draw_lines(dialog, none);
	height = texts + (int)dialog->fields + 4;
	if (height > all.height)
		height = all.height;
	rows = field_rows(dialog, height - 4, &first);
	box = tui_area_sub(all, (all.height - height) / 2, (all.width - width) / 2, height, width);
	draw_frame(dialog, box);
	inner = tui_area_sub(box, 1, 2, box.height - 2, box.width - 4);
	texts = draw_lines(dialog, tui_area_sub(inner, 0, 0, inner.height - rows - 2,
	                                        inner.width));
	for (int i = 0; i < rows; i++)
		draw_field(dialog, (size_t)(first + i),
		           tui_area_sub(inner, texts + i, 0, 1, inner.width),
		           label_width(dialog));
	if (dialog->error.kind != ERR_NONE)
		(void)tui_area_text(inner, inner.height - 2, 0, inner.width, TUI_BAD,
		                    span_of(dialog->error.text));
	draw_buttons(dialog, tui_area_sub(inner, inner.height - 1, 0, 1, inner.width));
}
