/* test_domain_judge.c - from what servers said to a state and to words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "domain/domain_judge.h"

#define SERVERS 3

/* what a server says: 'o' what is expected, 'd' another record, 'n' no record, 'x' no such name,
 * 'f' nothing; capitals: a server of the zone's own */
static const struct {
	const char *name, *said;
	enum domain_state state;
	const char *sentence, *todo; /* words of them; NULL: there is none */
} cases[] = {
	{ "all", "Ooo", DOMAIN_OK, "is right", NULL },
	{ "one silent", "Oof", DOMAIN_OK, "is right", NULL },
	{ "own silent", "Foo", DOMAIN_OK, "is right", NULL },
	{ "none", "Xxx", DOMAIN_MISSING, "is missing", "Publish _dmarc.shop.example" },
	{ "none, some silent", "Fxn", DOMAIN_MISSING, "is missing", "Publish" },
	{ "nobody answers", "Fff", DOMAIN_UNREADABLE, "cannot be read: SERVFAIL", "name servers" },
	{ "another", "Ddd", DOMAIN_DIFFERENT,
	  "is wrong: \"p\" has a value that it cannot have; receivers ignore the record.",
	  "Correct" },
	{ "another, or none", "Dxx", DOMAIN_DIFFERENT, "is wrong", "Correct" },
	{ "resolvers remember", "Oxo", DOMAIN_SPREADING, "2 of 3 servers have it",
	  "Wait: server 1 remembers an older answer, for 300 seconds" },
	{ "resolvers remember another", "Odd", DOMAIN_SPREADING, "1 of 3", "Wait: server 1" },
	{ "own servers differ", "OXo", DOMAIN_SPREADING, "2 of 3",
	  "do not agree; server 1 is behind" },
	{ "gone from the zone", "Xoo", DOMAIN_SPREADING, "2 of 3", "server 0 is behind" },
	{ "silent ones do not count", "Ofx", DOMAIN_SPREADING, "1 of 2", "Wait: server 2" },
};

static void
say(char what, size_t i, struct domain_answer *answer)
{
	static const struct resolve_set_record good = { .data = SPAN_LIT("v=DMARC1; p=none") };
	static const struct resolve_set_record other = { .data = SPAN_LIT("v=DMARC1; p=oops") };
	static const char *const names[SERVERS] = { "server 0", "server 1", "server 2" };

	*answer = (struct domain_answer){ .server = names[i], .ttl_sec = 300 };
	if (what < 'a') {
		answer->is_own = true;
		what = (char)(what + ('a' - 'A'));
	}
	if (what == 'o' || what == 'd')
		answer->set = (struct resolve_set){ .status = RESOLVE_FOUND,
						    .count = 1,
						    .record = what == 'o' ? &good : &other };
	else if (what == 'f')
		answer->set = (struct resolve_set){ .status = RESOLVE_FAILED, .why = "SERVFAIL" };
	else
		answer->set.status = what == 'x' ? RESOLVE_NXDOMAIN : RESOLVE_NODATA;
}

static void
weighs_what_servers_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(0);
		struct domain_answer answer[SERVERS];
		struct domain_finding finding = { .purpose = "dmarc",
						  .type = "TXT",
						  .name = "_dmarc.shop.example",
						  .expected = "v=DMARC1; p=none",
						  .answer = answer,
						  .answers = SERVERS };

		for (size_t k = 0; k < SERVERS; k++) {
			say(cases[i].said[k], k, &answer[k]);
			domain_judge_answer(&finding, &answer[k], arena);
			assert_true((answer[k].state == DOMAIN_OK) == (answer[k].reason == NULL));
		}
		domain_judge_finding(&finding, arena);
		domain_judge_words(&finding, "shop.example", NULL, arena);
		if (finding.state != cases[i].state ||
		    strstr(finding.sentence, cases[i].sentence) == NULL ||
		    (finding.todo != NULL) != (cases[i].todo != NULL) ||
		    (finding.todo && strstr(finding.todo, cases[i].todo) == NULL))
			fail_msg("%s: %s: %s %s", cases[i].name, domain_state_name(finding.state),
				 finding.sentence, finding.todo ? finding.todo : "");
		if (finding.state != DOMAIN_OK)
			assert_non_null(finding.effect);
		if (finding.state == DOMAIN_DIFFERENT) {
			assert_string_equal(finding.found, "v=DMARC1; p=oops");
			assert_int_equal(finding.differs_at, strlen("v=DMARC1; p="));
		}
		arena_free(&arena);
	}
}

