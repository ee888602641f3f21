/* cli_explain.c - explain: what a provider's reply means. Needs no daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "verdict/verdict.h"

#define REPLY_MAX_BYTES ((size_t)64 << 10)

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

/* explain - the reply as relay.explain.reply. New reference. */
static json_t *
explain(struct span raw)
{
	json_t *one = api_json_new("relay.explain.reply/1");
	struct verdict_input input = { 0 };
	struct verdict verdict;

	verdict_parse_reply(raw, &input);
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
	verdict_judge(&input, &verdict);
	api_json_put_text(one, "category", verdict_category_name(verdict.category));
	api_json_put_text(one, "scope", verdict_scope_name(verdict.scope));
	api_json_put_bool(one, "permanent", verdict.permanent);
	api_json_put_bool(one, "suppresses", verdict.suppresses);
	api_json_put_text(one, "rule", verdict.rule);
	put_words(one, verdict_category_words(verdict.category),
	          verdict_category_advice(verdict.category));
	return one;
}

static void
put_human(const struct cli *cli, const json_t *one)
{
	const char *category = api_json_get_text(one, "category");

	cli_put_wrapped(cli, api_json_get_text(one, "text"), 0);
	if (!category)
		return;
	cli_say("\n  category    %s\n  concerns    %s\n", category,
		api_json_get_text(one, "scope"));
	cli_say("  permanent   %s\n", api_json_get_bool(one, "permanent") ?
	        "yes: trying again as it is will not help" : "no: it is tried again");
	cli_say("  suppresses  %s\n", api_json_get_bool(one, "suppresses") ?
	        "yes: the address is dead" : "no");
	cli_say("  decided by  %s\n", api_json_get_text(one, "rule")
					      ? api_json_get_text(one, "rule")
					      : "status and code");
}

/* explain_stdin - one reply a line, one JSON line each, so that a log of them
 * can be piped through. */
static int
explain_stdin(struct cli *cli)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	cli->form = CLI_JSONL;
	while (!cli_interrupted && (n = getline(&line, &room, stdin)) >= 0) {
		struct span raw = { line, (size_t)n };
		json_t *one;

		while (raw.n && (raw.p[raw.n - 1] == '\n' || raw.p[raw.n - 1] == '\r'))
			raw.n--;
		if (raw.n > REPLY_MAX_BYTES)
			raw.n = REPLY_MAX_BYTES;
		one = explain(raw);
		(void)cli_put_json(cli, one);
		json_decref(one);
	}
	free(line); /* getline's own */
	return cli_interrupted ? CLI_INTERRUPTED : CLI_DONE;
}

int
cli_explain(struct cli *cli, const struct command_line *line)
{
	struct buf raw;
	json_t *one;
	int code = CLI_DONE;

	verdict_init();
	if (line->words == 1 && strcmp(line->word[0], "-") == 0) {
		code = explain_stdin(cli);
	} else {
		buf_init(&raw, REPLY_MAX_BYTES);
		for (size_t i = 0; i < line->words; i++)
			(void)buf_printf(&raw, "%s%s", i ? " " : "", line->word[i]);
		one = explain(buf_span(&raw));
		if (!cli_put_json(cli, one) && !cli_put_object(cli, one))
			put_human(cli, one);
		json_decref(one);
		buf_deinit(&raw);
	}
	verdict_deinit();
	return code;
}
