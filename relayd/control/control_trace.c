/* control_trace.c - message.trace: what was said in a message's last sessions.
 *
 * Every worker is asked, for each keeps its own sessions (deliver_trace.c); their answers are put
 * in order of time. When none has any, the log tells whether there is such a message
 * at all. Thread: main. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "control/control_search.h"

#define SESSIONS_MAX 20 /* of one answer, the newest */

static const char *const end_words[TRACE_END_COUNT] = {
	[TRACE_END_DONE] = "answered",
	[TRACE_END_NO_CONNECTION] = "no_connection",
	[TRACE_END_LOST] = "lost",
	[TRACE_END_NONE] = "under_way",
};
static const char *const result_words[TRACE_RESULT_COUNT] = {
	[TRACE_UNTRIED] = "untried",
	[TRACE_DELIVERED] = "delivered",
	[TRACE_DEFERRED] = "deferred",
	[TRACE_BOUNCED] = "bounced",
};
static const char *const who_words[TRACE_WHO_COUNT] = {
	[TRACE_CONNECT] = "note",
	[TRACE_NOTE] = "note",
	[TRACE_US] = "us",
	[TRACE_SERVER] = "server",
	[TRACE_CUT] = "cut",
};

struct tracing { /* call->state; sessions, in order, are in call->made */
	uint64_t message_id;
	size_t more;
	struct trace_ring_stats kept;
};

/* ---- in JSON ------------------------------------------------------------------------- */

static json_t *
line_json(const struct trace_line *line)
{
	json_t *one = json_object();
	char count[64];

	api_json_put_text(one, "who", who_words[line->who]);
	if (line->who == TRACE_CUT) {
		(void)snprintf(count, sizeof count, "(%u lines left out)", (unsigned)line->ms);
		api_json_put_null(one, "ms");
		api_json_put_text(one, "text", count);
		return one;
	}
	api_json_put_int(one, "ms", line->ms);
	api_json_put_bytes(one, "text", "text_b64", line->text);
	return one;
}

