/* cli_log_export.c - log export: every event there is of that time and those terms, as JSON
 * lines or CSV, a page at a time.
 *
 * The newest message comes first; the events of one stand together. What is written is whole
 * lines, so that an export that was cut off can be used as far as it goes, and says so. */
#include <errno.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_cell.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_progress.h"

#define PAGE 1000 /* messages */

static const char *const keys[] = {
	"at", "event", "message", "recipient", "credential", "sender_domain", "site",
	"remote_host", "remote_address", "source_address", "tls", "code", "enhanced", "category",
	"attempt", "duration_ms", "next_attempt_at", "reply", "detail",
};
#define KEYS (sizeof keys / sizeof *keys)

static void
put_header(void)
{
	for (size_t i = 0; i < KEYS; i++)
		cli_say("%s%s", i ? "," : "", keys[i]);
	cli_say("\n");
}

static void
put_event(const struct cli *cli, const json_t *event)
{
	json_t *line;
	char *text;

	if (cli->form == CLI_CSV || cli->form == CLI_TSV) {
		cli_cell_put_line(event, keys, KEYS, cli->form == CLI_CSV);
		return;
	}
	line = api_json_new("relay.log.export/1");
	json_object_update(line, (json_t *)(uintptr_t)event);
	text = api_json_text_of(line);
	cli_say("%s\n", text);
	mem_free(text);
	json_decref(line);
}

/* put_page - the events of it; how far back it got in *reached, which is "" at first. */
static uint64_t
put_page(const struct cli *cli, const json_t *result, char reached[API_FORMAT_SIZE])
{
	const json_t *items = json_object_get(result, "items"), *event = NULL;
	size_t i;

	json_array_foreach(items, i, event)
		put_event(cli, event);
	event = json_array_get(items, json_array_size(items) - 1);
	if (event)
		api_format_full(api_json_get_time(event, "at"), cli->is_utc, reached);
	return json_array_size(items);
}

/* cut_off - the rest did not come: how far what was written reaches. */
static int
cut_off(uint64_t events, const char *reached, int code)
{
	char count[UNITS_NOUN_SIZE];

	if (events > 0)
		fprintf(stderr, "relaycli: %s written, back to %s\n",
			units_format_noun((int64_t)events, "event", count), reached);
	return code == CLI_INTERRUPTED || events == 0 ? code : CLI_PARTIAL;
}

int
cli_log_export(struct cli *cli, const struct command_line *line)
{
	char reached[API_FORMAT_SIZE] = "";
	struct cli_progress progress;
	char *cursor = NULL;
	uint64_t events = 0;
	int code = CLI_DONE;

	if (cli->fields)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "log export writes all there is; --fields narrows log search");
	cli_progress_start(&progress, cli, "events");
	if (cli->form == CLI_CSV && cli->has_header)
		put_header();
	do {
		json_t *params = command_params(line), *result;
		struct api_error error;

		api_json_put_int(params, "limit", PAGE);
		if (cursor)
			api_json_put_text(params, "cursor", cursor);
		mem_free(cursor);
		cursor = NULL;
		if (cli_try(cli, "log.search", params, cli->timeout_ms, &result, &error) < 0) {
			cli_progress_clear(&progress);
			code = cut_off(events, reached,
				       cli_interrupted ? CLI_INTERRUPTED : cli_fail(cli, &error));
			break;
		}
		events += put_page(cli, result, reached);
		if (api_json_get_text(result, "next_cursor"))
			cursor = mem_strdup(api_json_get_text(result, "next_cursor"));
		json_decref(result);
		cli_progress_put(&progress, events, -1, reached, cursor == NULL);
		if (fflush(stdout) != 0) {
			cli_progress_clear(&progress);
			if (errno != EPIPE) /* a reader that left has what it wanted */
				code = cut_off(events, reached,
					       cli_fail_text(cli, API_ERROR_FAILED,
							     "cannot write: %s",
							     strerror(errno)));
			break;
		}
		if (cursor && cli_interrupted) {
			cli_progress_clear(&progress);
			code = cut_off(events, reached, CLI_INTERRUPTED);
		}
	} while (cursor && !cli_interrupted);
	mem_free(cursor);
	return code;
}
