/* conn.c - a connection as its owner sees it: making, verbs, leaving.
 *
 * A verb only sets the scene and asks for a turn's end; the work and the
 * call-backs happen there (conn_turn.c). So a call-back never comes from
 * inside a verb, and a hundred conn_writes are one system call. */
#include "loop/conn.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/mem.h"
#include "conn_private.h"

#define MOVE(state) (1u << (state))
#define LEAVES (MOVE(CONN_DRAINING) | MOVE(CONN_GONE))

static const unsigned moves[] = {
	[CONN_CONNECTING] = MOVE(CONN_PLAIN) | MOVE(CONN_GONE),
	[CONN_PLAIN] = MOVE(CONN_TLS_DRAIN) | LEAVES,
	[CONN_TLS_DRAIN] = MOVE(CONN_TLS_HANDSHAKE) | LEAVES,
	[CONN_TLS_HANDSHAKE] = MOVE(CONN_TLS_OPEN) | MOVE(CONN_GONE),
	[CONN_TLS_OPEN] = LEAVES,
	[CONN_DRAINING] = MOVE(CONN_LINGERING) | MOVE(CONN_GONE),
	[CONN_LINGERING] = MOVE(CONN_GONE),
	[CONN_GONE] = 0,
};
static_assert(sizeof moves / sizeof moves[0] == CONN_STATE_COUNT, "moves of every state");

void
conn_set_state(struct conn *conn, enum conn_state state)
{
	must(moves[conn->state] & MOVE(state));
	conn->state = state;
}

static void
leave_orphan(void *arg)
{
	conn_leave(arg);
}

static struct conn *
make(struct loop *loop, int fd, enum conn_state state, const struct conn_ops *ops, void *arg)
{
	struct conn *conn = mem_zero(1, sizeof *conn);
	int yes = 1;

	conn->loop = loop;
	conn->ops = ops;
	conn->arg = arg;
	conn->state = state;
	conn->transport.fd = fd;
	loop_timer_init(&conn->timer, loop, conn_on_timer, conn);
	loop_hook_init(&conn->turn, conn_turn_end, conn);
	loop_hook_init(&conn->orphan, leave_orphan, conn);
	if (fd < 0) /* conn_connect got none */
		return conn;
	must(evutil_make_socket_nonblocking(fd) == 0);
	/* replies are written whole, so waiting for more only delays them */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	must(event_assign(&conn->read_event, loop_base(loop), fd, EV_READ | EV_PERSIST,
	                  conn_on_readable, conn) == 0);
	must(event_assign(&conn->write_event, loop_base(loop), fd, EV_WRITE | EV_PERSIST,
	                  conn_on_writable, conn) == 0);
	return conn;
}

struct conn *
conn_accepted(struct loop *loop, int fd, const struct conn_ops *ops, void *arg, size_t in_max,
              size_t out_max)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof peer;
	struct conn *conn;

	must_be_on(loop);
	must(fd >= 0);
	conn = make(loop, fd, CONN_PLAIN, ops, arg);
	buf_init(&conn->in, in_max);
	buf_init(&conn->out, out_max);
	if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
		conn_address_set(&conn->peer, (struct sockaddr *)&peer, len);
	conn_update_events(conn);
	return conn;
}

static int
start_connect(int fd, const struct sockaddr *to, socklen_t to_len,
              const struct sockaddr *source, socklen_t source_len, struct err *err)
{
	int yes = 1;

	if (fd < 0)
		return err_errno(err, errno, "cannot make a socket");
	if (source) {
		/* the port is chosen by connect(2): ports are then used up per peer
		 * address, not per source address (28,000 in all) */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
		if (bind(fd, source, source_len))
			return err_errno(err, errno, "cannot use the source address");
	}
	if (connect(fd, to, to_len) && errno != EINPROGRESS && errno != EINTR)
		return err_errno(err, errno, "cannot connect");
	return 0;
}

struct conn *
conn_connect(struct loop *loop, const struct sockaddr *to, socklen_t to_len,
             const struct sockaddr *source, socklen_t source_len, const struct conn_ops *ops,
             void *arg, size_t in_max, size_t out_max)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct err err;
	struct conn *conn;
	int rc;

	must_be_on(loop);
	rc = start_connect(fd, to, to_len, source, source_len, &err);
	conn = make(loop, fd, CONN_CONNECTING, ops, arg);
	buf_init(&conn->in, in_max);
	buf_init(&conn->out, out_max);
	conn_address_set(&conn->peer, to, to_len);
	if (rc)
		conn_fail(conn, CONN_END_CONNECT, &err);
	else
		conn_update_events(conn);
	return conn;
}

static void
destroy(void *p)
{
	struct conn *conn = p;

	conn_transport_deinit(&conn->transport);
	buf_deinit(&conn->in);
	buf_deinit(&conn->out);
	mem_free(conn->failure);
	mem_free(conn);
}

void
conn_leave(struct conn *conn)
{
	conn_set_state(conn, CONN_GONE);
	loop_timer_deinit(&conn->timer);
	loop_hook_clear(&conn->turn);
	loop_hook_clear(&conn->orphan);
	if (conn->transport.fd >= 0) {
		event_del(&conn->read_event);
		event_del(&conn->write_event);
		close(conn->transport.fd);
		conn->transport.fd = -1;
	}
	loop_defer_free(conn->loop, conn, destroy);
}

