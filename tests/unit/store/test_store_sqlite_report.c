/* What became of all mail: counted once wherever it lies, by name, by time, by reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include "store_kit.h"
#include "store/store_report.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)

struct mail {
	int64_t age_ms;
	struct kit_message message;
	const char *site;
	int64_t took_ms;               /* of the last outcome */
	unsigned deferrals;            /* before it */
	enum mail_event_kind kind;     /* of the last outcome; ACCEPTED: there is none */
	enum mail_status status;
};

static const struct mail mail[] = {
	/* the week before */
	{ 8 * DAY_MS, { .recipient = "a@google.example" }, "google", 1000, 0, MAIL_EVENT_DELIVERED,
	  MAIL_STATUS_DELIVERED },
	/* what is asked for */
	{ 3 * DAY_MS, { .recipient = "a@google.example", .recipient2 = "b@google.example" },
	  "google", 10, 0, MAIL_EVENT_DELIVERED, MAIL_STATUS_DELIVERED },
	{ 2 * DAY_MS, { .recipient = "c@google.example", .credential = "news" }, "google", 40, 2,
	  MAIL_EVENT_DELIVERED, MAIL_STATUS_DELIVERED },
	{ 2 * DAY_MS, { .recipient = "x@yahoo.example", .credential = "news" }, "yahoo", 50, 0,
	  MAIL_EVENT_BOUNCED, MAIL_STATUS_BOUNCED },
	{ DAY_MS, { .recipient = "y@yahoo.example", .credential = "news" }, "yahoo", 60, 1,
	  MAIL_EVENT_EXPIRED, MAIL_STATUS_EXPIRED },
	{ HOUR_MS, { .recipient = "a@google.example" }, "google", 20, 0, MAIL_EVENT_DELIVERED,
	  MAIL_STATUS_DELIVERED },
	{ HOUR_MS, { .recipient = "z@yahoo.example" }, "yahoo", 0, 1, MAIL_EVENT_ACCEPTED,
	  MAIL_STATUS_DEFERRED },
	{ HOUR_MS, { .recipient = "new@other.example" }, "", 0, 0, MAIL_EVENT_ACCEPTED,
	  MAIL_STATUS_QUEUED },
	{ HOUR_MS, { .recipient = "no@other.example" }, "", 0, 0, MAIL_EVENT_SUPPRESSED,
	  MAIL_STATUS_SUPPRESSED },
};
enum { MAILS = sizeof mail / sizeof mail[0] };

static void
record(struct kit *kit, const struct mail *one, uint64_t id, uint32_t no)
{
	struct mail_event event;

	for (unsigned i = 0; i < one->deferrals; i++) {
		event = kit_event(id, no, MAIL_EVENT_DEFERRED);
		event.site = one->site;
		event.attempt = i + 1;
		event.reply = i ? SPAN_LIT("451 4.7.1 try again in 17 s")
		                : SPAN_LIT("451 4.7.1 try again in 300 s");
		assert_true(kit_record(kit, &event, MAIL_STATUS_DEFERRED) != 0);
	}
	if (one->kind == MAIL_EVENT_ACCEPTED)
		return;
	event = kit_event(id, no, one->kind);
	event.site = one->site;
	event.attempt = one->deferrals + 1;
	event.at_unix_ms = id_unix_ms(id) + one->took_ms;
	if (one->site[0] == '\0')
		event.remote_host = event.remote_address = event.site = NULL;
	assert_true(kit_record(kit, &event, one->status) != 0);
}

static void
complain(struct kit *kit, const char *address)
{
	struct store_write *request = mem_zero(1, sizeof *request);

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->changes = 1;
	request->change = arena_zero(request->arena, sizeof *request->change);
	request->change[0] = (struct store_change){
		.kind = STORE_PUT_SUPPRESSION,
		.row.suppression = { .address = address, .scope = "",
		                     .reason = MAIL_SUPPRESSION_COMPLAINT,
		                     .since_unix_ms = clock_unix_ms(), .by = "ana", .detail = "",
		                     .site = "" },
	};
	store_write_send(kit->store, &request);
	request = kit_wait(kit);
	assert_int_equal(request->result, 0);
	arena_free(&request->arena);
	mem_free(request);
}

static struct store_report *
ask(struct kit *kit, int64_t since_ms, int64_t now)
{
	struct store_report *request = mem_zero(1, sizeof *request), *asked = request;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->since_unix_ms = now - since_ms;
	request->until_unix_ms = now;
	assert_true(store_report_send(kit->store, &request));
	assert_ptr_equal(kit_wait(kit), asked);
	assert_int_equal(asked->result, 0);
	return asked;
}

static void
drop(struct store_report *report)
{
	arena_free(&report->arena);
	mem_free(report);
}

