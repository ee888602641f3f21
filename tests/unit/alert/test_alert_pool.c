/* What is said of source addresses: too idle to stay warm, frozen. The scheduler's answer
 * and alert_say are played here. */
#include <stdarg.h>
#include <stdio.h>
#include "../account/account_kit.h"

#include "alert/alert_pool.h"
#include "base/clock.h"
#include "loop/mailbox.h"

#define DAY_MS 86400000LL
#define A "192.0.2.1"
#define B "192.0.2.2"

static struct {
	char key[160], text[400];
} said[8];
static size_t saids, keeps;

void
alert_say(struct alert_round *round, enum alert_level level, const char *key, const char *fmt, ...)
{
	va_list args;

	(void)round;
	assert_int_equal(level, ALERT_WARNING);
	assert_true(saids < sizeof said / sizeof said[0]);
	snprintf(said[saids].key, sizeof said[saids].key, "%s", key);
	va_start(args, fmt);
	vsnprintf(said[saids++].text, sizeof said[0].text, fmt, args);
	va_end(args);
}

void
alert_keep(struct alert_round *round, const char *prefix)
{
	(void)round, (void)prefix;
	keeps++;
}

static const struct schedule_warmup_row *played;
static size_t played_rows;
static const struct schedule_source_row *played_source;
static size_t played_sources;

bool
schedule_ask_send(struct schedule *schedule, struct schedule_ask **ask)
{
	struct schedule_ask *asked = *ask;

	(void)schedule;
	assert_int_equal(asked->act, SCHEDULE_LIST_SOURCES);
	asked->warmup = arena_copy(asked->arena, played, played_rows * sizeof *played);
	asked->warmups = played_rows;
	asked->source = arena_copy(asked->arena, played_source,
	                           played_sources * sizeof *played_source);
	asked->rows = played_sources;
	*ask = NULL;
	mailbox_answer(&asked->back, &asked->item);
	return true;
}

static struct loop *loop;
static struct loop_timer poll;
static const struct alert_ask *watched;
static const struct config *config;
static const struct account_snapshot *accounts;

static void
look(void *arg)
{
	(void)arg;
	keeps = saids = 0;
	alert_pool_say(watched, config, accounts, NULL);
	if (keeps == 0)
		loop_stop(loop);
	else
		loop_timer_set(&poll, 1);
}

/* ---- the table ---------------------------------------------------------------------------- */

static const struct row {
	const char *name, *overflow_of_other;
	const char *pool_of_second;            /* another credential's */
	struct schedule_warmup_row warmup[2];
	struct schedule_source_row source[2];  /* of pool news: A, and B if it is here */
	const char *key, *text;                /* NULL: nothing is said */
} rows[] = {
	{ .name = "never used" },
	{ .name = "busy",
	  .warmup = { { .address = A, .provider = "google", .mean = 600, .first_unix_ms = 1 },
	              { .address = A, .provider = "others", .mean = 400, .first_unix_ms = 1 } } },
	{ .name = "idle",
	  .warmup = { { .address = A, .provider = "google", .mean = 600, .first_unix_ms = 1 },
	              { .address = A, .provider = "others", .mean = 20, .first_unix_ms = 1 } },
	  .key = "idle:" A,
	  .text = "pool news: " A " is too idle to stay warm, about 620 recipients a day" },
	{ .name = "another address is busy",
	  .warmup = { { .address = A, .provider = "google", .mean = 1, .first_unix_ms = 1 },
	              { .address = B, .provider = "google", .mean = 5000, .first_unix_ms = 1 } },
	  .key = "idle:" A, .text = "about 1 recipients" },
	{ .name = "shared by two", .pool_of_second = "news",
	  .warmup = { { .address = A, .provider = "google", .mean = 1, .first_unix_ms = 1 } } },
	{ .name = "somebody's overflow", .overflow_of_other = "news",
	  .warmup = { { .address = A, .provider = "google", .mean = 1, .first_unix_ms = 1 } } },
	{ .name = "sends", .source = { { .address = A }, { .address = B } } },
	{ .name = "off, another steps in",
	  .source = { { .address = A, .off.by = "ana" }, { .address = B } },
	  .key = "off:news:" A,
	  .text = "pool news: " A " is switched off by ana: " B " steps in; relaycli pool ip on "
	          A },
	{ .name = "off, nothing is left", .source = { { .address = A, .off.by = "ana" } },
	  .key = "off:news:" A, .text = "ana: nothing steps in, its mail waits; relaycli" },
	{ .name = "missing, another steps in",
	  .source = { { .address = A, .is_missing = true }, { .address = B } },
	  .key = "missing:news:" A,
	  .text = "pool news: " A " is not an address of this host: " B " steps in" },
	{ .name = "frozen",
	  .warmup = { { .address = B, .provider = "google", .state = "frozen",
	                .why = "9 of 100 refused" } },
	  .key = "warmup:" B " google",
	  .text = "warm-up of " B " with google is frozen: 9 of 100 refused; " },
};

