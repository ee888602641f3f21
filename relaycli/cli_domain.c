/* cli_domain.c - domain show, records, add, limit, remove. */
#include <string.h>

#include "api/api_json.h"
#include "cli_confirm.h"
#include "cli_nouns.h"
#include "cli_output.h"

/* put_check - what the last check of its DNS found */
static void
put_check(const struct cli *cli, const json_t *result)
{
	char checked[API_FORMAT_SIZE];
	const json_t *one;
	size_t i;

	if (api_json_get_text(result, "state") == NULL) {
		cli_say("  its DNS records were not checked yet\n");
		return;
	}
	cli_say("  DNS records checked %s:\n", cli_time(cli, result, "checked_at", checked));
	cli_put_wrapped(cli, api_json_get_text(result, "sentence"), 4);
	json_array_foreach(json_object_get(result, "problems"), i, one) {
		cli_put_wrapped(cli, json_string_value(one), 4);
	}
	if (api_json_get_time(result, "failing_since_at") > 0)
		cli_say("    %lld delivered like this since %s\n",
			(long long)api_json_get_int(result, "sent_failing", 0),
			cli_time(cli, result, "failing_since_at", checked));
}

/* state_words - what a key's state means, before "since" */
static const char *
state_words(const char *state)
{
	static const struct {
		const char *state, *words;
	} rows[] = {
		{ "new", "waits for its record" },
		{ "published", "its record is seen, signs soon," },
		{ "active", "signs" },
		{ "retired", "signs no more, keep its record," },
		{ "unneeded", "needed no more, remove its record," },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].state, state) == 0)
			return rows[i].words;
	return state;
}

int
cli_domain_show(struct cli *cli, const struct command_line *line)
{
	const json_t *keys, *one;
	const char *fate;
	char created[API_FORMAT_SIZE], since[API_FORMAT_SIZE];
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result)) {
		cli_put(api_json_get_text(result, "domain"));
		cli_say("\n");
		keys = json_object_get(result, "keys");
		json_array_foreach(keys, i, one) {
			cli_say("  DKIM key %-10s %s-%lld, %s since %s",
				api_json_get_text(one, "selector"),
				api_json_get_text(one, "algorithm"),
				(long long)api_json_get_int(one, "bits", 0),
				state_words(api_json_get_text(one, "state")),
				cli_time(cli, one, "since_at", since));
			cli_say("; made %s\n", cli_time(cli, one, "created_at", created));
		}
		if (api_json_get_text(result, "pool")) {
			cli_say("  pool ");
			cli_put(api_json_get_text(result, "pool"));
			cli_say(", for mail of credentials that chose none\n");
		}
		fate = api_json_get_text(result, "dmarc_fail"); /* an older relayd says none */
		if (fate && strcmp(fate, "hold") == 0)
			cli_say("  its mail is held while it would fail DMARC by p=quarantine or "
				"p=reject\n");
		keys = json_object_get(result, "credentials");
		cli_say("  credentials that may send as it:");
		json_array_foreach(keys, i, one) {
			cli_say(" ");
			cli_put(json_string_value(one));
		}
		cli_say("%s\n", i ? "" : " none");
		put_check(cli, result);
		cli_say("  DNS records: relaycli domain records ");
		cli_put(api_json_get_text(result, "domain"));
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}

static void
put_record(const struct cli *cli, const json_t *one)
{
	const char *note = api_json_get_text(one, "note");

	cli_say("\n  ");
	cli_put(api_json_get_text(one, "name"));
	cli_say("  %s  (%s%s)\n", api_json_get_text(one, "type"), api_json_get_text(one, "purpose"),
		api_json_get_bool(one, "optional") ? ", optional" : "");
	cli_say("    ");
	cli_put(api_json_get_text(one, "value"));
	cli_say("\n");
	if (note != NULL)
		cli_put_wrapped(cli, note, 4);
}

static void
put_human(const struct cli *cli, const json_t *result)
{
	const json_t *one;
	size_t i;

	cli_say("Publish these records for ");
	cli_put(api_json_get_text(result, "domain"));
	cli_say(":\n");
	json_array_foreach(json_object_get(result, "records"), i, one) {
		put_record(cli, one);
	}
	cli_say("\nFrom p=none to p=reject:\n");
	json_array_foreach(json_object_get(result, "advice"), i, one) {
		cli_put_wrapped(cli, json_string_value(one), 2);
	}
	if (cli->is_tty)
		cli_say("\nAs lines of a zone file: --zone\n");
}

int
cli_domain_records(struct cli *cli, const struct command_line *line)
{
	static const struct cli_column columns[] = {
		{ "name", { .header = "NAME", .keeps = true }, CLI_AS_TEXT },
		{ "type", { .header = "TYPE", .keeps = true }, CLI_AS_TEXT },
		{ "ttl", { .header = "TTL", .is_right = true }, CLI_AS_TEXT },
		{ "value", { .header = "VALUE" }, CLI_AS_TEXT },
		{ "purpose", { .header = "PURPOSE" }, CLI_AS_TEXT },
	};
	json_t *result, *list;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (command_line_has(line, "zone") && cli->form == CLI_TEXT) {
		struct span rest = span_of(api_json_get_text(result, "zone"));

		while (rest.n) { /* harmless line by line: newlines are the file's own */
			struct span one = span_cut(rest, '\n', &rest);

			for (; one.n && (one.p[0] == '\t' || one.p[0] == ' '); one.p++, one.n--)
				fputc(one.p[0], stdout);
			api_text_put(stdout, one);
			fputc('\n', stdout);
		}
	} else if (cli->form == CLI_TEXT && !cli->fields) {
		if (!cli->is_quiet || strcmp(line->command->verb, "add") != 0)
			put_human(cli, result);
	} else if (!cli_put_json(cli, result)) {
		list = json_object();
		json_object_set(list, "items", json_object_get(result, "records"));
		code = cli_put_list(cli, list, columns, sizeof columns / sizeof *columns);
		json_decref(list);
	}
	json_decref(result);
	return code;
}

/* find_obstacle - said before anybody is asked to type the name */
static int
find_obstacle(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "domain.show", json_pack("{s:s}", "name", line->word[0]), &result);
	const char *why;

	if (code != CLI_DONE)
		return code;
	why = api_json_get_text(result, "not_removable");
	if (why != NULL)
		code = cli_fail_text(cli, API_ERROR_FAILED, "%s", why);
	json_decref(result);
	return code;
}

int
cli_domain_remove(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = find_obstacle(cli, line);

	if (code == CLI_DONE)
		code = cli_confirm(cli, line);
	if (code == CLI_DONE)
		code = cli_call(cli, "domain.remove", command_params(line), &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("Removed ");
		cli_put(api_json_get_text(result, "domain"));
		cli_say(" and its keys. Mail from it is refused from now on.\n");
	}
	json_decref(result);
	return CLI_DONE;
}
