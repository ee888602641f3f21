/* test_dkim_body.c - relaxed body canonicalisation, streamed in any split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"
#include "dkim/dkim_private.h"
#include "dkim_vector.h"

/* want: the canonical bytes; both are hashed and compared */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "RFC 6376 s3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n" },
	{ "empty", "", "" },
	{ "one empty line", "\r\n", "" },
	{ "only empty lines", "\r\n\r\n\r\n", "" },
	{ "only blanks", " \t \r\n\t\r\n", "" },
	{ "no last CRLF", "a", "a\r\n" },
	{ "blank, no last CRLF", "a ", "a\r\n" },
	{ "blank lines inside stay", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n" },
	{ "lines of blanks inside", "a\r\n  \r\n\t\r\nb\r\n", "a\r\n\r\n\r\nb\r\n" },
	{ "blanks first", "   a\r\n", " a\r\n" },
	{ "tab", "a\tb\r\n", "a b\r\n" },
	{ "blanks last", "a \t \r\nb\r\n", "a\r\nb\r\n" },
	{ "blanks at the very end", "a\r\n \t", "a\r\n" },
	{ "single spaces", "the quick brown fox jumps\r\nover the lazy dog\r\n",
	  "the quick brown fox jumps\r\nover the lazy dog\r\n" },
	{ "double space far in", "0123456789abcdef0123456789abcdef  x\r\n",
	  "0123456789abcdef0123456789abcdef x\r\n" },
	{ "double space over a word's edge", "0123456  89\r\n012345  789\r\n",
	  "0123456 89\r\n012345 789\r\n" },
	{ "bare CR is a byte", "a\rb\r\n", "a\rb\r\n" },
	{ "bare LF is a byte", "a\nb\r\n", "a\nb\r\n" },
	{ "CR CRLF", "a\r\r\nb\r\n", "a\r\r\nb\r\n" },
	{ "blank CR blank", "a \r b\r\n", "a \r b\r\n" },
	{ "CR at the end", "a\r", "a\r\r\n" },
	{ "8-bit", "\xc3\xa9  \xff\r\n", "\xc3\xa9 \xff\r\n" },
};

static void
hash_by(struct span in, size_t step, unsigned char out[DKIM_HASH_BYTES])
{
	struct dkim_body_hash *hash = dkim_body_hash_new();

	for (size_t at = 0; at < in.n; at += step) {
		size_t n = in.n - at < step ? in.n - at : step;
		char *piece = mem_copy(in.p + at, n); /* a sanitizer sees a byte beyond */

		dkim_body_hash_update(hash, (struct span){ piece, n });
		mem_free(piece);
	}
	dkim_body_hash_end(&hash, out);
	assert_null(hash);
}

static void
sha256(struct span in, unsigned char out[DKIM_HASH_BYTES])
{
	assert_int_equal(EVP_Digest(in.p, in.n, out, NULL, EVP_sha256(), NULL), 1);
}

static void
hashes_canonical_bytes(void **state)
{
	unsigned char got[DKIM_HASH_BYTES], want[DKIM_HASH_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sha256(span_of(cases[i].want), want);
		for (size_t step = 1; step < 40; step++) {
			hash_by(span_of(cases[i].in), step, got);
			if (memcmp(got, want, sizeof got) != 0)
				fail_msg("%s by %zu", cases[i].name, step);
		}
	}
}

/* RFC 6376 s3.4.4 gives the hash of an empty body. */
static void
hashes_nothing(void **state)
{
	unsigned char got[DKIM_HASH_BYTES], text[64];

	(void)state;
	hash_by(SPAN_LIT("\r\n"), 1, got);
	EVP_EncodeBlock(text, got, sizeof got);
	assert_string_equal((char *)text, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	hash_by(span_of(VECTOR_BODY), 7, got);
	EVP_EncodeBlock(text, got, sizeof got);
	assert_string_equal((char *)text, VECTOR_BODY_HASH);
}

/* canon_slowly - the definition, line by line, to compare with. */
static void
canon_slowly(struct span in, struct buf *out)
{
	size_t keep = 0;

	while (in.n > 0) {
		const char *end = memmem(in.p, in.n, "\r\n", 2);
		size_t n = end ? (size_t)(end - in.p) : in.n;
		bool blank = false, content = false;

		for (size_t i = 0; i < n; i++) {
			if (in.p[i] == ' ' || in.p[i] == '\t') {
				blank = true;
				continue;
			}
			if (blank)
				buf_append(out, " ", 1);
			buf_append(out, in.p + i, 1);
			blank = false;
			content = true;
		}
		buf_append_text(out, "\r\n");
		if (content)
			keep = out->len;
		in = (struct span){ in.p + n + (end ? 2 : 0), in.n - n - (end ? 2 : 0) };
	}
	out->len = keep;
}

/* Every text of these few bytes is odd in some place; all must come out as the
 * slow definition says. */
static void
agrees_with_the_definition(void **state)
{
	static const char alphabet[] = "ab  \t\r\n";
	unsigned char got[DKIM_HASH_BYTES], want[DKIM_HASH_BYTES];
	struct rand rand;
	struct buf in, canon;

	(void)state;
	rand_init(&rand, 42);
	buf_init(&in, 1000);
	buf_init(&canon, 2000);
	for (int round = 0; round < 20000; round++) {
		size_t n = rand_below(&rand, 40);

		buf_clear(&in);
		buf_clear(&canon);
		for (size_t i = 0; i < n; i++) {
			uint32_t pick = rand_below(&rand, sizeof alphabet + 8);

			if (pick < sizeof alphabet - 1)
				buf_append(&in, &alphabet[pick], 1);
			else
				buf_append_text(&in, pick % 2 ? "\r\n" : "word");
		}
		canon_slowly(buf_span(&in), &canon);
		sha256(buf_span(&canon), want);
		hash_by(buf_span(&in), 1 + rand_below(&rand, 30), got);
		if (memcmp(got, want, sizeof got) != 0)
			fail_msg("round %d: \"%.*s\"", round, (int)in.len, buf_data(&in));
	}
	buf_deinit(&in);
	buf_deinit(&canon);
}

static void
can_be_abandoned(void **state)
{
	struct dkim_body_hash *hash = dkim_body_hash_new();

	(void)state;
	dkim_body_hash_update(hash, SPAN_LIT("a"));
	dkim_body_hash_free(&hash);
	assert_null(hash);
	dkim_body_hash_free(&hash);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_canonical_bytes), cmocka_unit_test(hashes_nothing),
		cmocka_unit_test(agrees_with_the_definition), cmocka_unit_test(can_be_abandoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
