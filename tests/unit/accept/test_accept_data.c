/* test_accept_data.c - envelopes and contents over real sockets: what is taken
 * arrives byte for byte, what is refused says why and leaves the session usable. */
#include "accept_kit.h"

#include "smtp/smtp_command.h"

static struct kit kit;
static struct client c;

static int
set_up(void **state)
{
	(void)state;
	kit_start(&kit, "recipients = 3 message_size = \"2M\" header_size = 4096 received = 5 "
			"header_fields = 40 errors = 100");
	client_log_in(&c, &kit);
	return 0;
}

static int
set_up_large(void **state)
{
	(void)state;
	kit_start(&kit, "");
	client_log_in(&c, &kit);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	client_close(&c);
	kit_stop(&kit);
	return 0;
}

/* ---- envelope ---------------------------------------------------------------------- */

static const struct {
	const char *name, *line, *reply;
} envelopes[] = {
	{ "own domain", "MAIL FROM:<a@shop.example>", "250 2.1.0" },
	{ "subdomain", "MAIL FROM:<a@eu.shop.example>", "250 2.1.0" },
	{ "one address", "MAIL FROM:<ann@other.example>", "250 2.1.0" },
	{ "size", "MAIL FROM:<a@shop.example> SIZE=2097152", "250 2.1.0" },
	{ "zero size says nothing", "MAIL FROM:<a@shop.example> SIZE=0", "250 2.1.0" },
	{ "DSN", "MAIL FROM:<a@shop.example> RET=HDRS ENVID=abc", "250 2.1.0" },
	{ "not allowed", "MAIL FROM:<bob@other.example>",
	  "550 5.7.1 Sender bob@other.example is not allowed for credential shop; it may send as "
	  "@shop.example, @*.shop.example, ann@other.example" },
	{ "null sender", "MAIL FROM:<>", "550 5.7.1" },
	{ "too large", "MAIL FROM:<a@shop.example> SIZE=2097153", "552 5.3.4" },
	{ "unknown parameter", "MAIL FROM:<a@shop.example> FOO=1", "555 5.5.4" },
	{ "no address", "MAIL FROM:a", "5" },
	{ "UTF-8 without SMTPUTF8", "MAIL FROM:<\xc3\xa4@shop.example>", "553 5.6.7" },
	{ "UTF-8 with SMTPUTF8", "MAIL FROM:<\xc3\xa4@shop.example> SMTPUTF8", "250 2.1.0" },
};

static void
judges_senders(void **state)
{
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0]; i++) {
		print_message("  %s\n", envelopes[i].name);
		(void)snprintf(line, sizeof line, "%s\r\n", envelopes[i].line);
		client_ask(&c, line, envelopes[i].reply);
		client_ask(&c, "RSET\r\n", "250 2.0.0");
	}
}

static void
judges_recipients(void **state)
{
	(void)state;
	client_ask(&c, "RCPT TO:<b@dest.example>\r\n", "503 5.5.1");
	client_ask(&c, "DATA\r\n", "503 5.5.1");
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "250 2.1.0");
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "503 5.5.1");
	client_ask(&c, "DATA\r\n", "554 5.5.1");
	client_ask(&c, "RCPT TO:<postmaster>\r\n", "550 5.1.3");
	client_ask(&c, "RCPT TO:<b@-dest.example>\r\n", "5");
	client_ask(&c, "RCPT TO:<\xc3\xa4@dest.example>\r\n", "553 5.6.7");
	client_ask(&c, "RCPT TO:<b@dest.example> NOTIFY=NEVER ORCPT=rfc822;x@y.example\r\n",
		   "250 2.1.5");
	client_ask(&c, "RCPT TO:<b@Dest.Example>\r\n", "250 2.1.5");
	client_ask(&c, "RCPT TO:<c@dest.example>\r\n", "250 2.1.5");
	client_ask(&c, "RCPT TO:<d@dest.example>\r\n", "250 2.1.5");
	client_ask(&c, "RCPT TO:<e@dest.example>\r\n", "452 4.5.3");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\nhello\r\n.\r\n");
	client_expect(&c, "250 2.0.0 Ok: queued as ");
	assert_int_equal(kept_message(0)->recipients, 3); /* b only once */
	assert_string_equal(kept_message(0)->recipient[0].address, "b@dest.example");
	assert_string_equal(kept_message(0)->recipient[0].orcpt, "rfc822;x@y.example");
	assert_int_equal(kept_message(0)->recipient[0].notify, SMTP_NOTIFY_NEVER);
}

