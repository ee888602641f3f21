/* test_dmarc_walk.c - the tree walk of RFC 9989 s4.10, its examples, and policy discovery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy_zone.h"

#include "policy/dmarc_walk.h"

#define TXT RESOLVE_SET_TXT
#define ROWS_MAX 4

static const struct {
	const char *name, *domain;
	struct zone_row row[ROWS_MAX];
	const char *organisation;
	const char *owner;   /* of the policy; NULL: DMARC does not apply */
	char policy, absent; /* n q r; of a domain in the DNS, and of one that is not */
	size_t asked;
} cases[] = {
	/* s4.10.2 */
	{ "the first example",
	  "a.mail.example.com",
	  { { "_dmarc.mail.example.com", TXT, "v=DMARC1; p=none" },
	    { "_dmarc.example.com", TXT, "v=DMARC1; p=reject; sp=quarantine" } },
	  "example.com",
	  "example.com",
	  'q',
	  'q',
	  4 },
	{ "only a public suffix domain's",
	  "a.mail.example.com",
	  { { "_dmarc.com", TXT, "v=DMARC1; p=reject; psd=y; np=none" } },
	  "example.com",
	  "com",
	  'r',
	  'n',
	  4 },
	{ "none at all",
	  "a.mail.example.com",
	  { { "x", TXT, "" } },
	  "a.mail.example.com",
	  NULL,
	  0,
	  0,
	  4 },
	{ "its own",
	  "mail.example.com",
	  { { "_dmarc.mail.example.com", TXT, "v=DMARC1; p=quarantine; sp=reject" },
	    { "_dmarc.example.com", TXT, "v=DMARC1; p=none" } },
	  "example.com",
	  "mail.example.com",
	  'q',
	  'q',
	  3 },
	{ "psd=n ends it",
	  "a.b.example.com",
	  { { "_dmarc.b.example.com", TXT, "v=DMARC1; p=reject; psd=n" },
	    { "_dmarc.example.com", TXT, "v=DMARC1; p=none" } },
	  "b.example.com",
	  "b.example.com",
	  'r',
	  'r',
	  2 },
	{ "psd=n at the start",
	  "a.example.com",
	  { { "_dmarc.a.example.com", TXT, "v=DMARC1; p=reject; psd=n" } },
	  "a.example.com",
	  "a.example.com",
	  'r',
	  'r',
	  1 },
	{ "psd=y at the start is no end",
	  "bank.example",
	  { { "_dmarc.bank.example", TXT, "v=DMARC1; p=reject; psd=y" },
	    { "_dmarc.example", TXT, "v=DMARC1; p=none; psd=y" } },
	  "bank.example",
	  "bank.example",
	  'r',
	  'r',
	  2 },
	{ "psd=y on the way, a record below",
	  "a.shop.bank",
	  { { "_dmarc.shop.bank", TXT, "v=DMARC1; p=none; sp=reject" },
	    { "_dmarc.bank", TXT, "v=DMARC1; p=reject; psd=y" } },
	  "shop.bank",
	  "shop.bank",
	  'r',
	  'r',
	  3 },
	{ "two records are none",
	  "example.com",
	  { { "_dmarc.example.com", TXT, "v=DMARC1; p=none" },
	    { "_dmarc.example.com", TXT, "v=DMARC1; p=reject" } },
	  "example.com",
	  NULL,
	  0,
	  0,
	  2 },
	{ "others do not count",
	  "example.com",
	  { { "_dmarc.example.com", TXT, "v=spf1 -all" },
	    { "_dmarc.example.com", TXT, "v=DMARC1; p=reject" } },
	  "example.com",
	  "example.com",
	  'r',
	  'r',
	  2 },
	{ "of no use",
	  "example.com",
	  { { "_dmarc.example.com", TXT, "v=DMARC1; p=oops" } },
	  "example.com",
	  NULL,
	  0,
	  0,
	  2 },
	{ "np and sp",
	  "gone.example.com",
	  { { "_dmarc.example.com", TXT, "v=DMARC1; p=none; sp=quarantine; np=reject" } },
	  "example.com",
	  "example.com",
	  'q',
	  'r',
	  3 },
	/* s4.10: at most eight questions */
	{ "eight labels",
	  "a.b.c.d.e.mail.example.com",
	  { { "_dmarc.example.com", TXT, "v=DMARC1; p=none" } },
	  "example.com",
	  "example.com",
	  'n',
	  'n',
	  8 },
	{ "thirteen labels",
	  "a.b.c.d.e.f.g.h.i.j.mail.example.com",
	  { { "_dmarc.example.com", TXT, "v=DMARC1; p=none" },
	    { "_dmarc.b.c.d.e.f.g.h.i.j.mail.example.com", TXT, "v=DMARC1; p=reject; psd=n" },
	    { "_dmarc.g.h.i.j.mail.example.com", TXT, "v=DMARC1; p=reject; psd=y" } },
	  "f.g.h.i.j.mail.example.com",
	  "g.h.i.j.mail.example.com",
	  'r',
	  'r',
	  2 },
};

