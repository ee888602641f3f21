/* tls.c - the contexts sessions are made from, and reading a session's facts.
 *
 * Built by the main thread while configuration is loaded; from then on read
 * only, by all workers. A session keeps a reference to its server set, because
 * the server-name call-back of a handshake in flight looks into it. */
#include "loop/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/ref.h"
#include "base/span.h"
#include "tls_certificate.h"

#define NAME_MAX_BYTES 255
#define CLIENT_CHAIN_MAX_BYTES 32768

struct tls_server {
	struct ref ref;
	SSL_CTX **contexts; /* one a certificate; [0] starts every handshake */
	size_t count;
	bool is_self_signed;
	int64_t expires_unix_ms;
};

struct contexts {
	SSL_CTX *strict, *relaxed;
};

struct tls_client {
	struct contexts plain;         /* without a certificate of ours */
	struct identity {
		char *address;
		struct contexts contexts;
	} *identity;
	size_t identities;
};

/* What every session wants: bytes go out as they fit and from wherever the
 * buffer lies then; an idle session gives its 34 KiB of record buffers back;
 * one read() fetches a record's header and body together. */
static void
set_common(SSL_CTX *ctx)
{
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_read_ahead(ctx, 1);
}

/* select_by_name - the certificate with the name itself, else one with a
 * wildcard for it, else the first: a client that asks for an unknown name gets
 * an answer it can judge rather than an alert (RFC 6066 s3 allows both). */
static SSL_CTX *
select_by_name(const struct tls_server *server, struct span host)
{
	for (int exact = 1; exact >= 0; exact--)
		for (size_t i = 0; i < server->count; i++)
			if (tls_certificate_covers(SSL_CTX_get0_certificate(server->contexts[i]),
						   host, exact))
				return server->contexts[i];
	return server->contexts[0];
}

static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct span host = span_of(name);

	(void)alert;
	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > NAME_MAX_BYTES)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_SSL_CTX(ssl, select_by_name(arg, host));
	return SSL_TLSEXT_ERR_OK;
}

/* server_ctx - tickets only, no session cache: their keys are the context's
 * own, made at random here and gone with it. */
static SSL_CTX *
server_ctx(struct tls_server *server)
{
	static const unsigned char id_context[] = "relay";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	must(ctx != NULL);
	set_common(ctx);
	must(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
					 SSL_OP_CLEANSE_PLAINTEXT); /* passwords pass here */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	must(SSL_CTX_set_session_id_context(ctx, id_context, sizeof id_context - 1) == 1);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_max_cert_list(ctx, CLIENT_CHAIN_MAX_BYTES);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, server);
	return ctx;
}

struct tls_server *
tls_server_new(const struct tls_files *files, size_t count, const char *hostname, struct err *err)
{
	struct tls_server *server = mem_zero(1, sizeof *server);

	ref_init(&server->ref);
	server->is_self_signed = count == 0;
	server->contexts = mem_zero(count ? count : 1, sizeof(SSL_CTX *));
	for (size_t i = 0; i < (count ? count : 1); i++) {
		SSL_CTX *ctx = server->contexts[server->count++] = server_ctx(server);
		int64_t expires_unix_ms;

		if (count ? tls_certificate_load(ctx, &files[i], err)
			  : tls_certificate_make(ctx, hostname, err)) {
			tls_server_unref(&server);
			return NULL;
		}
		expires_unix_ms = tls_certificate_expires_unix_ms(SSL_CTX_get0_certificate(ctx));
		if (i == 0 || expires_unix_ms < server->expires_unix_ms)
			server->expires_unix_ms = expires_unix_ms;
	}
	return server;
}

struct tls_server *
tls_server_ref(struct tls_server *server)
{
	ref_add(&server->ref);
	return server;
}

void
tls_server_unref(struct tls_server **server)
{
	struct tls_server *s = *server;

	*server = NULL;
	if (s == NULL || !ref_drop(&s->ref))
		return;
	for (size_t i = 0; i < s->count; i++)
		SSL_CTX_free(s->contexts[i]);
	mem_free(s->contexts);
	mem_free(s);
}

