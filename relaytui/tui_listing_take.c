/* tui_listing_take.c - what the daemon pushed of a list: whole, or only what changed. */
#include <string.h>

#include "api/api_json.h"
#include "api/api_view.h"
#include "tui_listing_private.h"

json_t *
tui_listing_rows_of(const json_t *data)
{
	return json_object_get(data, "rows");
}

const json_t *
tui_listing_by_key(const json_t *rows, const char *key)
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
		const json_t *row = text ? tui_listing_by_key(fresh, text) : NULL;

		if (text && !row)
			row = tui_listing_by_key(before, text);
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
	json_t *whole = copy_of(data), *old = tui_listing_rows_of(before);
	json_t *told = json_object_get(data, "keys");
	json_t *keys = json_is_array(told) ? json_incref(told) : keys_of(old);

	api_json_put(whole, "rows", order_of(keys, tui_listing_rows_of(data), old));
	(void)json_object_del(whole, "keys");
	json_decref(keys);
	return whole;
}

/* trim - rows without a key are none: whatever comes, all below may rely on it. */
static json_t *
trim(const json_t *data)
{
	json_t *whole = copy_of(data), *rows = json_array(), *row;
	json_t *given = tui_listing_rows_of(data);
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
	                            ? tui_listing_by_key(tui_listing_rows_of(listing->data),
	                                         listing->list.key)
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
	const json_t *rows = tui_listing_rows_of(listing->data);
	struct tui_marks *marks = &listing->marks;
	bool is_whole = json_object_get(listing->data, "total")
	                && api_json_get_int(listing->data, "offset", 0) == 0
	                && (int64_t)json_array_size(rows)
	                           == api_json_get_int(listing->data, "total", 0);

	size_t had = marks->count;

	for (size_t m = marks->count; m-- > 0;) {
		const json_t *row = tui_listing_by_key(rows, marks->key[m]);

		if (row)
			marks->generation[m] = api_json_get_int(row, "generation", 0);
		else if (is_whole && listing->filter[0] == '\0')
			(void)tui_marks_toggle(marks, marks->key[m], 0);
	}
	listing->has_lost_marks = listing->has_lost_marks || (had > 0 && marks->count == 0);
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
