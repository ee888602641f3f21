/* test_notice_compose.c - whole notices, compared byte for byte with golden/, whose
 * files were read against RFC 3464 and RFC 6533 when they were made.
 * RELAY_GOLDEN=write makes them anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/id.h"
#include "base/mem.h"
#include "notice/notice_compose.h"
#include "smtp/smtp_command.h"

#define NOW_MS 1795442531000 /* 2026-11-23T14:02:11Z */
#define HEAD "Received: by relay.example\r\nFrom: app@shop.example\r\nTo: b@gone.example\r\n" \
	"Subject: hello\r\nMessage-ID: <17@shop.example>\r\n\r\n"
#define HEAD_UTF8 "From: app@shop.example\r\nSubject: Gr\xc3\xbc\xc3\x9f" "e\r\n\r\n"
#define TEXT "This is a line.\r\n"

static const struct store_notice_recipient unknown = {
	.no = 0, .address = "b@gone.example", .orcpt = "rfc822;B+2Bx@gone.example",
	.notice = MAIL_NOTICE_FAILED, .attempts = 1, .at_unix_ms = NOW_MS - 1000,
	.kind = MAIL_EVENT_BOUNCED, .code = 550, .enhanced = { 5, 1, 1 },
	.category = VERDICT_MAILBOX_UNKNOWN, .remote_host = "mx.gone.example",
	.remote_address = "192.0.2.25", .reply = { "5.1.1 no such user", 18 } };
static const struct store_notice_recipient expired = {
	.no = 1, .address = "c@full.example", .notice = MAIL_NOTICE_FAILED, .attempts = 9,
	.at_unix_ms = NOW_MS - 3600000, .kind = MAIL_EVENT_EXPIRED, .code = 452,
	.enhanced = { 4, 2, 2 }, .category = VERDICT_MAILBOX_FULL,
	.remote_host = "mx.full.example", .reply = { "4.2.2 mailbox\nfull", 18 } };
static const struct store_notice_recipient unreached = {
	.no = 2, .address = "d@nowhere.example", .notice = MAIL_NOTICE_FAILED,
	.kind = MAIL_EVENT_BOUNCED, .enhanced = { 5, 1, 2 }, .category = VERDICT_DOMAIN_NOT_FOUND,
	.reply = { "the domain does not exist", 25 } };
static const struct store_notice_recipient suppressed = {
	.no = 3, .address = "e@gone.example", .notice = MAIL_NOTICE_FAILED,
	.kind = MAIL_EVENT_SUPPRESSED, .detail = "hard bounce; since 2026-11-01T00:00:00.000Z" };
static const struct store_notice_recipient withdrawn = {
	.no = 3, .address = "e@gone.example", .notice = MAIL_NOTICE_FAILED, .attempts = 2,
	.at_unix_ms = NOW_MS - 1000, .kind = MAIL_EVENT_BOUNCED, .enhanced = { 5, 7, 1 },
	.category = VERDICT_POLICY, .detail = "bounced by root: withdrawn by the shop",
	.reply = { "bounced by root: withdrawn by the shop", 38 } };
static const struct store_notice_recipient delayed = {
	.no = 4, .address = "f@slow.example", .notice = MAIL_NOTICE_DELAYED, .attempts = 4,
	.at_unix_ms = NOW_MS - 60000, .kind = MAIL_EVENT_DEFERRED, .code = 451,
	.enhanced = { 4, 7, 1 }, .category = VERDICT_GREYLISTED, .remote_host = "mx.slow.example",
	.reply = { "4.7.1 try \xff later", 18 } };
static const struct store_notice_recipient untried = {
	.no = 5, .address = "g@slow.example", .notice = MAIL_NOTICE_DELAYED };
static const struct store_notice_recipient relayed = {
	.no = 6, .address = "h@ok.example", .notice = MAIL_NOTICE_RELAYED, .attempts = 1,
	.at_unix_ms = NOW_MS - 1000, .kind = MAIL_EVENT_DELIVERED, .code = 250,
	.remote_host = "mx.ok.example", .reply = { "Ok: queued as 7", 15 } };
