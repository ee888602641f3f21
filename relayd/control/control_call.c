/* control_call.c - a request's way from line to answer.
 *
 *   line -> take: JSON, id, method, role, parameters -> the row's function
 *        -> ... questions to other threads ... -> control_call_answer or _fail
 *
 * What a function needs to know about its parameters was checked against the
 * method's row before (control_methods.c). Thread: main. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/api_text.h"
#include "base/log.h"
#include "control/control_params.h"
#include "control/control_private.h"

/* ---- calls --------------------------------------------------------------- */

const char *
control_text(const struct control_call *call, const char *param)
{
	return api_json_get_text(call->params, param);
}

int64_t
control_int(const struct control_call *call, const char *param, int64_t fallback)
{
	return api_json_get_int(call->params, param, fallback);
}

bool
control_call_is_gone(const struct control_call *call)
{
	return call->session == NULL && call->done == NULL && call->ended == NULL;
}

bool
control_call_is_own(const struct control_call *call)
{
	return call->done != NULL;
}

void
control_call_drop(struct control_call *call)
{
	struct control_session *session = call->session;

	if (call->audits > 0) {
		call->is_dropped = true;
		return;
	}
	list_remove(&call->link);
	json_decref(call->id);
	json_decref(call->params);
	json_decref(call->made);
	json_decref(call->ready);
	arena_free(&call->arena);
	mem_free(call);
	if (session)
		control_session_call_ended(session);
}

/* tell_unaudited - instead of what was done */
static json_t *
tell_unaudited(const struct control_call *call, json_t *result)
{
	struct api_error error;

	json_decref(result);
	(void)api_error_set(&error, API_ERROR_FAILED, "done, but it is not in the audit log: %s",
	                    call->unaudited);
	return api_error_to_json(&error);
}

/* tell_own - relayd itself, or a view, which may end with this. */
static void
tell_own(struct control_call *call, bool is_good, const json_t *value)
{
	const char *failed = is_good ? NULL : api_json_get_text(value, "message");

	if (call->slot)
		*call->slot = NULL;
	call->slot = NULL;
	if (call->done)
		call->done(call->done_arg, failed);
	if (call->ended)
		call->ended(call->ended_arg, is_good ? value : NULL, failed);
}

static void
end_call(struct control_call *call, const char *key, json_t *value)
{
	json_t *answer;

	if (call->audits > 0) { /* who reads "done" finds it in the audit log */
		call->ready_key = key;
		call->ready = value;
		return;
	}
	if (call->unaudited && strcmp(key, "result") == 0) {
		value = tell_unaudited(call, value);
		key = "error";
	}
	if (call->session) {
		answer = json_object();
		api_json_put(answer, key, value);
		control_session_write_result(call->session, call->id, call->is_rpc2, answer);
	} else {
		tell_own(call, strcmp(key, "result") == 0, value);
		json_decref(value);
	}
	control_call_drop(call);
}

void
control_call_audited(struct control_call *call, const struct err *err)
{
	json_t *value;

	call->audits--;
	if (err)
		call->unaudited = arena_strdup(call->arena, err->text);
	if (call->audits > 0)
		return;
	if (call->is_dropped) {
		control_call_drop(call);
	} else if (call->ready) {
		value = call->ready;
		call->ready = NULL;
		end_call(call, call->ready_key, value);
	}
}

void
control_call_answer(struct control_call *call, json_t *result)
{
	end_call(call, "result", result);
}

void
control_call_fail(struct control_call *call, const struct api_error *error)
{
	end_call(call, "error", api_error_to_json(error));
}

void
control_call_fail_err(struct control_call *call, const struct err *err)
{
	struct api_error error;

	(void)api_error_from_err(&error, err);
	control_call_fail(call, &error);
}

struct mailbox_return
control_back(struct control *control, mailbox_fn fn)
{
	return (struct mailbox_return){ control->box, fn };
}

void
control_call_forget(struct control_session *session)
{
	struct control *control = session->control;

	for (struct list *l = control->calls.next; l != &control->calls; l = l->next) {
		struct control_call *call = LIST_OWNER(l, struct control_call, link);

		if (call->session == session) {
			call->session = NULL;
			atomic_store(&call->cancel, true);
		}
	}
}

