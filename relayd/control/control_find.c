/* control_find.c - "did they get it?": search, then a sentence and its evidence.
 *
 *   query -> found? -no-> the address may be a Message-ID: once more -> near addresses
 *              |yes
 *              +-> newest waits: does somebody hold it, and who -> answer
 *
 * The sentence is about the newest; times in it are in the reader's zone, which
 * the request brings along. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "control/control_filter.h"
#include "control/control_search.h"
#include "smtp/smtp_address.h"
#include "verdict/verdict_sentence.h"

#define LIMIT_DEFAULT 50
#define LAST_LIMIT 200             /* rows looked at for --last's "also to this address" */
#define DAY_MS ((int64_t)86400000)

struct finding {
	struct store_query query;
	const char *address;       /* asked for without a key, or to:; NULL: something else */
	bool is_last;
	bool tried_message_id;
	struct store_search *search; /* the answer, kept while more is asked */
	struct schedule_ask *hold;   /* likewise; NULL: not asked or nothing */
	const char *near;
	uint64_t near_uses;
};

static void found(struct mailbox_item *item, void *owner);

/* ---- facts for the sentence ---------------------------------------------- */

static const struct mail_event *
last_of(const struct store_found *row, enum mail_event_kind kind)
{
	for (size_t i = row->events; i > 0; i--)
		if (row->event[i - 1].kind == kind)
			return &row->event[i - 1];
	return NULL;
}

static void
take_event(struct verdict_facts *facts, const struct mail_event *event)
{
	if (!event)
		return;
	facts->at_unix_ms = event->at_unix_ms;
	facts->category = event->category;
	facts->code = event->code;
	facts->enhanced = event->enhanced;
	facts->reply = event->reply;
	if (event->site && event->site[0])
		facts->provider = verdict_provider_title(event->site);
	else if (event->remote_host && event->remote_host[0])
		facts->provider = event->remote_host;
}

static void
fill_delivered(struct verdict_facts *facts, const struct store_found *row)
{
	take_event(facts, last_of(row, MAIL_EVENT_DELIVERED));
	if (facts->at_unix_ms == 0)
		facts->at_unix_ms = row->finished_unix_ms;
}

static void
fill_complained(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *complaint = last_of(row, MAIL_EVENT_COMPLAINED);

	fill_delivered(facts, row);
	facts->bounce_unix_ms = complaint ? complaint->at_unix_ms : 0;
}

static void
fill_waiting(struct verdict_facts *facts, const struct store_found *row)
{
	take_event(facts, last_of(row, MAIL_EVENT_DEFERRED));
}

static void
fill_bounced(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *delivered = last_of(row, MAIL_EVENT_DELIVERED);
	const struct mail_event *bounced = last_of(row, MAIL_EVENT_BOUNCED);

	take_event(facts, bounced);
	if (!bounced)
		facts->at_unix_ms = row->finished_unix_ms;
	if (!delivered || !bounced)
		return;
	facts->answer = VERDICT_ANSWER_BOUNCED_LATER;
	facts->at_unix_ms = delivered->at_unix_ms;
	facts->bounce_unix_ms = bounced->at_unix_ms;
}

static void
fill_expired(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *expired = last_of(row, MAIL_EVENT_EXPIRED);

	take_event(facts, expired && expired->category != VERDICT_NONE ? expired :
	           last_of(row, MAIL_EVENT_DEFERRED));
	facts->at_unix_ms = expired ? expired->at_unix_ms : row->finished_unix_ms;
}

static void
fill_rejected(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *rejected = last_of(row, MAIL_EVENT_REJECTED);

	take_event(facts, rejected);
	facts->detail = rejected ? rejected->detail : NULL;
	if (facts->at_unix_ms == 0)
		facts->at_unix_ms = row->accepted_unix_ms;
}

static void
fill_suppressed(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *suppressed = last_of(row, MAIL_EVENT_SUPPRESSED);

	facts->at_unix_ms = suppressed ? suppressed->at_unix_ms : row->finished_unix_ms;
	facts->suppression_reason = suppressed ? suppressed->detail : NULL;
}

/* put_since - the detail is "hard bounce; since 2026-11-01T...": schedule_suppress.c. */
static void
put_since(struct verdict_facts *facts, struct arena *arena)
{
	static const char mark[] = "; since ";
	const char *reason = facts->suppression_reason;
	const char *at = reason ? strstr(reason, mark) : NULL;
	int64_t since_unix_ms;
	struct err err;

	if (!at || clock_parse_rfc3339(span_of(at + sizeof mark - 1), &since_unix_ms, &err) < 0)
		return;
	facts->at_unix_ms = since_unix_ms;
	facts->suppression_reason =
		arena_span(arena, (struct span){ reason, (size_t)(at - reason) });
}

