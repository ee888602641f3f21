/* Credentials on their way here: which of their mail goes by the smarthost, and what
 * happens to what waits when that changes. */
#include "world.h"
#include "schedule/schedule_migrate.h"

static struct config_route smarthosts[] = { { .pattern = "old", .host = "smtp.old.test" },
					    { .pattern = "older", .host = "smtp.older.test" } };
static struct { /* recipients by way */
	uint32_t direct, old;
} went;

/* the resolver's double answers any domain; a smarthost says that it is one */
static void
say_smarthost(struct world_route *r)
{
	if (strncmp(r->domain, RESOLVE_SMARTHOST, strlen(RESOLVE_SMARTHOST)) == 0)
		r->route.smarthost = r->domain + strlen(RESOLVE_SMARTHOST);
}

static void
count_way(const struct deliver_job *job)
{
	if (job->route->smarthost)
		went.old += (uint32_t)job->recipients;
	else
		went.direct += (uint32_t)job->recipients;
}

static bool
accept_by_way(struct deliver_job *job)
{
	count_way(job);
	answer_all(job, &accepted);
	return true;
}

static bool
defer_direct(struct deliver_job *job)
{
	count_way(job);
	answer_all(job, job->route->smarthost ? &accepted : &greylisted);
	return true;
}

static void
know_credential(const char *name)
{
	struct store_change change = { .kind = STORE_PUT_CREDENTIAL };
	struct account_rows *rows = account_rows_new();
	struct account_snapshot *accounts;

	change.row.credential = (struct store_credential){ .id = credential_number(name),
							   .name = name,
							   .from = "@shop.example",
							   .iterations = 4096 };
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
	accounts = account_rows_build(rows, 2);
	schedule_set_accounts(world.s, accounts);
	account_snapshot_unref(&accounts);
	account_rows_free(&rows);
	world_settle();
}

static int
setup(void **state)
{
	world_setup(state);
	memset(&went, 0, sizeof went);
	world.config.smarthost = smarthosts;
	world.config.smarthosts = 1;
	world.resolve = say_smarthost;
	world.deliver = accept_by_way;
	know_credential("shop");
	return 0;
}

static int
ask_stage(enum migrate_stage stage, int percent, const char *smarthost, char words[160])
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_SET_MIGRATION, .match = "shop", .stage = stage,
		.percent = percent, .smarthost = smarthost, .by = "ana" });
	int result = ask->result;

	if (words)
		copy_text(words, 160, result < 0 ? ask->err.text : "");
	if (result == 0)
		assert_int_equal(ask->migration[0].stage, stage);
	ask_free(&ask);
	return result;
}

static void
set_stage(enum migrate_stage stage, int percent)
{
	assert_int_equal(ask_stage(stage, percent, NULL, NULL), 0);
}

static uint64_t
submit_shop(const char *to)
{
	return world_submit(&(struct letter){ .credential = "shop", .to = { to } });
}

static void
a_share_goes_directly(void **state)
{
	uint32_t direct = 0;

	(void)state;
	set_stage(MIGRATE_TRIAL, 20);
	for (int i = 0; i < 1000; i++)
		direct += migrate_split_is_direct(submit_shop("a@one.example"), 20);
	world_run_finals(1000);
	assert_int_equal(went.direct, direct);
	assert_int_equal(went.direct + went.old, 1000);
	assert_in_range(direct, 150, 250);
}

/* All recipients of a message go one way, whatever their domains. */
static void
a_message_is_not_split(void **state)
{
	(void)state;
	set_stage(MIGRATE_TRIAL, 50);
	for (int i = 0; i < 40; i++) {
		uint32_t direct = went.direct, old = went.old;

		world_submit(&(struct letter){ .credential = "shop",
					       .to = { "a@one.example", "b@two.example",
						       "c@one.example" } });
		world_run_finals(3 * (size_t)(i + 1));
		assert_true(went.direct == direct || went.old == old);
	}
	assert_true(went.direct > 0 && went.old > 0);
}

static void
others_go_directly(void **state)
{
	(void)state;
	set_stage(MIGRATE_OLD, -1);
	world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
	submit_shop("a@one.example");
	world_run_finals(2);
	assert_int_equal(went.direct, 1);
	assert_int_equal(went.old, 1);
}

static void
what_waits_follows_the_stage(void **state)
{
	(void)state;
	world.deliver = defer_direct;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	for (int i = 0; i < 5; i++)
		submit_shop("a@one.example");
	world_wanted = 5;
	world_run(has_deferred);
	set_stage(MIGRATE_OLD, -1);
	assert_int_equal(ask_stage(MIGRATE_OLD, -1, NULL, NULL), 0); /* again: changes nothing */
	for (size_t i = 0; i < world.s->queue_count; i++)
		if (world.s->queue[i]->smarthost) {
			assert_string_equal(world.s->queue[i]->name, "one.example/old");
			assert_string_equal(world.s->queue[i]->domain, "one.example");
			assert_int_equal(world.s->queue[i]->count[SCHEDULE_DEFERRED], 5);
			schedule_queue_flush(world.s, world.s->queue[i]);
		} else {
			assert_true(list_is_empty(&world.s->queue[i]->all));
		}
	world_run_finals(5);
	assert_int_equal(went.old, 5);
}

