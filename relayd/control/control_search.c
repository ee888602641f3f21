/* control_search.c - see control_search.h. */
#include "control/control_search.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "control/control_filter.h"

/* parse_cursor - "ID.NO": below that message, and in it from that recipient on. */
static bool
parse_cursor(const char *cursor, struct store_query *query)
{
	struct span no, id = span_cut(span_of(cursor), '.', &no);
	unsigned long long number;

	if (!id_parse(id, &query->before_id) || !span_to_u64(no, &number) || number > UINT32_MAX)
		return false;
	query->before_no = (uint32_t)number;
	return true;
}

int
control_search_query(const struct control_call *call, bool is_find, uint32_t limit,
                     struct arena *arena, struct store_query *query_out,
                     struct api_terms *events_out, struct api_error *error)
{
	const char *cursor = control_text(call, "cursor");
	struct api_terms terms;

	*query_out = (struct store_query){ .category = VERDICT_NONE, .want_events = true };
	query_out->limit = (uint32_t)control_int(call, "limit", limit);
	if (control_terms_of(call, &terms, error) < 0 ||
	    control_query_fill(&terms, is_find, arena, query_out, events_out, error) < 0)
		return -1;
	if (cursor && !parse_cursor(cursor, query_out))
		return api_error_set(error, API_ERROR_PARAMS, "cursor: not one of ours");
	return 0;
}

bool
control_search_send(struct control_call *call, struct arena *arena,
                    const struct store_query *query, mailbox_fn fn)
{
	struct store_search *search = mem_zero(1, sizeof *search);
	struct api_error error;

	search->back = control_back(call->control, fn);
	search->context = call;
	search->arena = arena;
	search->query = *query;
	search->cancel = &call->cancel;
	if (store_search_send(call->control->options.store, &search))
		return true;
	control_search_free(&search);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many searches wait; try again");
	control_call_fail(call, &error);
	return false;
}

void
control_search_free(struct store_search **search)
{
	arena_free(&(*search)->arena);
	mem_free(*search);
	*search = NULL;
}

struct control_call *
control_search_take(struct store_search *search)
{
	struct control_call *call = search->context;

	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (search->result < 0)
		control_call_fail_err(call, &search->err);
	else
		return call;
	control_search_free(&search);
	return NULL;
}

void
control_search_cursor(json_t *result, const struct store_result *set)
{
	const struct store_found *last = set->count ? &set->found[set->count - 1] : NULL;
	char id[ID_TEXT_SIZE], cursor[ID_TEXT_SIZE + 12];

	if (!set->has_more || !last || last->id == 0) {
		api_json_put_null(result, "next_cursor");
		return;
	}
	id_format(last->id, id);
	snprintf(cursor, sizeof cursor, "%s.%u", id, last->recipient_no + 1);
	api_json_put_text(result, "next_cursor", cursor);
}

void
control_search_put_gap(json_t *gaps, int64_t from_unix_ms, int64_t until_unix_ms, const char *why)
{
	json_t *gap = json_object();

	api_json_put_time(gap, "from", from_unix_ms);
	api_json_put_time(gap, "until", until_unix_ms);
	api_json_put_text(gap, "why", why);
	json_array_append_new(gaps, gap);
}

json_t *
control_search_coverage(const struct store_query *query, const struct store_result *set)
{
	int64_t from = set->from_unix_ms, until = set->until_unix_ms;
	json_t *one = json_object(), *gaps = json_array();

	if (query->since_unix_ms > from)
		from = query->since_unix_ms;
	if (query->until_unix_ms && (until == 0 || query->until_unix_ms < until))
		until = query->until_unix_ms;
	api_json_put_time(one, "from", from);
	api_json_put_time(one, "until", until ? until : clock_unix_ms());
	api_json_put_bool(one, "complete", set->is_complete && !set->timed_out);
	if (set->timed_out) { /* searched newest first: what is older was not looked at */
		const struct store_found *last = set->count ? &set->found[set->count - 1] : NULL;

		control_search_put_gap(gaps, from, last ? last->accepted_unix_ms : until,
				       "the search ran out of time");
	}
	if (set->gap_from_unix_ms)
		control_search_put_gap(gaps, set->gap_from_unix_ms, set->gap_until_unix_ms,
				       "nothing could be recorded");
	api_json_put(one, "gaps", gaps);
	api_json_put_int(one, "scanned", (int64_t)set->scanned);
	return one;
}
