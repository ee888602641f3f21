/* clock.c - reading the clocks; UTC dates by arithmetic. Any thread.
 *
 * The calendar is computed here (days from civil, proleptic Gregorian) rather
 * than by gmtime_r/strftime: no locale, no time zone file, and pure enough for
 * a table of tests. */
#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "must.h"

#define DAY_MS INT64_C(86400000)
#define FIRST_UNIX_MS INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define LAST_UNIX_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

struct civil {
	unsigned year, month, day; /* month, day from 1 */
	unsigned hour, minute, second, ms;
	unsigned weekday; /* 0: Sunday */
};

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	must(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t
clock_unix_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

/* Years are counted from March, so that the leap day is the last of its year;
 * 719468 is the number of days from 0000-03-01 to 1970-01-01. */
static int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year =
		(153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static void
set_date(struct civil *c, int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	c->day = doy - (153 * mp + 2) / 5 + 1;
	c->month = mp < 10 ? mp + 3 : mp - 9;
	c->year = (unsigned)((int64_t)yoe + era * 400 + (c->month <= 2));
	c->weekday = (unsigned)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* to_civil - times outside the years 0..9999 are shown as the nearest inside. */
static struct civil
to_civil(int64_t unix_ms)
{
	struct civil c = { 0 };
	int64_t days, rest;

	if (unix_ms < FIRST_UNIX_MS)
		unix_ms = FIRST_UNIX_MS;
	if (unix_ms > LAST_UNIX_MS)
		unix_ms = LAST_UNIX_MS;
	days = (unix_ms - FIRST_UNIX_MS) / DAY_MS + FIRST_UNIX_MS / DAY_MS;
	rest = unix_ms - days * DAY_MS;
	set_date(&c, days);
	c.hour = (unsigned)(rest / 3600000);
	c.minute = (unsigned)(rest / 60000 % 60);
	c.second = (unsigned)(rest / 1000 % 60);
	c.ms = (unsigned)(rest % 1000);
	return c;
}

/* digits - write value as exactly n digits; returns the place behind them. */
static char *
digits(char *to, unsigned value, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		to[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return to + n;
}

static char *
date(char *to, const struct civil *c)
{
	to = digits(to, c->year, 4);
	*to++ = '-';
	to = digits(to, c->month, 2);
	*to++ = '-';
	return digits(to, c->day, 2);
}

static char *
time_of_day(char *to, const struct civil *c)
{
	to = digits(to, c->hour, 2);
	*to++ = ':';
	to = digits(to, c->minute, 2);
	*to++ = ':';
	return digits(to, c->second, 2);
}

void
clock_format_rfc3339(int64_t unix_ms, char out[CLOCK_RFC3339_SIZE])
{
	struct civil c = to_civil(unix_ms);
	char *to = date(out, &c);

	*to++ = 'T';
	to = time_of_day(to, &c);
	*to++ = '.';
	to = digits(to, c.ms, 3);
	memcpy(to, "Z", 2);
}

void
clock_format_rfc5322(int64_t unix_ms, char out[CLOCK_RFC5322_SIZE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = to_civil(unix_ms);
	char *to = out;

	memcpy(to, days + 3 * (size_t)c.weekday, 3);
	memcpy(to + 3, ", ", 2);
	to = digits(to + 5, c.day, 2);
	*to++ = ' ';
	memcpy(to, months + 3 * (size_t)(c.month - 1), 3);
	to[3] = ' ';
	to = digits(to + 4, c.year, 4);
	*to++ = ' ';
	to = time_of_day(to, &c);
	memcpy(to, " +0000", 7);
}

void
clock_format_day(int64_t unix_ms, char out[CLOCK_DAY_SIZE])
{
	struct civil c = to_civil(unix_ms);

	*date(out, &c) = '\0';
}

/* take_digits - exactly n digits off the front of s. */
static bool
take_digits(struct span *s, int n, unsigned *value_out)
{
	unsigned value = 0;

	if (s->n < (size_t)n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s->p[i] - '0');
	}
	s->p += n;
	s->n -= (size_t)n;
	*value_out = value;
	return true;
}

static bool
take_any(struct span *s, const char *one_of)
{
	if (s->n == 0 || s->p[0] == '\0' || strchr(one_of, s->p[0]) == NULL)
		return false;
	s->p++;
	s->n--;
	return true;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
take_date(struct span *s, int64_t *days_out)
{
	unsigned year, month, day;

	if (!take_digits(s, 4, &year) || !take_any(s, "-") || !take_digits(s, 2, &month) ||
	    !take_any(s, "-") || !take_digits(s, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*days_out = days_from_civil(year, month, day);
	return true;
}

/* take_fraction - ".5" is 500 ms; digits below a millisecond are cut off. */
static bool
take_fraction(struct span *s, unsigned *ms_out)
{
	unsigned ms = 0, digit, scale = 100;

	*ms_out = 0;
	if (!take_any(s, "."))
		return true;
	if (!take_digits(s, 1, &digit))
		return false;
	do {
		ms += digit * scale;
		scale /= 10;
	} while (take_digits(s, 1, &digit));
	*ms_out = ms;
	return true;
}

/* Second 60 is a leap second: the same instant as the next minute's 0 here. */
static bool
take_time(struct span *s, int64_t *ms_out)
{
	unsigned hour, minute, second, ms;

	if (!take_digits(s, 2, &hour) || !take_any(s, ":") || !take_digits(s, 2, &minute) ||
	    !take_any(s, ":") || !take_digits(s, 2, &second) || !take_fraction(s, &ms))
		return false;
	*ms_out = (((int64_t)hour * 60 + minute) * 60 + second) * 1000 + ms;
	return hour <= 23 && minute <= 59 && second <= 60;
}

static bool
take_offset(struct span *s, int64_t *ms_out)
{
	unsigned hour, minute;
	bool minus = s->n > 0 && s->p[0] == '-';

	*ms_out = 0;
	if (take_any(s, "Zz"))
		return true;
	if (!take_any(s, "+-") || !take_digits(s, 2, &hour) || !take_any(s, ":") ||
	    !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms_out = ((int64_t)hour * 60 + minute) * 60000 * (minus ? -1 : 1);
	return true;
}

int
clock_parse_rfc3339(struct span text, int64_t *unix_ms_out, struct err *err)
{
	struct span rest = text;
	int64_t days, time_ms = 0, offset_ms = 0;
	bool ok = take_date(&rest, &days);

	if (ok && rest.n > 0)
		ok = take_any(&rest, "Tt ") && take_time(&rest, &time_ms) &&
		     take_offset(&rest, &offset_ms) && rest.n == 0;
	if (!ok)
		return err_set(err, ERR_INPUT, 0,
			       "\"%.*s\" is not a time: write 2026-11-23T14:02:11Z, "
			       "2026-11-23T15:02:11+01:00 or 2026-11-23",
			       (int)(text.n < 40 ? text.n : 40), text.n ? text.p : "");
	*unix_ms_out = days * DAY_MS + time_ms - offset_ms;
	return 0;
}
