/* test_smtp_command.c - command lines: what is understood, what is refused how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "smtp/smtp_command.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* code 0: accepted; path: of MAIL and RCPT, argument: of the others */
static const struct {
	const char *name, *line;
	int code;
	const char *status;
	enum smtp_verb verb;
	const char *text;
} cases[] = {
	{ "EHLO", "EHLO mx.example.com", 0, NULL, SMTP_EHLO, "mx.example.com" },
	{ "case", "eHlO x", 0, NULL, SMTP_EHLO, "x" },
	{ "HELO literal", "HELO [192.0.2.1]", 0, NULL, SMTP_HELO, "[192.0.2.1]" },
	{ "EHLO underscore", "EHLO DESKTOP_X", 0, NULL, SMTP_EHLO, "DESKTOP_X" },
	{ "EHLO trailing space", "EHLO x ", 0, NULL, SMTP_EHLO, "x" },
	{ "EHLO nothing", "EHLO", 501, "5.5.4", SMTP_EHLO, NULL },
	{ "EHLO two words", "EHLO a b", 501, "5.5.4", SMTP_EHLO, NULL },
	{ "EHLO comment", "EHLO a(b)", 501, "5.5.4", SMTP_EHLO, NULL },
	{ "EHLO too long", "EHLO " X50 X50 X50 X50 X50 "xxxxxx", 501, "5.5.4", SMTP_EHLO, NULL },
	{ "STARTTLS", "STARTTLS", 0, NULL, SMTP_STARTTLS, "" },
	{ "STARTTLS x", "STARTTLS x", 501, "5.5.4", SMTP_STARTTLS, NULL },
	{ "DATA x", "DATA x", 501, "5.5.4", SMTP_DATA, NULL },
	{ "QUIT", "quit", 0, NULL, SMTP_QUIT, "" },
	{ "RSET x", "RSET x", 501, "5.5.4", SMTP_RSET, NULL },
	{ "NOOP text", "NOOP hello there", 0, NULL, SMTP_NOOP, "hello there" },
	{ "HELP", "HELP", 0, NULL, SMTP_HELP, "" },
	{ "VRFY", "VRFY joe", 0, NULL, SMTP_VRFY, "joe" },
	{ "VRFY nothing", "VRFY", 501, "5.5.4", SMTP_VRFY, NULL },
	{ "unknown", "GET / HTTP/1.1", 0, NULL, SMTP_UNKNOWN, "GET / HTTP/1.1" },
	{ "prefix of a verb", "MAI FROM:<a@b>", 0, NULL, SMTP_UNKNOWN, "MAI FROM:<a@b>" },
	{ "empty", "", 0, NULL, SMTP_UNKNOWN, "" },
	{ "control", "NOOP a\tb", 500, "5.5.2", SMTP_UNKNOWN, NULL },
	{ "DEL", "NOOP \x7f", 500, "5.5.2", SMTP_UNKNOWN, NULL },
	{ "Latin-1", "NOOP \xe9", 500, "5.5.2", SMTP_UNKNOWN, NULL },

	{ "AUTH", "AUTH PLAIN", 0, NULL, SMTP_AUTH, "PLAIN" },
	{ "AUTH initial", "AUTH PLAIN AGEAYg==", 0, NULL, SMTP_AUTH, "PLAIN" },
	{ "AUTH nothing", "AUTH", 501, "5.5.4", SMTP_AUTH, NULL },
	{ "AUTH three", "AUTH PLAIN a b", 501, "5.5.4", SMTP_AUTH, NULL },
	{ "AUTH bad name", "AUTH PL@IN", 501, "5.5.4", SMTP_AUTH, NULL },
	{ "AUTH long name", "AUTH ABCDEFGHIJKLMNOPQRSTU", 501, "5.5.4", SMTP_AUTH, NULL },

	{ "MAIL", "MAIL FROM:<a@b.c>", 0, NULL, SMTP_MAIL, "a@b.c" },
	{ "MAIL case", "mail from:<A@b.c>", 0, NULL, SMTP_MAIL, "A@b.c" },
	{ "MAIL null", "MAIL FROM:<>", 0, NULL, SMTP_MAIL, "" },
	{ "MAIL space", "MAIL FROM: <a@b>", 0, NULL, SMTP_MAIL, "a@b" },
	{ "MAIL two spaces", "MAIL  FROM:  <a@b>", 0, NULL, SMTP_MAIL, "a@b" },
	{ "MAIL quoted", "MAIL FROM:<\"a> b\"@c>", 0, NULL, SMTP_MAIL, "\"a> b\"@c" },
	{ "MAIL route", "MAIL FROM:<@a,@b.c:d@e>", 0, NULL, SMTP_MAIL, "d@e" },
	{ "MAIL bad route", "MAIL FROM:<@a,b:d@e>", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "MAIL route alone", "MAIL FROM:<@a:>", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "MAIL no colon", "MAIL FROM <a@b>", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "MAIL nothing", "MAIL", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "MAIL no brackets", "MAIL FROM:a@b", 501, "5.1.7", SMTP_MAIL, NULL },
	{ "MAIL not closed", "MAIL FROM:<a@b", 501, "5.1.7", SMTP_MAIL, NULL },
	{ "MAIL text after", "MAIL FROM:<a@b>x", 501, "5.1.7", SMTP_MAIL, NULL },
	{ "MAIL no mailbox", "MAIL FROM:<a>", 553, "5.1.7", SMTP_MAIL, NULL },
	{ "MAIL all",
	  "MAIL FROM:<a@b> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By AUTH=<>", 0, NULL,
	  SMTP_MAIL, "a@b" },
	{ "MAIL spaces", "MAIL FROM:<a@b>   size=1  ret=full ", 0, NULL, SMTP_MAIL, "a@b" },
	{ "MAIL UTF-8", "MAIL FROM:<\xc3\xb6@b> SMTPUTF8", 0, NULL, SMTP_MAIL, "\xc3\xb6@b" },
	{ "MAIL UTF-8 unsaid", "MAIL FROM:<\xc3\xb6@b>", 553, "5.6.7", SMTP_MAIL, NULL },
	{ "SIZE too many digits", "MAIL FROM:<a@b> SIZE=123456789012345678901", 501, "5.5.4",
	  SMTP_MAIL, NULL },
	{ "SIZE letters", "MAIL FROM:<a@b> SIZE=1k", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "SIZE negative", "MAIL FROM:<a@b> SIZE=-1", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "SIZE empty", "MAIL FROM:<a@b> SIZE=", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "SIZE alone", "MAIL FROM:<a@b> SIZE", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "SIZE twice", "MAIL FROM:<a@b> SIZE=1 SIZE=1", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BODY unknown", "MAIL FROM:<a@b> BODY=9BIT", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BINARYMIME", "MAIL FROM:<a@b> BODY=BINARYMIME", 504, "5.5.4", SMTP_MAIL, NULL },
	{ "SMTPUTF8 value", "MAIL FROM:<a@b> SMTPUTF8=x", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "RET bad", "MAIL FROM:<a@b> RET=NONE", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "ENVID 100", "MAIL FROM:<a@b> ENVID=" X50 X50, 0, NULL, SMTP_MAIL, "a@b" },
	{ "ENVID 101", "MAIL FROM:<a@b> ENVID=" X50 X50 "x", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "ENVID bad hex", "MAIL FROM:<a@b> ENVID=a+2b", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "ENVID half hex", "MAIL FROM:<a@b> ENVID=a+2", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "ENVID hides CRLF", "MAIL FROM:<a@b> ENVID=a+0D+0Ab", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "ENVID equals", "MAIL FROM:<a@b> ENVID=a=b", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "HOLDFOR", "MAIL FROM:<a@b> HOLDFOR=3600", 0, NULL, SMTP_MAIL, "a@b" },
	{ "HOLDFOR nine digits", "MAIL FROM:<a@b> holdfor=999999999", 0, NULL, SMTP_MAIL, "a@b" },
	{ "HOLDFOR ten digits", "MAIL FROM:<a@b> HOLDFOR=1000000000", 501, "5.5.4",
	  SMTP_MAIL, NULL },
	{ "HOLDFOR zero", "MAIL FROM:<a@b> HOLDFOR=0", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "HOLDFOR unit", "MAIL FROM:<a@b> HOLDFOR=1h", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "HOLDFOR sign", "MAIL FROM:<a@b> HOLDFOR=+1", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "HOLDFOR at RCPT", "RCPT TO:<a@b> HOLDFOR=1", 555, "5.5.4", SMTP_RCPT, NULL },
	{ "HOLDUNTIL", "MAIL FROM:<a@b> HOLDUNTIL=2026-11-23T14:02:11Z", 0, NULL, SMTP_MAIL,
	  "a@b" },
	{ "HOLDUNTIL zone", "MAIL FROM:<a@b> HOLDUNTIL=2026-11-23T14:02:11+01:00", 501, "5.5.4",
	  SMTP_MAIL, NULL },
	{ "HOLDUNTIL day", "MAIL FROM:<a@b> HOLDUNTIL=2026-11-23", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "HOLDUNTIL no such", "MAIL FROM:<a@b> HOLDUNTIL=2026-02-30T14:02:11Z", 501, "5.5.4",
	  SMTP_MAIL, NULL },
	{ "BY", "MAIL FROM:<a@b> BY=120;R", 0, NULL, SMTP_MAIL, "a@b" },
	{ "BY trace, small", "MAIL FROM:<a@b> by=999999999;nt", 0, NULL, SMTP_MAIL, "a@b" },
	{ "BY late already", "MAIL FROM:<a@b> BY=-60;N", 0, NULL, SMTP_MAIL, "a@b" },
	{ "BY plus sign", "MAIL FROM:<a@b> BY=+60;RT", 0, NULL, SMTP_MAIL, "a@b" },
	{ "BY zero, N", "MAIL FROM:<a@b> BY=0;N", 0, NULL, SMTP_MAIL, "a@b" },
	{ "BY zero, R", "MAIL FROM:<a@b> BY=0;R", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY negative, R", "MAIL FROM:<a@b> BY=-1;R", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY ten digits", "MAIL FROM:<a@b> BY=1000000000;R", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY no mode", "MAIL FROM:<a@b> BY=120", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY empty mode", "MAIL FROM:<a@b> BY=120;", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY other mode", "MAIL FROM:<a@b> BY=120;X", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY trace alone", "MAIL FROM:<a@b> BY=120;T", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY two modes", "MAIL FROM:<a@b> BY=120;RN", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY more", "MAIL FROM:<a@b> BY=120;RTT", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY sign alone", "MAIL FROM:<a@b> BY=-;N", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY two signs", "MAIL FROM:<a@b> BY=--1;N", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY unit", "MAIL FROM:<a@b> BY=2m;N", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY twice", "MAIL FROM:<a@b> BY=1;N BY=2;N", 501, "5.5.4", SMTP_MAIL, NULL },
	{ "BY at RCPT", "RCPT TO:<a@b> BY=1;N", 555, "5.5.4", SMTP_RCPT, NULL },
	{ "both holds", "MAIL FROM:<a@b> HOLDFOR=1 HOLDUNTIL=2026-11-23T14:02:11Z", 501, "5.5.4",
	  SMTP_MAIL, NULL },
	{ "unknown parameter", "MAIL FROM:<a@b> FOO=1", 555, "5.5.4", SMTP_MAIL, NULL },
	{ "parameter of RCPT", "MAIL FROM:<a@b> NOTIFY=NEVER", 555, "5.5.4", SMTP_MAIL, NULL },

	{ "RCPT", "RCPT TO:<a@b.c>", 0, NULL, SMTP_RCPT, "a@b.c" },
	{ "RCPT UTF-8", "RCPT TO:<\xc3\xb6@b.c>", 0, NULL, SMTP_RCPT, "\xc3\xb6@b.c" },
	{ "RCPT postmaster", "RCPT TO:<Postmaster>", 0, NULL, SMTP_RCPT, "Postmaster" },
	{ "RCPT null", "RCPT TO:<>", 553, "5.1.3", SMTP_RCPT, NULL },
	{ "RCPT no mailbox", "RCPT TO:<joe>", 553, "5.1.3", SMTP_RCPT, NULL },
	{ "RCPT FROM", "RCPT FROM:<a@b>", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "RCPT DSN", "RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c", 0, NULL, SMTP_RCPT,
	  "a@b" },
	{ "NOTIFY never and", "RCPT TO:<a@b> NOTIFY=NEVER,DELAY", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "NOTIFY comma", "RCPT TO:<a@b> NOTIFY=DELAY,", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "NOTIFY unknown", "RCPT TO:<a@b> NOTIFY=ALWAYS", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "ORCPT no type", "RCPT TO:<a@b> ORCPT=a@b", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "ORCPT empty", "RCPT TO:<a@b> ORCPT=rfc822;", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "ORCPT not xtext", "RCPT TO:<a@b> ORCPT=rfc822;a+b@c", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "ORCPT 8-bit", "RCPT TO:<a@b> ORCPT=rfc822;\xc3\xb6@c", 501, "5.5.4", SMTP_RCPT, NULL },
	{ "ORCPT utf-8", "RCPT TO:<a@b> ORCPT=utf-8;\xc3\xb6@c", 0, NULL, SMTP_RCPT, "a@b" },
	{ "parameter of MAIL", "RCPT TO:<a@b> SIZE=1", 555, "5.5.4", SMTP_RCPT, NULL },

	{ "BDAT", "BDAT 1000", 0, NULL, SMTP_BDAT, "" },
	{ "BDAT last", "BDAT 0 last", 0, NULL, SMTP_BDAT, "" },
	{ "BDAT nothing", "BDAT", 501, "5.5.4", SMTP_BDAT, NULL },
	{ "BDAT words", "BDAT ten", 501, "5.5.4", SMTP_BDAT, NULL },
	{ "BDAT other", "BDAT 10 FIRST", 501, "5.5.4", SMTP_BDAT, NULL },
	{ "BDAT more", "BDAT 10 LAST x", 501, "5.5.4", SMTP_BDAT, NULL },
	{ "BDAT huge", "BDAT 1099511627777", 501, "5.5.4", SMTP_BDAT, NULL },
	{ "BDAT overflow", "BDAT 99999999999999999999", 501, "5.5.4", SMTP_BDAT, NULL },
};

