/* test_control_audit_match.c - search terms as a test of a row of the audit log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/control_audit_match.h"

#define NOW INT64_C(1700000000000)

static const struct store_audit row = {
	.id = 1, .at_unix_ms = NOW - 3600000, .uid = 1000, .who = "ana", .via = "socket",
	.action = "queue.hold", .object = "cred:shop", .detail = "3 recipients; reason: a spike",
};

static const struct {
	const char *terms;
	bool holds;
} cases[] = {
	{ "", true },
	{ "who:ana", true }, { "who:ANA", true }, { "who:an", false }, { "who:a*", true },
	{ "who:1000", true }, { "who:100", false },
	{ "what:queue.hold", true }, { "what:queue", true }, { "what:que", false },
	{ "what:*.hold", true }, { "what:queue.release", false },
	{ "object:shop", true }, { "object:cred:shop", true }, { "object:*p", true },
	{ "object:shops", false },
	{ "cred:shop", true }, { "cred:sho", false }, { "domain:shop", false },
	{ "via:socket", true }, { "via:relayd", false },
	{ "since:2h", true }, { "since:30m", false }, { "until:30m", true }, { "until:2h", false },
	{ "spike", true }, { "socket", false }, { "who:ana what:queue spike since:2h", true },
	{ "who:ana what:queue other", false },
};

static void
tests_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct api_terms terms;
		struct api_error error;
		struct err err;

		assert_int_equal(api_terms_parse(span_of(cases[i].terms), NOW, &terms, &err), 0);
		assert_int_equal(control_audit_match_check(&terms, &error), 0);
		if (control_audit_match(&terms, &row) != cases[i].holds)
			fail_msg("%s", cases[i].terms);
	}
}

static void
refuses_what_it_does_not_know(void **state)
{
	static const char *const lines[] = { "to:b@x.example", "who:ana status:queued" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct api_terms terms;
		struct api_error error;
		struct err err;

		assert_int_equal(api_terms_parse(span_of(lines[i]), NOW, &terms, &err), 0);
		assert_int_equal(control_audit_match_check(&terms, &error), -1);
		assert_int_equal(error.kind, API_ERROR_PARAMS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tests_a_row),
		cmocka_unit_test(refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
