/* tui_listing_take.c - what the daemon pushed of a list: whole, or only what changed. */
#include <string.h>

#include "api/api_delta.h"
#include "api/api_json.h"
#include "tui_listing_private.h"

json_t *
tui_listing_rows_of(const json_t *data)
{
	return json_object_get(data, "rows");
}

/* keep_ghost - what was last seen of the selected row, should it leave now. */
static void
keep_ghost(struct tui_listing *listing)
{
	const json_t *row = listing->list.key[0]
	                            ? api_delta_row(tui_listing_rows_of(listing->data),
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
		const json_t *row = api_delta_row(rows, marks->key[m]);

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
	json_t *next = api_delta_whole(data, tui_listing_rows_of(before));

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
