/* cli_domain_check.c - domain check: a plain first sentence, the evidence, what to do. */
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define LIVE_PAUSE_SEC 5
#define DIFF_BEFORE 24 /* bytes shown around the first difference */
#define DIFF_SHOWN 64

/* exit codes: is all that mail needs right? When it is, but somebody could not be asked: PARTIAL */
static const struct {
	const char *state;
	int code;
} codes[] = {
	{ "ok", CLI_DONE },
	{ "not_everywhere", CLI_PARTIAL },
	{ "unreadable", CLI_PARTIAL },
	{ "different", CLI_FAILED },
	{ "missing", CLI_FAILED },
};

static int
code_of(const json_t *result)
{
	const char *state = api_json_get_text(result, "state");

	if (state && strcmp(state, "ok") == 0 &&
	    json_array_size(json_object_get(result, "doubts")) > 0)
		return CLI_PARTIAL;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (state && strcmp(state, codes[i].state) == 0)
			return codes[i].code;
	return CLI_FAILED;
}

static const char *
word_of(const char *state)
{
	return strcmp(state, "not_everywhere") == 0 ? "not everywhere" : state;
}

static void
put_start(const char *text)
{
	char start[DIFF_SHOWN + 4];
	size_t n = strnlen(text, DIFF_SHOWN);

	memcpy(start, text, n);
	memcpy(start + n, text[n] ? "..." : "", text[n] ? 4 : 1);
	cli_put(start);
}

/* put_found - where nothing is to be compared: what DMARC record is wanted is the domain's choice,
 * and of several records each may be right */
static void
put_found(const json_t *record)
{
	const json_t *all = json_object_get(record, "found_all"), *one;
	const char *found = api_json_get_text(record, "found");
	size_t i;

	json_array_foreach(all, i, one)
	{
		cli_say("      found %zu of %zu  ", i + 1, json_array_size(all));
		cli_put(json_string_value(one));
		cli_say("\n");
	}
	if (i > 0 || found == NULL)
		return;
	cli_say("      found  ");
	cli_put(found);
	cli_say("\n");
}

/* put_diff - both texts around the place where they part, and a mark below it */
static void
put_diff(const json_t *record)
{
	const char *expected = api_json_get_text(record, "expected");
	const char *found = api_json_get_text(record, "found");
	size_t at = (size_t)api_json_get_int(record, "differs_at", 0);
	size_t from = at > DIFF_BEFORE ? at - DIFF_BEFORE : 0;

	if (at > strlen(expected) || at > strlen(found))
		return;
	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? expected : found;

		cli_say("      %-9s%s", i == 0 ? "expected" : "found", from ? "..." : "   ");
		put_start(text + from);
		cli_say("\n");
	}
	cli_say("%*s^\n", (int)(6 + 9 + 3 + (at - from)), "");
}

static void
put_answers(const json_t *record)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(record, "answers"), i, one)
	{
		const char *reason = api_json_get_text(one, "reason");

		cli_say("      ");
		cli_put_padded(api_json_get_text(one, "server"), 34);
		cli_say(" %-10s %4lld ms", word_of(api_json_get_text(one, "state")),
			(long long)api_json_get_int(one, "took_ms", 0));
		if (reason != NULL) {
			cli_say("  ");
			cli_put(reason);
		}
		cli_say("\n");
	}
}

static void
put_sentence(const struct cli *cli, const json_t *object, const char *key)
{
	const char *text = api_json_get_text(object, key);

	if (text != NULL)
		cli_put_wrapped(cli, text, 4);
}

static void
put_record(const struct cli *cli, const json_t *record, bool with_answers)
{
	const char *state = api_json_get_text(record, "state");
	bool is_ok = strcmp(state, "ok") == 0;
	bool is_quiet = strcmp(state, "missing") == 0 && api_json_get_bool(record, "optional");
	const json_t *one;
	size_t i;

	cli_say("%s %-15s", is_ok || is_quiet ? " " : "!", word_of(state));
	cli_put(api_json_get_text(record, "name"));
	cli_say("  %s%s\n", api_json_get_text(record, "type"),
		api_json_get_bool(record, "optional") ? "  (optional)" : "");
	if (!is_ok && !is_quiet) {
		put_sentence(cli, record, "sentence");
		put_sentence(cli, record, "effect");
		put_sentence(cli, record, "todo");
	}
	json_array_foreach(json_object_get(record, "warnings"), i, one)
	{
		cli_put_wrapped(cli, json_string_value(one), 4);
	}
	if (strcmp(state, "different") == 0 &&
	    (strcmp(api_json_get_text(record, "purpose"), "dmarc") == 0 ||
	     json_array_size(json_object_get(record, "found_all")) > 0))
		put_found(record);
	else if (strcmp(state, "different") == 0)
		put_diff(record);
	if (with_answers || (!is_ok && !is_quiet))
		put_answers(record);
}

