/* tui_prompt.h - one question on the last-but-one row: a line of text, or one
 * key out of a few. Pure. Thread: any. */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "tui_canvas.h"

struct tui_model;

/* accept - the answer. False: refused, err says why and the question stays. */
typedef bool (*tui_prompt_fn)(struct tui_model *model, const char *text, struct err *err);

#define TUI_PROMPT_TEXT_MAX 400

struct tui_prompt {
	tui_prompt_fn accept;      /* NULL: nothing is asked */
	char title[160];
	const char *keys;          /* one of these is the answer; NULL: a line */
	char text[TUI_PROMPT_TEXT_MAX];
	size_t n;                  /* the cursor is always at the end */
	struct err error;          /* of the last answer; kind NONE: none */
};

void tui_prompt_ask_line(struct tui_prompt *prompt, const char *title, const char *text,
                         tui_prompt_fn accept);
void tui_prompt_ask_key(struct tui_prompt *prompt, const char *title, const char *keys,
                        tui_prompt_fn accept);
bool tui_prompt_is_open(const struct tui_prompt *prompt);
/* tui_prompt_key - one key; a prompt that got its answer or Esc is closed. */
void tui_prompt_key(struct tui_prompt *prompt, struct tui_model *model, int key);
void tui_prompt_draw(const struct tui_prompt *prompt, struct tui_area row);

#endif
