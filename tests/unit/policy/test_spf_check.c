/* test_spf_check.c - check_host(), by the examples of RFC 7208 appendix A and the rules of s4 to
 * s7; each row says which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy_zone.h"

#include "policy/spf_check.h"

#define A RESOLVE_SET_A
#define AAAA RESOLVE_SET_AAAA
#define MX RESOLVE_SET_MX
#define PTR RESOLVE_SET_PTR
#define TXT RESOLVE_SET_TXT

/* RFC 7208 appendix A */
static const struct zone_row appendix_a[] = {
	{ "example.com", MX, "mail-a.example.com" },
	{ "example.com", MX, "mail-b.example.com" },
	{ "example.com", A, "192.0.2.10" },
	{ "example.com", A, "192.0.2.11" },
	{ "amy.example.com", A, "192.0.2.65" },
	{ "bob.example.com", A, "192.0.2.66" },
	{ "mail-a.example.com", A, "192.0.2.129" },
	{ "mail-b.example.com", A, "192.0.2.130" },
	{ "www.example.com", A, "192.0.2.10" },
	{ "example.org", MX, "mail-c.example.org" },
	{ "mail-c.example.org", A, "192.0.2.140" },
	{ "10.2.0.192.in-addr.arpa", PTR, "example.com" },
	{ "11.2.0.192.in-addr.arpa", PTR, "example.com" },
	{ "65.2.0.192.in-addr.arpa", PTR, "amy.example.com" },
	{ "66.2.0.192.in-addr.arpa", PTR, "bob.example.com" },
	{ "129.2.0.192.in-addr.arpa", PTR, "mail-a.example.com" },
	{ "130.2.0.192.in-addr.arpa", PTR, "mail-b.example.com" },
	{ "140.2.0.192.in-addr.arpa", PTR, "mail-c.example.org" },
	{ "4.0.0.10.in-addr.arpa", PTR, "bob.example.com" }, /* "bogus" */
	/* A.3 and A.4 */
	{ "mobile-users._spf.example.com", TXT, "v=spf1 exists:%{l1r+}.%{d}" },
	{ "mary.mobile-users._spf.example.com", A, "127.0.0.2" },
	{ "remote-users._spf.example.com", TXT, "v=spf1 exists:%{ir}.%{l1r+}.%{d}" },
	{ "15.15.168.192.joel.remote-users._spf.example.com", A, "127.0.0.2" },
	{ "16.15.168.192.joel.remote-users._spf.example.com", A, "127.0.0.2" },
	/* around it */
	{ "ok.example", TXT, "not SPF" },
	{ "ok.example", TXT, "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all" },
	{ "soft.example", TXT, "v=spf1 ~all" },
	{ "neutral.example", TXT, "v=spf1 ip4:198.51.100.1" },
	{ "none.example", TXT, "nothing" },
	{ "two.example", TXT, "v=spf1 -all" },
	{ "two.example", TXT, "v=spf1 +all" },
	{ "dead.example", TXT, NULL },
	{ "dead-host.example", A, NULL },
	{ "loop.example", TXT, "v=spf1 include:loop.example" },
	{ "ring.example", TXT, "v=spf1 redirect=ring.example" },
	{ "nomail.example", MX, "" },
	{ "why.example", TXT, "See http://%{d}/why?i=%{i}&s=%{S}&r=%{r}" },
	{ "why-two.example", TXT, "one" },
	{ "why-two.example", TXT, "two" },
	{ "why-bad.example", TXT, "%{x}" },
	{ "explains.example", TXT, "v=spf1 -all exp=why.example" },
	{ "many.example", MX, "m1.example" },
	{ "many.example", MX, "m2.example" },
	{ "many.example", MX, "m3.example" },
	{ "many.example", MX, "m4.example" },
	{ "many.example", MX, "m5.example" },
	{ "many.example", MX, "m6.example" },
	{ "many.example", MX, "m7.example" },
	{ "many.example", MX, "m8.example" },
	{ "many.example", MX, "m9.example" },
	{ "many.example", MX, "m10.example" },
	{ "many.example", MX, "m11.example" },
	{ "syntax.example", TXT, "v=spf1 -all ipv4:1.2.3.4" },
};

