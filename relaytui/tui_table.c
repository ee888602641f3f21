/* tui_table.c - see tui_table.h. */
#include "tui_table.h"

#define MARK_COLUMNS 2
#define REST_LEAST 8 /* a column that takes what is left wants at least this */

static int
width_of(const struct tui_column *column, bool is_wide)
{
	return is_wide ? column->wide_width : column->width;
}

/* needed - columns that those with priority up to most take. */
static int
needed(const struct tui_column *columns, int most, bool is_wide, unsigned hidden)
{
	int sum = MARK_COLUMNS;

	for (const struct tui_column *c = columns; c->title; c++)
		if (c->priority <= most && !(hidden & 1u << (c - columns)))
			sum += (width_of(c, is_wide) ? width_of(c, is_wide) : REST_LEAST) + 1;
	return sum - 1;
}

void
tui_table_lay(struct tui_table *table, const struct tui_column *columns, struct tui_area area,
              bool is_wide, unsigned hidden)
{
	int most = 0, at = MARK_COLUMNS;

	for (const struct tui_column *c = columns; c->title; c++)
		most = c->priority > most ? c->priority : most;
	while (most > 0 && needed(columns, most, is_wide, hidden) > area.width)
		most--;
	table->column = columns;
	for (int i = 0; columns[i].title; i++) {
		int width = width_of(&columns[i], is_wide);

		table->at[i] = columns[i].priority <= most && !(hidden & 1u << i) ? at : -1;
		if (table->at[i] < 0)
			continue;
		table->width[i] = width ? width : area.width - at;
		at += table->width[i] + 1;
	}
}

void
tui_table_cell(const struct tui_table *table, struct tui_area area, int row, int column,
               enum tui_style style, struct span text)
{
	if (table->at[column] < 0)
		return;
	if (table->column[column].is_right)
		tui_area_right(area, row, table->at[column], table->width[column], style, text);
	else
		(void)tui_area_text(area, row, table->at[column], table->width[column], style,
				    text);
}

void
tui_table_head(const struct tui_table *table, struct tui_area area, int row)
{
	for (int i = 0; table->column[i].title; i++)
		tui_table_cell(table, area, row, i, TUI_TITLE, span_of(table->column[i].title));
}
