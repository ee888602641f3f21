/* cli_report_words.c - the sentences and numbers of a report; see cli_report.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_report.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)

const struct cli_report_kind cli_report_kinds[CLI_REPORT_KINDS] = {
	{ "providers", "providers_others", "provider", "PROVIDER", "By provider" },
	{ "credentials", "credentials_others", "credential", "CREDENTIAL", "By credential" },
	{ "domains", "domains_others", "domain", "SENDING DOMAIN", "By sending domain" },
	{ "recipient_domains", "recipient_domains_others", "recipient_domain",
	  "RECIPIENT DOMAIN", "By recipient domain" },
};

void
cli_report_percent(int64_t part, int64_t whole, char out[CLI_REPORT_SIZE])
{
	int64_t tenths;

	if (whole <= 0) {
		snprintf(out, CLI_REPORT_SIZE, "-");
		return;
	}
	tenths = (int64_t)((double)part * 1000 / (double)whole + 0.5);
	if (tenths > 999 && part < whole)
		tenths = 999;
	if (part <= 0 || part >= whole)
		snprintf(out, CLI_REPORT_SIZE, part <= 0 ? "0 %%" : "100 %%");
	else if (tenths == 0)
		snprintf(out, CLI_REPORT_SIZE, "<0.1 %%");
	else
		snprintf(out, CLI_REPORT_SIZE, "%d.%d %%", (int)(tenths / 10), (int)(tenths % 10));
}

void
cli_report_duration(int64_t ms, char out[CLI_REPORT_SIZE])
{
	char text[UNITS_TEXT_SIZE];

	if (ms < 0)
		snprintf(out, CLI_REPORT_SIZE, "-");
	else if (ms < 1000)
		snprintf(out, CLI_REPORT_SIZE, "%d ms", (int)ms);
	else if (ms < 9950)
		snprintf(out, CLI_REPORT_SIZE, "%d.%d s", (int)((ms + 50) / 1000),
		         (int)((ms + 50) % 1000 / 100));
	else if (ms < 60000)
		snprintf(out, CLI_REPORT_SIZE, "%d s", ms < 59500 ? (int)((ms + 500) / 1000) : 59);
	else {
		units_format_duration(ms, text);
		snprintf(out, CLI_REPORT_SIZE, "%s", text);
	}
}

void
cli_report_share(const json_t *tally, const char *part, char out[CLI_REPORT_SIZE])
{
	cli_report_percent(api_json_get_int(tally, part, 0),
	                   api_json_get_int(tally, "recipients", 0), out);
}

void
cli_report_time(const json_t *tally, const char *percentile, char out[CLI_REPORT_SIZE])
{
	cli_report_duration(api_json_get_int(json_object_get(tally, "time_to_delivery_ms"),
	                                     percentile, -1), out);
}

void
cli_report_label(const struct cli *cli, const json_t *report, const json_t *point,
                 char out[CLI_REPORT_SIZE])
{
	time_t at = (time_t)(api_json_get_time(point, "at") / 1000);
	bool is_hour = api_json_get_int(report, "step_ms", DAY_MS) < DAY_MS;
	struct tm tm;

	if (cli->is_utc)
		gmtime_r(&at, &tm);
	else
		localtime_r(&at, &tm);
	strftime(out, CLI_REPORT_SIZE, is_hour ? "%e %b %H:%M" : "%a %e %b", &tm);
}

/* ---- sentences ----------------------------------------------------------- */

/* say_span - "7 days", "36 hours", "1 hour". */
static const char *
say_span(const json_t *report, char out[UNITS_NOUN_SIZE])
{
	int64_t ms = api_json_get_time(report, "until_at") - api_json_get_time(report, "since_at");

	if (ms >= 3 * DAY_MS || (ms >= DAY_MS && ms % DAY_MS == 0))
		return units_format_noun((ms + DAY_MS / 2) / DAY_MS, "day", out);
	if (ms >= HOUR_MS)
		return units_format_noun((ms + HOUR_MS / 2) / HOUR_MS, "hour", out);
	return units_format_noun((ms + 30000) / 60000, "minute", out);
}

void
cli_report_say_total(const json_t *report, struct buf *out)
{
	const json_t *total = json_object_get(report, "total");
	int64_t recipients = api_json_get_int(total, "recipients", 0);
	char count[UNITS_NOUN_SIZE], span[UNITS_NOUN_SIZE], one[CLI_REPORT_SIZE];

	units_format_noun(recipients, "recipient", count);
	say_span(report, span);
	if (recipients == 0) {
		(void)buf_printf(out, "No mail was accepted in %s.", span);
		return;
	}
	cli_report_share(total, "delivered", one);
	(void)buf_printf(out, "Of %s in %s %s %s delivered", count, span, one,
	                 recipients == 1 ? "was" : "were");
	cli_report_share(total, "bounced", one);
	(void)buf_printf(out, ", %s bounced", one);
	cli_report_share(total, "complained", one);
	(void)buf_printf(out, ", %s complained", one);
	if (api_json_get_int(total, "suppressed", 0) > 0) {
		cli_report_share(total, "suppressed", one);
		(void)buf_printf(out, ", %s suppressed", one);
	}
	if (api_json_get_int(total, "waiting", 0) > 0) {
		cli_report_share(total, "waiting", one);
		(void)buf_printf(out, ", %s still waiting", one);
	}
	if (api_json_get_int(total, "delivered", 0) > 0) {
		cli_report_time(total, "p50", one);
		(void)buf_printf(out, "; half within %s", one);
		cli_report_time(total, "p95", one);
		(void)buf_printf(out, ", 95 %% within %s", one);
	}
	(void)buf_append_text(out, ".");
}

