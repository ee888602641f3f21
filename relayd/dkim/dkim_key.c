/* dkim_key.c - private keys: made, read, written, and used to sign a digest.
 *
 * A key is immutable; OpenSSL counts references to it atomically and keeps RSA
 * blinding behind its own lock, so threads may share one. */
#include "dkim/dkim.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "base/must.h"
#include "dkim/dkim_private.h"

#define RSA_BITS 2048
#define RSA_BITS_MOST 4096
#define RSA_BITS_LEAST 1024 /* RFC 8301 s3.2: signers must not use less */
#define PEM_MAX_BYTES (16 * 1024)
#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
#define RECORD_KEY_MAX_BYTES 1024 /* DER of an RSA-4096 public key is 550 */

struct dkim_key {
	enum dkim_algorithm algorithm;
	EVP_PKEY *pkey;
};

/* ssl_error - OpenSSL's reason beside ours; its queue must not leak into the
 * next TLS call on this thread. */
static int
ssl_error(struct err *err, enum err_kind kind, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(err, kind, 0, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

/* ---- the two algorithms ----------------------------------------------------- */

static int
sign_rsa(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out, size_t *bytes)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	int ok = ctx && EVP_PKEY_sign_init(ctx) > 0 &&
	         EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	         EVP_PKEY_CTX_set_signature_md(ctx, dkim_sha256()) > 0 &&
	         EVP_PKEY_sign(ctx, out, bytes, digest, DKIM_HASH_BYTES) > 0;

	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int
sign_ed25519(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out, size_t *bytes)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) > 0 &&
	         EVP_DigestSign(ctx, out, bytes, digest, DKIM_HASH_BYTES) > 0;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* public_rsa - SubjectPublicKeyInfo (RFC 6376 s3.6.1). */
static size_t
public_rsa(const EVP_PKEY *pkey, unsigned char out[RECORD_KEY_MAX_BYTES])
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);
	size_t bytes = n > 0 && n <= RECORD_KEY_MAX_BYTES ? (size_t)n : 0;

	if (bytes > 0)
		memcpy(out, der, bytes);
	OPENSSL_free(der);
	return bytes;
}

/* public_ed25519 - the bare 32 bytes, no ASN.1 around them (RFC 8463 s4). */
static size_t
public_ed25519(const EVP_PKEY *pkey, unsigned char out[RECORD_KEY_MAX_BYTES])
{
	size_t bytes = RECORD_KEY_MAX_BYTES;

	return EVP_PKEY_get_raw_public_key(pkey, out, &bytes) > 0 ? bytes : 0;
}

static EVP_PKEY *
generate_rsa(unsigned bits)
{
	return EVP_RSA_gen(bits);
}

static EVP_PKEY *
generate_ed25519(unsigned bits)
{
	(void)bits;
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static const struct {
	int type;
	const char *record_name; /* k= */
	EVP_PKEY *(*generate)(unsigned bits);
	int (*sign)(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out,
	            size_t *bytes);
	size_t (*public_key)(const EVP_PKEY *pkey, unsigned char out[RECORD_KEY_MAX_BYTES]);
} algorithms[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = { EVP_PKEY_RSA, "rsa", generate_rsa, sign_rsa, public_rsa },
	[DKIM_ED25519_SHA256] = { EVP_PKEY_ED25519, "ed25519", generate_ed25519, sign_ed25519,
	                          public_ed25519 },
};

/* ---- keys ------------------------------------------------------------------- */

static struct dkim_key *
wrap(enum dkim_algorithm algorithm, EVP_PKEY *pkey)
{
	struct dkim_key *key = mem_zero(1, sizeof *key);

	key->algorithm = algorithm;
	key->pkey = pkey;
	return key;
}

static struct dkim_key *
generate(enum dkim_algorithm algorithm, unsigned bits, struct err *err)
{
	EVP_PKEY *pkey = algorithms[algorithm].generate(bits);

	if (!pkey) {
		ssl_error(err, ERR_SYSTEM, "cannot generate a DKIM key");
		return NULL;
	}
	return wrap(algorithm, pkey);
}

struct dkim_key *
dkim_key_generate(enum dkim_algorithm algorithm, struct err *err)
{
	must(algorithm >= 0 && algorithm < DKIM_ALGORITHM_COUNT);
	return generate(algorithm, RSA_BITS, err);
}

struct dkim_key *
dkim_key_generate_rsa(unsigned bits, struct err *err)
{
	if (bits == 0)
		bits = RSA_BITS;
	if (bits < RSA_BITS || bits > RSA_BITS_MOST || bits % 8 != 0) {
		err_set(err, ERR_INPUT, 0, "a new RSA key has %d to %d bits, a multiple of 8",
		        RSA_BITS, RSA_BITS_MOST);
		return NULL;
	}
	return generate(DKIM_RSA_SHA256, bits, err);
}

/* no_password - the default would ask on the terminal. */
static int
no_password(char *text, int size, int for_writing, void *arg)
{
	(void)text;
	(void)size;
	(void)for_writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	return pkey;
}

struct dkim_key *
dkim_key_new(struct span pem, struct err *err)
{
	EVP_PKEY *pkey = pem.n > 0 && pem.n <= PEM_MAX_BYTES ? read_pem(pem) : NULL;

	if (!pkey) {
		ssl_error(err, ERR_INPUT, "not a private key in PEM");
		return NULL;
	}
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++) {
		if (EVP_PKEY_get_base_id(pkey) != algorithms[a].type)
			continue;
		if (a == DKIM_RSA_SHA256 && EVP_PKEY_get_bits(pkey) < RSA_BITS_LEAST)
			break;
		if ((size_t)EVP_PKEY_get_size(pkey) > DKIM_SIGNATURE_MAX_BYTES)
			break;
		return wrap((enum dkim_algorithm)a, pkey);
	}
	EVP_PKEY_free(pkey);
	err_set(err, ERR_INPUT, 0, "a DKIM key is RSA of 1024 to 4096 bits, or Ed25519");
	return NULL;
}

