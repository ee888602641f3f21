/* cli_export.h - all there is of a list, written row by row as it comes, a page at a time.
 *
 * What is written is whole lines, so that an export that was cut off can be used as far as it
 * goes, and says how far that is. */
#ifndef RELAYCLI_CLI_EXPORT_H
#define RELAYCLI_CLI_EXPORT_H

#include "api/api_format.h"
#include "cli.h"

#define CLI_EXPORT_REACHED_SIZE (API_FORMAT_SIZE + 16)

struct cli_export {
	const char *method;          /* answers { items, next_cursor } */
	int page;                    /* its limit */
	const char *noun;            /* "event" */
	const char *schema;          /* of a row as a line of JSON */
	const char *const *keys;     /* of a row as a line of CSV or TSV */
	size_t keys_count;
	const char *header;          /* of CSV */
	bool is_csv;                 /* where no form was asked for; else JSON lines */
	/* how far it has got with this page: a word or two, "" for nothing. Returns the share
	 * of all, below 0: not known. May be NULL */
	double (*reached)(const struct cli *cli, const json_t *result,
			  char out[CLI_EXPORT_REACHED_SIZE]);
};

/* cli_export_run - returns the exit code: CLI_PARTIAL when some of it was written, CLI_INTERRUPTED
 * after Ctrl-C. */
int cli_export_run(struct cli *cli, const struct command_line *line,
		   const struct cli_export *export);

#endif
