/* sign.c - every active key of the From domain signs, RSA first: receivers that
 * look at one signature only, or do not know Ed25519, find the one they can use
 * (RFC 8463 s5). */
#include "sign/sign.h"

#include "base/must.h"
#include "dkim/dkim.h"

#define WORDS_MAX_BYTES 1024

static const char *const algorithm_words[DKIM_ALGORITHM_COUNT] = {
	[DKIM_RSA_SHA256] = "rsa",
	[DKIM_ED25519_SHA256] = "ed25519",
};

/* struct signing - one message on its way through the keys. */
struct signing {
	const struct account_domain *domain;
	struct dkim_request request;
	struct buf *out;
	struct buf words;
};

static int
sign_with(struct signing *s, const struct account_key *key, struct err *err)
{
	enum dkim_algorithm algorithm = dkim_key_algorithm(key->key);

	s->request.selector = key->selector;
	s->request.key = key->key;
	if (dkim_sign(&s->request, s->out, err) < 0)
		return -1;
	/* words are for people: with too many keys the list ends early */
	if (s->words.len == 0)
		buf_printf(&s->words, "d=%s s=%s %s", s->domain->name, key->selector,
		           algorithm_words[algorithm]);
	else
		buf_printf(&s->words, ", %s %s", key->selector, algorithm_words[algorithm]);
	return 0;
}

static int
sign_with_all(struct signing *s, enum dkim_algorithm algorithm, struct err *err)
{
	for (size_t i = 0; i < s->domain->keys; i++) {
		const struct account_key *key = &s->domain->key[i];

		if (key->is_active && dkim_key_algorithm(key->key) == algorithm &&
		    sign_with(s, key, err) < 0)
			return -1;
	}
	return 0;
}

int
sign_message(const struct account_domain *domain, struct span header,
             const unsigned char *body_hash, int64_t now_unix_ms, struct arena *arena,
             struct buf *out, const char **words_out, struct err *err)
{
	struct signing s = { .domain = domain, .out = out };
	int rc = 0;

	*words_out = "";
	if (!domain)
		return 0;
	s.request = (struct dkim_request){
		.header = header,
		.body_hash = body_hash,
		.domain = domain->name,
		.now_unix_sec = now_unix_ms / 1000,
	};
	buf_init(&s.words, WORDS_MAX_BYTES);
	for (int a = 0; a < DKIM_ALGORITHM_COUNT && rc == 0; a++)
		rc = sign_with_all(&s, (enum dkim_algorithm)a, err);
	if (rc == 0)
		*words_out = arena_span(arena, buf_span(&s.words));
	buf_deinit(&s.words);
	return rc;
}
