/* From which source address: weights, pools of credentials, and what happens when an
 * address cannot be used. */
#include "world.h"
#include "source/source_host.h"

#define A "192.0.2.1"
#define B "192.0.2.2"
#define C "192.0.2.3"
#define SIX "2001:db8::1"

static const char *missing[4]; /* what the host has not */

/* instead of asking the kernel */
bool
source_host_has(const char *address)
{
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		if (missing[i] && strcmp(missing[i], address) == 0)
			return false;
	return true;
}

static struct { /* jobs by source address */
	int a, b, c, other;
} went;

static bool
count_source(struct deliver_job *job)
{
	const char *source = job->source_address ? job->source_address : "";

	went.a += strcmp(source, A) == 0;
	went.b += strcmp(source, B) == 0;
	went.c += strcmp(source, C) == 0;
	went.other += source[0] != '1';
	answer_all(job, &accepted);
	return true;
}

static const char *default_addresses[] = { A, B }, *own_address[] = { C };
static int64_t weights[] = { 3, 1 };
static struct config_pool own;

static int
setup(void **state)
{
	world_setup(state);
	memset(&went, 0, sizeof went);
	memset(missing, 0, sizeof missing);
	world.config.default_pool = (struct config_pool){ .name = "default",
		                                          .address = default_addresses,
		                                          .addresses = 2,
		                                          .weight = weights,
		                                          .weights = 2 };
	own = (struct config_pool){ .name = "own", .address = own_address, .addresses = 1 };
	world.config.pool = &own;
	world.config.pools = 1;
	schedule_source_remember(world.s);
	world.deliver = count_source;
	return 0;
}

static void
choose(const char *credential, const char *pool, const char *domains_pool)
{
	struct store_change change = { .kind = STORE_PUT_CREDENTIAL };
	struct store_change domain = { .kind = STORE_PUT_DOMAIN };
	struct account_rows *rows = account_rows_new();
	struct account_snapshot *accounts;

	domain.row.domain = (struct store_domain){ .id = 1, .name = "shop.example",
		                                   .pool = domains_pool };
	assert_int_equal(account_rows_apply(rows, &domain, NULL), 0);
	change.row.credential = (struct store_credential){ .id = credential_number(credential),
		                                           .name = credential, .pool = pool,
		                                           .from = "@shop.example",
		                                           .iterations = 4096 };
	assert_int_equal(account_rows_apply(rows, &change, NULL), 0);
	accounts = account_rows_build(rows, 2);
	schedule_set_accounts(world.s, accounts);
	account_snapshot_unref(&accounts);
	account_rows_free(&rows);
	world_settle();
}

static void
give_pool(const char *credential, const char *pool)
{
	choose(credential, pool, NULL);
}

static void
look_again(void) /* as if a minute had passed */
{
	world.s->sources_mono_ms -= 60000;
	schedule_wake(world.s);
	world_settle();
}

static void
a_domain_gets_mail_by_weight(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++)
		submit_to("a@one.example");
	world_run_finals(40);
	assert_in_range(went.a, 29, 31);
	assert_int_equal(went.a + went.b, 40);
}

static void
domains_with_one_message_each_keep_the_weights(void **state)
{
	char to[40];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(to, sizeof to, "a@domain%d.example", i);
		submit_to(to);
	}
	world_run_finals(1000);
	assert_in_range(went.a, 690, 810);
	assert_int_equal(went.a + went.b, 1000);
}

static void
a_message_goes_to_a_domain_from_one_address(void **state)
{
	(void)state;
	submit_to("first@one.example"); /* the route is learnt */
	world_run_finals(1);
	memset(&went, 0, sizeof went);
	world_submit(&(struct letter){
		.to = { "a@one.example", "b@one.example", "c@one.example", "d@one.example" } });
	world_run_finals(5);
	assert_int_equal(went.a + went.b, 1); /* one transaction */
}

static void
another_steps_in_for_a_missing_one(void **state)
{
	(void)state;
	missing[0] = A;
	look_again();
	for (int i = 0; i < 8; i++)
		submit_to("a@one.example");
	world_run_finals(8);
	assert_int_equal(went.b, 8);
	missing[0] = NULL;
	look_again();
	for (int i = 0; i < 8; i++)
		submit_to("a@one.example");
	world_run_finals(16);
	assert_in_range(went.a, 5, 7);
}

static void
it_waits_when_none_is_here_and_says_why(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	missing[0] = A;
	missing[1] = B;
	look_again();
	id = submit_to("a@one.example");
	world_wanted = 1;
	world_run(has_deferred); /* it is told */
	assert_int_equal(went.a + went.b + went.other, 0);
	assert_non_null(strstr(world.outcome[0].reply, "no address of pool default can be used"));
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE,
		                                .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "stopped");
	assert_non_null(strstr(ask->queue[0].why, A " is not an address of this host"));
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_int_equal(ask->rows, 1);
	assert_non_null(strstr(ask->sentence[0], "no address of pool default can be used"));
	ask_free(&ask);
	missing[1] = NULL;
	look_again();
	world_run_finals(1);
	assert_int_equal(went.b, 1);
}

