/* tui_listing.c - see tui_listing.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/api_delta.h"
#include "api/api_json.h"
#include "api/api_view.h"
#include "tui_export.h"
#include "tui_listing_private.h"

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

const struct tui_listing_kind *
tui_listing_kind_of(const struct tui_model *model)
{
	return tui_view_of(model->screen)->listing;
}

static size_t
offset_of(const struct tui_listing *listing)
{
	int64_t offset = api_json_get_int(listing->data, "offset", 0);

	return offset > 0 && offset < INT32_MAX ? (size_t)offset : 0;
}

size_t
tui_listing_total_of(const struct tui_listing *listing)
{
	size_t known = offset_of(listing) + json_array_size(tui_listing_rows_of(listing->data));
	int64_t total = api_json_get_int(listing->data, "total", 0);

	return total > (int64_t)known && total < INT32_MAX ? (size_t)total : known;
}

const json_t *
tui_listing_row(const struct tui_model *model, const char *key)
{
	return api_delta_row(tui_listing_rows_of(tui_listing_shown(model)->data), key);
}

size_t
tui_listing_total(const struct tui_model *model)
{
	return tui_listing_total_of(tui_listing_shown(model));
}

int64_t
tui_listing_number(const struct tui_model *model, const char *key)
{
	return api_json_get_int(tui_listing_shown(model)->data, key, 0);
}

const json_t *
tui_listing_row_at(const struct tui_listing *listing, size_t i)
{
	size_t first = offset_of(listing);

	return i >= first ? json_array_get(tui_listing_rows_of(listing->data), i - first) : NULL;
}

static const char *
key_at(const void *listing, size_t i)
{
	return api_json_get_text(tui_listing_row_at(listing, i), "key");
}

struct tui_rows
tui_listing_rows(const struct tui_listing *listing)
{
	return (struct tui_rows){ tui_listing_total_of(listing), offset_of(listing),
		                  json_array_size(tui_listing_rows_of(listing->data)), key_at,
		                  listing };
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

const json_t *
tui_listing_selected_of(const struct tui_listing *listing)
{
	const json_t *row;
	const char *key;

	if (listing->list.key[0] == '\0')
		return NULL;
	if (listing->list.is_gone)
		return looked_at(listing);
	row = tui_listing_row_at(listing, listing->list.at);
	key = api_json_get_text(row, "key");
	return key && strcmp(key, listing->list.key) == 0 ? row : NULL; /* else not settled yet */
}

const json_t *
tui_listing_selected(const struct tui_model *model)
{
	return tui_listing_selected_of(tui_listing_shown(model));
}

const char *
tui_listing_key(const struct tui_model *model)
{
	return tui_listing_shown(model)->list.key;
}

/* seen_of - the selected row as it was last seen, for one that left or moved away. */
const json_t *
tui_listing_seen(const struct tui_listing *listing)
{
	const json_t *now = tui_listing_selected_of(listing);
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

		if (request->screen != (enum tui_screen)screen || !detail->is_asked
		    || strcmp(detail->key, request->key) != 0)
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

/* ---- the window ------------------------------------------------------------------ */

void
tui_listing_settle(struct tui_model *model, struct tui_area body)
{
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = tui_listing_rows(listing);

	listing->list.height = (size_t)tui_listing_lay(model, body).rows;
	tui_list_settle(&listing->list, &rows);
	ask_detail(model, tui_listing_kind_of(model));
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
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);

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

static void
mark_selected(struct tui_model *model)
{
	struct tui_listing *listing = tui_listing_of(model);
	const json_t *row = tui_listing_selected(model);
	struct tui_rows rows = tui_listing_rows(listing);

	if (!row)
		return;
	listing->has_lost_marks = false;
	if (tui_marks_toggle(&listing->marks, listing->list.key,
	                     api_json_get_int(row, "generation", 0)))
		tui_list_move(&listing->list, &rows, 1);
	else
		tui_model_say(model, TUI_WARN, "%d %s can be marked, no more", TUI_MARKS_MAX,
		              tui_listing_kind_of(model)->many);
}

void
tui_listing_click(struct tui_model *model, int row)
{
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = tui_listing_rows(listing);
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
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);
	struct tui_listing *listing = tui_listing_of(model);
	struct tui_rows rows = tui_listing_rows(listing);
	char title[80];

	if (tui_list_act(&listing->list, &rows, (enum tui_act)act))
		return true;
	switch ((enum tui_act)act) {
	case TUI_ACT_OPEN:
		listing->is_open = !listing->is_open;
		return true;
	case TUI_ACT_MARK:
		if (kind->is_marked)
			mark_selected(model);
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
	const struct tui_listing_kind *kind = tui_listing_kind_of(model);

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
