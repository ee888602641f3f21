/* Single messages, by id: tried now, bounced, cancelled; what had left is said. */
#include "world.h"

static struct schedule_message_row rows[3];

static struct schedule_ask *
act(enum schedule_act what, size_t messages, bool is_dry)
{
	for (size_t i = 0; i < messages; i++)
		rows[i] = (struct schedule_message_row){ .id = rows[i].id };
	return world_ask(&(struct schedule_ask){ .act = what,
						 .message = rows,
						 .messages = messages,
						 .by = "ana",
						 .is_dry = is_dry });
}

static void
cancelled_what_waits(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_first; /* the first two */
	rows[0].id = world_submit(&(struct letter){ .to = { "a@one.example", "b@two.example" } });
	world_wanted = 2;
	world_run(has_deferred);
	ask = act(SCHEDULE_CANCEL_MESSAGE, 1, true);
	assert_int_equal(ask->affected, 2);
	assert_int_equal(rows[0].waiting, 2);
	assert_int_equal(world.finals, 0);
	ask_free(&ask);
	ask = act(SCHEDULE_CANCEL_MESSAGE, 1, false);
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 2);
	assert_int_equal(rows[0].touched, 2);
	assert_int_equal(rows[0].left + rows[0].active, 0);
	ask_free(&ask);
	assert_int_equal(world.finals, 2); /* before the answer */
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_CANCELLED);
	assert_int_equal(outcome_of("b@two.example", 1)->kind, MAIL_EVENT_CANCELLED);
	assert_string_equal(outcome_of("a@one.example", 1)->detail, "cancelled by ana");
	ask = act(SCHEDULE_CANCEL_MESSAGE, 1, false); /* again: nothing of it is there */
	assert_int_equal(ask->affected, 0);
	assert_int_equal(rows[0].waiting, 0);
	ask_free(&ask);
}

/* what terms find are recipients, not messages */
static void
one_of_several_is_meant(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	rows[0].id = world_submit(&(struct letter){
		.to = { "a@one.example", "b@two.example", "c@three.example" } });
	world_wanted = 3;
	world_run(has_deferred);
	rows[0] = (struct schedule_message_row){ .id = rows[0].id, .no = 1, .is_one = true };
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_BOUNCE_MESSAGE,
						.message = rows,
						.messages = 1,
						.by = "ana" });
	assert_int_equal(ask->affected, 1);
	assert_int_equal(rows[0].touched, 1);
	ask_free(&ask);
	assert_int_equal(world.finals, 1);
	assert_int_equal(outcome_of("b@two.example", 1)->status, MAIL_STATUS_BOUNCED);
	world.deliver = accept_all;
	rows[1] = (struct schedule_message_row){ .id = rows[0].id, .no = 2, .is_one = true };
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RETRY_MESSAGE,
						.message = rows + 1,
						.messages = 1 });
	ask_free(&ask);
	world_run_finals(2);
	assert_int_equal(outcome_of("c@three.example", 1)->status, MAIL_STATUS_DELIVERED);
	assert_null(outcome_of("a@one.example", 1));
	rows[0] = rows[1] = (struct schedule_message_row){ .id = 0 };
}

static bool
greylist_one(struct deliver_job *job)
{
	bool is_one = strcmp(job->recipient[0].address, "a@one.example") == 0;

	answer_all(job, is_one ? &greylisted : &accepted);
	return true;
}

static void
what_had_left_is_said(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_one;
	rows[0].id = world_submit(&(struct letter){ .to = { "a@one.example", "b@two.example" } });
	world_run_finals(1);
	world_wanted = 1;
	world_run(has_deferred);
	world.deliver = keep_all;
	rows[1].id = submit_to("c@three.example");
	world_run_kept(1);
	ask = act(SCHEDULE_BOUNCE_MESSAGE, 2, false);
	assert_int_equal(ask->affected, 1);
	assert_int_equal(rows[0].touched, 1);
	assert_int_equal(rows[0].left, 1);
	assert_int_equal(rows[1].touched, 0);
	assert_int_equal(rows[1].active, 1);
	ask_free(&ask);
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_BOUNCED);
	answer_kept(0);
	world_run_finals(3);
	assert_int_equal(outcome_of("c@three.example", 0)->status, MAIL_STATUS_DELIVERED);
}

static void
tried_now(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_first;
	rows[0].id = submit_to("a@one.example");
	submit_to("b@two.example");
	world_wanted = 2;
	world_run(has_deferred);
	ask = act(SCHEDULE_RETRY_MESSAGE, 1, false);
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	world_run_finals(1);
	world_settle();
	assert_int_equal(world.finals, 1); /* the other goes on waiting */
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_DELIVERED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cancelled_what_waits, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(one_of_several_is_meant, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(what_had_left_is_said, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(tried_now, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
