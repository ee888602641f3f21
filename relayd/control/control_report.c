/* control_report.c - report.make: what became of all mail of some time. The store counts
 * (store_report.h); here are its times, and its answer as relay.report/1. Thread: main. */
#include "api/api_time.h"
#include "base/clock.h"
#include "control/control_search.h"
#include "store/store_report.h"

#define SINCE_DEFAULT_MS (7LL * 24 * 3600 * 1000)
#define SPAN_MAX_MS (2LL * 366 * 24 * 3600 * 1000)
#define MINUTE_MS 60000

static const char *const kinds[STORE_REPORT_KIND_COUNT] = {
	[STORE_REPORT_PROVIDER] = "providers",
	[STORE_REPORT_CREDENTIAL] = "credentials",
	[STORE_REPORT_DOMAIN] = "domains",
	[STORE_REPORT_RECIPIENT_DOMAIN] = "recipient_domains",
};

/* ---- the answer ------------------------------------------------------------ */

static void
put_tally(json_t *one, const struct store_report_tally *tally)
{
	static const char *const names[STORE_REPORT_TIME_COUNT] = {
		[STORE_REPORT_P50] = "p50", [STORE_REPORT_P90] = "p90",
		[STORE_REPORT_P95] = "p95", [STORE_REPORT_P99] = "p99",
	};
	json_t *times = tally->time_ms[0] < 0 ? json_null() : json_object();

	api_json_put_int(one, "recipients", (int64_t)tally->recipients);
	api_json_put_int(one, "bytes", (int64_t)tally->bytes);
	api_json_put_int(one, "delivered", (int64_t)tally->delivered);
	api_json_put_int(one, "deferred", (int64_t)tally->deferred);
	api_json_put_int(one, "bounced", (int64_t)tally->bounced);
	api_json_put_int(one, "expired", (int64_t)tally->expired);
	api_json_put_int(one, "complained", (int64_t)tally->complained);
	api_json_put_int(one, "suppressed", (int64_t)tally->suppressed);
	api_json_put_int(one, "cancelled", (int64_t)tally->cancelled);
	api_json_put_int(one, "waiting", (int64_t)tally->waiting);
	for (int i = 0; tally->time_ms[0] >= 0 && i < STORE_REPORT_TIME_COUNT; i++)
		api_json_put_int(times, names[i], tally->time_ms[i]);
	api_json_put(one, "time_to_delivery_ms", times);
}

static json_t *
total_json(const struct store_report_tally *tally, uint64_t messages)
{
	json_t *one = json_object();

	api_json_put_int(one, "messages", (int64_t)messages);
	put_tally(one, tally);
	return one;
}

static json_t *
rows_json(const struct store_report *report, int kind)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->rows[kind]; i++) {
		const struct store_report_row *row = &report->row[kind][i];
		json_t *one = json_object();

		api_json_put_text(one, "name", row->name);
		put_tally(one, &row->tally);
		if (report->has_before)
			api_json_put_int(one, "recipients_before",
			                 (int64_t)row->recipients_before);
		else
			api_json_put_null(one, "recipients_before");
		json_array_append_new(list, one);
	}
	return list;
}

/* put_kind - its rows, how many names there were, and what the rest of them has. */
static void
put_kind(json_t *result, const struct store_report *report, int kind)
{
	uint64_t rest = report->names[kind] - report->rows[kind];
	json_t *others = rest > 0 ? json_object() : json_null();

	if (rest > 0) {
		api_json_put_int(others, "names", (int64_t)rest);
		put_tally(others, &report->others[kind]);
	}
	api_json_put(result, kinds[kind], rows_json(report, kind));
	api_json_put(result, arena_printf(report->arena, "%s_others", kinds[kind]), others);
}

