/* cli_suppression.c - suppression list, check, add, remove, export. */
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli_cell.h"
#include "cli_confirm.h"
#include "cli_export.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define SENTENCE_MAX 4096

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
		const char *scope = api_json_get_text(result, "scope");
		bool is_everywhere;

		scope = scope ? scope : "everywhere"; /* an older relayd says none */
		is_everywhere = strcmp(scope, "everywhere") == 0;

		cli_say(" gets no mail%s", is_everywhere ? "" : " of ");
		if (!is_everywhere)
			cli_put(scope);
		cli_say(". Undo: relaycli suppression remove ");
		cli_put(line->word[0]);
		cli_say(" --scope ");
		cli_put(scope);
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

/* ---- remove -------------------------------------------------------------------------- */

/* put_causes - ": 6 hard_bounce, 2 complaint" and what that is to an operator. */
static void
put_causes(struct buf *out, const json_t *result)
{
	const json_t *causes = json_object_get(result, "causes");
	int64_t asked = api_json_get_int(causes, "complaint", 0) +
			api_json_get_int(causes, "unsubscribe", 0);
	char count[UNITS_TEXT_SIZE];
	const char *cause, *before = ": ";
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)causes, cause, one) {
		units_format_count((uint64_t)json_integer_value(one), count);
		(void)buf_printf(out, "%s%s %s", before, count, cause);
		before = ", ";
	}
	units_format_count((uint64_t)asked, count);
	if (asked > 0)
		(void)buf_printf(out, "; %s of these asked for no more mail", count);
}

static void
put_cell(const struct cli *cli, struct buf *out, const json_t *row, const char *before,
         const char *key, enum cli_as as)
{
	const struct cli_column column = { key, { .header = "" }, as };
	const json_t *value = json_object_get(row, key);

	if (!value || json_is_null(value) || (as == CLI_AS_TEXT && json_string_length(value) == 0))
		return;
	(void)buf_append_text(out, before);
	if (as == CLI_AS_TEXT)
		utf8_harmless(span_of(json_string_value(value)), out);
	else
		cli_cell_append_human(cli, row, &column, out);
}

/* put_entry - "a@x.example (everywhere): complaint since 14:20 by root, until ...; 550 ..." */
static void
put_entry(const struct cli *cli, struct buf *out, const json_t *row)
{
	put_cell(cli, out, row, "\n    ", "address", CLI_AS_TEXT);
	put_cell(cli, out, row, " (", "scope", CLI_AS_TEXT);
	put_cell(cli, out, row, "): ", "reason", CLI_AS_TEXT);
	put_cell(cli, out, row, " since ", "since_at", CLI_AS_TIME);
	put_cell(cli, out, row, " by ", "by", CLI_AS_TEXT);
	put_cell(cli, out, row, ", ends ", "ends_at", CLI_AS_TIME);
	put_cell(cli, out, row, "; ", "reply", CLI_AS_TEXT);
	put_cell(cli, out, row, "; ", "detail", CLI_AS_TEXT);
}

/* confirm_removal - shows what is removed before it asks. */
static int
confirm_removal(struct cli *cli, const struct command_line *line)
{
	json_t *params, *seen, *row;
	char count[UNITS_TEXT_SIZE];
	int64_t affected;
	struct buf text;
	size_t i;
	int code;

	if (!cli->may_ask || command_line_has(line, "yes") || command_line_has(line, "dry-run"))
		return cli_confirm(cli, line);
	params = command_params(line);
	api_json_put_bool(params, "dry_run", true);
	code = cli_call(cli, line->command->method, params, &seen);
	if (code != CLI_DONE)
		return code;
	affected = api_json_get_int(seen, "affected", 0);
	buf_init(&text, SENTENCE_MAX);
	units_format_count((uint64_t)affected, count);
	(void)buf_printf(&text, "would take off the list %s %s", count,
			 affected == 1 ? "entry" : "entries");
	put_causes(&text, seen);
	json_array_foreach(json_object_get(seen, "entries"), i, row)
		put_entry(cli, &text, row);
	if (affected > (int64_t)json_array_size(json_object_get(seen, "entries")))
		(void)buf_append_text(&text, "\n    and others: relaycli suppression list");
	code = cli_confirm_as(cli, line, COMMAND_MODERATE, buf_span(&text));
	buf_deinit(&text);
	json_decref(seen);
	return code;
}

static void
say_removed(const json_t *result)
{
	char count[UNITS_TEXT_SIZE];
	bool is_dry = api_json_get_bool(result, "dry_run");
	struct buf text;

	units_format_count((uint64_t)api_json_get_int(result, "affected", 0), count);
	buf_init(&text, SENTENCE_MAX);
	put_causes(&text, result);
	cli_say("%s %s%.*s.%s\n", is_dry ? "Would remove" : "Removed", count,
		(int)buf_span(&text).n, buf_span(&text).p, is_dry ? " Nothing done." : "");
	buf_deinit(&text);
}

int
cli_suppression_remove(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = confirm_removal(cli, line);

	if (code == CLI_DONE)
		code = cli_call(cli, line->command->method, command_params(line), &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		say_removed(result);
	json_decref(result);
	return CLI_DONE;
}

/* ---- export -------------------------------------------------------------------------- */

/* import reads both this and the JSON back */
static const char *const export_keys[] = {
	"address", "reason", "scope", "since_at", "ends_at", "by", "detail",
	"message", "provider", "code", "reply",
};

int
cli_suppression_export(struct cli *cli, const struct command_line *line)
{
	static const struct cli_export export = {
		.method = "suppression.list",
		.page = 1000,
		.noun = "suppression",
		.schema = "relay.suppression.export/1",
		.keys = export_keys,
		.keys_count = sizeof export_keys / sizeof *export_keys,
		.header = "address,reason,scope,since,until,by,detail,message,provider,code,reply",
		.is_csv = true,
	};

	if (cli->fields)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "suppression export writes all there is; --fields narrows "
				     "suppression list");
	return cli_export_run(cli, line, &export);
}