static const struct {
	const char *where, *record, *address, *sender;
	enum spf_result result;
	int lookups;	  /* -1: any */
	const char *term; /* that matched; of errors: words of the problem */
} cases[] = {
	/* A.1 */
	{ "A.1", "v=spf1 +all", "192.0.2.1", "a@example.com", SPF_PASS, 0, "+all" },
	{ "A.1", "v=spf1 a -all", "192.0.2.10", "a@example.com", SPF_PASS, 1, "a" },
	{ "A.1", "v=spf1 a -all", "192.0.2.11", "a@example.com", SPF_PASS, 1, "a" },
	{ "A.1", "v=spf1 a -all", "192.0.2.129", "a@example.com", SPF_FAIL, 1, "-all" },
	{ "A.1", "v=spf1 a:example.org -all", "192.0.2.10", "a@example.com", SPF_FAIL, 1, "-all" },
	{ "A.1", "v=spf1 mx -all", "192.0.2.129", "a@example.com", SPF_PASS, 1, "mx" },
	{ "A.1", "v=spf1 mx -all", "192.0.2.130", "a@example.com", SPF_PASS, 1, "mx" },
	{ "A.1", "v=spf1 mx:example.org -all", "192.0.2.140", "a@example.com", SPF_PASS, 1,
	  "mx:example.org" },
	{ "A.1", "v=spf1 mx mx:example.org -all", "192.0.2.140", "a@example.com", SPF_PASS, 2,
	  "mx:example.org" },
	{ "A.1", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "a@example.com", SPF_PASS, 1,
	  "mx/30" },
	{ "A.1", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.143", "a@example.com", SPF_PASS, 2,
	  "mx:example.org/30" },
	{ "A.1", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.144", "a@example.com", SPF_FAIL, 2,
	  "-all" },
	{ "A.1", "v=spf1 ptr -all", "192.0.2.65", "a@example.com", SPF_PASS, 1, "ptr" },
	{ "A.1", "v=spf1 ptr -all", "192.0.2.140", "a@example.com", SPF_FAIL, 1, "-all" },
	{ "A.1", "v=spf1 ptr -all", "10.0.0.4", "a@example.com", SPF_FAIL, 1, "-all" },
	{ "A.1", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "a@example.com", SPF_FAIL, 0,
	  "-all" },
	{ "A.1", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "a@example.com", SPF_PASS, 0,
	  "ip4:192.0.2.128/28" },
	/* A.3, A.4 */
	{ "A.4", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
	  "192.0.2.1", "mary@example.com", SPF_PASS, 3, "include:mobile-users._spf.%{d}" },
	{ "A.4", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
	  "192.168.15.15", "joel@example.com", SPF_PASS, 5, "include:remote-users._spf.%{d}" },
	{ "A.4", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
	  "192.168.15.17", "joel@example.com", SPF_FAIL, 5, "-all" },
	/* s4.3 to s4.7 */
	{ "s4.3 one label", NULL, "192.0.2.1", "a@localhost", SPF_NONE, 0, "no SPF record" },
	{ "s4.3 literal", NULL, "192.0.2.1", "a@[192.0.2.1]", SPF_NONE, 0, "no SPF record" },
	{ "s4.3 empty label", NULL, "192.0.2.1", "a@x..example", SPF_NONE, 0, "no SPF record" },
	{ "s4.3 NXDOMAIN", NULL, "192.0.2.1", "a@gone.example", SPF_NONE, 0, "no SPF record" },
	{ "s4.4 SERVFAIL", NULL, "192.0.2.1", "a@dead.example", SPF_TEMPERROR, 0, "SERVFAIL" },
	{ "s4.5 none", NULL, "192.0.2.1", "a@none.example", SPF_NONE, 0, "no SPF record" },
	{ "s4.5 two", NULL, "192.0.2.1", "a@two.example", SPF_PERMERROR, 0, "2 SPF records" },
	{ "s4.5 beside others", NULL, "192.0.2.1", "a@ok.example", SPF_PASS, 0,
	  "ip4:192.0.2.0/24" },
	{ "s4.6 errors first", "v=spf1 +all ipv4:1.2.3.4", "192.0.2.1", "a@x.example",
	  SPF_PERMERROR, 0, "no such mechanism" },
	{ "s4.7 default", NULL, "192.0.2.1", "a@neutral.example", SPF_NEUTRAL, 0, NULL },
	{ "final dot, upper case", NULL, "192.0.2.1", "a@OK.Example.", SPF_PASS, 0,
	  "ip4:192.0.2.0/24" },
	{ "postmaster", "v=spf1 exists:%{l}.%{o}", "192.0.2.1", "x.example", SPF_NEUTRAL, 1, NULL },
	{ "mapped address", NULL, "::ffff:192.0.2.9", "a@ok.example", SPF_PASS, 0,
	  "ip4:192.0.2.0/24" },
	{ "IPv6", NULL, "2001:db8::9", "a@ok.example", SPF_PASS, 0, "ip6:2001:db8::/32" },
	{ "IPv6, no match", NULL, "2001:db9::9", "a@ok.example", SPF_FAIL, 0, "-all" },
	{ "prefix 0", "v=spf1 ip6:::/0 -all", "192.0.2.1", "a@x.example", SPF_FAIL, 0, "-all" },
	{ "no address", NULL, "localhost", "a@ok.example", SPF_NONE, 0, "no address" },
	/* s4.6.4 */
	{ "ten look-ups", "v=spf1 a a a a a a a a a a ~all", "192.0.2.1", "a@example.com",
	  SPF_SOFTFAIL, 10, "~all" },
	{ "eleven", "v=spf1 a a a a a a a a a a a ~all", "192.0.2.1", "a@example.com",
	  SPF_PERMERROR, 11, "more than 10 terms" },
	{ "redirect is the eleventh", "v=spf1 a a a a a a a a a a redirect=ok.example", "192.0.2.1",
	  "a@example.com", SPF_PERMERROR, 11, "more than 10 terms" },
	{ "a loop", NULL, "192.0.2.1", "a@loop.example", SPF_PERMERROR, 11, "more than 10 terms" },
	{ "a ring", NULL, "192.0.2.1", "a@ring.example", SPF_PERMERROR, 11, "more than 10 terms" },
	{ "not reached", "v=spf1 ip4:192.0.2.1 include:loop.example", "192.0.2.1", "a@x.example",
	  SPF_PASS, 0, "ip4:192.0.2.1" },
	{ "two voids", "v=spf1 a:g1.example a:g2.example ~all", "192.0.2.1", "a@x.example",
	  SPF_SOFTFAIL, 2, "~all" },
	{ "three voids", "v=spf1 a:g1.example mx:g2.example exists:g3.example ~all", "192.0.2.1",
	  "a@x.example", SPF_PERMERROR, 3, "more than 2 names" },
	{ "voids of MX hosts", "v=spf1 mx:many.example -all", "192.0.2.1", "a@x.example",
	  SPF_PERMERROR, 1, "more than 10 MX" },
	{ "null MX", "v=spf1 mx:nomail.example -all", "192.0.2.1", "a@x.example", SPF_FAIL, 1,
	  "-all" },
	/* s5 */
	{ "s5.2 fail inside", "v=spf1 include:two-fails.example ~all", "198.51.100.9",
	  "a@x.example", SPF_PERMERROR, 1, "included but has no" },
	{ "s5.2 softfail inside", "v=spf1 -include:soft.example +all", "192.0.2.1", "a@x.example",
	  SPF_PASS, 1, "+all" },
	{ "s5.2 pass inside", "v=spf1 -include:ok.example +all", "192.0.2.1", "a@x.example",
	  SPF_FAIL, 1, "-include:ok.example" },
	{ "s5.2 none", "v=spf1 include:none.example +all", "192.0.2.1", "a@x.example",
	  SPF_PERMERROR, 1, "included but has no" },
	{ "s5.2 temperror", "v=spf1 include:dead.example +all", "192.0.2.1", "a@x.example",
	  SPF_TEMPERROR, 1, "SERVFAIL" },
	{ "s5.2 permerror", "v=spf1 include:syntax.example +all", "192.0.2.1", "a@x.example",
	  SPF_PERMERROR, 1, "syntax.example" },
	{ "s5.3 SERVFAIL", "v=spf1 a:dead-host.example +all", "192.0.2.1", "a@x.example",
	  SPF_TEMPERROR, 1, "dead-host.example" },
	{ "s5.5 no name at all", "v=spf1 ptr:example.com -all", "203.0.113.9", "a@x.example",
	  SPF_FAIL, 1, "-all" },
	{ "s5.7 A even for IPv6", "v=spf1 exists:amy.example.com -all", "2001:db8::1",
	  "a@x.example", SPF_PASS, 1, "exists:amy.example.com" },
	{ "a name that cannot be", "v=spf1 a:x..example a:y..example a:z..example -all",
	  "192.0.2.1", "a@x.example", SPF_FAIL, 3, "-all" },
	/* s6.1 */
	{ "s6.1", "v=spf1 redirect=ok.example", "192.0.2.1", "a@x.example", SPF_PASS, 1,
	  "ip4:192.0.2.0/24" },
	{ "s6.1 none there", "v=spf1 redirect=none.example", "192.0.2.1", "a@x.example",
	  SPF_PERMERROR, 1, "redirect= leads to" },
	{ "s6.1 after all", "v=spf1 ?all redirect=ok.example", "192.0.2.1", "a@x.example",
	  SPF_NEUTRAL, 0, "?all" },
	/* s7 */
	{ "p, of the domain", "v=spf1 a:%{p} -all", "192.0.2.65", "a@example.com", SPF_PASS, 1,
	  "a:%{p}" },
	{ "p, unknown", "v=spf1 exists:%{p}.example -all", "203.0.113.9", "a@example.com", SPF_FAIL,
	  1, "-all" },
};

