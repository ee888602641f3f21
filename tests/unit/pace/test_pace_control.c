/* What each answer of a site does to its pace, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/pace_gate.h"

static const struct pace_limits limits = { .rate_min = PACE_RATE_MIN, .connections_max = 10,
	                                   .session_max = 100 };
static const struct pace_backoff_plan plan = { 60000, 90000 };
static struct rand chance;

/* `seconds` of `rate` accepted messages a second; returns the new time */
static int64_t
accept_for(struct pace_gate *gate, double rate, int seconds, int64_t now)
{
	int64_t end = now + seconds * INT64_C(1000);

	for (double at = (double)now; at < (double)end; at += 1000 / rate) {
		const struct pace_report report = { .news = PACE_ACCEPTED,
			                            .began_mono_ms = (int64_t)at - 50 };

		pace_gate_hear(gate, &plan, &report, (int64_t)at, &chance);
	}
	return end;
}

static enum pace_change
hear(struct pace_gate *gate, enum pace_news news, int hint_sec, int64_t began, int64_t now)
{
	const struct pace_report report = { .news = news, .hint_sec = hint_sec,
		                            .began_mono_ms = began, .connections = 6,
		                            .messages = 20 };

	return pace_gate_hear(gate, &plan, &report, now, &chance);
}

static struct pace_gate
throttled_at(double rate, int64_t *now)
{
	struct pace_gate gate;

	pace_gate_init(&gate, &limits);
	*now = accept_for(&gate, rate, 20, *now);
	assert_int_equal(hear(&gate, PACE_THROTTLED, 0, *now - 100, *now), PACE_SLOWER);
	return gate;
}

static void
no_limit_until_somebody_objects(void **state)
{
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	assert_true(pace_control_rate(&gate.control) <= 0);
	assert_int_equal(pace_gate_wait_ms(&gate, 5), 0);
}

static void
connections_are_earned(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	assert_int_equal(pace_gate_connections(&gate, now), 2);
	assert_int_equal(pace_gate_window(&gate, now), 10); /* nobody limits them */
	for (uint32_t i = 1; i <= 12; i++) {
		hear(&gate, PACE_ACCEPTED, 0, now - 50, now);
		assert_int_equal(pace_gate_connections(&gate, now), i < 8 ? 2 + i : 10);
	}
	hear(&gate, PACE_TROUBLE, 0, now + 1, now + 2);
	now = pace_gate_until(&gate);
	assert_int_equal(pace_gate_connections(&gate, now), 1);
	assert_int_equal(hear(&gate, PACE_ACCEPTED, 0, now, now + 1), PACE_RESUMED);
	assert_int_equal(pace_gate_connections(&gate, now + 1), 3); /* not all at once again */
}

static void
a_first_guess_grows_fast(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	now = accept_for(&gate, 5, 2, now); /* refused in the first moments */
	assert_int_equal(hear(&gate, PACE_THROTTLED, 0, now - 100, now), PACE_SLOWER);
	for (int i = 0; i < 60; i++) /* whoever takes ten times that is found within minutes */
		now = accept_for(&gate, pace_control_rate(&gate.control) > 0
		                                ? pace_control_rate(&gate.control) : 50, 5, now);
	assert_true(pace_control_rate(&gate.control) <= 0
	            || pace_control_rate(&gate.control) > 45);
}

static void
halved_at_once_and_raised_slowly(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate = throttled_at(40, &now);
	double cut = pace_control_rate(&gate.control), back, grown;

	(void)state;
	assert_true(cut > 40 * 0.4 && cut < 40 * 0.55);
	now = accept_for(&gate, cut, 10, now);
	back = pace_control_rate(&gate.control);
	assert_true(back > 40 * 0.85 && back < 40);
	now = accept_for(&gate, back, 30, now);
	assert_true(pace_control_rate(&gate.control) < 40);
	now = accept_for(&gate, back, 120, now);
	grown = pace_control_rate(&gate.control);
	assert_true(grown > 40); /* a limit that was lifted is found */
}

static void
one_moment_is_one_step(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate = throttled_at(40, &now);
	double cut = pace_control_rate(&gate.control);

	(void)state;
	for (int i = 0; i < 20; i++) /* the other connections, asked at the same time */
		assert_int_equal(hear(&gate, PACE_THROTTLED, 0, now - 50, now + i), PACE_SAME);
	assert_true(pace_control_rate(&gate.control) == cut);
}

static void
a_site_that_gets_nothing_learns_nothing(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate = throttled_at(40, &now);
	double later;

	(void)state;
	now = accept_for(&gate, 0.01, 3600, now); /* one in 100 seconds */
	later = pace_control_rate(&gate.control);
	assert_true(later < 40 * 0.95);
}

static void
what_is_useless_pauses_and_one_probe_resumes(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate = throttled_at(40, &now);
	enum pace_change change = PACE_SLOWER;
	int cuts = 1;

	(void)state;
	while (change == PACE_SLOWER) {
		now += 1000;
		change = hear(&gate, PACE_THROTTLED, 0, now - 10, now);
		cuts++;
	}
	assert_int_equal(change, PACE_PAUSED);
	assert_in_range(cuts, 3, 6);
	assert_true(pace_gate_is_waiting(&gate, now));
	assert_in_range(pace_gate_wait_ms(&gate, now), 8000, 12000);
	now = pace_gate_until(&gate);
	assert_false(pace_gate_is_waiting(&gate, now));
	assert_int_equal(pace_gate_connections(&gate, now), 1);
	assert_int_equal(hear(&gate, PACE_ACCEPTED, 0, now, now + 100), PACE_RESUMED);
	assert_int_equal(pace_gate_connections(&gate, now + 100), 3);
	now = accept_for(&gate, 20, 10, now + 100);
	assert_true(pace_control_rate(&gate.control) > 30); /* what went well before */
}

