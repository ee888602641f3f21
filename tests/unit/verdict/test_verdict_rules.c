/* test_verdict_rules.c - rules from text: what is taken, what is refused and how, and
 * that an operator's rules are asked before the shipped ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "verdict/verdict.h"
#include "verdict/verdict_private.h"
#include "verdict/verdict_rules.h"
#include "verdict_kit.h"

static struct verdict_rules *
build(const char *text, struct err *err)
{
	const struct verdict_source source = { "my.rules", span_of(text) };

	return verdict_rules_new(&source, 1, err);
}

static struct verdict
judge(const struct verdict_rules *rules, const char *raw, const char *provider)
{
	struct verdict_input input;
	struct verdict v;

	verdict_parse_reply(span_of(raw), &input);
	input.provider = provider;
	verdict_judge(rules, &input, &v);
	return v;
}

#define OK "rule a\ncategory policy\nphrase abc\n"

static void
refuses_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *name, *text, *reason;
	} rows[] = {
		{ "word", OK "fraze x\n", "my.rules:4: \"fraze\" is not understood" },
		{ "nothing after a word", "rule\n", "my.rules:1: nothing follows \"rule\"" },
		{ "before a rule", "# x\n\ncategory policy\n",
		  "my.rules:3: \"category\" before the first rule" },
		{ "name", "rule a b\n", "my.rules:1: a rule needs a name" },
		{ "category", "rule a\ncategory spam\n",
		  "my.rules:2: there is no category \"spam\"" },
		{ "no category", "rule a\nphrase abc\nrule b\n",
		  "my.rules:1: rule \"a\" has no category" },
		{ "second category", "rule a\ncategory policy\ncategory policy\n",
		  "my.rules:3: rule \"a\" has a category already" },
		{ "no condition", "rule a\ncategory policy\n",
		  "my.rules:1: rule \"a\" has neither phrase nor match" },
		{ "flag", "rule a\nflags loud\n", "my.rules:2: there is no flag \"loud\"" },
		{ "flag twice", "rule a\nflags broad broad\n",
		  "my.rules:2: rule \"a\" has flag broad already" },
		{ "provider twice", "rule a\nprovider x\nprovider y\n",
		  "my.rules:3: rule \"a\" has a provider line already" },
		{ "short phrase", "rule a\nphrase ab | c\n",
		  "my.rules:2: a phrase has 2 to 200 bytes" },
		{ "empty phrase", "rule a\nphrase ab || cd\n", "my.rules:2: a phrase has" },
		{ "phrase twice in a rule", "rule a\nphrase ab | AB\n",
		  "my.rules:2: phrase \"ab\" is in this rule twice" },
		{ "name twice", OK OK, "my.rules:4: rule \"a\" is there already (my.rules:1)" },
		{ "name of a shipped rule", "rule grey\ncategory policy\nphrase abc\n",
		  "my.rules:1: rule \"grey\" is the name of a shipped rule" },
		{ "phrase in two rules", OK "rule b\ncategory policy\nphrase x1 | abc\n",
		  "my.rules:4: rule \"b\": phrase \"abc\" is in rule \"a\" too" },
		{ "match in two rules",
		  "rule a\ncategory policy\nmatch x+\nrule b\ncategory policy\nmatch x+\n",
		  "my.rules:4: rule \"b\": match \"x+\" is in rule \"a\" too" },
		{ "pattern", "rule a\ncategory policy\nmatch (x\n",
		  "my.rules:3: rule \"a\": match: missing closing parenthesis" },
		{ "halves of a pattern", "rule a\nmatch (x\nmatch y)\n",
		  "my.rules:2: rule \"a\": match: missing closing parenthesis" },
		{ "control byte", "rule a\nphrase a\001b\n", "my.rules:2: control character" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = { 0 };
		struct verdict_rules *rules = build(rows[i].text, &err);

		if (rules != NULL || err.kind != ERR_INPUT ||
		    strncmp(err.text, rows[i].reason, strlen(rows[i].reason)) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, rules ? "taken" : err.text);
	}
}

static void
refuses_what_is_too_large(void **state)
{
	char *text = mem_alloc(VERDICT_RULES_FILE_MAX_BYTES + 2);
	struct err err;
	size_t n = 0;

	(void)state;
	memset(text, '#', VERDICT_RULES_FILE_MAX_BYTES + 1);
	text[VERDICT_RULES_FILE_MAX_BYTES + 1] = '\0';
	assert_null(build(text, &err));
	assert_string_equal(err.text, "my.rules:1: larger than 1 MiB: not a file of rules");
	text[1001] = '\0';
	assert_null(build(text, &err));
	assert_string_equal(err.text, "my.rules:1: the line is longer than 1000 bytes");
	for (int i = 0; i <= VERDICT_RULES_MAX; i++)
		n += (size_t)snprintf(text + n, 80, "rule r%d\ncategory policy\nphrase p%d.\n",
				      i, i);
	assert_null(build(text, &err));
	assert_string_equal(err.text, "my.rules:3073: more than 1024 rules");
	mem_free(text);
}

static void
an_operator_s_rule_is_asked_first(void **state)
{
	const char *full = "452 4.2.2 Mailbox full";
	const char *text = "# ours\n\nrule ours.full\r\n"
			   "\tcategory  policy\n\tphrase Mailbox   FULL | zz9\n"
			   "rule ours.hal\n\tcategory spam_content\n\tprovider hal dave\n"
			   "\tphrase pod bay\n\tmatch door(s)?\\b\n"
			   "rule ours.broad\n\tcategory rate_limited\n\tflags broad recipient\n"
			   "\tphrase frobnicated";
	struct err err = { 0 };
	struct verdict_rules *rules = build(text, &err), *again;
	struct verdict v;

	(void)state;
	if (rules == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(judge(rules, full, NULL).rule, "ours.full");
	assert_string_equal(judge(NULL, full, NULL).rule, "full");
	assert_string_equal(judge(rules, "550 the pod bay door", "dave").rule, "ours.hal");
	assert_string_equal(judge(rules, "550 the pod bay door", NULL).rule, "ours.hal");
	assert_null(judge(rules, "550 the pod bay door", "da").rule);
	assert_null(judge(rules, "550 the pod bay window", "hal").rule);
	v = judge(rules, "450 frobnicated", NULL);
	assert_int_equal(v.category, VERDICT_RATE_LIMITED);
	assert_int_equal(v.scope, VERDICT_SCOPE_RECIPIENT);
	assert_int_equal(judge(rules, "550 5.2.2 frobnicated", NULL).category,
			 VERDICT_MAILBOX_FULL);
	again = verdict_rules_ref(rules);
	verdict_rules_unref(&rules);
	assert_null(rules);
	assert_string_equal(judge(again, full, NULL).rule, "ours.full");
	verdict_rules_unref(&again);
}

static void
an_unsure_rule_suppresses_only_with_a_status(void **state)
{
	struct err err;
	struct verdict_rules *rules =
		build("rule a\ncategory mailbox_unknown\nphrase pod bay\nflags unsure\n"
		      "rule b\ncategory mailbox_unknown\nphrase airlock\n", &err);

	(void)state;
	assert_true(judge(rules, "550 airlock", NULL).suppresses);
	assert_false(judge(rules, "550 pod bay", NULL).suppresses);
	assert_false(judge(rules, "550 5.7.1 pod bay", NULL).suppresses);
	assert_true(judge(rules, "550 5.1.0 pod bay", NULL).suppresses);
	assert_false(judge(rules, "450 4.1.0 pod bay", NULL).suppresses);
	verdict_rules_unref(&rules);
}

static bool
knows_hal(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "hal") == 0;
}

static void
a_provider_must_be_known(void **state)
{
	struct err err;
	struct verdict_rules *rules =
		build("rule a\nprovider hal\ncategory policy\nphrase abc\n"
		      "rule b\nprovider hal google2\ncategory policy\nphrase abc\n", &err);

	(void)state;
	assert_non_null(rules);
	assert_int_equal(verdict_rules_check_providers(rules, knows_hal, NULL, &err), -1);
	assert_string_equal(err.text, "my.rules:5: rule \"b\": there is no provider \"google2\"");
	verdict_rules_unref(&rules);
	rules = build("rule a\nprovider hal\ncategory policy\nphrase abc\n", &err);
	assert_int_equal(verdict_rules_check_providers(rules, knows_hal, NULL, &err), 0);
	verdict_rules_unref(&rules);
}

static void
a_pattern_may_have_any_number_of_groups(void **state)
{
	struct err err;
	struct verdict_rules *rules =
		build("rule a\ncategory policy\n"
		      "match (a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)\nmatch pod bay\n", &err);

	(void)state;
	assert_string_equal(judge(rules, "550 abcdefghijkl", NULL).rule, "a");
	assert_string_equal(judge(rules, "550 POD bay", NULL).rule, "a");
	assert_null(judge(rules, "550 abcdefghijk", NULL).rule);
	verdict_rules_unref(&rules);
}

/* a pattern that goes back and forth for ever ends, and does not match */
static void
a_costly_pattern_is_cut(void **state)
{
	char reply[600] = "550 ";
	struct err err;
	struct verdict_rules *rules =
		build("rule a\ncategory policy\nmatch (x+x+)+y\n", &err);

	(void)state;
	memset(reply + 4, 'x', sizeof reply - 5);
	reply[sizeof reply - 1] = '\0';
	assert_null(judge(rules, reply, NULL).rule);
	verdict_rules_unref(&rules);
}

static void
files_are_read_or_named(void **state)
{
	const char *missing[] = { "/nowhere/my.rules" };
	struct err err;

	(void)state;
	assert_null(verdict_rules_load(missing, 1, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "/nowhere/my.rules"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_does_not_understand),
		cmocka_unit_test(refuses_what_is_too_large),
		cmocka_unit_test(an_operator_s_rule_is_asked_first),
		cmocka_unit_test(an_unsure_rule_suppresses_only_with_a_status),
		cmocka_unit_test(a_provider_must_be_known),
		cmocka_unit_test(a_pattern_may_have_any_number_of_groups),
		cmocka_unit_test(a_costly_pattern_is_cut),
		cmocka_unit_test(files_are_read_or_named),
	};

	return cmocka_run_group_tests(tests, verdict_kit_start, verdict_kit_stop);
}
