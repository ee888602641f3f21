/* What is usual for a credential, and what is not: rows of a life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "tripwire/tripwire_baseline.h"

#define START ((int64_t)1798675200000) /* 2026-12-31 00:00:00 UTC */
#define HOUR ((int64_t)3600000)
#define BIT(breach) (1U << TRIPWIRE_##breach)

/* live - n recipients from there in the hour at; returns what was said of any. */
static unsigned
live(struct tripwire_baseline *b, int64_t at, unsigned n, const char *network, const char *from)
{
	unsigned breaches = 0;

	for (unsigned i = 0; i < n; i++)
		breaches |= tripwire_baseline_accepted(b, span_of(network), span_of(from),
		                                       START + at + i);
	return breaches;
}

static struct tripwire_baseline *
learned(void)
{
	struct tripwire_baseline *b = tripwire_baseline_new();

	for (int hour = 0; hour < 30; hour++)
		assert_int_equal(live(b, hour * HOUR, 50, "192.0.2.0/24", "shop.example"), 0);
	return b;
}

static void
learns_before_it_judges(void **state)
{
	struct tripwire_baseline *b = tripwire_baseline_new();

	(void)state;
	assert_int_equal(live(b, 0, 5000, "192.0.2.0/24", "shop.example"), 0);
	assert_int_equal(live(b, HOUR, 1, "203.0.113.0/24", "b.example"), 0);
	assert_false(tripwire_baseline_usual(b, START + HOUR).is_learned);
	tripwire_baseline_free(&b);

	b = tripwire_baseline_new(); /* a day, but of three messages */
	live(b, 0, 3, "192.0.2.0/24", "shop.example");
	assert_int_equal(live(b, 30 * HOUR, 1, "203.0.113.0/24", "b.example"), 0);
	tripwire_baseline_free(&b);
}

static const struct {
	const char *name;
	int64_t at;
	unsigned n;
	const char *network, *from;
	unsigned said;
} rows[] = {
	{ "as ever", 30 * HOUR, 50, "192.0.2.0/24", "shop.example", 0 },
	{ "three times the busiest", 30 * HOUR, 150, "192.0.2.0/24", "shop.example", 0 },
	{ "more than that", 30 * HOUR, 151, "192.0.2.0/24", "shop.example", BIT(VOLUME) },
	{ "another network", 30 * HOUR, 1, "203.0.113.0/24", "shop.example", BIT(NETWORK) },
	{ "another From", 30 * HOUR, 1, "192.0.2.0/24", "b.example", BIT(FROM) },
	{ "a thief", 30 * HOUR, 500, "203.0.113.0/24", "b.example",
	  BIT(VOLUME) | BIT(NETWORK) | BIT(FROM) },
	{ "no network known", 30 * HOUR, 1, "", "shop.example", 0 },
};

static void
says_what_is_unusual(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tripwire_baseline *b = learned();
		unsigned said = live(b, rows[i].at, rows[i].n, rows[i].network, rows[i].from);

		if (said != rows[i].said)
			fail_msg("%s: %#x", rows[i].name, said);
		tripwire_baseline_free(&b);
	}
}

static void
a_value_is_new_once_and_again_after_a_month(void **state)
{
	struct tripwire_baseline *b = learned();

	(void)state;
	assert_int_equal(live(b, 30 * HOUR, 1, "203.0.113.0/24", "shop.example"), BIT(NETWORK));
	assert_int_equal(live(b, 30 * HOUR, 9, "203.0.113.0/24", "shop.example"), 0);
	assert_int_equal(live(b, 33 * 24 * HOUR, 1, "203.0.113.0/24", "shop.example"),
	                 BIT(NETWORK) | BIT(FROM));
	tripwire_baseline_free(&b);
}

static void
who_roams_has_no_usual_network(void **state)
{
	struct tripwire_baseline *b = learned();
	char network[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		unsigned said;

		snprintf(network, sizeof network, "10.0.%d.0/24", i);
		said = live(b, 30 * HOUR + i, 1, network, "shop.example");
		if (i >= TRIPWIRE_VARIOUS)
			assert_int_equal(said, 0);
	}
	tripwire_baseline_free(&b);
}

static unsigned
bounce(struct tripwire_baseline *b, int64_t at, unsigned n)
{
	unsigned said = 0;

	for (unsigned i = 0; i < n; i++)
		said |= tripwire_baseline_outcome(b, TRIPWIRE_BOUNCED, START + at);
	return said;
}

