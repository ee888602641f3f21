/* What waits, and why: holds, time, a store that cannot write, turns; and what an
 * operator is told about it. */
#include "world.h"

/* ---- holds
 * --------------------------------------------------------------------------------
 */

static void
held_then_released(void **state)
{
	struct schedule_ask *ask;
	struct schedule_counts counts;

	(void)state;
	world.deliver = keep_all;
	submit_to("a@one.example");
	world_run_kept(1);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD,
						.match = "one.example",
						.by = "ana",
						.reason = "complaint spike" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 0); /* the one under way is not stopped */
	ask_free(&ask);
	assert_string_equal(world.written, "put one.example");
	answer_kept(0);
	world.deliver = accept_all;
	world_submit(&(struct letter){ .to = { "b@one.example" }, .lives_ms = 30 });
	submit_to("b@two.example");
	world_run_finals(2);
	world_settle();
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.held, 1);
	assert_int_equal(counts.queued, 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "HELD by ana");
	assert_non_null(strstr(ask->queue[0].why, "complaint spike"));
	assert_int_equal(ask->queue[0].held, 1);
	assert_int_equal(ask->queue[0].next_unix_ms, -1);
	ask_free(&ask);
	/* its time passes: somebody holds it, so it neither goes nor expires */
	while (clock_unix_ms() < world.outcome[1].at_unix_ms + 60)
		world_settle();
	assert_int_equal(world.finals, 2);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_RELEASE, .match = "one.example", .by = "ana" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	assert_string_equal(world.written, "delete one.example");
	world_run_finals(3);
	assert_int_equal(outcome_of("b@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.held, 0);
}

static void
a_hold_ends_by_its_time(void **state)
{
	struct store_hold hold = { .scope = "one.example",
				   .by = "ana",
				   .reason = "",
				   .since_unix_ms = clock_unix_ms(),
				   .until_unix_ms = clock_unix_ms() + 500 };

	(void)state;
	schedule_load_hold(world.s, &hold);
	submit_to("a@one.example");
	world_settle();
	assert_int_equal(world.finals, 0);
	world_run_finals(1);
	assert_string_equal(world.written, "delete one.example");
}

static void
acts_refuse_what_changed(void **state)
{
	struct schedule_ask *ask;
	uint64_t generation;

	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 8; i++)
		submit_to("a@one.example");
	world_run_kept(2);
	world_meet();
	world_run_kept(4);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	generation = ask->queue[0].generation;
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD,
						.match = "one.example",
						.generation = generation,
						.by = "ana" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 4);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE,
						.match = "one.example",
						.generation = generation,
						.by = "bob" });
	assert_true(ask->changed_since);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "oen.example" });
	assert_int_equal(ask->result, -1);
	assert_non_null(strstr(ask->err.text, "did you mean one.example?"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = "oen" });
	assert_int_equal(ask->result, -1);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = "Oen.example" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 0);
	assert_string_equal(ask->match, "oen.example");
	assert_string_equal(ask->near, "one.example");
	ask_free(&ask);
}

static void
flushed_goes_now(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_first;
	submit_to("a@one.example");
	submit_to("b@one.example");
	world_wanted = 2;
	world_run(has_deferred);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "*" });
	assert_int_equal(ask->affected, 2);
	ask_free(&ask);
	world_run_finals(2);
}

/* ---- time
 * --------------------------------------------------------------------------------
 */

static void
expires_with_the_last_reply(void **state)
{
	const struct world_outcome *last;

	(void)state;
	world.deliver = greylist_always;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .lives_ms = 120 });
	world_run_finals(1);
	last = &world.outcome[world.outcomes - 1];
	assert_int_equal(last->kind, MAIL_EVENT_EXPIRED);
	assert_int_equal(last->status, MAIL_STATUS_EXPIRED);
	assert_int_equal(last->code, 451);
	assert_string_equal(last->reply, "4.7.1 greylisted");
	assert_true(last->attempt >= 2);
}

