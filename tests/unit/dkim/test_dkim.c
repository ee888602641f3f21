/* test_dkim.c - whole signatures: their bytes, and what an independent verifier
 * (dkimpy, run as a program) says of them and of what was changed after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dkim/dkim_private.h"
#include "dkim_vector.h"

#define VERIFIER "/usr/bin/python3 tests/unit/dkim/verify_dkim.py"
#define VERIFIED 0
#define NOT_VERIFIED 1
#define NO_VERIFIER 77

static void
hash_body(const char *body, unsigned char out[DKIM_HASH_BYTES])
{
	struct dkim_body_hash *hash = dkim_body_hash_new();

	dkim_body_hash_update(hash, span_of(body));
	dkim_body_hash_end(&hash, out);
}

/* sign - the whole message: signature, header, body. */
static void
sign(const struct dkim_key *key, const char *header, const char *body, int64_t expires_unix_sec,
     struct buf *out)
{
	unsigned char hash[DKIM_HASH_BYTES];
	struct err err;
	struct dkim_request request = {
		.header = span_of(header),
		.body_hash = hash,
		.domain = "football.example.com",
		.selector = "k1",
		.key = key,
		.now_unix_sec = 1528637909,
		.expires_unix_sec = expires_unix_sec,
	};

	hash_body(body, hash);
	if (dkim_sign(&request, out, &err) < 0)
		fail_msg("%s", err.text);
	buf_append_text(out, header);
	buf_append_text(out, body);
}

static void
writes_a_stable_field(void **state)
{
	static const char want[] =
		"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
		"\td=football.example.com; s=k1;\r\n"
		"\tt=1528637909;\r\n"
		"\th=From:From:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID;\r\n"
		"\tbh=" VECTOR_BODY_HASH ";\r\n"
		"\tb=";
	struct buf first, second;
	struct dkim_key *key;
	struct span line, rest;
	struct err err;

	(void)state;
	key = dkim_key_new(span_of(VECTOR_ED25519_PEM), &err);
	buf_init(&first, 10000);
	buf_init(&second, 10000);
	sign(key, VECTOR_HEADER, VECTOR_BODY, 0, &first);
	sign(key, VECTOR_HEADER, VECTOR_BODY, 0, &second);
	assert_true(span_equals(buf_span(&first), buf_span(&second)));
	if (!span_starts_nocase(buf_span(&first), want))
		fail_msg("%.*s", (int)first.len, buf_data(&first));
	for (rest = buf_span(&first); rest.n > 0;) {
		line = span_cut(rest, '\n', &rest);
		assert_in_range(line.n, 1, 78);
	}
	buf_clear(&first);
	sign(key, VECTOR_HEADER, VECTOR_BODY, 1528724309, &first);
	assert_non_null(memmem(buf_data(&first), first.len, "t=1528637909; x=1528724309;\r\n", 29));
	buf_deinit(&first);
	buf_deinit(&second);
	dkim_key_free(&key);
}

/* verify - run dkimpy: the record, an empty line, the message. */
static int
verify(const struct dkim_key *key, const struct buf *message)
{
	struct buf record;
	struct err err;
	FILE *pipe;
	int status;

	buf_init(&record, 10000);
	assert_int_equal(dkim_key_write_record(key, &record, &err), 0);
	pipe = popen(VERIFIER, "w");
	assert_non_null(pipe);
	fprintf(pipe, "k1._domainkey.football.example.com. %.*s\n\n", (int)record.len,
		buf_data(&record));
	fwrite(buf_span(message).p, 1, message->len, pipe);
	status = pclose(pipe);
	buf_deinit(&record);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const char *name, *header, *body;
} messages[] = {
	{ "plain", VECTOR_HEADER, VECTOR_BODY },
	{ "empty body", VECTOR_HEADER, "" },
	{ "blank body", VECTOR_HEADER, "  \r\n\r\n\t\r\n" },
	{ "odd blanks", "From:\tJoe  <joe@football.example.com> \r\nSubject:  a\r\n\t b \r\n\r\n",
	  "  a \t b \r\n\r\nc\t\r\n\r\n\r\n" },
	{ "two of a kind",
	  "Received: x\r\nTo: a@b\r\nFrom: joe@football.example.com\r\nTo: c@d\r\n\r\n", "a\r\n" },
	{ "no last CRLF", VECTOR_HEADER, "a\r\nb" },
	{ "8-bit",
	  "From: J\xc3\xb6 <joe@football.example.com>\r\nSubject: \xc3\xa9t\xc3\xa9\r\n\r\n",
	  "caf\xc3\xa9\r\n" },
	{ "much to sign",
	  "From: joe@football.example.com\r\nTo: a@b\r\nCc: c@d\r\nReply-To: e@f\r\nSender: g@h\r\n"
	  "MIME-Version: 1.0\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n"
	  "Content-Transfer-Encoding: 8bit\r\nList-Unsubscribe: <https://x.example/u>\r\n"
	  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:d\r\n"
	  "In-Reply-To: <a@b>\r\nReferences: <a@b>\r\n <c@d>\r\n\r\n",
	  "text\r\n" },
};

