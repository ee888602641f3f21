/* test_deliver.c - outbound sessions against a scripted server. */
#include "unit/deliver/bench.h"

#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "smtp/smtp_command.h"
#include "store/store_spool.h"

#define EHLO_PLAIN ">220 mx ready\n<EHLO relay.example\n>250 mx\n"
#define EHLO_PIPE ">220 mx ready\n<EHLO relay.example\n>250-mx\r\n250-SIZE 10000\r\n" \
	"250-8BITMIME\r\n250 PIPELINING\n"
#define QUIT "<QUIT\n>221 bye\n"

#define NOT_TRIED MAIL_EVENT_KIND_COUNT
#define OK MAIL_EVENT_DELIVERED
#define LATER MAIL_EVENT_DEFERRED
#define NO MAIL_EVENT_BOUNCED

static const struct dialogue {
	const char *name, *script;
	size_t recipients;
	enum deliver_end end;
	bool is_open;
	enum mail_event_kind kind[3];
	int code[3];
	const char *failure; /* text in its reply; NULL: there is none */
	int failure_code;
	enum config_out_tls tls;
	unsigned connections;
} dialogues[] = {
	{ "plain, one recipient",
	  EHLO_PLAIN "<MAIL FROM:<me@relay.example>\n>250 ok\n<RCPT TO:<a@example.net>\n>250 ok\n"
	  "<DATA\n>354 go\nbody\n>250 2.0.0 taken\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, 0, 1 },
	{ "pipelined, three recipients, one refused, multi-line replies",
	  EHLO_PIPE "<MAIL FROM:<me@relay.example> SIZE=\n<RCPT TO:<a@\n<RCPT TO:<b@\n"
	  "<RCPT TO:<c@\n"
	  "<DATA\n>250-ok\r\n250 ok\n>250 ok\n>550-5.1.1 no\r\n550 5.1.1 such user\n>250 ok\n"
	  ">354 go\n"
	  "body\n>250-a\r\n250 b\n" QUIT,
	  3, DELIVER_DONE, true, { OK, NO, OK }, { 250, 550, 250 }, NULL, 0, 0, 1 },
	{ "replies in one packet",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\r\n250 ok\r\n450 4.2.0 later\r\n"
	  "354 go\nbody\n"
	  ">250 ok\n" QUIT,
	  2, DELIVER_DONE, true, { OK, LATER }, { 250, 450 }, NULL, 0, 0, 1 },
	{ "pipelined, all refused, DATA refused too",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>550 no\n>450 later\n"
	  ">554 no valid recipients\n" QUIT,
	  2, DELIVER_DONE, true, { NO, LATER }, { 550, 450 }, NULL, 0, 0, 1 },
	{ "pipelined, all refused, 354 all the same: a lone dot",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>550 no\n>550 no\n>354 go\n<.\n"
	  ">554 no recipients\n" QUIT,
	  2, DELIVER_DONE, true, { NO, NO }, { 550, 550 }, NULL, 0, 0, 1 },
	{ "plain, all refused: no DATA",
	  EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>550 no\n<RCPT\n>550 no\n" QUIT,
	  2, DELIVER_DONE, true, { NO, NO }, { 550, 550 }, NULL, 0, 0, 1 },
	{ "sender refused, pipelined",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>451 4.1.8 who\n>503 no\n>503 no\n>503 no\n" QUIT,
	  2, DELIVER_DONE, true, { LATER, LATER }, { 451, 451 }, NULL, 0, 0, 1 },
	{ "sender refused, plain",
	  EHLO_PLAIN "<MAIL\n>553 5.1.8 who\n" QUIT,
	  2, DELIVER_DONE, true, { NO, NO }, { 553, 553 }, NULL, 0, 0, 1 },
	{ "too many recipients",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>452 4.5.3 too many\n"
	  ">452 too many\n>354 go\nbody\n>250 ok\n" QUIT,
	  3, DELIVER_DONE, true, { OK, NOT_TRIED, NOT_TRIED }, { 250 }, NULL, 0, 0, 1 },
	{ "452 to the first is about it",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>452 4.3.1 full\n>250 ok\n>354 go\nbody\n"
	  ">250 ok\n" QUIT,
	  2, DELIVER_DONE, true, { LATER, OK }, { 452, 250 }, NULL, 0, 0, 1 },
	{ "452 mailbox full after an accepted one",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>452 4.2.2 mailbox full\n"
	  ">354 go\n"
	  "body\n>250 ok\n" QUIT,
	  2, DELIVER_DONE, true, { OK, LATER }, { 250, 452 }, NULL, 0, 0, 1 },
	{ "refused after the dot",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>250 ok\n>354 go\nbody\n"
	  ">554 5.7.1 spam\n" QUIT,
	  2, DELIVER_DONE, true, { NO, NO }, { 554, 554 }, NULL, 0, 0, 1 },
	{ "DATA refused",
	  EHLO_PIPE "<MAIL\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>451 4.3.0 not now\n" QUIT,
	  1, DELIVER_DONE, true, { LATER }, { 451 }, NULL, 0, 0, 1 },
	{ "421 after the dot: an answer, but closed",
	  EHLO_PIPE "<MAIL\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>354 go\nbody\n>421 bye\n",
	  1, DELIVER_DONE, false, { LATER }, { 421 }, NULL, 0, 0, 1 },
	{ "421 to MAIL",
	  EHLO_PIPE "<MAIL\n<RCPT\n<DATA\n>421 4.7.0 too fast\neof\n",
	  1, DELIVER_LOST, false, { NOT_TRIED }, { 0 }, "too fast", 421, 0, 1 },
	{ "421 to the second RCPT",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>421 4.7.0 enough\neof\n",
	  3, DELIVER_LOST, false, { LATER, LATER, NOT_TRIED }, { 421, 421 }, "enough", 421, 0, 1 },
	{ "421 greeting", ">421 busy\n<QUIT\n", 1, DELIVER_NO_CONNECTION, false, { NOT_TRIED },
	  { 0 },
	  "busy", 421, 0, 1 },
	{ "554 greeting", ">554 5.7.1 go away\n<QUIT\n", 1, DELIVER_NO_CONNECTION, false,
	  { NOT_TRIED }, { 0 }, "go away", 554, 0, 1 },
	{ "no greeting", "hang\n", 1, DELIVER_NO_CONNECTION, false, { NOT_TRIED }, { 0 },
	  "timed out after 200ms waiting for the greeting", 0, 0, 1 },
	{ "no SMTP at all", ">SSH-2.0-OpenSSH_9\nhang\n", 1, DELIVER_NO_CONNECTION, false,
	  { NOT_TRIED }, { 0 }, "protocol error", 0, 0, 1 },
	{ "dropped after EHLO", ">220 mx\n<EHLO\neof\n", 1, DELIVER_NO_CONNECTION, false,
	  { NOT_TRIED }, { 0 }, "waiting for the reply to EHLO", 0, 0, 1 },
	{ "EHLO not known: HELO",
	  ">220 mx\n<EHLO\n>502 what\n<HELO relay.example\n>250 mx\n<MAIL FROM:<me@relay.example>\n"
	  ">250 ok\n<RCPT TO:<a@example.net>\n>250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, 0, 1 },
	{ "dropped after MAIL", EHLO_PLAIN "<MAIL\neof\n", 1, DELIVER_LOST, false, { NOT_TRIED },
	  { 0 },
	  "closed by the server while waiting for the reply to MAIL", 0, 0, 1 },
	{ "dropped after RCPT", EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\neof\n", 1, DELIVER_LOST, false,
	  { NOT_TRIED }, { 0 }, "waiting for the reply to RCPT", 0, 0, 1 },
	{ "dropped after DATA", EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\neof\n", 1,
	  DELIVER_LOST, false, { LATER }, { 0 }, "waiting for the reply to DATA", 0, 0, 1 },
	{ "reset after the dot",
	  EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\nreset\n", 1,
	  DELIVER_LOST, false, { LATER }, { 0 }, "may be delivered twice", 0, 0, 1 },
	{ "nonsense to RCPT", EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>354 what\nhang\n", 1,
	  DELIVER_LOST,
	  false, { NOT_TRIED }, { 0 }, "protocol error: 354", 0, 0, 1 },
	{ "nonsense after the dot",
	  EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>354 more\nhang\n", 1,
	  DELIVER_LOST, false, { LATER }, { 0 }, "protocol error: 354", 0, 0, 1 },
	{ "250 to DATA is no delivery",
	  EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>250 ok\nhang\n", 1, DELIVER_LOST,
	  false,
	  { LATER }, { 0 }, "protocol error: 250", 0, 0, 1 },
	{ "STARTTLS",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n"
	  ">250-mx\r\n250-STARTTLS\r\n250 PIPELINING\n<MAIL\n<RCPT\n<DATA\n>250 ok\n>250 ok\n"
	  ">354 go\n"
	  "body\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, CONFIG_OUT_TLS_OPPORTUNISTIC, 1 },
	{ "STARTTLS, required",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n>250 mx\n"
	  "<MAIL\n"
	  ">250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, CONFIG_OUT_TLS_REQUIRED, 1 },
	{ "STARTTLS not offered, required", EHLO_PLAIN "hang\n", 1, DELIVER_NO_CONNECTION, false,
	  { NOT_TRIED }, { 0 }, "TLS is required by our policy", 0, CONFIG_OUT_TLS_REQUIRED, 1 },
	{ "self-signed, verified",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\nhang\n", 1,
	  DELIVER_NO_CONNECTION, false, { NOT_TRIED }, { 0 }, "does not verify", 0,
	  CONFIG_OUT_TLS_VERIFIED, 1 },
	{ "454 to STARTTLS: in plain",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>454 not now\n<MAIL\n>250 ok\n"
	  "<RCPT\n"
	  ">250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, CONFIG_OUT_TLS_OPPORTUNISTIC, 1 },
	{ "broken TLS: again in plain",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\njunk\nnext\n"
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n"
	  ">354 go\n"
	  "body\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, CONFIG_OUT_TLS_OPPORTUNISTIC, 2 },
	{ "broken TLS, required",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\njunk\n", 1,
	  DELIVER_NO_CONNECTION, false, { NOT_TRIED }, { 0 }, "TLS failed", 0,
	  CONFIG_OUT_TLS_REQUIRED, 1 },
	{ "closed in the handshake: again in plain",
	  ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\nnext\n" EHLO_PLAIN
	  "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, true, { OK }, { 250 }, NULL, 0, CONFIG_OUT_TLS_OPPORTUNISTIC, 2 },
	{ "CHUNKING: all in one write",
	  ">220 mx\n<EHLO\n>250-mx\r\n250-CHUNKING\r\n250 PIPELINING\n<MAIL\n<RCPT\n<RCPT\n"
	  "<BDAT\nbdat\n"
	  ">250 ok\n>250 ok\n>550 no\n>250 ok\n" QUIT,
	  2, DELIVER_DONE, true, { OK, NO }, { 250, 550 }, NULL, 0, 0, 1 },
	{ "CHUNKING: all refused",
	  ">220 mx\n<EHLO\n>250-mx\r\n250-CHUNKING\r\n250 PIPELINING\n<MAIL\n<RCPT\n<BDAT\nbdat\n"
	  ">250 ok\n>550 no\n>503 no recipients\n" QUIT,
	  1, DELIVER_DONE, true, { NO }, { 550 }, NULL, 0, 0, 1 },
	{ "CHUNKING: lost with everything sent",
	  ">220 mx\n<EHLO\n>250-mx\r\n250-CHUNKING\r\n250 PIPELINING\n<MAIL\n<RCPT\n<BDAT\nbdat\n"
	  ">250 ok\neof\n",
	  1, DELIVER_LOST, false, { LATER }, { 0 }, "may be delivered twice", 0, 0, 1 },
	{ "RCPTMAX",
	  ">220 mx\n<EHLO\n>250-mx\r\n250-LIMITS RCPTMAX=1\r\n250 PIPELINING\n<MAIL\n"
	  "<RCPT TO:<a@\n<DATA\n"
	  ">250 ok\n>250 ok\n>354 go\nbody\n>250 ok\n" QUIT,
	  2, DELIVER_DONE, true, { OK, NOT_TRIED }, { 250 }, NULL, 0, 0, 1 },
	{ "MAILMAX",
	  ">220 mx\n<EHLO\n>250-mx\r\n250-LIMITS MAILMAX=1\r\n250 PIPELINING\n<MAIL\n"
	  "<RCPT TO:<a@\n<DATA\n"
	  ">250 ok\n>250 ok\n>354 go\nbody\n>250 ok\n" QUIT,
	  1, DELIVER_DONE, false, { OK }, { 250 }, NULL, 0, 0, 1 },
};

static void
check_recipients(const struct dialogue *d, const struct deliver_job *job)
{
	for (size_t i = 0; i < job->recipients; i++) {
		const struct mail_event *event = job->recipient[i].event;

		if ((event ? event->kind : NOT_TRIED) != d->kind[i] ||
		    (event && event->code != d->code[i]))
			fail_msg("%s: recipient %zu: kind %d code %d %s", d->name, i,
			         event ? (int)event->kind : -1, event ? event->code : -1,
			         event && event->detail ? event->detail : "");
		if (!event)
			continue;
		assert_int_equal(event->message_id, 7);
		assert_string_equal(event->remote_host, "mx.example.net");
		assert_string_equal(event->remote_address, "127.0.0.1");
		assert_string_equal(event->source_address, "127.0.0.1");
		assert_true(event->duration_ms >= 0);
	}
}

static void
follows_dialogue(const struct dialogue *d)
{
	struct bench bench;
	struct arena *arena;
	struct resolve_route *route;
	struct deliver_job *job;

	bench_start(&bench, d->script);
	if (strcmp(d->name, "no greeting") == 0)
		bench.config.delivery.reply_timeout_ms = 200;
	route = bench_route(&bench, &arena);
	route->tls = d->tls;
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("A: b\r\n\r\n",
	  ".text\r\n"),
	                                      d->recipients));
	if (job->end != d->end || job->is_open != d->is_open)
		fail_msg("%s: end %d open %d %.*s", d->name, job->end, job->is_open,
		         job->failure ? (int)job->failure->reply.n : 0,
		         job->failure ? job->failure->reply.p : "");
	check_recipients(d, job);
	if (!job->failure != !d->failure)
		fail_msg("%s: failure %d", d->name, job->failure != NULL);
	if (d->failure) {
		char text[512];

		snprintf(text, sizeof text, "%.*s", (int)job->failure->reply.n,
		  job->failure->reply.p);
		if (!strstr(text, d->failure) || job->failure->code != d->failure_code)
			fail_msg("%s: failure %d \"%s\"", d->name, job->failure->code, text);
		assert_int_equal(job->failure->kind, MAIL_EVENT_DEFERRED);
	}
	bench_stop(&bench);
	if (strstr(d->script, "\nbody\n") && bench.peer.body_n > 3)
		assert_memory_equal(bench.peer.body, "A: b\r\n\r\n..text\r\n.\r\n", 19);
	if (strstr(d->script, "\nbdat\n"))
		assert_memory_equal(bench.peer.body, "A: b\r\n\r\n.text\r\n", 15);
	if (strstr(d->script, "\nnext\n") || strstr(d->script, "\njunk\n"))
		assert_int_equal(bench.peer.connections, d->connections);
}

static void
follows_dialogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++)
		follows_dialogue(&dialogues[i]);
}

/* ---- what goes over the wire ------------------------------------------------------- */
static void
tells_tls_facts(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n"
	  "<EHLO\n"
	            ">250 mx\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n"
	            ">250 ok\n" QUIT);
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	assert_string_equal(job->recipient[0].event->tls_version, "TLSv1.3");
	assert_string_equal(job->recipient[0].event->tls_verified, "opportunistic");
	assert_string_equal(job->connected_host, "mx.example.net");
	bench_stop(&bench);
}

static void
passes_dsn_on(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, ">220 mx\n<EHLO\n>250-mx\r\n250-DSN\r\n250 PIPELINING\n"
	            "<MAIL FROM:<me@relay.example> RET=HDRS ENVID=e+20f\n"
	            "<RCPT TO:<a@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x@y\n"
	            "<RCPT TO:<b@example.net> NOTIFY=NEVER\n<DATA\n>250 ok\n>250 ok\n>250 ok\n"
	            ">354 go\nbody\n"
	            ">250 ok\n" QUIT);
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 2);
	job->ret = 2;
	job->envid = "e+20f";
	job->recipient[0].notify = 2 | 8;
	job->recipient[0].orcpt = "rfc822;x@y";
	job->recipient[1].notify = 1;
	job = bench_deliver(&bench, job);
	assert_int_equal(job->recipient[1].event->kind, MAIL_EVENT_DELIVERED);
	bench_stop(&bench);
}

