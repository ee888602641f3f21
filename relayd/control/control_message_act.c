/* control_message_act.c - message retry, hold, release, bounce, cancel: one question for
 * all ids, or for what "match" finds.
 *
 * A message of which some had left already, or is being handed over, is done in
 * part (exit 7): the answer says how many and who, as the log has it, so that nobody
 * believes a cancelled mail never reached anybody. Thread: main. */
#include "base/clock.h"
#include "base/id.h"
#include "control/control_ask.h"
#include "control/control_left.h"
#include "control/control_match.h"
#include "store/store_audit.h"

#define ITEMS_MAX 4096             /* rows shown of an act by terms: it may touch a million */

static const struct act_row {
	enum schedule_act act;
	const char *schema, *done;
} retry_row = { SCHEDULE_RETRY_MESSAGE, "relay.message.retry/1", "due now" },
  bounce_row = { SCHEDULE_BOUNCE_MESSAGE, "relay.message.bounce/1", "bounced" },
  cancel_row = { SCHEDULE_CANCEL_MESSAGE, "relay.message.cancel/1", "cancelled" },
  hold_row = { SCHEDULE_HOLD_MESSAGE, "relay.message.hold/1", "held" },
  release_row = { SCHEDULE_RELEASE_MESSAGE, "relay.message.release/1", "released" };

struct acting { /* call->state */
	const struct act_row *row;
	int64_t asked_unix_ms;
	struct schedule_ask *done; /* while the log is asked: its answer, in the call's arena */
};

struct sums {
	unsigned touched, active, left; /* recipients */
	unsigned scheduled;             /* left alone, for its sender wants it later */
	int64_t release_unix_ms;        /* the first of them */
	size_t gone;                    /* messages of which nothing waited */
	size_t unknown;                 /* of these: that nobody knows */
	bool is_match;                  /* terms chose them: what is scheduled was not named */
};

static json_t *
row_json(const struct schedule_message_row *row, bool is_dry)
{
	json_t *one = json_object();

	api_json_put_id(one, "id", row->id);
	api_json_put_int(one, "affected", is_dry ? row->waiting : row->touched);
	api_json_put_int(one, "active", row->active);
	api_json_put_int(one, "left", row->left);
	return one;
}

static struct sums
sum_up(const struct schedule_ask *ask, json_t *items)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < ask->messages; i++) {
		const struct schedule_message_row *row = &ask->message[i];

		sums.touched += row->touched;
		sums.active += row->active;
		sums.left += row->left;
		sums.scheduled += row->scheduled;
		if (row->scheduled && (sums.release_unix_ms == 0
		                       || row->release_unix_ms < sums.release_unix_ms))
			sums.release_unix_ms = row->release_unix_ms;
		sums.gone += row->waiting + row->active + row->scheduled == 0;
		if (i >= ITEMS_MAX)
			continue;
		json_array_append_new(items, row_json(row, ask->is_dry));
	}
	return sums;
}

/* write_audit - a line for each message; one for all that terms found. */
static void
write_audit(struct control_call *call, const struct schedule_ask *ask, const char *terms)
{
	char id[ID_TEXT_SIZE];

	if (ask->grace_ms > 0 && ask->scope) {
		control_audit_write(call, ask->scope,
		                    control_say_acted(ask->arena, ask, ", unless released first"));
		return;
	}
	if (terms) {
		const char *scope = ask->scope ? arena_printf(ask->arena, ": %s", ask->scope) : "";

		control_audit_write(call, terms, control_say_acted(ask->arena, ask, scope));
		return;
	}
	for (size_t i = 0; i < ask->messages; i++) {
		if (ask->message[i].touched == 0)
			continue;
		id_format(ask->message[i].id, id);
		control_audit_write(call, id,
		                    store_audit_add(ask->arena,
		                                    control_say_recipients(
							    ask->arena,
							    ask->message[i].touched, ""),
		                                    ask->did));
	}
}

static int
check_release(const struct schedule_ask *ask, const struct sums *sums, struct api_error *error)
{
	if (sums->touched > 0)
		return 0;
	if (ask->scope)
		return api_error_set(error, API_ERROR_NOT_FOUND,
		                     "not held alone but with all of %s: relaycli queue release "
		                     "\"%s\"", ask->scope, ask->scope);
	return api_error_set(error, API_ERROR_NOT_FOUND, "nothing of %s is held",
	                     ask->messages == 1 ? "it" : "them");
}

