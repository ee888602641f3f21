/* test_dkim_canon.c - relaxed header canonicalisation and the digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "dkim/dkim_private.h"
#include "dkim_vector.h"

static void
canonicalises_fields(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "RFC 6376 s3.4.5, A", "A: X\r\n", "a:X" },
		{ "RFC 6376 s3.4.5, B", "B : Y\t\r\n\tZ  \r\n", "b:Y Z" },
		{ "empty value", "Subject:\r\n", "subject:" },
		{ "blank value", "Subject: \t\r\n", "subject:" },
		{ "no blank", "To:a@b\r\n", "to:a@b" },
		{ "folded to nothing", "To:\r\n a@b\r\n", "to:a@b" },
		{ "colon in value", "Subject: a : b\r\n", "subject:a : b" },
		{ "no CRLF", "To: a", "to:a" },
		{ "case of value stays", "TO: Joe", "to:Joe" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&out);
		assert_int_equal(dkim_canon_header(span_of(rows[i].in), &out), 0);
		if (!span_is(buf_span(&out), rows[i].want))
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)out.len, buf_data(&out));
	}
	buf_deinit(&out);
	buf_init(&out, 4);
	assert_int_equal(dkim_canon_header(SPAN_LIT("To: a@b"), &out), -1);
	buf_deinit(&out);
}

/* The example's h= names from, subject and date once more than they occur:
 * those add nothing to what is hashed. */
static const struct span vector_fields[] = {
	{ VECTOR_FROM, sizeof VECTOR_FROM - 1 },
	{ VECTOR_TO, sizeof VECTOR_TO - 1 },
	{ VECTOR_SUBJECT, sizeof VECTOR_SUBJECT - 1 },
	{ VECTOR_DATE, sizeof VECTOR_DATE - 1 },
	{ VECTOR_MESSAGE_ID, sizeof VECTOR_MESSAGE_ID - 1 },
};

static void
reproduces_rfc_8463(void **state)
{
	static const struct {
		const char *pem, *field, *b;
	} rows[] = {
		{ VECTOR_ED25519_PEM, VECTOR_ED25519_FIELD, VECTOR_ED25519_B },
		{ VECTOR_RSA_PEM, VECTOR_RSA_FIELD, VECTOR_RSA_B },
	};
	unsigned char digest[DKIM_HASH_BYTES], signature[DKIM_SIGNATURE_MAX_BYTES], text[1024];
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dkim_key *key = dkim_key_new(span_of(rows[i].pem), &err);

		assert_non_null(key);
		assert_int_equal(
			dkim_digest(vector_fields, 5, span_of(rows[i].field), digest, &err), 0);
		assert_int_equal(dkim_key_sign(key, digest, signature, &n, &err), 0);
		EVP_EncodeBlock(text, signature, (int)n);
		assert_string_equal((char *)text, rows[i].b);
		dkim_key_free(&key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonicalises_fields),
		cmocka_unit_test(reproduces_rfc_8463),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
