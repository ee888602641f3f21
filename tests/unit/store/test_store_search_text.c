/* test_store_search_text.c - parts of subjects, tags and Message-IDs are found in the log by
 * its texts, whatever their letters; in days from before there were texts too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include "store_kit.h"

#define DAY_MS ((int64_t)86400000)
#define SUBJECT(text) { .subject = { STORE_MATCH_SUBSTRING, text } }
#define WORD(text) { .word = { text }, .words = 1 }

static const struct kit_message mail[] = { /* newest last */
	{ .recipient = "a@mail.example", .subject = "Your order 4711 is on its way",
	  .tag = "shop-0815", .message_id = "abcdef0123@shop.example" },
	{ .recipient = "b@mail.example", .subject = "Ihre Bestellung f\xc3\xbcr Zo\xc3\xab",
	  .message_id = "two@shop.example" },
	{ .recipient = "c@mail.example",
	  .subject = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe4\xbb\xb6",
	  .message_id = "three@shop.example" },
	{ .recipient = "d@mail.example", .subject = "100% sure_thing",
	  .message_id = "four@shop.example" },
	{ .recipient = "e@mail.example", .subject = "100 sure thing",
	  .message_id = "five@shop.example" },
	{ .recipient = "invoice@mail.example", .subject = "Q", .message_id = "six@shop.example" },
	{ .recipient = "f@mail.example", .recipient2 = "g@mail.example", .subject = "Invoice 4711",
	  .sender = "billing@shop.example", .credential = "newsletter",
	  .message_id = "seven@shop.example" },
};
enum { MAILS = sizeof mail / sizeof mail[0] };

static const struct {
	const char *name;
	struct store_query query;
	const char *recipients; /* local parts of what is found, newest first */
} row[] = {
	{ "part of a subject", SUBJECT("order 47"), "a" },
	{ "part of two", SUBJECT("4711"), "fga" },
	{ "in any case", SUBJECT("YOUR ORDER"), "a" },
	{ "not in that order", SUBJECT("way is"), "" },
	{ "begins with", { .subject = { STORE_MATCH_PREFIX, "invoice" } }, "fg" },
	{ "does not begin with", { .subject = { STORE_MATCH_PREFIX, "4711" } }, "" },
	{ "one letter", SUBJECT("q"), "i" },
	{ "two letters", SUBJECT("zo"), "b" },
	{ "two that are nowhere", SUBJECT("zq"), "" },
	{ "umlaut", SUBJECT("f\xc3\xbcr"), "b" },
	{ "other umlaut", SUBJECT("f\xc3\xb6r"), "" },
	{ "wide characters", SUBJECT("\xe6\x9c\xac\xe8\xaa\x9e"), "c" },
	{ "one wide character", SUBJECT("\xe4\xbb\xb6"), "c" },
	{ "percent sign", SUBJECT("100%"), "d" },
	{ "percent sign is no wildcard", SUBJECT("1%e"), "" },
	{ "underscore", SUBJECT("sure_t"), "d" },
	{ "underscore is no wildcard", SUBJECT("100_"), "" },
	{ "not in a tag", SUBJECT("0815"), "" },
	{ "not in a Message-ID", SUBJECT("abcdef"), "" },
	{ "word of a subject", WORD("bestell"), "b" },
	{ "word with a space", WORD("invoice 4711"), "fg" },
	{ "number in a tag", WORD("0815"), "a" },
	{ "part of a Message-ID", WORD("def012"), "a" },
	{ "over the @ of a Message-ID", WORD("even@shop.ex"), "fg" },
	{ "in an address or a subject", WORD("invoice"), "fgi" },
	{ "sender", WORD("billing"), "fg" },
	{ "one recipient of two", WORD("g@mail"), "g" },
	{ "nowhere", WORD("nowhere"), "" },
	{ "not over the end of a text", WORD("waytwo"), "" },
	{ "two words", { .word = { "4711", "way" }, .words = 2 }, "a" },
	{ "two words, one an address", { .word = { "4711", "f@mail" }, .words = 2 }, "f" },
	{ "two words, not of one", { .word = { "4711", "bestell" }, .words = 2 }, "" },
	{ "word and subject",
	  { .word = { "0815" }, .words = 1, .subject = { STORE_MATCH_SUBSTRING, "order" } }, "a" },
	{ "subject and credential",
	  { .credential = "newsletter", .subject = { STORE_MATCH_SUBSTRING, "4711" } }, "fg" },
	{ "subject and another's credential",
	  { .credential = "newsletter", .subject = { STORE_MATCH_SUBSTRING, "order" } }, "" },
	{ "subject and domain of many",
	  { .sender_domain = "shop.example", .subject = { STORE_MATCH_SUBSTRING, "sure" } }, "ed" },
	{ "one word, a recipient has it",
	  { .word = { "invoice" }, .words = 1, .is_recipient_first = true }, "i" },
	{ "one word, only a sender has it",
	  { .word = { "billing" }, .words = 1, .is_recipient_first = true }, "fg" },
	{ "one word, no address has it",
	  { .word = { "bestell" }, .words = 1, .is_recipient_first = true }, "b" },
	{ "two words are looked for anywhere",
	  { .word = { "invoice", "4711" }, .words = 2, .is_recipient_first = true }, "fg" },
	{ "a limit", { .subject = { STORE_MATCH_SUBSTRING, "e" }, .limit = 2 }, "fg" },
};

