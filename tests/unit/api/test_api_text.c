/* test_api_text.c - widths, cuts and suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "api/api_text.h"

static const struct {
	const char *name;
	const char *text;
	int width;
	enum api_cut cut;
	const char *fitted;
} fits[] = {
	{ "fits", "hello", 5, API_CUT_RIGHT, "hello" },
	{ "right", "hello", 4, API_CUT_RIGHT, "hel\u2026" },
	{ "middle", "01JD7QZ8M4ABC", 7, API_CUT_MIDDLE, "01J\u2026ABC" },
	{ "wide runes", "\u4e16\u84ee@x", 4, API_CUT_RIGHT, "\u4e16\u2026" },
	{ "wide runes, middle", "\u4e16\u84ee\u4e16\u84ee", 5, API_CUT_MIDDLE,
	  "\u4e16\u2026\u84ee" },
	{ "combining, middle", "aaaaae\u0301", 3, API_CUT_MIDDLE, "a\u2026e\u0301" },
	{ "combining, right", "e\u0301e\u0301e\u0301", 2, API_CUT_RIGHT, "e\u0301\u2026" },
	{ "emoji", "\U0001f600\U0001f600\U0001f600", 5, API_CUT_RIGHT,
	  "\U0001f600\U0001f600\u2026" },
	{ "one column", "hello", 1, API_CUT_RIGHT, "\u2026" },
	{ "no column", "hello", 0, API_CUT_RIGHT, "" },
	{ "empty", "", 3, API_CUT_MIDDLE, "" },
};

static void
fits_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
		struct buf out;

		buf_init(&out, 100);
		api_text_fit(span_of(fits[i].text), fits[i].width, fits[i].cut, &out);
		if (!span_is(buf_span(&out), fits[i].fitted))
			fail_msg("%s: %.*s", fits[i].name, (int)out.len, buf_data(&out));
		assert_true(api_text_width(buf_span(&out)) <= fits[i].width);
		buf_deinit(&out);
	}
}

static const char *const words[] = { "queue", "credential", "domain", "find", "log", NULL };

static const char *
word_at(size_t i, const void *arg)
{
	(void)arg;
	return words[i];
}

static const struct {
	const char *typed, *nearest;
} guesses[] = {
	{ "quue", "queue" },    { "queeu", "queue" },     { "credentail", "credential" },
	{ "domian", "domain" }, { "lgo", "log" },         { "fnid", "find" },
	{ "xyzzy", NULL },      { "", NULL },             { "q", NULL },
};

static void
suggests_the_nearest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
		const char *found = api_text_suggest(span_of(guesses[i].typed), word_at, NULL);

		if (found != guesses[i].nearest &&
		    (!found || !guesses[i].nearest || strcmp(found, guesses[i].nearest) != 0))
			fail_msg("%s: %s", guesses[i].typed, found ? found : "nothing");
	}
}

static void
ignores_words_beyond_its_table(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'q', sizeof longest);
	assert_null(api_text_suggest((struct span){ longest, sizeof longest }, word_at, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_text),
		cmocka_unit_test(suggests_the_nearest),
		cmocka_unit_test(ignores_words_beyond_its_table),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
