/* What a million waiting recipients cost, and what a hundred thousand queues do to an
 * operator's question. Prints what it measured. */
#include <malloc.h>
#include <unistd.h>
#include "world.h"

#define WAITING 1000000
#define QUEUES 100000

/* under a sanitizer every allocation is padded: only that it works is tested */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_PADDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_PADDED 1
#endif
#endif
#ifndef IS_PADDED
#define IS_PADDED 0
#endif

static size_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long total = 0, resident = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &total, &resident), 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
load(int i, int recipients, const char *domain, int64_t next)
{
	struct store_queued_recipient r[8];
	char address[8][64];
	struct store_queued queued = { .credential_id = 7,
				       .credential = "shop",
				       .return_path = "bounces@mail.shop.example",
				       .from_domain = "shop.example",
				       .expires_unix_ms = clock_unix_ms() + 1000000 + i,
				       .recipients = (size_t)recipients,
				       .recipient = r };

	for (int n = 0; n < recipients; n++) {
		snprintf(address[n], sizeof address[n], "firstname.%07d@%s", i * 8 + n, domain);
		r[n] = (struct store_queued_recipient){ .no = (uint32_t)n,
							.address = address[n],
							.domain = domain,
							.attempts = 1,
							.next_attempt_unix_ms = next + i };
	}
	queued.id = id_gen_next(&world.ids, clock_unix_ms());
	schedule_load(world.s, &queued);
}

static void
a_waiting_recipient_is_small(void **state)
{
	size_t before, each;
	char domain[32];
	int count = IS_PADDED ? WAITING / 20 : WAITING;

	(void)state;
	print_message("struct schedule_recipient %zu, schedule_message %zu, schedule_queue %zu\n",
		      offsetof(struct schedule_recipient, address), sizeof(struct schedule_message),
		      sizeof(struct schedule_queue));
	malloc_trim(0);
	before = resident_bytes();
	for (int i = 0; i < count; i++) { /* the worst case: a message each */
		snprintf(domain, sizeof domain, "domain%d.example", i % 1000);
		load(i, 1, domain, clock_unix_ms() + 600000);
	}
	each = (resident_bytes() - before) / (size_t)count;
	print_message("%d waiting recipients in 1000 queues, one a message: %zu bytes each\n",
		      count, each);
	if (!IS_PADDED)
		assert_in_range(each, 100, 305);
	world_close();
	world_open();
	malloc_trim(0);
	before = resident_bytes();
	for (int i = 0; i < count / 8; i++) {
		snprintf(domain, sizeof domain, "domain%d.example", i % 1000);
		load(i, 8, domain, clock_unix_ms() + 600000);
	}
	each = (resident_bytes() - before) / (size_t)count;
	print_message("eight a message: %zu bytes each\n", each);
	if (!IS_PADDED)
		assert_in_range(each, 80, 250);
}

static void
questions_do_not_stop_it(void **state)
{
	static const enum schedule_sort sorts[] = { SCHEDULE_SORT_OLDEST, SCHEDULE_SORT_SIZE,
						    SCHEDULE_SORT_NAME, SCHEDULE_SORT_NEXT };
	char domain[32];

	(void)state;
	for (int i = 0; i < QUEUES; i++) {
		snprintf(domain, sizeof domain, "domain%06d.example", i);
		load(i, 1, domain, clock_unix_ms() + 600000);
	}
	world_settle();
	for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
		struct schedule_ask *ask = mem_zero(1, sizeof *ask);
		int64_t start = clock_mono_ms(), took;

		ask->act = SCHEDULE_LIST_QUEUES;
		ask->sort = sorts[i];
		ask->limit = 40;
		ask->arena = arena_new(0);
		ask->back.fn = on_answer;
		schedule_ask_answer(&ask->item, world.s); /* the time it takes from the others */
		took = clock_mono_ms() - start;
		assert_int_equal(world_answered->rows, 40);
		assert_int_equal(world_answered->total, QUEUES);
		ask_free(&world_answered);
		print_message("list of %d queues, sort %zu: %d ms\n", QUEUES, i, (int)took);
		assert_in_range(took, 0, 200);
	}
}

static void
a_message_costs_microseconds(void **state)
{
	enum { MESSAGES = 100000, AT_ONCE = 1000 };
	int64_t start = clock_mono_ms(), took;
	char to[8][32];

	(void)state;
	mem_free(world.outcome);
	world.outcome = mem_alloc((MESSAGES + 1) * sizeof *world.outcome);
	for (int n = 0; n < 8; n++)
		snprintf(to[n], sizeof to[n], "a@domain%d.example", n);
	for (int i = 0; i < MESSAGES / AT_ONCE; i++) {
		for (int n = 0; n < AT_ONCE; n++)
			submit_to(to[n % 8]);
		world_wanted = (size_t)(i + 1) * AT_ONCE;
		world_run(has_finals);
		if (world.outcomes > WORLD_EVENTS_MAX - 2 * AT_ONCE)
			world.outcomes = 0;
	}
	took = clock_mono_ms() - start;
	print_message("%d messages submitted, delivered and recorded: %.1f us each, "
		      "the doubles' work in it\n",
		      MESSAGES, (double)took * 1000 / MESSAGES);
	assert_int_equal(world.finals, MESSAGES);
	if (!IS_PADDED)
		assert_in_range(took, 0, 100 * MESSAGES / 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_waiting_recipient_is_small),
		TEST(questions_do_not_stop_it),
		TEST(a_message_costs_microseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
