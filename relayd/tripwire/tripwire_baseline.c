/* tripwire_baseline.c - see tripwire_baseline.h. */
#include "tripwire/tripwire_baseline.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

#define HOUR_MS 3600000
#define DAY_MS (24LL * HOUR_MS)
#define HOURS (7 * 24)
#define DAY_HOURS 24
#define VALUES_MAX 64              /* the one not seen for the longest goes first */
#define VALUE_SIZE 80
#define FORGOTTEN_DAYS 30

struct hour {
	uint32_t number;           /* since 1970; 0: none */
	uint32_t recipients, bounced, complained;
};

struct value {
	uint32_t day;              /* last seen, since 1970 */
	char text[VALUE_SIZE];
};

struct values {
	struct value value[VALUES_MAX];
	uint32_t count;
};

struct tripwire_baseline {
	int64_t first_unix_ms;     /* of all it ever saw */
	uint64_t total;            /* recipients, ever */
	struct hour hour[HOURS];   /* by number modulo HOURS */
	struct values network, from;
};

const char *
tripwire_breach_name(enum tripwire_breach breach)
{
	static const char *const names[] = { "volume", "network", "from", "bounces",
		                             "complaints" };

	must(breach < TRIPWIRE_BREACH_COUNT);
	return names[breach];
}

struct tripwire_baseline *
tripwire_baseline_new(void)
{
	return mem_zero(1, sizeof(struct tripwire_baseline));
}

void
tripwire_baseline_free(struct tripwire_baseline **baseline)
{
	mem_free(*baseline);
	*baseline = NULL;
}

/* ---- hours ----------------------------------------------------------------------------- */

static uint32_t
number_of(int64_t unix_ms)
{
	return (uint32_t)(unix_ms / HOUR_MS);
}

static struct hour *
hour_at(struct tripwire_baseline *baseline, int64_t now_unix_ms)
{
	uint32_t number = number_of(now_unix_ms);
	struct hour *hour = &baseline->hour[number % HOURS];

	if (hour->number != number)
		*hour = (struct hour){ .number = number };
	return hour;
}

struct sums { /* of the hours before this one, of seven days */
	uint64_t recipients, bounced;
	uint32_t busiest;
};

static struct sums
sum(const struct tripwire_baseline *baseline, int64_t now_unix_ms)
{
	uint32_t now = number_of(now_unix_ms);
	struct sums sums = { 0 };

	for (size_t i = 0; i < HOURS; i++) {
		const struct hour *hour = &baseline->hour[i];

		if (hour->number == 0 || hour->number >= now || now - hour->number >= HOURS)
			continue;
		sums.recipients += hour->recipients;
		sums.bounced += hour->bounced;
		if (hour->recipients > sums.busiest)
			sums.busiest = hour->recipients;
	}
	return sums;
}

static bool
is_learned(const struct tripwire_baseline *baseline, int64_t now_unix_ms)
{
	return baseline->total >= TRIPWIRE_LEARNED_RECIPIENTS
	       && now_unix_ms - baseline->first_unix_ms >= TRIPWIRE_LEARNED_MS;
}

/* ---- values ------------------------------------------------------------------------------ */

static struct value *
find_value(struct values *values, struct span text)
{
	for (uint32_t i = 0; i < values->count; i++)
		if (span_is(text, values->value[i].text))
			return &values->value[i];
	return NULL;
}

static struct value *
oldest_value(struct values *values)
{
	struct value *oldest = &values->value[0];

	for (uint32_t i = 1; i < values->count; i++)
		if (values->value[i].day < oldest->day)
			oldest = &values->value[i];
	return oldest;
}

/* note_value - true: it is new, or was not seen for long. */
static bool
note_value(struct values *values, struct span text, uint32_t day)
{
	struct value *value;
	bool is_new;

	if (text.n == 0 || text.n >= VALUE_SIZE)
		return false;
	value = find_value(values, text);
	is_new = value == NULL || day > value->day + FORGOTTEN_DAYS;
	if (value == NULL) {
		value = values->count < VALUES_MAX ? &values->value[values->count++]
		                                   : oldest_value(values);
		memcpy(value->text, text.p, text.n);
		value->text[text.n] = '\0';
	}
	if (day > value->day || is_new)
		value->day = day;
	return is_new;
}

