/* test_conn_tls.c - STARTTLS and TLS at once, both ends real, with every way a
 * session ends. */
#include "conn_test.h"

#include <openssl/ssl.h>

static struct tls_server *server_tls;
static struct tls_client *client_tls;

static int
make_tls_loop(void **state)
{
	struct err err;

	server_tls = tls_server_new(NULL, 0, "mx.example.net", &err);
	client_tls = tls_client_new(&err);
	return server_tls && client_tls ? make_conn_loop(state) : -1;
}

static int
free_tls_loop(void **state)
{
	tls_server_unref(&server_tls);
	tls_client_free(&client_tls);
	return free_conn_loop(state);
}

struct ends {
	struct side client, server;
};

/* connect_tls - both ends secured, or the handshake under way. */
static void
connect_tls(struct ends *e, int version, bool wait)
{
	int fds[2];

	tcp_pair(&fds[0], &fds[1]);
	side_take(&e->client, fds[0]);
	side_take(&e->server, fds[1]);
	SSL_CTX_set_max_proto_version(tls_server_ctx(server_tls), version);
	conn_start_tls_server(e->server.conn, server_tls, false);
	conn_start_tls_client(e->client.conn, tls_client_ctx(client_tls, false), "mx.example.net.");
	if (!wait)
		return;
	assert_true(run_until(loop, side_is_secure, &e->client));
	assert_true(run_until(loop, side_is_secure, &e->server));
}

static void
ends_free(struct ends *e)
{
	side_deinit(&e->client);
	side_deinit(&e->server);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
#define EACH_VERSION(v) (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++)

static void
talks_in_secret(void **state)
{
	(void)state;
	for
		EACH_VERSION(v)
		{
			struct tls_facts facts;
			struct ends e;

			connect_tls(&e, versions[v], true);
			conn_printf(e.client.conn, "EHLO");
			assert_got(&e.server, "EHLO");
			conn_printf(e.server.conn, "250 hi");
			assert_got(&e.client, "250 hi");
			tls_facts_read(conn_ssl(e.client.conn), "mx.example.net", &facts);
			assert_true(facts.on);
			assert_string_equal(facts.verify_text, "self-signed certificate");
			assert_string_equal(SSL_get_servername(conn_ssl(e.server.conn),
							       TLSEXT_NAMETYPE_host_name),
					    "mx.example.net"); /* without the final dot */
			ends_free(&e);
		}
}

static void
set_may_go_while_sessions_live(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, false);
	tls_server_unref(&server_tls); /* a reload in the middle of a handshake */
	assert_true(run_until(loop, side_is_secure, &e.client));
	conn_printf(e.client.conn, "still here");
	assert_got(&e.server, "still here");
	ends_free(&e);
}

static void
bulk_both_ways_in_secret(void **state)
{
	(void)state;
	for
		EACH_VERSION(v)
		{
			struct ends e;
			int small = 4096;

			connect_tls(&e, versions[v], true);
			/* small socket buffers: partial records, WANT_* in either direction */
			setsockopt(SSL_get_fd(conn_ssl(e.client.conn)), SOL_SOCKET, SO_SNDBUF,
				   &small, sizeof small);
			setsockopt(SSL_get_fd(conn_ssl(e.server.conn)), SOL_SOCKET, SO_SNDBUF,
				   &small, sizeof small);
			e.client.bulk_left = e.server.bulk_left = 3u << 20;
			side_bulk(&e.client);
			side_bulk(&e.server);
			assert_bulk(&e.client, 3u << 20);
			assert_bulk(&e.server, 3u << 20);
			ends_free(&e);
		}
}

static void
key_update_under_load(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, true);
	e.client.bulk_left = e.server.bulk_left = 1u << 20;
	side_bulk(&e.client);
	side_bulk(&e.server);
	assert_int_equal(SSL_key_update(conn_ssl(e.client.conn), SSL_KEY_UPDATE_REQUESTED), 1);
	assert_bulk(&e.client, 1u << 20);
	assert_bulk(&e.server, 1u << 20);
	ends_free(&e);
}

/* The command injection of 2011 (CVE-2011-0411): what comes in plain text along
 * with STARTTLS must not be obeyed afterwards. */
