/* cli_suppression_import.c - suppression import: a file is read as a stream, its entries
 * are sent in batches; what is refused, and who is spared, is said line by line. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_progress.h"
#include "import/import.h"
#include "verdict/verdict.h"

#define BATCH 1000
#define PIECE (64 * 1024)
#define SHOWN_MAX 20               /* lines that are shown one by one */

struct job {
	struct cli *cli;
	json_t *params;            /* of the command line */
	struct import *import;
	const char *file;          /* its name without the path; NULL: stdin */
	json_t *batch;             /* entries not sent yet */
	json_t *causes;            /* cause: how many were new */
	uint64_t place[BATCH];     /* line of each */
	uint64_t taken, kept, refused, spared, shown;
	double share_done;         /* of the file; < 0: not known */
	struct cli_progress progress;
	int code;                  /* of a request that failed */
};

static void
show(struct job *job, uint64_t place, const char *what, const char *why)
{
	if (job->shown++ >= SHOWN_MAX || job->cli->is_quiet)
		return;
	cli_progress_clear(&job->progress);
	fprintf(stderr, "relaycli: line %llu: %s%s\n", (unsigned long long)place, what, why);
}

static void
send_batch(struct job *job)
{
	json_t *params, *result, *one;
	struct api_error error;
	const char *cause;
	size_t i;

	if (json_array_size(job->batch) == 0 || job->code != CLI_DONE)
		return;
	params = json_object();
	api_json_put(params, "entries", job->batch);
	if (api_json_get_text(job->params, "reason"))
		api_json_put_text(params, "reason", api_json_get_text(job->params, "reason"));
	if (job->file)
		api_json_put_text(params, "file", job->file);
	api_json_put_text(params, "format", import_format_name(import_format_of(job->import)));
	job->batch = json_array();
	if (cli_try(job->cli, "suppression.import", params, job->cli->timeout_ms, &result,
		    &error) < 0) {
		cli_progress_clear(&job->progress);
		job->code = cli_interrupted ? CLI_INTERRUPTED : cli_fail(job->cli, &error);
		return;
	}
	job->taken += (uint64_t)api_json_get_int(result, "affected", 0);
	job->kept += (uint64_t)api_json_get_int(result, "kept", 0);
	json_object_foreach(json_object_get(result, "causes"), cause, one)
		api_json_put_int(job->causes, cause,
		                 api_json_get_int(job->causes, cause, 0) + json_integer_value(one));
	json_array_foreach(json_object_get(result, "refused"), i, one) {
		int64_t index = api_json_get_int(one, "index", 0);
		const char *why = api_json_get_text(one, "why");

		job->refused++;
		if (index >= 0 && index < BATCH)
			show(job, job->place[index], "", why ? why : "refused");
	}
	json_decref(result);
	cli_progress_put(&job->progress, job->taken, job->share_done, NULL, false);
}

static void
put_known(json_t *to, const char *key, struct span text)
{
	if (text.n > 0)
		api_json_put_span(to, key, text);
}

static void
take_entry(const struct import_entry *entry, void *arg)
{
	struct job *job = arg;
	json_t *one = json_object();

	api_json_put_span(one, "address", entry->address);
	api_json_put_text(one, "cause", import_reason_name(entry->reason));
	if (entry->since_unix_ms)
		api_json_put_time(one, "since_at", entry->since_unix_ms);
	if (entry->until_unix_ms)
		api_json_put_time(one, "ends_at", entry->until_unix_ms);
	put_known(one, "scope", entry->scope);
	put_known(one, "detail", entry->detail);
	put_known(one, "message", entry->message_id);
	put_known(one, "provider", entry->site);
	put_known(one, "reply", entry->reply);
	if (entry->code)
		api_json_put_int(one, "code", entry->code);
	job->place[json_array_size(job->batch)] = entry->line;
	json_array_append_new(job->batch, one);
	if (json_array_size(job->batch) == BATCH)
		send_batch(job);
}

