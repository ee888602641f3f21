/* The suppression set: against a plain list at random, and what a look-up costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/rand.h"
#include "suppress/suppress_set.h"

#define NOW INT64_C(1764000000000)
#define DAY INT64_C(86400000)
#define NAMES 500

static struct suppress_set *
empty_set(void)
{
	return suppress_set_build(mem_alloc(1), 0, false, false);
}

static struct suppress_set *
with(const char *scope, const char *key, enum mail_suppression reason, int64_t until)
{
	struct suppress_set *none = empty_set(), *set;
	struct suppress_entry entry = suppress_entry_make(scope, key, reason, NOW - DAY, until);

	set = suppress_set_change(none, &entry, 1, NULL, 0, *scope != '\0', *key == '*');
	suppress_set_unref(&none);
	return set;
}

static const struct find_row {
	const char *name, *scope, *key;
	int64_t until;
	const char *wanted, *domain, *credential;
	bool is_found;
} rows[] = {
	{ "itself", "", "a@x.example", 0, "a@x.example", NULL, NULL, true },
	{ "another", "", "a@x.example", 0, "b@x.example", NULL, NULL, false },
	{ "not ended", "", "a@x.example", NOW + DAY, "a@x.example", NULL, NULL, true },
	{ "ended", "", "a@x.example", NOW - 60000, "a@x.example", NULL, NULL, false },
	{ "everybody there", "", "*@x.example", 0, "b@x.example", NULL, NULL, true },
	{ "not below it", "", "*@x.example", 0, "b@y.x.example", NULL, NULL, false },
	{ "a domain's", "domain:shop.example", "a@x.example", 0, "a@x.example", "shop.example",
	  "c", true },
	{ "another domain's", "domain:shop.example", "a@x.example", 0, "a@x.example",
	  "news.example", "c", false },
	{ "a credential's", "cred:news", "a@x.example", 0, "a@x.example", "shop.example", "news",
	  true },
	{ "another credential's", "cred:news", "a@x.example", 0, "a@x.example", "shop.example",
	  "shop", false },
	{ "a credential's everybody", "cred:news", "*@x.example", 0, "b@x.example", NULL, "news",
	  true },
};

static void
finds_by_scope_and_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct suppress_set *set = with(rows[i].scope, rows[i].key,
		                                MAIL_SUPPRESSION_COMPLAINT, rows[i].until);
		struct suppress_hit hit;

		if (suppress_set_find(set, rows[i].wanted, rows[i].domain, rows[i].credential, NOW,
		                      &hit) != rows[i].is_found)
			fail_msg("%s", rows[i].name);
		if (rows[i].is_found) {
			assert_int_equal(hit.reason, MAIL_SUPPRESSION_COMPLAINT);
			assert_in_range(hit.since_unix_ms, NOW - DAY - 60000, NOW - DAY);
			assert_in_range(hit.until_unix_ms, rows[i].until, rows[i].until + 60000);
		}
		suppress_set_unref(&set);
	}
	assert_false(suppress_set_find(NULL, "a@x.example", NULL, NULL, NOW,
	                               &(struct suppress_hit){ 0 }));
}

static void
check(const struct suppress_set *set, const bool is_in[NAMES])
{
	for (int i = 0; i < NAMES; i++) {
		struct suppress_hit hit;
		char key[32];

		snprintf(key, sizeof key, "u%d@x.example", i);
		assert_int_equal(suppress_set_find(set, key, NULL, NULL, NOW, &hit), is_in[i]);
	}
}

static void
agrees_with_a_plain_list_whatever_happens(void **state)
{
	struct suppress_set *set = empty_set(), *next, *old;
	bool is_in[NAMES] = { false }, was_in[NAMES];
	struct rand rand;

	(void)state;
	rand_init(&rand, 17);
	for (int step = 0; step < 300; step++) {
		struct suppress_entry put[8], removed[8];
		size_t puts = 0, removals = 0;

		memcpy(was_in, is_in, sizeof is_in);
		for (int i = 0; i < 8; i++) {
			/* eight different names: what is put and removed at once is not asked */
			int name = (int)rand_below(&rand, NAMES / 8) * 8 + i;
			bool is_put = rand_below(&rand, 3) > 0;
			char key[32];

			if (name >= NAMES)
				continue;
			snprintf(key, sizeof key, "u%d@x.example", name);
			if (is_put)
				put[puts++] = suppress_entry_make("", key, MAIL_SUPPRESSION_MANUAL,
				                                  NOW, 0);
			else
				removed[removals++] = suppress_entry_make(
					"", key, MAIL_SUPPRESSION_MANUAL, NOW, 0);
			is_in[name] = is_put;
		}
		next = suppress_set_change(set, put, puts, removed, removals, false, false);
		old = set;
		set = next;
		check(set, is_in);
		check(old, was_in); /* what others still hold did not change */
		suppress_set_unref(&old);
		if (step % 50 == 49) {
			next = suppress_set_merge(set, 0);
			assert_int_equal(next->overlays, 0);
			suppress_set_unref(&set);
			set = next;
			check(set, is_in);
		}
	}
	suppress_set_unref(&set);
}