static void
run(size_t i, struct zone *zone, struct spf_outcome *outcome)
{
	struct spf_query query = { .address = cases[i].address,
				   .sender = cases[i].sender,
				   .helo = "helo.example",
				   .lookup = zone_look_up,
				   .arg = zone };

	spf_check(&query, zone->arena, outcome);
}

/* with_record - the appendix's zone, and the case's own record at its sender's domain */
static size_t
with_record(size_t i, struct zone_row *rows)
{
	size_t n = sizeof appendix_a / sizeof *appendix_a;
	const char *at = strchr(cases[i].sender, '@');

	memcpy(rows, appendix_a, sizeof appendix_a);
	if (cases[i].record != NULL)
		rows[n++] =
			(struct zone_row){ at ? at + 1 : cases[i].sender, TXT, cases[i].record };
	return n;
}

static void
check_case(size_t i, const struct spf_outcome *outcome)
{
	const char *words = outcome->problem ? outcome->problem : outcome->term;

	if (outcome->result != cases[i].result)
		fail_msg("%s (%zu): %s %s", cases[i].where, i, spf_result_name(outcome->result),
			 words ? words : "");
	if (cases[i].lookups >= 0 && (int)outcome->lookups != cases[i].lookups)
		fail_msg("%s (%zu): %u look-ups", cases[i].where, i, outcome->lookups);
	if ((words != NULL) != (cases[i].term != NULL) ||
	    (words != NULL && strstr(words, cases[i].term) == NULL))
		fail_msg("%s (%zu): says %s", cases[i].where, i, words ? words : "nothing");
}

