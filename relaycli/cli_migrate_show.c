/* cli_migrate_show.c - one credential on its way here, in full: where it stands, what came of
 * each way, what others said, what is missing. Nothing is cut. */
#include "cli_migrate.h"

#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"

#define WIDTH 9 /* of numbers; the whole has room in 40 columns */

static const struct {
	const char *key, *label;
	bool is_time;
} lines[] = {
	{ "delivered", "delivered", false },
	{ "first_attempts", "first attempts", false },
	{ "refused", "  refused", false },
	{ "broken", "  broken", false },
	{ "deferrals", "put off", false },
	{ "bounced_hard", "no such mailbox", false },
	{ "bounced_refused", "bounced: refused", false },
	{ "bounced_other", "bounced: other", false },
	{ "median_ms", "median time", true },
	{ "p95_ms", "95 % within", true },
};

static const char *
value_text(const json_t *result, size_t line, char out[UNITS_TEXT_SIZE])
{
	int64_t value = api_json_get_int(result, lines[line].key, -1);

	if (value < 0)
		return "-";
	if (lines[line].is_time)
		units_format_duration(value, out);
	else
		units_format_count((uint64_t)value, out);
	return out;
}

/* put_results - both ways side by side, each under its name */
static void
put_results(const json_t *results, const char *smarthost)
{
	const json_t *direct = json_object_get(results, "direct");
	const json_t *old = json_object_get(results, "old");
	const char *by = smarthost ? smarthost : "the old system";
	char text[2][UNITS_TEXT_SIZE];

	int by_width = (int)sizeof "by " - 1 + api_text_width(span_of(by));

	cli_say("  %-17s%*s   %*sby ", "", WIDTH, "directly",
	        by_width < WIDTH ? WIDTH - by_width : 0, "");
	cli_put(by);
	cli_say("\n");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		cli_say("  %-17s%*s   %*s\n", lines[i].label, WIDTH,
		        value_text(direct, i, text[0]), WIDTH,
		        value_text(old, i, text[1]));
}

static void
put_since(const struct cli *cli, const json_t *stream)
{
	const char *why = api_json_get_text(stream, "reason");
	const char *by = api_json_get_text(stream, "by");
	char time[API_FORMAT_SIZE];

	if (by == NULL)
		return;
	cli_say("So since %s, by ", cli_time(cli, stream, "since_at", time));
	cli_put(by);
	if (why && api_json_get_text(stream, "returned") == NULL) {
		cli_say(": ");
		cli_put(why);
	}
	cli_say("\n");
}

static void
put_return(const struct cli *cli, const json_t *stream)
{
	const char *why = api_json_get_text(stream, "returned");
	char time[API_FORMAT_SIZE];

	if (why == NULL)
		return;
	cli_say("\nWENT BACK BY ITSELF from %lld %% at %s:\n  ",
	        (long long)api_json_get_int(stream, "returned_percent", 0),
	        cli_time(cli, stream, "returned_at", time));
	cli_put(why);
	cli_say("\n\nIN THE TRIAL THAT ENDED\n");
	put_results(json_object_get(stream, "trial_results"),
	            api_json_get_text(stream, "smarthost"));
}

static void
put_evidence(const struct cli *cli, const json_t *evidence)
{
	static const char *const methods[][2] = { { "spf", "SPF" }, { "dkim", "DKIM" },
		                                  { "dmarc", "DMARC" } };
	char time[API_FORMAT_SIZE];

	cli_say("\nEVIDENCE FROM RECEIVERS\n");
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		const json_t *one = json_object_get(evidence, methods[i][0]);
		const char *by = api_json_get_text(one, "last_by");

		if (by == NULL) {
			cli_say("  %-6s none\n", methods[i][1]);
			continue;
		}
		cli_say("  %-6s %lld passed, %lld failed; the last word is ", methods[i][1],
		        (long long)api_json_get_int(one, "passed", 0),
		        (long long)api_json_get_int(one, "failed", 0));
		cli_put(by);
		cli_say("'s, %s\n", cli_time(cli, one, "last_at", time));
	}
}

static void
put_next(const json_t *stream)
{
	const json_t *missing = json_object_get(stream, "missing"), *one;
	const char *command = api_json_get_text(stream, "next_command");
	size_t i;

	if (json_array_size(missing) > 0)
		cli_say("\nMISSING FOR THE NEXT STEP\n");
	json_array_foreach(missing, i, one) {
		cli_say("  ");
		cli_put(json_string_value(one));
		cli_say("\n");
	}
	if (command) {
		cli_say("\nNext step: ");
		cli_put(command);
		cli_say("\n");
	}
}

void
cli_migrate_show(const struct cli *cli, const json_t *stream)
{
	const json_t *results = json_object_get(stream, "results");

	cli_migrate_say_way(stream);
	put_since(cli, stream);
	put_return(cli, stream);
	if (results) {
		cli_say("\nSINCE THEN\n");
		put_results(results, api_json_get_text(stream, "smarthost"));
	}
	put_evidence(cli, json_object_get(stream, "evidence"));
	put_next(stream);
}
