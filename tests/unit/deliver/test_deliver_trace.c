/* test_deliver_trace.c - what sessions remember of what was said: all but content and secrets. */
#include "unit/deliver/bench.h"

#include <signal.h>
#include <stdio.h>

#include "store/store_spool.h"

#define EHLO_PLAIN ">220 mx ready\n<EHLO relay.example\n>250 mx\n"
#define EHLO_PIPE ">220 mx ready\n<EHLO relay.example\n>250-mx\r\n250 PIPELINING\n"
#define MESSAGE_OK "<MAIL\n>250 ok\n<RCPT\n>250 ok\n<DATA\n>354 go\nbody\n>250 2.0.0 taken\n"
#define EHLO_TLS ">220 mx\n<EHLO\n>250-mx\r\n250 STARTTLS\n<STARTTLS\n>220 go\ntls\n<EHLO\n"
#define QUIT "<QUIT\n>221 bye\n"
#define CONNECTED "+ mx.example.net\n* connected\n< 220 mx ready\n> EHLO relay.example\n"

/* no body of these tests is in the spool */
void
store_spool_read(struct store *store, struct store_spool_op **op)
{
	(void)store;
	(void)op;
	fail_msg("the spool was asked");
}

struct asked {
	struct bench *bench;
	struct deliver_trace_ask *ask;
	unsigned back;
};
static struct asked asked;

static void
on_traces(struct mailbox_item *item, void *owner)
{
	(void)owner;
	asked.ask = (struct deliver_trace_ask *)(void *)item;
	asked.back++;
	bench_look(asked.bench);
}

static void
ask(struct bench *bench, uint64_t id, const char *recipient)
{
	struct deliver_trace_ask *question = mem_zero(1, sizeof *question);

	deliver_trace_ask_free(&asked.ask);
	asked.bench = bench;
	question->back = (struct mailbox_return){ bench->asker, on_traces };
	question->message_id = id;
	question->recipient = mem_strdup(recipient);
	question->limit = 3;
	deliver_trace_send(bench->deliver, &question);
	bench_run(bench, &asked.back, asked.back + 1);
}

/* text_of - its lines, without times; "+ host" for a connection. */
static const char *
text_of(const struct trace *trace)
{
	static const char marks[TRACE_WHO_COUNT] = { '+', '*', '>', '<', '~' };
	static char text[16384];
	struct trace_walk walk = { 0 };
	struct trace_line line;
	size_t n = 0;

	text[0] = '\0';
	while (trace_line_next(trace, &walk, &line)) {
		if (line.who == TRACE_CONNECT) { /* "connecting to HOST [" */
			span_cut(line.text, 'o', &line.text);
			span_cut(line.text, 'o', &line.text);
			span_cut(line.text, ' ', &line.text);
			line.text = span_cut(line.text, ' ', &line.text);
		}
		n += (size_t)snprintf(text + n, sizeof text - n, "%c %.*s\n", marks[line.who],
		                      (int)line.text.n, line.text.p);
	}
	return text;
}

static void
start(struct bench *bench, const char *script)
{
	bench_start(bench, script);
	bench->config.delivery.trace_memory_bytes = 1 << 20;
	deliver_set_shares(bench->deliver, 1);
}

static void
stop(struct bench *bench)
{
	deliver_trace_ask_free(&asked.ask);
	bench_stop(bench);
}

static const struct {
	const char *name, *script, *text;
	size_t recipients;
	enum trace_end end;
	enum trace_result result[3];
} sessions[] = {
	{ "one after the other",
	  EHLO_PLAIN MESSAGE_OK QUIT,
	  CONNECTED "< 250 mx\n> MAIL FROM:<me@relay.example>\n< 250 ok\n"
	  "> RCPT TO:<a@example.net>\n< 250 ok\n> DATA\n< 354 go\n> (22 bytes)\n"
	  "< 250 2.0.0 taken\n",
	  1, TRACE_END_DONE, { TRACE_DELIVERED } },
	{ "pipelined, each with its own answer",
	  EHLO_PIPE "<MAIL\n<RCPT\n<RCPT\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>550-5.1.1 no\r\n"
	  "550 5.1.1 such user\n>452 4.2.2 full\n>354 go\nbody\n>250 taken\n" QUIT,
	  CONNECTED "< 250-mx\n< 250 PIPELINING\n> MAIL FROM:<me@relay.example>\n"
	  "> RCPT TO:<a@example.net>\n> RCPT TO:<b@example.net>\n> RCPT TO:<c@example.net>\n"
	  "> DATA\n< 250 ok\n< 250 ok\n< 550-5.1.1 no\n< 550 5.1.1 such user\n< 452 4.2.2 full\n"
	  "< 354 go\n> (22 bytes)\n< 250 taken\n",
	  3, TRACE_END_DONE, { TRACE_DELIVERED, TRACE_BOUNCED, TRACE_DEFERRED } },
	{ "refused at the greeting", ">554 5.7.1 go away\n<QUIT\n",
	  "+ mx.example.net\n* connected\n< 554 5.7.1 go away\n> QUIT\n", 1,
	  TRACE_END_NO_CONNECTION, { TRACE_UNTRIED } },
	{ "lost on the way", EHLO_PLAIN "<MAIL\n>250 ok\n<RCPT\neof\n",
	  CONNECTED "< 250 mx\n> MAIL FROM:<me@relay.example>\n< 250 ok\n"
	  "> RCPT TO:<a@example.net>\n"
	  "* connection closed by the server while waiting for the reply to RCPT\n", 1,
	  TRACE_END_LOST, { TRACE_UNTRIED } },
	{ "no SMTP", ">SSH-2.0-OpenSSH_9\nhang\n",
	  "+ mx.example.net\n* connected\n< SSH-2.0-OpenSSH_9\n"
	  "* protocol error: not an SMTP reply: a line without a reply code\n", 1,
	  TRACE_END_NO_CONNECTION, { TRACE_UNTRIED } },
};

