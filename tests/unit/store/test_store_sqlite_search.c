/* test_store_sqlite_search.c - the log is found by every condition, wherever the
 * row is: in the hot file, in a day's file, or on its way between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include "store_kit.h"

#define DAY_MS ((int64_t)86400000)

static const struct kit_message mail[] = {
	{ .recipient = "B.Lee@mail.example",
	  .recipient2 = "c@other.example",
	  .tag = "welcome",
	  .subject = "Your order 4711",
	  .message_id = "one@shop.example" },
	{ .recipient = "b.lee@mail.example",
	  .sender = "billing@shop.example",
	  .subject = "Invoice",
	  .message_id = "two@shop.example" },
	{ .recipient = "zoe@mail.example",
	  .credential = "newsletter",
	  .tag = "bulk",
	  .message_id = "three@shop.example" },
	{ .recipient = "dead@mail.example", .message_id = "four@shop.example" },
};
enum { MAILS = 4 };

/* fill - four messages on four days; the last bounces after a deferral, the third
 * stays in the queue. Optionally wait until what is finished is in the log. */
static void
fill(struct kit *kit, uint64_t id[MAILS])
{
	int64_t now = clock_unix_ms();
	struct mail_event event;

	for (int i = 0; i < MAILS; i++) {
		struct kit_message message = mail[i];

		message.id = id_lowest_at(now - (MAILS - i) * DAY_MS) + (uint64_t)i;
		id[i] = kit_accept(kit, &message, NULL);
		assert_true(id[i] != 0);
	}
	kit_deliver(kit, id[0], 0);
	kit_deliver(kit, id[0], 1);
	kit_deliver(kit, id[1], 0);
	event = kit_event(id[2], 0, MAIL_EVENT_DEFERRED);
	kit_record(kit, &event, MAIL_STATUS_DEFERRED);
	event = kit_event(id[3], 0, MAIL_EVENT_DEFERRED);
	event.attempt = 1;
	kit_record(kit, &event, MAIL_STATUS_DEFERRED);
	event = kit_event(id[3], 0, MAIL_EVENT_BOUNCED);
	event.attempt = 2;
	event.is_hard = true;
	kit_record(kit, &event, MAIL_STATUS_BOUNCED);
	event = (struct mail_event){ .at_unix_ms = now,
				     .kind = MAIL_EVENT_REJECTED,
				     .recipient = "refused@mail.example",
				     .credential = "shop-prod",
				     .remote_address = "198.51.100.1",
				     .code = 550,
				     .enhanced = { 5, 7, 1 },
				     .category = VERDICT_POLICY,
				     .detail = "not yours" };
	kit_record(kit, &event, MAIL_STATUS_REJECTED);
}

/* wait_moved - until the days' files are there and the hot file has let go of
 * them: a restart finds what is finished and moves it. */
static void
wait_moved(struct kit *kit, size_t days)
{
	struct store_search *found;
	int64_t deadline = clock_mono_ms() + 30000;

	while (kit_count_days(kit) < days && clock_mono_ms() < deadline) {
		found = kit_search(kit, &(struct store_query){ .limit = 1 });
		kit_free_search(found);
	}
	assert_int_equal(kit_count_days(kit), days);
}

