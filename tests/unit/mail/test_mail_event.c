/* test_mail_event.c - words both ways, and copies that stand alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "mail/mail_event.h"

static void
names_go_both_ways(void **state)
{
	enum mail_event_kind kind;
	enum mail_status status;

	(void)state;
	for (int i = 0; i < MAIL_EVENT_KIND_COUNT; i++) {
		assert_true(mail_event_kind_parse(
			span_of(mail_event_kind_name((enum mail_event_kind)i)), &kind));
		assert_int_equal(kind, i);
	}
	for (int i = 0; i < MAIL_STATUS_COUNT; i++) {
		assert_true(
			mail_status_parse(span_of(mail_status_name((enum mail_status)i)), &status));
		assert_int_equal(status, i);
	}
	assert_string_equal(mail_event_kind_name(MAIL_EVENT_AUTH_FAILED), "auth.failed");
	assert_false(mail_event_kind_parse(SPAN_LIT("Delivered"), &kind));
	assert_false(mail_status_parse(SPAN_LIT(""), &status));
}

static void
copies_stand_alone(void **state)
{
	char recipient[] = "joe@x.y", host[] = "mx.x.y", reply[] = "250 \0 ok";
	struct mail_event event = {
		.id = 7,
		.kind = MAIL_EVENT_DELIVERED,
		.recipient = recipient,
		.remote_host = host,
		.tls_version = "",
		.reply = { reply, sizeof reply - 1 },
		.duration_ms = -1,
	};
	struct mail_event *copy = mail_event_dup(&event);

	(void)state;
	memset(recipient, 'x', sizeof recipient - 1);
	memset(host, 'x', sizeof host - 1);
	memset(reply, 'x', sizeof reply - 1);
	assert_int_equal(copy->id, 7);
	assert_string_equal(copy->recipient, "joe@x.y");
	assert_string_equal(copy->remote_host, "mx.x.y");
	assert_string_equal(copy->tls_version, "");
	assert_null(copy->credential);
	assert_int_equal(copy->reply.n, 8);
	assert_memory_equal(copy->reply.p, "250 \0 ok", 8);
	mem_free(copy);
	event = (struct mail_event){ .kind = MAIL_EVENT_ALERT_RAISED };
	copy = mail_event_dup(&event);
	assert_null(copy->detail);
	mem_free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(copies_stand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
