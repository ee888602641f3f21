/* When a rotated secret may go: rows of a credential's two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "alert/alert_secret.h"

#define NOW ((int64_t)1798718400000)
#define HOUR ((int64_t)3600000)

static const struct {
	const char *name;
	struct store_secret old, newer;
	bool is_idle;
} rows[] = {
	{ "both in use",
	  { .last_used_unix_ms = NOW - HOUR },
	  { .created_unix_ms = NOW - 48 * HOUR, .last_used_unix_ms = NOW }, false },
	{ "moved over",
	  { .last_used_unix_ms = NOW - 25 * HOUR },
	  { .created_unix_ms = NOW - 48 * HOUR, .last_used_unix_ms = NOW }, true },
	{ "never used", { .last_used_unix_ms = 0 },
	  { .created_unix_ms = NOW - 48 * HOUR, .last_used_unix_ms = NOW }, true },
	{ "the new one is not used yet",
	  { .last_used_unix_ms = NOW - 25 * HOUR },
	  { .created_unix_ms = NOW - 48 * HOUR }, false },
	{ "rotated an hour ago",
	  { .last_used_unix_ms = NOW - 25 * HOUR },
	  { .created_unix_ms = NOW - HOUR, .last_used_unix_ms = NOW }, false },
	{ "ended already",
	  { .last_used_unix_ms = NOW - 25 * HOUR, .ends_unix_ms = NOW - HOUR },
	  { .created_unix_ms = NOW - 48 * HOUR, .last_used_unix_ms = NOW }, false },
	{ "of another credential",
	  { .last_used_unix_ms = NOW - 25 * HOUR },
	  { .credential_id = 2, .created_unix_ms = NOW - 48 * HOUR, .last_used_unix_ms = NOW },
	  false },
};

static void
knows_when_it_may_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct store_secret secret[] = { rows[i].old, rows[i].newer };
		struct store_secret_list uses = { .secret = secret, .count = 2 };

		secret[0].credential_id = 1;
		if (secret[1].credential_id == 0)
			secret[1].credential_id = 1;
		secret[0].created_unix_ms = NOW - 1000 * HOUR;
		if (alert_secret_is_idle(&uses, 0, NOW) != rows[i].is_idle)
			fail_msg("%s", rows[i].name);
		assert_false(alert_secret_is_idle(&uses, 1, NOW)); /* nothing newer */
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_when_it_may_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
