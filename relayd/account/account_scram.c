/* account_scram.c - see account_scram.h.
 *
 * The grammar is RFC 5802 s7. gs2-header = "n" / "y" / "p=" name, ",",
 * ["a=" user], ","; then "n=" user ",r=" nonce. An "m=" in front is a mandatory
 * extension nobody defined: refused. Names and secrets of ours are ASCII, on
 * which SASLprep does nothing. */
#include "account_scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "account_base64.h"
#include "account_secret.h"
#include "base/mem.h"
#include "base/must.h"

#define NAME_SIZE 256
#define NONCE_MAX 512 /* the client's */
#define BINDING_NAME_SIZE 32
#define BINDING_MAX 64
#define NONCE_TEXT_SIZE (ACCOUNT_SCRAM_NONCE_BYTES / 3 * 4 + 1)

struct account_scram {
	char user[NAME_SIZE];
	struct buf client_first_bare, server_first; /* for the signature over both */
	struct buf nonce;			    /* the client's and ours */
	struct buf binding;			    /* what c= must say, decoded */
};

static int
malformed(struct err *err, const char *what)
{
	return err_set(err, ERR_INPUT, 0, "SCRAM: %s", what);
}

void
account_scram_free(struct account_scram **scram)
{
	struct account_scram *s = *scram;

	*scram = NULL;
	if (s == NULL)
		return;
	buf_deinit(&s->client_first_bare);
	buf_deinit(&s->server_first);
	buf_deinit(&s->nonce);
	buf_deinit(&s->binding);
	mem_free(s);
}

const char *
account_scram_user(const struct account_scram *scram)
{
	return scram->user;
}

/* ---- reading ---------------------------------------------------------------------- */

/* take_attribute - "k=value" up to the next comma off the front of *rest. */
static int
take_attribute(struct span *rest, char key, struct span *value_out)
{
	struct span part = span_cut(*rest, ',', rest);

	if (part.n < 2 || part.p[0] != key || part.p[1] != '=')
		return -1;
	*value_out = (struct span){ part.p + 2, part.n - 2 };
	return 0;
}

/* read_name - saslname: "=2C" is a comma, "=3D" an equals sign, no other "=". */
static int
read_name(struct span in, char out[NAME_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '=') {
			struct span rest = { in.p + i, in.n - i };

			if (!span_starts_nocase(rest, "=2C") && !span_starts_nocase(rest, "=3D"))
				return -1;
			c = in.p[i + 1] == '2' ? ',' : '=';
			i += 2;
		}
		if (c == '\0' || n == NAME_SIZE - 1)
			return -1;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 ? 0 : -1;
}

static bool
is_nonce(struct span s)
{
	if (s.n == 0 || s.n > NONCE_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ',')
			return false;
	return true;
}

static const struct account_scram_binding *
find_binding(const struct account_scram_options *options, struct span name)
{
	for (size_t i = 0; i < options->bindings; i++)
		if (span_is(name, options->binding[i].name))
			return &options->binding[i];
	return NULL;
}

/* read_binding_flag - and put what c= must say into s->binding: the gs2 header
 * (appended by the caller) and the binding's bytes, kept in *found_out. */
static int
read_binding_flag(struct span flag, const struct account_scram_options *options,
		  const struct account_scram_binding **found_out, struct err *err)
{
	*found_out = NULL;
	if (span_is(flag, "n"))
		return options->is_plus ? malformed(err, "the -PLUS mechanism needs p=") : 0;
	if (span_is(flag, "y")) {
		if (options->is_plus || options->offers_plus)
			return malformed(err, "the client was kept from seeing -PLUS on offer");
		return 0;
	}
	if (!span_starts_nocase(flag, "p=") || flag.p[0] != 'p' || !options->is_plus)
		return malformed(err, "unknown channel binding flag");
	*found_out = find_binding(options, (struct span){ flag.p + 2, flag.n - 2 });
	if (*found_out == NULL)
		return malformed(err, "this kind of channel binding is not available here");
	return 0;
}

/* read_gs2 - the header before client-first-bare; *rest is left at the latter. */
static int
read_gs2(struct account_scram *s, const struct account_scram_options *options, struct span *rest,
	 char authzid[NAME_SIZE], struct err *err)
{
	struct span whole = *rest, flag, authz;
	const struct account_scram_binding *found;

	flag = span_cut(*rest, ',', rest);
	if (read_binding_flag(flag, options, &found, err) < 0)
		return -1;
	if (rest->p == NULL || rest->n == 0)
		return malformed(err, "the message ends early");
	authz = span_cut(*rest, ',', rest);
	authzid[0] = '\0';
	/* "a=" without a name is sent by GNU SASL for an empty one */
	if (authz.n > 0 && (authz.n < 2 || memcmp(authz.p, "a=", 2) != 0))
		return malformed(err, "bad authorization name");
	if (authz.n > 2 && read_name((struct span){ authz.p + 2, authz.n - 2 }, authzid) < 0)
		return malformed(err, "bad authorization name");
	if (rest->n == 0)
		return malformed(err, "the message ends early");
	must(buf_append(&s->binding, whole.p, (size_t)(rest->p - whole.p)) == 0);
	if (found != NULL)
		must(buf_append(&s->binding, found->data, found->n) == 0);
	return 0;
}

