/* test_tls.c - certificates good and bad, names, facts and channel binding, with
 * both ends of real handshakes over memory. */
#include "loop_test.h"

#include <openssl/ssl.h>

#include "base/clock.h"
#include "loop/tls.h"
#include "loop/tls_certificate.h"

static struct test_folder folder;

static const char *const made[] = { "a.crt",  "a.key",	  "b.crt",	"b.key", "cn.crt",
				    "cn.key", "junk.crt", "locked.key", NULL };

static char paths[8][96];

static const char *
in_folder(const char *name)
{
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder.path, name);
	return path;
}

static int
make_files(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file;
	char out[96];

	(void)state;
	test_folder_make(&folder);
	test_certificate(&folder, "a", "mx.example.net",
			 "DNS:mx.example.net,DNS:*.wild.example.net", 30);
	test_certificate(&folder, "b", "ignored.example.net",
			 "DNS:mx.example.org,DNS:deep.wild.example.net,DNS:f*o.example.net", 10);
	test_certificate(&folder, "cn", "old.example.com", NULL, 90);
	file = test_folder_open(&folder, out, "junk", "crt");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
	fclose(file);
	file = test_folder_open(&folder, out, "locked", "key");
	PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), (const unsigned char *)"pw", 2, NULL,
			     NULL);
	fclose(file);
	EVP_PKEY_free(key);
	return 0;
}

static int
remove_files(void **state)
{
	(void)state;
	test_folder_remove(&folder, made);
	return 0;
}

static const struct {
	const char *name, *certificate, *key, *want;
} bad_files[] = {
	{ "no certificate", "none.crt", "a.key", "none.crt: No such file" },
	{ "no key", "a.crt", "none.key", "none.key: No such file" },
	{ "key of another", "a.crt", "b.key", "does not belong to the certificate" },
	{ "no PEM inside", "a.key", "a.key", "is not a usable PEM certificate" },
	{ "broken PEM", "junk.crt", "a.key", "junk.crt is not a usable PEM certificate" },
	{ "certificate as key", "a.crt", "a.crt", "is not a usable PEM key" },
	{ "encrypted key", "a.crt", "locked.key", "must not be encrypted" },
};

static void
bad_files_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
		struct tls_files files[2] = {
			{ in_folder("b.crt"), in_folder("b.key") },
			{ in_folder(bad_files[i].certificate), in_folder(bad_files[i].key) },
		};
		struct err err;

		assert_null(tls_server_new(files, 2, "x", &err));
		assert_int_equal(err.kind, ERR_INPUT);
		if (strstr(err.text, bad_files[i].want) == NULL)
			fail_msg("%s: %s", bad_files[i].name, err.text);
	}
}

/* ---- handshakes over memory -------------------------------------------------------- */

struct pair {
	SSL *client, *server;
};

static struct pair
shake(SSL_CTX *client_ctx, struct tls_server *server, const char *sni)
{
	struct pair p = { SSL_new(client_ctx), SSL_new(tls_server_ctx(server)) };
	BIO *a, *b;
	char c;

	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.client, a, a);
	SSL_set_bio(p.server, b, b);
	SSL_set_connect_state(p.client);
	SSL_set_accept_state(p.server);
	if (sni) {
		char *name = strdup(sni); /* OpenSSL's macro casts const away */

		SSL_set_tlsext_host_name(p.client, name);
		free(name);
	}
	for (int i = 0; i < 20; i++) {
		SSL_do_handshake(p.client);
		SSL_do_handshake(p.server);
	}
	SSL_read(p.client, &c, 1); /* takes the session ticket of 1.3 */
	return p;
}

static int
accept_any(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1;
}

static bool
is_up(const struct pair *p)
{
	return SSL_is_init_finished(p->client) && SSL_is_init_finished(p->server);
}

static void
pair_free(struct pair *p)
{
	SSL_free(p->client);
	SSL_free(p->server);
}