/* ---- what is said ------------------------------------------------------------------------ */

unsigned
tripwire_baseline_accepted(struct tripwire_baseline *baseline, struct span network,
                           struct span from_domain, int64_t now_unix_ms)
{
	bool may_judge = is_learned(baseline, now_unix_ms);
	uint32_t day = (uint32_t)(now_unix_ms / DAY_MS);
	bool is_roaming = baseline->network.count >= TRIPWIRE_VARIOUS;
	bool is_many = baseline->from.count >= TRIPWIRE_VARIOUS;
	struct hour *hour = hour_at(baseline, now_unix_ms);
	unsigned breaches = 0;
	uint32_t busiest;

	if (baseline->first_unix_ms == 0)
		baseline->first_unix_ms = now_unix_ms;
	baseline->total++;
	hour->recipients++;
	if (note_value(&baseline->network, network, day) && may_judge && !is_roaming)
		breaches |= 1U << TRIPWIRE_NETWORK;
	if (note_value(&baseline->from, from_domain, day) && may_judge && !is_many)
		breaches |= 1U << TRIPWIRE_FROM;
	if (may_judge && hour->recipients > TRIPWIRE_BUSY_MIN) {
		busiest = sum(baseline, now_unix_ms).busiest;
		if (hour->recipients > TRIPWIRE_BUSY_FACTOR * (uint64_t)busiest)
			breaches |= 1U << TRIPWIRE_VOLUME;
	}
	return breaches;
}

/* bounces_much - in this hour, of what it sent, and beside what usually does. */
static bool
bounces_much(const struct tripwire_baseline *baseline, const struct hour *hour,
             int64_t now_unix_ms)
{
	uint64_t sent = hour->recipients > hour->bounced ? hour->recipients : hour->bounced;
	struct sums usual;

	if (hour->bounced < TRIPWIRE_BOUNCED_MIN
	    || 100ULL * hour->bounced <= TRIPWIRE_BOUNCED_PERCENT * sent)
		return false;
	usual = sum(baseline, now_unix_ms);
	return hour->bounced * usual.recipients
	       > TRIPWIRE_BUSY_FACTOR * usual.bounced * sent;
}

unsigned
tripwire_baseline_outcome(struct tripwire_baseline *baseline, enum tripwire_outcome outcome,
                          int64_t now_unix_ms)
{
	struct hour *hour = hour_at(baseline, now_unix_ms);

	if (outcome == TRIPWIRE_COMPLAINED) {
		hour->complained++;
		return is_learned(baseline, now_unix_ms)
		                       && hour->complained >= TRIPWIRE_COMPLAINED_MIN
		               ? 1U << TRIPWIRE_COMPLAINTS : 0;
	}
	hour->bounced++;
	return is_learned(baseline, now_unix_ms) && bounces_much(baseline, hour, now_unix_ms)
	               ? 1U << TRIPWIRE_BOUNCES : 0;
}

/* put_day - the last 24 hours, with this one. */
static void
put_day(const struct tripwire_baseline *baseline, uint32_t now, struct tripwire_usual *usual)
{
	for (uint32_t number = now < DAY_HOURS ? 0 : now - DAY_HOURS + 1; number <= now; number++) {
		const struct hour *hour = &baseline->hour[number % HOURS];

		if (hour->number != number)
			continue;
		usual->day_recipients += hour->recipients;
		usual->day_bounced += hour->bounced;
	}
}

