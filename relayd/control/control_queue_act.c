/* control_queue_act.c - what operators do to queues: hold, release, flush, bounce, move. What
 * terms mean instead of a queue is control_queue_match.c's.
 *
 * One question per named queue, all sent at once; the answer sums them up. What
 * was done is in the audit log even when a later one failed (exit 7, "partial").
 * A dry run asks the same and changes nothing. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "control/control_ask.h"
#include "control/control_match.h"

struct act_row {
	enum schedule_act act;
	const char *schema;
};

static const struct act_row hold_row = { SCHEDULE_HOLD, "relay.queue.hold/1" };
static const struct act_row release_row = { SCHEDULE_RELEASE, "relay.queue.release/1" };
static const struct act_row flush_row = { SCHEDULE_FLUSH, "relay.queue.flush/1" };
static const struct act_row move_row = { SCHEDULE_MOVE, "relay.queue.move/1" };
static const struct act_row bounce_row = { SCHEDULE_BOUNCE, "relay.queue.bounce/1" };

struct acting {
	const struct act_row *row;
	bool is_dry;
	unsigned asked, done;
	uint64_t affected;
	struct api_error error;  /* of the first that failed */
};

/* ---- the answer ---------------------------------------------------------- */

/* put_survey - of a dry run; call->made has what its questions brought together. */
static void
put_survey(const struct control_call *call, json_t *result)
{
	static const char *const numbers[] = { "notices", "senders" };

	api_json_put_bool(result, "dry_run", true);
	api_json_put_time(result, "oldest_at", api_json_get_int(call->made, "oldest", 0));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		api_json_put_int(result, numbers[i], api_json_get_int(call->made, numbers[i], 0));
	api_json_put(result, "credentials",
	             json_incref(json_object_get(call->made, "credentials")));
	api_json_put_bool(result, "at_least", json_object_get(call->made, "at_least") != NULL);
}

static void
finish_acts(struct control_call *call)
{
	const struct acting *acting = call->state;
	struct api_error partial;
	json_t *result;

	if (acting->done == 0) {
		control_call_fail(call, &acting->error);
		return;
	}
	if (acting->done < acting->asked) {
		(void)api_error_set(&partial, API_ERROR_PARTIAL, "done for %u of %u queues; %s",
		                    acting->done, acting->asked, acting->error.message);
		control_call_fail(call, &partial);
		return;
	}
	result = api_json_new(acting->row->schema);
	api_json_put_int(result, "queues", acting->done);
	api_json_put_int(result, "affected", (int64_t)acting->affected);
	if (acting->asked == 1)
		api_json_put(result, "object", json_incref(json_object_get(call->made, "first")));
	if (json_object_get(call->made, "stays")) {
		api_json_put(result, "stays", json_incref(json_object_get(call->made, "stays")));
		api_json_put(result, "stays_why",
		             json_incref(json_object_get(call->made, "stays_why")));
	}
	if (acting->asked == 1 && json_object_get(call->made, "near"))
		api_json_put(result, "near", json_incref(json_object_get(call->made, "near")));
	if (json_object_get(call->made, "pending")) {
		api_json_put(result, "pending",
		             json_incref(json_object_get(call->made, "pending")));
		api_json_put(result, "pending_until_at",
		             json_incref(json_object_get(call->made, "pending_until_at")));
	}
	if (acting->is_dry)
		put_survey(call, result);
	control_call_answer(call, result);
}

/* ---- one queue's answer -------------------------------------------------- */

static void
add_number(json_t *made, const char *key, int64_t more)
{
	api_json_put_int(made, key, api_json_get_int(made, key, 0) + more);
}

static void
add_credential(json_t *names, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(names, i, one)
		if (strcmp(json_string_value(one), name) == 0)
			return;
	json_array_append_new(names, api_json_string(span_of(name)));
}

