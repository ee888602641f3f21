/* cli_pool.c - pool check: what others see of an address mail leaves by. */
#include <string.h>

#include "api/api_json.h"
#include "cli_nouns.h"
#include "cli_output.h"

static void
put_line(const char *name, const char *value, const char *more)
{
	cli_say("  %-14s", name);
	cli_put(value);
	if (more != NULL) {
		cli_say("  ");
		cli_put(more);
	}
	cli_say("\n");
}

static void
put_report(const json_t *source)
{
	const json_t *one;
	size_t i;

	cli_put(api_json_get_text(source, "address"));
	cli_say("\n");
	put_line("greets as", api_json_get_text(source, "ehlo"),
		 api_json_get_bool(source, "greeting_confirmed") ? "as its PTR record says" : NULL);
	put_line("PTR", api_json_get_text(source, "ptr"),
		 api_json_get_text(source, json_is_null(json_object_get(source, "ptr_error"))
						  ? "ptr_name" : "ptr_error"));
	json_array_foreach(json_object_get(source, "blocklists"), i, one) {
		put_line(i == 0 ? "blocklists" : "", api_json_get_text(one, "list"),
			 api_json_get_text(one, "result"));
	}
	json_array_foreach(json_object_get(source, "problems"), i, one) {
		cli_say("! ");
		cli_put(json_string_value(one));
		cli_say("\n");
	}
}

int
cli_pool_check(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result))
		put_report(json_object_get(result, "source"));
	json_decref(result);
	return CLI_DONE;
}
