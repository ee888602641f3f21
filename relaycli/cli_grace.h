/* cli_grace.h - a bounce of many waits ten seconds before it is done: on a terminal, or when
 * --grace asks for it. */
#ifndef RELAYCLI_CLI_GRACE_H
#define RELAYCLI_CLI_GRACE_H

#include <jansson.h>
#include "cli.h"

/* cli_grace_ask - params of a bounce or cancel: with grace where somebody can use it. */
void cli_grace_ask(const struct cli *cli, const struct command_line *line, json_t *params);
/* cli_grace_follow - *result: the answer; when it says that it is still to be done, waits for
 * that and puts the number into it. Ctrl-C withdraws the whole. Returns an exit code; if not
 * CLI_DONE *result is freed. */
int cli_grace_follow(struct cli *cli, const struct command_line *line, json_t **result);

#endif
