/* test_dmarc_suffix.c - organisational domains by Debian's public suffix list. Names whose place
 * in the list has not changed for a decade. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/dmarc_suffix.h"

static const struct {
	const char *domain, *organisation;
} cases[] = {
	{ "example.com", "example.com" },
	{ "mail.example.com", "example.com" },
	{ "a.b.c.d.example.co.uk", "example.co.uk" },
	{ "example.co.uk", "example.co.uk" },
	{ "co.uk", "co.uk" },
	{ "com", "com" },
	{ "www.ck", "www.ck" }, /* an exception to *.ck */
	{ "a.example.ck", "a.example.ck" },
	{ "b.a.example.ck", "a.example.ck" },
	{ "shop.blogspot.com", "shop.blogspot.com" }, /* a private suffix */
	{ "x.mail.no-such-tld", "mail.no-such-tld" }, /* the rule of last resort: * */
	{ "mail.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn" },
};

static void
finds_organisations(void **state)
{
	struct dmarc_suffixes *suffixes = dmarc_suffixes_new(NULL);

	(void)state;
	assert_non_null(suffixes);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(dmarc_suffixes_organisation(suffixes, cases[i].domain),
				    cases[i].organisation);
	assert_true(dmarc_suffixes_has(suffixes, "co.uk"));
	assert_false(dmarc_suffixes_has(suffixes, "example.co.uk"));
	dmarc_suffixes_free(&suffixes);
	assert_null(suffixes);
	assert_null(dmarc_suffixes_new("/nonexistent"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_organisations) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
