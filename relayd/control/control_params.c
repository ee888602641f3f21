/* control_params.c - see control_params.h. */
#include "control/control_params.h"

#include <assert.h>
#include <string.h>

#include "api/api_text.h"
#include "base/id.h"
#include "base/units.h"

#define TEXT_MAX_BYTES 512  /* when the row does not say */
#define TEXTS_MAX 4096      /* entries of a list */

static const char *const type_names[] = {
	[CONTROL_TEXT] = "text",
	[CONTROL_TEXTS] = "list of texts",
	[CONTROL_COUNT] = "number",
	[CONTROL_BOOL] = "true or false",
	[CONTROL_ID] = "id of 13 characters",
	[CONTROL_WORD] = "word",
	[CONTROL_TEXT_OR_NULL] = "text or null",
	[CONTROL_ANY] = "anything",
};
static_assert(sizeof type_names / sizeof *type_names == CONTROL_TYPE_COUNT, "a name per type");

const char *
control_type_name(enum control_type type)
{
	return type_names[type];
}

static const char *
name_at(size_t i, const void *arg)
{
	const struct control_param *param = arg;

	for (size_t n = 0; n < i && param[n].name; n++)
		if (!param[n + 1].name)
			return NULL;
	return param[i].name;
}

static bool
is_text_within(const json_t *value, int64_t max)
{
	return json_is_string(value) &&
	       json_string_length(value) <= (size_t)(max ? max : TEXT_MAX_BYTES);
}

static bool
is_word(const json_t *value, const char *const *words)
{
	for (size_t i = 0; json_is_string(value) && words[i]; i++)
		if (strcmp(words[i], json_string_value(value)) == 0)
			return true;
	return false;
}

static bool
are_texts(const json_t *value, int64_t max)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > TEXTS_MAX)
		return false;
	json_array_foreach(value, i, one)
		if (!is_text_within(one, max))
			return false;
	return true;
}

static bool
is_count(const json_t *value, const struct control_param *param)
{
	int64_t n = json_integer_value(value);

	return json_is_integer(value) && n >= param->min && (param->max == 0 || n <= param->max);
}

static bool
is_right(const json_t *value, const struct control_param *param)
{
	uint64_t id;

	switch (param->type) {
	case CONTROL_TEXT:
		return is_text_within(value, param->max);
	case CONTROL_TEXT_OR_NULL:
		return json_is_null(value) || is_text_within(value, param->max);
	case CONTROL_TEXTS:
		return are_texts(value, param->max);
	case CONTROL_COUNT:
		return is_count(value, param);
	case CONTROL_BOOL:
		return json_is_boolean(value);
	case CONTROL_ID:
		return json_is_string(value) &&
		       id_parse(span_of(json_string_value(value)), &id);
	case CONTROL_WORD:
		return is_word(value, param->words);
	default:
		return true;
	}
}

static int
refuse_value(const struct control_param *param, struct api_error *error)
{
	size_t n = strlen(param->name);

	/* what people give as a duration; they call it without the unit */
	if (param->type == CONTROL_COUNT && param->max > 0 && n > 3
	    && strcmp(param->name + n - 3, "_ms") == 0) {
		char least[UNITS_TEXT_SIZE], most[UNITS_TEXT_SIZE];

		units_format_duration(param->min, least);
		units_format_duration(param->max, most);
		return api_error_set(error, API_ERROR_PARAMS, "%.*s: wants a time from %s to %s",
				     (int)(n - 3), param->name, least, most);
	}
	if (param->type == CONTROL_COUNT && param->max > 0)
		return api_error_set(error, API_ERROR_PARAMS,
				     "%s: wants a number from %lld to %lld", param->name,
				     (long long)param->min, (long long)param->max);
	(void)api_error_set(error, API_ERROR_PARAMS, "%s: wants %s%s", param->name,
	                    param->type == CONTROL_WORD ? "one word: " : type_names[param->type],
	                    param->type == CONTROL_WORD ? param->help : "");
	return -1;
}

static int
refuse_name(const struct control_method *method, const char *key, struct api_error *error)
{
	const char *nearest = method->param && method->param->name ?
		api_text_suggest(span_of(key), name_at, method->param) : NULL;

	(void)api_error_set(error, API_ERROR_PARAMS, "%s has no parameter \"%.60s\"", method->name,
			    key);
	if (nearest)
		api_error_hint(error, "did you mean \"%s\"?", nearest);
	return -1;
}

int
control_params_check(const struct control_method *method, const json_t *params,
                     struct api_error *error)
{
	const struct control_param *param;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)params, key, value) {
		for (param = method->param; param && param->name; param++)
			if (strcmp(param->name, key) == 0)
				break;
		if (!param || !param->name)
			return refuse_name(method, key, error);
		if (!is_right(value, param))
			return refuse_value(param, error);
	}
	for (param = method->param; param && param->name; param++)
		if (param->is_required && !json_object_get(params, param->name))
			return api_error_set(error, API_ERROR_PARAMS, "%s: \"%s\" is missing (%s)",
			                     method->name, param->name, param->help);
	return 0;
}
