/* command_help.h - help, the manual page's commands and shells' completion hooks,
 * all printed from the table. Thread: any. */
#ifndef COMMAND_COMMAND_HELP_H
#define COMMAND_COMMAND_HELP_H

#include <stdio.h>
#include "command/command.h"

void command_help_overview(FILE *to);
void command_help_noun(const struct command_noun *noun, FILE *to);
void command_help_command(const struct command *command, FILE *to);
/* command_help_usage - "queue hold [QUEUE...] [--for 1h] ..." as one line. */
void command_help_usage(const struct command *command, FILE *to);
/* command_help_roff - sections for relaycli(1), in mdoc-free man macros. */
void command_help_roff(FILE *to);
/* command_help_bash, _zsh, _fish - the scripts behind `relaycli completion`. */
void command_help_bash(FILE *to);
void command_help_zsh(FILE *to);
void command_help_fish(FILE *to);

/* command_help_table - the table itself as one JSON object, for tests and tools. */
void command_help_table(FILE *to);

#endif
