/* Options of a credential: what is taken, what is refused, what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "account/account_option.h"
#include "base/mem.h"

static const struct taken {
	const char *name, *given, *did;
	struct store_credential after;
} taken[] = {
	{ "bulk", "bulk=yes", "bulk: no -> yes", { .is_bulk = true } },
	{ "as it was", "bulk=no", "bulk: no -> no", { .is_bulk = false } },
	{ "notices off", "notices=no", "notices: yes -> no", { .mutes_notices = true } },
	{ "refuse", "suppressed=refuse", "suppressed: record -> refuse",
	  { .refuses_suppressed = true } },
	{ "null sender", "null-sender=yes", "null-sender: no -> yes", { .may_send_null = true } },
	{ "line ends", "fix-line-ends=yes", "fix-line-ends: no -> yes",
	  { .fix_bare_line_ends = true } },
	{ "pool", "pool=news", "pool: default -> news", { .pool = "news" } },
	{ "no pool", "pool=default", "pool: default -> default", { .pool = "" } },
};

static void
sets_what_it_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		struct store_credential row = { 0 };
		const struct store_credential *after = &taken[i].after;
		struct arena *arena = arena_new(0);
		const char *did = NULL;
		struct err err;

		assert_int_equal(account_option_set(taken[i].given, &row, arena, &did, &err), 0);
		assert_string_equal(did, taken[i].did);
		assert_int_equal(row.is_bulk, after->is_bulk);
		assert_int_equal(row.mutes_notices, after->mutes_notices);
		assert_int_equal(row.refuses_suppressed, after->refuses_suppressed);
		assert_int_equal(row.may_send_null, after->may_send_null);
		assert_int_equal(row.fix_bare_line_ends, after->fix_bare_line_ends);
		if (after->pool != NULL)
			assert_string_equal(row.pool, after->pool);
		else
			assert_null(row.pool);
		arena_free(&arena);
	}
}

static const struct refused {
	const char *given, *says;
} refused[] = {
	{ "speed=5", "there is no option \"speed\"; there are bulk, pool, notices" },
	{ "", "there is no option \"\"" },
	{ "bulk", "bulk is no or yes" },
	{ "bulk=maybe", "bulk is no or yes" },
	{ "suppressed=yes", "suppressed is record or refuse" },
	{ "pool=two words", "pool is one word" },
	{ "pool=\x7f", "pool is one word" },
	{ "pool=0123456789012345678901234567890123456789012345678901234567890123456789",
	  "pool has at most 64 bytes" },
};

static void
refuses_what_it_does_not_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct store_credential row = { 0 };
		struct arena *arena = arena_new(0);
		const char *did;
		struct err err;

		assert_int_equal(account_option_set(refused[i].given, &row, arena, &did, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, refused[i].says));
		assert_false(row.is_bulk || row.refuses_suppressed || row.pool);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_what_it_names),
		cmocka_unit_test(refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
