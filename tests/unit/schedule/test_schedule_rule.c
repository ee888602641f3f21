/* Reply rules at work in the scheduler: what they stop, for how long, and for whom. */
#include "world.h"

static const char *const big_mx[] = { "mx.big.example" };
static struct config_provider big = { .name = "big",
	                              .mxs = 1,
	                              .max_connections = 4,
	                              .messages_per_connection = 100 };
static struct config_reply_rule rule;

static const struct answer closed = { 451, { 4, 7, 1 }, VERDICT_POLICY, VERDICT_PHASE_BODY, 0,
	                              "4.7.1 closed [X04]" };

static int
setup(void **state)
{
	static const char *mx[1];

	world_setup(state);
	mx[0] = big_mx[0];
	big.mx = mx;
	world.config.provider = &big;
	world.config.providers = 1;
	rule = (struct config_reply_rule){ .name = "big.closed", .provider = "big",
		                           .match = "\\[X04\\]", .threshold = { 2, 60000 },
		                           .action = CONFIG_ACTION_PAUSE, .for_ms = 300 };
	world.config.reply_rule = &rule;
	world.config.reply_rules = 1;
	pace_rules_free(&world.s->rules);
	world.s->rules = pace_rules_new(&world.config);
	return 0;
}

static bool is_closed;
static uint64_t closed_to; /* 0: everybody */

static bool
closed_or_fine(struct deliver_job *job)
{
	const struct schedule_recipient *r = job->recipient[0].context;

	answer_all(job, is_closed && (!closed_to || r->message->credential->id == closed_to)
	                        ? &closed : &accepted);
	return true;
}

static void
counts_to_its_threshold_then_pauses(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 20000;
	is_closed = true;
	closed_to = 0;
	world.deliver = closed_or_fine;
	submit_to("a@big.example");
	world_wanted = 1;
	world_run(has_deferred);
	is_closed = false; /* once is not enough */
	submit_to("b@big.example");
	world_run_finals(1);
	is_closed = true;
	submit_to("c@big.example");
	world_wanted = 2;
	world_run(has_deferred);
	is_closed = false;
	submit_to("d@big.example");
	world_settle();
	assert_int_equal(world.finals, 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "big.example" });
	assert_string_equal(ask->queue[0].state, "paused");
	assert_non_null(strstr(ask->queue[0].why, "by rule big.closed"));
	assert_non_null(strstr(ask->queue[0].why, "[X04]"));
	ask_free(&ask);
	world_run_finals(2); /* d, when the pause is over */
}

static void
stops_the_credential_alone(void **state)
{
	struct schedule_ask *ask;
	uint64_t stopped;

	(void)state;
	rule.action = CONFIG_ACTION_STOP_CREDENTIAL;
	rule.threshold = (struct units_rate){ 1, 60000 };
	rule.for_ms = 1500; /* longer than all that is asked below takes */
	world.retry_ms[0] = world.retry_ms[1] = 20;
	is_closed = true;
	closed_to = credential_number("news");
	world.deliver = closed_or_fine;
	stopped = world_submit(&(struct letter){ .credential = "news", .to = { "a@big.example" } });
	world_wanted = 1;
	world_run(has_deferred);
	is_closed = false;
	world_submit(&(struct letter){ .credential = "news", .to = { "b@big.example" } });
	world_submit(&(struct letter){ .credential = "shop", .to = { "c@big.example" } });
	world_run_finals(1);
	assert_non_null(outcome_of("c@big.example", 0));
	assert_null(outcome_of("b@big.example", 0));
	world_turns_left = 20; /* the retry of a is due by then, and waits as well */
	world_run(turns_are_over);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = stopped });
	assert_int_equal(ask->rows, 1);
	ask_free(&ask);
	world_run_finals(3);
}