static void
put_spf(const json_t *result, bool with_trace)
{
	const json_t *one, *line;
	size_t i, k;

	if (json_array_size(json_object_get(result, "spf")) == 0)
		cli_say("  for none\n");
	json_array_foreach(json_object_get(result, "spf"), i, one)
	{
		const char *term = api_json_get_text(one, "term");

		cli_say("  ");
		cli_put_padded(api_json_get_text(one, "address"), 24);
		cli_say(" as ");
		cli_put(api_json_get_text(one, "domain"));
		cli_say(": %s", api_json_get_text(one, "result"));
		if (term != NULL) {
			cli_say(" by ");
			cli_put(term);
		}
		cli_say(", %lld of 10 look-ups\n", (long long)api_json_get_int(one, "lookups", 0));
		if (!with_trace)
			continue;
		json_array_foreach(json_object_get(one, "trace"), k, line)
		{
			cli_say("%*s", 6 + 2 * (int)api_json_get_int(line, "depth", 0), "");
			cli_put(api_json_get_text(line, "text"));
			cli_say("\n");
		}
	}
}

static void
put_dmarc(const json_t *dmarc)
{
	const char *policy = api_json_get_text(dmarc, "policy");
	bool by_dkim = api_json_get_bool(dmarc, "dkim_passes");
	bool by_spf = api_json_get_bool(dmarc, "spf_passes");
	bool is_certain =
		api_json_get_bool(dmarc, "dkim_certain") && api_json_get_bool(dmarc, "spf_certain");

	if (policy == NULL) {
		cli_say("  no policy applies\n");
	} else {
		cli_say("  policy p=%s of ", policy);
		cli_put(api_json_get_text(dmarc, "policy_domain"));
		cli_say("%s; organisation ",
			api_json_get_bool(dmarc, "testing") ? " (testing)" : "");
		cli_put(api_json_get_text(dmarc, "organisation"));
		cli_say("\n");
	}
	cli_say("  mail from here %s%s%s%s\n",
		by_dkim || by_spf ? "passes by "
		: is_certain	  ? "fails"
				  : "may pass or fail: see above",
		by_dkim ? "DKIM" : "", by_dkim && by_spf ? " and " : "", by_spf ? "SPF" : "");
}

static void
put_report(const struct cli *cli, const json_t *result, bool with_trace)
{
	const json_t *one;
	size_t i;

	cli_put_wrapped(cli, api_json_get_text(result, "sentence"), 0);
	json_array_foreach(json_object_get(result, "doubts"), i, one)
	{
		cli_put_wrapped(cli, json_string_value(one), 4);
	}
	cli_say("\n");
	json_array_foreach(json_object_get(result, "records"), i, one)
	{
		put_record(cli, one, with_trace);
	}
	cli_say("\nSPF, evaluated for each address mail leaves by:\n");
	put_spf(result, with_trace);
	cli_say("\nDMARC:\n");
	put_dmarc(json_object_get(result, "dmarc"));
}

static void
put_result(struct cli *cli, const json_t *result, const struct command_line *line)
{
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		put_report(cli, result, command_line_has(line, "trace"));
	(void)fflush(stdout); /* --live: whoever reads a pipe wants it now */
}

/* is_to_go_on - with --live, until all is right; says what changed */
static bool
is_to_go_on(const struct command_line *line, int code)
{
	const struct timespec pause = { .tv_sec = LIVE_PAUSE_SEC };

	if (!command_line_has(line, "live") || code == CLI_DONE || cli_interrupted)
		return false;
	(void)nanosleep(&pause, NULL);
	return !cli_interrupted;
}

int
cli_domain_check(struct cli *cli, const struct command_line *line)
{
	json_t *result = NULL, *last = NULL;
	int code;

	cli->timeout_ms = cli->timeout_ms < 90000 ? 90000 : cli->timeout_ms;
	do {
		code = cli_call(cli, line->command->method, command_params(line), &result);
		if (code != CLI_DONE)
			break;
		code = code_of(result);
		if (last == NULL || strcmp(api_json_get_text(last, "sentence"),
					   api_json_get_text(result, "sentence")) != 0)
			put_result(cli, result, line);
		json_decref(last);
		last = result;
	} while (is_to_go_on(line, code));
	json_decref(last);
	return cli_interrupted ? CLI_INTERRUPTED : code;
}