static const struct dmarc_step *
walk_case(size_t i, struct zone *zone, struct dmarc_walk *walk)
{
	while (zone->rows < ROWS_MAX && cases[i].row[zone->rows].name != NULL)
		zone->rows++;
	dmarc_walk(cases[i].domain, zone_look_up, zone, walk);
	return walk->policy_step;
}

static void
walks_by_the_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct zone zone = { cases[i].row, 0, arena_new(0), 0, 0 };
		struct dmarc_walk walk;
		const struct dmarc_step *step = walk_case(i, &zone, &walk);
		enum dmarc_policy policy = 0, absent = 0;

		if (strcmp(walk.organisation, cases[i].organisation) != 0)
			fail_msg("%s: %s", cases[i].name, walk.organisation);
		if ((step != NULL) != (cases[i].owner != NULL) ||
		    (step && strcmp(step->domain, cases[i].owner) != 0))
			fail_msg("%s: %s", cases[i].name, step ? step->domain : "none");
		assert_int_equal(dmarc_walk_policy(&walk, true, &policy), step != NULL);
		assert_int_equal(dmarc_walk_policy(&walk, false, &absent), step != NULL);
		if (step && ("nqr"[policy] != cases[i].policy || "nqr"[absent] != cases[i].absent))
			fail_msg("%s: %c %c", cases[i].name, "nqr"[policy], "nqr"[absent]);
		if (zone.asked != cases[i].asked)
			fail_msg("%s: %u questions", cases[i].name, zone.asked);
		arena_free(&zone.arena);
	}
}

static void
asks_for_the_names_in_order(void **state)
{
	static const char *const names[] = {
		"a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"g.h.i.j.mail.example.com",
		"h.i.j.mail.example.com",
		"i.j.mail.example.com",
		"j.mail.example.com",
		"mail.example.com",
		"example.com",
		"com",
	};
	struct zone zone = { NULL, 0, arena_new(0), 0, 0 };
	struct dmarc_walk walk;

	(void)state;
	dmarc_walk(names[0], zone_look_up, &zone, &walk);
	assert_int_equal(walk.steps, DMARC_WALK_MAX);
	for (size_t i = 0; i < walk.steps; i++)
		assert_string_equal(walk.step[i].domain, names[i]);
	zone.patience = 3;
	zone.asked = 0;
	dmarc_walk(names[0], zone_look_up, &zone, &walk);
	assert_true(walk.is_pending);
	arena_free(&zone.arena);
}

static void
says_when_a_server_failed(void **state)
{
	static const struct zone_row rows[] = {
		{ "_dmarc.a.example.com", TXT, NULL },
		{ "_dmarc.example.com", TXT, "v=DMARC1; p=none" },
	};
	struct zone zone = { rows, 2, arena_new(0), 0, 0 };
	struct dmarc_walk walk;

	(void)state;
	dmarc_walk("a.example.com", zone_look_up, &zone, &walk);
	assert_string_equal(walk.why, "SERVFAIL");
	assert_string_equal(walk.organisation, "example.com");
	arena_free(&zone.arena);
}

static void
aligns_strictly_or_by_organisation(void **state)
{
	static const struct {
		const char *one, *its, *from, *froms;
		bool strict, is_aligned;
	} rows[] = {
		{ "example.com", "example.com", "example.com", "example.com", true, true },
		{ "Example.COM", "example.com", "example.com", "example.com", true, true },
		{ "bounce.example.com", "example.com", "example.com", "example.com", false, true },
		{ "bounce.example.com", "example.com", "example.com", "example.com", true, false },
		{ "a.example.com", "example.com", "b.example.com", "example.com", false, true },
		{ "example.net", "example.net", "example.com", "example.com", false, false },
		{ "a.co.uk", "a.co.uk", "b.co.uk", "b.co.uk", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(dmarc_is_aligned(rows[i].one, rows[i].its, rows[i].from,
						  rows[i].froms, rows[i].strict),
				 rows[i].is_aligned);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_by_the_text),
		cmocka_unit_test(asks_for_the_names_in_order),
		cmocka_unit_test(says_when_a_server_failed),
		cmocka_unit_test(aligns_strictly_or_by_organisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