/* In a job while the stage changes: it is left alone, and its retry goes the new way. */
static void
what_is_under_way_changes_when_it_returns(void **state)
{
	struct deliver_job *job;

	(void)state;
	world.deliver = keep_all;
	submit_shop("a@one.example");
	world_run_kept(1);
	set_stage(MIGRATE_OLD, -1);
	job = world.kept[0];
	world.kept[0] = NULL;
	assert_null(job->route->smarthost);
	world.deliver = accept_by_way;
	answer_all(job, &greylisted);
	world_answer(job);
	world_run_finals(1);
	assert_int_equal(went.old, 1);
	assert_int_equal(went.direct, 0);
}

static void
what_was_stored_counts_from_the_start(void **state)
{
	struct store_queued_recipient r = { .address = "a@one.example", .domain = "one.example" };
	struct store_queued queued = { .id = id_gen_next(&world.ids, clock_unix_ms()),
				       .credential_id = credential_number("shop"),
				       .credential = "shop",
				       .return_path = "b@shop.example",
				       .expires_unix_ms = clock_unix_ms() + 60000,
				       .recipients = 1, .recipient = &r };

	(void)state;
	schedule_load_migration(world.s, &(struct store_migrate){
		.credential = "shop", .stage = MIGRATE_OLD, .smarthost = "old", .by = "ana",
		.reason = "", .returned = "" });
	schedule_load_migration(world.s, &(struct store_migrate){
		.credential = "news", .stage = MIGRATE_STAGE_COUNT, .smarthost = "", .by = "",
		.reason = "" }); /* of a later version */
	schedule_load(world.s, &queued);
	world_run_finals(1);
	assert_int_equal(went.old, 1);
	assert_null(schedule_migrate_find(world.s, "news"));
}

static uint32_t
act(enum schedule_act act, const char *match)
{
	struct schedule_ask *ask =
		world_ask(&(struct schedule_ask){ .act = act, .match = match, .by = "ana" });
	uint32_t affected = ask->affected;

	assert_int_equal(ask->result, 0);
	ask_free(&ask);
	return affected;
}

static void
a_domain_is_held_and_flushed_with_all_its_ways(void **state)
{
	(void)state;
	world.deliver = greylist_always;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	set_stage(MIGRATE_OLD, -1);
	submit_shop("a@one.example");
	world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
	world_wanted = 2;
	world_run(has_deferred);
	assert_int_equal(act(SCHEDULE_HOLD, "one.example"), 2);
	assert_int_equal(world.s->held, 2);
	assert_int_equal(map_count(world.s->holds), 1);
	assert_int_equal(act(SCHEDULE_HOLD, "one.example/old"), 1);
	assert_int_equal(act(SCHEDULE_RELEASE, "one.example"), 1);
	assert_int_equal(world.s->held, 1);
	assert_int_equal(act(SCHEDULE_RELEASE, "one.example/old"), 1);
	assert_int_equal(world.s->held, 0);
	assert_int_equal(act(SCHEDULE_HOLD, "*.example"), 2);
	assert_int_equal(map_count(world.s->holds), 1);
	assert_int_equal(act(SCHEDULE_RELEASE, "*.example"), 2);
	world.deliver = accept_by_way;
	assert_int_equal(act(SCHEDULE_FLUSH, "one.example"), 2);
	world_run_finals(2);
	assert_int_equal(went.old, 1);
	assert_int_equal(went.direct, 1);
}

/* ---- results and the return ---------------------------------------------------------- */

static const struct answer blocked = { 550, { 5, 7, 1 }, VERDICT_REPUTATION_BLOCK,
				       VERDICT_PHASE_RCPT, 0, "5.7.1 blocked" };
static const struct answer *direct_answer;

static bool
answer_direct(struct deliver_job *job)
{
	count_way(job);
	answer_all(job, job->route->smarthost ? &accepted : direct_answer);
	return true;
}

static const struct schedule_migration *
shop(void)
{
	return schedule_migrate_find(world.s, "shop");
}

static void
results_are_counted_by_way(void **state)
{
	const struct migrate_result *direct, *old;

	(void)state;
	set_stage(MIGRATE_TRIAL, 50);
	direct = &shop()->result[MIGRATE_DIRECTLY], old = &shop()->result[MIGRATE_BY_OLD];
	world.deliver = answer_direct;
	direct_answer = &unknown;
	for (int i = 0; i < 40; i++)
		submit_shop("a@one.example");
	world_run_finals(40);
	assert_int_equal(direct->bounced_hard, went.direct);
	assert_int_equal(direct->tried, went.direct);
	assert_int_equal(direct->refused, 0);
	assert_int_equal(old->delivered, went.old);
	assert_int_equal(old->tried, went.old);
	assert_true(migrate_result_time(old, 0.5) >= 0);
	assert_int_equal(shop()->percent, 50);
	set_stage(MIGRATE_TRIAL, 20); /* counting begins anew */
	assert_int_equal(direct->tried + old->tried, 0);
	/* what is withdrawn says nothing of the way */
	world.deliver = greylist_always;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	submit_shop("a@one.example");
	world_wanted = 1;
	world_run(has_deferred);
	act(SCHEDULE_BOUNCE, "one.example");
	world_settle();
	assert_int_equal(direct->tried + old->tried, 1);
	assert_int_equal(direct->deferrals + old->deferrals, 1);
	assert_int_equal(direct->bounced_other + old->bounced_other, 0);
}

