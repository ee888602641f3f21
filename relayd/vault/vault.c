/* vault.c - see vault.h. */
#include "vault/vault.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rand.h"
#include "vault/master_key.h"

#define PREFIX "relay-sealed:1:"
#define ID_BYTES 8
#define ID_DIGITS ((size_t)2 * ID_BYTES)
#define HEAD_BYTES (sizeof PREFIX - 1 + ID_DIGITS + 1)
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define RAW_MAX_BYTES (NONCE_BYTES + VAULT_PLAIN_MAX_BYTES + TAG_BYTES)

static_assert(HEAD_BYTES + 2 * RAW_MAX_BYTES <= VAULT_SEALED_MAX_BYTES, "a row has room");

struct vault_key {
	bool is_there;
	char id[ID_DIGITS + 1];
	unsigned char secret[MASTER_KEY_BYTES]; /* derived: the master key itself is not kept */
};

struct vault {
	struct vault_key current, old;
};

/* ---- keys ------------------------------------------------------------------------ */

static void
write_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

/* derive - one purpose, one key (NIST SP 800-108: HMAC over a label). */
static void
derive(const unsigned char *master, const char *label, unsigned char out[MASTER_KEY_BYTES])
{
	unsigned int n = 0;

	must(HMAC(EVP_sha256(), master, MASTER_KEY_BYTES, (const unsigned char *)label,
		  strlen(label), out, &n) != NULL && n == MASTER_KEY_BYTES);
}

static int
load_key(const char *file, bool is_credential, struct vault_key *key, struct err *err)
{
	unsigned char master[MASTER_KEY_BYTES], id[MASTER_KEY_BYTES];

	if (master_key_read(file, is_credential, master, err) < 0)
		return -1;
	derive(master, "relay dkim keys at rest", key->secret);
	derive(master, "relay master key id", id);
	write_hex(id, ID_BYTES, key->id);
	key->is_there = true;
	mem_wipe(master, sizeof master);
	mem_wipe(id, sizeof id);
	return 0;
}

/* load - from the file named in relayd.conf, else from systemd, else not at all. */
static int
load(const char *file, const char *credential, struct vault_key *key, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[512];
	FILE *probe;

	if (file != NULL)
		return load_key(file, false, key, err);
	if (folder == NULL ||
	    snprintf(path, sizeof path, "%s/%s", folder, credential) >= (int)sizeof path)
		return 0;
	probe = fopen(path, "re");
	if (probe == NULL && errno == ENOENT)
		return 0; /* the folder is there for other credentials */
	if (probe != NULL)
		fclose(probe); /* else load_key says why: not to go on without it */
	return load_key(path, true, key, err);
}

struct vault *
vault_open(const char *key_file, const char *old_key_file, struct err *err)
{
	struct vault *vault = mem_zero(1, sizeof *vault);

	if (load(key_file, "relayd-master-key", &vault->current, err) == 0 &&
	    load(old_key_file, "relayd-master-key-old", &vault->old, err) == 0)
		return vault;
	vault_close(&vault);
	return NULL;
}

void
vault_close(struct vault **vault)
{
	struct vault *v = *vault;

	*vault = NULL;
	if (v == NULL)
		return;
	mem_wipe(v, sizeof *v);
	mem_free(v);
}

bool
vault_can_seal(const struct vault *vault)
{
	return vault != NULL && vault->current.is_there;
}

/* ---- rows ------------------------------------------------------------------------- */

bool
vault_is_sealed(struct span row)
{
	return row.n >= sizeof PREFIX - 1 && memcmp(row.p, PREFIX, sizeof PREFIX - 1) == 0;
}

static struct span
id_of(struct span row)
{
	return (struct span){ row.p + sizeof PREFIX - 1, ID_DIGITS };
}

static bool
has_head(struct span row)
{
	return row.n > HEAD_BYTES && vault_is_sealed(row) && row.p[HEAD_BYTES - 1] == ':';
}

bool
vault_is_current(const struct vault *vault, struct span row)
{
	return vault_can_seal(vault) && has_head(row) &&
	       span_is(id_of(row), vault->current.id);
}

/* add_context - what the row must belong to; lengths make the parts unambiguous. */
static bool
add_context(EVP_CIPHER_CTX *ctx, struct span head, const char *domain, const char *selector)
{
	const struct span part[] = { head, span_of(domain), span_of(selector) };
	int n;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		const unsigned char size[2] = { (unsigned char)(part[i].n >> 8),
						(unsigned char)part[i].n };

		if (EVP_CipherUpdate(ctx, NULL, &n, size, sizeof size) <= 0 ||
		    EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)part[i].p,
				     (int)part[i].n) <= 0)
			return false;
	}
	return true;
}

/* seal_raw - raw: the nonce, room for the text, room for the tag. */
static bool
seal_raw(const struct vault_key *key, struct span head, const char *domain, const char *selector,
	 struct span plain, unsigned char *raw)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *text = raw + NONCE_BYTES;
	int n = 0;
	bool ok = ctx != NULL &&
		  EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->secret, raw, 1) > 0 &&
		  add_context(ctx, head, domain, selector) &&
		  EVP_CipherUpdate(ctx, text, &n, (const unsigned char *)plain.p, (int)plain.n) >
			  0 &&
		  n == (int)plain.n && EVP_CipherFinal_ex(ctx, text + n, &n) > 0 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + plain.n) > 0;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* unseal_raw - n bytes of nonce, text and tag; plain has room for the text. */