static void
starttls_drops_what_came_before(void **state)
{
	struct ends e;
	int fds[2];

	(void)state;
	tcp_pair(&fds[0], &fds[1]);
	side_take(&e.client, fds[0]);
	side_take(&e.server, fds[1]);
	e.server.keep = true;
	conn_printf(e.client.conn, "STARTTLS\r\nRSET injected\r\n");
	run_turns(loop);
	assert_true(conn_input(e.server.conn)->len > 20);
	conn_printf(e.server.conn, "220 go\r\n"); /* queued, goes out in plain */
	e.server.keep = false;
	conn_start_tls_server(e.server.conn, server_tls, false);
	conn_printf(e.server.conn, "secret"); /* queued later, goes out in TLS */
	assert_int_equal(conn_input(e.server.conn)->len, 0);
	assert_got(&e.client, "220 go\r\n");
	assert_false(conn_has_tls(e.server.conn));
	conn_start_tls_client(e.client.conn, tls_client_ctx(client_tls, false), NULL);
	assert_true(run_until(loop, side_is_secure, &e.client));
	conn_printf(e.client.conn, "EHLO again\r\n");
	assert_got(&e.server, "EHLO again\r\n");
	assert_got(&e.client, "220 go\r\nsecret");
	ends_free(&e);
}

static void
writes_during_the_handshake_wait(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, false);
	conn_printf(e.server.conn, "220 greeting");
	conn_printf(e.client.conn, "EHLO");
	conn_flush(e.client.conn);
	assert_got(&e.client, "220 greeting");
	assert_got(&e.server, "EHLO");
	ends_free(&e);
}

static void
pause_and_caps_hold_with_openssl_buffering(void **state)
{
	struct ends e;
	size_t n = 60000;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, true);
	e.server.pause_after_read = true;
	e.client.bulk_left = n;
	side_bulk(&e.client);
	for (int i = 0; i < 100 && e.server.got.len < n; i++) {
		int reads;

		run_turns(loop);
		reads = e.server.reads;
		run_turns(loop);
		assert_int_equal(e.server.reads, reads); /* paused is paused */
		conn_resume(e.server.conn);
	}
	assert_bulk(&e.server, n);
	ends_free(&e);
}

static void
full_input_goes_on_with_openssl_buffering(void **state)
{
	struct ends e;
	int fds[2];
	size_t eaten = 0, n = 50000;

	(void)state;
	tcp_pair(&fds[0], &fds[1]);
	side_take(&e.client, fds[0]);
	side_init(&e.server);
	e.server.conn = conn_accepted(loop, fds[1], &side_ops, &e.server, 100, 100);
	e.server.keep = true;
	conn_start_tls_server(e.server.conn, server_tls, false);
	conn_start_tls_client(e.client.conn, tls_client_ctx(client_tls, false), NULL);
	assert_true(run_until(loop, side_is_secure, &e.client));
	e.client.bulk_left = n;
	side_bulk(&e.client);
	while (eaten < n) { /* the socket is empty long before: only OpenSSL has the rest */
		struct buf *in;

		run_turns(loop);
		in = conn_input(e.server.conn);
		assert_in_range(in->len, 1, 100);
		for (size_t i = 0; i < in->len; i++, eaten++)
			assert_int_equal((unsigned char)buf_data(in)[i], (unsigned char)eaten);
		buf_consume(in, in->len);
	}
	ends_free(&e);
}

static void
close_notify_is_an_orderly_end(void **state)
{
	(void)state;
	for
		EACH_VERSION(v)
		{
			struct ends e;

			connect_tls(&e, versions[v], true);
			conn_printf(e.client.conn, "QUIT");
			conn_close_when_drained(&e.client.conn, DEADLINE_MS);
			assert_ends(&e.server, CONN_END_PEER);
			assert_got(&e.server, "QUIT");
			conn_printf(e.server.conn, "221 into the void");
			conn_close_when_drained(&e.server.conn, DEADLINE_MS);
			run_turns(loop);
			ends_free(&e);
		}
}

static void
free_says_close_notify(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, true);
	conn_free(&e.client.conn);
	assert_ends(&e.server, CONN_END_PEER);
	ends_free(&e);
}

