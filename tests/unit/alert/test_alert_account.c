/* What is said of credentials: quotas, ends, old secrets. alert_say is played here. */
#include <stdarg.h>
#include <stdio.h>
#include "../account/account_kit.h"

#include "alert/alert_account.h"

#define DAY_MS 86400000LL

static struct {
	char key[128], text[400];
	enum alert_level level;
} said[8];
static size_t saids;

void
alert_say(struct alert_round *round, enum alert_level level, const char *key, const char *fmt, ...)
{
	va_list args;

	(void)round;
	assert_true(saids < sizeof said / sizeof said[0]);
	snprintf(said[saids].key, sizeof said[saids].key, "%s", key);
	va_start(args, fmt);
	vsnprintf(said[saids].text, sizeof said[saids].text, fmt, args);
	va_end(args);
	said[saids++].level = level;
}

static const struct row {
	const char *name;
	struct store_credential credential;
	int64_t secret_days, secret_age_days; /* its age, and the oldest it should be */
	const char *key, *text;               /* NULL: nothing is said */
	enum alert_level level;
} rows[] = {
	{ .name = "nothing" },
	{ .name = "under 80 percent",
	  .credential = { .quota_day = 100, .used = { .day_used = 79 } } },
	{ .name = "80 percent",
	  .credential = { .quota_day = 100, .used = { .day_used = 80 } },
	  .key = "quota:shop:day",
	  .text = "credential shop has used 80 of its 100 recipients a day; "
	          "it opens again at 2025-11-25T00:00Z" },
	{ .name = "used up",
	  .credential = { .quota_month = 100, .used = { .month_used = 100 } },
	  .key = "quota:shop:month",
	  .text = "credential shop has used up its quota, 100 recipients a month",
	  .level = ALERT_ERROR },
	{ .name = "used up and revoked",
	  .credential = { .quota_month = 100, .used = { .month_used = 100 },
	                  .is_revoked = true } },
	{ .name = "of another day",
	  .credential = { .quota_day = 1, .used = { .day = 1, .day_used = 1 } } },
	{ .name = "ends in eight days",
	  .credential = { .expires_unix_ms = KIT_NOW_MS + 8 * DAY_MS } },
	{ .name = "ends in six days",
	  .credential = { .expires_unix_ms = KIT_NOW_MS + 6 * DAY_MS },
	  .key = "expiry:shop",
	  .text = "credential shop expires on 2025-11-30" },
	{ .name = "ended",
	  .credential = { .expires_unix_ms = KIT_NOW_MS - DAY_MS },
	  .key = "expiry:shop",
	  .text = "credential shop expired on 2025-11-23",
	  .level = ALERT_ERROR },
	{ .name = "young", .secret_days = 364, .secret_age_days = 365 },
	{ .name = "old",
	  .secret_days = 366,
	  .secret_age_days = 365,
	  .key = "secret:shop",
	  .text = "the password of credential shop is from 2024-11-23: relaycli "
	          "credential rotate shop" },
	{ .name = "old, and nobody wants to know", .secret_days = 366, .secret_age_days = 0 },
};

static struct account_snapshot *
picture(const struct row *row)
{
	const struct account_limits none = { 0 };
	struct account_rows *kept = account_rows_new();
	struct store_change change = { .kind = STORE_PUT_CREDENTIAL,
		                       .row.credential = row->credential };
	struct store_credential *c = &change.row.credential;
	struct store_change secret = { .kind = STORE_PUT_SECRET };
	struct account_snapshot *snapshot;

	c->id = 7;
	c->name = "shop";
	if (c->used.day == 0)
		c->used.day = account_window_number(&none, ACCOUNT_DAY, KIT_NOW_MS);
	c->used.month = account_window_number(&none, ACCOUNT_MONTH, KIT_NOW_MS);
	assert_int_equal(account_rows_apply(kept, &change, NULL), 0);
	secret.row.secret = (struct store_secret){
		.id = 8, .credential_id = 7, .label = "k1",
		.created_unix_ms = KIT_NOW_MS - row->secret_days * DAY_MS
	};
	assert_int_equal(account_rows_apply(kept, &secret, NULL), 0);
	snapshot = account_rows_build(kept, 1);
	account_rows_free(&kept);
	return snapshot;
}

static void
says_what_somebody_should_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct account_snapshot *snapshot = picture(&rows[i]);

		saids = 0;
		alert_account_say(NULL, snapshot, rows[i].secret_age_days * DAY_MS, KIT_NOW_MS);
		account_snapshot_unref(&snapshot);
		if (saids != (rows[i].key != NULL))
			fail_msg("%s: %zu said", rows[i].name, saids);
		if (saids == 0)
			continue;
		assert_string_equal(said[0].key, rows[i].key);
		assert_memory_equal(said[0].text, rows[i].text, strlen(rows[i].text));
		assert_int_equal(said[0].level, rows[i].level);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_somebody_should_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
