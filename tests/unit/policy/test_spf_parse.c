/* test_spf_parse.c - the grammar of RFC 7208, section by section. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "policy/spf_parse.h"

static const struct {
	const char *name, *text;
	bool is_record;
} claims[] = {
	{ "alone", "v=spf1", true },
	{ "a space follows", "v=spf1 ", true },
	{ "any case", "V=SPF1 -all", true },
	{ "s4.5: another version", "v=spf10", false },
	{ "no space", "v=spf1-all", false },
	{ "a tab", "v=spf1\t-all", false },
	{ "a space before it", " v=spf1 -all", false },
	{ "quotes in it", "\"v=spf1 -all\"", false },
	{ "Sender ID", "spf2.0/pra -all", false },
	{ "empty", "", false },
};

static void
knows_what_claims_to_be_spf(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
		if (spf_is_record(span_of(claims[i].text)) != claims[i].is_record)
			fail_msg("%s", claims[i].name);
}

static const struct {
	const char *text;    /* after "v=spf1 " */
	const char *problem; /* words of it; NULL: fine */
	size_t count, asking;
} records[] = {
	{ "", NULL, 0, 0 },
	{ "   ", NULL, 0, 0 },
	{ "+mx a:colo.example.com/28 -all", NULL, 3, 2 }, /* s3 */
	{ "+mx redirect=_spf.example.com", NULL, 1, 2 },  /* s6.1 */
	{ "redirect=_spf.example.com", NULL, 0, 1 },
	{ "a mx -all exp=explain._spf.%{d}", NULL, 3, 2 }, /* s6.2 */
	{ "mx -all exp=explain._spf.%{d2}", NULL, 2, 1 },
	{ "ptr -all", NULL, 2, 1 },
	{ "ptr:otherdomain.com -all", NULL, 2, 1 },
	{ "include:example.com include:example.org -all", NULL, 3, 2 },
	{ "ip4:192.0.2.128/28 -all", NULL, 2, 0 },
	{ "exists:%{ir}.%{l1r+-}._spf.%{d} -all", NULL, 2, 1 }, /* s7.1 */
	{ "mx/30 mx:example.org/30 -all", NULL, 3, 2 },		/* A.1 */
	{ "a/24//64 mx//48 a:x.example/0//0", NULL, 3, 3 },
	{ "A MX PTR IP4:1.2.3.4 ALL", NULL, 5, 3 },
	{ "moose=%{d} x-y.z_9= -all", NULL, 1, 0 }, /* s6: unknown modifiers */
	{ "default=deny", NULL, 0, 0 },
	{ "all all all", NULL, 3, 0 },
	{ "ip6:2001:db8::/32 ip6:::1 ip6:::ffff:192.0.2.1/128", NULL, 3, 0 },
	{ "a:example.com.", NULL, 1, 1 },
	{ "a:xn--bcher-kva.example", NULL, 1, 1 },
	{ "a:foo-bar.x-y", NULL, 1, 1 },
	{ "a:%{d}", NULL, 1, 1 },
	{ "a:%{d}.", "one label", 0, 0 }, /* "." toplabel is missing */
	{ "a:foo", "one label", 0, 0 },
	{ "a:foo.123", "ends like this", 0, 0 },
	{ "a:foo.-com", "ends like this", 0, 0 },
	{ "a:foo.com-", "ends like this", 0, 0 },
	{ "a:example.com:8080", "ends like this", 0, 0 },
	{ "a:example..com", NULL, 1, 1 }, /* grammatical; no such name can exist */
	{ "a:", "domain name is missing", 0, 0 },
	{ "a:/24", "domain name is missing", 0, 0 },
	{ "mx:", "domain name is missing", 0, 0 },
	{ "include", "colon is missing", 0, 0 },
	{ "include:", "domain name is missing", 0, 0 },
	{ "exists", "colon is missing", 0, 0 },
	{ "exists:%{i}.example.com/24", "ends like this", 0, 0 },
	{ "ip4", "colon is missing", 0, 0 },
	{ "ip4:", "address is missing", 0, 0 },
	{ "ip4:1.2.3", "no IPv4", 0, 0 },
	{ "ip4:1.2.3.256", "no IPv4", 0, 0 },
	{ "ip4:01.2.3.4", "no IPv4", 0, 0 },
	{ "ip4:1.2.3.4/33", "length of a network", 0, 0 },
	{ "ip4:1.2.3.4/032", "length of a network", 0, 0 },
	{ "ip4:1.2.3.4/", "no IPv4", 0, 0 },
	{ "ip4:1.2.3.4//32", "no IPv4", 0, 0 },
	{ "ip4:1.2.3.4:25", "no IPv4", 0, 0 },
	{ "ip6:1.2.3.4", "no IPv6", 0, 0 },
	{ "ip6:2001:db8::1/129", "length of a network", 0, 0 },
	{ "ip6:2001:db8::1%eth0", "no IPv6", 0, 0 },
	{ "a/33", "length of a network", 0, 0 },
	{ "a//129", "length of a network", 0, 0 },
	{ "a/24/64", "length of a network", 0, 0 },
	{ "a/", "does not belong", 0, 0 },
	{ "a/99999999999999999999", "length of a network", 0, 0 },
	{ "all:x.example", "does not belong", 0, 0 },
	{ "all/24", "does not belong", 0, 0 },
	{ "ptr/0", "does not belong", 0, 0 },
	{ "-", "no such mechanism", 0, 0 },
	{ "--all", "no such mechanism", 0, 0 },
	{ "=all", "no such mechanism", 0, 0 },
	{ "ipv4:1.2.3.4", "no such mechanism", 0, 0 },
	{ "mx,a", "no such mechanism", 0, 0 },
	{ "\"mx\"", "no such mechanism", 0, 0 },
	{ "a\tmx", "no such mechanism", 0, 0 },
	{ "-redirect=x.example", "no such mechanism", 0, 0 },
	{ "redirect=", "domain name is missing", 0, 0 },
	{ "redirect=a.example redirect=b.example", "more than once", 0, 0 },
	{ "exp=a.example -all exp=b.example", "more than once", 0, 0 },
	{ "exp=%{c}.example", "for explanations", 0, 0 },
	{ "a:%{x}.example", "no such macro", 0, 0 },
	{ "a:%{d0}.example", "at least one part", 0, 0 },
	{ "a:%{d-.example", "not closed", 0, 0 },
	{ "a:%(d).example", "starts no macro", 0, 0 },
	{ "a:50%", "starts no macro", 0, 0 },
	{ "moose=%", "starts no macro", 0, 0 },
	{ "a:b\xc3\xbc"
	  "cher.example",
	  "printable ASCII", 0, 0 },
};