static void
truncation_is_a_reset(void **state)
{
	(void)state;
	for
		EACH_VERSION(v)
		{
			struct ends e;

			connect_tls(&e, versions[v], true);
			conn_printf(e.client.conn, "MAIL");
			conn_flush(e.client.conn);
			/* FIN without close_notify, as an attacker would send it */
			shutdown(SSL_get_fd(conn_ssl(e.client.conn)), SHUT_WR);
			assert_ends(&e.server, CONN_END_RESET);
			assert_got(&e.server, "MAIL");
			ends_free(&e);
		}
}

static void
garbage_for_a_handshake(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_start_tls_server(s.conn, server_tls, false);
	raw_write(peer, "EHLO i.speak.no.tls\r\n");
	assert_ends(&s, CONN_END_TLS);
	assert_non_null(strstr(s.err.text, "TLS handshake failed: "));
	assert_int_equal(s.handshakes, 0);
	assert_false(conn_has_tls(s.conn));
	conn_close_when_drained(&s.conn, DEADLINE_MS);
	side_deinit(&s);
	close(peer);
}

static void
peer_leaves_during_the_handshake(void **state)
{
	(void)state;
	for (int hard = 0; hard < 2; hard++) {
		struct side s;
		int peer = raw_peer(&s);

		conn_start_tls_client(s.conn, tls_client_ctx(client_tls, true), "mx.example.net");
		run_turns(loop);
		if (hard)
			raw_reset(peer);
		else
			close(peer);
		assert_ends(&s, CONN_END_TLS); /* a sender goes on without TLS then */
		side_deinit(&s);
	}
}

static void
garbage_in_a_session(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, true);
	raw_write(SSL_get_fd(conn_ssl(e.client.conn)), "this is no record at all");
	assert_ends(&e.server, CONN_END_TLS);
	assert_int_equal(conn_printf(e.server.conn, "x"), 0);
	run_turns(loop);
	assert_int_equal(e.server.ends, 1);
	ends_free(&e);
}

static void
handshake_can_time_out(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_start_tls_server(s.conn, server_tls, false);
	conn_set_timeout(s.conn, 20);
	assert_ends(&s, CONN_END_TIMEOUT);
	raw_write(peer, "late");
	run_turns(loop);
	assert_int_equal(s.ends, 1);
	conn_close_when_drained(&s.conn, DEADLINE_MS); /* nothing can be said: goes at once */
	run_turns(loop);
	side_deinit(&s);
	close(peer);
}

static void
free_in_on_tls(void **state)
{
	struct ends e;

	(void)state;
	connect_tls(&e, TLS1_3_VERSION, false);
	e.server.free_in = 't';
	assert_true(run_until(loop, side_is_secure, &e.server));
	assert_null(e.server.conn);
	assert_true(run_until(loop, side_ended, &e.client));
	ends_free(&e);
}

static void
close_while_starting_tls(void **state)
{
	struct ends e;
	int fds[2];

	(void)state;
	tcp_pair(&fds[0], &fds[1]);
	side_take(&e.client, fds[0]);
	side_take(&e.server, fds[1]);
	conn_printf(e.server.conn, "454 no TLS now\r\n");
	conn_start_tls_server(e.server.conn, server_tls, false);
	conn_printf(e.server.conn, "secret");
	conn_close_when_drained(&e.server.conn, DEADLINE_MS);
	assert_ends(&e.client, CONN_END_PEER);
	assert_got(&e.client, "454 no TLS now\r\n"); /* and never the secret in plain */
	ends_free(&e);
}

int
main(void)
{
#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, make_tls_loop, free_tls_loop)
	const struct CMUnitTest tests[] = {
		TLS_TEST(talks_in_secret),
		TLS_TEST(set_may_go_while_sessions_live),
		TLS_TEST(bulk_both_ways_in_secret),
		TLS_TEST(key_update_under_load),
		TLS_TEST(starttls_drops_what_came_before),
		TLS_TEST(writes_during_the_handshake_wait),
		TLS_TEST(pause_and_caps_hold_with_openssl_buffering),
		TLS_TEST(full_input_goes_on_with_openssl_buffering),
		TLS_TEST(close_notify_is_an_orderly_end),
		TLS_TEST(free_says_close_notify),
		TLS_TEST(truncation_is_a_reset),
		TLS_TEST(garbage_for_a_handshake),
		TLS_TEST(peer_leaves_during_the_handshake),
		TLS_TEST(garbage_in_a_session),
		TLS_TEST(handshake_can_time_out),
		TLS_TEST(free_in_on_tls),
		TLS_TEST(close_while_starting_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
