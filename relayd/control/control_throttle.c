/* control_throttle.c - limits as they are now: list, show, history, set, clear.
 * Thread: main. */
#include <errno.h>
#include <string.h>

#include "api/api_time.h"
#include "base/clock.h"
#include "base/units.h"
#include "control/control_ask.h"
#include "control/control_throttle.h"

#define MICRO 1e6
#define FOR_MAX_MS INT64_C(2592000000) /* as for_ms */

static json_t *
history_json(const struct schedule_ask *ask)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ask->changes; i++) {
		json_t *one = json_object();

		api_json_put_time(one, "at", ask->change[i].at_unix_ms);
		api_json_put_text(one, "scope", ask->change[i].scope);
		api_json_put_text(one, "source_address", ask->change[i].source_address);
		api_json_put_text(one, "change", ask->change[i].text);
		api_json_put(one, "rate", control_throttle_number(ask->change[i].rate));
		api_json_put(one, "rate_before", control_throttle_number(ask->change[i].before));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
rows_json(const struct schedule_ask *ask)
{
	json_t *items = json_array();

	for (size_t i = 0; i < ask->stops; i++)
		json_array_append_new(items, control_throttle_stop(&ask->stop[i], ask->arena));
	for (size_t i = 0; i < ask->rows; i++)
		json_array_append_new(items, control_throttle_limit(&ask->throttle[i], ask->arena));
	return items;
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);
	struct account_snapshot *snapshot;
	json_t *items;

	(void)owner;
	if (!call)
		return;
	snapshot = account_snapshot(call->control->options.account);
	items = rows_json(ask);
	for (size_t i = 0; i < snapshot->credentials; i++)
		ask->total += control_throttle_credential(items, snapshot->credential[i],
		                                          ask->wants_all);
	control_ask_answer_list(call, ask, "relay.throttle.list/1", items);
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);

	(void)owner;
	if (call)
		control_ask_answer_list(call, ask, "relay.throttle.show/1", rows_json(ask));
}

static void
history_shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);

	(void)owner;
	if (call)
		control_ask_answer_list(call, ask, "relay.throttle.history/1", history_json(ask));
}

static void
ask_list(struct control_call *call, mailbox_fn fn)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_LIST_THROTTLES, fn);

	ask->match = arena_strdup(ask->arena, control_text(call, "scope"));
	ask->wants_all = api_json_get_bool(call->params, "all");
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

void
control_throttle_list(struct control_call *call)
{
	ask_list(call, listed);
}

void
control_throttle_show(struct control_call *call)
{
	ask_list(call, shown);
}

void
control_throttle_history(struct control_call *call)
{
	ask_list(call, history_shown);
}

/* ---- set and clear ------------------------------------------------------------------- */

static enum schedule_quantity
quantity_of(const struct control_call *call)
{
	const char *name = control_text(call, "limit");

	for (int q = 0; name && q < SCHEDULE_QUANTITY_COUNT; q++)
		if (strcmp(name, schedule_quantity_name((enum schedule_quantity)q)) == 0)
			return (enum schedule_quantity)q;
	return SCHEDULE_QUANTITY_COUNT;
}

static enum schedule_stop_kind
stop_kind_of(const struct control_call *call)
{
	const char *name = control_text(call, "limit");

	for (int kind = 0; name && kind < SCHEDULE_STOP_COUNT; kind++)
		if (strcmp(name, schedule_stop_name((enum schedule_stop_kind)kind)) == 0)
			return (enum schedule_stop_kind)kind;
	return SCHEDULE_STOP_COUNT;
}

/* "10/s" for a rate, a number for the others */
static int
parse_value(enum schedule_quantity quantity, const char *text, int64_t *value_out,
            struct api_error *error)
{
	unsigned long long count;
	struct units_rate rate;
	struct err err;

	if (quantity == SCHEDULE_RATE) {
		if (units_parse_rate(span_of(text), &rate, &err) < 0)
			return api_error_set(error, API_ERROR_PARAMS, "%s", err.text);
		*value_out = (int64_t)(rate.count * 1000.0 / rate.period_ms * MICRO);
		return 0;
	}
	if (!span_to_u64(span_of(text), &count) || count < 1 || count > 1000000)
		return api_error_set(error, API_ERROR_PARAMS, "%s is a number, 1 to 1000000",
		                     schedule_quantity_name(quantity));
	*value_out = (int64_t)count;
	return 0;
}

static void
done(struct schedule_ask *ask, const void *owner, const char *schema)
{
	struct control_call *call;
	json_t *result;

	control_ask_audit(owner, ask, ask->did);
	call = control_ask_take(ask);
	if (!call)
		return;
	result = api_json_new(schema);
	if (ask->act == SCHEDULE_CLEAR_THROTTLE) {
		json_t *lines = json_array();

		for (size_t i = 0; i < ask->rows; i++)
			json_array_append_new(lines, api_json_string(span_of(ask->sentence[i])));
		api_json_put(result, "cleared", lines);
	}
	api_json_put_text(result, "scope", ask->match);
	api_json_put_int(result, "affected", ask->affected);
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

static void
was_set(struct mailbox_item *item, void *owner)
{
	done((struct schedule_ask *)(void *)item, owner, "relay.throttle.set/1");
}

static void
was_cleared(struct mailbox_item *item, void *owner)
{
	done((struct schedule_ask *)(void *)item, owner, "relay.throttle.clear/1");
}

static struct schedule_ask *
ask_of(struct control_call *call, enum schedule_act act, mailbox_fn fn)
{
	struct schedule_ask *ask = control_ask_new(call, act, fn);

	ask->match = arena_strdup(ask->arena, control_text(call, "scope"));
	ask->quantity = quantity_of(call);
	ask->stop_kind = stop_kind_of(call);
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	return ask;
}

/* parse_end - for so long, or until then: at most as long as for_ms may be. */
static int
parse_end(const struct control_call *call, int64_t *until_out, struct api_error *error)
{
	const char *text = control_text(call, "ends_at");
	int64_t now = clock_unix_ms(), for_ms = control_int(call, "for_ms", 0);
	struct err err;

	if (!text == !for_ms)
		return api_error_set(error, API_ERROR_PARAMS, "say either for_ms or ends_at");
	*until_out = now + for_ms;
	if (!text)
		return 0;
	if (api_time_parse(span_of(text), now, true, until_out, &err) < 0)
		return api_error_set(error, API_ERROR_PARAMS, "ends_at: %s", err.text);
	if (*until_out <= now || *until_out - now > FOR_MAX_MS)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "ends_at is a time within the next 30 days");
	return 0;
}

void
control_throttle_set(struct control_call *call)
{
	struct schedule_ask *ask = ask_of(call, SCHEDULE_SET_THROTTLE, was_set);
	struct api_error error;

	if (parse_end(call, &ask->until_unix_ms, &error) != 0 ||
	    parse_value(ask->quantity, control_text(call, "value"), &ask->value, &error) != 0) {
		schedule_ask_free(&ask);
		control_call_fail(call, &error);
	} else if (!control_ask_send(call, ask)) {
		control_ask_fail_busy(call);
	}
}

void
control_throttle_clear(struct control_call *call)
{
	if (!control_ask_send(call, ask_of(call, SCHEDULE_CLEAR_THROTTLE, was_cleared)))
		control_ask_fail_busy(call);
}