/* check_scheduled - nothing but what is scheduled waits. */
static int
check_scheduled(const struct schedule_ask *ask, const struct sums *sums, struct api_error *error)
{
	char at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(sums->release_unix_ms, at);
	(void)api_error_set(error, API_ERROR_FAILED,
	                    "%s to be sent at %.19sZ, as the sender asked: nothing done",
	                    ask->messages == 1 ? "it is" : "they are, the first of them,", at);
	api_error_hint(error, "--scheduled sends it now; relaycli message cancel takes it back");
	return -1;
}

static int
check_gone(const struct schedule_ask *ask, const struct sums *sums, const char *who,
           struct api_error *error)
{
	char id[ID_TEXT_SIZE];

	if (sums->unknown == ask->messages && ask->messages > 0) {
		id_format(ask->message[0].id, id);
		return api_error_set(error, API_ERROR_NOT_FOUND,
		                     "there is no message %s%s: neither in the queue nor in the "
		                     "log", id, ask->messages > 1 ? " nor the others" : "");
	}
	return api_error_set(error, API_ERROR_NOT_FOUND, "nothing of %s waits any more%s",
	                     ask->messages == 1 ? "it" : "them", who);
}

/* check - anything that was not done as asked, in words. */
static int
check(const struct act_row *row, const struct schedule_ask *ask, const struct sums *sums,
      const char *who, struct arena *arena, struct api_error *error)
{
	bool is_pending = ask->grace_ms > 0 && ask->scope;
	bool is_recall = row->act == SCHEDULE_BOUNCE_MESSAGE
		         || row->act == SCHEDULE_CANCEL_MESSAGE;

	if (is_pending)
		return 0;
	if (row->act == SCHEDULE_RELEASE_MESSAGE && sums->unknown < ask->messages)
		return check_release(ask, sums, error);
	if (sums->touched == 0 && sums->active == 0)
		return sums->scheduled ? check_scheduled(ask, sums, error)
		                       : check_gone(ask, sums, who, error);
	if (sums->touched == 0)
		return api_error_set(error, API_ERROR_FAILED,
		                     "it is being handed over at this moment: nothing done");
	if (sums->gone == 0 && (sums->scheduled == 0 || sums->is_match)
	    && (!is_recall || sums->active + sums->left == 0))
		return 0;
	return api_error_set(error, API_ERROR_PARTIAL,
	                     "%s; %u had left already, %u being delivered now, "
	                     "%zu messages of which nothing waits%s%s%s",
	                     control_say_recipients(arena, sums->touched,
	                                            arena_printf(arena, " %s", row->done)),
	                     sums->left, sums->active, sums->gone,
	                     sums->scheduled ? arena_printf(arena, ", %u scheduled for later",
	                                                    sums->scheduled) : "",
	                     sums->unknown ? arena_printf(arena, ", %zu unknown ids", sums->unknown)
	                                   : "", who);
}

