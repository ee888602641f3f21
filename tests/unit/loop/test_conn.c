/* test_conn.c - plain connections over loopback: order, caps, ends, leaving. */
#include "conn_test.h"

static int
listen_on_loopback(struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof *to;

	*to = (struct sockaddr_in){ .sin_family = AF_INET };
	to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)to, len), 0);
	assert_int_equal(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)to, &len);
	return fd;
}

static void
connects_and_talks(void **state)
{
	struct sockaddr_in to, source = { .sin_family = AF_INET };
	const struct sockaddr *peer;
	struct side client, server;
	socklen_t len;
	int listener = listen_on_loopback(&to);

	(void)state;
	source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1); /* 127.0.0.2 */
	side_init(&client);
	client.conn = conn_connect(loop, (struct sockaddr *)&to, sizeof to,
	                           (struct sockaddr *)&source, sizeof source, &side_ops, &client,
	                           MANY, MANY);
	assert_int_equal(conn_write(client.conn, "early ", 6), 0); /* waits for the connection */
	assert_true(run_until(loop, side_connected, &client));
	side_take(&server, accept(listener, NULL, NULL));
	conn_printf(client.conn, "%s", "hello");
	assert_got(&server, "early hello");
	conn_printf(server.conn, "back");
	assert_got(&client, "back");
	assert_string_equal(conn_peer_text(server.conn), "127.0.0.2");
	assert_string_equal(conn_local_text(server.conn), "127.0.0.1");
	assert_string_equal(conn_peer_text(client.conn), "127.0.0.1");
	assert_int_equal(conn_peer_port(client.conn), ntohs(to.sin_port));
	peer = conn_peer_addr(client.conn, &len);
	assert_int_equal(len, sizeof to);
	assert_memory_equal(peer, &to, sizeof to);
	assert_ptr_equal(conn_loop(client.conn), loop);
	assert_false(conn_has_tls(client.conn));
	assert_null(conn_ssl(client.conn));
	side_deinit(&client);
	side_deinit(&server);
	close(listener);
}

static void
refused_connection_is_told_later(void **state)
{
	struct sockaddr_in to;
	struct side client;
	int listener = listen_on_loopback(&to);

	(void)state;
	close(listener);
	side_init(&client);
	client.conn = conn_connect(loop, (struct sockaddr *)&to, sizeof to, NULL, 0, &side_ops,
	                           &client, MANY, MANY);
	assert_int_equal(client.ends, 0);
	assert_ends(&client, CONN_END_CONNECT);
	assert_int_equal(client.err.code, ECONNREFUSED);
	assert_int_equal(client.connects, 0);
	run_turns(loop);
	conn_close_when_drained(&client.conn, 1000); /* nothing to drain */
	side_deinit(&client);
}

static void
unusable_source_is_told_later(void **state)
{
	struct sockaddr_in to, source = { .sin_family = AF_INET };
	struct side client;
	int listener = listen_on_loopback(&to);

	(void)state;
	inet_pton(AF_INET, "192.0.2.55", &source.sin_addr); /* not ours */
	side_init(&client);
	client.conn = conn_connect(loop, (struct sockaddr *)&to, sizeof to,
	                           (struct sockaddr *)&source, sizeof source, &side_ops, &client,
	                           MANY, MANY);
	assert_int_equal(client.ends, 0);
	assert_ends(&client, CONN_END_CONNECT);
	assert_int_equal(client.err.code, EADDRNOTAVAIL);
	side_deinit(&client);
	close(listener);
}

static void
many_writes_are_one_packet(void **state)
{
	struct side s;
	char text[1000];
	int fds[2];

	(void)state;
	/* a packet socket shows how often send(2) was called */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	side_take(&s, fds[0]);
	for (int i = 0; i < 100; i++)
		conn_write(s.conn, "x", 1);
	assert_int_equal(recv(fds[1], text, sizeof text, MSG_DONTWAIT), -1);
	run_turns(loop);
	assert_int_equal(recv(fds[1], text, sizeof text, MSG_DONTWAIT), 100);
	assert_int_equal(s.drains, 1);
	conn_write(s.conn, "y", 1);
	conn_flush(s.conn); /* now, without a turn */
	assert_int_equal(recv(fds[1], text, sizeof text, MSG_DONTWAIT), 1);
	assert_int_equal(s.drains, 1); /* told in the turn only */
	run_turns(loop);
	assert_int_equal(s.drains, 2);
	assert_string_equal(conn_peer_text(s.conn), "local");
	side_deinit(&s);
	close(fds[1]);
}

