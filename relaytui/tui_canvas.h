/* tui_canvas.h - a picture in cells: what a view draws and what tests compare.
 *
 * A canvas is height rows of exactly width cells. Text is made harmless, cut to
 * its place and measured on the way in, so that no view can break a row, move
 * the cursor or reorder its neighbours, whatever the network sent. Pure but for
 * wcwidth, which asks the locale. Thread: any. */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/span.h"

enum tui_style { /* what a cell means; the terminal decides how that looks */
	TUI_PLAIN,
	TUI_TITLE,  /* a heading, or the row under the cursor */
	TUI_DIM,    /* gone, or of little interest */
	TUI_GOOD,
	TUI_WARN,
	TUI_BAD,
	TUI_ALARM,  /* must not be overlooked: paused, stale */
	TUI_STYLE_COUNT
};

#define TUI_CELL_RUNES 3 /* a character and at most two marks on it */

struct tui_cell {
	uint32_t rune[TUI_CELL_RUNES]; /* 0: none; all 0: right half of the wide one before */
	unsigned char style;
};

struct tui_canvas {
	struct tui_cell *cell;   /* owned, height * width */
	int height, width;
	bool is_ascii;           /* nothing above 0x7e is ever drawn */
	int cursor_row, cursor_col; /* of a prompt; row -1: hidden */
};

/* a rectangle of a canvas; rows and columns below count from its corner.
 * Whatever leaves it is cut off. Without a canvas nothing is drawn, only measured. */
struct tui_area {
	struct tui_canvas *canvas;
	int row, col, height, width;
};

void tui_canvas_init(struct tui_canvas *canvas, int height, int width, bool is_ascii);
void tui_canvas_deinit(struct tui_canvas *canvas);
void tui_canvas_clear(struct tui_canvas *canvas);
struct tui_area tui_canvas_area(struct tui_canvas *canvas);
/* tui_canvas_is_same - do both show the same, the cursor included. */
bool tui_canvas_is_same(const struct tui_canvas *a, const struct tui_canvas *b);
/* tui_canvas_copy - to takes what from shows; both are inited, of any sizes. */
void tui_canvas_copy(struct tui_canvas *to, const struct tui_canvas *from);
/* tui_canvas_print - the rows as text, a newline after each. out's cap must do. */
void tui_canvas_print(const struct tui_canvas *canvas, struct buf *out);

/* tui_area_sub - a part of an area; cut to lie inside it. */
struct tui_area tui_area_sub(struct tui_area area, int row, int col, int height, int width);
/* tui_area_text - text in at most width columns, an ellipsis where it was cut.
 * Returns the column after it. Borrowed text of any bytes. */
int tui_area_text(struct tui_area area, int row, int col, int width, enum tui_style style,
                  struct span text);
/* tui_area_right - the same, ending at column col + width. */
void tui_area_right(struct tui_area area, int row, int col, int width, enum tui_style style,
                    struct span text);
/* tui_area_printf - up to the area's right edge. Returns the column after it. */
int tui_area_printf(struct tui_area area, int row, int col, enum tui_style style, const char *fmt,
                    ...) __attribute__((format(printf, 5, 6)));
void tui_area_repeat(struct tui_area area, int row, int col, int count, enum tui_style style,
                     uint32_t rune);
/* tui_area_wrap - words over at most height rows. Returns how many were used. */
int tui_area_wrap(struct tui_area area, int row, int height, enum tui_style style,
                  struct span text);

#endif
