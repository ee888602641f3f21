/* conn_transport.h - a socket or an SSL over it: one attempt at moving bytes,
 * with "not now" told apart from "never again".
 *
 * Embedded in its connection, on whose loop it is used. Does not own the fd. */
#ifndef LOOP_CONN_TRANSPORT_H
#define LOOP_CONN_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "loop/tls.h"

enum conn_io {
	CONN_IO_DONE,       /* something was moved (or the handshake is complete) */
	CONN_IO_WANT_READ,  /* again when the socket is readable */
	CONN_IO_WANT_WRITE, /* again when it is writable */
	CONN_IO_END,        /* orderly end of input */
	CONN_IO_RESET,      /* err says why */
	CONN_IO_TLS         /* broken TLS: err has OpenSSL's words */
};

struct conn_transport {
	int fd;
	struct ssl_st *ssl;        /* owned; NULL: no TLS asked for yet */
	struct tls_server *server; /* one reference: its name call-back needs it */
	bool secure;               /* bytes go through ssl */
	bool ssl_failed;           /* OpenSSL forbids any further call but SSL_free */
};

/* Both take n > 0 and move at least one byte on CONN_IO_DONE, setting *n_out. */
enum conn_io conn_transport_read(struct conn_transport *t, char *to, size_t n, size_t *n_out,
                                 struct err *err);
enum conn_io conn_transport_write(struct conn_transport *t, const char *from, size_t n,
                                  size_t *n_out, struct err *err);

/* conn_transport_serve/ask - make the SSL; plain goes on until the first handshake call. */
void conn_transport_serve(struct conn_transport *t, struct tls_server *server,
			  bool asks_certificate);
void conn_transport_ask(struct conn_transport *t, struct ssl_ctx_st *ctx, const char *sni);
enum conn_io conn_transport_handshake(struct conn_transport *t, struct err *err);

/* conn_transport_has_more - bytes that no readiness event will announce. */
bool conn_transport_has_more(const struct conn_transport *t);
/* conn_transport_discard - read from the socket itself into scratch memory and
 * forget it: for a connection whose owner has left. */
enum conn_io conn_transport_discard(struct conn_transport *t, char *scratch, size_t n);
void conn_transport_close_notify(struct conn_transport *t); /* best effort */
void conn_transport_deinit(struct conn_transport *t);       /* frees the SSL, not the fd */

#endif
