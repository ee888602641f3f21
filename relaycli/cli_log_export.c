/* cli_log_export.c - log export: every event there is of that time and those terms, as JSON
 * lines or CSV.
 *
 * The newest message comes first; the events of one stand together. */
#include "api/api_json.h"
#include "cli_export.h"
#include "cli_nouns.h"

static const char *const keys[] = {
	"at", "event", "message", "recipient", "credential", "sender_domain", "site",
	"remote_host", "remote_address", "source_address", "tls", "code", "enhanced", "category",
	"attempt", "duration_ms", "next_attempt_at", "reply", "detail",
};

/* reached - how far back: of the time that was asked for, and of which the log has something. */
static double
reached(const struct cli *cli, const json_t *result, char out[CLI_EXPORT_REACHED_SIZE])
{
	const json_t *items = json_object_get(result, "items");
	const json_t *coverage = json_object_get(result, "coverage");
	const json_t *last = json_array_get(items, json_array_size(items) - 1);
	int64_t at = api_json_get_time(last, "at"), from = api_json_get_time(coverage, "from");
	int64_t until = api_json_get_time(coverage, "until");
	char when[API_FORMAT_SIZE];

	if (at > 0) {
		api_format_full(at, cli->is_utc, when);
		(void)snprintf(out, CLI_EXPORT_REACHED_SIZE, "back to %s", when);
	}
	return at > 0 && from > 0 && until > from && at <= until && at >= from
		       ? (double)(until - at) / (double)(until - from) : -1;
}

int
cli_log_export(struct cli *cli, const struct command_line *line)
{
	static const struct cli_export export = {
		.method = "log.search",
		.page = 1000, /* messages */
		.noun = "event",
		.schema = "relay.log.export/1",
		.keys = keys,
		.keys_count = sizeof keys / sizeof *keys,
		.header = "at,event,message,recipient,credential,sender_domain,site,remote_host,"
			  "remote_address,source_address,tls,code,enhanced,category,attempt,"
			  "duration_ms,next_attempt_at,reply,detail",
		.reached = reached,
	};

	if (cli->fields)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "log export writes all there is; --fields narrows log search");
	return cli_export_run(cli, line, &export);
}
