/* tui_listing.c - see tui_listing.h. */
#include "tui_listing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/api_json.h"
#include "api/api_view.h"
#include "tui_export.h"
#include "tui_view.h"

/* ---- what was pushed --------------------------------------------------------- */

static json_t *
rows_of(const json_t *data)
{
	return json_object_get(data, "rows");
}

static const json_t *
row_by_key(const json_t *rows, const char *key)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row) {
		const char *its = api_json_get_text(row, "key");

		if (its && strcmp(its, key) == 0)
			return row;
	}
	return NULL;
}

/* order_of - the rows of keys, taken from what is new or was there before. */
static json_t *
order_of(const json_t *keys, const json_t *fresh, const json_t *before)
{
	json_t *rows = json_array(), *key;
	size_t i;

	json_array_foreach(keys, i, key) {
		const char *text = json_string_value(key);
		const json_t *row = text ? row_by_key(fresh, text) : NULL;

		if (text && !row)
			row = row_by_key(before, text);
		if (row)
			json_array_append_new(rows, api_json_hold(row));
	}
	return rows;
}

/* keys_of - where the order did not change it is not told again. */
static json_t *
keys_of(const json_t *rows)
{
	json_t *keys = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append(keys, json_object_get(row, "key"));
	return keys;
}

static json_t *
copy_of(const json_t *data)
{
	json_t *held = api_json_hold(data), *copy = json_copy(held);

	json_decref(held);
	return copy;
}

/* merge - a whole picture of what changed since the one before. */
static json_t *
merge(const json_t *data, const json_t *before)
{
	json_t *whole = copy_of(data), *old = rows_of(before);
	json_t *told = json_object_get(data, "keys");
	json_t *keys = json_is_array(told) ? json_incref(told) : keys_of(old);

	api_json_put(whole, "rows", order_of(keys, rows_of(data), old));
	(void)json_object_del(whole, "keys");
	json_decref(keys);
	return whole;
}

/* trim - rows without a key are none: whatever comes, all below may rely on it. */
static json_t *
trim(const json_t *data)
{
	json_t *whole = copy_of(data), *rows = json_array(), *row;
	json_t *given = rows_of(data);
	size_t i;

	json_array_foreach(given, i, row)
		if (api_json_get_text(row, "key") && json_array_size(rows) < API_VIEW_ROWS_MAX)
			json_array_append(rows, row);
	api_json_put(whole, "rows", rows);
	return whole;
}

/* keep_ghost - what was last seen of the selected row, should it leave now. */
static void
keep_ghost(struct tui_listing *listing)
{
	const json_t *row = listing->list.key[0]
	                            ? row_by_key(rows_of(listing->data), listing->list.key)
	                            : NULL;

	if (!row)
		return;
	json_decref(listing->ghost);
	listing->ghost = api_json_hold(row);
}

/* refresh_marks - of rows in sight: what is seen now counts. A mark on a row that
 * left goes with it, where the whole list is known. */
static void
refresh_marks(struct tui_listing *listing)
{
	const json_t *rows = rows_of(listing->data);
	struct tui_marks *marks = &listing->marks;
	bool is_whole = api_json_get_int(listing->data, "offset", 0) == 0
	                && (int64_t)json_array_size(rows)
	                           == api_json_get_int(listing->data, "total", 0);

	for (size_t m = marks->count; m-- > 0;) {
		const json_t *row = row_by_key(rows, marks->key[m]);

		if (row)
			marks->generation[m] = api_json_get_int(row, "generation", 0);
		else if (is_whole && listing->filter[0] == '\0')
			(void)tui_marks_toggle(marks, marks->key[m], 0);
	}
}

void
tui_listing_take(struct tui_listing *listing, const json_t *data, bool is_paused)
{
	json_t **slot = is_paused ? &listing->waiting : &listing->data;
	const json_t *before = listing->waiting ? listing->waiting : listing->data;
	json_t *next =
		api_json_get_bool(data, "delta") ? merge(data, before) : trim(data);

	if (!is_paused)
		keep_ghost(listing);
	json_decref(*slot);
	*slot = next;
	if (!is_paused)
		refresh_marks(listing);
}

void
tui_listing_show_waiting(struct tui_listing *listing)
{
	if (!listing->waiting)
		return;
	keep_ghost(listing);
	json_decref(listing->data);
	listing->data = listing->waiting;
	listing->waiting = NULL;
	refresh_marks(listing);
}

void
tui_listing_deinit(struct tui_listing *listing)
{
	json_decref(listing->data);
	json_decref(listing->waiting);
	json_decref(listing->ghost);
	json_decref(listing->detail.answer);
	listing->data = listing->waiting = listing->ghost = NULL;
	listing->detail = (struct tui_detail){ .answer = NULL };
	listing->marks.count = 0; /* generations count anew */
}

