/* conn_turn.c - a connection as its loop sees it: readiness, time, turn's end.
 *
 * A turn's end does, in this order: write, tell that output is empty, read what
 * no event will announce. After each call-back the state is looked at again:
 * the owner may have freed the connection, whose memory outlives the turn.
 *
 * Reads go through the loop's scratch memory into the input buffer: an idle
 * connection then holds exactly what is unread, mostly nothing. */
#include "conn_private.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/mem.h"

/* ---- which events are wanted -------------------------------------------------- */

static bool
is_reading(const struct conn *conn)
{
	return (conn->state == CONN_PLAIN || conn->state == CONN_TLS_OPEN) && !conn->paused &&
	       !conn->starved && !conn->input_ended;
}

static bool
is_opening(const struct conn *conn, enum conn_state state)
{
	return conn->state == state && !conn->input_ended && !conn->failure;
}

static bool
wants_read(const struct conn *conn)
{
	return (is_reading(conn) && !conn->read_wants_write) || conn->write_wants_read ||
	       is_opening(conn, CONN_TLS_HANDSHAKE) || conn->state == CONN_LINGERING;
}

static bool
wants_write(const struct conn *conn)
{
	return is_opening(conn, CONN_CONNECTING) || conn->write_blocked || conn->read_wants_write;
}

static void
want(struct event *event, bool wanted)
{
	if (wanted != (event_pending(event, EV_READ | EV_WRITE, NULL) != 0))
		must((wanted ? event_add(event, NULL) : event_del(event)) == 0);
}

/* A read event that is no longer wanted stays until it fires: most pauses are
 * shorter than the peer's silence, and so cost no system call. */
void
conn_update_events(struct conn *conn)
{
	if (conn->transport.fd < 0)
		return;
	if (wants_read(conn))
		want(&conn->read_event, true);
	want(&conn->write_event, wants_write(conn));
}

/* ---- the end -------------------------------------------------------------------- */

static enum conn_end
end_of(enum conn_io outcome)
{
	if (outcome == CONN_IO_END)
		return CONN_END_PEER;
	return outcome == CONN_IO_TLS ? CONN_END_TLS : CONN_END_RESET;
}

void
conn_fail(struct conn *conn, enum conn_end why, const struct err *err)
{
	if (conn->failure)
		return;
	conn->failure = mem_copy(err, sizeof *err);
	conn->failure_why = why;
	buf_deinit(&conn->out);
	conn->plain_left = 0;
	conn->drained = conn->write_blocked = conn->write_wants_read = false;
	conn_schedule(conn);
}

/* end - tell the owner, once, that no more input comes. Output goes on after
 * the peer's orderly end and after a time-out, to say good-bye. */
static void
end(struct conn *conn, enum conn_end why, const struct err *err)
{
	struct err peer_closed;

	must(conn_is_owned(conn) && !conn->input_ended);
	conn->input_ended = true;
	conn->peer_closed = why == CONN_END_PEER;
	conn->tell_input = conn->read_more = conn->read_wants_write = false;
	loop_timer_clear(&conn->timer);
	if (conn->state == CONN_TLS_HANDSHAKE)
		conn->write_blocked = false;
	if (why != CONN_END_PEER && why != CONN_END_TIMEOUT)
		conn_fail(conn, why, err);
	conn_update_events(conn);
	if (why == CONN_END_PEER) {
		err_set(&peer_closed, ERR_TEMP, 0, "peer closed the connection");
		err = &peer_closed;
	}
	conn->ops->on_end(conn, conn->arg, why, err);
}

void
conn_on_timer(void *arg)
{
	struct conn *conn = arg;
	struct err err;

	if (!conn_is_owned(conn)) { /* lingered long enough */
		conn_leave(conn);
		return;
	}
	err_set(&err, ERR_TEMP, ETIMEDOUT, "time-out");
	end(conn, CONN_END_TIMEOUT, &err);
}