static void
fill(struct kit *kit, int64_t days_ago)
{
	uint64_t first = id_lowest_at((clock_unix_ms() / DAY_MS - days_ago) * DAY_MS + 1000);

	for (size_t i = 0; i < MAILS; i++) {
		struct kit_message message = mail[i];
		uint64_t id;

		message.id = first + i * 4096;
		id = kit_accept(kit, &message, NULL);
		assert_true(id != 0);
		kit_deliver(kit, id, 0);
		if (message.recipient2 != NULL)
			kit_deliver(kit, id, 1);
	}
}

static int64_t
number_of(const char *path, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int64_t number = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_busy_timeout(db, 5000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

static void
wait_for_number(const char *path, const char *sql, int64_t wanted)
{
	int64_t deadline = clock_mono_ms() + 30000;

	while (number_of(path, sql) != wanted && clock_mono_ms() < deadline)
		sched_yield();
	assert_int_equal(number_of(path, sql), wanted);
}

/* the hot file has let go of all: what is found now is in the log */
static void
wait_moved(const struct kit *kit)
{
	char path[128];

	snprintf(path, sizeof path, "%s/relay.db", kit->dir);
	wait_for_number(path, "SELECT count(*) FROM message", 0);
}

static void
day_path(const struct kit *kit, int64_t days_ago, char path[128])
{
	char day[CLOCK_DAY_SIZE];

	clock_format_day((clock_unix_ms() / DAY_MS - days_ago) * DAY_MS, day);
	snprintf(path, 128, "%s/log/%s.db", kit->dir, day);
}

static void
run_on(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void
check_rows(struct kit *kit, const char *where)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct store_search *got = kit_search(kit, &row[i].query);
		char list[MAILS * 2 + 2] = "";

		if (got->result != 0)
			fail_msg("%s, %s: %s", row[i].name, where, got->err.text);
		for (size_t n = 0; n < got->result_set.count && n <= MAILS; n++)
			snprintf(list + n, 2, "%s", got->result_set.found[n].recipient);
		if (strcmp(list, row[i].recipients) != 0)
			fail_msg("%s, %s: found \"%s\"", row[i].name, where, list);
		assert_true(got->result_set.is_complete);
		kit_free_search(got);
	}
}

static void
parts_of_texts_are_found(void **state)
{
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 1);
	check_rows(&kit, "right after");
	wait_moved(&kit);
	check_rows(&kit, "in the log");
	kit_close(&kit);
	kit_must_open(&kit);
	check_rows(&kit, "after a restart");
	kit_remove(&kit);
}

/* the last block is written again with each commit, after a restart too */
static void
few_messages_share_a_block(void **state)
{
	char path[128];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	day_path(&kit, 1, path);
	for (int i = 0; i < 3; i++) {
		uint64_t id = id_lowest_at((clock_unix_ms() / DAY_MS - 1) * DAY_MS + i);
		struct kit_message message = mail[i];

		message.id = id;
		assert_true(kit_accept(&kit, &message, NULL) == id);
		kit_deliver(&kit, id, 0);
		wait_moved(&kit);
		kit_close(&kit);
		assert_int_equal(number_of(path, "SELECT count(*) FROM text_block"), 1);
		assert_int_equal(number_of(path, "SELECT messages FROM text_block"), i + 1);
		kit_must_open(&kit);
	}
	kit_remove(&kit);
}