static bool
has_returned(void)
{
	return shop()->returned_unix_ms != 0;
}

/* The direct way is refused from the start: it goes back, stays back, and the words say why. */
static void
a_worse_way_returns_and_stays(void **state)
{
	struct schedule_ask *ask;
	char words[64];
	size_t finals;

	(void)state;
	set_stage(MIGRATE_TRIAL, 50);
	world.deliver = answer_direct;
	direct_answer = &blocked;
	for (int i = 0; i < 400; i++)
		submit_shop("a@one.example");
	world_run(has_returned);
	world_run_finals(400); /* nothing is lost */
	assert_int_equal(shop()->percent, 0);
	assert_int_equal(shop()->returned_percent, 50);
	assert_non_null(strstr(shop()->returned, "first attempts refused"));
	assert_in_range(went.direct, MIGRATE_EARLY_MIN, 200);
	finals = world.finals;
	went.direct = 0;
	for (int i = 0; i < 100; i++)
		submit_shop("a@one.example");
	world_run_finals(finals + 100);
	assert_int_equal(went.direct, 0);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_MIGRATIONS });
	assert_int_equal(ask->rows, 1);
	assert_int_equal(ask->migration[0].percent, 0);
	copy_text(words, sizeof words, ask->migration[0].returned);
	assert_non_null(strstr(words, " of "));
	ask_free(&ask);
	set_stage(MIGRATE_TRIAL, 5);
	assert_int_equal(shop()->returned_unix_ms, 0);
	assert_int_equal(shop()->percent, 5);
}

static void
results_and_the_return_outlive_a_restart(void **state)
{
	const struct store_migrate row = { .credential = "shop", .stage = MIGRATE_TRIAL,
					   .percent = 0, .smarthost = "old", .by = "ana",
					   .reason = "", .since_unix_ms = 1000,
					   .returned = "worse", .returned_unix_ms = 900,
					   .returned_percent = 20 };
	struct store_migrate_result result = { .credential = "shop", .way = MIGRATE_BY_OLD,
					       .since_unix_ms = 1000, .times = "4:12",
					       .result = { .delivered = 12, .tried = 12 } };

	(void)state;
	schedule_load_migration(world.s, &row);
	schedule_load_migration_result(world.s, &result);
	assert_int_equal(shop()->result[MIGRATE_BY_OLD].delivered, 12);
	assert_int_equal(shop()->result[MIGRATE_BY_OLD].time[4], 12);
	assert_int_equal(shop()->returned_percent, 20);
	result.way = MIGRATE_DIRECTLY;
	result.since_unix_ms = 500; /* of before the share was changed */
	schedule_load_migration_result(world.s, &result);
	result.way = MIGRATE_WAY_COUNT;
	schedule_load_migration_result(world.s, &result);
	assert_int_equal(shop()->result[MIGRATE_DIRECTLY].tried, 0);
}

static void
what_cannot_be_is_refused(void **state)
{
	char words[160];

	(void)state;
	assert_int_equal(ask_stage(MIGRATE_OLD, -1, "new", words), -1);
	assert_string_equal(words, "smarthost new is not in relayd.conf");
	world.config.smarthosts = 2;
	assert_int_equal(ask_stage(MIGRATE_TRIAL, 5, NULL, words), -1);
	assert_non_null(strstr(words, "--smarthost"));
	assert_int_equal(ask_stage(MIGRATE_TRIAL, 5, "older", words), 0);
	assert_int_equal(ask_stage(MIGRATE_TRIAL, 10, NULL, words), 0); /* as before */
	assert_string_equal(schedule_migrate_find(world.s, "shop")->smarthost, "older");
	world.config.smarthosts = 0;
	assert_int_equal(ask_stage(MIGRATE_OLD, -1, NULL, words), -1);
	assert_int_equal(ask_stage(MIGRATE_MOVED, -1, NULL, words), 0); /* needs none */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_share_goes_directly),
		TEST(a_message_is_not_split),
		TEST(others_go_directly),
		TEST(what_waits_follows_the_stage),
		TEST(what_is_under_way_changes_when_it_returns),
		TEST(what_was_stored_counts_from_the_start),
		TEST(a_domain_is_held_and_flushed_with_all_its_ways),
		TEST(results_are_counted_by_way),
		TEST(a_worse_way_returns_and_stays),
		TEST(results_and_the_return_outlive_a_restart),
		TEST(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
