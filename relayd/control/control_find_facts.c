/* control_find_facts.c - what the log and the scheduler know of a recipient, as facts for
 * a sentence: the newest that was found, or each of a message. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "control/control_filter.h"
#include "control/control_find.h"
#include "smtp/smtp_address.h"

#define SENTENCE_MAX_BYTES ((size_t)4 << 10)

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

/* put_operator - the detail is "bounced by ana: wrong price": schedule_withdraw.c. */
static void
put_operator(struct verdict_facts *facts, const struct store_found *row, struct arena *arena)
{
	bool is_bounce = facts->answer == VERDICT_ANSWER_BOUNCED;
	const char *lead = is_bounce ? "bounced by " : "cancelled by ";
	const struct mail_event *event =
		last_of(row, is_bounce ? MAIL_EVENT_BOUNCED : MAIL_EVENT_CANCELLED);
	struct span reason;

	if ((!is_bounce && facts->answer != VERDICT_ANSWER_CANCELLED) || !event || event->code
	    || !event->detail || strncmp(event->detail, lead, strlen(lead)) != 0)
		return;
	facts->actor = arena_span(
		arena, span_cut(span_of(event->detail + strlen(lead)), ':', &reason));
	facts->detail = reason.n ? arena_span(arena, span_trim(reason)) : NULL;
}

bool
control_find_is_suppressed(const struct control_call *call, const struct store_found *row)
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

bool
control_find_is_ours(const struct store_found *row)
{
	return !row->finished_unix_ms && answer_of[row->status].fill == fill_waiting;
}

/* waiting_of - a recipient as the scheduler has it; NULL: it was not asked, or knows it not. */
static const struct schedule_waiting *
waiting_of(const struct store_found *row, const struct schedule_ask *waits)
{
	for (size_t i = 0; waits && waits->waiting && i < waits->rows; i++)
		if (waits->waiting[i].no == row->recipient_no)
			return &waits->waiting[i];
	return NULL;
}

bool
control_find_is_held(const struct store_found *row, const struct schedule_ask *waits)
{
	const struct schedule_waiting *waiting = waiting_of(row, waits);

	return waiting && waiting->held.scope;
}

/* is_the_log_better - the wait is for what the last answer asked, which the log quotes. */
static bool
is_the_log_better(const struct verdict_facts *facts, enum schedule_constraint constraint)
{
	return (constraint == SCHEDULE_BY_BACKOFF || constraint == SCHEDULE_BY_PROBE) &&
	       facts->category != VERDICT_NONE;
}

/* with_capital - a clause as a sentence: its first letter, unless that belongs to a name. */
static const char *
with_capital(const char *clause, struct arena *arena)
{
	static const char *const leads[] = { "all ", "the ", "one ", "nothing ", "it ", "no " };
	char *text = arena_strdup(arena, clause);

	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (strncmp(clause, leads[i], strlen(leads[i])) == 0)
			text[0] = (char)(text[0] - 32);
	return text;
}

/* fill_wait - what the log does not know: what of ours holds it, and about until when. */
static void
fill_wait(struct verdict_facts *facts, const struct store_found *row,
          const struct schedule_ask *waits, struct arena *arena)
{
	const struct schedule_waiting *waiting = waiting_of(row, waits);
	const struct schedule_wait *wait = waiting ? &waiting->wait : NULL;
	int64_t next;

	if (wait == NULL || facts->answer != VERDICT_ANSWER_WAITING)
		return;
	next = wait->projected_unix_ms ? wait->projected_unix_ms : wait->until_unix_ms;
	if (next > facts->next_attempt_unix_ms)
		facts->next_attempt_unix_ms = next;
	facts->is_under_way = wait->constraint == SCHEDULE_BY_NOTHING;
	facts->has_no_time = !facts->is_under_way && next == 0;
	if (wait->clause && !is_the_log_better(facts, wait->constraint))
		facts->waits_for = with_capital(wait->clause, arena);
}

static void
fill_hold(struct verdict_facts *facts, const struct store_found *row,
          const struct schedule_ask *waits, struct arena *arena)
{
	const struct schedule_held *held;
	char id[ID_TEXT_SIZE];

	if (!control_find_is_held(row, waits))
		return;
	held = &waiting_of(row, waits)->held;
	facts->answer = VERDICT_ANSWER_HELD;
	facts->actor = held->by;
	facts->detail = held->reason;
	facts->at_unix_ms = held->since_unix_ms;
	facts->until_unix_ms = held->until_unix_ms;
	facts->release = arena_printf(arena, "queue release %s", held->scope);
	if (strncmp(held->scope, "messages:", 9) == 0) {
		id_format(row->id, id);
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
	facts->was_cut_off = set->timed_out;
	facts->near = finding->near;
	facts->near_count = (uint32_t)finding->near_uses;
}

static void
init_facts(const struct control_call *call, struct verdict_facts *facts)
{
	*facts = (struct verdict_facts){
		.now_unix_ms = clock_unix_ms(),
		.utc_offset_sec = (int32_t)control_int(call, "utc_offset_sec", 0),
		.zone = control_text(call, "zone"),
	};
}

void
control_find_row_facts(const struct control_call *call, const struct store_found *row,
                       const struct schedule_ask *waits, struct arena *arena,
                       struct verdict_facts *facts)
{
	init_facts(call, facts);
	facts->answer = answer_of[row->status].answer;
	facts->recipient = row->recipient;
	facts->accepted_unix_ms = row->accepted_unix_ms;
	facts->next_attempt_unix_ms = row->next_attempt_unix_ms;
	facts->expires_unix_ms = row->expires_unix_ms;
	facts->tries = row->attempts;
	answer_of[row->status].fill(facts, row);
	put_since(facts, arena);
	put_operator(facts, row, arena);
	facts->is_suppressed = control_find_is_suppressed(call, row);
	fill_wait(facts, row, waits, arena);
	fill_hold(facts, row, waits, arena);
}

void
control_find_facts(const struct control_call *call, struct verdict_facts *facts)
{
	const struct finding *finding = call->state;
	const struct store_result *set = &finding->search->result_set;

	if (set->count == 0) {
		init_facts(call, facts);
		fill_nothing(facts, finding);
		return;
	}
	control_find_row_facts(call, set->found, finding->hold, finding->search->arena, facts);
	if (finding->query.id || finding->query.message_id)
		fill_partly(facts, set);
}

json_t *
control_find_answer_json(const struct verdict_facts *facts, const char *status)
{
	json_t *one = json_object();
	struct buf text;

	buf_init(&text, SENTENCE_MAX_BYTES);
	api_json_put_text(one, "status", status);
	(void)verdict_sentence(facts, &text);
	api_json_put_span(one, "sentence", buf_span(&text));
	buf_clear(&text);
	(void)verdict_sentence_note(facts, &text);
	api_json_put(one, "note", text.len ? api_json_string(buf_span(&text)) : json_null());
	buf_deinit(&text);
	return one;
}