static const struct {
	const char *sni, *want; /* the served certificate's common name */
} names[] = {
	{ NULL, "mx.example.net" },
	{ "mx.example.net", "mx.example.net" },
	{ "MX.Example.Org", "ignored.example.net" },
	{ "any.wild.example.net", "mx.example.net" },
	{ "deep.wild.example.net", "ignored.example.net" }, /* exact beats wildcard */
	{ "two.deep.wild.example.net", "mx.example.net" },  /* a star is one label: first */
	{ "wild.example.net", "mx.example.net" },
	{ "foo.example.net", "mx.example.net" }, /* no partial stars: first */
	{ "old.example.com", "old.example.com" },
	{ "ignored.example.net", "mx.example.net" }, /* the CN next to SANs does not count */
	{ "unknown.example", "mx.example.net" },
};

static void
server_name_selects(void **state)
{
	struct tls_files files[] = {
		{ in_folder("a.crt"), in_folder("a.key") },
		{ in_folder("b.crt"), in_folder("b.key") },
		{ in_folder("cn.crt"), in_folder("cn.key") },
	};
	struct err err;
	struct tls_server *server = tls_server_new(files, 3, "x", &err);
	struct tls_client *client = tls_client_new(&err);
	int64_t days_ms;

	(void)state;
	assert_non_null(server);
	assert_false(tls_server_is_self_signed(server));
	days_ms = tls_server_expires_unix_ms(server) - clock_unix_ms();
	assert_in_range(days_ms / 3600000, 9 * 24, 10 * 24); /* the earliest */
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct pair p = shake(tls_client_ctx(client, false), server, names[i].sni);
		char cn[100];

		assert_true(is_up(&p));
		X509_NAME_get_text_by_NID(
			X509_get_subject_name(SSL_get0_peer_certificate(p.client)), NID_commonName,
			cn, sizeof cn);
		if (strcmp(cn, names[i].want) != 0)
			fail_msg("%s got %s", names[i].sni ? names[i].sni : "(none)", cn);
		pair_free(&p);
	}
	tls_client_free(&client);
	tls_server_unref(&server);
}

static const struct {
	const char *name, *certificate, *host;
	bool trusted, ok;
	const char *text;
} verdicts[] = {
	{ "trusted and named", "a", "mx.example.net", true, true, "" },
	{ "final dot", "a", "mx.example.net.", true, true, "" },
	{ "wildcard", "a", "x.wild.example.net", true, true, "" },
	{ "another name", "a", "mx.example.org", true, false, "name mismatch" },
	{ "partial wildcard", "b", "foo.example.net", true, false, "name mismatch" },
	{ "not trusted", "a", "mx.example.net", false, false, "self-signed certificate" },
	{ "nobody asks", "a", NULL, true, false, "" },
};