static void
is_listed_by_its_rule_and_lifted(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	rule.action = CONFIG_ACTION_STOP_CREDENTIAL;
	rule.threshold = (struct units_rate){ 1, 60000 };
	rule.for_ms = 60000;
	world.retry_ms[0] = world.retry_ms[1] = 20;
	is_closed = true;
	closed_to = credential_number("news");
	world.deliver = closed_or_fine;
	world_submit(&(struct letter){ .credential = "news", .to = { "a@big.example" } });
	world_wanted = 1;
	world_run(has_deferred);
	is_closed = false;
	world_submit(&(struct letter){ .credential = "news", .to = { "b@big.example" } });
	world_settle();
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_STOPS });
	assert_in_range(ask->stops, 1, 2); /* it may be asked to wait as well */
	assert_int_equal(ask->stop[0].kind, SCHEDULE_STOP_CREDENTIAL);
	assert_string_equal(ask->stop[0].rule, "big.closed");
	assert_string_equal(ask->stop[0].undo, "throttle clear provider:big stop_credential");
	assert_non_null(strstr(ask->stop[0].cause, "[X04]"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "big.example" });
	assert_int_equal(ask->affected, 0);
	assert_int_equal(ask->stayed, 2);
	assert_non_null(strstr(ask->stayed_why, "by rule big.closed"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_CLEAR_THROTTLE,
		                                .match = "provider:big",
		                                .quantity = SCHEDULE_RATE,
		                                .stop_kind = SCHEDULE_STOP_COUNT });
	assert_int_equal(ask->result, -1); /* nobody set a rate; it says what stands */
	assert_non_null(strstr(ask->err.text, "rule big.closed stands there"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_CLEAR_THROTTLE,
		                                .match = "provider:big", .by = "ana",
		                                .quantity = SCHEDULE_QUANTITY_COUNT,
		                                .stop_kind = SCHEDULE_STOP_COUNT });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->rows, 1);
	ask_free(&ask);
	world_run_finals(2);
}

static void
stays_stopped_over_a_restart(void **state)
{
	struct arena *arena = arena_new(0);
	struct store_pace row = { .cause = "big.closed" };
	struct schedule_site *site;

	(void)state;
	rule.action = CONFIG_ACTION_STOP_CREDENTIAL;
	rule.threshold = (struct units_rate){ 1, 60000 };
	rule.for_ms = 60000;
	is_closed = true;
	closed_to = credential_number("news");
	world.retry_ms[0] = world.retry_ms[1] = 20;
	world.deliver = closed_or_fine;
	world_submit(&(struct letter){ .credential = "news", .to = { "a@big.example" } });
	world_wanted = 1;
	world_run(has_deferred);
	site = LIST_OWNER(world.s->all_sites.next, struct schedule_site, in_all);
	row.site = arena_strdup(arena, site->key);
	row.stop = schedule_rule_save_stops(world.s, site, arena);
	is_closed = false;
	row.history = arena_printf(arena, "no time\n\n5\n%s",
	                           schedule_site_save_history(site, arena));
	assert_non_null(strstr(row.history, "rule big.closed: stop_credential"));
	world_close();
	world_open();
	world.s->config = &world.config;
	row.stop = arena_printf(arena, "not a number;%s1 5;%s9;7 x;;", "12 34;", row.stop);
	schedule_load_pace(world.s, &row);
	world_submit(&(struct letter){ .credential = "news", .to = { "b@big.example" } });
	world_submit(&(struct letter){ .credential = "shop", .to = { "c@big.example" } });
	world_run_finals(1);
	world_settle();
	assert_null(outcome_of("b@big.example", 0));
	site = LIST_OWNER(world.s->all_sites.next, struct schedule_site, in_all);
	assert_in_range(schedule_rule_stop_of(world.s, site, closed_to)->until_mono_ms -
	                world.s->now_mono_ms, 30000, 60000);
	assert_ptr_equal(site->stops.next, site->stops.prev); /* what was no stop is none */
	assert_int_equal(site->histories, 1);
	assert_non_null(strstr(LIST_OWNER(site->history.next, struct schedule_note, link)->text,
	                       "rule big.closed"));
	arena_free(&arena);
}

static void
one_connection_for_a_while(void **state)
{
	(void)state;
	rule.action = CONFIG_ACTION_ONE_CONNECTION;
	rule.threshold = (struct units_rate){ 1, 60000 };
	rule.for_ms = 60000;
	world.retry_ms[0] = world.retry_ms[1] = 20000;
	is_closed = true;
	closed_to = 0;
	world.deliver = closed_or_fine;
	submit_to("a@big.example");
	world_wanted = 1;
	world_run(has_deferred);
	world.deliver = keep_all;
	for (int i = 0; i < 5; i++)
		submit_to("b@big.example");
	world_run_kept(1);
	world_settle();
	assert_int_equal(world.kept_count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts_to_its_threshold_then_pauses, setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(stops_the_credential_alone, setup, world_teardown),
		cmocka_unit_test_setup_teardown(is_listed_by_its_rule_and_lifted, setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(stays_stopped_over_a_restart, setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(one_connection_for_a_while, setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