static json_t *
recipients_json(const struct trace *trace)
{
	struct trace_recipient recipient;
	json_t *list = json_array();
	uint32_t at = 0;

	while (trace_recipient_next(trace, &at, &recipient)) {
		json_t *one = json_object();

		api_json_put_text(one, "recipient", recipient.address);
		api_json_put_text(one, "result", result_words[recipient.result]);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
session_json(const struct trace *trace)
{
	json_t *one = json_object(), *lines = json_array();
	struct trace_walk walk = { 0 };
	struct trace_facts facts;
	struct trace_line line;

	trace_facts_read(trace, &facts);
	api_json_put_time(one, "started_at", facts.started_unix_ms);
	api_json_put_time(one, "connected_at", facts.connected_unix_ms);
	api_json_put_time(one, "ended_at", facts.ended_unix_ms);
	api_json_put_text(one, "end", end_words[facts.end]);
	api_json_put_bool(one, "reused", facts.is_reused);
	api_json_put_text(one, "remote_host", facts.remote_host);
	api_json_put_text(one, "remote_address", facts.remote_address);
	api_json_put_text(one, "source_address", facts.source_address);
	api_json_put_text(one, "tls", facts.tls_verified ? facts.tls_version : NULL);
	api_json_put_text(one, "tls_cipher", facts.tls_verified ? facts.tls_cipher : NULL);
	api_json_put_text(one, "tls_verified", facts.tls_verified);
	api_json_put(one, "recipients", recipients_json(trace));
	while (trace_line_next(trace, &walk, &line))
		json_array_append_new(lines, line_json(&line));
	api_json_put(one, "lines", lines);
	return one;
}

static json_t *
kept_json(const struct trace_ring_stats *kept)
{
	json_t *one = json_object();

	api_json_put_int(one, "sessions", (int64_t)kept->sessions);
	api_json_put_int(one, "failed", (int64_t)kept->failed);
	api_json_put_int(one, "bytes", (int64_t)kept->bytes);
	api_json_put_int(one, "max_bytes", (int64_t)kept->max_bytes);
	api_json_put_time(one, "oldest_at", kept->oldest_unix_ms);
	api_json_put_time(one, "oldest_failed_at", kept->oldest_failed_unix_ms);
	return one;
}

/* ---- the answers ------------------------------------------------------------------------- */

/* put_in_order - by the time it began: as text, which RFC 3339 allows. */
static void
put_in_order(json_t *items, const struct trace *trace)
{
	json_t *one = session_json(trace);
	const char *at = api_json_get_text(one, "started_at");
	size_t place = json_array_size(items);

	while (place > 0 && strcmp(api_json_get_text(json_array_get(items, place - 1),
	                                             "started_at"), at) > 0)
		place--;
	json_array_insert_new(items, place, one);
}

static void
answer(struct control_call *call)
{
	struct tracing *tracing = call->state;
	json_t *result = api_json_new("relay.message.trace/1");

	while (json_array_size(call->made) > SESSIONS_MAX) {
		json_array_remove(call->made, 0);
		tracing->more++;
	}
	api_json_put_id(result, "id", tracing->message_id);
	api_json_put_text(result, "recipient", control_text(call, "recipient"));
	api_json_put(result, "items", json_incref(call->made));
	api_json_put_null(result, "next_cursor");
	api_json_put_int(result, "more", (int64_t)tracing->more);
	api_json_put(result, "kept", kept_json(&tracing->kept));
	control_call_answer(call, result);
}

/* searched - no session is here: of a message that there is? */
static void
searched(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	struct api_error error;
	bool is_known;

	(void)owner;
	if (!call)
		return;
	is_known = search->result_set.count > 0;
	control_search_free(&search);
	if (is_known) {
		answer(call);
		return;
	}
	(void)api_error_set(&error, API_ERROR_NOT_FOUND,
	                    "no message %s: neither in the queue nor in the log",
	                    control_text(call, "id"));
	control_call_fail(call, &error);
}

static void
find_out(struct control_call *call)
{
	const struct tracing *tracing = call->state;
	struct store_query query = { .category = VERDICT_NONE,
		                     .id = tracing->message_id,
		                     .limit = 1 };

	control_search_send(call, arena_new(0), &query, searched);
}

static int64_t
older(int64_t one, int64_t other)
{
	return one == 0 || (other != 0 && other < one) ? other : one;
}

static void
add_up(struct tracing *tracing, const struct deliver_trace_ask *ask)
{
	struct trace_ring_stats *kept = &tracing->kept;

	tracing->more += ask->more;
	kept->sessions += ask->kept.sessions;
	kept->failed += ask->kept.failed;
	kept->bytes += ask->kept.bytes;
	kept->max_bytes += ask->kept.max_bytes;
	kept->oldest_unix_ms = older(kept->oldest_unix_ms, ask->kept.oldest_unix_ms);
	kept->oldest_failed_unix_ms = older(kept->oldest_failed_unix_ms,
	                                    ask->kept.oldest_failed_unix_ms);
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct deliver_trace_ask *ask = (struct deliver_trace_ask *)(void *)item;
	struct control_call *call = ask->context;

	(void)owner;
	for (size_t i = 0; i < ask->traces; i++)
		put_in_order(call->made, ask->trace[i]);
	add_up(call->state, ask);
	deliver_trace_ask_free(&ask);
	if (--call->waiting > 0)
		return;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (json_array_size(call->made) == 0)
		find_out(call);
	else
		answer(call);
}

void
control_message_trace(struct control_call *call)
{
	const struct control_options *options = &call->control->options;
	struct tracing *tracing = arena_zero(call->arena, sizeof *tracing);
	const char *recipient = control_text(call, "recipient");

	(void)id_parse(span_of(control_text(call, "id")), &tracing->message_id); /* checked */
	call->state = tracing;
	call->made = json_array();
	call->waiting = (unsigned)options->delivers;
	for (size_t i = 0; i < options->delivers; i++) {
		struct deliver_trace_ask *ask = mem_zero(1, sizeof *ask);

		ask->back = control_back(call->control, answered);
		ask->context = call;
		ask->message_id = tracing->message_id;
		ask->recipient = mem_strdup(recipient);
		ask->limit = SESSIONS_MAX;
		deliver_trace_send(options->deliver[i], &ask);
	}
}
