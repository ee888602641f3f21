/* cli_credential_ask.c - what a rotation, the end of a key or of a credential would do, before
 * somebody says yes: which keys, who still uses them, what waits.
 *
 * Asked of the daemon only when there is a person to ask; a script has said --yes. */
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_confirm.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define SENTENCE_MAX 600
#define OVERLAP_DEFAULT_MS 86400000
#define ASK_TIMEOUT_MS 30000

struct asked {
	struct cli *cli;
	const struct command_line *line;
	const json_t *keys;
	struct buf text;
};

static bool
is_live(const json_t *key)
{
	return api_json_get_bool(key, "live");
}

static size_t
count_live(const json_t *keys)
{
	const json_t *key;
	size_t i, live = 0;

	json_array_foreach(keys, i, key)
		live += is_live(key);
	return live;
}

/* put_use - "key k1, last used 4m10s ago from 192.0.2.7" */
static void
put_use(struct buf *out, const json_t *key)
{
	int64_t used = api_json_get_time(key, "last_used_at");
	char age[API_FORMAT_SIZE];

	(void)buf_printf(out, "key %.16s, ", api_json_get_text(key, "id"));
	if (used == 0) {
		(void)buf_append_text(out, "never used");
		return;
	}
	api_format_age(used, clock_unix_ms(), age);
	(void)buf_printf(out, "last used %s ago from %.64s", age,
			 api_json_get_text(key, "last_used_address"));
}

static void
put_live(struct buf *out, const json_t *keys)
{
	const char *separator = "";
	const json_t *key;
	size_t i;

	json_array_foreach(keys, i, key) {
		if (!is_live(key))
			continue;
		(void)buf_append_text(out, separator);
		put_use(out, key);
		separator = "; ";
	}
	if (separator[0] == '\0')
		(void)buf_append_text(out, "no key of it works now");
}

/* put_waiting - "12 recipients wait: held" */
static int
put_waiting(struct asked *asked, const char *queued)
{
	json_t *params = json_object(), *result;
	char count[UNITS_NOUN_SIZE];
	struct api_error error;
	int64_t waiting;

	json_object_set_new(params, "match", json_sprintf("cred:%s", asked->line->word[0]));
	api_json_put_bool(params, "dry_run", true);
	api_json_put_text(params, "reason", "how many wait?");
	if (cli_try(asked->cli, "queue.bounce", params, ASK_TIMEOUT_MS, &result, &error) < 0) {
		if (error.kind != API_ERROR_NOT_FOUND)
			return cli_fail(asked->cli, &error);
		(void)buf_append_text(&asked->text, "nothing of it waits");
		return CLI_DONE;
	}
	waiting = api_json_get_int(result, "affected", 0);
	(void)buf_printf(&asked->text, "%s wait%s: %s",
			 units_format_noun(waiting, "recipient", count), waiting == 1 ? "s" : "",
			 queued);
	json_decref(result);
	return CLI_DONE;
}

static int
ask_rotate(struct asked *asked)
{
	int64_t overlap_ms = command_line_duration(asked->line, "overlap", OVERLAP_DEFAULT_MS);
	char overlap[UNITS_TEXT_SIZE];

	(void)buf_append_text(&asked->text, "makes another key. ");
	put_live(&asked->text, asked->keys);
	if (count_live(asked->keys) == 0)
		return CLI_DONE;
	units_format_duration(overlap_ms, overlap);
	if (overlap_ms > 0)
		(void)buf_printf(&asked->text, "; works for %s more", overlap);
	else
		(void)buf_append_text(&asked->text, "; ends at once, with sessions that use it");
	return CLI_DONE;
}

static int
ask_retire(struct asked *asked)
{
	size_t others = count_live(asked->keys), i;
	const json_t *key;

	(void)buf_append_text(&asked->text, "ends it now, with sessions that use it: ");
	json_array_foreach(asked->keys, i, key) {
		if (strcmp(api_json_get_text(key, "id"), asked->line->word[1]) != 0)
			continue;
		put_use(&asked->text, key);
		others -= is_live(key);
	}
	if (others == 0)
		(void)buf_append_text(&asked->text,
				      "; no other key works, nobody could log in any more");
	else
		(void)buf_printf(&asked->text, "; %zu other key%s on", others,
				 others == 1 ? " works" : "s work");
	return CLI_DONE;
}

static int
ask_revoke(struct asked *asked)
{
	const char *queued = command_line_text(asked->line, "queued");

	(void)buf_append_text(&asked->text, "ends it for good, with its sessions: ");
	put_live(&asked->text, asked->keys);
	(void)buf_append_text(&asked->text, ".\n  ");
	return put_waiting(asked, queued == NULL || strcmp(queued, "keep") == 0
					  ? "still delivered (--queued hold or bounce)"
				  : strcmp(queued, "hold") == 0 ? "held"
								: "bounced, its senders are told");
}

static int
ask_compromised(struct asked *asked)
{
	const char *queued = command_line_text(asked->line, "queued");

	(void)buf_append_text(&asked->text,
			      "ends it for good, with its sessions, and makes a successor: ");
	put_live(&asked->text, asked->keys);
	(void)buf_append_text(&asked->text, ".\n  ");
	return put_waiting(asked, queued != NULL && strcmp(queued, "keep") == 0 ? "still delivered"
										 : "held");
}

static const struct {
	const char *verb;
	int (*ask)(struct asked *asked);
} asks[] = {
	{ "rotate", ask_rotate },
	{ "retire", ask_retire },
	{ "revoke", ask_revoke },
	{ "compromised", ask_compromised },
};

int
cli_credential_confirm(struct cli *cli, const struct command_line *line)
{
	struct asked asked = { .cli = cli, .line = line };
	json_t *params, *result;
	int code;

	if (line->command->danger < COMMAND_MODERATE || !cli->may_ask ||
	    command_line_has(line, "yes") || command_line_has(line, "confirm"))
		return cli_confirm(cli, line);
	params = json_object();
	api_json_put_text(params, "name", line->word[0]);
	code = cli_call(cli, "credential.show", params, &result);
	if (code != CLI_DONE)
		return code;
	asked.keys = json_object_get(json_object_get(result, "credential"), "keys");
	buf_init(&asked.text, SENTENCE_MAX);
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		if (strcmp(asks[i].verb, line->command->verb) == 0)
			code = asks[i].ask(&asked);
	if (code == CLI_DONE)
		code = cli_confirm_as(cli, line, line->command->danger, buf_span(&asked.text));
	buf_deinit(&asked.text);
	json_decref(result);
	return code;
}
