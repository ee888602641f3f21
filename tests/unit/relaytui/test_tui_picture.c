/* Numbers as pictures: nothing is no bar, something always is one. */
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "tui_picture.h"

static const struct {
	double share;
	const char *bar;
} bars[] = {
	{ 0, "░░░░░" },     { -1, "░░░░░" },  { 0.001, "▇░░░░" }, { 0.5, "▇▇▇░░" },
	{ 0.99, "▇▇▇▇░" },  { 1, "▇▇▇▇▇" },   { 7, "▇▇▇▇▇" },
};

static void
a_bar_is_as_full_as_its_share(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
		struct buf out;

		buf_init(&out, 256);
		tui_picture_bar(&out, bars[i].share, 5);
		assert_true(span_is(buf_span(&out), bars[i].bar));
		buf_deinit(&out);
	}
}

static const struct {
	const char *name;
	double value[8];
	size_t count, columns;
	const char *picture;
} rows[] = {
	{ "none", { 0 }, 0, 5, "" },
	{ "no room", { 1, 2 }, 2, 0, "" },
	{ "only zeros", { 0, 0, 0 }, 3, 5, "▁▁▁" },
	{ "the greatest is full", { 0, 7, 14 }, 3, 5, "▁▅█" },
	{ "one among thousands", { 1, 5000 }, 2, 5, "▂█" },
	{ "two share a column", { 1, 1, 2, 2 }, 4, 2, "▅█" },
	{ "below zero is nothing", { -5, 3 }, 2, 2, "▁█" },
};

static void
columns_are_as_high_as_their_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf out;

		buf_init(&out, 256);
		tui_picture_columns(&out, rows[i].value, rows[i].count, rows[i].columns);
		if (!span_is(buf_span(&out), rows[i].picture))
			fail_msg("%s: %.*s", rows[i].name, (int)out.len, buf_data(&out));
		buf_deinit(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bar_is_as_full_as_its_share),
		cmocka_unit_test(columns_are_as_high_as_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
