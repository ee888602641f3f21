/* dkim.c - one signature: choose fields, write the field without b=, hash,
 * sign, write b= (RFC 6376 s5).
 *
 * The field is folded before it is hashed and never again after; b= comes last,
 * so that taking its value out (s3.7) leaves exactly the bytes that were hashed. */
#include "dkim/dkim.h"

#include <string.h>

#include "base/must.h"
#include "dkim/dkim_private.h"

#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
#define FOLD_AT_BYTES 68
#define FIELD_MAX_BYTES (64 * 1024)

static const char *const algorithm_names[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = "rsa-sha256",
	[DKIM_ED25519_SHA256] = "ed25519-sha256",
};

/* put_tags - everything up to "b=". */
static int
put_tags(const struct dkim_request *request, const struct dkim_choice *choice, struct buf *out)
{
	unsigned char body_hash[BASE64_BYTES(DKIM_HASH_BYTES)];
	struct span names = buf_span(&choice->names);

	EVP_EncodeBlock(body_hash, request->body_hash, DKIM_HASH_BYTES);
	if (buf_printf(
		    out,
		    "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n\td=%s; s=%s;\r\n\tt=%lld;",
		    algorithm_names[dkim_key_algorithm(request->key)], request->domain,
		    request->selector, (long long)request->now_unix_sec) < 0)
		return -1;
	if (request->expires_unix_sec > 0 &&
	    buf_printf(out, " x=%lld;", (long long)request->expires_unix_sec) < 0)
		return -1;
	return buf_printf(out, "\r\n\th=%.*s;\r\n\tbh=%s;\r\n\tb=", (int)names.n, names.p,
			  (const char *)body_hash);
}

static int
put_signature(const unsigned char *signature, size_t bytes, struct buf *out)
{
	unsigned char text[BASE64_BYTES(DKIM_SIGNATURE_MAX_BYTES)];
	struct span left = { (const char *)text,
			     (size_t)EVP_EncodeBlock(text, signature, (int)bytes) };

	while (left.n > FOLD_AT_BYTES) {
		if (buf_append(out, left.p, FOLD_AT_BYTES) < 0 ||
		    buf_append_text(out, "\r\n\t") < 0)
			return -1;
		left = (struct span){ left.p + FOLD_AT_BYTES, left.n - FOLD_AT_BYTES };
	}
	if (buf_append_span(out, left) < 0)
		return -1;
	return buf_append_text(out, "\r\n");
}

static int
sign_choice(const struct dkim_request *request, const struct dkim_choice *choice, struct buf *field,
	    struct err *err)
{
	unsigned char digest[DKIM_HASH_BYTES], signature[DKIM_SIGNATURE_MAX_BYTES];
	size_t bytes;

	if (put_tags(request, choice, field) < 0)
		return err_set(err, ERR_INPUT, 550, "5.6.0 Too many header fields to be signed");
	if (dkim_digest(choice->field, choice->fields, buf_span(field), digest, err) < 0 ||
	    dkim_key_sign(request->key, digest, signature, &bytes, err) < 0)
		return -1;
	must(put_signature(signature, bytes, field) == 0);
	return 0;
}

int
dkim_sign(const struct dkim_request *request, struct buf *out, struct err *err)
{
	struct dkim_choice choice;
	struct buf field;
	int rc;

	buf_init(&field, FIELD_MAX_BYTES);
	rc = dkim_select(request->header, &choice, err);
	if (rc == 0)
		rc = sign_choice(request, &choice, &field, err);
	if (rc == 0 && buf_append_span(out, buf_span(&field)) < 0)
		rc = err_set(err, ERR_INPUT, 552, "5.3.4 Header is too large with its signature");
	dkim_choice_deinit(&choice);
	buf_deinit(&field);
	return rc;
}