static void
reads_records_to_the_letter(void **state)
{
	struct spf_record record;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		char text[256] = "v=spf1 ";
		int rc;

		memcpy(text + 7, records[i].text, strlen(records[i].text) + 1);
		err.text[0] = '\0';
		rc = spf_parse(span_of(text), &record, &err);
		if ((rc < 0) != (records[i].problem != NULL))
			fail_msg("%s: %s", text, err.text);
		if (rc < 0 && strstr(err.text, records[i].problem) == NULL)
			fail_msg("%s: said %s", text, err.text);
		if (rc == 0 &&
		    (record.count != records[i].count || record.asking != records[i].asking))
			fail_msg("%s: %zu terms, %zu ask", text, record.count, record.asking);
	}
}

static void
takes_a_term_apart(void **state)
{
	struct span rest = span_of("~a:%{d}/20//60 -ip4:192.0.2.0/24 ?mx x=y");
	struct spf_term term;

	(void)state;
	assert_int_equal(spf_next_term(&rest, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_A);
	assert_int_equal(term.qualifier, SPF_SOFTFAIL);
	assert_int_equal(term.prefix4, 20);
	assert_int_equal(term.prefix6, 60);
	assert_true(span_is(term.spec, "%{d}"));
	assert_int_equal(spf_next_term(&rest, &term, NULL), 1);
	assert_int_equal(term.qualifier, SPF_FAIL);
	assert_memory_equal(term.address, "\xc0\x00\x02\x00", 4);
	assert_int_equal(term.prefix4, 24);
	assert_int_equal(spf_next_term(&rest, &term, NULL), 1);
	assert_int_equal(term.qualifier, SPF_NEUTRAL);
	assert_int_equal(term.prefix4, 32);
	assert_int_equal(term.prefix6, 128);
	assert_int_equal(spf_next_term(&rest, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_UNKNOWN);
	assert_int_equal(spf_next_term(&rest, &term, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_claims_to_be_spf),
		cmocka_unit_test(reads_records_to_the_letter),
		cmocka_unit_test(takes_a_term_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
