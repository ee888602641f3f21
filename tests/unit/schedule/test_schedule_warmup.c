/* A source address under warm-up: what it may not send goes by others or waits, what was
 * not tried is given back, and none of it is lost by a restart. Also addresses that an
 * operator switches off. */
#include "world.h"
#include "source/source_host.h"

#define A "192.0.2.1"
#define B "192.0.2.2"
#define C "192.0.2.3"

bool
source_host_has(const char *address)
{
	(void)address;
	return true;
}

static struct { /* recipients handed over, by source address */
	int a, b, c;
} went;

static void
count(const struct deliver_job *job)
{
	went.a += strcmp(job->source_address, A) == 0 ? (int)job->recipients : 0;
	went.b += strcmp(job->source_address, B) == 0 ? (int)job->recipients : 0;
	went.c += strcmp(job->source_address, C) == 0 ? (int)job->recipients : 0;
}

static bool
count_source(struct deliver_job *job)
{
	count(job);
	answer_all(job, &accepted);
	return true;
}

static const char *old_addresses[] = { A, B }, *new_address[] = { C };
static const char *big_mx[] = { "mx.big.example" };
static struct config_pool pools[2];
static struct config_provider big;

/* The default pool is the new address, under warm-up; the old ones step in. */
static int
setup(void **state)
{
	world_setup(state);
	memset(&went, 0, sizeof went);
	big = (struct config_provider){ .name = "big", .mx = big_mx, .mxs = 1,
		                        .max_connections = 4, .messages_per_connection = 100 };
	pools[0] = (struct config_pool){ .name = "old", .address = old_addresses,
		                         .addresses = 2 };
	world.config.default_pool = (struct config_pool){ .name = "default",
		                                          .address = new_address,
		                                          .addresses = 1, .overflow = "old",
		                                          .warmup = true };
	world.config.pool = pools;
	world.config.pools = 1;
	world.config.provider = &big;
	world.config.providers = 1;
	world.config.warmup.first = 72; /* three an hour */
	world.config.warmup.growth = 40;
	world.config.warmup.days = 30;
	schedule_source_remember(world.s);
	world.deliver = count_source;
	return 0;
}

static void
alone(void)
{
	world.config.default_pool.overflow = NULL;
}

static struct schedule_warmup *
warmup_of(const char *provider)
{
	struct schedule_warmup *warmup = schedule_warmup_find(world.s, C, provider);

	assert_non_null(warmup);
	return warmup;
}

/* as if so much time had passed for it */
static void
pass(struct schedule_warmup *warmup, int64_t ms)
{
	struct pace_warmup *state = &warmup->state;

	if (state->began_unix_ms)
		state->began_unix_ms -= ms;
	state->filled_unix_ms -= ms;
	state->used_unix_ms -= ms;
	if (heap_has(&warmup->due))
		heap_move(&world.s->due[SCHEDULE_DUE_WARMUP], &warmup->due, 0);
	schedule_wake(world.s);
	world_settle();
}

static void
submit_many(int count_, const char *to)
{
	for (int i = 0; i < count_; i++)
		submit_to(to);
}

static struct schedule_waiting
waiting_of(uint64_t id, char *sentence, size_t n)
{
	struct schedule_ask *ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	struct schedule_waiting found;

	assert_int_equal(ask->rows, 1);
	found = ask->waiting[0];
	snprintf(sentence, n, "%s", ask->sentence[0]);
	ask_free(&ask);
	found.recipient = found.wait.cause = NULL;
	return found;
}

static void
act(enum schedule_act what, const char *address, const char *reason, int64_t until_unix_ms)
{
	struct schedule_ask *ask = world_ask(
		&(struct schedule_ask){ .act = what, .match = address, .by = "ana",
	                                .reason = reason, .until_unix_ms = until_unix_ms });

	assert_int_equal(ask->result, 0);
	ask_free(&ask);
}

