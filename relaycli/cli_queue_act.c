/* cli_queue_act.c - queue hold, release, flush, move, bounce: looked at with --dry-run,
 * asked about by how many are touched, done.
 *
 * A bounce cannot be undone, and a move is of what waits now only: they are looked at
 * first, the number is shown, and what is done is refused if more would be touched by
 * then. Many that bounce wait some seconds more (cli_grace.h). */
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_act.h"
#include "cli_confirm.h"
#include "cli_grace.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define SENTENCE_MAX 400

/* ---- what would be ------------------------------------------------------- */

static void
put_count(struct buf *out, int64_t n, const char *noun)
{
	char text[UNITS_NOUN_SIZE];

	(void)buf_append_text(out, units_format_noun(n, noun, text));
}

/* put_survey - "3,377 messages (oldest 4m10s) from 2 credentials; 3,377 bounce notices
 * to 2 senders" */
static void
put_survey(struct buf *out, const char *verb, const json_t *result)
{
	int64_t affected = api_json_get_int(result, "affected", 0);
	size_t credentials = json_array_size(json_object_get(result, "credentials"));
	const char *least = json_is_true(json_object_get(result, "at_least")) ? "at least " : "";
	char age[API_FORMAT_SIZE];

	put_count(out, affected, "message");
	if (affected == 0)
		return;
	api_format_age(api_json_get_time(result, "oldest_at"), clock_unix_ms(), age);
	(void)buf_printf(out, " (oldest %s) from %s", age, least);
	put_count(out, (int64_t)credentials, "credential");
	if (strcmp(verb, "bounce") != 0)
		return;
	(void)buf_printf(out, "; %s", least);
	put_count(out, api_json_get_int(result, "notices", 0), "bounce notice");
	(void)buf_printf(out, " to %s", least);
	put_count(out, api_json_get_int(result, "senders", 0), "sender");
}

static void
say_would(const struct command_line *line, const json_t *result)
{
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	put_survey(&text, line->command->verb, result);
	cli_say("Would %s %.*s. Nothing done.\n", cli_act_words(line)->would,
	        (int)buf_span(&text).n, buf_span(&text).p);
	buf_deinit(&text);
}

/* ---- what was ------------------------------------------------------------ */

/* say_done - what happened, and how to undo it. */
static void
say_done(const struct command_line *line, const json_t *result)
{
	const char *object = api_json_get_text(result, "object");
	int64_t affected = api_json_get_int(result, "affected", 0);
	char count[UNITS_NOUN_SIZE];

	cli_say("%s ", cli_act_words(line)->did);
	if (object)
		cli_put(object);
	else
		cli_say("%lld queues", (long long)api_json_get_int(result, "queues", 0));
	if (affected == 0 && strcmp(line->command->verb, "hold") == 0)
		cli_say(": nothing waits there now, what comes is held.");
	else
		cli_say(": %s.", units_format_noun(affected, "recipient", count));
	cli_act_say_stayed(result);
	if (api_json_get_text(result, "near")) {
		cli_say(" Did you mean ");
		cli_put(api_json_get_text(result, "near"));
		cli_say("?");
	}
	if (object && strcmp(line->command->verb, "hold") == 0) {
		bool is_quoted = strchr(object, ' ') != NULL; /* several terms */

		cli_say(" Undo: relaycli queue release %s", is_quoted ? "'" : "");
		cli_put(object);
		cli_say("%s", is_quoted ? "'" : "");
	}
	cli_say("\n");
}

static int
put_result(struct cli *cli, const struct command_line *line, json_t *result)
{
	bool is_dry = command_line_has(line, "dry-run");

	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		(is_dry ? say_would : say_done)(line, result);
	json_decref(result);
	return CLI_DONE;
}

int
cli_queue_act(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	return code == CLI_DONE ? put_result(cli, line, result) : code;
}

/* ---- bounce and move: looked at first --------------------------------------- */

/* danger_of - a move can be moved back: the name of many is not typed. */
static enum command_danger
danger_of(const struct command_line *line, const char *match, int64_t affected)
{
	if (strcmp(line->command->verb, "bounce") != 0)
		return COMMAND_MODERATE;
	return affected > CLI_ACT_MODERATE_MAX || strchr(match, '*') ? COMMAND_SEVERE
	                                                             : COMMAND_MODERATE;
}

/* confirm - CLI_DONE to go on, with the number that was seen in *affected_out. */
static int
confirm(struct cli *cli, const struct command_line *line, int64_t *affected_out)
{
	json_t *params = command_params(line), *seen;
	const char *match = api_json_get_text(params, "match");
	const char *pool = api_json_get_text(params, "pool");
	struct buf text;
	int code;

	api_json_put_bool(params, "dry_run", true);
	json_incref(params); /* match is in it */
	code = cli_call(cli, line->command->method, params, &seen);
	if (code == CLI_DONE) {
		*affected_out = api_json_get_int(seen, "affected", 0);
		buf_init(&text, SENTENCE_MAX);
		(void)buf_printf(&text, "would %s ", cli_act_words(line)->would);
		put_survey(&text, line->command->verb, seen);
		if (pool)
			(void)buf_printf(&text, "; to pool %.64s, later mail is not moved", pool);
		if (*affected_out > 0)
			code = cli_confirm_as(cli, line, danger_of(line, match, *affected_out),
			                      buf_span(&text));
		buf_deinit(&text);
		json_decref(seen);
	}
	json_decref(params);
	return code;
}

static int
look_and_act(struct cli *cli, const struct command_line *line, bool has_grace)
{
	json_t *params, *result;
	int64_t seen = 0;
	int code = CLI_DONE;

	if (!command_line_has(line, "dry-run") && !command_line_has(line, "yes"))
		code = confirm(cli, line, &seen);
	if (code != CLI_DONE)
		return code;
	params = command_params(line);
	if (seen && line->words <= 1 && !command_line_has(line, "count"))
		api_json_put_int(params, "count", seen);
	if (has_grace)
		cli_grace_ask(cli, line, params);
	code = cli_call(cli, line->command->method, params, &result);
	if (code == CLI_DONE && has_grace)
		code = cli_grace_follow(cli, line, &result);
	return code == CLI_DONE ? put_result(cli, line, result) : code;
}

int
cli_queue_move(struct cli *cli, const struct command_line *line)
{
	return look_and_act(cli, line, false);
}

int
cli_queue_bounce(struct cli *cli, const struct command_line *line)
{
	return look_and_act(cli, line, true);
}