static json_t *
series_json(const struct store_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->points; i++) {
		const struct store_report_point *point = &report->point[i];
		json_t *one = json_object();

		api_json_put_time(one, "at", point->at_unix_ms);
		api_json_put_int(one, "recipients", (int64_t)point->recipients);
		api_json_put_int(one, "delivered", (int64_t)point->delivered);
		api_json_put_int(one, "deferred", (int64_t)point->deferred);
		api_json_put_int(one, "bounced", (int64_t)point->bounced);
		api_json_put_int(one, "complained", (int64_t)point->complained);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
replies_json(const struct store_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->replies; i++) {
		const struct store_report_reply *reply = &report->reply[i];
		json_t *one = json_object();

		api_json_put_text(one, "provider", reply->site);
		api_json_put_reply(one, reply->reply);
		api_json_put_int(one, "code", reply->code);
		api_json_put_text(one, "category", verdict_category_name(reply->category));
		api_json_put_int(one, "deferrals", (int64_t)reply->deferrals);
		api_json_put_int(one, "bounces", (int64_t)reply->bounces);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
coverage_json(const struct store_report *report)
{
	json_t *one = json_object(), *gaps = json_array();
	int64_t from = report->log_from_unix_ms > report->since_unix_ms ? report->log_from_unix_ms
	                                                                : report->since_unix_ms;

	api_json_put_time(one, "log_from", report->log_from_unix_ms);
	api_json_put_time(one, "from", from);
	api_json_put_time(one, "until", report->until_unix_ms);
	api_json_put_bool(one, "complete", report->is_complete);
	if (report->counted_from_unix_ms > from)
		control_search_put_gap(gaps, from, report->counted_from_unix_ms,
				       "counting took too long");
	if (report->gap_from_unix_ms)
		control_search_put_gap(gaps, report->gap_from_unix_ms, report->gap_until_unix_ms,
				       "nothing could be recorded");
	api_json_put(one, "gaps", gaps);
	api_json_put_int(one, "scanned", (int64_t)report->scanned);
	return one;
}

static json_t *
report_json(const struct control_call *call, const struct store_report *report)
{
	int64_t span_ms = report->until_unix_ms - report->since_unix_ms;
	json_t *result = api_json_new("relay.report/1");

	api_json_put_text(result, "host", call->control->config->hostname);
	api_json_put_time(result, "generated_at", clock_unix_ms());
	api_json_put_time(result, "since_at", report->since_unix_ms);
	api_json_put_time(result, "until_at", report->until_unix_ms);
	api_json_put_time(result, "before_since_at", report->since_unix_ms - span_ms);
	api_json_put(result, "coverage", coverage_json(report));
	api_json_put(result, "total", total_json(&report->total, report->messages));
	api_json_put(result, "before",
	             report->has_before ? total_json(&report->before, report->messages_before)
	                                : json_null());
	api_json_put_int(result, "step_ms", report->step_ms);
	api_json_put(result, "series", series_json(report));
	for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++)
		put_kind(result, report, kind);
	api_json_put_int(result, "deferrals", (int64_t)report->deferrals);
	api_json_put(result, "replies", replies_json(report));
	return result;
}

static void
free_report(struct store_report **report)
{
	arena_free(&(*report)->arena);
	mem_free(*report);
	*report = NULL;
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct store_report *report = (struct store_report *)(void *)item;
	struct control_call *call = report->context;

	(void)owner;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (report->result < 0)
		control_call_fail_err(call, &report->err);
	else
		control_call_answer(call, report_json(call, report));
	free_report(&report);
}

/* ---- the question ---------------------------------------------------------- */

static int
read_time(const struct control_call *call, const char *param, int64_t now_unix_ms,
          int64_t *unix_ms, struct api_error *error)
{
	const char *text = control_text(call, param);
	struct err err;

	if (text && api_time_parse(span_of(text), now_unix_ms, false, unix_ms, &err) < 0)
		return api_error_set(error, API_ERROR_PARAMS, "%s: %s", param, err.text);
	return 0;
}

static int
read_span(const struct control_call *call, struct store_report *report, struct api_error *error)
{
	int64_t now = clock_unix_ms();

	report->until_unix_ms = now;
	if (read_time(call, "until", now, &report->until_unix_ms, error) < 0)
		return -1;
	if (report->until_unix_ms > now)
		report->until_unix_ms = now;
	report->since_unix_ms = report->until_unix_ms - SINCE_DEFAULT_MS;
	if (read_time(call, "since", now, &report->since_unix_ms, error) < 0)
		return -1;
	if (report->since_unix_ms >= report->until_unix_ms)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "since: is not before until: nothing to count");
	if (report->until_unix_ms - report->since_unix_ms > SPAN_MAX_MS)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "since: a report is of two years at most");
	report->zone_ms = control_int(call, "zone_min", 0) * MINUTE_MS;
	return 0;
}

void
control_report_make(struct control_call *call)
{
	struct store_report *report = mem_zero(1, sizeof *report);
	struct api_error error;

	if (read_span(call, report, &error) < 0) {
		mem_free(report);
		control_call_fail(call, &error);
		return;
	}
	report->back = control_back(call->control, answered);
	report->context = call;
	report->cancel = &call->cancel;
	report->arena = arena_new(0);
	if (store_report_send(call->control->options.store, &report))
		return;
	free_report(&report);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many reports wait; try again");
	control_call_fail(call, &error);
}
