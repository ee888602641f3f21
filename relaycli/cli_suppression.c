/* cli_suppression.c - suppression list, check, add, remove, import, export. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_suppression_parse.h"

#define BATCH 1000
#define SHOWN_MAX 20               /* refused lines that are shown one by one */
#define PROGRESS_MS 200
#define PAGE 1000

static const struct cli_column columns[] = {
	{ "address", { .header = "ADDRESS", .keeps = true }, CLI_AS_TEXT },
	{ "reason", { .header = "CAUSE", .keeps = true }, CLI_AS_TEXT },
	{ "scope", { .header = "SCOPE" }, CLI_AS_TEXT },
	{ "since_at", { .header = "SINCE" }, CLI_AS_TIME },
	{ "ends_at", { .header = "ENDS" }, CLI_AS_TIME },
	{ "by", { .header = "BY" }, CLI_AS_TEXT },
	{ "provider", { .header = "PROVIDER" }, CLI_AS_TEXT },
	{ "reply", { .header = "EVIDENCE" }, CLI_AS_TEXT },
	{ "detail", { .header = "DETAIL" }, CLI_AS_TEXT },
};

static int
put_rows(struct cli *cli, const struct command_line *line, const char *nothing, int none)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (json_array_size(json_object_get(result, "items")) == 0)
		code = none;
	if (!cli_put_json(cli, result)) {
		if (code != CLI_DONE && cli->form == CLI_TEXT) {
			cli_put(line->words > 0 ? line->word[0] : NULL);
			cli_say("%s\n", nothing);
		} else if (code == CLI_DONE) {
			code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
		}
	}
	json_decref(result);
	return code;
}

int
cli_suppression_list(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "suppression.list", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result))
		code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
	json_decref(result);
	return code;
}

int
cli_suppression_check(struct cli *cli, const struct command_line *line)
{
	return put_rows(cli, line, " is on no list: mail to it is delivered.", CLI_NONE);
}