static void
expires_behind_a_dead_site(void **state)
{
	(void)state;
	site_is_down = true;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = down_or_fine;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .lives_ms = 60 });
	world_submit(&(struct letter){ .to = { "b@one.example" }, .lives_ms = 60 });
	world_run_finals(2);
	assert_int_equal(world.outcome[world.outcomes - 1].kind, MAIL_EVENT_EXPIRED);
	assert_string_equal(world.outcome[world.outcomes - 1].reply, "connection refused");
}

static void
load_one(uint64_t id, const char *address, const char *domain, int64_t next, int64_t expires,
	 uint32_t attempts)
{
	struct store_queued_recipient r = { .no = 3,
					    .address = address,
					    .domain = domain,
					    .attempts = attempts,
					    .next_attempt_unix_ms = next,
					    .status = MAIL_STATUS_DEFERRED };
	struct store_queued queued = { .id = id,
				       .credential_id = 7,
				       .credential = "shop",
				       .return_path = "b@shop.example",
				       .from_domain = "shop.example",
				       .expires_unix_ms = expires,
				       .recipients = 1,
				       .recipient = &r };

	schedule_load(world.s, &queued);
}

static void
loaded_goes_when_it_is_time(void **state)
{
	int64_t now = clock_unix_ms();
	const struct world_outcome *o;

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", now + 50,
		 now + 60000, 4);
	load_one(id_gen_next(&world.ids, now), "b@one.example", "one.example", 0, now + 60000, 0);
	world_run_finals(2);
	o = outcome_of("a@one.example", 0);
	assert_int_equal(o->attempt, 5);
	assert_int_equal(o->no, 3);
	assert_true(o->at_unix_ms >= now + 48);
	assert_int_equal(world.fetches, 2); /* bodies are not loaded */
}

static void
loaded_too_late_gets_one_attempt(void **state)
{
	int64_t now = clock_unix_ms();

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", 0, now - 1, 2);
	load_one(id_gen_next(&world.ids, now), "a@two.example", "two.example", 0, now - 1, 2);
	world.deliver = greylist_first; /* two jobs: both are deferred */
	world_run_finals(2);
	assert_int_equal(world.outcomes, 2);
	assert_int_equal(world.outcome[0].kind, MAIL_EVENT_EXPIRED);
	assert_int_equal(world.outcome[0].attempt, 3);
}

/* ---- the store
 * --------------------------------------------------------------------------------
 */

static bool
was_refused(void)
{
	return world.refused > 0;
}

static void
refused_outcomes_are_kept(void **state)
{
	uint64_t jobs;

	(void)state;
	world.store_refuses = true;
	submit_to("a@one.example");
	world_run(was_refused);
	jobs = world.jobs;
	submit_to("b@one.example");
	world_settle();
	assert_int_equal(world.jobs, jobs); /* what could not be recorded is not started */
	assert_int_equal(world.outcomes, 0);
	world.store_refuses = false;
	world_run_finals(2);
	assert_string_equal(world.outcome[0].recipient, "a@one.example");
}

static void
a_broken_store_stops_deliveries(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.store_is_broken = true;
	submit_to("a@one.example");
	world_settle();
	assert_int_equal(world.jobs, 0);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "stopped");
	ask_free(&ask);
	world.store_is_broken = false;
	world_run_finals(1);
}

static void
bodies_beyond_the_budget_are_fetched(void **state)
{
	(void)state;
	world.config.limits.body_memory_bytes = 3000;
	world.deliver = keep_all;
	for (int i = 0; i < 60; i++)
		submit_to("a@one.example");
	world_run_kept(2);
	world_meet();
	world_run_kept(4);
	assert_in_range(world.s->kept_bytes, 1, 3000);
	for (size_t i = 0; i < 60; i++) {
		world_run_kept(i + 1);
		answer_kept(i);
	}
	world_run_finals(60);
	assert_in_range(world.fetches, 10, 56);
	assert_int_equal(world.s->kept_bytes, 0);
}

static void
a_body_that_cannot_be_read_waits(void **state)
{
	int64_t now = clock_unix_ms();

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", 0, now + 60000, 0);
	world.fetch_fails = true;
	world_wanted = 2;
	world_run(has_deferred);
	assert_string_equal(world.outcome[0].reply, "cannot read the body");
	world.fetch_fails = false;
	world_run_finals(1);
}

