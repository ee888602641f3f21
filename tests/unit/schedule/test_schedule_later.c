/* Mail that is not to be sent before its sender said: when it goes, what it is called
 * until then, and what a restart, a hold and a flush make of it. */
#include "world.h"

static bool
has_scheduled(void)
{
	for (size_t i = 0; i < world.outcomes; i++)
		if (world.outcome[i].kind == MAIL_EVENT_SCHEDULED)
			return true;
	return false;
}

static struct schedule_ask *
ask_queue(void)
{
	return world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
}

static void
goes_at_its_time_and_not_before(void **state)
{
	struct schedule_counts counts;
	struct schedule_ask *ask;
	int64_t began = clock_unix_ms();

	(void)state;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .later_ms = 300 });
	world_submit(&(struct letter){ .to = { "b@one.example" }, .later_ms = 150 });
	submit_to("c@one.example");
	world_run_finals(1);
	world_run(has_scheduled);
	assert_int_equal(outcome_of("c@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	assert_int_equal(outcome_of("a@one.example", 0)->kind, MAIL_EVENT_SCHEDULED);
	assert_int_equal(outcome_of("a@one.example", 0)->status, MAIL_STATUS_SCHEDULED);
	assert_in_range(outcome_of("a@one.example", 0)->next_attempt_unix_ms, began + 300,
			began + 300 + DEADLINE_MS);
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.queued, 2);
	assert_int_equal(counts.deferred, 0);
	ask = ask_queue();
	assert_int_equal(ask->queue[0].scheduled, 2);
	assert_int_equal(ask->queue[0].ready + ask->queue[0].deferred, 0);
	assert_non_null(strstr(ask->queue[0].why, "its mail is scheduled, the first goes at "));
	assert_in_range(ask->queue[0].next_unix_ms, began + 100, began + 150 + DEADLINE_MS);
	ask_free(&ask);
	world_run_finals(3);
	assert_true(clock_unix_ms() >= began + 300);
	assert_int_equal(outcome_of("b@one.example", 1)->status, MAIL_STATUS_DELIVERED);
	assert_int_equal(outcome_of("a@one.example", 1)->attempt, 1);
	assert_true(outcome_of("b@one.example", 1)->at_unix_ms
		    <= outcome_of("a@one.example", 1)->at_unix_ms);
}

static void
a_flush_does_not_send_it(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	id = world_submit(&(struct letter){ .to = { "a@one.example" }, .later_ms = 3600000 });
	world_run(has_scheduled);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "one.example" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 0);
	ask_free(&ask);
	world_settle();
	assert_int_equal(world.jobs, 0);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_int_equal(ask->rows, 1);
	assert_non_null(strstr(ask->sentence[0], "is scheduled by its sender, to be sent at "));
	ask_free(&ask);
}

static void
a_retry_sends_it_only_when_told_so(void **state)
{
	struct schedule_message_row row = { .id = 0 };
	struct schedule_ask *ask;

	(void)state;
	row.id = world_submit(&(struct letter){ .to = { "a@one.example" }, .later_ms = 3600000 });
	world_run(has_scheduled);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RETRY_MESSAGE, .by = "ana",
						.message = &row, .messages = 1 });
	assert_int_equal(ask->affected, 0);
	assert_int_equal(ask->message[0].scheduled, 1);
	assert_in_range(ask->message[0].release_unix_ms, clock_unix_ms() + 3000000,
			clock_unix_ms() + 3600000);
	ask_free(&ask);
	world_settle();
	assert_int_equal(world.jobs, 0);
	row = (struct schedule_message_row){ .id = row.id };
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RETRY_MESSAGE, .by = "ana",
						.message = &row, .messages = 1,
						.takes_scheduled = true });
	assert_int_equal(ask->message[0].touched, 1);
	ask_free(&ask);
	world_run_finals(1);
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_QUEUED);
	assert_string_equal(outcome_of("a@one.example", 1)->detail,
			    "to be sent now, before its time: ana wants it so");
	assert_int_equal(outcome_of("a@one.example", 2)->status, MAIL_STATUS_DELIVERED);
}

static void
load(const char *address, enum mail_status status, int64_t release, int64_t next)
{
	struct store_queued_recipient r = { .address = address,
					    .domain = strchr(address, '@') + 1,
					    .status = status,
					    .next_attempt_unix_ms = next };
	struct store_queued queued = { .credential_id = 7, .credential = "shop",
				       .return_path = "b@shop.example",
				       .from_domain = "shop.example",
				       .expires_unix_ms = clock_unix_ms() + 60000,
				       .release_unix_ms = release,
				       .recipients = 1,
				       .recipient = &r };

	queued.id = id_gen_next(&world.ids, clock_unix_ms());
	schedule_load(world.s, &queued);
}

static void
a_restart_keeps_the_time(void **state)
{
	int64_t now = clock_unix_ms();
	struct schedule_ask *ask;

	(void)state;
	load("later@one.example", MAIL_STATUS_SCHEDULED, now + 3600000, now + 3600000);
	load("passed@one.example", MAIL_STATUS_SCHEDULED, now - 1000, now - 1000);
	load("tried@one.example", MAIL_STATUS_DEFERRED, now - 5000, now + 3600000);
	world_run_finals(1);
	assert_int_equal(outcome_of("passed@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	ask = ask_queue();
	assert_int_equal(ask->queue[0].scheduled, 1);
	assert_int_equal(ask->queue[0].deferred, 1);
	ask_free(&ask);
}

static void
a_hold_outlasts_its_time(void **state)
{
	struct schedule_ask *ask;
	struct schedule_counts counts;
	int64_t due = clock_unix_ms() + 50;

	(void)state;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .later_ms = 50 });
	world_run(has_scheduled);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = "one.example",
						.by = "ana" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	while (clock_unix_ms() < due + 50)
		world_settle();
	assert_int_equal(world.jobs, 0);
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.held, 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_RELEASE, .match = "one.example" });
	ask_free(&ask);
	world_run_finals(1);
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.queued + counts.held, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goes_at_its_time_and_not_before),
		TEST(a_flush_does_not_send_it),
		TEST(a_retry_sends_it_only_when_told_so),
		TEST(a_restart_keeps_the_time),
		TEST(a_hold_outlasts_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
