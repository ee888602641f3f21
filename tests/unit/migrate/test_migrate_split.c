/* Which way a message goes: the share is kept, and a message keeps its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/id.h"
#include "migrate/migrate_split.h"

#define IDS 10000

/* as relays make them: bursts within a millisecond, and messages alone */
static void
make_ids(uint64_t id[IDS], int per_ms)
{
	struct id_gen gen;

	id_gen_init(&gen, 3, 1, 0);
	for (int i = 0; i < IDS; i++)
		id[i] = id_gen_next(&gen, 1795600000000 + i / per_ms * (per_ms > 1 ? 1 : 37));
}

static int
count_direct(const uint64_t id[IDS], uint32_t percent)
{
	int direct = 0;

	for (int i = 0; i < IDS; i++)
		direct += migrate_split_is_direct(id[i], percent);
	return direct;
}

static void
test_share(void **state)
{
	static const uint32_t percents[] = { 0, 1, 5, 20, 50, 80, 99, 100 };
	static const int per_ms[] = { 1, 7, 500 };
	static uint64_t id[IDS];

	(void)state;
	for (size_t k = 0; k < sizeof per_ms / sizeof *per_ms; k++) {
		make_ids(id, per_ms[k]);
		for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
			int expected = (int)percents[i] * IDS / 100;
			int least = expected > 200 ? expected - 200 : 0;
			int direct = count_direct(id, percents[i]);

			/* four standard deviations of a fair draw, at most 200 of 10,000 */
			if (expected == 0 || expected == IDS)
				assert_int_equal(direct, expected);
			else
				assert_in_range(direct, least, expected + 200);
			print_message("%d ids a ms, %u %%: %d of %d\n", per_ms[k], percents[i],
				      direct, IDS);
		}
	}
}

/* Raising the share takes nobody's way back; the ends are everybody and nobody. */
static void
test_shares_are_nested(void **state)
{
	static uint64_t id[IDS];

	(void)state;
	make_ids(id, 7);
	for (int i = 0; i < IDS; i++) {
		bool was = false;

		assert_false(migrate_split_is_direct(id[i], 0));
		assert_true(migrate_split_is_direct(id[i], 100));
		for (uint32_t percent = 0; percent <= 100; percent++) {
			bool is = migrate_split_is_direct(id[i], percent);

			assert_true(is || !was);
			was = is;
		}
	}
}

/* Kept over releases: mail that waits during an update keeps its way. */
static void
test_way_is_fixed(void **state)
{
	static const struct {
		uint64_t id;
		uint32_t first; /* percent at which it goes directly */
	} rows[] = { { 0, 1 }, { 1, 5 }, { 0x069a1c3f2b400401, 5 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_false(migrate_split_is_direct(rows[i].id, rows[i].first - 1));
		assert_true(migrate_split_is_direct(rows[i].id, rows[i].first));
	}
}

static void
test_stages(void **state)
{
	enum migrate_stage stage;

	(void)state;
	for (int i = 0; i < MIGRATE_STAGE_COUNT; i++) {
		assert_true(migrate_stage_parse(
			span_of(migrate_stage_name((enum migrate_stage)i)), &stage));
		assert_int_equal(stage, i);
	}
	assert_false(migrate_stage_parse(span_of("Old"), &stage));
	assert_false(migrate_stage_parse(span_of(""), &stage));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_shares_are_nested),
		cmocka_unit_test(test_way_is_fixed),
		cmocka_unit_test(test_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
