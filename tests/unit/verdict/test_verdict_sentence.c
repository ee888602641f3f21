/* test_verdict_sentence.c - the fixed wordings, letter for letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "verdict/verdict_sentence.h"

/* 2026-11-25 13:30:00 UTC is 14:30:00 CET */
#define NOW INT64_C(1795613400000)
#define AT(h, m, s) (NOW + (((h)-14) * 3600 + ((m)-30) * 60 + (s)) * INT64_C(1000))
#define DAY INT64_C(86400000)
#define CET .now_unix_ms = NOW, .utc_offset_sec = 3600, .zone = "CET"

static const struct {
	struct verdict_facts facts;
	const char *want;
} cases[] = {
	{ { CET, .answer = VERDICT_ANSWER_DELIVERED, .provider = "Gmail",
	    .at_unix_ms = AT(14, 2, 11), .accepted_unix_ms = AT(14, 2, 11) - 1200 },
	  "Yes. Gmail accepted it at 14:02:11 today (CET), 1.2 seconds after your app sent it." },
	{ { CET, .answer = VERDICT_ANSWER_DELIVERED, .provider = "mx.sea.example",
	    .at_unix_ms = AT(9, 0, 5) - 3 * DAY, .accepted_unix_ms = AT(5, 0, 0) - 3 * DAY },
	  "Yes. mx.sea.example accepted it at 09:00:05 on 22 Nov (CET), 4 hours after your app "
	  "sent it." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .provider = "Yahoo", .code = 421,
	    .enhanced = { 4, 7, 0 }, .reply = { "4.7.0 [TSS04] Messages from", 27 }, .tries = 3,
	    .category = VERDICT_RATE_LIMITED, .next_attempt_unix_ms = AT(14, 34, 40),
	    .expires_unix_ms = AT(13, 58, 0) + 3 * DAY },
	  "Not yet. Yahoo asked us to slow down (421 TSS04). 3 tries; next at 14:34:40; "
	  "gives up 28 Nov 13:58." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .provider = "Yahoo", .code = 421, .tries = 2,
	    .category = VERDICT_RATE_LIMITED, .next_attempt_unix_ms = AT(14, 42, 0),
	    .expires_unix_ms = AT(14, 41, 30) },
	  "Not yet. Yahoo asked us to slow down (421). 2 tries; no more before it gives up "
	  "14:41:30." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .waits_for = "Its queue is full",
	    .next_attempt_unix_ms = AT(14, 42, 0), .expires_unix_ms = AT(14, 42, 0) },
	  "Not yet. Its queue is full. No try so far; none before it gives up 14:42:00." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING }, "Not yet. No try so far; next in a moment." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .provider = "Yahoo", .code = 421, .tries = 3,
	    .category = VERDICT_RATE_LIMITED, .waits_for = "The address is switched off",
	    .next_attempt_unix_ms = AT(14, 34, 40) },
	  "Not yet. The address is switched off. 3 tries; next at 14:34:40." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .waits_for = "All 2 connections are at work",
	    .has_no_time = true, .expires_unix_ms = AT(13, 58, 0) + 3 * DAY },
	  "Not yet. All 2 connections are at work. No try so far; when it is tried next "
	  "cannot be told; gives up 28 Nov 13:58." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .waits_for = "It is being handed over, for 52s",
	    .is_under_way = true, .next_attempt_unix_ms = AT(14, 42, 0),
	    .expires_unix_ms = AT(14, 42, 0) },
	  "Not yet. It is being handed over, for 52s. It is the first try; gives up 14:42." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .waits_for = "It is being handed to x now",
	    .is_under_way = true, .tries = 2, .expires_unix_ms = AT(14, 42, 0) },
	  "Not yet. It is being handed to x now. 2 tries before; gives up 14:42." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .provider = "Gmail", .tries = 1, .code = 452,
	    .enhanced = { 4, 2, 2 }, .category = VERDICT_MAILBOX_FULL,
	    .next_attempt_unix_ms = AT(14, 35, 0) },
	  "Not yet. Gmail said: mailbox full (452 4.2.2). 1 try; next at 14:35:00." },
	{ { CET, .answer = VERDICT_ANSWER_BOUNCED, .at_unix_ms = AT(13, 11, 2), .code = 550,
	    .enhanced = { 5, 1, 1 }, .category = VERDICT_MAILBOX_UNKNOWN, .is_suppressed = true },
	  "No. It bounced at 13:11:02: the mailbox does not exist (550 5.1.1). "
	  "The address is now suppressed." },
	{ { CET, .answer = VERDICT_ANSWER_BOUNCED, .at_unix_ms = AT(13, 11, 2), .actor = "ana",
	    .detail = "wrong price", .category = VERDICT_POLICY, .enhanced = { 5, 7, 1 } },
	  "No. ana bounced it at 13:11 (\"wrong price\")." },
	{ { CET, .answer = VERDICT_ANSWER_SUPPRESSED, .recipient = "b@x.example",
	    .at_unix_ms = AT(12, 0, 0) - 24 * DAY, .suppression_reason = "hard bounce" },
	  "No. We did not try: b@x.example is suppressed since 1 Nov (hard bounce). "
	  "Remove: relaycli suppression remove b@x.example" },
	{ { CET, .answer = VERDICT_ANSWER_SUPPRESSED, .recipient = "b@x.example",
	    .at_unix_ms = AT(12, 0, 0) - 24 * DAY, .suppression_reason = "complaint" },
	  "No. We did not try: b@x.example is suppressed since 1 Nov (complaint). They want no "
	  "more mail; see: relaycli suppression check b@x.example" },
	{ { CET, .answer = VERDICT_ANSWER_SUPPRESSED, .recipient = "b@x.example", .tries = 1,
	    .at_unix_ms = AT(12, 0, 0) - 24 * DAY, .suppression_reason = "mailbox full" },
	  "No. We gave up after 1 try: b@x.example is suppressed since 1 Nov (mailbox full). "
	  "Remove: relaycli suppression remove b@x.example" },
	{ { CET, .answer = VERDICT_ANSWER_HELD, .actor = "ana", .held = "queue x.example",
	    .release = "queue release x.example", .at_unix_ms = AT(13, 50, 0),
	    .until_unix_ms = AT(15, 0, 0) },
	  "On hold. ana held the queue x.example at 13:50, until 15:00. Release: relaycli queue "
	  "release x.example" },
	{ { CET, .answer = VERDICT_ANSWER_UNKNOWN, .was_cut_off = true },
	  "Unknown. The log is too long to look through for that in time; nothing found so far. "
	  "Quick are: an address or a part of one (to:lee), msgid:, id:, tag:, or less time "
	  "(--since 1d)." },
	{ { CET, .answer = VERDICT_ANSWER_REJECTED, .at_unix_ms = AT(12, 1, 30), .code = 550,
	    .detail = "sender billing@x is not allowed for credential shop-prod" },
	  "No. It was refused at submission at 12:01: sender billing@x is not allowed for "
	  "credential shop-prod (550)." },
	{ { CET, .answer = VERDICT_ANSWER_HELD, .actor = "ana", .held = "queue yahoo.com",
	    .release = "queue release yahoo.com",
	    .at_unix_ms = AT(13, 50, 0), .detail = "complaint spike" },
	  "On hold. ana held the queue yahoo.com at 13:50 (\"complaint spike\"). "
	  "Release: relaycli queue release yahoo.com" },
	{ { CET, .answer = VERDICT_ANSWER_BOUNCED_LATER, .at_unix_ms = AT(14, 2, 11),
	    .bounce_unix_ms = AT(14, 9, 40), .code = 550, .enhanced = { 5, 2, 2 },
	    .category = VERDICT_MAILBOX_FULL },
	  "Bounced later. Delivered 14:02:11, then a bounce came back 14:09:40: mailbox full "
	  "(5.2.2)." },
	{ { CET, .answer = VERDICT_ANSWER_PARTLY, .delivered_count = 2, .recipient_count = 3,
	    .waiting = "b.lee@yahoo.com" },
	  "Partly. 2 of 3 recipients delivered; b.lee@yahoo.com is waiting." },
	{ { CET, .answer = VERDICT_ANSWER_NO_TRACE, .log_from_unix_ms = AT(12, 0, 0) - 92 * DAY,
	    .near = "b.leee@gmail.com", .near_count = 2 },
	  "No trace. Nothing to that address in the log, which is complete from 25 Aug to now. "
	  "Check the spelling; near: b.leee@gmail.com (2)" },
	{ { CET, .answer = VERDICT_ANSWER_UNKNOWN, .gap_from_unix_ms = AT(13, 0, 0),
	    .gap_until_unix_ms = AT(13, 4, 0) },
	  "Unknown. The log has a gap 13:00\u201313:04 today; nothing found outside it." },
	{ { CET, .answer = VERDICT_ANSWER_WAITING, .provider = "mx.later.example", .tries = 1,
	    .code = 450, .enhanced = { 4, 7, 1 }, .category = VERDICT_NETWORK_ERROR,
	    .reply = { "4.7.1 Please try again in 300 hours", 35 },
	    .next_attempt_unix_ms = AT(16, 0, 0), .expires_unix_ms = AT(18, 0, 0) },
	  "Not yet. mx.later.example could not take it yet (450 4.7.1). 1 try; next at 16:00:00; "
	  "gives up 18:00." },
	{ { .now_unix_ms = NOW,
	    .answer = VERDICT_ANSWER_EXPIRED,
	    .at_unix_ms = AT(14, 0, 0) - 400 * DAY,
	    .tries = 12,
	    .category = VERDICT_NETWORK_ERROR },
	  "No. We gave up at 21 Oct 2025 13:00:00 after 12 tries: the server could not be "
	  "reached." },
};

static void
says_it_in_the_fixed_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out;

		buf_init(&out, 1024);
		assert_int_equal(verdict_sentence(&cases[i].facts, &out), 0);
		buf_append(&out, "", 1);
		assert_string_equal(buf_data(&out), cases[i].want);
		buf_deinit(&out);
	}
}

static void
a_full_buffer_is_reported(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 20);
	assert_int_equal(verdict_sentence(&cases[0].facts, &out), -1);
	buf_deinit(&out);
}

static void
delivered_is_not_read(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	assert_int_equal(verdict_sentence_note(&cases[0].facts, &out), 0);
	assert_true(span_is(buf_span(&out), "That means it reached Gmail; whether Gmail put it in "
					    "the inbox or spam is not visible to us."));
	buf_clear(&out);
	assert_int_equal(verdict_sentence_note(&cases[5].facts, &out), 0);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
	assert_string_equal(verdict_provider_title("google"), "Gmail");
	assert_string_equal(verdict_provider_title("mx.sea.example"), "mx.sea.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_it_in_the_fixed_words),
		cmocka_unit_test(a_full_buffer_is_reported),
		cmocka_unit_test(delivered_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
