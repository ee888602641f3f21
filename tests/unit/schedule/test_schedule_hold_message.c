/* Messages held by themselves: they wait, nobody else does, and they wait after a
 * restart too. */
#include "hold_kit.h"

static struct schedule_message_row rows[4];
static char held_by[64]; /* the scope of the last hold */

static struct schedule_ask *
ask_act(enum schedule_act act, struct schedule_message_row *row, size_t count, int64_t until)
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){ .act = act,
								     .message = row,
								     .messages = count,
								     .by = "ana",
								     .reason = "wrong price",
								     .until_unix_ms = until });

	assert_int_equal(ask->result, 0);
	if (act == SCHEDULE_HOLD_MESSAGE)
		snprintf(held_by, sizeof held_by, "%s", ask->scope);
	return ask;
}

/* act - on the first so many rows; `affected` recipients are touched. */
static void
act(enum schedule_act what, size_t count, uint32_t affected)
{
	struct schedule_ask *ask;

	for (size_t i = 0; i < count; i++)
		rows[i] = (struct schedule_message_row){ .id = rows[i].id,
							 .no = rows[i].no,
							 .is_one = rows[i].is_one };
	ask = ask_act(what, rows, count, 0);
	assert_int_equal(ask->affected, affected);
	ask_free(&ask);
}

/* greylist_all - so that it waits, for a long time, after a first attempt. */
static void
greylist_all(size_t recipients)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	world_wanted = recipients;
	world_run(has_deferred);
	world.deliver = accept_all;
}

static void
the_others_go(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	rows[0] = (struct schedule_message_row){
		.id = world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example" } }),
		.no = 1, .is_one = true };
	rows[1] = (struct schedule_message_row){ .id = submit_to("c@one.example") };
	submit_to("d@one.example");
	greylist_all(4);
	act(SCHEDULE_HOLD_MESSAGE, 2, 2);
	assert_int_equal(world.marks, 2);
	assert_string_equal(world.marked, held_by);
	assert_int_equal(hold_count(), 2);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "one.example" });
	ask_free(&ask);
	world_run_finals(2); /* a and d: the flush goes past a hold */
	assert_int_equal(hold_count(), 2);
	assert_null(outcome_of("b@one.example", 1));
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE,
						.message_id = rows[1].id });
	assert_int_equal(ask->waiting[0].wait.constraint, SCHEDULE_BY_HOLD);
	assert_string_equal(ask->waiting[0].wait.cause, "ana: wrong price");
	assert_non_null(strstr(ask->sentence[0], "ana held it at "));
	assert_non_null(strstr(ask->sentence[0], "relaycli message release "));
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_int_equal(ask->queue[0].held, 2);
	assert_string_equal(ask->queue[0].state, "HELD by ana");
	ask_free(&ask);
	act(SCHEDULE_RELEASE_MESSAGE, 2, 2);
	assert_int_equal(world.marks, 4);
	assert_string_equal(world.marked, "");
	world_run_finals(4);
	assert_int_equal(hold_count(), 0);
	world_settle();
	assert_memory_equal(world.written, "delete messages:", 16); /* nobody is left in it */
}

static void
under_several_holds_it_is_counted_once(void **state)
{
	struct schedule_ask *ask;
	char first[64];

	(void)state;
	rows[0] = (struct schedule_message_row){ .id = submit_to("a@one.example") };
	rows[1] = (struct schedule_message_row){ .id = submit_to("b@two.example") };
	submit_to("c@one.example");
	greylist_all(3);
	act(SCHEDULE_HOLD_MESSAGE, 1, 1);
	snprintf(first, sizeof first, "%s", held_by);
	act(SCHEDULE_HOLD_MESSAGE, 2, 2); /* the later one counts */
	assert_string_not_equal(first, held_by);
	assert_int_equal(hold_count(), 2);
	for (int i = 0; i < 2; i++) {
		ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD,
							.match = i ? "cred:shop" : "one.example",
							.by = "bo" });
		ask_free(&ask);
		assert_int_equal(hold_count(), 3);
	}
	hold_release("*", 2);
	assert_int_equal(hold_count(), 3);
	hold_release(held_by, 2);
	assert_int_equal(hold_count(), 3); /* by the credential's */
	hold_release("cred:shop", 3);
	assert_int_equal(hold_count(), 0);
}

static void
held_alone_or_not_is_said(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	rows[0] = (struct schedule_message_row){ .id = submit_to("a@one.example") };
	greylist_all(1);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = "one.example" });
	ask_free(&ask);
	ask = ask_act(SCHEDULE_RELEASE_MESSAGE, rows, 1, 0);
	assert_int_equal(ask->affected, 0);
	assert_string_equal(ask->scope, "one.example");
	ask_free(&ask);
	assert_int_equal(world.marks, 0);
}

