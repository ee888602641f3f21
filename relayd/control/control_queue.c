/* control_queue.c - queues: list, show, ages, holds. Also the sites they are paced by.
 * Thread: main. */
#include <string.h>

#include "api/api_text.h"
#include "base/clock.h"
#include "control/control_ask.h"

#define LIMIT_DEFAULT 100

static const char *const sort_names[] = {
	[SCHEDULE_SORT_OLDEST] = "oldest", [SCHEDULE_SORT_SIZE] = "size",
	[SCHEDULE_SORT_NAME] = "name", [SCHEDULE_SORT_NEXT] = "next",
};

json_t *
control_wait_json(const struct schedule_wait *wait)
{
	json_t *one = json_object();

	api_json_put_text(one, "constraint", schedule_constraint_name(wait->constraint));
	api_json_put_text(one, "cause", wait->cause);
	api_json_put_time(one, "until_at", wait->until_unix_ms);
	api_json_put_time(one, "projected_at", wait->projected_unix_ms);
	return one;
}

void
control_hold_put(json_t *one, const struct schedule_held *held)
{
	api_json_put_text(one, "held_by", held->by);
	api_json_put_text(one, "held_reason", held->reason);
	api_json_put_text(one, "held_scope", held->scope);
	api_json_put_time(one, "held_since_at", held->since_unix_ms);
	api_json_put_time(one, "held_until_at", held->until_unix_ms);
}

json_t *
control_queue_row_json(const struct schedule_queue_row *row)
{
	bool is_known = row->provider && strcmp(row->provider, "-") != 0;
	json_t *one = json_object();

	api_json_put_text(one, "key", row->domain);
	api_json_put_text(one, "provider", is_known ? row->provider : NULL);
	api_json_put_int(one, "ready", row->ready);
	api_json_put_int(one, "deferred", row->deferred);
	api_json_put_int(one, "scheduled", row->scheduled);
	api_json_put_int(one, "held", row->held);
	api_json_put_int(one, "active", row->active);
	api_json_put_time(one, "oldest_at", row->oldest_unix_ms);
	if (row->next_unix_ms < 0)
		api_json_put_null(one, "next_at");
	else
		api_json_put_time(one, "next_at",
				  row->next_unix_ms ? row->next_unix_ms : clock_unix_ms());
	api_json_put_text(one, "state", row->state ? row->state : "ok");
	api_json_put_text(one, "why", row->why);
	api_json_put(one, "waits", control_wait_json(&row->wait));
	api_json_put_text(one, "last_reply", row->last_reply);
	control_hold_put(one, &row->hold);
	api_json_put_int(one, "moved", row->moved);
	api_json_put_text(one, "moved_to", row->pool);
	api_json_put_int(one, "generation", (int64_t)row->generation);
	return one;
}

/* ---- list, show, ages ---------------------------------------------------- */

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	json_t *items;

	(void)owner;
	if (!call)
		return;
	items = json_array();
	for (size_t i = 0; i < ask->rows; i++)
		json_array_append_new(items, control_queue_row_json(&ask->queue[i]));
	control_ask_answer_list(call, ask, "relay.queue.list/1", items);
}

void
control_queue_list(struct control_call *call)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_LIST_QUEUES, listed);
	const char *sort = control_text(call, "sort");

	ask->match = arena_strdup(ask->arena, control_text(call, "match"));
	ask->offset = (uint32_t)control_int(call, "offset", 0);
	ask->limit = (uint32_t)control_int(call, "limit", LIMIT_DEFAULT);
	for (size_t i = 0; sort && i < sizeof sort_names / sizeof *sort_names; i++)
		if (strcmp(sort, sort_names[i]) == 0)
			ask->sort = (enum schedule_sort)i;
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

static void
put_ages(json_t *result, const uint32_t ages[SCHEDULE_AGES])
{
	static const char *const names[SCHEDULE_AGES] = {
		"1m", "5m", "15m", "1h", "4h", "1d", "3d", "older",
	};
	json_t *list = json_array();

	for (int i = 0; i < SCHEDULE_AGES; i++) {
		json_t *one = json_object();

		api_json_put_text(one, "up_to", names[i]);
		api_json_put_int(one, "count", ages[i]);
		json_array_append_new(list, one);
	}
	api_json_put(result, "ages", list);
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	struct api_error error;
	json_t *result;

	(void)owner;
	if (!call)
		return;
	if (ask->rows == 0) {
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "nothing waits for %s",
		                    control_text(call, "match"));
		schedule_ask_free(&ask);
		control_call_fail(call, &error);
		return;
	}
	result = api_json_new("relay.queue.show/1");
	api_json_put(result, "queue", control_queue_row_json(&ask->queue[0]));
	put_ages(result, ask->ages);
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

static void
aged(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	json_t *result;

	(void)owner;
	if (!call)
		return;
	result = api_json_new("relay.queue.ages/1");
	api_json_put_text(result, "queue", control_text(call, "match"));
	put_ages(result, ask->ages);
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

static void
show_with(struct control_call *call, mailbox_fn fn)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_SHOW_QUEUE, fn);

	ask->match = arena_strdup(ask->arena, control_text(call, "match"));
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

void
control_queue_show(struct control_call *call)
{
	show_with(call, shown);
}

void
control_queue_ages(struct control_call *call)
{
	show_with(call, aged);
}

/* ---- holds --------------------------------------------------------------- */

static void
holds_listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	json_t *items;

	(void)owner;
	if (!call)
		return;
	items = json_array();
	for (size_t i = 0; i < ask->rows; i++) {
		json_t *one = json_object();

		api_json_put_int(one, "waiting", ask->hold[i].waiting);
		control_hold_put(one, &ask->hold[i].held);
		json_array_append_new(items, one);
	}
	control_ask_answer_list(call, ask, "relay.queue.holds/1", items);
}

void
control_queue_holds(struct control_call *call)
{
	if (!control_ask_send(call, control_ask_new(call, SCHEDULE_LIST_HOLDS, holds_listed)))
		control_ask_fail_busy(call);
}

/* ---- sites --------------------------------------------------------------- */

static json_t *
site_json(const struct schedule_site_row *row)
{
	json_t *one = json_object();

	api_json_put_text(one, "name", row->name);
	api_json_put_bool(one, "is_provider", row->is_provider);
	api_json_put_int(one, "queued", row->queued);
	api_json_put_int(one, "deferred", row->deferred);
	api_json_put_int(one, "domains", row->domains);
	api_json_put_int(one, "connections", row->connections);
	api_json_put_int(one, "max_connections", row->max_connections);
	api_json_put_int(one, "delivered", (int64_t)row->delivered);
	api_json_put_int(one, "deferrals", (int64_t)row->deferrals);
	api_json_put_int(one, "bounces", (int64_t)row->bounces);
	api_json_put_time(one, "oldest_at", row->oldest_unix_ms);
	api_json_put_time(one, "backoff_until_at", row->backoff_until_unix_ms);
	api_json_put_text(one, "state", row->state ? row->state : "ok");
	api_json_put_text(one, "why", row->why);
	api_json_put(one, "waits", control_wait_json(&row->wait));
	api_json_put_text(one, "last_reply", row->last_reply);
	return one;
}

static void
sites_listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	json_t *result, *items;

	(void)owner;
	if (!call)
		return;
	result = api_json_new("relay.site.list/1");
	items = json_array();
	for (size_t i = 0; i < ask->rows; i++)
		json_array_append_new(items, site_json(&ask->site[i]));
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_site_list(struct control_call *call)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_LIST_SITES, sites_listed);

	ask->sort = SCHEDULE_SORT_SIZE;
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}
