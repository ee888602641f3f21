/* The mail about alerts: one change, several, and more than fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "alert/alert_mail.h"
#include "base/mem.h"

#define NOW ((int64_t)1798718400000) /* 2026-12-31 12:00:00 UTC */

static void
write_one(const struct alert_change *change, size_t changes, size_t left_out, char **head_out,
          char **text_out, char **subject_out)
{
	const struct alert_mail mail = {
		.hostname = "relay.example", .from = "MAILER-DAEMON@relay.example",
		.to = "ops@shop.example", .now_unix_ms = NOW, .id = 1,
		.change = change, .changes = changes, .left_out = left_out, .raised = 3,
	};
	struct buf head, text, subject;
	size_t n;

	buf_init(&head, 8192);
	buf_init(&text, 65536);
	buf_init(&subject, 512);
	alert_mail_write(&mail, &head, &text, &subject);
	*head_out = buf_take(&head, &n);
	*text_out = buf_take(&text, &n);
	*subject_out = buf_take(&subject, &n);
}

static void
tells_what_changed(void **state)
{
	const struct alert_change two[] = {
		{ true, NOW, (char[]){ "credential b\xc3\xbc" "cher has used up its quota" } },
		{ false, NOW, (char[]){ "the certificate ends in 3d" } },
	};
	char *head, *text, *subject;

	(void)state;
	write_one(two, 1, 0, &head, &text, &subject);
	assert_non_null(strstr(subject, "[relay.example] alert: credential b"));
	assert_non_null(strstr(head, "From: MAILER-DAEMON@relay.example\r\n"
	                             "To: ops@shop.example\r\n"));
	assert_non_null(strstr(head, "Subject: =?")); /* not ASCII */
	assert_non_null(strstr(head, "Auto-Submitted: auto-generated\r\n"));
	assert_non_null(strstr(text, "2026-12-31T12:00:00Z  RAISED\r\n"));
	assert_non_null(strstr(text, "b=C3=BCcher"));
	mem_free(head);
	mem_free(text);
	mem_free(subject);

	write_one(two, 2, 7, &head, &text, &subject);
	assert_string_equal(subject, "[relay.example] 9 alerts changed, 3 now");
	assert_non_null(strstr(text, "2026-12-31T12:00:00Z  cleared\r\n"));
	assert_non_null(strstr(text, "and 7 more."));
	assert_non_null(strstr(text, "3 raised now; `relaycli status` on relay.example"));
	mem_free(head);
	mem_free(text);
	mem_free(subject);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