static void
what_is_under_way_is_held_when_it_comes_back(void **state)
{
	struct deliver_job *job;

	(void)state;
	world.deliver = keep_all;
	rows[0] = (struct schedule_message_row){ .id = submit_to("a@one.example") };
	rows[1] = (struct schedule_message_row){ .id = submit_to("b@two.example") };
	world_run_kept(2);
	act(SCHEDULE_HOLD_MESSAGE, 2, 0); /* nothing waits, so nothing is held ... */
	assert_int_equal(world.marks, 0);
	submit_to("c@two.example");
	rows[1].id = submit_to("d@three.example");
	world_run_kept(4);
	world.deliver = accept_all;
	rows[0].id = world_submit(&(struct letter){ .to = { "e@one.example", "f@four.example" } });
	world.deliver = keep_all;
	world_run_kept(6);
	job = world.kept[4];
	world.kept[4] = NULL;
	answer_all(job, &greylisted);
	world_answer(job);
	world_wanted = 1;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world_run(has_deferred);
	act(SCHEDULE_HOLD_MESSAGE, 1, 1); /* ... but with something that waits, this is too */
	assert_int_equal(world.marks, 2);
	assert_int_equal(rows[0].active, 1);
	job = world.kept[5];
	world.kept[5] = NULL;
	answer_all(job, &greylisted);
	world_answer(job);
	world_wanted = 2;
	world_run(has_deferred);
	assert_int_equal(hold_count(), 2);
}

static void
its_time_does_not_pass(void **state)
{
	int64_t deadline = clock_unix_ms() + 400;
	struct schedule_ask *ask;

	(void)state;
	rows[0] = (struct schedule_message_row){ .id = world_submit(
		&(struct letter){ .to = { "a@one.example" }, .lives_ms = 200 }) };
	greylist_all(1);
	ask = ask_act(SCHEDULE_HOLD_MESSAGE, rows, 1, deadline);
	ask_free(&ask);
	while (clock_unix_ms() < deadline - 50) {
		world_settle();
		assert_int_equal(world.finals, 0);
	}
	world.retry_ms[0] = world.retry_ms[1] = 20;
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "one.example" });
	ask_free(&ask);
	world_run_finals(1); /* released by its time, and tried once more */
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_DELIVERED);
	assert_true(clock_unix_ms() >= deadline);
}

static void
held_after_a_restart(void **state)
{
	static const char *const holds[] = { "messages:6H139FEWC0100", "messages:gone", NULL };
	static const char *const to[] = { "a@one.example", "b@one.example", "c@one.example" };
	struct store_queued_recipient r[3];
	struct store_queued queued = { .id = id_gen_next(&world.ids, clock_unix_ms()),
				       .credential_id = 7, .credential = "shop",
				       .return_path = "b@shop.example",
				       .from_domain = "shop.example",
				       .expires_unix_ms = clock_unix_ms() + 60000,
				       .recipients = 3, .recipient = r };
	struct store_hold hold = { .scope = holds[0], .by = "ana", .reason = "" };

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		r[i] = (struct store_queued_recipient){ .no = 10 + i, .address = to[i],
							.domain = "one.example", .hold = holds[i] };
	schedule_load_hold(world.s, &hold);
	schedule_load(world.s, &queued);
	world_run_finals(2);
	assert_int_equal(hold_count(), 1);
	rows[0] = (struct schedule_message_row){ .id = queued.id, .no = 10, .is_one = true };
	rows[1] = (struct schedule_message_row){ .id = queued.id, .no = 11, .is_one = true };
	act(SCHEDULE_RELEASE_MESSAGE, 2, 1);
	assert_int_equal(rows[1].left, 1);
	world_run_finals(3);
}

#define MANY 2500

static void
many_are_written_in_slices(void **state)
{
	struct schedule_message_row *many = mem_zero(MANY, sizeof *many);
	struct schedule_ask *ask;

	(void)state;
	world.config.delivery.max_connections = 1;
	world.deliver = keep_all;
	for (size_t i = 0; i < MANY; i++)
		many[i].id = submit_to("a@one.example");
	world_run_kept(1);
	ask = ask_act(SCHEDULE_HOLD_MESSAGE, many, MANY, 0);
	assert_int_equal(ask->affected, MANY - 1);
	ask_free(&ask);
	assert_int_equal(world.marks, MANY);
	assert_int_equal(world.mark_writes, 3);
	assert_int_equal(hold_count(), MANY - 1);
	world.deliver = accept_all;
	answer_kept(0);
	hold_release(held_by, MANY - 1);
	world_run_finals(MANY);
	mem_free(many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_others_go),
		TEST(under_several_holds_it_is_counted_once),
		TEST(held_alone_or_not_is_said),
		TEST(what_is_under_way_is_held_when_it_comes_back),
		TEST(its_time_does_not_pass),
		TEST(held_after_a_restart),
		TEST(many_are_written_in_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