struct tripwire_usual
tripwire_baseline_usual(const struct tripwire_baseline *baseline, int64_t now_unix_ms)
{
	uint32_t number = number_of(now_unix_ms);
	const struct hour *hour = &baseline->hour[number % HOURS];
	struct sums sums = sum(baseline, now_unix_ms);
	struct tripwire_usual usual = {
		.is_learned = is_learned(baseline, now_unix_ms),
		.this_hour = hour->number == number ? hour->recipients : 0,
		.busiest_hour = sums.busiest,
		.networks = baseline->network.count,
		.from_domains = baseline->from.count,
		.recipients = sums.recipients,
	};

	put_day(baseline, number, &usual);
	return usual;
}

/* ---- as text ----------------------------------------------------------------------------- */

static void
write_values(const struct values *values, char letter, struct buf *out)
{
	for (uint32_t i = 0; i < values->count; i++)
		(void)buf_printf(out, "%c %u %s\n", letter, values->value[i].day,
		                 values->value[i].text);
}

void
tripwire_baseline_write(const struct tripwire_baseline *baseline, struct buf *out)
{
	(void)buf_printf(out, "1 %lld %llu\n", (long long)baseline->first_unix_ms,
	                 (unsigned long long)baseline->total);
	for (size_t i = 0; i < HOURS; i++) {
		const struct hour *hour = &baseline->hour[i];

		if (hour->number != 0)
			(void)buf_printf(out, "h %u %u %u %u\n", hour->number, hour->recipients,
			                 hour->bounced, hour->complained);
	}
	write_values(&baseline->network, 'n', out);
	write_values(&baseline->from, 'f', out);
}

/* take_number - the next word of *line. */
static bool
take_number(struct span *line, uint64_t most, uint64_t *number_out)
{
	unsigned long long number;

	if (!span_to_u64(span_cut(*line, ' ', line), &number) || number > most)
		return false;
	*number_out = number;
	return true;
}

static bool
read_hour(struct tripwire_baseline *baseline, struct span line)
{
	uint64_t number[4];

	for (int i = 0; i < 4; i++)
		if (!take_number(&line, UINT32_MAX, &number[i]))
			return false;
	if (number[0] == 0 || line.n > 0)
		return false;
	baseline->hour[number[0] % HOURS] = (struct hour){
		.number = (uint32_t)number[0], .recipients = (uint32_t)number[1],
		.bounced = (uint32_t)number[2], .complained = (uint32_t)number[3]
	};
	return true;
}

static bool
read_value(struct values *values, struct span line)
{
	struct value *value = &values->value[values->count];
	uint64_t day;

	if (values->count == VALUES_MAX || !take_number(&line, UINT32_MAX, &day) || line.n == 0
	    || line.n >= VALUE_SIZE || memchr(line.p, '\0', line.n) != NULL)
		return false;
	values->count++;
	value->day = (uint32_t)day;
	memcpy(value->text, line.p, line.n);
	value->text[line.n] = '\0';
	return true;
}

static bool
read_head(struct tripwire_baseline *baseline, struct span line)
{
	uint64_t first, total;

	if (!take_number(&line, INT64_MAX, &first) || !take_number(&line, UINT64_MAX, &total))
		return false;
	baseline->first_unix_ms = (int64_t)first;
	baseline->total = total;
	return line.n == 0;
}

static bool
read_line(struct tripwire_baseline *baseline, struct span line)
{
	struct span rest, kind = span_cut(line, ' ', &rest);

	if (span_is(kind, "1"))
		return read_head(baseline, rest);
	if (span_is(kind, "h"))
		return read_hour(baseline, rest);
	if (span_is(kind, "n"))
		return read_value(&baseline->network, rest);
	return span_is(kind, "f") && read_value(&baseline->from, rest);
}

int
tripwire_baseline_read(struct tripwire_baseline *baseline, struct span text, struct err *err)
{
	bool is_well = text.n <= TRIPWIRE_STATE_MAX_BYTES;
	struct span rest = text;

	memset(baseline, 0, sizeof *baseline);
	while (rest.n > 0 && is_well)
		is_well = read_line(baseline, span_cut(rest, '\n', &rest));
	if (is_well)
		return 0;
	memset(baseline, 0, sizeof *baseline);
	return err_set(err, ERR_INPUT, 0, "what was learned of it cannot be read: learned anew");
}
