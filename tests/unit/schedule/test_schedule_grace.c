/* A bounce of many begins after a time of grace: held meanwhile, and withdrawn as a whole or
 * one by one. */
#include "world.h"

#define MANY 150

static uint64_t id[MANY];

/* greylist_many - they wait for a long time, in two queues. */
static void
greylist_many(void)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	for (int i = 0; i < MANY; i++)
		id[i] = submit_to(i % 3 ? "a@one.example" : "b@two.example");
	world_wanted = MANY;
	world_run(has_deferred);
	world.deliver = accept_all;
}

static char scope[64];

static void
bounce(const char *match, int64_t grace_ms, uint32_t affected, bool is_pending)
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_BOUNCE,
								     .match = match,
								     .by = "ana",
								     .reason = "wrong price",
								     .grace_ms = grace_ms });

	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, affected);
	assert_int_equal(ask->scope != NULL, is_pending);
	snprintf(scope, sizeof scope, "%s", ask->scope ? ask->scope : "");
	ask_free(&ask);
}

static void
flush_all(void)
{
	struct schedule_ask *ask =
		world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "*" });

	ask_free(&ask);
	world_settle();
}

static struct schedule_ask *
wait_for_it(void)
{
	return world_ask(&(struct schedule_ask){ .act = SCHEDULE_AWAIT, .match = scope });
}

static void
held_first_then_bounced(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	greylist_many();
	bounce("*", 300, MANY, true);
	flush_all();
	assert_int_equal(world.finals, 0);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id[0] });
	assert_non_null(strstr(ask->sentence[0], "about to be bounced: wrong price"));
	ask_free(&ask);
	ask = wait_for_it();
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, MANY);
	ask_free(&ask);
	assert_int_equal(world.finals, MANY);
	assert_string_equal(world.outcome[world.outcomes - 1].detail,
			    "bounced by ana: wrong price");
	world_settle();
	assert_int_equal(map_count(world.s->holds), 0);
	ask = wait_for_it(); /* nothing is about to be done there any more */
	assert_int_equal(ask->result, -1);
	ask_free(&ask);
	submit_to("a@one.example"); /* what comes later goes */
	world_run_finals(MANY + 1);
}

static struct schedule_ask *heard; /* by who waits for it */

static void
on_heard(struct mailbox_item *item, void *owner)
{
	(void)owner;
	heard = (struct schedule_ask *)(void *)item;
}

static void
withdrawn_as_a_whole(void **state)
{
	struct schedule_ask *ask, *waiter;

	(void)state;
	greylist_many();
	bounce("*", 60000, MANY, true);
	waiter = mem_zero(1, sizeof *waiter);
	*waiter = (struct schedule_ask){ .act = SCHEDULE_AWAIT, .match = scope,
					 .back = { world.s->mailbox, on_heard },
					 .arena = arena_new(0) };
	assert_true(schedule_ask_send(world.s, &waiter));
	world_settle();
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE, .match = scope });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, MANY);
	ask_free(&ask);
	assert_non_null(heard);
	assert_int_equal(heard->result, -1);
	assert_non_null(strstr(heard->err.text, "withdrawn"));
	ask_free(&heard);
	flush_all();
	world_run_finals(MANY);
	assert_int_equal(world.outcome[world.outcomes - 1].status, MAIL_STATUS_DELIVERED);
}

static void
one_released_is_not_bounced(void **state)
{
	struct schedule_message_row row = { 0 };
	struct schedule_ask *ask;

	(void)state;
	greylist_many();
	row.id = id[0];
	bounce("cred:shop", 300, MANY, true);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE_MESSAGE, .message = &row,
						.messages = 1, .by = "bo" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	ask = wait_for_it();
	assert_int_equal(ask->affected, MANY - 1);
	ask_free(&ask);
	assert_int_equal(world.finals, MANY - 1);
	flush_all();
	world_run_finals(MANY);
}

/* what_was_held_stays_held - the time of grace stands beside the hold that was there, in
 * either order, and takes nothing with it when it is withdrawn. */
static void
what_was_held_stays_held(void **state)
{
	struct schedule_message_row row[2] = { 0 };
	struct schedule_ask *ask;

	(void)state;
	greylist_many();
	row[0].id = id[0];
	row[1].id = id[1];
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE, .message = row,
						.messages = 1, .by = "bo", .reason = "legal" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	bounce("*", 60000, MANY, true);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE, .message = row + 1,
						.messages = 1, .by = "bo", .reason = "late" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE, .match = scope });
	assert_int_equal(ask->affected, MANY);
	ask_free(&ask);
	flush_all();
	world_run_finals(MANY - 2);
	world_settle();
	assert_int_equal(world.finals, MANY - 2);
	for (int i = 0; i < 2; i++) {
		ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE,
							.message_id = id[i] });
		assert_non_null(strstr(ask->sentence[0], i == 0 ? "legal" : "late"));
		ask_free(&ask);
	}
	row[0] = (struct schedule_message_row){ .id = id[0] };
	row[1] = (struct schedule_message_row){ .id = id[1] };
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE_MESSAGE, .message = row,
						.messages = 2, .by = "bo" });
	assert_int_equal(ask->affected, 2);
	ask_free(&ask);
	flush_all();
	world_run_finals(MANY);
}

static void
few_are_done_at_once(void **state)
{
	(void)state;
	greylist_many();
	bounce("one.example", 60000, MANY - MANY / 3, false); /* a hundred */
	assert_int_equal(world.finals, 100);
	bounce("two.example", 0, MANY / 3, false);
	assert_int_equal(world.finals, MANY);
}

static bool
keep_first(struct deliver_job *job)
{
	if (world.kept_count == 0)
		return false;
	answer_all(job, &greylisted);
	return true;
}

static void
what_comes_back_late_goes_on(void **state)
{
	struct schedule_ask *ask;
	struct deliver_job *job;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = keep_first;
	for (int i = 0; i < MANY; i++)
		submit_to("a@one.example");
	world_wanted = MANY - 1;
	world_run(has_deferred);
	bounce("*", 100, MANY - 1, true);
	ask = wait_for_it();
	assert_int_equal(ask->affected, MANY - 1);
	ask_free(&ask);
	job = world.kept[0];
	world.kept[0] = NULL;
	answer_all(job, &greylisted);
	world_answer(job);
	world_wanted = MANY;
	world_run(has_deferred);
	world.deliver = accept_all;
	flush_all();
	world_run_finals(MANY);
	assert_int_equal(world.outcome[world.outcomes - 1].status, MAIL_STATUS_DELIVERED);
}

static void
stopped_in_the_middle(void **state)
{
	(void)state;
	greylist_many();
	bounce("*", 60000, MANY, true); /* the end frees it: the sanitizer looks */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(held_first_then_bounced),
		TEST(withdrawn_as_a_whole),
		TEST(one_released_is_not_bounced),
		TEST(what_was_held_stays_held),
		TEST(few_are_done_at_once),
		TEST(what_comes_back_late_goes_on),
		TEST(stopped_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
