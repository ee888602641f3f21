/* command_table.c - the table as JSON: what tests and tools build on. */
#include <assert.h>
#include <jansson.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "command/command_help.h"

static const char *const kind_names[] = {
	[COMMAND_TEXT] = "text", [COMMAND_FLAG] = "flag", [COMMAND_COUNT] = "count",
	[COMMAND_DURATION] = "duration", [COMMAND_WORD] = "word", [COMMAND_FILE] = "file",
	[COMMAND_TERM] = "term", [COMMAND_ID] = "id", [COMMAND_CREDENTIAL] = "credential",
	[COMMAND_KEY] = "key", [COMMAND_DOMAIN] = "domain", [COMMAND_QUEUE] = "queue",
	[COMMAND_SENDER] = "sender", [COMMAND_METHOD] = "method", [COMMAND_JSON] = "json",
	[COMMAND_NOUN] = "noun", [COMMAND_VERB] = "verb", [COMMAND_POOL] = "pool",
	[COMMAND_SOURCE] = "source", [COMMAND_SCOPE] = "scope", [COMMAND_PROVIDER] = "provider",
	[COMMAND_SELECTOR] = "selector", [COMMAND_GROUP] = "group", [COMMAND_TIME] = "time",
	[COMMAND_END] = "end", [COMMAND_OPTION] = "option",
};
static_assert(sizeof kind_names / sizeof *kind_names == COMMAND_KIND_COUNT, "a name per kind");

static const char *const danger_names[] = {
	[COMMAND_SAFE] = "safe", [COMMAND_ADDS] = "adds", [COMMAND_MILD] = "mild",
	[COMMAND_MODERATE] = "moderate", [COMMAND_SEVERE] = "severe",
};

static json_t *
args_of(const struct command *row)
{
	json_t *args = json_array();

	for (size_t i = 0; i < 3 && row->arg[i].name; i++) {
		json_t *one = json_object();

		api_json_put_text(one, "name", row->arg[i].name);
		api_json_put_text(one, "kind", kind_names[row->arg[i].kind]);
		api_json_put_int(one, "min", row->arg[i].min);
		api_json_put_int(one, "max", row->arg[i].max);
		json_array_append_new(args, one);
	}
	return args;
}

static json_t *
flags_of(const struct command *row)
{
	json_t *flags = json_array();
	const struct command_flag *flag;

	for (size_t i = 0; (flag = command_flag_at(row, i)) != command_global_flags; i++) {
		json_t *one = json_object();

		api_json_put_text(one, "name", flag->name);
		api_json_put_text(one, "kind", kind_names[flag->kind]);
		api_json_put_text(one, "value", flag->value);
		json_array_append_new(flags, one);
	}
	return flags;
}

void
command_help_table(FILE *to)
{
	json_t *table = api_json_new("relay.completion.table/1"), *items = json_array();
	char *text;

	for (size_t i = 0; i < command_count; i++) {
		const struct command *row = &command_table[i];
		json_t *one = json_object();

		api_json_put_text(one, "noun", row->noun);
		api_json_put_text(one, "verb", row->verb);
		api_json_put(one, "args", args_of(row));
		api_json_put(one, "flags", flags_of(row));
		api_json_put_text(one, "danger", danger_names[row->danger]);
		api_json_put_text(one, "method", row->method);
		api_json_put_text(one, "example", row->example);
		api_json_put_bool(one, "is_hidden", row->is_hidden);
		json_array_append_new(items, one);
	}
	api_json_put(table, "items", items);
	text = api_json_text_of(table);
	fprintf(to, "%s\n", text);
	mem_free(text);
	json_decref(table);
}
