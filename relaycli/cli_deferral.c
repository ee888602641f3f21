/* cli_deferral.c - deferral show, and rule test: a file of rules on the log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define RULES_MAX_BYTES ((size_t)512 << 10)
#define SAMPLES_SHOWN 20

static void
say_coverage(const json_t *result)
{
	if (!api_json_get_bool(result, "complete"))
		cli_say("\nNot the whole window was looked at: narrow it with --since or terms.\n");
}

static void
put_group(const struct cli *cli, const json_t *group)
{
	char first[API_FORMAT_SIZE], last[API_FORMAT_SIZE];
	const char *rule = api_json_get_text(group, "rule");
	const char *reply = api_json_get_text(group, "reply");
	const char *template = api_json_get_text(group, "template");

	cli_put_wrapped(cli, template, 0);
	cli_say("\n  group      ");
	cli_put(api_json_get_text(group, "group"));
	cli_say("\n  recipients %lld: %lld deferred, %lld bounced, in %lld%s queues",
		(long long)api_json_get_int(group, "count", 0),
		(long long)api_json_get_int(group, "deferred", 0),
		(long long)api_json_get_int(group, "bounced", 0),
		(long long)api_json_get_int(group, "queues", 0),
		api_json_get_bool(group, "queues_more") ? " or more" : "");
	cli_say("\n  from       ");
	cli_put(api_json_get_text(group, "from") ? api_json_get_text(group, "from") : "many");
	cli_say("\n  first      %s\n  last       %s", cli_time(cli, group, "first_at", first),
		cli_time(cli, group, "last_at", last));
	cli_say("\n  category   ");
	cli_put(api_json_get_text(group, "category"));
	cli_say("\n  decided by ");
	cli_put(rule ? rule
		     : api_json_get_bool(group, "guessed") ? "a guess by status or code"
							   : "its enhanced status");
	cli_say("\n");
	if (!reply || !template || strcmp(reply, template) != 0) { /* it stands above */
		cli_say("  reply      ");
		cli_put_hanging(cli, reply, 13, 13);
	}
	cli_say("\n");
	cli_put_wrapped(cli, api_json_get_text(group, "advice"), 0);
}

int
cli_deferral_show(struct cli *cli, const struct command_line *line)
{
	json_t *result, *messages, *one;
	int code = cli_call(cli, "deferral.show", command_params(line), &result);
	char at[API_FORMAT_SIZE];
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) &&
	    !cli_put_object(cli, json_object_get(result, "group"))) {
		put_group(cli, json_object_get(result, "group"));
		messages = json_object_get(result, "messages");
		cli_say("\n");
		json_array_foreach(messages, i, one) {
			cli_say("  ");
			cli_put(api_json_get_text(one, "id"));
			cli_say("  %s  ", cli_time(cli, one, "at", at));
			cli_put(api_json_get_text(one, "recipient"));
			cli_say("\n");
		}
		say_coverage(result);
	}
	json_decref(result);
	return CLI_DONE;
}

/* read_rules - the file's text. Returns owned, or NULL after saying why. */
static char *
read_rules(const struct cli *cli, const char *file, int *code_out)
{
	FILE *in = fopen(file, "re");
	char *text;
	size_t n;

	if (in == NULL) {
		*code_out = cli_fail_text(cli, API_ERROR_PARAMS, "%s: %s", file, strerror(errno));
		return NULL;
	}
	text = mem_alloc(RULES_MAX_BYTES + 1);
	n = fread(text, 1, RULES_MAX_BYTES, in);
	if (ferror(in) || n == RULES_MAX_BYTES || memchr(text, '\0', n)) {
		*code_out = cli_fail_text(cli, API_ERROR_PARAMS,
					  "%s: not a file of rules that can be read", file);
		mem_free(text);
		text = NULL;
	} else {
		text[n] = '\0';
	}
	fclose(in);
	return text;
}

static void
put_changes(const struct cli *cli, const json_t *result)
{
	const json_t *items = json_object_get(result, "items"), *one;
	char changed[UNITS_TEXT_SIZE], looked_at[UNITS_TEXT_SIZE];
	size_t i;

	units_format_count((uint64_t)api_json_get_int(result, "changed", 0), changed);
	units_format_count((uint64_t)api_json_get_int(result, "looked_at", 0), looked_at);
	cli_say("%s of %s replies would be read differently; %lld of them against another "
		"rule.\n",
		changed, looked_at, (long long)api_json_get_int(result, "conflicts", 0));
	json_array_foreach(items, i, one) {
		const char *overrules = api_json_get_text(one, "overrules");

		if (i == SAMPLES_SHOWN) {
			cli_say("\n... and %zu more kinds; all with --json\n",
				json_array_size(items) - i);
			break;
		}
		cli_say("\n%6lld  %s -> %s  by ", (long long)api_json_get_int(one, "count", 0),
			api_json_get_text(one, "from"), api_json_get_text(one, "to"));
		cli_put(api_json_get_text(one, "rule"));
		if (overrules) {
			cli_say("  against ");
			cli_put(overrules);
		}
		cli_say("\n");
		cli_put_wrapped(cli, api_json_get_text(one, "template"), 8);
	}
	say_coverage(result);
}

int
cli_deferral_rule(struct cli *cli, const struct command_line *line)
{
	const char *file = line->words == 2 ? line->word[1] : NULL;
	json_t *params, *result;
	char path[4096], *text;
	int code = CLI_DONE;

	if (!file || strcmp(line->word[0], "test") != 0)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "deferral rule test FILE: \"test\" is all it can do");
	text = read_rules(cli, file, &code);
	if (!text)
		return code;
	params = command_params(line);
	/* as relayd.conf would name it: then it stands for that file */
	api_json_put_text(params, "file", realpath(file, path) ? path : file);
	api_json_put_text(params, "rules", text);
	mem_free(text);
	code = cli_call(cli, "deferral.rule", params, &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result))
		put_changes(cli, result);
	json_decref(result);
	return CLI_DONE;
}