static const struct by_row {
	const char *name, *offers, *mail; /* mail NULL: not sent */
	unsigned by;
	int64_t left_ms;
} by_rows[] = {
	{ "not offered", "HELP", "<MAIL FROM:<m@x>", SMTP_BY_RETURN, 60000 },
	{ "offered", "DELIVERBY", "<MAIL FROM:<m@x> BY=60;R", SMTP_BY_RETURN, 60000 },
	{ "offered, trace", "DELIVERBY 60", "<MAIL FROM:<m@x> BY=60;NT",
	  SMTP_BY_NOTIFY | SMTP_BY_TRACE, 60000 },
	{ "nothing asked", "DELIVERBY 60", "<MAIL FROM:<m@x>", 0, 0 },
	{ "it wants more time", "DELIVERBY 90,X", NULL, SMTP_BY_RETURN, 60000 },
	{ "it wants more time, N", "DELIVERBY 90", "<MAIL FROM:<m@x> BY=60;N", SMTP_BY_NOTIFY,
	  60000 },
	{ "late", "HELP", NULL, SMTP_BY_RETURN, -100 },
	{ "late, N", "DELIVERBY", "<MAIL FROM:<m@x> BY=-60;N", SMTP_BY_NOTIFY, -60400 },
};

static void
passes_the_time_on_that_is_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof by_rows / sizeof by_rows[0]; i++) {
		const struct by_row *row = &by_rows[i];
		struct bench bench;
		struct arena *arena;
		struct deliver_job *job;
		char script[512];

		print_message("  %s\n", row->name);
		snprintf(script, sizeof script,
		         ">220 mx\n<EHLO\n>250-mx\r\n250-%s\r\n250 OK\n%s%s" QUIT, row->offers,
		         row->mail ? row->mail : "",
		         row->mail ? "\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>250 ok\n"
		                   : "");
		bench_start(&bench, script);
		job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 1);
		job->return_path = "m@x";
		job->by = (unsigned char)row->by;
		job->by_unix_ms = row->by ? clock_unix_ms() + row->left_ms : 0;
		job = bench_deliver(&bench, job);
		assert_int_equal(job->recipient[0].event->kind,
		                 row->mail ? MAIL_EVENT_DELIVERED : MAIL_EVENT_BOUNCED);
		if (row->mail == NULL) {
			assert_int_equal(job->recipient[0].event->enhanced.subject, 4);
			assert_int_equal(job->recipient[0].event->enhanced.detail, 7);
			assert_false(job->recipient[0].event->is_hard);
		}
		bench_stop(&bench);
	}
}