/* finish - the answer; ask is the caller's. */
static void
finish(struct control_call *call, const struct schedule_ask *ask, const char *who)
{
	const struct acting *acting = call->state;
	json_t *result, *items = json_array();
	struct sums sums = sum_up(ask, items);
	struct api_error error;

	sums.unknown = call->left ? call->left->unknown : 0;
	sums.is_match = control_text(call, "match") != NULL;
	if (!ask->is_dry && check(acting->row, ask, &sums, who, call->arena, &error) < 0) {
		json_decref(items);
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new(acting->row->schema);
	api_json_put_int(result, "affected", ask->affected);
	api_json_put(result, "items", items);
	control_ask_put_pending(ask, result);
	control_ask_put_stayed(ask, result);
	if (acting->row->act == SCHEDULE_HOLD_MESSAGE && !ask->is_dry)
		api_json_put_text(result, "hold", ask->scope);
	if (ask->is_dry)
		control_ask_put_survey(ask, result);
	control_call_answer(call, result);
}

static void
looked_up(struct control_call *call)
{
	const struct acting *acting = call->state;

	finish(call, acting->done, call->left->words);
}

/* look_up - keeps of the answer what is needed, in the call's arena: it may end any time. */
static void
look_up(struct control_call *call, const struct schedule_ask *ask)
{
	struct acting *acting = call->state;
	struct control_left *left = arena_zero(call->arena, sizeof *left);
	struct schedule_ask *done = arena_copy(call->arena, ask, sizeof *ask);

	done->message = arena_copy(call->arena, ask->message,
	                           ask->messages * sizeof *ask->message);
	done->scope = NULL;
	done->arena = NULL;
	acting->done = done;
	left->row = done->message;
	left->rows = done->messages;
	left->before_unix_ms = acting->asked_unix_ms;
	left->fn = looked_up;
	control_left_find(call, left);
}

/* has_gone - of some nothing is in the queue: the log may know them, or nobody does. */
static bool
has_gone(const struct schedule_ask *ask)
{
	for (size_t i = 0; i < ask->messages; i++)
		if (ask->message[i].waiting + ask->message[i].active
		    + ask->message[i].scheduled == 0)
			return true;
	return false;
}

static void
acted(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	bool is_recall = ask->act == SCHEDULE_BOUNCE_MESSAGE || ask->act == SCHEDULE_CANCEL_MESSAGE;

	(void)owner;
	if (ask->result == 0 && !ask->is_dry) /* also when the client went meanwhile */
		write_audit(call, ask, control_text(call, "match"));
	call = control_ask_take(ask);
	if (call == NULL)
		return;
	/* what terms found did wait: nothing of that had left */
	if ((is_recall || has_gone(ask)) && !ask->is_dry && !control_text(call, "match")
	    && !(ask->grace_ms > 0 && ask->scope))
		look_up(call, ask);
	else
		finish(call, ask, "");
	schedule_ask_free(&ask);
}

/* take_ids - -1: one of them is none. */
static int
take_ids(const struct control_call *call, struct schedule_ask *ask, struct api_error *error)
{
	const json_t *ids = api_json_get_array(call->params, "ids"), *one;
	size_t i;

	ask->message = arena_zero(ask->arena, (json_array_size(ids) + 1) * sizeof *ask->message);
	ask->messages = json_array_size(ids);
	json_array_foreach(ids, i, one)
		if (!id_parse(span_of(json_string_value(one)), &ask->message[i].id))
			return api_error_set(error, API_ERROR_PARAMS,
			                     "%.40s is no message id: it has 13 letters and "
			                     "digits; nothing done",
			                     json_string_value(one));
	if (ask->messages == 0)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "which messages? give their ids, or terms with match");
	return 0;
}

static void
ask_act(struct control_call *call, struct schedule_ask *ask)
{
	int64_t for_ms = control_int(call, "for_ms", 0);

	ask->grace_ms = control_int(call, "grace_ms", 0);
	ask->until_unix_ms = for_ms ? clock_unix_ms() + for_ms : 0;
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	ask->count = (uint64_t)control_int(call, "count", 0);
	ask->takes_scheduled = json_is_true(json_object_get(call->params, "scheduled"));
	ask->is_dry = json_is_true(json_object_get(call->params, "dry_run"));
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

static void
matched(struct control_call *call, size_t rows)
{
	const struct acting *acting = call->state;
	struct schedule_ask *ask = control_ask_new(call, acting->row->act, acted);

	ask->message = control_match_rows(call, ask->arena);
	ask->messages = rows;
	ask_act(call, ask);
}

static void
act(struct control_call *call, const struct act_row *row)
{
	const char *match = control_text(call, "match");
	struct acting *acting = arena_zero(call->arena, sizeof *acting);
	struct schedule_ask *ask;
	struct api_error error;

	call->state = acting;
	acting->row = row;
	acting->asked_unix_ms = clock_unix_ms();
	if (match && json_array_size(api_json_get_array(call->params, "ids")) > 0) {
		(void)api_error_set(&error, API_ERROR_PARAMS, "ids, or match: not both");
		control_call_fail(call, &error);
		return;
	}
	if (match) {
		control_match_find(call, match, false, matched);
		return;
	}
	ask = control_ask_new(call, row->act, acted);
	if (take_ids(call, ask, &error) < 0) {
		schedule_ask_free(&ask);
		control_call_fail(call, &error);
		return;
	}
	ask_act(call, ask);
}

void
control_message_hold(struct control_call *call)
{
	act(call, &hold_row);
}

void
control_message_release(struct control_call *call)
{
	act(call, &release_row);
}

void
control_message_retry(struct control_call *call)
{
	act(call, &retry_row);
}

void
control_message_bounce(struct control_call *call)
{
	act(call, &bounce_row);
}

void
control_message_cancel(struct control_call *call)
{
	act(call, &cancel_row);
}
