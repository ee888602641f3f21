/* Reply rules: whose words, how often, and the shipped ones at replies they are for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "pace/pace_rule.h"

static struct config *
load(void)
{
	char path[] = "/tmp/relay-test-rule-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct config *config;
	struct err err;

	assert_non_null(f);
	fputs("hostname = \"relay.example\"\nlisten \"submission\" {}\n", f);
	fclose(f);
	config = config_load(path, &err);
	unlink(path);
	assert_non_null(config);
	return config;
}

static const struct words_row {
	const char *provider, *reply, *rule; /* rule NULL: none */
} rows[] = {
	{ "google", "421-4.7.28 Our system has detected an unusual rate of unsolicited mail",
	  "google.volume" },
	{ "yahoo", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred",
	  "yahoo.complaints" },
	{ "yahoo", "553 5.7.1 [BL21] Connections will not be accepted", "yahoo.list" },
	{ "google", "421 4.7.0 [TSS04] Messages temporarily deferred", NULL }, /* Yahoo's words */
	{ "outlook", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. block list "
		     "(S3140).", "outlook.blocked" },
	{ "outlook", "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited "
		     "due to IP reputation.", "outlook.limited" },
	{ "apple", "450 4.7.0 Please try again later [HM08]", "apple.later" },
	{ "comcast", "421 4.1.0 192.0.2.1 Throttled RL000010", "comcast.tenant" },
	{ "gmx", "421 gmx.net Nemesis ESMTP Service not available; too many connections",
	  "gmx.connections" },
	{ "google", "550 5.1.1 The email account that you tried to reach does not exist", NULL },
	{ "nobody", "421 slow down", NULL },
	{ "apple", "", NULL },
};

static void
know_their_provider_and_its_words(void **state)
{
	struct config *config = load();
	struct pace_rules *rules = pace_rules_new(config);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t at = pace_rules_next(rules, rows[i].provider, span_of(rows[i].reply), 0);
		const char *name = at < pace_rules_count(rules) ? pace_rules_row(rules, at)->name
		                                                : NULL;

		if (name == NULL ? rows[i].rule != NULL
		                 : rows[i].rule == NULL || strcmp(name, rows[i].rule) != 0)
			fail_msg("%s: %s", rows[i].reply, name ? name : "no rule");
	}
	pace_rules_free(&rules);
	config_unref(&config);
}

static void
so_often_within_that_time(void **state)
{
	const struct units_rate three_a_minute = { 3, 60000 };
	struct pace_tally tally = { 0 };

	(void)state;
	assert_false(pace_tally_count(&tally, three_a_minute, 1000));
	assert_false(pace_tally_count(&tally, three_a_minute, 2000));
	assert_false(pace_tally_count(&tally, three_a_minute, 90000)); /* the first is too old */
	assert_false(pace_tally_count(&tally, three_a_minute, 91000));
	assert_true(pace_tally_count(&tally, three_a_minute, 92000));
	assert_false(pace_tally_count(&tally, three_a_minute, 93000)); /* counts anew */
	assert_false(pace_tally_count(&tally, three_a_minute, 94000));
	assert_true(pace_tally_count(&tally, three_a_minute, 95000));
	pace_tally_deinit(&tally);
	assert_true(pace_tally_count(&tally, (struct units_rate){ 1, 1000 }, 5));
	assert_true(pace_tally_count(&tally, (struct units_rate){ 1, 1000 }, 6));
	pace_tally_deinit(&tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(know_their_provider_and_its_words),
		cmocka_unit_test(so_often_within_that_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