static bool
unseal_raw(const struct vault_key *key, struct span head, const char *domain, const char *selector,
	   unsigned char *raw, size_t n, char *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t text_bytes = n - NONCE_BYTES - TAG_BYTES;
	unsigned char *out = (unsigned char *)plain;
	int done = 0;
	bool ok = ctx != NULL &&
		  EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->secret, raw, 0) > 0 &&
		  add_context(ctx, head, domain, selector) &&
		  EVP_CipherUpdate(ctx, out, &done, raw + NONCE_BYTES, (int)text_bytes) > 0 &&
		  done == (int)text_bytes &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES,
				      raw + NONCE_BYTES + text_bytes) > 0 &&
		  EVP_CipherFinal_ex(ctx, out + done, &done) > 0;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

int
vault_seal(const struct vault *vault, const char *domain, const char *selector,
	   struct span plain, struct buf *out, struct err *err)
{
	unsigned char raw[RAW_MAX_BYTES];
	size_t n = NONCE_BYTES + plain.n + TAG_BYTES;
	char head[HEAD_BYTES + 1], *room;

	if (plain.n == 0 || plain.n > VAULT_PLAIN_MAX_BYTES)
		return err_set(err, ERR_LIMIT, 0, "DKIM key %s of %.60s is too long to be kept",
			       selector, domain);
	if (!vault_can_seal(vault))
		return buf_append_span(out, plain) == 0
			       ? 0 : err_set(err, ERR_LIMIT, 0, "no room for a DKIM key");
	(void)snprintf(head, sizeof head, "%s%s:", PREFIX, vault->current.id);
	rand_secret(raw, NONCE_BYTES);
	if (!seal_raw(&vault->current, span_of(head), domain, selector, plain, raw))
		return err_set(err, ERR_SYSTEM, 0, "DKIM key %s of %.60s cannot be sealed",
			       selector, domain);
	room = buf_reserve(out, HEAD_BYTES + 2 * n);
	if (room == NULL)
		return err_set(err, ERR_LIMIT, 0, "no room for a sealed DKIM key");
	memcpy(room, head, HEAD_BYTES);
	write_hex(raw, n, room + HEAD_BYTES);
	buf_commit(out, HEAD_BYTES + 2 * n);
	return 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* read_hex - lower case only: one row, one spelling. Returns the number of bytes, 0: none. */
static size_t
read_hex(struct span text, unsigned char raw[RAW_MAX_BYTES])
{
	if (text.n % 2 != 0 || text.n / 2 > RAW_MAX_BYTES)
		return 0;
	for (size_t i = 0; i < text.n / 2; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		raw[i] = (unsigned char)(high << 4 | low);
	}
	return text.n / 2;
}

static const struct vault_key *
find_key(const struct vault *vault, struct span id)
{
	if (vault == NULL)
		return NULL;
	if (vault->current.is_there && span_is(id, vault->current.id))
		return &vault->current;
	return vault->old.is_there && span_is(id, vault->old.id) ? &vault->old : NULL;
}

static int
damaged(const char *domain, const char *selector, struct err *err)
{
	return err_set(err, ERR_INPUT, 0, "%.48s: the sealed DKIM key %.24s is damaged; dkim "
					  "rotate makes another, dkim remove forgets it", domain,
		       selector);
}

int
vault_unseal(const struct vault *vault, const char *domain, const char *selector,
	     struct span row, struct buf *out, struct err *err)
{
	unsigned char raw[RAW_MAX_BYTES];
	const struct vault_key *key;
	struct span head = { row.p, HEAD_BYTES };
	size_t n;
	char *room;

	if (!vault_is_sealed(row))
		return buf_append_span(out, row) == 0 ? 0 : damaged(domain, selector, err);
	if (!has_head(row))
		return damaged(domain, selector, err);
	key = find_key(vault, id_of(row));
	if (key == NULL)
		return err_set(err, ERR_PERM, 0,
			       "%.60s: DKIM key %.20s is sealed under master key %.8s: give it as "
			       "master_key or master_key_old", domain, selector, id_of(row).p);
	n = read_hex((struct span){ row.p + HEAD_BYTES, row.n - HEAD_BYTES }, raw);
	if (n <= NONCE_BYTES + TAG_BYTES)
		return damaged(domain, selector, err);
	room = buf_reserve(out, n); /* once: a growing buffer leaves copies behind */
	if (room == NULL || !unseal_raw(key, head, domain, selector, raw, n, room)) {
		if (room != NULL)
			mem_wipe(room, n);
		return damaged(domain, selector, err);
	}
	buf_commit(out, n - NONCE_BYTES - TAG_BYTES);
	return 0;
}

void
vault_wipe(struct buf *secret)
{
	if (secret->mem != NULL)
		mem_wipe(secret->mem, secret->cap);
	buf_deinit(secret);
}
