/* What operators do to what waits: taking it out, looking first, being refused. */
#include "world.h"

static struct schedule_ask *
bounce(const char *match, bool is_dry, uint64_t count)
{
	return world_ask(&(struct schedule_ask){ .act = SCHEDULE_BOUNCE,
						 .match = match,
						 .by = "ana",
						 .reason = "campaign withdrawn",
						 .is_dry = is_dry,
						 .count = count });
}

/* so many wait deferred at one.example, and one at two.example */
static void
fill_queues(size_t at_one)
{
	world.deliver = greylist_always;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	for (size_t i = 0; i < at_one; i++)
		world_submit(&(struct letter){ .credential = i % 2 ? "news" : "shop",
					       .to = { "a@one.example" } });
	submit_to("b@two.example");
	world_wanted = at_one + 1;
	world_run(has_deferred);
}

static void
bounced_when_all_of_it_is_stored(void **state)
{
	struct schedule_counts counts;
	struct schedule_ask *ask;

	(void)state;
	fill_queues(1200); /* more than a slice, and more than one batch */
	ask = bounce("one.example", false, 0);
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 1200);
	assert_int_equal(world.finals, 1200); /* before the answer came */
	ask_free(&ask);
	assert_int_equal(outcome_of("a@one.example", 1200)->status, MAIL_STATUS_BOUNCED);
	assert_int_equal(outcome_of("a@one.example", 1200)->code, 0);
	assert_string_equal(outcome_of("a@one.example", 1200)->detail,
			    "bounced by ana: campaign withdrawn");
	world_settle();
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.queued, 1);
}

static void
a_pattern_takes_held_mail_but_not_what_is_under_way(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	fill_queues(3);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_HOLD, .match = "one.example", .by = "ana" });
	ask_free(&ask);
	world.deliver = keep_all;
	submit_to("c@two.example");
	world_run_kept(1);
	ask = bounce("*", false, 0);
	assert_int_equal(ask->affected, 4);
	ask_free(&ask);
	assert_null(outcome_of("c@two.example", 0));
	answer_kept(0);
	world_run_finals(5);
	assert_int_equal(outcome_of("c@two.example", 0)->status, MAIL_STATUS_DELIVERED);
	ask = bounce("*", false, 0); /* nothing left: done, at once */
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 0);
	ask_free(&ask);
}

static void
looked_at_first(void **state)
{
	static const struct {
		enum schedule_act act;
		uint32_t affected;
		size_t credentials;
	} rows[] = { { SCHEDULE_BOUNCE, 4, 2 },
		     { SCHEDULE_HOLD, 4, 2 },
		     { SCHEDULE_FLUSH, 1, 1 },
		     { SCHEDULE_RELEASE, 3, 2 } };
	struct schedule_ask *ask;

	(void)state;
	fill_queues(3);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_HOLD, .match = "one.example", .by = "ana" });
	ask_free(&ask);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ask = world_ask(&(struct schedule_ask){
			.act = rows[i].act, .match = "*", .is_dry = true });
		assert_int_equal(ask->result, 0);
		assert_int_equal(ask->affected, rows[i].affected);
		assert_int_equal(ask->credentials, rows[i].credentials);
		assert_true(ask->oldest_unix_ms > 0 && ask->oldest_unix_ms <= clock_unix_ms());
		assert_int_equal(ask->senders, 1); /* bounce@shop.example */
		assert_false(ask->is_rough);
		ask_free(&ask);
	}
	assert_int_equal(world.finals, 0);
	assert_int_equal(world.writes, 1); /* the hold */
}

static void
refused_when_it_grew(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	fill_queues(3);
	ask = bounce("one.example", false, 2);
	assert_true(ask->changed_since);
	assert_int_equal(ask->result, -1);
	ask_free(&ask);
	assert_int_equal(world.finals, 0);
	ask = bounce("one.example", false, 3);
	assert_false(ask->changed_since);
	assert_int_equal(ask->affected, 3);
	ask_free(&ask);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bounced_when_all_of_it_is_stored, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_pattern_takes_held_mail_but_not_what_is_under_way,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(looked_at_first, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(refused_when_it_grew, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