static void
says_what_was_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
		struct trace_recipient recipient;
		struct trace_facts facts;
		struct deliver_job *job;
		struct arena *arena;
		struct bench bench;
		uint32_t at = 0;

		print_message("%s\n", sessions[i].name);
		start(&bench, sessions[i].script);
		job = bench_job(&bench, bench_route(&bench, &arena),
		                bench_body("Subject: hidden\r\n\r\n", "x\r\n"),
		                sessions[i].recipients);
		(void)bench_deliver(&bench, job);
		ask(&bench, 7, NULL);
		assert_int_equal(asked.ask->traces, 1);
		assert_string_equal(text_of(asked.ask->trace[0]), sessions[i].text);
		trace_facts_read(asked.ask->trace[0], &facts);
		assert_int_equal(facts.end, sessions[i].end);
		assert_string_equal(facts.remote_host, "mx.example.net");
		for (size_t k = 0; k < sessions[i].recipients; k++) {
			assert_true(trace_recipient_next(asked.ask->trace[0], &at, &recipient));
			assert_int_equal(recipient.result, sessions[i].result[k]);
		}
		stop(&bench);
	}
}

static const struct {
	const char *name, *script, *text;
} logins[] = {
	{ "PLAIN", EHLO_TLS ">250-mx\r\n250 AUTH PLAIN LOGIN\n<AUTH PLAIN AG1lAHNlY3JldA==\n"
	  ">535 5.7.8 no\n<QUIT\n", "> AUTH PLAIN (not shown)\n< 535 5.7.8 no\n" },
	{ "LOGIN", EHLO_TLS ">250-mx\r\n250 AUTH LOGIN\n<AUTH LOGIN\n>334 VXNlcm5hbWU6\n<bWU=\n"
	  ">334 UGFzc3dvcmQ6\n<c2VjcmV0\n>535 5.7.8 no\n<QUIT\n",
	  "> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> (not shown)\n< 334 UGFzc3dvcmQ6\n> (not shown)\n"
	  "< 535 5.7.8 no\n" },
};

static void
never_a_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
		struct resolve_route *route;
		struct arena *arena;
		struct bench bench;
		const char *text;

		start(&bench, logins[i].script);
		route = bench_route(&bench, &arena);
		route->user = "me";
		route->password = arena_strdup(arena, "secret");
		(void)bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
		ask(&bench, 7, NULL);
		assert_int_equal(asked.ask->traces, 1);
		text = text_of(asked.ask->trace[0]);
		if (!strstr(text, logins[i].text) || !strstr(text, "* TLSv1.3, TLS_") ||
		    !strstr(text, "certificate not verified: "))
			fail_msg("%s: %s", logins[i].name, text);
		assert_null(strstr(text, "AG1lAHNlY3JldA"));
		assert_null(strstr(text, "bWU="));
		assert_null(strstr(text, "c2VjcmV0"));
		stop(&bench);
	}
}

#define MESSAGE "<MAIL\n<RCPT\n<DATA\n>250 ok\n>250 ok\n>354 go\nbody\n>250 "

static void
a_message_shows_nothing_of_others_on_its_connection(void **state)
{
	struct deliver_job *job;
	struct trace_facts facts;
	struct arena *arena;
	struct bench bench;
	const char *text;

	(void)state;
	start(&bench, EHLO_PIPE MESSAGE "first\n" MESSAGE "second\n" QUIT);
	job = bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	job = bench_job(&bench, NULL, bench_body("", "xx\r\n"), 1);
	job->conn_id = bench.done->conn_id;
	job->message_id = 8;
	job->recipient[0].address = "other@example.net";
	(void)bench_deliver(&bench, job);
	ask(&bench, 8, "OTHER@example.net");
	assert_int_equal(asked.ask->traces, 1);
	assert_int_equal(asked.ask->kept.sessions, 2);
	text = text_of(asked.ask->trace[0]);
	assert_string_equal(text, CONNECTED "< 250-mx\n< 250 PIPELINING\n"
	                    "> MAIL FROM:<me@relay.example>\n> RCPT TO:<other@example.net>\n"
	                    "> DATA\n< 250 ok\n< 250 ok\n< 354 go\n> (4 bytes)\n< 250 second\n");
	trace_facts_read(asked.ask->trace[0], &facts);
	assert_true(facts.is_reused);
	ask(&bench, 8, "a@example.net");
	assert_int_equal(asked.ask->traces, 0);
	stop(&bench);
}