/* says_of_several - the reason, when a server has these two */
static void
says_of_several(const char *purpose, const char *one, const char *two, const char *reason)
{
	struct arena *arena = arena_new(0);
	const struct resolve_set_record records[] = { { .data = span_of(one) },
						      { .data = span_of("something else") },
						      { .data = span_of(two) } };
	struct domain_answer answer = {
		.server = "s",
		.set = { .status = RESOLVE_FOUND, .count = 3, .record = records },
	};
	struct domain_finding finding = { .purpose = purpose,
					  .type = "TXT",
					  .name = "shop.example",
					  .expected = one,
					  .answer = &answer,
					  .answers = 1 };

	domain_judge_answer(&finding, &answer, arena);
	domain_judge_finding(&finding, arena);
	assert_int_equal(finding.state, DOMAIN_DIFFERENT);
	assert_string_equal(answer.reason, reason);
	assert_int_equal(finding.everys, 2);
	assert_string_equal(finding.every[0], one);
	assert_string_equal(finding.every[1], two);
	arena_free(&arena);
}

static void
shows_all_of_several(void **state)
{
	(void)state;
	says_of_several("spf", "v=spf1 -all", "v=spf1 ~all",
			"there are 2 of them, and receivers ignore both (SPF: permerror)");
	says_of_several("dmarc", "v=DMARC1; p=none", "v=DMARC1; p=reject",
			"there are 2 of them, and receivers ignore both");
}

static const char *
effect_of_key(const char *record, bool is_optional)
{
	static char effect[256];
	struct arena *arena = arena_new(0);
	struct domain_answer answer = { .server = "s", .set = { .status = RESOLVE_NXDOMAIN } };
	struct domain_finding finding = { .purpose = "dkim",
					  .type = "TXT",
					  .name = "k1._domainkey.shop.example",
					  .expected = record,
					  .is_optional = is_optional,
					  .answer = &answer,
					  .answers = 1 };

	domain_judge_answer(&finding, &answer, arena);
	domain_judge_finding(&finding, arena);
	domain_judge_words(&finding, "shop.example", NULL, arena);
	assert_string_equal(finding.sentence, "The DKIM key k1 is missing.");
	strncpy(effect, finding.effect, sizeof effect - 1);
	arena_free(&arena);
	return effect;
}

static void
tells_keys_apart(void **state)
{
	static const char ed[] =
		"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

	(void)state;
	assert_non_null(strstr(effect_of_key("v=DKIM1; p=", false), "cannot verify"));
	assert_non_null(strstr(effect_of_key(ed, false), "few receivers verify Ed25519"));
	assert_non_null(strstr(effect_of_key(ed, true), "does not sign with it"));
}

static void
warns_once(void **state)
{
	static const char *const more[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	struct domain_finding finding = { .warnings = 0 };

	(void)state;
	domain_judge_warn(&finding, "twice");
	domain_judge_warn(&finding, "twice");
	assert_int_equal(finding.warnings, 1);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		domain_judge_warn(&finding, more[i]);
	assert_int_equal(finding.warnings, DOMAIN_WARNINGS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weighs_what_servers_say),
		cmocka_unit_test(shows_all_of_several),
		cmocka_unit_test(tells_keys_apart),
		cmocka_unit_test(warns_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
