/* conn_transport.c - one attempt at reading, writing or shaking hands.
 *
 * Never blocks, never loops: what to do about "not now" is conn.c's matter.
 * OpenSSL's error queue is thread-wide, so it is emptied before each call;
 * otherwise another connection's failure would be taken for this one's. */
#include "conn_transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/must.h"
#include "tls_certificate.h"

static bool
is_transient(int saved_errno)
{
	return saved_errno == EAGAIN || saved_errno == EWOULDBLOCK || saved_errno == EINTR;
}

static enum conn_io
reset(struct err *err, int saved_errno)
{
	err_errno(err, saved_errno, "connection lost");
	return CONN_IO_RESET;
}

/* ssl_outcome - what rc <= 0 of an SSL call means. what: the call's aim, for
 * the words. A peer that cuts TLS off without close_notify may be an attacker
 * shortening a message: never an orderly end. */
static enum conn_io
ssl_outcome(struct conn_transport *t, int rc, int saved_errno, const char *what,
            struct err *err)
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return CONN_IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return CONN_IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return CONN_IO_END;
	case SSL_ERROR_SYSCALL:
		t->ssl_failed = true;
		ERR_clear_error();
		return reset(err, saved_errno ? saved_errno : ECONNRESET);
	default:
		t->ssl_failed = true;
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			ERR_clear_error();
			err_set(err, ERR_TEMP, ECONNRESET, "peer cut the TLS session off");
			return CONN_IO_RESET;
		}
		err_set(err, ERR_TEMP, 0, "TLS %s failed: %s", what, tls_openssl_text());
		return CONN_IO_TLS;
	}
}

static enum conn_io
ssl_unusable(struct err *err)
{
	err_set(err, ERR_TEMP, 0, "the TLS session failed before");
	return CONN_IO_TLS;
}

static enum conn_io
plain_read(struct conn_transport *t, char *to, size_t n, size_t *n_out, struct err *err)
{
	ssize_t got = recv(t->fd, to, n, 0);

	if (got > 0) {
		*n_out = (size_t)got;
		return CONN_IO_DONE;
	}
	if (got == 0)
		return CONN_IO_END;
	return is_transient(errno) ? CONN_IO_WANT_READ : reset(err, errno);
}

enum conn_io
conn_transport_read(struct conn_transport *t, char *to, size_t n, size_t *n_out, struct err *err)
{
	int rc;

	*n_out = 0;
	if (!t->secure)
		return plain_read(t, to, n, n_out, err);
	if (t->ssl_failed)
		return ssl_unusable(err);
	ERR_clear_error();
	errno = 0;
	rc = SSL_read(t->ssl, to, n < INT_MAX ? (int)n : INT_MAX);
	if (rc <= 0)
		return ssl_outcome(t, rc, errno, "reading", err);
	*n_out = (size_t)rc;
	return CONN_IO_DONE;
}

static enum conn_io
plain_write(struct conn_transport *t, const char *from, size_t n, size_t *n_out,
            struct err *err)
{
	ssize_t done = send(t->fd, from, n, MSG_NOSIGNAL);

	if (done >= 0) {
		*n_out = (size_t)done;
		return done > 0 ? CONN_IO_DONE : CONN_IO_WANT_WRITE;
	}
	return is_transient(errno) ? CONN_IO_WANT_WRITE : reset(err, errno);
}

enum conn_io
conn_transport_write(struct conn_transport *t, const char *from, size_t n, size_t *n_out,
                     struct err *err)
{
	int rc;

	*n_out = 0;
	if (!t->secure)
		return plain_write(t, from, n, n_out, err);
	if (t->ssl_failed)
		return ssl_unusable(err);
	ERR_clear_error();
	errno = 0;
	rc = SSL_write(t->ssl, from, n < INT_MAX ? (int)n : INT_MAX);
	if (rc <= 0)
		return ssl_outcome(t, rc, errno, "writing", err);
	*n_out = (size_t)rc;
	return CONN_IO_DONE;
}

static void
make_ssl(struct conn_transport *t, SSL_CTX *ctx)
{
	must(t->ssl == NULL);
	t->ssl = SSL_new(ctx);
	must(t->ssl != NULL && SSL_set_fd(t->ssl, t->fd) == 1);
}

/* Any will do: whose it is, is asked by its fingerprint. That the client has the key to it
 * is proved in the handshake whatever is said here. */
static int
accept_certificate(int is_ok, X509_STORE_CTX *chain)
{
	(void)is_ok;
	(void)chain;
	return 1;
}

void
conn_transport_serve(struct conn_transport *t, struct tls_server *server, bool asks_certificate)
{
	make_ssl(t, tls_server_ctx(server));
	if (asks_certificate) {
		/* shown anew each time: a ticket would bring back the session of a client
		 * that was not asked then */
		SSL_set_options(t->ssl, SSL_OP_NO_TICKET);
		SSL_set_verify(t->ssl, SSL_VERIFY_PEER, accept_certificate);
	}
	t->server = tls_server_ref(server);
	SSL_set_accept_state(t->ssl);
}

/* An address is no server name (RFC 6066 s3), and neither is a final dot. */
static void
set_server_name(SSL *ssl, const char *sni)
{
	unsigned char address[sizeof(struct in6_addr)];
	char name[TLSEXT_MAXLEN_host_name + 1];
	size_t n = strlen(sni);

	if (n > 0 && sni[n - 1] == '.')
		n--;
	if (n == 0 || n > TLSEXT_MAXLEN_host_name || inet_pton(AF_INET, sni, address) == 1
	    || inet_pton(AF_INET6, sni, address) == 1)
		return;
	memcpy(name, sni, n);
	name[n] = '\0';
	must(SSL_set_tlsext_host_name(ssl, name) == 1);
}

void
conn_transport_ask(struct conn_transport *t, struct ssl_ctx_st *ctx, const char *sni)
{
	make_ssl(t, ctx);
	SSL_set_connect_state(t->ssl);
	if (sni)
		set_server_name(t->ssl, sni);
}

/* A peer that goes away in the middle has refused TLS as much as one that says
 * so: both are CONN_IO_TLS, and an opportunistic sender goes on without. */
enum conn_io
conn_transport_handshake(struct conn_transport *t, struct err *err)
{
	enum conn_io outcome;
	int rc;

	t->secure = true;
	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(t->ssl);
	if (rc == 1)
		return CONN_IO_DONE;
	outcome = ssl_outcome(t, rc, errno, "handshake", err);
	if (outcome == CONN_IO_RESET || outcome == CONN_IO_END) {
		err_set(err, ERR_TEMP, ECONNRESET,
		        "TLS handshake failed: peer closed the connection");
		return CONN_IO_TLS;
	}
	return outcome;
}

bool
conn_transport_has_more(const struct conn_transport *t)
{
	return t->secure && !t->ssl_failed && SSL_has_pending(t->ssl);
}

enum conn_io
conn_transport_discard(struct conn_transport *t, char *scratch, size_t n)
{
	struct err err;
	size_t got;

	return plain_read(t, scratch, n, &got, &err);
}

void
conn_transport_close_notify(struct conn_transport *t)
{
	if (!t->secure || t->ssl_failed || !SSL_is_init_finished(t->ssl))
		return;
	ERR_clear_error();
	SSL_shutdown(t->ssl); /* writes one alert or does not: nobody waits for it */
	ERR_clear_error();
}

void
conn_transport_deinit(struct conn_transport *t)
{
	SSL_free(t->ssl);
	tls_server_unref(&t->server);
	*t = (struct conn_transport){ .fd = t->fd };
}
