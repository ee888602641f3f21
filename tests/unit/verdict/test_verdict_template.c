/* test_verdict_template.c - replies that are one and the same for a person fold into
 * one text; those that are not stay apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "verdict/verdict_template.h"

static void
folds_what_varies(void **state)
{
	static const struct {
		const char *reply, *template;
	} rows[] = {
		{ "550 5.1.1 <a.b+c@x.example>: user 17 unknown",
		  "550 5.1.1 <ADDRESS>: user N unknown" },
		{ "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred - 4.16.55.1; see "
		  "https://postmaster.example/error-codes?x=1",
		  "421 4.7.0 [TSS04] Messages from IP temporarily deferred - IP; see URL" },
		{ "451 4.7.1 Greylisted, try again in 300 seconds.",
		  "451 4.7.1 Greylisted, try again in N seconds." },
		{ "try again in 00:04:59", "try again in TIME" },
		{ "refused on 2025-11-25 by mx1.example.org:", "refused on DATE by HOST:" },
		{ "client [2001:db8::17] is listed", "client [IP] is listed" },
		{ "ticket 7f3a22bd99ce0011 x", "ticket ID x" },
		{ "session=00aa-11bb-22cc-33dd,ip=192.0.2.7", "session=ID,ip=IP" },
		{ "450 4.2.0 - gsmtp 98e67ed59e1d1-2e0bf3b6dc7si123", "450 4.2.0 - gsmtp ID" },
		{ "550 S3140 and AUP#In-1310", "550 S3140 and AUP#In-1310" },
		{ "  two\r\n\tlines \x01 here  ", "two lines here" },
		{ "\xff\xfe bytes", "bytes" },
		{ "Boîte pleine", "Boîte pleine" },
		{ "550", "550" },
		{ "", "" },
		{ "5.1.1.1 is no status", "IP is no status" },
		{ "End of sentence.Next one", "End of HOST one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char out[VERDICT_TEMPLATE_SIZE];
		size_t n = verdict_template(span_of(rows[i].reply), out);

		assert_string_equal(out, rows[i].template);
		assert_int_equal(n, strlen(out));
	}
}

static void
groups_by_template(void **state)
{
	char a[VERDICT_TEMPLATE_SIZE], b[VERDICT_TEMPLATE_SIZE], c[VERDICT_TEMPLATE_SIZE];

	(void)state;
	verdict_template(span_of("550 Connection 4711 from 192.0.2.7 frobnicated"), a);
	verdict_template(span_of("550 Connection 12 from 192.0.2.99 frobnicated"), b);
	verdict_template(span_of("450 Connection 12 from 192.0.2.99 frobnicated"), c);
	assert_true(verdict_template_id(a) == verdict_template_id(b));
	assert_true(verdict_template_id(a) != verdict_template_id(c));
	assert_true(verdict_template_id(a) < UINT64_C(1) << 48);
	/* operators write it down: it must not change with the machine or a release */
	assert_true(verdict_template_id("550 no") == UINT64_C(0x2018d1072295));
}

static void
is_cut_at_a_character(void **state)
{
	char reply[VERDICT_TEMPLATE_SIZE * 2] = "x", out[VERDICT_TEMPLATE_SIZE];

	(void)state;
	for (size_t i = 1; i + 2 < sizeof reply; i += 2)
		memcpy(reply + i, "\xc3\xa9", 3);
	assert_int_equal(verdict_template(span_of(reply), out), VERDICT_TEMPLATE_SIZE - 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_what_varies),
		cmocka_unit_test(groups_by_template),
		cmocka_unit_test(is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
