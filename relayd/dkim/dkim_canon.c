/* dkim_canon.c - relaxed canonicalisation of header fields, and the digest that
 * is signed (RFC 6376 s3.4.2, s3.7). Pure. */
#include "dkim/dkim_private.h"

#include <pthread.h>
#include <string.h>

#include "base/must.h"

#define CANON_MAX_BYTES (1024 * 1024) /* of the fields signed at once */

static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
fetch_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(sha256 != NULL);
}

const EVP_MD *
dkim_sha256(void)
{
	pthread_once(&sha256_once, fetch_sha256);
	return sha256;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* squeeze - runs of blanks and folds become one space, none at either end. */
static char *
squeeze(struct span value, char *to)
{
	bool blank = false, begun = false;

	for (size_t i = 0; i < value.n; i++) {
		if (is_space(value.p[i])) {
			blank = begun;
			continue;
		}
		if (blank)
			*to++ = ' ';
		*to++ = value.p[i];
		blank = false;
		begun = true;
	}
	return to;
}

int
dkim_canon_header(struct span field, struct buf *out)
{
	struct span value, name = span_cut(field, ':', &value);
	char *mem = buf_reserve(out, field.n + 1), *to = mem;

	if (!mem)
		return -1;
	while (name.n > 0 && is_space(name.p[name.n - 1]))
		name.n--;
	for (size_t i = 0; i < name.n; i++)
		*to++ = lower(name.p[i]);
	*to++ = ':';
	to = squeeze(value, to);
	buf_commit(out, (size_t)(to - mem));
	return 0;
}

static int
canon_all(const struct span *fields, size_t count, struct span signature_field, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		if (dkim_canon_header(fields[i], out) < 0 || buf_append_text(out, "\r\n") < 0)
			return -1;
	return dkim_canon_header(signature_field, out);
}

int
dkim_digest(const struct span *fields, size_t count, struct span signature_field,
            unsigned char out[DKIM_HASH_BYTES], struct err *err)
{
	struct span text;
	struct buf canon;
	int rc = 0;

	buf_init(&canon, CANON_MAX_BYTES);
	if (canon_all(fields, count, signature_field, &canon) < 0) {
		rc = err_set(err, ERR_INPUT, 552, "5.3.4 Header is too large to be signed");
	} else {
		text = buf_span(&canon);
		must(EVP_Digest(text.p, text.n, out, NULL, dkim_sha256(), NULL) > 0);
	}
	buf_deinit(&canon);
	return rc;
}
