/* cli_complete.c - see cli_complete.h. */
#include "cli_complete.h"

#include <string.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "api/api_term.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "command/command_help.h"

#define LIVE_TIMEOUT_MS 300
#define LIVE_MAX 200

struct completing {
	struct cli *cli;
	const char *beginning;
	cli_complete_fn fn;
	void *arg;
};

static void
offer(const struct completing *c, const char *word, const char *hint)
{
	if (word && strncmp(word, c->beginning, strlen(c->beginning)) == 0)
		c->fn(word, hint, c->arg);
}

/* ---- live names ---------------------------------------------------------- */

static void
hint_of_credential(const json_t *item, char hint[API_FORMAT_SIZE * 2])
{
	char age[API_FORMAT_SIZE];

	if (!api_json_get_text(item, "last_used_at")) {
		snprintf(hint, API_FORMAT_SIZE * 2, "%s, never used",
			 api_json_get_text(item, "state"));
		return;
	}
	api_format_age(api_json_get_time(item, "last_used_at"), clock_unix_ms(), age);
	snprintf(hint, API_FORMAT_SIZE * 2, "%s, used %s ago", api_json_get_text(item, "state"),
		 age);
}

static void
offer_live(const struct completing *c, const char *method, const char *key)
{
	json_t *params = NULL, *result, *items, *item;
	struct api_error error;
	size_t i;

	if (strcmp(method, "queue.list") == 0) {
		char match[264];

		snprintf(match, sizeof match, "%.255s*", c->beginning);
		params = json_object();
		api_json_put_text(params, "match", match);
		api_json_put_int(params, "limit", LIVE_MAX);
	}
	if (cli_try(c->cli, method, params, LIVE_TIMEOUT_MS, &result, &error) < 0)
		return;
	items = json_object_get(result, "items");
	json_array_foreach(items, i, item) {
		char hint[API_FORMAT_SIZE * 2] = "";

		if (i >= LIVE_MAX)
			break;
		if (strcmp(key, "name") == 0)
			hint_of_credential(item, hint);
		offer(c, api_json_get_text(item, key), hint[0] ? hint : NULL);
	}
	json_decref(result);
}

static void
offer_keys(const struct completing *c, const char *credential)
{
	json_t *params = json_object(), *result, *keys, *key;
	struct api_error error;
	size_t i;

	api_json_put_text(params, "name", credential);
	if (cli_try(c->cli, "credential.show", params, LIVE_TIMEOUT_MS, &result, &error) < 0)
		return;
	keys = json_object_get(json_object_get(result, "credential"), "keys");
	json_array_foreach(keys, i, key)
		offer(c, api_json_get_text(key, "id"), NULL);
	json_decref(result);
}

/* ---- terms --------------------------------------------------------------- */

static void
offer_term_values(const struct completing *c, const char *key, const char *(*name_at)(size_t i))
{
	const char *name;
	char word[64];

	for (size_t i = 0; (name = name_at(i)) != NULL; i++) {
		snprintf(word, sizeof word, "%s:%s", key, name);
		offer(c, word, NULL);
	}
}

static const char *
status_at(size_t i)
{
	const struct api_status *status = api_status_at(i);

	return status ? status->name : NULL;
}

static const char *
event_at(size_t i)
{
	const struct api_event_kind *kind = api_event_kind_at(i);

	return kind ? kind->name : NULL;
}

static void
offer_terms(const struct completing *c, bool is_audit)
{
	char word[32];

	if (strncmp(c->beginning, "status:", 7) == 0) {
		offer_term_values(c, "status", status_at);
		return;
	}
	if (strncmp(c->beginning, "event:", 6) == 0) {
		offer_term_values(c, "event", event_at);
		return;
	}
	for (int key = 0; key < API_TERM_WORD; key++) {
		if (api_term_is_of_audit((enum api_term_key)key) && !is_audit)
			continue;
		snprintf(word, sizeof word, "%s:", api_term_key_name((enum api_term_key)key));
		offer(c, word, api_term_key_help((enum api_term_key)key));
	}
}