static struct account_snapshot *
picture(const struct row *row)
{
	const char *name[] = { "one", "two" };
	struct account_rows *kept = account_rows_new();
	struct account_snapshot *made;

	for (uint64_t i = 0; i < 2; i++) {
		struct store_change change = { .kind = STORE_PUT_CREDENTIAL };

		change.row.credential = (struct store_credential){
			.id = i + 1, .name = name[i], .from = "@shop.example", .iterations = 4096,
			.pool = i == 0 ? "news" : row->pool_of_second };
		assert_int_equal(account_rows_apply(kept, &change, NULL), 0);
	}
	made = account_rows_build(kept, 1);
	account_rows_free(&kept);
	return made;
}

static void
test_rows(void **state)
{
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		const char *address[] = { A, B };
		struct config_pool pool[] = {
			{ .name = "news", .address = address,
			  .addresses = row->source[1].address ? 2 : 1 },
			{ .name = "other", .overflow = row->overflow_of_other } };
		struct config own = { .pool = pool, .pools = 2 };
		struct account_snapshot *snapshot = picture(row);
		struct schedule_warmup_row warmup[2];
		struct alert_ask *watch;

		memcpy(warmup, row->warmup, sizeof warmup);
		for (played_rows = 0; played_rows < 2 && warmup[played_rows].address; played_rows++)
			if (warmup[played_rows].state == NULL)
				warmup[played_rows].state = "warm";
		played = warmup;
		played_source = row->source;
		played_sources = row->source[0].address ? row->source[1].address ? 2 : 1 : 0;
		config = &own;
		accounts = snapshot;
		loop = loop_new("main", &err);
		watched = watch = alert_ask_new(loop, NULL, SCHEDULE_LIST_SOURCES, 60000, &err);
		assert_non_null(watch);
		loop_timer_init(&poll, loop, look, NULL);
		loop_timer_set(&poll, 0);
		loop_run(loop);
		if (saids != (row->key != NULL))
			fail_msg("%s: %zu said", row->name, saids);
		if (row->key && (strcmp(said[0].key, row->key) != 0
		                 || strstr(said[0].text, row->text) == NULL))
			fail_msg("%s: %s: %s", row->name, said[0].key, said[0].text);
		loop_timer_deinit(&poll);
		alert_ask_free(&watch);
		loop_free(&loop);
		account_snapshot_unref(&snapshot);
	}
}

static void
test_nobody_is_judged_in_his_first_two_weeks(void **state)
{
	const int64_t now = 100 * DAY_MS;

	(void)state;
	assert_false(alert_pool_is_idle(0, 0, now));
	assert_false(alert_pool_is_idle(1, now - 14 * DAY_MS + 1, now));
	assert_true(alert_pool_is_idle(1, now - 14 * DAY_MS, now));
	assert_false(alert_pool_is_idle(ALERT_POOL_BUSY_PER_DAY, now - 14 * DAY_MS, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nobody_is_judged_in_his_first_two_weeks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