static void
a_move_to_the_next_host_is_one_story(void **state)
{
	struct resolve_route *route;
	struct arena *arena;
	struct bench bench;

	(void)state;
	start(&bench, EHLO_PLAIN "<MAIL\n>421 4.3.2 shutting down\n<QUIT\nnext\n"
	      ">220 mx2\n<EHLO\n>250 mx2\n<MAIL\n>250 ok\n<RCPT\n>550 no\n" QUIT);
	route = bench_route(&bench, &arena);
	bench_add_host(arena, route, "mx2.example.net", bench.peer.port);
	(void)bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	ask(&bench, 7, NULL);
	assert_int_equal(asked.ask->traces, 1);
	assert_string_equal(text_of(asked.ask->trace[0]),
	                    CONNECTED "< 250 mx\n> MAIL FROM:<me@relay.example>\n"
	                    "< 421 4.3.2 shutting down\n> QUIT\n+ mx2.example.net\n* connected\n"
	                    "< 220 mx2\n> EHLO relay.example\n< 250 mx2\n"
	                    "> MAIL FROM:<me@relay.example>\n< 250 ok\n"
	                    "> RCPT TO:<a@example.net>\n< 550 no\n");
	stop(&bench);
}

static void
what_is_under_way_is_there(void **state)
{
	struct trace_facts facts;
	struct deliver_job *job;
	struct arena *arena;
	struct bench bench;

	(void)state;
	start(&bench, EHLO_PLAIN "<MAIL\nhang\n");
	bench.config.delivery.reply_timeout_ms = 1000;
	job = bench_job(&bench, bench_route(&bench, &arena), bench_body("", "x\r\n"), 1);
	deliver_send(bench.deliver, &job);
	do {
		assert_int_equal(bench.back, 0);
		ask(&bench, 7, NULL);
	} while (asked.ask->traces == 0 || !strstr(text_of(asked.ask->trace[0]), "MAIL"));
	trace_facts_read(asked.ask->trace[0], &facts);
	assert_int_equal(facts.end, TRACE_END_NONE);
	assert_int_equal(facts.ended_unix_ms, 0);
	assert_int_equal(asked.ask->kept.sessions, 0);
	bench_run(&bench, &bench.back, 1);
	ask(&bench, 7, NULL);
	assert_int_equal(asked.ask->traces, 1);
	assert_non_null(strstr(text_of(asked.ask->trace[0]), "* timed out after 1"));
	stop(&bench);
}

static void
many_attempts_give_the_newest(void **state)
{
	struct resolve_route *route;
	struct arena *arena;
	struct bench bench;

	(void)state;
	start(&bench, ">554 one\n<QUIT\nnext\n>554 two\n<QUIT\nnext\n>554 three\n<QUIT\nnext\n"
	      ">554 four\n<QUIT\n");
	route = bench_route(&bench, &arena);
	for (int i = 0; i < 3; i++)
		(void)bench_deliver(&bench, bench_job(&bench, resolve_route_ref(route),
		                                      bench_body("", "x\r\n"), 1));
	(void)bench_deliver(&bench, bench_job(&bench, route, bench_body("", "x\r\n"), 1));
	ask(&bench, 7, NULL);
	assert_int_equal(asked.ask->traces, 3);
	assert_int_equal(asked.ask->more, 1);
	assert_int_equal(asked.ask->kept.failed, 4);
	stop(&bench);
}

static void
without_memory_nothing_is_recorded(void **state)
{
	struct arena *arena;
	struct bench bench;

	(void)state;
	bench_start(&bench, ">554 no\n<QUIT\n");
	(void)bench_deliver(&bench, bench_job(&bench, bench_route(&bench, &arena),
	                                      bench_body("", "x\r\n"), 1));
	ask(&bench, 7, NULL);
	assert_int_equal(asked.ask->traces, 0);
	assert_int_equal(asked.ask->kept.sessions, 0);
	stop(&bench);
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
		cmocka_unit_test(says_what_was_said),
		cmocka_unit_test(never_a_secret),
		cmocka_unit_test(a_message_shows_nothing_of_others_on_its_connection),
		cmocka_unit_test(a_move_to_the_next_host_is_one_story),
		cmocka_unit_test(what_is_under_way_is_there),
		cmocka_unit_test(many_attempts_give_the_newest),
		cmocka_unit_test(without_memory_nothing_is_recorded),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
