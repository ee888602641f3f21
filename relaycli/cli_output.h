/* cli_output.h - printing: forms, columns, prose. All text from the network
 * passes api_text on its way out. */
#ifndef RELAYCLI_CLI_OUTPUT_H
#define RELAYCLI_CLI_OUTPUT_H

#include "api/api_format.h"
#include "api/api_table.h"
#include "cli.h"

enum cli_as { /* how a JSON value becomes a cell */
	CLI_AS_TEXT, CLI_AS_COUNT, CLI_AS_TIME, CLI_AS_AGE, CLI_AS_NEXT, CLI_AS_SIZE, CLI_AS_MS,
	CLI_AS_LABEL,
};

struct cli_column {
	const char *key;     /* of the item, and for --fields */
	struct api_column column;
	enum cli_as as;
};

/* cli_output_set - flags of this line, environment, terminal. */
void cli_output_set(struct cli *cli, const struct command_line *line);

/* cli_put_list - result.items as the form asks: a table, TSV, CSV, JSON, JSON
 * lines. Returns the exit code (2: --fields names none of the columns). */
int cli_put_list(struct cli *cli, const json_t *result, const struct cli_column *column,
                 size_t columns);
/* cli_put_json - a whole result as one line. true: the form is JSON and it was printed. */
bool cli_put_json(struct cli *cli, const json_t *result);
/* cli_put_json_line - one row of a stream as a line of its own, with its schema. */
void cli_put_json_line(const char *schema, const json_t *row);
/* cli_put_object - TSV or CSV of an object's scalars; true when that was the form,
 * or --fields asked for some of them. */
bool cli_put_object(struct cli *cli, const json_t *object);

/* prose */
/* cli_is_prose - a person reads it: a terminal, and neither form nor fields were asked for. */
bool cli_is_prose(const struct cli *cli);
/* cli_write_and_close - all of it, into a file of ours. -1: errno; closed in any case. */
int cli_write_and_close(int fd, struct span text);
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* our own words only */
void cli_put(const char *text);                        /* from outside: made harmless; NULL: "-" */
void cli_put_padded(const char *text, int width);      /* the same, filled up */
void cli_put_wrapped(const struct cli *cli, const char *text, int indent); /* at words */
/* cli_put_hanging - the same behind what stands on the line already, at columns wide. */
void cli_put_hanging(const struct cli *cli, const char *text, int at, int indent);
/* cli_time - a time for prose: "14:02:31", "22 Nov 13:58"; "-". */
const char *cli_time(const struct cli *cli, const json_t *object, const char *key,
                     char out[API_FORMAT_SIZE]);

#endif
