/* cli_credential.c - credential show, create, limit, rotate, retire, revoke. */
#include <ctype.h>
#include <string.h>

#include "api/api_json.h"
#include "base/clock.h"
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

/* put_end - ", by ana 21 Nov 14:02:31" of one that is revoked */
static void
put_end(const struct cli *cli, const json_t *credential)
{
	const char *by = api_json_get_text(credential, "revoked_by");
	char at[API_FORMAT_SIZE];

	if (!api_json_get_text(credential, "revoked_at"))
		return;
	cli_say("%s", by ? " by " : "");
	cli_put(by ? by : "");
	cli_say(" %s", cli_time(cli, credential, "revoked_at", at));
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
		if (api_json_get_bool(key, "safe_to_retire"))
			cli_say(", not needed any more");
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
	cli_say(" notices=%s suppressed=%s%s%s\n",
	        api_json_get_bool(credential, "notices") ? "yes" : "no",
	        api_json_get_text(credential, "suppressed"),
	        api_json_get_bool(credential, "null_sender") ? " null-sender=yes" : "",
	        api_json_get_bool(credential, "fix_line_ends") ? " fix-line-ends=yes" : "");
}

/* put_limits - those that are set, in the words `limit` takes. */
static void
put_limits(const struct cli *cli, const json_t *credential)
{
	static const struct {
		const char *param, *label;
	} counts[] = { { "recipients_max", "recipients" }, { "size_max_bytes", "size" } };
	enum { SIZE_COUNT = 1 };
	int64_t count;
	const json_t *rate = json_object_get(credential, "rate");
	const char *env = api_json_get_text(credential, "env");
	char text[API_FORMAT_SIZE];
	const char *lead = "  limits      ";

	if (json_is_object(rate)) {
		units_format_duration(api_json_get_int(rate, "period_ms", 0), text);
		cli_say("%srate=%lld/%s (%lld used)", lead,
			(long long)api_json_get_int(rate, "limit", 0),
			text + (text[0] == '1' && isalpha((unsigned char)text[1])), /* 50/s */
			(long long)api_json_get_int(rate, "used", 0));
		lead = " ";
	}
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		if (!json_is_integer(json_object_get(credential, counts[i].param)))
			continue;
		count = api_json_get_int(credential, counts[i].param, 0);
		if (i == SIZE_COUNT)
			units_format_size((uint64_t)count, text);
		else
			(void)snprintf(text, sizeof text, "%lld", (long long)count);
		cli_say("%s%s=%s", lead, counts[i].label, text);
		lead = " ";
	}
	if (json_array_size(json_object_get(credential, "protocols")) == 1) {
		cli_say("%sprotocols=%s", lead, json_string_value(json_array_get(
			json_object_get(credential, "protocols"), 0)));
		lead = " ";
	}
	if (api_json_get_text(credential, "expires_at")) {
		char when[API_FORMAT_SIZE]; /* with its year and its zone */

		api_format_full(api_json_get_time(credential, "expires_at"), cli->is_utc, when);
		cli_say("%sexpires %s", lead, when);
		lead = " ";
	}
	if (env) {
		cli_say("%senv=", lead);
		cli_put(env);
		lead = " ";
	}
	if (lead[1] == '\0')
		cli_say("\n");
	if (json_array_size(json_object_get(credential, "source")) > 0)
		put_list("only from", json_object_get(credential, "source"), "");
	if (json_array_size(json_object_get(credential, "certificate")) > 0)
		put_list(api_json_get_bool(credential, "certificate_only") ? "logs in by"
									   : "and shows",
			 json_object_get(credential, "certificate"), "");
}

/* put_use - "today 12, this month 120 of 200 (60 %), which opens again 1 Dec 01:00" */
static void
put_use(const struct cli *cli, const json_t *credential)
{
	static const struct {
		const char *param, *label;
	} windows[] = { { "day", "today" }, { "month", "this month" } };
	char used_text[UNITS_TEXT_SIZE], limit_text[UNITS_TEXT_SIZE], opens[API_FORMAT_SIZE];

	cli_say("  %-12s", "recipients");
	for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
		const json_t *window = json_object_get(credential, windows[i].param);
		int64_t limit = api_json_get_int(window, "limit", 0);
		int64_t used = api_json_get_int(window, "used", 0);

		units_format_count((uint64_t)used, used_text);
		cli_say("%s%s %s", i ? ", " : "", windows[i].label, used_text);
		if (limit == 0)
			continue;
		units_format_count((uint64_t)limit, limit_text);
		cli_say(" of %s (%lld%%)", limit_text, (long long)(100 * used / limit));
		if (used >= limit)
			cli_say(", opens again %s", cli_time(cli, window, "opens_at", opens));
	}
	cli_say(" (UTC)\n");
}