/* ---- output ---------------------------------------------------------------------- */

static size_t
writable_bytes(const struct conn *conn)
{
	switch (conn->state) {
	case CONN_TLS_DRAIN:
		return conn->plain_left;
	case CONN_PLAIN:
	case CONN_TLS_OPEN:
	case CONN_DRAINING:
		return conn->out.len;
	default:
		return 0;
	}
}

void
conn_push_output(struct conn *conn)
{
	enum conn_io outcome = CONN_IO_DONE;
	struct err err;
	size_t n, limit;

	while ((limit = writable_bytes(conn)) > 0) {
		outcome = conn_transport_write(&conn->transport, buf_data(&conn->out), limit, &n,
					       &err);
		if (outcome != CONN_IO_DONE)
			break;
		buf_consume(&conn->out, n);
		if (conn->state == CONN_TLS_DRAIN)
			conn->plain_left -= n;
		conn->drained = conn->out.len == 0;
	}
	conn->write_blocked = outcome == CONN_IO_WANT_WRITE;
	conn->write_wants_read = outcome == CONN_IO_WANT_READ;
	if (conn->out.len == 0)
		buf_deinit(&conn->out); /* an idle connection keeps no buffer */
	if (outcome > CONN_IO_WANT_WRITE)
		conn_fail(conn, end_of(outcome), &err);
}

static void
output_step(struct conn *conn)
{
	if (!conn_is_write_stuck(conn))
		conn_push_output(conn);
	if (!conn->drained || conn->out.len > 0)
		return;
	conn->drained = false;
	if (conn->ops->on_drained)
		conn->ops->on_drained(conn, conn->arg);
}

/* ---- input ------------------------------------------------------------------------ */

static void
tell_read(struct conn *conn)
{
	conn->tell_input = false;
	conn->ops->on_read(conn, conn->arg);
	if (conn->state != CONN_GONE && conn->in.len == 0)
		buf_deinit(&conn->in);
}

/* read_step - one read, one on_read. More than one would let a fast peer keep
 * the loop, and could meet the end of input after the owner paused. */
static void
read_step(struct conn *conn)
{
	size_t room = buf_room(&conn->in), n;
	char *scratch = loop_scratch(conn->loop);
	enum conn_io outcome;
	struct err err;

	conn->read_more = conn->read_wants_write = false;
	conn->starved = room == 0;
	if (conn->starved)
		return;
	outcome = conn_transport_read(&conn->transport, scratch,
				      room < LOOP_SCRATCH_BYTES ? room : LOOP_SCRATCH_BYTES, &n,
				      &err);
	if (outcome == CONN_IO_DONE) {
		must(buf_append(&conn->in, scratch, n) == 0);
		if (conn->in.wipes)
			mem_wipe(scratch, n);
		conn->read_more = conn->failure || conn_transport_has_more(&conn->transport);
		if (conn->read_more)
			conn_schedule(conn);
		tell_read(conn);
	} else if (conn->failure) {
		end(conn, conn->failure_why, conn->failure);
	} else if (outcome == CONN_IO_WANT_WRITE) {
		conn->read_wants_write = true;
	} else if (outcome != CONN_IO_WANT_READ) {
		end(conn, end_of(outcome), &err);
	}
}

static void
input_step(struct conn *conn)
{
	if (conn->starved && buf_room(&conn->in) > 0) {
		conn->starved = false;
		conn->read_more = true; /* OpenSSL may hold bytes the socket has no more */
	}
	if (conn->tell_input && is_reading(conn))
		tell_read(conn);
	/* after a failed write: what the peer said before it closed is often why */
	if (is_reading(conn) && (conn->read_more || conn->failure))
		read_step(conn);
	else if (conn_is_owned(conn) && conn->failure && !conn->input_ended)
		end(conn, conn->failure_why, conn->failure);
}

/* ---- opening ------------------------------------------------------------------------ */