/* ---- fairness
 * --------------------------------------------------------------------------------
 */

static void
one_connection(void)
{
	world.config.delivery.max_connections = 1;
	schedule_reconfigure(world.s, &world.config);
}

static size_t
place_of(const char *recipient)
{
	const struct world_outcome *o = outcome_of(recipient, 0);

	assert_non_null(o);
	return (size_t)(o - world.outcome);
}

static void
a_campaign_does_not_delay_others(void **state)
{
	(void)state;
	one_connection();
	world.deliver = keep_all;
	for (int i = 0; i < 500; i++)
		world_submit(
			&(struct letter){ .credential = "campaign", .to = { "x@one.example" } });
	world_run_kept(1);
	world_submit(&(struct letter){ .credential = "shop", .to = { "reset@one.example" } });
	world_settle();
	world.deliver = accept_all;
	answer_kept(0);
	world_run_finals(501);
	assert_in_range(place_of("reset@one.example"), 1, 3);
}

static void
transactional_goes_before_bulk_and_bulk_goes_on(void **state)
{
	size_t bulk = 0;

	(void)state;
	one_connection();
	world.deliver = keep_all;
	submit_to("first@one.example");
	world_run_kept(1);
	for (int i = 0; i < 100; i++) {
		world_submit(&(struct letter){
			.credential = "news", .is_bulk = true, .to = { "bulk@one.example" } });
		world_submit(&(struct letter){ .credential = "shop", .to = { "tx@one.example" } });
	}
	world_settle();
	world.deliver = accept_all;
	answer_kept(0);
	world_run_finals(201);
	for (size_t i = 0; i < 51; i++)
		bulk += strcmp(world.outcome[i].recipient, "bulk@one.example") == 0;
	assert_in_range(bulk, 4, 6); /* its share, not more */
}

static void
bulk_leaves_a_connection_free(void **state)
{
	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 50; i++)
		world_submit(&(struct letter){ .is_bulk = true, .to = { "bulk@slow.example" } });
	world_run_kept(1); /* of two, at first */
	world_settle();
	assert_int_equal(world.kept_count, 1);
	world_meet();
	world_run_kept(3);
	world_settle();
	assert_int_equal(world.kept_count, 3); /* of four */
	submit_to("reset@slow.example");
	world_run_kept(4);
	assert_string_equal(world.kept[3]->recipient[0].address, "reset@slow.example");
}

/* a provider with many sets of hosts, one connection: credentials still take turns */
static void
own_mx_of_provider(struct world_route *r)
{
	snprintf(r->name, sizeof r->name, "mx-%.100s.big.example", r->domain);
}

static void
a_provider_is_one_site(void **state)
{
	static const char *mx[] = { "*.big.example" };
	struct config_provider provider = { .name = "big",
					    .mx = mx,
					    .mxs = 1,
					    .max_connections = 2,
					    .messages_per_connection = 100 };
	struct schedule_ask *ask;
	char to[32];

	(void)state;
	world.config.provider = &provider;
	world.config.providers = 1;
	world.resolve = own_mx_of_provider;
	world.deliver = keep_all;
	for (int i = 0; i < 30; i++) {
		snprintf(to, sizeof to, "a@d%d.example", i % 10);
		submit_to(to);
	}
	world_run_kept(2);
	world_settle();
	assert_int_equal(world.kept_count, 2);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_SITES });
	assert_int_equal(ask->rows, 1);
	assert_string_equal(ask->site[0].name, "big");
	assert_int_equal(ask->site[0].domains, 10);
	assert_int_equal(ask->site[0].queued, 30);
	ask_free(&ask);
	for (size_t i = 0; i < 30; i++) {
		world_run_kept(i + 1);
		answer_kept(i);
	}
	world_run_finals(30);
	assert_int_equal(world.open_max, 2);
	world.config.provider = NULL;
	world.config.providers = 0;
}

