/* test_mail_notice.c - the whole matrix: NOTIFY against outcome (RFC 3461 s4.1, s5.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/mail_notice.h"
#include "smtp/smtp_command.h"

enum { NO = MAIL_NOTICE_NONE, FAIL = MAIL_NOTICE_FAILED, PASS = MAIL_NOTICE_RELAYED };

static void
matrix_of_notify_and_outcome(void **state)
{
	static const enum mail_event_kind kinds[] = {
		MAIL_EVENT_BOUNCED, MAIL_EVENT_EXPIRED, MAIL_EVENT_SUPPRESSED,
		MAIL_EVENT_DELIVERED, MAIL_EVENT_CANCELLED, MAIL_EVENT_DEFERRED,
	};
	static const struct {
		const char *name;
		unsigned notify;
		int expected[6];     /* by kind, next server without DSN */
		int passed_on;       /* delivered to one with DSN */
		bool delay;
	} rows[] = {
		{ "not said", 0, { FAIL, FAIL, FAIL, NO, NO, NO }, NO, true },
		{ "never", SMTP_NOTIFY_NEVER, { NO, NO, NO, NO, NO, NO }, NO, false },
		{ "failure", SMTP_NOTIFY_FAILURE, { FAIL, FAIL, FAIL, NO, NO, NO }, NO, false },
		{ "delay", SMTP_NOTIFY_DELAY, { NO, NO, NO, NO, NO, NO }, NO, true },
		{ "success", SMTP_NOTIFY_SUCCESS, { NO, NO, NO, PASS, NO, NO }, NO, false },
		{ "failure, delay", SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY,
		  { FAIL, FAIL, FAIL, NO, NO, NO }, NO, true },
		{ "all", SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY,
		  { FAIL, FAIL, FAIL, PASS, NO, NO }, NO, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].name);
		for (size_t k = 0; k < 6; k++)
			assert_int_equal(mail_notice_of(kinds[k], rows[i].notify, false),
			                 rows[i].expected[k]);
		assert_int_equal(mail_notice_of(MAIL_EVENT_DELIVERED, rows[i].notify, true),
		                 rows[i].passed_on);
		assert_int_equal(mail_notice_of(MAIL_EVENT_BOUNCED, rows[i].notify, true),
		                 rows[i].expected[0]);
		assert_int_equal(mail_notice_wants_delay(rows[i].notify), rows[i].delay);
	}
}

static void
actions_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(mail_notice_action(MAIL_NOTICE_NONE), "");
	assert_string_equal(mail_notice_action(MAIL_NOTICE_FAILED), "failed");
	assert_string_equal(mail_notice_action(MAIL_NOTICE_DELAYED), "delayed");
	assert_string_equal(mail_notice_action(MAIL_NOTICE_RELAYED), "relayed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrix_of_notify_and_outcome),
		cmocka_unit_test(actions_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
