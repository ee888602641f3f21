/* A world that answers at random: no recipient is lost, none is in two jobs,
 * each leaves exactly once, and nothing is left behind. */
#include "world.h"

#define MESSAGES 400
#define DOMAINS 12

static struct {
	uint64_t id[MESSAGES];
	unsigned char recipients[MESSAGES];
	unsigned char in_job[MESSAGES][8], left[MESSAGES][8];
	uint64_t seed;
	int submitted;
	size_t judged; /* outcomes looked at */
} run_state;

static uint32_t
chance(uint32_t of)
{
	return rand_below(&world.rand, of);
}

static size_t
number_of(uint64_t id)
{
	for (int i = 0; i < run_state.submitted; i++)
		if (run_state.id[i] == id)
			return (size_t)i;
	fail_msg("a message nobody submitted");
	return 0;
}

static const struct answer some[] = {
	{ 250, { 2, 0, 0 }, VERDICT_NONE, VERDICT_PHASE_RCPT, 0, "ok" },
	{ 250, { 2, 0, 0 }, VERDICT_NONE, VERDICT_PHASE_RCPT, 0, "ok" },
	{ 250, { 2, 0, 0 }, VERDICT_NONE, VERDICT_PHASE_RCPT, 0, "ok" },
	{ 550, { 5, 1, 1 }, VERDICT_MAILBOX_UNKNOWN, VERDICT_PHASE_RCPT, 0, "no such user" },
	{ 451, { 4, 7, 1 }, VERDICT_GREYLISTED, VERDICT_PHASE_RCPT, 0, "greylisted" },
	{ 452, { 4, 3, 1 }, VERDICT_SYSTEM_ERROR, VERDICT_PHASE_BODY, 0, "disk full" },
	{ 421, { 4, 7, 0 }, VERDICT_RATE_LIMITED, VERDICT_PHASE_RCPT, 0, "slow down" },
	{ 554, { 5, 7, 1 }, VERDICT_REPUTATION_BLOCK, VERDICT_PHASE_RCPT, 0, "blocked" },
};

/* "Slow down" without end, whatever the pace, is believed: the rest would take
 * minutes of real time. Now and then is enough to have it in every mixture. */
static bool
is_slowed(void)
{
	return chance(100) == 0;
}

static const struct answer *
any_answer(void)
{
	const struct answer *answer = &some[chance(sizeof some / sizeof some[0])];

	return answer->category == VERDICT_RATE_LIMITED && !is_slowed() ? &some[0] : answer;
}

static void
judge_at_random(struct deliver_job *job)
{
	switch (chance(12)) {
	case 0:
		fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
		return;
	case 1:
		fail_job(job, DELIVER_LOST, NULL);
		return;
	case 2:
		fail_job(job, DELIVER_LOST, is_slowed() ? &slow_down : &greylisted);
		break;
	case 3:
		job->is_open = false;
		break;
	}
	if (job->failure == NULL)
		job->end = DELIVER_DONE;
	for (size_t i = 0; i < job->recipients; i++)
		if (chance(10) > 0)
			answer_one(&job->recipient[i], any_answer());
}

static void
settle(struct deliver_job *job)
{
	size_t m = number_of(job->message_id);

	for (size_t i = 0; i < job->recipients; i++)
		run_state.in_job[m][job->recipient[i].no] = 0;
	judge_at_random(job);
}

static bool
random_deliver(struct deliver_job *job)
{
	size_t m = number_of(job->message_id);

	for (size_t i = 0; i < job->recipients; i++) {
		uint32_t no = job->recipient[i].no;

		assert_int_equal(run_state.in_job[m][no], 0);
		run_state.in_job[m][no] = 1;
		/* one that left may not be tried again */
		assert_int_equal(run_state.left[m][no], 0);
	}
	if (chance(3) == 0)
		return false; /* later */
	settle(job);
	return true;
}

static void
random_route(struct world_route *r)
{
	r->route.expires_mono_ms = clock_mono_ms() + chance(50);
	if (chance(4) == 0) {
		r->route.failed = true;
		err_set(&r->route.err, ERR_TEMP, 0, "DNS: SERVFAIL");
		r->route.category = VERDICT_NETWORK_ERROR;
	}
	/* some domains share their hosts, and change them now and then */
	if (chance(2))
		snprintf(r->name, sizeof r->name, "mx%u.shared.example", chance(2));
}

/* each leaves once: judged when the store got it */
static void
judge_outcomes(void)
{
	for (; run_state.judged < world.outcomes; run_state.judged++) {
		const struct world_outcome *o = &world.outcome[run_state.judged];
		size_t m = number_of(o->message_id);

		assert_int_equal(run_state.left[m][o->no], 0);
		if (o->is_final)
			run_state.left[m][o->no] = 1;
	}
}