static const struct {
	const char *name;
	struct store_query query;
	const char *recipients; /* of what is found, newest first, comma separated */
} row[] = {
	{ "everything",
	  { .limit = 100 },
	  "refused@mail.example,dead@mail.example,zoe@mail.example,b.lee@mail.example,"
	  "B.Lee@mail.example,c@other.example" },
	{ "address in any case",
	  { .recipient = { STORE_MATCH_EXACT, "b.LEE@mail.example" } },
	  "b.lee@mail.example,B.Lee@mail.example" },
	{ "unknown address", { .recipient = { STORE_MATCH_EXACT, "nobody@mail.example" } }, "" },
	{ "address in the queue",
	  { .recipient = { STORE_MATCH_EXACT, "zoe@mail.example" } },
	  "zoe@mail.example" },
	{ "prefix",
	  { .recipient = { STORE_MATCH_PREFIX, "b.l" } },
	  "b.lee@mail.example,B.Lee@mail.example" },
	{ "substring", { .recipient = { STORE_MATCH_SUBSTRING, "@other" } }, "c@other.example" },
	{ "domain", { .recipient_domain = "Other.example" }, "c@other.example" },
	{ "domain and prefix",
	  { .recipient_domain = "mail.example", .recipient = { STORE_MATCH_PREFIX, "z" } },
	  "zoe@mail.example" },
	{ "sender",
	  { .sender = { STORE_MATCH_EXACT, "billing@shop.example" } },
	  "b.lee@mail.example" },
	{ "sender part", { .sender = { STORE_MATCH_SUBSTRING, "billing" } }, "b.lee@mail.example" },
	{ "domain of the From field or the sender",
	  { .sender_domain = "Shop.example", .tag = "bulk" }, "zoe@mail.example" },
	{ "part of a domain is none", { .sender_domain = "hop.example" }, "" },
	{ "what waits of a domain",
	  { .sender_domain = "shop.example",
	    .statuses = 1u << MAIL_STATUS_QUEUED | 1u << MAIL_STATUS_DEFERRED },
	  "zoe@mail.example" },
	{ "subject",
	  { .subject = { STORE_MATCH_SUBSTRING, "ORDER 47" } },
	  "B.Lee@mail.example,c@other.example" },
	{ "tag in the log", { .tag = "welcome" }, "B.Lee@mail.example,c@other.example" },
	{ "tag in the queue", { .tag = "bulk" }, "zoe@mail.example" },
	{ "part of a tag is none", { .tag = "wel" }, "" },
	{ "Message-ID", { .message_id = "two@shop.example" }, "b.lee@mail.example" },
	{ "Message-ID in the queue", { .message_id = "three@shop.example" }, "zoe@mail.example" },
	{ "credential", { .credential = "newsletter" }, "zoe@mail.example" },
	{ "bounced", { .statuses = 1u << MAIL_STATUS_BOUNCED }, "dead@mail.example" },
	{ "deferred", { .statuses = 1u << MAIL_STATUS_DEFERRED }, "zoe@mail.example" },
	{ "rejected", { .statuses = 1u << MAIL_STATUS_REJECTED }, "refused@mail.example" },
	{ "refused address",
	  { .recipient = { STORE_MATCH_EXACT, "refused@mail.example" } },
	  "refused@mail.example" },
	{ "category", { .category = VERDICT_MAILBOX_UNKNOWN }, "dead@mail.example" },
	{ "code", { .code = 451 }, "zoe@mail.example" },
	{ "code of a delivery",
	  { .code = 250, .recipient = { STORE_MATCH_EXACT, "b.lee@mail.example" } },
	  "b.lee@mail.example,B.Lee@mail.example" },
	{ "remote address", { .remote_address = "198.51.100.1" }, "refused@mail.example" },
	{ "client address",
	  { .remote_address = "192.0.2.7", .statuses = 1u << MAIL_STATUS_BOUNCED },
	  "dead@mail.example" },
	{ "word in a subject", { .word = { "invoice" }, .words = 1 }, "b.lee@mail.example" },
	{ "words in two places",
	  { .word = { "4711", "b.lee" }, .words = 2 },
	  "B.Lee@mail.example" },
	{ "word of a rejection", { .word = { "refused" }, .words = 1 }, "refused@mail.example" },
	{ "first page", { .limit = 2 }, "refused@mail.example,dead@mail.example" },
};

static void
check_rows(struct kit *kit, const char *where)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct store_search *got = kit_search(kit, &row[i].query);
		char list[512] = "";

		if (got->result != 0)
			fail_msg("%s, %s: %s", row[i].name, where, got->err.text);
		for (size_t n = 0; n < got->result_set.count; n++)
			snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
				 n > 0 ? "," : "", got->result_set.found[n].recipient);
		if (strcmp(list, row[i].recipients) != 0)
			fail_msg("%s, %s: found \"%s\"", row[i].name, where, list);
		assert_true(got->result_set.is_complete);
		kit_free_search(got);
	}
}

static void
every_condition_finds_its_rows(void **state)
{
	uint64_t id[MAILS];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	check_rows(&kit, "right after");
	wait_moved(&kit, 4);
	check_rows(&kit, "in the log");
	kit_close(&kit);
	kit_must_open(&kit);
	check_rows(&kit, "after a restart");
	kit_remove(&kit);
}

