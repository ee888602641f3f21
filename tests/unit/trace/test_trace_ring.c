/* test_trace_ring.c - what is kept, in which order it goes, how it is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "trace/trace_ring.h"

static struct trace_recipient
recipient_of(size_t i, const void *arg)
{
	const struct trace_recipient *recipient = arg;

	return recipient[i];
}

static struct trace *
make(uint64_t id, enum trace_result result)
{
	struct trace_recipient recipient[] = { { "a@example.net", TRACE_DELIVERED },
		                               { "B@example.net", result } };
	struct trace_facts facts = { .message_id = id, .started_unix_ms = (int64_t)id,
		                     .remote_host = "mx.example.net", .tls_version = "" };
	struct trace_script script;
	struct trace *trace;

	trace_script_init(&script, true, 0);
	trace_script_connect(&script, 0, span_of("mx"));
	trace_script_begin(&script);
	trace_script_add(&script, TRACE_US, 7, span_of("MAIL"));
	trace = trace_new(&facts, &script, recipient_of, recipient, 2);
	trace_script_deinit(&script);
	return trace;
}

static void
put(struct trace_ring *ring, uint64_t id, enum trace_result result)
{
	struct trace *trace = make(id, result);

	trace_ring_put(ring, &trace);
	assert_null(trace);
}

static bool
count_one(const struct trace *trace, void *arg)
{
	(void)trace;
	++*(unsigned *)arg;
	return true;
}

static unsigned
found(const struct trace_ring *ring, uint64_t id, const char *recipient)
{
	unsigned count = 0;

	trace_ring_find(ring, id, recipient, count_one, &count);
	return count;
}

static void
a_trace_is_what_it_was_made_of(void **state)
{
	struct trace *trace = make(9, TRACE_DEFERRED), *copy = trace_copy(trace);
	struct trace_recipient recipient;
	struct trace_walk walk = { 0 };
	struct trace_facts facts;
	struct trace_line line;
	uint32_t at = 0;

	(void)state;
	trace_free(&trace); /* the copy stands on its own */
	trace_facts_read(copy, &facts);
	assert_string_equal(facts.remote_host, "mx.example.net");
	assert_string_equal(facts.tls_version, "");
	assert_null(facts.source_address);
	assert_int_equal(trace_message_id(copy), 9);
	assert_true(trace_has_failed(copy));
	assert_int_equal(trace_recipients(copy), 2);
	assert_true(trace_recipient_next(copy, &at, &recipient));
	assert_string_equal(recipient.address, "a@example.net");
	assert_true(trace_recipient_next(copy, &at, &recipient));
	assert_int_equal(recipient.result, TRACE_DEFERRED);
	assert_false(trace_recipient_next(copy, &at, &recipient));
	assert_true(trace_has_recipient(copy, "b@EXAMPLE.net"));
	assert_false(trace_has_recipient(copy, "b@example.ne"));
	assert_true(trace_line_next(copy, &walk, &line) && line.who == TRACE_CONNECT);
	assert_true(trace_line_next(copy, &walk, &line) && span_is(line.text, "MAIL"));
	assert_int_equal(line.ms, 7);
	assert_false(trace_line_next(copy, &walk, &line));
	assert_false(trace_line_next(copy, &walk, &line));
	trace_free(&copy);
}

static void
a_message_is_found_by_id_and_recipient(void **state)
{
	struct trace_ring *ring = trace_ring_new(1 << 20);

	(void)state;
	for (uint64_t id = 1; id <= 300; id++)
		put(ring, id % 100, id % 2 ? TRACE_DELIVERED : TRACE_BOUNCED);
	assert_int_equal(found(ring, 42, NULL), 3);
	assert_int_equal(found(ring, 42, "A@example.net"), 3);
	assert_int_equal(found(ring, 42, "c@example.net"), 0);
	assert_int_equal(found(ring, 101, NULL), 0);
	trace_ring_free(&ring);
	assert_null(ring);
}

static void
failures_outlive_successes(void **state)
{
	struct trace *one = make(1, TRACE_DELIVERED);
	size_t size = trace_bytes(one);
	struct trace_ring *ring = trace_ring_new(100 * size);
	struct trace_ring_stats stats;

	(void)state;
	trace_free(&one);
	for (uint64_t id = 1; id <= 40; id++)
		put(ring, id, TRACE_DEFERRED);
	for (uint64_t id = 1001; id <= 5000; id++)
		put(ring, id, TRACE_DELIVERED);
	trace_ring_stats_read(ring, &stats);
	assert_int_equal(stats.sessions, 100);
	assert_int_equal(stats.failed, 40);
	assert_int_equal(stats.bytes, 100 * size);
	assert_int_equal(stats.oldest_unix_ms, 1);
	assert_int_equal(found(ring, 1, NULL), 1);
	assert_int_equal(found(ring, 4940, NULL), 0);
	assert_int_equal(found(ring, 4941, NULL), 1);
	for (uint64_t id = 6001; id <= 7000; id++)
		put(ring, id, TRACE_UNTRIED);
	trace_ring_stats_read(ring, &stats); /* a quarter is what successes keep */
	assert_int_equal(stats.sessions - stats.failed, 25);
	assert_int_equal(stats.failed, 75);
	assert_int_equal(stats.oldest_unix_ms, 4976);
	assert_int_equal(stats.oldest_failed_unix_ms, 6926);
	trace_ring_free(&ring);
}

static void
less_memory_lets_the_oldest_go(void **state)
{
	struct trace_ring *ring = trace_ring_new(1 << 20);
	struct trace_ring_stats stats;

	(void)state;
	for (uint64_t id = 1; id <= 200; id++)
		put(ring, id, id % 2 ? TRACE_DELIVERED : TRACE_BOUNCED);
	trace_ring_set_max(ring, 4000);
	trace_ring_stats_read(ring, &stats);
	assert_true(stats.bytes <= 4000 && stats.sessions > 0);
	assert_int_equal(found(ring, 200, NULL), 1);
	trace_ring_set_max(ring, 0);
	put(ring, 201, TRACE_BOUNCED);
	trace_ring_stats_read(ring, &stats);
	assert_int_equal(stats.sessions, 0);
	assert_int_equal(stats.bytes, 0);
	assert_int_equal(stats.oldest_unix_ms, 0);
	trace_ring_free(&ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_is_what_it_was_made_of),
		cmocka_unit_test(a_message_is_found_by_id_and_recipient),
		cmocka_unit_test(failures_outlive_successes),
		cmocka_unit_test(less_memory_lets_the_oldest_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
