/* What holds a recipient, as one constraint: a row for each way to wait, and about when
 * its turn comes. */
#include "world.h"

static uint64_t watched; /* the message that is asked about */

/* ---- ways to wait ------------------------------------------------------------------------ */

static bool
is_waiting_as_wanted(void)
{
	return world.deferrals >= world_wanted;
}

static void
held(void)
{
	struct store_hold hold = { .scope = "one.example", .by = "ana", .reason = "spike",
				   .since_unix_ms = clock_unix_ms(),
				   .until_unix_ms = clock_unix_ms() + 3600000 };

	schedule_load_hold(world.s, &hold);
	watched = submit_to("a@one.example");
}

static void
held_without_end(void)
{
	struct store_hold hold = { .scope = "one.example", .by = "ana", .reason = "",
				   .since_unix_ms = clock_unix_ms() };

	schedule_load_hold(world.s, &hold);
	watched = submit_to("a@one.example");
}

static void
scheduled(void)
{
	watched = world_submit(
		&(struct letter){ .to = { "a@one.example" }, .later_ms = 3600000 });
}

static void
greylisted_before(void)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	watched = submit_to("a@one.example");
	world_wanted = 1;
	world_run(is_waiting_as_wanted);
}

static void
no_answer(struct world_route *r)
{
	r->route.failed = true;
	err_set(&r->route.err, ERR_TEMP, 0, "DNS: no answer");
}

static void
behind_a_lookup(void)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.resolve = no_answer;
	watched = submit_to("a@one.example");
	world_wanted = 1;
	world_run(is_waiting_as_wanted);
}

static void
behind_a_dead_site(void)
{
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	site_is_down = true;
	world.deliver = down_or_fine;
	watched = submit_to("a@one.example");
	world_wanted = 1;
	world_run(is_waiting_as_wanted);
}

static void
behind_the_store(void)
{
	world.store_is_broken = true;
	watched = submit_to("a@one.example");
	world_settle();
}

static void
behind_four_connections(void)
{
	world.deliver = keep_all;
	for (int i = 0; i < 4; i++)
		submit_to("a@one.example");
	world_run_kept(2);
	world_meet();
	world_run_kept(4);
	watched = submit_to("a@one.example");
	world_settle();
}

static void
behind_all_connections(void)
{
	world.config.delivery.total_connections = 1;
	schedule_reconfigure(world.s, &world.config);
	world.deliver = keep_all;
	submit_to("a@two.example");
	world_run_kept(1);
	watched = submit_to("a@one.example");
	world_settle();
}

static void
under_way(void)
{
	world.deliver = keep_all;
	watched = submit_to("a@one.example");
	world_run_kept(1);
}

/* one an hour: the first goes, the second waits */
static void
behind_a_rate(void)
{
	static const char *mx[] = { "mx.*" };
	static struct config_provider provider = { .name = "slow", .mx = mx, .mxs = 1,
						   .max_connections = 5,
						   .rate = { 1, 3600000 },
						   .messages_per_connection = 100 };

	world.config.provider = &provider;
	world.config.providers = 1;
	submit_to("a@one.example");
	world_run_finals(1);
	watched = submit_to("a@one.example");
	world_settle();
}

enum moment { NEVER, NOW, IN_AN_HOUR };

static const struct {
	const char *name;
	void (*make)(void);
	enum schedule_constraint want;
	const char *cause;         /* contains; NULL: none */
	enum moment until, projected;
} cases[] = {
	{ "hold", held, SCHEDULE_BY_HOLD, "ana: spike", IN_AN_HOUR, IN_AN_HOUR },
	{ "hold without end", held_without_end, SCHEDULE_BY_HOLD, "ana", NEVER, NEVER },
	{ "scheduled", scheduled, SCHEDULE_BY_SENDER, NULL, IN_AN_HOUR, IN_AN_HOUR },
	{ "greylisted", greylisted_before, SCHEDULE_BY_OWN_RETRY, "451 4.7.1 greylisted",
	  IN_AN_HOUR, IN_AN_HOUR },
	{ "look-up", behind_a_lookup, SCHEDULE_BY_LOOKUP, "DNS: no answer", IN_AN_HOUR,
	  IN_AN_HOUR },
	{ "dead site", behind_a_dead_site, SCHEDULE_BY_BACKOFF, "connection refused", IN_AN_HOUR,
	  NEVER },
	{ "store", behind_the_store, SCHEDULE_BY_STORE, NULL, NEVER, NEVER },
	{ "rate", behind_a_rate, SCHEDULE_BY_RATE, NULL, NEVER, IN_AN_HOUR },
	{ "connections", behind_four_connections, SCHEDULE_BY_CONNECTIONS, NULL, NEVER, NEVER },
	{ "all connections", behind_all_connections, SCHEDULE_BY_ALL_CONNECTIONS, NULL, NEVER,
	  NEVER },
	{ "under way", under_way, SCHEDULE_BY_NOTHING, NULL, NEVER, NOW },
};

