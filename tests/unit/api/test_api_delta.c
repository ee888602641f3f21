/* A picture that tells only what changed becomes the picture it was made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "api/api_delta.h"
#include "api/api_json.h"
#include "api/api_view.h"

static const struct {
	const char *name, *before, *now, *told; /* rows; told: what goes over */
} cases[] = {
	{ "nothing changed", "[{\"key\":\"a\",\"n\":1}]", "[{\"key\":\"a\",\"n\":1}]",
	  "{\"delta\":true,\"rows\":[]}" },
	{ "a row changed", "[{\"key\":\"a\",\"n\":1},{\"key\":\"b\",\"n\":2}]",
	  "[{\"key\":\"a\",\"n\":1},{\"key\":\"b\",\"n\":3}]",
	  "{\"delta\":true,\"rows\":[{\"key\":\"b\",\"n\":3}]}" },
	{ "a row came", "[{\"key\":\"a\"}]", "[{\"key\":\"b\"},{\"key\":\"a\"}]",
	  "{\"delta\":true,\"keys\":[\"b\",\"a\"],\"rows\":[{\"key\":\"b\"}]}" },
	{ "a row went", "[{\"key\":\"a\"},{\"key\":\"b\"}]", "[{\"key\":\"b\"}]",
	  "{\"delta\":true,\"keys\":[\"b\"],\"rows\":[]}" },
	{ "they changed places", "[{\"key\":\"a\"},{\"key\":\"b\"}]",
	  "[{\"key\":\"b\"},{\"key\":\"a\"}]",
	  "{\"delta\":true,\"keys\":[\"b\",\"a\"],\"rows\":[]}" },
	{ "all went", "[{\"key\":\"a\"}]", "[]", "{\"delta\":true,\"keys\":[],\"rows\":[]}" },
};

static json_t *
parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void
what_is_told_is_little_and_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *before = parse(cases[i].before), *now = parse(cases[i].now);
		json_t *data = json_pack("{s:O}", "rows", now), *told = parse(cases[i].told);
		json_t *whole;

		api_delta_make(data, before);
		if (!json_equal(data, told))
			fail_msg("%s: %s", cases[i].name, json_dumps(data, 0));
		whole = api_delta_whole(data, before);
		if (!json_equal(json_object_get(whole, "rows"), now))
			fail_msg("%s: whole %s", cases[i].name, json_dumps(whole, 0));
		json_decref(whole);
		json_decref(data);
		json_decref(told);
		json_decref(now);
		json_decref(before);
	}
}

static const char *const odd[] = {
	"{}", "{\"rows\":1}", "{\"rows\":[null,1,{},{\"key\":1}]}", "{\"delta\":true}",
	"{\"delta\":true,\"keys\":[1,null,\"x\"],\"rows\":[]}", "{\"delta\":true,\"keys\":{}}",
};

/* whatever comes: rows have keys afterwards, and are not more than a window has */
static void
odd_pictures_are_survived(void **state)
{
	json_t *many = json_array();

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		json_t *data = parse(odd[i]), *whole = api_delta_whole(data, NULL);

		assert_int_equal(json_array_size(json_object_get(whole, "rows")), 0);
		json_decref(whole);
		json_decref(data);
	}
	for (int i = 0; i < API_VIEW_ROWS_MAX + 5; i++)
		json_array_append_new(many, json_pack("{s:s}", "key", "same"));
	{
		json_t *data = json_pack("{s:o}", "rows", many);
		json_t *whole = api_delta_whole(data, NULL);

		assert_int_equal(json_array_size(json_object_get(whole, "rows")),
		                 API_VIEW_ROWS_MAX);
		json_decref(whole);
		json_decref(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_is_little_and_enough),
		cmocka_unit_test(odd_pictures_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
