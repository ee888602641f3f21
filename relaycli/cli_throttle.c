/* cli_throttle.c - throttle list, show, history, set, clear. */
#include <math.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define FOR_DEFAULT_MS ((int64_t)3600000)

static const struct cli_column limit_columns[] = {
	{ "scope", { .header = "SCOPE", .keeps = true }, CLI_AS_TEXT },
	{ "source_address", { .header = "FROM" }, CLI_AS_TEXT },
	{ "credential", { .header = "CRED", .drops = true }, CLI_AS_TEXT },
	{ "limit", { .header = "LIMIT", .keeps = true }, CLI_AS_TEXT },
	{ "cap", { .header = "CAP", .is_right = true }, CLI_AS_TEXT },
	{ "used", { .header = "NOW", .is_right = true }, CLI_AS_TEXT },
	{ "rule", { .header = "RULE", .is_right = true }, CLI_AS_TEXT },
	{ "set_by", { .header = "SET BY" }, CLI_AS_TEXT },
	{ "ends_at", { .header = "ENDS" }, CLI_AS_TIME },
	{ "cause", { .header = "CAUSE" }, CLI_AS_TEXT },
	{ "undo", { .header = "WAY OUT", .keeps = true }, CLI_AS_TEXT }, /* last: see put_ways */
};

static const struct cli_column change_columns[] = {
	{ "at", { .header = "AT", .keeps = true }, CLI_AS_TIME },
	{ "scope", { .header = "SCOPE" }, CLI_AS_TEXT },
	{ "source_address", { .header = "FROM", .drops = true }, CLI_AS_TEXT },
	{ "change", { .header = "CHANGE" }, CLI_AS_TEXT },
};

/* rate_text - "10/m": the longest period that leaves at least one. */
static void
rate_text(double per_second, char *out, size_t size)
{
	static const struct {
		char name;
		double sec;
	} periods[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t i = 0;
	double n;

	while (i + 1 < sizeof periods / sizeof *periods && per_second * periods[i].sec < 0.99)
		i++;
	n = per_second * periods[i].sec; /* kept in millionths of a second: 1.99 a day was 2 */
	(void)snprintf(out, size, "%.6g/%c", n < 100 ? round(n * 10) / 10 : round(n),
	               periods[i].name);
}

/* rows_as_text - the table's cells are texts; JSON keeps the numbers. */
static json_t *
rows_as_text(const json_t *result)
{
	static const char *const numbers[] = { "cap", "used", "rule" };
	json_t *copy = json_object(), *items = json_deep_copy(json_object_get(result, "items"));
	json_t *one;
	size_t i;

	json_array_foreach(items, i, one) {
		const char *limit = api_json_get_text(one, "limit");
		bool is_rate = limit && strcmp(limit, "rate") == 0;

		for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
			const json_t *value = json_object_get(one, numbers[k]);
			char text[32];

			if (!json_is_number(value))
				continue;
			if (is_rate && json_number_value(value) > 0)
				rate_text(json_number_value(value), text, sizeof text);
			else
				(void)snprintf(text, sizeof text, "%.10g",
				               round(json_number_value(value) * 10) / 10);
			json_object_set_new(one, numbers[k], json_string(text));
		}
	}
	json_object_set_new(copy, "items", items);
	return copy;
}

static bool
is_said_before(const json_t *items, size_t before, const char *undo)
{
	for (size_t i = 0; i < before; i++) {
		const char *other = api_json_get_text(json_array_get(items, i), "undo");

		if (other && strcmp(other, undo) == 0)
			return true;
	}
	return false;
}

/* put_ways - a command that is cut helps nobody: on a terminal they are below the table. */
static void
put_ways(const json_t *items)
{
	const json_t *one;
	size_t i;

	json_array_foreach(items, i, one) {
		const char *undo = api_json_get_text(one, "undo");

		if (undo == NULL || is_said_before(items, i, undo))
			continue;
		cli_say("Way out: ");
		cli_put(undo);
		cli_say("\n");
	}
}

static int
put_list(struct cli *cli, const struct command_line *line, const struct cli_column *columns,
         size_t count, const char *nothing)
{
	bool is_prose, has_ways = strcmp(columns[count - 1].key, "undo") == 0;
	json_t *result, *rows;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result)) {
		rows = rows_as_text(result);
		is_prose = cli_is_prose(cli);
		if (json_array_size(json_object_get(rows, "items")) == 0 && is_prose)
			cli_say("%s\n", nothing);
		else
			code = cli_put_list(cli, rows, columns, count - (is_prose && has_ways));
		if (code == CLI_DONE && is_prose && has_ways)
			put_ways(json_object_get(rows, "items"));
		json_decref(rows);
	}
	json_decref(result);
	return code;
}

#define ROWS(columns) (columns), sizeof(columns) / sizeof *(columns)

int
cli_throttle_list(struct cli *cli, const struct command_line *line)
{
	return put_list(cli, line, ROWS(limit_columns),
	                "Every limit is as relayd.conf has it, and nothing is stopped. All of "
	                "them: relaycli throttle list --all");
}

int
cli_throttle_show(struct cli *cli, const struct command_line *line)
{
	return put_list(cli, line, ROWS(limit_columns),
	                "Nothing is known of it yet: it is when mail goes there.");
}

int
cli_throttle_history(struct cli *cli, const struct command_line *line)
{
	return put_list(cli, line, ROWS(change_columns),
	                "No change is known of it.");
}

int
cli_throttle_set(struct cli *cli, const struct command_line *line)
{
	json_t *params = command_params(line), *result;
	int64_t for_ms = command_line_duration(line, "for", FOR_DEFAULT_MS);
	char time[UNITS_TEXT_SIZE];
	int code;

	api_json_put_int(params, "for_ms", for_ms);
	code = cli_call(cli, "throttle.set", params, &result);
	if (code != CLI_DONE)
		return code;
	units_format_duration(for_ms, time);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		cli_put(line->word[0]);
		cli_say(": ");
		cli_put(line->word[1]);
		cli_say(" ");
		cli_put(line->word[2]);
		cli_say(" for %s, then as relayd.conf says. Undo: relaycli throttle clear ", time);
		cli_put(line->word[0]);
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_throttle_clear(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	const json_t *one;
	size_t i;
	int code = cli_call(cli, "throttle.clear", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		json_array_foreach(json_object_get(result, "cleared"), i, one) {
			cli_say("Cleared for ");
			cli_put(line->word[0]);
			cli_say(": ");
			cli_put(json_string_value(one));
			cli_say(".\n");
		}
	json_decref(result);
	return CLI_DONE;
}
