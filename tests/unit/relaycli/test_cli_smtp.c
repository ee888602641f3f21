/* relaycli's SMTP client against a server that says what a row says: what it makes of it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "cli_smtp.h"

#define TIMEOUT_MS 300
#define HOST "relay.example"

struct server {
	pid_t pid;
	uint16_t port;
};

/* serve - sends first; after a line that begins with STARTTLS, then; then waits for the end, or
 * (closes) ends at once. */
static _Noreturn void
serve(int listener, struct span first, const char *then, bool closes)
{
	int fd = accept(listener, NULL, NULL);
	char in[4096];
	ssize_t n;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)!write(fd, first.p, first.n);
	if (closes)
		_exit(0);
	while ((n = read(fd, in, sizeof in)) > 0)
		if (then != NULL && memmem(in, (size_t)n, "STARTTLS\r\n", 10) != NULL) {
			(void)!write(fd, then, strlen(then));
			then = NULL;
		}
	_exit(0);
}

static struct server
start(struct span first, const char *then, bool closes)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t n = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct server server;

	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	server.port = ntohs(at.sin_port);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		serve(listener, first, then, closes);
	close(listener);
	return server;
}

static void
greet(const char *name, struct span first, const char *then, bool closes, const char *tls,
      const char *says, const char *offers)
{
	struct server server = start(first, then, closes);
	struct cli_smtp_facts facts;
	struct err err = { 0 };
	struct cli_smtp *smtp = cli_smtp_open("127.0.0.1", server.port, TIMEOUT_MS, &err);
	int rc;

	assert_non_null(smtp);
	rc = cli_smtp_greet(smtp, HOST, tls, &facts, &err);
	if (says == NULL ? rc < 0 : rc == 0 || strstr(err.text, says) == NULL)
		fail_msg("%s: %d %s", name, rc, err.text);
	if (offers != NULL && !cli_smtp_offers(smtp, "auth", offers))
		fail_msg("%s: AUTH %s is not offered", name, offers);
	assert_false(cli_smtp_offers(smtp, "AUT", NULL));
	assert_false(cli_smtp_offers(smtp, "AUTH", "PLAI"));
	cli_smtp_close(&smtp);
	assert_null(smtp);
	(void)waitpid(server.pid, NULL, 0);
}

#define HELLO "220 " HOST " ESMTP\r\n"
#define EHLO "250-" HOST "\r\n250-SIZE 1\r\n250 AUTH LOGIN PLAIN\r\n"
#define EHLO_TLS "250-" HOST "\r\n250 STARTTLS\r\n"

