/* tui_table.h - columns of a list: titles, widths narrow and wide, and what
 * goes first when the terminal is narrower than that. Pure. Thread: any. */
#ifndef TUI_TABLE_H
#define TUI_TABLE_H

#include "tui_canvas.h"

#define TUI_TABLE_COLUMNS_MAX 10
#define TUI_WIDE 140 /* from here there is a right pane and columns are wider */

struct tui_column {
	const char *title;        /* NULL ends the table */
	int width, wide_width;    /* below and from TUI_WIDE columns; 0: what is left */
	bool is_right;            /* numbers */
	int priority;             /* the highest number is dropped first; 0 never */
};

struct tui_table {
	const struct tui_column *column;
	int at[TUI_TABLE_COLUMNS_MAX];     /* its first column; -1: dropped */
	int width[TUI_TABLE_COLUMNS_MAX];
};

/* tui_table_lay - columns within area; two cells for marks come before. hidden: a bit for
 * each that is left out. */
void tui_table_lay(struct tui_table *table, const struct tui_column *columns, struct tui_area area,
                   bool is_wide, unsigned hidden);
void tui_table_head(const struct tui_table *table, struct tui_area area, int row);
/* tui_table_cell - one value. No place for its column: nothing. */
void tui_table_cell(const struct tui_table *table, struct tui_area area, int row, int column,
                    enum tui_style style, struct span text);

#endif
