/* test_verdict.c - replies as servers write them, and what they must mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "verdict/verdict.h"
#include "verdict/verdict_private.h"
#include "verdict_kit.h"

struct reply_case {
	const char *name, *raw;
	enum verdict_category category;
	enum verdict_scope scope;
	bool permanent, suppresses;
};

#define RCPT VERDICT_SCOPE_RECIPIENT
#define SOURCE VERDICT_SCOPE_SOURCE
#define SENDER VERDICT_SCOPE_SENDER
#define MESSAGE VERDICT_SCOPE_MESSAGE
#define INFRA VERDICT_SCOPE_INFRASTRUCTURE

static const struct reply_case replies[] = {
	{ "nobody", "550 5.1.1 <nemo@sea.example>: Recipient address rejected: User unknown",
	  VERDICT_MAILBOX_UNKNOWN, RCPT, true, true },
	{ "nobody, temporarily",
	  "450 4.1.1 <nemo@sea.example>: User unknown in local recipient table",
	  VERDICT_MAILBOX_UNKNOWN, RCPT, false, false },
	{ "words beat a vague status", "550 5.7.1 No such user here", VERDICT_MAILBOX_UNKNOWN, RCPT,
	  true, true },
	{ "no words, no status: nobody is buried for it", "550 no", VERDICT_MAILBOX_UNKNOWN, RCPT,
	  true, false },
	{ "full says 552", "552 5.2.2 Mailbox full", VERDICT_MAILBOX_FULL, RCPT, false, false },
	{ "full under a wrong status", "552 5.1.1 The account is over quota", VERDICT_MAILBOX_FULL,
	  RCPT, false, false },
	{ "disabled is not dead", "550 5.2.1 This account has been disabled",
	  VERDICT_MAILBOX_DISABLED, RCPT, true, false },
	{ "moved", "551 5.1.6 Recipient has moved to other@sea.example", VERDICT_MAILBOX_MOVED,
	  RCPT, true, true },
	{ "null mx", "556 5.1.10 Recipient address has a null MX", VERDICT_DOMAIN_NOT_FOUND, RCPT,
	  true, true },
	{ "listed, and the forwarder adds its own words",
	  "550 5.7.1 IP address blacklisted by recipient 5.1.1 <a@sea.example>... User unknown",
	  VERDICT_REPUTATION_BLOCK, SOURCE, true, false },
	{ "listed, for now", "451 4.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org",
	  VERDICT_REPUTATION_BLOCK, SOURCE, false, false },
	{ "ptr", "550 5.7.25 Fix your DNS", VERDICT_PTR_REQUIRED, SOURCE, true, false },
	{ "greylisted", "451 4.7.1 Greylisted, please try again in 300 seconds", VERDICT_GREYLISTED,
	  RCPT, false, false },
	{ "rate", "421 4.7.28 Our system has detected an unusual rate of mail",
	  VERDICT_RATE_LIMITED, SOURCE, false, false },
	{ "rate with a final code passes all the same", "550 5.4.5 Daily sending limit exceeded",
	  VERDICT_RATE_LIMITED, SOURCE, false, false },
	{ "rate of one recipient", "450 4.2.1 The user is receiving mail too quickly",
	  VERDICT_RATE_LIMITED, RCPT, false, false },
	{ "dmarc", "550 5.7.1 Rejected due to the domain's DMARC policy", VERDICT_AUTH_FAILED,
	  SENDER, true, false },
	{ "tls", "530 5.7.0 Must issue a STARTTLS command first", VERDICT_TLS_REQUIRED, INFRA, true,
	  false },
	{ "size", "552 5.3.4 Message size exceeds fixed limit", VERDICT_MESSAGE_TOO_LARGE, MESSAGE,
	  true, false },
	{ "spam", "554 5.7.1 This message looks like spam", VERDICT_SPAM_CONTENT, MESSAGE, true,
	  false },
	{ "virus", "554 5.7.1 virus found: Test.Sig", VERDICT_CONTENT_REJECTED, MESSAGE, true,
	  false },
	{ "sender", "550 5.1.8 Domain of sender address does not exist", VERDICT_SENDER_REJECTED,
	  SENDER, true, false },
	{ "relay", "554 5.7.1 Relay access denied", VERDICT_RELAY_DENIED, INFRA, true, false },
	{ "one recipient at a time", "452 4.5.3 Domain policy size per transaction exceeded, "
	  "please try this recipient in a separate transaction. This message means the email "
	  "policy size for the recipient domain has been exceeded.", VERDICT_SYSTEM_ERROR, RCPT,
	  false, false },
	{ "loop", "554 5.4.6 Too many hops", VERDICT_NETWORK_ERROR, INFRA, true, false },
	{ "an address may be called anything", "550 5.1.1 <spam.blacklisted@full.example> rejected",
	  VERDICT_MAILBOX_UNKNOWN, RCPT, true, true },
	{ "several lines",
	  "550-5.1.1 The email account that you\r\n550-5.1.1 tried to reach is over\r\n"
	  "550 5.1.1 quota",
	  VERDICT_MAILBOX_FULL, RCPT, false, false },
	{ "no code", "Connection timed out", VERDICT_NETWORK_ERROR, INFRA, false, false },
	{ "status inside qmail's words", "Sorry, no mailbox here by that name. (#5.1.1)",
	  VERDICT_MAILBOX_UNKNOWN, RCPT, true, true },
	{ "nothing at all", "", VERDICT_NETWORK_ERROR, INFRA, false, false },
	{ "bytes", "554 \xff\xfe\x80 \x01", VERDICT_POLICY, MESSAGE, true, false },
};

static void
judges_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
		const struct reply_case *c = &replies[i];
		struct verdict_input input;
		struct verdict v;

		verdict_parse_reply(span_of(c->raw), &input);
		verdict_judge(NULL, &input, &v);
		if (v.category != c->category || v.scope != c->scope ||
		    v.permanent != c->permanent || v.suppresses != c->suppresses)
			fail_msg("%s: %s %s permanent=%d suppresses=%d rule=%s", c->name,
				 verdict_category_name(v.category), verdict_scope_name(v.scope),
				 v.permanent, v.suppresses, v.rule ? v.rule : "-");
	}
}

static struct verdict
judge_in(int code, const char *text, enum verdict_phase phase, const char *provider)
{
	struct verdict_input input = {
		.code = code, .text = span_of(text), .phase = phase, .provider = provider
	};
	struct verdict v;

	verdict_judge(NULL, &input, &v);
	return v;
}

static void
phase_decides_where_words_are_missing(void **state)
{
	(void)state;
	assert_int_equal(judge_in(554, "no", VERDICT_PHASE_GREETING, NULL).category,
			 VERDICT_REPUTATION_BLOCK);
	assert_int_equal(judge_in(550, "no", VERDICT_PHASE_MAIL, NULL).category,
			 VERDICT_SENDER_REJECTED);
	assert_int_equal(judge_in(552, "no", VERDICT_PHASE_BODY, NULL).category,
			 VERDICT_MESSAGE_TOO_LARGE);
	assert_int_equal(judge_in(0, "handshake", VERDICT_PHASE_STARTTLS, NULL).category,
			 VERDICT_TLS_REQUIRED);
	assert_int_equal(judge_in(451, "local error", VERDICT_PHASE_RCPT, NULL).scope, RCPT);
	assert_int_equal(judge_in(451, "local error", VERDICT_PHASE_BODY, NULL).scope, MESSAGE);
	assert_int_equal(judge_in(421, "local error", VERDICT_PHASE_RCPT, NULL).scope, INFRA);
}

static void
a_provider_s_words_are_not_read_into_another_s(void **state)
{
	const char *text = "Temporarily deferred due to unexpected volume or user complaints";

	(void)state;
	assert_string_equal(judge_in(421, text, VERDICT_PHASE_MAIL, "yahoo").rule,
			    "yahoo.deferred");
	assert_string_equal(judge_in(421, text, VERDICT_PHASE_MAIL, NULL).rule, "yahoo.deferred");
	assert_string_equal(judge_in(421, text, VERDICT_PHASE_MAIL, "google").rule,
			    "reputation.complaints");
	assert_null(judge_in(550, "no", VERDICT_PHASE_RCPT, NULL).rule);
}

static void
says_when_it_guesses(void **state)
{
	static const struct {
		const char *raw;
		bool guessed;
	} rows[] = {
		{ "550 no", true },
		{ "550 5.7.1 no", true },
		{ "550 5.1.1 no", false }, /* the status means one thing */
		{ "550 user unknown", false },
		{ "550 5.7.1 user unknown", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct verdict_input input;
		struct verdict v;

		verdict_parse_reply(span_of(rows[i].raw), &input);
		verdict_judge(NULL, &input, &v);
		if (v.guessed != rows[i].guessed)
			fail_msg("%s: guessed=%d", rows[i].raw, v.guessed);
	}
}

