/* test_api_table.c - one table, three forms; nothing harmful passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_table.h"

static const struct api_column columns[] = {
	{ .header = "NAME", .keeps = true },
	{ .header = "COUNT", .is_right = true },
	{ .header = "REPLY" },
};

static const struct {
	const char *name;
	struct api_table_options options;
	const char *text;
} forms[] = {
	{ "aligned", { API_TABLE_ALIGNED, true, false, 0 },
	  "NAME       COUNT  REPLY\n"
	  "\u4e16\u84ee.x         5  250 ok, \"fine\"\n"
	  "yahoo.com   1234  \n" },
	{ "narrow: the reply is cut, names stay", { API_TABLE_ALIGNED, true, false, 28 },
	  "NAME       COUNT  REPLY\n"
	  "\u4e16\u84ee.x         5  250 ok, \"\u2026\n"
	  "yahoo.com   1234  \n" },
	{ "bold", { API_TABLE_ALIGNED, true, true, 28 },
	  "\033[1mNAME       COUNT  REPLY\033[0m\n"
	  "\u4e16\u84ee.x         5  250 ok, \"\u2026\n"
	  "yahoo.com   1234  \n" },
	{ "tsv", { API_TABLE_TSV, false, false, 0 },
	  "\u4e16\u84ee.x\t5\t250 ok, \"fine\"\nyahoo.com\t1234\t\n" },
	{ "csv", { API_TABLE_CSV, true, false, 0 },
	  "NAME,COUNT,REPLY\n\u4e16\u84ee.x,5,\"250 ok, \"\"fine\"\"\"\nyahoo.com,1234,\n" },
};

static char *
print(const struct api_table *table, const struct api_table_options *options)
{
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	api_table_print(table, options, to);
	fclose(to);
	return text;
}

static void
prints_each_form(void **state)
{
	struct api_table *table = api_table_new(columns, 3);
	static const char *const cells[] = { "\u4e16\u84ee.x", "5",    "250 ok, \"fine\"",
					     "yahoo.com",      "1234", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		api_table_add(table, cells[i]);
	assert_int_equal(api_table_rows(table), 2);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		char *text = print(table, &forms[i].options);

		if (strcmp(text, forms[i].text) != 0)
			fail_msg("%s:\n%s", forms[i].name, text);
		free(text);
	}
	api_table_free(&table);
}

static void
lets_nothing_harmful_pass(void **state)
{
	static const char hostile[] = "a\x1b]52;c;aGk=\x07\tb\nc\xc2\x9b\xe2\x80\xaeright\xff";
	struct api_table *table = api_table_new(columns, 3);

	(void)state;
	for (int i = 0; i < 3; i++)
		api_table_add(table, hostile);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct api_table_options options = forms[i].options;
		char *text;

		options.is_bold = false;
		text = print(table, &options);
		assert_null(strpbrk(text, "\x1b\x07\x9b\xff"));
		assert_null(strstr(text, "\xe2\x80\xae"));
		free(text);
	}
	api_table_free(&table);
}

/* What is left out and what is cut, the narrower the screen is: text to what can be read,
 * then columns that may go, then names; half a time is never shown. */
static void
leaves_out_sooner_than_it_cuts_to_shreds(void **state)
{
	static const struct api_column rows[] = {
		{ .header = "ID", .keeps = true },
		{ .header = "AT", .is_whole = true },
		{ .header = "WHY" },
		{ .header = "BY", .drops = true },
	};
	static const char *const cells[] = { "6H16PFBM80001", "24 Nov 14:26", "mailbox is full",
					     "ana@x.example" };
	static const struct {
		int width;
		const char *text;
	} screens[] = {
		{ 59, "6H16PFBM80001  24 Nov 14:26  mailbox is full  ana@x.example\n" },
		{ 58, "6H16PFBM80001  24 Nov 14:26  mailbox is fu\u2026  ana@x.example\n" },
		{ 51, "6H16PFBM80001  24 Nov 14:26  mailbox i\u2026  ana@x.exa\u2026\n" },
		{ 50, "6H16PFBM80001  24 Nov 14:26  mailbox is full\n" },
		{ 36, "6H16PFBM8\u2026  24 Nov 14:26  mailbox i\u2026\n" },
		{ 35, "6H16PFBM80001  24 Nov 14:26\n" },
		{ 24, "6H16PFBM8\u2026  24 Nov 14:26\n" },
		{ 23, "6H16PFBM80001\n" },
		{ 8, "6H16PFB\u2026\n" },
	};
	struct api_table *table = api_table_new(rows, 4);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		api_table_add(table, cells[i]);
	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
		char *text = print(table, &(struct api_table_options){ .width = screens[i].width });

		if (strcmp(text, screens[i].text) != 0)
			fail_msg("%d: %s", screens[i].width, text);
		free(text);
	}
	api_table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_each_form),
		cmocka_unit_test(lets_nothing_harmful_pass),
		cmocka_unit_test(leaves_out_sooner_than_it_cuts_to_shreds),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
