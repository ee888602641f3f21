/* test_store_sqlite_address.c - addresses are found by their parts whether their block is
 * made or not, and an expired one is gone from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include "store_kit.h"

#define DAY_MS ((int64_t)86400000)
#define BLOCK 1024

static void
hot_path(const struct kit *kit, char path[128])
{
	snprintf(path, 128, "%s/relay.db", kit->dir);
}

static int64_t
number_of(const struct kit *kit, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int64_t number = -1;
	char path[128];

	hot_path(kit, path);
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
wait_for_number(const struct kit *kit, const char *sql, int64_t wanted)
{
	int64_t deadline = clock_mono_ms() + 30000;

	while (number_of(kit, sql) != wanted && clock_mono_ms() < deadline)
		sched_yield();
	assert_int_equal(number_of(kit, sql), wanted);
}

static void
run_on(const struct kit *kit, const char *sql)
{
	char path[128];
	sqlite3 *db;

	hot_path(kit, path);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* put_addresses - user1@old.example ... with these ids, from before there were blocks. */
static void
put_addresses(const struct kit *kit, int last)
{
	char sql[400];

	snprintf(sql, sizeof sql,
		 "DELETE FROM address_block;"
		 "INSERT INTO address_domain (id, name) VALUES (1, 'old.example');"
		 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		 "INSERT INTO address SELECT i, 'user' || i || '@old.example', NULL, 1, %lld "
		 "FROM n",
		 last, (long long)(clock_unix_ms() / DAY_MS));
	run_on(kit, sql);
}

static void
check_found(struct kit *kit, const char *part, const char *recipient)
{
	struct store_query query = { .recipient = { STORE_MATCH_SUBSTRING, part } };
	struct store_search *got = kit_search(kit, &query);

	assert_int_equal(got->result, 0);
	if (recipient == NULL) {
		assert_int_equal(got->result_set.count, 0);
	} else {
		assert_int_equal(got->result_set.count, 1);
		assert_string_equal(got->result_set.found[0].recipient, recipient);
	}
	kit_free_search(got);
}

static void
fresh(struct kit *kit, int addresses)
{
	kit_init(kit);
	kit_must_open(kit);
	kit_close(kit);
	put_addresses(kit, addresses);
	kit_must_open(kit);
}

static void
found_in_blocks_and_behind_them(void **state)
{
	static const char *const recipient[] = { "user1@old.example", "user1023@old.example",
						 "user1024@old.example", "user3333@old.example",
						 "New.One@mail.example" };
	struct kit kit;

	(void)state;
	fresh(&kit, 3333);
	for (size_t i = 0; i < 5; i++)
		kit_accept(&kit, &(struct kit_message){ .recipient = recipient[i] }, NULL);
	wait_for_number(&kit, "SELECT count(*) FROM address_block", 3);
	check_found(&kit, "ser1@", recipient[0]);
	check_found(&kit, "r1023", recipient[1]);
	check_found(&kit, "r1024", recipient[2]);
	check_found(&kit, "3333", recipient[3]);
	check_found(&kit, "W.ONE@M", recipient[4]);
	check_found(&kit, "r33331", NULL);
	check_found(&kit, "user2@", NULL); /* an address, but nobody wrote to it */
	kit_close(&kit);
	kit_must_open(&kit);
	check_found(&kit, "r1024", recipient[2]);
	check_found(&kit, "new.one", recipient[4]);
	kit_remove(&kit);
}

static void
a_batch_makes_the_block_it_fills(void **state)
{
	struct kit kit;
	char text[64];

	(void)state;
	fresh(&kit, BLOCK - 4);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof text, "late%d@mail.example", i);
		kit_accept(&kit, &(struct kit_message){ .recipient = text }, NULL);
	}
	assert_int_equal(number_of(&kit, "SELECT count(*) FROM address_block"), 1);
	check_found(&kit, "late0", "late0@mail.example");
	check_found(&kit, "late7", "late7@mail.example");
	kit_remove(&kit);
}

static void
expired_addresses_leave_their_blocks(void **state)
{
	struct kit kit;

	(void)state;
	fresh(&kit, 5000);
	kit_accept(&kit, &(struct kit_message){ .recipient = "user1500@old.example" }, NULL);
	wait_for_number(&kit, "SELECT count(*) FROM address_block", 4);
	kit_close(&kit);
	run_on(&kit, "UPDATE address SET last_day = 1 WHERE folded LIKE '%@old.example' "
		     "AND folded <> 'user1500@old.example'");
	kit_must_open(&kit);
	wait_for_number(&kit, "SELECT count(*) FROM address WHERE last_day = 1", 0);
	/* the largest id is the sender's, above all these */
	assert_int_equal(number_of(&kit, "SELECT count(*) FROM address_block WHERE "
					 "instr(text, CAST('user1499' AS BLOB)) > 0"), 0);
	assert_int_equal(number_of(&kit, "SELECT count(*) FROM address_block WHERE no = 0 "
					 "AND length(text) = 0"), 1);
	check_found(&kit, "user1500", "user1500@old.example");
	check_found(&kit, "user1501", NULL);
	kit_remove(&kit);
}

static void
ids_given_again_are_found(void **state)
{
	struct kit kit;

	(void)state;
	fresh(&kit, 5000);
	wait_for_number(&kit, "SELECT count(*) FROM address_block", 4);
	kit_close(&kit);
	run_on(&kit, "UPDATE address SET last_day = 1 WHERE id > 1100");
	kit_must_open(&kit);
	wait_for_number(&kit, "SELECT max(id) FROM address", 1100);
	wait_for_number(&kit, "SELECT count(*) FROM address_block", 1);
	kit_accept(&kit, &(struct kit_message){ .recipient = "again@mail.example" }, NULL);
	assert_true(number_of(&kit, "SELECT max(id) FROM address") < 2 * BLOCK);
	check_found(&kit, "again@", "again@mail.example");
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_in_blocks_and_behind_them),
		cmocka_unit_test(a_batch_makes_the_block_it_fills),
		cmocka_unit_test(expired_addresses_leave_their_blocks),
		cmocka_unit_test(ids_given_again_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
