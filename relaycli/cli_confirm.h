/* cli_confirm.h - three levels of asking, by what the command does. */
#ifndef RELAYCLI_CLI_CONFIRM_H
#define RELAYCLI_CLI_CONFIRM_H

#include "cli.h"

/* cli_confirm - CLI_DONE to go on; else the exit code (6: needs --yes here,
 * 1: the person said no), said already. */
int cli_confirm(struct cli *cli, const struct command_line *line);

#endif
