/* cli_explain.c - explain: what a provider's reply means. Needs no daemon; the rules
 * are the shipped ones, after those of --rules FILE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "verdict/verdict.h"
#include "verdict/verdict_rules.h"

#define REPLY_MAX_BYTES ((size_t)64 << 10)
#define NO_REPLY \
	"this is no reply that we know: one begins with three digits, as in 550 5.1.1 User " \
	"unknown. Copy the whole of it from the log"

/* struct explaining - what replies are judged by; lives as long as the command. */
struct explaining {
	struct verdict_rules *rules; /* owned; NULL: the shipped ones */
	const char *provider;        /* or NULL */
};

static bool
is_good_news(const struct verdict_input *input)
{
	return input->code >= 200 && input->code < 400;
}

static void
put_enhanced(json_t *one, const struct verdict_status *status)
{
	char text[16];

	snprintf(text, sizeof text, "%u.%u.%u", status->class, status->subject, status->detail);
	api_json_put_text(one, "enhanced", status->class ? text : NULL);
}

static void
put_words(json_t *one, const char *words, const char *advice)
{
	struct buf text;

	buf_init(&text, 1024); /* the words are the middle of a sentence elsewhere */
	(void)buf_printf(&text, "%c%s%s%s",
			 words[0] >= 'a' && words[0] <= 'z' ? words[0] - 32 : words[0], words + 1,
			 advice && advice[0] ? ". " : "", advice ? advice : "");
	api_json_put_span(one, "text", buf_span(&text));
	buf_deinit(&text);
}

static void
put_said(json_t *one, struct verdict_said said)
{
	put_words(one, said.words, said.advice);
}

/* explain - the reply as relay.explain.reply; *is_guess_out: nothing in it is known by
 * its words or its exact status. New reference. */
static json_t *
explain(const struct explaining *by, struct span raw, bool *is_guess_out)
{
	json_t *one = api_json_new("relay.explain.reply/1");
	struct verdict_input input = { 0 };
	struct verdict verdict;

	*is_guess_out = false;
	verdict_parse_reply(raw, &input);
	input.provider = by->provider;
	api_json_put_reply(one, raw);
	if (input.code)
		api_json_put_int(one, "code", input.code);
	else
		api_json_put_null(one, "code");
	put_enhanced(one, &input.enhanced);
	if (is_good_news(&input)) {
		api_json_put_null(one, "category");
		api_json_put_null(one, "scope");
		api_json_put_bool(one, "permanent", false);
		api_json_put_bool(one, "suppresses", false);
		api_json_put_null(one, "rule");
		put_words(one, "accepted: nothing is wrong", NULL);
		return one;
	}
	verdict_judge(by->rules, &input, &verdict);
	api_json_put_text(one, "category", verdict_category_name(verdict.category));
	api_json_put_text(one, "scope", verdict_scope_name(verdict.scope));
	api_json_put_bool(one, "permanent", verdict.permanent);
	api_json_put_bool(one, "suppresses", verdict.suppresses);
	api_json_put_text(one, "rule", verdict.rule);
	if (verdict.retry_after_sec)
		api_json_put_int(one, "retry_after_ms", (int64_t)verdict.retry_after_sec * 1000);
	if (input.code == 0 && verdict.rule == NULL)
		put_words(one, NO_REPLY, NULL);
	else
		put_said(one, verdict_say(verdict.category, input.code, verdict.rule));
	*is_guess_out = verdict.guessed;
	return one;
}

static void
put_human(const struct cli *cli, const json_t *one, bool is_guess)
{
	const char *category = api_json_get_text(one, "category");
	/* RFC 3463 s3.3, X.2.1: a permanent error or a passing one; the reply seldom tells */
	bool is_disabled = category && strcmp(category, "mailbox_disabled") == 0;

	cli_put_wrapped(cli, api_json_get_text(one, "text"), 0);
	if (!category)
		return;
	cli_say("\n  category    %s\n  concerns    %s\n", category,
		api_json_get_text(one, "scope"));
	cli_say("  permanent   %s\n", api_json_get_bool(one, "permanent") ?
	        "yes: trying again as it is will not help" : "no: it is tried again");
	cli_say("  suppresses  %s\n", api_json_get_bool(one, "suppresses")
	                                       ? "yes: the address is dead"
	                               : is_disabled ? "no: a disabled mailbox may be enabled again"
	                                             : "no");
	cli_say("  decided by  %s\n", api_json_get_text(one, "rule")
					      ? api_json_get_text(one, "rule")
					      : is_guess ? "a guess: no rule knows these words"
					                 : "status and code");
}

/* read_line - the next line without its end, at most REPLY_MAX_BYTES of it: what is
 * longer is read and dropped. false: there is none. */
static bool
read_line(struct buf *line)
{
	int c;

	buf_clear(line);
	while ((c = getc_unlocked(stdin)) != EOF && c != '\n') {
		char byte = (char)c;

		(void)buf_append(line, &byte, 1);
	}
	return c != EOF || line->len > 0;
}

/* explain_stdin - one reply a line, one JSON line each, so that a log of them
 * can be piped through. */
static int
explain_stdin(struct cli *cli, const struct explaining *by)
{
	struct buf line;

	cli->form = CLI_JSONL;
	buf_init(&line, REPLY_MAX_BYTES);
	while (!cli_interrupted && read_line(&line)) {
		struct span raw = buf_span(&line);
		bool is_guess; /* its rule is null then */
		json_t *one;

		if (raw.n && raw.p[raw.n - 1] == '\r')
			raw.n--;
		one = explain(by, raw, &is_guess);
		(void)cli_put_json(cli, one);
		json_decref(one);
	}
	buf_deinit(&line);
	return cli_interrupted ? CLI_INTERRUPTED : CLI_DONE;
}

static int
explain_words(struct cli *cli, const struct explaining *by, const struct command_line *line)
{
	struct buf raw;
	bool is_guess;
	json_t *one;

	buf_init(&raw, REPLY_MAX_BYTES);
	for (size_t i = 0; i < line->words; i++)
		(void)buf_printf(&raw, "%s%s", i ? " " : "", line->word[i]);
	one = explain(by, buf_span(&raw), &is_guess);
	if (!cli_put_json(cli, one) && !cli_put_object(cli, one))
		put_human(cli, one, is_guess);
	json_decref(one);
	buf_deinit(&raw);
	return CLI_DONE;
}

int
cli_explain(struct cli *cli, const struct command_line *line)
{
	const char *file = command_line_text(line, "rules");
	struct explaining by = { NULL, command_line_text(line, "provider") };
	struct err err;
	int code;

	if (file != NULL && (by.rules = verdict_rules_load(&file, 1, &err)) == NULL)
		return cli_fail_text(cli, API_ERROR_PARAMS, "%s", err.text);
	verdict_init();
	code = line->words == 1 && strcmp(line->word[0], "-") == 0
		       ? explain_stdin(cli, &by)
		       : explain_words(cli, &by, line);
	verdict_rules_unref(&by.rules);
	verdict_deinit();
	return code;
}
