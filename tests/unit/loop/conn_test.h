/* conn_test.h - one recorded end of a connection, for test_conn*.c. */
#ifndef TESTS_CONN_TEST_H
#define TESTS_CONN_TEST_H

#include "loop_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "loop/conn.h"

static struct loop *loop;

/* what an end saw; a test reads it and sets what it should do */
struct side {
	struct conn *conn;
	struct buf got;          /* all input ever */
	int connects, reads, drains, handshakes, ends;
	enum conn_end why;
	struct err err;
	size_t want;             /* side_has: so many bytes in got */
	bool keep;               /* do not consume */
	bool pause_after_read;
	char free_in;            /* 'c'onnect 'r'ead 'd'rained 't'ls 'e'nd: conn_free there */
	const char *say;         /* written on connect, or on TLS */
	size_t bulk_left;        /* written on and on in on_drained */
	unsigned char bulk_next;
};

static inline void
side_maybe_free(struct side *s, char where)
{
	if (s->free_in == where)
		conn_free(&s->conn);
}

static inline void
side_bulk(struct side *s)
{
	unsigned char chunk[5000];

	while (s->conn && s->bulk_left > 0) {
		size_t n = s->bulk_left < sizeof chunk ? s->bulk_left : sizeof chunk;

		for (size_t i = 0; i < n; i++)
			chunk[i] = (unsigned char)(s->bulk_next + i);
		if (conn_write(s->conn, chunk, n))
			return;
		s->bulk_left -= n;
		s->bulk_next = (unsigned char)(s->bulk_next + n);
	}
}

static inline void
side_on_connect(struct conn *conn, void *arg)
{
	struct side *s = arg;

	s->connects++;
	assert_ptr_equal(conn, s->conn);
	side_maybe_free(s, 'c');
}

static inline void
side_on_read(struct conn *conn, void *arg)
{
	struct side *s = arg;
	struct buf *in = conn_input(conn);

	s->reads++;
	assert_int_equal(s->ends, 0);
	if (!s->keep) {
		assert_int_equal(buf_append_span(&s->got, buf_span(in)), 0);
		buf_consume(in, in->len);
	}
	if (s->pause_after_read)
		conn_pause(conn);
	side_maybe_free(s, 'r');
}

static inline void
side_on_drained(struct conn *conn, void *arg)
{
	struct side *s = arg;

	s->drains++;
	assert_int_equal(conn_output_bytes(conn), 0);
	side_bulk(s);
	side_maybe_free(s, 'd');
}

static inline void
side_on_tls(struct conn *conn, void *arg)
{
	struct side *s = arg;

	s->handshakes++;
	assert_true(conn_has_tls(conn));
	if (s->say)
		conn_printf(conn, "%s", s->say);
	side_maybe_free(s, 't');
}

static inline void
side_on_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	struct side *s = arg;

	assert_ptr_equal(conn, s->conn);
	s->ends++;
	s->why = why;
	s->err = *err;
	side_maybe_free(s, 'e');
}

static const struct conn_ops side_ops = {
	.on_connect = side_on_connect,
	.on_read = side_on_read,
	.on_drained = side_on_drained,
	.on_tls = side_on_tls,
	.on_end = side_on_end,
};

static inline bool
side_has(void *arg)
{
	const struct side *s = arg;

	return s->got.len >= s->want;
}

static inline bool
side_ended(void *arg)
{
	return ((struct side *)arg)->ends > 0;
}

static inline bool
side_connected(void *arg)
{
	return ((struct side *)arg)->connects > 0;
}

static inline bool
side_is_secure(void *arg)
{
	return ((struct side *)arg)->handshakes > 0;
}

static inline void
side_init(struct side *s)
{
	*s = (struct side){ .conn = NULL };
	buf_init(&s->got, 64u << 20);
}

static inline void
side_deinit(struct side *s)
{
	conn_free(&s->conn);
	buf_deinit(&s->got);
}

static inline void
assert_got(struct side *s, const char *text)
{
	s->want = strlen(text);
	assert_true(run_until(loop, side_has, s));
	if (!span_is(buf_span(&s->got), text))
		fail_msg("got \"%.*s\"", (int)s->got.len, buf_data(&s->got));
}

static inline void
assert_bulk(struct side *s, size_t n)
{
	s->want = n;
	assert_true(run_until(loop, side_has, s));
	assert_int_equal(s->got.len, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)buf_data(&s->got)[i] != (unsigned char)i)
			fail_msg("byte %zu differs", i);
}

static inline void
assert_ends(struct side *s, enum conn_end why)
{
	assert_true(run_until(loop, side_ended, s));
	assert_int_equal(s->ends, 1);
	assert_int_equal(s->why, why);
	assert_true(strlen(s->err.text) > 0);
}

/* tcp_pair - two blocking ends of one loopback connection. */
static inline void
tcp_pair(int *a, int *b)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof to;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&to, &len);
	*a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*a, (struct sockaddr *)&to, sizeof to), 0);
	*b = accept(listener, NULL, NULL);
	assert_true(*b >= 0);
	close(listener);
}

#define MANY 100000

/* side_take - fd becomes s's connection. */
static inline void
side_take(struct side *s, int fd)
{
	side_init(s);
	s->conn = conn_accepted(loop, fd, &side_ops, s, MANY, MANY);
}

/* raw_peer - s gets one end, the caller's plain fd is the other. */
static inline int
raw_peer(struct side *s)
{
	int a, b;

	tcp_pair(&a, &b);
	side_take(s, a);
	return b;
}

static inline void
raw_write(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void
raw_reset(int fd)
{
	struct linger hard = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
}

static inline int
make_conn_loop(void **state)
{
	struct err err;

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as main does */
	loop = loop_new("conn", &err);
	return loop ? 0 : -1;
}

static inline int
free_conn_loop(void **state)
{
	(void)state;
	loop_free(&loop);
	return 0;
}

#define CONN_TEST(name) cmocka_unit_test_setup_teardown(name, make_conn_loop, free_conn_loop)

#endif
