/* The cursor stays with its row, the row with its place on the screen. */
#include "tui_fixture.h"

struct letters {
	const char *text; /* a row per letter */
	size_t first;
	char key[2];
};

static const char *
letter(const void *arg, size_t i)
{
	static char key[2];
	const struct letters *letters = arg;

	key[0] = letters->text[i];
	return key;
}

static struct tui_rows
rows_of(struct letters *letters, const char *text)
{
	letters->text = text;
	return (struct tui_rows){ strlen(text), 0, strlen(text), letter, letters };
}

/* screen - the letters on screen, the cursor's after a '>', gone rows as '!'. */
static const char *
screen(const struct tui_list *list, const char *text)
{
	static char out[64];
	size_t n = 0;

	for (size_t i = 0; i < list->height; i++) {
		bool is_ghost;
		size_t at = tui_list_row(list, i, &is_ghost);

		if (is_ghost) {
			out[n++] = '!';
			out[n++] = list->key[0];
		} else if (at != SIZE_MAX) {
			if (at == list->at && !list->is_gone)
				out[n++] = '>';
			out[n++] = text[at];
		}
	}
	out[n] = '\0';
	return out;
}

static const struct {
	const char *name;
	const char *before;
	long move;            /* from the top */
	const char *after, *screen;
	long then;
	const char *last;
} cases[] = {
	{ "first row is selected", "abcdef", 0, "abcdef", ">abc", 0, ">abc" },
	{ "its row moves down", "abcdef", 1, "cdabef", "a>be", 0, "a>be" },
	{ "a row comes before", "abcdef", 1, "xabcdef", "a>bc", 0, "a>bc" },
	{ "its row leaves", "abcdef", 1, "acdef", "a!bc", 0, "a>cd" },
	{ "leaves, then down", "abcdef", 1, "acdef", "a!bc", 1, "a>cd" },
	{ "leaves, then up", "abcdef", 1, "acdef", "a!bc", -1, ">acd" },
	{ "leaves, then two down", "abcdef", 1, "acdef", "a!bc", 2, "ac>d" },
	{ "the last leaves", "abc", 2, "ab", "ab!c", 1, "a>b" },
	{ "all leave", "abc", 2, "", "!c", 1, "" },
	{ "it comes back", "abcdef", 5, "abcdef", "de>f", -5, ">abc" },
	{ "beyond both ends", "abc", 99, "abc", "ab>c", -99, ">abc" },
};

static void
the_cursor_stays_with_its_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct letters letters;
		struct tui_list list = { .height = 3 };
		struct tui_rows rows = rows_of(&letters, cases[i].before);

		tui_list_settle(&list, &rows);
		if (cases[i].move)
			tui_list_move(&list, &rows, cases[i].move);
		rows = rows_of(&letters, cases[i].after);
		tui_list_settle(&list, &rows);
		if (strcmp(screen(&list, letters.text), cases[i].screen) != 0)
			fail_msg("%s: %s", cases[i].name, screen(&list, letters.text));
		tui_list_move(&list, &rows, cases[i].then);
		if (strcmp(screen(&list, letters.text), cases[i].last) != 0)
			fail_msg("%s, then: %s", cases[i].name, screen(&list, letters.text));
	}
}

static void
a_row_beyond_the_window_is_taken_when_it_comes(void **state)
{
	struct letters letters = { .text = "abcdefghij" };
	struct tui_list list = { .height = 3 };
	struct tui_rows rows = { 10, 0, 4, letter, &letters };

	(void)state;
	tui_list_settle(&list, &rows);
	tui_list_go(&list, &rows, SIZE_MAX);
	assert_string_equal(list.key, "");
	assert_int_equal(list.at, 9);
	assert_int_equal(list.top, 7);
	rows.first = 6;
	tui_list_settle(&list, &rows);
	assert_string_equal(list.key, "j");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cursor_stays_with_its_row),
		cmocka_unit_test(a_row_beyond_the_window_is_taken_when_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