static void
an_address_must_fit_the_route(void **state)
{
	const char *mixed[] = { SIX, B };

	(void)state;
	world.config.default_pool.address = mixed;
	schedule_source_remember(world.s);
	for (int i = 0; i < 8; i++) /* its servers have IPv4 only */
		submit_to("a@one.example");
	world_run_finals(8);
	assert_int_equal(went.b, 8);
}

static void
a_credential_has_its_own_pool(void **state)
{
	(void)state;
	give_pool("news", "own");
	for (int i = 0; i < 8; i++) {
		world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
		submit_to("b@one.example");
	}
	world_run_finals(16);
	assert_int_equal(went.c, 8);
	assert_int_equal(went.a + went.b, 8);
}

static void
what_waits_follows_its_credential_to_another_pool(void **state)
{
	(void)state;
	give_pool("news", "gone"); /* a reload of the configuration took it */
	world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
	world_wanted = 1;
	world_run(has_deferred);
	assert_non_null(strstr(world.outcome[0].reply, "pool gone is not in relayd.conf"));
	assert_int_equal(went.a + went.b + went.c, 0); /* not by somebody else's address */
	give_pool("news", "own");
	world_run_finals(1);
	assert_int_equal(went.c, 1);
}

static void
the_overflow_pool_steps_in(void **state)
{
	(void)state;
	own.overflow = "default";
	missing[0] = C;
	look_again();
	give_pool("news", "own");
	world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
	world_run_finals(1);
	assert_int_equal(went.a + went.b, 1);
}

/* ---- stop_source ----------------------------------------------------------------------- */

static const struct answer blocked = { 451, { 4, 7, 1 }, VERDICT_POLICY, VERDICT_PHASE_BODY, 0,
	                               "4.7.1 your address [B1]" };
static const char *blocked_source;

static bool
block_one(struct deliver_job *job)
{
	if (blocked_source && strcmp(job->source_address, blocked_source) == 0) {
		answer_all(job, &blocked);
		return true;
	}
	return count_source(job);
}

static void
give_rule(int64_t for_ms)
{
	static const char *mx[] = { "mx.big.example" };
	static struct config_provider big = { .name = "big", .mx = mx, .mxs = 1,
		                              .max_connections = 4,
		                              .messages_per_connection = 100 };
	static struct config_reply_rule rule = { .name = "big.address", .provider = "big",
		                                 .match = "\\[B1\\]", .threshold = { 1, 60000 },
		                                 .action = CONFIG_ACTION_STOP_SOURCE };

	rule.for_ms = for_ms;
	world.config.provider = &big;
	world.config.providers = 1;
	world.config.reply_rule = &rule;
	world.config.reply_rules = 1;
	pace_rules_free(&world.s->rules);
	world.s->rules = pace_rules_new(&world.config);
}

static size_t
stopped_sites(void)
{
	size_t stopped = 0;

	for (struct list *l = world.s->all_sites.next; l != &world.s->all_sites; l = l->next)
		stopped += schedule_source_is_stopped(
			world.s, LIST_OWNER(l, struct schedule_site, in_all));
	return stopped;
}

static bool
block_all(struct deliver_job *job)
{
	answer_all(job, &blocked);
	return true;
}

static void
one_message_stops_one_address(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	give_rule(60000);
	world.retry_ms[0] = world.retry_ms[1] = 30;
	world.deliver = block_all;
	id = submit_to("a@big.example");
	world_wanted = 2; /* by its share's address, then by the other */
	world_run(has_deferred);
	assert_int_equal(stopped_sites(), 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_int_equal(ask->waiting[0].wait.constraint, SCHEDULE_BY_OWN_RETRY);
	assert_in_range(ask->waiting[0].wait.until_unix_ms - world.s->now_unix_ms, 50000, 60100);
	ask_free(&ask);
	submit_to("b@big.example"); /* another's word counts */
	world_wanted = 3;
	world_run(has_deferred);
	assert_int_equal(stopped_sites(), 2);
}

static void
a_stopped_address_is_replaced_and_comes_back(void **state)
{
	(void)state;
	give_rule(300);
	world.deliver = block_one;
	blocked_source = A;
	for (int i = 0; i < 16; i++)
		submit_to("a@big.example");
	world_run_finals(16); /* all of it, although three of four began at A */
	assert_int_equal(went.a, 0);
	blocked_source = NULL;
	world.retry_ms[0] = 400;
	world_turns_left = 400; /* ms: until the time of the rule is over */
	world_run(turns_are_over);
	for (int i = 0; i < 16; i++)
		submit_to("a@big.example");
	world_run_finals(32);
	assert_in_range(went.a, 11, 13);
}

/* ---- moved by an operator ------------------------------------------------------------ */

/* wait_for_a_while - greylisted: what was sent so far waits for its next attempt. */
static void
wait_for_a_while(size_t recipients)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	world_wanted = recipients;
	world_run(has_deferred);
	world.deliver = count_source;
}

