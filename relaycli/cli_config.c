/* cli_config.c - config check, show, reload. */
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_relayd.h"

#define OUTPUT_MAX_BYTES ((size_t)64 << 10)

/* ---- check: what relayd itself says -------------------------------------- */

/* what a site of that domain may do, and on whose word */
static void
put_limits(const json_t *limits)
{
	static const char *const texts[] = { "rate", "min_rate" };

	cli_say("  %-24s%lld\n", "max_connections",
		(long long)api_json_get_int(limits, "max_connections", 0));
	cli_say("  %-24s%lld\n", "messages_per_connection",
		(long long)api_json_get_int(limits, "messages_per_connection", 0));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (api_json_get_text(limits, texts[i]))
			cli_say("  %-24s%s\n", texts[i], api_json_get_text(limits, texts[i]));
}

static void
put_rule(const json_t *rule)
{
	char time[UNITS_TEXT_SIZE];

	units_format_duration(api_json_get_int(rule, "for_ms", 0), time);
	cli_say("  rule ");
	cli_put(api_json_get_text(rule, "name"));
	cli_say(" (");
	cli_put(api_json_get_text(rule, "from"));
	cli_say("): at %s %s for %s\n    ", api_json_get_text(rule, "threshold"),
		api_json_get_text(rule, "action"), time);
	cli_put(api_json_get_text(rule, "match"));
	cli_say("\n");
}

static void
put_names(const char *label, const json_t *names)
{
	const json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	cli_say("  %-24s", label);
	json_array_foreach(names, i, name) {
		cli_say("%s", i > 0 ? ", " : "");
		cli_put(json_string_value(name));
	}
	cli_say("\n");
}

static void
put_winner(const json_t *result)
{
	const char *provider = api_json_get_text(result, "provider");
	const json_t *rule;
	size_t i;

	put_names("hosts", json_object_get(result, "hosts"));
	if (api_json_get_text(result, "route")) {
		cli_say("  %-24s", "by route");
		cli_put(api_json_get_text(result, "route"));
		cli_say("\n");
	}
	cli_say("  %-24s", "provider");
	if (provider) {
		cli_put(provider);
		cli_say(" (");
		cli_put(api_json_get_text(result, "from"));
		cli_say("): ");
	} else {
		cli_say("none: ");
	}
	cli_put(api_json_get_text(result, "why"));
	cli_say("\n");
	put_names("later, so not used", json_object_get(result, "also_match"));
	put_limits(json_object_get(result, "limits"));
	json_array_foreach(json_object_get(result, "rules"), i, rule)
		put_rule(rule);
}

/* answer_of - the line relayd answered a question with; what it logged stands before. */
static json_t *
answer_of(struct span said)
{
	const char *line = memrchr(said.p, '\n', said.n);
	struct err err;

	if (line)
		said = (struct span){ line + 1, said.n - (size_t)(line + 1 - said.p) };
	return api_json_parse(said, &err);
}

static int
put_check(struct cli *cli, const char *file, const struct cli_relayd_question *question,
          struct span said)
{
	json_t *result = question->option ? answer_of(said) : api_json_new("relay.config.check/1");

	if (result == NULL)
		return cli_fail_text(cli, API_ERROR_FAILED, "relayd --check %s gives no answer: is "
				     "it of this version?", question->option);
	api_json_put_text(result, "file", file);
	api_json_put_bool(result, "ok", true);
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
		cli_put(file);
		cli_say(" is right\n");
		if (question->option)
			put_winner(result);
	}
	json_decref(result);
	return CLI_DONE;
}

#define STATUS_NO_HOST 68 /* of relayd: there is no such domain */

int
cli_config_check(struct cli *cli, const struct command_line *line)
{
	const char *domain = command_line_text(line, "domain"), *mx = command_line_text(line, "mx");
	const struct cli_relayd_question question = { domain ? "--domain" : mx ? "--mx" : NULL,
					   domain ? domain : mx };
	struct buf file, said;
	struct span text;
	int status, code;

	if (domain && mx)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "--domain asks for the MX hosts itself: one of the two");
	buf_init(&file, 8192);
	buf_init(&said, OUTPUT_MAX_BYTES);
	if (line->words > 0)
		(void)buf_append(&file, line->word[0], strlen(line->word[0]) + 1);
	else
		cli_relayd_file(cli, &file);
	status = cli_relayd_check(buf_data(&file), &question, &said);
	text = span_trim(buf_span(&said));
	if (status != 0)
		code = cli_fail_text(cli, status == STATUS_NO_HOST ? API_ERROR_NOT_FOUND
								   : API_ERROR_FAILED, "%.*s",
				     (int)(text.n < 230 ? text.n : 230),
				     text.n ? text.p : "relayd failed");
	else
		code = put_check(cli, buf_data(&file), &question, text);
	buf_deinit(&file);
	buf_deinit(&said);
	return code;
}