static void
test_replies(void **unused)
{
	static const struct {
		const char *name, *first, *then;
		bool closes;
		const char *tls, *says, *offers; /* says: NULL, it is well */
	} rows[] = {
		{ "well", HELLO EHLO, NULL, false, "none", NULL, "PLAIN" },
		{ "last of the words", HELLO EHLO, NULL, false, "none", NULL, "plain" },
		{ "LF alone", "220 a\n250 a\n", NULL, false, "none", NULL, NULL },
		{ "codes alone", "220\r\n250\r\n", NULL, false, "none", NULL, NULL },
		{ "its name is no keyword", HELLO "250 AUTH PLAIN\r\n", NULL, false, "starttls",
		  "does not offer STARTTLS", NULL },
		{ "turned away", "554 5.7.1 go away\r\n", NULL, false, "none",
		  "it greets with 554 5.7.1 go away", NULL },
		{ "EHLO refused", HELLO "502 5.5.1 no\r\n", NULL, false, "none",
		  "EHLO is refused: 502 5.5.1 no", NULL },
		{ "no code", "hello\r\n", NULL, false, "none", "no SMTP reply", NULL },
		{ "no space", "220x\r\n", NULL, false, "none", "no SMTP reply", NULL },
		{ "code out of range", "199 a\r\n", NULL, false, "none", "no SMTP reply", NULL },
		{ "codes that differ", "220-a\r\n250 b\r\n", NULL, false, "none", "no SMTP reply",
		  NULL },
		{ "nothing", "", NULL, true, "none", "connection was closed", NULL },
		{ "half a line", "220 he", NULL, true, "none", "connection was closed", NULL },
		{ "silence", "", NULL, false, "none", "no answer in time", NULL },
		{ "no STARTTLS", HELLO EHLO, NULL, false, "starttls", "does not offer STARTTLS",
		  NULL },
		{ "STARTTLS refused", HELLO EHLO_TLS, "454 4.7.0 later\r\n", false, "starttls",
		  "STARTTLS is refused: 454 4.7.0 later", NULL },
		{ "more than a reply before TLS", HELLO EHLO_TLS,
		  "220 go\r\n250 AUTH PLAIN\r\n", false, "starttls",
		  "sends more before TLS", NULL },
		{ "no TLS after STARTTLS", HELLO EHLO_TLS, "220 go\r\n", false, "starttls",
		  "TLS does not come about", NULL },
		{ "no TLS at once", HELLO EHLO, NULL, false, "implicit", "TLS does not come about",
		  NULL },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		greet(rows[i].name, span_of(rows[i].first), rows[i].then, rows[i].closes,
		      rows[i].tls, rows[i].says, rows[i].offers);
}

static void
test_caps(void **unused)
{
	struct buf text;

	(void)unused;
	buf_init(&text, 1 << 20);
	(void)buf_append_text(&text, "220 ");
	for (int i = 0; i < 1000; i++)
		(void)buf_append_text(&text, "x");
	(void)buf_append_text(&text, "\r\n");
	greet("a long line", buf_span(&text), NULL, false, "none", "too long", NULL);
	buf_clear(&text);
	(void)buf_append_text(&text, HELLO);
	for (int i = 0; i < 101; i++)
		(void)buf_append_text(&text, "250-x\r\n");
	greet("many lines", buf_span(&text), NULL, false, "none", "too many lines", NULL);
	buf_clear(&text);
	(void)buf_append_text(&text, HELLO);
	for (int i = 0; i < 99; i++)
		(void)buf_printf(&text, "250-%0900d\r\n", i);
	(void)buf_append_text(&text, "250 AUTH PLAIN\r\n");
	greet("the most there may be", buf_span(&text), NULL, false, "none", NULL, "PLAIN");
	buf_deinit(&text);
}

static void
test_commands_are_one_line(void **unused)
{
	struct server server = start(SPAN_LIT(HELLO EHLO "250 2.1.0 ok\r\n"), NULL, false);
	struct cli_smtp_facts facts;
	struct cli_smtp_reply reply;
	struct err err = { 0 };
	struct cli_smtp *smtp = cli_smtp_open("127.0.0.1", server.port, TIMEOUT_MS, &err);

	(void)unused;
	assert_non_null(smtp);
	assert_int_equal(cli_smtp_greet(smtp, HOST, "none", &facts, &err), 0);
	assert_int_equal(cli_smtp_command(smtp, SPAN_LIT("RSET\r\nDATA"), &reply, &err), -1);
	assert_int_equal(cli_smtp_printf(smtp, &reply, &err, "MAIL FROM:<%s>", "a\nb"), -1);
	assert_int_equal(cli_smtp_printf(smtp, &reply, &err, "MAIL FROM:<%02000d>", 1), -1);
	assert_int_equal(cli_smtp_printf(smtp, &reply, &err, "MAIL FROM:<%s>", "a@b.example"), 0);
	assert_int_equal(reply.code, 250);
	assert_string_equal(reply.text, "2.1.0 ok");
	cli_smtp_close(&smtp);
	(void)waitpid(server.pid, NULL, 0);
}

static void
test_nobody_there(void **unused)
{
	struct err err = { 0 };

	(void)unused;
	assert_null(cli_smtp_open("127.0.0.1", 1, TIMEOUT_MS, &err));
	assert_non_null(strstr(err.text, "nobody answers on 127.0.0.1 port 1"));
	assert_null(cli_smtp_open("relay.example", 1, TIMEOUT_MS, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_commands_are_one_line),
		cmocka_unit_test(test_nobody_there),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as relaycli does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
