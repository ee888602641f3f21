/* conn_private.h - a connection's body, shared by conn.c (what owners call) and
 * conn_turn.c (what the loop calls).
 *
 *   CONNECTING --connect_step--> PLAIN
 *   PLAIN --conn_start_tls_*--> TLS_DRAIN --turn_end--> TLS_HANDSHAKE
 *   TLS_HANDSHAKE --handshake_step--> TLS_OPEN
 *   any --conn_close_when_drained--> DRAINING --drain_step--> LINGERING
 *   any --conn_free, or DRAINING and LINGERING when done--> GONE
 *
 * The end of input is no state: output may still go out after it. */
#ifndef LOOP_CONN_PRIVATE_H
#define LOOP_CONN_PRIVATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include "conn_address.h"
#include "conn_transport.h"
#include "loop/conn.h"
#include "loop_private.h"

enum conn_state {
	CONN_CONNECTING,
	CONN_PLAIN,
	CONN_TLS_DRAIN,     /* plain output still has to go out before TLS */
	CONN_TLS_HANDSHAKE,
	CONN_TLS_OPEN,
	CONN_DRAINING,      /* the owner left: write what waits */
	CONN_LINGERING,     /* then swallow input until the peer closes too */
	CONN_GONE,
	CONN_STATE_COUNT
};

struct conn {
	struct loop *loop;
	const struct conn_ops *ops;    /* the owner's, until it left */
	void *arg;
	enum conn_state state;
	struct conn_transport transport;
	struct event read_event, write_event; /* of the fd; assigned while it is >= 0 */
	struct loop_hook turn;         /* conn_turn_end is due */
	struct loop_hook orphan;       /* in the loop's list once the owner left */
	struct loop_timer timer;
	struct buf in, out;
	size_t plain_left;             /* bytes at out's front that go out before TLS */
	bool paused;                   /* by the owner */
	bool starved;                  /* in is full: reading waits for room */
	bool tell_input;               /* resumed: on_read although nothing new came */
	bool read_more;                /* try to read without waiting for an event */
	bool drained;                  /* output became empty: on_drained is due */
	bool write_blocked;            /* until the socket is writable */
	bool write_wants_read;         /* TLS must read before it can write */
	bool read_wants_write;         /* and the other way round */
	bool input_ended;              /* on_end was called */
	bool peer_closed;              /* and it was the peer's orderly end */
	enum conn_end failure_why;     /* while failure is set */
	struct err *failure;           /* owned; set: output is lost, for this reason */
	union conn_address peer;
	char peer_text[CONN_ADDRESS_SIZE], local_text[CONN_ADDRESS_SIZE]; /* "": not asked yet */
};

void conn_set_state(struct conn *conn, enum conn_state state);
void conn_update_events(struct conn *conn);
/* conn_fail - output is lost from now on; the turn's end tells the owner. */
void conn_fail(struct conn *conn, enum conn_end why, const struct err *err);
void conn_push_output(struct conn *conn); /* as much as the socket takes now */
/* conn_leave - close at once; the memory goes at the turn's end. */
void conn_leave(struct conn *conn);

/* what the loop calls */
void conn_turn_end(void *arg);
void conn_on_readable(evutil_socket_t fd, short events, void *arg);
void conn_on_writable(evutil_socket_t fd, short events, void *arg);
void conn_on_timer(void *arg);

static inline bool
conn_is_owned(const struct conn *conn)
{
	return conn->state < CONN_DRAINING;
}

static inline bool
conn_is_write_stuck(const struct conn *conn)
{
	return conn->write_blocked || conn->write_wants_read;
}

static inline void
conn_schedule(struct conn *conn)
{
	loop_at_turn_end(conn->loop, &conn->turn);
}

#endif