static void
reads_how_long_to_wait(void **state)
{
	static const struct {
		const char *text;
		int sec;
	} waits[] = {
		{ "Greylisted, try again in 300 seconds", 300 },
		{ "Please retry after 5 minutes", 300 },
		{ "come back in 00:04:30", 270 },
		{ "try again in 2 hours", 7200 },
		{ "try again in 99999 hours", 86400 },
		{ "try again later", 0 },
		{ "Please wait at least 10 min. before the next attempt", 600 },
		{ "Greylisted for you, come back in 4 min 59 s", 240 },
		{ "your address is blocked for 3600s", 3600 },
		{ "retry in 1h", 3600 },
		{ "delayed 90 seconds", 90 },
		{ "Try AGAIN in 00:15:00", 900 },
		{ "Message could not be delivered for 8 hours", 0 },
		{ "message delayed for 4 hours", 0 },
		{ "try again later. Error 5000 seen", 0 },
		{ "error 42 in section 3", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		assert_int_equal(
			judge_in(451, waits[i].text, VERDICT_PHASE_RCPT, NULL).retry_after_sec,
			waits[i].sec);
	assert_int_equal(judge_in(550, waits[0].text, VERDICT_PHASE_RCPT, NULL).retry_after_sec, 0);
}

static void
parses_code_and_status(void **state)
{
	static const struct {
		const char *raw;
		int code, class, subject, detail;
		const char *text;
	} rows[] = {
		{ "550 5.1.1 no such user", 550, 5, 1, 1, "no such user" },
		{ "550-5.7.26 Unauthenticated\n550 5.7.26 sorry", 550, 5, 7, 26,
		  "Unauthenticated\n550 5.7.26 sorry" },
		{ "  421 busy ", 421, 0, 0, 0, "busy" },
		{ "5.2.2 full", 550, 5, 2, 2, "full" },
		{ "4.7.1 later", 450, 4, 7, 1, "later" },
		{ "550", 550, 0, 0, 0, "" },
		{ "5500 apples", 0, 0, 0, 0, "5500 apples" },
		{ "554 see 5.1.1.1 there", 554, 0, 0, 0, "see 5.1.1.1 there" },
		{ "550 4.4.7 expired", 550, 4, 4, 7, "expired" },
		{ "no mailbox (#5.1.1)", 550, 5, 1, 1, "no mailbox (#5.1.1)" },
		{ "650 x", 0, 0, 0, 0, "650 x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct verdict_input in;

		verdict_parse_reply(span_of(rows[i].raw), &in);
		if (in.code != rows[i].code || in.enhanced.class != rows[i].class ||
		    in.enhanced.subject != rows[i].subject ||
		    in.enhanced.detail != rows[i].detail || !span_is(in.text, rows[i].text))
			fail_msg("%s: %d %u.%u.%u \"%.*s\"", rows[i].raw, in.code,
				 in.enhanced.class, in.enhanced.subject, in.enhanced.detail,
				 (int)in.text.n, in.text.p);
	}
}

static void
parses_nothing(void **state)
{
	struct verdict_input in;
	char text[VERDICT_TEXT_MAX + 1];

	(void)state;
	verdict_parse_reply(SPAN_EMPTY, &in); /* no pointer in it: the sanitizer looks */
	assert_int_equal(in.code, 0);
	assert_int_equal(in.text.n, 0);
	assert_int_equal(verdict_fold_text(SPAN_EMPTY, text), 0);
}

static void
folds_text(void **state)
{
	char out[VERDICT_TEXT_MAX + 1];
	char big[VERDICT_TEXT_MAX * 2];

	(void)state;
	verdict_fold_text(span_of("No  SUCH\tuser <Full.Box+1@x.example>\r\n550-5.1.1 Here"), out);
	assert_string_equal(out, "no such user <@> here");
	memset(big, 'x', sizeof big);
	assert_int_equal(verdict_fold_text((struct span){ big, sizeof big }, out),
			 VERDICT_TEXT_MAX);
	assert_int_equal(verdict_fold_text(SPAN_LIT("@"), out), 1);
}

static void
names_are_complete_and_come_back(void **state)
{
	(void)state;
	for (int i = 1; i < VERDICT_CATEGORY_COUNT; i++) {
		enum verdict_category c = (enum verdict_category)i, back;

		assert_true(verdict_category_parse(span_of(verdict_category_name(c)), &back));
		assert_int_equal(back, c);
		assert_true(verdict_category_words(c)[0] && verdict_category_advice(c)[0]);
	}
	assert_string_equal(verdict_category_name(VERDICT_NONE), "");
}

static void
words_fit_the_reply(void **state)
{
	static const struct {
		const char *reply, *words, *advice; /* parts of them */
	} said[] = {
		{ "554 5.4.6 Hop count exceeded - possible mail loop", "goes round between servers",
		  "hand it to each other" },
		{ "421 Deferred: could not be delivered for 8 hours", "the server answered",
		  "Read the reply" },
		{ "450 4.7.1 Please try again in 300 hours", "the server answered", "wait" },
		{ "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to "
		  "unexpected volume or user complaints",
		  "for its volume or for complaints", "Send less" },
		{ "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using Spamhaus",
		  "refuses mail from our address", "If the reply names a list" },
		{ "550 5.1.1 User unknown", "the mailbox does not exist", "spelling" },
		{ "Connection timed out", "could not be reached", "Look at DNS and the network" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		struct verdict_input input;
		struct verdict_said got;
		struct verdict v;

		verdict_parse_reply(span_of(said[i].reply), &input);
		verdict_judge(NULL, &input, &v);
		got = verdict_say_reply(v.category, &input);
		if (!strstr(got.words, said[i].words) || !strstr(got.advice, said[i].advice))
			fail_msg("%s: %s; %s", said[i].reply, got.words, got.advice);
		got = verdict_say(v.category, input.code, v.rule);
		assert_non_null(strstr(got.words, said[i].words));
	}
}

static void
every_code_has_a_category(void **state)
{
	(void)state;
	for (int code = 0; code < 600; code++) {
		for (int phase = 0; phase < VERDICT_PHASE_COUNT; phase++) {
			struct verdict v = judge_in(code, "", (enum verdict_phase)phase, NULL);

			assert_in_range(v.category, 1, VERDICT_CATEGORY_COUNT - 1);
			assert_false(v.suppresses && code != 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_replies),
		cmocka_unit_test(phase_decides_where_words_are_missing),
		cmocka_unit_test(a_provider_s_words_are_not_read_into_another_s),
		cmocka_unit_test(says_when_it_guesses),
		cmocka_unit_test(reads_how_long_to_wait),
		cmocka_unit_test(parses_code_and_status),
		cmocka_unit_test(parses_nothing),
		cmocka_unit_test(folds_text),
		cmocka_unit_test(names_are_complete_and_come_back),
		cmocka_unit_test(words_fit_the_reply),
		cmocka_unit_test(every_code_has_a_category),
	};

	return cmocka_run_group_tests(tests, verdict_kit_start, verdict_kit_stop);
}