static void
pages_meet_without_gap_or_double(void **state)
{
	struct store_query query = { .limit = 1 };
	char list[512] = "";
	uint64_t id[MAILS];
	struct kit kit;
	int pages = 0;
	bool more = true;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	while (more) {
		struct store_search *got = kit_search(&kit, &query);
		const struct store_found *found = got->result_set.found;

		assert_int_equal(got->result_set.count, 1);
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s,", found->recipient);
		query.before_id = found->id != 0 ? found->id : found->event[0].id;
		query.before_no = found->recipient_no + 1;
		more = got->result_set.has_more;
		kit_free_search(got);
		assert_true(++pages <= 6);
	}
	assert_int_equal(pages, 6);
	assert_string_equal(list, "refused@mail.example,dead@mail.example,zoe@mail.example,"
				  "b.lee@mail.example,B.Lee@mail.example,c@other.example,");
	kit_remove(&kit);
}

static void
found_row_tells_the_whole_story(void **state)
{
	static const enum mail_event_kind kind[] = { MAIL_EVENT_DEFERRED, MAIL_EVENT_BOUNCED };
	struct store_query query = { .want_events = true };
	const struct store_found *found;
	struct store_search *got;
	uint64_t id[MAILS];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	for (int pass = 0; pass < 2; pass++) {
		query.id = id[3];
		got = kit_search(&kit, &query);
		assert_int_equal(got->result, 0);
		assert_int_equal(got->result_set.count, 1);
		found = &got->result_set.found[0];
		assert_int_equal(found->status, MAIL_STATUS_BOUNCED);
		assert_int_equal(found->attempts, 2);
		assert_string_equal(found->credential, "shop-prod");
		assert_string_equal(found->from_domain, "shop.example");
		assert_string_equal(found->client_name, "app1.shop.example");
		assert_string_equal(found->signature, "d=shop.example s=k1");
		assert_string_equal(found->sender, "no-reply@shop.example");
		assert_true(found->accepted_unix_ms == id_unix_ms(id[3]));
		assert_true(found->finished_unix_ms > found->accepted_unix_ms);
		assert_int_equal(found->events, 2);
		for (int i = 0; i < 2; i++) {
			const struct mail_event *event = &found->event[i];

			assert_int_equal(event->kind, kind[i]);
			assert_string_equal(event->recipient, "dead@mail.example");
			assert_string_equal(event->remote_host, "mx1.mail.example");
			assert_string_equal(event->tls_version, "TLSv1.3");
			assert_int_equal(event->reply.n, 24);
			assert_memory_equal(event->reply.p, "550 5.1.1 no such \xff", 19);
			assert_int_equal(event->attempt, i + 1);
		}
		assert_true(found->event[0].next_attempt_unix_ms == 1800000000000);
		assert_true(found->event[1].is_hard);
		assert_int_equal(found->event[1].enhanced.class, 5);
		kit_free_search(got);
		wait_moved(&kit, 4);
	}
	query.id = id[0];
	got = kit_search(&kit, &query);
	assert_int_equal(got->result_set.count, 2);
	assert_string_equal(got->result_set.found[0].tags, "welcome");
	assert_int_equal(got->result_set.found[1].recipient_no, 1);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
coverage_is_honest(void **state)
{
	struct store_search *got;
	char path[128], day[CLOCK_DAY_SIZE];
	uint64_t id[MAILS];
	struct kit kit;
	int64_t opened = clock_unix_ms();

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	wait_moved(&kit, 4);
	got = kit_search(&kit, &(struct store_query){ .limit = 1 });
	assert_true(got->result_set.from_unix_ms >= opened - 1000);
	assert_true(got->result_set.until_unix_ms >= got->result_set.from_unix_ms);
	kit_free_search(got);
	kit_close(&kit);

	/* somebody removes a day: the log says that it is not complete any more */
	clock_format_day(id_unix_ms(id[1]), day);
	snprintf(path, sizeof path, "%s/log/%s.db", kit.dir, day);
	assert_int_equal(unlink(path), 0);
	kit_must_open(&kit);
	got = kit_search(&kit, &(struct store_query){ .limit = 100 });
	assert_int_equal(got->result, 0);
	assert_false(got->result_set.is_complete);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
damaged_day_does_not_hide_the_others(void **state)
{
	struct store_search *got;
	char path[128], day[CLOCK_DAY_SIZE];
	uint64_t id[MAILS];
	struct kit kit;
	int fd;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	wait_moved(&kit, 4);
	kit_close(&kit);
	clock_format_day(id_unix_ms(id[1]), day);
	snprintf(path, sizeof path, "%s/log/%s.db", kit.dir, day);
	fd = open(path, O_WRONLY | O_TRUNC);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, "not a database. ", 16), 16);
	close(fd);
	kit_must_open(&kit);
	got = kit_search(&kit, &(struct store_query){ .limit = 100 });
	assert_int_equal(got->result, 0);
	assert_int_equal(got->result_set.count, 5);
	assert_false(got->result_set.is_complete);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
unlink_old_days(bool is_running)
{
	struct store_search *got;
	int64_t deadline;
	uint64_t id[MAILS];
	struct kit kit;

	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, id);
	wait_moved(&kit, 4);
	kit.options.log_keep_ms = 2 * DAY_MS; /* of -4, -3, (-2 waits), -1 and today */
	if (is_running) {
		store_reconfigure(kit.store, &kit.options);
	} else {
		kit_close(&kit);
		kit_must_open(&kit);
	}
	deadline = clock_mono_ms() + 30000;
	while (kit_count_days(&kit) > 2 && clock_mono_ms() < deadline)
		kit_free_search(kit_search(&kit, &(struct store_query){ .limit = 1 }));
	assert_int_equal(kit_count_days(&kit), 2);
	got = kit_search(&kit, &(struct store_query){ .limit = 100 });
	assert_int_equal(got->result_set.count, 3);
	/* what still waits keeps its address and sender, however old */
	assert_string_equal(got->result_set.found[2].recipient, "zoe@mail.example");
	assert_string_equal(got->result_set.found[2].sender, "no-reply@shop.example");
	assert_string_equal(got->result_set.found[2].credential, "newsletter");
	assert_true(got->result_set.is_complete);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
old_days_are_unlinked(void **state)
{
	(void)state;
	unlink_old_days(false);
}

static void
days_are_unlinked_when_the_log_is_kept_shorter(void **state)
{
	(void)state;
	unlink_old_days(true);
}

static void
cancelled_search_ends(void **state)
{
	static const struct store_query query[] = {
		{ .limit = 10 },
		{ .word = { "order" }, .words = 1, .is_recipient_first = true },
		{ .subject = { STORE_MATCH_SUBSTRING, "order" } },
	};
	atomic_bool cancel = true;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	kit_accept(&kit, &(struct kit_message){ 0 }, NULL);
	for (size_t i = 0; i < sizeof query / sizeof query[0]; i++) {
		struct store_search *request = mem_zero(1, sizeof *request), *asked = request;

		request->back = kit_back(&kit);
		request->arena = arena_new(0);
		request->query = query[i];
		request->cancel = &cancel;
		assert_true(store_search_send(kit.store, &request));
		assert_ptr_equal(kit_wait(&kit), asked);
		assert_int_equal(asked->result, 0);
		assert_true(asked->result_set.timed_out);
		assert_int_equal(asked->result_set.count, 0);
		kit_free_search(asked);
	}
	kit_remove(&kit);
}

/* ---- near --------------------------------------------------------------------------- */

static void
near_addresses_come_most_used_first(void **state)
{
	static const char *const address[] = { "b.lee@mail.example", "b.leee@mail.example",
					       "b.leee@mail.example", "b.lea@mail.example",
					       "quite.different@mail.example" };
	struct store_near *request = mem_zero(1, sizeof *request), *asked = request;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < 5; i++)
		kit_accept(&kit, &(struct kit_message){ .recipient = address[i] }, NULL);
	request->back = kit_back(&kit);
	request->arena = arena_new(0);
	request->text = "B.Le@mail.example";
	assert_true(store_near_send(kit.store, &request));
	assert_ptr_equal(kit_wait(&kit), asked);
	assert_int_equal(asked->result, 0);
	assert_int_equal(asked->count, 3);
	assert_string_equal(asked->address[0], "b.lee@mail.example");
	assert_string_equal(asked->address[1], "b.lea@mail.example");
	assert_string_equal(asked->address[2], "b.leee@mail.example");
	assert_int_equal(asked->uses[2], 2);
	arena_free(&asked->arena);
	mem_free(asked);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_condition_finds_its_rows),
		cmocka_unit_test(pages_meet_without_gap_or_double),
		cmocka_unit_test(found_row_tells_the_whole_story),
		cmocka_unit_test(coverage_is_honest),
		cmocka_unit_test(damaged_day_does_not_hide_the_others),
		cmocka_unit_test(old_days_are_unlinked),
		cmocka_unit_test(days_are_unlinked_when_the_log_is_kept_shorter),
		cmocka_unit_test(cancelled_search_ends),
		cmocka_unit_test(near_addresses_come_most_used_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
