/* Warm-up of a source address: 30 days and more in a moment, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/rand.h"
#include "pace/pace_warmup.h"

#define DAY PACE_WARMUP_DAY_MS
#define HOUR (DAY / 24)
#define MINUTE (HOUR / 60)
#define START (1700000000000LL)

static const struct pace_warmup_plan plan = { 50, 40, 30 };

/* ---- a sender that always has more --------------------------------------------------- */

struct run { /* what a stretch of time brought */
	uint64_t sent;
	uint32_t openings, days;
	uint64_t most_an_hour;
};

static int64_t now;
static struct pace_warmup w;

static void
tick(struct run *run)
{
	enum pace_warmup_change change = pace_warmup_tick(&w, &plan, now);

	run->days += change == PACE_WARMUP_NEXT || change == PACE_WARMUP_DONE
	             || change == PACE_WARMUP_AGAIN;
}

/* sends what it may, from when it may, as the scheduler does: all of the room at each
 * opening, of whom in a hundred so many are refused because of the address */
static struct run
send_for(int64_t ms, uint32_t refused_percent)
{
	struct run run = { 0 };
	int64_t end = now + ms, hour = now;
	uint64_t in_hour = 0;
	uint32_t owed = 0;

	while (now < end) {
		uint32_t room;

		tick(&run);
		if (now - hour >= HOUR) {
			hour = now;
			in_hour = 0;
		}
		room = pace_warmup_room(&w, &plan);
		assert_true(room != PACE_WARMUP_ANY);
		run.openings += room > 0;
		while (room > 0) {
			uint32_t batch = room < 50 ? room : 50, refused;

			pace_warmup_take(&w, &plan, batch, now);
			owed += batch * refused_percent;
			refused = owed / 100;
			owed %= 100;
			assert_true(refused <= batch);
			pace_warmup_tell(&w, &plan, batch, refused);
			run.sent += batch;
			in_hour += batch;
			room = pace_warmup_room(&w, &plan);
		}
		run.most_an_hour = in_hour > run.most_an_hour ? in_hour : run.most_an_hour;
		assert_true(w.sent <= pace_warmup_today(&w, &plan) || w.has_stepped_back);
		now = pace_warmup_opens(&w, &plan, now);
		assert_true(now > 0);
	}
	now = end;
	return run;
}

static int
setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	now = START;
	pace_warmup_adopt(&w, now);
	return 0;
}

/* ---- caps and the curve -------------------------------------------------------------- */

static const struct cap_row {
	const char *name;
	struct pace_warmup_plan plan;
	uint32_t day, cap;
} caps[] = {
	{ "the first", { 50, 40, 30 }, 1, 50 },
	{ "the second", { 50, 40, 30 }, 2, 70 },
	{ "the third", { 50, 40, 30 }, 3, 98 },
	{ "the tenth", { 50, 40, 30 }, 10, 1033 },
	{ "the last", { 50, 40, 30 }, 30, 864337 },
	{ "no day is the first", { 50, 40, 30 }, 0, 50 },
	{ "no growth", { 20, 0, 10 }, 10, 20 },
	{ "beyond all bounds", { 1000000, 900, 365 }, 365, PACE_WARMUP_CAP_MAX },
};

static void
caps_grow_by_the_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++)
		if (pace_warmup_cap(&caps[i].plan, caps[i].day) != caps[i].cap)
			fail_msg("%s: %u", caps[i].name,
			         pace_warmup_cap(&caps[i].plan, caps[i].day));
}

