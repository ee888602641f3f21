/* dkim_body.c - the body hash (RFC 6376 s3.4.4), while the body streams by.
 *
 * Relaxed canonicalisation changes little in ordinary text: a run without tabs,
 * double spaces and spaces at line ends goes into SHA-256 as it is, straight
 * from the caller's memory. Only what is odd is taken byte by byte, with three
 * things held back until it is known what follows them: blanks (one space, or
 * nothing at a line's end), a CR, and line ends (nothing at the body's end). */
#include "dkim/dkim.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "dkim/dkim_private.h"

#define STAGE_BYTES 512

struct dkim_body_hash {
	EVP_MD_CTX *ctx;
	uint64_t line_ends;    /* held back */
	bool has_blank;        /* held back, in the line after line_ends */
	bool has_cr;           /* held back, after the blank */
	bool is_begun;         /* something was hashed: the end gets its CRLF */
	size_t staged;
	char stage[STAGE_BYTES]; /* small pieces on their way to ctx */
};

struct dkim_body_hash *
dkim_body_hash_new(void)
{
	struct dkim_body_hash *hash = mem_zero(1, sizeof *hash);

	hash->ctx = EVP_MD_CTX_new();
	must(hash->ctx != NULL && EVP_DigestInit_ex2(hash->ctx, dkim_sha256(), NULL) > 0);
	return hash;
}

static void
flush_stage(struct dkim_body_hash *hash)
{
	must(EVP_DigestUpdate(hash->ctx, hash->stage, hash->staged) > 0);
	hash->staged = 0;
}

static void
emit(struct dkim_body_hash *hash, const char *p, size_t n)
{
	if (n > STAGE_BYTES - hash->staged)
		flush_stage(hash);
	if (n > STAGE_BYTES / 2) {
		flush_stage(hash);
		must(EVP_DigestUpdate(hash->ctx, p, n) > 0);
		return;
	}
	memcpy(hash->stage + hash->staged, p, n);
	hash->staged += n;
}

static void
emit_held(struct dkim_body_hash *hash)
{
	for (; hash->line_ends > 0; hash->line_ends--)
		emit(hash, "\r\n", 2);
	if (hash->has_blank)
		emit(hash, " ", 1);
	if (hash->has_cr)
		emit(hash, "\r", 1); /* no LF came: an ordinary byte after all */
	hash->has_blank = hash->has_cr = false;
	hash->is_begun = true;
}

/* hold - is this byte one that waits for the next? */
static bool
hold(struct dkim_body_hash *hash, char c)
{
	if (c == '\n' && hash->has_cr) {
		hash->has_cr = hash->has_blank = false;
		hash->line_ends++;
		return true;
	}
	if (c != ' ' && c != '\t' && c != '\r')
		return false;
	if (hash->has_cr)
		emit_held(hash);
	if (c == '\r')
		hash->has_cr = true;
	else
		hash->has_blank = true;
	return true;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* zero_bytes - not 0 if and only if a byte of v is 0. */
static uint64_t
zero_bytes(uint64_t v)
{
	return (v - EACH(0x01)) & ~v & EACH(0x80);
}

static bool
is_odd(char c, char next)
{
	return c == '\t' || (c == ' ' && (next == ' ' || next == '\r' || next == '\t'));
}

/* plain_bytes - how far canonicalisation changes nothing, as far as this chunk
 * tells: eight bytes at a time, each with the one after it. */
static size_t
plain_bytes(const char *p, size_t n)
{
	uint64_t here, next;
	size_t i = 0;

	for (; i + sizeof here < n; i += sizeof here) {
		memcpy(&here, p + i, sizeof here);
		memcpy(&next, p + i + 1, sizeof next);
		/* a byte is a space and the next a space or CR, or it is a tab */
		if (zero_bytes(here ^ EACH('\t')) |
		    zero_bytes((here ^ EACH(' ')) | (next ^ EACH(' '))) |
		    zero_bytes((here ^ EACH(' ')) | (next ^ EACH('\r'))))
			break;
	}
	while (i < n && !is_odd(p[i], i + 1 < n ? p[i + 1] : ' '))
		i++;
	while (i > 0 && (p[i - 1] == '\r' || p[i - 1] == '\n' || p[i - 1] == ' '))
		i--;
	return i;
}

void
dkim_body_hash_update(struct dkim_body_hash *hash, struct span bytes)
{
	const char *p = bytes.p, *end = bytes.p + bytes.n;

	while (p < end) {
		size_t n;

		if (hold(hash, *p)) {
			p++;
			continue;
		}
		emit_held(hash);
		n = plain_bytes(p, (size_t)(end - p));
		if (n == 0)
			n = 1; /* a stray LF */
		emit(hash, p, n);
		p += n;
	}
}

void
dkim_body_hash_end(struct dkim_body_hash **hash, unsigned char out[DKIM_HASH_BYTES])
{
	struct dkim_body_hash *h = *hash;

	if (h->has_cr)
		emit_held(h);
	if (h->is_begun)
		emit(h, "\r\n", 2);
	flush_stage(h);
	must(EVP_DigestFinal_ex(h->ctx, out, NULL) > 0);
	dkim_body_hash_free(hash);
}

void
dkim_body_hash_free(struct dkim_body_hash **hash)
{
	struct dkim_body_hash *h = *hash;

	*hash = NULL;
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	mem_free(h);
}
