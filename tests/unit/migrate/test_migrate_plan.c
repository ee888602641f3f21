/* The order in which credentials are moved, their next steps, what those need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "migrate/migrate_plan.h"

#define STREAM .is_staged = true, .stage = MIGRATE_OLD

static void
test_order(void **state)
{
	static const struct migrate_stream in_order[] = {
		{ .credential = "quiet", STREAM, .per_day = 0 },
		{ .credential = "reset", STREAM, .per_day = 130 },
		{ .credential = "shop", STREAM, .per_day = 129 },
		{ .credential = "news", STREAM, .per_day = 128, .is_bulk = true },
		{ .credential = "orders", STREAM, .per_day = 4000 },
		{ .credential = "api", .per_day = 1 },
		{ .credential = "done", .is_staged = true, .stage = MIGRATE_MOVED, .per_day = 9 },
	};
	const int count = sizeof in_order / sizeof *in_order;

	(void)state;
	for (int i = 0; i < count; i++)
		for (int k = 0; k < count; k++) {
			int order = migrate_plan_order(&in_order[i], &in_order[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
}

static void
test_next(void **state)
{
	static const struct {
		uint32_t percent, returned, next;
	} rows[] = { { 0, 0, 5 },  { 5, 0, 20 },   { 7, 0, 20 },  { 20, 0, 50 },
		     { 50, 0, 100 }, { 100, 0, 100 }, { 0, 20, 10 }, { 0, 1, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct migrate_stream stream = { .percent = rows[i].percent,
						 .returned_percent = rows[i].returned };

		assert_int_equal(migrate_plan_next(&stream), rows[i].next);
	}
}

static size_t
count_missing(const struct migrate_stream *stream, const char *words)
{
	size_t count = 0, found = 0;
	struct buf text;

	for (;; count++) {
		bool is_one;

		buf_init(&text, 200);
		is_one = migrate_plan_missing(stream, count, &text);
		(void)buf_append(&text, "", 1);
		found += is_one && words && strstr(buf_data(&text), words) != NULL;
		buf_deinit(&text);
		if (!is_one)
			break;
	}
	assert_int_equal(found, words != NULL);
	return count;
}

static void
test_missing(void **state)
{
	struct migrate_stream stream = { .credential = "shop", STREAM };

	(void)state;
	assert_int_equal(count_missing(&stream, NULL), 0); /* to begin a trial: nothing */
	stream.stage = MIGRATE_TRIAL;
	stream.percent = 5;
	stream.direct.tried = 49;
	assert_int_equal(count_missing(&stream, "50 first attempts directly; it has 49"), 4);
	assert_int_equal(count_missing(&stream, "proof that DKIM passes: relaycli migrate evidence "
						"shop FILE"), 4);
	stream.direct.tried = 50;
	for (int i = 0; i < MIGRATE_METHOD_COUNT; i++)
		stream.evidence[i].passed = 1;
	assert_int_equal(count_missing(&stream, NULL), 0);
	stream.evidence[MIGRATE_DKIM].failed = 2;
	assert_int_equal(count_missing(&stream, "DKIM that passes"), 1);
	stream.percent = 0;
	stream.returned_percent = 20;
	assert_int_equal(count_missing(&stream, "return from 20 %"), 1);
	stream.stage = MIGRATE_MOVED;
	assert_int_equal(count_missing(&stream, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
