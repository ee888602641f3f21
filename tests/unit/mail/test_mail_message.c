/* test_mail_message.c - who owns what of a message and its body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "mail/mail_message.h"

static void
counts_bytes(void **state)
{
	struct mail_body *body =
		mail_body_new(mem_strdup("A: b\r\n\r\n"), 8, mem_strdup("text\r\n"), 6, 0);
	struct mail_body *spooled = mail_body_new(mem_strdup("A: b\r\n\r\n"), 8, NULL, 1000000, 42);

	(void)state;
	assert_int_equal(mail_body_bytes(body), 14);
	assert_int_equal(mail_body_memory_bytes(body), sizeof *body + 14);
	assert_int_equal(mail_body_bytes(spooled), 1000008);
	assert_int_equal(mail_body_memory_bytes(spooled), sizeof *spooled + 8);
	mail_body_unref(&body);
	mail_body_unref(&spooled);
	assert_null(body);
}

/* The sanitizer build sees what is freed too early or never. */
static void
shares_the_body(void **state)
{
	struct mail_message *message = mail_message_new();
	struct mail_body *mine;

	(void)state;
	message->body = mail_body_new(mem_strdup("h"), 1, NULL, 0, 0);
	message->subject = arena_strdup(message->arena, "hello");
	mine = mail_body_ref(message->body);
	mail_message_free(&message);
	assert_null(message);
	assert_int_equal(mail_body_bytes(mine), 1);
	mail_body_unref(&mine);
	mail_body_unref(&mine);
	mail_message_free(&message);
	message = mail_message_new(); /* the body was given away */
	assert_string_equal(message->sender, "");
	mail_message_free(&message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_bytes),
		cmocka_unit_test(shares_the_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