/* put_usual - "at most 120 recipients an hour, from 2 networks (tripwire=warn)" */
static void
put_usual(const json_t *credential)
{
	const json_t *usual = json_object_get(credential, "usual");
	char busiest[UNITS_NOUN_SIZE], networks[UNITS_NOUN_SIZE], domains[UNITS_NOUN_SIZE];

	cli_say("  %-12s", "usual");
	if (api_json_get_bool(usual, "learned")) {
		cli_say("at most %s an hour, from %s, as %s",
			units_format_noun(api_json_get_int(usual, "busiest_hour", 0), "recipient",
					  busiest),
			units_format_noun(api_json_get_int(usual, "networks", 0), "network",
					  networks),
			units_format_noun(api_json_get_int(usual, "from_domains", 0), "domain",
					  domains));
	} else {
		cli_say("not known yet: it takes a day of mail");
	}
	cli_say(" (tripwire=%s)\n", api_json_get_text(credential, "tripwire"));
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
		cli_say("  %s", api_json_get_text(credential, "state"));
		put_end(cli, credential);
		cli_say("%s\n", api_json_get_bool(credential, "bulk") ? ", bulk" : "");
		put_list("may send as", json_object_get(credential, "from"), "nothing yet");
		put_options(credential);
		put_limits(cli, credential);
		put_use(cli, credential);
		put_usual(credential);
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

/* old_end - of the last of the older keys that still work; 0: none does. */
static int64_t
old_end(const json_t *result)
{
	const json_t *keys = json_object_get(json_object_get(result, "credential"), "keys"), *key;
	const char *made = api_json_get_text(result, "key");
	int64_t end = 0;
	size_t i;

	json_array_foreach(keys, i, key) {
		int64_t ends = api_json_get_time(key, "ends_at");

		if (api_json_get_bool(key, "live") && ends > end &&
		    strcmp(api_json_get_text(key, "id"), made) != 0)
			end = ends;
	}
	return end;
}

/* lead_of - the sentence over the secret; names are those the daemon accepted. */
static void
lead_of(const struct cli *cli, const struct command_line *line, const json_t *result,
        struct buf *lead)
{
	int64_t ends = api_json_get_time(json_object_get(result, "credential"), "expires_at");
	char when[API_FORMAT_SIZE];
	bool is_shown = command_line_text(line, "secret-out") == NULL;
	int64_t left = old_end(result) - clock_unix_ms();
	char text[UNITS_TEXT_SIZE];

	if (strcmp(line->command->verb, "create") == 0) {
		(void)buf_printf(lead, "Created %.200s.%s\n", line->word[0],
				 is_shown ? " The password is shown this once." : "");
	} else {
		(void)buf_printf(lead, "Rotated %.200s: ", line->word[0]);
		units_format_duration(left > 0 ? (left + 999) / 1000 * 1000 : 0, text);
		if (left > 0)
			(void)buf_printf(lead, "the old password works for another %s.", text);
		else
			(void)buf_append_text(lead, "no old password works any more.");
		(void)buf_printf(lead, "%s\n", is_shown ? " The new one is shown this once." : "");
	}
	api_format_full(ends, cli->is_utc, when);
	if (ends > 0)
		(void)buf_printf(lead, "It ends by itself at %s.\n", when);
	(void)buf_append(lead, "", 1);
}

int
cli_credential_secret(struct cli *cli, const struct command_line *line)
{
	struct cli_secret secret;
	struct buf lead;
	json_t *result;
	int code = cli_credential_confirm(cli, line);

	if (code == CLI_DONE)
		code = cli_secret_ask(cli, line, &secret, &result);
	if (code != CLI_DONE)
		return code;
	buf_init(&lead, 1024);
	lead_of(cli, line, result, &lead);
	code = cli_secret_put(cli, &secret, buf_data(&lead), result);
	buf_deinit(&lead);
	json_decref(result);
	return code;
}

int
cli_credential_limit(struct cli *cli, const struct command_line *line)
{
	const json_t *credential;
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	credential = json_object_get(result, "credential");
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("Changed ");
		cli_put(line->word[0]);
		cli_say(":\n");
		put_list("may send as", json_object_get(credential, "from"), "nothing");
		put_options(credential);
		put_limits(cli, credential);
		put_use(cli, credential);
	}
	json_decref(result);
	return CLI_DONE;
}

/* bounce_queued - after the revocation, which held it: nothing of it left meanwhile. */
static int
bounce_queued(struct cli *cli, const struct command_line *line)
{
	const char *reason = command_line_text(line, "reason");
	json_t *params = json_object(), *result;
	char count[UNITS_NOUN_SIZE];
	int code;

	json_object_set_new(params, "match", json_sprintf("cred:%s", line->word[0]));
	api_json_put_text(params, "reason", reason ? reason : "its credential was revoked");
	code = cli_call(cli, "queue.bounce", params, &result);
	if (code != CLI_DONE)
		return code;
	if (cli->form == CLI_TEXT && !cli->is_quiet)
		cli_say("Bounced what waited of it: %s.\n",
			units_format_noun(api_json_get_int(result, "affected", 0), "recipient",
					  count));
	json_decref(result);
	return CLI_DONE;
}

int
cli_credential_end(struct cli *cli, const struct command_line *line)
{
	json_t *params = command_params(line), *result;
	const char *queued = api_json_get_text(params, "queued");
	bool bounces = queued && strcmp(queued, "bounce") == 0;
	char count[UNITS_NOUN_SIZE];
	int code = cli_credential_confirm(cli, line);

	if (bounces) {
		api_json_put_text(params, "queued", "hold");
		api_json_put_bool(params, "to_bounce", true);
	}
	if (code == CLI_DONE)
		code = cli_call(cli, line->command->method, params, &result);
	else
		json_decref(params);
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
		if (api_json_get_text(result, "note"))
			cli_say("%s\n", api_json_get_text(result, "note"));
		if (!bounces && json_is_integer(json_object_get(result, "held")))
			cli_say("Held what waits of it: %s.\n",
				units_format_noun(api_json_get_int(result, "held", 0), "recipient",
						  count));
	}
	bounces = bounces && api_json_get_int(result, "held", 0) > 0;
	json_decref(result);
	return bounces ? bounce_queued(cli, line) : CLI_DONE;
}
