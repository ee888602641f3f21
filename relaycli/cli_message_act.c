/* cli_message_act.c - message retry, hold, release, bounce, cancel: ids as words, from
 * stdin, or what --match finds.
 *
 * What cannot be undone is looked at first when terms choose it: the number is shown,
 * and what is done is refused if more would be touched by then. */
#include <string.h>

#include "api/api_json.h"
#include "base/span.h"
#include "base/units.h"
#include "cli_act.h"
#include "cli_confirm.h"
#include "cli_grace.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define IDS_MAX 4096               /* in one request; the daemon takes no more */
#define LINE_MAX_BYTES 256

/* read_ids - the first word of each line, so that a list's output can be piped in. */
static int
read_ids(const struct cli *cli, json_t *ids)
{
	char line[LINE_MAX_BYTES];

	json_array_clear(ids);
	while (fgets(line, sizeof line, stdin)) {
		size_t n = strcspn(line, " \t\r\n");

		if (n == 0)
			continue;
		if (json_array_size(ids) == IDS_MAX)
			return cli_fail_text(cli, API_ERROR_PARAMS,
			                     "more than %d ids at once: nothing done; "
			                     "split the list",
			                     IDS_MAX);
		json_array_append_new(ids, api_json_string((struct span){ line, n }));
	}
	if (json_array_size(ids) == 0)
		return cli_fail_text(cli, API_ERROR_NOT_FOUND, "no ids on stdin: nothing done");
	return CLI_DONE;
}

static int
confirm_many(struct cli *cli, const struct command_line *line, size_t many, const char *noun)
{
	enum command_danger danger =
		many > CLI_ACT_MODERATE_MAX ? COMMAND_SEVERE : COMMAND_MODERATE;
	char what[64];

	snprintf(what, sizeof what, "would %s %zu %s%s", cli_act_words(line)->would, many, noun,
	         many == 1 ? "" : "s");
	return cli_confirm_as(cli, line, danger, span_of(what));
}

/* confirm_match - looks first; the number becomes the guard in params. */
static int
confirm_match(struct cli *cli, const struct command_line *line, json_t *params)
{
	json_t *look = json_deep_copy(params), *seen;
	int64_t affected;
	int code;

	api_json_put_bool(look, "dry_run", true);
	code = cli_call(cli, line->command->method, look, &seen);
	if (code != CLI_DONE)
		return code;
	affected = api_json_get_int(seen, "affected", 0);
	json_decref(seen);
	if (affected > 0 && !command_line_has(line, "count"))
		api_json_put_int(params, "count", affected);
	return affected > 0 ? confirm_many(cli, line, (size_t)affected, "recipient") : CLI_DONE;
}

static int
confirm(struct cli *cli, const struct command_line *line, json_t *params)
{
	if (line->command->danger < COMMAND_MODERATE || command_line_has(line, "dry-run") ||
	    command_line_has(line, "yes"))
		return CLI_DONE;
	if (command_line_has(line, "match"))
		return confirm_match(cli, line, params);
	return confirm_many(cli, line, json_array_size(json_object_get(params, "ids")), "message");
}

/* say_undo - of a hold: one word instead of each id, where it knows one. */
static void
say_undo(const struct command_line *line, const json_t *result)
{
	const char *hold = api_json_get_text(result, "hold");

	if (strcmp(line->command->verb, "hold") == 0 && hold) {
		cli_say(" Undo: relaycli queue release ");
		cli_put(hold);
	}
}

static void
say(const struct command_line *line, const json_t *result, size_t ids)
{
	bool is_dry = command_line_has(line, "dry-run");
	int64_t affected = api_json_get_int(result, "affected", 0);
	char count[UNITS_TEXT_SIZE];

	units_format_count((uint64_t)affected, count);
	if (is_dry)
		cli_say("Would %s ", cli_act_words(line)->would);
	else
		cli_say("%s: ", cli_act_words(line)->did);
	cli_say("%s recipient%s", count, affected == 1 ? "" : "s");
	if (ids > 0)
		cli_say(" of %zu message%s", ids, ids == 1 ? "" : "s");
	cli_say(is_dry ? ". Nothing done." : ".");
	if (!is_dry)
		say_undo(line, result);
	cli_act_say_stayed(result);
	cli_say("\n");
}

int
cli_message_act(struct cli *cli, const struct command_line *line)
{
	json_t *params = command_params(line), *result;
	json_t *ids = json_object_get(params, "ids");
	size_t count;
	int code = CLI_DONE;

	if (line->words == 1 && strcmp(line->word[0], "-") == 0) {
		code = read_ids(cli, ids);
		cli->may_ask = false; /* stdin is spoken for */
	}
	count = json_array_size(ids);
	if (code == CLI_DONE)
		code = confirm(cli, line, params);
	if (code != CLI_DONE) {
		json_decref(params);
		return code;
	}
	if (line->command->danger >= COMMAND_MODERATE)
		cli_grace_ask(cli, line, params);
	code = cli_call(cli, line->command->method, params, &result);
	if (code == CLI_DONE)
		code = cli_grace_follow(cli, line, &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		say(line, result, count);
	json_decref(result);
	return CLI_DONE;
}