/* ---- rows -------------------------------------------------------------------- */

struct tui_listing *
tui_listing_of(struct tui_model *model)
{
	return &model->listing[model->screen];
}

const struct tui_listing *
tui_listing_shown(const struct tui_model *model)
{
	return &model->listing[model->screen];
}

static const struct tui_listing_kind *
kind_of(const struct tui_model *model)
{
	return tui_view_of(model->screen)->listing;
}

static size_t
offset_of(const struct tui_listing *listing)
{
	int64_t offset = api_json_get_int(listing->data, "offset", 0);

	return offset > 0 && offset < INT32_MAX ? (size_t)offset : 0;
}

static size_t
total_of(const struct tui_listing *listing)
{
	size_t known = offset_of(listing) + json_array_size(rows_of(listing->data));
	int64_t total = api_json_get_int(listing->data, "total", 0);

	return total > (int64_t)known && total < INT32_MAX ? (size_t)total : known;
}

size_t
tui_listing_total(const struct tui_model *model)
{
	return total_of(tui_listing_shown(model));
}

int64_t
tui_listing_number(const struct tui_model *model, const char *key)
{
	return api_json_get_int(tui_listing_shown(model)->data, key, 0);
}

static const json_t *
row_at(const struct tui_listing *listing, size_t i)
{
	size_t first = offset_of(listing);

	return i >= first ? json_array_get(rows_of(listing->data), i - first) : NULL;
}

static const char *
key_at(const void *listing, size_t i)
{
	return api_json_get_text(row_at(listing, i), "key");
}

static struct tui_rows
rows_known(const struct tui_listing *listing)
{
	return (struct tui_rows){ total_of(listing), offset_of(listing),
		                  json_array_size(rows_of(listing->data)), key_at, listing };
}

/* looked_at - the daemon's own answer about the selected row, where the view has one. */
static const json_t *
looked_at(const struct tui_listing *listing)
{
	const json_t *selected = json_object_get(listing->data, "selected");
	const char *key = api_json_get_text(selected, "key");
	const json_t *row = json_object_get(selected, "row");

	return key && strcmp(key, listing->list.key) == 0 && json_is_object(row) ? row : NULL;
}

static const json_t *
selected_of(const struct tui_listing *listing)
{
	if (listing->list.key[0] == '\0')
		return NULL;
	return listing->list.is_gone ? looked_at(listing) : row_at(listing, listing->list.at);
}

const json_t *
tui_listing_selected(const struct tui_model *model)
{
	return selected_of(tui_listing_shown(model));
}

const char *
tui_listing_key(const struct tui_model *model)
{
	return tui_listing_shown(model)->list.key;
}

/* seen_of - the selected row as it was last seen, for one that left or moved away. */
static const json_t *
seen_of(const struct tui_listing *listing)
{
	const json_t *now = selected_of(listing);
	const char *key = api_json_get_text(listing->ghost, "key");

	if (now)
		return now;
	return key && strcmp(key, listing->list.key) == 0 ? listing->ghost : NULL;
}

/* ---- what is asked about the selected row -------------------------------------- */

static void
take_detail(struct tui_model *model, const struct tui_request *request, const json_t *result,
            const struct api_error *error)
{
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		struct tui_detail *detail = &model->listing[screen].detail;

		if (!detail->is_asked || strcmp(detail->key, request->key) != 0)
			continue;
		detail->is_asked = false;
		json_decref(detail->answer);
		detail->answer = api_json_hold(result);
		snprintf(detail->error, sizeof detail->error, "%s", error ? error->message : "");
	}
}

/* ask_detail - one question at a time: whoever runs through rows asks about the one
 * where they stop. */
static void
ask_detail(struct tui_model *model, const struct tui_listing_kind *kind)
{
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_detail *detail = &listing->detail;
	const json_t *row = tui_listing_selected(model);
	bool is_same = row && strcmp(detail->key, listing->list.key) == 0;
	bool is_due = kind->detail_ms
	              && model->now_mono_ms - detail->asked_mono_ms >= kind->detail_ms;
	json_t *params;

	if (!kind->detail_method || !row || detail->is_asked || model->link != TUI_LINK_LIVE
	    || (is_same && (!is_due || model->is_paused)))
		return;
	params = kind->detail_params(model, row);
	if (!params)
		return;
	if (!is_same) {
		json_decref(detail->answer);
		detail->answer = NULL;
		detail->error[0] = '\0';
	}
	memcpy(detail->key, listing->list.key, sizeof detail->key);
	detail->asked_mono_ms = model->now_mono_ms;
	detail->is_asked = true;
	tui_model_request(model, kind->detail_method, params, detail->key, take_detail);
}