static void
assert_says(const char *sentence, const char *words)
{
	if (strstr(sentence, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", sentence, words);
}

/* ---- the cap ------------------------------------------------------------------------- */

static void
what_it_may_not_send_goes_by_others(void **state)
{
	(void)state;
	submit_many(20, "a@one.example");
	world_run_finals(20);
	assert_int_equal(went.c, 3);
	assert_int_equal(went.a + went.b, 17);
	assert_int_equal(warmup_of("others")->state.sent, 3);
	assert_int_equal(warmup_of("others")->state.tried, 3);
	assert_int_equal(warmup_of("others")->state.day, 1);
}

static void
each_provider_has_its_own_and_others_share_one(void **state)
{
	(void)state;
	submit_many(10, "a@one.example");
	submit_many(10, "a@two.example");
	submit_many(10, "a@big.example");
	world_run_finals(30);
	assert_int_equal(went.c, 3 + 3);
	assert_int_equal(warmup_of("others")->state.sent, 3);
	assert_int_equal(warmup_of("big")->state.sent, 3);
}

static void
without_others_it_waits_and_says_so(void **state)
{
	char sentence[400];
	struct schedule_waiting found;
	uint64_t id;

	(void)state;
	alone();
	submit_many(3, "a@big.example");
	world_run_finals(3);
	id = submit_to("a@big.example");
	world_settle();
	found = waiting_of(id, sentence, sizeof sentence);
	assert_int_equal(found.wait.constraint, SCHEDULE_BY_WARMUP);
	assert_string_equal(schedule_constraint_name(found.wait.constraint), "warmup_cap");
	assert_says(sentence, C " warms up with big, day 1 of 30: 3 of today's 72 recipients went");
	assert_true(found.wait.until_unix_ms > clock_unix_ms() + 10 * 60000
	            && found.wait.until_unix_ms < clock_unix_ms() + 30 * 60000);
	assert_true(found.wait.projected_unix_ms >= found.wait.until_unix_ms - 1000
	            && found.wait.projected_unix_ms < found.wait.until_unix_ms + 1000);
	pass(warmup_of("big"), 30 * 60000);
	world_run_finals(4);
	assert_int_equal(went.c, 4);
}

/* A batch is cut to what may go, and the rest goes another way. */
static void
a_batch_is_cut(void **state)
{
	(void)state;
	world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example", "c@one.example",
	                                       "d@one.example", "e@one.example" } });
	world_run_finals(5);
	assert_int_equal(went.c, 3);
	assert_int_equal(went.a + went.b, 2);
}

/* Two hundred sites, four connections each, and answers that take their time. */
static void
never_more_than_the_cap_with_many_sites(void **state)
{
	char to[40];
	int64_t cap, sent = 0;

	(void)state;
	alone();
	world.config.warmup.first = 480; /* twenty an hour */
	cap = 480;
	for (int i = 0; i < 200; i++) {
		snprintf(to, sizeof to, "a@domain%d.example", i);
		submit_many(5, to);
	}
	world_wanted = 20;
	world_run(has_finals);
	world_settle();
	assert_int_equal(went.c, 20);
	for (int hour = 0; hour < 23; hour++) {
		struct schedule_warmup *warmup = warmup_of("others");

		pass(warmup, 3600000);
		world_wanted = warmup->state.sent;
		world_run(has_finals);
		assert_true(warmup->state.sent <= cap);
		assert_true((int64_t)warmup->state.sent >= sent);
		sent = warmup->state.sent;
	}
	assert_in_range(sent, cap * 9 / 10, cap);
	assert_int_equal(went.c, sent);
}

