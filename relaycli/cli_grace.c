/* cli_grace.c - see cli_grace.h.
 *
 * The daemon holds what is meant and does it by itself when the time is over; this waits
 * for the number, and takes the hold back when somebody thinks better of it. A terminal
 * that breaks off in between withdraws nothing: it was confirmed. */
#include "cli_grace.h"

#include "api/api_json.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_output.h"

#define GRACE_MS 10000
#define WAIT_MS 600000             /* for many to be written down, beside the grace */

void
cli_grace_ask(const struct cli *cli, const struct command_line *line, json_t *params)
{
	if (cli->may_ask && !command_line_has(line, "grace") && !command_line_has(line, "dry-run"))
		api_json_put_int(params, "grace_ms", GRACE_MS);
}

static void
announce(const struct cli *cli, const json_t *result)
{
	int64_t left_ms = api_json_get_time(result, "pending_until_at") - clock_unix_ms();
	char count[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE];

	if (cli->is_quiet || cli->form != CLI_TEXT)
		return;
	units_format_count((uint64_t)api_json_get_int(result, "affected", 0), count);
	units_format_duration(left_ms > 0 ? (left_ms + 999) / 1000 * 1000 : 0, left);
	fprintf(stderr, "%s recipients are held and go in %s. Ctrl-C, or relaycli queue release "
	        "%s: nothing is done.\n", count, left, api_json_get_text(result, "pending"));
}

static int
withdraw(struct cli *cli, const char *pending)
{
	json_t *params = json_object(), *result;
	char count[UNITS_NOUN_SIZE];
	struct api_error error;
	int64_t affected;

	cli_interrupted = 0;
	api_client_free(&cli->client); /* the other question is still open there */
	api_json_put_text(params, "match", pending);
	if (cli_try(cli, "queue.release", params, cli->timeout_ms, &result, &error) < 0)
		return cli_fail_text(cli, API_ERROR_PARTIAL,
		                     "too late to withdraw all of it: %s", error.message);
	affected = api_json_get_int(result, "affected", 0);
	fprintf(stderr, "Withdrawn: %s go%s on as before.\n",
		units_format_noun(affected, "recipient", count), affected == 1 ? "es" : "");
	json_decref(result);
	return CLI_INTERRUPTED;
}

int
cli_grace_follow(struct cli *cli, const struct command_line *line, json_t **result)
{
	const char *pending = api_json_get_text(*result, "pending");
	json_t *params, *done;
	struct api_error error;
	int64_t wait_ms;
	int code = CLI_DONE;

	(void)line;
	if (!pending)
		return CLI_DONE;
	announce(cli, *result);
	wait_ms = api_json_get_time(*result, "pending_until_at") - clock_unix_ms() + WAIT_MS;
	params = json_object();
	api_json_put_text(params, "pending", pending);
	if (cli_try(cli, "queue.wait", params, (int)wait_ms, &done, &error) == 0) {
		api_json_put_int(*result, "affected", api_json_get_int(done, "affected", 0));
		json_object_del(*result, "pending");
		json_object_del(*result, "pending_until_at");
		json_decref(done);
		return CLI_DONE;
	}
	code = error.kind == API_ERROR_INTERRUPTED ? withdraw(cli, pending) : cli_fail(cli, &error);
	json_decref(*result);
	*result = NULL;
	return code;
}
