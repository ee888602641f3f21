/* test_store_sqlite_notice.c - what a sender is to be told outlives a restart, is
 * told once, and keeps the message until then. Changes of alerts likewise. */
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

/* record - an outcome with no reply, or with one that kit_event has. */
static void
record(struct kit *kit, uint64_t id, enum mail_event_kind kind, enum mail_status status,
       bool has_reply)
{
	struct store_record *request = mem_zero(1, sizeof *request);
	struct mail_event event = kit_event(id, 0, kind);
	bool is_final = kind != MAIL_EVENT_DEFERRED;

	if (!has_reply) {
		event.code = 0;
		event.enhanced = (struct verdict_status){ 0 };
		event.category = VERDICT_NONE;
		event.reply = SPAN_EMPTY;
		event.remote_host = event.remote_address = NULL;
	}
	request->back = kit_back(kit);
	request->outcome = mem_zero(1, sizeof *request->outcome);
	request->outcomes = 1;
	request->outcome[0] = (struct store_outcome){
		.event = mail_event_dup(&event), .status = status, .is_final = is_final,
		.notice = is_final ? MAIL_NOTICE_FAILED : MAIL_NOTICE_NONE };
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

/* ---- alerts: mailed likewise ---------------------------------------------------------- */

struct mailed { /* of the changes that are stored */
	size_t rows, waiting;
	int64_t last_unix_ms;
};

static void
on_change(const struct store_change *row, void *arg)
{
	const struct store_alert_change *change = &row->row.alert_change;
	struct mailed *mailed = arg;

	if (row->kind != STORE_PUT_ALERT_CHANGE)
		return;
	mailed->rows++;
	mailed->waiting += change->mailed_unix_ms == 0;
	if (change->mailed_unix_ms != 0)
		mailed->last_unix_ms = change->mailed_unix_ms;
}

static struct mailed
look_at_changes(struct kit *kit)
{
	struct mailed mailed = { 0, 0, 0 };
	struct err err;

	kit_close(kit);
	kit->store = store_open(&kit->options, &err);
	assert_non_null(kit->store);
	assert_int_equal(store_load_rows(kit->store, on_change, &mailed, &err), 0);
	id_gen_init(&kit->ids, 1, 0, store_largest_id(kit->store));
	assert_int_equal(store_start(kit->store, &err), 0);
	return mailed;
}

/* change_alert - of that number is to be mailed; or all up to it are not. */
static void
change_alert(struct kit *kit, enum store_change_kind kind, uint64_t no)
{
	struct store_write *request = store_write_new(kit_back(kit), NULL, 1);
	struct store_change *change = store_write_add(request, kind);

	if (kind == STORE_PUT_ALERT_CHANGE)
		change->row.alert_change = (struct store_alert_change){
			.no = no, .is_raised = true, .text = "it is so" };
	else
		change->row.alert_no = no;
	store_write_send(kit->store, &request);
	request = kit_wait(kit);
	assert_int_equal(request->result, 0);
	store_write_free(&request);
}

static void
mail_alerts(struct kit *kit, uint64_t no, int64_t at_unix_ms)
{
	struct store_accept *request = mem_zero(1, sizeof *request);

	request->back = kit_back(kit);
	request->message = kit_message(kit, &(struct kit_message){ .recipient = "o@shop.example" });
	request->alerts_told = (struct store_alerts_told){ no, at_unix_ms };
	assert_true(store_accept_send(kit->store, &request));
	request = kit_wait(kit);
	assert_int_equal(request->result, 0);
	kit_free_accept(request);
}

static void
changes_of_alerts_wait_until_a_mail_tells_them(void **state)
{
	struct mailed mailed;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	change_alert(&kit, STORE_PUT_ALERT_CHANGE, 1);
	change_alert(&kit, STORE_PUT_ALERT_CHANGE, 2);
	mailed = look_at_changes(&kit);
	assert_int_equal(mailed.waiting, 2);
	assert_true(mailed.last_unix_ms == 0);
	mail_alerts(&kit, 1, 5000);
	mailed = look_at_changes(&kit);
	assert_int_equal(mailed.waiting, 1);
	assert_true(mailed.last_unix_ms == 5000);
	mail_alerts(&kit, 2, 9000);
	mailed = look_at_changes(&kit);
	assert_int_equal(mailed.rows, 1); /* the first mail's is gone */
	assert_true(mailed.last_unix_ms == 9000);
	change_alert(&kit, STORE_PUT_ALERT_CHANGE, 3);
	change_alert(&kit, STORE_FORGET_ALERT_CHANGES, 3);
	mailed = look_at_changes(&kit);
	assert_int_equal(mailed.rows, 1);
	assert_true(mailed.last_unix_ms == 9000); /* when a mail went is not forgotten */
	kit_remove(&kit);
}

static void
who_gave_up_without_knowing_keeps_the_last_answer(void **state)
{
	static const struct {
		bool was_deferred, has_reply;
		int code;
	} rows[] = { { true, false, 451 }, { false, false, 0 }, { true, true, 550 } };
	struct store_notice *notice;
	struct kit kit;
	uint64_t id;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		id = kit_accept(&kit, &(struct kit_message){ .recipient = "a@mail.example" }, NULL);
		if (rows[i].was_deferred)
			record(&kit, id, MAIL_EVENT_DEFERRED, MAIL_STATUS_DEFERRED, true);
		record(&kit, id, MAIL_EVENT_EXPIRED, MAIL_STATUS_EXPIRED, rows[i].has_reply);
		notice = ask(&kit, id, false);
		assert_int_equal(notice->recipients, 1);
		assert_int_equal(notice->recipient[0].kind, MAIL_EVENT_EXPIRED);
		assert_int_equal(notice->recipient[0].code, rows[i].code);
		assert_int_equal(notice->recipient[0].reply.n > 0, rows[i].code > 0);
		if (rows[i].code > 0)
			assert_string_equal(notice->recipient[0].remote_host, "mx1.mail.example");
		store_notice_free(&notice);
	}
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_owed_until_its_notice_is_accepted),
		cmocka_unit_test(who_gave_up_without_knowing_keeps_the_last_answer),
		cmocka_unit_test(only_what_was_told_is_settled),
		cmocka_unit_test(a_delay_is_told_once),
		cmocka_unit_test(what_is_forgotten_is_owed_no_more),
		cmocka_unit_test(changes_of_alerts_wait_until_a_mail_tells_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