static void
bounces_count_beside_what_is_usual(void **state)
{
	struct tripwire_baseline *b = learned();

	(void)state;
	live(b, 30 * HOUR, 100, "192.0.2.0/24", "shop.example");
	assert_int_equal(bounce(b, 30 * HOUR, 19), 0); /* few */
	assert_int_equal(bounce(b, 30 * HOUR, 1), BIT(BOUNCES));
	tripwire_baseline_free(&b);

	b = learned(); /* one of whose mail a fifth bounces ever so */
	for (int hour = 0; hour < 30; hour++)
		assert_int_equal(bounce(b, hour * HOUR, 10), 0);
	live(b, 30 * HOUR, 100, "192.0.2.0/24", "shop.example");
	assert_int_equal(bounce(b, 30 * HOUR, 30), 0);
	tripwire_baseline_free(&b);
}

static void
complaints_are_rare(void **state)
{
	struct tripwire_baseline *b = learned();

	(void)state;
	assert_int_equal(tripwire_baseline_outcome(b, TRIPWIRE_COMPLAINED, START + 30 * HOUR), 0);
	assert_int_equal(tripwire_baseline_outcome(b, TRIPWIRE_COMPLAINED, START + 30 * HOUR), 0);
	assert_int_equal(tripwire_baseline_outcome(b, TRIPWIRE_COMPLAINED, START + 30 * HOUR),
	                 BIT(COMPLAINTS));
	tripwire_baseline_free(&b);
}

static void
what_was_learned_is_kept(void **state)
{
	struct tripwire_baseline *b = learned(), *read = tripwire_baseline_new();
	struct tripwire_usual usual;
	struct buf text, again;
	struct err err;

	(void)state;
	bounce(b, 29 * HOUR, 3);
	buf_init(&text, TRIPWIRE_STATE_MAX_BYTES);
	buf_init(&again, TRIPWIRE_STATE_MAX_BYTES);
	tripwire_baseline_write(b, &text);
	assert_int_equal(tripwire_baseline_read(read, buf_span(&text), &err), 0);
	tripwire_baseline_write(read, &again);
	assert_int_equal(text.len, again.len);
	assert_memory_equal(buf_data(&text), buf_data(&again), text.len);
	usual = tripwire_baseline_usual(read, START + 30 * HOUR);
	assert_true(usual.is_learned);
	assert_int_equal(usual.busiest_hour, 50);
	assert_int_equal(usual.recipients, 1500);
	assert_int_equal(live(read, 30 * HOUR, 1, "203.0.113.0/24", "shop.example"),
	                 BIT(NETWORK));
	buf_deinit(&text);
	buf_deinit(&again);
	tripwire_baseline_free(&b);
	tripwire_baseline_free(&read);
}

static void
what_cannot_be_read_is_learned_anew(void **state)
{
	static const char *const texts[] = { "x", "1", "1 5", "1 5 6 7", "h 1 2 3", "h 0 1 1 1",
		                             "h 1 2 3 4 5", "h 1 2 3 99999999999", "n 5", "n 5 ",
		                             "n x 10.0.0.0/24", "1 1 1\n\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct tripwire_baseline *b = learned();
		struct err err;

		if (tripwire_baseline_read(b, span_of(texts[i]), &err) == 0)
			fail_msg("%s", texts[i]);
		assert_int_equal(tripwire_baseline_usual(b, START).recipients, 0);
		tripwire_baseline_free(&b);
	}
}

static void
a_day_is_counted_by_hours(void **state)
{
	struct tripwire_baseline *b = tripwire_baseline_new();
	struct tripwire_usual usual;

	(void)state;
	live(b, 0, 7, "192.0.2.0/24", "shop.example");
	live(b, HOUR, 5, "192.0.2.0/24", "shop.example");
	(void)tripwire_baseline_outcome(b, TRIPWIRE_BOUNCED, START + HOUR);
	usual = tripwire_baseline_usual(b, START + 23 * HOUR);
	assert_int_equal(usual.day_recipients, 12);
	assert_int_equal(usual.day_bounced, 1);
	usual = tripwire_baseline_usual(b, START + 24 * HOUR); /* the first hour is over */
	assert_int_equal(usual.day_recipients, 5);
	usual = tripwire_baseline_usual(b, START + 25 * HOUR);
	assert_int_equal(usual.day_recipients, 0);
	assert_int_equal(usual.day_bounced, 0);
	assert_int_equal(usual.recipients, 12);
	usual = tripwire_baseline_usual(b, START + 7 * 24 * HOUR); /* its place in the ring */
	assert_int_equal(usual.day_recipients, 0);
	tripwire_baseline_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_before_it_judges),
		cmocka_unit_test(says_what_is_unusual),
		cmocka_unit_test(a_value_is_new_once_and_again_after_a_month),
		cmocka_unit_test(who_roams_has_no_usual_network),
		cmocka_unit_test(bounces_count_beside_what_is_usual),
		cmocka_unit_test(complaints_are_rare),
		cmocka_unit_test(a_day_is_counted_by_hours),
		cmocka_unit_test(what_was_learned_is_kept),
		cmocka_unit_test(what_cannot_be_read_is_learned_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