/* find must be able to say: it was refused here, and why. */
static void
tells_the_log_of_a_recipient_whose_mail_was_refused(void **state)
{
	(void)state;
	client_say(&c, "MAIL FROM:<bob@other.example>\r\nRCPT TO:<b@dest.example>\r\n");
	client_expect(&c, "550 5.7.1");
	client_expect(&c, "503 5.5.1");
	client_data(&c, "From: bob@other.example\r\n\r\nhello",
		    "550 5.7.1 From: bob@other.example is not allowed for credential shop");
	assert_string_equal(kept_event(MAIL_EVENT_REJECTED)->credential, "shop");
	assert_int_equal(kept_event(MAIL_EVENT_REJECTED)->code, 550);
}

/* ---- content --------------------------------------------------------------------------- */

static const char *
text_of(const struct mail_message *m)
{
	return m->body->text;
}

static bool
head_has(const struct mail_message *m, const char *text)
{
	return memmem(m->body->head, m->body->head_bytes, text, strlen(text)) != NULL;
}

static void
takes_a_message_byte_for_byte(void **state)
{
	const struct mail_message *m;
	char id[ID_TEXT_SIZE];

	(void)state;
	client_data(&c,
		    KIT_HEADER "Bcc: secret@dest.example\r\nX-Relay-Tag: one, two\r\n\r\n"
			       "hello\r\n..dots\r\n...\r\n\r\n  trailing \r\n",
		    "250 2.0.0 Ok: queued as ");
	m = kept_message(0);
	id_format(m->id, id);
	assert_non_null(strstr(c.reply, id));
	assert_string_equal(text_of(m), "hello\r\n.dots\r\n..\r\n\r\n  trailing \r\n\r\n");
	assert_true(head_has(m, "DKIM-Signature:"));
	assert_true(head_has(m, "d=shop.example"));
	assert_true(head_has(m, "Received: from app.example"));
	assert_true(head_has(m, "ESMTPSA"));
	assert_true(head_has(m, "\r\n" KIT_HEADER));
	assert_true(head_has(m, "Message-ID: <"));
	assert_false(head_has(m, "secret@"));
	assert_false(head_has(m, "X-Relay-Tag"));
	assert_int_equal(m->tags, 2);
	assert_string_equal(m->subject, "hi");
	assert_string_equal(m->from_domain, "shop.example");
	assert_string_equal(m->sender, "a@shop.example");
	assert_string_equal(m->client_address, "127.0.0.1");
	assert_int_equal(strncmp(m->tls, "TLSv1.3 TLS_", 12), 0);
	assert_int_equal(m->size_bytes, m->body->head_bytes + m->body->text_bytes);
	assert_true(m->expires_unix_ms > id_unix_ms(m->id));
	assert_true(kept_event(MAIL_EVENT_ACCEPTED)->message_id == m->id);
	assert_string_equal(kept_event(MAIL_EVENT_ACCEPTED)->recipient, "b@dest.example");
	client_data(&c, "From: a@shop.example\r\n", "250 2.0.0"); /* a header and nothing else */
	assert_int_equal(kept_message(1)->body->text_bytes, 0);
}

static char long_line[1200], large_header[8192], many_fields[2048];

static const struct {
	const char *name, *content, *reply;
} contents[] = {
	{ "From of somebody else", "From: ceo@bank.example\r\n\r\nx",
	  "550 5.7.1 From: ceo@bank.example" },
	{ "one of two Froms", "From: a@shop.example, x@bank.example\r\n\r\nx", "550 5.7.1" },
	{ "two From fields", "From: a@shop.example\r\nFrom: ceo@bank.example\r\n\r\nx", "550 5." },
	{ "no From", "Subject: x\r\n\r\nx", "550 5." },
	{ "empty", "", "550 5." },
	{ "no header", "just text\r\nand more", "550 5." },
	{ "bare LF", "From: a@shop.example\r\n\r\none\ntwo", "550 5.5.2" },
	{ "bare CR", "From: a@shop.example\r\n\r\none\rtwo", "550 5.5.2" },
	{ "smuggled end", "From: a@shop.example\r\n\r\nx\n.\nMAIL FROM:<a@shop.example>\nx",
	  "550 5.5.2" },
	{ "smuggled end, CR", "From: a@shop.example\r\n\r\nx\r\n.\rMAIL FROM:<a@shop.example>\r\nx",
	  "550 5.5.2" },
	{ "smuggled end, half",
	  "From: a@shop.example\r\n\r\nx\n.\r\nMAIL FROM:<a@shop.example>\r\nx", "550 5.5.2" },
	{ "long line", long_line, "550 5.6.0 A line is over the limit of 998 bytes" },
	{ "large header", large_header, "552 5.3.4 The header is over the limit of 4096 bytes" },
	{ "many fields", many_fields, "550 5." },
	{ "a loop",
	  "Received: a\r\nReceived: a\r\nReceived: a\r\nReceived: a\r\nReceived: a\r\n"
	  "Received: a\r\nFrom: a@shop.example\r\n\r\nx",
	  "554 5.4.6" },
	{ "almost a loop",
	  "Received: a\r\nReceived: a\r\nReceived: a\r\nReceived: a\r\n"
	  "Received: a\r\nFrom: a@shop.example\r\n\r\nx",
	  "250 2.0.0" },
	{ "group and comments", "From: (hi) A B <a@shop.example>\r\n\r\nx", "250 2.0.0" },
	{ "folded", "From: A\r\n <a@shop.example>\r\n\r\nx", "250 2.0.0" },
};