static void
add_survey(json_t *made, const struct schedule_ask *ask)
{
	int64_t oldest = api_json_get_int(made, "oldest", 0);
	json_t *names = json_object_get(made, "credentials");

	if (ask->oldest_unix_ms && (oldest == 0 || ask->oldest_unix_ms < oldest))
		api_json_put_int(made, "oldest", ask->oldest_unix_ms);
	add_number(made, "notices", ask->notices);
	add_number(made, "senders", ask->senders);
	for (size_t i = 0; i < ask->credentials; i++)
		add_credential(names, ask->credential[i]);
	if (ask->is_rough)
		api_json_put_bool(made, "at_least", true);
}

static void
note_failure(struct acting *acting, const struct schedule_ask *ask)
{
	const char *object = ask->match ? ask->match : "it";

	if (acting->error.kind != API_ERROR_NONE)
		return;
	if (ask->changed_since && ask->count)
		(void)api_error_set(&acting->error, API_ERROR_CHANGED,
		                    "%s changed since you looked: %s; nothing done", object,
		                    ask->err.text);
	else if (ask->changed_since)
		(void)api_error_set(&acting->error, API_ERROR_CHANGED,
		                    "%s changed since you looked: nothing done", object);
	else
		(void)api_error_set(&acting->error,
		                    ask->err.kind == ERR_INPUT ? API_ERROR_NOT_FOUND
		                                               : API_ERROR_FAILED,
		                    "%s", ask->err.text);
}

static void
note_done(struct control_call *call, const struct schedule_ask *ask)
{
	struct acting *acting = call->state;
	const char *more = "";

	acting->done++;
	acting->affected += ask->affected;
	if (acting->asked == 1 && ask->act == SCHEDULE_HOLD && ask->match)
		api_json_put_text(call->made, "first", ask->match); /* as it is spelled there */
	if (ask->near)
		api_json_put_text(call->made, "near", ask->near);
	control_ask_put_pending(ask, call->made);
	control_ask_put_stayed(ask, call->made);
	if (ask->grace_ms > 0 && ask->scope)
		more = ", unless released first";
	if (acting->is_dry)
		add_survey(call->made, ask);
	else
		control_audit_write(call, ask->match ? ask->match : "*",
		                    control_say_acted(call->arena, ask, more));
}

static void
acted(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;

	(void)owner;
	call->waiting--;
	if (ask->result < 0 || ask->changed_since)
		note_failure(call->state, ask);
	else
		note_done(call, ask);
	schedule_ask_free(&ask);
	if (call->waiting > 0)
		return;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else
		finish_acts(call);
}

/* ---- asking -------------------------------------------------------------- */

/* name_of - the hold that is meant by text, in the call's arena; "cred:NAME" for any act. */
static const char *
name_of(struct control_call *call, const struct act_row *row, const char *text,
        struct api_error *error)
{
	struct err err;
	bool is_pattern = row->act == SCHEDULE_RELEASE;
	const char *name = schedule_hold_name(text, is_pattern, call->arena, &err);

	if (name)
		return name;
	(void)api_error_from_err(error, &err);
	return NULL;
}

static void
ask_act(struct control_call *call, const char *match)
{
	struct acting *acting = call->state;
	int64_t for_ms = control_int(call, "for_ms", 0);
	struct schedule_ask *ask;
	struct api_error error;

	acting->asked++;
	if (acting->row->act == SCHEDULE_RELEASE)
		match = name_of(call, acting->row, match, &error);
	if (match == NULL) {
		if (acting->error.kind == API_ERROR_NONE)
			acting->error = error;
		return;
	}
	ask = control_ask_new(call, acting->row->act, acted);
	ask->match = arena_strdup(ask->arena, match);
	ask->generation = (uint64_t)control_int(call, "generation", 0);
	ask->count = (uint64_t)control_int(call, "count", 0);
	ask->is_dry = acting->is_dry;
	ask->grace_ms = control_int(call, "grace_ms", 0);
	ask->pool = arena_strdup(ask->arena, control_text(call, "pool"));
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	ask->is_only_own = control_call_is_own(call);
	ask->until_unix_ms = for_ms ? clock_unix_ms() + for_ms : 0;
	if (!control_ask_send(call, ask) && acting->error.kind == API_ERROR_NONE)
		(void)api_error_set(&acting->error, API_ERROR_BUSY,
		                    "the scheduler has too many questions; try again");
}

