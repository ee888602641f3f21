/* tui_line.h - a line of text that is being typed: of a prompt, a dialog's field,
 * the palette. The cursor is always at its end. Pure. Thread: any. */
#ifndef TUI_LINE_H
#define TUI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include "tui_canvas.h"

/* tui_line_key - types into text (size with its 0; *n: bytes now): characters,
 * Backspace, Ctrl-U all, Ctrl-W a word. False: key is none of these. */
bool tui_line_key(char *text, size_t size, size_t *n, int key);
/* tui_line_draw - its end, where it is longer than area; the terminal's cursor behind
 * it where has_cursor. Returns the column after it. */
int tui_line_draw(struct tui_area area, const char *text, size_t n, enum tui_style style,
                  bool has_cursor);

#endif
