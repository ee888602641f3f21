/* control_find.c - "did they get it?": search, then a sentence and its evidence.
 *
 *   query -> found? -no-> the address may be a Message-ID: once more -> near addresses
 *              |yes
 *              +-> newest waits: does somebody hold it, and who -> answer
 *
 * The sentence is about the newest; times in it are in the reader's zone, which
 * the request brings along. Thread: main. */
#include "base/clock.h"
#include "control/control_find.h"

#define LIMIT_DEFAULT 50
#define LAST_LIMIT 200             /* rows looked at for --last's "also to this address" */
#define DAY_MS ((int64_t)86400000)

static void found(struct mailbox_item *item, void *owner);

/* ---- the answer ---------------------------------------------------------- */

static const char *
status_of(const struct verdict_facts *facts, const struct store_result *set)
{
	if (facts->answer == VERDICT_ANSWER_NO_TRACE)
		return "no_trace";
	if (facts->answer == VERDICT_ANSWER_UNKNOWN)
		return "unknown";
	if (facts->answer == VERDICT_ANSWER_PARTLY)
		return "partly";
	return facts->answer == VERDICT_ANSWER_HELD ? mail_status_name(MAIL_STATUS_HELD) :
	       mail_status_name(set->found[0].status);
}

static json_t *
answer_json(const struct control_call *call)
{
	const struct finding *finding = call->state;
	struct verdict_facts facts;

	control_find_facts(call, &facts);
	return control_find_answer_json(&facts, status_of(&facts, &finding->search->result_set));
}

static json_t *
items_json(const struct control_call *call)
{
	const struct finding *finding = call->state;
	const struct store_result *set = &finding->search->result_set;
	size_t count = finding->is_last && set->count > 1 ? 1 : set->count;
	json_t *items = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct store_found *row = &set->found[i];
		json_t *one = control_found_json(row);

		api_json_put_bool(one, "suppressed", control_find_is_suppressed(call, row));
		if (i == 0 && control_find_is_held(row, finding->hold))
			api_json_put_text(one, "status", mail_status_name(MAIL_STATUS_HELD));
		json_array_append_new(items, one);
	}
	return items;
}

/* also_json - with --last: how many more went to that address in 30 days. */
static json_t *
also_json(const struct finding *finding)
{
	const struct store_result *set = &finding->search->result_set;
	int64_t since = clock_unix_ms() - 30 * DAY_MS;
	json_t *one = json_object();
	size_t count = 0;

	for (size_t i = 1; i < set->count; i++)
		count += set->found[i].accepted_unix_ms >= since &&
			span_equals_nocase(span_of(set->found[i].recipient),
			                   span_of(set->found[0].recipient));
	api_json_put_int(one, "count", (int64_t)count);
	api_json_put_bool(one, "more", set->has_more);
	api_json_put_time(one, "since", since);
	return one;
}

static void
free_finding(struct control_call *call)
{
	struct finding *finding = call->state;

	if (finding->search)
		control_search_free(&finding->search);
	if (finding->hold)
		schedule_ask_free(&finding->hold);
}

static void
answer(struct control_call *call)
{
	struct finding *finding = call->state;
	json_t *result = api_json_new("relay.find.search/1");

	api_json_put(result, "answer", answer_json(call));
	api_json_put(result, "coverage",
	             control_search_coverage(&finding->query, &finding->search->result_set));
	api_json_put(result, "items", items_json(call));
	api_json_put(result, "near", call->made ? json_incref(call->made) : json_array());
	if (finding->is_last) {
		api_json_put(result, "also", also_json(finding));
		api_json_put_null(result, "next_cursor");
	} else {
		control_search_cursor(result, &finding->search->result_set);
	}
	free_finding(call);
	control_call_answer(call, result);
}

/* ---- near addresses, holds ----------------------------------------------- */

static void
near_found(struct mailbox_item *item, void *owner)
{
	struct store_near *near = (struct store_near *)(void *)item;
	struct control_call *call = near->context;
	struct finding *finding = call->state;

	(void)owner;
	if (control_call_is_gone(call)) {
		free_finding(call);
		control_call_drop(call);
	} else {
		call->made = json_array();
		for (size_t i = 0; near->result == 0 && i < near->count; i++) {
			json_t *one = json_object();

			api_json_put_text(one, "address", near->address[i]);
			api_json_put_int(one, "count", (int64_t)near->uses[i]);
			json_array_append_new(call->made, one);
		}
		if (near->result == 0 && near->count > 0) {
			finding->near = arena_strdup(call->arena, near->address[0]);
			finding->near_uses = near->uses[0];
		}
		answer(call);
	}
	arena_free(&near->arena);
	mem_free(near);
}

static bool
ask_near(struct control_call *call)
{
	const struct finding *finding = call->state;
	struct store_near *near;

	if (!finding->address)
		return false;
	near = mem_zero(1, sizeof *near);
	near->back = control_back(call->control, near_found);
	near->context = call;
	near->arena = arena_new(0);
	near->text = arena_strdup(near->arena, finding->address);
	if (store_near_send(call->control->options.store, &near))
		return true;
	arena_free(&near->arena);
	mem_free(near);
	return false;
}

static void
hold_found(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	struct finding *finding = call->state;

	(void)owner;
	finding->hold = ask;
	if (!control_call_is_gone(call)) {
		answer(call);
		return;
	}
	free_finding(call);
	control_call_drop(call);
}

/* ask_hold - somebody may hold what waits: the log does not say so. */
static bool
ask_hold(struct control_call *call)
{
	const struct finding *finding = call->state;
	const struct store_found *row = &finding->search->result_set.found[0];
	struct schedule_ask *ask;

	if (!control_find_is_ours(row))
		return false;
	ask = schedule_ask_new(SCHEDULE_EXPLAIN_MESSAGE, control_back(call->control, hold_found));
	ask->context = call;
	ask->message_id = row->id;
	if (schedule_ask_send(call->control->options.schedule, &ask))
		return true;
	schedule_ask_free(&ask);
	return false;
}

/* ---- searching ----------------------------------------------------------- */

static void
search_message_id(struct control_call *call)
{
	struct finding *finding = call->state;

	finding->tried_message_id = true;
	finding->query.message_id = finding->address;
	finding->query.recipient = (struct store_text){ STORE_MATCH_NONE, NULL };
	control_search_send(call, arena_new(0), &finding->query, found);
}

static void
found(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	struct finding *finding;

	(void)owner;
	if (!call)
		return;
	finding = call->state;
	if (search->result_set.count == 0 && finding->address && !finding->tried_message_id &&
	    !search->result_set.timed_out) {
		control_search_free(&search);
		search_message_id(call);
		return;
	}
	finding->search = search;
	if (search->result_set.count == 0 ? ask_near(call) : ask_hold(call))
		return;
	answer(call);
}

void
control_find_search(struct control_call *call)
{
	struct finding *finding = arena_zero(call->arena, sizeof *finding);
	struct api_error error;

	call->state = finding;
	finding->is_last = api_json_get_bool(call->params, "last");
	if (control_search_query(call, true, LIMIT_DEFAULT, call->arena, &finding->query, NULL,
	                         &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	if (finding->is_last)
		finding->query.limit = LAST_LIMIT;
	/* one word is part of an address mostly, and that is quick; a later page asks the same */
	finding->query.is_recipient_first = true;
	if (finding->query.recipient.match == STORE_MATCH_EXACT && !control_text(call, "cursor"))
		finding->address = finding->query.recipient.text;
	control_search_send(call, arena_new(0), &finding->query, found);
}