static const struct conversion {
	const char *name, *offers, *mail, *rcpt, *from, *to; /* mail NULL: not sent */
	bool head_8bit, text_8bit, smtputf8;
	int detail[2];       /* 5.6.detail per recipient; 0: delivered */
	unsigned subject;
} conversions[] = {
	{ "8-bit text, offered", "8BITMIME", "<MAIL FROM:<m@x> BODY=8BITMIME", "<RCPT TO:<a@y>",
	  "m@x",
	  "a@y", false, true, false, { 0 }, 6 },
	{ "8-bit text, not offered", "HELP", NULL, NULL, "m@x", "a@y", false, true, false, { 3 },
	  6 },
	{ "UTF-8 header, not offered", "8BITMIME", NULL, NULL, "m@x", "a@y", true, false, true,
	  { 7 }, 6 },
	{ "UTF-8 header, offered", "8BITMIME\r\n250-SMTPUTF8",
	  "<MAIL FROM:<m@x> BODY=8BITMIME SMTPUTF8",
	  "<RCPT TO:<a@y>", "m@x", "a@y", true, false, true, { 0 }, 6 },
	{ "asked for but not needed", "8BITMIME", "<MAIL FROM:<m@x>", "<RCPT TO:<a@y>", "m@x",
	  "a@y",
	  false, false, true, { 0 }, 6 },
	{ "UTF-8 recipient, not offered", "8BITMIME", NULL, NULL, "m@x", "\xc3\xa4@y", false,
	  false, true,
	  { 7 }, 6 },
	{ "UTF-8 sender, not offered", "8BITMIME", NULL, NULL, "\xc3\xa4@y", "a@y", false, false,
	  true,
	  { 7 }, 6 },
	{ "UTF-8 domain only: A-label", "HELP", "<MAIL FROM:<m@x>",
	  "<RCPT TO:<a@xn--bcher-kva.example>",
	  "m@x", "a@b\xc3\xbc" "cher.example", false, false, true, { 0 }, 6 },
	{ "UTF-8 domain, offered: as it is", "8BITMIME\r\n250-SMTPUTF8", "<MAIL FROM:<m@x> BODY",
	  "<RCPT TO:<a@b\xc3\xbc" "cher.example>", "m@x", "a@b\xc3\xbc" "cher.example", false,
	  false,
	  true, { 0 }, 6 },
	{ "over SIZE", "SIZE 3", NULL, NULL, "m@x", "a@y", false, false, false, { 4 }, 3 },
	{ "SIZE without limit", "SIZE", "<MAIL FROM:<m@x> SIZE=12", "<RCPT TO:<a@y>", "m@x",
	  "a@y", false,
	  false, false, { 0 }, 3 },
};