static void
submit_some(void)
{
	struct letter letter = { .lives_ms = chance(20) == 0 ? 1 + chance(200) : 60000,
				 .is_bulk = chance(3) == 0 };
	static char to[8][32];
	static const char *const credentials[] = { "shop", "news", "billing" };
	uint32_t n = 1 + chance(4) * chance(3);

	if (run_state.submitted == MESSAGES)
		return;
	letter.credential = credentials[chance(3)];
	for (uint32_t i = 0; i < n && i < 8; i++) {
		snprintf(to[i], sizeof to[i], "r%u@d%u.example", i, chance(DOMAINS));
		letter.to[i] = to[i];
		run_state.recipients[run_state.submitted]++;
	}
	run_state.id[run_state.submitted] = world_submit(&letter);
	run_state.submitted++;
}

static struct schedule_ask *pending_act;

static void
on_act(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;

	(void)owner;
	pending_act = NULL;
	ask_free(&ask);
}

static void
act_at_random(void)
{
	static const enum schedule_act acts[] = { SCHEDULE_HOLD,	SCHEDULE_RELEASE,
						  SCHEDULE_RELEASE,	SCHEDULE_FLUSH,
						  SCHEDULE_LIST_QUEUES, SCHEDULE_LIST_SITES,
						  SCHEDULE_SHOW_QUEUE,	SCHEDULE_EXPLAIN_MESSAGE };
	struct schedule_ask *ask;

	if (pending_act || run_state.submitted == 0)
		return;
	ask = mem_zero(1, sizeof *ask);
	ask->back = (struct mailbox_return){ world.s->mailbox, on_act };
	ask->arena = arena_new(0);
	ask->act = acts[chance(sizeof acts / sizeof acts[0])];
	ask->by = "ana";
	ask->message_id = run_state.id[chance((uint32_t)run_state.submitted)];
	ask->match = arena_printf(ask->arena, "d%u.example", chance(DOMAINS));
	if (ask->act == SCHEDULE_HOLD)
		ask->until_unix_ms = clock_unix_ms() + 5 + chance(50);
	pending_act = ask;
	assert_true(schedule_ask_send(world.s, &ask));
}

static bool
answer_some(void)
{
	bool is_over = run_state.submitted == MESSAGES && world.s->messages.count == 0 &&
		       world.s->records == 0 && world.s->batch == NULL;

	judge_outcomes();
	for (int i = 0; i < 8; i++)
		submit_some();
	while (world.kept_count > 0 && chance(8)) {
		struct deliver_job *job = world.kept[--world.kept_count];

		settle(job);
		world_answer(job);
	}
	if (chance(3) == 0 && run_state.submitted < MESSAGES)
		act_at_random();
	if (chance(50) == 0)
		schedule_reconfigure(world.s, &world.config);
	world.fetch_fails = chance(10) == 0;
	return is_over;
}

static int
setup(void **state)
{
	return world_setup(state);
}

static void
play(uint64_t seed)
{
	size_t left = 0, all = 0;

	memset(&run_state, 0, sizeof run_state);
	rand_init(&world.rand, seed);
	world.retry_ms[0] = 1;
	world.retry_ms[1] = 3;
	world.config.delivery.max_connections = 3;
	world.config.delivery.total_connections = 8;
	world.config.delivery.messages_per_connection = 5;
	world.config.delivery.recipients_per_message = 3;
	world.config.limits.body_memory_bytes = 20000;
	world.deliver = random_deliver;
	world.resolve = random_route;
	schedule_reconfigure(world.s, &world.config);
	world_run(answer_some);
	judge_outcomes();
	for (int i = 0; i < run_state.submitted; i++) {
		all += run_state.recipients[i];
		for (int n = 0; n < 8; n++)
			left += run_state.left[i][n];
	}
	assert_int_equal(left, all);
	assert_int_equal(world.finals, all);
	assert_int_equal(world.s->held, 0);
	for (int i = 0; i < SCHEDULE_STATE_COUNT; i++)
		assert_int_equal(world.s->recipients[i], 0);
	assert_int_equal(world.s->lanes.count, 0);
	assert_int_equal(world.s->flows.count, 0);
	assert_int_equal(world.s->streams.count, 0);
	assert_int_equal(world.s->credentials.count, 0);
	assert_int_equal(world.s->kept_bytes, 0);
	assert_in_range(world.open_max, 1, 8);
}

static void
everybody_leaves_exactly_once(void **state)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		if (seed > 1)
			world_setup(state);
		play(seed);
		if (seed < 5)
			world_teardown(state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everybody_leaves_exactly_once, setup,
						world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
