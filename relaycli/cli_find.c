/* cli_find.c - find: the sentence, what is not known, the evidence, the footer.
 *
 * Its wording is the same on a terminal and in a pipe, so that scripts may
 * compare it; --tsv and --csv give rows instead. */
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

static const struct cli_column columns[] = {
	{ "accepted_at", { .header = "WHEN", .keeps = true }, CLI_AS_TIME },
	{ "recipient", { .header = "RECIPIENT", .keeps = true }, CLI_AS_TEXT },
	{ "status", { .header = "STATUS", .keeps = true }, CLI_AS_TEXT },
	{ "credential", { .header = "CREDENTIAL" }, CLI_AS_TEXT },
	{ "id", { .header = "ID", .cut = API_CUT_MIDDLE }, CLI_AS_TEXT },
	{ "sender", { .header = "SENDER" }, CLI_AS_TEXT },
	{ "subject", { .header = "SUBJECT" }, CLI_AS_TEXT },
};

void
cli_put_zone(const struct cli *cli, json_t *params)
{
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm tm;

	if (cli->is_utc || !localtime_r(&now, &tm))
		return;
	api_json_put_int(params, "utc_offset_sec", tm.tm_gmtoff);
	if (tm.tm_zone && strlen(tm.tm_zone) <= 16)
		api_json_put_text(params, "zone", tm.tm_zone);
}

/* ---- evidence lines ------------------------------------------------------ */

static void
put_accepted(const json_t *item, const json_t *event)
{
	const char *address = api_json_get_text(event, "remote_address");
	const char *name = api_json_get_text(event, "remote_host");
	char size[UNITS_TEXT_SIZE];

	cli_put(api_json_get_text(event, "credential"));
	if (address) {
		cli_say(" from ");
		cli_put(address);
	}
	if (name && name[0]) {
		cli_say(" (");
		cli_put(name);
		cli_say(")");
	}
	if (api_json_get_int(item, "size_bytes", 0) > 0) {
		units_format_size((uint64_t)api_json_get_int(item, "size_bytes", 0), size);
		cli_say(", %s", size);
	}
	if (api_json_get_text(event, "tls") && api_json_get_text(event, "tls")[0]) {
		cli_say(", ");
		cli_put(api_json_get_text(event, "tls"));
	}
}

static void
put_attempt(const json_t *event)
{
	const char *host = api_json_get_text(event, "remote_host");
	const char *address = api_json_get_text(event, "remote_address");
	const char *tls = api_json_get_text(event, "tls");
	const char *detail = api_json_get_text(event, "detail");
	const char *source = api_json_get_text(event, "source_address");

	if (host)
		cli_put(host);
	else if (detail)
		cli_put(detail);
	if (address) {
		cli_say(" [");
		cli_put(address);
		cli_say("]");
	}
	if (tls && tls[0]) {
		cli_say(", ");
		cli_put(tls);
	}
	if (source && source[0] && address) {
		cli_say(", from ");
		cli_put(source);
	}
}

/* put_reply - under its event, lined up with its text. */
static void
put_reply(const struct cli *cli, const json_t *event, int indent)
{
	const char *reply = api_json_get_text(event, "reply");
	const char *detail = api_json_get_text(event, "detail");
	bool stands_above = !api_json_get_text(event, "remote_host") && detail && reply &&
			    strcmp(detail, reply) == 0;

	if (reply && reply[0] && !stands_above)
		cli_put_wrapped(cli, reply, indent);
}

static void
put_event(const struct cli *cli, const json_t *item, const json_t *event, bool with_day)
{
	const char *kind = api_json_get_text(event, "event");
	int64_t at = api_json_get_time(event, "at");
	char clock[API_FORMAT_SIZE], day[API_FORMAT_SIZE] = "";

	api_format_clock(at, true, cli->is_utc, clock);
	if (with_day)
		api_format_full(at, cli->is_utc, day);
	cli_say("  %.*s%s%s  ", with_day ? 10 : 0, day, with_day ? " " : "", clock);
	cli_put_padded(kind, 11);
	if (kind && strcmp(kind, "accepted") == 0)
		put_accepted(item, event);
	else
		put_attempt(event);
	cli_say("\n");
	put_reply(cli, event, with_day ? 38 : 27);
}

/* put_signed - acceptance and signing are one step; people look for both. */
static void
put_signed(const struct cli *cli, const json_t *item, bool with_day)
{
	const char *signature = api_json_get_text(item, "signature");
	char clock[API_FORMAT_SIZE], day[API_FORMAT_SIZE] = "";
	int64_t at = api_json_get_time(item, "accepted_at");

	if (!signature || !signature[0])
		return;
	api_format_clock(at, true, cli->is_utc, clock);
	if (with_day)
		api_format_full(at, cli->is_utc, day);
	cli_say("  %.*s%s%s  signed     DKIM ", with_day ? 10 : 0, day, with_day ? " " : "", clock);
	cli_put(signature);
	cli_say("\n");
}

