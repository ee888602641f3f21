/* evidence_unpack.c - gzip (RFC 1952), and zip as far as reports need it: the first
 * member's local header (PKWARE APPNOTE 4.3.7), stored or deflated. Its sizes are not
 * believed: a stream ends by itself, and out's cap ends a bomb. */
#include "evidence/evidence.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define PIECE (64 * 1024)
#define ZIP_HEADER 30
#define ZIP_ENCRYPTED 1
#define ZIP_STORED 0
#define ZIP_DEFLATED 8

static int
fail(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, EINVAL, "it cannot be unpacked: %s", why);
}

/* inflate_all - window_bits: zlib's, with 16 for gzip, negative for a bare stream. */
static int
inflate_all(struct span packed, int window_bits, struct buf *out, struct err *err)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)packed.p, .avail_in = (uInt)packed.n };
	static const char too_large[] = "it is too large";
	char piece[PIECE];
	int rc;

	if (inflateInit2(&z, window_bits) != Z_OK)
		return err_set(err, ERR_SYSTEM, ENOMEM, "no memory to unpack it");
	do {
		z.next_out = (Bytef *)piece;
		z.avail_out = sizeof piece;
		rc = inflate(&z, Z_NO_FLUSH);
		if ((rc == Z_OK || rc == Z_STREAM_END)
		    && buf_append(out, piece, sizeof piece - z.avail_out) < 0) {
			(void)inflateEnd(&z);
			return fail(err, too_large);
		}
	} while (rc == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	(void)inflateEnd(&z);
	return rc == Z_STREAM_END ? 0 : fail(err, rc == Z_OK || rc == Z_BUF_ERROR
						  ? "it is cut short" : "it is damaged");
}

static uint32_t
little(const char *p, int bytes)
{
	uint32_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | (unsigned char)p[i];
	return value;
}

static int
unzip(struct span packed, struct buf *out, struct err *err)
{
	uint32_t flags, method, size;
	size_t begin;

	if (packed.n < ZIP_HEADER)
		return fail(err, "it is cut short");
	flags = little(packed.p + 6, 2);
	method = little(packed.p + 8, 2);
	size = little(packed.p + 18, 4);
	begin = ZIP_HEADER + (size_t)little(packed.p + 26, 2) + little(packed.p + 28, 2);
	if (flags & ZIP_ENCRYPTED)
		return fail(err, "it is encrypted");
	if (begin > packed.n)
		return fail(err, "it is cut short");
	packed = (struct span){ packed.p + begin, packed.n - begin };
	if (method == ZIP_DEFLATED)
		return inflate_all(packed, -MAX_WBITS, out, err);
	if (method != ZIP_STORED)
		return fail(err, "its method of compression is not known");
	if (size > packed.n)
		return fail(err, "it is cut short");
	return buf_append(out, packed.p, size) < 0 ? fail(err, "it is too large") : 0;
}

int
evidence_unpack(struct span packed, struct buf *out, struct err *err)
{
	if (packed.n > EVIDENCE_FILE_MAX)
		return fail(err, "it is too large");
	if (packed.n >= 2 && memcmp(packed.p, "PK", 2) == 0)
		return unzip(packed, out, err);
	return inflate_all(packed, 16 + MAX_WBITS, out, err);
}
