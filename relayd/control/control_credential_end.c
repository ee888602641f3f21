/* control_credential_end.c - a credential ends: revoked, or compromised, which is revoked
 * with a successor made at once.
 *
 *   [hold what waits of it] -> account change -> answer
 *
 * The hold comes first: nothing that a thief handed in leaves while the rest is done, and
 * if it cannot be, nothing is done. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "control/control_ask.h"
#include "control/control_credential.h"

struct ending { /* call->state */
	enum account_act act;
};

static void
end_now(struct control_call *call)
{
	const struct ending *ending = call->state;
	struct account_change *change = control_account_change(call, ending->act);

	change->done = control_credential_changed;
	account_change_start(call->control->options.account, &change);
}

static void
held(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);

	(void)owner;
	if (!call)
		return;
	api_json_put_int(call->made, "held", ask->affected);
	control_audit_write(call, ask->match, "held: the credential ends");
	schedule_ask_free(&ask);
	end_now(call);
}

static void
hold(struct control_call *call, const char *name)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_HOLD, held);
	const char *reason = control_text(call, "reason");

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

static void
end(struct control_call *call, enum account_act act, const char *queued_default)
{
	struct ending *ending = arena_zero(call->arena, sizeof *ending);
	const char *queued = control_text(call, "queued");
	const struct account_credential *credential;
	struct api_error error;

	if (!queued)
		queued = queued_default;
	call->state = ending;
	ending->act = act;
	if ((credential = control_credential_find(call, &error)) == NULL) {
		control_call_fail(call, &error);
		return;
	}
	call->made = json_object();
	api_json_put_text(call->made, "queued", queued);
	if (act == ACCOUNT_CREDENTIAL_REPLACE)
		api_json_put_text(call->made, "revoked", credential->name);
	/* one that has ended is refused by the change itself, before anything is held */
	if (strcmp(queued, "hold") == 0 && !credential->is_revoked)
		hold(call, credential->name);
	else
		end_now(call);
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