static void
take_fault(enum import_fault fault, uint64_t line, const char *why, void *arg)
{
	struct job *job = arg;

	if (fault == IMPORT_SPARED)
		job->spared++;
	else
		job->refused++;
	show(job, line, fault == IMPORT_SPARED ? "spared: " : "", why);
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

/* read_all - -1 with err: the rest cannot be read; what came before is in the batch. */
static int
read_all(struct job *job, struct import *import, FILE *in, int64_t size, struct err *err)
{
	static char piece[PIECE];
	int64_t done = 0;
	size_t n;

	while (job->code == CLI_DONE && (n = fread(piece, 1, sizeof piece, in)) > 0) {
		done += (int64_t)n;
		if (size > 0)
			job->share_done = (double)done / (double)size;
		if (import_feed(import, (struct span){ piece, n }, err) < 0)
			return -1;
		cli_progress_put(&job->progress, job->taken, job->share_done, NULL, false);
	}
	if (ferror(in))
		return err_set(err, ERR_SYSTEM, errno, "%s", strerror(errno));
	return job->code == CLI_DONE ? import_end(import, err) : 0;
}

static void
put_causes(const struct job *job)
{
	char count[UNITS_TEXT_SIZE];
	const char *cause, *before = ": ";
	json_t *one;

	json_object_foreach(job->causes, cause, one) {
		units_format_count((uint64_t)json_integer_value(one), count);
		cli_say("%s%s %s", before, count, cause);
		before = ", ";
	}
}

static void
put_summary(const struct job *job)
{
	char count[4][UNITS_TEXT_SIZE];

	units_format_count(job->taken, count[0]);
	units_format_count(job->kept, count[1]);
	units_format_count(job->spared, count[2]);
	units_format_count(job->refused, count[3]);
	cli_say("Imported %s", count[0]);
	if (import_format_of(job->import) != IMPORT_FORMAT_COUNT)
		cli_say(" (read as %s)", import_format_name(import_format_of(job->import)));
	put_causes(job);
	if (job->kept)
		cli_say("; %s %s there for as good a reason", count[1],
		        job->kept == 1 ? "was" : "were");
	if (job->spared)
		cli_say("; spared %s: no sign that the address is dead", count[2]);
	cli_say("%s%s.\n", job->refused ? "; refused " : "", job->refused ? count[3] : "");
}

static int
finish(struct job *job)
{
	struct cli *cli = job->cli;
	bool has_any = job->taken + job->kept > 0;
	json_t *result = api_json_new("relay.suppression.import/1");

	if (import_format_of(job->import) == IMPORT_FORMAT_COUNT)
		api_json_put_null(result, "format");
	else
		api_json_put_text(result, "format",
		                  import_format_name(import_format_of(job->import)));
	api_json_put(result, "causes", json_incref(job->causes));
	api_json_put_int(result, "affected", (int64_t)job->taken);
	api_json_put_int(result, "kept", (int64_t)job->kept);
	api_json_put_int(result, "spared", (int64_t)job->spared);
	api_json_put_int(result, "refused", (int64_t)job->refused);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		put_summary(job);
	json_decref(result);
	if (job->code != CLI_DONE)
		return has_any && job->code != CLI_INTERRUPTED ? CLI_PARTIAL : job->code;
	return job->refused == 0 ? CLI_DONE : has_any ? CLI_PARTIAL : CLI_FAILED;
}

/* options_of - the flags of the line; an unknown word was refused when it was parsed. */
static struct import_options
options_of(struct job *job)
{
	struct import_options options = { .format = IMPORT_FORMAT_COUNT, .entry = take_entry,
		                          .fault = take_fault, .arg = job };
	const char *format = api_json_get_text(job->params, "format");
	struct err unused;

	if (format)
		(void)import_format_parse(span_of(format), &options.format, &unused);
	options.has_reason = import_reason_parse(span_of(api_json_get_text(job->params, "cause")),
	                                         &options.reason);
	return options;
}

int
cli_suppression_import(struct cli *cli, const struct command_line *line)
{
	const char *name = line->word[0];
	bool is_stdin = strcmp(name, "-") == 0, is_cut = false;
	struct job job = { .cli = cli, .params = command_params(line), .share_done = -1 };
	struct import_options options = options_of(&job);
	FILE *in = is_stdin ? stdin : fopen(name, "re");
	const char *slash = strrchr(name, '/');
	struct err err;
	int code;

	if (!in) {
		json_decref(job.params);
		return cli_fail_text(cli, API_ERROR_FAILED, "%.200s: %s", name, strerror(errno));
	}
	verdict_init();
	job.batch = json_array();
	job.causes = json_object();
	job.file = is_stdin ? NULL : slash ? slash + 1 : name;
	cli_progress_start(&job.progress, cli, "imported");
	job.import = import_new(&options);
	if (read_all(&job, job.import, in, is_stdin ? 0 : size_of(in), &err) < 0)
		is_cut = true;
	send_batch(&job);
	if (is_cut && cli_interrupted)
		job.code = CLI_INTERRUPTED;
	else if (is_cut && job.code == CLI_DONE)
		job.code = cli_fail_text(cli, API_ERROR_FAILED, "%.200s: %s", name, err.text);
	cli_progress_put(&job.progress, job.taken, job.share_done, NULL, true);
	if (!is_stdin)
		fclose(in);
	code = finish(&job);
	import_free(&job.import);
	json_decref(job.batch);
	json_decref(job.causes);
	json_decref(job.params);
	return code;
}
