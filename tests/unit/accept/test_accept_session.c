/* test_accept_session.c - sessions over real sockets: greeting, TLS, login,
 * preconditions, limits, end. */
#include "accept_kit.h"

static struct kit kit;
static struct client c;

static int
set_up(void **state)
{
	(void)state;
	kit_start(&kit, "recipients = 3 message_size = \"2M\" auth_failures = 2 "
			"connections_per_address = 4 errors = 9 header_size = 4096 received = 5 "
			"header_fields = 40");
	return 0;
}

static int
set_up_hasty(void **state)
{
	(void)state;
	kit_start(&kit, "idle_timeout = \"1s\" data_timeout = \"1s\" handshake_timeout = \"1s\"");
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

static void
offers_login_only_under_tls(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSION);
	client_expect(&c, "220 relay.example");
	client_ask(&c, "EHLO app.example\r\n", "250-relay.example");
	assert_non_null(strstr(c.reply, "STARTTLS\r\n"));
	assert_null(strstr(c.reply, "AUTH"));
	assert_non_null(strstr(c.reply, "SIZE 2097152\r\n"));
	assert_non_null(strstr(c.reply, "LIMITS RCPTMAX=3\r\n"));
	assert_non_null(strstr(c.reply, "FUTURERELEASE "));
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "530 5.7.0 Must issue a STARTTLS");
	client_ask(&c, "AUTH PLAIN AHNob3AAeA==\r\n", "530 5.7.0");
	client_ask(&c, "NOOP\r\n", "250 2.0.0");
	client_ask(&c, "STARTTLS\r\n", "220 2.0.0");
	client_handshake(&c);
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "503 5.5.1"); /* EHLO is forgotten */
	client_ask(&c, "EHLO app.example\r\n", "250-");
	assert_null(strstr(c.reply, "STARTTLS"));
	assert_non_null(strstr(c.reply, "AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN"));
	client_ask(&c, "STARTTLS\r\n", "503 5.5.1");
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "530 5.7.0 Authentication required");
	client_auth_plain(&c, "shop", KIT_SECRET, "235 2.7.0");
	client_auth_plain(&c, "shop", KIT_SECRET, "503 5.5.1");
	client_ask(&c, "QUIT\r\n", "221 2.0.0");
	client_expect_end(&c);
}

/* RFC 3207: what a man in the middle puts behind STARTTLS is not obeyed. */
static void
forgets_what_came_before_tls(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSION);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_ask(&c, "STARTTLS\r\nEHLO evil.example\r\nNOOP\r\n", "220 2.0.0");
	client_handshake(&c);
	client_ask(&c, "AUTH LOGIN\r\n", "503 5.5.1 Say EHLO first");
}

static void
takes_login_in_all_its_forms(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSIONS);
	client_handshake(&c);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_ask(&c, "AUTH CRAM-MD5\r\n", "504 5.5.4");
	client_ask(&c, "AUTH PLAIN\r\n", "334 ");
	client_ask(&c, "*\r\n", "501 5.7.0");
	client_ask(&c, "AUTH PLAIN ???\r\n", "501 5.5.2");
	client_ask(&c, "AUTH PLAIN =\r\n", "501 5.5.2");
	client_close(&c);
	client_connect(&c, &kit, KIT_SUBMISSIONS);
	client_handshake(&c);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_ask(&c, "AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n");
	client_ask(&c, "c2hvcA==\r\n", "334 UGFzc3dvcmQ6\r\n");
	client_ask(&c, "cmx5MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDFYWFhYWFg=\r\n", "235 2.7.0");
}