static void
converts(const struct conversion *c)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;
	const struct mail_event *event;
	char script[1024];

	if (c->mail)
		snprintf(script, sizeof script, ">220 mx\n<EHLO\n>250-mx\r\n250-%s\r\n250 HELP\n"
		  "%s\n>250 ok\n%s\n"
		         ">250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT, c->offers, c->mail,
		         c->rcpt);
	else
		snprintf(script, sizeof script, ">220 mx\n<EHLO\n>250-mx\r\n250-%s\r\n"
		  "250 HELP\n" QUIT,
		         c->offers);
	bench_start(&bench, script);
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("A: b\r\n\r\n",
	  "\xc3\xa4\r\n"), 1);
	job->return_path = c->from;
	job->recipient[0].address = c->to;
	job->smtputf8 = c->smtputf8;
	job->body->head_8bit = c->head_8bit;
	job->body->text_8bit = c->text_8bit;
	job = bench_deliver(&bench, job);
	event = job->recipient[0].event;
	if (job->end != DELIVER_DONE || !job->is_open || !event ||
	    (event->kind == MAIL_EVENT_DELIVERED) != (c->detail[0] == 0))
		fail_msg("%s: end %d event %d", c->name, job->end, event ? (int)event->kind : -1);
	if (c->detail[0]) {
		assert_int_equal(event->kind, MAIL_EVENT_BOUNCED);
		assert_int_equal(event->enhanced.class, 5);
		assert_int_equal(event->enhanced.subject, c->subject);
		assert_int_equal(event->enhanced.detail, c->detail[0]);
		assert_non_null(strstr(event->detail, "server"));
	}
	bench_stop(&bench);
}

