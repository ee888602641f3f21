/* test_parse_describe.c - what the log keeps of a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"
#include "parse/parse_header.h"

static struct mail_message *
described(const char *section)
{
	struct mail_message *message = mail_message_new();
	struct parse_header header;
	struct err err;

	if (parse_header_scan(span_of(section), 100, message->arena, &header, &err) < 0)
		fail_msg("%s", err.text);
	parse_header_describe(&header, message);
	return message;
}

static void
takes_message_ids(void **state)
{
	static const struct {
		const char *name, *section, *want;
	} rows[] = {
		{ "plain", "Message-ID: <a@b>\r\n\r\n", "a@b" },
		{ "case", "message-id:<a@b>\r\n\r\n", "a@b" },
		{ "folded", "Message-ID:\r\n <a@b>\r\n\r\n", "a@b" },
		{ "comment around", "Message-ID: (x) <a@b> (y)\r\n\r\n", "a@b" },
		{ "no brackets", "Message-ID: a@b\r\n\r\n", "a@b" },
		{ "not closed", "Message-ID: <a@b\r\n\r\n", "a@b" },
		{ "blanks inside", "Message-ID: <a @\r\n b>\r\n\r\n", "a@b" },
		{ "empty brackets", "Message-ID: <>\r\n\r\n", NULL },
		{ "empty", "Message-ID:\r\n\r\n", NULL },
		{ "none", "To: a@b\r\n\r\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mail_message *m = described(rows[i].section);

		if ((m->message_id != NULL) != (rows[i].want != NULL) ||
		    (m->message_id && strcmp(m->message_id, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].name, m->message_id ? m->message_id : "none");
		mail_message_free(&m);
	}
}

static void
takes_subject_and_tags(void **state)
{
	struct mail_message *m = described("Subject: =?utf-8?Q?caf=C3=A9?=\r\n"
	                                   "X-Relay-Tag: order, night batch ,,order\r\n"
	                                   "x-relay-tag: =?utf-8?Q?=C3=A9?=\r\n\r\n");

	(void)state;
	assert_string_equal(m->subject, "caf\xc3\xa9");
	assert_int_equal(m->tags, 3);
	assert_string_equal(m->tag[0], "order");
	assert_string_equal(m->tag[1], "night batch");
	assert_string_equal(m->tag[2], "\xc3\xa9");
	mail_message_free(&m);
	m = described("To: a@b\r\n\r\n");
	assert_null(m->subject);
	assert_int_equal(m->tags, 0);
	mail_message_free(&m);
}

static void
bounds_subject_and_tags(void **state)
{
	struct mail_message *m;
	struct buf section;

	(void)state;
	buf_init(&section, 100000);
	buf_append_text(&section, "Subject: x");
	for (int i = 0; i < 1000; i++)
		buf_append_text(&section, "\xc3\xa9");
	buf_append_text(&section, "\r\nX-Relay-Tag: ");
	for (int i = 0; i < 100; i++)
		buf_printf(&section, "%d,", i);
	for (int i = 0; i < 200; i++)
		buf_append_text(&section, "y");
	buf_append_text(&section, "\r\nX-Relay-Tag: z\r\n\r\n");
	buf_append(&section, "", 1);
	m = described(buf_data(&section));
	assert_int_equal(strlen(m->subject), MAIL_SUBJECT_MAX_BYTES - 1); /* x and whole runes */
	assert_true(utf8_is_valid(span_of(m->subject)));
	assert_int_equal(m->tags, MAIL_TAGS_MAX);
	mail_message_free(&m);
	buf_deinit(&section);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_message_ids),
		cmocka_unit_test(takes_subject_and_tags),
		cmocka_unit_test(bounds_subject_and_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