static void
mail_comes_back_when_it_opens(void **state)
{
	(void)state;
	submit_many(3, "a@one.example");
	world_run_finals(3);
	world.deliver = keep_all;
	submit_many(20, "a@one.example"); /* by another, whose four connections are slow */
	world_run_kept(2);
	world_meet();
	world_run_kept(4);
	world_settle();
	assert_int_equal(world.kept_count, 4);
	pass(warmup_of("others"), 3600000); /* 2.9 more */
	world_run_kept(6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(strcmp(world.kept[i]->source_address, C) == 0, i >= 4);
	world.deliver = accept_all;
	for (size_t i = 0; i < 6; i++)
		answer_kept(i);
	world_run_finals(23);
}

/* A thousand sites stand in line, all but the last have sent their mail by others. */
static void
the_line_is_not_held_up_by_those_who_have_nothing(void **state)
{
	char to[40];

	(void)state;
	submit_many(3, "a@first.example");
	world_run_finals(3);
	for (int i = 0; i < 1000; i++) {
		snprintf(to, sizeof to, "a@domain%d.example", i);
		submit_to(to);
	}
	world_run_finals(1003);
	assert_int_equal(went.c, 3);
	alone(); /* the next one has no other way */
	submit_to("a@last.example");
	world_settle();
	assert_int_equal(went.c, 3);
	pass(warmup_of("others"), 30 * 60000); /* one more */
	world_run_finals(1004);
	assert_int_equal(went.c, 4);
}

/* ---- what becomes of it -------------------------------------------------------------- */

static void
what_was_not_tried_is_given_back(void **state)
{
	(void)state;
	alone();
	site_is_down = true;
	world.deliver = down_or_fine;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	submit_many(2, "a@one.example");
	world_wanted = 2;
	world_run(has_deferred);
	assert_int_equal(warmup_of("others")->state.sent, 0);
	assert_int_equal(warmup_of("others")->state.tried, 0);
	assert_int_equal(pace_warmup_room(&warmup_of("others")->state,
	                                  &(struct pace_warmup_plan){ 72, 40, 30 }), 3);
}

static const struct answer blocked = { 550, { 5, 7, 1 }, VERDICT_REPUTATION_BLOCK,
	                               VERDICT_PHASE_RCPT, 0, "5.7.1 your address is listed" };
static const struct answer turned_away = { 554, { 5, 7, 1 }, VERDICT_REPUTATION_BLOCK,
	                                   VERDICT_PHASE_GREETING, 0, "your address is listed" };

static const struct answer crowded = { 421, { 4, 7, 0 }, VERDICT_RATE_LIMITED,
	                               VERDICT_PHASE_RCPT, 0, "too many connections" };

static const struct verdict_row {
	const char *name;
	const struct answer *answer;
	uint32_t deferred;         /* of twenty */
} verdicts[] = {
	{ "accepted", &accepted, 0 },
	{ "no such mailbox", &unknown, 0 },
	{ "greylisted", &greylisted, 0 },
	{ "its standing", &blocked, 20 },
	{ "too many connections", &crowded, 0 },
};

static const struct answer *given;

static bool
give(struct deliver_job *job)
{
	answer_all(job, given);
	return true;
}

static bool
twenty_were_tried(void)
{
	return warmup_of("others")->state.tried >= 20;
}

static void
only_what_is_about_the_address_counts(void **state)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		const struct pace_warmup *w;

		if (i > 0) {
			world_teardown(state);
			setup(state);
		}
		alone();
		world.config.warmup.first = 480;
		world.retry_ms[0] = world.retry_ms[1] = 3600000;
		given = verdicts[i].answer;
		world.deliver = give;
		for (int n = 0; n < 2; n++) /* at once: a refusal stops what would come next */
			world_submit(&(struct letter){
				.to = { "a@one.example", "b@one.example", "c@one.example",
			                "d@one.example", "e@one.example", "f@one.example",
			                "g@one.example", "h@one.example", "i@one.example",
			                "j@one.example", "k@one.example", "l@one.example" } });
		world_settle();
		world_run(twenty_were_tried);
		w = &warmup_of("others")->state;
		if (w->tried != 20 || w->deferred != verdicts[i].deferred)
			fail_msg("%s: %u of %u", verdicts[i].name, w->deferred, w->tried);
		assert_int_equal(w->freeze, w->deferred ? PACE_WARMUP_BY_DEFERRALS
		                                        : PACE_WARMUP_FREE);
	}
}

static bool
turn_away(struct deliver_job *job)
{
	fail_job(job, DELIVER_NO_CONNECTION, &turned_away);
	return true;
}

static bool
one_was_tried(void)
{
	return warmup_of("others")->state.tried > 0;
}

static void
a_refused_greeting_counts_as_one(void **state)
{
	(void)state;
	alone();
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = turn_away;
	world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example" } });
	world_settle();
	world_run(one_was_tried);
	assert_int_equal(warmup_of("others")->state.sent, 1);
	assert_int_equal(warmup_of("others")->state.deferred, 1);
}

static void
a_complaint_reaches_its_address(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	submit_many(2, "a@big.example");
	world_run_finals(2);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_COUNT_COMPLAINT, .match = C,
	                                        .provider = "big" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	assert_int_equal(warmup_of("big")->state.complaints, 1);
	assert_int_equal(warmup_of("big")->state.freeze, PACE_WARMUP_BY_COMPLAINTS);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_COUNT_COMPLAINT, .match = A,
	                                        .provider = "big" });
	assert_int_equal(ask->affected, 0); /* never sent there */
	ask_free(&ask);
}

/* ---- a restart ----------------------------------------------------------------------- */

static bool
is_saved(void)
{
	return list_is_empty(&world.s->unsaved_warmups);
}

static void
restart(void)
{
	struct schedule_warmup *warmup;

	world_settle();
	for (struct list *l = world.s->unsaved_warmups.next; l != &world.s->unsaved_warmups;
	     l = l->next) /* as a shutdown does: nothing waits for its minute */
		LIST_OWNER(l, struct schedule_warmup, in_unsaved)->saved_mono_ms = 0;
	schedule_wake(world.s);
	world_run(is_saved);
	world_close();
	world_open();
	world.s->config = &world.config;
	for (size_t i = 0; i < world.warmups; i++)
		schedule_load_warmup(world.s, &world.warmup[i]);
	if (world.source_stop.what && *world.source_stop.what)
		schedule_load_source_stop(world.s, &world.source_stop);
	warmup = schedule_warmup_find(world.s, C, "big");
	assert_true(warmup == NULL || list_is_empty(&warmup->waiting));
}

