/* api_format.c - see api_format.h. */
#include "api/api_format.h"

#include <stdio.h>
#include <time.h>

#include "base/units.h"

#define DAY_MS (24 * INT64_C(3600000))
#define HALF_A_YEAR_DAYS 183

static void
split_time(int64_t unix_ms, bool utc, struct tm *tm)
{
	/* towards the past, also before 1970 */
	time_t sec = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));

	if (utc)
		gmtime_r(&sec, tm);
	else
		localtime_r(&sec, tm);
}

bool
api_format_is_same_day(int64_t a_unix_ms, int64_t b_unix_ms, bool utc)
{
	struct tm a, b;

	split_time(a_unix_ms, utc, &a);
	split_time(b_unix_ms, utc, &b);
	return a.tm_yday == b.tm_yday && a.tm_year == b.tm_year;
}

void
api_format_time(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE])
{
	struct tm tm, now;

	if (unix_ms == 0) {
		snprintf(out, API_FORMAT_SIZE, "-");
		return;
	}
	split_time(unix_ms, utc, &tm);
	split_time(now_unix_ms, utc, &now);
	if (tm.tm_yday == now.tm_yday && tm.tm_year == now.tm_year)
		strftime(out, API_FORMAT_SIZE, "%H:%M:%S", &tm);
	else if (tm.tm_year == now.tm_year)
		strftime(out, API_FORMAT_SIZE, "%e %b %H:%M", &tm);
	else
		strftime(out, API_FORMAT_SIZE, "%e %b %Y", &tm);
}

void
api_format_day(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE])
{
	int64_t days = (now_unix_ms - unix_ms) / DAY_MS;
	bool is_near = days > -HALF_A_YEAR_DAYS && days < HALF_A_YEAR_DAYS;
	char day[API_FORMAT_SIZE];
	struct tm tm;

	if (unix_ms == 0) {
		snprintf(out, API_FORMAT_SIZE, "-");
		return;
	}
	split_time(unix_ms, utc, &tm);
	if (api_format_is_same_day(unix_ms, now_unix_ms, utc)) {
		strftime(out, API_FORMAT_SIZE, unix_ms > now_unix_ms ? "%H:%M" : "%T", &tm);
		return;
	}
	strftime(day, sizeof day, is_near ? "%e %b" : "%b %Y", &tm);
	snprintf(out, API_FORMAT_SIZE, "%s", day[0] == ' ' ? day + 1 : day);
}

void
api_format_recent(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE])
{
	int64_t days = (now_unix_ms - unix_ms) / DAY_MS;

	if (unix_ms == 0 || unix_ms > now_unix_ms || days >= 7
	    || api_format_is_same_day(unix_ms, now_unix_ms, utc))
		api_format_day(unix_ms, now_unix_ms, utc, out);
	else
		snprintf(out, API_FORMAT_SIZE, "%d d ago", days > 0 ? (int)days : 1);
}

void
api_format_clock(int64_t unix_ms, bool with_ms, bool utc, char out[API_FORMAT_SIZE])
{
	struct tm tm;
	size_t n;

	split_time(unix_ms, utc, &tm);
	n = strftime(out, API_FORMAT_SIZE, "%H:%M:%S", &tm);
	if (with_ms)
		snprintf(out + n, API_FORMAT_SIZE - n, ".%03d",
			 (int)(((unix_ms % 1000) + 1000) % 1000));
}

void
api_format_full(int64_t unix_ms, bool utc, char out[API_FORMAT_SIZE])
{
	struct tm tm;

	if (unix_ms == 0) {
		snprintf(out, API_FORMAT_SIZE, "-");
		return;
	}
	split_time(unix_ms, utc, &tm);
	strftime(out, API_FORMAT_SIZE, utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %Z", &tm);
}

void
api_format_next(int64_t unix_ms, int64_t now_unix_ms, char out[API_FORMAT_SIZE])
{
	char text[UNITS_TEXT_SIZE];

	if (unix_ms == 0) {
		snprintf(out, API_FORMAT_SIZE, "-");
	} else if (unix_ms <= now_unix_ms) {
		snprintf(out, API_FORMAT_SIZE, "now");
	} else {
		/* whole seconds: tenths would flicker; at least one */
		units_format_duration((unix_ms - now_unix_ms + 999) / 1000 * 1000, text);
		snprintf(out, API_FORMAT_SIZE, "in %s", text);
	}
}

void
api_format_age(int64_t unix_ms, int64_t now_unix_ms, char out[API_FORMAT_SIZE])
{
	char text[UNITS_TEXT_SIZE];

	if (unix_ms == 0) {
		snprintf(out, API_FORMAT_SIZE, "-");
		return;
	}
	if (now_unix_ms - unix_ms < 1000) {
		snprintf(out, API_FORMAT_SIZE, "0s");
		return;
	}
	units_format_duration((now_unix_ms - unix_ms) / 1000 * 1000, text);
	snprintf(out, API_FORMAT_SIZE, "%s", text);
}

void
api_format_rate(double per_second, char out[API_FORMAT_SIZE])
{
	bool is_small = per_second > 0 && per_second < 9.95;

	snprintf(out, API_FORMAT_SIZE, is_small ? "%.1f/s" : "%.0f/s", per_second);
}

void
api_format_percent(double percent, char out[API_FORMAT_SIZE])
{
	if (percent < 0)
		snprintf(out, API_FORMAT_SIZE, "-");
	else
		snprintf(out, API_FORMAT_SIZE, percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
}

void
api_format_short(int64_t count, char out[API_FORMAT_SIZE])
{
	static const char units[] = { 'k', 'M', 'G', 'T' };
	double value = (double)count / 1000;
	size_t i = 0;

	if (count < 1000) {
		snprintf(out, API_FORMAT_SIZE, "%d", count > 0 ? (int)count : 0);
		return;
	}
	for (; value >= 999.5 && i + 1 < sizeof units; i++)
		value /= 1000;
	snprintf(out, API_FORMAT_SIZE, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[i]);
}