static void
unknown_user_and_wrong_password_look_alike(void **state)
{
	char first[sizeof c.reply];

	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSIONS);
	client_handshake(&c);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_auth_plain(&c, "shop", "wrong", "535 5.7.8");
	memcpy(first, c.reply, sizeof first);
	client_auth_plain(&c, "nobody", "wrong", "535 5.7.8");
	assert_string_equal(first, c.reply);
	client_auth_plain(&c, "gone", KIT_SECRET, "535 5.7.8");
	assert_string_equal(first, c.reply);
	assert_string_equal(kept_event(MAIL_EVENT_AUTH_FAILED)->remote_address, "127.0.0.1");
	/* two failures each shut the pair out: the second answer waits its second */
	client_auth_plain(&c, "shop", "wrong", "535 5.7.8");
	client_close(&c);
	client_connect(&c, &kit, KIT_SUBMISSIONS);
	client_handshake(&c);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_auth_plain(&c, "shop", KIT_SECRET, "454 4.7.0");
}

static void
revoke_shop(struct kit *k)
{
	kit_put_credential(k->rows, 1, "shop", "@shop.example\n", true);
	kit_show_accounts(k);
}

static void
a_revoked_credential_is_cut_off(void **state)
{
	(void)state;
	client_log_in(&c, &kit);
	client_ask(&c, "NOOP\r\n", "250 ");
	kit_on_loop(&kit, revoke_shop);
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "421 4.7.0");
	client_expect_end(&c);
	client_close(&c);
	client_connect(&c, &kit, KIT_SUBMISSIONS);
	client_handshake(&c);
	client_expect(&c, "220 ");
	client_ask(&c, "EHLO app.example\r\n", "250-");
	client_auth_plain(&c, "shop", KIT_SECRET, "535 5.7.8");
}

static void
a_credential_revoked_during_data_sends_nothing(void **state)
{
	(void)state;
	client_log_in(&c, &kit);
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "250 2.1.0");
	client_ask(&c, "RCPT TO:<b@dest.example>\r\n", "250 2.1.5");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, KIT_HEADER "\r\nhello");
	kit_on_loop(&kit, revoke_shop);
	client_ask(&c, "\r\n.\r\n", "550 5.7.1");
	client_ask(&c, "NOOP\r\n", "421 4.7.0");
}

static void
add_machine(struct kit *k)
{
	kit_put_credential(k->rows, 5, "machine", "@shop.example\n", false);
	kit_show_accounts(k);
}

static void
local_waits_for_its_credential(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_LOCAL);
	client_expect(&c, "220 ");
	client_ask(&c, "HELO app.example\r\n", "250 relay.example");
	client_ask(&c, "AUTH LOGIN\r\n", "503 5.5.1");
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "451 4.7.0");
	kit_on_loop(&kit, add_machine);
	client_ask(&c, "MAIL FROM:<a@other.example>\r\n", "550 5.7.1");
	client_data(&c, KIT_HEADER "\r\nhello", "250 2.0.0 Ok: queued as ");
	assert_string_equal(kept_message(0)->credential, "machine");
	assert_string_equal(kept_message(0)->tls, "");
}

static void
refuses_what_is_no_command(void **state)
{
	char longest[3000];

	(void)state;
	client_log_in(&c, &kit);
	client_ask(&c, "HELLO\r\n", "500 5.5.1");
	client_ask(&c, "NOOP\nNOOP\r\n", "500 5.5.2 Lines end in CR LF");
	client_expect(&c, "250 2.0.0");
	memset(longest, 'x', sizeof longest - 3);
	memcpy(longest + sizeof longest - 3, "\r\n", 3);
	client_ask(&c, longest, "500 5.5.2 Line longer");
	client_ask(&c, "NOOP\r\n", "250 2.0.0");
	client_ask(&c, "EXPN staff\r\n", "502 5.5.1");
	client_ask(&c, "BDAT x\r\n", "501 5.5.4"); /* and nobody knows what would follow */
	client_expect_end(&c);
}

static void
closes_after_too_many_errors(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSION);
	client_expect(&c, "220 ");
	for (int i = 0; i < 9; i++)
		client_ask(&c, "RUBBISH\r\n", "500 5.5.1");
	client_expect(&c, "421 4.7.0 Too many errors");
	client_expect_end(&c);
}

