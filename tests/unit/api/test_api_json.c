/* test_api_json.c - strict in, ASCII out, any bytes carried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"

static const struct {
	const char *name;
	struct span text;
	bool is_right;
} parses[] = {
	{ "object", SPAN_LIT("{\"a\":1}"), true },
	{ "nested", SPAN_LIT("{\"a\":{\"b\":[1,2]}}"), true },
	{ "duplicate key", SPAN_LIT("{\"a\":1,\"a\":2}"), false },
	{ "array", SPAN_LIT("[1]"), false },
	{ "empty", SPAN_LIT(""), false },
	{ "bad UTF-8", SPAN_LIT("{\"a\":\"\xff\"}"), false },
	{ "NUL in a string", SPAN_LIT("{\"a\":\"\\u0000\"}"), false },
	{ "two values", SPAN_LIT("{} {}"), false },
	{ "cut short", SPAN_LIT("{\"a\":"), false },
};

static void
parses_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof parses / sizeof *parses; i++) {
		struct err err;
		json_t *value = api_json_parse(parses[i].text, &err);

		if ((value != NULL) != parses[i].is_right)
			fail_msg("%s", parses[i].name);
		json_decref(value);
	}
}

static void
refuses_what_is_nested_too_deep(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_append(&text, "[", 1);
	assert_null(api_json_parse_any(buf_span(&text), NULL));
	buf_deinit(&text);
}

static const struct {
	const char *name;
	struct span reply;
	const char *json;
} replies[] = {
	{ "plain", SPAN_LIT("250 ok"), "{\"reply\":\"250 ok\"}" },
	{ "none", SPAN_LIT(""), "{\"reply\":null}" },
	{ "UTF-8", SPAN_LIT("550 \xc3\xbc"), "{\"reply\":\"550 \\u00FC\"}" },
	{ "Latin-1", SPAN_LIT("550 \xfc"),
	  "{\"reply\":\"550 \\uFFFD\",\"reply_b64\":\"NTUwIPw=\"}" },
	{ "escape", SPAN_LIT("550 \x1b[2J"), "{\"reply\":\"550 \\u001B[2J\"}" },
	{ "astral", SPAN_LIT("550 \xf0\x9f\x98\x80"), "{\"reply\":\"550 \\uD83D\\uDE00\"}" },
};

static void
carries_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		json_t *one = json_object();
		char *text;

		api_json_put_reply(one, replies[i].reply);
		text = api_json_text_of(one);
		assert_string_equal(text, replies[i].json);
		mem_free(text);
		json_decref(one);
	}
}

static const struct {
	const char *name, *json;
	struct span bytes; /* p NULL: refused */
} bytes_in[] = {
	{ "text", "{\"text\":\"a\\u00fc\"}", SPAN_LIT("a\xc3\xbc") },
	{ "empty", "{\"text\":\"\"}", SPAN_LIT("") },
	{ "one byte", "{\"text\":\"?\",\"text_b64\":\"/A==\"}", SPAN_LIT("\xfc") },
	{ "two bytes", "{\"text\":\"?\",\"text_b64\":\"/P0=\"}", SPAN_LIT("\xfc\xfd") },
	{ "three bytes", "{\"text\":\"?\",\"text_b64\":\"AAEC\"}", SPAN_LIT("\0\1\2") },
	{ "no group", "{\"text_b64\":\"AAE\"}", { NULL, 0 } },
	{ "no base64", "{\"text_b64\":\"A?==\"}", { NULL, 0 } },
	{ "nothing", "{}", { NULL, 0 } },
	{ "a number", "{\"text\":1}", { NULL, 0 } },
	{ "too long", "{\"text\":\"01234567890123456\"}", { NULL, 0 } },
	{ "too long, base64", "{\"text_b64\":\"QUFBQUFBQUFBQUFBQUFBQUFB\"}", { NULL, 0 } },
};

static void
reads_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bytes_in / sizeof *bytes_in; i++) {
		json_t *one = api_json_parse(span_of(bytes_in[i].json), NULL);
		struct span wanted = bytes_in[i].bytes;
		struct err err;
		struct buf out;
		int rc;

		buf_init(&out, 16);
		rc = api_json_get_bytes(one, "text", "text_b64", &out, &err);
		if ((rc == 0) != (wanted.p != NULL) || out.len != wanted.n
		    || memcmp(buf_span(&out).p, wanted.p ? wanted.p : "", wanted.n) != 0)
			fail_msg("%s: %d, %zu bytes", bytes_in[i].name, rc, out.len);
		buf_deinit(&out);
		json_decref(one);
	}
}

static void
keeps_to_the_cap(void **state)
{
	json_t *one = api_json_new("relay.test/1");
	struct buf out;

	(void)state;
	buf_init(&out, 30);
	assert_int_equal(buf_append_text(&out, "before"), 0);
	api_json_put_text(one, "long", "a text that does not fit");
	assert_int_equal(api_json_append(one, &out), -1);
	assert_true(span_is(buf_span(&out), "before"));
	buf_deinit(&out);
	json_decref(one);
}

static void
reads_back_what_it_wrote(void **state)
{
	json_t *one = json_object();

	(void)state;
	api_json_put_time(one, "at", 1732370531004);
	api_json_put_time(one, "never", 0);
	api_json_put_id(one, "id", 0);
	api_json_put_int(one, "n", -5);
	api_json_put_text(one, "none", NULL);
	assert_string_equal(api_json_get_text(one, "at"), "2024-11-23T14:02:11.004Z");
	assert_true(api_json_get_time(one, "at") == 1732370531004);
	assert_true(api_json_get_time(one, "never") == 0);
	assert_true(json_is_null(json_object_get(one, "id")));
	assert_int_equal(api_json_get_int(one, "n", 1), -5);
	assert_int_equal(api_json_get_int(one, "missing", 7), 7);
	assert_int_equal(api_json_get_int(one, "at", 7), 7);
	assert_null(api_json_get_text(one, "none"));
	json_decref(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_strictly),
		cmocka_unit_test(refuses_what_is_nested_too_deep),
		cmocka_unit_test(carries_replies),
		cmocka_unit_test(reads_bytes),
		cmocka_unit_test(keeps_to_the_cap),
		cmocka_unit_test(reads_back_what_it_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
