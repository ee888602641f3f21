/* test_dkim_key.c - keys in and out, records, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "dkim/dkim_private.h"
#include "dkim_vector.h"

static void
writes_records(void **state)
{
	static const struct {
		const char *pem, *record;
		enum dkim_algorithm algorithm;
	} rows[] = {
		{ VECTOR_ED25519_PEM, VECTOR_ED25519_RECORD, DKIM_ED25519_SHA256 },
		{ VECTOR_RSA_PEM, VECTOR_RSA_RECORD, DKIM_RSA_SHA256 },
	};
	struct err err;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dkim_key *key = dkim_key_new(span_of(rows[i].pem), &err);

		assert_non_null(key);
		assert_int_equal(dkim_key_algorithm(key), rows[i].algorithm);
		buf_init(&out, 1000);
		assert_int_equal(dkim_key_write_record(key, &out, &err), 0);
		assert_true(span_is(buf_span(&out), rows[i].record));
		buf_deinit(&out);
		buf_init(&out, 10);
		assert_int_equal(dkim_key_write_record(key, &out, &err), -1);
		assert_int_equal(err.kind, ERR_LIMIT);
		buf_deinit(&out);
		dkim_key_free(&key);
	}
}

static void
generates_and_reads_back(void **state)
{
	struct buf pem, record, again;
	struct err err;

	(void)state;
	buf_init(&pem, 10000);
	buf_init(&record, 10000);
	buf_init(&again, 10000);
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++) {
		struct dkim_key *key = dkim_key_generate((enum dkim_algorithm)a, &err), *copy;

		assert_non_null(key);
		assert_int_equal(dkim_key_write_pem(key, &pem, &err), 0);
		assert_true(span_starts_nocase(buf_span(&pem), "-----BEGIN PRIVATE KEY-----\n"));
		copy = dkim_key_new(buf_span(&pem), &err);
		assert_non_null(copy);
		assert_int_equal(dkim_key_algorithm(copy), a);
		assert_int_equal(dkim_key_write_record(key, &record, &err), 0);
		assert_int_equal(dkim_key_write_record(copy, &again, &err), 0);
		assert_true(span_equals(buf_span(&record), buf_span(&again)));
		buf_clear(&pem);
		buf_clear(&record);
		buf_clear(&again);
		dkim_key_free(&key);
		dkim_key_free(&copy);
		assert_null(key);
	}
	dkim_key_free(&(struct dkim_key *){ NULL });
	buf_deinit(&pem);
	buf_deinit(&record);
	buf_deinit(&again);
}

static void
assert_refused(EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct err err;
	char *text;
	long n;

	assert_non_null(pkey);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &text);
	assert_null(dkim_key_new((struct span){ text, (size_t)n }, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "Ed25519"));
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static void
refuses_other_keys(void **state)
{
	static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END "
					"ENCRYPTED PRIVATE KEY-----\n";
	struct err err;

	(void)state;
	assert_null(dkim_key_new(SPAN_LIT("not a key"), &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_null(dkim_key_new(SPAN_EMPTY, &err));
	assert_null(dkim_key_new(span_of(encrypted), &err));
	assert_refused(EVP_EC_gen("P-256"));
	assert_refused(EVP_RSA_gen(768));
	assert_refused(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_records),
		cmocka_unit_test(generates_and_reads_back),
		cmocka_unit_test(refuses_other_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
