/* cli_log.c - log tail: the last events and, with -f, those to come.
 *
 * To miss none and show none twice: subscribe first, then ask for the past,
 * then leave out of the live ones what the past already had. */
#include <string.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_cell.h"
#include "cli_fields.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define WHEN_WIDTH 12 /* "24 Nov 14:26": with what is of today they stand below each other */
#define RECIPIENT_AT 20
#define WORDS_AT (RECIPIENT_AT + 30 + 2)
#define ALL_AT (WORDS_AT + 14 + 2 + 6 + 2) /* behind credential and time taken, too */
#define WORDS_MIN 20 /* the reply is why one looks */
#define WAITING_MAX 10000 /* live events that come while the past is fetched */

struct tail {
	struct cli *cli;
	json_t *waiting;     /* events that came before the past was printed; NULL after */
	uint64_t printed;
};

/* fill_keys - what --fields names, else the usual ones; their number. The text
 * that they point into is owned by the caller. */
static size_t
fill_keys(const struct cli *cli, const char *keys[CLI_FIELDS_MAX], char **text_out)
{
	static const char usual[] = "at,event,recipient,credential,duration_ms,message,reply";
	char *rest = *text_out = mem_strdup(cli->fields ? cli->fields : usual), *key;
	size_t n = 0;

	while ((key = strsep(&rest, ",")) != NULL && n < CLI_FIELDS_MAX)
		if (*key)
			keys[n++] = key;
	return n;
}

static void
put_machine(struct tail *tail, const json_t *event)
{
	const struct cli *cli = tail->cli;
	const char *keys[CLI_FIELDS_MAX];
	char *text;
	size_t n = fill_keys(cli, keys, &text);

	for (size_t i = 0; i < n && tail->printed == 1 && cli->form == CLI_CSV && cli->has_header;
	     i++)
		cli_say("%s%s", keys[i], i + 1 < n ? "," : "\n");
	cli_cell_put_line(event, keys, n, cli->form == CLI_CSV);
	mem_free(text);
}

static void
put_fitted(const char *text, int width)
{
	struct buf line;

	buf_init(&line, 8192);
	api_text_fit(span_of(text), width, API_CUT_RIGHT, &line);
	(void)buf_append(&line, "", 1);
	cli_put(buf_data(&line));
	buf_deinit(&line);
}

/* put_human - one line, of the fewer columns the narrower it is, as long as there is room
 * for its words; else these have one below. */
static void
put_human(const struct cli *cli, const json_t *event)
{
	const char *name = api_json_get_text(event, "event");
	const struct api_event_kind *kind = name ? api_event_kind_find(span_of(name)) : NULL;
	const char *words = api_json_get_text(event, "reply");
	int64_t took = api_json_get_int(event, "duration_ms", -1);
	char when[API_FORMAT_SIZE], lasted[UNITS_TEXT_SIZE] = "-";
	bool is_wide = cli->width == 0 || cli->width >= ALL_AT + WORDS_MIN;

	if (took >= 0)
		units_format_duration(took, lasted);
	if (!words)
		words = api_json_get_text(event, "detail");
	cli_say("%*s  %s%s%s  ", WHEN_WIDTH, cli_time(cli, event, "at", when),
	        cli->is_colored && kind && kind->is_bad ? "\033[1m" : "", kind ? kind->label : "?",
	        cli->is_colored && kind && kind->is_bad ? "\033[0m" : "");
	if (!is_wide && cli->width < WORDS_AT + WORDS_MIN) {
		put_fitted(api_json_get_text(event, "recipient") ?
			   api_json_get_text(event, "recipient") : "-", cli->width - RECIPIENT_AT);
		cli_say("\n");
		if (words && words[0])
			cli_put_wrapped(cli, words, 2);
		return;
	}
	cli_put_padded(api_json_get_text(event, "recipient"), 30);
	cli_say("  ");
	if (is_wide) {
		cli_put_padded(api_json_get_text(event, "credential"), 14);
		cli_say("  %6s  ", lasted);
	}
	if (cli->width > 0)
		put_fitted(words ? words : "", cli->width - (is_wide ? ALL_AT : WORDS_AT));
	else
		cli_put(words ? words : "");
	cli_say("\n");
}

