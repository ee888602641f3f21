/* test_record.c - what follows from a reply: outcome, hardness, and who waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "record/record.h"
#include "verdict_kit.h"

#define AT(word) VERDICT_PHASE_##word

static const struct {
	const char *name;
	enum verdict_phase phase;
	const char *reply; /* NULL: none, text instead */
	const char *text;
	enum mail_event_kind kind;
	bool is_hard;
	enum record_party party;
} cases[] = {
	{ "taken", AT(BODY), "250 2.0.0 queued\r\n", NULL, MAIL_EVENT_DELIVERED, false,
	  RECORD_RECIPIENT },
	{ "no such user", AT(RCPT), "550 5.1.1 no such user\r\n", NULL, MAIL_EVENT_BOUNCED, true,
	  RECORD_RECIPIENT },
	{ "no such user, 4xx", AT(RCPT), "450 4.1.1 no such user\r\n", NULL, MAIL_EVENT_DEFERRED,
	  false, RECORD_RECIPIENT },
	{ "mailbox full", AT(RCPT), "452 4.2.2 mailbox full\r\n", NULL, MAIL_EVENT_DEFERRED, false,
	  RECORD_RECIPIENT },
	{ "mailbox full after the dot", AT(BODY), "452 4.2.2 mailbox full\r\n", NULL,
	  MAIL_EVENT_DEFERRED, false, RECORD_RECIPIENT },
	{ "greylisted", AT(RCPT), "451 4.7.1 Greylisted, try again later\r\n", NULL,
	  MAIL_EVENT_DEFERRED, false, RECORD_RECIPIENT },
	{ "421 to RCPT", AT(RCPT), "421 4.7.0 too many connections\r\n", NULL, MAIL_EVENT_DEFERRED,
	  false, RECORD_SITE },
	{ "421 after the dot", AT(BODY), "421 shutting down\r\n", NULL, MAIL_EVENT_DEFERRED, false,
	  RECORD_CONNECTION },
	{ "421 at the greeting", AT(GREETING), "421 busy\r\n", NULL, MAIL_EVENT_DEFERRED, false,
	  RECORD_HOST },
	{ "554 at the greeting", AT(GREETING), "554 go away\r\n", NULL, MAIL_EVENT_DEFERRED, false,
	  RECORD_SOURCE },
	{ "system trouble at EHLO", AT(EHLO), "451 4.3.0 trouble\r\n", NULL, MAIL_EVENT_DEFERRED,
	  false, RECORD_HOST },
	{ "sender refused", AT(MAIL), "451 4.1.8 sender domain does not resolve\r\n", NULL,
	  MAIL_EVENT_DEFERRED, false, RECORD_MESSAGE },
	{ "too large", AT(MAIL), "552 5.3.4 message too big\r\n", NULL, MAIL_EVENT_BOUNCED, false,
	  RECORD_MESSAGE },
	{ "spam after the dot", AT(BODY), "550 5.7.1 message looks like spam\r\n", NULL,
	  MAIL_EVENT_BOUNCED, false, RECORD_MESSAGE },
	{ "blocklisted at RCPT", AT(RCPT),
	  "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using "
	  "zen.spamhaus.org\r\n",
	  NULL, MAIL_EVENT_BOUNCED, false, RECORD_SOURCE },
	{ "rate limit at RCPT", AT(RCPT), "450 4.7.28 rate limit exceeded, slow down\r\n", NULL,
	  MAIL_EVENT_DEFERRED, false, RECORD_SITE },
	{ "rate limit of one mailbox", AT(RCPT),
	  "450 4.2.1 The user you are trying to contact is receiving mail at a rate that "
	  "prevents additional messages from being delivered\r\n",
	  NULL, MAIL_EVENT_DEFERRED, false, RECORD_RECIPIENT },
	{ "no connection", AT(CONNECT), NULL, "connect timed out after 60s", MAIL_EVENT_DEFERRED,
	  false, RECORD_HOST },
	{ "lost in the message", AT(BODY), NULL, "connection reset while waiting for the reply",
	  MAIL_EVENT_DEFERRED, false, RECORD_CONNECTION },
};

static void
judges(void **state)
{
	struct smtp_reply reply;
	struct err err;
	size_t used;

	(void)state;
	smtp_reply_init(&reply);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct record_facts facts = { .phase = cases[i].phase, .text = cases[i].text };
		struct mail_event event = { .is_hard = true };
		struct verdict verdict;
		const struct record_ruling *ruling;

		if (cases[i].reply) {
			assert_int_equal(smtp_reply_parse(span_of(cases[i].reply), &reply, &used,
			  &err),
			                 SMTP_REPLY_DONE);
			facts.reply = &reply;
		}
		record_judge(&facts, &event, &verdict, &ruling);
		if (event.kind == MAIL_EVENT_DELIVERED) {
			assert_null(ruling);
			continue;
		}
		if (event.kind != cases[i].kind || event.is_hard != cases[i].is_hard ||
		    ruling->party != cases[i].party)
			fail_msg("%s: kind %d hard %d %s: %s %s", cases[i].name, event.kind,
			         event.is_hard, ruling->name, record_party_name(ruling->party),
			         verdict_category_name(event.category));
		assert_int_equal(event.code, cases[i].reply ? reply.code : 0);
		assert_int_equal(event.category == VERDICT_NONE,
		  event.kind == MAIL_EVENT_DELIVERED);
		if (!cases[i].reply)
			assert_true(span_is(event.reply, cases[i].text));
	}
	smtp_reply_deinit(&reply);
}

static void
refuses_a_message_softly(void **state)
{
	const struct record_ruling *ruling;
	struct mail_event event = { 0 };
	struct verdict verdict;

	(void)state;
	record_refuse((struct verdict_status){ 5, 3, 4 }, "too large for the server", &event,
	              &verdict, &ruling);
	assert_int_equal(ruling->party, RECORD_MESSAGE);
	assert_int_equal(event.kind, MAIL_EVENT_BOUNCED);
	assert_int_equal(event.category, VERDICT_MESSAGE_TOO_LARGE);
	assert_int_equal(event.code, 0);
	assert_int_equal(event.enhanced.detail, 4);
	assert_false(event.is_hard);
	assert_false(verdict.suppresses);
	assert_true(verdict.permanent);
	assert_string_equal(event.detail, "too large for the server");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(refuses_a_message_softly),
	};

	return cmocka_run_group_tests(tests, verdict_kit_start, verdict_kit_stop);
}
