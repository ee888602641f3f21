/* test_control_params.c - parameters against their method's list; the command
 * table against the methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "command/command.h"
#include "control/control_params.h"

static const char *const sort_words[] = { "oldest", "size", NULL };

static const struct control_param params[] = {
	{ "name", CONTROL_TEXT, true, .max = 5, .help = "a name" },
	{ "limit", CONTROL_COUNT, .min = 1, .max = 10, .help = "rows" },
	{ "list", CONTROL_TEXTS, .max = 3, .help = "texts" },
	{ "flag", CONTROL_BOOL, .help = "yes or no" },
	{ "id", CONTROL_ID, .help = "an id" },
	{ "sort", CONTROL_WORD, .words = sort_words, .help = "oldest, size" },
	{ "filter", CONTROL_TEXT_OR_NULL, .help = "text" },
	{ .name = NULL },
};

static const struct control_method method = { "x.y", CONTROL_VIEWER, NULL, params, false, "test" };

static const struct {
	const char *json;
	const char *refusal; /* a part of it; NULL: right */
} rows[] = {
	{ "{\"name\":\"a\"}", NULL },
	{ "{\"name\":\"a\",\"limit\":10,\"list\":[\"a\",\"abc\"],\"flag\":false,\"sort\":\"size\","
	  "\"filter\":null}", NULL },
	{ "{\"name\":\"a\",\"id\":\"01JD7QZ8M4ABC\"}", NULL },
	{ "{}", "\"name\" is missing" },
	{ "{\"name\":null}", "name: wants text" },
	{ "{\"name\":5}", "name: wants text" },
	{ "{\"name\":\"toolong\"}", "name: wants text" },
	{ "{\"name\":\"a\",\"limit\":0}", "from 1 to 10" },
	{ "{\"name\":\"a\",\"limit\":11}", "from 1 to 10" },
	{ "{\"name\":\"a\",\"limit\":\"5\"}", "from 1 to 10" },
	{ "{\"name\":\"a\",\"limit\":1.5}", "from 1 to 10" },
	{ "{\"name\":\"a\",\"list\":\"a\"}", "list of texts" },
	{ "{\"name\":\"a\",\"list\":[1]}", "list of texts" },
	{ "{\"name\":\"a\",\"list\":[\"abcd\"]}", "list of texts" },
	{ "{\"name\":\"a\",\"flag\":1}", "true or false" },
	{ "{\"name\":\"a\",\"id\":\"short\"}", "13 characters" },
	{ "{\"name\":\"a\",\"sort\":\"big\"}", "one word: oldest, size" },
	{ "{\"name\":\"a\",\"limt\":5}", "no parameter \"limt\"" },
};

static void
checks_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *given = api_json_parse(span_of(rows[i].json), NULL);
		struct api_error error = { .kind = API_ERROR_NONE };
		int rc = control_params_check(&method, given, &error);

		assert_non_null(given);
		if ((rc == 0) != (rows[i].refusal == NULL) ||
		    (rc < 0 && !strstr(error.message, rows[i].refusal)))
			fail_msg("%s: %s", rows[i].json, rc ? error.message : "taken");
		json_decref(given);
	}
}

static void
names_the_nearest(void **state)
{
	json_t *given = api_json_parse(span_of("{\"name\":\"a\",\"limt\":5}"), NULL);
	struct api_error error;

	(void)state;
	assert_int_equal(control_params_check(&method, given, &error), -1);
	assert_string_equal(error.hint, "did you mean \"limit\"?");
	json_decref(given);
}

static const struct control_method *
method_of(const char *name)
{
	for (size_t i = 0; i < control_method_count; i++)
		if (strcmp(control_method_table[i].name, name) == 0)
			return &control_method_table[i];
	return NULL;
}

static bool
knows(const struct control_method *known, const char *param)
{
	for (const struct control_param *p = known->param; p && p->name; p++)
		if (strcmp(p->name, param) == 0)
			return true;
	return false;
}

/* Clients and daemon share no code for this on purpose; this is what holds them together. */
static void
every_command_has_its_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *row = &command_table[i];
		const struct control_method *known = row->method ? method_of(row->method) : NULL;
		const struct command_flag *flag;

		if (!row->method)
			continue;
		if (!known)
			fail_msg("%s: no such method", row->method);
		assert_true((known->role == CONTROL_OPERATOR) == (row->role == COMMAND_OPERATOR));
		assert_true(known->changes == command_changes(row));
		for (size_t a = 0; a < 3 && row->arg[a].name; a++)
			if (row->arg[a].param && !knows(known, row->arg[a].param))
				fail_msg("%s: no parameter %s", row->method, row->arg[a].param);
		if (row->arg[0].kind == COMMAND_FILE)
			continue; /* its flags say how the file is read: the client's own */
		for (size_t f = 0; (flag = command_flag_at(row, f)) != NULL; f++)
			if ((flag->param && !knows(known, flag->param)) ||
			    (flag->term && !knows(known, "terms")))
				fail_msg("%s: --%s goes nowhere", row->method, flag->name);
	}
}

static void
every_change_takes_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < control_method_count; i++) {
		const struct control_method *one = &control_method_table[i];

		if (one->changes && (one->role != CONTROL_OPERATOR || !knows(one, "reason")))
			fail_msg("%s", one->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_each_kind),
		cmocka_unit_test(names_the_nearest),
		cmocka_unit_test(every_command_has_its_method),
		cmocka_unit_test(every_change_takes_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
