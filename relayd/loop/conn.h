/* conn.h - a buffered connection in a loop, plain or TLS: seven events, thirty verbs.
 *
 * Own reading and writing over libevent's readiness events rather than its
 * bufferevents: a session must know that nothing read before STARTTLS is left,
 * get at the SSL for channel binding and facts, and write without a copy into
 * a second buffer; measured, it also saves the read() that only says EAGAIN.
 *
 * Input is capped: at in_max bytes unread the connection stops reading until
 * the owner consumes (back-pressure to the peer). Output above out_max makes
 * conn_write fail whole; writers of bulk data watch
 * conn_output_bytes and go on at on_drained. All callbacks run on the loop;
 * conn_free inside any of them is allowed (memory goes at the turn's end and no
 * further callback is made). */
#ifndef LOOP_CONN_H
#define LOOP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"
#include "loop/tls.h"

struct conn;

enum conn_end {
	CONN_END_PEER,	  /* orderly end of input (FIN or close_notify) */
	CONN_END_RESET,	  /* connection reset, broken pipe, TLS truncation */
	CONN_END_TIMEOUT, /* conn_set_timeout ran out */
	CONN_END_TLS,	  /* handshake (also one the peer broke off) or record failure:
			   * err has OpenSSL's words */
	CONN_END_CONNECT  /* could not connect: err has errno's words, code = errno */
};

struct conn_ops {
	void (*on_connect)(struct conn *conn, void *arg); /* NULL when accepted */
	void (*on_read)(struct conn *conn, void *arg);	  /* new bytes in conn_input */
	void (*on_drained)(struct conn *conn, void *arg); /* output is empty again; may be NULL */
	void (*on_tls)(struct conn *conn, void *arg); /* handshake done; may be NULL without TLS */
	/* on_end - no more input will come. Unread input is still in conn_input.
	 * The owner calls conn_free or conn_close_when_drained (now or later).
	 * Called once, also while paused if the peer reset us; after it only
	 * on_drained may come. After PEER and TIMEOUT output still goes out. err is
	 * never NULL and valid during the call. */
	void (*on_end)(struct conn *conn, void *arg, enum conn_end why, const struct err *err);
};

/* conn_accepted - takes fd (made non-blocking, TCP_NODELAY). ops is borrowed
 * for ever (static). Reading starts at once. in_max/out_max in bytes. */
struct conn *conn_accepted(struct loop *loop, int fd, const struct conn_ops *ops, void *arg,
			   size_t in_max, size_t out_max);
/* conn_connect - start connecting; source may be NULL (any). Failures arrive
 * as on_end(CONN_END_CONNECT), never before this returns. */
struct conn *conn_connect(struct loop *loop, const struct sockaddr *to, socklen_t to_len,
			  const struct sockaddr *source, socklen_t source_len,
			  const struct conn_ops *ops, void *arg, size_t in_max, size_t out_max);
/* conn_wipe - secrets come over it: what was read and written does not stay in memory. */
void conn_wipe(struct conn *conn);
void conn_free(struct conn **conn); /* closes; NULL accepted; output not sent is lost */
/* conn_close_when_drained - stop reading, write what waits, say close_notify and
 * FIN, swallow what the peer still sends until it closes too (so that no reset
 * destroys our last reply), free itself. All that within linger_ms. No
 * callback is made any more. NULL accepted. */
void conn_close_when_drained(struct conn **conn, int64_t linger_ms);
void conn_set_arg(struct conn *conn, const struct conn_ops *ops, void *arg);

/* conn_input - borrowed; buf_consume what was understood. After the cap was
 * reached, reading goes on at the end of a turn in which this was called. */
struct buf *conn_input(struct conn *conn);
/* conn_pause/conn_resume - stop and go on reading. After conn_resume on_read is
 * called (from the loop, not from within) if unread input is there. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);

/* conn_write - queue bytes; written at the end of the loop's turn in as few
 * system calls as possible. -1 when out_max would be passed (nothing queued).
 * Before the connection or TLS is up they wait; once it is lost they vanish. */
int conn_write(struct conn *conn, const void *p, size_t n);
int conn_printf(struct conn *conn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t conn_output_bytes(const struct conn *conn);
size_t conn_output_room(const struct conn *conn);
void conn_flush(struct conn *conn); /* write now what can be written */

/* conn_set_timeout - on_end(CONN_END_TIMEOUT) when ms pass. 0 clears. The owner
 * decides what restarts it: nothing does by itself. */
void conn_set_timeout(struct conn *conn, int64_t ms);

/* conn_start_tls_server/client - begin the handshake. All unread input is
 * dropped first (RFC 3207 s6: nothing sent before TLS may count); queued output
 * goes out in plain before. server: asks_certificate asks the client for one, which
 * it need not have. client: sni NULL sends none. */
void conn_start_tls_server(struct conn *conn, struct tls_server *server, bool asks_certificate);
void conn_start_tls_client(struct conn *conn, struct ssl_ctx_st *ctx, const char *sni);
bool conn_has_tls(const struct conn *conn);
struct ssl_st *conn_ssl(struct conn *conn); /* borrowed, NULL while plain */

/* conn_peer_text - "192.0.2.1" or "2001:db8::1" (v4-mapped shown as v4). */
const char *conn_peer_text(struct conn *conn);
unsigned conn_peer_port(struct conn *conn);
const char *conn_local_text(struct conn *conn);
const struct sockaddr *conn_peer_addr(struct conn *conn, socklen_t *len_out);
struct loop *conn_loop(struct conn *conn);

#endif
