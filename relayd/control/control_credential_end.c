/* control_credential_end.c - a credential ends: revoked, or compromised, which is revoked
 * with a successor made at once; or one of its keys does. The audit row says when its keys
 * were last used, and what became of what waits.
 *
 *   count [and hold] what waits of it -> last uses of its keys -> account change -> answer
 *
 * The hold comes first: nothing that a thief handed in leaves while the rest is done, and
 * if it cannot be, nothing is done. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/control_ask.h"
#include "control/control_credential.h"
#include "store/store_audit.h"

struct ending { /* call->state */
	enum account_act act;
	bool is_held;              /* its queue, by us; so many: */
	const char *queue;         /* "queued mail held: 3 recipients", for the audit log */
};

/* ---- the change ------------------------------------------------------------------------ */

static void
ended(struct account_change *change, void *arg)
{
	struct control_call *call = arg;
	const struct ending *ending = call->state;

	if (change->result < 0 && ending && ending->is_held)
		control_audit_write(call, arena_printf(call->arena, "cred:%s", change->name),
		                    arena_printf(call->arena, "%s; the credential did not end: %s",
		                                 ending->queue, change->err.text));
	control_credential_changed(change, arg);
}

static void
used(struct mailbox_item *item, void *owner)
{
	struct store_secret_list *uses = (struct store_secret_list *)(void *)item;
	struct control_call *call = uses->context;
	const struct account_credential *credential;
	const struct ending *ending = call->state;
	struct account_change *change;
	struct api_error error;

	if (owner == NULL || (control_call_is_gone(call) && !ending->is_held)) {
		control_call_drop(call);
	} else if ((credential = control_credential_find(call, &error)) == NULL) {
		control_call_fail(call, &error); /* gone since we asked */
	} else {
		change = control_account_change(call, ending->act);
		change->key = arena_strdup(change->arena, control_text(call, "key"));
		change->also = store_audit_add(
			change->arena,
			control_credential_say_keys(credential, uses, change->key, change->arena),
			arena_strdup(change->arena, ending->queue));
		change->done = ended;
		account_change_start(call->control->options.account, &change);
	}
	arena_free(&uses->arena);
	mem_free(uses);
}

static void
end_now(struct control_call *call, const struct account_credential *credential)
{
	control_credential_ask_uses(call, credential->id, used);
}

/* ---- what waits of it ------------------------------------------------------------------ */

static const char *
queue_text(const struct control_call *call, const struct schedule_ask *ask)
{
	bool is_bounce = api_json_get_bool(call->params, "to_bounce");

	return arena_printf(call->arena, "queued mail %s: %s", ask->is_dry ? "kept" : "held",
	                    control_say_recipients(call->arena, ask->affected,
	                                           is_bounce ? ", to be bounced" : ""));
}

static void
looked(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	struct ending *ending = call->state;
	const struct account_credential *credential;
	struct api_error error;

	if (ask->result == 0) {
		ending->queue = queue_text(call, ask);
		ending->is_held = !ask->is_dry;
	}
	if (owner && ending->is_held && control_call_is_gone(call))
		control_audit_write(call, ask->match,
		                    arena_printf(call->arena, "%s; its client went: the credential "
		                                              "did not end", ending->queue));
	call = control_ask_take(ask);
	if (!call)
		return;
	if (ending->is_held)
		api_json_put_int(call->made, "held", ask->affected);
	schedule_ask_free(&ask);
	if ((credential = control_credential_find(call, &error)) == NULL)
		control_call_fail(call, &error);
	else
		end_now(call, credential);
}

/* look - how much of it waits; is_hold: and holds that. */
static void
look(struct control_call *call, const char *name, bool is_hold)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_HOLD, looked);
	const char *reason = control_text(call, "reason");

	ask->is_dry = !is_hold;
	ask->match = arena_printf(ask->arena, "cred:%s", name);
	ask->reason = reason ? arena_strdup(ask->arena, reason)
	                     : arena_printf(ask->arena, "%s was %s", name,
	                                    ((const struct ending *)call->state)->act
	                                                    == ACCOUNT_CREDENTIAL_REPLACE
	                                            ? "compromised" : "revoked");
	ask->by = arena_strdup(ask->arena, call->user);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* ---- how it begins --------------------------------------------------------------------- */

static const struct account_credential *
begin(struct control_call *call, enum account_act act)
{
	struct ending *ending = arena_zero(call->arena, sizeof *ending);
	uint64_t seen = (uint64_t)control_int(call, "generation", 0);
	const struct account_credential *credential;
	struct api_error error;

	call->state = ending;
	ending->act = act;
	credential = control_credential_find(call, &error);
	if (credential != NULL && seen != 0 && seen != credential->generation) {
		/* the change would refuse it as well: by then its mail was held */
		(void)api_error_set(&error, API_ERROR_CHANGED, "%s was changed since you looked: "
		                    "nothing done; look again and repeat", credential->name);
		credential = NULL;
	}
	if (credential == NULL)
		control_call_fail(call, &error);
	return credential;
}

static void
end(struct control_call *call, enum account_act act, const char *queued_default)
{
	const struct account_credential *credential = begin(call, act);
	const char *queued = control_text(call, "queued");

	if (credential == NULL)
		return;
	if (!queued)
		queued = queued_default;
	call->made = json_object();
	api_json_put_text(call->made, "queued", queued);
	if (act == ACCOUNT_CREDENTIAL_REPLACE)
		api_json_put_text(call->made, "revoked", credential->name);
	/* one that has ended is refused by the change itself, before anything is held */
	if (credential->is_revoked)
		end_now(call, credential);
	else
		look(call, credential->name, strcmp(queued, "hold") == 0);
}

void
control_credential_retire(struct control_call *call)
{
	const struct account_credential *credential = begin(call, ACCOUNT_CREDENTIAL_RETIRE);

	if (credential)
		end_now(call, credential);
}

void
control_credential_revoke(struct control_call *call)
{
	end(call, ACCOUNT_CREDENTIAL_REVOKE, "keep");
}

void
control_credential_compromised(struct control_call *call)
{
	int64_t since_unix_ms;
	struct api_error error;

	/* the report is asked for afterwards: not then is it to be found wrong */
	if (control_credential_since(call, clock_unix_ms(), &since_unix_ms, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	end(call, ACCOUNT_CREDENTIAL_REPLACE, "hold");
}
