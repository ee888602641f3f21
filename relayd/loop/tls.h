/* tls.h - OpenSSL contexts and what is known about a session's TLS.
 *
 * A context set is immutable and reference-counted: built while (re)loading,
 * handed to the loops in a mailbox, so certificates change without restart.
 * TLS 1.2 or newer for our listeners; for outbound "relaxed" also old peers
 * (TLS 1.0, security level 0: opportunistic TLS with anybody beats plaintext).
 * Session tickets of a server set are keyed per process; renegotiation off. */
#ifndef LOOP_TLS_H
#define LOOP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;     /* SSL */
struct tls_server;
struct tls_client;

struct tls_files {
	const char *certificate; /* PEM chain, leaf first */
	const char *key;         /* PEM, not encrypted */
};

/* tls_server_new - count certificates; the first answers when no SNI name
 * matches (wildcard names understood). count 0: a self-signed one for hostname
 * is made. Returns owned (one reference), or NULL with err INPUT naming the
 * file and what is wrong with it (missing, unreadable, key does not match). */
struct tls_server *tls_server_new(const struct tls_files *files, size_t count,
                                  const char *hostname, struct err *err);
struct tls_server *tls_server_ref(struct tls_server *server);  /* Returns owned. Thread: any */
void tls_server_unref(struct tls_server **server);
bool tls_server_is_self_signed(const struct tls_server *server); /* made by us */
int64_t tls_server_expires_unix_ms(const struct tls_server *server); /* earliest leaf */
struct ssl_ctx_st *tls_server_ctx(struct tls_server *server);

/* tls_client_new - one shared outbound context set; verification is done after
 * the handshake by the caller's policy (see tls_facts.verify_ok), so that an
 * opportunistic session goes on with any certificate. */
struct tls_client *tls_client_new(struct err *err);
void tls_client_free(struct tls_client **client);
struct ssl_ctx_st *tls_client_ctx(struct tls_client *client, bool relaxed);
/* tls_client_add - who we are when we come from this address: a certificate for servers
 * that ask for one. Before any other thread uses client. -1 with err INPUT, as tls_server_new. */
int tls_client_add(struct tls_client *client, const char *address, const struct tls_files *files,
                   struct err *err);
/* tls_client_ctx_of - as tls_client_ctx, with that address's certificate if it has one. */
struct ssl_ctx_st *tls_client_ctx_of(struct tls_client *client, const char *address, bool relaxed);

#define TLS_FACT_SIZE 64

struct tls_facts {
	bool on;
	char version[16];          /* "TLSv1.3"; "" when off */
	char cipher[TLS_FACT_SIZE];
	int bits;                  /* of the cipher */
	bool verify_ok;            /* peer's chain and name verify (client side) */
	char verify_text[TLS_FACT_SIZE]; /* OpenSSL's words when it does not */
};

/* tls_facts_read - after the handshake. hostname: what the certificate should
 * be for (NULL: do not judge). ssl may be NULL: facts_out->on is false. */
void tls_facts_read(struct ssl_st *ssl, const char *hostname, struct tls_facts *facts_out);

#define TLS_FINGERPRINT_BYTES 32
/* tls_peer_fingerprint - SHA-256 over the certificate the peer showed, whose key it has
 * proved to hold; nobody judged who signed it. -1: it showed none. After the handshake. */
int tls_peer_fingerprint(struct ssl_st *ssl, unsigned char out[TLS_FINGERPRINT_BYTES]);

enum tls_binding { TLS_BINDING_EXPORTER, TLS_BINDING_UNIQUE, TLS_BINDING_END_POINT };
#define TLS_BINDING_MAX_BYTES 64
/* tls_binding_data - channel binding bytes (RFC 5929, RFC 9266). -1 when this
 * session cannot give that kind (exporter needs 1.3; unique needs 1.2 with
 * extended master secret and no resumption). */
int tls_binding_data(struct ssl_st *ssl, enum tls_binding kind,
                     unsigned char out[TLS_BINDING_MAX_BYTES], size_t *n_out);

#endif