static const struct store_notice_recipient international = {
	.no = 7, .address = "zo\xc3\xab@gone.example", .orcpt = "utf-8;zo\\x{EB}@gone.example",
	.notice = MAIL_NOTICE_FAILED, .attempts = 1, .at_unix_ms = NOW_MS - 1000,
	.kind = MAIL_EVENT_BOUNCED, .code = 550, .enhanced = { 5, 1, 1 },
	.category = VERDICT_MAILBOX_UNKNOWN, .remote_host = "mx.gone.example",
	.reply = { "5.1.1 zo\xc3\xab ist unbekannt", 24 } };

static const struct row {
	const char *name;
	const char *sender, *subject, *envid, *head;
	unsigned char ret;
	uint64_t return_max_bytes;
	bool is_text_missing;
	const struct store_notice_recipient *recipient[4];
	const char *text; /* NULL: TEXT */
} rows[] = {
	{ "failed", "app@shop.example", "hello", "order+2B17", HEAD, SMTP_RET_UNSAID, 1000, false,
	  { &unknown }, NULL },
	{ "failed_full", "app@shop.example", "hello", NULL, HEAD, SMTP_RET_FULL, 1000, false,
	  { &unknown, &expired }, NULL },
	{ "failed_full_8bit", "app@shop.example", "hello", NULL, HEAD, SMTP_RET_FULL, 1000, false,
	  { &unknown }, "Gr\xc3\xbc\xc3\x9f" "e = 8-bit \r\n.\r\n" },
	{ "failed_too_large", "app@shop.example", NULL, NULL, HEAD, SMTP_RET_FULL, 100, false,
	  { &unreached, &suppressed }, NULL },
	{ "failed_text_not_here", "app@shop.example", NULL, NULL, HEAD, SMTP_RET_FULL, 100000, true,
	  { &unknown }, NULL },
	{ "failed_by_operator", "app@shop.example", NULL, NULL, HEAD, SMTP_RET_HDRS, 1000, false,
	  { &withdrawn }, NULL },
	{ "delayed", "app@shop.example", "hello", NULL, HEAD, SMTP_RET_FULL, 1000, false,
	  { &delayed, &untried }, NULL },
	{ "relayed", "app@shop.example", "hello", NULL, HEAD, SMTP_RET_FULL, 1000, false,
	  { &relayed }, NULL },
	{ "mixed", "app@shop.example", "Gr\xc3\xbc\xc3\x9f" "e", NULL, HEAD_UTF8, SMTP_RET_HDRS,
	  1000, false, { &relayed, &unknown, &delayed }, NULL },
	{ "ascii_about_utf8", "app@shop.example", "Gr\xc3\xbc\xc3\x9f" "e", NULL, HEAD_UTF8,
	  SMTP_RET_HDRS, 1000, false, { &international }, NULL },
	{ "global", "j\xc3\xb6rg@shop.example", "Gr\xc3\xbc\xc3\x9f" "e", NULL, HEAD_UTF8,
	  SMTP_RET_HDRS, 1000, false, { &international, &unknown }, NULL },
	{ "global_full", "j\xc3\xb6rg@shop.example", "hello", NULL, HEAD_UTF8, SMTP_RET_FULL, 1000,
	  false, { &international }, NULL },
};

static void
compose(const struct row *row, struct notice_text *out)
{
	struct store_notice_recipient recipient[4];
	struct store_notice about = { .sender = row->sender, .subject = row->subject,
		                      .envid = row->envid, .ret = row->ret,
		                      .header_message_id = "17@shop.example",
		                      .message_id = id_lowest_at(NOW_MS - 7200000),
		                      .expires_unix_ms = NOW_MS + 86400000,
		                      .recipient = recipient };
	struct notice_facts facts = { .about = &about, .hostname = "relay.example",
		                      .from = "MAILER-DAEMON@relay.example",
		                      .id = id_lowest_at(NOW_MS), .salt = 0x1234,
		                      .now_unix_ms = NOW_MS,
		                      .return_max_bytes = row->return_max_bytes };
	const char *text = row->text ? row->text : TEXT;
	struct err err;

	while (about.recipients < 4 && row->recipient[about.recipients]) {
		recipient[about.recipients] = *row->recipient[about.recipients];
		about.recipients++;
	}
	about.body = mail_body_new(mem_strdup(row->head), strlen(row->head),
	                           row->is_text_missing ? NULL : mem_strdup(text), strlen(text),
	                           row->is_text_missing ? 42 : 0);
	about.body->text_8bit = row->text != NULL;
	about.body->head_8bit = strstr(row->head, "\xc3") != NULL;
	assert_int_equal(notice_compose(&facts, out, &err), 0);
	mail_body_unref(&about.body);
}

