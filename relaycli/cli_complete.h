/* cli_complete.h - what could come next on a line: from the command table, then
 * from the daemon (names, at most 200, within 300 ms, else those
 * it gave before, marked). For our shell, bash, zsh and fish. */
#ifndef RELAYCLI_CLI_COMPLETE_H
#define RELAYCLI_CLI_COMPLETE_H

#include "cli.h"

/* one candidate; hint may be NULL */
typedef void (*cli_complete_fn)(const char *word, const char *hint, void *arg);

/* cli_complete - words before, and the beginning of the one to complete. */
void cli_complete(struct cli *cli, const char *const *before, size_t count, const char *beginning,
                  cli_complete_fn fn, void *arg);

#endif