/* ---- by kind ------------------------------------------------------------- */

static void
offer_methods(const struct completing *c)
{
	json_t *result, *items, *item;
	struct api_error error;
	size_t i;

	if (cli_try(c->cli, "rpc.describe", NULL, LIVE_TIMEOUT_MS, &result, &error) < 0)
		return;
	items = json_object_get(result, "items");
	json_array_foreach(items, i, item)
		offer(c, api_json_get_text(item, "method"), api_json_get_text(item, "help"));
	json_decref(result);
}

static void
offer_nouns(const struct completing *c)
{
	for (size_t i = 0; i < command_noun_count; i++)
		offer(c, command_nouns[i].name, command_nouns[i].help);
}

static void
offer_kind(const struct completing *c, const struct command_line *line, enum command_kind kind)
{
	switch (kind) {
	case COMMAND_CREDENTIAL:
		offer_live(c, "credential.list", "name");
		break;
	case COMMAND_KEY:
		if (line->words > 0)
			offer_keys(c, line->word[0]);
		break;
	case COMMAND_DOMAIN:
		offer_live(c, "domain.list", "domain");
		break;
	case COMMAND_QUEUE:
		offer_live(c, "queue.list", "key");
		break;
	case COMMAND_TERM:
		offer_terms(c, strcmp(line->command->noun, "audit") == 0);
		break;
	case COMMAND_METHOD:
		offer_methods(c);
		break;
	case COMMAND_NOUN:
		offer_nouns(c);
		break;
	default:
		break; /* text nobody but the person knows */
	}
}

/* offer_verb - its first word, once; or its second, when before is the first. */
static void
offer_verb(const struct completing *c, const struct command *row, const char *before, size_t i)
{
	struct span rest, first = span_cut(span_of(row->verb), ' ', &rest);
	char word[64];

	if (before) {
		if (rest.n > 0 && span_is(first, before))
			offer(c, rest.p, row->help);
		return;
	}
	for (size_t k = 0; rest.n > 0 && k < i; k++)
		if (strcmp(command_table[k].noun, row->noun) == 0 && command_table[k].verb &&
		    strncmp(command_table[k].verb, row->verb, first.n + 1) == 0)
			return;
	(void)snprintf(word, sizeof word, "%.*s", (int)first.n, first.p);
	offer(c, word, rest.n > 0 ? "" : row->help);
}

static void
offer_verbs(const struct completing *c, const char *noun, const char *before)
{
	const struct command_noun *known = command_noun_find(span_of(noun));

	for (size_t i = 0; known && i < command_count; i++)
		if (strcmp(command_table[i].noun, known->name) == 0 && command_table[i].verb &&
		    !command_table[i].is_hidden)
			offer_verb(c, &command_table[i], before, i);
}

static void
offer_flags(const struct completing *c, const struct command *command)
{
	const struct command_flag *flag;
	char word[64];

	for (size_t i = 0; (flag = command_flag_at(command, i)) != NULL; i++) {
		snprintf(word, sizeof word, "--%s", flag->name);
		offer(c, word, flag->help);
	}
}

/* flag_wants_value - the flag a value is being typed for, or NULL. */
static const struct command_flag *
flag_wants_value(const struct command *command, const char *word)
{
	const struct command_flag *flag;

	for (size_t i = 0; (flag = command_flag_at(command, i)) != NULL; i++)
		if (flag->kind != COMMAND_FLAG &&
		    ((strncmp(word, "--", 2) == 0 && strcmp(word + 2, flag->name) == 0) ||
		     (flag->letter && word[0] == '-' && word[1] == flag->letter && !word[2])))
			return flag;
	return NULL;
}

