/* cli_act.h - what acts on waiting mail have in common, be it of queues or of messages. */
#ifndef RELAYCLI_CLI_ACT_H
#define RELAYCLI_CLI_ACT_H

#include "cli.h"

#define CLI_ACT_MODERATE_MAX 100 /* recipients; for more the name is typed */

struct cli_act_words {
	const char *verb, *did, *would; /* "bounce", "Bounced", "bounce" */
};

/* cli_act_words - of the line's verb. Never NULL. */
const struct cli_act_words *cli_act_words(const struct command_line *line);
/* cli_act_say_stayed - of result: those that a reply rule keeps, and why; else nothing. */
void cli_act_say_stayed(const json_t *result);

#endif
