/* Holds of a credential: wherever its mail goes it waits, and nobody else's does. */
#include "hold_kit.h"

static void
act(enum schedule_act what, const char *match, uint32_t affected)
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){
		.act = what, .match = match, .by = "ana", .reason = "leaked key" });

	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, affected);
	ask_free(&ask);
}

static void
send_as(const char *credential, const char *to)
{
	world_submit(&(struct letter){ .credential = credential, .to = { to } });
}

static void
only_its_mail_waits(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	world.deliver = keep_all;
	send_as("news", "a@one.example");
	world_run_kept(1);
	act(SCHEDULE_HOLD, "cred:news", 0); /* the one under way is not stopped */
	assert_string_equal(world.written, "put cred:news");
	answer_kept(0);
	world.deliver = accept_all;
	id = world_submit(&(struct letter){
		.credential = "news", .to = { "b@one.example" }, .lives_ms = 30 });
	send_as("news", "c@two.example");
	send_as("shop", "d@one.example");
	world_run_finals(2);
	assert_int_equal(hold_count(), 2);
	assert_non_null(outcome_of("d@one.example", 0));
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "two.example" });
	assert_string_equal(ask->queue[0].state, "HELD by ana");
	assert_non_null(strstr(ask->queue[0].why, "ana held cred:news at "));
	assert_int_equal(ask->queue[0].held, 1);
	assert_int_equal(ask->queue[0].next_unix_ms, -1);
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_non_null(strstr(ask->sentence[0], "ana held cred:news at "));
	assert_non_null(strstr(ask->sentence[0], "leaked key"));
	ask_free(&ask);
	/* its time passes: it neither goes nor expires, and gets its attempt afterwards */
	while (clock_unix_ms() < world.outcome[1].at_unix_ms + 60)
		world_settle();
	assert_int_equal(world.finals, 2);
	act(SCHEDULE_RELEASE, "*", 0); /* every domain: not this */
	act(SCHEDULE_RELEASE, "cred:news", 2);
	assert_string_equal(world.written, "delete cred:news");
	world_run_finals(4);
	assert_int_equal(outcome_of("b@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	assert_int_equal(hold_count(), 0);
}

/* greylisted, so that they wait in several states; counts come out even each way */
static void
under_two_holds_it_is_counted_once(void **state)
{
	static const struct {
		enum schedule_act act;
		const char *scope;
		uint32_t affected, held;
	} steps[] = {
		{ SCHEDULE_HOLD, "one.example", 2, 2 },    { SCHEDULE_HOLD, "cred:news", 2, 3 },
		{ SCHEDULE_RELEASE, "one.example", 2, 2 }, { SCHEDULE_HOLD, "one.example", 2, 3 },
		{ SCHEDULE_RELEASE, "cred:*", 2, 2 },      { SCHEDULE_RELEASE, "*", 2, 0 },
	};
	struct schedule_counts counts;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	send_as("news", "a@one.example");
	send_as("shop", "b@one.example");
	send_as("news", "c@two.example");
	world_wanted = 3;
	world_run(has_deferred);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		act(steps[i].act, steps[i].scope, steps[i].affected);
		assert_int_equal(hold_count(), steps[i].held);
		schedule_counts_read(world.s, &counts);
		assert_int_equal(counts.queued, 3);
		assert_int_equal(counts.deferred, 3 - steps[i].held);
	}
}

static void
loaded_and_ended_by_its_time(void **state)
{
	struct store_hold hold = { .scope = "cred:news",
				   .by = "ana",
				   .reason = "",
				   .since_unix_ms = clock_unix_ms(),
				   .until_unix_ms = clock_unix_ms() + 300 };

	(void)state;
	schedule_load_hold(world.s, &hold);
	send_as("news", "a@one.example");
	assert_int_equal(hold_count(), 1);
	assert_int_equal(world.finals, 0);
	world_run_finals(1);
	assert_string_equal(world.written, "delete cred:news");
}

static void
bounced_wherever_it_goes(void **state)
{
	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	send_as("news", "a@one.example");
	send_as("shop", "b@one.example");
	send_as("news", "c@two.example");
	world_wanted = 3;
	world_run(has_deferred);
	act(SCHEDULE_HOLD, "cred:news", 2);
	act(SCHEDULE_BOUNCE, "cred:news", 2);
	assert_int_equal(world.finals, 2); /* before the answer */
	assert_int_equal(outcome_of("c@two.example", 1)->status, MAIL_STATUS_BOUNCED);
	assert_string_equal(outcome_of("a@one.example", 1)->detail,
			    "bounced by ana: leaked key");
	assert_int_equal(hold_count(), 0);
}

static void
refused_where_it_means_nothing(void **state)
{
	static const struct {
		enum schedule_act act;
		const char *scope, *says;
	} rows[] = { { SCHEDULE_HOLD, "cred:nobody", "there is no credential nobody" },
		     { SCHEDULE_RELEASE, "cred:news", "credential news is not held" },
		     { SCHEDULE_BOUNCE, "cred:news", "nothing of credential news waits" },
		     { SCHEDULE_FLUSH, "cred:news", "flush queues" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct schedule_ask *ask = world_ask(
			&(struct schedule_ask){ .act = rows[i].act, .match = rows[i].scope });

		assert_int_equal(ask->result, -1);
		assert_non_null(strstr(ask->err.text, rows[i].says));
		ask_free(&ask);
	}
	assert_int_equal(world.writes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_its_mail_waits, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(under_two_holds_it_is_counted_once, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(loaded_and_ended_by_its_time, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(bounced_wherever_it_goes, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(refused_where_it_means_nothing, world_setup,
						world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