void
cli_put_events(const struct cli *cli, const json_t *item)
{
	const json_t *events = json_object_get(item, "events"), *event;
	bool with_day = false;
	size_t i;

	json_array_foreach(events, i, event)
		with_day |= !api_format_is_same_day(api_json_get_time(event, "at"), clock_unix_ms(),
		                                    cli->is_utc);
	json_array_foreach(events, i, event) {
		put_event(cli, item, event, with_day);
		if (i == 0)
			put_signed(cli, item, with_day);
	}
}

static void
put_footer(const json_t *result, const json_t *item)
{
	const json_t *also = json_object_get(result, "also");
	int64_t count = api_json_get_int(also, "count", 0);

	cli_say("  message ");
	cli_put(api_json_get_text(item, "id"));
	if (count > 0) {
		cli_say("   also to this address: %lld%s in 30 days (relaycli find ",
			(long long)count, api_json_get_bool(also, "more") ? " or more" : "");
		cli_put(api_json_get_text(item, "recipient"));
		cli_say(" --since 30d)");
	}
	cli_say("\n");
}

static void
put_older(const struct cli *cli, const json_t *items)
{
	const json_t *item;
	char when[API_FORMAT_SIZE];
	size_t i;

	json_array_foreach(items, i, item) {
		if (i == 0)
			continue;
		if (i == 1)
			cli_say("\n  before that:\n");
		cli_say("  %-12s  ", cli_time(cli, item, "accepted_at", when));
		cli_put_padded(api_json_get_text(item, "status"), 10);
		cli_say("  ");
		cli_put_padded(api_json_get_text(item, "recipient"), 28);
		cli_say("  ");
		cli_put_padded(api_json_get_text(item, "credential"), 12);
		cli_say("  message ");
		cli_put(api_json_get_text(item, "id"));
		cli_say("\n");
	}
}

static void
put_near(const json_t *near)
{
	const json_t *one;
	size_t i;

	json_array_foreach(near, i, one) {
		if (i == 0) /* the sentence has named it */
			continue;
		cli_say("%s", i == 1 ? "  also near: " : ", ");
		cli_put(api_json_get_text(one, "address"));
		cli_say(" (%lld)", (long long)api_json_get_int(one, "count", 0));
	}
	if (json_array_size(near) > 1)
		cli_say("\n");
}

static void
put_answer(const struct cli *cli, const json_t *result)
{
	const json_t *answer = json_object_get(result, "answer");
	const json_t *items = json_object_get(result, "items");
	const json_t *first = json_array_get(items, 0);

	cli_put_wrapped(cli, api_json_get_text(answer, "sentence"), 0);
	if (api_json_get_text(answer, "note"))
		cli_put_wrapped(cli, api_json_get_text(answer, "note"), 0);
	if (first) {
		cli_say("\n");
		cli_put_events(cli, first);
		put_footer(result, first);
		put_older(cli, items);
	}
	put_near(json_object_get(result, "near"));
	if (!json_is_true(json_object_get(json_object_get(result, "coverage"), "complete")) &&
	    first)
		cli_say("  The log is not complete for that time: there may be more.\n");
}

/* ---- exit codes ---------------------------------------------------------- */

static int
judge(const json_t *result)
{
	static const int code_of[] = {
		[API_FATE_DONE] = CLI_DONE, [API_FATE_WAITING] = CLI_WAITING,
		[API_FATE_FAILED] = CLI_UNDELIVERED,
	};
	const json_t *first = json_array_get(json_object_get(result, "items"), 0);
	const char *name = api_json_get_text(first, "status");
	const struct api_status *status = name ? api_status_find(span_of(name)) : NULL;

	if (status)
		return code_of[status->fate];
	return json_is_true(json_object_get(json_object_get(result, "coverage"), "complete")) ?
	       CLI_NONE : CLI_UNKNOWN;
}

int
cli_find(struct cli *cli, const struct command_line *line)
{
	json_t *params = command_params(line), *result;
	int code;
	bool is_empty;

	cli_put_zone(cli, params);
	code = cli_call(cli, "find.search", params, &result);
	if (code != CLI_DONE)
		return code;
	is_empty = json_array_size(json_object_get(result, "items")) == 0;
	if (cli->form == CLI_TEXT && !cli->is_quiet && !cli->fields)
		put_answer(cli, result);
	else if (!cli->is_quiet)
		code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
	if (code == CLI_DONE)
		code = command_line_has(line, "exit-status") ? judge(result) :
		       is_empty ? CLI_NONE : CLI_DONE;
	json_decref(result);
	return code;
}
