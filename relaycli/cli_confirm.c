/* cli_confirm.c - see cli_confirm.h.
 *
 * Mild acts ask nothing: a question on harmless things trains people to say
 * yes. Severe ones want the name typed. --yes answers both and prints nothing. */
#include "cli_confirm.h"

#include <string.h>

#include "api/api_text.h"
#include "cli_output.h"

static enum command_danger
danger_of(const struct command_line *line)
{
	const char *match = command_line_text(line, "match");
	bool is_many = line->words > 1 || (match && strchr(match, '*'));

	/* flushing everything at once is another thing than flushing one queue */
	if (line->command->danger == COMMAND_MILD && is_many &&
	    strcmp(line->command->verb, "flush") == 0)
		return COMMAND_MODERATE;
	return line->command->danger;
}

/* stops_nothing - a rotation with an overlap: what runs goes on running. A
 * person is asked all the same; a script that asked for it is not. */
static bool
stops_nothing(const struct command_line *line)
{
	return line->command->verb && strcmp(line->command->verb, "rotate") == 0 &&
	       command_line_duration(line, "overlap", 1) > 0;
}

static const char *
object_of(const struct command_line *line)
{
	const char *match = command_line_text(line, "match");

	return line->words > 0 ? line->word[0] : match ? match : "";
}

static bool
read_answer(char *out, size_t size)
{
	if (!fgets(out, (int)size, stdin))
		return false;
	out[strcspn(out, "\r\n")] = '\0';
	return true;
}

static void
ask(const struct command_line *line, struct span what)
{
	fprintf(stderr, "%s %s", line->command->noun, line->command->verb);
	for (size_t i = 0; i < line->words && i < 4; i++) {
		fputc(' ', stderr);
		api_text_put(stderr, span_of(line->word[i]));
	}
	if (line->words == 0) {
		fputc(' ', stderr);
		api_text_put(stderr, span_of(object_of(line)));
	}
	fprintf(stderr, "\n  %.*s.\n", (int)what.n, what.p);
}

int
cli_confirm_as(struct cli *cli, const struct command_line *line, enum command_danger danger,
               struct span what)
{
	const char *object = object_of(line), *given = command_line_text(line, "confirm");
	struct api_error error;
	char answer[300];

	if (danger < COMMAND_MODERATE || command_line_has(line, "yes") ||
	    command_line_has(line, "dry-run"))
		return CLI_DONE;
	if (given) {
		if (strcmp(given, object) == 0)
			return CLI_DONE;
		return cli_fail_text(cli, API_ERROR_CONFIRM,
				     "--confirm=%.100s names something else than "
				     "%.100s: nothing done",
				     given, object);
	}
	if (!cli->may_ask && stops_nothing(line))
		return CLI_DONE;
	if (!cli->may_ask) {
		(void)api_error_set(&error, API_ERROR_CONFIRM, "%s %s needs a yes: nothing done",
		                    line->command->noun, line->command->verb);
		if (danger == COMMAND_SEVERE)
			api_error_hint(&error, "add --yes or --confirm=%.100s", object);
		else
			api_error_hint(&error, "add --yes");
		return cli_fail(cli, &error);
	}
	ask(line, what);
	if (danger == COMMAND_SEVERE)
		fprintf(stderr, "Type the name to go on: ");
	else
		fprintf(stderr, "Go on? [y/N] ");
	if (read_answer(answer, sizeof answer) &&
	    (danger == COMMAND_SEVERE ? strcmp(answer, object) == 0 :
	     answer[0] == 'y' || answer[0] == 'Y'))
		return CLI_DONE;
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	return cli_fail_text(cli, API_ERROR_FAILED, "nothing done");
}

int
cli_confirm(struct cli *cli, const struct command_line *line)
{
	if (command_line_has(line, "dry-run"))
		return CLI_DONE; /* it changes nothing */
	return cli_confirm_as(cli, line, danger_of(line), span_of(line->command->help));
}