static int
read_client_first(struct account_scram *s, const struct account_scram_options *options,
		  struct span in, struct err *err)
{
	char authzid[NAME_SIZE];
	struct span name, nonce;

	if (in.n == 0 || in.n > ACCOUNT_SCRAM_MESSAGE_MAX / 2 || memchr(in.p, '\0', in.n) != NULL)
		return malformed(err, "the message is empty, too long or has a NUL");
	if (read_gs2(s, options, &in, authzid, err) < 0)
		return -1;
	must(buf_append_span(&s->client_first_bare, in) == 0);
	if (take_attribute(&in, 'n', &name) < 0 || read_name(name, s->user) < 0)
		return malformed(err, "no user name, or an extension nobody knows");
	if (take_attribute(&in, 'r', &nonce) < 0 || !is_nonce(nonce))
		return malformed(err, "no nonce");
	if (authzid[0] != '\0' && strcmp(authzid, s->user) != 0)
		return malformed(err, "acting for another user is not possible");
	must(buf_append_span(&s->nonce, nonce) == 0);
	return 0;
}

/* ---- answering ----------------------------------------------------------------------- */

/* write_server_first - for a name without credential the same as for one with:
 * the salt is derived in any case. */
static void
write_server_first(struct account_scram *s, const struct account_snapshot *snapshot,
		   const unsigned char *nonce)
{
	const struct account_credential *c =
		account_snapshot_credential(snapshot, span_of(s->user));
	unsigned iterations = c != NULL ? c->iterations : ACCOUNT_SCRAM_ITERATIONS;
	unsigned char salt[ACCOUNT_SALT_BYTES];

	account_snapshot_salt(snapshot, span_of(s->user), salt);
	if (c != NULL)
		memcpy(salt, c->salt, sizeof salt);
	account_base64_encode(nonce, ACCOUNT_SCRAM_NONCE_BYTES, &s->nonce);
	(void)buf_append_text(&s->server_first, "r=");
	(void)buf_append_span(&s->server_first, buf_span(&s->nonce));
	(void)buf_append_text(&s->server_first, ",s=");
	account_base64_encode(salt, ACCOUNT_SALT_BYTES, &s->server_first);
	must(buf_printf(&s->server_first, ",i=%u", iterations) == 0);
}

struct account_scram *
account_scram_first(const struct account_scram_options *options,
		    const struct account_snapshot *snapshot, struct span client_first,
		    struct buf *out, struct err *err)
{
	struct account_scram *s = mem_zero(1, sizeof *s);

	buf_init(&s->client_first_bare, ACCOUNT_SCRAM_MESSAGE_MAX);
	buf_init(&s->server_first, ACCOUNT_SCRAM_MESSAGE_MAX);
	buf_init(&s->nonce, NONCE_MAX + NONCE_TEXT_SIZE);
	buf_init(&s->binding, ACCOUNT_SCRAM_MESSAGE_MAX + BINDING_MAX);
	if (read_client_first(s, options, client_first, err) < 0) {
		account_scram_free(&s);
		return NULL;
	}
	write_server_first(s, snapshot, options->nonce);
	must(buf_append_span(out, buf_span(&s->server_first)) == 0);
	return s;
}

/* ---- proof --------------------------------------------------------------------------- */

static bool
is_right_binding(struct account_scram *s, struct span text)
{
	struct span want = buf_span(&s->binding);
	struct buf said;
	bool is_right;

	buf_init(&said, ACCOUNT_SCRAM_MESSAGE_MAX);
	is_right = account_base64_decode(text, &said) == 0 && said.len == want.n &&
		   CRYPTO_memcmp(buf_data(&said), want.p, want.n) == 0;
	buf_deinit(&said);
	return is_right;
}

static int
read_proof(struct span text, unsigned char proof[ACCOUNT_HASH_BYTES])
{
	struct buf bytes;
	int rc = -1;

	buf_init(&bytes, ACCOUNT_HASH_BYTES + 2); /* a group is decoded before its padding counts */
	if (account_base64_decode(text, &bytes) == 0 && bytes.len == ACCOUNT_HASH_BYTES) {
		memcpy(proof, buf_data(&bytes), ACCOUNT_HASH_BYTES);
		rc = 0;
	}
	buf_deinit(&bytes);
	return rc;
}

