/* What a credential's mail was: counted once wherever it lies, and beside what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store_kit.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)

static const struct {
	int64_t age_ms;
	struct kit_message message;
	bool is_delivered;
} mail[] = {
	/* what is usual */
	{ 3 * DAY_MS, { .recipient = "a@mail.example" }, true },
	{ 3 * DAY_MS - HOUR_MS, { .recipient = "b@mail.example", .recipient2 = "c@mail.example" },
	  true },
	{ 2 * DAY_MS, { .recipient = "d@mail.example", .client_address = "192.0.2.99" }, true },
	/* somebody else's */
	{ 2 * DAY_MS, { .recipient = "x@other.example", .credential = "newsletter",
	                .client_address = "198.51.100.1" }, true },
	/* what is asked for: one as ever, three from elsewhere */
	{ 2 * HOUR_MS, { .recipient = "a@mail.example" }, true },
	{ HOUR_MS, { .recipient = "v1@victim.example", .recipient2 = "v2@victim.example",
	             .client_address = "203.0.113.5", .sender = "ceo@shop.example" }, false },
	{ HOUR_MS / 2, { .recipient = "v3@mail.example", .client_address = "2001:db8::1" },
	  false },
};
enum { MAILS = sizeof mail / sizeof mail[0] };

static struct store_sent *
ask(struct kit *kit, int64_t since_ms, int64_t before_ms)
{
	struct store_sent *request = mem_zero(1, sizeof *request), *asked = request;
	int64_t now = clock_unix_ms();

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->credential = "shop-prod";
	request->since_unix_ms = now - since_ms;
	request->before_unix_ms = now - before_ms;
	assert_true(store_sent_send(kit->store, &request));
	assert_ptr_equal(kit_wait(kit), asked);
	assert_int_equal(asked->result, 0);
	return asked;
}

static void
drop(struct store_sent *sent)
{
	arena_free(&sent->arena);
	mem_free(sent);
}

static const struct store_sent_row *
find(const struct store_sent *sent, enum store_sent_kind kind, const char *value)
{
	for (size_t i = 0; i < sent->rows[kind]; i++)
		if (strcmp(sent->row[kind][i].value, value) == 0)
			return &sent->row[kind][i];
	fail_msg("no %s", value);
	return NULL;
}

static void
check(const struct store_sent *sent, unsigned delivered)
{
	assert_true(sent->is_complete);
	assert_int_equal(sent->messages, 3);
	assert_int_equal(sent->recipients, 4);
	assert_int_equal(sent->messages_before, 3);
	assert_int_equal(sent->recipients_before, 4);
	assert_int_equal(sent->status[MAIL_STATUS_DELIVERED], delivered);
	assert_int_equal(sent->status[MAIL_STATUS_QUEUED], 4 - delivered);

	assert_int_equal(sent->total[STORE_SENT_NETWORK], 3);
	assert_int_equal(sent->news[STORE_SENT_NETWORK], 2);
	assert_int_equal(find(sent, STORE_SENT_NETWORK, "192.0.2.0/24")->before, 4);
	assert_int_equal(find(sent, STORE_SENT_NETWORK, "203.0.113.0/24")->recipients, 2);
	assert_int_equal(find(sent, STORE_SENT_NETWORK, "2001:db8::/64")->before, 0);
	assert_string_equal(sent->row[STORE_SENT_NETWORK][0].value, "203.0.113.0/24");

	assert_int_equal(sent->news[STORE_SENT_SENDER], 1);
	assert_int_equal(find(sent, STORE_SENT_SENDER, "ceo@shop.example")->recipients, 2);
	assert_int_equal(sent->news[STORE_SENT_DOMAIN], 1);
	assert_int_equal(find(sent, STORE_SENT_DOMAIN, "victim.example")->recipients, 2);
	assert_int_equal(find(sent, STORE_SENT_DOMAIN, "mail.example")->before, 4);
	assert_int_equal(sent->news[STORE_SENT_FROM], 0);
}

static void
counts_each_once_wherever_it_is(void **state)
{
	struct store_sent *sent;
	int64_t now = clock_unix_ms(), deadline = clock_mono_ms() + 30000;
	uint64_t id[MAILS];
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < MAILS; i++) {
		struct kit_message message = mail[i].message;

		message.id = id_lowest_at(now - mail[i].age_ms) + i;
		id[i] = kit_accept(&kit, &message, &err);
		assert_true(id[i] != 0);
	}
	check((sent = ask(&kit, DAY_MS, 7 * DAY_MS)), 0);
	assert_true(sent->row[STORE_SENT_NETWORK][0].first_unix_ms >= now - HOUR_MS);
	drop(sent);
	for (size_t i = 0; i < MAILS; i++)
		for (uint32_t no = 0; mail[i].is_delivered && no < 2; no++)
			if (no == 0 || mail[i].message.recipient2 != NULL)
				kit_deliver(&kit, id[i], no);
	kit_close(&kit);
	kit_must_open(&kit); /* what is finished moves to the log, at its own pace */
	do {
		check((sent = ask(&kit, DAY_MS, 7 * DAY_MS)), 1);
		drop(sent);
		assert_true(clock_mono_ms() < deadline);
	} while (kit_count_days(&kit) < 3);
	check((sent = ask(&kit, DAY_MS, 7 * DAY_MS)), 1);
	drop(sent);

	sent = ask(&kit, DAY_MS, DAY_MS); /* nothing to compare with */
	assert_int_equal(sent->recipients, 4);
	assert_int_equal(sent->recipients_before, 0);
	drop(sent);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_once_wherever_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
