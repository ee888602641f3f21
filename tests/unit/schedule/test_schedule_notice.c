/* test_schedule_notice.c - which outcomes and waits are to be told to senders, and when. */
#include "smtp/smtp_command.h"
#include "world.h"

#define DUES_MAX 64

static struct due {
	uint64_t message_id;
	bool is_delay;
	size_t finals; /* recorded when it was raised */
} due[DUES_MAX];
static size_t dues;

static void
on_due(uint64_t message_id, bool is_delay, void *arg)
{
	(void)arg;
	assert_true(dues < DUES_MAX);
	due[dues++] = (struct due){ message_id, is_delay, world.finals };
}

static int
setup(void **state)
{
	world_setup(state);
	world.config.notices.delay_after_ms = 3600000;
	world.s->notice_due = on_due;
	dues = 0;
	return 0;
}

static bool
has_dues(void)
{
	return dues >= world_wanted;
}

static bool
refuse_all_for_good(struct deliver_job *job)
{
	answer_all(job, &unknown);
	return true;
}

static bool
next_reports(struct deliver_job *job)
{
	job->next_reports = true;
	return accept_all(job);
}

static uint64_t
submit_notify(const char *return_path, unsigned notify, const char *to)
{
	struct mail_message *m = mail_message_new();
	uint64_t id = m->id = id_gen_next(&world.ids, clock_unix_ms());

	m->expires_unix_ms = clock_unix_ms() + 60000;
	m->credential = "shop";
	m->return_path = m->sender = arena_strdup(m->arena, return_path);
	m->body = small_body();
	m->recipient = arena_alloc(m->arena, sizeof *m->recipient);
	m->recipients = 1;
	m->recipient[0] = recipient_of(m->arena, to);
	m->recipient[0].notify = notify;
	schedule_submit(world.s, &m);
	return id;
}

static void
a_failure_is_due_once_the_store_has_it(void **state)
{
	uint64_t id;

	(void)state;
	world.deliver = refuse_all_for_good;
	world.store_refuses = true;
	id = world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example" } });
	world_settle();
	assert_true(world.refused > 0);
	assert_int_equal(dues, 0);
	world.store_refuses = false;
	world_run_finals(2);
	world_wanted = 1;
	world_run(has_dues);
	world_settle();
	assert_int_equal(dues, 1); /* one message, one word */
	assert_true(due[0].message_id == id);
	assert_false(due[0].is_delay);
	assert_int_equal(due[0].finals, 2);
}

static void
nobody_is_told_who_did_not_ask(void **state)
{
	static const struct {
		const char *name, *return_path;
		unsigned notify;
		world_deliver_fn deliver;
		size_t dues;
	} rows[] = {
		{ "failed", "s@shop.example", 0, refuse_all_for_good, 1 },
		{ "never", "s@shop.example", SMTP_NOTIFY_NEVER, refuse_all_for_good, 0 },
		{ "a notice", "", 0, refuse_all_for_good, 0 },
		{ "a notice that asks", "", SMTP_NOTIFY_SUCCESS, accept_all, 0 },
		{ "delivered", "s@shop.example", 0, accept_all, 0 },
		{ "success", "s@shop.example", SMTP_NOTIFY_SUCCESS, accept_all, 1 },
		{ "success, the next reports", "s@shop.example", SMTP_NOTIFY_SUCCESS, next_reports,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].name);
		dues = 0;
		world.deliver = rows[i].deliver;
		submit_notify(rows[i].return_path, rows[i].notify, "a@one.example");
		world_run_finals(i + 1);
		world_settle();
		assert_int_equal(dues, rows[i].dues);
	}
}

static void
a_credential_mutes(void **state)
{
	static const struct account_credential muted = { .mutes_notices = true };
	uint64_t id;

	(void)state;
	world.deliver = keep_all;
	id = submit_to("a@one.example");
	world_run_kept(1);
	schedule_message_find(world.s, id)->credential->account = &muted;
	answer_all(world.kept[0], &unknown);
	world_answer(world.kept[0]);
	world.kept[0] = NULL;
	world_run_finals(1);
	world_settle();
	assert_int_equal(dues, 0);
}

static void
a_wait_is_due_once(void **state)
{
	uint64_t id;

	(void)state;
	world.config.notices.delay_after_ms = 50;
	world.deliver = keep_all;
	id = submit_to("a@one.example");
	submit_notify("s@shop.example", SMTP_NOTIFY_FAILURE, "b@two.example");
	submit_notify("", 0, "c@three.example");
	world_run_kept(3);
	world_wanted = 1;
	world_run(has_dues);
	assert_true(due[0].message_id == id && due[0].is_delay);
	while (clock_unix_ms() < id_unix_ms(id) + 1000) /* some rounds later */
		world_settle();
	assert_int_equal(dues, 1);
}

static void
after_a_restart_only_the_untold_are_due(void **state)
{
	struct store_queued_recipient r = { .address = "a@one.example", .domain = "one.example",
		                            .attempts = 1 };
	struct store_queued queued = { .credential = "shop", .return_path = "s@shop.example",
		                       .recipients = 1, .recipient = &r };
	uint64_t untold;

	(void)state;
	world.deliver = keep_all;
	queued.expires_unix_ms = clock_unix_ms() + 3600000;
	queued.id = id_gen_next(&world.ids, clock_unix_ms() - 2 * 3600000);
	r.is_delay_told = true;
	schedule_load(world.s, &queued);
	queued.id = untold = id_gen_next(&world.ids, clock_unix_ms() - 2 * 3600000);
	r.is_delay_told = false;
	schedule_load(world.s, &queued);
	world_wanted = 1;
	world_run(has_dues);
	world_settle();
	assert_int_equal(dues, 1);
	assert_true(due[0].message_id == untold && due[0].is_delay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_failure_is_due_once_the_store_has_it, setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(nobody_is_told_who_did_not_ask, setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_credential_mutes, setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_wait_is_due_once, setup, world_teardown),
		cmocka_unit_test_setup_teardown(after_a_restart_only_the_untold_are_due, setup,
						world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