static void
hmac(const unsigned char key[ACCOUNT_HASH_BYTES], struct span text,
     unsigned char out[ACCOUNT_HASH_BYTES])
{
	must(HMAC(EVP_sha256(), key, ACCOUNT_HASH_BYTES, (const unsigned char *)text.p, text.n, out,
		  NULL) != NULL);
}

static bool
is_proof_of(const struct account_secret *secret, struct span auth_message,
	    const unsigned char proof[ACCOUNT_HASH_BYTES])
{
	unsigned char client_key[ACCOUNT_HASH_BYTES], stored[ACCOUNT_HASH_BYTES];

	hmac(secret->stored_key, auth_message, client_key);
	for (size_t i = 0; i < sizeof client_key; i++)
		client_key[i] ^= proof[i];
	must(SHA256(client_key, sizeof client_key, stored) != NULL);
	mem_wipe(client_key, sizeof client_key);
	return CRYPTO_memcmp(stored, secret->stored_key, sizeof stored) == 0;
}

/* try_secrets - all places are tried, used or not, known or not. */
static const struct account_secret *
try_secrets(const struct account_credential *credential, struct span auth_message,
	    const unsigned char proof[ACCOUNT_HASH_BYTES], int64_t now_unix_ms)
{
	static const struct account_credential nobody;
	const struct account_secret *found = NULL;

	if (credential == NULL || credential->is_revoked)
		credential = &nobody;
	for (size_t i = 0; i < ACCOUNT_SECRETS_MAX; i++) {
		const struct account_secret *secret = &credential->secret[i];
		bool fits = is_proof_of(secret, auth_message, proof);

		if (fits && i < credential->secrets && account_secret_is_live(secret, now_unix_ms))
			found = secret;
	}
	return found;
}

static void
write_server_final(const struct account_secret *secret, struct span auth_message, struct buf *out)
{
	unsigned char signature[ACCOUNT_HASH_BYTES];

	hmac(secret->server_key, auth_message, signature);
	(void)buf_append_text(out, "v=");
	account_base64_encode(signature, sizeof signature, out);
}

struct client_final {
	struct span binding, nonce, proof, without_proof;
};

static int
read_client_final(struct span in, struct client_final *out)
{
	const char *proof = in.n > 0 ? memrchr(in.p, ',', in.n) : NULL;
	struct span rest;

	if (proof == NULL || in.n > ACCOUNT_SCRAM_MESSAGE_MAX || memchr(in.p, '\0', in.n) != NULL)
		return -1;
	out->without_proof = (struct span){ in.p, (size_t)(proof - in.p) };
	rest = (struct span){ proof + 1, in.n - out->without_proof.n - 1 };
	if (take_attribute(&rest, 'p', &out->proof) < 0)
		return -1;
	rest = out->without_proof; /* extensions may follow the nonce: they are signed too */
	if (take_attribute(&rest, 'c', &out->binding) < 0 ||
	    take_attribute(&rest, 'r', &out->nonce) < 0)
		return -1;
	return 0;
}

const struct account_secret *
account_scram_final(struct account_scram *scram, const struct account_snapshot *snapshot,
		    struct span client_final, int64_t now_unix_ms,
		    const struct account_credential **credential_out, struct buf *out,
		    struct err *err)
{
	unsigned char proof[ACCOUNT_HASH_BYTES] = { 0 };
	struct client_final final;
	const struct account_secret *found;
	struct buf message;

	*credential_out = NULL;
	if (read_client_final(client_final, &final) < 0 || read_proof(final.proof, proof) < 0) {
		malformed(err, "bad final message");
		return NULL;
	}
	buf_init(&message, 3 * ACCOUNT_SCRAM_MESSAGE_MAX);
	(void)buf_append_span(&message, buf_span(&scram->client_first_bare));
	(void)buf_append_text(&message, ",");
	(void)buf_append_span(&message, buf_span(&scram->server_first));
	(void)buf_append_text(&message, ",");
	must(buf_append_span(&message, final.without_proof) == 0);
	found = try_secrets(account_snapshot_credential(snapshot, span_of(scram->user)),
			    buf_span(&message), proof, now_unix_ms);
	if (!span_equals(final.nonce, buf_span(&scram->nonce)) ||
	    !is_right_binding(scram, final.binding))
		found = NULL;
	if (found != NULL) {
		*credential_out = account_snapshot_credential(snapshot, span_of(scram->user));
		write_server_final(found, buf_span(&message), out);
	} else {
		err_set(err, ERR_PERM, 0, "SCRAM: not let in");
	}
	buf_deinit(&message);
	return found;
}
