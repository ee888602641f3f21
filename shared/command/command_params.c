/* command_params.c - a parsed line as the request it stands for: built from the
 * row's `param` and `term` fields only, so that a new flag needs no new code. */
#include <string.h>

#include "api/api_json.h"
#include "api/api_term.h"
#include "api/api_time.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "command/command_flags.h"
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

/* put_time - words of a time in the zone of who typed it. */
static void
put_time(const struct command_line *line, api_time_parse_fn *parse, const char *text,
	 struct buf *out)
{
	api_time_put_utc(parse, span_of(text), clock_unix_ms(), command_line_has(line, "utc"), out);
}

static void
put_term(const struct command_line *line, const char *word, json_t *array)
{
	struct buf text;

	buf_init(&text, strlen(word) + CLOCK_RFC3339_SIZE);
	api_term_put_utc(span_of(word), clock_unix_ms(), command_line_has(line, "utc"), &text);
	json_array_append_new(array, api_json_string(buf_span(&text)));
	buf_deinit(&text);
}

/* put_option - "expires=2027-01-31" as the flag of that name would have it. */
static void
put_option(const struct command_line *line, const char *word, json_t *array)
{
	const struct command_flag *flag = command_flags_create;
	size_t stem = strcspn(word, "=");
	struct buf text;

	while (flag->name && !span_is((struct span){ word, stem }, flag->name))
		flag++;
	buf_init(&text, strlen(word) + CLOCK_RFC3339_SIZE);
	stem += word[stem] == '=';
	(void)buf_append(&text, word, stem);
	if (flag->name && flag->kind == COMMAND_END)
		put_time(line, api_time_parse_end, word + stem, &text);
	else
		(void)buf_append_text(&text, word + stem);
	json_array_append_new(array, api_json_string(buf_span(&text)));
	buf_deinit(&text);
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
		for (size_t w = 0; w < n; w++) {
			if (arg->kind == COMMAND_TERM)
				put_term(line, word[w], array_in(params, arg->param));
			else if (arg->kind == COMMAND_OPTION)
				put_option(line, word[w], array_in(params, arg->param));
			else
				json_array_append_new(array_in(params, arg->param),
						      api_json_string(span_of(word[w])));
		}
	}
}

static void
put_flag_term(const struct command_line *line, const struct command_value *value, json_t *params)
{
	struct buf text;

	buf_init(&text, strlen(value->text) + 32);
	(void)buf_printf(&text, "%s:%s", value->flag->term, value->text);
	(void)buf_append(&text, "", 1);
	put_term(line, buf_data(&text), array_in(params, "terms"));
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
put_value(const struct command_line *line, const struct command_value *value, json_t *params)
{
	const struct command_flag *flag = value->flag;
	unsigned long long count = 0;
	int64_t ms = 0;
	struct buf text;

	if (flag->term) {
		put_flag_term(line, value, params);
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
	} else if (flag->kind == COMMAND_TIME || flag->kind == COMMAND_END) {
		buf_init(&text, strlen(value->text) + CLOCK_RFC3339_SIZE);
		put_time(line, flag->kind == COMMAND_END ? api_time_parse_end : api_time_parse,
			 value->text, &text);
		json_object_set_new(params, flag->param, api_json_string(buf_span(&text)));
		buf_deinit(&text);
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
		put_value(line, &line->value[i], params);
	return params;
}