static void
thirty_days_go_well(void **state)
{
	(void)state;
	for (uint32_t day = 1; day <= 30; day++) {
		uint32_t cap = pace_warmup_cap(&plan, day);
		int64_t began = now;
		struct run run = send_for(DAY, 1);

		if (w.day != day || run.sent > cap || run.sent < cap - cap / 50)
			fail_msg("day %u: %u, sent %llu of %u", day, w.day,
			         (unsigned long long)run.sent, cap);
		assert_in_range(run.openings, cap < 96 ? cap / 2 : 45, 105);
		assert_true(run.most_an_hour <= cap / 24 + cap * 4 / 24 + 2);
		assert_int_equal(w.began_unix_ms, began);
		pace_warmup_tick(&w, &plan, now);
	}
	assert_int_equal(w.state, PACE_WARMUP_WARM);
	assert_int_equal(pace_warmup_room(&w, &plan), PACE_WARMUP_ANY);
	assert_int_equal(pace_warmup_warm_on(&w, &plan, now), 0);
	assert_int_equal(pace_warmup_today(&w, &plan), 0);
}

/* After a quiet half of the day the other half is served faster, within bounds. */
static void
a_late_start_catches_up(void **state)
{
	struct run run;

	(void)state;
	pace_warmup_set(&w, &plan, 20, now);
	pace_warmup_take(&w, &plan, 1, now);
	now += 12 * HOUR;
	run = send_for(12 * HOUR, 0);
	assert_true(run.sent >= pace_warmup_cap(&plan, 20) * 95u / 100);
	assert_true(run.sent < pace_warmup_cap(&plan, 20));
	assert_true(run.most_an_hour < pace_warmup_cap(&plan, 20) * 4 / 24);
}

static void
an_hour_before_its_end_it_is_too_late_for_all(void **state)
{
	struct run run;
	uint32_t cap = pace_warmup_cap(&plan, 20);

	(void)state;
	pace_warmup_set(&w, &plan, 20, now);
	pace_warmup_take(&w, &plan, 1, now);
	now += 23 * HOUR;
	run = send_for(HOUR, 0);
	assert_in_range(run.sent, cap * 3 / 24, cap * 6 / 24);
}

static void
downtime_burns_no_day(void **state)
{
	(void)state;
	send_for(DAY, 0);
	now += 10 * DAY;
	pace_warmup_tick(&w, &plan, now);
	assert_int_equal(w.day, 2);
	assert_int_equal(w.began_unix_ms, 0);
	now += 5 * DAY;
	pace_warmup_tick(&w, &plan, now);
	assert_int_equal(w.day, 2);
	assert_int_equal(w.state, PACE_WARMUP_WARMING);
	assert_in_range(send_for(DAY, 0).sent, 69, 70);
}

static void
a_day_hardly_used_comes_again(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 3, now); /* 98 */
	for (int i = 0; i < 48; i++, now += 20 * MINUTE) {
		pace_warmup_tick(&w, &plan, now);
		pace_warmup_take(&w, &plan, 1, now);
		pace_warmup_tell(&w, &plan, 1, 0);
	}
	now = w.began_unix_ms + DAY;
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_AGAIN);
	assert_int_equal(w.day, 3);
	for (int i = 0; i < 49; i++, now += 20 * MINUTE) { /* half of it is enough */
		pace_warmup_tick(&w, &plan, now);
		pace_warmup_take(&w, &plan, 1, now);
		pace_warmup_tell(&w, &plan, 1, 0);
	}
	now = w.began_unix_ms + DAY;
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_NEXT);
	assert_int_equal(w.day, 4);
}

/* ---- frozen, back -------------------------------------------------------------------- */

