/* By when a sender wants it delivered (RFC 2852): given up in time, or said to be late. */
#include "smtp/smtp_command.h"
#include "world.h"

static size_t dues, delays;

static void
on_due(uint64_t message_id, bool is_delay, void *arg)
{
	(void)message_id, (void)arg;
	dues++;
	delays += is_delay;
}

static int
setup(void **state)
{
	world_setup(state);
	world.config.notices.delay_after_ms = 3600000;
	world.s->notice_due = on_due;
	dues = delays = 0;
	return 0;
}

static bool
has_delays(void)
{
	return delays >= world_wanted;
}

/* R: as accept has it, the message's expiry is that time. */
static const struct letter strict = { .by = SMTP_BY_RETURN, .by_ms = 200, .lives_ms = 200,
				      .to = { "a@one.example" } };

static void
hold(const char *what)
{
	struct schedule_ask *ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = what, .by = "ana" });

	ask_free(&ask);
}

static void
given_up_in_time_held_or_not(void **state)
{
	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	world_submit(&strict);
	world_submit(&(struct letter){ .to = { "b@one.example" } });
	world_wanted = 2;
	world_run(has_deferred);
	hold("one.example"); /* a hold does not make it late */
	world_run_finals(1);
	assert_int_equal(outcome_of("a@one.example", 1)->status, MAIL_STATUS_EXPIRED);
	assert_string_equal(outcome_of("a@one.example", 1)->detail,
			    "gave up: not delivered by the time its sender gave");
	world_settle();
	assert_int_equal(dues, 1);
	assert_int_equal(delays, 0);
}

static void
past_it_there_is_no_last_attempt(void **state)
{
	static const struct { unsigned char by; enum mail_status status; } rows[] = {
		{ SMTP_BY_RETURN, MAIL_STATUS_EXPIRED },
		{ SMTP_BY_NOTIFY, MAIL_STATUS_DELIVERED },
	};
	struct store_queued_recipient r = { .address = "a@one.example", .domain = "one.example" };
	struct store_queued queued = { .credential_id = 7, .credential = "shop",
				       .return_path = "b@shop.example",
				       .from_domain = "shop.example",
				       .envid = "e", .recipients = 1, .recipient = &r };

	(void)state;
	for (size_t i = 0; i < 2; i++) { /* it was over while the relay was down */
		queued.id = id_gen_next(&world.ids, clock_unix_ms());
		queued.by = rows[i].by;
		queued.by_unix_ms = queued.expires_unix_ms = clock_unix_ms() - 1000;
		schedule_load(world.s, &queued);
		schedule_wake(world.s);
		world_run_finals(i + 1);
		assert_int_equal(outcome_of("a@one.example", i)->status, rows[i].status);
	}
}

static void
submit_late(int64_t by_ms, const char *to)
{
	world_submit(
		&(struct letter){ .by = SMTP_BY_NOTIFY, .by_ms = by_ms, .to = { to } });
}

static void
its_sender_hears_that_it_is_late(void **state)
{
	int64_t began = clock_unix_ms();

	(void)state;
	world.deliver = keep_all;
	submit_late(100, "a@one.example");
	submit_late(300, "b@two.example");
	submit_late(60000, "c@three.example");
	submit_late(-5, "d@four.example");
	world_run_kept(4);
	for (size_t i = 1; i <= 3; i++) {
		static const int64_t at[] = { 0, 0, 100, 300 };

		world_wanted = i;
		world_run(has_delays);
		assert_int_equal(delays, i);
		assert_true(clock_unix_ms() >= began + at[i]);
	}
	assert_true(clock_unix_ms() < began + 5000); /* not a round of an hour's delay later */
	for (size_t i = 0; i < 4; i++)
		answer_kept(i);
	world_run_finals(4);
	assert_int_equal(delays, 3);
}

static unsigned char next_can;

static bool
take_on(struct deliver_job *job)
{
	job->next_reports = next_can & 1;
	job->next_has_by = next_can & 2;
	assert_int_equal(job->by_unix_ms != 0, job->by != 0);
	return accept_all(job);
}

static void
handed_on_is_said_where_nobody_else_will(void **state)
{
	static const struct {
		const char *name;
		unsigned char by, next_can; /* 1: reports; 2: keeps the time */
		size_t dues;
	} rows[] = {
		{ "nothing asked", 0, 0, 0 },
		{ "return", SMTP_BY_RETURN, 0, 0 },
		{ "notify, the next does not know", SMTP_BY_NOTIFY, 1, 1 },
		{ "notify, the next knows", SMTP_BY_NOTIFY, 3, 0 },
		{ "trace", SMTP_BY_RETURN | SMTP_BY_TRACE, 3, 1 },
	};

	(void)state;
	world.deliver = take_on;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].name);
		dues = 0;
		next_can = rows[i].next_can;
		world_submit(&(struct letter){ .by = rows[i].by, .by_ms = 60000,
					       .to = { "a@one.example" } });
		world_run_finals(i + 1);
		world_settle();
		assert_int_equal(dues, rows[i].dues);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(given_up_in_time_held_or_not),
		TEST(past_it_there_is_no_last_attempt),
		TEST(its_sender_hears_that_it_is_late),
		TEST(handed_on_is_said_where_nobody_else_will),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
