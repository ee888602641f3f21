/* test_smtp_reply.c - replies of servers, and ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "smtp/smtp_reply.h"

static const struct {
	const char *name, *in;
	enum smtp_reply_result want;
	int code;
	const char *status, *text;
	size_t used; /* 0: all */
} cases[] = {
	{ "one line", "250 ok\r\n", SMTP_REPLY_DONE, 250, "", "ok", 0 },
	{ "code alone", "250\r\n", SMTP_REPLY_DONE, 250, "", "", 0 },
	{ "code and space", "250 \r\n", SMTP_REPLY_DONE, 250, "", "", 0 },
	{ "go on", "354 go\r\n", SMTP_REPLY_DONE, 354, "", "go", 0 },
	{ "enhanced", "550 5.1.1 no such user\r\n", SMTP_REPLY_DONE, 550, "5.1.1",
	  "5.1.1 no such user", 0 },
	{ "enhanced alone", "250 2.0.0\r\n", SMTP_REPLY_DONE, 250, "2.0.0", "2.0.0", 0 },
	{ "long status", "550 5.999.100 x\r\n", SMTP_REPLY_DONE, 550, "5.999.100", "5.999.100 x",
	  0 },
	{ "class does not fit", "550 4.1.1 x\r\n", SMTP_REPLY_DONE, 550, "", "4.1.1 x", 0 },
	{ "lines", "550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n", SMTP_REPLY_DONE, 550, "5.7.1",
	  "5.7.1 a\n5.7.1 b\n5.7.1 c", 0 },
	{ "status on the second", "550-a\r\n550 5.7.1 b\r\n", SMTP_REPLY_DONE, 550, "5.7.1",
	  "a\n5.7.1 b", 0 },
	{ "empty first line", "250-\r\n250 b\r\n", SMTP_REPLY_DONE, 250, "", "\nb", 0 },
	{ "bare LF", "250-a\n250 b\n", SMTP_REPLY_DONE, 250, "", "a\nb", 0 },
	{ "next reply stays", "250 a\r\n550 b\r\n", SMTP_REPLY_DONE, 250, "", "a", 7 },
	{ "8-bit", "550 \xe9t\xe9\r\n", SMTP_REPLY_DONE, 550, "", "\xe9t\xe9", 0 },
	{ "nothing", "", SMTP_REPLY_MORE, 0, "", "", 0 },
	{ "half a line", "250 o", SMTP_REPLY_MORE, 0, "", "", 0 },
	{ "half a reply", "250-a\r\n250", SMTP_REPLY_MORE, 0, "", "", 0 },
	{ "no code", "hello\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "empty line", "\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "two digits", "25 ok\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "four digits", "2500 ok\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "1xx", "150 x\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "6xx", "600 x\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "no space", "250ok\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "codes differ", "250-a\r\n550 b\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
	{ "HTTP", "HTTP/1.1 400 Bad Request\r\n", SMTP_REPLY_BAD, 0, "", "", 0 },
};

static void
parses_replies(void **state)
{
	char status[SMTP_ENHANCED_SIZE];
	struct smtp_reply reply;
	struct err err;
	size_t used;

	(void)state;
	smtp_reply_init(&reply);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct span in = span_of(cases[i].in);
		enum smtp_reply_result got = smtp_reply_parse(in, &reply, &used, &err);

		if (got != cases[i].want)
			fail_msg("%s: result %d", cases[i].name, got);
		if (got != SMTP_REPLY_DONE) {
			assert_int_equal(used, 0);
			continue;
		}
		smtp_enhanced_format(reply.enhanced, status);
		if (reply.code != cases[i].code || strcmp(status, cases[i].status) != 0 ||
		    !span_is(buf_span(&reply.text), cases[i].text) ||
		    used != (cases[i].used ? cases[i].used : in.n))
			fail_msg("%s: %d %s, used %zu", cases[i].name, reply.code, status, used);
	}
	smtp_reply_deinit(&reply);
}

