/* test_smtp_address.c - mailboxes and domains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "smtp/smtp_address.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define LABEL63 X60 "xxx"

static const struct {
	const char *name, *text;
	bool ok;
	const char *local, *domain;
} addresses[] = {
	{ "plain", "joe@example.com", true, "joe", "example.com" },
	{ "case is kept", "Joe@Example.COM", true, "Joe", "Example.COM" },
	{ "all atext", "a!#$%&'*+-/=?^_`{|}~9@x.y", true, "a!#$%&'*+-/=?^_`{|}~9", "x.y" },
	{ "dots inside", "a.b.c@x", true, "a.b.c", "x" },
	{ "quoted", "\"joe smith\"@x.y", true, "\"joe smith\"", "x.y" },
	{ "quoted at", "\"a@b\"@x.y", true, "\"a@b\"", "x.y" },
	{ "quoted pair", "\"a\\\"b\"@x.y", true, "\"a\\\"b\"", "x.y" },
	{ "empty quotes", "\"\"@x.y", true, "\"\"", "x.y" },
	{ "IPv4 literal", "a@[192.0.2.1]", true, "a", "[192.0.2.1]" },
	{ "IPv6 literal", "a@[IPv6:2001:db8::1]", true, "a", "[IPv6:2001:db8::1]" },
	{ "UTF-8 local", "j\xc3\xb6@x.y", true, "j\xc3\xb6", "x.y" },
	{ "UTF-8 domain", "a@b\xc3\xbc" "cher.example", true, "a", "b\xc3\xbc" "cher.example" },
	{ "64 in local", X60 "abcd@x", true, X60 "abcd", "x" },
	{ "65 in local", X60 "abcde@x", false, NULL, NULL },
	{ "63 in label", "a@" LABEL63, true, "a", LABEL63 },
	{ "64 in label", "a@" LABEL63 "x", false, NULL, NULL },
	{ "254 bytes", "a@" LABEL63 "." LABEL63 "." LABEL63 "." X60, true, "a",
	  LABEL63 "." LABEL63 "." LABEL63 "." X60 },
	{ "255 bytes", "aa@" LABEL63 "." LABEL63 "." LABEL63 "." X60, false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
	{ "no at", "joe", false, NULL, NULL },
	{ "no local", "@x.y", false, NULL, NULL },
	{ "no domain", "joe@", false, NULL, NULL },
	{ "two ats", "a@b@c", false, NULL, NULL },
	{ "dot first", ".a@x", false, NULL, NULL },
	{ "dot last", "a.@x", false, NULL, NULL },
	{ "two dots", "a..b@x", false, NULL, NULL },
	{ "space", "a b@x", false, NULL, NULL },
	{ "space in domain", "a@x y", false, NULL, NULL },
	{ "comma", "a,b@x", false, NULL, NULL },
	{ "angle", "<a@x>", false, NULL, NULL },
	{ "open quote", "\"a@x", false, NULL, NULL },
	{ "half a pair", "\"a\\", false, NULL, NULL },
	{ "text after quotes", "\"a\"b@x", false, NULL, NULL },
	{ "control in quotes", "\"a\tb\"@x", false, NULL, NULL },
	{ "line end in quotes", "\"a\r\nb\"@x", false, NULL, NULL },
	{ "trailing dot", "a@x.", false, NULL, NULL },
	{ "empty label", "a@x..y", false, NULL, NULL },
	{ "hyphen first", "a@-x", false, NULL, NULL },
	{ "hyphen last", "a@x-.y", false, NULL, NULL },
	{ "underscore", "a@x_y", false, NULL, NULL },
	{ "bad literal", "a@[300.0.0.1]", false, NULL, NULL },
	{ "literal not closed", "a@[192.0.2.1", false, NULL, NULL },
	{ "general literal", "a@[x400:y]", false, NULL, NULL },
	{ "bad IPv6", "a@[IPv6:2001::db8::1]", false, NULL, NULL },
	{ "Latin-1", "j\xf6@x", false, NULL, NULL },
	{ "Latin-1 domain", "a@b\xfc" "cher.example", false, NULL, NULL },
	{ "control", "a\x7f@x", false, NULL, NULL },
	{ "UTF-8 domain that is none", "a@\xe2\x80\x8b.example", false, NULL, NULL },
};

static void
parses_addresses(void **state)
{
	struct smtp_address address;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		int rc = smtp_address_parse(span_of(addresses[i].text), &address, &err);

		if ((rc == 0) != addresses[i].ok)
			fail_msg("%s: %s", addresses[i].name, rc ? err.text : "accepted");
		if (rc == 0 && (!span_is(address.local, addresses[i].local) ||
		                !span_is(address.domain, addresses[i].domain)))
			fail_msg("%s: parts", addresses[i].name);
		if (rc < 0 && (err.kind != ERR_INPUT || err.text[0] == '\0'))
			fail_msg("%s: error without a reason", addresses[i].name);
	}
	assert_int_equal(smtp_address_parse(span_of("j\xc3\xb6@[192.0.2.1]"), &address, &err), 0);
	assert_true(address.is_utf8 && address.is_literal);
	assert_int_equal(smtp_address_parse(SPAN_LIT("a\0b@x"), &address, &err), -1);
	assert_int_equal(smtp_address_parse(SPAN_LIT("a@x\0y"), &address, &err), -1);
	assert_int_equal(smtp_address_parse(SPAN_LIT("a@[192.0.2.1\0]"), &address, &err), -1);
}

static void
makes_domains_ascii(void **state)
{
	static const struct {
		const char *name, *in, *want; /* NULL: refused */
	} rows[] = {
		{ "lower case", "Example.COM", "example.com" },
		{ "U-label", "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example" },
		{ "sharp s is kept", "fa\xc3\x9f.example", "xn--fa-hia.example" },
		{ "ideographic full stop", "a\xe3\x80\x82" "b\xc3\xbc", "a.xn--b-eha" },
		{ "literal", "[IPv6:2001:DB8::1]", "[IPv6:2001:DB8::1]" },
		{ "empty", "", NULL },
		{ "dots only", "..", NULL },
		{ "bad UTF-8", "\xc3.example", NULL },
	};
	char out[SMTP_DOMAIN_MAX + 1];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = smtp_domain_ascii(span_of(rows[i].in), out, &err);

		if ((rc == 0) != (rows[i].want != NULL))
			fail_msg("%s: %s", rows[i].name, rc ? err.text : out);
		if (rc == 0)
			assert_string_equal(out, rows[i].want);
	}
}

static void
makes_keys(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "folded", "Joe@Example.COM", "joe@example.com" },
		{ "needless quotes", "\"Joe.X\"@x.y", "joe.x@x.y" },
		{ "needed quotes", "\"joe x\"@x.y", "\"joe x\"@x.y" },
		{ "empty quotes", "\"\"@x.y", "\"\"@x.y" },
		{ "U-label", "a@b\xc3\xbc" "cher.example", "a@xn--bcher-kva.example" },
		{ "only ASCII is folded", "\xc3\x96@x.y", "\xc3\x96@x.y" },
	};
	char out[SMTP_ADDRESS_KEY_SIZE];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(smtp_address_key(span_of(rows[i].in), out, &err), 0);
		assert_string_equal(out, rows[i].want);
	}
	assert_int_equal(smtp_address_key(span_of("joe"), out, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_addresses),
		cmocka_unit_test(makes_domains_ascii),
		cmocka_unit_test(makes_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