static void
parses_commands(void **state)
{
	struct smtp_command command;
	struct span text;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int rc = smtp_command_parse(span_of(cases[i].line), &command, &err);
		int code = rc < 0 ? err.code : 0;

		if (code != cases[i].code || command.verb != cases[i].verb)
			fail_msg("%s: code %d (%s), verb %s", cases[i].name, code,
				 rc ? err.text : "accepted", smtp_verb_name(command.verb));
		if (rc < 0 && (err.kind != ERR_INPUT ||
			       strncmp(err.text, cases[i].status, 5) != 0 || err.text[5] != ' '))
			fail_msg("%s: %s", cases[i].name, err.text);
		text = command.verb == SMTP_MAIL || command.verb == SMTP_RCPT ? command.path
									      : command.argument;
		if (rc == 0 && !span_is(text, cases[i].text))
			fail_msg("%s: \"%.*s\"", cases[i].name, (int)text.n, text.p);
	}
}

static struct smtp_command
parsed(const char *line)
{
	struct smtp_command command;
	struct err err;

	if (smtp_command_parse(span_of(line), &command, &err) < 0)
		fail_msg("%s: %s", line, err.text);
	return command;
}

static void
reads_parameters(void **state)
{
	struct smtp_command c;

	(void)state;
	c = parsed(
		"MAIL FROM:<a@b> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By AUTH=a@b");
	assert_int_equal(c.size_bytes, 1000);
	assert_int_equal(c.body, SMTP_BODY_8BITMIME);
	assert_true(c.smtputf8);
	assert_int_equal(c.ret, SMTP_RET_HDRS);
	assert_true(span_is(c.envid, "x+2By"));
	assert_true(span_is(c.auth, "a@b"));
	assert_true(span_is(c.address.local, "a") && span_is(c.address.domain, "b"));
	c = parsed("MAIL FROM:<> SIZE=0");
	assert_true(c.is_null_path);
	assert_int_equal(c.size_bytes, 0);
	assert_int_equal(c.body, SMTP_BODY_UNSAID);
	assert_int_equal(c.envid.n, 0);
	assert_true(parsed("MAIL FROM:<> SIZE=99999999999999999999").size_bytes == UINT64_MAX);
	c = parsed("RCPT TO:<a@b> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bb@c");
	assert_int_equal(c.notify, SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY);
	assert_true(span_is(c.orcpt, "rfc822;a+2Bb@c"));
	assert_int_equal(parsed("RCPT TO:<a@b> NOTIFY=NEVER").notify, SMTP_NOTIFY_NEVER);
	assert_int_equal(parsed("MAIL FROM:<a@b> HOLDFOR=90").hold_for_sec, 90);
	assert_int_equal(parsed("MAIL FROM:<a@b> BY=-90;nt").by_sec, -90);
	assert_int_equal(parsed("MAIL FROM:<a@b> BY=-90;nt").by, SMTP_BY_NOTIFY | SMTP_BY_TRACE);
	assert_int_equal(parsed("MAIL FROM:<a@b> BY=+120;R").by_sec, 120);
	assert_int_equal(parsed("MAIL FROM:<a@b> BY=+120;R").by, SMTP_BY_RETURN);
	assert_int_equal(parsed("MAIL FROM:<a@b>").by, 0);
	assert_true(parsed("MAIL FROM:<a@b> HOLDUNTIL=2026-11-23T14:02:11Z").hold_until_unix_ms
		    == INT64_C(1795442531000));
	c = parsed("RCPT TO:<postmaster>");
	assert_true(span_is(c.address.local, "postmaster"));
	assert_int_equal(c.address.domain.n, 0);
	assert_true(span_is(parsed("AUTH PLAIN =").initial, "="));
	assert_true(span_is(parsed("AUTH  PLAIN  YQ==").initial, "YQ=="));
	assert_null(parsed("AUTH PLAIN").initial.p);
	c = parsed("BDAT 1099511627776 LAST");
	assert_true(c.chunk_bytes == UINT64_C(1) << 40 && c.is_last);
	assert_false(parsed("BDAT 0").is_last);
}

static void
refuses_what_no_line_may_hold(void **state)
{
	static char line[SMTP_COMMAND_LINE_MAX + 2];
	struct smtp_command command;
	struct err err;

	(void)state;
	assert_int_equal(smtp_command_parse(SPAN_LIT("NOOP \0"), &command, &err), -1);
	assert_int_equal(err.code, 500);
	assert_int_equal(smtp_command_parse(SPAN_LIT("NOOP\r\n"), &command, &err), -1);
	memset(line, 'x', sizeof line);
	assert_int_equal(smtp_command_parse((struct span){ line, sizeof line }, &command, &err),
			 -1);
	assert_int_equal(err.code, 500);
}

static void
names_verbs(void **state)
{
	(void)state;
	assert_string_equal(smtp_verb_name(SMTP_EHLO), "EHLO");
	assert_string_equal(smtp_verb_name(SMTP_UNKNOWN), "unknown");
	for (int v = 0; v < SMTP_VERB_COUNT; v++)
		assert_non_null(smtp_verb_name((enum smtp_verb)v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_commands),
		cmocka_unit_test(reads_parameters),
		cmocka_unit_test(refuses_what_no_line_may_hold),
		cmocka_unit_test(names_verbs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