static const struct judge_row {
	const char *name;
	uint32_t before, tried, deferred, complaints;
	uint32_t day;              /* out, of day 5 */
	enum pace_warmup_freeze freeze;
} judged[] = {
	{ "all well", 0, 1000, 0, 0, 5, PACE_WARMUP_FREE },
	{ "five in a hundred are no reason", 0, 100, 5, 0, 5, PACE_WARMUP_FREE },
	{ "six are", 0, 100, 6, 0, 5, PACE_WARMUP_BY_DEFERRALS },
	{ "ten just freeze", 0, 100, 10, 0, 5, PACE_WARMUP_BY_DEFERRALS },
	{ "eleven step back", 0, 100, 11, 0, 4, PACE_WARMUP_BY_DEFERRALS },
	{ "all of nine say nothing yet", 0, 9, 9, 0, 5, PACE_WARMUP_FREE },
	{ "two of ten do", 0, 10, 2, 0, 4, PACE_WARMUP_BY_DEFERRALS },
	{ "one complaint of a thousand", 0, 1000, 0, 1, 5, PACE_WARMUP_FREE },
	{ "one of few freezes", 0, 100, 0, 1, 5, PACE_WARMUP_BY_COMPLAINTS },
	{ "one of nobody freezes", 0, 0, 0, 1, 5, PACE_WARMUP_BY_COMPLAINTS },
	{ "one is of yesterday's mail", 1000, 100, 0, 1, 5, PACE_WARMUP_FREE },
	{ "two of a thousand just freeze", 0, 1000, 0, 2, 5, PACE_WARMUP_BY_COMPLAINTS },
	{ "three step back", 0, 1000, 0, 3, 4, PACE_WARMUP_BY_COMPLAINTS },
	{ "three of two days' mail do not", 900, 1000, 0, 3, 5, PACE_WARMUP_BY_COMPLAINTS },
	{ "both at once are one step", 0, 100, 50, 9, 4, PACE_WARMUP_BY_COMPLAINTS },
};

static void
refusals_and_complaints_freeze_it(void **state)
{
	for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
		const struct judge_row *row = &judged[i];

		setup(state);
		pace_warmup_set(&w, &plan, 5, now);
		pace_warmup_take(&w, &plan, 1, now);
		w.tried_before = row->before;
		pace_warmup_tell(&w, &plan, row->tried, row->deferred);
		if (row->complaints)
			pace_warmup_complain(&w, &plan, row->complaints);
		if (w.day != row->day || w.freeze != row->freeze)
			fail_msg("%s: day %u, frozen %d", row->name, w.day, w.freeze);
	}
}

static void
it_steps_back_once_a_day(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 5, now);
	pace_warmup_take(&w, &plan, 2, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 5), PACE_WARMUP_BACK);
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 20), PACE_WARMUP_SAME);
	assert_int_equal(w.day, 4);
	assert_int_equal(pace_warmup_tell(&w, &plan, 10000, 0), PACE_WARMUP_SAME); /* no thaw */
	now += DAY;
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_AGAIN);
	pace_warmup_take(&w, &plan, 1, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 5), PACE_WARMUP_BACK);
	assert_int_equal(w.day, 3);
}

static void
what_was_set_by_hand_is_not_undone(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 5, now);
	pace_warmup_take(&w, &plan, 2, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 5), PACE_WARMUP_BACK);
	pace_warmup_set(&w, &plan, 5, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 1, 0), PACE_WARMUP_SAME);
	assert_int_equal(w.day, 5);
	assert_int_equal(w.freeze, PACE_WARMUP_FREE);
	assert_int_equal(w.sent, 2); /* it went, whatever was answered */
}

static void
the_first_day_has_none_before_it(void **state)
{
	(void)state;
	pace_warmup_take(&w, &plan, 1, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 20), PACE_WARMUP_FROZE);
	assert_int_equal(w.day, 1);
}

/* What has gone today has gone: the smaller cap counts it. */
static void
a_step_back_gives_no_new_day(void **state)
{
	uint64_t sent;

	(void)state;
	pace_warmup_set(&w, &plan, 10, now);
	sent = send_for(20 * HOUR, 0).sent;
	assert_true(sent > pace_warmup_cap(&plan, 9));
	pace_warmup_tell(&w, &plan, 1000, 900);
	assert_int_equal(w.day, 9);
	assert_int_equal(pace_warmup_room(&w, &plan), 0);
	assert_int_equal(pace_warmup_opens(&w, &plan, now), START + DAY);
}

static void
few_refusals_thaw_it(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 8, now);
	pace_warmup_take(&w, &plan, 1, now);
	assert_int_equal(pace_warmup_tell(&w, &plan, 12, 1), PACE_WARMUP_FROZE);
	assert_int_equal(pace_warmup_tell(&w, &plan, 12, 0), PACE_WARMUP_SAME); /* 4.2 % */
	assert_int_equal(pace_warmup_tell(&w, &plan, 20, 0), PACE_WARMUP_THAWED);
	assert_int_equal(w.freeze, PACE_WARMUP_FREE);
}

