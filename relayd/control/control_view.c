/* control_view.c - live views: a picture each tick, of what the screen shows.
 *
 *   subscribe -> push at once -> timer -> push -> ...
 *
 * "status" and "overview" are drawn from what is sampled anyway; "queues" asks
 * the scheduler for its window each tick and pushes when the answer is there. A
 * client that does not read gets fewer, newer pictures (merged), never a
 * backlog. A notice never ends its session (there was room for it), so a view
 * outlives its own push. Shapes: api/api_view.h. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "control/control_overview.h"
#include "control/control_private.h"
#include "control/control_rates.h"

#define LIMIT_DEFAULT 50
#define READY_WAIT_MS 20   /* before the first picture, for the scheduler's first answer */
#define READY_TRIES 25

struct control_view;

struct view_kind {
	const char *name;
	void (*push)(struct control_view *view); /* now, or when an answer came */
	bool needs_overview;
};

struct control_view {
	struct control_subscription subscription; /* first */
	const struct view_kind *kind;
	struct control *control;
	struct loop_timer timer;
	int64_t interval_ms;
	uint64_t seq, merged;
	uint64_t seen;                 /* of the series */
	unsigned tries;
	/* window of queues */
	uint32_t offset, limit;
	enum schedule_sort sort;
	bool reverse;
	char *filter, *select;         /* owned or NULL */
	size_t total;                  /* of the last answer: where the end is, for reverse */
	struct schedule_ask *list;     /* answered, waits for the selected queue's answer */
	bool is_asking;                /* the view is kept until the answer came */
	bool is_ended;
};

static const char *const sort_names[] = {
	[SCHEDULE_SORT_OLDEST] = "oldest", [SCHEDULE_SORT_SIZE] = "size",
	[SCHEDULE_SORT_NAME] = "name", [SCHEDULE_SORT_NEXT] = "next",
};

/* ---- pushing ------------------------------------------------------------- */

static void
push_data(struct control_view *view, json_t *data)
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
	}
}

static void
push_status(struct control_view *view)
{
	push_data(view, control_status_json(view->control, view->subscription.session));
}

static void
push_overview(struct control_view *view)
{
	json_t *data = json_object();

	api_json_put(data, "status",
		     control_status_json(view->control, view->subscription.session));
	api_json_put(data, "series", control_rates_series_json(view->control->rates, &view->seen));
	api_json_put(data, "latency", control_rates_latency_json(view->control->rates));
	control_overview_put(view->control->overview, data);
	push_data(view, data);
}

/* ---- queues -------------------------------------------------------------- */

static void
free_view(struct control_view *view)
{
	schedule_ask_free(&view->list);
	mem_free(view->filter);
	mem_free(view->select);
	mem_free(view);
}

static json_t *
selected_json(const struct control_view *view, const struct schedule_ask *show)
{
	json_t *one, *ages;

	if (!view->select || !show)
		return json_null();
	one = json_object();
	ages = json_array();
	api_json_put_text(one, "key", view->select);
	for (int i = 0; i < SCHEDULE_AGES; i++)
		json_array_append_new(ages, json_integer(show->result < 0 ? 0 : show->ages[i]));
	api_json_put(one, "ages", ages);
	api_json_put(one, "row",
		     show->result == 0 && show->rows ? control_queue_row_json(&show->queue[0])
						     : json_null());
	return one;
}

static void
push_queues(struct control_view *view, const struct schedule_ask *show)
{
	const struct schedule_ask *list = view->list;
	json_t *data = json_object(), *rows = json_array();

	for (size_t i = 0; i < list->rows; i++)
		json_array_append_new(rows, control_queue_row_json(
			&list->queue[view->reverse ? list->rows - 1 - i : i]));
	api_json_put(data, "status",
		     control_status_json(view->control, view->subscription.session));
	api_json_put_int(data, "total", (int64_t)list->total);
	api_json_put_int(data, "offset", view->offset);
	api_json_put_int(data, "limit", view->limit);
	api_json_put_text(data, "sort", sort_names[view->sort]);
	api_json_put_bool(data, "reverse", view->reverse);
	api_json_put_text(data, "filter", view->filter);
	api_json_put(data, "rows", rows);
	api_json_put(data, "selected", selected_json(view, show));
	push_data(view, data);
}

static bool
send_ask(struct control_view *view, enum schedule_act act, const char *match, mailbox_fn fn)
{
	struct schedule_ask *ask = schedule_ask_new(act, control_back(view->control, fn));

	ask->context = view;
	ask->match = arena_strdup(ask->arena, match);
	ask->sort = view->sort;
	ask->offset = view->offset;
	ask->limit = view->limit;
	if (view->reverse) { /* the same rows, counted from the other end */
		size_t end = view->total > view->offset ? view->total - view->offset : 0;

		ask->offset = end > view->limit ? (uint32_t)(end - view->limit) : 0;
		ask->limit = end > view->limit ? view->limit : end ? (uint32_t)end : view->limit;
	}
	if (schedule_ask_send(view->control->options.schedule, &ask)) {
		view->is_asking = true;
		return true;
	}
	schedule_ask_free(&ask);
	return false;
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_view *view = ask->context;

	view->is_asking = false;
	if (!owner || view->is_ended) {
		schedule_ask_free(&ask);
		free_view(view);
		return;
	}
	push_queues(view, ask);
	schedule_ask_free(&ask);
	schedule_ask_free(&view->list);
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_view *view = ask->context;

	view->is_asking = false;
	if (!owner || view->is_ended) {
		schedule_ask_free(&ask);
		free_view(view);
		return;
	}
	view->total = ask->total;
	schedule_ask_free(&view->list);
	view->list = ask;
	if (view->select && send_ask(view, SCHEDULE_SHOW_QUEUE, view->select, shown))
		return;
	push_queues(view, NULL);
	schedule_ask_free(&view->list);
}

/* ask_queues - a filter without '*' means "contains". */
static void
ask_queues(struct control_view *view)
{
	struct buf match;

	if (!view->filter || strchr(view->filter, '*')) {
		(void)send_ask(view, SCHEDULE_LIST_QUEUES, view->filter, listed);
		return;
	}
	buf_init(&match, strlen(view->filter) + 8);
	(void)buf_printf(&match, "*%s*", view->filter);
	(void)buf_append(&match, "", 1);
	(void)send_ask(view, SCHEDULE_LIST_QUEUES, buf_data(&match), listed);
	buf_deinit(&match);
}

/* ---- subscriptions ------------------------------------------------------- */

static const struct view_kind kinds[] = {
	{ "status", push_status, false },
	{ "overview", push_overview, true },
	{ "queues", ask_queues, false },
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
	if (view->is_asking)
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
	if (!view->is_asking)
		free_view(view);
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
	const char *sort = control_text(call, "sort");
	const json_t *reverse = json_object_get(call->params, "reverse");

	view->interval_ms = control_int(call, "interval_ms", view->interval_ms);
	view->offset = (uint32_t)control_int(call, "offset", view->offset);
	view->limit = (uint32_t)control_int(call, "limit", view->limit);
	for (size_t i = 0; sort && i < sizeof sort_names / sizeof *sort_names; i++)
		if (strcmp(sort, sort_names[i]) == 0)
			view->sort = (enum schedule_sort)i;
	if (reverse)
		view->reverse = json_is_true(reverse);
	set_text(call->params, "filter", &view->filter);
	set_text(call->params, "select", &view->select);
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
	set_window(view, call);
	view->subscription.end = end_view;
	if (control_session_add(call->session, &view->subscription, &error) < 0) {
		free_view(view);
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
