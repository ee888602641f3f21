/* peer.h - an SMTP server that follows a script, in a thread of the test.
 *
 * A script is a list of lines:
 *   ">220 hi"   say it; \r\n inside goes on in the same step
 *   "<EHLO"     the next line must begin so
 *   "body"      read up to the lone dot, keep it
 *   "bdat"      read as many bytes as the last line says, keep them
 *   "tls"       handshake
 *   "junk"      answer the ClientHello with nonsense
 *   "hang"      wait until the client closes
 *   "eof"       close; "reset": with a reset
 *   "next"      close and wait for another connection
 * What does not fit is kept in `wrong` and ends the script. */
#ifndef TESTS_UNIT_DELIVER_PEER_H
#define TESTS_UNIT_DELIVER_PEER_H

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/tls.h"

#define PEER_BODY_MAX (4 * 1024 * 1024)

struct peer {
	int listener, fd;
	uint16_t port;
	SSL *ssl;
	struct tls_server *tls;
	const char *script;
	char in[65536];
	size_t in_n;
	char line[4096];         /* the last one read */
	char *body;              /* of all messages, one after the other; look after peer_finish */
	size_t body_n;
	unsigned connections;
	char wrong[512];
	pthread_t thread;
};

static char peer_memory[PEER_BODY_MAX];

static inline ssize_t
peer_recv(struct peer *peer, void *p, size_t n)
{
	return peer->ssl ? SSL_read(peer->ssl, p, (int)n) : recv(peer->fd, p, n, 0);
}

static inline void
peer_say(struct peer *peer, const char *text)
{
	char line[4096];
	int n = snprintf(line, sizeof line, "%s\r\n", text);

	if (peer->ssl)
		SSL_write(peer->ssl, line, n);
	else
		(void)!send(peer->fd, line, (size_t)n, MSG_NOSIGNAL);
}

static inline bool
peer_fill(struct peer *peer)
{
	ssize_t n = peer_recv(peer, peer->in + peer->in_n, sizeof peer->in - peer->in_n);

	if (n <= 0)
		return false;
	peer->in_n += (size_t)n;
	return true;
}

static inline void
peer_use(struct peer *peer, size_t n)
{
	memmove(peer->in, peer->in + n, peer->in_n - n);
	peer->in_n -= n;
}

static inline bool
peer_read_line(struct peer *peer)
{
	char *end;

	while (!(end = memmem(peer->in, peer->in_n, "\r\n", 2))) {
		if (!peer_fill(peer))
			return false;
	}
	snprintf(peer->line, sizeof peer->line, "%.*s", (int)(end - peer->in), peer->in);
	peer_use(peer, (size_t)(end - peer->in) + 2);
	return true;
}

static inline void
peer_keep(struct peer *peer, size_t n)
{
	if (peer->body_n + n < PEER_BODY_MAX)
		memcpy(peer->body + peer->body_n, peer->in, n);
	peer->body_n += n;
	peer_use(peer, n);
}

/* peer_read_body - as sent, dots and all. */
static inline bool
peer_read_body(struct peer *peer)
{
	for (;;) {
		char *end = memmem(peer->in, peer->in_n, "\r\n.\r\n", 5);
		size_t keep;

		if (peer->in_n >= 3 && memcmp(peer->in, ".\r\n", 3) == 0) {
			peer_keep(peer, 3);
			return true;
		}
		if (end) {
			peer_keep(peer, (size_t)(end - peer->in) + 5);
			return true;
		}
		keep = peer->in_n > 5 ? peer->in_n - 5 : 0;
		peer_keep(peer, keep);
		if (!peer_fill(peer))
			return false;
	}
}

static inline bool
peer_read_chunk(struct peer *peer)
{
	size_t left = strtoul(peer->line + 5, NULL, 10);

	while (left) {
		size_t n = peer->in_n < left ? peer->in_n : left;

		peer_keep(peer, n);
		left -= n;
		if (left && !peer_fill(peer))
			return false;
	}
	return true;
}

static inline bool
peer_handshake(struct peer *peer)
{
	peer->ssl = SSL_new(tls_server_ctx(peer->tls));
	SSL_set_fd(peer->ssl, peer->fd);
	return SSL_accept(peer->ssl) == 1;
}

static inline void
peer_close(struct peer *peer, bool reset)
{
	struct linger linger = { 1, 0 };

	if (peer->fd < 0)
		return;
	if (peer->ssl)
		SSL_shutdown(peer->ssl);
	SSL_free(peer->ssl);
	peer->ssl = NULL;
	if (reset)
		setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close(peer->fd);
	peer->fd = -1;
	peer->in_n = 0;
}

static inline bool
peer_accept(struct peer *peer)
{
	peer->fd = accept(peer->listener, NULL, NULL);
	peer->connections += peer->fd >= 0;
	return peer->fd >= 0;
}

static inline bool
peer_step(struct peer *peer, const char *step)
{
	if (strcmp(step, "next") == 0)
		peer_close(peer, false);
	if (strcmp(step, "eof") == 0 || strcmp(step, "reset") == 0) {
		peer_close(peer, step[0] == 'r');
		return true;
	}
	if (peer->fd < 0 && !peer_accept(peer))
		return false;
	if (step[0] == '>') {
		peer_say(peer, step + 1);
		return true;
	}
	if (step[0] == '<')
		return peer_read_line(peer) && strncasecmp(peer->line, step + 1,
		  strlen(step + 1)) == 0;
	if (strcmp(step, "body") == 0)
		return peer_read_body(peer);
	if (strcmp(step, "bdat") == 0)
		return peer_read_chunk(peer);
	if (strcmp(step, "tls") == 0)
		return peer_handshake(peer);
	if (strcmp(step, "junk") == 0) {
		bool got = peer_fill(peer);

		peer_say(peer, "this is no TLS");
		return got;
	}
	if (strcmp(step, "hang") == 0) {
		while (peer_fill(peer))
			peer->in_n = 0;
		return true;
	}
	return strcmp(step, "next") == 0;
}

static inline void *
peer_run(void *arg)
{
	struct peer *peer = arg;
	const char *p = peer->script;
	char step[2048];

	while (*p && !peer->wrong[0]) {
		size_t n = strcspn(p, "\n");

		while (n && p[n - 1] == '\r') /* a line end inside what is said */
			n += 1 + strcspn(p + n + 1, "\n");
		snprintf(step, sizeof step, "%.*s", (int)n, p);
		if (!peer_step(peer, step))
			snprintf(peer->wrong, sizeof peer->wrong,
			  "at \"%.200s\" after \"%.200s\"", step,
			         peer->line);
		p += n + (p[n] == '\n');
	}
	peer_close(peer, false);
	return NULL;
}

static inline void
peer_start(struct peer *peer, struct tls_server *tls, const char *script)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t n = sizeof address;

	memset(peer, 0, sizeof *peer);
	peer->tls = tls;
	peer->script = script;
	peer->fd = -1;
	peer->body = peer_memory;
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(peer->listener, 16), 0);
	assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &n), 0);
	peer->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

/* peer_finish - wakes a peer that still waits for a connection, joins. */
static inline void
peer_finish(struct peer *peer)
{
	shutdown(peer->listener, SHUT_RDWR);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
}

#endif
