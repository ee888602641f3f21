/* cli_suppression_parse.h - suppression lists as other services export them: SES,
 * SendGrid, Postmark and Mailgun (CSV or JSON), and plain CSV, told apart by
 * their column or key names. Files are hostile: lines and fields are capped. Pure. */
#ifndef RELAYCLI_CLI_SUPPRESSION_PARSE_H
#define RELAYCLI_CLI_SUPPRESSION_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

#define CLI_SUPPRESSION_LINE_MAX 65536
#define CLI_SUPPRESSION_COLUMNS_MAX 64

enum cli_suppression_field {
	CLI_SUPPRESSION_ADDRESS, CLI_SUPPRESSION_CAUSE, CLI_SUPPRESSION_SINCE,
	CLI_SUPPRESSION_ENDS, CLI_SUPPRESSION_SCOPE, CLI_SUPPRESSION_DETAIL,
	CLI_SUPPRESSION_FIELD_COUNT
};

/* struct cli_suppression_columns - which column has what; -1: none has. */
struct cli_suppression_columns {
	int of[CLI_SUPPRESSION_FIELD_COUNT];
	const char *fallback; /* cause when no column says it, or NULL */
};

/* cli_suppression_header - true: the line names columns, columns_out is filled; false: it
 * is data, and columns_out is that of plain "address[,cause[,since]]". */
bool cli_suppression_header(struct span line, struct cli_suppression_columns *columns_out);
/* cli_suppression_line - one line of CSV (RFC 4180, without line breaks in fields) as
 * an entry of suppression.import. New reference, or NULL: err says what is wrong; an
 * empty line or a comment (#) is NULL with err->text "". */
json_t *cli_suppression_line(struct span line, const struct cli_suppression_columns *columns,
                             struct err *err);
/* cli_suppression_object - one object of a JSON export. New reference, or NULL with err. */
json_t *cli_suppression_object(const json_t *object, struct err *err);
/* cli_suppression_entries - the list in a JSON export: itself an array, or under the name a
 * service gives it. Borrowed; NULL: none. */
json_t *cli_suppression_entries(json_t *root);

#endif