static void
a_restart_goes_on_in_the_middle_of_the_day(void **state)
{
	struct pace_warmup before, after;

	(void)state;
	submit_many(3, "a@big.example");
	world_run_finals(3);
	pass(warmup_of("big"), 7 * 3600000);
	submit_many(2, "a@big.example");
	world_run_finals(5);
	before = warmup_of("big")->state;
	assert_int_equal(before.sent, 5);
	restart();
	after = warmup_of("big")->state;
	assert_int_equal(after.state, PACE_WARMUP_WARMING);
	assert_int_equal(after.day, before.day);
	assert_int_equal(after.began_unix_ms, before.began_unix_ms);
	assert_int_equal(after.filled_unix_ms, before.filled_unix_ms);
	assert_int_equal(after.sent, before.sent);
	assert_int_equal(after.tried, before.tried);
	assert_true(before.allowance - after.allowance < 1e-5);
	submit_many(20, "a@big.example");
	world_run_finals(25);
	assert_int_equal(warmup_of("big")->state.sent, 6); /* three an hour */
	assert_int_equal(went.c, 6);
}

static void
what_is_capped_is_saved_with_the_turn_that_sent_it(void **state)
{
	(void)state;
	world.deliver = keep_all;
	submit_to("a@big.example");
	world_run_kept(1);
	assert_int_equal(world.warmups, 1);
	assert_string_equal(world.warmup[0].provider, "big");
	assert_int_equal(world.warmup[0].state.sent, 1); /* before anybody answered */
	answer_kept(0);
	world_run_finals(1);
}

static void
what_is_switched_off_stays_off_over_a_restart(void **state)
{
	(void)state;
	act(SCHEDULE_SWITCH_OFF, C, "listed", 0);
	restart();
	submit_many(4, "a@big.example");
	world_run_finals(4);
	assert_int_equal(went.c, 0);
	assert_int_equal(went.a + went.b, 4);
	act(SCHEDULE_SWITCH_ON, C, NULL, 0);
	assert_string_equal(world.source_stop.what, "");
	submit_many(3, "a@big.example");
	world_run_finals(7);
	assert_int_equal(went.c, 3);
}

/* ---- switched off, paused, by hand --------------------------------------------------- */

static void
a_switched_off_address_says_who_and_why(void **state)
{
	char sentence[400];
	struct schedule_waiting found;
	uint64_t id;

	(void)state;
	alone();
	submit_to("first@one.example");
	world_run_finals(1);
	act(SCHEDULE_SWITCH_OFF, C, "listed at zen", 0);
	assert_int_equal(world.s->slots, 0); /* idle connections are closed */
	id = submit_to("a@one.example");
	world_wanted = 1;
	world_run(has_deferred);
	found = waiting_of(id, sentence, sizeof sentence);
	assert_int_equal(found.wait.constraint, SCHEDULE_BY_SOURCE_OFF);
	assert_string_equal(schedule_constraint_name(found.wait.constraint), "source_off");
	assert_int_equal(found.wait.until_unix_ms, 0);
	assert_says(sentence, C " is switched off; ana switched it off at ");
	assert_says(sentence, "(\"listed at zen\"); until relaycli pool ip on " C);
	act(SCHEDULE_SWITCH_ON, C, NULL, 0);
	world_run_finals(2);
	assert_int_equal(went.c, 2);
}

static void
it_comes_back_when_its_time_is_over(void **state)
{
	(void)state;
	alone();
	act(SCHEDULE_SWITCH_OFF, C, "a while", clock_unix_ms() + 100);
	submit_to("a@one.example");
	world_run_finals(1);
	assert_int_equal(went.c, 1);
	assert_string_equal(world.source_stop.what, "");
}

