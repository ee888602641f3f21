/* test_rotation_plan.c - each state of a key with everything that the DNS and the queue may say. */
#include "rotation/rotation_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SETTLE 3600000
#define GRACE 604800000
#define GONE STORE_KEY_STATE_COUNT

static void
moves_when_it_may(void **state)
{
	static const struct {
		const char *name;
		struct rotation_facts facts;
		enum store_key_state to;
	} row[] = {
		{ "new, not looked up", { STORE_KEY_NEW, 0, false, DOMAIN_OK, false, 0, 0 },
		  STORE_KEY_NEW },
		{ "new, missing", { STORE_KEY_NEW, GRACE, true, DOMAIN_MISSING, true, 0, 0 },
		  STORE_KEY_NEW },
		{ "new, another's key", { STORE_KEY_NEW, 0, true, DOMAIN_DIFFERENT, 0, 0, 0 },
		  STORE_KEY_NEW },
		{ "new, at some servers", { STORE_KEY_NEW, 0, true, DOMAIN_SPREADING, 0, 0, 0 },
		  STORE_KEY_NEW },
		{ "new, no answer", { STORE_KEY_NEW, 0, true, DOMAIN_UNREADABLE, 0, 0, 0 },
		  STORE_KEY_NEW },
		{ "new, everywhere, however long it waited",
		  { STORE_KEY_NEW, GRACE, true, DOMAIN_OK, 0, SETTLE, 0 }, STORE_KEY_PUBLISHED },
		{ "published, too early",
		  { STORE_KEY_PUBLISHED, SETTLE - 1, true, DOMAIN_OK, 0, SETTLE, 0 },
		  STORE_KEY_PUBLISHED },
		{ "published, the clock went back",
		  { STORE_KEY_PUBLISHED, -SETTLE, true, DOMAIN_OK, 0, SETTLE, 0 },
		  STORE_KEY_PUBLISHED },
		{ "published, long enough",
		  { STORE_KEY_PUBLISHED, SETTLE, true, DOMAIN_OK, 0, SETTLE, 0 },
		  STORE_KEY_ACTIVE },
		{ "published, long enough, not looked up",
		  { STORE_KEY_PUBLISHED, GRACE, false, DOMAIN_OK, 0, SETTLE, 0 },
		  STORE_KEY_PUBLISHED },
		{ "published, no answer now",
		  { STORE_KEY_PUBLISHED, GRACE, true, DOMAIN_UNREADABLE, 0, SETTLE, 0 },
		  STORE_KEY_PUBLISHED },
		{ "published, gone at one server",
		  { STORE_KEY_PUBLISHED, GRACE, true, DOMAIN_SPREADING, 0, SETTLE, 0 },
		  STORE_KEY_NEW },
		{ "published, gone",
		  { STORE_KEY_PUBLISHED, GRACE, true, DOMAIN_MISSING, 0, SETTLE, 0 },
		  STORE_KEY_NEW },
		{ "active, missing", { STORE_KEY_ACTIVE, GRACE, true, DOMAIN_MISSING, true, 0, 0 },
		  STORE_KEY_ACTIVE },
		{ "retired, within grace",
		  { STORE_KEY_RETIRED, GRACE - 1, false, DOMAIN_OK, true, 0, GRACE },
		  STORE_KEY_RETIRED },
		{ "retired, mail of it waits",
		  { STORE_KEY_RETIRED, 10LL * GRACE, false, DOMAIN_OK, false, 0, GRACE },
		  STORE_KEY_RETIRED },
		{ "retired, over", { STORE_KEY_RETIRED, GRACE, false, DOMAIN_OK, true, 0, GRACE },
		  STORE_KEY_UNNEEDED },
		{ "unneeded, there", { STORE_KEY_UNNEEDED, GRACE, true, DOMAIN_OK, true, 0, 0 },
		  STORE_KEY_UNNEEDED },
		{ "unneeded, going", { STORE_KEY_UNNEEDED, 0, true, DOMAIN_SPREADING, true, 0, 0 },
		  STORE_KEY_UNNEEDED },
		{ "unneeded, no answer",
		  { STORE_KEY_UNNEEDED, 0, true, DOMAIN_UNREADABLE, 1, 0, 0 },
		  STORE_KEY_UNNEEDED },
		{ "unneeded, not looked up",
		  { STORE_KEY_UNNEEDED, 0, false, DOMAIN_MISSING, 1, 0, 0 }, STORE_KEY_UNNEEDED },
		{ "unneeded, gone", { STORE_KEY_UNNEEDED, 0, true, DOMAIN_MISSING, true, 0, 0 },
		  GONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (rotation_plan(&row[i].facts) != row[i].to)
			fail_msg("%s: %d", row[i].name, (int)rotation_plan(&row[i].facts));
}

/* Whatever is seen, a key that does not sign yet signs only from PUBLISHED, looked up, OK. */
static void
signs_in_one_case_only(void **state)
{
	(void)state;
	for (int s = 0; s < STORE_KEY_STATE_COUNT; s++)
		for (int seen = 0; seen < DOMAIN_STATE_COUNT; seen++)
			for (int bits = 0; bits < 4; bits++) {
				const struct rotation_facts facts = {
					.state = (enum store_key_state)s,
					.for_ms = GRACE,
					.is_looked_up = bits & 1,
					.seen = (enum domain_state)seen,
					.is_drained = bits & 2,
					.settle_ms = SETTLE,
					.grace_ms = GRACE,
				};
				bool may = s == STORE_KEY_ACTIVE ||
					   (s == STORE_KEY_PUBLISHED && seen == DOMAIN_OK &&
					    (bits & 1));

				assert_int_equal(rotation_plan(&facts) == STORE_KEY_ACTIVE, may);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_when_it_may),
		cmocka_unit_test(signs_in_one_case_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