static void
the_first_message_refused_is_a_pause(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	assert_int_equal(hear(&gate, PACE_THROTTLED, 0, now - 10, now), PACE_PAUSED);
	assert_true(pace_control_rate(&gate.control) <= 0);
	now = pace_gate_until(&gate);
	assert_int_equal(hear(&gate, PACE_ACCEPTED, 0, now, now + 1), PACE_RESUMED);
	assert_int_equal(pace_gate_wait_ms(&gate, now + 1), 0);
}

static void
a_hint_is_a_pause(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	now = accept_for(&gate, 10, 10, now);
	assert_int_equal(hear(&gate, PACE_THROTTLED, 300, now - 10, now), PACE_PAUSED);
	assert_in_range(pace_gate_wait_ms(&gate, now), 300000, 360000);
	pace_gate_open(&gate, now);
	assert_false(pace_gate_is_waiting(&gate, now));
	assert_true(pace_gate_is_probing(&gate, now));
}

static void
a_crowd_shrinks_the_window_not_the_rate(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	gate.control.earned = 8;
	assert_int_equal(hear(&gate, PACE_CROWDED, 0, now - 10, now), PACE_FEWER_CONNECTIONS);
	assert_int_equal(pace_gate_connections(&gate, now), 3);
	assert_true(pace_control_rate(&gate.control) <= 0);
	assert_int_equal(hear(&gate, PACE_CROWDED, 0, now - 10, now + 1), PACE_SAME);
	assert_int_equal(pace_gate_connections(&gate, now + 16000), 6);
	assert_int_equal(pace_gate_connections(&gate, now + 60000), 6);
	assert_int_equal(pace_gate_connections(&gate, now + 320000), 7);
}

static void
a_full_session_is_remembered(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	assert_int_equal(hear(&gate, PACE_SESSION_FULL, 0, now - 10, now), PACE_SHORTER_SESSIONS);
	assert_int_equal(pace_control_session(&gate.control, now), 20);
	assert_int_equal(hear(&gate, PACE_SESSION_FULL, 0, now - 10, now), PACE_SAME);
	assert_int_equal(pace_control_session(&gate.control, now + 4000000), 100);
}

static void
stays_inside_what_the_rule_allows(void **state)
{
	const struct pace_limits narrow = { .rate_max = 30, .rate_min = 12, .connections_max = 2,
		                            .session_max = 5 };
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &narrow);
	assert_true(pace_control_rate(&gate.control) == 30);
	now = accept_for(&gate, 30, 20, now);
	hear(&gate, PACE_THROTTLED, 0, now - 10, now);
	assert_true(pace_control_rate(&gate.control) >= 12);
	for (int i = 0; i < 3; i++) {
		now += 1000;
		hear(&gate, PACE_THROTTLED, 0, now - 10, now);
	}
	assert_true(pace_control_rate(&gate.control) == 12);
	gate.backoff.failures = 0;
	now = accept_for(&gate, 30, 3600, now);
	assert_true(pace_control_rate(&gate.control) == 30);
	assert_int_equal(pace_gate_connections(&gate, now), 2);
}

static void
a_pause_by_rule_ends_by_itself(void **state)
{
	int64_t now = 1000000;
	struct pace_gate gate;

	(void)state;
	pace_gate_init(&gate, &limits);
	pace_gate_pause(&gate, 5000, now);
	pace_gate_pause(&gate, 1000, now); /* a shorter one changes nothing */
	assert_int_equal(pace_gate_wait_ms(&gate, now + 1), 4999);
	assert_int_equal(pace_gate_wait_ms(&gate, now + 5000), 0);
}

static int
setup(void **state)
{
	(void)state;
	rand_init(&chance, 5);
	return 0;
}

static void
a_rate_is_said_in_its_period(void **state)
{
	static const struct {
		double per_second;
		const char *want;
	} cases[] = {
		{ 50, "50 messages a second" }, { 2.5, "2.5 messages a second" },
		{ 1, "1 message a second" }, { 1234.4, "1234 messages a second" },
		{ 20 / 60.0, "20 messages a minute" }, { 0.016666, "1 message a minute" },
		{ 0.000277, "1 message an hour" }, { 0.027777, "1.7 messages a minute" },
		{ 10 / 86400.0, "10 messages a day" },
	};
	char text[PACE_RATE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pace_control_say_rate(cases[i].per_second, text);
		assert_string_equal(text, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_limit_until_somebody_objects),
		cmocka_unit_test(connections_are_earned),
		cmocka_unit_test(a_first_guess_grows_fast),
		cmocka_unit_test(halved_at_once_and_raised_slowly),
		cmocka_unit_test(one_moment_is_one_step),
		cmocka_unit_test(a_site_that_gets_nothing_learns_nothing),
		cmocka_unit_test(what_is_useless_pauses_and_one_probe_resumes),
		cmocka_unit_test(the_first_message_refused_is_a_pause),
		cmocka_unit_test(a_hint_is_a_pause),
		cmocka_unit_test(a_crowd_shrinks_the_window_not_the_rate),
		cmocka_unit_test(a_full_session_is_remembered),
		cmocka_unit_test(stays_inside_what_the_rule_allows),
		cmocka_unit_test(a_pause_by_rule_ends_by_itself),
		cmocka_unit_test(a_rate_is_said_in_its_period),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