/* is_suppressed_now - for this credential and domain, whatever was at that time. */
static bool
is_suppressed_now(const struct control_call *call, const struct store_found *row)
{
	char key[SMTP_ADDRESS_KEY_SIZE];
	struct suppress_hit hit;
	struct err err;

	return row->recipient && smtp_address_key(span_of(row->recipient), key, &err) == 0 &&
	       suppress_set_find(suppress_set_of(call->control->options.suppress), key,
				 row->from_domain, row->credential, clock_unix_ms(), &hit);
}

static void
fill_cancelled(struct verdict_facts *facts, const struct store_found *row)
{
	const struct mail_event *cancelled = last_of(row, MAIL_EVENT_CANCELLED);

	facts->at_unix_ms = cancelled ? cancelled->at_unix_ms : row->finished_unix_ms;
	facts->detail = cancelled ? cancelled->detail : NULL;
}

static const struct {
	enum verdict_answer answer;
	void (*fill)(struct verdict_facts *facts, const struct store_found *row);
} answer_of[MAIL_STATUS_COUNT] = {
	[MAIL_STATUS_QUEUED] = { VERDICT_ANSWER_WAITING, fill_waiting },
	[MAIL_STATUS_DEFERRED] = { VERDICT_ANSWER_WAITING, fill_waiting },
	[MAIL_STATUS_HELD] = { VERDICT_ANSWER_HELD, fill_waiting },
	[MAIL_STATUS_SCHEDULED] = { VERDICT_ANSWER_SCHEDULED, fill_waiting },
	[MAIL_STATUS_DELIVERED] = { VERDICT_ANSWER_DELIVERED, fill_delivered },
	[MAIL_STATUS_BOUNCED] = { VERDICT_ANSWER_BOUNCED, fill_bounced },
	[MAIL_STATUS_SUPPRESSED] = { VERDICT_ANSWER_SUPPRESSED, fill_suppressed },
	[MAIL_STATUS_EXPIRED] = { VERDICT_ANSWER_EXPIRED, fill_expired },
	[MAIL_STATUS_CANCELLED] = { VERDICT_ANSWER_CANCELLED, fill_cancelled },
	[MAIL_STATUS_REJECTED] = { VERDICT_ANSWER_REJECTED, fill_rejected },
	[MAIL_STATUS_COMPLAINED] = { VERDICT_ANSWER_COMPLAINED, fill_complained },
};

/* waiting_of - the newest that was found, as the scheduler has it; NULL: it was not asked. */
static const struct schedule_waiting *
waiting_of(const struct finding *finding)
{
	const struct schedule_ask *ask = finding->hold;
	uint32_t no = finding->search->result_set.found[0].recipient_no;

	for (size_t i = 0; ask && ask->waiting && i < ask->rows; i++)
		if (ask->waiting[i].no == no)
			return &ask->waiting[i];
	return NULL;
}

static bool
is_held(const struct finding *finding)
{
	const struct schedule_waiting *waiting = waiting_of(finding);

	return waiting && waiting->held.scope;
}

/* fill_wait - what the log does not know: it waits for something of ours. */
static void
fill_wait(struct verdict_facts *facts, const struct finding *finding)
{
	const struct schedule_waiting *waiting = waiting_of(finding);

	if (waiting == NULL || facts->answer != VERDICT_ANSWER_WAITING)
		return;
	if (waiting->wait.projected_unix_ms > facts->next_attempt_unix_ms)
		facts->next_attempt_unix_ms = waiting->wait.projected_unix_ms;
	if (waiting->wait.constraint == SCHEDULE_BY_WARMUP)
		facts->waits_for = "The address it leaves by is new there, and has sent its share "
		                   "for now";
	else if (waiting->wait.constraint == SCHEDULE_BY_SOURCE_OFF)
		facts->waits_for = "The address it leaves by is switched off";
}

static void
fill_hold(struct verdict_facts *facts, const struct finding *finding, struct arena *arena)
{
	const struct schedule_held *held;
	char id[ID_TEXT_SIZE];

	if (!is_held(finding))
		return;
	held = &waiting_of(finding)->held;
	facts->answer = VERDICT_ANSWER_HELD;
	facts->actor = held->by;
	facts->detail = held->reason;
	facts->at_unix_ms = held->since_unix_ms;
	facts->release = arena_printf(arena, "queue release %s", held->scope);
	if (strncmp(held->scope, "messages:", 9) == 0) {
		id_format(finding->hold->message_id, id);
		facts->held = "message";
		facts->release = arena_printf(arena, "message release %s", id);
	} else if (strncmp(held->scope, "cred:", 5) == 0) {
		facts->held = arena_printf(arena, "mail of credential %s", held->scope + 5);
	} else if (strchr(held->scope, ':') && held->scope[0] != '[') {
		facts->held = arena_printf(arena, "mail with %s", held->scope);
		facts->release = arena_printf(arena, "queue release '%s'", held->scope);
	} else {
		facts->held = arena_printf(arena, "queue %s", held->scope);
	}
}