static void
evaluates_by_the_text(void **state)
{
	struct zone_row rows[sizeof appendix_a / sizeof *appendix_a + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct zone zone = { rows, with_record(i, rows), arena_new(0), 0, 0 };
		struct spf_outcome outcome;

		run(i, &zone, &outcome);
		check_case(i, &outcome);
		arena_free(&zone.arena);
	}
}

/* answered one question at a time, it comes to the same end */
static void
waits_for_answers(void **state)
{
	struct zone_row rows[sizeof appendix_a / sizeof *appendix_a + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct zone zone = { rows, with_record(i, rows), arena_new(0), 0, 1 };
		struct spf_outcome outcome;
		unsigned waits = 0;

		for (run(i, &zone, &outcome); outcome.is_pending; run(i, &zone, &outcome)) {
			assert_null(outcome.trace);
			zone.asked = 0;
			zone.patience++;
			waits++;
		}
		check_case(i, &outcome);
		assert_true(waits < 60);
		arena_free(&zone.arena);
	}
}

static const char *
explanation_of(const char *record)
{
	struct zone_row rows[sizeof appendix_a / sizeof *appendix_a + 1];
	size_t n = sizeof appendix_a / sizeof *appendix_a;
	struct zone zone = { rows, n + 1, arena_new(0), 0, 0 };
	struct spf_query query = { .address = "192.0.2.3",
				   .sender = "a@x.example",
				   .receiver = "r.example",
				   .wants_explanation = true,
				   .lookup = zone_look_up,
				   .arg = &zone };
	static char text[256];
	struct spf_outcome outcome;

	memcpy(rows, appendix_a, sizeof appendix_a);
	rows[n] = (struct zone_row){ "x.example", TXT, record };
	spf_check(&query, zone.arena, &outcome);
	assert_int_equal(outcome.result, SPF_FAIL);
	assert_null(outcome.problem);
	snprintf(text, sizeof text, "%s", outcome.explanation ? outcome.explanation : "");
	arena_free(&zone.arena);
	return text;
}

