/* cli_cell.h - one value of a row in words: for people, or for programs. */
#ifndef RELAYCLI_CLI_CELL_H
#define RELAYCLI_CLI_CELL_H

#include "base/buf.h"
#include "cli_output.h"

/* cli_cell_append_human - "2m ago", "1,203", "-"; cli_cell_append_machine: for TSV and CSV,
 * RFC 3339 and plain numbers. */
void cli_cell_append_human(const struct cli *cli, const json_t *item,
                           const struct cli_column *column, struct buf *out);
void cli_cell_append_machine(const json_t *item, const struct cli_column *column,
                             struct buf *out);
/* cli_cell_put_line - these keys' values of an object as a line of CSV, else of TSV. */
void cli_cell_put_line(const json_t *object, const char *const *keys, size_t n, bool is_csv);
void cli_cell_append_scalar(const json_t *value, struct buf *out);

#endif