static void
a_frozen_day_comes_again_however_much_went(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 5, now);
	send_for(DAY, 7);
	assert_int_equal(w.freeze, PACE_WARMUP_BY_DEFERRALS);
	assert_int_equal(pace_warmup_tomorrow(&w, &plan), pace_warmup_cap(&plan, 5));
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_AGAIN);
	assert_int_equal(w.day, 5);
	assert_int_equal(w.freeze, PACE_WARMUP_FREE); /* a new day, a new chance */
}

/* ---- pause, idle, by hand ------------------------------------------------------------ */

static void
a_pause_stops_it_and_its_day(void **state)
{
	(void)state;
	send_for(20 * HOUR, 0);
	pace_warmup_pause(&w);
	assert_int_equal(pace_warmup_room(&w, &plan), 0);
	assert_int_equal(pace_warmup_opens(&w, &plan, now), 0);
	assert_int_equal(pace_warmup_project(&w, &plan, 1, now), 0);
	now += 10 * HOUR;
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_SAME);
	pace_warmup_resume(&w, now);
	pace_warmup_tick(&w, &plan, now);
	assert_int_equal(w.day, 1); /* although most of it was used */
	assert_true(pace_warmup_room(&w, &plan) > 0);
}

static void
a_short_pause_gives_no_second_cap(void **state)
{
	uint64_t sent;

	(void)state;
	sent = send_for(20 * HOUR, 0).sent;
	pace_warmup_pause(&w);
	now += MINUTE;
	pace_warmup_tick(&w, &plan, now);
	pace_warmup_resume(&w, now);
	assert_int_equal(w.sent, sent);
	assert_int_equal(w.began_unix_ms, START);
}

static void
idle_for_long_it_is_cold(void **state)
{
	(void)state;
	pace_warmup_set(&w, &plan, 31, now);
	assert_int_equal(w.state, PACE_WARMUP_WARM);
	pace_warmup_take(&w, &plan, 100000, now);
	now += 30 * DAY - 1;
	pace_warmup_tick(&w, &plan, now);
	assert_int_equal(w.state, PACE_WARMUP_WARM);
	now += 1;
	assert_int_equal(pace_warmup_tick(&w, &plan, now), PACE_WARMUP_COOLED);
	assert_int_equal(pace_warmup_today(&w, &plan), 50);
	assert_int_equal(pace_warmup_room(&w, &plan), 2);
	pace_warmup_take(&w, &plan, 2, now);
	assert_int_equal(w.state, PACE_WARMUP_WARMING);
	assert_int_equal(w.day, 1);
}

static void
an_address_in_use_is_warm_when_its_pool_begins(void **state)
{
	struct pace_warmup used = { .state = PACE_WARMUP_NONE };

	(void)state;
	assert_int_equal(pace_warmup_room(&used, &plan), PACE_WARMUP_ANY);
	pace_warmup_take(&used, &plan, 123456, now);
	pace_warmup_adopt(&used, now + 29 * DAY);
	assert_int_equal(used.state, PACE_WARMUP_WARM);
	pace_warmup_release(&used);
	pace_warmup_adopt(&used, now + 30 * DAY);
	assert_int_equal(used.state, PACE_WARMUP_COLD);
}

static void
setting_a_day_forgets_nothing_sent(void **state)
{
	(void)state;
	send_for(DAY - MINUTE, 0);
	assert_in_range(w.sent, 48, 50);
	pace_warmup_set(&w, &plan, 1, now);
	assert_true(pace_warmup_room(&w, &plan) <= 50 - w.sent);
	pace_warmup_set(&w, &plan, 4, now); /* 137 */
	assert_true(pace_warmup_room(&w, &plan) <= 137 / 24);
	pace_warmup_set(&w, &plan, 31, now);
	assert_int_equal(pace_warmup_room(&w, &plan), PACE_WARMUP_ANY);
}