static void
what_changed_while_merging_is_kept(void **state)
{
	struct suppress_set *from = with("", "a@x.example", MAIL_SUPPRESSION_MANUAL, 0);
	struct suppress_set *now, *next;
	struct suppress_entry b = suppress_entry_make("", "b@x.example", MAIL_SUPPRESSION_MANUAL,
	                                              NOW, 0);
	struct suppress_entry a = suppress_entry_make("", "a@x.example", MAIL_SUPPRESSION_MANUAL,
	                                              NOW, 0);
	struct suppress_set *merged = suppress_set_merge(from, 0);
	struct suppress_hit hit;

	(void)state;
	now = suppress_set_change(from, &b, 1, &a, 1, false, false);
	next = suppress_set_rebase(merged, from, now);
	assert_false(suppress_set_find(next, "a@x.example", NULL, NULL, NOW, &hit));
	assert_true(suppress_set_find(next, "b@x.example", NULL, NULL, NOW, &hit));
	suppress_set_unref(&next);
	next = suppress_set_rebase(merged, from, from);
	assert_int_equal(next->overlays, 0); /* nothing changed: nothing on top */
	assert_true(suppress_set_find(next, "a@x.example", NULL, NULL, NOW, &hit));
	suppress_set_unref(&next);
	suppress_set_unref(&now);
	suppress_set_unref(&merged);
	suppress_set_unref(&from);
}

static void
of_equal_ones_the_last_counts(void **state)
{
	struct suppress_entry *two = mem_alloc(2 * sizeof *two);
	struct suppress_set *set;
	struct suppress_hit hit;

	(void)state;
	two[0] = suppress_entry_make("", "a@x.example", MAIL_SUPPRESSION_HARD_BOUNCE, NOW, 0);
	two[1] = two[0];
	set = suppress_set_build(two, 2, false, false);
	assert_int_equal(suppress_set_count(set), 1);
	assert_true(suppress_set_find(set, "a@x.example", NULL, NULL, NOW, &hit));
	suppress_set_unref(&set);
}

static void
reasons_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < MAIL_SUPPRESSION_COUNT; i++) {
		enum mail_suppression reason;

		assert_true(mail_suppression_parse(
			span_of(mail_suppression_name((enum mail_suppression)i)), &reason));
		assert_int_equal(reason, i);
	}
	assert_false(mail_suppression_parse(SPAN_LIT("because"), &(enum mail_suppression){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_scope_and_time),
		cmocka_unit_test(agrees_with_a_plain_list_whatever_happens),
		cmocka_unit_test(what_changed_while_merging_is_kept),
		cmocka_unit_test(of_equal_ones_the_last_counts),
		cmocka_unit_test(reasons_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