static void
converts_or_says_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
		converts(&conversions[i]);
}

/* ---- AUTH ------------------------------------------------------------------------------ */
static const struct {
	const char *name, *script;
	bool works;
} logins[] = {
	{ "PLAIN", ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n"
	  ">250-mx\r\n250 AUTH LOGIN PLAIN\n<AUTH PLAIN AG1lAHNlY3JldA==\n>235 ok\n<MAIL\n"
	  ">250 ok\n<RCPT\n"
	  ">250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT, true },
	{ "LOGIN", ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n"
	  ">250-mx\r\n250 AUTH=LOGIN\n<AUTH LOGIN\n>334 VXNlcm5hbWU6\n<bWU=\n>334 UGFzc3dvcmQ6\n"
	  "<c2VjcmV0\n"
	  ">235 ok\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>250 ok\n" QUIT, true },
	{ "refused", ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n"
	  ">250-mx\r\n250 AUTH PLAIN\n<AUTH PLAIN\n>535 5.7.8 no\n<QUIT\n", false },
	{ "LOGIN, answered with nonsense", ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n"
	  ">220 go\ntls\n<EHLO\n>250-mx\r\n250 AUTH LOGIN\n<AUTH LOGIN\n>250 fine\nhang\n", false },
	{ "no TLS", ">220 mx\n<EHLO\n>250-mx\r\n250 AUTH PLAIN\nhang\n", false },
	{ "nothing we know", ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n"
	  "<EHLO\n"
	  ">250-mx\r\n250 AUTH GSSAPI\nhang\n", false },
};

static void
logs_in_to_a_smarthost(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
		struct bench bench;
		struct arena *arena;
		struct resolve_route *route;
		struct deliver_job *job;

		bench_start(&bench, logins[i].script);
		route = bench_route(&bench, &arena);
		route->user = "me";
		route->password = arena_strdup(arena, "secret");
		job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
		if ((job->end == DELIVER_DONE) != logins[i].works)
			fail_msg("%s: end %d peer %s", logins[i].name, job->end, bench.peer.wrong);
		assert_int_equal(job->recipient[0].event != NULL, logins[i].works);
		bench_stop(&bench);
	}
}