/* ---- refunds, the clock -------------------------------------------------------------- */

static void
what_never_went_is_given_back(void **state)
{
	uint32_t serial;

	(void)state;
	pace_warmup_set(&w, &plan, 10, now); /* 1033: 43 an hour */
	pace_warmup_take(&w, &plan, 40, now);
	serial = w.serial;
	pace_warmup_refund(&w, &plan, 30, serial);
	assert_int_equal(w.sent, 10);
	assert_int_equal(pace_warmup_room(&w, &plan), 33);
	assert_true(pace_warmup_mean(&w, now) > 9.5 && pace_warmup_mean(&w, now) < 11);
	pace_warmup_refund(&w, &plan, 1000, serial); /* not more than there was */
	assert_int_equal(w.sent, 0);
}

static void
yesterdays_refund_is_not_todays(void **state)
{
	uint32_t serial;

	(void)state;
	serial = w.serial;
	send_for(DAY, 0);
	pace_warmup_tick(&w, &plan, now);
	pace_warmup_take(&w, &plan, 2, now);
	pace_warmup_refund(&w, &plan, 40, serial);
	assert_int_equal(w.sent, 2);
}

static void
a_clock_put_back_opens_nothing(void **state)
{
	uint64_t sent;

	(void)state;
	sent = send_for(12 * HOUR, 0).sent;
	now -= 3 * DAY;
	pace_warmup_tick(&w, &plan, now);
	assert_true(pace_warmup_opens(&w, &plan, now) <= now + DAY);
	sent += send_for(DAY - MINUTE, 0).sent;
	assert_true(sent <= 50);
}

static void
a_boot_in_the_wrong_year_makes_nothing_cold(void **state)
{
	double mean;

	(void)state;
	pace_warmup_set(&w, &plan, 31, now);
	for (int day = 0; day < 30; day++, now += DAY)
		pace_warmup_take(&w, &plan, 1000, now);
	mean = pace_warmup_mean(&w, now);
	pace_warmup_tick(&w, &plan, 86400000);
	pace_warmup_take(&w, &plan, 10, 86400000);
	pace_warmup_tick(&w, &plan, now);
	assert_int_equal(w.state, PACE_WARMUP_WARM);
	assert_true(pace_warmup_mean(&w, now) > mean - 1 && pace_warmup_mean(&w, now) < mean + 1);
}

/* Takers of all sizes, refunds, answers late and early, at any time, with restarts (a copy
 * is all that is kept): no day has more than its cap. */
static void
never_more_than_the_cap(void **state)
{
	struct rand rand;

	(void)state;
	rand_init(&rand, 3);
	for (int n = 0; n < 200000; n++) {
		uint32_t room, wish = (uint32_t)rand_below(&rand, 60), going;
		int64_t began;
		uint32_t sent;

		now += (int64_t)rand_below(&rand, 4 * MINUTE);
		pace_warmup_tick(&w, &plan, now);
		if (w.state == PACE_WARMUP_WARM)
			pace_warmup_set(&w, &plan, 1, now);
		if (rand_below(&rand, 100) == 0) {
			struct pace_warmup kept = w;

			memset(&w, 0xff, sizeof w);
			w = kept;
			w.serial = 0;
		}
		room = pace_warmup_room(&w, &plan);
		going = wish < room ? wish : room;
		began = w.began_unix_ms;
		sent = w.sent;
		if (going == 0)
			continue;
		pace_warmup_take(&w, &plan, going, now);
		assert_int_equal(w.sent, began ? sent + going : going);
		assert_true(w.sent <= pace_warmup_today(&w, &plan));
		if (rand_below(&rand, 10) == 0)
			pace_warmup_refund(&w, &plan, going, w.serial);
		else
			pace_warmup_tell(&w, &plan, going,
			                 (uint32_t)rand_below(&rand, 30) == 0 ? going : 0);
	}
}

/* ---- forecast, mean ------------------------------------------------------------------ */

