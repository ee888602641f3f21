/* cli_queue.c - queue show, ages. */
#include <string.h>

#include "api/api_json.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define BAR_WIDTH 40
#define BAR_AT 21 /* columns before it */
#define COUNTS_WIDTH 62 /* "  ready 37   deferred 3,340 ..." on one line */

static void
put_ages(const struct cli *cli, const json_t *result)
{
	const json_t *ages = json_object_get(result, "ages"), *one;
	int room = cli->width > 0 && cli->width < BAR_AT + BAR_WIDTH ? cli->width - BAR_AT
								     : BAR_WIDTH;
	int64_t most = 1;
	char count[UNITS_TEXT_SIZE];
	size_t i;

	json_array_foreach(ages, i, one)
		if (api_json_get_int(one, "count", 0) > most)
			most = api_json_get_int(one, "count", 0);
	json_array_foreach(ages, i, one) {
		int64_t n = api_json_get_int(one, "count", 0);
		const char *up_to = api_json_get_text(one, "up_to");
		int bar = room > 0 ? (int)(n * room / most) : 0;

		up_to = up_to ? up_to : "?";
		units_format_count((uint64_t)n, count);
		cli_say("  %s%-6s %10s  ", up_to[0] == 'o' ? " " : "<", up_to, count);
		for (int b = 0; b < bar || (b == 0 && n > 0); b++)
			cli_say("#");
		cli_say("\n");
	}
}

static void
put_moved(const json_t *queue)
{
	const char *pool = api_json_get_text(queue, "moved_to");
	char count[UNITS_TEXT_SIZE];

	if (api_json_get_int(queue, "moved", 0) == 0)
		return;
	units_format_count((uint64_t)api_json_get_int(queue, "moved", 0), count);
	cli_say("  moved to ");
	if (pool)
		cli_put(pool);
	else
		cli_say("other pools");
	cli_say(" %s\n", count);
}

static void
put_queue(const struct cli *cli, const json_t *queue)
{
	static const char *const counts[] = { "ready", "deferred", "scheduled", "held", "active" };
	const json_t *waits = json_object_get(queue, "waits");
	const char *why = api_json_get_text(queue, "why");
	const char *reply = api_json_get_text(queue, "last_reply");
	char text[API_FORMAT_SIZE];

	cli_put(api_json_get_text(queue, "key"));
	cli_say("  ");
	cli_put(api_json_get_text(queue, "provider"));
	cli_say("  ");
	cli_put(api_json_get_text(queue, "state"));
	cli_say("\n");
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		bool is_next_line = i == 2 && cli->width > 0 && cli->width < COUNTS_WIDTH;

		units_format_count((uint64_t)api_json_get_int(queue, counts[i], 0), text);
		cli_say("%s%s %s", is_next_line ? "\n  " : i ? "   " : "  ", counts[i], text);
	}
	api_format_age(api_json_get_time(queue, "oldest_at"), clock_unix_ms(), text);
	cli_say("\n  oldest %s", text);
	api_format_next(api_json_get_time(queue, "next_at"), clock_unix_ms(), text);
	cli_say("   next try %s", text);
	/* a place in line: what has an end of its own says so in the sentence */
	api_format_next(api_json_get_time(waits, "projected_at"), clock_unix_ms(), text);
	if (api_json_get_time(waits, "until_at") == 0 && strncmp(text, "in ", 3) == 0)
		cli_say("   its turn about %s", text);
	cli_say("\n");
	put_moved(queue);
	if (why)
		cli_put_wrapped(cli, why, 2);
	if (reply && !(why && strstr(why, reply))) /* once is enough */
		cli_put_wrapped(cli, reply, 6);
	cli_say("\n");
}

int
cli_queue_show(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "queue.show", command_params(line), &result);
	const json_t *queue;

	if (code != CLI_DONE)
		return code;
	queue = json_object_get(result, "queue");
	if (!cli_put_json(cli, result) && !cli_put_object(cli, queue)) {
		put_queue(cli, queue);
		put_ages(cli, result);
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_queue_ages(struct cli *cli, const struct command_line *line)
{
	static const struct cli_column columns[] = {
		{ "up_to", { .header = "UP TO", .keeps = true }, CLI_AS_TEXT },
		{ "count", { .header = "RECIPIENTS", .is_right = true }, CLI_AS_COUNT },
	};
	json_t *result, *list;
	int code = cli_call(cli, "queue.ages", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (cli_is_prose(cli)) {
		put_ages(cli, result);
	} else if (!cli_put_json(cli, result)) {
		list = json_object();
		json_object_set(list, "items", json_object_get(result, "ages"));
		code = cli_put_list(cli, list, columns, sizeof columns / sizeof *columns);
		json_decref(list);
	}
	json_decref(result);
	return code;
}