static void
compare(const char *name, struct notice_text *made)
{
	char path[128], golden[16384];
	struct buf whole;
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "tests/unit/notice/golden/%s.eml", name);
	buf_init(&whole, sizeof golden);
	buf_append_span(&whole, buf_span(&made->head));
	buf_append_span(&whole, buf_span(&made->text));
	if (getenv("RELAY_GOLDEN")) {
		file = fopen(path, "w");
		assert_non_null(file);
		fwrite(buf_data(&whole), 1, whole.len, file);
		fclose(file);
	}
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(golden, 1, sizeof golden - 1, file);
	fclose(file);
	golden[n] = '\0';
	buf_append(&whole, "", 1);
	assert_string_equal(buf_data(&whole), golden);
	buf_deinit(&whole);
}

static void
notices_are_as_they_were_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct notice_text text;

		print_message("%s\n", rows[i].name);
		compose(&rows[i], &text);
		compare(rows[i].name, &text);
		notice_text_deinit(&text);
	}
}

/* Whatever a server, a sender or a subject says, it starts no field and no part. */
static void
nothing_from_outside_breaks_out(void **state)
{
	static const char evil[] = "x\r\nBcc: v@evil.example\r\n\r\n--=_ \x01 \xe2\x80\xae end";
	struct store_notice_recipient nasty = unknown;
	struct row row = rows[0];
	struct notice_text text;

	(void)state;
	nasty.reply = (struct span){ evil, sizeof evil - 1 };
	nasty.remote_host = evil;
	nasty.orcpt = "rfc822;a+0D+0ABcc:v@evil.example";
	row.subject = evil;
	row.envid = "+0D+0ABcc:+20v";
	row.recipient[0] = &nasty;
	compose(&row, &text);
	buf_append(&text.head, "", 1);
	buf_append(&text.text, "", 1);
	assert_null(strstr(buf_data(&text.head), "\nBcc:"));
	assert_null(strstr(buf_data(&text.text), "\nBcc:"));
	assert_null(strstr(buf_data(&text.text), "\xe2\x80\xae"));
	assert_null(strstr(buf_data(&text.text), "\x01"));
	notice_text_deinit(&text);
}

static void
a_hundred_long_recipients_fit(void **state)
{
	enum { MANY = 100 };
	static char reply[4096], address[255];
	static struct store_notice_recipient many[MANY];
	struct store_notice about = { .sender = "j\xc3\xb6@shop.example", .recipient = many,
		                      .recipients = MANY, .header_message_id = "x@y" };
	struct notice_facts facts = { .about = &about, .hostname = "relay.example",
		                      .from = "a@relay.example", .now_unix_ms = NOW_MS };
	struct notice_text text;
	const char *line;
	struct err err;

	(void)state;
	memset(reply, '\xff', sizeof reply); /* the worst: all is quoted, nothing can be wrapped */
	for (size_t i = 0; i + 2 < 240; i += 2)
		memcpy(address + i, "\xc3\xa9", 2);
	strncat(address, "@x.example", sizeof address - strlen(address) - 1);
	for (int i = 0; i < MANY; i++) {
		many[i] = expired;
		many[i].address = address;
		many[i].reply = (struct span){ reply, sizeof reply };
	}
	about.body = mail_body_new(mem_strdup(HEAD), strlen(HEAD), NULL, 10, 42);
	assert_int_equal(notice_compose(&facts, &text, &err), 0);
	buf_append(&text.text, "", 1);
	assert_non_null(strstr(buf_data(&text.text), "--\r\n"));
	line = buf_data(&text.text);
	for (const char *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
		assert_true(end - line <= 998);
	mail_body_unref(&about.body);
	notice_text_deinit(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_are_as_they_were_read),
		cmocka_unit_test(nothing_from_outside_breaks_out),
		cmocka_unit_test(a_hundred_long_recipients_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
