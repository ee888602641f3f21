/* cli_suppression.c - suppression list, check, add, remove, export. */
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_cell.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define PAGE 1000

static const struct cli_column columns[] = {
	{ "address", { .header = "ADDRESS", .keeps = true }, CLI_AS_TEXT },
	{ "reason", { .header = "CAUSE", .keeps = true }, CLI_AS_TEXT },
	{ "scope", { .header = "SCOPE" }, CLI_AS_TEXT },
	{ "since_at", { .header = "SINCE" }, CLI_AS_TIME },
	{ "ends_at", { .header = "ENDS" }, CLI_AS_TIME },
	{ "by", { .header = "BY" }, CLI_AS_TEXT },
	{ "provider", { .header = "PROVIDER" }, CLI_AS_TEXT },
	{ "reply", { .header = "EVIDENCE" }, CLI_AS_TEXT },
	{ "detail", { .header = "DETAIL" }, CLI_AS_TEXT },
};

static int
put_rows(struct cli *cli, const struct command_line *line, const char *nothing, int none)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (json_array_size(json_object_get(result, "items")) == 0)
		code = none;
	if (!cli_put_json(cli, result)) {
		if (code != CLI_DONE && cli->form == CLI_TEXT) {
			cli_put(line->words > 0 ? line->word[0] : NULL);
			cli_say("%s\n", nothing);
		} else if (code == CLI_DONE) {
			code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
		}
	}
	json_decref(result);
	return code;
}

int
cli_suppression_list(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "suppression.list", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result))
		code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
	json_decref(result);
	return code;
}

int
cli_suppression_check(struct cli *cli, const struct command_line *line)
{
	return put_rows(cli, line, " is on no list: mail to it is delivered.", CLI_NONE);
}

int
cli_suppression_add(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "suppression.add", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (cli_put_json(cli, result) || cli_put_object(cli, result) || cli->is_quiet) {
		json_decref(result);
		return CLI_DONE;
	}
	cli_put(line->word[0]);
	if (api_json_get_int(result, "kept", 0) > 0) {
		cli_say(" is on the list for a reason at least as strong; nothing changed. See: "
		        "relaycli suppression check ");
		cli_put(line->word[0]);
		cli_say("\n");
	} else {
		cli_say(" gets no mail. Undo: relaycli suppression remove ");
		cli_put(line->word[0]);
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_suppression_remove(struct cli *cli, const struct command_line *line)
{
	char count[UNITS_TEXT_SIZE];
	json_t *result;
	int code = cli_call(cli, "suppression.remove", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	units_format_count((uint64_t)api_json_get_int(result, "affected", 0), count);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		if (api_json_get_bool(result, "dry_run"))
			cli_say("Would remove %s. Nothing done.\n", count);
		else
			cli_say("Removed %s.\n", count);
	}
	json_decref(result);
	return CLI_DONE;
}

/* ---- export -------------------------------------------------------------------------- */

/* in step with EXPORT_HEADER; import reads both this and the JSON back */
static const char *const export_keys[] = {
	"address", "reason", "scope", "since_at", "ends_at", "by", "detail",
	"message", "provider", "code", "reply",
};
#define EXPORT_HEADER "address,reason,scope,since,until,by,detail,message,provider,code,reply\n"

static void
put_row(const struct cli *cli, const json_t *row)
{
	if (cli->form == CLI_JSON || cli->form == CLI_JSONL) {
		char *text = api_json_text_of(row);

		cli_say("%s\n", text);
		mem_free(text);
		return;
	}
	cli_cell_put_line(row, export_keys, sizeof export_keys / sizeof *export_keys, true);
}

int
cli_suppression_export(struct cli *cli, const struct command_line *line)
{
	int64_t cursor = 0;

	if (cli->form != CLI_JSON && cli->form != CLI_JSONL && cli->has_header)
		cli_say(EXPORT_HEADER);
	do {
		json_t *params = command_params(line), *result, *row;
		size_t i;
		int code;

		api_json_put_int(params, "limit", PAGE);
		if (cursor)
			api_json_put_int(params, "cursor", cursor);
		code = cli_call(cli, "suppression.list", params, &result);
		if (code != CLI_DONE)
			return code;
		json_array_foreach(json_object_get(result, "items"), i, row)
			put_row(cli, row);
		cursor = api_json_get_int(result, "next_cursor", 0);
		json_decref(result);
	} while (cursor > 0);
	return CLI_DONE;
}