/* ---- connections ------------------------------------------------------------------------- */
#define MESSAGE "<MAIL\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>354 go\nbody\n>250 ok\n"

static struct deliver_job *
next_job(struct bench *bench, uint64_t conn_id)
{
	struct deliver_job *job = bench_job(bench, NULL, bench_body("", "x\r\n"), 1);

	job->conn_id = conn_id;
	return bench_deliver(bench, job);
}

static void
uses_a_connection_again(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;
	uint64_t id;

	(void)state;
	bench_start(&bench, EHLO_PIPE MESSAGE MESSAGE
	            "<MAIL\n<RCPT\n<DATA\n>250 ok\n>550 no\n>503 no\n"
	            "<RSET\n<MAIL\n<RCPT\n<DATA\n>250 flushed\n>250 ok\n>250 ok\n>354 go\nbody\n"
	            ">250 ok\n"
	            MESSAGE QUIT);
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	assert_true(job->is_open);
	id = job->conn_id;
	assert_int_equal(next_job(&bench, id)->recipient[0].event->kind, MAIL_EVENT_DELIVERED);
	assert_int_equal(next_job(&bench, id)->recipient[0].event->kind, MAIL_EVENT_BOUNCED);
	assert_int_equal(next_job(&bench, id)->recipient[0].event->kind, MAIL_EVENT_DELIVERED);
	assert_int_equal(next_job(&bench, id)->recipient[0].event->kind, MAIL_EVENT_DELIVERED);
	deliver_close(bench.deliver, id);
	bench_stop(&bench);
	assert_int_equal(bench.gone, 0);
	assert_int_equal(bench.peer.connections, 1);
}

static void
hands_back_a_job_for_a_closed_connection(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;
	uint64_t id;

	(void)state;
	bench_start(&bench, EHLO_PIPE MESSAGE ">421 idle for too long\neof\n");
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	id = job->conn_id;
	bench_run(&bench, &bench.gone, 1);
	assert_int_equal(bench.gone_id, id);
	job = next_job(&bench, id);
	assert_int_equal(job->end, DELIVER_LOST);
	assert_null(job->failure);
	assert_null(job->recipient[0].event);
	assert_false(job->is_open);
	bench_stop(&bench);
}

static void
a_connection_closed_under_a_job_is_nobodys_fault(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, EHLO_PIPE MESSAGE "<MAIL\neof\n");
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	job = next_job(&bench, job->conn_id);
	assert_int_equal(job->end, DELIVER_LOST);
	assert_null(job->failure);
	assert_null(job->recipient[0].event);
	bench_stop(&bench);
}

static void
closes_an_idle_connection(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, EHLO_PIPE MESSAGE "<QUIT\n");
	bench.config.delivery.idle_timeout_ms = 50;
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	assert_true(job->is_open);
	bench_run(&bench, &bench.gone, 1);
	bench_stop(&bench);
}

