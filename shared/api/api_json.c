/* api_json.c - see api_json.h. */
#include "api/api_json.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utf8.h"

#define API_JSON_TEXT_MAX ((size_t)64 << 20)

static json_t *
parse_with(struct span text, size_t flags, struct err *err)
{
	json_error_t why;
	json_t *value;

	value = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | flags, &why);
	if (!value)
		(void)err_set(err, ERR_INPUT, 0, "not JSON, column %d: %s", why.column, why.text);
	return value;
}

json_t *
api_json_parse_any(struct span text, struct err *err)
{
	return parse_with(text, JSON_DECODE_ANY, err);
}

json_t *
api_json_parse(struct span text, struct err *err)
{
	json_t *value = parse_with(text, 0, err);

	if (value && !json_is_object(value)) {
		json_decref(value);
		(void)err_set(err, ERR_INPUT, 0, "a JSON object is wanted, this is an array");
		return NULL;
	}
	return value;
}

static int
append_piece(const char *p, size_t n, void *arg)
{
	return buf_append(arg, p, n);
}

int
api_json_append(const json_t *value, struct buf *out)
{
	size_t before = out->len;

	if (json_dump_callback(value, append_piece, out, JSON_COMPACT | JSON_ENSURE_ASCII |
	                       JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) == 0)
		return 0;
	out->len = before; /* what is behind len is free room */
	return -1;
}

char *
api_json_text_of(const json_t *value)
{
	struct buf out;
	size_t n;

	buf_init(&out, API_JSON_TEXT_MAX);
	must(api_json_append(value, &out) == 0);
	return buf_take(&out, &n);
}

json_t *
api_json_new(const char *schema)
{
	json_t *object = json_object();

	must(object);
	json_object_set_new(object, "schema", json_string(schema));
	return object;
}

json_t *
api_json_hold(const json_t *value)
{
	union {
		const json_t *borrowed;
		json_t *counted;
	} both = { .borrowed = value }; /* the count lives in it: jansson wants it writable */

	return json_incref(both.counted);
}

void
api_json_put(json_t *object, const char *key, json_t *value)
{
	must(value);
	must(json_object_set_new(object, key, value) == 0);
}

json_t *
api_json_string(struct span text)
{
	struct buf fixed;
	json_t *value;

	value = json_stringn(text.p ? text.p : "", text.n);
	if (value)
		return value;
	buf_init(&fixed, text.n * 3 + 1); /* U+FFFD is three bytes */
	utf8_repair(text, &fixed);
	value = json_stringn(buf_data(&fixed), fixed.len);
	buf_deinit(&fixed);
	must(value);
	return value;
}

void
api_json_put_span(json_t *object, const char *key, struct span text)
{
	api_json_put(object, key, api_json_string(text));
}

void
api_json_put_text(json_t *object, const char *key, const char *text)
{
	api_json_put(object, key, text ? api_json_string(span_of(text)) : json_null());
}

void
api_json_put_int(json_t *object, const char *key, int64_t value)
{
	api_json_put(object, key, json_integer(value));
}

void
api_json_put_real(json_t *object, const char *key, double value)
{
	api_json_put(object, key, json_real(value));
}

void
api_json_put_bool(json_t *object, const char *key, bool value)
{
	api_json_put(object, key, json_boolean(value));
}

void
api_json_put_null(json_t *object, const char *key)
{
	api_json_put(object, key, json_null());
}

json_t *
api_json_time(int64_t unix_ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (unix_ms == 0)
		return json_null();
	clock_format_rfc3339(unix_ms, text);
	return json_string(text);
}

void
api_json_put_time(json_t *object, const char *key, int64_t unix_ms)
{
	api_json_put(object, key, api_json_time(unix_ms));
}

void
api_json_put_id(json_t *object, const char *key, uint64_t id)
{
	char text[ID_TEXT_SIZE];

	if (id == 0) {
		api_json_put_null(object, key);
		return;
	}
	id_format(id, text);
	api_json_put(object, key, json_string(text));
}

static char *
base64_of(struct span bytes)
{
	size_t room = (bytes.n + 2) / 3 * 4 + 1;
	char *text = mem_alloc(room);

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.p, (int)bytes.n);
	return text;
}

void
api_json_put_bytes(json_t *object, const char *key, const char *key_b64, struct span bytes)
{
	char *original;

	api_json_put_span(object, key, bytes);
	if (bytes.n == 0 || (utf8_is_valid(bytes) && !memchr(bytes.p, 0, bytes.n)))
		return;
	original = base64_of(bytes);
	api_json_put(object, key_b64, json_string(original));
	mem_free(original);
}

void
api_json_put_reply(json_t *object, struct span reply)
{
	if (reply.n == 0)
		api_json_put_null(object, "reply");
	else
		api_json_put_bytes(object, "reply", "reply_b64", reply);
}

/* append_base64 - strict: whole groups of four, as base64_of makes them. */
static int
append_base64(struct span text, struct buf *out, struct err *err)
{
	size_t padding = text.n > 1 && text.p[text.n - 1] == '=' ? 1u + (text.p[text.n - 2] == '=')
	                                                         : 0;
	char *room;
	int n;

	if (text.n == 0 || text.n % 4 != 0 || text.n > INT_MAX)
		return err_set(err, ERR_INPUT, 0, "it is not base64");
	room = buf_reserve(out, text.n / 4 * 3);
	if (room == NULL)
		return err_set(err, ERR_LIMIT, 0, "it is too long");
	n = EVP_DecodeBlock((unsigned char *)room, (const unsigned char *)text.p, (int)text.n);
	if (n < 0)
		return err_set(err, ERR_INPUT, 0, "it is not base64");
	buf_commit(out, (size_t)n - padding);
	return 0;
}

int
api_json_get_bytes(const json_t *object, const char *key, const char *key_b64, struct buf *out,
                   struct err *err)
{
	const json_t *text = json_object_get(object, key), *b64 = json_object_get(object, key_b64);

	if (json_is_string(b64))
		return append_base64((struct span){ json_string_value(b64),
		                                    json_string_length(b64) }, out, err);
	if (!json_is_string(text))
		return err_set(err, ERR_INPUT, 0, "there is no \"%s\"", key);
	if (buf_append(out, json_string_value(text), json_string_length(text)) < 0)
		return err_set(err, ERR_LIMIT, 0, "it is too long");
	return 0;
}

const char *
api_json_get_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int64_t
api_json_get_int(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

double
api_json_get_real(const json_t *object, const char *key, double fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : fallback;
}

bool
api_json_get_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

int64_t
api_json_get_time(const json_t *object, const char *key)
{
	const char *text = api_json_get_text(object, key);
	int64_t unix_ms;

	if (!text || clock_parse_rfc3339(span_of(text), &unix_ms, NULL) < 0)
		return 0;
	return unix_ms;
}

json_t *
api_json_get_array(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_array(value) ? value : NULL;
}