static void
put_event(struct tail *tail, json_t *event)
{
	struct cli *cli = tail->cli;
	json_t *line;

	tail->printed++;
	if (cli->form == CLI_JSON || cli->form == CLI_JSONL) {
		line = cli->fields ? cli_fields_keep_some(cli, event) : json_incref(event);
		cli_put_json_line("relay.log.tail/1", line);
		json_decref(line);
	} else if (cli_is_prose(cli)) {
		put_human(cli, event);
	} else {
		put_machine(tail, event);
	}
}

static void
on_notice(const char *method, const json_t *params, void *arg)
{
	struct tail *tail = arg;
	json_t *event = (json_t *)(uintptr_t)params;

	if (strcmp(method, "events.lost") == 0 && !tail->cli->is_quiet)
		fprintf(stderr, "relaycli: too slow: %lld events left out\n",
		        (long long)api_json_get_int(params, "count", 0));
	if (strcmp(method, "event") != 0)
		return;
	(void)json_object_del(event, "subscription"); /* ours alone: no part of what happened */
	if (!tail->waiting)
		put_event(tail, event);
	else if (json_array_size(tail->waiting) < WAITING_MAX)
		json_array_append(tail->waiting, event);
}

static void
put_past(struct tail *tail, const json_t *result)
{
	const json_t *items = json_object_get(result, "items");
	json_t *ids = json_object(), *event;
	size_t i;

	if (tail->cli->fields && !cli_fields_check(tail->cli, items)) {
		json_decref(ids);
		return;
	}
	json_array_foreach(items, i, event) {
		put_event(tail, event);
		if (api_json_get_text(event, "id"))
			json_object_set_new(ids, api_json_get_text(event, "id"), json_true());
	}
	json_array_foreach(tail->waiting, i, event)
		if (!api_json_get_text(event, "id") ||
		    !json_object_get(ids, api_json_get_text(event, "id")))
			put_event(tail, event);
	json_decref(ids);
	json_decref(tail->waiting);
	tail->waiting = NULL;
}

static int
follow(struct tail *tail)
{
	struct api_error error;

	for (;;) {
		fflush(stdout);
		if (ferror(stdout))
			return CLI_DONE; /* `| head` has seen enough */
		if (api_client_wait(tail->cli->client, -1, &error) < 0)
			return cli_interrupted ? CLI_INTERRUPTED : cli_fail(tail->cli, &error);
	}
}

static int
tail_past_only(struct cli *cli, const struct command_line *line)
{
	struct tail tail = { .cli = cli, .waiting = json_array() };
	json_t *result;
	int code = cli_call(cli, "log.tail", command_params(line), &result);

	if (code == CLI_DONE) {
		if (cli->form != CLI_JSON || !cli_put_json(cli, result))
			put_past(&tail, result);
		json_decref(result);
	}
	json_decref(tail.waiting);
	return code;
}

int
cli_log_tail(struct cli *cli, const struct command_line *line)
{
	struct tail tail = { .cli = cli, .waiting = json_array() };
	json_t *params = command_params(line), *live, *result;
	int code;

	if (!command_line_has(line, "follow")) {
		json_decref(params);
		json_decref(tail.waiting);
		return tail_past_only(cli, line);
	}
	live = json_object();
	if (json_object_get(params, "terms"))
		json_object_set(live, "terms", json_object_get(params, "terms"));
	code = cli_call(cli, "events.subscribe", live, &result);
	if (code == CLI_DONE) {
		json_decref(result);
		api_client_on_notice(cli->client, on_notice, &tail);
		code = cli_call(cli, "log.tail", params, &result);
		params = NULL;
	}
	if (code == CLI_DONE) {
		put_past(&tail, result);
		json_decref(result);
		code = cli->output_code == CLI_DONE ? follow(&tail) : cli->output_code;
	}
	json_decref(params);
	json_decref(tail.waiting);
	if (cli->client) {
		api_client_on_notice(cli->client, NULL, NULL);
		api_client_close(cli->client); /* ends the subscription */
	}
	return code;
}