static void
say_volume(int64_t now, int64_t then, struct buf *out)
{
	int64_t more = now > then ? now - then : then - now;
	char percent[CLI_REPORT_SIZE], count[UNITS_NOUN_SIZE];

	units_format_noun(then, "recipient", count);
	if (more == 0) {
		(void)buf_printf(out, "as many recipients");
		return;
	}
	if (more < 10 * then)
		snprintf(percent, sizeof percent, "%.*f %%", 100 * more < 10 * then ? 1 : 0,
		         100.0 * (double)more / (double)then);
	else
		snprintf(percent, sizeof percent, "many");
	(void)buf_printf(out, "%s %s (%s then)", percent, now > then ? "more" : "fewer", count);
}

/* say_part - "delivered 98.1 %, now 98.4 %". */
static void
say_part(const json_t *total, const json_t *before, const char *part, struct buf *out)
{
	char now[CLI_REPORT_SIZE], then[CLI_REPORT_SIZE];

	cli_report_share(total, part, now);
	cli_report_share(before, part, then);
	if (strcmp(now, then) == 0)
		(void)buf_printf(out, "%s %s as before", part, now);
	else
		(void)buf_printf(out, "%s %s after %s", part, now, then);
}

void
cli_report_say_change(const json_t *report, struct buf *out)
{
	const json_t *total = json_object_get(report, "total");
	const json_t *before = json_object_get(report, "before");
	int64_t now = api_json_get_int(total, "recipients", 0);
	int64_t then = api_json_get_int(before, "recipients", 0);
	char span[UNITS_NOUN_SIZE], half[CLI_REPORT_SIZE], half_then[CLI_REPORT_SIZE];

	say_span(report, span);
	if (!json_is_object(before)) {
		(void)buf_printf(out, "There is nothing to compare with: the log does not have "
		                 "the whole of the %s before.", span);
		return;
	}
	if (then == 0) {
		(void)buf_printf(out, "In the %s before there was no mail.", span);
		return;
	}
	(void)buf_printf(out, "Against the %s before: ", span);
	say_volume(now, then, out);
	if (now > 0) {
		(void)buf_append_text(out, "; ");
		say_part(total, before, "delivered", out);
		(void)buf_append_text(out, ", ");
		say_part(total, before, "bounced", out);
		(void)buf_append_text(out, ", ");
		say_part(total, before, "complained", out);
		cli_report_time(total, "p50", half);
		cli_report_time(before, "p50", half_then);
		if (strcmp(half, half_then) != 0)
			(void)buf_printf(out, "; half within %s after %s", half, half_then);
	}
	(void)buf_append_text(out, ".");
}

void
cli_report_say_period(const struct cli *cli, const json_t *report, struct buf *out)
{
	const json_t *total = json_object_get(report, "total");
	char since[API_FORMAT_SIZE], until[API_FORMAT_SIZE], messages[UNITS_NOUN_SIZE];
	char size[UNITS_TEXT_SIZE];

	api_format_full(api_json_get_time(report, "since_at"), cli->is_utc, since);
	api_format_full(api_json_get_time(report, "until_at"), cli->is_utc, until);
	units_format_noun(api_json_get_int(total, "messages", 0), "message", messages);
	units_format_size((uint64_t)api_json_get_int(total, "bytes", 0), size);
	(void)buf_printf(out, "%s to %s: %s, %s to all recipients", since, until, messages,
	                 size);
}

void
cli_report_say_coverage(const struct cli *cli, const json_t *report, struct buf *out)
{
	const json_t *coverage = json_object_get(report, "coverage"), *gap;
	int64_t log_from = api_json_get_time(coverage, "log_from");
	char from[API_FORMAT_SIZE], until[API_FORMAT_SIZE];
	size_t i;

	if (log_from > api_json_get_time(report, "since_at")) {
		api_format_full(log_from, cli->is_utc, from);
		(void)buf_printf(out, "The log begins %s: what was before is not counted. ", from);
	}
	json_array_foreach(json_object_get(coverage, "gaps"), i, gap) {
		const char *why = api_json_get_text(gap, "why");

		api_format_full(api_json_get_time(gap, "from"), cli->is_utc, from);
		api_format_full(api_json_get_time(gap, "until"), cli->is_utc, until);
		(void)buf_printf(out, "Not counted is %s to %s: %.80s. ", from, until,
		                 why ? why : "");
	}
	if (api_json_get_bool(coverage, "complete"))
		(void)buf_printf(out, log_from > api_json_get_time(report, "since_at")
		                              ? "From there on the log is complete."
		                              : "The log has all of it.");
	else if (json_array_size(json_object_get(coverage, "gaps")) == 0)
		(void)buf_printf(out, "Not complete: a day of the log is missing or cannot be "
		                 "read.");
}