int
cli_suppression_add(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "suppression.add", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		cli_put(line->word[0]);
		cli_say(" gets no mail. Undo: relaycli suppression remove ");
		cli_put(line->word[0]);
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_suppression_remove(struct cli *cli, const struct command_line *line)
{
	char count[UNITS_TEXT_SIZE];
	json_t *result;
	int code = cli_call(cli, "suppression.remove", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	units_format_count((uint64_t)api_json_get_int(result, "affected", 0), count);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		if (api_json_get_bool(result, "dry_run"))
			cli_say("Would remove %s. Nothing done.\n", count);
		else
			cli_say("Removed %s.\n", count);
	}
	json_decref(result);
	return CLI_DONE;
}

/* ---- import -------------------------------------------------------------------------- */

struct import {
	struct cli *cli;
	json_t *batch;             /* entries not sent yet */
	uint64_t place[BATCH];     /* line, or number in the list, of each */
	const char *unit;          /* "line" or "entry" */
	uint64_t sent, taken, refused;
	double share_done;         /* of the file; < 0: not known */
	bool has_progress;
	int64_t started_mono_ms, shown_mono_ms;
	int code;                  /* of a request that failed */
};

static void
put_progress(struct import *import, bool is_last)
{
	int64_t now = clock_mono_ms(), passed = now - import->started_mono_ms;
	char count[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE] = "?";
	double left_sec;

	if (!import->has_progress || (!is_last && now - import->shown_mono_ms < PROGRESS_MS))
		return;
	import->shown_mono_ms = now;
	units_format_count(import->taken, count);
	if (import->share_done > 0) {
		left_sec = (double)passed / 1000 * (1 / import->share_done - 1);
		units_format_duration((int64_t)left_sec * 1000, left);
	}
	fprintf(stderr, "\r%s imported, %.0f/s", count,
	        passed > 0 ? (double)import->taken * 1000 / (double)passed : 0);
	if (import->share_done >= 0)
		fprintf(stderr, ", %3.0f %%, %s left", import->share_done * 100, left);
	fprintf(stderr, is_last ? "\033[K\n" : "\033[K");
}

static void
refuse(struct import *import, uint64_t place, const char *why)
{
	if (import->refused++ < SHOWN_MAX && !import->cli->is_quiet)
		fprintf(stderr, "%srelaycli: %s %llu: %s\n", import->has_progress ? "\r\033[K" : "",
		        import->unit, (unsigned long long)place, why);
}

static void
send_batch(struct import *import)
{
	json_t *params = json_object(), *result, *one;
	size_t i, count = json_array_size(import->batch);

	if (count == 0 || import->code != CLI_DONE) {
		json_decref(params);
		return;
	}
	api_json_put(params, "entries", import->batch);
	import->batch = json_array();
	import->code = cli_call(import->cli, "suppression.import", params, &result);
	if (import->code != CLI_DONE)
		return;
	import->sent += count;
	import->taken += (uint64_t)api_json_get_int(result, "affected", 0);
	json_array_foreach(json_object_get(result, "refused"), i, one) {
		int64_t index = api_json_get_int(one, "index", 0);
		const char *why = api_json_get_text(one, "why");

		if (index >= 0 && index < BATCH)
			refuse(import, import->place[index], why ? why : "refused");
	}
	json_decref(result);
	put_progress(import, false);
}

static void
add_entry(struct import *import, json_t *entry, uint64_t place, const struct err *err)
{
	if (!entry) {
		if (err->text[0])
			refuse(import, place, err->text);
		return;
	}
	import->place[json_array_size(import->batch)] = place;
	json_array_append_new(import->batch, entry);
	if (json_array_size(import->batch) == BATCH)
		send_batch(import);
}

static void
import_csv(struct import *import, FILE *in, int64_t size)
{
	struct cli_suppression_columns found;
	size_t room = 0;
	char *text = NULL;
	ssize_t n;

	for (uint64_t line = 1; import->code == CLI_DONE && (n = getline(&text, &room, in)) >= 0;
	     line++) {
		struct span span = { text, (size_t)n };
		struct err err;

		while (span.n && (span.p[span.n - 1] == '\n' || span.p[span.n - 1] == '\r'))
			span.n--;
		if (line == 1 && cli_suppression_header(span, &found))
			continue;
		add_entry(import, cli_suppression_line(span, &found, &err), line, &err);
		if (size > 0)
			import->share_done = (double)ftello(in) / (double)size;
	}
	free(text); /* getline's */
}

static int
import_json(struct import *import, FILE *in, const char *name)
{
	json_error_t why;
	json_t *root = json_loadf(in, JSON_REJECT_DUPLICATES, &why);
	json_t *list = root ? cli_suppression_entries(root) : NULL, *one;
	size_t i, count = json_array_size(list);

	if (!list) {
		json_decref(root);
		return cli_fail_text(import->cli, API_ERROR_FAILED, "%.100s: %s", name,
		                     root ? "there is no list of addresses in it" : why.text);
	}
	import->unit = "entry";
	json_array_foreach(list, i, one) {
		struct err err;

		import->share_done = (double)i / (double)count;
		add_entry(import, cli_suppression_object(one, &err), i + 1, &err);
	}
	json_decref(root);
	return CLI_DONE;
}

static int
first_byte(FILE *in)
{
	int c;

	while ((c = getc(in)) == ' ' || c == '\n' || c == '\r' || c == '\t')
		;
	ungetc(c, in);
	return c;
}

static int64_t
size_of(FILE *in)
{
	int64_t size;

	if (fseeko(in, 0, SEEK_END) != 0)
		return 0;
	size = ftello(in);
	rewind(in);
	return size;
}

static int
finish_import(struct import *import)
{
	struct cli *cli = import->cli;
	char taken[UNITS_TEXT_SIZE], refused[UNITS_TEXT_SIZE];
	json_t *result;

	put_progress(import, true);
	units_format_count(import->taken, taken);
	units_format_count(import->refused, refused);
	if (import->code != CLI_DONE) { /* said already */
		fprintf(stderr, "relaycli: %s were imported before that\n", taken);
		return import->taken ? CLI_PARTIAL : import->code;
	}
	result = api_json_new("relay.suppression.import/1");
	api_json_put_int(result, "affected", (int64_t)import->taken);
	api_json_put_int(result, "refused", (int64_t)import->refused);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		cli_say("Imported %s, refused %s.\n", taken, refused);
	json_decref(result);
	if (import->refused == 0)
		return CLI_DONE;
	return import->taken ? CLI_PARTIAL : CLI_FAILED;
}

int
cli_suppression_import(struct cli *cli, const struct command_line *line)
{
	const char *name = line->word[0];
	bool is_stdin = strcmp(name, "-") == 0;
	struct import import = { .cli = cli, .batch = json_array(), .unit = "line",
		                 .share_done = -1, .started_mono_ms = clock_mono_ms() };
	FILE *in = is_stdin ? stdin : fopen(name, "re");
	int64_t size, code = CLI_DONE;
	int c;

	if (!in) {
		json_decref(import.batch);
		return cli_fail_text(cli, API_ERROR_FAILED, "%.200s: %s", name, strerror(errno));
	}
	import.has_progress = isatty(STDERR_FILENO) && !cli->is_quiet && cli->form == CLI_TEXT;
	size = is_stdin ? 0 : size_of(in);
	c = first_byte(in);
	if (c == '{' || c == '[')
		code = import_json(&import, in, name);
	else
		import_csv(&import, in, size);
	if (code == CLI_DONE) {
		send_batch(&import);
		code = finish_import(&import);
	}
	json_decref(import.batch);
	if (!is_stdin)
		fclose(in);
	return (int)code;
}

/* ---- export -------------------------------------------------------------------------- */

static const char *const export_keys[] = {
	"address", "reason", "scope", "since_at", "ends_at", "by", "detail",
	"message", "provider", "code", "reply",
};
#define EXPORT_HEADER "address,cause,scope,since,ends,by,detail,message,provider,code,reply\n"

static void
put_row(const struct cli *cli, const json_t *row)
{
	char number[24];

	if (cli->form == CLI_JSON || cli->form == CLI_JSONL) {
		char *text = api_json_text_of(row);

		cli_say("%s\n", text);
		mem_free(text);
		return;
	}
	for (size_t i = 0; i < sizeof export_keys / sizeof *export_keys; i++) {
		const json_t *value = json_object_get(row, export_keys[i]);
		struct span text = span_of(json_string_value(value));

		if (json_is_integer(value)) {
			snprintf(number, sizeof number, "%lld",
			         (long long)json_integer_value(value));
			text = span_of(number);
		}
		if (i > 0)
			fputc(',', stdout);
		api_table_put_csv(stdout, text);
	}
	fputc('\n', stdout);
}

int
cli_suppression_export(struct cli *cli, const struct command_line *line)
{
	int64_t cursor = 0;

	if (cli->form != CLI_JSON && cli->form != CLI_JSONL && cli->has_header)
		cli_say(EXPORT_HEADER);
	do {
		json_t *params = command_params(line), *result, *row;
		size_t i;
		int code;

		api_json_put_int(params, "limit", PAGE);
		if (cursor)
			api_json_put_int(params, "cursor", cursor);
		code = cli_call(cli, "suppression.list", params, &result);
		if (code != CLI_DONE)
			return code;
		json_array_foreach(json_object_get(result, "items"), i, row)
			put_row(cli, row);
		cursor = api_json_get_int(result, "next_cursor", 0);
		json_decref(result);
	} while (cursor > 0);
	return CLI_DONE;
}
