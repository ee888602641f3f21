/* cli_confirm.h - three levels of asking, by what the command does. */
#ifndef RELAYCLI_CLI_CONFIRM_H
#define RELAYCLI_CLI_CONFIRM_H

#include "cli.h"

/* cli_confirm - CLI_DONE to go on; else the exit code (6: needs --yes here,
 * 1: the person said no), said already. */
int cli_confirm(struct cli *cli, const struct command_line *line);
/* cli_confirm_as - as dangerous as the caller found; what: what it would do, in words. */
int cli_confirm_as(struct cli *cli, const struct command_line *line, enum command_danger danger,
                   struct span what);

#endif