static bool
has_text(struct span text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* check_numbers - primes that are none, or halves that do not belong together, would sign
 * what nobody can verify, or give the key away. */
static int
check_numbers(const struct dkim_key *key, struct err *err)
{
	EVP_PKEY_CTX *ctx;
	int ok = 1;

	if (key->algorithm == DKIM_RSA_SHA256) {
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
		ok = ctx && EVP_PKEY_check(ctx) > 0;
		EVP_PKEY_CTX_free(ctx);
	}
	return ok ? 0 : ssl_error(err, ERR_INPUT, "the RSA key's numbers do not fit together");
}

struct dkim_key *
dkim_key_import(struct span pem, struct err *err)
{
	bool is_private = has_text(pem, "PRIVATE KEY-----");
	struct dkim_key *key;

	if (!is_private && (has_text(pem, "PUBLIC KEY-----") || has_text(pem, "CERTIFICATE-----")))
		err_set(err, ERR_INPUT, 0,
		        "this is a public key, which signs nothing; the private one is asked for");
	else if (has_text(pem, "ENCRYPTED"))
		err_set(err, ERR_INPUT, 0,
		        "the key is encrypted; openssl pkey -in FILE decrypts it");
	else if ((key = dkim_key_new(pem, err)) != NULL && check_numbers(key, err) == 0)
		return key;
	else
		dkim_key_free(&key);
	return NULL;
}

unsigned
dkim_key_bits(const struct dkim_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

void
dkim_key_free(struct dkim_key **key)
{
	struct dkim_key *k = *key;

	*key = NULL;
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	mem_free(k);
}

enum dkim_algorithm
dkim_key_algorithm(const struct dkim_key *key)
{
	return key->algorithm;
}

int
dkim_key_write_pem(const struct dkim_key *key, struct buf *out, struct err *err)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long n = 0;
	int rc = -1;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) > 0)
		n = BIO_get_mem_data(bio, &text);
	if (n <= 0)
		ssl_error(err, ERR_SYSTEM, "cannot write a DKIM key");
	else if (buf_append(out, text, (size_t)n) < 0)
		err_set(err, ERR_LIMIT, 0, "no room for a DKIM key");
	else
		rc = 0;
	BIO_free(bio); /* of secure memory: wiped when freed */
	return rc;
}

int
dkim_key_write_record(const struct dkim_key *key, struct buf *out, struct err *err)
{
	unsigned char raw[RECORD_KEY_MAX_BYTES], text[BASE64_BYTES(RECORD_KEY_MAX_BYTES)];
	size_t n = algorithms[key->algorithm].public_key(key->pkey, raw);

	if (n == 0)
		return ssl_error(err, ERR_SYSTEM, "cannot write a DKIM key's record");
	EVP_EncodeBlock(text, raw, (int)n);
	if (buf_printf(out, "v=DKIM1; k=%s; p=%s", algorithms[key->algorithm].record_name,
	               (const char *)text) < 0)
		return err_set(err, ERR_LIMIT, 0, "no room for a DKIM record");
	return 0;
}

int
dkim_key_sign(const struct dkim_key *key, const unsigned char digest[DKIM_HASH_BYTES],
              unsigned char out[DKIM_SIGNATURE_MAX_BYTES], size_t *bytes_out, struct err *err)
{
	*bytes_out = DKIM_SIGNATURE_MAX_BYTES;
	if (algorithms[key->algorithm].sign(key->pkey, digest, out, bytes_out) < 0)
		return ssl_error(err, ERR_SYSTEM, "cannot sign with the DKIM key");
	return 0;
}
