/* cli_credential.c - credential show, create, limit, rotate, retire, revoke. */
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_secret.h"

static void
put_list(const char *name, const json_t *list, const char *none)
{
	const json_t *one;
	size_t i;

	cli_say("  %-12s", name);
	json_array_foreach(list, i, one) {
		cli_say("%s", i ? ", " : "");
		cli_put(json_string_value(one));
	}
	cli_say("%s\n", json_array_size(list) ? "" : none);
}

static void
put_keys(const struct cli *cli, const json_t *credential)
{
	const json_t *keys = json_object_get(credential, "keys"), *key;
	char created[API_FORMAT_SIZE], used[API_FORMAT_SIZE], ends[API_FORMAT_SIZE];
	size_t i;

	json_array_foreach(keys, i, key) {
		cli_say("  key %-8s", api_json_get_text(key, "id"));
		cli_say("made %s, last used %s", cli_time(cli, key, "created_at", created),
		        api_json_get_text(key, "last_used_at") ?
		        cli_time(cli, key, "last_used_at", used) : "never");
		if (api_json_get_text(key, "last_used_address")) {
			cli_say(" from ");
			cli_put(api_json_get_text(key, "last_used_address"));
		}
		if (api_json_get_text(key, "ends_at"))
			cli_say(", %s %s",
				json_is_false(json_object_get(key, "live")) ? "ended" : "ends",
				cli_time(cli, key, "ends_at", ends));
		cli_say("\n");
	}
}

/* put_options - what delivery does with its mail, in the words `limit` takes. */
static void
put_options(const json_t *credential)
{
	const char *pool = api_json_get_text(credential, "pool");

	cli_say("  %-12sbulk=%s pool=", "options",
	        api_json_get_bool(credential, "bulk") ? "yes" : "no");
	cli_put(pool ? pool : "default");
	cli_say(" notices=%s suppressed=%s\n",
	        api_json_get_bool(credential, "notices") ? "yes" : "no",
	        api_json_get_text(credential, "suppressed"));
}

int
cli_credential_show(struct cli *cli, const struct command_line *line)
{
	const json_t *credential;
	json_t *result;
	int code = cli_call(cli, "credential.show", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	credential = json_object_get(result, "credential");
	if (!cli_put_json(cli, result) && !cli_put_object(cli, credential)) {
		cli_put(api_json_get_text(credential, "name"));
		cli_say("  %s%s\n", api_json_get_text(credential, "state"),
		        api_json_get_bool(credential, "bulk") ? ", bulk" : "");
		put_list("may send as", json_object_get(credential, "from"), "nothing yet");
		put_options(credential);
		put_keys(cli, credential);
		cli_say("  %-12s%s port %lld %s, user ", "connect to",
			api_json_get_text(result, "host"),
			(long long)api_json_get_int(result, "port", 0),
			api_json_get_text(result, "secure"));
		cli_put(api_json_get_text(result, "user"));
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

/* lead_of - the sentence over the secret; names are those the daemon accepted. */
static void
lead_of(const struct command_line *line, struct buf *lead)
{
	char overlap[UNITS_TEXT_SIZE];

	if (strcmp(line->command->verb, "create") == 0) {
		(void)buf_printf(lead, "Created %.200s. The password is shown this once.\n",
				 line->word[0]);
	} else {
		units_format_duration(command_line_duration(line, "overlap", 86400000), overlap);
		(void)buf_printf(lead,
				 "Rotated %.200s: the old password works for another %s. The new "
				 "one is shown this once.\n",
				 line->word[0], overlap);
	}
	(void)buf_append(lead, "", 1);
}

int
cli_credential_secret(struct cli *cli, const struct command_line *line)
{
	struct cli_secret secret;
	struct buf lead;
	json_t *result;
	int code = cli_secret_open(cli, line, &secret);

	if (code != CLI_DONE)
		return code;
	code = cli_call(cli, line->command->method, command_params(line), &result);
	if (code != CLI_DONE) {
		cli_secret_drop(&secret);
		return code;
	}
	buf_init(&lead, 1024);
	lead_of(line, &lead);
	code = cli_secret_put(cli, &secret, buf_data(&lead), result);
	buf_deinit(&lead);
	json_decref(result);
	return code;
}

int
cli_credential_limit(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("Changed ");
		cli_put(line->word[0]);
		cli_say(":\n");
		put_options(json_object_get(result, "credential"));
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_credential_end(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		if (strcmp(line->command->verb, "retire") == 0) {
			cli_say("Retired key ");
			cli_put(line->word[1]);
			cli_say(" of ");
		} else {
			cli_say("Revoked ");
		}
		cli_put(line->word[0]);
		cli_say(": running sessions end at their next command.\n");
	}
	json_decref(result);
	return CLI_DONE;
}