static uint32_t
act_on(enum schedule_act act, const char *match, const char *pool)
{
	struct schedule_ask *ask = world_ask(
		&(struct schedule_ask){ .act = act, .match = match, .pool = pool, .by = "ana" });
	uint32_t affected = ask->affected;

	assert_int_equal(ask->result, 0);
	ask_free(&ask);
	return affected;
}

static void
what_waits_is_moved_and_what_comes_is_not(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	for (int i = 0; i < 4; i++)
		id = submit_to("a@one.example");
	submit_to("a@two.example");
	wait_for_a_while(5);
	assert_int_equal(act_on(SCHEDULE_MOVE, "one.example", "own"), 4);
	assert_int_equal(world.marks, 4);
	assert_string_equal(world.marked, "own");
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_int_equal(ask->queue[0].moved, 4);
	assert_string_equal(ask->queue[0].pool, "own");
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_string_equal(ask->waiting[0].pool, "own");
	assert_true(ask->waiting[0].is_moved);
	ask_free(&ask);
	submit_to("b@one.example");
	world_run_finals(1);
	assert_int_equal(went.c, 0);
	act_on(SCHEDULE_FLUSH, "one.example", NULL);
	world_run_finals(5);
	assert_int_equal(went.c, 4);
	act_on(SCHEDULE_FLUSH, "two.example", NULL);
	world_run_finals(6);
	assert_int_equal(went.c, 4);
}

static void
moved_twice_held_and_back(void **state)
{
	struct schedule_message_row row = { .id = 0 };
	struct schedule_ask *ask;

	(void)state;
	give_pool("news", "own");
	row.id = world_submit(&(struct letter){ .credential = "news", .to = { "a@one.example" } });
	wait_for_a_while(1);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE, .message = &row,
						.messages = 1 });
	ask_free(&ask);
	row.waiting = row.touched = 0;
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_MOVE_MESSAGE, .message = &row,
						.messages = 1, .pool = "nowhere" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	act_on(SCHEDULE_RELEASE, "messages:*", NULL);
	act_on(SCHEDULE_FLUSH, "one.example", NULL);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_non_null(strstr(ask->queue[0].why, "its pool nowhere is not in relayd.conf"));
	ask_free(&ask);
	assert_int_equal(world.finals, 0);
	assert_int_equal(act_on(SCHEDULE_MOVE, "*", "default"), 1); /* not its credential's */
	world_run_finals(1);
	assert_int_equal(went.a + went.b, 1);
}

/* its credential's goes before its domain's, and a move before both; what waits follows */
static void
a_domain_has_its_pool(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	submit_to("a@one.example");
	wait_for_a_while(1);
	choose("shop", NULL, "own");
	submit_to("b@one.example");
	world_run_finals(1);
	assert_int_equal(went.c, 1);
	act_on(SCHEDULE_FLUSH, "one.example", NULL);
	world_run_finals(2);
	assert_int_equal(went.c, 2); /* it waited when the domain chose */
	submit_to("c@one.example");
	world_run_finals(3);
	assert_int_equal(went.c, 3);
	choose("shop", "nowhere", "own");
	id = submit_to("d@one.example");
	world_settle();
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_string_equal(ask->waiting[0].pool, "nowhere");
	ask_free(&ask);
	act_on(SCHEDULE_MOVE, "one.example", "default");
	world_run_finals(4);
	assert_int_equal(went.c, 3);
	choose("shop", NULL, NULL);
	submit_to("e@one.example");
	world_run_finals(5);
	assert_int_equal(went.c, 3);
}

static void
moved_after_a_restart(void **state)
{
	struct store_queued_recipient r = { .address = "a@one.example", .domain = "one.example",
					    .pool = "own" };
	struct store_queued queued = { .id = id_gen_next(&world.ids, clock_unix_ms()),
				       .credential_id = 7, .credential = "shop",
				       .return_path = "b@shop.example",
				       .expires_unix_ms = clock_unix_ms() + 60000,
				       .recipients = 1, .recipient = &r };

	(void)state;
	schedule_load(world.s, &queued);
	world_run_finals(1);
	assert_int_equal(went.c, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_domain_gets_mail_by_weight),
		TEST(what_waits_is_moved_and_what_comes_is_not),
		TEST(moved_twice_held_and_back),
		TEST(a_domain_has_its_pool),
		TEST(moved_after_a_restart),
		TEST(domains_with_one_message_each_keep_the_weights),
		TEST(a_message_goes_to_a_domain_from_one_address),
		TEST(another_steps_in_for_a_missing_one),
		TEST(it_waits_when_none_is_here_and_says_why),
		TEST(an_address_must_fit_the_route),
		TEST(a_credential_has_its_own_pool),
		TEST(what_waits_follows_its_credential_to_another_pool),
		TEST(the_overflow_pool_steps_in),
		TEST(one_message_stops_one_address),
		TEST(a_stopped_address_is_replaced_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
