/* What changed from one check of a domain to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/domain_report.h"

#define MOST 8

static const struct {
	const char *title;
	struct domain_finding before[3], now[3];
	const char *purpose; /* of the only change; NULL: there is none */
	enum domain_state from, to;
} rows[] = {
	{ "nothing", { { .purpose = "spf" } }, { { .purpose = "spf" } }, NULL, 0, 0 },
	{ "gone", { { .purpose = "dkim" } }, { { .purpose = "dkim", .state = DOMAIN_MISSING } },
	  "dkim", DOMAIN_OK, DOMAIN_MISSING },
	{ "the worst of two counts",
	  { { .purpose = "dkim", .state = DOMAIN_SPREADING }, { .purpose = "dkim" } },
	  { { .purpose = "dkim", .state = DOMAIN_SPREADING },
	    { .purpose = "dkim", .state = DOMAIN_MISSING } },
	  "dkim", DOMAIN_SPREADING, DOMAIN_MISSING },
	{ "a new key was missing, and goes",
	  { { .purpose = "dkim" }, { .purpose = "dkim", .state = DOMAIN_MISSING } },
	  { { .purpose = "dkim" } }, "dkim", DOMAIN_MISSING, DOMAIN_OK },
	{ "of no interest", { { .purpose = "mta_sts" } },
	  { { .purpose = "mta_sts", .state = DOMAIN_MISSING } }, NULL, 0, 0 },
};

static struct domain_report
report_of(const struct domain_finding finding[3], int64_t at_unix_ms)
{
	struct domain_report report = { .at_unix_ms = at_unix_ms,
		                        .finding = (struct domain_finding *)(uintptr_t)finding };

	while (report.findings < 3 && finding[report.findings].purpose != NULL)
		report.findings++;
	return report;
}

static void
says_what_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct domain_report before = report_of(rows[i].before, 1000);
		struct domain_report now = report_of(rows[i].now, 2000);
		struct domain_change change[MOST];
		size_t n = domain_report_changes(&before, &now, change, MOST);

		if (n != (rows[i].purpose != NULL))
			fail_msg("%s: %zu changes", rows[i].title, n);
		if (n == 0)
			continue;
		assert_string_equal(change[0].purpose, rows[i].purpose);
		assert_int_equal(change[0].from, rows[i].from);
		assert_int_equal(change[0].to, rows[i].to);
		assert_int_equal(change[0].at_unix_ms, 2000);
		assert_int_equal(domain_report_changes(&before, &now, change, 0), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
