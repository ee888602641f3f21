/* cli_progress.h - one line on stderr while something long goes on, rewritten in place: how
 * many so far, how fast, how much is left. Nothing unless stderr is a terminal. */
#ifndef RELAYCLI_CLI_PROGRESS_H
#define RELAYCLI_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include "cli.h"

struct cli_progress {
	bool is_shown;
	const char *did; /* "imported": borrowed */
	int64_t started_mono_ms, shown_mono_ms;
};

void cli_progress_start(struct cli_progress *progress, const struct cli *cli, const char *did);
/* cli_progress_put - share_done of all of it, below 0: not known; note: what else to say, or
 * NULL. Now and then only, but always the last time, which ends the line. */
void cli_progress_put(struct cli_progress *progress, uint64_t count, double share_done,
		      const char *note, bool is_last);
/* cli_progress_clear - so that a line of another kind can be written. */
void cli_progress_clear(const struct cli_progress *progress);

#endif
