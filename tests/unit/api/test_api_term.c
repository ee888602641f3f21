/* test_api_term.c - the filter language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_term.h"

#define NOW 1732370531000

static const struct {
	const char *text;
	int key;             /* -1: refused */
	const char *value;   /* or part of the refusal */
	int64_t number;
} rows[] = {
	{ "to:b@x.example", API_TERM_TO, "b@x.example", 0 },
	{ "invoice", API_TERM_WORD, "invoice", 0 },
	{ "b@x.example", API_TERM_WORD, "b@x.example", 0 },
	{ "<a:b@x>", API_TERM_WORD, "<a:b@x>", 0 },
	{ "re:", API_TERM_WORD, "re:", 0 },
	{ "12:30", API_TERM_WORD, "12:30", 0 },
	{ "since:7d", API_TERM_SINCE, "7d", NOW - 7 * 86400000LL },
	{ "since:2024-11-01", API_TERM_SINCE, "2024-11-01", 1730419200000 },
	{ "until:2024-11-01T12:00:00Z", API_TERM_UNTIL, "2024-11-01T12:00:00Z", 1730462400000 },
	{ "code:550", API_TERM_CODE, "550", 550 },
	{ "status:deferred", API_TERM_STATUS, "deferred", 0 },
	{ "status:waiting", API_TERM_STATUS, "waiting", 0 },
	{ "category:mailbox_full", API_TERM_CATEGORY, "mailbox_full", 0 },
	{ "event:auth.failed", API_TERM_EVENT, "auth.failed", 0 },
	{ "subject:\"your order\"", API_TERM_SUBJECT, "your order", 0 },
	{ "\"two words\"", API_TERM_WORD, "two words", 0 },
	{ "", -1, "empty", 0 },
	{ "status:defered", -1, "Did you mean: deferred?", 0 },
	{ "event:bounce", -1, "Did you mean: bounced?", 0 },
	{ "category:mailbox_ful", -1, "Did you mean: mailbox_full?", 0 },
	{ "since:yesterdays", -1, "is no time", 0 },
	{ "code:99", -1, "SMTP code", 0 },
	{ "code:abc", -1, "SMTP code", 0 },
	{ "id:xyz", -1, "13 characters", 0 },
	{ "form:a@x", -1, "Did you mean: from:", 0 },
	{ "colour:red", -1, "there are to: from:", 0 },
};

static void
reads_one_term(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct api_term term;
		struct err err;
		int rc = api_term_parse(span_of(rows[i].text), NOW, &term, &err);

		if (rows[i].key < 0) {
			if (rc == 0 || !strstr(err.text, rows[i].value))
				fail_msg("%s: %s", rows[i].text, rc ? err.text : "taken");
			continue;
		}
		if (rc < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if ((int)term.key != rows[i].key || !span_is(term.value, rows[i].value) ||
		    term.number != rows[i].number)
			fail_msg("%s: key %d, value %.*s, number %lld", rows[i].text, term.key,
			         (int)term.value.n, term.value.p, (long long)term.number);
	}
}

static void
reads_a_line(void **state)
{
	struct api_terms terms;
	struct err err;

	(void)state;
	assert_int_equal(api_terms_parse(SPAN_LIT("  to:@x.example subject:\"a b\"\tword "), NOW,
					 &terms, &err),
			 0);
	assert_int_equal(terms.count, 3);
	assert_true(span_is(terms.term[1].value, "a b"));
	assert_int_equal(api_terms_parse(SPAN_EMPTY, NOW, &terms, &err), 0);
	assert_int_equal(terms.count, 0);
}

static void
times_are_sent_in_utc(void **state)
{
	static const struct {
		const char *line, *sent;
	} lines[] = {
		{ "to:@x.example  since:2026-11-23 until:2h",
		  "to:@x.example since:2026-11-22T23:00:00.000Z until:2h" },
		{ "subject:\"since:today b\" until:now", "subject:\"since:today b\" until:now" },
		{ "until:\"2026-11-23 10:00\"", "until:2026-11-23T09:00:00.000Z" },
		{ "since:yesterdya since", "since:yesterdya since" },
		{ "", "" },
	};

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf sent;

		buf_init(&sent, 256);
		api_terms_put_utc(span_of(lines[i].line), NOW, false, &sent);
		if (!span_is(buf_span(&sent), lines[i].sent))
			fail_msg("%s: %.*s", lines[i].line, (int)sent.len, buf_data(&sent));
		buf_deinit(&sent);
	}
}

static void
has_a_cap(void **state)
{
	struct api_terms terms = { .count = 0 };
	struct err err;

	(void)state;
	for (int i = 0; i < API_TERMS_MAX; i++)
		assert_int_equal(api_terms_add(&terms, SPAN_LIT("x"), NOW, &err), 0);
	assert_int_equal(api_terms_add(&terms, SPAN_LIT("x"), NOW, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_term),
		cmocka_unit_test(reads_a_line),
		cmocka_unit_test(times_are_sent_in_utc),
		cmocka_unit_test(has_a_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
