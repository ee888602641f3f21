/* cli_message_act.c - message retry, bounce, cancel: ids as words, or from stdin. */
#include <string.h>

#include "api/api_json.h"
#include "base/span.h"
#include "base/units.h"
#include "cli_confirm.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define IDS_MAX 4096               /* in one request; the daemon takes no more */
#define LINE_MAX_BYTES 256
#define MODERATE_MAX 100           /* more than so many want the name typed */

static const struct words {
	const char *verb, *did, *would;
} words[] = {
	{ "retry", "Due now", "retry" },
	{ "bounce", "Bounced", "bounce" },
	{ "cancel", "Cancelled", "cancel" },
};

static const struct words *
words_of(const struct command_line *line)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(line->command->verb, words[i].verb) == 0)
			return &words[i];
	return &words[0];
}

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
confirm(struct cli *cli, const struct command_line *line, size_t ids)
{
	enum command_danger danger = ids > MODERATE_MAX ? COMMAND_SEVERE : COMMAND_MODERATE;
	char what[64];

	if (strcmp(line->command->verb, "retry") == 0)
		return CLI_DONE;
	snprintf(what, sizeof what, "would %s %zu message%s", words_of(line)->would, ids,
	         ids == 1 ? "" : "s");
	return cli_confirm_as(cli, line, danger, span_of(what));
}

static void
say(const struct command_line *line, const json_t *result, size_t ids)
{
	bool is_dry = command_line_has(line, "dry-run");
	int64_t affected = api_json_get_int(result, "affected", 0);
	char count[UNITS_TEXT_SIZE];

	units_format_count((uint64_t)affected, count);
	if (is_dry)
		cli_say("Would %s %s recipient%s of %zu message%s. Nothing done.\n",
		        words_of(line)->would, count, affected == 1 ? "" : "s", ids,
		        ids == 1 ? "" : "s");
	else
		cli_say("%s: %s recipient%s of %zu message%s.\n", words_of(line)->did, count,
		        affected == 1 ? "" : "s", ids, ids == 1 ? "" : "s");
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
	if (code == CLI_DONE && !command_line_has(line, "dry-run"))
		code = confirm(cli, line, count);
	if (code != CLI_DONE) {
		json_decref(params);
		return code;
	}
	code = cli_call(cli, line->command->method, params, &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		say(line, result, count);
	json_decref(result);
	return CLI_DONE;
}
