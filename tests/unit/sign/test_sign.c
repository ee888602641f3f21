/* test_sign.c - which keys of a domain sign, in which order, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sign/sign.h"

#define HEADER "From: joe@shop.example\r\n\r\n"

struct signing {
	struct dkim_key *rsa, *ed25519;
	struct arena *arena;
	struct buf out;
	unsigned char body_hash[DKIM_HASH_BYTES];
};

static int
set_up(void **state)
{
	static struct signing s;
	struct err err;

	s.rsa = dkim_key_generate(DKIM_RSA_SHA256, &err);
	s.ed25519 = dkim_key_generate(DKIM_ED25519_SHA256, &err);
	s.arena = arena_new(0);
	buf_init(&s.out, 100000);
	*state = &s;
	return 0;
}

static int
tear_down(void **state)
{
	struct signing *s = *state;

	dkim_key_free(&s->rsa);
	dkim_key_free(&s->ed25519);
	arena_free(&s->arena);
	buf_deinit(&s->out);
	return 0;
}

static const char *
signed_words(struct signing *s, const struct account_domain *domain)
{
	const char *words;
	struct err err;

	buf_clear(&s->out);
	if (sign_message(domain, SPAN_LIT(HEADER), s->body_hash, 1700000000999, s->arena, &s->out,
			 &words, &err) < 0)
		fail_msg("%s", err.text);
	return words;
}

static size_t
occurrences(const struct buf *text, const char *what)
{
	const char *p = buf_span(text).p, *end = p + text->len;
	size_t count = 0;

	while ((p = memmem(p, (size_t)(end - p), what, strlen(what))) != NULL) {
		count++;
		p++;
	}
	return count;
}

static void
signs_with_active_keys(void **state)
{
	struct signing *s = *state;
	struct account_key keys[] = {
		{ .selector = "k1e", .key = s->ed25519, .is_active = true },
		{ .selector = "k1", .key = s->rsa, .is_active = true },
		{ .selector = "old", .key = s->rsa, .is_active = false },
	};
	struct account_domain domain = { .name = "shop.example", .key = keys, .keys = 3 };

	assert_string_equal(signed_words(s, &domain), "d=shop.example s=k1 rsa, k1e ed25519");
	assert_int_equal(occurrences(&s->out, "DKIM-Signature:"), 2);
	assert_int_equal(occurrences(&s->out, "t=1700000000;"), 2);
	assert_int_equal(occurrences(&s->out, "s=old"), 0);
	assert_true(span_starts_nocase(buf_span(&s->out), "DKIM-Signature: v=1; a=rsa-sha256;"));
}

static void
signs_nothing_without_keys(void **state)
{
	struct signing *s = *state;
	struct account_key key = { .selector = "k1", .key = s->rsa, .is_active = false };
	struct account_domain none = { .name = "shop.example" };
	struct account_domain inactive = { .name = "shop.example", .key = &key, .keys = 1 };

	assert_string_equal(signed_words(s, NULL), "");
	assert_string_equal(signed_words(s, &none), "");
	assert_string_equal(signed_words(s, &inactive), "");
	assert_int_equal(s->out.len, 0);
}

static void
passes_errors_on(void **state)
{
	struct signing *s = *state;
	struct account_key key = { .selector = "k1", .key = s->ed25519, .is_active = true };
	struct account_domain domain = { .name = "shop.example", .key = &key, .keys = 1 };
	const char *words;
	struct err err;

	buf_clear(&s->out);
	assert_int_equal(sign_message(&domain, SPAN_LIT("To: a@b\r\n\r\n"), s->body_hash, 0,
				      s->arena, &s->out, &words, &err),
			 -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(words, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_with_active_keys),
		cmocka_unit_test(signs_nothing_without_keys),
		cmocka_unit_test(passes_errors_on),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