static void
tries_the_next_host(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct resolve_route *route;
	struct deliver_job *job;
	int unused = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof address;

	(void)state; /* bound but not listening: refuses */
	assert_int_equal(bind(unused, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(unused, (struct sockaddr *)&address, &n), 0);
	bench_start(&bench, ">421 not here\n<QUIT\nnext\n" EHLO_PIPE MESSAGE QUIT);
	route = resolve_build_new("example.net", &arena);
	route->host = arena_zero(arena, 4 * sizeof *route->host);
	bench_add_host(arena, route, "mx1.example.net", ntohs(address.sin_port));
	bench_add_host(arena, route, "mx2.example.net", bench.peer.port);
	bench_add_host(arena, route, "mx3.example.net", bench.peer.port);
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	/* mx3 is mx2's address, which failed just now: left out */
	assert_int_equal(job->end, DELIVER_NO_CONNECTION);
	assert_int_equal(job->failure->code, 421);
	assert_string_equal(job->failure->remote_host, "mx2.example.net");
	resolve_route_ref(route);
	route->hosts = 2;
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	assert_int_equal(job->end, DELIVER_DONE); /* both failed lately, so both are tried again */
	assert_string_equal(job->connected_host, "mx2.example.net");
	close(unused);
	bench_stop(&bench);
}

/* "Too many connections" at the first door is not carried to the next, nor is the host
 * remembered as one that does not work. */
static void
too_many_at_the_greeting_ends_it(void **state)
{
	struct resolve_route *route;
	struct deliver_job *job;
	struct arena *arena;
	struct bench bench;

	(void)state;
	bench_start(&bench, ">421 4.7.0 too many connections from your host\n<QUIT\nnext\n"
	            EHLO_PIPE MESSAGE QUIT);
	route = bench_route(&bench, &arena);
	bench_add_host(arena, route, "mx2.example.net", bench.peer.port);
	resolve_route_ref(route);
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	assert_int_equal(job->end, DELIVER_NO_CONNECTION);
	assert_int_equal(job->ruling->party, RECORD_SITE);
	assert_string_equal(job->failure->remote_host, "mx.example.net");
	assert_null(job->recipient[0].event);
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	assert_string_equal(job->connected_host, "mx.example.net");
	bench_stop(&bench);
}

/* Two hosts, at ports of the same peer's: the second is reached after "next". */
static void
moves_to_the_next_host_at_mail(void **state)
{
	static const struct {
		const char *name, *script;
		const char *host;      /* that took or refused it */
		int code;              /* of the recipient's event */
	} rows[] = {
		{ "trouble of its own",
		  EHLO_PIPE "<MAIL\n<RCPT\n<DATA\n>451 4.3.0 disk\n<QUIT\nnext\n"
		  EHLO_PIPE MESSAGE QUIT, "mx2.example.net", 250 },
		{ "shutting down", EHLO_PLAIN "<MAIL\n>421 4.3.2 shutting down\n<QUIT\nnext\n"
		  EHLO_PIPE MESSAGE QUIT, "mx2.example.net", 250 },
		{ "both in trouble",
		  EHLO_PIPE "<MAIL\n<RCPT\n<DATA\n>451 4.3.0 disk\n<QUIT\nnext\n"
		  EHLO_PLAIN "<MAIL\n>452 4.3.1 disk\n" QUIT, "mx2.example.net", 452 },
		{ "our pace is the provider's", EHLO_PLAIN "<MAIL\n>450 4.7.28 too fast\n" QUIT,
		  "mx1.example.net", 450 },
		{ "for good", EHLO_PLAIN "<MAIL\n>554 5.3.0 disk\n" QUIT, "mx1.example.net", 554 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resolve_route *route;
		struct deliver_job *job;
		struct arena *arena;
		struct bench bench;

		print_message("%s\n", rows[i].name);
		bench_start(&bench, rows[i].script);
		route = bench_route(&bench, &arena);
		route->host[0].name = "mx1.example.net";
		bench_add_host(arena, route, "mx2.example.net", bench.peer.port);
		job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
		assert_int_equal(job->end, DELIVER_DONE);
		assert_null(job->failure); /* the first host's trouble is not the site's */
		assert_int_equal(job->recipient[0].event->code, rows[i].code);
		assert_string_equal(job->recipient[0].event->remote_host, rows[i].host);
		bench_stop(&bench);
	}
}

static void
says_why_nothing_can_be_tried(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct resolve_route *route;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, "");
	route = bench_route(&bench, &arena);
	route->host[0].addresses = 0;
	job = bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	assert_int_equal(job->end, DELIVER_NO_CONNECTION);
	assert_non_null(strstr(job->failure->detail, "no address"));
	assert_int_equal(job->ruling->party, RECORD_HOST);
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 1);
	job->source_address = "::1";
	job = bench_deliver(&bench, job);
	assert_int_equal(job->end, DELIVER_NO_CONNECTION);
	bench_stop(&bench);
}

/* ---- large texts -------------------------------------------------------------------------- */
static char spool[1000 * 1000];
static bool spool_is_short;

/* the store's side, played here: answers at once, through the mailbox */
void
store_spool_read(struct store *store, struct store_spool_op **op)
{
	struct store_spool_op *o = *op;

	(void)store;
	*op = NULL;
	if (spool_is_short && o->offset > sizeof spool / 2)
		o->n /= 2;
	o->bytes = mem_alloc(o->n);
	memcpy(o->bytes,
	  spool + (o->offset < sizeof spool - o->n ? o->offset : sizeof spool - o->n),
	       o->n);
	mailbox_answer(&o->back, &o->item);
}

static void
fill_spool(void)
{
	for (size_t i = 0; i < sizeof spool; i += 50)
		memcpy(spool + i, "..this line has forty-eight octets and then ends\r\n", 50);
}

