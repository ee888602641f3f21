/* cli_migrate.c - migrate status, stage, canary: moving credentials here from an old system. */
#include <string.h>

#include "api/api_json.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define ROWS(columns) (columns), sizeof(columns) / sizeof *(columns)

static const struct cli_column stream_columns[] = {
	{ "credential", { .header = "CREDENTIAL", .keeps = true }, CLI_AS_TEXT },
	{ "stage", { .header = "STAGE", .keeps = true }, CLI_AS_TEXT },
	{ "direct_percent", { .header = "DIRECT %", .is_right = true }, CLI_AS_COUNT },
	{ "smarthost", { .header = "SMARTHOST" }, CLI_AS_TEXT },
	{ "since_at", { .header = "SINCE" }, CLI_AS_TIME },
	{ "by", { .header = "BY" }, CLI_AS_TEXT },
	{ "reason", { .header = "REASON" }, CLI_AS_TEXT },
};

int
cli_migrate_status(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "migrate.status", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result))
		code = cli_put_list(cli, result, ROWS(stream_columns));
	json_decref(result);
	return code;
}

/* say_way - "shop is in stage trial: 20 % of its mail goes directly, the rest through old." */
static void
say_way(const json_t *stream)
{
	const char *smarthost = api_json_get_text(stream, "smarthost");
	const char *stage = api_json_get_text(stream, "stage");
	int64_t percent = api_json_get_int(stream, "direct_percent", 100);

	cli_put(api_json_get_text(stream, "credential"));
	cli_say(" is in stage %s: ", stage ? stage : "-");
	if (percent == 100 || smarthost == NULL) {
		cli_say("all of its mail goes directly.\n");
		return;
	}
	if (percent > 0)
		cli_say("%lld %% of its mail goes directly, the rest through ", (long long)percent);
	else
		cli_say("all of its mail goes through ");
	cli_put(smarthost);
	cli_say(".\n");
}

int
cli_migrate_set(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result)
	    && !cli_put_object(cli, json_object_get(result, "stream")) && !cli->is_quiet)
		say_way(json_object_get(result, "stream"));
	json_decref(result);
	return CLI_DONE;
}
