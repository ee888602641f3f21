/* cli_message_act.c - message retry, hold, release, bounce, cancel: ids as words, from
 * stdin, or what --match finds.
 *
 * Many ids are sent in steps, with a line of progress; where what is done cannot be undone,
 * they are one request or none. That is looked at first when terms choose it: the number is
 * shown, and what is done is refused if more would be touched by then. */
#include <string.h>

#include "api/api_json.h"
#include "base/span.h"
#include "base/units.h"
#include "cli_act.h"
#include "cli_confirm.h"
#include "cli_grace.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_progress.h"

#define IDS_MAX 4096               /* in one request; the daemon takes no more */
#define STEP 1000                  /* ids of a request, where there may be several */
#define MANY_MAX 1000000           /* ids in all: 16 MB */
#define LINE_MAX_BYTES 256

/* goes_in_steps - what can be undone and is guarded by no number needs not be one request. */
static bool
goes_in_steps(const struct command_line *line)
{
	return line->command->danger < COMMAND_MODERATE && !command_line_has(line, "count");
}

/* read_ids - the first word of each line, so that a list's output can be piped in. */
static int
read_ids(const struct cli *cli, json_t *ids, size_t most)
{
	char line[LINE_MAX_BYTES];

	json_array_clear(ids);
	while (fgets(line, sizeof line, stdin)) {
		size_t n = strcspn(line, " \t\r\n");

		if (n == 0)
			continue;
		if (json_array_size(ids) == most)
			return cli_fail_text(cli, API_ERROR_PARAMS,
			                     "more than %zu ids at once: nothing done; "
			                     "split the list",
			                     most);
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

/* ---- many, in steps ------------------------------------------------------------ */

/* add_step - to what the steps before did. A hold of each has a name: there is not one. */
static void
add_step(json_t *sum, const json_t *step)
{
	static const char *const counts[] = { "affected", "stays" };
	json_t *items = json_object_get(sum, "items");

	if (json_object_size(sum) == 0) {
		json_object_update(sum, (json_t *)(uintptr_t)step);
		return;
	}
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (json_object_get(step, counts[i]))
			api_json_put_int(sum, counts[i], api_json_get_int(sum, counts[i], 0) +
			                 api_json_get_int(step, counts[i], 0));
	if (items)
		json_array_extend(items, json_object_get(step, "items"));
	json_object_update_missing(sum, (json_t *)(uintptr_t)step);
	json_object_del(sum, "hold");
}

/* step_of - the same request for the ids from that place on. New reference. */
static json_t *
step_of(const json_t *params, const json_t *ids, size_t at)
{
	json_t *step = json_copy((json_t *)(uintptr_t)params), *some = json_array();

	for (size_t i = at; i < at + STEP && i < json_array_size(ids); i++)
		json_array_append(some, json_array_get(ids, i));
	json_object_set_new(step, "ids", some);
	return step;
}

static int
stopped(const struct cli *cli, const struct api_error *error, size_t done, size_t all)
{
	int code = cli_interrupted ? CLI_INTERRUPTED : cli_fail(cli, error);
	char count[2][UNITS_TEXT_SIZE];

	units_format_count(done, count[0]);
	units_format_count(all, count[1]);
	fprintf(stderr, "relaycli: done for the first %s of %s messages\n", count[0], count[1]);
	return code == CLI_INTERRUPTED || done == 0 ? code : CLI_PARTIAL;
}

/* act_in_steps - a step of which nothing waits any more is no failure, unless all are. */
static int
act_in_steps(struct cli *cli, const struct command_line *line, const json_t *params,
             json_t **result_out)
{
	const json_t *ids = json_object_get(params, "ids");
	size_t all = json_array_size(ids), done = 0;
	struct cli_progress progress;
	json_t *sum = json_object(), *step;
	struct api_error error;

	cli_progress_start(&progress, cli, "messages done");
	while (done < all) {
		bool is_done = !cli_interrupted && cli_try(cli, line->command->method,
			step_of(params, ids, done), cli->timeout_ms, &step, &error) == 0;

		if (!is_done && (cli_interrupted || error.kind != API_ERROR_NOT_FOUND)) {
			cli_progress_clear(&progress);
			json_decref(sum);
			return stopped(cli, &error, done, all);
		}
		if (is_done)
			add_step(sum, step);
		if (is_done)
			json_decref(step);
		done = done + STEP < all ? done + STEP : all;
		cli_progress_put(&progress, done, (double)done / (double)all, NULL, done == all);
	}
	if (json_object_size(sum) == 0) {
		json_decref(sum);
		return cli_fail(cli, &error);
	}
	*result_out = sum;
	return CLI_DONE;
}

/* say_undo - of a hold: one word instead of each id, where it knows one. */
static void
say_undo(const struct command_line *line, const json_t *result, size_t ids)
{
	const char *hold = api_json_get_text(result, "hold");

	if (strcmp(line->command->verb, "hold") == 0 && hold) {
		cli_say(" Undo: relaycli queue release ");
		cli_put(hold);
	} else if (strcmp(line->command->verb, "hold") == 0 && ids > STEP) {
		cli_say(" Undo: the same ids to relaycli message release -");
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
		say_undo(line, result, ids);
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
		code = read_ids(cli, ids, goes_in_steps(line) ? MANY_MAX : IDS_MAX);
		cli->may_ask = false; /* stdin is spoken for */
	}
	count = json_array_size(ids);
	if (code == CLI_DONE)
		code = confirm(cli, line, params);
	if (code != CLI_DONE) {
		json_decref(params);
		return code;
	}
	if (count > STEP && goes_in_steps(line)) {
		code = act_in_steps(cli, line, params, &result);
		json_decref(params);
	} else {
		if (line->command->danger >= COMMAND_MODERATE)
			cli_grace_ask(cli, line, params);
		code = cli_call(cli, line->command->method, params, &result);
		if (code == CLI_DONE)
			code = cli_grace_follow(cli, line, &result);
	}
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		say(line, result, count);
	json_decref(result);
	return CLI_DONE;
}