/* argument_next - what the next bare word is, or NULL. */
static const struct command_arg *
argument_next(const struct command_line *line)
{
	const struct command_arg *arg = line->command->arg;
	size_t at = 0, passed = line->words;

	while (at < 2 && passed >= arg[at].max && arg[at + 1].name) {
		passed -= arg[at].max;
		at++;
	}
	return arg[at].name && passed < arg[at].max ? &arg[at] : NULL;
}

static void
offer_argument(const struct completing *c, const struct command_line *line)
{
	const struct command_arg *arg = argument_next(line);
	struct span one, rest = span_of(arg ? arg->name : "");
	char word[64];

	if (arg && arg->kind != COMMAND_WORD)
		offer_kind(c, line, arg->kind);
	while (arg && arg->kind == COMMAND_WORD && rest.n > 0) {
		one = span_cut(rest, '|', &rest);
		snprintf(word, sizeof word, "%.*s", (int)one.n, one.p);
		offer(c, word, NULL);
	}
}

static void
offer_for_line(const struct completing *c, const struct command_line *line, const char *last)
{
	const struct command_flag *flag = last ? flag_wants_value(line->command, last) : NULL;

	if (flag && flag->words)
		for (size_t i = 0; flag->words[i]; i++)
			offer(c, flag->words[i], NULL);
	else if (flag)
		offer_kind(c, line, flag->kind);
	else if (c->beginning[0] == '-')
		offer_flags(c, line->command);
	else
		offer_argument(c, line);
}

void
cli_complete(struct cli *cli, const char *const *before, size_t count, const char *beginning,
             cli_complete_fn fn, void *arg)
{
	struct completing c = { cli, beginning, fn, arg };
	struct command_line *line = mem_zero(1, sizeof *line);
	char two[64];
	const char *first = NULL, *second = NULL, *third = NULL;

	/* the first three bare words; a flag's value in between is rare enough to miss */
	for (size_t i = 0; i < count; i++) {
		if (before[i][0] == '-')
			continue;
		if (!first)
			first = before[i];
		else if (!second)
			second = before[i];
		else if (!third)
			third = before[i];
	}
	line->command = first ? command_find(span_of(first), NULL) : NULL;
	if (first && !line->command && second)
		line->command = command_find(span_of(first), second);
	if (first && !line->command && third &&
	    snprintf(two, sizeof two, "%s %s", second, third) < (int)sizeof two)
		line->command = command_find(span_of(first), two);
	if (line->command) {
		size_t skip = !line->command->verb ? 1 :
			      strchr(line->command->verb, ' ') ? 3 : 2;

		for (size_t i = 0; i < count; i++)
			if (before[i][0] != '-' &&
			    (i == 0 || !flag_wants_value(line->command, before[i - 1])) &&
			    (skip ? skip-- == 0 : true) && line->words < COMMAND_WORDS_MAX)
				line->word[line->words++] = before[i];
		offer_for_line(&c, line, count ? before[count - 1] : NULL);
	} else if (beginning[0] == '-') {
		offer_flags(&c, NULL);
	} else if (first) {
		offer_verbs(&c, first, second);
	} else {
		offer_nouns(&c);
	}
	mem_free(line);
}

/* ---- for bash and the manual ------------------------------------------------------------ */

int
cli_completion_bash(struct cli *cli, const struct command_line *line)
{
	(void)cli;
	(void)line;
	command_help_bash(stdout);
	return CLI_DONE;
}

int
cli_completion_man(struct cli *cli, const struct command_line *line)
{
	(void)cli;
	(void)line;
	command_help_roff(stdout);
	return CLI_DONE;
}

static void
print_word(const char *word, const char *hint, void *arg)
{
	(void)arg;
	cli_put(word);
	if (hint) {
		cli_say("\t");
		cli_put(hint);
	}
	cli_say("\n");
}

int
cli_completion_words(struct cli *cli, const struct command_line *line)
{
	size_t count = line->words ? line->words - 1 : 0;

	cli_complete(cli, line->word, count, line->words ? line->word[count] : "", print_word,
		     NULL);
	return CLI_DONE;
}