static void
fill_contents(void)
{
	static const char from[] = "From: a@shop.example\r\n";

	memset(long_line, 'x', sizeof long_line - 1);
	memcpy(long_line, "From: a@shop.example\r\n\r\n", 24);
	memset(large_header, 'x', sizeof large_header - 1);
	memcpy(large_header, from, sizeof from - 1);
	for (size_t i = sizeof from - 1; i + 40 < sizeof large_header; i += 40)
		memcpy(large_header + i, "X: y\r\n", 6);
	for (size_t i = 0; i < 50; i++)
		memcpy(many_fields + 6 * i, "X: y\r\n", 6);
	memcpy(many_fields + 300, from, sizeof from);
}

static void
judges_contents(void **state)
{
	(void)state;
	fill_contents();
	for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
		print_message("  %s\n", contents[i].name);
		client_data(&c, contents[i].content, contents[i].reply);
		client_ask(&c, "NOOP\r\n", "250 2.0.0");
	}
}

static void
refuses_nul_and_too_much(void **state)
{
	static char much[3 * 1024 * 1024];

	(void)state;
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_send(&c, KIT_HEADER "\r\na\0b\r\n.\r\n", sizeof KIT_HEADER "\r\na\0b\r\n.\r\n" - 1);
	client_expect(&c, "550 5.6.0 The message has a NUL");
	for (size_t i = 0; i < sizeof much; i += 64)
		memcpy(much + i,
		       "0123456789012345678901234567890123456789012345678901234567890\r\n\0", 64);
	for (size_t i = 63; i < sizeof much; i += 64)
		much[i] = 'x';
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\n");
	client_send(&c, much, sizeof much);
	client_ask(&c, "\r\n.\r\n", "552 5.3.4 The message is over the limit of 2097152");
	client_data(&c, KIT_HEADER "\r\nhello", "250 2.0.0");
}

static void
mend_shop(struct kit *k)
{
	struct store_change change = { .kind = STORE_PUT_CREDENTIAL };

	change.row.credential = (struct store_credential){
		.id = 1,
		.name = "shop",
		.from = "@shop.example\n",
		.fix_bare_line_ends = true,
		.may_send_null = true,
		.iterations = ACCOUNT_SCRAM_ITERATIONS,
	};
	assert_int_equal(account_rows_apply(k->rows, &change, NULL), 0);
	kit_show_accounts(k);
}

static void
mends_bare_line_ends_when_asked_to(void **state)
{
	(void)state;
	kit_on_loop(&kit, mend_shop);
	client_data(&c, KIT_HEADER "\r\none\ntwo\rthree\n.\nfour", "250 2.0.0");
	assert_string_equal(text_of(kept_message(0)), "one\r\ntwo\r\nthree\r\n.\r\nfour\r\n");
	client_ask(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	client_ask(&c, "RCPT TO:<b@dest.example>\r\n", "250 2.1.5");
	client_ask(&c, "DATA\r\n", "354 ");
	client_ask(&c, KIT_HEADER "\r\nhello\r\n.\r\n", "250 2.0.0");
	assert_string_equal(kept_message(1)->sender, "");
}

/* ---- BDAT --------------------------------------------------------------------------------- */

static void
takes_chunks(void **state)
{
	char line[64];

	(void)state;
	client_ask(&c, "BDAT 4\r\nNOOP", "503 5.5.1"); /* the four bytes are no command */
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	(void)snprintf(line, sizeof line, "BDAT %zu\r\n", sizeof KIT_HEADER - 1);
	client_say(&c, line);
	client_ask(&c, KIT_HEADER, "250 2.0.0");
	client_ask(&c, "DATA\r\n", "503 5.5.1");
	client_ask(&c, "RCPT TO:<c@dest.example>\r\n", "503 5.5.1");
	client_ask(&c, "BDAT 7\r\n\r\n.\r\n.\r", "250 2.0.0"); /* no dot is stuffed or an end */
	client_ask(&c, "BDAT 1\r\n\n", "250 2.0.0");
	client_ask(&c, "BDAT 0 LAST\r\n", "250 2.0.0 Ok: queued as ");
	assert_string_equal(text_of(kept_message(0)), ".\r\n.\r\n");
	client_ask(&c, "BDAT 0 LAST\r\n", "503 5.5.1");
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "BDAT 0 LAST\r\n", "550 5.");
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "BDAT 30 LAST\r\nFrom: a@shop.example\r\n\r\none\ntw", "550 5.5.2");
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "BDAT 10\r\nFrom: a@sh", "250 2.0.0");
	client_ask(&c, "RSET\r\n", "250 2.0.0");
	client_ask(&c, "BDAT 5 LAST\r\nop.ex", "503 5.5.1");
	client_data(&c, KIT_HEADER "\r\nhello", "250 2.0.0");
}

