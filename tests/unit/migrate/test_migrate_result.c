/* What became of mail by each way, and when the direct one is worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "base/rand.h"
#include "migrate/migrate_result.h"

static void
test_rule(void **state)
{
	static const struct {
		const char *name;
		struct migrate_result direct, old;
		enum { ALIKE, WORSE } is;
		uint32_t waiting;
	} rows[] = {
		{ "nothing yet", { .tried = 0 }, { .tried = 0 }, ALIKE, 0 },
		{ "all well", { .tried = 500 }, { .tried = 2000 }, ALIKE, 0 },
		{ "12 % against 1 %", { .tried = 100, .refused = 12 },
		  { .tried = 400, .refused = 4 }, WORSE, 0 },
		{ "the same, too few directly", { .tried = 49, .refused = 6 },
		  { .tried = 400, .refused = 4 }, ALIKE, 0 },
		{ "the same, too few by the old", { .tried = 100, .refused = 12 },
		  { .tried = 49 }, ALIKE, 0 },
		{ "significant, but a small margin", { .tried = 10000, .refused = 500 },
		  { .tried = 40000, .refused = 400 }, ALIKE, 0 },
		{ "a margin, but by chance", { .tried = 60, .refused = 8 },
		  { .tried = 60, .refused = 3 }, ALIKE, 0 },
		{ "both bad", { .tried = 100, .refused = 40 }, { .tried = 100, .refused = 38 },
		  ALIKE, 0 },
		{ "the old one is worse", { .tried = 100, .refused = 1 },
		  { .tried = 100, .refused = 40 }, ALIKE, 0 },
		{ "plainly refused, early", { .tried = 20, .refused = 10 }, { .tried = 20 },
		  WORSE, 0 },
		{ "plainly refused, too early", { .tried = 19, .refused = 19 }, { .tried = 80 },
		  ALIKE, 0 },
		{ "port 25 is closed", { .tried = 20, .broken = 20 }, { .tried = 80, .broken = 2 },
		  WORSE, 0 },
		{ "broken by both", { .tried = 40, .broken = 40 }, { .tried = 40, .broken = 40 },
		  ALIKE, 0 },
		{ "some servers do not answer", { .tried = 400, .broken = 60 }, { .tried = 400 },
		  ALIKE, 0 },
		{ "one was refused, the others wait for who did", { .tried = 1, .refused = 1 },
		  { .tried = 20 }, WORSE, 19 },
		{ "a few wait", { .tried = 100 }, { .tried = 400 }, ALIKE, 4 },
		{ "many wait", { .tried = 100 }, { .tried = 400 }, WORSE, 20 },
		{ "all refused by both", { .tried = 100, .refused = 100 },
		  { .tried = 100, .refused = 100 }, ALIKE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(migrate_result_is_worse(&rows[i].direct, &rows[i].old,
							 rows[i].waiting, NULL),
				 rows[i].is == WORSE);
	}
}

/* against a table of the normal distribution and a hand calculation */
static void
test_z(void **state)
{
	static const struct {
		uint32_t x, n, y, m;
		double z;
	} rows[] = {
		{ 12, 100, 4, 400, 5.41 }, /* p = 16/500, spread = .01968 */
		{ 30, 200, 10, 200, 3.33 },
		{ 5, 50, 5, 50, 0 },
		{ 0, 50, 0, 50, 0 },
		{ 1, 100, 40, 100, -6.83 },
		{ 0, 0, 3, 10, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct migrate_result direct = { .refused = rows[i].x, .tried = rows[i].n };
		struct migrate_result old = { .refused = rows[i].y, .tried = rows[i].m };

		assert_float_equal(migrate_result_z(&direct, &old), rows[i].z, 0.2);
	}
}

/* Two ways that are alike, asked after each of 5,000 outcomes: it must be rare that one is
 * said to be worse, although it is asked so often. */
static void
test_alike_ways_stay(void **state)
{
	struct rand rand;
	int returned = 0;

	(void)state;
	rand_init(&rand, 20261125);
	for (int run = 0; run < 400; run++) {
		struct migrate_result way[MIGRATE_WAY_COUNT] = { 0 };
		bool is_worse = false;

		for (int i = 0; i < 5000 && !is_worse; i++) {
			enum migrate_way w = rand_below(&rand, 100) < 20 ? MIGRATE_DIRECTLY
									 : MIGRATE_BY_OLD;
			bool is_refused = rand_below(&rand, 100) < 3;

			migrate_result_add(&way[w], is_refused ? MIGRATE_DEFERRED
							       : MIGRATE_DELIVERED,
					   is_refused ? VERDICT_RATE_LIMITED : VERDICT_NONE, true,
					   50);
			is_worse = migrate_result_is_worse(&way[MIGRATE_DIRECTLY],
							   &way[MIGRATE_BY_OLD], 0, NULL);
		}
		returned += is_worse;
	}
	print_message("%d of 400 runs returned without a cause\n", returned);
	assert_in_range(returned, 0, 12);
}

static void
test_counts(void **state)
{
	struct migrate_result r = { 0 };
	struct buf why;

	(void)state;
	migrate_result_add(&r, MIGRATE_DELIVERED, VERDICT_NONE, true, 90);
	migrate_result_add(&r, MIGRATE_DEFERRED, VERDICT_GREYLISTED, true, 0);
	migrate_result_add(&r, MIGRATE_DELIVERED, VERDICT_NONE, false, 60000);
	migrate_result_add(&r, MIGRATE_BOUNCED, VERDICT_MAILBOX_UNKNOWN, true, 0);
	migrate_result_add(&r, MIGRATE_BOUNCED, VERDICT_REPUTATION_BLOCK, true, 0);
	migrate_result_add(&r, MIGRATE_BOUNCED, VERDICT_NETWORK_ERROR, false, 0);
	migrate_result_add(&r, MIGRATE_DEFERRED, VERDICT_NETWORK_ERROR, true, 0);
	assert_int_equal(r.delivered, 2);
	assert_int_equal(r.deferrals, 2);
	assert_int_equal(r.bounced_hard, 1);
	assert_int_equal(r.bounced_refused, 1);
	assert_int_equal(r.bounced_other, 1);
	assert_int_equal(r.tried, 5);
	assert_int_equal(r.refused, 1);
	assert_int_equal(r.broken, 1);
	buf_init(&why, 200);
	assert_true(migrate_result_is_worse(
		&(struct migrate_result){ .tried = 60, .refused = 12 },
		&(struct migrate_result){ .tried = 240, .refused = 1 }, 0, &why));
	assert_string_equal(buf_span(&why).p ? (buf_append(&why, "", 1), buf_data(&why)) : "",
			    "12 of 60 (20.0 %) first attempts refused directly, "
			    "1 of 240 (0.4 %) by the old system");
	buf_deinit(&why);
}

static void
test_times(void **state)
{
	struct migrate_result r = { 0 }, again = { 0 };
	struct buf text;

	(void)state;
	assert_int_equal(migrate_result_time(&r, 0.5), -1);
	for (int i = 1; i <= 1000; i++)
		migrate_result_add(&r, MIGRATE_DELIVERED, VERDICT_NONE, true, i * 100);
	assert_in_range((uint64_t)migrate_result_time(&r, 0.5), 40000, 60000);
	assert_in_range((uint64_t)migrate_result_time(&r, 0.95), 80000, 112000);
	migrate_result_add(&r, MIGRATE_DELIVERED, VERDICT_NONE, true, INT64_MAX);
	migrate_result_add(&r, MIGRATE_DELIVERED, VERDICT_NONE, true, -5); /* a clock put back */
	buf_init(&text, MIGRATE_TIMES_TEXT_SIZE);
	migrate_result_write_times(&r, &text);
	migrate_result_read_times(&again, buf_span(&text));
	assert_memory_equal(r.time, again.time, sizeof r.time);
	buf_deinit(&text);
	memset(&again, 0, sizeof again);
	migrate_result_read_times(&again, span_of("96:1 -1:2 x 3: :4 5:99999999999 7:8 :"));
	assert_int_equal(again.time[7], 8);
	again.time[7] = 0;
	for (int i = 0; i < MIGRATE_TIMES; i++)
		assert_int_equal(again.time[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_z),
		cmocka_unit_test(test_alike_ways_stay),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
