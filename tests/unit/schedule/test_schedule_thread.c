/* The scheduler on its own thread: submissions from several others, questions,
 * a reload and an orderly end. For the thread sanitizer above all. */
#include <pthread.h>
#include "world.h"

#define THREADS 3
#define EACH 400

static struct mailbox *asker;

static void *
submit_many(void *arg)
{
	struct id_gen ids;
	unsigned lane = (unsigned)(uintptr_t)arg;

	id_gen_init(&ids, 0, lane, 0);
	for (int i = 0; i < EACH; i++) {
		struct mail_message *m = mail_message_new();
		int64_t now = clock_unix_ms();

		m->id = id_gen_next(&ids, now);
		m->expires_unix_ms = now + 60000;
		m->credential_id = lane;
		m->credential = "shop";
		m->return_path = m->sender = "bounce@shop.example";
		m->from_domain = "shop.example";
		m->body = small_body();
		m->recipient = arena_alloc(m->arena, sizeof *m->recipient);
		m->recipients = 1;
		m->recipient[0] = recipient_of(m->arena, i % 2 ? "a@one.example" : "a@two.example");
		schedule_submit(world.s, &m);
	}
	return NULL;
}

static void
on_thread_answer(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;

	(void)owner;
	assert_int_equal(ask->result, 0);
	ask_free(&ask);
}

static void
ask_and_wait(void)
{
	struct schedule_ask *ask = mem_zero(1, sizeof *ask);
	struct mailbox_item *item;

	ask->back = (struct mailbox_return){ asker, on_thread_answer };
	ask->arena = arena_new(0);
	ask->act = SCHEDULE_LIST_QUEUES;
	assert_true(schedule_ask_send(world.s, &ask));
	item = mailbox_wait(asker, DEADLINE_MS);
	assert_non_null(item);
	item->fn(item, NULL);
}

static void
thousands_from_several_threads(void **state)
{
	pthread_t thread[THREADS];
	struct schedule_counts counts = { .queued = 1 };
	struct notify_totals totals = { 0 };
	int64_t deadline = clock_mono_ms() + DEADLINE_MS;
	struct err err;

	(void)state;
	asker = mailbox_new("asker", 16, NULL, &err);
	assert_non_null(asker);
	assert_int_equal(schedule_start(world.s, &err), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, submit_many, (void *)(i + 1)), 0);
	schedule_reconfigure(world.s, &world.config);
	for (int i = 0; i < 20; i++)
		ask_and_wait();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	while (counts.queued > 0 || totals.delivered < THREADS * EACH) {
		ask_and_wait();
		schedule_counts_read(world.s, &counts);
		notify_totals_read(world.notify, &totals);
		assert_true(clock_mono_ms() < deadline);
	}
	schedule_stop(world.s, 1000);
	assert_int_equal(world.finals, THREADS * EACH);
	assert_int_equal(totals.delivered, THREADS * EACH);
	mailbox_free(&asker);
}

static bool
keep_job(struct deliver_job *job)
{
	(void)job;
	return false;
}

static void *
answer_the_kept(void *arg)
{
	struct deliver_job *job = arg;

	answer_all(job, &accepted);
	job->is_open = false;
	mailbox_answer(&job->back, &job->item);
	return NULL;
}

/* a job is under way when the end is asked for: its outcome is recorded first */
static void
the_end_waits_for_jobs(void **state)
{
	pthread_t thread;
	struct schedule_counts counts = { 0 };
	int64_t deadline = clock_mono_ms() + DEADLINE_MS;
	struct err err;

	(void)state;
	asker = mailbox_new("asker", 16, NULL, &err);
	assert_non_null(asker);
	world.deliver = keep_job;
	assert_int_equal(schedule_start(world.s, &err), 0);
	submit_to("a@one.example");
	while (counts.active == 0) {
		ask_and_wait();
		schedule_counts_read(world.s, &counts);
		assert_true(clock_mono_ms() < deadline);
	}
	/* the mailbox orders what follows behind the job's start: kept[0] is written */
	ask_and_wait();
	assert_int_equal(pthread_create(&thread, NULL, answer_the_kept, world.kept[0]), 0);
	world.kept[0] = NULL;
	schedule_stop(world.s, DEADLINE_MS);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(world.finals, 1);
	mailbox_free(&asker);
}

static bool
refuse_connection(struct deliver_job *job)
{
	fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
	return true;
}

/* what is not delivered is freed: the store has it */
static void
the_end_with_a_full_queue(void **state)
{
	struct err err;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = refuse_connection;
	assert_int_equal(schedule_start(world.s, &err), 0);
	for (int i = 0; i < 100; i++)
		submit_to("a@one.example");
	schedule_stop(world.s, 1000);
	assert_int_equal(world.finals, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(thousands_from_several_threads),
		TEST(the_end_waits_for_jobs),
		TEST(the_end_with_a_full_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
