/* control_ask.c - see control_ask.h. */
#include "control/control_ask.h"

#include <errno.h>

#include "base/mem.h"

struct schedule_ask *
control_ask_new(struct control_call *call, enum schedule_act act, mailbox_fn fn)
{
	struct schedule_ask *ask = schedule_ask_new(act, control_back(call->control, fn));

	ask->context = call;
	return ask;
}

bool
control_ask_send(struct control_call *call, struct schedule_ask *ask)
{
	if (schedule_ask_send(call->control->options.schedule, &ask)) {
		call->waiting++;
		return true;
	}
	schedule_ask_free(&ask);
	return false;
}

void
control_ask_fail_busy(struct control_call *call)
{
	struct api_error error;

	(void)api_error_set(&error, API_ERROR_BUSY,
			    "the scheduler has too many questions; try again");
	control_call_fail(call, &error);
}

static void
fail(struct control_call *call, const struct schedule_ask *ask)
{
	struct api_error error;

	if (ask->changed_since)
		(void)api_error_set(&error, API_ERROR_CHANGED,
				    "changed since you looked: nothing done");
	else
		(void)api_error_set(&error,
				    ask->err.kind != ERR_INPUT ? API_ERROR_FAILED
				    : ask->err.code == EINVAL  ? API_ERROR_PARAMS
							       : API_ERROR_NOT_FOUND,
				    "%s", ask->err.text);
	control_call_fail(call, &error);
}

struct control_call *
control_ask_take(struct schedule_ask *ask)
{
	struct control_call *call = ask->context;

	call->waiting--;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (ask->result < 0 || ask->changed_since)
		fail(call, ask);
	else
		return call;
	schedule_ask_free(&ask);
	return NULL;
}

void
control_ask_audit(const void *owner, const struct schedule_ask *ask, const char *detail)
{
	if (owner && ask->result == 0 && !ask->changed_since)
		control_audit_write(ask->context, ask->match, detail);
}

void
control_ask_put_pending(const struct schedule_ask *ask, json_t *result)
{
	if (ask->grace_ms == 0 || ask->scope == NULL)
		return;
	api_json_put_text(result, "pending", ask->scope);
	api_json_put_time(result, "pending_until_at", ask->until_unix_ms);
}

void
control_ask_put_stayed(const struct schedule_ask *ask, json_t *result)
{
	int64_t before = api_json_get_int(result, "stays", 0);

	if (ask->stayed == 0)
		return;
	api_json_put_int(result, "stays", before + ask->stayed);
	if (before == 0)
		api_json_put_text(result, "stays_why", ask->stayed_why);
}

void
control_ask_put_survey(const struct schedule_ask *ask, json_t *result)
{
	json_t *names = json_array();

	for (size_t i = 0; i < ask->credentials; i++)
		json_array_append_new(names, api_json_string(span_of(ask->credential[i])));
	api_json_put_bool(result, "dry_run", true);
	api_json_put_time(result, "oldest_at", ask->oldest_unix_ms);
	api_json_put_int(result, "notices", ask->notices);
	api_json_put_int(result, "senders", ask->senders);
	api_json_put(result, "credentials", names);
	api_json_put_bool(result, "at_least", ask->is_rough);
}

void
control_ask_answer_list(struct control_call *call, struct schedule_ask *ask, const char *schema,
                        json_t *items)
{
	json_t *result = api_json_new(schema);

	api_json_put(result, "items", items);
	api_json_put_int(result, "total", (int64_t)ask->total);
	api_json_put_null(result, "next_cursor");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}
