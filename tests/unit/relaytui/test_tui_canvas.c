/* Cells: what is put in, cut, overwritten and made harmless. */
#include "tui_fixture.h"

struct row {
	const char *name, *text;
	size_t n;            /* 0: strlen */
	int col, width;
	const char *utf8, *ascii;
};

static const struct row rows[] = {
	{ "plain", "abc", 0, 0, 10, "abc       ", "abc       " },
	{ "cut", "abcdefghijkl", 0, 0, 6, "abcde…    ", "abcde~    " },
	{ "right edge", "abcdef", 0, 8, 10, "        a…", "        a~" },
	{ "wide", "世蓮x", 0, 0, 10, "世蓮x     ", "????x     " },
	{ "wide cut in half", "世蓮x", 0, 0, 4, "世…       ", "??~       " },
	{ "marks", "e\xcc\x81x", 0, 0, 10, "e\xcc\x81x        ", "ex        " },
	{ "too many marks", "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x", 0, 0, 10,
	  "e\xcc\x81\xcc\x82x        ", "ex        " },
	{ "a mark first", "\xcc\x81x", 0, 0, 10, "x         ", "x         " },
	{ "escape", "\033[2J", 0, 0, 10, "\\x1b[2J   ", "\\x1b[2J   " },
	{ "newline, tab", "a\r\nb\tc", 0, 0, 10, "a b c     ", "a b c     " },
	{ "NUL", "a\0b", 3, 0, 10, "a\\x00b    ", "a\\x00b    " },
	{ "bad UTF-8", "a\xff\xc3", 0, 0, 10, "a\\xff\\xc3 ", "a\\xff\\xc3 " },
	{ "bidi", "\xe2\x80\xaex", 0, 0, 10, "<U+202E>x ", "<U+202E>x " },
	{ "C1", "\xc2\x9bx", 0, 0, 10, "<U+009B>x ", "<U+009B>x " },
	{ "outside", "abc", 0, 10, 3, "          ", "          " },
	{ "left of it", "abc", 0, -1, 3, "          ", "          " },
	{ "nothing", "", 0, 0, 10, "          ", "          " },
};

static void
text_is_cut_and_harmless(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int ascii = 0; ascii < 2; ascii++) {
			const struct row *row = &rows[i];
			struct tui_canvas canvas;
			struct buf text;

			tui_canvas_init(&canvas, 1, 10, ascii);
			buf_init(&text, 1024);
			(void)tui_area_text(
				tui_canvas_area(&canvas), 0, row->col, row->width, TUI_PLAIN,
				(struct span){ row->text, row->n ? row->n : strlen(row->text) });
			tui_canvas_print(&canvas, &text);
			text.len--; /* the newline */
			if (!span_is(buf_span(&text), ascii ? row->ascii : row->utf8))
				fail_msg("%s: \"%.*s\"", row->name, (int)text.len, buf_data(&text));
			check_picture(&canvas);
			buf_deinit(&text);
			tui_canvas_deinit(&canvas);
		}
}

/* half of a wide character overwritten: the row stays as wide as it is */
static void
halves_of_wide_characters_go_together(void **state)
{
	struct tui_canvas canvas;

	(void)state;
	tui_canvas_init(&canvas, 1, 6, false);
	for (int col = 0; col < 6; col++) {
		tui_canvas_clear(&canvas);
		(void)tui_area_printf(tui_canvas_area(&canvas), 0, 0, TUI_PLAIN, "世蓮例");
		(void)tui_area_printf(tui_canvas_area(&canvas), 0, col, TUI_PLAIN, "%s",
				      col < 5 ? "え" : "x");
		check_picture(&canvas);
	}
	tui_canvas_deinit(&canvas);
}

static void
words_wrap_and_the_rest_is_cut(void **state)
{
	struct tui_canvas canvas;
	struct buf text;

	(void)state;
	tui_canvas_init(&canvas, 3, 8, false);
	buf_init(&text, 1024);
	assert_int_equal(tui_area_wrap(tui_canvas_area(&canvas), 0, 3, TUI_PLAIN,
	                               SPAN_LIT("one two three and what is left")), 3);
	tui_canvas_print(&canvas, &text);
	assert_true(span_is(buf_span(&text), "one two \nthree   \nand wha…\n"));
	assert_int_equal(tui_area_wrap(tui_canvas_area(&canvas), 0, 3, TUI_PLAIN, SPAN_LIT("")), 0);
	buf_clear(&text);
	tui_canvas_clear(&canvas);
	assert_int_equal(tui_area_wrap(tui_canvas_area(&canvas), 0, 2, TUI_PLAIN,
	                               SPAN_LIT("unbreakablewo x")), 2);
	tui_canvas_print(&canvas, &text);
	assert_true(span_is(buf_span(&text), "unbreaka\nblewo x \n        \n"));
	buf_deinit(&text);
	tui_canvas_deinit(&canvas);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_and_harmless),
		cmocka_unit_test(halves_of_wide_characters_go_together),
		cmocka_unit_test(words_wrap_and_the_rest_is_cut),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
