/* tui_picture.h - numbers as pictures in text: a bar, a row of columns.
 *
 * Both are UTF-8; the canvas has a form of each sign for terminals without it.
 * Pure. Thread: any. */
#ifndef TUI_PICTURE_H
#define TUI_PICTURE_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* tui_picture_bar - "▇▇▇▇▇▇▇▇▇░": share (0 to 1, else the nearer of them) of so many cells.
 * Something is never shown as nothing, nor almost all as all. */
void tui_picture_bar(struct buf *out, double share, int cells);
/* tui_picture_columns - "▁▂▃▄▅▆▇█", one for each value; the greatest is full. Several values
 * share a column where there are more than columns: their sum. Nothing but zeros: all low. */
void tui_picture_columns(struct buf *out, const double *value, size_t count, size_t columns);

#endif
