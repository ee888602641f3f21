/* control_view.c - live views: a picture each tick, of what the screen shows.
 *
 *   subscribe -> push at once -> timer -> push -> ...
 *
 * "status" and "overview" are drawn from what is sampled anyway; the others ask
 * for their window each tick and push when the answer is there. A
 * client that does not read gets fewer, newer pictures (merged), never a
 * backlog. A notice never ends its session (there was room for it), so a view
 * outlives its own push. Shapes: api/api_view.h. Thread: main. */
#include <string.h>

#include "api/api_delta.h"
#include "base/clock.h"
#include "control/control_overview.h"
#include "control/control_rates.h"
#include "control/control_view.h"

#define LIMIT_DEFAULT 50
#define READY_WAIT_MS 20   /* before the first picture, for the scheduler's first answer */
#define READY_TRIES 25

/* ---- pushing ------------------------------------------------------------- */

void
control_view_push(struct control_view *view, json_t *data)
{
	json_t *params = json_object();

	api_json_put_int(params, "subscription", (int64_t)view->subscription.number);
	api_json_put_text(params, "view", view->kind->name);
	api_json_put_int(params, "seq", (int64_t)view->seq + 1);
	api_json_put_text(params, "boot_id", view->control->boot_id);
	api_json_put_int(params, "generation", (int64_t)control_generation(view->control));
	api_json_put_time(params, "at", clock_unix_ms());
	api_json_put_int(params, "merged", (int64_t)view->merged);
	api_json_put(params, "data", data);
	if (control_session_notify(view->subscription.session, "view", params)) {
		view->seq++;
		view->merged = 0;
		return;
	}
	view->merged++; /* it never left: the next one is told whole */
	json_decref(view->sent);
	view->sent = NULL;
}

/* A reader that misses nothing has what was sent last: where a picture did not leave, sent is
 * forgotten (control_view_push). */
void
control_view_delta(struct control_view *view, json_t *data)
{
	json_t *rows = json_object_get(data, "rows"), *before = view->sent;

	if (!view->has_delta || !rows)
		return;
	view->sent = json_incref(rows);
	if (before)
		api_delta_make(data, before);
	json_decref(before);
}

json_t *
control_view_new_data(const struct control_view *view)
{
	json_t *data = json_object();

	api_json_put(data, "status",
		     control_status_json(view->control, view->subscription.session));
	return data;
}

static void
push_status(struct control_view *view)
{
	control_view_push(view, control_status_json(view->control, view->subscription.session));
}

static void
push_overview(struct control_view *view)
{
	json_t *data = control_view_new_data(view);

	api_json_put(data, "series", control_rates_series_json(view->control->rates, &view->seen));
	api_json_put(data, "latency", control_rates_latency_json(view->control->rates));
	control_overview_put(view->control->overview, data);
	control_view_push(view, data);
}

void
control_view_free(struct control_view *view)
{
	schedule_ask_free(&view->list);
	json_decref(view->params);
	json_decref(view->sent);
	json_decref(view->ordered);
	mem_free(view->failed);
	json_decref(view->asked);
	json_decref(view->answer);
	mem_free(view->sort);
	mem_free(view->filter);
	mem_free(view->select);
	mem_free(view);
}

/* ---- subscriptions ------------------------------------------------------- */

static const struct control_view_kind kinds[] = {
	{ "status", push_status, false, NULL },
	{ "overview", push_overview, true, NULL },
	{ "queues", control_view_push_queues, false, NULL },
	{ "throttles", control_view_push_list, false, &control_view_throttles },
	{ "deferrals", control_view_push_list, false, &control_view_deferrals },
	{ "credentials", control_view_push_list, false, &control_view_credentials },
	{ "domains", control_view_push_list, false, &control_view_domains },
	{ "suppressions", control_view_push_list, false, &control_view_suppressions },
	{ "pools", control_view_push_list, false, &control_view_pools },
};

static void
tick(void *arg)
{
	struct control_view *view = arg;

	if (view->kind->needs_overview && view->tries < READY_TRIES &&
	    !control_overview_is_ready(view->control->overview)) {
		view->tries++;
		loop_timer_set(&view->timer, READY_WAIT_MS);
		return;
	}
	view->tries = READY_TRIES;
	loop_timer_set(&view->timer, view->interval_ms);
	if (view->is_asking && !view->kind->list)
		return;
	if (control_session_has_room(view->subscription.session))
		view->kind->push(view);
	else
		view->merged++;
}

static void
end_view(struct control_subscription *subscription)
{
	struct control_view *view = (struct control_view *)(void *)subscription;

	loop_timer_deinit(&view->timer);
	if (view->kind->needs_overview)
		control_overview_unwatch(view->control->overview);
	view->is_ended = true;
	if (view->call) { /* its answer is thrown away */
		control_call_disown(view->call);
		view->is_asking = false;
	}
	if (!view->is_asking)
		control_view_free(view);
}

