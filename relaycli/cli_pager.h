/* cli_pager.h - long answers through $PAGER, short ones not.
 *
 * What is printed between start and end is held back; when it is longer than
 * the screen the pager gets it, else the terminal. For answers that are in
 * memory anyway, not for streams. One at a time; one thread. */
#ifndef RELAYCLI_CLI_PAGER_H
#define RELAYCLI_CLI_PAGER_H

#include "cli.h"

void cli_pager_start(struct cli *cli); /* nothing off a terminal, with --no-pager or \pager off */
void cli_pager_end(struct cli *cli);   /* waits until the pager was left */

#endif
