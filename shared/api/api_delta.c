/* api_delta.c - see api_delta.h. */
#include "api/api_delta.h"

#include <string.h>

#include "api/api_json.h"
#include "api/api_view.h"

const json_t *
api_delta_row(const json_t *rows, const char *key)
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

static json_t *
keys_of(const json_t *rows)
{
	json_t *keys = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append(keys, json_object_get(row, "key"));
	return keys;
}

/* ---- making ---------------------------------------------------------------------- */

static json_t *
changed_rows(const json_t *rows, const json_t *before)
{
	json_t *changed = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *key = api_json_get_text(row, "key");
		const json_t *was = key ? api_delta_row(before, key) : NULL;

		if (!was || !json_equal(row, was))
			json_array_append(changed, row);
	}
	return changed;
}

void
api_delta_make(json_t *data, const json_t *before)
{
	const json_t *rows = json_object_get(data, "rows");
	json_t *keys = keys_of(rows), *were = keys_of(before);

	if (json_equal(keys, were)) /* the order did not change: it is not told again */
		json_decref(keys);
	else
		api_json_put(data, "keys", keys);
	json_decref(were);
	api_json_put(data, "rows", changed_rows(rows, before));
	api_json_put_bool(data, "delta", true);
}

/* ---- whole again ------------------------------------------------------------------- */

static json_t *
merged_rows(const json_t *data, const json_t *before)
{
	const json_t *fresh = json_object_get(data, "rows");
	json_t *told = json_object_get(data, "keys"), *key, *rows = json_array();
	json_t *keys = json_is_array(told) ? json_incref(told) : keys_of(before);
	size_t i;

	json_array_foreach(keys, i, key) {
		const char *text = json_string_value(key);
		const json_t *row = text ? api_delta_row(fresh, text) : NULL;

		if (text && !row)
			row = api_delta_row(before, text);
		if (row && json_array_size(rows) < API_VIEW_ROWS_MAX)
			json_array_append_new(rows, api_json_hold(row));
	}
	json_decref(keys);
	return rows;
}

static json_t *
keyed_rows(const json_t *given)
{
	json_t *rows = json_array(), *row;
	size_t i;

	json_array_foreach(given, i, row)
		if (api_json_get_text(row, "key") && json_array_size(rows) < API_VIEW_ROWS_MAX)
			json_array_append(rows, row);
	return rows;
}

json_t *
api_delta_whole(const json_t *data, const json_t *before)
{
	json_t *held = api_json_hold(data), *whole = json_copy(held);

	json_decref(held);
	api_json_put(whole, "rows", api_json_get_bool(data, "delta")
	             ? merged_rows(data, before) : keyed_rows(json_object_get(data, "rows")));
	(void)json_object_del(whole, "keys");
	return whole;
}
