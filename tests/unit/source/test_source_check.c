/* test_source_check.c - names that are asked for, and what answers mean. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "source/source_check.h"

static void
test_names(void **unused)
{
	char name[SOURCE_NAME_SIZE], list[SOURCE_NAME_SIZE];

	(void)unused;
	assert_true(source_check_reverse_name("192.0.2.17", name));
	assert_string_equal(name, "17.2.0.192.in-addr.arpa");
	assert_true(source_check_reverse_name("2001:db8::a1", name));
	assert_string_equal(name, "1.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
				  ".ip6.arpa");
	assert_true(source_check_list_name("192.0.2.17", "zen.example", name));
	assert_string_equal(name, "17.2.0.192.zen.example");
	assert_false(source_check_reverse_name("mx.example", name));
	memset(list, 'a', sizeof list - 1);
	list[sizeof list - 1] = '\0';
	assert_false(source_check_list_name("192.0.2.17", list, name));
}

static const struct {
	const char *name;
	char record[3][256];
	size_t count;
	enum source_listing listing;
	const char *answer;
} lists[] = {
	{ "nothing", { "" }, 0, SOURCE_LIST_CLEAR, "" },
	{ "listed", { "127.0.0.4" }, 1, SOURCE_LIST_LISTED, "127.0.0.4" },
	{ "the question is refused", { "127.255.255.254" }, 1, SOURCE_LIST_REFUSED,
	  "127.255.255.254" },
	{ "a captured list", { "192.0.2.80" }, 1, SOURCE_LIST_CLEAR, "" },
	{ "1270 is not 127", { "12.7.0.1" }, 1, SOURCE_LIST_CLEAR, "" },
	{ "captured, and listed", { "192.0.2.80", "127.0.0.2" }, 2, SOURCE_LIST_LISTED,
	  "127.0.0.2" },
	{ "refused and listed", { "127.255.255.255", "127.0.0.2" }, 2, SOURCE_LIST_LISTED,
	  "127.0.0.2" },
	{ "255.254 is a listing", { "127.255.254.1" }, 1, SOURCE_LIST_LISTED, "127.255.254.1" },
};

static void
test_lists(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct source_list list = { .name = "zen.example" };

		source_check_read_list(&list, lists[i].record, lists[i].count);
		if (list.listing != lists[i].listing || strcmp(list.answer, lists[i].answer) != 0)
			fail_msg("%s: %s %s", lists[i].name, source_listing_name(list.listing),
				 list.answer);
	}
}

static void
test_problems(void **unused)
{
	struct source_report report = { .address = "192.0.2.1", .ehlo = "mx.example",
					.ptr = SOURCE_PTR_NONE, .lists = 2 };
	char text[300];

	(void)unused;
	report.list[0] = (struct source_list){ "zen.example", SOURCE_LIST_REFUSED,
					       "127.255.255.1" };
	report.list[1] = (struct source_list){ "bl.example", SOURCE_LIST_LISTED, "127.0.0.2" };
	assert_false(source_check_problem(&report, 0, text, sizeof text)); /* not checked */
	report.at_unix_ms = 1;
	assert_true(source_check_problem(&report, 0, text, sizeof text));
	assert_non_null(strstr(text, "192.0.2.1 has no PTR record"));
	assert_true(source_check_problem(&report, 1, text, sizeof text));
	assert_non_null(strstr(text, "is listed at bl.example (127.0.0.2)"));
	assert_false(source_check_problem(&report, 2, text, sizeof text));
	report.ptr = SOURCE_PTR_CONFIRMED;
	report.is_greeting_confirmed = true;
	assert_true(source_check_problem(&report, 0, text, sizeof text));
	assert_non_null(strstr(text, "bl.example"));
	report.is_greeting_confirmed = false;
	assert_true(source_check_problem(&report, 0, text, sizeof text));
	assert_non_null(strstr(text, "greets as mx.example"));
	report.ptr = SOURCE_PTR_UNKNOWN; /* nobody's fault, and no news */
	report.lists = 0;
	assert_false(source_check_problem(&report, 0, text, sizeof text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
