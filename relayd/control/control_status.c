/* control_status.c - is it well, how much waits: the head of every view and
 * the answer of `relaycli status`. Thread: main. */
#include "base/clock.h"
#include "base/units.h"
#include "control/control_private.h"
#include "control/control_rates.h"

static json_t *
totals_json(struct control *control)
{
	struct notify_totals totals;
	json_t *one = json_object();

	notify_totals_read(control->options.notify, &totals);
	api_json_put_int(one, "accepted", (int64_t)totals.accepted);
	api_json_put_int(one, "delivered", (int64_t)totals.delivered);
	api_json_put_int(one, "deferred", (int64_t)totals.deferred);
	api_json_put_int(one, "bounced", (int64_t)totals.bounced);
	api_json_put_int(one, "rejected", (int64_t)totals.rejected);
	api_json_put_int(one, "expired", (int64_t)totals.expired);
	api_json_put_int(one, "auth_failed", (int64_t)totals.auth_failed);
	return one;
}

json_t *
control_problems_json(struct control *control)
{
	json_t *list = json_array();
	struct alert_row row;

	alert_look(control->options.alert);
	for (size_t i = 0; alert_at(control->options.alert, i, &row); i++)
		json_array_append_new(list, api_json_string(span_of(row.text)));
	return list;
}

static void
put_counts(struct control *control, json_t *one)
{
	const struct control_options *options = &control->options;
	struct schedule_counts counts;
	json_t *connections = json_object();

	schedule_counts_read(options->schedule, &counts);
	api_json_put_int(one, "queued", (int64_t)counts.queued);
	api_json_put_int(one, "deferred", (int64_t)counts.deferred);
	api_json_put_int(one, "held", (int64_t)counts.held);
	api_json_put_int(one, "active", (int64_t)counts.active);
	api_json_put_int(connections, "in", options->sessions ?
	                 (int64_t)options->sessions(options->arg) : 0);
	api_json_put_int(connections, "out", (int64_t)counts.connections);
	api_json_put(one, "connections", connections);
}

static json_t *
disk_json(struct control *control)
{
	struct store_stats stats;
	json_t *one = json_object();
	double total = (double)control->disk_bytes;

	store_stats_read(control->options.store, &stats);
	api_json_put_int(one, "free_bytes", (int64_t)stats.free_bytes);
	if (total > 0 && stats.free_bytes > 0)
		api_json_put_real(one, "used_percent",
				  100.0 * (1.0 - (double)stats.free_bytes / total));
	else
		api_json_put_null(one, "used_percent");
	return one;
}

json_t *
control_status_json(struct control *control, const struct control_session *session)
{
	json_t *one = json_object();

	api_json_put_text(one, "hostname", control->config->hostname);
	api_json_put_text(one, "version", RELAY_VERSION);
	api_json_put_text(one, "boot_id", control->boot_id);
	api_json_put_time(one, "started_at", control->started_unix_ms);
	api_json_put_time(one, "now_at", clock_unix_ms());
	api_json_put_text(one, "role", session->role == CONTROL_OPERATOR ? "operator" : "viewer");
	api_json_put_text(one, "user", session->user);
	put_counts(control, one);
	api_json_put(one, "rates", control_rates_json(control->rates));
	api_json_put(one, "totals", totals_json(control));
	api_json_put(one, "disk", disk_json(control));
	api_json_put(one, "problems", control_problems_json(control));
	return one;
}

void
control_status_show(struct control_call *call)
{
	json_t *result = api_json_new("relay.status.show/1");
	json_t *status = control_status_json(call->control, call->session);

	json_object_update(result, status);
	json_decref(status);
	control_call_answer(call, result);
}

void
control_version_show(struct control_call *call)
{
	json_t *result = api_json_new("relay.version.show/1");

	api_json_put_text(result, "version", RELAY_VERSION);
	api_json_put_text(result, "hostname", call->control->config->hostname);
	control_call_answer(call, result);
}