static const struct store_report_tally *
find(const struct store_report *report, enum store_report_kind kind, const char *name)
{
	for (size_t i = 0; i < report->rows[kind]; i++)
		if (strcmp(report->row[kind][i].name, name) == 0)
			return &report->row[kind][i].tally;
	fail_msg("no %s", name);
	return NULL;
}

static void
check_total(const struct store_report *report)
{
	const struct store_report_tally *total = &report->total;

	assert_true(report->is_complete);
	assert_int_equal(report->messages, 8);
	assert_int_equal(total->recipients, 9);
	assert_int_equal(total->delivered, 4);
	assert_int_equal(total->deferred, 3);
	assert_int_equal(total->bounced, 2);
	assert_int_equal(total->expired, 1);
	assert_int_equal(total->suppressed, 1);
	assert_int_equal(total->waiting, 2);
	assert_int_equal(total->complained, 1);
	assert_int_equal(total->time_ms[STORE_REPORT_P50], 10);
	assert_int_equal(total->time_ms[STORE_REPORT_P90], 40);
	assert_int_equal(report->deferrals, 4);
}

static void
check(const struct store_report *report)
{
	uint64_t recipients = 0, complained = 0;

	check_total(report);
	assert_int_equal(report->names[STORE_REPORT_PROVIDER], 3);
	assert_string_equal(report->row[STORE_REPORT_PROVIDER][0].name, "google");
	assert_int_equal(find(report, STORE_REPORT_PROVIDER, "google")->recipients, 4);
	assert_int_equal(find(report, STORE_REPORT_PROVIDER, "google")->complained, 1);
	assert_int_equal(find(report, STORE_REPORT_PROVIDER, "yahoo")->bounced, 2);
	assert_int_equal(find(report, STORE_REPORT_PROVIDER, "yahoo")->time_ms[0], -1);
	assert_int_equal(find(report, STORE_REPORT_PROVIDER, "(not tried)")->recipients, 2);
	assert_int_equal(find(report, STORE_REPORT_CREDENTIAL, "news")->delivered, 1);
	assert_int_equal(find(report, STORE_REPORT_DOMAIN, "shop.example")->recipients, 9);
	assert_int_equal(find(report, STORE_REPORT_RECIPIENT_DOMAIN, "other.example")->waiting, 1);
	assert_int_equal(report->step_ms, DAY_MS);
	assert_in_range(report->points, 7, 8);
	for (size_t i = 0; i < report->points; i++) {
		recipients += report->point[i].recipients;
		complained += report->point[i].complained;
	}
	assert_int_equal(recipients, 9);
	assert_int_equal(complained, 1);
	/* two kinds of replies that put off, of two providers, and one that refused */
	assert_int_equal(report->replies, 3);
	assert_string_equal(report->reply[0].site, "google");
	assert_int_equal(report->reply[0].deferrals, 2);
	assert_int_equal(report->reply[1].deferrals, 2);
	assert_int_equal(report->reply[2].bounces, 1);
}

/* days_of - how many days of the log the mail is in: an hour after midnight the last hour's is
 * yesterday's. */
static int
days_of(int64_t now_unix_ms)
{
	int days = 0;

	for (size_t i = 0; i < MAILS; i++)
		if (i == 0 || (now_unix_ms - mail[i].age_ms) / DAY_MS !=
		                      (now_unix_ms - mail[i - 1].age_ms) / DAY_MS)
			days++; /* the oldest is first */
	return days;
}

static void
counts_each_once_wherever_it_is(void **state)
{
	int64_t now = clock_unix_ms(), deadline = clock_mono_ms() + 30000;
	struct store_report *report;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < MAILS; i++) {
		struct kit_message message = mail[i].message;
		uint64_t id;

		message.id = id_lowest_at(now - mail[i].age_ms) + i;
		id = kit_accept(&kit, &message, &err);
		assert_true(id != 0);
		record(&kit, &mail[i], id, 0);
		if (message.recipient2 != NULL)
			record(&kit, &mail[i], id, 1);
	}
	complain(&kit, "a@google.example"); /* about the last of three */
	drop((report = ask(&kit, 7 * DAY_MS, now)));
	kit_close(&kit);
	kit_must_open(&kit); /* what is finished moves to the log, at its own pace */
	do {
		check((report = ask(&kit, 7 * DAY_MS, now)));
		assert_false(report->has_before); /* the log is younger */
		assert_true(report->log_from_unix_ms > now - DAY_MS);
		assert_int_equal(report->before.recipients, 1);
		drop(report);
		assert_true(clock_mono_ms() < deadline);
	} while (kit_count_days(&kit) < days_of(now));
	check((report = ask(&kit, 7 * DAY_MS, now)));
	drop(report);

	report = ask(&kit, 2 * HOUR_MS, now);
	assert_int_equal(report->total.recipients, 4);
	assert_int_equal(report->step_ms, HOUR_MS);
	assert_in_range(report->points, 2, 3);
	drop(report);
	kit_remove(&kit);
}