void
conn_free(struct conn **conn)
{
	struct conn *c = *conn;

	if (c == NULL)
		return;
	*conn = NULL;
	must_be_on(c->loop);
	must(conn_is_owned(c));
	if (c->state == CONN_TLS_OPEN && c->out.len == 0)
		conn_transport_close_notify(&c->transport);
	conn_leave(c);
}

void
conn_close_when_drained(struct conn **conn, int64_t linger_ms)
{
	struct conn *c = *conn;

	if (c == NULL)
		return;
	*conn = NULL;
	must_be_on(c->loop);
	must(conn_is_owned(c));
	if (c->failure || c->state == CONN_CONNECTING || c->state == CONN_TLS_HANDSHAKE) {
		conn_leave(c); /* nothing can be said */
		return;
	}
	if (c->state == CONN_TLS_DRAIN)
		c->out.len = c->plain_left; /* the rest was for TLS only */
	conn_set_state(c, CONN_DRAINING);
	buf_deinit(&c->in);
	loop_at_free(c->loop, &c->orphan);
	loop_timer_set(&c->timer, linger_ms);
	conn_schedule(c);
}

void
conn_set_arg(struct conn *conn, const struct conn_ops *ops, void *arg)
{
	conn->ops = ops;
	conn->arg = arg;
}

struct buf *
conn_input(struct conn *conn)
{
	/* whoever asks may make room, and nothing else would say so */
	if (conn->starved)
		conn_schedule(conn);
	return &conn->in;
}

void
conn_pause(struct conn *conn)
{
	must_be_on(conn->loop);
	conn->paused = true;
}

void
conn_resume(struct conn *conn)
{
	must_be_on(conn->loop);
	if (!conn->paused)
		return;
	conn->paused = false;
	conn->tell_input = conn->in.len > 0;
	conn_schedule(conn); /* events follow there: pausing again first costs no system call */
}

/* Once output is lost, what the owner goes on writing has nowhere to go:
 * on_end has told or will at the end of this turn. */
int
conn_write(struct conn *conn, const void *p, size_t n)
{
	must_be_on(conn->loop);
	must(conn_is_owned(conn));
	if (conn->failure)
		return 0;
	conn_schedule(conn);
	return buf_append(&conn->out, p, n);
}

int
conn_printf(struct conn *conn, const char *fmt, ...)
{
	va_list ap;
	int rc;

	must_be_on(conn->loop);
	must(conn_is_owned(conn));
	if (conn->failure)
		return 0;
	conn_schedule(conn);
	va_start(ap, fmt);
	rc = buf_vprintf(&conn->out, fmt, ap);
	va_end(ap);
	return rc;
}

size_t
conn_output_bytes(const struct conn *conn)
{
	return conn->out.len;
}

size_t
conn_output_room(const struct conn *conn)
{
	return buf_room(&conn->out);
}

void
conn_flush(struct conn *conn)
{
	must_be_on(conn->loop);
	if (!conn_is_write_stuck(conn))
		conn_push_output(conn);
	conn_schedule(conn);
}

void
conn_set_timeout(struct conn *conn, int64_t ms)
{
	must(conn_is_owned(conn));
	if (ms > 0 && !conn->input_ended)
		loop_timer_set(&conn->timer, ms);
	else
		loop_timer_clear(&conn->timer);
}

/* start_tls - RFC 3207 s6: what came before TLS does not count. What the peer
 * sent early and is still in the socket will fail as a handshake. */
static void
start_tls(struct conn *conn)
{
	must_be_on(conn->loop);
	conn_set_state(conn, CONN_TLS_DRAIN);
	buf_deinit(&conn->in);
	conn->starved = conn->tell_input = conn->read_more = false;
	conn->plain_left = conn->out.len;
	conn_update_events(conn);
	conn_schedule(conn);
}

void
conn_wipe(struct conn *conn)
{
	conn->in.wipes = conn->out.wipes = true;
}

void
conn_start_tls_server(struct conn *conn, struct tls_server *server, bool asks_certificate)
{
	start_tls(conn);
	conn_transport_serve(&conn->transport, server, asks_certificate);
}

void
conn_start_tls_client(struct conn *conn, struct ssl_ctx_st *ctx, const char *sni)
{
	start_tls(conn);
	conn_transport_ask(&conn->transport, ctx, sni);
}

bool
conn_has_tls(const struct conn *conn)
{
	return conn->state == CONN_TLS_OPEN;
}

struct ssl_st *
conn_ssl(struct conn *conn)
{
	return conn->transport.secure ? conn->transport.ssl : NULL;
}

const char *
conn_peer_text(struct conn *conn)
{
	if (conn->peer_text[0] == '\0')
		conn_address_text(&conn->peer, conn->peer_text);
	return conn->peer_text;
}

unsigned
conn_peer_port(struct conn *conn)
{
	return conn_address_port(&conn->peer);
}

const char *
conn_local_text(struct conn *conn)
{
	struct sockaddr_storage local = { 0 };
	socklen_t len = sizeof local;
	union conn_address address = { 0 };

	if (conn->local_text[0] != '\0')
		return conn->local_text;
	if (getsockname(conn->transport.fd, (struct sockaddr *)&local, &len) == 0)
		conn_address_set(&address, (struct sockaddr *)&local, len);
	conn_address_text(&address, conn->local_text);
	return conn->local_text;
}

const struct sockaddr *
conn_peer_addr(struct conn *conn, socklen_t *len_out)
{
	*len_out = conn_address_length(&conn->peer);
	return &conn->peer.sa;
}

struct loop *
conn_loop(struct conn *conn)
{
	return conn->loop;
}