static void
connect_step(struct conn *conn)
{
	int error = 0;
	socklen_t len = sizeof error;
	struct err err;

	must(getsockopt(conn->transport.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
	if (error) {
		err_errno(&err, error, "cannot connect");
		end(conn, CONN_END_CONNECT, &err);
		return;
	}
	conn_set_state(conn, CONN_PLAIN);
	conn_schedule(conn);
	conn->ops->on_connect(conn, conn->arg);
}

static void
handshake_step(struct conn *conn)
{
	struct err err;
	enum conn_io outcome = conn_transport_handshake(&conn->transport, &err);

	conn->write_blocked = outcome == CONN_IO_WANT_WRITE;
	if (outcome == CONN_IO_WANT_READ || outcome == CONN_IO_WANT_WRITE)
		return;
	if (outcome != CONN_IO_DONE) {
		end(conn, end_of(outcome), &err);
		return;
	}
	conn_set_state(conn, CONN_TLS_OPEN);
	/* the peer's first bytes may have come with its last handshake message */
	conn->read_more = conn_transport_has_more(&conn->transport);
	conn_schedule(conn);
	conn->ops->on_tls(conn, conn->arg);
}

/* ---- without an owner ------------------------------------------------------------------ */

static void
linger_step(struct conn *conn)
{
	enum conn_io outcome = conn_transport_discard(&conn->transport, loop_scratch(conn->loop),
						      LOOP_SCRATCH_BYTES);

	if (outcome != CONN_IO_DONE && outcome != CONN_IO_WANT_READ)
		conn_leave(conn);
}

/* drain_step - our last words are out: now wait for the peer's end. Closing with
 * its bytes unread would send a reset, which can destroy those last words. */
static void
drain_step(struct conn *conn)
{
	if (conn->state == CONN_DRAINING && !conn_is_write_stuck(conn))
		conn_push_output(conn);
	if (conn->failure) {
		conn_leave(conn);
		return;
	}
	if (conn->state != CONN_DRAINING || conn->out.len > 0)
		return;
	conn_transport_close_notify(&conn->transport);
	shutdown(conn->transport.fd, SHUT_WR);
	if (conn->peer_closed)
		conn_leave(conn);
	else
		conn_set_state(conn, CONN_LINGERING);
}

/* ---- what the loop calls --------------------------------------------------------------- */

void
conn_turn_end(void *arg)
{
	struct conn *conn = arg;

	if (!conn_is_owned(conn)) {
		drain_step(conn);
	} else {
		output_step(conn);
		if (is_opening(conn, CONN_TLS_DRAIN) && conn->plain_left == 0) {
			conn_set_state(conn, CONN_TLS_HANDSHAKE);
			handshake_step(conn);
		}
		input_step(conn);
	}
	conn_update_events(conn);
}

void
conn_on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct conn *conn = arg;

	(void)fd;
	(void)events;
	if (conn->write_wants_read) { /* the turn's end tries again */
		conn->write_wants_read = false;
		conn_schedule(conn);
	}
	if (conn->state == CONN_LINGERING)
		linger_step(conn);
	else if (conn->state == CONN_TLS_HANDSHAKE)
		handshake_step(conn);
	else if (is_reading(conn))
		read_step(conn);
	if (conn->transport.fd >= 0 && !wants_read(conn))
		want(&conn->read_event, false);
	conn_update_events(conn);
}

void
conn_on_writable(evutil_socket_t fd, short events, void *arg)
{
	struct conn *conn = arg;

	(void)fd;
	(void)events;
	if (conn->state == CONN_CONNECTING) {
		connect_step(conn);
	} else if (conn->state == CONN_TLS_HANDSHAKE) {
		handshake_step(conn);
	} else {
		conn->read_more = conn->read_more || conn->read_wants_write;
		conn->write_blocked = conn->read_wants_write = false;
		conn_schedule(conn);
	}
	conn_update_events(conn);
}