static void
dkimpy_verifies(void **state)
{
	struct buf out;
	struct err err;

	(void)state;
	buf_init(&out, 100000);
	for (int a = 0; a < DKIM_ALGORITHM_COUNT; a++) {
		struct dkim_key *key = dkim_key_generate((enum dkim_algorithm)a, &err);

		for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
			int rc;

			buf_clear(&out);
			sign(key, messages[i].header, messages[i].body, 0, &out);
			rc = verify(key, &out);
			if (rc == NO_VERIFIER) {
				dkim_key_free(&key);
				buf_deinit(&out);
				skip();
			}
			if (rc != VERIFIED)
				fail_msg("algorithm %d, %s: verifier says %d", a, messages[i].name,
					 rc);
		}
		dkim_key_free(&key);
	}
	buf_deinit(&out);
}

/* Proves that the test above could fail, and what oversigning is for. */
static void
dkimpy_sees_changes(void **state)
{
	static const struct {
		const char *name, *put_first, *append;
	} rows[] = {
		{ "another From", "From: eve@football.example.com\r\n", "" },
		{ "another Subject", "Subject: Buy\r\n", "" },
		{ "longer body", "", "P.S.\r\n" },
	};
	struct buf signed_text, out;
	struct dkim_key *key;
	struct err err;

	(void)state;
	key = dkim_key_new(span_of(VECTOR_RSA_PEM), &err);
	buf_init(&signed_text, 10000);
	buf_init(&out, 10000);
	sign(key, VECTOR_HEADER, VECTOR_BODY, 0, &signed_text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc;

		buf_clear(&out);
		buf_append_text(&out, rows[i].put_first);
		buf_append_span(&out, buf_span(&signed_text));
		buf_append_text(&out, rows[i].append);
		rc = verify(key, &out);
		if (rc != NOT_VERIFIED && rc != NO_VERIFIER)
			fail_msg("%s: verifier says %d", rows[i].name, rc);
	}
	buf_deinit(&signed_text);
	buf_deinit(&out);
	dkim_key_free(&key);
}

static void
refuses_what_cannot_be_signed(void **state)
{
	unsigned char hash[DKIM_HASH_BYTES] = { 0 };
	struct err err;
	struct dkim_key *key = dkim_key_new(span_of(VECTOR_ED25519_PEM), &err);
	struct dkim_request request = {
		.header = SPAN_LIT("To: a@b\r\n\r\n"),
		.body_hash = hash,
		.domain = "football.example.com",
		.selector = "k1",
		.key = key,
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(dkim_sign(&request, &out, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	request.header = span_of(VECTOR_HEADER);
	assert_int_equal(dkim_sign(&request, &out, &err), -1); /* out is too small */
	assert_int_equal(err.code, 552);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
	dkim_key_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_stable_field),
		cmocka_unit_test(dkimpy_verifies),
		cmocka_unit_test(dkimpy_sees_changes),
		cmocka_unit_test(refuses_what_cannot_be_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
