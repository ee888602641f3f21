/* command_help.h - help, the manual page's commands and bash's completion hook,
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
/* command_help_bash - the script behind `relaycli completion bash`. */
void command_help_bash(FILE *to);

#endif
