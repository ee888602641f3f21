/* test_account_base64.c - strict both ways. */
#include "account_kit.h"

#include "account/account_base64.h"

static const struct {
	const char *name, *text, *bytes; /* bytes NULL: refused */
} rows[] = {
	{ "empty", "", "" },
	{ "no padding", "YWJj", "abc" },
	{ "one pad", "YWI=", "ab" },
	{ "two pads", "YQ==", "a" },
	{ "long", "YWJjZGVmZ2g=", "abcdefgh" },
	{ "short group", "YWI", NULL },
	{ "three pads", "Y===", NULL },
	{ "only pads", "====", NULL },
	{ "pad inside", "YQ==YWJj", NULL },
	{ "space", "YW Jj", NULL },
	{ "leading space", " YWJj", NULL },
	{ "dashes", "YWJj----", NULL },
	{ "newline", "YWJ\n", NULL },
	{ "url alphabet", "-_-_", NULL },
	{ "8 bit", "YW\xc3\xa4", NULL },
};

static void
decodes_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out, again;
		int rc;

		print_message("  %s\n", rows[i].name);
		buf_init(&out, 64);
		buf_init(&again, 64);
		rc = account_base64_decode(span_of(rows[i].text), &out);
		assert_int_equal(rc, rows[i].bytes != NULL ? 0 : -1);
		if (rc == 0) {
			assert_true(span_is(buf_span(&out), rows[i].bytes));
			account_base64_encode(rows[i].bytes, strlen(rows[i].bytes), &again);
			assert_true(span_is(buf_span(&again), rows[i].text));
		}
		buf_deinit(&out);
		buf_deinit(&again);
	}
}

static void
does_not_pass_the_buffers_cap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 5);
	assert_int_equal(account_base64_decode(SPAN_LIT("YWJjZGVm"), &out), -1);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(does_not_pass_the_buffers_cap),
	};

	return cmocka_run_group_tests_name("account_base64", tests, NULL, NULL);
}