bool
tls_server_is_self_signed(const struct tls_server *server)
{
	return server->is_self_signed;
}

int64_t
tls_server_expires_unix_ms(const struct tls_server *server)
{
	return server->expires_unix_ms;
}

struct ssl_ctx_st *
tls_server_ctx(struct tls_server *server)
{
	return server->contexts[0];
}

static SSL_CTX *
client_ctx(int min_version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	must(ctx != NULL);
	set_common(ctx);
	must(SSL_CTX_set_min_proto_version(ctx, min_version) == 1);
	/* the chain is verified and the result kept; who minds decides later */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

static int
contexts_new(struct contexts *contexts, struct err *err)
{
	contexts->strict = client_ctx(TLS1_2_VERSION);
	contexts->relaxed = client_ctx(TLS1_VERSION);
	/* old servers: small keys, SHA-1, no secure renegotiation (RFC 5746) */
	SSL_CTX_set_options(contexts->relaxed, SSL_OP_LEGACY_SERVER_CONNECT);
	if (SSL_CTX_set_cipher_list(contexts->relaxed, "ALL:@SECLEVEL=0") != 1 ||
	    SSL_CTX_set_default_verify_paths(contexts->strict) != 1 ||
	    SSL_CTX_set_default_verify_paths(contexts->relaxed) != 1)
		return err_set(err, ERR_SYSTEM, 0, "cannot set up outbound TLS: %s",
			       tls_openssl_text());
	return 0;
}

static void
contexts_free(struct contexts *contexts)
{
	SSL_CTX_free(contexts->strict);
	SSL_CTX_free(contexts->relaxed);
}

struct tls_client *
tls_client_new(struct err *err)
{
	struct tls_client *client = mem_zero(1, sizeof *client);

	if (contexts_new(&client->plain, err) < 0)
		tls_client_free(&client);
	return client;
}

void
tls_client_free(struct tls_client **client)
{
	struct tls_client *c = *client;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->identities; i++) {
		contexts_free(&c->identity[i].contexts);
		mem_free(c->identity[i].address);
	}
	contexts_free(&c->plain);
	mem_free(c->identity);
	mem_free(c);
	*client = NULL;
}

int
tls_client_add(struct tls_client *client, const char *address, const struct tls_files *files,
	       struct err *err)
{
	struct identity *identity;

	client->identity = mem_resize(client->identity,
				      (client->identities + 1) * sizeof *client->identity);
	identity = &client->identity[client->identities++];
	memset(identity, 0, sizeof *identity);
	identity->address = mem_strdup(address);
	if (contexts_new(&identity->contexts, err) < 0 ||
	    tls_certificate_load(identity->contexts.strict, files, err) < 0 ||
	    tls_certificate_load(identity->contexts.relaxed, files, err) < 0)
		return -1;
	return 0;
}

struct ssl_ctx_st *
tls_client_ctx(struct tls_client *client, bool relaxed)
{
	return relaxed ? client->plain.relaxed : client->plain.strict;
}

struct ssl_ctx_st *
tls_client_ctx_of(struct tls_client *client, const char *address, bool relaxed)
{
	for (size_t i = 0; address != NULL && i < client->identities; i++) {
		const struct contexts *contexts = &client->identity[i].contexts;

		if (strcmp(client->identity[i].address, address) == 0)
			return relaxed ? contexts->relaxed : contexts->strict;
	}
	return tls_client_ctx(client, relaxed);
}

/* ---- facts ---------------------------------------------------------------------- */

static bool
is_certificate_for(X509 *cert, const char *hostname)
{
	struct span host = span_of(hostname);

	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	return X509_check_host(cert, host.p, host.n, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) ==
		       1 ||
	       X509_check_ip_asc(cert, hostname, 0) == 1;
}

