/* cli_password.h - a password that somebody has already: typed without echo, from a file, or
 * from stdin; never an argument. */
#ifndef RELAYCLI_CLI_PASSWORD_H
#define RELAYCLI_CLI_PASSWORD_H

#include "base/buf.h"
#include "cli.h"

/* cli_password_read - into out, which wipes what it gives up (buf_init_secret). From
 * --secret-file (- is stdin), which may be what --secret-out wrote in the formats plain and env;
 * else, and where stdin is a terminal, asked for without echo. CLI_DONE, or the exit code
 * (said). */
int cli_password_read(struct cli *cli, const struct command_line *line, struct buf *out);

#endif
