/* control_message.c - messages: list by search terms, show one. Thread: main. */
#include <string.h>

#include "base/id.h"
#include "control/control_find.h"

#define LIST_DEFAULT 50
#define SHOW_MAX 1000 /* recipients: as many as a message may have by default */

static void
listed(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	json_t *result, *items;

	(void)owner;
	if (!call)
		return;
	result = api_json_new("relay.message.list/1");
	items = json_array();
	for (size_t i = 0; i < search->result_set.count; i++)
		json_array_append_new(items, control_found_json(&search->result_set.found[i]));
	api_json_put(result, "items", items);
	control_search_cursor(result, &search->result_set);
	api_json_put(result, "coverage",
		     control_search_coverage(&search->query, &search->result_set));
	control_search_free(&search);
	control_call_answer(call, result);
}

void
control_message_list(struct control_call *call)
{
	struct arena *arena = arena_new(0);
	struct store_query query;
	struct api_error error;

	if (control_search_query(call, false, LIST_DEFAULT, arena, &query, NULL, &error) == 0) {
		control_search_send(call, arena, &query, listed);
		return;
	}
	arena_free(&arena);
	control_call_fail(call, &error);
}

/* ---- show: the log's rows, then the scheduler's words for those that wait ---- */

struct showing { /* call->state */
	struct store_search *search; /* the log's answer, kept while the scheduler is asked */
};

/* recipient_json - its row, and the sentence that answers "did they get it?". */
static json_t *
recipient_json(const struct control_call *call, const struct store_found *row,
               const struct schedule_ask *waits, struct arena *arena)
{
	const char *status = mail_status_name(control_find_is_held(row, waits) ? MAIL_STATUS_HELD
	                                                                       : row->status);
	json_t *one = control_found_json(row);
	struct verdict_facts facts;

	control_find_row_facts(call, row, waits, arena, &facts);
	api_json_put_text(one, "status", status);
	api_json_put_bool(one, "suppressed", facts.is_suppressed);
	api_json_put(one, "answer", control_find_answer_json(&facts, status));
	return one;
}

static json_t *
message_json(const struct control_call *call, const struct store_search *search,
             const struct schedule_ask *waits)
{
	const struct store_result *set = &search->result_set;
	const struct store_found *first = &set->found[0];
	json_t *one = json_object(), *recipients = json_array();

	api_json_put_id(one, "id", first->id);
	api_json_put_text(one, "message_id", first->message_id);
	api_json_put_text(one, "sender", first->sender);
	api_json_put_text(one, "from_domain", first->from_domain);
	api_json_put_text(one, "subject", first->subject);
	api_json_put_text(one, "credential", first->credential);
	api_json_put_time(one, "accepted_at", first->accepted_unix_ms);
	api_json_put_time(one, "expires_at", first->expires_unix_ms);
	api_json_put_int(one, "size_bytes", (int64_t)first->size_bytes);
	api_json_put_text(one, "client_address", first->client_address);
	api_json_put_text(one, "client_name", first->client_name);
	api_json_put_text(one, "tls", first->tls);
	api_json_put_text(one, "signature", first->signature);
	api_json_put_int(one, "recipients_total", first->recipients);
	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(recipients, recipient_json(call, &set->found[i], waits,
		                                                 search->arena));
	api_json_put(one, "recipients", recipients);
	return one;
}

/* answer_show - waits: what the scheduler said, NULL where nothing waits. */
static void
answer_show(struct control_call *call, const struct schedule_ask *waits)
{
	struct showing *showing = call->state;
	json_t *result = api_json_new("relay.message.show/1"), *waiting = json_array(),
	       *rows = json_array();

	api_json_put(result, "message", message_json(call, showing->search, waits));
	for (size_t i = 0; waits && waits->sentence && i < waits->rows; i++) {
		json_t *one = control_wait_json(&waits->waiting[i].wait);

		api_json_put_text(one, "recipient", waits->waiting[i].recipient);
		control_hold_put(one, &waits->waiting[i].held);
		api_json_put_text(one, "pool", waits->waiting[i].pool);
		api_json_put_bool(one, "moved", waits->waiting[i].is_moved);
		api_json_put_text(one, "smarthost", waits->waiting[i].smarthost);
		json_array_append_new(rows, one);
		json_array_append_new(waiting, api_json_string(span_of(waits->sentence[i])));
	}
	api_json_put(result, "waiting", waiting);
	api_json_put(result, "waits", rows);
	control_search_free(&showing->search);
	control_call_answer(call, result);
}

static void
explained(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	struct showing *showing = call->state;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_search_free(&showing->search);
		control_call_drop(call);
	} else {
		answer_show(call, ask->result == 0 ? ask : NULL);
	}
	schedule_ask_free(&ask);
}

static bool
ask_why(struct control_call *call, uint64_t id)
{
	struct schedule_ask *ask = schedule_ask_new(SCHEDULE_EXPLAIN_MESSAGE,
	                                            control_back(call->control, explained));

	ask->context = call;
	ask->message_id = id;
	if (schedule_ask_send(call->control->options.schedule, &ask))
		return true;
	schedule_ask_free(&ask);
	return false;
}

static bool
is_pending(const struct store_result *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->found[i].status <= MAIL_STATUS_SCHEDULED)
			return true;
	return false;
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	struct showing *showing;
	struct api_error error;

	(void)owner;
	if (!call)
		return;
	if (search->result_set.count == 0) {
		control_search_free(&search);
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "no message %s in the log",
		                    control_text(call, "id"));
		control_call_fail(call, &error);
		return;
	}
	showing = call->state;
	showing->search = search;
	if (!is_pending(&search->result_set) || !ask_why(call, search->query.id))
		answer_show(call, NULL);
}

void
control_message_show(struct control_call *call)
{
	struct store_query query = { .category = VERDICT_NONE,
				     .want_events = true,
				     .limit = SHOW_MAX };

	call->state = arena_zero(call->arena, sizeof(struct showing));
	(void)id_parse(span_of(control_text(call, "id")), &query.id); /* checked before */
	control_search_send(call, arena_new(0), &query, shown);
}