static void
shows_a_certificate_by_source_address(void **state)
{
	static const struct {
		const char *address, *name; /* the common name shown; NULL: none */
		bool relaxed;
	} shown[] = {
		{ "192.0.2.1", "mx.example.net", false },
		{ "192.0.2.1", "mx.example.net", true },
		{ "2001:db8::2", "old.example.com", false },
		{ "192.0.2.3", NULL, false },
		{ NULL, NULL, true },
	};
	const struct tls_files a = { in_folder("a.crt"), in_folder("a.key") };
	const struct tls_files b = { in_folder("cn.crt"), in_folder("cn.key") };
	const struct tls_files wrong = { in_folder("a.crt"), in_folder("b.key") };
	struct err err;
	struct tls_client *client = tls_client_new(&err);
	struct tls_server *server = tls_server_new(&a, 1, "x", &err);

	(void)state;
	assert_int_equal(tls_client_add(client, "192.0.2.1", &a, &err), 0);
	assert_int_equal(tls_client_add(client, "2001:db8::2", &b, &err), 0);
	SSL_CTX_set_verify(tls_server_ctx(server), SSL_VERIFY_PEER, accept_any);
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct pair p = shake(tls_client_ctx_of(client, shown[i].address, shown[i].relaxed),
				      server, NULL);
		X509 *cert = SSL_get0_peer_certificate(p.server);
		char name[64] = "";

		assert_true(is_up(&p));
		if (cert != NULL)
			X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name,
						  sizeof name);
		assert_string_equal(name, shown[i].name ? shown[i].name : "");
		pair_free(&p);
	}
	assert_int_equal(tls_client_add(client, "192.0.2.9", &wrong, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	tls_server_unref(&server);
	tls_client_free(&client);
}

static void
facts_judge_chain_and_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		char certificate[96], key[96];
		struct tls_files files = { certificate, key };
		struct err err;
		struct tls_client *client = tls_client_new(&err);
		struct tls_server *server;
		struct tls_facts facts;
		struct pair p;

		snprintf(certificate, sizeof certificate, "%s/%s.crt", folder.path,
			 verdicts[i].certificate);
		snprintf(key, sizeof key, "%s/%s.key", folder.path, verdicts[i].certificate);
		server = tls_server_new(&files, 1, "x", &err);
		assert_non_null(server);
		if (verdicts[i].trusted)
			SSL_CTX_load_verify_file(tls_client_ctx(client, false), certificate);
		p = shake(tls_client_ctx(client, false), server, NULL);
		assert_true(is_up(&p)); /* whatever the certificate */
		tls_facts_read(p.client, verdicts[i].host, &facts);
		assert_true(facts.on);
		assert_string_equal(facts.version, "TLSv1.3");
		assert_true(facts.bits >= 128 && strlen(facts.cipher) > 5);
		if (facts.verify_ok != verdicts[i].ok ||
		    strcmp(facts.verify_text, verdicts[i].text) != 0)
			fail_msg("%s: %d \"%s\"", verdicts[i].name, facts.verify_ok,
				 facts.verify_text);
		pair_free(&p);
		tls_server_unref(&server);
		tls_client_free(&client);
	}
}

static void
facts_of_plain_text(void **state)
{
	struct tls_facts facts;

	(void)state;
	tls_facts_read(NULL, "x", &facts);
	assert_false(facts.on || facts.verify_ok);
	assert_string_equal(facts.version, "");
}

static const struct {
	const char *name, *hostname, *host;
	bool ok;
} self_signed[] = {
	{ "host name", "mail.example.net", "mail.example.net", true },
	{ "address", "192.0.2.7", "192.0.2.7", true },
	{ "IPv6", "2001:db8::1", "2001:db8::1", true },
	{ "a comma adds no name", "a.example,DNS:b.example", "b.example", false },
	{ "longer than a common name",
	  "a-very-long-host-name-of-more-than-sixty-four-characters.in.some.example.net",
	  "a-very-long-host-name-of-more-than-sixty-four-characters.in.some.example.net", true },
};

static void
self_signed_for_a_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof self_signed / sizeof self_signed[0]; i++) {
		struct err err;
		struct tls_server *server = tls_server_new(NULL, 0, self_signed[i].hostname, &err);
		struct tls_client *client = tls_client_new(&err);
		struct tls_facts facts;
		struct pair p;
		X509_STORE *store;

		assert_non_null(server);
		assert_true(tls_server_is_self_signed(server));
		assert_in_range((tls_server_expires_unix_ms(server) - clock_unix_ms()) / 86400000,
				3645, 3655);
		store = SSL_CTX_get_cert_store(tls_client_ctx(client, false));
		X509_STORE_add_cert(store, SSL_CTX_get0_certificate(tls_server_ctx(server)));
		p = shake(tls_client_ctx(client, false), server, NULL);
		assert_true(is_up(&p));
		tls_facts_read(p.client, self_signed[i].host, &facts);
		if (facts.verify_ok != self_signed[i].ok)
			fail_msg("%s: %s", self_signed[i].name, facts.verify_text);
		pair_free(&p);
		tls_client_free(&client);
		tls_server_unref(&server);
	}
}

