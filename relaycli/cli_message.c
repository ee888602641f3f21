/* cli_message.c - message show: the envelope, then each recipient's story; or what the
 * mail itself says (cli_content.c), or what was said in its sessions (cli_trace.c). */
#include "api/api_json.h"
#include "base/units.h"
#include "cli_message.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_pager.h"

static void
put_fact(const char *name, const json_t *message, const char *key)
{
	const char *text = api_json_get_text(message, key);

	if (!text || !text[0])
		return;
	cli_say("  %-12s", name);
	cli_put(text);
	cli_say("\n");
}

static void
put_head(const struct cli *cli, const json_t *message)
{
	char when[API_FORMAT_SIZE], size[UNITS_TEXT_SIZE];

	units_format_size((uint64_t)api_json_get_int(message, "size_bytes", 0), size);
	api_format_full(api_json_get_time(message, "accepted_at"), cli->is_utc, when);
	cli_say("message ");
	cli_put(api_json_get_text(message, "id"));
	cli_say("  %s  %s\n", when, size);
	put_fact("from", message, "sender");
	put_fact("subject", message, "subject");
	put_fact("message-id", message, "message_id");
	put_fact("credential", message, "credential");
	put_fact("client", message, "client_address");
	put_fact("tls", message, "tls");
	put_fact("signed", message, "signature");
	api_format_full(api_json_get_time(message, "expires_at"), cli->is_utc, when);
	cli_say("  %-12s%s\n", "gives up", when);
}

static void
put_recipients(const struct cli *cli, const json_t *message)
{
	const json_t *recipients = json_object_get(message, "recipients"), *one;
	const char *sentence;
	size_t i;

	json_array_foreach(recipients, i, one) {
		cli_say("\nto ");
		cli_put(api_json_get_text(one, "recipient"));
		cli_say("  ");
		cli_put(api_json_get_text(one, "status"));
		cli_say("\n");
		sentence = api_json_get_text(json_object_get(one, "answer"), "sentence");
		if (sentence)
			cli_put_wrapped(cli, sentence, 2);
		cli_put_events(cli, one);
	}
}

/* put_moved - who leaves by another pool than its credential's, and since it was moved. */
static void
put_moved(const json_t *waits)
{
	const json_t *one;
	size_t i;

	json_array_foreach(waits, i, one) {
		if (!api_json_get_bool(one, "moved"))
			continue;
		cli_put(api_json_get_text(one, "recipient"));
		cli_say(" leaves by pool ");
		cli_put(api_json_get_text(one, "pool"));
		cli_say(": it was moved there (relaycli audit list queue.move)\n");
	}
}

static int
show_story(struct cli *cli, const struct command_line *line)
{
	const json_t *message, *waiting, *one;
	json_t *params = command_params(line), *result;
	size_t i;
	int code;

	cli_put_zone(cli, params);
	code = cli_call(cli, "message.show", params, &result);
	if (code != CLI_DONE)
		return code;
	message = json_object_get(result, "message");
	if (!cli_put_json(cli, result) && !cli_put_object(cli, message)) {
		cli_pager_start(cli);
		put_head(cli, message);
		put_recipients(cli, message);
		waiting = json_object_get(result, "waiting");
		json_array_foreach(waiting, i, one) {
			cli_say("%s", i == 0 ? "\n" : "");
			cli_put_wrapped(cli, json_string_value(one), 0);
		}
		put_moved(json_object_get(result, "waits"));
		cli_pager_end(cli);
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_message_show(struct cli *cli, const struct command_line *line)
{
	bool headers = command_line_has(line, "headers"), body = command_line_has(line, "body"),
	     trace = command_line_has(line, "trace");

	if (headers + body + trace > 1)
		return cli_fail_text(cli, API_ERROR_PARAMS, "one of --headers, --body (which has "
		                     "them) and --trace at a time");
	if (!body && command_line_has(line, "reason"))
		return cli_fail_text(cli, API_ERROR_PARAMS, "--reason is why a body is read: it "
		                     "goes with --body");
	if (!trace && command_line_has(line, "recipient"))
		return cli_fail_text(cli, API_ERROR_PARAMS, "--recipient goes with --trace");
	if (trace)
		return cli_message_trace(cli, line);
	if (headers || body)
		return cli_message_content(cli, line, headers ? "message.headers" : "message.body");
	return show_story(cli, line);
}