bool
tui_listing_is_pane_shown(const struct tui_model *model)
{
	return model->width >= TUI_WIDE || tui_listing_shown(model)->is_open;
}

const json_t *
tui_listing_detail(const struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);

	return strcmp(listing->detail.key, listing->list.key) == 0 ? listing->detail.answer : NULL;
}

/* ---- where things are ----------------------------------------------------------- */

struct layout {
	struct tui_area table, below, pane; /* height 0: not there */
	int rows;                           /* of the list */
};

static struct layout
lay(const struct tui_model *model, struct tui_area body)
{
	const struct tui_listing_kind *kind = kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	struct layout l = { .table = body };
	int used = (int)total_of(listing) + (listing->list.is_gone ? 1 : 0), most, gap;

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
tui_listing_settle(struct tui_model *model, struct tui_area body)
{
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = rows_known(listing);

	listing->list.height = (size_t)lay(model, body).rows;
	tui_list_settle(&listing->list, &rows);
	ask_detail(model, kind_of(model));
}

json_t *
tui_listing_window(const struct tui_model *model, int screen)
{
	const struct tui_listing_kind *kind = tui_view_of((enum tui_screen)screen)->listing;
	const struct tui_listing *listing = &model->listing[screen];
	const struct tui_list *list = &listing->list;
	size_t above = list->top > list->height ? list->top - list->height : 0;
	size_t limit = list->height ? 4 * list->height : 1;
	json_t *params = json_object();

	/* a screen above and below: the cursor is never ahead of the rows; in steps
	 * of a screen, or each line of scrolling would ask anew */
	api_json_put_int(params, "offset",
	                 (int64_t)(list->height ? above / list->height * list->height : 0));
	api_json_put_int(params, "limit",
	                 (int64_t)(limit < API_VIEW_ROWS_MAX ? limit : API_VIEW_ROWS_MAX));
	if (kind->sorts)
		api_json_put_text(params, "sort", kind->sorts[listing->sort].word);
	api_json_put_bool(params, "reverse", listing->is_reverse);
	api_json_put_text(params, "filter", listing->filter[0] ? listing->filter : NULL);
	api_json_put_bool(params, "delta", true);
	if (kind->params)
		kind->params(model, params);
	return params;
}

/* ---- drawing ---------------------------------------------------------------------- */

void
tui_listing_crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_listing_kind *kind = kind_of(model);
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
	const struct tui_listing_kind *kind = kind_of(model);
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
		                                           : kind_of(model)->empty);
}

static void
draw_rows(const struct tui_model *model, const struct layout *l, bool is_wide)
{
	const struct tui_listing_kind *kind = kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	struct tui_area area = tui_area_sub(l->table, 1, 0, l->rows, l->table.width);
	struct tui_table table;

	tui_table_lay(&table, kind->columns, l->table, is_wide, listing->hidden);
	tui_table_head(&table, l->table, 0);
	for (int i = 0; i < l->rows; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&listing->list, (size_t)i, &is_ghost);
		const json_t *row = is_ghost ? seen_of(listing) : row_at(listing, at);

		if (row)
			draw_row(model, &table, area, i, row,
			         is_ghost || (at == listing->list.at && !listing->list.is_gone),
			         is_ghost && !selected_of(listing));
	}
	if (api_json_get_text(listing->data, "failed")
	    || (listing->data && total_of(listing) == 0 && !listing->list.is_gone))
		draw_empty(model, area);
}

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	const json_t *row = tui_listing_selected(model);

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (row)
		kind_of(model)->pane(model, row,
		                     tui_area_sub(pane, 0, 2, pane.height, pane.width - 2));
}