static const struct {
	const char *name;
	bool relaxed;
	int server_version; /* at most */
	bool works;
} versions[] = {
	{ "strict, 1.3", false, TLS1_3_VERSION, true },
	{ "strict, 1.2", false, TLS1_2_VERSION, true },
	{ "strict, 1.0", false, TLS1_VERSION, false },
	{ "relaxed, 1.3", true, TLS1_3_VERSION, true },
	{ "relaxed, 1.1", true, TLS1_1_VERSION, true },
	{ "relaxed, 1.0", true, TLS1_VERSION, true },
};

static void
relaxed_talks_to_old_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
		struct err err;
		struct tls_server *server = tls_server_new(NULL, 0, "mx.example.net", &err);
		struct tls_client *client = tls_client_new(&err);
		struct pair p;

		/* an old server: ours would not go below 1.2 */
		SSL_CTX_set_min_proto_version(tls_server_ctx(server), TLS1_VERSION);
		SSL_CTX_set_max_proto_version(tls_server_ctx(server), versions[i].server_version);
		SSL_CTX_set_cipher_list(tls_server_ctx(server), "ALL:@SECLEVEL=0");
		p = shake(tls_client_ctx(client, versions[i].relaxed), server, NULL);
		if (is_up(&p) != versions[i].works)
			fail_msg("%s", versions[i].name);
		pair_free(&p);
		tls_client_free(&client);
		tls_server_unref(&server);
	}
}

static void
our_server_refuses_old_clients(void **state)
{
	struct err err;
	struct tls_server *server = tls_server_new(NULL, 0, "mx.example.net", &err);
	struct tls_client *client = tls_client_new(&err);
	struct pair p;

	(void)state;
	SSL_CTX_set_max_proto_version(tls_client_ctx(client, true), TLS1_1_VERSION);
	p = shake(tls_client_ctx(client, true), server, NULL);
	assert_false(SSL_is_init_finished(p.server));
	pair_free(&p);
	tls_client_free(&client);
	tls_server_unref(&server);
}

static const struct {
	const char *name;
	int version;
	enum tls_binding kind;
	int rc;
	size_t n;
} bindings[] = {
	{ "exporter, 1.3", TLS1_3_VERSION, TLS_BINDING_EXPORTER, 0, 32 },
	{ "exporter, 1.2", TLS1_2_VERSION, TLS_BINDING_EXPORTER, -1, 0 },
	{ "unique, 1.3", TLS1_3_VERSION, TLS_BINDING_UNIQUE, -1, 0 },
	{ "unique, 1.2", TLS1_2_VERSION, TLS_BINDING_UNIQUE, 0, 12 },
	{ "end point, 1.3", TLS1_3_VERSION, TLS_BINDING_END_POINT, 0,
	  48 }, /* signed with SHA-384 */
	{ "end point, 1.2", TLS1_2_VERSION, TLS_BINDING_END_POINT, 0, 48 },
};