static void
it_says_what_comes(void **state)
{
	(void)state;
	assert_int_equal(pace_warmup_tomorrow(&w, &plan), 70);
	assert_int_equal(pace_warmup_warm_on(&w, &plan, now), now + 30 * DAY);
	pace_warmup_set(&w, &plan, 9, now);
	assert_int_equal(pace_warmup_tomorrow(&w, &plan), pace_warmup_cap(&plan, 10));
	assert_int_equal(pace_warmup_warm_on(&w, &plan, now), now + 22 * DAY);
	pace_warmup_take(&w, &plan, 10, now);
	pace_warmup_tell(&w, &plan, 10, 1);
	assert_int_equal(pace_warmup_tomorrow(&w, &plan), pace_warmup_cap(&plan, 9));
	assert_int_equal(pace_warmup_warm_on(&w, &plan, now), now + 23 * DAY);
	pace_warmup_set(&w, &plan, 30, now);
	assert_int_equal(pace_warmup_tomorrow(&w, &plan), 0); /* no cap */
	assert_int_equal(pace_warmup_warm_on(&w, &plan, now), now + DAY);
}

static void
the_projection_holds(void **state)
{
	int64_t of[4];
	const uint64_t place[4] = { 1, 30, 100, 1000 };
	uint64_t sent = 0;

	(void)state;
	pace_warmup_take(&w, &plan, 2, now);
	for (int i = 0; i < 4; i++)
		of[i] = pace_warmup_project(&w, &plan, place[i], now);
	for (int i = 0; i < 4; i++) {
		while (sent < place[i]) {
			now = pace_warmup_opens(&w, &plan, now);
			sent += send_for(1, 0).sent;
		}
		assert_true(now - of[i] < 3 * HOUR && of[i] - now < 3 * HOUR);
	}
	assert_int_equal(pace_warmup_project(&w, &plan, 100000000, now) < now + 32 * DAY, 1);
}

static void
the_mean_is_of_thirty_days(void **state)
{
	double mean;

	(void)state;
	assert_true(pace_warmup_mean(&w, now) == 0);
	pace_warmup_set(&w, &plan, 31, now);
	for (int day = 0; day < 5; day++, now += DAY)
		pace_warmup_take(&w, &plan, 1000, now);
	mean = pace_warmup_mean(&w, now);
	assert_true(mean > 900 && mean < 1100); /* known for five days only */
	for (int day = 0; day < 60; day++, now += DAY)
		pace_warmup_take(&w, &plan, 1000, now);
	mean = pace_warmup_mean(&w, now);
	assert_true(mean > 950 && mean < 1050);
	now += 30 * DAY; /* nothing any more */
	assert_true(pace_warmup_mean(&w, now) < 450);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(caps_grow_by_the_day),
		TEST(thirty_days_go_well),
		TEST(a_late_start_catches_up),
		TEST(an_hour_before_its_end_it_is_too_late_for_all),
		TEST(downtime_burns_no_day),
		TEST(a_day_hardly_used_comes_again),
		TEST(refusals_and_complaints_freeze_it),
		TEST(it_steps_back_once_a_day),
		TEST(what_was_set_by_hand_is_not_undone),
		TEST(the_first_day_has_none_before_it),
		TEST(a_step_back_gives_no_new_day),
		TEST(few_refusals_thaw_it),
		TEST(a_frozen_day_comes_again_however_much_went),
		TEST(a_pause_stops_it_and_its_day),
		TEST(a_short_pause_gives_no_second_cap),
		TEST(idle_for_long_it_is_cold),
		TEST(an_address_in_use_is_warm_when_its_pool_begins),
		TEST(setting_a_day_forgets_nothing_sent),
		TEST(what_never_went_is_given_back),
		TEST(yesterdays_refund_is_not_todays),
		TEST(a_clock_put_back_opens_nothing),
		TEST(a_boot_in_the_wrong_year_makes_nothing_cold),
		TEST(never_more_than_the_cap),
		TEST(it_says_what_comes),
		TEST(the_projection_holds),
		TEST(the_mean_is_of_thirty_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