/* check - which queues are meant; -1: error. */
static int
check(const struct control_call *call, struct api_error *error)
{
	const struct acting *acting = call->state;
	const json_t *queues = api_json_get_array(call->params, "queues"), *one;
	size_t named = json_array_size(queues), i;

	if (!control_text(call, "match") && !control_text(call, "credential") && named == 0)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "which queue? name it, or a pattern with \"match\"; \"*\" is "
		                     "all");
	json_array_foreach(queues, i, one)
		if (acting->row->act != SCHEDULE_RELEASE
		    && control_match_is_terms(json_string_value(one)))
			return api_error_set(error, API_ERROR_PARAMS,
			                     "%.100s: terms are acted on alone, not beside queues",
			                     json_string_value(one));
	if (control_int(call, "count", 0) && named + !!control_text(call, "match") > 1)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "a count guards one queue or one pattern, not %zu queues",
		                     named);
	return 0;
}

/* act_on_terms - false: they are of a kind that the scheduler takes as a name. */
static bool
act_on_terms(struct control_call *call, const struct act_row *row, const char *match)
{
	bool is_credential = match && strncmp(match, "cred:", 5) == 0 && !strchr(match, ' ');
	struct api_error error;
	const char *name = match;

	if (!control_match_is_terms(match) || row->act == SCHEDULE_RELEASE
	    || (is_credential && row->act != SCHEDULE_FLUSH))
		return false;
	if (row->act == SCHEDULE_HOLD)
		name = name_of(call, row, match, &error);
	if (name && row->act == SCHEDULE_HOLD && !strchr(name, ':')) {
		api_json_put_text(call->params, "match", name); /* domain: is a queue */
		return false;
	}
	if (name)
		control_queue_match(call, row->schema, row->act, name);
	else
		control_call_fail(call, &error);
	return true;
}

static void
act(struct control_call *call, const struct act_row *row)
{
	struct acting *acting = arena_zero(call->arena, sizeof *acting);
	const json_t *queues = api_json_get_array(call->params, "queues"), *one;
	const char *match = control_text(call, "match");
	const char *credential = control_text(call, "credential");
	struct api_error error;
	size_t i;

	if (!match && !credential && json_array_size(queues) == 1) { /* it may be terms, too */
		api_json_put_text(call->params, "match",
		                  json_string_value(json_array_get(queues, 0)));
		json_array_clear(api_json_get_array(call->params, "queues"));
	}
	if (act_on_terms(call, row, control_text(call, "match")))
		return;
	match = control_text(call, "match");
	call->state = acting;
	acting->row = row;
	acting->is_dry = json_is_true(json_object_get(call->params, "dry_run"));
	if (check(call, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	call->made = json_object();
	api_json_put_text(call->made, "first", match ? match : credential ?
	                  arena_printf(call->arena, "cred:%s", credential) :
	                  json_string_value(json_array_get(queues, 0)));
	api_json_put(call->made, "credentials", json_array());
	if (match)
		ask_act(call, match);
	if (credential)
		ask_act(call, arena_printf(call->arena, "cred:%s", credential));
	json_array_foreach(queues, i, one)
		ask_act(call, json_string_value(one));
	if (call->waiting == 0) /* none could be asked */
		control_call_fail(call, &acting->error);
}

void
control_queue_hold(struct control_call *call)
{
	act(call, &hold_row);
}

void
control_queue_release(struct control_call *call)
{
	act(call, &release_row);
}

void
control_queue_flush(struct control_call *call)
{
	act(call, &flush_row);
}

static void
waited(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	json_t *result;

	(void)owner;
	if (!call)
		return;
	result = api_json_new("relay.queue.wait/1");
	api_json_put_text(result, "object", ask->match);
	api_json_put_int(result, "affected", ask->affected);
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_queue_wait(struct control_call *call)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_AWAIT, waited);

	ask->match = arena_strdup(ask->arena, control_text(call, "pending"));
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* "default" is delivery.source: what nobody gave a pool. */
void
control_queue_move(struct control_call *call)
{
	if (control_pool_is_known(call, control_text(call, "pool")))
		act(call, &move_row);
}

void
control_queue_bounce(struct control_call *call)
{
	act(call, &bounce_row);
}