/* ---- large ---------------------------------------------------------------------------------- */

#define LARGE_LINE_BYTES 66
#define LARGE_LINES 150000 /* 9.9 MB */

static void
say_large(void)
{
	struct buf block;

	buf_init(&block, 1000 * LARGE_LINE_BYTES);
	for (int i = 0; i < LARGE_LINES; i += 1000) {
		buf_clear(&block);
		for (int k = i; k < i + 1000; k++)
			buf_printf(&block, "%064d\r\n", k);
		client_send(&c, buf_data(&block), block.len);
	}
	buf_deinit(&block);
}

static void
check_large(const struct mail_message *m)
{
	char path[256], line[128], want[128];
	FILE *f;

	assert_true(m->body->spool_id != 0);
	assert_null(m->body->text);
	assert_int_equal(m->body->text_bytes, (uint64_t)LARGE_LINES * LARGE_LINE_BYTES);
	id_format(m->body->spool_id, want);
	(void)snprintf(path, sizeof path, "%s/spool/%s", kit.dir, want);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("no file %s", path);
	for (int i = 0; i < LARGE_LINES; i++) {
		assert_non_null(fgets(line, sizeof line, f));
		(void)snprintf(want, sizeof want, "%064d\r\n", i);
		assert_string_equal(line, want);
	}
	assert_null(fgets(line, sizeof line, f));
	fclose(f);
}

static size_t
count_spool(void)
{
	char path[128];
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/spool", kit.dir);
	if ((d = opendir(path)) == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
spools_what_is_large(void **state)
{
	(void)state;
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\n");
	say_large();
	client_ask(&c, ".\r\n", "250 2.0.0 Ok: queued as ");
	check_large(kept_message(0));
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_say(&c, "BDAT 24\r\nFrom: a@shop.example\r\n\r\nBDAT 9900000 LAST\r\n");
	say_large();
	client_expect(&c, "250 2.0.0");
	client_expect(&c, "250 2.0.0 Ok: queued as ");
	check_large(kept_message(1));
	assert_int_equal(count_spool(), 2);
}

static void
nothing(struct kit *k)
{
	(void)k;
}

/* What is given up or refused leaves no file behind. */
static void
removes_the_spool_of_what_was_given_up(void **state)
{
	int64_t deadline = clock_mono_ms() + 1000 * KIT_WAIT_SEC;

	(void)state;
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\n");
	say_large();
	client_ask(&c, "bare\nline\r\n.\r\n", "550 5.5.2");
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\n");
	say_large();
	client_close(&c);
	client_log_in(&c, &kit);
	client_data(&c, KIT_HEADER "\r\nhello", "250 2.0.0");
	while (count_spool() > 0 && clock_mono_ms() < deadline)
		kit_on_loop(&kit, nothing); /* the spool's threads answer through the loop */
	assert_int_equal(count_spool(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(judges_senders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(judges_recipients, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_the_log_of_a_recipient_whose_mail_was_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_a_message_byte_for_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(judges_contents, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_nul_and_too_much, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mends_bare_line_ends_when_asked_to, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(takes_chunks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(spools_what_is_large, set_up_large, tear_down),
		cmocka_unit_test_setup_teardown(removes_the_spool_of_what_was_given_up,
						set_up_large, tear_down),
	};

	return cmocka_run_group_tests_name("accept_data", tests, NULL, NULL);
}
