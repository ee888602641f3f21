/* control_view_delta.c - see control_view.h. A reader that misses nothing has what was sent
 * last: a notice never leaves unless there is room for it, so what is remembered here is
 * what the client has. */
#include <string.h>

#include "control/control_view.h"

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

static bool
is_same_order(const json_t *rows, const json_t *before)
{
	if (json_array_size(rows) != json_array_size(before))
		return false;
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (!json_equal(json_object_get(json_array_get(rows, i), "key"),
		                json_object_get(json_array_get(before, i), "key")))
			return false;
	return true;
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

static json_t *
changed_rows(const json_t *rows, const json_t *before)
{
	json_t *changed = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *key = api_json_get_text(row, "key");
		const json_t *was = key ? row_by_key(before, key) : NULL;

		if (!was || !json_equal(row, was))
			json_array_append(changed, row);
	}
	return changed;
}

void
control_view_delta(struct control_view *view, json_t *data)
{
	json_t *rows = json_object_get(data, "rows"), *before = view->sent;

	if (!view->has_delta || !rows)
		return;
	view->sent = json_incref(rows);
	if (!before)
		return;
	if (!is_same_order(rows, before))
		api_json_put(data, "keys", keys_of(rows));
	api_json_put(data, "rows", changed_rows(rows, before));
	api_json_put_bool(data, "delta", true);
	json_decref(before);
}
