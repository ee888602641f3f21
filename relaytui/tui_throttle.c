/* tui_throttle.c - see tui_throttle.h. */
#include "tui_data.h"
#include "tui_throttle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

static const struct limit {
	const char *word, *label; /* of the row; of the screen */
	enum tui_throttle_kind kind;
} limits[] = {
	{ "rate", "msgs/s", TUI_THROTTLE_RATE },
	{ "max_connections", "conns", TUI_THROTTLE_CONNECTIONS },
	{ "messages_per_connection", "per conn", TUI_THROTTLE_SESSION },
	{ "pause", "paused", TUI_THROTTLE_STOPPED },
	{ "stop_source", "stopped", TUI_THROTTLE_STOPPED },
	{ "stop_credential", "stopped", TUI_THROTTLE_STOPPED },
	{ "one_connection", "one conn", TUI_THROTTLE_SINGLE },
	{ "backoff", "backoff", TUI_THROTTLE_WAITING },
	{ "unreachable", "no reply", TUI_THROTTLE_WAITING },
};

/* periods of a rate, and how a credential's windows are called */
static const struct period {
	const char *word, *label;
	double sec;
} periods[] = {
	{ "1s", "s", 1 }, { "1m", "m", 60 }, { "1h", "h", 3600 }, { "1d", "d", 86400 },
	{ "hour", "h", 0 }, { "day", "d", 0 }, { "month", "month", 0 },
};
#define RATES 4
#define EXACT 1e-6

#define RECIPIENTS "recipients/"

static double
number_of(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);

	return json_is_number(value) && json_number_value(value) >= 0 ? json_number_value(value)
	                                                              : -1;
}

struct tui_throttle
tui_throttle_read(const json_t *row)
{
	const json_t *set = json_object_get(row, "set");

	return (struct tui_throttle){
		.key = tui_text_of(row, "key"),
		.scope = tui_text_of(row, "scope"),
		.source = tui_text_of(row, "source_address"),
		.credential = tui_text_of(row, "credential"),
		.limit = tui_text_of(row, "limit"),
		.set_by = tui_text_of(row, "set_by"),
		.cause = tui_text_of(row, "cause"),
		.undo = tui_text_of(row, "undo"),
		.cap = number_of(row, "cap"),
		.rule = number_of(row, "rule"),
		.used = number_of(row, "used"),
		.share = number_of(row, "share"),
		.ends_unix_ms = api_json_get_time(row, "ends_at"),
		.resets_unix_ms = api_json_get_time(row, "resets_at"),
		.queued = api_json_get_int(row, "queued", -1),
		.is_active = api_json_get_bool(row, "active"),
		.is_set = json_is_object(set),
		.set_scope = tui_text_of(set, "scope"),
		.set_reason = tui_text_of(set, "reason"),
		.set_value = number_of(set, "value"),
		.set_ends_unix_ms = api_json_get_time(set, "ends_at"),
	};
}

static const struct limit *
limit_of(const struct tui_throttle *throttle)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (strcmp(limits[i].word, throttle->limit) == 0)
			return &limits[i];
	return NULL;
}

enum tui_throttle_kind
tui_throttle_kind_of(const struct tui_throttle *throttle)
{
	const struct limit *limit = limit_of(throttle);

	if (limit)
		return limit->kind;
	return strncmp(throttle->limit, RECIPIENTS, strlen(RECIPIENTS)) == 0
	               ? TUI_THROTTLE_CREDENTIAL : TUI_THROTTLE_STOPPED;
}

double
tui_throttle_allowed(const struct tui_throttle *throttle)
{
	return throttle->is_set ? throttle->set_value : throttle->rule;
}

/* ---- words ----------------------------------------------------------------------- */

void
tui_throttle_scope(const struct tui_throttle *throttle, size_t room,
                   char out[TUI_THROTTLE_TEXT * 8])
{
	const char *colon = strchr(throttle->scope, ':');
	const char *name = colon ? colon + 1 : throttle->scope;
	const char *kind = strncmp(throttle->scope, "cred:", 5) == 0  ? "cred "
	                   : strncmp(throttle->scope, "ip:", 3) == 0 ? "ip "
	                                                             : "";
	size_t size = TUI_THROTTLE_TEXT * 8, used, least = sizeof " …1.2.3";
	int n = snprintf(out, size, "%s%s", kind, name);
	const char *address = throttle->source[0] ? throttle->source : throttle->credential;
	size_t length = strlen(address);

	if (n < 0 || (size_t)n >= size - least || length == 0 || kind[0])
		return;
	used = (size_t)n;
	if (used + 1 + length <= room)
		snprintf(out + used, size - used, " %s", address);
	else if (used + 5 <= room) /* the end of an address tells it from its neighbours */
		snprintf(out + used, size - used, " …%s",
		         address + length - (room - used - 2 < length ? room - used - 2 : length));
}