static bool
is_at(int64_t unix_ms, enum moment want)
{
	int64_t in_ms = unix_ms - clock_unix_ms();

	if (want == NEVER)
		return unix_ms == 0;
	/* retries are within 20 % of their interval */
	return want == NOW ? unix_ms > 0 && in_ms <= 0
			   : in_ms > 2800000 && in_ms < 4400000;
}

static void
each_way_to_wait_has_its_constraint(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct schedule_ask *ask;
		const struct schedule_wait *wait;

		if (i > 0)
			world_setup(state);
		site_is_down = false;
		cases[i].make();
		ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE,
							.message_id = watched });
		if (ask->rows != 1)
			fail_msg("%s: %zu rows", cases[i].name, ask->rows);
		wait = &ask->waiting[0].wait;
		assert_string_equal(ask->waiting[0].recipient, "a@one.example");
		if (wait->constraint != cases[i].want)
			fail_msg("%s: %s", cases[i].name,
				 schedule_constraint_name(wait->constraint));
		if ((wait->cause == NULL) != (cases[i].cause == NULL)
		    || (wait->cause && strstr(wait->cause, cases[i].cause) == NULL))
			fail_msg("%s: cause %s", cases[i].name, wait->cause ? wait->cause : "none");
		if (!is_at(wait->until_unix_ms, cases[i].until)
		    || !is_at(wait->projected_unix_ms, cases[i].projected))
			fail_msg("%s: until %lld, projected %lld, now %lld", cases[i].name,
				 (long long)wait->until_unix_ms,
				 (long long)wait->projected_unix_ms, (long long)clock_unix_ms());
		ask_free(&ask);
		if (i + 1 < sizeof cases / sizeof cases[0])
			world_teardown(state);
	}
}

/* ---- turns ------------------------------------------------------------------------------- */

/* seconds until the last of what waits is tried, by what the relay says; -1: it cannot say */
static double
said_of_the_last(uint64_t id)
{
	struct schedule_ask *ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	int64_t at = ask->waiting[0].wait.projected_unix_ms;

	assert_int_equal(ask->waiting[0].wait.constraint, SCHEDULE_BY_CONNECTIONS);
	ask_free(&ask);
	return at ? (double)(at - clock_unix_ms()) / 1000 : -1;
}

/* serve - as if the site had taken so many in the last ten seconds */
static void
serve(uint32_t recipients)
{
	struct schedule_site *site =
		LIST_OWNER(schedule_queue_find(world.s, span_of("one.example"))->paths.next,
		           struct schedule_path, in_queue)->exchange->site;

	site->served_before = 0;
	site->served_now = recipients;
	site->served_mono_ms = world.s->now_mono_ms - 10000;
}

static void
a_place_in_line_is_a_time(void **state)
{
	uint64_t last = 0;

	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 104; i++)
		last = submit_to("a@one.example");
	world_run_kept(2);
	world_meet();
	world_run_kept(4);
	world_settle();
	serve(0);
	assert_true(said_of_the_last(last) == -1); /* nothing to tell from */
	serve(50); /* 5 a second, 99 before it */
	assert_in_range((int)(said_of_the_last(last) * 10), 180, 205);
	/* another credential takes every second turn */
	world_submit(&(struct letter){ .credential = "other", .to = { "a@one.example" } });
	world_settle();
	serve(50);
	assert_in_range((int)(said_of_the_last(last) * 10), 380, 410);
	/* bulk waits behind both: a job in ten is its own */
	last = world_submit(&(struct letter){
		.credential = "news", .is_bulk = true, .to = { "a@one.example" } });
	world_settle();
	serve(50);
	assert_in_range((int)(said_of_the_last(last) * 10), 15, 25);
}

static void
constraints_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < SCHEDULE_CONSTRAINT_COUNT; i++)
		for (int n = 0; n < i; n++)
			assert_string_not_equal(
				schedule_constraint_name((enum schedule_constraint)i),
				schedule_constraint_name((enum schedule_constraint)n));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_way_to_wait_has_its_constraint),
		TEST(a_place_in_line_is_a_time),
		TEST(constraints_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