static void
explains_a_fail(void **state)
{
	(void)state;
	assert_string_equal(explanation_of("v=spf1 -all exp=why.example"),
			    "See http://x.example/why?i=192.0.2.3&s=a%40x.example&r=r.example");
	assert_string_equal(
		explanation_of("v=spf1 redirect=explains.example exp=none.example"),
		"See http://explains.example/why?i=192.0.2.3&s=a%40x.example&r=r.example");
	assert_string_equal(explanation_of("v=spf1 -include:ok.example exp=why-two.example -all"),
			    "");
	assert_string_equal(explanation_of("v=spf1 -all exp=why-bad.example"), "");
	assert_string_equal(explanation_of("v=spf1 -all exp=gone.example"), "");
	assert_string_equal(explanation_of("v=spf1 -all exp=dead.example"), "");
	assert_string_equal(explanation_of("v=spf1 -all"), "");
}

/* the whole record is walked, whatever matches: what it costs at worst */
static void
counts_a_whole_record(void **state)
{
	struct zone_row rows[] = {
		{ "x.example", TXT, "v=spf1 ip4:192.0.2.1 include:y.example a:h.example -all" },
		{ "y.example", TXT, "v=spf1 a:h.example mx:h.example ?all" },
		{ "h.example", A, "192.0.2.1" },
		{ "h.example", MX, "h.example" },
	};
	struct zone zone = { rows, 4, arena_new(0), 0, 0 };
	struct spf_query query = { .address = "192.0.2.1",
				   .sender = "a@x.example",
				   .matches_nothing = true,
				   .lookup = zone_look_up,
				   .arg = &zone };
	struct spf_outcome outcome;

	(void)state;
	spf_check(&query, zone.arena, &outcome);
	assert_int_equal(outcome.result, SPF_FAIL);
	assert_int_equal(outcome.lookups, 4);
	assert_string_equal(outcome.term, "-all");
	assert_true(outcome.traces >= 6);
	assert_string_equal(outcome.trace[1].text, "look-up 1: include:y.example (y.example)");
	assert_int_equal(outcome.trace[3].depth, 1);
	arena_free(&zone.arena);
}

/* what anybody gets, by the record alone */
static void
tells_what_anybody_gets(void **state)
{
	static const struct {
		const char *record;
		enum spf_result result;
	} records[] = {
		{ "v=spf1 +all", SPF_PASS },
		{ "v=spf1 ip4:192.0.2.1 all", SPF_PASS },
		{ "v=spf1 ip4:192.0.2.1 ~all", SPF_SOFTFAIL },
		{ "v=spf1 ip4:0.0.0.0/0 -all", SPF_PASS },
		{ "v=spf1 ip4:192.0.2.1/1 -all", SPF_FAIL },
		{ "v=spf1 a:h.example//0 -all", SPF_FAIL },
		{ "v=spf1 a:h.example/0 -all", SPF_PASS },
		{ "v=spf1 include:open.example -all", SPF_PASS },
		{ "v=spf1 include:shut.example -all", SPF_FAIL },
		{ "v=spf1 redirect=open.example", SPF_PASS },
		{ "v=spf1 -include:open.example +all", SPF_FAIL },
		{ "v=spf1 ip4:192.0.2.1", SPF_NEUTRAL },
		{ "v=spf1 ?all", SPF_NEUTRAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		struct zone_row rows[] = {
			{ "x.example", TXT, records[i].record },
			{ "open.example", TXT, "v=spf1 +all" },
			{ "shut.example", TXT, "v=spf1 ip4:192.0.2.1 -all" },
			{ "h.example", A, "192.0.2.1" },
		};
		struct zone zone = { rows, 4, arena_new(0), 0, 0 };
		struct spf_query query = { .address = "192.0.2.1",
					   .sender = "a@x.example",
					   .matches_nothing = true,
					   .lookup = zone_look_up,
					   .arg = &zone };
		struct spf_outcome outcome;

		spf_check(&query, zone.arena, &outcome);
		if (outcome.result != records[i].result)
			fail_msg("%s: %s", records[i].record, spf_result_name(outcome.result));
		arena_free(&zone.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates_by_the_text),   cmocka_unit_test(waits_for_answers),
		cmocka_unit_test(explains_a_fail),	   cmocka_unit_test(counts_a_whole_record),
		cmocka_unit_test(tells_what_anybody_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
