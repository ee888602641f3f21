/* test_domain_conclude.c - from what was found to the sentence of the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "domain/domain_conclude.h"

#define RECORDS 3 /* of which the last is optional */
#define SERVERS 2

static const char *const names[RECORDS] = { "k1._domainkey.shop.example", "shop.example",
					    "bounce.shop.example" };

/* state of both records that mail needs: 'o' ok, 's' spreading, 'u' unreadable, 'd' different, 'm'
 * missing; who answered for each record: one letter a server, '-' no, "SERVER RECORD" by turns */
static const struct {
	const char *name, *states, *answers;
	int policy; /* -1: none applies */
	bool is_testing, no_sources;
	const char *spf; /* for each of two addresses: 'p' pass, 'f' fail */
	const char *open;
	enum domain_state state;
	const char *sentence;		 /* what it begins with */
	const char *rest;		 /* what is in it, too */
	const char *verdict, *doubts[2]; /* words; NULL: there is none */
	bool is_uncertain;
} cases[] = {
	{ "all is well", "oo", "yyyyyy", DMARC_REJECT, .spf = "pp",
	  .sentence = "Yes. shop.example is ready: all 2 records", .rest = "by SPF and by DKIM" },
	{ "one server is dead", "oo", "yyy---", DMARC_REJECT, .spf = "pp",
	  .sentence = "Not certain. All 2 records of shop.example that mail needs are right where "
		      "they were seen, but 1 of 2 servers gave no answer.",
	  .doubts = { "9.9.9.9, a resolver, is silent." } },
	{ "one answer is missing", "oo", "y-yyyy", DMARC_REJECT, .spf = "pp",
	  .sentence = "Not certain. ", .rest = "1 of 2 servers",
	  .doubts = { "ns1, a server of the zone, gave no answer for shop.example TXT." } },
	{ "an optional answer is missing", "oo", "yy-yyy", DMARC_REJECT, .spf = "pp",
	  .sentence = "Yes. " },
	{ "nobody answers", "uu", "------", -1, .spf = "", .state = DOMAIN_UNREADABLE,
	  .sentence = "Unknown. None of the servers gave an answer", .is_uncertain = true,
	  .doubts = { "ns1, a server of the zone, is silent", "9.9.9.9, a resolver, is silent" } },
	{ "one record cannot be read", "uo", "-yy-yy", DMARC_REJECT, .spf = "pp",
	  .state = DOMAIN_UNREADABLE,
	  .sentence = "Unknown. 1 of the 2 records of shop.example that mail needs cannot be read. "
		      "Sentence 0." },
	{ "SPF is evaluated for nobody", "oo", "yyyyyy", DMARC_REJECT, .spf = "",
	  .no_sources = true, .sentence = "Not certain. ", .rest = "SPF could not be evaluated",
	  .doubts = { "SPF could not be evaluated: why. Do this." } },
	{ "all fails, reject", "md", "yyyyyy", DMARC_REJECT, .spf = "ff", .state = DOMAIN_MISSING,
	  .sentence = "No. Receivers reject all mail from shop.example now: it fails DMARC, since "
		      "neither SPF nor DKIM passes, and the policy of shop.example is p=reject. 2 "
		      "of the 2 records of shop.example that mail needs are not right. Sentence 0.",
	  .verdict = "Receivers reject" },
	{ "all fails, quarantine", "mm", "yyyyyy", DMARC_QUARANTINE, .spf = "ff",
	  .state = DOMAIN_MISSING,
	  .sentence = "No. Receivers put into spam folders all mail from shop.example now",
	  .verdict = "spam folders" },
	{ "all fails, testing", "mm", "yyyyyy", DMARC_REJECT, true, .spf = "ff",
	  .state = DOMAIN_MISSING,
	  .sentence = "No. Receivers reject or put into spam folders all mail", .rest = "(t=y)",
	  .verdict = "spam folders" },
	{ "all fails, no policy", "mm", "yyyyyy", -1, .spf = "ff", .state = DOMAIN_MISSING,
	  .sentence = "No. Gmail, Yahoo and Outlook reject or junk all mail",
	  .verdict = "neither SPF nor DKIM passes" },
	{ "fails by one address", "md", "yyyyyy", DMARC_REJECT, .spf = "pf",
	  .state = DOMAIN_MISSING,
	  .sentence = "No. Receivers reject mail from shop.example that leaves by 192.0.2.11 now",
	  .verdict = "Receivers reject" },
	{ "fails, and a server is dead", "md", "yyy---", DMARC_REJECT, .spf = "ff",
	  .state = DOMAIN_MISSING, .sentence = "No. Receivers reject all mail",
	  .verdict = "Receivers reject", .doubts = { "9.9.9.9, a resolver, is silent." } },
	{ "passes by one", "mo", "yyyyyy", DMARC_REJECT, .spf = "pp", .state = DOMAIN_MISSING,
	  .sentence = "No. 1 of the 2 records of shop.example that mail needs is not right. "
		      "Sentence 0." },
	{ "who knows of DKIM", "sd", "yyyyyy", DMARC_REJECT, .spf = "ff", .state = DOMAIN_DIFFERENT,
	  .sentence = "No. 2 of the 2",
	  .rest = "SPF fails; if DKIM does not pass either, receivers reject all mail from here",
	  .is_uncertain = true },
	{ "who knows of SPF", "mo", "yyyyyy", DMARC_QUARANTINE, .spf = "", .no_sources = true,
	  .state = DOMAIN_MISSING, .sentence = "No. 1 of the 2",
	  .rest = "DKIM fails; if SPF does not pass either, receivers put into spam folders",
	  .doubts = { "SPF could not be evaluated" }, .is_uncertain = true },
	{ "wrong and unreadable", "du", "y-yy-y", DMARC_REJECT, .spf = "ff",
	  .state = DOMAIN_DIFFERENT,
	  .sentence = "No. 1 of the 2 records of shop.example that mail needs is not right, and 1 "
		      "cannot be read. Sentence 0.",
	  .is_uncertain = true },
	{ "open to all", "oo", "yyyyyy", DMARC_REJECT, .spf = "pp", .open = "anybody may (+all)",
	  .sentence = "Yes, but anybody may (+all). " },
	{ "open to all, and a server is dead", "oo", "---yyy", DMARC_REJECT, .spf = "pp",
	  .open = "anybody may (+all)", .sentence = "Not certain. ",
	  .rest = "And anybody may (+all).",
	  .doubts = { "ns1, a server of the zone, is silent." } },
};