/* period_of - the shortest in which at least one goes. */
static const struct period *
period_of(double per_second)
{
	size_t i = 0;

	while (i + 1 < RATES && per_second > 0 && per_second * periods[i].sec < 0.995)
		i++;
	return &periods[i];
}

const char *
tui_throttle_limit(const struct tui_throttle *throttle, char out[TUI_THROTTLE_TEXT])
{
	const struct limit *limit = limit_of(throttle);
	const char *window = throttle->limit + strlen(RECIPIENTS);

	if (limit && limit->kind == TUI_THROTTLE_RATE) {
		snprintf(out, TUI_THROTTLE_TEXT, "msgs/%s", period_of(throttle->cap)->label);
	} else if (limit || tui_throttle_kind_of(throttle) != TUI_THROTTLE_CREDENTIAL) {
		snprintf(out, TUI_THROTTLE_TEXT, "%s", limit ? limit->label : throttle->limit);
	} else {
		for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
			if (strcmp(periods[i].word, window) == 0)
				window = periods[i].label;
		snprintf(out, TUI_THROTTLE_TEXT, "rcpt/%s", window);
	}
	return out;
}

static void
short_number(double value, char out[TUI_THROTTLE_TEXT])
{
	if (value < 0)
		snprintf(out, TUI_THROTTLE_TEXT, "-");
	else if (value >= 9999500)
		snprintf(out, TUI_THROTTLE_TEXT, "%.0fM", value / 1e6);
	else if (value >= 9999.5)
		snprintf(out, TUI_THROTTLE_TEXT, "%.0fk", value / 1e3);
	else
		snprintf(out, TUI_THROTTLE_TEXT, "%.4g",
		         value < 100 ? round(value * 10) / 10 : round(value));
}

void
tui_throttle_number(const struct tui_throttle *throttle, double value,
                    char out[TUI_THROTTLE_TEXT])
{
	if (tui_throttle_kind_of(throttle) == TUI_THROTTLE_RATE && value > 0)
		value *= period_of(throttle->cap)->sec;
	short_number(value, out);
}

void
tui_throttle_value(const struct tui_throttle *throttle, double value,
                   char out[TUI_THROTTLE_TEXT])
{
	size_t i = 0;

	if (tui_throttle_kind_of(throttle) != TUI_THROTTLE_RATE) {
		snprintf(out, TUI_THROTTLE_TEXT, "%.0f", value);
		return;
	}
	/* a whole number of a period, as it was given: rows have rates to six digits */
	while (i + 1 < RATES && fabs(value * periods[i].sec - round(value * periods[i].sec))
	                                > periods[i].sec * EXACT)
		i++;
	snprintf(out, TUI_THROTTLE_TEXT, "%.0f/%s", fmax(1, round(value * periods[i].sec)),
	         periods[i].label);
}

void
tui_throttle_pace(const struct tui_throttle *throttle, double value,
                  char out[TUI_THROTTLE_TEXT])
{
	const struct period *period = period_of(value);
	char number[TUI_THROTTLE_TEXT], limit[TUI_THROTTLE_TEXT];

	if (value < 0) {
		snprintf(out, TUI_THROTTLE_TEXT, "no limit");
		return;
	}
	short_number(tui_throttle_kind_of(throttle) == TUI_THROTTLE_RATE ? value * period->sec
	                                                                 : value, number);
	if (tui_throttle_kind_of(throttle) == TUI_THROTTLE_RATE)
		snprintf(out, TUI_THROTTLE_TEXT, "%.20s/%s", number, period->label);
	else
		snprintf(out, TUI_THROTTLE_TEXT, "%.20s %.20s", number,
		         tui_throttle_limit(throttle, limit));
}

void
tui_throttle_ends(int64_t unix_ms, int64_t now_unix_ms, char out[TUI_THROTTLE_TEXT])
{
	char at[API_FORMAT_SIZE];

	if (unix_ms == 0) {
		snprintf(out, TUI_THROTTLE_TEXT, "-");
	} else if (api_format_is_same_day(unix_ms, now_unix_ms, false)) {
		api_format_clock(unix_ms, false, false, at);
		snprintf(out, TUI_THROTTLE_TEXT, "until %.5s", at);
	} else {
		units_format_duration(unix_ms > now_unix_ms ? unix_ms - now_unix_ms : 0, at);
		snprintf(out, TUI_THROTTLE_TEXT, "for %.40s", at);
	}
}