static void
counts_connections_per_address(void **state)
{
	static struct client many[5];

	(void)state;
	for (int i = 0; i < 4; i++) {
		client_connect(&many[i], &kit, KIT_SUBMISSION);
		client_expect(&many[i], "220 ");
	}
	client_connect(&many[4], &kit, KIT_SUBMISSION);
	client_expect(&many[4], "421 4.7.0 Too many connections");
	client_expect_end(&many[4]);
	client_ask(&many[0], "QUIT\r\n", "221 ");
	client_expect_end(&many[0]);
	client_close(&many[0]);
	client_connect(&many[0], &kit, KIT_SUBMISSION);
	client_expect(&many[0], "220 ");
	for (int i = 0; i < 5; i++)
		client_close(&many[i]);
	client_connect(&c, &kit, KIT_SUBMISSION); /* for tear_down */
}

static void
sends_idlers_away(void **state)
{
	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSION);
	client_expect(&c, "220 ");
	client_expect(&c, "421 4.4.2");
	client_expect_end(&c);
	client_close(&c);
	client_connect(&c, &kit, KIT_SUBMISSIONS); /* says nothing at all */
	client_expect_end(&c);
	client_close(&c);
	client_log_in(&c, &kit);
	client_ask(&c, KIT_ENVELOPE, "250 ");
	client_expect(&c, "250 ");
	client_ask(&c, "DATA\r\n", "354 ");
	client_say(&c, "Subject: I fell asle");
	client_expect(&c, "421 4.4.2");
	client_expect_end(&c);
}

static void
answers_all_that_was_pipelined(void **state)
{
	(void)state;
	client_log_in(&c, &kit);
	client_say(&c, KIT_ENVELOPE "RSET\r\n" KIT_ENVELOPE "DATA\r\n" KIT_HEADER
				    "\r\nhello\r\n.\r\n" KIT_ENVELOPE "NOOP\r\nRSET\r\nQUIT\r\n");
	client_expect(&c, "250 2.1.0");
	client_expect(&c, "250 2.1.5");
	client_expect(&c, "250 2.0.0 Reset");
	client_expect(&c, "250 2.1.0");
	client_expect(&c, "250 2.1.5");
	client_expect(&c, "354 ");
	client_expect(&c, "250 2.0.0 Ok: queued as ");
	client_expect(&c, "250 2.1.0");
	client_expect(&c, "250 2.1.5");
	client_expect(&c, "250 2.0.0");
	client_expect(&c, "250 2.0.0");
	client_expect(&c, "221 2.0.0");
	client_expect_end(&c);
}

/* What follows a refused DATA is a message nobody asked for: none of it is a command. */
static void
a_message_before_its_354_is_no_command(void **state)
{
	static const struct {
		const char *name, *says, *answers[4];
	} rows[] = {
		{ "no recipient", "MAIL FROM:<a@shop.example>\r\nRCPT TO:<b>\r\nDATA\r\n"
		  "Subject: x\r\n\r\nRSET\r\n" KIT_ENVELOPE ".\r\n",
		  { "250 2.1.0", "553 5.1.3", "554 5.5.1", "421 4.7.0 The message came" } },
		{ "no MAIL", "DATA\r\nNOOP\r\n", { "503 5.5.1", "421 4.7.0 The message came" } },
		{ "not understood", "DATA now\r\nNOOP\r\n", { "501 ", "421 4.7.0 The message" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].name);
		client_log_in(&c, &kit);
		client_say(&c, rows[i].says);
		for (size_t k = 0; k < 4 && rows[i].answers[k]; k++)
			client_expect(&c, rows[i].answers[k]);
		client_expect_end(&c);
		client_close(&c);
	}
	client_log_in(&c, &kit); /* a client that waits for its answer may go on */
	client_ask(&c, "DATA\r\n", "503 5.5.1");
	client_ask(&c, "NOOP\r\n", "250 ");
}

