/* api_time.c - see api_time.h. */
#include "api/api_time.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/units.h"

static void
split(int64_t unix_ms, bool is_utc, struct tm *tm)
{
	time_t sec = (time_t)(unix_ms / 1000);

	if (is_utc)
		gmtime_r(&sec, tm);
	else
		localtime_r(&sec, tm);
}

static int64_t
join(struct tm *tm, bool is_utc)
{
	tm->tm_isdst = -1; /* whatever holds at that time */
	return (int64_t)(is_utc ? timegm(tm) : mktime(tm)) * 1000;
}

static bool
take_number(struct span *s, size_t digits, int *out)
{
	*out = 0;
	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*out = *out * 10 + (s->p[i] - '0');
	}
	s->p += digits;
	s->n -= digits;
	return true;
}

static bool
take(struct span *s, const char *one_of)
{
	if (s->n == 0 || !strchr(one_of, s->p[0]))
		return false;
	s->p++;
	s->n--;
	return true;
}

/* take_clock - HH:MM and maybe :SS, to the end. */
static bool
take_clock(struct span *s, struct tm *tm)
{
	if (!take_number(s, 2, &tm->tm_hour) || !take(s, ":") || !take_number(s, 2, &tm->tm_min))
		return false;
	tm->tm_sec = 0;
	if (s->n && (!take(s, ":") || !take_number(s, 2, &tm->tm_sec)))
		return false;
	return s->n == 0 && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

/* take_day - YYYY-MM-DD that is in the calendar. */
static bool
take_day(struct span *s, struct tm *tm)
{
	struct tm is;

	if (!take_number(s, 4, &tm->tm_year) || !take(s, "-") || !take_number(s, 2, &tm->tm_mon) ||
	    !take(s, "-") || !take_number(s, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	is = *tm;
	is.tm_hour = 12;
	(void)timegm(&is); /* turns the 31st of November into the 1st of December */
	return is.tm_mon == tm->tm_mon && is.tm_mday == tm->tm_mday;
}

static bool
parse_day(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out)
{
	bool is_yesterday = span_is(text, "yesterday");
	struct tm tm;

	if (!is_yesterday && !span_is(text, "today"))
		return false;
	split(now_unix_ms, is_utc, &tm);
	tm.tm_mday -= is_yesterday;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	*unix_ms_out = join(&tm, is_utc);
	return true;
}

static bool
parse_clock(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out)
{
	struct tm tm;

	split(now_unix_ms, is_utc, &tm);
	if (!take_clock(&text, &tm))
		return false;
	*unix_ms_out = join(&tm, is_utc);
	return true;
}

static bool
parse_date(struct span text, bool is_utc, int64_t *unix_ms_out)
{
	struct tm tm = { .tm_year = 0 };

	if (!take_day(&text, &tm) || (text.n && (!take(&text, "Tt ") || !take_clock(&text, &tm))))
		return false;
	*unix_ms_out = join(&tm, is_utc);
	return true;
}

int
api_time_parse(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
               struct err *err)
{
	int64_t ago_ms;

	if (units_parse_duration(text, &ago_ms, NULL) == 0) {
		*unix_ms_out = now_unix_ms - ago_ms;
		return 0;
	}
	if (span_is(text, "now")) {
		*unix_ms_out = now_unix_ms;
		return 0;
	}
	if (parse_day(text, now_unix_ms, is_utc, unix_ms_out) ||
	    parse_clock(text, now_unix_ms, is_utc, unix_ms_out) ||
	    parse_date(text, is_utc, unix_ms_out) ||
	    clock_parse_rfc3339(text, unix_ms_out, NULL) == 0)
		return 0;
	return err_set(err, ERR_INPUT, 0,
		       "\"%.*s\" is no time: 90s 15m 7d (ago), today, yesterday, 14:00, "
		       "2026-11-23, 2026-11-23T14:00",
		       (int)(text.n < 40 ? text.n : 40), text.n ? text.p : "");
}

static bool
is_day(struct span text)
{
	int64_t at;

	return span_is(text, "today") || span_is(text, "yesterday") ||
	       (text.n == sizeof "2026-11-23" - 1 && parse_date(text, true, &at));
}

int
api_time_parse_end(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
                   struct err *err)
{
	int64_t ahead_ms;
	struct tm tm;

	if (units_parse_duration(text, &ahead_ms, NULL) == 0) {
		*unix_ms_out = now_unix_ms + ahead_ms;
		return 0;
	}
	if (api_time_parse(text, now_unix_ms, is_utc, unix_ms_out, err) < 0)
		return -1;
	if (is_day(text)) {
		split(*unix_ms_out, is_utc, &tm);
		tm.tm_mday++; /* not 24 hours: there are days of 23 and 25 */
		*unix_ms_out = join(&tm, is_utc) - 1000;
	}
	return 0;
}

void
api_time_format_end(int64_t unix_ms, bool is_utc, char out[API_TIME_END_SIZE])
{
	int64_t end_unix_ms;
	struct tm tm;

	out[0] = '\0';
	if (unix_ms == 0)
		return;
	split(unix_ms, is_utc, &tm);
	(void)strftime(out, API_TIME_END_SIZE, "%Y-%m-%d", &tm);
	if (api_time_parse_end(span_of(out), unix_ms, is_utc, &end_unix_ms, NULL) == 0 &&
	    end_unix_ms / 1000 == unix_ms / 1000)
		return;
	(void)strftime(out, API_TIME_END_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
}

void
api_time_put_utc(api_time_parse_fn *parse, struct span text, int64_t now_unix_ms, bool is_utc,
                 struct buf *out)
{
	int64_t duration_ms, at_unix_ms;
	char utc[CLOCK_RFC3339_SIZE];

	if (units_parse_duration(text, &duration_ms, NULL) == 0 || span_is(text, "now") ||
	    parse(text, now_unix_ms, is_utc, &at_unix_ms, NULL) < 0) {
		(void)buf_append_span(out, text);
		return;
	}
	clock_format_rfc3339(at_unix_ms, utc);
	(void)buf_append_text(out, utc);
}
