/* Counters for all, events in order for who listens, and an honest count for
 * who cannot keep up. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/id.h"
#include "base/mem.h"
#include "notify/notify.h"

#define SEEN_MAX 20000

struct listener {
	struct notify_subscriber *subscriber;
	uint64_t seen[SEEN_MAX];
	size_t count, wanted;
	size_t takes;              /* how many it takes before it says "not now" */
	bool leaves;               /* unsubscribes at its next event */
	struct notify *notify;
};

static struct loop *loop;
static struct notify *notify;
static struct listener a, b;

static int
setup(void **state)
{
	struct err err;

	(void)state;
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	loop = loop_new("main", &err);
	assert_non_null(loop);
	notify = notify_new(loop, &err);
	assert_non_null(notify);
	a.takes = b.takes = SIZE_MAX;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (a.subscriber)
		notify_unsubscribe(notify, &a.subscriber);
	if (b.subscriber)
		notify_unsubscribe(notify, &b.subscriber);
	notify_free(&notify);
	loop_free(&loop);
	return 0;
}

static bool
take(const struct mail_event *event, void *arg)
{
	struct listener *listener = arg;

	if (listener->leaves) {
		notify_unsubscribe(notify, &listener->subscriber);
		loop_stop(loop);
		return true;
	}
	if (listener->takes == 0)
		return false;
	listener->takes--;
	assert_true(listener->count < SEEN_MAX);
	listener->seen[listener->count++] = event->id;
	if (listener->count == listener->wanted)
		loop_stop(loop);
	return true;
}

static bool
only_bounced(const struct mail_event *event, void *arg)
{
	(void)arg;
	return event->kind == MAIL_EVENT_BOUNCED;
}

static void
publish(uint64_t id, enum mail_event_kind kind)
{
	struct mail_event event = { .id = id, .kind = kind, .recipient = "a@one.example",
		                    .reply = span_of("250 ok") };

	notify_publish(notify, &event);
}

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
run_turns(void)
{
	struct loop_timer timer;

	loop_timer_init(&timer, loop, stop, NULL);
	loop_timer_set(&timer, 20); /* behind what waits in the mailbox */
	loop_run(loop);
	loop_timer_deinit(&timer);
}

static void
events_come_in_order(void **state)
{
	(void)state;
	publish(1, MAIL_EVENT_DELIVERED); /* nobody listens yet */
	a.subscriber = notify_subscribe(notify, NULL, take, &a);
	b.subscriber = notify_subscribe(notify, only_bounced, take, &b);
	for (uint64_t i = 2; i < 100; i++)
		publish(i, i % 10 ? MAIL_EVENT_DELIVERED : MAIL_EVENT_BOUNCED);
	a.wanted = 98;
	loop_run(loop);
	for (uint64_t i = 0; i < 98; i++)
		assert_int_equal(a.seen[i], i + 2);
	assert_int_equal(b.count, 9);
	assert_int_equal(b.seen[0], 10);
	assert_int_equal(notify_take_lost(a.subscriber), 0);
}

static void
a_full_reader_goes_on_where_it_stopped(void **state)
{
	(void)state;
	a.subscriber = notify_subscribe(notify, NULL, take, &a);
	a.takes = 3;
	for (uint64_t i = 0; i < 10; i++)
		publish(i, MAIL_EVENT_DELIVERED);
	run_turns();
	assert_int_equal(a.count, 3);
	a.takes = SIZE_MAX;
	notify_resume(a.subscriber);
	assert_int_equal(a.count, 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(a.seen[i], i);
}

static void
a_slow_reader_is_told_what_it_lost(void **state)
{
	uint64_t lost;

	(void)state;
	a.subscriber = notify_subscribe(notify, NULL, take, &a);
	b.subscriber = notify_subscribe(notify, NULL, take, &b);
	a.takes = 0;
	for (uint64_t i = 0; i < 6000; i++)
		publish(i, MAIL_EVENT_DELIVERED);
	b.wanted = 6000;
	loop_run(loop);
	assert_int_equal(b.count, 6000); /* the other one lost nothing */
	lost = notify_take_lost(a.subscriber);
	assert_true(lost > 1000);
	assert_int_equal(notify_take_lost(a.subscriber), 0);
	a.takes = SIZE_MAX;
	notify_resume(a.subscriber);
	assert_int_equal(a.count + lost, 6000);
	assert_int_equal(a.seen[0], lost); /* the newest are kept */
	assert_int_equal(a.seen[a.count - 1], 5999);
}

static void
what_the_way_lost_is_told_too(void **state)
{
	(void)state;
	a.subscriber = notify_subscribe(notify, NULL, take, &a);
	for (uint64_t i = 0; i < 10000; i++) /* the main loop does not look meanwhile */
		publish(i, MAIL_EVENT_DELIVERED);
	run_turns();
	assert_true(a.count < 10000);
	assert_int_equal(a.count + notify_take_lost(a.subscriber), 10000);
}

static void
leaving_in_the_middle_is_fine(void **state)
{
	(void)state;
	a.subscriber = notify_subscribe(notify, NULL, take, &a);
	b.subscriber = notify_subscribe(notify, NULL, take, &b);
	a.leaves = true;
	publish(1, MAIL_EVENT_DELIVERED);
	publish(2, MAIL_EVENT_DELIVERED);
	run_turns();
	run_turns();
	assert_null(a.subscriber);
	assert_int_equal(b.count, 2);
}

static void *
publish_many(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 5000; i++) {
		publish(i, MAIL_EVENT_DELIVERED);
		publish(i, MAIL_EVENT_DEFERRED);
		publish(i, MAIL_EVENT_THROTTLE_CHANGED);
	}
	return NULL;
}

static void
totals_are_exact_from_all_threads(void **state)
{
	struct notify_totals totals;
	pthread_t thread[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, publish_many, NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	notify_totals_read(notify, &totals);
	assert_int_equal(totals.delivered, 15000);
	assert_int_equal(totals.deferred, 15000);
	assert_int_equal(totals.bounced, 0);
}

static const struct latency_row {
	int64_t ms;
	int bucket;
} latencies[] = { { -5, 0 }, { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }, { 4, 2 }, { 1000, 9 },
	          { 1024, 10 }, { INT64_C(1) << 40, 31 } };

static void
latency_is_counted_by_powers_of_two(void **state)
{
	uint64_t bucket[NOTIFY_LATENCY_BUCKETS];
	const int64_t accepted = 1700000000000;

	(void)state;
	for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++) {
		struct mail_event event = { .kind = MAIL_EVENT_DELIVERED,
			                    .message_id = id_lowest_at(accepted),
			                    .at_unix_ms = accepted + latencies[i].ms };
		uint64_t before;

		notify_latency_read(notify, bucket);
		before = bucket[latencies[i].bucket];
		notify_publish(notify, &event);
		notify_latency_read(notify, bucket);
		assert_int_equal(bucket[latencies[i].bucket], before + 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_in_order),
		TEST(a_full_reader_goes_on_where_it_stopped),
		TEST(a_slow_reader_is_told_what_it_lost),
		TEST(what_the_way_lost_is_told_too),
		TEST(leaving_in_the_middle_is_fine),
		TEST(totals_are_exact_from_all_threads),
		TEST(latency_is_counted_by_powers_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