static void
both_ends_bind_to_the_same(void **state)
{
	struct tls_files files = { in_folder("a.crt"), in_folder("a.key") };
	unsigned char a[TLS_BINDING_MAX_BYTES], b[TLS_BINDING_MAX_BYTES];
	size_t a_n, b_n;

	(void)state;
	for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
		struct err err;
		struct tls_server *server = tls_server_new(&files, 1, "x", &err);
		struct tls_client *client = tls_client_new(&err);
		struct pair p, q;

		SSL_CTX_set_max_proto_version(tls_server_ctx(server), bindings[i].version);
		p = shake(tls_client_ctx(client, false), server, NULL);
		assert_true(is_up(&p));
		if (tls_binding_data(p.client, bindings[i].kind, a, &a_n) != bindings[i].rc ||
		    tls_binding_data(p.server, bindings[i].kind, b, &b_n) != bindings[i].rc ||
		    a_n != bindings[i].n || b_n != bindings[i].n)
			fail_msg("%s: %zu %zu", bindings[i].name, a_n, b_n);
		assert_memory_equal(a, b, a_n);
		q = shake(tls_client_ctx(client, false), server, NULL);
		if (bindings[i].rc == 0 && bindings[i].kind != TLS_BINDING_END_POINT) {
			assert_int_equal(tls_binding_data(q.client, bindings[i].kind, b, &b_n), 0);
			assert_memory_not_equal(a, b, a_n); /* another session, another binding */
		}
		pair_free(&p);
		pair_free(&q);
		tls_client_free(&client);
		tls_server_unref(&server);
	}
}

static void
no_unique_for_a_resumed_session(void **state)
{
	struct err err;
	struct tls_server *server = tls_server_new(NULL, 0, "x", &err);
	struct tls_client *client = tls_client_new(&err);
	unsigned char out[TLS_BINDING_MAX_BYTES];
	SSL_CTX *ctx = tls_client_ctx(client, false);
	SSL_SESSION *session;
	struct pair p;
	SSL *ssl;
	BIO *a, *b;
	size_t n;

	(void)state;
	SSL_CTX_set_max_proto_version(tls_server_ctx(server), TLS1_2_VERSION);
	p = shake(ctx, server, NULL);
	session = SSL_get1_session(p.client);
	SSL_set_shutdown(p.client,
			 SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* orderly: may resume */
	pair_free(&p);
	p = (struct pair){ SSL_new(ctx), SSL_new(tls_server_ctx(server)) };
	ssl = p.client;
	BIO_new_bio_pair(&a, 0, &b, 0);
	SSL_set_bio(ssl, a, a);
	SSL_set_bio(p.server, b, b);
	SSL_set_connect_state(ssl);
	SSL_set_accept_state(p.server);
	SSL_set_session(ssl, session);
	for (int i = 0; i < 20; i++) {
		SSL_do_handshake(ssl);
		SSL_do_handshake(p.server);
	}
	assert_true(is_up(&p));
	assert_int_equal(SSL_session_reused(ssl), 1); /* tickets work */
	assert_int_equal(tls_binding_data(ssl, TLS_BINDING_UNIQUE, out, &n), -1);
	SSL_SESSION_free(session);
	pair_free(&p);
	tls_client_free(&client);
	tls_server_unref(&server);
}

static void
no_binding_without_a_session(void **state)
{
	unsigned char out[TLS_BINDING_MAX_BYTES];
	size_t n = 7;

	(void)state;
	assert_int_equal(tls_binding_data(NULL, TLS_BINDING_EXPORTER, out, &n), -1);
	assert_int_equal(n, 0);
}

static void
references_keep_it(void **state)
{
	struct err err;
	struct tls_server *a = tls_server_new(NULL, 0, "x", &err), *b = tls_server_ref(a);

	(void)state;
	tls_server_unref(&a);
	assert_null(a);
	assert_non_null(tls_server_ctx(b));
	tls_server_unref(&b);
	tls_server_unref(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_files_are_named),
		cmocka_unit_test(server_name_selects),
		cmocka_unit_test(shows_a_certificate_by_source_address),
		cmocka_unit_test(facts_judge_chain_and_name),
		cmocka_unit_test(facts_of_plain_text),
		cmocka_unit_test(self_signed_for_a_host),
		cmocka_unit_test(relaxed_talks_to_old_servers),
		cmocka_unit_test(our_server_refuses_old_clients),
		cmocka_unit_test(both_ends_bind_to_the_same),
		cmocka_unit_test(no_unique_for_a_resumed_session),
		cmocka_unit_test(no_binding_without_a_session),
		cmocka_unit_test(references_keep_it),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