/* A client that has said all shuts its side and still wants its answers. */
static void
answers_after_the_clients_fin(void **state)
{
	(void)state;
	kit_on_loop(&kit, add_machine);
	client_connect(&c, &kit, KIT_LOCAL);
	client_say(&c,
		   "EHLO app.example\r\n" KIT_ENVELOPE "DATA\r\n" KIT_HEADER "\r\nhello\r\n.\r\n");
	shutdown(c.fd, SHUT_WR);
	client_expect(&c, "220 ");
	client_expect(&c, "250-");
	client_expect(&c, "250 2.1.0");
	client_expect(&c, "250 2.1.5");
	client_expect(&c, "354 ");
	client_expect(&c, "250 2.0.0 Ok: queued as ");
	client_expect_end(&c);
}

/* A client that only ever writes gets its replies once it reads, all of them. */
static void
a_client_that_does_not_read_waits(void **state)
{
	enum { COMMANDS = 20000 };
	struct buf many;

	(void)state;
	client_connect(&c, &kit, KIT_SUBMISSION);
	client_expect(&c, "220 ");
	buf_init(&many, 8 * COMMANDS);
	for (int i = 0; i < COMMANDS; i++)
		buf_append_text(&many, "NOOP\r\n");
	client_send(&c, buf_data(&many), many.len);
	for (int i = 0; i < COMMANDS; i++)
		client_expect(&c, "250 2.0.0");
	buf_deinit(&many);
	client_ask(&c, "QUIT\r\n", "221 ");
}

static pthread_mutex_t drain_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drain_done = PTHREAD_COND_INITIALIZER;
static bool is_drained;

static void
drained(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&drain_lock);
	is_drained = true;
	pthread_cond_signal(&drain_done);
	pthread_mutex_unlock(&drain_lock);
}

static void
drain(struct kit *k)
{
	accept_drain(k->accept, 10000, drained, NULL);
}

static void
drains_the_idle_at_once_and_the_busy_when_done(void **state)
{
	struct client idle;

	(void)state;
	is_drained = false;
	client_log_in(&c, &kit);
	client_ask(&c, "MAIL FROM:<a@shop.example>\r\n", "250 2.1.0");
	client_ask(&c, "RCPT TO:<b@dest.example>\r\n", "250 2.1.5");
	client_ask(&c, "DATA\r\n", "354 ");
	client_connect(&idle, &kit, KIT_SUBMISSION);
	client_expect(&idle, "220 ");
	kit_on_loop(&kit, drain);
	client_expect(&idle, "421 4.3.2");
	client_expect_end(&idle);
	client_close(&idle);
	client_say(&c, KIT_HEADER "\r\nhello");
	client_ask(&c, "\r\n.\r\n", "250 2.0.0 Ok: queued as ");
	client_expect(&c, "421 4.3.2");
	client_expect_end(&c);
	pthread_mutex_lock(&drain_lock);
	while (!is_drained)
		pthread_cond_wait(&drain_done, &drain_lock);
	pthread_mutex_unlock(&drain_lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(offers_login_only_under_tls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forgets_what_came_before_tls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_login_in_all_its_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unknown_user_and_wrong_password_look_alike, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_revoked_credential_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_credential_revoked_during_data_sends_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(local_waits_for_its_credential, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_command, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closes_after_too_many_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_connections_per_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sends_idlers_away, set_up_hasty, tear_down),
		cmocka_unit_test_setup_teardown(answers_all_that_was_pipelined, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_before_its_354_is_no_command, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(answers_after_the_clients_fin, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_that_does_not_read_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(drains_the_idle_at_once_and_the_busy_when_done,
						set_up, tear_down),
	};

	return cmocka_run_group_tests_name("accept_session", tests, NULL, NULL);
}
