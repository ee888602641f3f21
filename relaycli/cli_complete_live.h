/* cli_complete_live.h - names that only the daemon knows, for completion.
 *
 * One Tab may wait 300 ms for all it asks. What the daemon said before is kept
 * for the life of the shell and offered, with its age, when it is too late. */
#ifndef RELAYCLI_CLI_COMPLETE_LIVE_H
#define RELAYCLI_CLI_COMPLETE_LIVE_H

#include "cli_complete.h"

#define CLI_COMPLETE_MS 300

struct cli_completing {
	struct cli *cli;
	const char *beginning; /* of the word, its lead taken off */
	const char *lead;      /* put before each word: "--pool=", "cred:"; or "" */
	const char *known;     /* "as of 2m ago" when names are not fresh, or NULL */
	int64_t until_mono_ms; /* no longer waited for the daemon */
	cli_complete_fn fn;
	void *arg;
};

/* cli_complete_offer - word, if it begins as was typed. */
void cli_complete_offer(const struct cli_completing *c, const char *word, const char *hint);
/* cli_complete_live - names of this kind; first: the line's first argument or
 * NULL. false: the daemon knows none of this kind. */
bool cli_complete_live(const struct cli_completing *c, enum command_kind kind, const char *first);
/* cli_complete_live_term - values after "cred:" and "domain:"; false: no such beginning. */
bool cli_complete_live_term(const struct cli_completing *c);

#endif
