/* test_parse_rewrite.c - the header as it goes out, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/id.h"
#include "parse/parse_header.h"

#define NOW_MS INT64_C(1795442531000) /* Mon, 23 Nov 2026 14:02:11 +0000 */
#define FULL "Date: x\r\nMessage-ID: <a@b>\r\n"

static const struct parse_trace shown = {
	.hostname = "relay.example.com",
	.client_name = "app1",
	.client_address = "192.0.2.7",
	.protocol = "ESMTPSA",
	.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
	.credential = "shop",
	.id = 1,
	.single_recipient = "joe@example.net",
	.now_unix_ms = NOW_MS,
};

static const struct parse_trace hidden = {
	.hostname = "relay.example.com",
	.client_name = "app1",
	.protocol = "ESMTPA",
	.tls = "",
	.credential = "shop",
	.id = 1,
	.now_unix_ms = NOW_MS,
};

#define RECEIVED_HIDDEN                                                                            \
	"Received: by relay.example.com with ESMTPA id 0000000000001;\r\n"                         \
	"\tMon, 23 Nov 2026 14:02:11 +0000\r\n"

static void
rewrite(const char *section, const struct parse_trace *trace, const char *message_id,
	struct buf *out)
{
	struct arena *arena = arena_new(0);
	struct parse_header header;
	struct err err;

	buf_clear(out);
	if (parse_header_scan(span_of(section), 100, arena, &header, &err) < 0 ||
	    parse_header_rewrite(&header, trace, message_id, out, &err) < 0)
		fail_msg("%s", err.text);
	arena_free(&arena);
}

static void
edits_what_must_be_edited(void **state)
{
	static const struct {
		const char *name, *section, *want; /* want: after Received */
	} rows[] = {
		{ "untouched", FULL "To:\ta@b \r\n  c\r\nX-y : z\r\n\r\n",
		  FULL "To:\ta@b \r\n  c\r\nX-y : z\r\n\r\n" },
		{ "dropped",
		  "Bcc: a@b\r\n c@d\r\nbcc:\r\n" FULL
		  "Resent-Bcc: a\r\nReturn-Path: <x>\r\nX-Relay-Tag: t\r\nx-relay-foo: u\r\n"
		  "X-Relayed: stays\r\n\r\n",
		  FULL "X-Relayed: stays\r\n\r\n" },
		{ "missing", "To: a@b\r\n\r\n",
		  "To: a@b\r\nDate: Mon, 23 Nov 2026 14:02:11 +0000\r\nMessage-ID: "
		  "<new@id>\r\n\r\n" },
		{ "Date is there", "date: x\r\n\r\n", "date: x\r\nMessage-ID: <new@id>\r\n\r\n" },
		{ "cut short", FULL "To: a@b", FULL "To: a@b\r\n\r\n" },
		{ "nothing", "",
		  "Date: Mon, 23 Nov 2026 14:02:11 +0000\r\nMessage-ID: <new@id>\r\n\r\n" },
		{ "older trace stays", "Received: old\r\n" FULL "\r\n",
		  "Received: old\r\n" FULL "\r\n" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct span rest;

		rewrite(rows[i].section, &hidden, "new@id", &out);
		assert_true(span_starts_nocase(buf_span(&out), RECEIVED_HIDDEN));
		rest = (struct span){ buf_data(&out) + strlen(RECEIVED_HIDDEN),
				      out.len - strlen(RECEIVED_HIDDEN) };
		if (!span_is(rest, rows[i].want))
			fail_msg("%s: %.*s", rows[i].name, (int)rest.n, rest.p);
	}
	rewrite("Date: x\r\n\r\n", &hidden, NULL, &out);
	assert_true(span_is(buf_span(&out), RECEIVED_HIDDEN "Date: x\r\n\r\n"));
	buf_deinit(&out);
}

static void
traces_the_client(void **state)
{
	struct parse_trace trace = shown;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	rewrite(FULL "\r\n", &trace, NULL, &out);
	assert_true(span_is(buf_span(&out),
			    "Received: from app1 ([192.0.2.7])\r\n"
			    "\t(Authenticated sender: shop)\r\n"
			    "\tby relay.example.com with ESMTPSA id 0000000000001\r\n"
			    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n"
			    "\tfor <joe@example.net>;\r\n"
			    "\tMon, 23 Nov 2026 14:02:11 +0000\r\n" FULL "\r\n"));
	trace.client_name = "a(b)\r\nBcc: j\xc3\xb6";
	trace.client_address = "2001:db8::1";
	trace.credential = "sh)op";
	trace.tls = "";
	trace.single_recipient = "j\xc3\xb6@example.net"; /* would make the header 8-bit */
	rewrite(FULL "\r\n", &trace, NULL, &out);
	assert_true(span_is(buf_span(&out),
			    "Received: from a?b???Bcc: j?? ([IPv6:2001:db8::1])\r\n"
			    "\t(Authenticated sender: sh?op)\r\n"
			    "\tby relay.example.com with ESMTPSA id 0000000000001;\r\n"
			    "\tMon, 23 Nov 2026 14:02:11 +0000\r\n" FULL "\r\n"));
	trace.protocol = "UTF8SMTPSA";
	rewrite(FULL "\r\n", &trace, NULL, &out);
	assert_non_null(memmem(buf_data(&out), out.len, "for <j\xc3\xb6@example.net>;", 22));
	buf_deinit(&out);
}

static void
says_when_there_is_no_room(void **state)
{
	struct arena *arena = arena_new(0);
	struct parse_header header;
	struct err err;
	struct buf out;

	(void)state;
	assert_int_equal(parse_header_scan(SPAN_LIT("To: a\r\n\r\n"), 10, arena, &header, &err), 0);
	for (size_t max = 0; max < 150; max++) {
		buf_init(&out, max);
		if (parse_header_rewrite(&header, &hidden, "a@b", &out, &err) == 0)
			assert_true(max > 100);
		else
			assert_int_equal(err.code, 552);
		buf_deinit(&out);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_what_must_be_edited),
		cmocka_unit_test(traces_the_client),
		cmocka_unit_test(says_when_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
