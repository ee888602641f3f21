/* test_store_sqlite_notice.c - what a sender is to be told outlives a restart, is
 * told once, and keeps the message until then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store_kit.h"

#define TWO &(struct kit_message){ .recipient = "a@mail.example", .recipient2 = "b@mail.example" }

static void
record_final(struct kit *kit, uint64_t id, uint32_t no, enum mail_notice notice)
{
	struct store_record *request = mem_zero(1, sizeof *request);
	struct mail_event event = kit_event(id, no, MAIL_EVENT_BOUNCED);

	request->back = kit_back(kit);
	request->outcome = mem_zero(1, sizeof *request->outcome);
	request->outcomes = 1;
	request->outcome[0] = (struct store_outcome){ .event = mail_event_dup(&event),
		                                      .status = MAIL_STATUS_BOUNCED,
		                                      .is_final = true, .notice = notice };
	store_record_send(kit->store, &request);
	request = kit_wait(kit);
	assert_int_equal(request->result, 0);
	store_record_free(&request);
}

static struct store_notice *
ask(struct kit *kit, uint64_t id, bool wants_delayed)
{
	struct store_notice *request = mem_zero(1, sizeof *request), *asked = request;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->message_id = id;
	request->wants_delayed = wants_delayed;
	request->limit = 10;
	request->text_max_bytes = 1024 * 1024;
	store_notice_send(kit->store, &request);
	assert_ptr_equal(kit_wait(kit), asked);
	return asked;
}

/* tell - accept a notice that says so; returns its own id. */
static uint64_t
tell(struct kit *kit, uint64_t id, const struct store_told_recipient *recipient, size_t n)
{
	struct store_accept *request = mem_zero(1, sizeof *request);
	uint64_t own;

	request->back = kit_back(kit);
	request->message = kit_message(kit, &(struct kit_message){ .recipient = "s@shop.example" });
	own = request->message->id;
	request->told = (struct store_told){ id, recipient, n };
	assert_true(store_accept_send(kit->store, &request));
	request = kit_wait(kit);
	assert_int_equal(request->result, 0);
	kit_free_accept(request);
	return own;
}

static void
on_owed(uint64_t id, void *arg)
{
	uint64_t *owed = arg;

	owed[0]++;
	owed[1] = id;
}

struct restart {
	uint64_t owed[2];
	size_t waiting, delay_told;
};

static void
on_queued(const struct store_queued *queued, void *arg)
{
	struct restart *restart = arg;

	for (size_t i = 0; i < queued->recipients; i++) {
		restart->waiting++;
		restart->delay_told += queued->recipient[i].is_delay_told;
	}
}

static struct restart
reopen(struct kit *kit)
{
	struct restart restart = { { 0 }, 0, 0 };
	struct err err;

	kit_close(kit);
	kit->store = store_open(&kit->options, &err);
	assert_non_null(kit->store);
	assert_int_equal(store_load_queue(kit->store, on_queued, &restart, &err), 0);
	assert_int_equal(store_load_notices(kit->store, on_owed, restart.owed, &err), 0);
	id_gen_init(&kit->ids, 1, 0, store_largest_id(kit->store));
	assert_int_equal(store_start(kit->store, &err), 0);
	return restart;
}

static void
a_failure_is_owed_until_its_notice_is_accepted(void **state)
{
	static const struct store_told_recipient told = { 0, MAIL_NOTICE_FAILED };
	struct store_notice *notice;
	struct restart restart;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ .recipient = "Gone@mail.example" }, NULL);
	record_final(&kit, id, 0, MAIL_NOTICE_FAILED);
	restart = reopen(&kit);
	assert_int_equal(restart.owed[0], 1);
	assert_true(restart.owed[1] == id);
	assert_int_equal(restart.waiting, 0);
	notice = ask(&kit, id, false);
	assert_int_equal(notice->result, 0);
	assert_int_equal(notice->recipients, 1);
	assert_string_equal(notice->sender, "no-reply@shop.example");
	assert_string_equal(notice->recipient[0].address, "Gone@mail.example");
	assert_int_equal(notice->recipient[0].notice, MAIL_NOTICE_FAILED);
	assert_int_equal(notice->recipient[0].code, 550);
	assert_int_equal(notice->recipient[0].enhanced.class, 5);
	assert_string_equal(notice->recipient[0].remote_host, "mx1.mail.example");
	assert_non_null(notice->body);
	store_notice_free(&notice);
	tell(&kit, id, &told, 1);
	restart = reopen(&kit);
	assert_int_equal(restart.owed[0], 0);
	notice = ask(&kit, id, true); /* gone to the log, or there with nothing owed */
	assert_int_equal(notice->recipients, 0);
	assert_null(notice->body);
	store_notice_free(&notice);
	kit_remove(&kit);
}

static void
only_what_was_told_is_settled(void **state)
{
	static const struct store_told_recipient told = { 0, MAIL_NOTICE_FAILED };
	struct store_notice *notice;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, TWO, NULL);
	record_final(&kit, id, 0, MAIL_NOTICE_FAILED);
	record_final(&kit, id, 1, MAIL_NOTICE_FAILED);
	tell(&kit, id, &told, 1);
	notice = ask(&kit, id, false);
	assert_int_equal(notice->recipients, 1);
	assert_int_equal(notice->recipient[0].no, 1);
	store_notice_free(&notice);
	kit_remove(&kit);
}

static void
a_delay_is_told_once(void **state)
{
	static const struct store_told_recipient told = { 1, MAIL_NOTICE_DELAYED };
	struct store_notice *notice;
	struct restart restart;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, TWO, NULL);
	notice = ask(&kit, id, true);
	assert_int_equal(notice->recipients, 2);
	assert_int_equal(notice->recipient[1].notice, MAIL_NOTICE_DELAYED);
	store_notice_free(&notice);
	tell(&kit, id, &told, 1);
	restart = reopen(&kit);
	assert_int_equal(restart.waiting, 3); /* two, and the notice's own */
	assert_int_equal(restart.delay_told, 1);
	notice = ask(&kit, id, true);
	assert_int_equal(notice->recipients, 1);
	assert_int_equal(notice->recipient[0].no, 0);
	store_notice_free(&notice);
	notice = ask(&kit, id, false);
	assert_int_equal(notice->recipients, 0);
	store_notice_free(&notice);
	kit_remove(&kit);
}

static void
what_is_forgotten_is_owed_no_more(void **state)
{
	struct store_write *request = mem_zero(1, sizeof *request);
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, TWO, NULL);
	record_final(&kit, id, 0, MAIL_NOTICE_FAILED);
	record_final(&kit, id, 1, MAIL_NOTICE_RELAYED);
	request->back = kit_back(&kit);
	request->arena = arena_new(0);
	request->change = arena_zero(request->arena, sizeof *request->change);
	request->change->kind = STORE_FORGET_NOTICES;
	request->change->row.message_id = id;
	request->changes = 1;
	store_write_send(kit.store, &request);
	request = kit_wait(&kit);
	assert_int_equal(request->result, 0);
	arena_free(&request->arena);
	mem_free(request);
	assert_int_equal(reopen(&kit).owed[0], 0);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_owed_until_its_notice_is_accepted),
		cmocka_unit_test(only_what_was_told_is_settled),
		cmocka_unit_test(a_delay_is_told_once),
		cmocka_unit_test(what_is_forgotten_is_owed_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
