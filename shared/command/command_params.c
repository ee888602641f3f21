/* command_params.c - a parsed line as the request it stands for: built from the
 * row's `param` and `term` fields only, so that a new flag needs no new code. */
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/units.h"
#include "command/command_parse.h"

static json_t *
array_in(json_t *params, const char *key)
{
	json_t *array = json_object_get(params, key);

	if (!array) {
		array = json_array();
		api_json_put(params, key, array);
	}
	return array;
}

/* What should be a number and is none goes as it is: the daemon says what it takes. */
static void
put_word(const struct command_arg *arg, const char *word, json_t *params)
{
	unsigned long long count;

	if (arg->kind == COMMAND_COUNT && span_to_u64(span_of(word), &count) && count < INT64_MAX)
		api_json_put_int(params, arg->param, (int64_t)count);
	else
		api_json_put_text(params, arg->param, word);
}

static void
put_args(const struct command_line *line, json_t *params)
{
	for (size_t i = 0; i < 3 && line->command->arg[i].name; i++) {
		const struct command_arg *arg = &line->command->arg[i];
		size_t n;
		const char *const *word = command_arg_words(line, i, &n);

		if (!arg->param || n == 0)
			continue;
		if (arg->max == 1) {
			put_word(arg, word[0], params);
			continue;
		}
		for (size_t w = 0; w < n; w++)
			json_array_append_new(array_in(params, arg->param),
			                      api_json_string(span_of(word[w])));
	}
}

static void
put_term(const struct command_value *value, json_t *params)
{
	struct buf text;

	buf_init(&text, strlen(value->text) + 32);
	(void)buf_printf(&text, "%s:%s", value->flag->term, value->text);
	json_array_append_new(array_in(params, "terms"), api_json_string(buf_span(&text)));
	buf_deinit(&text);
}

static void
put_list(const struct command_value *value, json_t *params)
{
	struct span rest = span_of(value->text);

	while (rest.n) {
		struct span one = span_trim(span_cut(rest, ',', &rest));

		if (one.n)
			json_array_append_new(array_in(params, value->flag->param),
			                      api_json_string(one));
	}
}

static void
put_value(const struct command_value *value, json_t *params)
{
	const struct command_flag *flag = value->flag;
	unsigned long long count = 0;
	int64_t ms = 0;

	if (flag->term) {
		put_term(value, params);
	} else if (!flag->param) {
		return;
	} else if (flag->repeats) {
		put_list(value, params);
	} else if (flag->kind == COMMAND_FLAG) {
		api_json_put_bool(params, flag->param, true);
	} else if (flag->kind == COMMAND_COUNT) {
		(void)span_to_u64(span_of(value->text), &count);
		api_json_put_int(params, flag->param, (int64_t)count);
	} else if (flag->kind == COMMAND_DURATION) {
		(void)units_parse_duration(span_of(value->text), &ms, NULL);
		api_json_put_int(params, flag->param, ms);
	} else {
		api_json_put_text(params, flag->param, value->text);
	}
}

json_t *
command_params(const struct command_line *line)
{
	json_t *params = json_object();

	put_args(line, params);
	for (size_t i = 0; i < line->values; i++)
		put_value(&line->value[i], params);
	return params;
}
