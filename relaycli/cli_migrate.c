/* cli_migrate.c - migrate status, plan, stage, canary: moving credentials here from an old
 * system. */
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_migrate.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define ROWS(columns) (columns), sizeof(columns) / sizeof *(columns)

static const struct cli_column stream_columns[] = {
	{ "credential", { .header = "CREDENTIAL", .keeps = true }, CLI_AS_TEXT },
	{ "stage", { .header = "STAGE", .keeps = true }, CLI_AS_TEXT },
	{ "direct_percent", { .header = "DIRECT %", .is_right = true }, CLI_AS_COUNT },
	{ "per_day", { .header = "/DAY", .is_right = true }, CLI_AS_TEXT },
	{ "delivered", { .header = "DELIVERED", .is_right = true }, CLI_AS_TEXT },
	{ "refused", { .header = "REFUSED", .is_right = true }, CLI_AS_TEXT },
	{ "median", { .header = "MEDIAN", .is_right = true }, CLI_AS_TEXT },
	{ "p95", { .header = "P95", .is_right = true }, CLI_AS_TEXT },
	{ "proven", { .header = "PROVEN" }, CLI_AS_TEXT },
	{ "smarthost", { .header = "SMARTHOST" }, CLI_AS_TEXT },
	{ "returned", { .header = "WENT BACK", .drops = true }, CLI_AS_TEXT },
};

static const struct cli_column plan_columns[] = {
	{ "credential", { .header = "CREDENTIAL", .keeps = true }, CLI_AS_TEXT },
	{ "stage", { .header = "STAGE", .keeps = true }, CLI_AS_TEXT },
	{ "direct_percent", { .header = "DIRECT %", .is_right = true }, CLI_AS_COUNT },
	{ "per_day", { .header = "/DAY", .is_right = true }, CLI_AS_TEXT },
	{ "kind", { .header = "KIND" }, CLI_AS_TEXT },
	{ "next_command", { .header = "NEXT STEP", .keeps = true }, CLI_AS_TEXT },
	{ "needs", { .header = "MISSING" }, CLI_AS_TEXT },
};

/* ---- cells ------------------------------------------------------------------------------- */

/* put_both - "12/240": directly, and by the old system */
static void
put_both(json_t *row, const char *key, const char *cell)
{
	const json_t *results = json_object_get(row, "results");
	const json_t *direct = json_object_get(results, "direct");
	const json_t *old = json_object_get(results, "old");
	char text[48];

	snprintf(text, sizeof text, "%lld/%lld", (long long)api_json_get_int(direct, key, 0),
	         (long long)api_json_get_int(old, key, 0));
	json_object_set_new(row, cell, json_string(direct ? text : "-"));
}

static void
put_times(json_t *row, const char *key, const char *cell)
{
	static const char *const ways[] = { "direct", "old" };
	char time[2][UNITS_TEXT_SIZE], text[2 * UNITS_TEXT_SIZE + 2];

	for (int i = 0; i < 2; i++) {
		const json_t *way = json_object_get(json_object_get(row, "results"), ways[i]);
		int64_t ms = api_json_get_int(way, key, -1);

		if (ms < 0)
			snprintf(time[i], sizeof time[i], "-");
		else
			units_format_duration(ms, time[i]);
	}
	snprintf(text, sizeof text, "%s/%s", time[0], time[1]);
	json_object_set_new(row, cell, json_string(text));
}

/* put_proven - "SPF DKIM": of which others said that they pass */
static void
put_proven(json_t *row)
{
	static const char *const methods[][2] = { { "spf", "SPF" }, { "dkim", "DKIM" },
		                                  { "dmarc", "DMARC" } };
	char text[32] = "";

	for (size_t i = 0; i < 3; i++) {
		const json_t *one =
			json_object_get(json_object_get(row, "evidence"), methods[i][0]);
		size_t n = strlen(text);

		if (api_json_get_int(one, "passed", 0) > api_json_get_int(one, "failed", 0))
			snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "", methods[i][1]);
	}
	json_object_set_new(row, "proven", json_string(*text ? text : "-"));
}

