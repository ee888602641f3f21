/* control_throttle_row.c - see control_throttle.h. */
#include "control/control_throttle.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/units.h"

#define NAME_MAX_BYTES 300
#define TOLD_SHARE 0.5 /* a credential's limit is worth telling from here */

/* One message an hour is 0.000278 a second, and not nothing. */
json_t *
control_throttle_number(double value)
{
	double digits = value > 0 && value < 1 ? 1e6 : 1e3;

	return value > 0 ? json_real(round(value * digits) / digits) : json_null();
}

/* put_numbers - share: used of cap, at most 1. cap 0: none. */
static void
put_numbers(json_t *one, double cap, double rule, double used)
{
	double share = cap > 0 ? used / cap : 0;

	api_json_put(one, "cap", control_throttle_number(cap));
	api_json_put(one, "rule", control_throttle_number(rule));
	api_json_put(one, "used", json_real(round(used * 1000) / 1000));
	if (cap > 0)
		api_json_put(one, "share", json_real(share < 1 ? round(share * 1000) / 1000 : 1));
	else
		api_json_put_null(one, "share");
}

static void
put_nothing(json_t *one, const char *const *keys)
{
	for (; *keys; keys++)
		api_json_put_null(one, *keys);
}

/* ---- limits of sites ------------------------------------------------------------------- */

static json_t *
set_json(const struct schedule_throttle_row *row)
{
	json_t *one = json_object();

	api_json_put_text(one, "scope", row->set_scope);
	api_json_put(one, "value", control_throttle_number(row->set_value));
	api_json_put_text(one, "by", row->set_who);
	api_json_put_text(one, "reason", row->set_reason);
	api_json_put_time(one, "ends_at", row->set_until_unix_ms);
	return one;
}

json_t *
control_throttle_limit(const struct schedule_throttle_row *row, struct arena *arena)
{
	const char *limit = schedule_quantity_name(row->quantity);
	json_t *one = json_object();

	api_json_put_text(one, "scope", row->scope);
	api_json_put_text(one, "source_address", row->source_address);
	api_json_put_null(one, "credential");
	api_json_put_text(one, "limit", limit);
	put_numbers(one, row->cap, row->by_rule, row->used);
	if (row->quantity == SCHEDULE_SESSION) /* each connection counts its own */
		api_json_put_null(one, "share");
	api_json_put_text(one, "set_by", row->set_by);
	api_json_put_text(one, "cause", row->cause);
	api_json_put_time(one, "ends_at", row->until_unix_ms);
	api_json_put_null(one, "resets_at");
	api_json_put(one, "set", row->set_scope ? set_json(row) : json_null());
	api_json_put_int(one, "queued", row->queued);
	api_json_put_text(one, "undo",
	                  row->set_scope ? arena_printf(arena, "relaycli throttle clear %s %s",
	                                                row->set_scope, limit)
	                                 : NULL);
	api_json_put_bool(one, "active", row->is_active);
	return one;
}

/* ---- stops ------------------------------------------------------------------------------- */

json_t *
control_throttle_stop(const struct schedule_stop_row *row, struct arena *arena)
{
	static const char *const none[] = { "cap", "rule", "used", "resets_at", "set", "queued",
		                            NULL };
	json_t *one = json_object();

	api_json_put_text(one, "scope", row->scope);
	api_json_put_text(one, "source_address", row->source_address);
	api_json_put_text(one, "credential", row->credential);
	api_json_put_text(one, "limit", schedule_stop_name(row->kind));
	put_nothing(one, none);
	api_json_put(one, "share", json_real(1)); /* nothing more goes: first among the used up */
	api_json_put_text(one, "set_by",
	                  row->rule ? arena_printf(arena, "rule %s", row->rule) : "auto");
	api_json_put_text(one, "cause", row->cause);
	api_json_put_time(one, "ends_at", row->until_unix_ms);
	api_json_put_text(one, "undo",
	                  row->undo ? arena_printf(arena, "relaycli %s", row->undo) : NULL);
	api_json_put_bool(one, "active", true);
	return one;
}

/* ---- limits of credentials ---------------------------------------------------------------- */

/* limit_name - "recipients/day"; a rate by its own period: "recipients/10m" */
static void
limit_name(const struct account_limits *limits, enum account_window window, char *out, size_t size)
{
	char period[UNITS_TEXT_SIZE];

	units_format_duration(limits->rate.period_ms, period);
	(void)snprintf(out, size, "recipients/%s",
	               window == ACCOUNT_RATE ? period : account_window_name(window));
}

static json_t *
window_row(const struct account_credential *credential, enum account_window window, bool is_active)
{
	static const char *const none[] = { "source_address", "ends_at", "set", "queued", "undo",
		                            NULL };
	const struct account_limits *limits = &credential->limits;
	bool is_slowed = window == ACCOUNT_HOUR;
	int64_t now = clock_unix_ms();
	char text[NAME_MAX_BYTES], limit[UNITS_TEXT_SIZE + sizeof "recipients/"];
	json_t *one = json_object();

	(void)snprintf(text, sizeof text, "cred:%s", credential->name);
	limit_name(limits, window, limit, sizeof limit);
	api_json_put_text(one, "scope", text);
	api_json_put_text(one, "credential", credential->name);
	api_json_put_text(one, "limit", limit);
	put_numbers(one, account_meter_limit(credential->meter, limits, window),
	            account_limit_of(limits, window),
	            account_meter_used(credential->meter, limits, window, now));
	put_nothing(one, none);
	api_json_put_text(one, "set_by", is_slowed ? "auto" : "credential");
	api_json_put_text(one, "cause", is_slowed ? "more than is usual for it: slowed to that"
	                                          : NULL);
	api_json_put_time(one, "resets_at", account_window_end(limits, window, now));
	api_json_put_bool(one, "active", is_active);
	return one;
}

size_t
control_throttle_credential(json_t *items, const struct account_credential *credential,
                            bool wants_all)
{
	const struct account_limits *limits = &credential->limits;
	int64_t now = clock_unix_ms();
	size_t count = 0;

	if (credential->is_revoked)
		return 0;
	for (int w = 0; w < ACCOUNT_WINDOW_COUNT; w++) {
		uint32_t cap = account_meter_limit(credential->meter, limits, w);
		uint32_t used = account_meter_used(credential->meter, limits, w, now);
		bool is_active = w == ACCOUNT_HOUR || (double)used >= TOLD_SHARE * (double)cap;

		if (cap == 0)
			continue;
		count++;
		if (is_active || wants_all)
			json_array_append_new(items, window_row(credential, w, is_active));
	}
	return count;
}
