/* tui_listing_draw.c - where a list's rows, its pane and what is below them are, and what
 * they look like. */
#include <string.h>

#include "api/api_json.h"
#include "tui_listing_private.h"

struct tui_listing_layout
tui_listing_lay(const struct tui_model *model, struct tui_area body)
{
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	struct tui_listing_layout l = { .table = body };
	int used = (int)tui_listing_total_of(listing) + (listing->list.is_gone ? 1 : 0), most, gap;

	if (kind->pane && body.width >= TUI_WIDE) {
		int col = TUI_PANE_COLUMN(body.width);

		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
		l.table = tui_area_sub(body, 0, 0, body.height, col);
	}
	gap = kind->is_below_fixed ? 0 : 1;
	most = l.table.height - 1;
	if (kind->below && most > kind->below_height + 2)
		most -= kind->below_height + gap;
	l.rows = most > 1 ? most : 1;
	if (!kind->below)
		return l;
	used = used < 1 ? 1 : used > l.rows || kind->is_below_fixed ? l.rows : used;
	used += 1 + gap;
	l.below = tui_area_sub(l.table, used, 0, l.table.height - used, l.table.width);
	return l;
}

void
tui_listing_crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	struct buf scope;
	int col;

	buf_init(&scope, (size_t)4 << 10);
	kind->scope(model, &scope);
	(void)buf_append(&scope, "", 1);
	col = tui_area_printf(row, 0, 0, TUI_TITLE, "%s ▸ %s", tui_view_of(model->screen)->title,
	                      buf_data(&scope));
	buf_deinit(&scope);
	if (listing->filter[0] || kind->is_filter_said)
		col = tui_area_printf(row, 0, col + 3, listing->filter[0] ? TUI_WARN : TUI_PLAIN,
		                      "filter: %s", listing->filter[0] ? listing->filter : "none");
	if (kind->sorts)
		col = tui_area_printf(row, 0, col + 3, TUI_PLAIN, "sort: %s %s",
		                      kind->sorts[listing->sort].title,
		                      listing->is_reverse ? "▲" : "▼");
	if (listing->marks.count)
		(void)tui_area_printf(row, 0, col + 3, TUI_TITLE, "%zu marked",
		                      listing->marks.count);
}

/* last_column - the last one there is room for: it says that a row is gone. */
static int
last_column(const struct tui_table *table)
{
	int last = 0;

	for (int c = 0; table->column[c].title; c++)
		last = table->at[c] >= 0 ? c : last;
	return last;
}

static void
draw_row(const struct tui_model *model, const struct tui_table *table, struct tui_area area,
         int at, const json_t *row, bool is_selected, bool is_gone)
{
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	const char *key = api_json_get_text(row, "key");

	if (tui_marks_has(&tui_listing_shown(model)->marks, key))
		(void)tui_area_printf(area, at, is_selected ? 1 : 0, TUI_TITLE, "*");
	if (is_selected)
		(void)tui_area_printf(area, at, 0, is_gone ? TUI_DIM : TUI_TITLE, "▶");
	for (int c = 0; kind->columns[c].title; c++) {
		struct tui_value value = { .text = "", .style = TUI_PLAIN };

		kind->cell(model, row, c, &value);
		if (is_gone && c == last_column(table))
			tui_value_set(&value, TUI_DIM, "gone");
		else if (is_gone)
			value.style = TUI_DIM;
		else if (c == 0 && is_selected)
			value.style = TUI_TITLE;
		tui_table_cell(table, area, at, c, value.style, span_of(value.text));
	}
}

/* draw_empty - why there are no rows: not yet, not to be had, filtered away, none. */
static void
draw_empty(const struct tui_model *model, struct tui_area area)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	const char *failed = api_json_get_text(listing->data, "failed");

	if (failed)
		(void)tui_area_wrap(area, 0, area.height, TUI_BAD, span_of(failed));
	else
		(void)tui_area_printf(area, 0, 2, TUI_DIM, "%s",
		                      api_json_get_bool(listing->data, "pending")
		                              ? "being counted ..."
		                      : listing->filter[0] ? "nothing matches the filter"
		                                           : tui_listing_kind_of(model)->empty);
}

static void
draw_rows(const struct tui_model *model, const struct tui_listing_layout *l, bool is_wide)
{
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	struct tui_area area = tui_area_sub(l->table, 1, 0, l->rows, l->table.width);
	struct tui_table table;

	tui_table_lay(&table, kind->columns, l->table, is_wide, listing->hidden);
	tui_table_head(&table, l->table, 0);
	for (int i = 0; i < l->rows; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&listing->list, (size_t)i, &is_ghost);
		const json_t *row = is_ghost ? tui_listing_seen(listing)
		                             : tui_listing_row_at(listing, at);

		if (row)
			draw_row(model, &table, area, i, row,
			         is_ghost || (at == listing->list.at && !listing->list.is_gone),
			         is_ghost && !tui_listing_selected_of(listing));
	}
	if (api_json_get_text(listing->data, "failed")
	    || (listing->data && tui_listing_total_of(listing) == 0 && !listing->list.is_gone))
		draw_empty(model, area);
}

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	const json_t *row = tui_listing_selected(model);

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (row)
		tui_listing_kind_of(model)->pane(model, row,
		                     tui_area_sub(pane, 0, 2, pane.height, pane.width - 2));
}

void
tui_listing_draw(const struct tui_model *model, struct tui_area body)
{
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);
	struct tui_listing_layout l = tui_listing_lay(model, body);

	if (listing->is_open && kind->pane && l.pane.height == 0 && row) {
		kind->pane(model, row, body);
		return;
	}
	draw_rows(model, &l, body.width >= TUI_WIDE);
	if (l.pane.height)
		draw_pane(model, l.pane);
	if (l.below.height > 0 && (row || kind->is_below_of_list))
		kind->below(model, row, l.below);
}