/* ---- show, reload -------------------------------------------------------- */

static void
put_listeners(const json_t *list)
{
	const json_t *one, *address;
	size_t i, a;

	json_array_foreach(list, i, one) {
		const json_t *addresses = json_object_get(one, "address");

		cli_say("  listen %-12s port %lld ", api_json_get_text(one, "title"),
		        (long long)api_json_get_int(one, "port", 0));
		json_array_foreach(addresses, a, address)
			cli_say(" %s", json_string_value(address));
		cli_say("\n");
	}
}

int
cli_config_show(struct cli *cli, const struct command_line *line)
{
	static const char *const facts[] = { "file", "hostname", "state_dir", "control_socket",
					     "store" };
	const json_t *list, *one;
	char text[UNITS_TEXT_SIZE];
	json_t *result;
	int code = cli_call(cli, "config.show", command_params(line), &result);
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result)) {
		for (i = 0; i < sizeof facts / sizeof *facts; i++) {
			cli_say("  %-16s", facts[i]);
			cli_put(api_json_get_text(result, facts[i]));
			cli_say("\n");
		}
		units_format_size((uint64_t)api_json_get_int(result, "message_bytes", 0), text);
		cli_say("  %-16s%s\n", "message_size", text);
		units_format_duration(api_json_get_int(result, "max_age_ms", 0), text);
		cli_say("  %-16s%s\n", "max_age", text);
		put_listeners(json_object_get(result, "listeners"));
		list = json_object_get(result, "providers");
		json_array_foreach(list, i, one)
			cli_say("  provider %-10s at most %lld connections\n",
				api_json_get_text(one, "name"),
				(long long)api_json_get_int(one, "max_connections", 0));
		list = json_object_get(result, "routes");
		json_array_foreach(list, i, one)
			cli_say("  route %s to %s port %lld\n", api_json_get_text(one, "pattern"),
				api_json_get_text(one, "host"),
				(long long)api_json_get_int(one, "port", 0));
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_config_reload(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "config.reload", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("Reloaded ");
		cli_put(api_json_get_text(result, "file"));
		cli_say("\n");
		if (api_json_get_text(result, "needs_restart")) {
			cli_say("Only a restart takes ");
			cli_put(api_json_get_text(result, "needs_restart"));
			cli_say("; the old values are in use until then.\n");
		}
	}
	json_decref(result);
	return CLI_DONE;
}

/* ---- diff ------------------------------------------------------------------ */

static void
put_next_step(const json_t *result)
{
	const json_t *one;
	size_t i, reload = 0, restart = 0;

	json_array_foreach(json_object_get(result, "items"), i, one) {
		bool is_restart = strcmp(api_json_get_text(one, "takes"), "restart") == 0;

		restart += is_restart;
		reload += !is_restart;
	}
	if (reload + restart == 0) {
		cli_say("relayd runs with ");
		cli_put(api_json_get_text(result, "file"));
		cli_say(" as it is.\n");
	}
	if (reload > 0)
		cli_say("relaycli config reload takes %s.\n", restart ? "what says reload" : "it");
	if (restart > 0)
		cli_say("Only a restart takes %s.\n", reload ? "the rest" : "it");
}

int
cli_config_diff(struct cli *cli, const struct command_line *line)
{
	static const struct cli_column columns[] = {
		{ "option", { .header = "OPTION", .keeps = true }, CLI_AS_TEXT },
		{ "running", { .header = "RUNNING" }, CLI_AS_TEXT },
		{ "file", { .header = "FILE" }, CLI_AS_TEXT },
		{ "takes", { .header = "TAKES", .keeps = true }, CLI_AS_TEXT },
	};
	json_t *result;
	int code = cli_call(cli, "config.diff", command_params(line), &result);
	bool is_human;

	if (code != CLI_DONE)
		return code;
	is_human = cli->form == CLI_TEXT && cli->is_tty;
	if (!is_human || json_array_size(json_object_get(result, "items")) > 0)
		code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
	if (is_human && !cli->is_quiet && code == CLI_DONE)
		put_next_step(result);
	json_decref(result);
	return code;
}
