/* cli_act.c - see cli_act.h. */
#include <string.h>

#include "base/must.h"
#include "cli_act.h"

static const struct cli_act_words words[] = {
	{ "hold", "Held", "hold" },
	{ "release", "Released", "release" },
	{ "flush", "Flushed", "flush" },
	{ "retry", "Due now", "retry" },
	{ "move", "Moved", "move" },
	{ "bounce", "Bounced", "bounce" },
	{ "cancel", "Cancelled", "cancel" },
};

const struct cli_act_words *
cli_act_words(const struct command_line *line)
{
	size_t i = 0;

	while (strcmp(line->command->verb, words[i].verb) != 0)
		must(++i < sizeof words / sizeof *words);
	return &words[i];
}