static void
a_pause_keeps_it_from_those_where_it_warms_up(void **state)
{
	char sentence[400];
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_SET_WARMUP, .match = C,
	                                        .provider = "big", .day = 31, .by = "ana" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	act(SCHEDULE_PAUSE_WARMUP, C, "holidays", 0);
	submit_many(5, "a@one.example");
	submit_many(5, "a@big.example"); /* warm there */
	world_run_finals(10);
	assert_int_equal(went.c, 5);
	alone();
	id = submit_to("a@two.example");
	world_settle();
	waiting_of(id, sentence, sizeof sentence);
	assert_says(sentence, "ana paused the warm-up of " C);
	assert_says(sentence, "(\"holidays\"); until relaycli pool warmup resume " C);
	act(SCHEDULE_RESUME_WARMUP, C, NULL, 0);
	world_run_finals(11);
	assert_int_equal(went.c, 6);
}

static void
an_address_is_put_under_warm_up_by_hand(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.config.default_pool.warmup = false;
	schedule_source_remember(world.s);
	submit_many(10, "a@one.example");
	world_run_finals(10);
	assert_int_equal(went.c, 10);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_SET_WARMUP, .match = C,
	                                        .day = 1, .by = "ana" });
	assert_int_equal(ask->affected, 2); /* others, and where new ones begin */
	ask_free(&ask);
	submit_many(10, "a@big.example"); /* a new one */
	world_run_finals(20);
	assert_int_equal(went.c, 13);
	restart();
	submit_many(10, "a@big.example");
	world_run_finals(30);
	assert_int_equal(went.c, 13);
}

static void
what_is_set_is_checked(void **state)
{
	static const struct {
		struct schedule_ask ask;
		const char *says;
	} rows[] = {
		{ { .act = SCHEDULE_SET_WARMUP, .match = "192.0.2.99", .day = 1 },
		  "no pool has the address 192.0.2.99" },
		{ { .act = SCHEDULE_SET_WARMUP, .match = C, .day = 1, .provider = "bgi" },
		  "there is no provider bgi" },
		{ { .act = SCHEDULE_SWITCH_OFF, .match = "192.0.2.99" }, "is in no pool" },
		{ { .act = SCHEDULE_SWITCH_ON, .match = C }, "is not switched off" },
		{ { .act = SCHEDULE_RESUME_WARMUP, .match = C }, "is not paused" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct schedule_ask *ask = world_ask(&rows[i].ask);

		assert_int_equal(ask->result, -1);
		assert_says(ask->err.text, rows[i].says);
		ask_free(&ask);
	}
}

static void
the_list_has_it_all(void **state)
{
	struct schedule_ask *ask;
	const struct schedule_warmup_row *row;

	(void)state;
	submit_many(5, "a@big.example");
	world_run_finals(5);
	act(SCHEDULE_SWITCH_OFF, A, "listed", 0);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_SOURCES });
	assert_int_equal(ask->rows, 3);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_SOURCES, .match = A });
	assert_int_equal(ask->rows, 1);
	assert_string_equal(ask->source[0].off.by, "ana");
	assert_null(ask->source[0].pause.by);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_SOURCES, .match = C });
	assert_int_equal(ask->warmups, 1);
	row = &ask->warmup[0];
	assert_string_equal(row->provider, "big");
	assert_string_equal(row->state, "warming");
	assert_int_equal(row->day, 1);
	assert_int_equal(row->days, 30);
	assert_int_equal(row->sent, 3);
	assert_int_equal(row->cap, 72);
	assert_int_equal(row->tomorrow, 101);
	assert_true(row->opens_unix_ms > clock_unix_ms());
	assert_true(row->warm_unix_ms > clock_unix_ms() + 29 * PACE_WARMUP_DAY_MS);
	assert_true(row->mean > 2.9 && row->mean < 3.2);
	ask_free(&ask);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_it_may_not_send_goes_by_others),
		TEST(each_provider_has_its_own_and_others_share_one),
		TEST(without_others_it_waits_and_says_so),
		TEST(a_batch_is_cut),
		TEST(never_more_than_the_cap_with_many_sites),
		TEST(mail_comes_back_when_it_opens),
		TEST(the_line_is_not_held_up_by_those_who_have_nothing),
		TEST(what_was_not_tried_is_given_back),
		TEST(only_what_is_about_the_address_counts),
		TEST(a_refused_greeting_counts_as_one),
		TEST(a_complaint_reaches_its_address),
		TEST(a_restart_goes_on_in_the_middle_of_the_day),
		TEST(what_is_capped_is_saved_with_the_turn_that_sent_it),
		TEST(what_is_switched_off_stays_off_over_a_restart),
		TEST(a_switched_off_address_says_who_and_why),
		TEST(it_comes_back_when_its_time_is_over),
		TEST(a_pause_keeps_it_from_those_where_it_warms_up),
		TEST(an_address_is_put_under_warm_up_by_hand),
		TEST(what_is_set_is_checked),
		TEST(the_list_has_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
