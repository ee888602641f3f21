/* cli_status.c - status, version, top, help, rpc: about the relay and the program. */
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "command/command_help.h"

static void
put_counts(const json_t *result)
{
	static const char *const keys[] = { "queued", "deferred", "held" };
	char text[UNITS_TEXT_SIZE];

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		units_format_count((uint64_t)api_json_get_int(result, keys[i], 0), text);
		cli_say("%s%s %s", i ? "   " : "  ", keys[i], text);
	}
	cli_say("\n");
}

static void
put_totals(const json_t *result)
{
	static const char *const keys[] = { "accepted", "delivered", "deferred", "bounced" };
	const json_t *totals = json_object_get(result, "totals");
	const json_t *rates = json_object_get(result, "rates");
	char count[UNITS_TEXT_SIZE], rate[API_FORMAT_SIZE];

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		units_format_count((uint64_t)api_json_get_int(totals, keys[i], 0), count);
		api_format_rate(api_json_get_real(rates, keys[i], 0), rate);
		cli_say("  %-10s %12s  %8s\n", keys[i], count, rate);
	}
}

int
cli_status(struct cli *cli, const struct command_line *line)
{
	char up[API_FORMAT_SIZE];
	const json_t *problems, *one;
	json_t *result;
	int code = cli_call(cli, "status.show", command_params(line), &result);
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		api_format_age(api_json_get_time(result, "started_at"), clock_unix_ms(), up);
		cli_put(api_json_get_text(result, "hostname"));
		cli_say("  relayd %s, up %s, you are %s\n", api_json_get_text(result, "version"),
			up, api_json_get_text(result, "role"));
		put_counts(result);
		put_totals(result);
		problems = json_object_get(result, "problems");
		if (json_array_size(problems) == 0)
			cli_say("  All is well.\n");
		json_array_foreach(problems, i, one)
			cli_put_wrapped(cli, json_string_value(one), 2);
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_version(struct cli *cli, const struct command_line *line)
{
	json_t *result = api_json_new("relay.version.show/1"), *daemon = NULL;
	struct api_error error;

	(void)line;
	(void)cli_try(cli, "version.show", NULL, 1000, &daemon, &error);
	api_json_put_text(result, "version", RELAY_VERSION);
	api_json_put_text(result, "daemon_version", api_json_get_text(daemon, "version"));
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result)) {
		cli_say("relaycli %s", RELAY_VERSION);
		if (daemon)
			cli_say(", relayd %s", api_json_get_text(daemon, "version"));
		cli_say("\n");
	}
	json_decref(daemon);
	json_decref(result);
	return CLI_DONE;
}

/* near_us - a program of ours stands beside this one, or in PATH. */
int
cli_top(struct cli *cli, const struct command_line *line)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - sizeof "relaytui");
	char *slash;

	(void)line;
	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		memcpy(slash + 1, "relaytui", sizeof "relaytui");
		execl(self, "relaytui", "--socket", cli->socket_path, (char *)NULL);
	}
	execlp("relaytui", "relaytui", "--socket", cli->socket_path, (char *)NULL);
	return cli_fail_text(cli, API_ERROR_FAILED, "relaytui is not installed");
}

int
cli_help(struct cli *cli, const struct command_line *line)
{
	const struct command_noun *noun;
	const struct command *command;
	char two[64];

	if (line->words == 0) {
		command_help_overview(stdout);
		return CLI_DONE;
	}
	noun = command_noun_find(span_of(line->word[0]));
	if (!noun)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "no noun \"%.40s\"; \"relaycli help\" lists "
				     "them",
				     line->word[0]);
	command = command_find(span_of(noun->name), line->words > 1 ? line->word[1] : NULL);
	if (line->words > 2 && !command &&
	    snprintf(two, sizeof two, "%s %s", line->word[1], line->word[2]) < (int)sizeof two)
		command = command_find(span_of(noun->name), two);
	if (line->words > 1 && !command)
		return cli_fail_text(cli, API_ERROR_PARAMS, "%s has no verb \"%.40s\"", noun->name,
		                     line->word[1]);
	if (command)
		command_help_command(command, stdout);
	else
		command_help_noun(noun, stdout);
	return CLI_DONE;
}

int
cli_rpc(struct cli *cli, const struct command_line *line)
{
	struct err err;
	json_t *params = NULL, *result;
	char *text;
	int code;

	if (line->words > 1) {
		params = api_json_parse(span_of(line->word[1]), &err);
		if (!params)
			return cli_fail_text(cli, API_ERROR_PARAMS, "JSON: %s", err.text);
	}
	code = cli_call(cli, line->word[0], params, &result);
	if (code != CLI_DONE)
		return code;
	text = cli->is_tty && cli->form == CLI_TEXT ?
		json_dumps(result, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) :
		api_json_text_of(result);
	cli_say("%s\n", text);
	mem_free(text);
	json_decref(result);
	return CLI_DONE;
}
