/* test_tls_record.c - RFC 8461 s3.1 and RFC 8460 s3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "policy/tls_record.h"

static const struct {
	const char *text;
	bool counts;
	const char *id; /* NULL: it is wrong, and problem has words of why */
	const char *problem;
} sts[] = {
	{ "v=STSv1; id=20160831085700Z;", true, "20160831085700Z", NULL }, /* s3.1 */
	{ "v=STSv1;id=1", true, "1", NULL },
	{ "v=STSv1 ; id=1 ; ext=x", true, "1", NULL },
	{ "v=STSv1; id=1; id=2", true, "1", NULL },
	{ "v=STSv1;", true, NULL, "id= is missing" },
	{ "v=STSv1; id=", true, NULL, "1 to 32" },
	{ "v=STSv1; id=123456789012345678901234567890123", true, NULL, "1 to 32" },
	{ "v=STSv1; id=2016-08-31", true, NULL, "letters and digits" },
	{ "v=STSv1; id = 1", true, NULL, "tag name" },
	{ "v=STSv1; 20160831", true, NULL, "name=value" },
	{ "v=STSv1", false, NULL, "start with" },
	{ "v=stsv1; id=1", false, NULL, "start with" },
	{ "v=STSv1 id=1", false, NULL, "start with" },
	{ "id=1; v=STSv1;", false, NULL, "start with" },
	{ "", false, NULL, "start with" },
};

static const struct {
	const char *text;
	bool counts;
	const char *rua, *problem;
} reports[] = {
	{ "v=TLSRPTv1;rua=mailto:reports@example.com", true, "mailto:reports@example.com", NULL },
	{ "v=TLSRPTv1; rua=https://r.example.com/v1/tlsrpt", true,
	  "https://r.example.com/v1/tlsrpt", NULL },
	{ "v=TLSRPTv1; rua=mailto:a@x.example , https://y.example/z; x=y;", true,
	  "mailto:a@x.example , https://y.example/z", NULL },
	{ "v=TLSRPTv1;", true, NULL, "rua= is missing" },
	{ "v=TLSRPTv1; rua=", true, NULL, "no mailto:" },
	{ "v=TLSRPTv1; rua=a@x.example", true, NULL, "no mailto:" },
	{ "v=TLSRPTv1; rua=http://x.example", true, NULL, "no mailto:" },
	{ "v=TLSRPTv1; rua=mailto:a@x.example!10m", true, NULL, "no mailto:" },
	{ "v=TLSRPTv1; rua=mailto:@x.example", true, NULL, "no mailto:" },
	{ "v=TLSRPTv1; rua=mailto:a@x.example,,mailto:b@x.example", true, NULL, "no mailto:" },
	{ "v=TLSRPTv2; rua=mailto:a@x.example", false, NULL, "start with" },
	{ "", false, NULL, "start with" },
};

static void
reads_mta_sts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sts / sizeof *sts; i++) {
		struct err err = { .text = "" };
		struct span id;
		int rc = tls_record_parse_sts(span_of(sts[i].text), &id, &err);

		assert_int_equal(tls_record_is_sts(span_of(sts[i].text)), sts[i].counts);
		if ((rc == 0) != (sts[i].id != NULL) || (rc == 0 && !span_is(id, sts[i].id)) ||
		    (rc < 0 && strstr(err.text, sts[i].problem) == NULL))
			fail_msg("%s: %s", sts[i].text, err.text);
	}
}

static void
reads_tls_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
		struct err err = { .text = "" };
		struct span rua;
		int rc = tls_record_parse_report(span_of(reports[i].text), &rua, &err);

		assert_int_equal(tls_record_is_report(span_of(reports[i].text)), reports[i].counts);
		if ((rc == 0) != (reports[i].rua != NULL) ||
		    (rc == 0 && !span_is(rua, reports[i].rua)) ||
		    (rc < 0 && strstr(err.text, reports[i].problem) == NULL))
			fail_msg("%s: %s", reports[i].text, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_mta_sts),
		cmocka_unit_test(reads_tls_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