static void
judge(SSL *ssl, const char *hostname, struct tls_facts *facts)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	long result = SSL_get_verify_result(ssl);
	const char *text = "";

	if (cert == NULL)
		text = "no certificate";
	else if (result != X509_V_OK)
		text = X509_verify_cert_error_string(result);
	else if (!is_certificate_for(cert, hostname))
		text = "name mismatch";
	else
		facts->verify_ok = true;
	snprintf(facts->verify_text, sizeof facts->verify_text, "%s", text);
}

void
tls_facts_read(struct ssl_st *ssl, const char *hostname, struct tls_facts *facts_out)
{
	*facts_out = (struct tls_facts){ .on = ssl != NULL };
	if (ssl == NULL)
		return;
	snprintf(facts_out->version, sizeof facts_out->version, "%s", SSL_get_version(ssl));
	snprintf(facts_out->cipher, sizeof facts_out->cipher, "%s", SSL_get_cipher_name(ssl));
	facts_out->bits = SSL_get_cipher_bits(ssl, NULL);
	if (hostname)
		judge(ssl, hostname, facts_out);
	ERR_clear_error();
}

int
tls_peer_fingerprint(struct ssl_st *ssl, unsigned char out[TLS_FINGERPRINT_BYTES])
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	unsigned int n = TLS_FINGERPRINT_BYTES;

	return cert != NULL && X509_digest(cert, EVP_sha256(), out, &n) == 1 ? 0 : -1;
}

/* ---- channel binding --------------------------------------------------------------- */

/* RFC 9266: 32 bytes under this label, no context. */
static int
bind_exporter(SSL *ssl, unsigned char *out, size_t *n_out)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(ssl) < TLS1_3_VERSION)
		return -1;
	*n_out = 32;
	return SSL_export_keying_material(ssl, out, *n_out, label, sizeof label - 1,
					  (const unsigned char *)"", 0, 1) == 1
		       ? 0
		       : -1;
}

/* RFC 5929 s3: the first Finished message, which is the client's unless the
 * session was resumed. Without extended master secret it does not bind
 * (triple handshake attack), hence the refusal. */
static int
bind_unique(SSL *ssl, unsigned char *out, size_t *n_out)
{
	if (SSL_version(ssl) != TLS1_2_VERSION || SSL_session_reused(ssl) ||
	    SSL_get_extms_support(ssl) != 1)
		return -1;
	if (SSL_is_server(ssl))
		*n_out = SSL_get_peer_finished(ssl, out, TLS_BINDING_MAX_BYTES);
	else
		*n_out = SSL_get_finished(ssl, out, TLS_BINDING_MAX_BYTES);
	return *n_out > 0 && *n_out <= TLS_BINDING_MAX_BYTES ? 0 : -1;
}

/* RFC 5929 s4: the server's certificate under its own signature's hash, SHA-256
 * in the place of MD5 and SHA-1; undefined for signatures without one. */
static int
bind_end_point(SSL *ssl, unsigned char *out, size_t *n_out)
{
	X509 *cert = SSL_is_server(ssl) ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
	const EVP_MD *md;
	unsigned n = 0;
	int nid;

	if (cert == NULL || X509_get_signature_info(cert, &nid, NULL, NULL, NULL) != 1)
		return -1;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	md = nid == NID_undef ? NULL : EVP_get_digestbynid(nid);
	if (md == NULL || EVP_MD_get_size(md) > TLS_BINDING_MAX_BYTES)
		return -1;
	if (X509_digest(cert, md, out, &n) != 1)
		return -1;
	*n_out = n;
	return 0;
}

int
tls_binding_data(struct ssl_st *ssl, enum tls_binding kind,
		 unsigned char out[TLS_BINDING_MAX_BYTES], size_t *n_out)
{
	static int (*const binders[])(SSL * ssl, unsigned char *out, size_t *n_out) = {
		[TLS_BINDING_EXPORTER] = bind_exporter,
		[TLS_BINDING_UNIQUE] = bind_unique,
		[TLS_BINDING_END_POINT] = bind_end_point,
	};
	int rc;

	*n_out = 0;
	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return -1;
	rc = binders[kind](ssl, out, n_out);
	if (rc)
		*n_out = 0;
	ERR_clear_error();
	return rc;
}