static void
a_rate_is_kept(void **state)
{
	static const char *mx[] = { "mx.*" };
	struct config_provider provider = { .name = "big",
					    .mx = mx,
					    .mxs = 1,
					    .max_connections = 5,
					    .rate = { 100, 1000 },
					    .messages_per_connection = 100 };
	int64_t first, last;

	(void)state;
	world.config.provider = &provider;
	world.config.providers = 1;
	for (int i = 0; i < 40; i++)
		submit_to("a@one.example");
	world_run_finals(40);
	first = world.outcome[0].at_unix_ms;
	last = world.outcome[39].at_unix_ms;
	assert_in_range(last - first, 270, 5000); /* ten may go at once, thirty 10 ms apart */
	world.config.provider = NULL;
	world.config.providers = 0;
}

/* ---- questions
 * --------------------------------------------------------------------------------
 */

static void
lists_are_sorted_windows(void **state)
{
	struct schedule_ask *ask;
	char to[64];

	(void)state;
	world.resolve = nxdomain;
	one_connection();
	for (int i = 0; i < 200; i++) {
		snprintf(to, sizeof to, "a@q%03d.example", i);
		for (int n = 0; n <= (i == 42 ? 7 : i == 43 ? 5 : 0); n++)
			load_one(id_gen_next(&world.ids, clock_unix_ms()), to, to + 2,
				 clock_unix_ms() + 50000 - i * 100, clock_unix_ms() + 90000, 1);
	}
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .limit = 2, .sort = SCHEDULE_SORT_SIZE });
	assert_int_equal(ask->total, 200);
	assert_int_equal(ask->rows, 2);
	assert_string_equal(ask->queue[0].domain, "q042.example");
	assert_string_equal(ask->queue[1].domain, "q043.example");
	assert_int_equal(ask->queue[0].deferred, 8);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_QUEUES,
						.limit = 10,
						.offset = 195,
						.sort = SCHEDULE_SORT_NAME });
	assert_int_equal(ask->rows, 5);
	assert_string_equal(ask->queue[0].domain, "q195.example");
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .limit = 1, .sort = SCHEDULE_SORT_NEXT });
	assert_string_equal(ask->queue[0].domain, "q199.example");
	assert_non_null(strstr(ask->queue[0].why, "each waits for its own next attempt"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .match = "q00*", .sort = SCHEDULE_SORT_OLDEST });
	assert_int_equal(ask->rows, 10);
	assert_string_equal(ask->queue[0].domain, "q000.example");
	ask_free(&ask);
}

static void
every_recipient_says_why_it_waits(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	world.retry_ms[0] = 3600000;
	world.deliver = greylist_always;
	id = submit_to("a@one.example");
	world_wanted = 1;
	world_run(has_deferred);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_int_equal(ask->rows, 1);
	assert_non_null(strstr(ask->sentence[0], "a@one.example attempt 1 was answered "
						 "\"451 4.7.1 greylisted\"; next attempt at "));
	assert_non_null(strstr(ask->sentence[0], "; gives up in "));
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = 12345 });
	assert_int_equal(ask->rows, 0);
	assert_int_equal(ask->result, 0);
	ask_free(&ask);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(held_then_released),
		TEST(a_hold_ends_by_its_time),
		TEST(acts_refuse_what_changed),
		TEST(flushed_goes_now),
		TEST(expires_with_the_last_reply),
		TEST(expires_behind_a_dead_site),
		TEST(loaded_goes_when_it_is_time),
		TEST(loaded_too_late_gets_one_attempt),
		TEST(refused_outcomes_are_kept),
		TEST(a_broken_store_stops_deliveries),
		TEST(bodies_beyond_the_budget_are_fetched),
		TEST(a_body_that_cannot_be_read_waits),
		TEST(a_campaign_does_not_delay_others),
		TEST(transactional_goes_before_bulk_and_bulk_goes_on),
		TEST(bulk_leaves_a_connection_free),
		TEST(a_provider_is_one_site),
		TEST(a_rate_is_kept),
		TEST(lists_are_sorted_windows),
		TEST(every_recipient_says_why_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