static void
waits_for_the_whole_reply(void **state)
{
	static const char text[] = "250-mx.example.com\r\n250-SIZE 1000\r\n250 8BITMIME\r\n";
	struct smtp_reply reply;
	struct err err;
	size_t used;

	(void)state;
	smtp_reply_init(&reply);
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_equal(smtp_reply_parse((struct span){ text, n }, &reply, &used, &err),
				 SMTP_REPLY_MORE);
	assert_int_equal(smtp_reply_parse(span_of(text), &reply, &used, &err), SMTP_REPLY_DONE);
	assert_int_equal(reply.lines, 3);
	smtp_reply_deinit(&reply);
}

static void
bounds_replies(void **state)
{
	char line[SMTP_REPLY_LINE_MAX + 8];
	struct smtp_reply reply;
	struct buf in;
	struct err err;
	size_t used;

	(void)state;
	smtp_reply_init(&reply);
	buf_init(&in, 1024 * 1024);
	for (int i = 0; i < SMTP_REPLY_LINES_MAX; i++)
		assert_int_equal(buf_append_text(&in, "250-x\r\n"), 0);
	assert_int_equal(smtp_reply_parse(buf_span(&in), &reply, &used, &err), SMTP_REPLY_BAD);
	memset(line, 'x', sizeof line);
	memcpy(line, "250 ", 4);
	assert_int_equal(smtp_reply_parse((struct span){ line, SMTP_REPLY_LINE_MAX + 1 }, &reply,
					  &used, &err),
			 SMTP_REPLY_BAD);
	/* much text is cut, the reply stays good */
	buf_clear(&in);
	for (int i = 0; i < 8; i++) {
		line[3] = i < 7 ? '-' : ' ';
		assert_int_equal(buf_append(&in, line, 1000), 0);
		assert_int_equal(buf_append_text(&in, "\r\n"), 0);
	}
	assert_int_equal(smtp_reply_parse(buf_span(&in), &reply, &used, &err), SMTP_REPLY_DONE);
	assert_int_equal(reply.text.len, SMTP_REPLY_TEXT_MAX);
	assert_int_equal(reply.lines, 8);
	buf_deinit(&in);
	smtp_reply_deinit(&reply);
}

static void
parses_enhanced_status(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
		{ "5.1.1", true },   { "2.0.0 ok", true },  { "4.7.650 x", true },
		{ "5.1.1x", false }, { "5.1.1.1", false },  { "3.1.1", false },
		{ "5.01.1", false }, { "5.1", false },	    { "5.1.", false },
		{ "5..1", false },   { "5.1234.1", false }, { "", false },
		{ "5", false },	     { "x.1.1", false },    { "5.1.1\t", false },
	};
	struct smtp_enhanced e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (smtp_enhanced_parse(span_of(rows[i].text), &e) != rows[i].ok)
			fail_msg("%s", rows[i].text);
}

static void
writes_replies(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *enhanced, *text, *want;
	} rows[] = {
		{ "plain", 250, "2.0.0", "Ok", "250 2.0.0 Ok\r\n" },
		{ "no status", 220, NULL, "mx ESMTP", "220 mx ESMTP\r\n" },
		{ "lines", 250, NULL, "mx\nSIZE 1\nDSN", "250-mx\r\n250-SIZE 1\r\n250 DSN\r\n" },
		{ "status on each", 550, "5.7.1", "a\nb", "550-5.7.1 a\r\n550 5.7.1 b\r\n" },
		{ "no injection", 550, "5.7.1", "a\r250 b\x1b[m", "550 5.7.1 a?250 b?[m\r\n" },
		{ "empty", 334, NULL, "", "334 \r\n" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&out);
		assert_int_equal(smtp_reply_write(&out, rows[i].code, rows[i].enhanced,
						  span_of(rows[i].text)),
				 0);
		if (!span_is(buf_span(&out), rows[i].want))
			fail_msg("%s: %.*s", rows[i].name, (int)out.len, buf_data(&out));
	}
	buf_deinit(&out);
	buf_init(&out, 10);
	assert_int_equal(smtp_reply_write(&out, 250, "2.0.0", span_of("Ok")), -1);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_replies), cmocka_unit_test(waits_for_the_whole_reply),
		cmocka_unit_test(bounds_replies), cmocka_unit_test(parses_enhanced_status),
		cmocka_unit_test(writes_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