/* age_log - as if the database had been made then. */
static void
age_log(const struct kit *kit, int64_t created_unix_ms)
{
	char path[128], sql[128];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/relay.db", kit->dir);
	snprintf(sql, sizeof sql, "UPDATE state SET value = %lld WHERE name = 'created_unix_ms'",
	         (long long)created_unix_ms);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
add_gap(const struct kit *kit, int64_t from, int64_t until)
{
	char path[128], sql[128];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/relay.db", kit->dir);
	snprintf(sql, sizeof sql, "INSERT INTO gap VALUES (%lld, %lld, 'disk')", (long long)from,
	         (long long)until);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
the_time_before_is_told_when_the_log_has_it(void **state)
{
	int64_t now = clock_unix_ms();
	struct store_report *report;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < 3; i++) {
		struct kit_message message = mail[i].message;

		message.id = id_lowest_at(now - mail[i].age_ms) + i;
		record(&kit, &mail[i], kit_accept(&kit, &message, &err), 0);
	}
	kit_close(&kit);
	age_log(&kit, now - 20 * DAY_MS);
	kit_must_open(&kit);
	report = ask(&kit, 7 * DAY_MS, now);
	assert_true(report->has_before && report->is_complete);
	assert_int_equal(report->messages_before, 1);
	assert_int_equal(report->before.delivered, 1);
	/* 1,000 ms, known to 1.6 % */
	assert_in_range(report->before.time_ms[STORE_REPORT_P99], 984, 1016);
	assert_int_equal(report->row[STORE_REPORT_PROVIDER][0].recipients_before, 1);
	assert_true(report->counted_from_unix_ms <= now - 14 * DAY_MS);
	drop(report);

	report = ask(&kit, 11 * DAY_MS, now); /* the log has 20 of 22 days */
	assert_false(report->has_before);
	assert_int_equal(report->total.recipients, 4);
	drop(report);

	kit_close(&kit);
	add_gap(&kit, now - 9 * DAY_MS, now - 9 * DAY_MS + 1000);
	kit_must_open(&kit);
	report = ask(&kit, 7 * DAY_MS, now);
	assert_true(report->is_complete);
	assert_false(report->has_before); /* it is not the whole of it */
	drop(report);
	report = ask(&kit, 10 * DAY_MS, now);
	assert_false(report->is_complete);
	assert_true(report->gap_from_unix_ms == now - 9 * DAY_MS);
	drop(report);
	kit_remove(&kit);
}

static void
more_names_than_rows_are_others(void **state)
{
	int64_t now;
	struct store_report *report;
	uint64_t sum = 0;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (int i = 0; i < STORE_REPORT_ROWS_MAX + 5; i++) {
		char recipient[32];
		struct mail one = mail[1];
		uint64_t id;

		snprintf(recipient, sizeof recipient, "a@d%d.example", i);
		id = kit_accept(&kit, &(struct kit_message){ .recipient = recipient }, &err);
		one.took_ms = i;
		record(&kit, &one, id, 0);
	}
	now = clock_unix_ms() + 1;
	report = ask(&kit, DAY_MS, now);
	assert_int_equal(report->names[STORE_REPORT_RECIPIENT_DOMAIN], STORE_REPORT_ROWS_MAX + 5);
	assert_int_equal(report->rows[STORE_REPORT_RECIPIENT_DOMAIN], STORE_REPORT_ROWS_MAX);
	assert_int_equal(report->others[STORE_REPORT_RECIPIENT_DOMAIN].recipients, 5);
	assert_true(report->others[STORE_REPORT_RECIPIENT_DOMAIN].time_ms[0] >= 0);
	for (size_t i = 0; i < report->rows[STORE_REPORT_RECIPIENT_DOMAIN]; i++)
		sum += report->row[STORE_REPORT_RECIPIENT_DOMAIN][i].tally.recipients;
	assert_int_equal(sum + 5, report->total.recipients);
	drop(report);
	kit_remove(&kit);
}

static void
a_cancelled_one_tells_what_it_has(void **state)
{
	struct store_report *request = mem_zero(1, sizeof *request), *asked = request;
	atomic_bool cancel = true;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	request->back = kit_back(&kit);
	request->arena = arena_new(0);
	request->until_unix_ms = clock_unix_ms();
	request->since_unix_ms = request->until_unix_ms - DAY_MS;
	request->cancel = &cancel;
	assert_true(store_report_send(kit.store, &request));
	assert_ptr_equal(kit_wait(&kit), asked);
	assert_true(asked->timed_out);
	assert_false(asked->is_complete);
	drop(asked);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_once_wherever_it_is),
		cmocka_unit_test(the_time_before_is_told_when_the_log_has_it),
		cmocka_unit_test(more_names_than_rows_are_others),
		cmocka_unit_test(a_cancelled_one_tells_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