static void
set_text(const json_t *params, const char *key, char **text)
{
	const json_t *value = json_object_get(params, key);
	const char *given = json_string_value(value);

	if (!value)
		return;
	mem_free(*text);
	*text = given && given[0] ? mem_strdup(given) : NULL;
}

static void
set_window(struct control_view *view, const struct control_call *call)
{
	const json_t *reverse = json_object_get(call->params, "reverse");
	json_t *params = json_object_get(call->params, "params");

	view->interval_ms = control_int(call, "interval_ms", view->interval_ms);
	view->offset = (uint32_t)control_int(call, "offset", view->offset);
	view->limit = (uint32_t)control_int(call, "limit", view->limit);
	if (reverse)
		view->reverse = json_is_true(reverse);
	if (json_object_get(call->params, "delta")) {
		view->has_delta = api_json_get_bool(call->params, "delta");
		json_decref(view->sent);
		view->sent = NULL;
	}
	if (json_object_get(call->params, "filter"))
		view->total = 0; /* of another list */
	view->is_dirty = view->is_asking;
	json_decref(view->ordered);
	view->ordered = NULL;
	if (params) {
		json_decref(view->params);
		view->params = json_is_object(params) ? json_copy(params) : NULL;
	}
	set_text(call->params, "sort", &view->sort);
	set_text(call->params, "filter", &view->filter);
	set_text(call->params, "select", &view->select);
}

/* check - what only this view can tell is wrong. */
static int
check(const struct control_view_kind *kind, const struct control_call *call,
      struct api_error *error)
{
	static const char *const words[] = { "oldest", "size", "name", "next" };
	const char *sort = control_text(call, "sort");

	if (kind->list)
		return control_view_list_check(kind->list, call, error);
	for (size_t i = 0; sort && i < sizeof words / sizeof *words; i++)
		if (strcmp(sort, words[i]) == 0)
			return 0;
	return sort ? api_error_set(error, API_ERROR_PARAMS,
	                            "sort: \"%.40s\" is none of oldest, size, name, next", sort)
	            : 0;
}

static void
answer_subscribed(struct control_call *call, const struct control_view *view, const char *schema)
{
	const struct control_session *session = call->session;
	json_t *result = api_json_new(schema);

	api_json_put_int(result, "subscription", (int64_t)view->subscription.number);
	api_json_put_text(result, "view", view->kind->name);
	api_json_put_int(result, "interval_ms", view->interval_ms);
	api_json_put_text(result, "boot_id", call->control->boot_id);
	api_json_put_text(result, "version", RELAY_VERSION);
	api_json_put_text(result, "hostname", call->control->config->hostname);
	api_json_put_text(result, "user", session->user);
	api_json_put_text(result, "role",
			  session->role == CONTROL_OPERATOR ? "operator" : "viewer");
	control_call_answer(call, result);
}

void
control_view_subscribe(struct control_call *call)
{
	struct control_view *view = mem_zero(1, sizeof *view);
	const char *name = control_text(call, "view");
	struct api_error error;

	view->control = call->control;
	view->interval_ms = API_VIEW_INTERVAL_MS;
	view->limit = LIMIT_DEFAULT;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			view->kind = &kinds[i];
	memcpy(view->uid_user, call->user, sizeof view->uid_user);
	view->subscription.end = end_view;
	if (check(view->kind, call, &error) < 0) {
		control_view_free(view);
		control_call_fail(call, &error);
		return;
	}
	set_window(view, call);
	if (control_session_add(call->session, &view->subscription, &error) < 0) {
		control_view_free(view);
		control_call_fail(call, &error);
		return;
	}
	loop_timer_init(&view->timer, call->control->loop, tick, view);
	if (view->kind->needs_overview)
		control_overview_watch(call->control->overview);
	loop_timer_set(&view->timer, 1); /* the answer first */
	answer_subscribed(call, view, "relay.view.subscribe/1");
}

void
control_view_update(struct control_call *call)
{
	struct control_subscription *subscription =
		control_session_find(call->session, (uint64_t)control_int(call, "subscription", 0));
	struct control_view *view = (struct control_view *)(void *)subscription;
	struct api_error error;

	if (!subscription || subscription->is_events) {
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "no view has that subscription");
		control_call_fail(call, &error);
		return;
	}
	if (check(view->kind, call, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	set_window(view, call);
	loop_timer_set(&view->timer, 1);
	answer_subscribed(call, view, "relay.view.update/1");
}

void
control_subscription_end(struct control_call *call)
{
	struct control_subscription *subscription =
		control_session_find(call->session, (uint64_t)control_int(call, "subscription", 0));
	struct api_error error;
	json_t *result;

	if (!subscription) {
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "no such subscription");
		control_call_fail(call, &error);
		return;
	}
	list_remove(&subscription->link);
	call->session->subscription_count--;
	subscription->end(subscription);
	result = api_json_new("relay.rpc.unsubscribe/1");
	api_json_put_int(result, "subscription", control_int(call, "subscription", 0));
	control_call_answer(call, result);
}
