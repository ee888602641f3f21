/* units.c - reading and writing durations, sizes, rates and counts. Pure. */
#include "units.h"

#include <stdbool.h>
#include <stdio.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define DURATION_MAX_MS (3653 * DAY_MS) /* ten years */
#define SHOWN 40 /* bytes of a refused text that are repeated */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "ms", 1 },         { "s", SECOND_MS }, { "m", MINUTE_MS },
	{ "h", HOUR_MS },    { "d", DAY_MS },    { "w", 7 * DAY_MS },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
};

/* A month is 30 days: a limit's window, not a page of the calendar. */
static const struct unit periods[] = {
	{ "s", SECOND_MS },      { "second", SECOND_MS }, { "m", MINUTE_MS },
	{ "minute", MINUTE_MS }, { "h", HOUR_MS },        { "hour", HOUR_MS },
	{ "d", DAY_MS },         { "day", DAY_MS },       { "month", 30 * DAY_MS },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* factor_of - unit letters are read in any case; 0: no such unit. */
static uint64_t
factor_of(const struct unit *table, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_is_nocase(name, table[i].name))
			return table[i].factor;
	return 0;
}

/* take_number - digits off the front of s into value_out. */
static bool
take_number(struct span *s, uint64_t *value_out)
{
	unsigned long long value;
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (!span_to_u64((struct span){ s->p, n }, &value))
		return false;
	s->p += n;
	s->n -= n;
	*value_out = value;
	return true;
}

static int
refuse(struct err *err, struct span text, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "\"%.*s\" %s",
	               (int)(text.n < SHOWN ? text.n : SHOWN), text.n ? text.p : "", why);
}

int
units_parse_duration(struct span text, int64_t *ms_out, struct err *err)
{
	struct span rest = text;
	uint64_t number, factor = 0;

	if (take_number(&rest, &number))
		factor = factor_of(durations, COUNT(durations), rest);
	if (factor == 0)
		return refuse(err, text, "is not a duration: write a number and one of "
		                         "ms s m h d w, like 90s or 15m");
	if (number > (uint64_t)DURATION_MAX_MS / factor)
		return refuse(err, text, "is too long: ten years (3653d) at most");
	*ms_out = (int64_t)(number * factor);
	return 0;
}

int
units_parse_size(struct span text, uint64_t *bytes_out, struct err *err)
{
	struct span rest = text;
	uint64_t number, factor = 0;

	if (take_number(&rest, &number))
		factor = factor_of(sizes, COUNT(sizes), rest);
	if (factor == 0)
		return refuse(err, text, "is not a size: write a number of bytes, or one "
		                         "with K, M or G, like 25M");
	if (number > (uint64_t)INT64_MAX / factor)
		return refuse(err, text, "is too large");
	*bytes_out = number * factor;
	return 0;
}

int
units_parse_rate(struct span text, struct units_rate *rate_out, struct err *err)
{
	struct span period, number_text = span_cut(text, '/', &period);
	unsigned long long number;
	uint64_t factor = factor_of(periods, COUNT(periods), period);

	struct err unused;
	int64_t ms;

	if (factor == 0 && units_parse_duration(period, &ms, &unused) == 0 && ms > 0
	    && ms <= UINT32_MAX)
		factor = (uint64_t)ms;
	if (factor == 0 || !span_to_u64(number_text, &number))
		return refuse(err, text, "is not a rate: write a number and /s /m /h /d or "
		                         "/month, like 50/s or 1000/h");
	if (number == 0 || number > UINT32_MAX)
		return refuse(err, text, "is out of range: 1 to 4294967295 per period");
	*rate_out = (struct units_rate){ (uint32_t)number, (uint32_t)factor };
	return 0;
}

/* two_units - "3h02m", or "3h" when the smaller part is 0. */
static void
two_units(uint64_t big, char big_name, uint64_t small, char small_name,
          char out[UNITS_TEXT_SIZE])
{
	if (small == 0)
		snprintf(out, UNITS_TEXT_SIZE, "%llu%c", (unsigned long long)big, big_name);
	else
		snprintf(out, UNITS_TEXT_SIZE, "%llu%c%02u%c", (unsigned long long)big, big_name,
		         (unsigned)small, small_name);
}

void
units_format_duration(int64_t ms, char out[UNITS_TEXT_SIZE])
{
	uint64_t t = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	char text[UNITS_TEXT_SIZE];

	if (t >= DAY_MS)
		two_units(t / DAY_MS, 'd', t % DAY_MS / HOUR_MS, 'h', text);
	else if (t >= HOUR_MS)
		two_units(t / HOUR_MS, 'h', t % HOUR_MS / MINUTE_MS, 'm', text);
	else if (t >= MINUTE_MS)
		two_units(t / MINUTE_MS, 'm', t % MINUTE_MS / SECOND_MS, 's', text);
	else if (t >= 10 * SECOND_MS || (t >= SECOND_MS && t % SECOND_MS < 100))
		snprintf(text, sizeof text, "%us", (unsigned)(t / SECOND_MS));
	else if (t >= SECOND_MS)
		snprintf(text, sizeof text, "%u.%us", (unsigned)(t / SECOND_MS),
		         (unsigned)(t % SECOND_MS / 100));
	else
		snprintf(text, sizeof text, "%ums", (unsigned)t);
	snprintf(out, UNITS_TEXT_SIZE, "%s%.*s", ms < 0 ? "-" : "", UNITS_TEXT_SIZE - 2, text);
}

void
units_format_size(uint64_t bytes, char out[UNITS_TEXT_SIZE])
{
	static const char names[] = "KMGTPE";
	size_t unit = 0;
	uint64_t tenths, scaled = bytes;

	if (bytes < 1024) {
		snprintf(out, UNITS_TEXT_SIZE, "%u", (unsigned)bytes);
		return;
	}
	while (scaled >= 1024 * 1024 && unit + 2 < sizeof names) {
		scaled >>= 10;
		unit++;
	}
	tenths = scaled * 10 / 1024; /* cut, never "1024.0K" */
	snprintf(out, UNITS_TEXT_SIZE, "%u.%u%c", (unsigned)(tenths / 10),
	         (unsigned)(tenths % 10), names[unit]);
}

void
units_format_count(uint64_t count, char out[UNITS_TEXT_SIZE])
{
	char plain[UNITS_TEXT_SIZE];
	int n = snprintf(plain, sizeof plain, "%llu", (unsigned long long)count);
	char *to = out;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = plain[i];
	}
	*to = '\0';
}

const char *
units_format_noun(int64_t count, const char *noun, char out[UNITS_NOUN_SIZE])
{
	char text[UNITS_TEXT_SIZE];

	units_format_count(count > 0 ? (uint64_t)count : 0, text);
	(void)snprintf(out, UNITS_NOUN_SIZE, "%s %.30s%s", text, noun, count == 1 ? "" : "s");
	return out;
}
