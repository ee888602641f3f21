/* tui_prompt.c - see tui_prompt.h. */
#include "tui_prompt.h"

#include <stdio.h>
#include <string.h>

#include "api/api_text.h"
#include "base/utf8.h"
#include "tui_action.h"

void
tui_prompt_ask_line(struct tui_prompt *prompt, const char *title, const char *text,
                    tui_prompt_fn accept)
{
	*prompt = (struct tui_prompt){ .accept = accept };
	snprintf(prompt->title, sizeof prompt->title, "%s", title);
	snprintf(prompt->text, sizeof prompt->text, "%s", text);
	prompt->n = strlen(prompt->text);
}

void
tui_prompt_ask_key(struct tui_prompt *prompt, const char *title, const char *keys,
                   tui_prompt_fn accept)
{
	tui_prompt_ask_line(prompt, title, "", accept);
	prompt->keys = keys;
}

bool
tui_prompt_is_open(const struct tui_prompt *prompt)
{
	return prompt->accept != NULL;
}

static void
drop_rune(struct tui_prompt *prompt)
{
	while (prompt->n > 0 && ((unsigned char)prompt->text[--prompt->n] & 0xc0) == 0x80)
		;
	prompt->text[prompt->n] = '\0';
}

static void
drop_word(struct tui_prompt *prompt)
{
	while (prompt->n > 0 && prompt->text[prompt->n - 1] == ' ')
		drop_rune(prompt);
	while (prompt->n > 0 && prompt->text[prompt->n - 1] != ' ')
		drop_rune(prompt);
}

static void
add_rune(struct tui_prompt *prompt, uint32_t rune)
{
	char bytes[4];
	size_t n;

	if (!utf8_is_harmless(rune) || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return;
	n = utf8_encode(rune, bytes);
	if (prompt->n + n >= sizeof prompt->text)
		return;
	memcpy(prompt->text + prompt->n, bytes, n);
	prompt->n += n;
	prompt->text[prompt->n] = '\0';
}

/* answer - the prompt is closed first: accepting may ask the next question. */
static void
answer(struct tui_prompt *prompt, struct tui_model *model)
{
	struct tui_prompt asked = *prompt;

	prompt->accept = NULL;
	if (!asked.accept(model, asked.text, &asked.error))
		*prompt = asked;
}

void
tui_prompt_key(struct tui_prompt *prompt, struct tui_model *model, int key)
{
	prompt->error.kind = ERR_NONE;
	if (key == TUI_KEY_ESC || key == TUI_CTRL('g')) {
		prompt->accept = NULL;
	} else if (prompt->keys) {
		if (key < 0x80 && key > 0 && strchr(prompt->keys, key)) {
			prompt->n = 0;
			add_rune(prompt, (uint32_t)key);
			answer(prompt, model);
		} else {
			prompt->accept = NULL; /* any other key: no */
		}
	} else if (key == TUI_KEY_ENTER) {
		answer(prompt, model);
	} else if (key == TUI_KEY_BACKSPACE) {
		drop_rune(prompt);
	} else if (key == TUI_CTRL('u')) {
		prompt->n = 0;
		prompt->text[0] = '\0';
	} else if (key == TUI_CTRL('w')) {
		drop_word(prompt);
	} else if (key >= ' ' && key < TUI_KEY_FIRST) {
		add_rune(prompt, (uint32_t)key);
	}
}

void
tui_prompt_draw(const struct tui_prompt *prompt, struct tui_area row)
{
	struct span text = { prompt->text, prompt->n };
	int col = tui_area_printf(row, 0, 0, TUI_TITLE, "%s ", prompt->title);

	/* a long line shows its end, where the typing is */
	while (text.n && api_text_width(text) > row.width - col - 1) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);

		text.p += n ? n : 1;
		text.n -= n ? n : 1;
	}
	col = tui_area_text(row, 0, col, row.width - col, TUI_PLAIN, text);
	row.canvas->cursor_row = row.row;
	row.canvas->cursor_col = row.col + (col < row.width ? col : row.width - 1);
	if (prompt->error.kind != ERR_NONE)
		(void)tui_area_printf(row, 0, col + 2, TUI_BAD, "%s", prompt->error.text);
}
