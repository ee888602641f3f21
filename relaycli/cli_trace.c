/* cli_trace.c - message show --trace: the dialogue of its last sessions, oldest first. */
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_cell.h"
#include "cli_message.h"
#include "cli_output.h"
#include "cli_pager.h"

static const char *const keys[] = { "session", "started_at", "remote_host", "ms", "who", "text" };
#define KEYS (sizeof keys / sizeof *keys)

static const struct {
	const char *word, *shown;
} ends[] = {
	{ "answered", "" },
	{ "no_connection", ", no connection" },
	{ "lost", ", connection lost" },
	{ "under_way", ", under way now" },
}, marks[] = {
	{ "us", ">" },
	{ "server", "<" },
};

/* ---- rows ------------------------------------------------------------------------------ */

static void
put_session_rows(const struct cli *cli, const json_t *session, size_t number)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(session, "lines"), i, line) {
		json_t *row = json_copy((json_t *)(uintptr_t)line);

		api_json_put_int(row, "session", (int64_t)number);
		json_object_set(row, "started_at", json_object_get(session, "started_at"));
		json_object_set(row, "remote_host", json_object_get(session, "remote_host"));
		cli_cell_put_line(row, keys, KEYS, cli->form == CLI_CSV);
		json_decref(row);
	}
}

static void
put_rows(const struct cli *cli, const json_t *items)
{
	const json_t *session;
	size_t i;

	for (size_t k = 0; k < KEYS && cli->form == CLI_CSV && cli->has_header; k++)
		cli_say("%s%s", k ? "," : "", keys[k]);
	cli_say("%s", cli->form == CLI_CSV && cli->has_header ? "\n" : "");
	json_array_foreach(items, i, session)
		put_session_rows(cli, session, i + 1);
}

/* ---- for people -------------------------------------------------------------------------- */

static void
put_or(const char *text, const char *otherwise)
{
	if (text && text[0])
		cli_put(text);
	else
		cli_say("%s", otherwise);
}

static void
put_head(const struct cli *cli, const json_t *session, size_t number, size_t count)
{
	const char *end = api_json_get_text(session, "end");
	const char *address = api_json_get_text(session, "remote_address");
	const json_t *one;
	char at[API_FORMAT_SIZE];
	size_t i;

	api_format_full(api_json_get_time(session, "started_at"), cli->is_utc, at);
	cli_say("%ssession %zu of %zu  %s  ", number > 1 ? "\n" : "", number, count, at);
	put_or(api_json_get_text(session, "remote_host"), "no host");
	if (address) {
		cli_say(" [");
		cli_put(address);
		cli_say("]");
	}
	cli_say("  ");
	put_or(api_json_get_text(session, "tls"), "no TLS");
	for (i = 0; end && i < sizeof ends / sizeof *ends; i++)
		if (strcmp(ends[i].word, end) == 0)
			cli_say("%s", ends[i].shown);
	cli_say("%s\n", api_json_get_bool(session, "reused")
	                        ? ", over a connection that had served others" : "");
	json_array_foreach(json_object_get(session, "recipients"), i, one) {
		cli_say("  to ");
		cli_put(api_json_get_text(one, "recipient"));
		cli_say("  ");
		cli_put(api_json_get_text(one, "result"));
		cli_say("\n");
	}
}

static void
put_line(const json_t *line)
{
	const char *who = api_json_get_text(line, "who"), *mark = "*";

	for (size_t i = 0; who && i < sizeof marks / sizeof *marks; i++)
		if (strcmp(marks[i].word, who) == 0)
			mark = marks[i].shown;
	if (json_is_integer(json_object_get(line, "ms")))
		cli_say("%9lld", (long long)api_json_get_int(line, "ms", 0));
	else
		cli_say("%9s", "");
	cli_say("  %s ", mark);
	cli_put(api_json_get_text(line, "text"));
	cli_say("\n");
}

static void
put_kept(const struct cli *cli, const json_t *result)
{
	const json_t *kept = json_object_get(result, "kept");
	char sessions[UNITS_NOUN_SIZE], size[UNITS_TEXT_SIZE], at[API_FORMAT_SIZE];

	if (api_json_get_int(kept, "max_bytes", 0) == 0) {
		cli_say("Nothing is recorded: relayd.conf says delivery { trace_memory = 0 }.\n");
		return;
	}
	units_format_size((uint64_t)api_json_get_int(kept, "max_bytes", 0), size);
	cli_say("Kept are %s (%lld not all delivered), in at most %s of relayd's memory",
		units_format_noun(api_json_get_int(kept, "sessions", 0), "session", sessions),
		(long long)api_json_get_int(kept, "failed", 0), size);
	if (api_json_get_time(kept, "oldest_at")) {
		api_format_full(api_json_get_time(kept, "oldest_at"), cli->is_utc, at);
		cli_say(", back to %s", at);
	}
	cli_say("; a restart forgets them.\n");
}

static void
put_prose(struct cli *cli, const json_t *result)
{
	const json_t *items = json_object_get(result, "items"), *session, *line;
	int64_t more = api_json_get_int(result, "more", 0);
	size_t i, k;

	cli_pager_start(cli);
	if (json_array_size(items) == 0)
		cli_say("No session that had it is kept: it was not tried, or that is too long "
			"ago.\n");
	json_array_foreach(items, i, session) {
		put_head(cli, session, i + 1, json_array_size(items));
		json_array_foreach(json_object_get(session, "lines"), k, line)
			put_line(line);
	}
	cli_say("\n");
	if (more > 0)
		cli_say("%lld older of it are not shown. ", (long long)more);
	put_kept(cli, result);
	cli_pager_end(cli);
}

int
cli_message_trace(struct cli *cli, const struct command_line *line)
{
	const char *recipient = command_line_text(line, "recipient");
	json_t *params = json_object(), *result;
	const json_t *items;
	int code;

	api_json_put_text(params, "id", line->word[0]);
	if (recipient)
		api_json_put_text(params, "recipient", recipient);
	code = cli_call(cli, "message.trace", params, &result);
	if (code != CLI_DONE)
		return code;
	items = json_object_get(result, "items");
	if (json_array_size(items) == 0)
		code = CLI_NONE;
	if (cli->form == CLI_CSV || cli->form == CLI_TSV)
		put_rows(cli, items);
	else if (!cli_put_json(cli, result))
		put_prose(cli, result);
	json_decref(result);
	return cli->output_code != CLI_DONE ? cli->output_code : code;
}