/* ---- from a line to the row's function ----------------------------------- */

static const char *
method_name_at(size_t i, const void *arg)
{
	(void)arg;
	return i < control_method_count ? control_method_table[i].name : NULL;
}

/* only_method_of - "status" is "status.show": a noun with one verb needs none. */
static const struct control_method *
only_method_of(const char *noun)
{
	const struct control_method *only = NULL;
	size_t n = strlen(noun);

	for (size_t i = 0; i < control_method_count; i++) {
		const char *name = control_method_table[i].name;

		if (strncmp(name, noun, n) != 0 || name[n] != '.')
			continue;
		if (only)
			return NULL;
		only = &control_method_table[i];
	}
	return only;
}

static const struct control_method *
find_method(const char *name, struct api_error *error)
{
	const char *nearest;

	for (size_t i = 0; i < control_method_count; i++)
		if (strcmp(control_method_table[i].name, name) == 0)
			return &control_method_table[i];
	if (!strchr(name, '.') && only_method_of(name))
		return only_method_of(name);
	(void)api_error_set(error, API_ERROR_METHOD, "no method \"%.60s\"", name);
	nearest = api_text_suggest(span_of(name), method_name_at, NULL);
	if (nearest)
		api_error_hint(error, "did you mean \"%s\"?", nearest);
	else
		api_error_hint(error, "rpc.describe lists them");
	return NULL;
}

static bool
is_id(const json_t *id)
{
	return json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= 128);
}

/* check_request - the method, or NULL with error. */
static const struct control_method *
check_request(const struct control_session *session, const json_t *request, json_t *params,
              struct api_error *error)
{
	const char *name = api_json_get_text(request, "method");
	const struct control_method *method;

	if (!name || !is_id(json_object_get(request, "id"))) {
		(void)api_error_set(error, API_ERROR_REQUEST, "a request is {\"id\":1,\"method\":"
		                    "\"status.show\",\"params\":{}}");
		return NULL;
	}
	method = find_method(name, error);
	if (!method)
		return NULL;
	if (method->role > session->role) {
		(void)api_error_set(error, API_ERROR_NOT_PERMITTED,
				    "%s is a viewer: %s needs the operator role",
				    session->user, method->name);
		api_error_hint(error, "relayd.conf names the group in control { operators = ... }");
		return NULL;
	}
	if (!json_is_object(params)) {
		(void)api_error_set(error, API_ERROR_PARAMS, "params must be an object");
		return NULL;
	}
	return control_params_check(method, params, error) < 0 ? NULL : method;
}

static void
refuse(struct control_session *session, const json_t *request, const struct api_error *error)
{
	json_t *answer = json_object();
	const json_t *id = json_object_get(request, "id");

	api_json_put(answer, "error", api_error_to_json(error));
	control_session_write_result(session, is_id(id) ? id : NULL,
	                             json_object_get(request, "jsonrpc") != NULL, answer);
}

static void
start_call(struct control_session *session, const struct control_method *method,
           const json_t *request, json_t *params)
{
	struct control_call *call = mem_zero(1, sizeof *call);

	call->control = session->control;
	call->session = session;
	call->uid = session->uid;
	memcpy(call->user, session->user, sizeof call->user);
	call->method = method;
	call->id = json_incref(json_object_get(request, "id"));
	call->params = json_incref(params);
	call->is_rpc2 = json_object_get(request, "jsonrpc") != NULL;
	call->arena = arena_new(0);
	atomic_init(&call->cancel, false);
	list_push_back(&session->control->calls, &call->link);
	session->calls++;
	if (method->changes)
		LOG(LOG_NOTICE, "control.change", LOG_TEXT("method", method->name),
		    LOG_TEXT("user", session->user), LOG_UINT("uid", session->uid),
		    LOG_TEXT("object", control_text(call, "name")));
	method->fn(call);
}

const struct control_method *
control_method_find(const char *name)
{
	struct api_error error;

	return find_method(name, &error);
}

/* new_own - without a session. Takes params. */
static struct control_call *
new_own(struct control *control, const char *method, json_t *params, const char *user)
{
	struct control_call *call = mem_zero(1, sizeof *call);

	call->control = control;
	call->uid = geteuid();
	(void)snprintf(call->user, sizeof call->user, "%s", user);
	call->method = control_method_find(method);
	call->params = params;
	call->arena = arena_new(0);
	atomic_init(&call->cancel, false);
	list_push_back(&control->calls, &call->link);
	return call;
}

