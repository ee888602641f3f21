/* cli_message.h - the other sides of message show. Each returns its exit code. */
#ifndef RELAYCLI_CLI_MESSAGE_H
#define RELAYCLI_CLI_MESSAGE_H

#include "cli.h"

/* cli_message_content - method: message.headers or message.body. */
int cli_message_content(struct cli *cli, const struct command_line *line, const char *method);
/* cli_message_trace - what was said in its sessions; CLI_NONE: none is kept. */
int cli_message_trace(struct cli *cli, const struct command_line *line);

#endif