void
tui_listing_draw(const struct tui_model *model, struct tui_area body)
{
	const struct tui_listing_kind *kind = kind_of(model);
	const struct tui_listing *listing = tui_listing_shown(model);
	const json_t *row = tui_listing_selected(model);
	struct layout l = lay(model, body);

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

/* ---- keys ------------------------------------------------------------------------ */

static bool
take_filter(struct tui_model *model, const char *text, struct err *err)
{
	struct tui_listing *listing = tui_listing_of(model);

	if (strlen(text) >= sizeof listing->filter) {
		(void)err_set(err, ERR_INPUT, 0, "too long");
		return false;
	}
	snprintf(listing->filter, sizeof listing->filter, "%s", text);
	listing->list.at = listing->list.top = 0; /* the key is kept: it may match as well */
	return true;
}

static void
sort_by(struct tui_listing *listing, size_t sort)
{
	listing->is_reverse = sort == listing->sort && !listing->is_reverse;
	listing->sort = sort;
	listing->list.at = listing->list.top = 0;
}

static bool
take_sort(struct tui_model *model, const char *text, struct err *err)
{
	const struct tui_listing_kind *kind = kind_of(model);

	(void)err;
	for (size_t i = 0; i < kind->sort_count; i++)
		if (kind->sorts[i].key == text[0])
			sort_by(tui_listing_of(model), i);
	return true;
}

static void
ask_sort(struct tui_model *model, const struct tui_listing_kind *kind)
{
	static char keys[TUI_TABLE_COLUMNS_MAX + 1]; /* of the one prompt there is */
	char title[160] = "sort by:";
	size_t n = strlen(title);

	for (size_t i = 0; i < kind->sort_count && i < TUI_TABLE_COLUMNS_MAX; i++) {
		keys[i] = kind->sorts[i].key;
		keys[i + 1] = '\0';
		n += (size_t)snprintf(title + n, sizeof title - n, "%s%c %s", i ? "  " : " ",
		                      kind->sorts[i].key, kind->sorts[i].word);
	}
	tui_prompt_ask_key(&model->prompt, title, keys, take_sort);
}

void
tui_listing_mark(struct tui_model *model)
{
	struct tui_listing *listing = tui_listing_of(model);
	const json_t *row = tui_listing_selected(model);
	struct tui_rows rows = rows_known(listing);

	if (!row)
		return;
	if (tui_marks_toggle(&listing->marks, listing->list.key,
	                     api_json_get_int(row, "generation", 0)))
		tui_list_move(&listing->list, &rows, 1);
	else
		tui_model_say(model, TUI_WARN, "%d %s can be marked, no more", TUI_MARKS_MAX,
		              kind_of(model)->many);
}

void
tui_listing_click(struct tui_model *model, int row)
{
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = rows_known(listing);
	bool is_ghost;
	size_t at;

	if (row < 1 || (size_t)row > listing->list.height) /* above them are their titles */
		return;
	at = tui_list_row(&listing->list, (size_t)row - 1, &is_ghost);
	if (at != SIZE_MAX && !is_ghost)
		tui_list_go(&listing->list, &rows, at);
}

bool
tui_listing_act(struct tui_model *model, int act)
{
	const struct tui_listing_kind *kind = kind_of(model);
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = rows_known(listing);
	char title[80];

	if (tui_list_act(&listing->list, &rows, (enum tui_act)act))
		return true;
	switch ((enum tui_act)act) {
	case TUI_ACT_OPEN:
		listing->is_open = !listing->is_open;
		return true;
	case TUI_ACT_MARK:
		if (kind->is_marked)
			tui_listing_mark(model);
		return kind->is_marked;
	case TUI_ACT_FILTER:
		if (kind->filter_title)
			snprintf(title, sizeof title, "%s", kind->filter_title);
		else
			snprintf(title, sizeof title, "%s like (* any, empty all):", kind->many);
		tui_prompt_ask_line(&model->prompt, title, listing->filter, take_filter);
		return true;
	case TUI_ACT_EXPORT:
		if (kind->cli)
			tui_export_ask(model, kind->cli, kind->many);
		return kind->cli != NULL;
	case TUI_ACT_SORT:
		if (kind->sorts)
			ask_sort(model, kind);
		return true;
	case TUI_ACT_SORT_BEFORE:
		if (kind->sorts)
			sort_by(listing, (listing->sort + kind->sort_count - 1) % kind->sort_count);
		return true;
	case TUI_ACT_SORT_AFTER:
		if (kind->sorts)
			sort_by(listing, (listing->sort + 1) % kind->sort_count);
		return true;
	default:
		return false;
	}
}

bool
tui_listing_column(struct tui_model *model, const char *title, struct err *err)
{
	const struct tui_listing_kind *kind = kind_of(model);

	if (!kind)
		return err_set(err, ERR_INPUT, 0, "this screen is no list"), false;
	if (strcasecmp(title, kind->columns[0].title) == 0)
		return err_set(err, ERR_INPUT, 0, "%s stays: rows are known by it", title), false;
	for (int c = 1; kind->columns[c].title; c++)
		if (strcasecmp(title, kind->columns[c].title) == 0) {
			tui_listing_of(model)->hidden ^= 1u << c;
			return true;
		}
	return err_set(err, ERR_INPUT, 0, "no column %.40s; their titles are above the rows",
	               title), false;
}

bool
tui_listing_back(struct tui_model *model)
{
	struct tui_listing *listing = tui_listing_of(model);
	bool was_open = listing->is_open;

	listing->is_open = false;
	return was_open;
}