/* rows_as_text - a copy of the rows with the cells of a table; JSON keeps numbers. */
static json_t *
rows_as_text(const json_t *result)
{
	json_t *copy = json_object(), *rows = json_deep_copy(json_object_get(result, "items"));
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const json_t *missing = json_object_get(row, "missing");
		char text[32];

		snprintf(text, sizeof text, "%.0f",
		         json_number_value(json_object_get(row, "recipients_per_day")));
		json_object_set_new(row, "per_day", json_string(text));
		json_object_set_new(row, "kind", json_string(api_json_get_bool(row, "bulk")
		                                             ? "bulk" : "transactional"));
		put_both(row, "delivered", "delivered");
		put_both(row, "refused", "refused");
		put_times(row, "median_ms", "median");
		put_times(row, "p95_ms", "p95");
		put_proven(row);
		if (json_array_size(missing) > 0)
			json_object_set(row, "needs", json_array_get(missing, 0));
	}
	json_object_set_new(copy, "items", rows);
	return copy;
}

/* ---- status, plan ------------------------------------------------------------------------ */

static int
put_rows(struct cli *cli, const json_t *result, const struct cli_column *column, size_t columns)
{
	json_t *rows = rows_as_text(result);
	int code = cli_put_list(cli, rows, column, columns);

	json_decref(rows);
	return code;
}

int
cli_migrate_status(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "migrate.status", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (cli_put_json(cli, result)) {
		json_decref(result);
		return code;
	}
	if (line->words > 0 && cli->form == CLI_TEXT && !cli->fields) {
		cli_migrate_show(cli, json_array_get(json_object_get(result, "items"), 0));
	} else {
		code = put_rows(cli, result, ROWS(stream_columns));
		if (code == CLI_DONE && cli->form == CLI_TEXT && cli->is_tty && !cli->is_quiet)
			cli_say("\nDELIVERED, REFUSED, MEDIAN, P95: directly/by the old system. "
			        "All of one: relaycli migrate status NAME\n");
	}
	json_decref(result);
	return code;
}

/* say_not_begun - those that nobody staged, while there is an old system to begin with. They
 * may be new here, and have nothing to move: that is the operator's to know. */
static void
say_not_begun(const json_t *result)
{
	const json_t *names = json_object_get(result, "not_begun"), *one;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	cli_say("Not begun, their mail goes directly:");
	json_array_foreach(names, i, one) {
		cli_say(i > 0 ? ", " : " ");
		cli_put(json_string_value(one));
	}
	cli_say(".\nOne that still sends through the old system begins with: relaycli migrate "
	        "stage NAME old\n");
}

/* say_next - "Next: shop. relaycli migrate canary shop 20", and what is missing for that. */
static void
say_next(const json_t *result)
{
	const json_t *first = json_array_get(json_object_get(result, "items"), 0), *one;
	size_t i;

	if (api_json_get_text(result, "next") == NULL) {
		cli_say(json_array_size(json_object_get(result, "not_begun")) > 0
		                ? "\n" : "\nNothing is left to move.\n");
		return;
	}
	cli_say("\nNext: ");
	cli_put(api_json_get_text(first, "next_command"));
	cli_say("\n");
	json_array_foreach(json_object_get(first, "missing"), i, one) {
		cli_say("  missing: ");
		cli_put(json_string_value(one));
		cli_say("\n");
	}
}

int
cli_migrate_plan(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "migrate.plan", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result)) {
		code = put_rows(cli, result, ROWS(plan_columns));
		if (code == CLI_DONE && cli->form == CLI_TEXT && cli->is_tty && !cli->is_quiet) {
			say_next(result);
			say_not_begun(result);
		}
	}
	json_decref(result);
	return code;
}

void
cli_migrate_say_way(const json_t *stream)
{
	const char *smarthost = api_json_get_text(stream, "smarthost");
	const char *stage = api_json_get_text(stream, "stage");
	int64_t percent = api_json_get_int(stream, "direct_percent", 100);

	cli_put(api_json_get_text(stream, "credential"));
	if (stage)
		cli_say(" is in stage %s: ", stage);
	else
		cli_say(" is in no stage: ");
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
		cli_migrate_say_way(json_object_get(result, "stream"));
	json_decref(result);
	return CLI_DONE;
}