static void
a_day_without_texts_gets_them(void **state)
{
	static const char before[] = "DROP TABLE text_block; DROP TABLE text_block_todo;"
				     "PRAGMA user_version=1";
	char path[128];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 1);
	wait_moved(&kit);
	kit_close(&kit);
	day_path(&kit, 1, path);
	run_on(path, before);
	kit_must_open(&kit);
	check_rows(&kit, "right after the update"); /* row by row, or while it is filled */
	wait_for_number(path, "PRAGMA user_version", 2);
	wait_for_number(path, "SELECT count(*) FROM text_block_todo", 0);
	assert_int_equal(number_of(path, "SELECT sum(messages) FROM text_block"), MAILS);
	check_rows(&kit, "filled");
	kit_remove(&kit);
}

/* what is not in the texts is not found: so it is they that are read */
static void
rows_are_not_read_one_by_one(void **state)
{
	struct store_query query = SUBJECT("order 4711");
	struct store_search *got;
	char path[128];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 1);
	wait_moved(&kit);
	kit_close(&kit);
	day_path(&kit, 1, path);
	run_on(path, "UPDATE text_block SET subject = x'0a'");
	kit_must_open(&kit);
	got = kit_search(&kit, &query);
	assert_int_equal(got->result, 0);
	assert_int_equal(got->result_set.count, 0);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
a_damaged_block_is_told(void **state)
{
	struct store_query query = SUBJECT("order 4711");
	struct store_search *got;
	char path[128];
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 1);
	wait_moved(&kit);
	kit_close(&kit);
	day_path(&kit, 1, path);
	run_on(path, "UPDATE text_block SET number = x'ffffff'");
	kit_must_open(&kit);
	got = kit_search(&kit, &query);
	assert_int_equal(got->result, 0);
	assert_false(got->result_set.is_complete);
	kit_free_search(got);
	kit_remove(&kit);
}

static void
pages_of_a_text_meet(void **state)
{
	struct store_query query = { .subject = { STORE_MATCH_SUBSTRING, "4711" }, .limit = 1 };
	char list[8] = "";
	struct kit kit;
	int pages = 0;
	bool more = true;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 2);
	fill(&kit, 1);
	wait_moved(&kit);
	while (more && pages < 7) {
		struct store_search *got = kit_search(&kit, &query);

		assert_int_equal(got->result_set.count, 1);
		list[pages++] = got->result_set.found[0].recipient[0];
		query.before_id = got->result_set.found[0].id;
		query.before_no = got->result_set.found[0].recipient_no + 1;
		more = got->result_set.has_more;
		kit_free_search(got);
	}
	assert_string_equal(list, "fgafga");
	kit_remove(&kit);
}

/* a page of the texts that is no page any more: the day's file is set aside and named as a
 * gap, as one that is no database is; mail goes on being moved into a new one */
static void
a_damaged_page_does_not_stop_the_log(void **state)
{
	static const unsigned char junk[64] = { 0xff, 0xff, 0xff, 0xff };
	struct kit_message late = { .recipient = "late@mail.example", .subject = "after it" };
	struct store_query query = SUBJECT("after it");
	struct store_search *got;
	char path[128];
	struct kit kit;
	off_t at;
	int fd;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, 1);
	wait_moved(&kit);
	kit_close(&kit);
	day_path(&kit, 1, path);
	at = (number_of(path, "SELECT rootpage FROM sqlite_master WHERE name = 'text_block'") - 1)
	     * number_of(path, "PRAGMA page_size");
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
	close(fd);
	kit_must_open(&kit);
	late.id = id_lowest_at((clock_unix_ms() / DAY_MS - 1) * DAY_MS + 3600000);
	kit_deliver(&kit, kit_accept(&kit, &late, NULL), 0);
	wait_moved(&kit);
	snprintf(path, sizeof path, "%s/relay.db", kit.dir);
	wait_for_number(path, "SELECT count(*) FROM gap", 1);
	got = kit_search(&kit, &query);
	assert_int_equal(got->result, 0);
	assert_int_equal(got->result_set.count, 1);
	kit_free_search(got);
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_texts_are_found),
		cmocka_unit_test(few_messages_share_a_block),
		cmocka_unit_test(a_day_without_texts_gets_them),
		cmocka_unit_test(rows_are_not_read_one_by_one),
		cmocka_unit_test(a_damaged_block_is_told),
		cmocka_unit_test(a_damaged_page_does_not_stop_the_log),
		cmocka_unit_test(pages_of_a_text_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