/* fill_partly - one message to many, asked for by its id: some arrived, some not. */
static void
fill_partly(struct verdict_facts *facts, const struct store_result *set)
{
	const struct store_found *row = set->found;

	for (size_t i = 0; i < set->count && row[i].id == row[0].id; i++) {
		enum mail_status status = row[i].status;

		facts->recipient_count++;
		facts->delivered_count += status == MAIL_STATUS_DELIVERED ||
			status == MAIL_STATUS_COMPLAINED;
		if (!facts->waiting &&
		    (status == MAIL_STATUS_QUEUED || status == MAIL_STATUS_DEFERRED ||
		     status == MAIL_STATUS_HELD))
			facts->waiting = row[i].recipient;
	}
	if (facts->delivered_count > 0 && facts->delivered_count < facts->recipient_count)
		facts->answer = VERDICT_ANSWER_PARTLY;
}

static void
fill_nothing(struct verdict_facts *facts, const struct finding *finding)
{
	const struct store_result *set = &finding->search->result_set;

	facts->answer = set->is_complete && !set->timed_out ? VERDICT_ANSWER_NO_TRACE :
		VERDICT_ANSWER_UNKNOWN;
	facts->log_from_unix_ms = finding->query.since_unix_ms > set->from_unix_ms ?
		finding->query.since_unix_ms : set->from_unix_ms;
	facts->gap_from_unix_ms = set->gap_from_unix_ms ? set->gap_from_unix_ms :
		facts->log_from_unix_ms;
	facts->gap_until_unix_ms = set->gap_from_unix_ms ? set->gap_until_unix_ms :
		set->until_unix_ms;
	facts->near = finding->near;
	facts->near_count = (uint32_t)finding->near_uses;
}

static void
fill_facts(const struct control_call *call, struct verdict_facts *facts)
{
	const struct finding *finding = call->state;
	const struct store_result *set = &finding->search->result_set;
	const struct store_found *row = set->found;

	*facts = (struct verdict_facts){
		.now_unix_ms = clock_unix_ms(),
		.utc_offset_sec = (int32_t)control_int(call, "utc_offset_sec", 0),
		.zone = control_text(call, "zone"),
	};
	if (set->count == 0) {
		fill_nothing(facts, finding);
		return;
	}
	facts->answer = answer_of[row->status].answer;
	facts->recipient = row->recipient;
	facts->accepted_unix_ms = row->accepted_unix_ms;
	facts->next_attempt_unix_ms = row->next_attempt_unix_ms;
	facts->expires_unix_ms = row->expires_unix_ms;
	facts->tries = row->attempts;
	answer_of[row->status].fill(facts, row);
	put_since(facts, finding->search->arena);
	facts->is_suppressed = is_suppressed_now(call, row);
	fill_wait(facts, finding);
	fill_hold(facts, finding, finding->search->arena);
	if (finding->query.id || finding->query.message_id)
		fill_partly(facts, set);
}

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

/* ---- the answer ---------------------------------------------------------- */

static json_t *
answer_json(const struct control_call *call)
{
	const struct finding *finding = call->state;
	struct verdict_facts facts;
	json_t *one = json_object();
	struct buf text;

	fill_facts(call, &facts);
	buf_init(&text, 4096);
	api_json_put_text(one, "status", status_of(&facts, &finding->search->result_set));
	(void)verdict_sentence(&facts, &text);
	api_json_put_span(one, "sentence", buf_span(&text));
	buf_clear(&text);
	(void)verdict_sentence_note(&facts, &text);
	api_json_put(one, "note", text.len ? api_json_string(buf_span(&text)) : json_null());
	buf_deinit(&text);
	return one;
}

static json_t *
items_json(const struct control_call *call)
{
	const struct finding *finding = call->state;
	const struct store_result *set = &finding->search->result_set;
	size_t count = finding->is_last && set->count > 1 ? 1 : set->count;
	json_t *items = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *one = control_found_json(&set->found[i]);

		api_json_put_bool(one, "suppressed", is_suppressed_now(call, &set->found[i]));

		if (i == 0 && is_held(finding))
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
	if (finding->hold) {
		arena_free(&finding->hold->arena);
		mem_free(finding->hold);
		finding->hold = NULL;
	}
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

	if (row->finished_unix_ms || answer_of[row->status].fill != fill_waiting)
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
	if (finding->query.recipient.match == STORE_MATCH_EXACT && !control_text(call, "cursor"))
		finding->address = finding->query.recipient.text;
	control_search_send(call, arena_new(0), &finding->query, found);
}
