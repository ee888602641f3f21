/* cli_relayd.h - the program relayd beside this one: what it says of a configuration. */
#ifndef RELAYCLI_CLI_RELAYD_H
#define RELAYCLI_CLI_RELAYD_H

#include "base/buf.h"
#include "cli.h"

struct cli_relayd_question { /* --domain NAME or --mx HOST, or neither */
	const char *option, *value;
};

/* cli_relayd_check - runs relayd --check; its exit status (-1: it could not be run) and what it
 * said, up to said's cap. */
int cli_relayd_check(const char *file, const struct cli_relayd_question *question,
                     struct buf *said);
/* cli_relayd_file - the file the daemon runs with, with a NUL, into out; else the usual place. */
void cli_relayd_file(struct cli *cli, struct buf *out);

#endif