static void
output_cap_refuses_whole(void **state)
{
	struct side s;
	static char big[MANY + 1];
	int peer = raw_peer(&s);

	(void)state;
	assert_int_equal(conn_write(s.conn, big, MANY + 1), -1);
	assert_int_equal(conn_output_bytes(s.conn), 0);
	assert_int_equal(conn_write(s.conn, big, MANY), 0);
	assert_int_equal(conn_output_room(s.conn), 0);
	assert_int_equal(conn_write(s.conn, "x", 1), -1);
	assert_int_equal(conn_printf(s.conn, "x"), -1);
	assert_int_equal(conn_output_bytes(s.conn), MANY);
	side_deinit(&s);
	close(peer);
}

static void
bulk_both_ways(void **state)
{
	struct side a, b;
	int fds[2];

	(void)state;
	tcp_pair(&fds[0], &fds[1]);
	side_take(&a, fds[0]);
	side_take(&b, fds[1]);
	a.bulk_left = b.bulk_left = 8u << 20;
	side_bulk(&a);
	side_bulk(&b);
	assert_bulk(&a, 8u << 20);
	assert_bulk(&b, 8u << 20);
	side_deinit(&a);
	side_deinit(&b);
}

static void
full_input_stops_reading(void **state)
{
	struct side s;
	struct buf *in;
	static char big[4u << 20];
	size_t sent = 0, eaten = 0;
	int fds[2];

	(void)state;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)i;
	tcp_pair(&fds[0], &fds[1]);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	side_init(&s);
	s.keep = true;
	s.conn = conn_accepted(loop, fds[0], &side_ops, &s, 1000, 1000);
	while (eaten < sizeof big) {
		ssize_t n = send(fds[1], big + sent, sizeof big - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		run_turns(loop);
		in = conn_input(s.conn);
		assert_true(in->len <= 1000);
		assert_true(in->len > 0);
		assert_memory_equal(buf_data(in), big + eaten, in->len);
		eaten += in->len;
		buf_consume(in, in->len);
		if (eaten > 200000) { /* enough of the small steps */
			s.keep = false;
			assert_int_equal(buf_append(&s.got, big, eaten), 0);
			break;
		}
	}
	while (sent < sizeof big) {
		ssize_t n = send(fds[1], big + sent, sizeof big - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		run_turns(loop);
	}
	assert_bulk(&s, sizeof big);
	side_deinit(&s);
	close(fds[1]);
}

static void
pause_holds_back_and_resume_tells(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	s.keep = true;
	s.pause_after_read = true;
	raw_write(peer, "one");
	run_turns(loop);
	assert_int_equal(s.reads, 1);
	raw_write(peer, "two");
	run_turns(loop);
	assert_int_equal(s.reads, 1);
	assert_int_equal(conn_input(s.conn)->len, 3);
	conn_resume(s.conn);
	assert_int_equal(s.reads, 1); /* not from within */
	run_turns(loop);
	assert_int_equal(s.reads, 2); /* for "one", then paused again */
	assert_int_equal(conn_input(s.conn)->len, 3);
	s.pause_after_read = s.keep = false;
	conn_resume(s.conn);
	assert_got(&s, "onetwo");
	conn_resume(s.conn); /* not paused: nothing */
	run_turns(loop);
	assert_int_equal(s.reads, 4);
	conn_pause(s.conn); /* the end waits like data does */
	shutdown(peer, SHUT_WR);
	run_turns(loop);
	assert_int_equal(s.ends, 0);
	conn_resume(s.conn);
	assert_ends(&s, CONN_END_PEER);
	side_deinit(&s);
	close(peer);
}

static void
half_closed_peer_gets_its_answer(void **state)
{
	struct side s;
	char text[100];
	int peer = raw_peer(&s);

	(void)state;
	raw_write(peer, "QUIT\r\n");
	shutdown(peer, SHUT_WR);
	assert_ends(&s, CONN_END_PEER);
	assert_got(&s, "QUIT\r\n");
	assert_int_equal(conn_printf(s.conn, "221 bye\r\n"), 0);
	conn_close_when_drained(&s.conn, 1000);
	assert_null(s.conn);
	run_turns(loop);
	assert_int_equal(recv(peer, text, sizeof text, 0), 9);
	assert_int_equal(recv(peer, text, sizeof text, 0), 0);
	side_deinit(&s);
	close(peer);
}

static void
reset_is_told(void **state)
{
	struct side s;

	(void)state;
	raw_reset(raw_peer(&s));
	assert_ends(&s, CONN_END_RESET);
	assert_int_equal(conn_printf(s.conn, "lost"), 0); /* vanishes */
	assert_int_equal(conn_output_bytes(s.conn), 0);
	run_turns(loop);
	assert_int_equal(s.ends, 1);
	side_deinit(&s);
}

static void
reset_is_told_while_paused(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_pause(s.conn);
	raw_reset(peer);
	run_turns(loop);
	assert_int_equal(s.ends, 0); /* nobody looks */
	conn_printf(s.conn, "anybody there?");
	assert_ends(&s, CONN_END_RESET);
	side_deinit(&s);
}

static void
last_words_before_a_reset_are_heard(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_pause(s.conn); /* so that the write is the first to meet the reset */
	raw_write(peer, "554 go away\r\n");
	shutdown(peer, SHUT_RDWR);
	close(peer);
	conn_printf(s.conn, "DATA\r\n");
	conn_flush(s.conn); /* answered by a reset */
	conn_printf(s.conn, "more\r\n");
	conn_flush(s.conn); /* fails */
	conn_resume(s.conn);
	assert_ends(&s, CONN_END_RESET);
	assert_true(span_is(buf_span(&s.got), "554 go away\r\n"));
	side_deinit(&s);
}

static void
timeout_lets_us_say_good_bye(void **state)
{
	struct side s;
	char text[100];
	int peer = raw_peer(&s);

	(void)state;
	conn_set_timeout(s.conn, 20);
	conn_set_timeout(s.conn, 0);
	run_turns(loop);
	assert_int_equal(s.ends, 0);
	conn_set_timeout(s.conn, 20);
	assert_ends(&s, CONN_END_TIMEOUT);
	raw_write(peer, "too late");
	run_turns(loop);
	assert_int_equal(s.reads, 0);
	conn_printf(s.conn, "421 time-out\r\n");
	conn_close_when_drained(&s.conn, 1000);
	run_turns(loop);
	assert_int_equal(recv(peer, text, sizeof text, 0), 14);
	assert_int_equal(recv(peer, text, sizeof text, 0), 0);
	side_deinit(&s);
	close(peer);
}

static bool
peer_saw_the_end(void *arg)
{
	char c;
	ssize_t n = recv(*(int *)arg, &c, 1, MSG_DONTWAIT | MSG_PEEK);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* The peer is still sending when we refuse and leave: closing at once would
 * reset the connection and take our reply with it. */
static void
unread_input_does_not_destroy_the_reply(void **state)
{
	static char flood[200000];
	char text[100];
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	fcntl(peer, F_SETFL, O_NONBLOCK);
	conn_pause(s.conn);
	assert_true(send(peer, flood, sizeof flood, MSG_NOSIGNAL) > 0);
	conn_printf(s.conn, "554 no\r\n");
	conn_close_when_drained(&s.conn, DEADLINE_MS);
	run_turns(loop);
	assert_true(send(peer, flood, 1000, MSG_NOSIGNAL) > 0);
	run_turns(loop);
	assert_int_equal(recv(peer, text, sizeof text, 0), 8);
	assert_int_equal(recv(peer, text, sizeof text, 0), 0); /* an end, not a reset */
	shutdown(peer, SHUT_WR);
	run_turns(loop);
	side_deinit(&s);
	close(peer);
}

static void
drain_waits_for_a_slow_reader(void **state)
{
	static char big[3u << 20], back[3u << 20];
	struct side s;
	size_t got = 0;
	int fds[2], small = 4096;

	(void)state;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7);
	tcp_pair(&fds[0], &fds[1]);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	side_init(&s);
	s.conn = conn_accepted(loop, fds[0], &side_ops, &s, 1000, sizeof big);
	assert_int_equal(conn_write(s.conn, big, sizeof big), 0);
	conn_close_when_drained(&s.conn, DEADLINE_MS);
	while (got < sizeof big) {
		ssize_t n = recv(fds[1], back + got, sizeof back - got, 0);

		assert_true(n > 0 || errno == EAGAIN);
		got += n > 0 ? (size_t)n : 0;
		run_turns(loop);
	}
	assert_memory_equal(big, back, sizeof big);
	assert_true(run_until(loop, peer_saw_the_end, &fds[1]));
	side_deinit(&s);
	close(fds[1]);
}

static bool
peer_was_dropped(void *arg)
{
	return send(*(int *)arg, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN;
}

static void
lingering_ends(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_close_when_drained(&s.conn, 30);
	assert_true(run_until(loop, peer_was_dropped, &peer)); /* though the peer never closes */
	side_deinit(&s);
	close(peer);
}

static void
loop_frees_who_lingers(void **state)
{
	struct side s;
	int peer = raw_peer(&s);

	(void)state;
	conn_close_when_drained(&s.conn, DEADLINE_MS);
	run_turns(loop);
	loop_free(&loop); /* the leak checker looks */
	assert_true(peer_saw_the_end(&peer));
	assert_int_equal(make_conn_loop(NULL), 0);
	side_deinit(&s);
	close(peer);
}

static void
free_in_any_callback(void **state)
{
	static const char where[] = "rde";

	(void)state;
	for (const char *w = where; *w; w++) {
		struct side s;
		int peer = raw_peer(&s);

		s.free_in = *w;
		raw_write(peer, "input");
		conn_printf(s.conn, "output");
		if (*w == 'e')
			conn_set_timeout(s.conn, 1);
		for (int64_t end = clock_mono_ms() + 10000; s.conn && clock_mono_ms() < end;)
			run_turns(loop);
		if (s.conn)
			fail_msg("'%c' did not happen", *w);
		side_deinit(&s);
		close(peer);
	}
}

static void
free_on_connect(void **state)
{
	struct sockaddr_in to;
	struct side s;
	int listener = listen_on_loopback(&to);

	(void)state;
	side_init(&s);
	s.free_in = 'c';
	s.conn = conn_connect(loop, (struct sockaddr *)&to, sizeof to, NULL, 0, &side_ops, &s, MANY,
	                      MANY);
	assert_true(run_until(loop, side_connected, &s));
	assert_null(s.conn);
	s.conn = conn_connect(loop, (struct sockaddr *)&to, sizeof to, NULL, 0, &side_ops, &s, MANY,
	                      MANY);
	side_deinit(&s); /* or before it knows */
	close(listener);
}

static void
owner_can_change(void **state)
{
	struct side a, b;
	int peer = raw_peer(&a);

	(void)state;
	side_init(&b);
	b.conn = a.conn;
	a.conn = NULL;
	conn_set_arg(b.conn, &side_ops, &b);
	raw_write(peer, "for b");
	assert_got(&b, "for b");
	assert_int_equal(a.reads, 0);
	side_deinit(&a);
	side_deinit(&b);
	close(peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONN_TEST(connects_and_talks),
		CONN_TEST(refused_connection_is_told_later),
		CONN_TEST(unusable_source_is_told_later),
		CONN_TEST(many_writes_are_one_packet),
		CONN_TEST(output_cap_refuses_whole),
		CONN_TEST(bulk_both_ways),
		CONN_TEST(full_input_stops_reading),
		CONN_TEST(pause_holds_back_and_resume_tells),
		CONN_TEST(half_closed_peer_gets_its_answer),
		CONN_TEST(reset_is_told),
		CONN_TEST(reset_is_told_while_paused),
		CONN_TEST(last_words_before_a_reset_are_heard),
		CONN_TEST(timeout_lets_us_say_good_bye),
		CONN_TEST(unread_input_does_not_destroy_the_reply),
		CONN_TEST(drain_waits_for_a_slow_reader),
		CONN_TEST(lingering_ends),
		CONN_TEST(loop_frees_who_lingers),
		CONN_TEST(free_in_any_callback),
		CONN_TEST(free_on_connect),
		CONN_TEST(owner_can_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
