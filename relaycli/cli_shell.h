/* cli_shell.h - the interactive shell: readline over the same command table. */
#ifndef RELAYCLI_CLI_SHELL_H
#define RELAYCLI_CLI_SHELL_H

#include "cli.h"

/* cli_shell_run - until \q or end of input. Returns the last exit code. */
int cli_shell_run(struct cli *cli);

#endif
