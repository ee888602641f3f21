/* fuzz_dkim_key.c - any bytes as a private key somebody brings along: what is taken can be
 * written and read again, signs, and is the same key then. */
#include "fuzz.h"

#include "dkim/dkim_private.h"

#define PEM_MAX 16384

static void
write_record(const struct dkim_key *key, struct buf *out)
{
	buf_init(out, PEM_MAX);
	must(dkim_key_write_record(key, out, NULL) == 0);
}

static void
try_key(const struct dkim_key *key)
{
	unsigned char digest[DKIM_HASH_BYTES] = { 1 }, signature[DKIM_SIGNATURE_MAX_BYTES];
	struct buf pem, record, again_record;
	struct dkim_key *again;
	size_t bytes;

	must(dkim_key_bits(key) >= 253 && dkim_key_bits(key) <= 4096);
	must(dkim_key_sign(key, digest, signature, &bytes, NULL) == 0);
	buf_init(&pem, PEM_MAX);
	must(dkim_key_write_pem(key, &pem, NULL) == 0);
	again = dkim_key_new(buf_span(&pem), NULL);
	must(again != NULL && dkim_key_algorithm(again) == dkim_key_algorithm(key));
	write_record(key, &record);
	write_record(again, &again_record);
	must(span_equals(buf_span(&record), buf_span(&again_record)));
	buf_deinit(&record);
	buf_deinit(&again_record);
	buf_deinit(&pem);
	dkim_key_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { .text = "" };
	struct dkim_key *key = dkim_key_import(fuzz_span(data, size), &err);

	if (key != NULL)
		try_key(key);
	else
		must(err.text[0] != '\0');
	dkim_key_free(&key);
	return 0;
}
