/* test_dmarc_record.c - policy records: RFC 9989 s4.7, s4.8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "policy/dmarc_record.h"

static const struct {
	const char *text;
	bool counts;
} claims[] = {
	{ "v=DMARC1", true },
	{ "v=DMARC1;", true },
	{ "v = DMARC1 ; p=none", true },
	{ "v=DMARC1;p=none", true },
	{ "v=dmarc1; p=none", false }, /* the value's case counts */
	{ "V=DMARC1; p=none", false },
	{ " v=DMARC1; p=none", true }, /* white space around a tag is allowed */
	{ "v=DMARC1 p=none", false },  /* no semicolon: v has another value */
	{ "v=DMARC1\\; p=none", false },
	{ "\"v=DMARC1; p=none\"", false },
	{ "p=none; v=DMARC1", false },
	{ "v=DMARC2; p=none", false },
	{ "v=DMARC1,p=none", false },
	{ "v=spf1 -all", false },
	{ "", false },
};

static void
knows_what_counts_as_a_record(void **state)
{
	struct dmarc_record record;

	(void)state;
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		if (dmarc_record_is(span_of(claims[i].text)) != claims[i].counts ||
		    dmarc_record_parse(span_of(claims[i].text), &record) != claims[i].counts)
			fail_msg("%s", claims[i].text);
	}
}

/* "policy sub absent": n q r; aspf adkim: r s; t and psd; percent; usable; faults by letter */
#define FAULT_LETTERS "SURTVAPO" /* semicolon unknown removed twice value address policy order */
static const struct {
	const char *text, *policies, *modes, *faults;
	unsigned percent;
	size_t ruas;
	bool is_usable;
} cases[] = {
	{ "p=none", "nnn", "rrnu", "", 100, 0, true },
	{ "p=reject; rua=mailto:d@x.example", "rrr", "rrnu", "", 100, 1, true },
	{ "p=Quarantine;sp=REJECT", "qrr", "rrnu", "", 100, 0, true },
	{ "p=reject; sp=quarantine; np=none", "rqn", "rrnu", "", 100, 0, true },
	{ "p=none; np=reject", "nnr", "rrnu", "", 100, 0, true },
	{ "p=none; aspf=s; adkim=s; t=y; psd=n", "nnn", "ssyn", "", 100, 0, true },
	{ "p=none; psd=y;", "nnn", "rrny", "", 100, 0, true },
	{ "p=none; pct=25; ri=3600; rf=afrf", "nnn", "rrnu", "RRR", 25, 0, true },
	{ "p=none; pct=101", "nnn", "rrnu", "RV", 100, 0, true },
	{ "p=none; pct=x", "nnn", "rrnu", "RV", 100, 0, true },
	{ "p=none; fo=1:d:s; ruf=mailto:f@x.example", "nnn", "rrnu", "", 100, 0, true },
	{ "p=none; rua=mailto:a@x.example!10m,mailto:b@y.example", "nnn", "rrnu", "", 100, 2,
	  true },
	{ "p=none; rua=mailto:a@x.example , https://r.example/x", "nnn", "rrnu", "", 100, 2, true },
	{ "p=none; rua=a@x.example", "nnn", "rrnu", "A", 100, 0, true },
	{ "p=none; rua=mailto:", "nnn", "rrnu", "A", 100, 0, true },
	{ "p=none; rua=mailto:a@x.example mailto:b@x.example", "nnn", "rrnu", "A", 100, 0, true },
	{ "p=none; rua=mailto:@x.example,,mailto:a@", "nnn", "rrnu", "AAA", 100, 0, true },
	{ "", "nnn", "rrnu", "P", 100, 0, false },
	{ "rua=mailto:a@x.example", "nnn", "rrnu", "P", 100, 1, true },
	{ "p=rejcet", "nnn", "rrnu", "VP", 100, 0, false },
	{ "p=rejcet; rua=mailto:a@x.example", "nnn", "rrnu", "VP", 100, 1, true },
	{ "p=reject; sp=never", "nnn", "rrnu", "V", 100, 0, false },
	{ "p=reject; sp=never; rua=mailto:a@x.example", "nnn", "rrnu", "V", 100, 1, true },
	{ "p=reject; aspf=strict", "rrr", "rrnu", "V", 100, 0, true },
	{ "p=reject; p=none", "rrr", "rrnu", "T", 100, 0, true },
	{ "rua=mailto:a@x.example; p=reject", "rrr", "rrnu", "O", 100, 1, true },
	{ "p=reject rua=mailto:a@x.example", "nnn", "rrnu", "VP", 100, 0, false },
	{ "p=reject; rua", "rrr", "rrnu", "S", 100, 0, true },
	{ "p=reject;; sp=none", "rnn", "rrnu", "S", 100, 0, true },
	{ "p=reject; policy=none", "rrr", "rrnu", "U", 100, 0, true },
	{ "p=reject; a=; b=; c=; d=; e=; f=; g=; h=; i=", "rrr", "rrnu", "UUUUUUUU", 100, 0, true },
};

static void
reads_policies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[256] = "v=DMARC1; ", got[64], faults[DMARC_FAULTS_MAX + 1] = "";
		struct dmarc_record r;

		memcpy(text + 10, cases[i].text, strlen(cases[i].text) + 1);
		assert_true(dmarc_record_parse(span_of(text), &r));
		for (size_t k = 0; k < r.faults; k++)
			faults[k] = FAULT_LETTERS[r.fault[k].kind];
		snprintf(got, sizeof got, "%c%c%c %c%c%c%c %s %u %zu %d", "nqr"[r.policy],
			 "nqr"[r.sub_policy], "nqr"[r.absent_policy], "rs"[r.is_spf_strict],
			 "rs"[r.is_dkim_strict], "ny"[r.is_testing], "uyn"[r.psd], faults,
			 r.percent, r.ruas, r.is_usable);
		snprintf(text, sizeof text, "%s %s %s %u %zu %d", cases[i].policies, cases[i].modes,
			 cases[i].faults, cases[i].percent, cases[i].ruas, cases[i].is_usable);
		if (strcmp(got, text) != 0)
			fail_msg("%s: %s, not %s", cases[i].text, got, text);
	}
}

static void
says_what_is_wrong(void **state)
{
	struct dmarc_record record;
	char text[200];

	(void)state;
	assert_true(dmarc_record_parse(span_of("v=DMARC1; rua=me; pct=5; p=none"), &record));
	assert_int_equal(record.faults, 3);
	assert_string_equal(dmarc_fault_text(&record.fault[0], text, sizeof text),
			    "\"me\" is no address to report to (mailto:...)");
	assert_non_null(strstr(dmarc_fault_text(&record.fault[1], text, sizeof text), "RFC 9989"));
	assert_non_null(
		strstr(dmarc_fault_text(&record.fault[2], text, sizeof text), "second tag;"));
}

static void
finds_the_address_to_report_to(void **state)
{
	(void)state;
	assert_true(
		span_is(dmarc_record_address(span_of("mailto:a@b.example!10m")), "a@b.example"));
	assert_true(
		span_is(dmarc_record_address(span_of("MAILTO:a@b.example?x=y")), "a@b.example"));
	assert_int_equal(dmarc_record_address(span_of("https://b.example")).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_counts_as_a_record),
		cmocka_unit_test(reads_policies),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(finds_the_address_to_report_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