static struct mail_body *
spool_body(uint64_t bytes)
{
	return mail_body_new(mem_strdup("A: b\r\n\r\n"), 8, NULL, bytes, 42);
}

static void
streams_from_the_spool(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	fill_spool();
	bench_start(&bench, ">220 mx\n<EHLO\n>250 mx\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n"
	  ">354 go\n"
	            "body\n>250 ok\n" QUIT);
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	  spool_body(sizeof spool), 1));
	assert_int_equal(job->recipient[0].event->kind, MAIL_EVENT_DELIVERED);
	bench_stop(&bench);
	/* every line got one more dot */
	assert_int_equal(bench.peer.body_n, 8 + sizeof spool + sizeof spool / 50 + 3);
	assert_memory_equal(bench.peer.body + 8, "...this line", 12);

	bench_start(&bench, ">220 mx\n<EHLO\n>250-mx\r\n250-PIPELINING\r\n250 CHUNKING\n<MAIL\n"
	  "<RCPT\n>250 ok\n"
	            ">250 ok\n<BDAT 1000008 LAST\nbdat\n>250 ok\n" QUIT);
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	  spool_body(sizeof spool), 1));
	assert_int_equal(job->recipient[0].event->kind, MAIL_EVENT_DELIVERED);
	bench_stop(&bench);
	assert_int_equal(bench.peer.body_n, 8 + sizeof spool);
	assert_memory_equal(bench.peer.body + 8, spool, sizeof spool);
}

static void
a_short_spool_file_sends_no_dot(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	spool_is_short = true;
	bench_start(&bench, ">220 mx\n<EHLO\n>250 mx\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n"
	  ">354 go\nhang\n");
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	  spool_body(sizeof spool), 1));
	assert_int_equal(job->end, DELIVER_LOST);
	assert_int_equal(job->recipient[0].event->kind, MAIL_EVENT_DEFERRED);
	assert_non_null(strstr(job->recipient[0].event->detail, "spool"));
	spool_is_short = false;
	bench_stop(&bench);
}

static void
an_early_no_ends_the_stream(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state; /* far more than the sockets hold */
	bench_start(&bench, ">220 mx\n<EHLO\n>250 mx\n<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n"
	  ">354 go\n"
	            ">552 5.3.4 too much\n<A: b\nhang\n");
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	  spool_body(1u << 30), 1));
	assert_int_equal(job->recipient[0].event->kind, MAIL_EVENT_BOUNCED);
	assert_false(job->is_open);
	bench_stop(&bench);
}

/* ---- stopping ------------------------------------------------------------------------------ */
static void
draining_cuts_what_does_not_end(void **state)
{
	struct bench bench;
	struct arena *arena;
	struct deliver_job *job;

	(void)state;
	bench_start(&bench, EHLO_PIPE "hang\n");
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 1);
	deliver_send(bench.deliver, &job);
	bench.until = NULL;
	loop_timer_set(&bench.deadline, 100); /* let it get as far as it can */
	loop_run(bench.loop);
	deliver_drain(bench.deliver, 10, bench_on_drained, &bench);
	while (!bench.is_drained || bench.back == 0)
		loop_run(bench.loop);
	assert_int_equal(bench.done->end, DELIVER_LOST);
	assert_null(bench.done->failure); /* nothing that the site did, and nobody pays for it */
	assert_null(bench.done->recipient[0].event);
	bench.is_drained = false;
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 1);
	job = bench_deliver(&bench, job);
	assert_int_equal(job->end, DELIVER_LOST);
	assert_null(job->failure);
	bench_stop(&bench);
}

static int
set_up(void **state)
{
	struct err err;

	(void)state;
	verdict_init();
	peer_tls = tls_server_new(NULL, 0, "mx.example.net", &err);
	return peer_tls ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	tls_server_unref(&peer_tls);
	verdict_deinit();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_dialogues),
		cmocka_unit_test(tells_tls_facts),
		cmocka_unit_test(passes_dsn_on),
		cmocka_unit_test(passes_the_time_on_that_is_left),
		cmocka_unit_test(converts_or_says_why_not),
		cmocka_unit_test(logs_in_to_a_smarthost),
		cmocka_unit_test(uses_a_connection_again),
		cmocka_unit_test(hands_back_a_job_for_a_closed_connection),
		cmocka_unit_test(a_connection_closed_under_a_job_is_nobodys_fault),
		cmocka_unit_test(closes_an_idle_connection),
		cmocka_unit_test(tries_the_next_host),
		cmocka_unit_test(too_many_at_the_greeting_ends_it),
		cmocka_unit_test(moves_to_the_next_host_at_mail),
		cmocka_unit_test(says_why_nothing_can_be_tried),
		cmocka_unit_test(streams_from_the_spool),
		cmocka_unit_test(a_short_spool_file_sends_no_dot),
		cmocka_unit_test(an_early_no_ends_the_stream),
		cmocka_unit_test(draining_cuts_what_does_not_end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
