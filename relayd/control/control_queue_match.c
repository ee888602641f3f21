/* control_queue_match.c - queue hold, flush, bounce, move by terms ("--match tag:night").
 *
 *   hold     a rule first (it catches what comes), then the search, then what it found is
 *            put under the rule: nothing falls between the two
 *   flush, bounce, move    the search, then what it found
 *
 * A dry run and a guard are the search and a question that changes nothing. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "control/control_ask.h"
#include "control/control_match.h"

struct matching {
	const char *schema;
	enum schedule_act act;     /* HOLD, or what is done to single recipients */
	const char *name;          /* HOLD: the rule; else the terms */
	bool is_dry, is_guarded;   /* guarded: the number was looked at */
};

static void
fill_ask(struct control_call *call, struct schedule_ask *ask)
{
	int64_t for_ms = control_int(call, "for_ms", 0);

	ask->grace_ms = control_int(call, "grace_ms", 0);
	ask->pool = arena_strdup(ask->arena, control_text(call, "pool"));
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	ask->is_only_own = control_call_is_own(call);
	ask->until_unix_ms = for_ms ? clock_unix_ms() + for_ms : 0;
}

/* ---- the answer ------------------------------------------------------------ */

static void
answer(struct control_call *call, const struct schedule_ask *ask)
{
	const struct matching *matching = call->state;
	json_t *result = api_json_new(matching->schema);

	api_json_put_text(result, "object", matching->name);
	api_json_put_int(result, "affected", ask ? ask->affected : 0);
	if (ask)
		control_ask_put_pending(ask, result);
	if (ask)
		control_ask_put_stayed(ask, result);
	if (matching->is_dry && ask)
		control_ask_put_survey(ask, result);
	else if (matching->is_dry)
		api_json_put_bool(result, "dry_run", true);
	control_call_answer(call, result);
}

static void
write_audit(struct control_call *call, const struct schedule_ask *ask)
{
	const struct matching *matching = call->state;

	control_audit_write(call, matching->name,
	                    ask ? control_say_acted(call->arena, ask, "") : "0 recipients");
}

static void
acted(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	const struct matching *matching = call->state;

	(void)owner;
	if (ask->result == 0 && !ask->changed_since && !matching->is_dry)
		write_audit(call, ask); /* also when the client went meanwhile */
	call = control_ask_take(ask);
	if (!call)
		return;
	answer(call, ask);
	schedule_ask_free(&ask);
}

/* ---- what was found -------------------------------------------------------- */

static void
act_on_found(struct control_call *call, size_t rows)
{
	const struct matching *matching = call->state;
	bool is_hold = matching->act == SCHEDULE_HOLD;
	struct schedule_ask *ask;

	if (rows == 0) { /* of a hold only: others end when nothing is found */
		if (!matching->is_dry)
			write_audit(call, NULL);
		answer(call, NULL);
		return;
	}
	ask = control_ask_new(call, is_hold ? SCHEDULE_HOLD_MESSAGE : matching->act, acted);
	ask->message = control_match_rows(call, ask->arena);
	ask->messages = rows;
	ask->is_dry = matching->is_dry;
	ask->count = matching->is_guarded ? 0 : (uint64_t)control_int(call, "count", 0);
	ask->scope = is_hold ? arena_strdup(ask->arena, matching->name) : NULL;
	fill_ask(call, ask);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* ---- a rule ---------------------------------------------------------------- */

static void
rule_stands(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);

	(void)owner;
	if (!call)
		return;
	schedule_ask_free(&ask);
	control_match_find(call, control_text(call, "match"), true, act_on_found);
}

static void
start_rule(struct control_call *call)
{
	const struct matching *matching = call->state;
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_HOLD, rule_stands);

	ask->match = arena_strdup(ask->arena, matching->name);
	fill_ask(call, ask);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* guard - before a rule that cannot be half put: how many is it about? */
static void
guard(struct control_call *call, size_t rows)
{
	struct matching *matching = call->state;
	int64_t count = control_int(call, "count", 0);
	struct api_error error;

	if ((int64_t)rows > count) {
		(void)api_error_set(&error, API_ERROR_CHANGED,
		                    "%s changed since you looked: %zu would be touched now, not "
		                    "%lld; nothing done",
		                    matching->name, rows, (long long)count);
		control_call_fail(call, &error);
		return;
	}
	matching->is_guarded = true;
	start_rule(call);
}

/* ---- asking ---------------------------------------------------------------- */

void
control_queue_match(struct control_call *call, const char *schema, enum schedule_act act,
                    const char *name)
{
	struct matching *matching = arena_zero(call->arena, sizeof *matching);
	const char *terms = control_text(call, "match");
	bool is_hold = act == SCHEDULE_HOLD;

	call->state = matching;
	matching->schema = schema;
	matching->name = name;
	matching->is_dry = api_json_get_bool(call->params, "dry_run");
	matching->act = act == SCHEDULE_FLUSH ? SCHEDULE_RETRY_MESSAGE
	                : act == SCHEDULE_BOUNCE ? SCHEDULE_BOUNCE_MESSAGE
	                : act == SCHEDULE_MOVE   ? SCHEDULE_MOVE_MESSAGE : act;
	if (!is_hold || matching->is_dry)
		control_match_find(call, terms, is_hold, act_on_found);
	else if (control_int(call, "count", 0))
		control_match_find(call, terms, true, guard);
	else
		start_rule(call);
}
