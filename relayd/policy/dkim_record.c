/* dkim_record.c - see dkim_record.h. */
#include "policy/dkim_record.h"

#include <stdint.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "policy/tag_list.h"

#define ED25519_BYTES 32
#define BASE64_MAX (DKIM_RECORD_KEY_MAX / 3 * 4)

enum { TAG_V, TAG_K, TAG_P, TAG_H, TAG_S, TAG_T, TAG_COUNT };
static const char tag_letters[TAG_COUNT + 1] = "vkphst";

struct tags {
	struct span value[TAG_COUNT];
	bool has[TAG_COUNT];
};

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "%s", why);
}

static int
read_tags(struct span txt, struct tags *tags, struct err *err)
{
	struct span rest = txt;
	struct tag tag;
	size_t count = 0;
	int rc;

	for (; (rc = tag_next(&rest, TAG_FOLDED, &tag, err)) > 0; count++) {
		const char *known = tag.name.n == 1 ? strchr(tag_letters, tag.name.p[0]) : NULL;
		size_t i = known ? (size_t)(known - tag_letters) : TAG_COUNT;

		if (i >= TAG_COUNT)
			continue;
		if (tags->has[i])
			return bad(err, "a tag stands in it twice");
		if (i == TAG_V && count > 0)
			return bad(err, "v=DKIM1 is not its first tag");
		tags->has[i] = true;
		tags->value[i] = tag.value;
	}
	return rc;
}

/* list_has - in a list with colons, or the whole of it when there is one entry */
static bool
list_has(struct span list, const char *word)
{
	while (list.n > 0) {
		struct span one = span_trim(span_cut(list, ':', &list));

		if (span_is_nocase(one, word))
			return true;
	}
	return false;
}

static int
base64_value(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(alphabet, c) : NULL;

	return p ? (int)(p - alphabet) : -1;
}

/* decode - base64 with white space anywhere */
static int
decode(struct span text, struct dkim_record *record, struct err *err)
{
	uint32_t bits = 0;
	unsigned held = 0, pads = 0;
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value;

		if (memchr(" \t\r\n", text.p[i], 4) != NULL)
			continue;
		if (++count > BASE64_MAX)
			return bad(err, "the key is longer than any verifier takes");
		if (text.p[i] == '=' && ++pads <= 2)
			continue;
		value = base64_value(text.p[i]);
		if (value < 0 || pads > 0)
			return bad(err, "the key (p=) is not base64");
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			record->key[record->key_bytes++] = (unsigned char)(bits >> held);
		}
	}
	if (count % 4 != 0)
		return bad(err, "the key (p=) is cut off: its base64 is not complete");
	return 0;
}

static unsigned
rsa_bits(const struct dkim_record *record)
{
	const unsigned char *p = record->key;
	long n = (long)record->key_bytes;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, n);
	unsigned bits = 0;

	if (key == NULL) { /* the letter of RFC 6376 wants RSAPublicKey, hardly anybody writes it */
		p = record->key;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, n);
	}
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && p == record->key + n)
		bits = (unsigned)EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return bits;
}

static int
read_key(const struct tags *tags, struct dkim_record *record, struct err *err)
{
	if (!tags->has[TAG_K] || span_is(tags->value[TAG_K], "rsa"))
		record->kind = DKIM_RECORD_RSA;
	else if (span_is(tags->value[TAG_K], "ed25519"))
		record->kind = DKIM_RECORD_ED25519;
	else
		record->kind = DKIM_RECORD_OTHER;
	if (!tags->has[TAG_P])
		return bad(err, "there is no key (p=) in it");
	record->is_revoked = tags->value[TAG_P].n == 0;
	if (decode(tags->value[TAG_P], record, err) < 0)
		return -1;
	if (record->is_revoked || record->kind == DKIM_RECORD_OTHER)
		return 0;
	if (record->kind == DKIM_RECORD_ED25519) {
		record->bits = 256;
		return record->key_bytes == ED25519_BYTES
			       ? 0
			       : bad(err, "an Ed25519 key has 32 bytes, this has not");
	}
	record->bits = rsa_bits(record);
	return record->bits > 0 ? 0 : bad(err, "the key (p=) is no RSA public key");
}

int
dkim_record_parse(struct span txt, struct dkim_record *record_out, struct err *err)
{
	struct dkim_record *record = record_out;
	struct tags tags = { .has = { false } };

	memset(record, 0, sizeof *record);
	if (read_tags(txt, &tags, err) < 0)
		return -1;
	if (tags.has[TAG_V] && !span_is(tags.value[TAG_V], "DKIM1"))
		return bad(err, "v= is not DKIM1");
	record->takes_sha256 = !tags.has[TAG_H] || list_has(tags.value[TAG_H], "sha256");
	record->takes_email = !tags.has[TAG_S] || list_has(tags.value[TAG_S], "email") ||
			      list_has(tags.value[TAG_S], "*");
	record->is_testing = list_has(tags.value[TAG_T], "y");
	record->is_strict = list_has(tags.value[TAG_T], "s");
	return read_key(&tags, record, err);
}

bool
dkim_record_is_same_key(const struct dkim_record *a, const struct dkim_record *b)
{
	return a->kind == b->kind && a->key_bytes == b->key_bytes &&
	       memcmp(a->key, b->key, a->key_bytes) == 0;
}
