/* cli_export.c - see cli_export.h. */
#include "cli_export.h"

#include <errno.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_cell.h"
#include "cli_output.h"
#include "cli_progress.h"

struct walk {
	struct cli *cli;
	const struct cli_export *export;
	struct cli_progress progress;
	uint64_t rows;
	char reached[CLI_EXPORT_REACHED_SIZE];
	json_t *cursor;              /* of the next page; NULL: the first, or there is none */
};

static bool
is_separated(const struct cli *cli, const struct cli_export *export)
{
	return cli->form == CLI_CSV || cli->form == CLI_TSV ||
	       (cli->form == CLI_TEXT && export->is_csv);
}

static void
put_row(const struct walk *walk, const json_t *row)
{
	const struct cli_export *export = walk->export;

	if (is_separated(walk->cli, export))
		cli_cell_put_line(row, export->keys, export->keys_count,
				  walk->cli->form != CLI_TSV);
	else
		cli_put_json_line(export->schema, row);
}

/* cut_off - the rest did not come: how far what was written reaches. */
static int
cut_off(const struct walk *walk, int code)
{
	char count[UNITS_NOUN_SIZE];

	cli_progress_clear(&walk->progress);
	if (walk->rows > 0)
		fprintf(stderr, "relaycli: %s written%s%s\n",
			units_format_noun((int64_t)walk->rows, walk->export->noun, count),
			walk->reached[0] ? ", " : "", walk->reached);
	return code == CLI_INTERRUPTED || walk->rows == 0 ? code : CLI_PARTIAL;
}

static int
ask_page(struct walk *walk, const struct command_line *line, json_t **result_out)
{
	json_t *params = command_params(line);
	struct api_error error;

	api_json_put_int(params, "limit", walk->export->page);
	if (walk->cursor != NULL)
		api_json_put(params, "cursor", json_incref(walk->cursor));
	if (cli_try(walk->cli, walk->export->method, params, walk->cli->timeout_ms, result_out,
		    &error) == 0)
		return CLI_DONE;
	cli_progress_clear(&walk->progress);
	return cut_off(walk, cli_interrupted ? CLI_INTERRUPTED : cli_fail(walk->cli, &error));
}

static void
put_page(struct walk *walk, const json_t *result)
{
	const json_t *items = json_object_get(result, "items"), *row;
	json_t *cursor = json_object_get(result, "next_cursor");
	double share = -1;
	size_t i;

	json_array_foreach(items, i, row)
		put_row(walk, row);
	walk->rows += json_array_size(items);
	if (walk->export->reached != NULL)
		share = walk->export->reached(walk->cli, result, walk->reached);
	json_decref(walk->cursor);
	walk->cursor = cursor == NULL || json_is_null(cursor) ? NULL : json_incref(cursor);
	cli_progress_put(&walk->progress, walk->rows, walk->cursor ? share : share < 0 ? -1 : 1,
			 walk->reached[0] ? walk->reached : NULL, walk->cursor == NULL);
}

/* flush_page - CLI_DONE, or why no more is to be written. A reader that left has what it wanted. */
static int
flush_page(struct walk *walk, bool *goes_on)
{
	*goes_on = walk->cursor != NULL;
	if (fflush(stdout) == 0)
		return CLI_DONE;
	*goes_on = false;
	cli_progress_clear(&walk->progress);
	return errno == EPIPE ? CLI_DONE
			      : cut_off(walk, cli_fail_text(walk->cli, API_ERROR_FAILED,
							    "cannot write: %s", strerror(errno)));
}

int
cli_export_run(struct cli *cli, const struct command_line *line, const struct cli_export *export)
{
	struct walk walk = { .cli = cli, .export = export };
	bool goes_on = true;
	int code = CLI_DONE;

	cli_progress_start(&walk.progress, cli, "written");
	walk.progress.is_shown &= !cli->is_tty; /* rows that scroll by are progress enough */
	if (is_separated(cli, export) && cli->form != CLI_TSV && cli->has_header)
		cli_say("%s\n", export->header);
	while (code == CLI_DONE && goes_on) {
		json_t *result;

		code = ask_page(&walk, line, &result);
		if (code != CLI_DONE)
			break;
		put_page(&walk, result);
		json_decref(result);
		code = flush_page(&walk, &goes_on);
		if (code == CLI_DONE && goes_on && cli_interrupted)
			code = cut_off(&walk, CLI_INTERRUPTED);
	}
	json_decref(walk.cursor);
	return code;
}