struct world {
	struct domain_report report;
	struct domain_finding finding[RECORDS];
	struct domain_answer answer[RECORDS][SERVERS];
	struct domain_spf spf[2];
};

static void
find_records(struct world *w, size_t k)
{
	static const enum domain_state states[128] = {
		['s'] = DOMAIN_SPREADING,
		['u'] = DOMAIN_UNREADABLE,
		['d'] = DOMAIN_DIFFERENT,
		['m'] = DOMAIN_MISSING,
	};
	static const char *const sentences[] = { "Sentence 0.", "Sentence 1.", "Sentence 2." };

	for (size_t i = 0; i < RECORDS; i++) {
		bool is_last = i == RECORDS - 1;

		w->finding[i] = (struct domain_finding){
			.name = names[i],
			.type = "TXT",
			.is_optional = is_last,
			.state = is_last ? DOMAIN_OK : states[(int)cases[k].states[i]],
			.sentence = sentences[i],
			.answer = w->answer[i],
			.answers = SERVERS,
		};
		for (size_t s = 0; s < SERVERS; s++)
			w->answer[i][s] = (struct domain_answer){
				.server = s == 0 ? "ns1" : "9.9.9.9",
				.is_own = s == 0,
				.set = { .status = cases[k].answers[s * RECORDS + i] == '-'
							   ? RESOLVE_FAILED
							   : RESOLVE_FOUND },
			};
	}
}

static void
make(struct world *w, size_t k)
{
	char dkim = cases[k].states[0], spf = cases[k].states[1];

	find_records(w, k);
	w->report.domain = "shop.example";
	w->report.finding = w->finding;
	w->report.findings = RECORDS;
	w->report.spf = w->spf;
	w->report.spfs = strlen(cases[k].spf);
	for (size_t i = 0; i < w->report.spfs; i++)
		w->spf[i] = (struct domain_spf){
			.identity = "from",
			.address = i == 0 ? "192.0.2.10" : "192.0.2.11",
			.outcome.result = cases[k].spf[i] == 'p' ? SPF_PASS : SPF_FAIL,
		};
	w->report.open_to = cases[k].open;
	w->report.spf_why =
		cases[k].no_sources ? "SPF could not be evaluated: why. Do this." : NULL;
	w->report.dmarc = (struct domain_dmarc){
		.policy_domain = cases[k].policy < 0 ? NULL : "shop.example",
		.policy = cases[k].policy < 0 ? DMARC_NONE : (enum dmarc_policy)cases[k].policy,
		.is_testing = cases[k].is_testing,
		.is_dkim_passing = dkim == 'o',
		.is_dkim_certain = dkim != 's' && dkim != 'u',
		.is_spf_passing = strcmp(cases[k].spf, "pp") == 0,
		.is_spf_certain = spf == 'm' || spf == 'd' || strcmp(cases[k].spf, "pp") == 0,
	};
}

static void
expect(const char *name, const char *what, const char *text, const char *words)
{
	if ((text == NULL) != (words == NULL) || (text != NULL && strstr(text, words) == NULL))
		fail_msg("%s: %s: %s", name, what, text ? text : "none");
}

static void
begins_with_what_becomes_of_mail(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct world w = { .report = { .arena = arena_new(0) } };
		struct domain_report *r = &w.report;
		size_t doubts = 0;

		make(&w, k);
		domain_conclude(r);
		if (r->state != cases[k].state ||
		    strstr(r->sentence, cases[k].sentence) != r->sentence)
			fail_msg("%s: %s: %s", cases[k].name, domain_state_name(r->state),
				 r->sentence);
		if (cases[k].rest != NULL)
			expect(cases[k].name, "sentence", r->sentence, cases[k].rest);
		expect(cases[k].name, "verdict", r->verdict, cases[k].verdict);
		assert_true(r->is_verdict_certain == !cases[k].is_uncertain);
		for (; doubts < 2 && cases[k].doubts[doubts] != NULL; doubts++)
			expect(cases[k].name, "doubt", doubts < r->doubts ? r->doubt[doubts] : NULL,
			       cases[k].doubts[doubts]);
		if (r->doubts != doubts)
			fail_msg("%s: doubt %s", cases[k].name, r->doubt[doubts]);
		arena_free(&r->arena);
	}
}

static void
says_when_the_zone_has_no_servers(void **state)
{
	struct world w = { .report = { .arena = arena_new(0) } };

	(void)state;
	make(&w, 0);
	for (size_t i = 0; i < RECORDS; i++)
		w.answer[i][0].is_own = false;
	domain_conclude(&w.report);
	assert_non_null(strstr(w.report.sentence, "Not certain. "));
	assert_non_null(strstr(w.report.doubt[0], "The zone's own servers for k1._domainkey"));
	arena_free(&w.report.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_what_becomes_of_mail),
		cmocka_unit_test(says_when_the_zone_has_no_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