void
control_call_own(struct control *control, const char *method, json_t *params, const char *user,
                 control_end_fn ended, void *arg, struct control_call **slot_out)
{
	struct control_call *call = new_own(control, method, params, user);

	call->ended = ended;
	call->ended_arg = arg;
	call->slot = slot_out;
	*slot_out = call;
	call->method->fn(call);
}

void
control_call_disown(struct control_call *call)
{
	if (call->slot)
		*call->slot = NULL;
	call->slot = NULL;
	call->ended = NULL;
	atomic_store(&call->cancel, true);
}

void
control_order(struct control *control, const struct control_order *order)
{
	const char *name = order->is_release ? "queue.release" : "queue.hold";
	json_t *params = json_object();
	struct control_call *call = new_own(control, name, params, order->by);

	call->done = order->done;
	call->done_arg = order->arg;
	api_json_put_text(params, "match", order->match);
	api_json_put_text(params, "reason", order->reason);
	LOG(LOG_NOTICE, "control.own", LOG_TEXT("method", name), LOG_TEXT("by", order->by),
	    LOG_TEXT("object", order->match));
	call->method->fn(call);
}

void
control_call_take(struct control_session *session, struct span line)
{
	struct api_error error;
	struct err err;
	json_t *request, *params;
	const struct control_method *method;

	if (line.n == 0)
		return;
	request = api_json_parse(line, &err);
	if (!request) {
		(void)api_error_set(&error, API_ERROR_PARSE, "%s", err.text);
		refuse(session, NULL, &error);
		return;
	}
	params = json_object_get(request, "params");
	params = params && !json_is_null(params) ? json_incref(params) : json_object();
	method = check_request(session, request, params, &error);
	if (method)
		start_call(session, method, request, params);
	else
		refuse(session, request, &error);
	json_decref(params);
	json_decref(request);
}

/* ---- rpc ----------------------------------------------------------------- */

static json_t *
describe_param(const struct control_param *param)
{
	json_t *one = json_object();

	api_json_put_text(one, "name", param->name);
	api_json_put_text(one, "type", control_type_name(param->type));
	api_json_put_bool(one, "required", param->is_required);
	if (param->type == CONTROL_WORD) {
		json_t *words = json_array();

		for (size_t i = 0; param->words[i]; i++)
			json_array_append_new(words, json_string(param->words[i]));
		api_json_put(one, "words", words);
	}
	if (param->type == CONTROL_COUNT) {
		api_json_put_int(one, "min", param->min);
		if (param->max)
			api_json_put_int(one, "max", param->max);
	}
	api_json_put_text(one, "help", param->help);
	return one;
}

void
control_call_describe(struct control_call *call)
{
	json_t *result = api_json_new("relay.rpc.describe/1");
	json_t *items = json_array();

	for (size_t i = 0; i < control_method_count; i++) {
		const struct control_method *method = &control_method_table[i];
		json_t *one = json_object(), *params = json_array();

		for (const struct control_param *p = method->param; p && p->name; p++)
			json_array_append_new(params, describe_param(p));
		api_json_put_text(one, "method", method->name);
		api_json_put_text(one, "role",
				  method->role == CONTROL_OPERATOR ? "operator" : "viewer");
		api_json_put_bool(one, "changes", method->changes);
		api_json_put_text(one, "help", method->help);
		api_json_put(one, "params", params);
		json_array_append_new(items, one);
	}
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	control_call_answer(call, result);
}

void
control_call_cancel(struct control_call *call)
{
	const json_t *id = json_object_get(call->params, "id");
	json_t *result = api_json_new("relay.rpc.cancel/1");
	bool found = false;

	for (struct list *l = call->control->calls.next; l != &call->control->calls; l = l->next) {
		struct control_call *other = LIST_OWNER(l, struct control_call, link);

		if (other != call && other->session == call->session && json_equal(other->id, id)) {
			atomic_store(&other->cancel, true);
			found = true;
		}
	}
	api_json_put_bool(result, "cancelled", found);
	control_call_answer(call, result);
}
