/* tui_prompt.c - see tui_prompt.h. */
#include "tui_prompt.h"

#include <stdio.h>
#include <string.h>

#include "tui_action.h"
#include "tui_line.h"

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
			(void)tui_line_key(prompt->text, sizeof prompt->text, &prompt->n, key);
			answer(prompt, model);
		} else {
			prompt->accept = NULL; /* any other key: no */
		}
	} else if (key == TUI_KEY_ENTER) {
		answer(prompt, model);
	} else {
		(void)tui_line_key(prompt->text, sizeof prompt->text, &prompt->n, key);
	}
}

void
tui_prompt_draw(const struct tui_prompt *prompt, struct tui_area row)
{
	int col = tui_area_printf(row, 0, 0, TUI_TITLE, "%s ", prompt->title);
	struct tui_area rest = tui_area_sub(row, 0, col, 1, row.width - col);

	col += tui_line_draw(rest, prompt->text, prompt->n, TUI_PLAIN, true);
	if (prompt->error.kind != ERR_NONE)
		(void)tui_area_printf(row, 0, col + 2, TUI_BAD, "%s", prompt->error.text);
}
