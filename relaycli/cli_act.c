/* cli_act.c - see cli_act.h. */
#include <string.h>

#include "api/api_json.h"
#include "base/must.h"
#include "cli_act.h"
#include "cli_output.h"

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

void
cli_act_say_stayed(const json_t *result)
{
	int64_t stays = api_json_get_int(result, "stays", 0);

	if (stays == 0)
		return;
	cli_say(" %lld %s: ", (long long)stays, stays == 1 ? "stays" : "stay");
	cli_put(api_json_get_text(result, "stays_why"));
	cli_say(".");
}
