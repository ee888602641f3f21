/* test_err.c - texts stay one clean, bounded line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/span.h"
#include "base/utf8.h"

static const struct {
	const char *name, *in, *want;
} texts[] = {
	{ "plain", "cannot read /etc/x", "cannot read /etc/x" },
	{ "empty", "", "" },
	{ "newline becomes space", "a\nb", "a b" },
	{ "tab becomes space", "a\tb", "a b" },
	{ "escape is hidden", "a\x1b[31mb", "a?[31mb" },
	{ "utf-8 stays", "b\xc3\xbc" "cher", "b\xc3\xbc" "cher" },
	{ "broken utf-8 is hidden", "a\xff\xc3", "a??" },
	{ "bidi is hidden", "a\xe2\x80\xae" "b", "a?b" },
	{ "C1 is hidden", "a\xc2\x9b" "b", "a?b" },
};

static void
text_is_cleaned(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct err err;

		assert_int_equal(err_set(&err, ERR_INPUT, 7, "%s", texts[i].in), -1);
		if (strcmp(err.text, texts[i].want) != 0)
			fail_msg("%s: \"%s\"", texts[i].name, err.text);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_int_equal(err.code, 7);
	}
}

static void
long_text_is_cut_at_a_character(void **state)
{
	char in[900];
	struct err err;

	(void)state;
	for (size_t n = 100; n < 700; n++) { /* every alignment of a three-byte rune */
		memset(in, 'x', n % 3);
		for (size_t i = n % 3; i < n; i += 3)
			memcpy(in + i, "\xe2\x82\xac", 4);
		err_set(&err, ERR_TEMP, 0, "%s", in);
		assert_true(strlen(err.text) < sizeof err.text);
		assert_true(utf8_is_valid(span_of(err.text)));
		if (n > 163)
			assert_string_equal(err.text + strlen(err.text) - 3, "...");
	}
}

static void
exact_fit_is_not_cut(void **state)
{
	char in[200];
	struct err err;

	(void)state;
	memset(in, 'a', sizeof in);
	in[159] = '\0';
	err_set(&err, ERR_TEMP, 0, "%s", in);
	assert_string_equal(err.text, in);
}

static void
errno_keeps_the_reason(void **state)
{
	char path[400];
	struct err err;

	(void)state;
	assert_int_equal(err_errno(&err, ENOENT, "cannot open %s", "/x"), -1);
	assert_string_equal(err.text, "cannot open /x: No such file or directory");
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_int_equal(err.code, ENOENT);
	memset(path, 'p', sizeof path);
	path[sizeof path - 1] = '\0';
	err_errno(&err, ENOSPC, "cannot write %s", path);
	assert_non_null(strstr(err.text, "...: No space left on device"));
}

static void
null_err_is_fine(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_BUG, 0, "x"), -1);
	assert_int_equal(err_errno(NULL, EIO, "x"), -1);
}

static void
kinds_have_names(void **state)
{
	(void)state;
	for (int kind = 0; kind < ERR_KIND_COUNT; kind++)
		assert_true(strlen(err_kind_name((enum err_kind)kind)) > 0);
	assert_string_equal(err_kind_name(ERR_LIMIT), "limit");
	assert_string_equal(err_kind_name((enum err_kind)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cleaned),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(exact_fit_is_not_cut),
		cmocka_unit_test(errno_keeps_the_reason),
		cmocka_unit_test(null_err_is_fine),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
