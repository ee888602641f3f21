/* cli_secret.h - where a new secret may go: a terminal, a new file of ours
 * alone, stdout when asked for, JSON when asked for; nowhere else. */
#ifndef RELAYCLI_CLI_SECRET_H
#define RELAYCLI_CLI_SECRET_H

#include "cli.h"

struct cli_secret {
	const char *file;    /* --secret-out, NULL none, "-" stdout */
	int fd;              /* the new file, -1 none */
	const char *format;  /* "plain", "env", ... */
};

/* cli_secret_ask - opens, then makes the change; CLI_DONE with *result_out, or the exit code
 * (said), and nothing is left open. */
int cli_secret_ask(struct cli *cli, const struct command_line *line, struct cli_secret *secret,
                   json_t **result_out);
/* cli_secret_put - print result's five values. */
int cli_secret_put(struct cli *cli, const struct cli_secret *secret, const char *lead,
                   json_t *result);

#endif
