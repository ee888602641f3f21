/* Options of a credential: what is taken, what is refused, what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "account/account_option.h"
#include "base/mem.h"

#define NOW ((int64_t)1798718400000) /* 2026-12-31 12:00:00 UTC */

static int
set(const char *given, struct store_credential *row, struct arena *arena, const char **did_out,
    struct err *err)
{
	return account_option_set(given, row, NOW, arena, did_out, err);
}

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
	{ "label", "env=production", "env: none -> production", { .env = "production" } },
	{ "networks", "source=192.0.2.0/24,2001:db8::1", "source: any -> 192.0.2.0/24,2001:db8::1",
	  { .networks = "192.0.2.0/24\n2001:db8::1\n" } },
	{ "anywhere", "source=any", "source: any -> any", { .networks = "" } },
	{ "one protocol", "protocols=smtp", "protocols: all -> smtp", { .protocols = 1 } },
	{ "both", "protocols=smtp,api", "protocols: all -> smtp,api", { .protocols = 3 } },
	{ "rate", "rate=50/s", "rate: none -> 50/s", { .rate_count = 50, .rate_period_ms = 1000 } },
	{ "rate in words", "rate=7/day", "rate: none -> 7/d",
	  { .rate_count = 7, .rate_period_ms = 86400000 } },
	{ "odd period", "rate=20/10m", "rate: none -> 20/10m",
	  { .rate_count = 20, .rate_period_ms = 600000 } },
	{ "no rate", "rate=none", "rate: none -> none", { .rate_count = 0 } },
	{ "quota", "quota=200/month", "quota: none -> 200/month", { .quota_month = 200 } },
	{ "two quotas", "quota=200/month,50/day", "quota: none -> 50/day,200/month",
	  { .quota_month = 200, .quota_day = 50 } },
	{ "recipients", "recipients=5", "recipients: none -> 5", { .recipients_max = 5 } },
	{ "size", "size=10M", "size: none -> 10M", { .size_max_bytes = 10 << 20 } },
	{ "odd size", "size=1000", "size: none -> 1000", { .size_max_bytes = 1000 } },
	{ "end", "expires=1d", "expires: never -> 2027-01-01T12:00:00.000Z",
	  { .expires_unix_ms = NOW + 86400000 } },
	{ "date", "expires=2027-01-02", "expires: never -> 2027-01-02T00:00:00.000Z",
	  { .expires_unix_ms = NOW + 86400000 + 43200000 } },
	{ "no end", "expires=never", "expires: never -> never", { .expires_unix_ms = 0 } },
};

static void
assert_text(const char *is, const char *wanted)
{
	if (wanted == NULL)
		assert_null(is);
	else
		assert_string_equal(is, wanted);
}

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

		assert_int_equal(set(taken[i].given, &row, arena, &did, &err), 0);
		assert_string_equal(did, taken[i].did);
		assert_int_equal(row.is_bulk, after->is_bulk);
		assert_int_equal(row.mutes_notices, after->mutes_notices);
		assert_int_equal(row.refuses_suppressed, after->refuses_suppressed);
		assert_int_equal(row.may_send_null, after->may_send_null);
		assert_int_equal(row.fix_bare_line_ends, after->fix_bare_line_ends);
		assert_text(row.pool, after->pool);
		assert_text(row.env, after->env);
		assert_text(row.networks, after->networks);
		assert_int_equal(row.protocols, after->protocols);
		assert_int_equal(row.rate_count, after->rate_count);
		assert_int_equal(row.rate_period_ms, after->rate_period_ms);
		assert_int_equal(row.quota_day, after->quota_day);
		assert_int_equal(row.quota_month, after->quota_month);
		assert_int_equal(row.recipients_max, after->recipients_max);
		assert_int_equal(row.size_max_bytes, after->size_max_bytes);
		assert_int_equal(row.expires_unix_ms, after->expires_unix_ms);
		arena_free(&arena);
	}
}

static const struct refused {
	const char *given, *says;
} refused[] = {
	{ "speed=5", "there is no option \"speed\": `relaycli help credential limit` lists them" },
	{ "", "no option \"\"" },
	{ "bulk", "bulk= has no value: no or yes" },
	{ "source=", "source= has no value; to be without: source=any" },
	{ "protocols=", "to be without: protocols=all" },
	{ "env=", "to be without: env=none" },
	{ "quota=", "to be without: quota=none" },
	{ "tripwire=", "tripwire= has no value: off, warn, slow or hold" },
	{ "source=none", "is no address: try 192.0.2.0/24; from everywhere is source=any" },
	{ "bulk=maybe", "bulk is no or yes" },
	{ "suppressed=yes", "suppressed is record or refuse" },
	{ "pool=two words", "pool is one word" },
	{ "pool=\x7f", "pool is one word" },
	{ "pool=0123456789012345678901234567890123456789012345678901234567890123456789",
	  "pool has at most 64 bytes" },
	{ "rate=fast", "is not a rate" },
	{ "rate=5/month", "a month's is quota" },
	{ "rate=5/10ms", "a month's is quota" },
	{ "quota=5/h", "faster is rate" },
	{ "quota=5/day,,", "is not a rate" },
	{ "quota=0/day", "out of range" },
	{ "recipients=0", "recipients is 1 to 1000000, or none" },
	{ "recipients=1000001", "recipients is 1 to 1000000, or none" },
	{ "size=0", "a size like 10M, or none" },
	{ "size=big", "is not a size" },
	{ "source=192.0.2.7/24", "bits set behind" },
	{ "source=here", "is no address" },
	{ "protocols=ftp", "smtp, api, both, or all" },
	{ "expires=yesterday", "a date like 2027-01-31" },
	{ "expires=2020-01-01", "is not in the future" },
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

		assert_int_equal(set(refused[i].given, &row, arena, &did, &err), -1);
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
