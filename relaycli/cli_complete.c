/* cli_complete.c - see cli_complete.h. */
#include "cli_complete.h"

#include <string.h>

#include "api/api_names.h"
#include "api/api_term.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli_complete_live.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "command/command_help.h"

static void
offer(const struct cli_completing *c, const char *word, const char *hint)
{
	cli_complete_offer(c, word, hint);
}

/* ---- terms --------------------------------------------------------------- */

static void
offer_term_values(const struct cli_completing *c, const char *key, const char *(*name_at)(size_t i))
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
offer_terms(const struct cli_completing *c, bool is_audit)
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
	if (cli_complete_live_term(c))
		return;
	for (int key = 0; key < API_TERM_WORD; key++) {
		if (api_term_is_of_audit((enum api_term_key)key) && !is_audit)
			continue;
		snprintf(word, sizeof word, "%s:", api_term_key_name((enum api_term_key)key));
		offer(c, word, api_term_key_help((enum api_term_key)key));
	}
}

/* ---- by kind ---------------------------------------------------------------- */

static void
offer_nouns(const struct cli_completing *c)
{
	for (size_t i = 0; i < command_noun_count; i++)
		offer(c, command_nouns[i].name, command_nouns[i].help);
}

static void offer_verbs(const struct cli_completing *c, const char *noun, const char *before);

static void
offer_times(const struct cli_completing *c)
{
	offer(c, "1h", "an hour ago");
	offer(c, "7d", "seven days ago");
	offer(c, "today", "since midnight");
	offer(c, "yesterday", "since midnight before");
}

static void
offer_kind(const struct cli_completing *c, const struct command_line *line, enum command_kind kind)
{
	if (cli_complete_live(c, kind, line->words > 0 ? line->word[0] : NULL))
		return;
	if (kind == COMMAND_TERM)
		offer_terms(c, strcmp(line->command->noun, "audit") == 0);
	else if (kind == COMMAND_NOUN)
		offer_nouns(c);
	else if (kind == COMMAND_VERB && line->words > 0)
		offer_verbs(c, line->word[0], line->words > 1 ? line->word[1] : NULL);
	else if (kind == COMMAND_TIME)
		offer_times(c);
	/* else text nobody but the person knows */
}

/* offer_verb - its first word, once; or its second, when before is the first. */
static void
offer_verb(const struct cli_completing *c, const struct command *row, const char *before, size_t i)
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
offer_verbs(const struct cli_completing *c, const char *noun, const char *before)
{
	const struct command_noun *known = command_noun_find(span_of(noun));

	for (size_t i = 0; known && i < command_count; i++)
		if (strcmp(command_table[i].noun, known->name) == 0 && command_table[i].verb &&
		    !command_table[i].is_hidden)
			offer_verb(c, &command_table[i], before, i);
}

static void
offer_flags(const struct cli_completing *c, const struct command *command)
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
offer_argument(const struct cli_completing *c, const struct command_line *line)
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
offer_flag_values(const struct cli_completing *c, const struct command_line *line,
                  const struct command_flag *flag)
{
	if (flag->words)
		for (size_t i = 0; flag->words[i]; i++)
			offer(c, flag->words[i], NULL);
	else
		offer_kind(c, line, flag->kind);
}

static void
offer_for_line(const struct cli_completing *c, const struct command_line *line, const char *last)
{
	const struct command_flag *flag = last ? flag_wants_value(line->command, last) : NULL;
	const char *equals = strncmp(c->beginning, "--", 2) == 0 ? strchr(c->beginning, '=') : NULL;
	struct cli_completing value = *c;
	char *name;

	if (flag) {
		offer_flag_values(c, line, flag);
	} else if (equals) { /* --sort=si */
		name = mem_strndup(c->beginning, (size_t)(equals - c->beginning));
		flag = flag_wants_value(line->command, name);
		mem_free(name);
		name = mem_strndup(c->beginning, (size_t)(equals - c->beginning) + 1);
		value.beginning = equals + 1;
		value.lead = name;
		if (flag)
			offer_flag_values(&value, line, flag);
		mem_free(name);
	} else if (c->beginning[0] == '-') {
		offer_flags(c, line->command);
	} else {
		offer_argument(c, line);
	}
}

void
cli_complete(struct cli *cli, const char *const *before, size_t count, const char *beginning,
             cli_complete_fn fn, void *arg)
{
	struct cli_completing c = {
		.cli = cli, .beginning = beginning, .lead = "", .fn = fn, .arg = arg,
		.until_mono_ms = clock_mono_ms() + CLI_COMPLETE_MS,
	};
	struct command_line *line = mem_zero(1, sizeof *line);
	const struct command_line *saved = cli->line;
	const struct command_noun *noun;
	const char *last = count ? before[count - 1] : NULL, *verb = NULL;

	command_parse_part(before, count, cli->in_shell, line, &noun);
	cli->line = line; /* --socket counts */
	if (line->command) {
		offer_for_line(&c, line, last);
	} else if (beginning[0] == '-') {
		offer_flags(&c, NULL);
	} else if (noun) {
		/* words hold the noun too where there is no command yet */
		verb = line->words > 1 ? line->word[1] : NULL;
		offer_verbs(&c, noun->name, verb);
	} else if (line->words == 0) {
		offer_nouns(&c);
	}
	cli->line = saved;
	mem_free(line);
}

/* ---- for other shells and the manual ----------------------------------------------------- */

int
cli_completion_script(struct cli *cli, const struct command_line *line)
{
	static const struct {
		const char *verb;
		void (*print)(FILE *to);
	} scripts[] = {
		{ "bash", command_help_bash },
		{ "zsh", command_help_zsh },
		{ "fish", command_help_fish },
		{ "man", command_help_roff },
		{ "table", command_help_table },
	};

	(void)cli;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (strcmp(scripts[i].verb, line->command->verb) == 0)
			scripts[i].print(stdout);
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
