/* cli_incident.c - credential sent and compromised: a password leaked, what now. */
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_secret.h"

#define ROW_WIDTH 73 /* a row with its time */
#define SHOWN 12 /* rows of a kind; --json has more */

static const struct {
	const char *param, *total, *title;
} kinds[] = {
	{ "networks", "networks_total", "handed in from" },
	{ "hosts", "hosts_total", "handed in by" },
	{ "keys", "keys_total", "with key" },
	{ "senders", "senders_total", "sent as" },
	{ "from_domains", "from_domains_total", "with From:" },
	{ "domains", "domains_total", "to domains" },
};

static const char *
count_of(const json_t *object, const char *key, char out[UNITS_TEXT_SIZE])
{
	units_format_count((uint64_t)api_json_get_int(object, key, 0), out);
	return out;
}

/* put_head - "1,204 recipients in 1,190 messages since 24 Nov 09:00, busiest hour 400." */
static void
put_head(const struct cli *cli, const json_t *sent)
{
	const json_t *statuses = json_object_get(sent, "statuses"), *number;
	char recipients[UNITS_NOUN_SIZE], messages[UNITS_NOUN_SIZE], text[UNITS_TEXT_SIZE];
	char time[API_FORMAT_SIZE];
	const char *status, *lead = "  ";

	cli_say("%s in %s since %s",
		units_format_noun(api_json_get_int(sent, "recipients", 0), "recipient", recipients),
		units_format_noun(api_json_get_int(sent, "messages", 0), "message", messages),
		cli_time(cli, sent, "since_at", time));
	cli_say(", busiest hour %s.\n", count_of(sent, "busiest_hour", text));
	json_object_foreach((json_t *)(uintptr_t)statuses, status, number) {
		units_format_count((uint64_t)json_integer_value(number), text);
		cli_say("%s%s %s", lead, text, status);
		lead = ", ";
	}
	if (lead[0] == ',')
		cli_say("\n");
	if (!api_json_get_bool(sent, "complete"))
		cli_say("  Only the newest part: counting took too long; ask for less with "
		        "--since.\n");
	else
		cli_say("  Compared with %s recipients since %s.\n",
		        count_of(sent, "recipients_before", recipients),
		        cli_time(cli, sent, "compared_since_at", time));
}

static void
put_unusual(const json_t *sent)
{
	const json_t *list = json_object_get(sent, "unusual"), *one;
	size_t i;

	if (json_array_size(list) == 0) {
		cli_say(api_json_get_int(sent, "recipients_before", 0) > 0
		                ? "\nNothing unusual: networks, senders and volume are as before.\n"
		                : "\nIt sent nothing in the time before: what is usual is not "
		                  "known.\n");
		return;
	}
	cli_say("\nUNUSUAL\n");
	json_array_foreach(list, i, one) {
		cli_say("! ");
		cli_put(json_string_value(one));
		cli_say("\n");
	}
}

static void
put_rows(const struct cli *cli, const json_t *sent)
{
	for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
		const json_t *rows = json_object_get(sent, kinds[kind].param), *row;
		int64_t total = api_json_get_int(sent, kinds[kind].total, 0);
		char count[UNITS_TEXT_SIZE], first[API_FORMAT_SIZE];
		size_t i;

		if (total == 0)
			continue;
		cli_say("\n%s\n", kinds[kind].title);
		json_array_foreach(rows, i, row) {
			if (i == SHOWN)
				break;
			cli_say("%c %10s  ", api_json_get_bool(row, "new") ? '!' : ' ',
			        count_of(row, "recipients", count));
			if (cli->width > 0 && cli->width < ROW_WIDTH) {
				cli_put(api_json_get_text(row, "value"));
				cli_say("\n");
				continue;
			}
			cli_put_padded(api_json_get_text(row, "value"), 40);
			cli_say("  from %s\n", cli_time(cli, row, "first_at", first));
		}
		if (total > (int64_t)i)
			cli_say("             and %lld more (--json)\n",
			        (long long)total - (long long)i);
	}
}

static void
put_sent(const struct cli *cli, const json_t *sent)
{
	put_head(cli, sent);
	put_unusual(sent);
	put_rows(cli, sent);
}

int
cli_credential_sent(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result)) {
		cli_put(line->word[0]);
		cli_say(": ");
		put_sent(cli, result);
	}
	json_decref(result);
	return CLI_DONE;
}

/* ask_sent - NULL: it failed, and that was said; what was done stays done. */
static json_t *
ask_sent(struct cli *cli, const struct command_line *line)
{
	const char *since = command_line_text(line, "since");
	json_t *params = json_object(), *sent;

	api_json_put_text(params, "name", line->word[0]);
	if (since)
		api_json_put_text(params, "since", since);
	return cli_call(cli, "credential.sent", params, &sent) == CLI_DONE ? sent : NULL;
}

static void
lead_of(const struct command_line *line, const json_t *result, struct buf *lead)
{
	const char *name = line->word[0];
	char held[UNITS_NOUN_SIZE];

	(void)buf_printf(lead, "Revoked %.200s: running sessions end at their next command.\n",
	                 name);
	if (json_is_integer(json_object_get(result, "held")))
		(void)buf_printf(lead,
		                 "Held what waits of it: %s. To send it: relaycli "
		                 "queue release cred:%.200s\n"
		                 "To bounce it: relaycli queue bounce cred:%.200s --reason "
		                 "compromised\n",
		                 units_format_noun(api_json_get_int(result, "held", 0),
						   "recipient", held),
				 name, name);
	(void)buf_printf(lead, "Its successor may do the same. The password is shown this once.\n");
	(void)buf_append(lead, "", 1);
}

int
cli_credential_compromised(struct cli *cli, const struct command_line *line)
{
	struct cli_secret secret;
	json_t *result, *sent;
	struct buf lead;
	int code = cli_credential_confirm(cli, line);

	if (code == CLI_DONE)
		code = cli_secret_ask(cli, line, &secret, &result);
	if (code != CLI_DONE)
		return code;
	sent = ask_sent(cli, line);
	if (sent)
		json_object_set(result, "sent", sent);
	buf_init(&lead, 2048);
	lead_of(line, result, &lead);
	code = cli_secret_put(cli, &secret, buf_data(&lead), result);
	buf_deinit(&lead);
	if (sent && !cli->is_quiet && cli->form == CLI_TEXT
	    && !(secret.file && strcmp(secret.file, "-") == 0)) { /* stdout is the secret's */
		cli_say("\nWhat it sent: ");
		put_sent(cli, sent);
	}
	if (!sent && code == CLI_DONE)
		code = cli_fail_text(cli, API_ERROR_PARTIAL,
		                     "it was done, but what it sent could not be told: relaycli "
		                     "credential sent %.200s", line->word[0]);
	json_decref(sent);
	json_decref(result);
	return code;
}
