/* cli_run.c - from a parsed line to an exit code.
 *
 * What is done for a row of the command table stands in one of two tables here:
 * lists are columns, the rest are functions. A unit test sees to it that every
 * row has one. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "cli_confirm.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_pager.h"
#include "command/command_help.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

volatile sig_atomic_t cli_interrupted;

/* ---- lists --------------------------------------------------------------- */

static const struct cli_column message_columns[] = {
	{ "id", { .header = "ID", .keeps = true, .cut = API_CUT_MIDDLE }, CLI_AS_TEXT },
	{ "accepted_at", { .header = "WHEN" }, CLI_AS_TIME },
	{ "recipient", { .header = "RECIPIENT", .keeps = true }, CLI_AS_TEXT },
	{ "status", { .header = "STATUS", .keeps = true }, CLI_AS_TEXT },
	{ "credential", { .header = "CREDENTIAL", .drops = true }, CLI_AS_TEXT },
	{ "attempts", { .header = "TRIES", .drops = true, .is_right = true }, CLI_AS_COUNT },
	{ "size_bytes", { .header = "SIZE", .drops = true, .is_right = true }, CLI_AS_SIZE },
	{ "sender", { .header = "SENDER", .drops = true }, CLI_AS_TEXT },
	{ "subject", { .header = "SUBJECT", .drops = true }, CLI_AS_TEXT },
};

static const struct cli_column event_columns[] = {
	{ "at", { .header = "TIME", .keeps = true }, CLI_AS_TIME },
	{ "event", { .header = "EVENT", .keeps = true }, CLI_AS_LABEL },
	{ "recipient", { .header = "RECIPIENT", .keeps = true }, CLI_AS_TEXT },
	{ "credential", { .header = "CREDENTIAL", .drops = true }, CLI_AS_TEXT },
	{ "duration_ms", { .header = "TOOK", .drops = true, .is_right = true }, CLI_AS_MS },
	{ "message", { .header = "MESSAGE", .drops = true, .cut = API_CUT_MIDDLE }, CLI_AS_TEXT },
	{ "reply", { .header = "REPLY" }, CLI_AS_TEXT },
};

static const struct cli_column queue_columns[] = {
	{ "key", { .header = "DESTINATION", .keeps = true }, CLI_AS_TEXT },
	{ "provider", { .header = "PROVIDER", .drops = true }, CLI_AS_TEXT },
	{ "ready", { .header = "READY", .is_right = true }, CLI_AS_COUNT },
	{ "deferred", { .header = "DEFERRED", .is_right = true }, CLI_AS_COUNT },
	{ "scheduled", { .header = "SCHED", .drops = true, .is_right = true }, CLI_AS_COUNT },
	{ "held", { .header = "HELD", .drops = true, .is_right = true }, CLI_AS_COUNT },
	{ "oldest_at", { .header = "OLDEST", .is_right = true }, CLI_AS_AGE },
	{ "next_at", { .header = "NEXT TRY", .is_right = true }, CLI_AS_NEXT },
	{ "state", { .header = "STATE" }, CLI_AS_TEXT },
	{ "why", { .header = "WHY", .drops = true }, CLI_AS_TEXT },
};

static const struct cli_column hold_columns[] = {
	{ "held_scope", { .header = "HELD", .keeps = true }, CLI_AS_TEXT },
	{ "waiting", { .header = "RCPTS", .keeps = true, .is_right = true }, CLI_AS_COUNT },
	{ "held_by", { .header = "BY" }, CLI_AS_TEXT },
	{ "held_since_at", { .header = "SINCE" }, CLI_AS_TIME },
	{ "held_until_at", { .header = "UNTIL" }, CLI_AS_TIME },
	{ "held_reason", { .header = "REASON" }, CLI_AS_TEXT },
};

static const struct cli_column deferral_columns[] = {
	{ "group", { .header = "GROUP", .keeps = true }, CLI_AS_TEXT },
	{ "count", { .header = "RCPTS", .keeps = true, .is_right = true }, CLI_AS_COUNT },
	{ "queues", { .header = "QUEUES", .drops = true, .is_right = true }, CLI_AS_COUNT },
	{ "key", { .header = "REPLY (numbers, addresses folded)" }, CLI_AS_TEXT },
	{ "from", { .header = "FROM", .drops = true }, CLI_AS_TEXT },
	{ "category", { .header = "CATEGORY", .drops = true }, CLI_AS_TEXT },
	{ "rule", { .header = "RULE", .drops = true }, CLI_AS_TEXT },
	{ "last_at", { .header = "LAST", .drops = true }, CLI_AS_TIME },
};

static const struct cli_column credential_columns[] = {
	{ "name", { .header = "CREDENTIAL", .keeps = true }, CLI_AS_TEXT },
	{ "state", { .header = "STATE", .keeps = true }, CLI_AS_TEXT },
	{ "keys", { .header = "KEYS" }, CLI_AS_TEXT },
	{ "from", { .header = "FROM", .drops = true }, CLI_AS_TEXT },
	{ "last_used_at", { .header = "LAST USED", .drops = true }, CLI_AS_TIME },
	{ "created_at", { .header = "CREATED", .drops = true }, CLI_AS_TIME },
};

static const struct cli_column domain_columns[] = {
	{ "domain", { .header = "DOMAIN", .keeps = true }, CLI_AS_TEXT },
	{ "state", { .header = "STATE", .keeps = true }, CLI_AS_TEXT },
	{ "dkim", { .header = "DKIM" }, CLI_AS_TEXT },
	{ "spf", { .header = "SPF" }, CLI_AS_TEXT },
	{ "dmarc", { .header = "DMARC" }, CLI_AS_TEXT },
	{ "policy", { .header = "POLICY", .drops = true }, CLI_AS_TEXT },
	{ "return_path", { .header = "RETURN", .drops = true }, CLI_AS_TEXT },
	{ "checked_at", { .header = "CHECKED" }, CLI_AS_TIME },
	{ "keys", { .header = "DKIM KEYS", .drops = true }, CLI_AS_TEXT },
	{ "credentials", { .header = "CREDENTIALS", .drops = true }, CLI_AS_TEXT },
	{ "created_at", { .header = "CREATED", .drops = true }, CLI_AS_TIME },
};

static const struct cli_column audit_columns[] = {
	{ "at", { .header = "WHEN", .keeps = true }, CLI_AS_TIME },
	{ "who", { .header = "WHO", .keeps = true }, CLI_AS_TEXT },
	{ "via", { .header = "VIA", .drops = true }, CLI_AS_TEXT },
	{ "action", { .header = "ACTION", .keeps = true }, CLI_AS_TEXT },
	{ "object", { .header = "OBJECT", .keeps = true }, CLI_AS_TEXT },
	{ "detail", { .header = "DETAIL" }, CLI_AS_TEXT },
	{ "uid", { .header = "UID", .drops = true, .is_right = true }, CLI_AS_TEXT },
};

static const struct {
	const char *method;
	const struct cli_column *column;
	size_t columns;
} lists[] = {
	{ "message.list", message_columns, COUNT_OF(message_columns) },
	{ "log.search", event_columns, COUNT_OF(event_columns) },
	{ "queue.list", queue_columns, COUNT_OF(queue_columns) },
	{ "queue.holds", hold_columns, COUNT_OF(hold_columns) },
	{ "deferral.list", deferral_columns, COUNT_OF(deferral_columns) },
	{ "credential.list", credential_columns, COUNT_OF(credential_columns) },
	{ "domain.list", domain_columns, COUNT_OF(domain_columns) },
	{ "audit.list", audit_columns, COUNT_OF(audit_columns) },
};

static int
run_list(struct cli *cli, const struct command_line *line, size_t list)
{
	json_t *result;
	int code = cli_call(cli, line->command->method, command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	cli_pager_start(cli);
	code = cli_put_list(cli, result, lists[list].column, lists[list].columns);
	cli_pager_end(cli);
	json_decref(result);
	return code;
}

/* ---- the rest ------------------------------------------------------------ */

static const struct {
	const char *noun, *verb;
	int (*run)(struct cli *cli, const struct command_line *line);
} actions[] = {
	{ "status", NULL, cli_status },
	{ "doctor", NULL, cli_doctor },
	{ "find", NULL, cli_find },
	{ "message", "show", cli_message_show },
	{ "message", "retry", cli_message_act },
	{ "message", "hold", cli_message_act },
	{ "message", "release", cli_message_act },
	{ "message", "bounce", cli_message_act },
	{ "message", "cancel", cli_message_act },
	{ "log", "tail", cli_log_tail },
	{ "log", "export", cli_log_export },
	{ "queue", "show", cli_queue_show },
	{ "queue", "ages", cli_queue_ages },
	{ "queue", "hold", cli_queue_act },
	{ "queue", "release", cli_queue_act },
	{ "queue", "flush", cli_queue_act },
	{ "queue", "move", cli_queue_move },
	{ "queue", "bounce", cli_queue_bounce },
	{ "deferral", "show", cli_deferral_show },
	{ "deferral", "rule", cli_deferral_rule },
	{ "credential", "show", cli_credential_show },
	{ "credential", "create", cli_credential_secret },
	{ "credential", "rotate", cli_credential_secret },
	{ "suppression", "list", cli_suppression_list },
	{ "suppression", "check", cli_suppression_check },
	{ "suppression", "add", cli_suppression_add },
	{ "suppression", "remove", cli_suppression_remove },
	{ "suppression", "import", cli_suppression_import },
	{ "suppression", "export", cli_suppression_export },
	{ "pool", "list", cli_pool_list },
	{ "pool", "show", cli_pool_show },
	{ "pool", "ip", cli_pool_ip },
	{ "pool", "warmup", cli_pool_warmup },
	{ "pool", "check", cli_pool_check },
	{ "throttle", "list", cli_throttle_list },
	{ "throttle", "show", cli_throttle_show },
	{ "throttle", "history", cli_throttle_history },
	{ "throttle", "set", cli_throttle_set },
	{ "throttle", "clear", cli_throttle_clear },
	{ "credential", "limit", cli_credential_limit },
	{ "credential", "retire", cli_credential_end },
	{ "credential", "revoke", cli_credential_end },
	{ "credential", "sent", cli_credential_sent },
	{ "credential", "test", cli_credential_test },
	{ "credential", "compromised", cli_credential_compromised },
	{ "migrate", "status", cli_migrate_status },
	{ "migrate", "plan", cli_migrate_plan },
	{ "migrate", "evidence", cli_evidence },
	{ "migrate", "stage", cli_migrate_set },
	{ "migrate", "canary", cli_migrate_set },
	{ "domain", "show", cli_domain_show },
	{ "domain", "records", cli_domain_records },
	{ "domain", "add", cli_domain_records },
	{ "domain", "limit", cli_domain_show },
	{ "domain", "dkim rotate", cli_dkim_rotate },
	{ "domain", "dkim import", cli_dkim_import },
	{ "domain", "dkim export", cli_dkim_export },
	{ "domain", "dkim remove", cli_dkim_remove },
	{ "domain", "check", cli_domain_check },
	{ "domain", "remove", cli_domain_remove },
	{ "explain", NULL, cli_explain },
	{ "config", "check", cli_config_check },
	{ "config", "show", cli_config_show },
	{ "config", "diff", cli_config_diff },
	{ "config", "reload", cli_config_reload },
	{ "report", NULL, cli_report },
	{ "top", NULL, cli_top },
	{ "rpc", NULL, cli_rpc },
	{ "completion", "bash", cli_completion_script },
	{ "completion", "zsh", cli_completion_script },
	{ "completion", "fish", cli_completion_script },
	{ "completion", "words", cli_completion_words },
	{ "completion", "table", cli_completion_script },
	{ "completion", "man", cli_completion_script },
	{ "help", NULL, cli_help },
	{ "version", NULL, cli_version },
};

static bool
is_row(const struct command *command, const char *noun, const char *verb)
{
	return strcmp(command->noun, noun) == 0 &&
	       (verb && command->verb ? strcmp(verb, command->verb) == 0 : verb == command->verb);
}

/* asks_itself - how dangerous it is, or what it would do, depends on what it finds. */
static bool
asks_itself(const struct command *command)
{
	static const char *const methods[] = { "queue.bounce", "queue.move", "message.retry",
		                               "message.bounce", "message.cancel",
		                               "credential.rotate",
		                               "credential.retire", "credential.revoke",
		                               "credential.compromised", "domain.remove",
		                               "suppression.remove" };

	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (command->method && strcmp(command->method, methods[i]) == 0)
			return true;
	return false;
}

int
cli_run(struct cli *cli, const struct command_line *line)
{
	const struct command *command = line->command;

	if (command_line_has(line, "help")) {
		command_help_command(command, stdout);
		return CLI_DONE;
	}
	for (size_t i = 0; command->method && i < COUNT_OF(lists); i++)
		if (strcmp(lists[i].method, command->method) == 0)
			return run_list(cli, line, i);
	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		if (!is_row(command, actions[i].noun, actions[i].verb))
			continue;
		if (command_changes(command) && !asks_itself(command)) {
			int code = cli_confirm(cli, line);

			if (code != CLI_DONE)
				return code;
		}
		return actions[i].run(cli, line);
	}
	return cli_fail_text(cli, API_ERROR_INTERNAL, "%s is in the table but not in this program",
	                     command->noun);
}

static int
run_without_command(struct cli *cli, const struct command_line *line, const char *const *words,
                    size_t count)
{
	if (command_line_has(line, "version"))
		return cli_version(cli, line);
	if (command_line_has(line, "help")) {
		for (size_t i = 0; i < count; i++) {
			const struct command_noun *noun = command_noun_find(span_of(words[i]));

			if (noun) { /* `relaycli queue --help` */
				command_help_noun(noun, stdout);
				return CLI_DONE;
			}
		}
		command_help_overview(stdout);
		return CLI_DONE;
	}
	if (cli->in_shell)
		return CLI_DONE;
	fputs("relaycli: which command? \"relaycli help\" lists them; on a terminal, no command "
	      "opens a shell\n", stderr);
	return CLI_USAGE;
}

/* says_json - the usage error itself has to be in the form that was asked for. */
static bool
says_json(const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], "--json") == 0)
			return true;
	return false;
}

int
cli_run_words(struct cli *cli, const char *const *words, size_t count, bool prefixes)
{
	struct command_line *line = mem_zero(1, sizeof *line);
	struct api_error error;
	struct err err;
	int code;

	if (command_parse(words, count, prefixes, line, &err) < 0) {
		cli->form = says_json(words, count) ? CLI_JSON : CLI_TEXT;
		(void)api_error_set(&error, API_ERROR_PARAMS, "%s", err.text);
		code = cli_fail(cli, &error);
	} else {
		cli_output_set(cli, line);
		code = line->command ? cli_run(cli, line) :
		       run_without_command(cli, line, words, count);
		if (code == CLI_DONE)
			code = cli->output_code;
	}
	if (fflush(stdout) != 0 && !cli->in_shell)
		cli->write_errno = errno;
	cli->line = NULL;
	mem_free(line);
	return code;
}

/* ---- talking to the daemon ----------------------------------------------- */

int
cli_connect(struct cli *cli, struct api_error *error)
{
	const char *socket = cli->line ? command_line_text(cli->line, "socket") : NULL;

	if (!socket)
		socket = cli->socket_path;
	if (cli->client && strcmp(api_client_path(cli->client), socket) != 0)
		api_client_free(&cli->client);
	if (!cli->client) {
		cli->client = api_client_new(socket);
		api_client_set_interrupt(cli->client, &cli_interrupted);
	}
	return api_client_is_open(cli->client) ? 0 : api_client_connect(cli->client, error);
}

int
cli_try(struct cli *cli, const char *method, json_t *params, int timeout_ms, json_t **result_out,
        struct api_error *error)
{
	*result_out = NULL;
	if (cli_connect(cli, error) < 0) {
		json_decref(params);
		return -1;
	}
	return api_client_call(cli->client, method, params, timeout_ms, result_out, error);
}

int
cli_call(struct cli *cli, const char *method, json_t *params, json_t **result_out)
{
	struct api_error error;

	if (cli_try(cli, method, params, cli->timeout_ms, result_out, &error) == 0)
		return CLI_DONE;
	return cli_fail(cli, &error);
}

int
cli_fail(const struct cli *cli, const struct api_error *error)
{
	int code = api_error_exit_code(error->kind);
	json_t *value, *one;
	char *text;

	fflush(stdout);
	if (cli->form != CLI_JSON && cli->form != CLI_JSONL) {
		fputs("relaycli: ", stderr);
		api_text_put(stderr, span_of(error->message));
		fputc('\n', stderr);
		if (error->hint[0]) {
			fputs("  ", stderr);
			api_text_put(stderr, span_of(error->hint));
			fputc('\n', stderr);
		}
		return code;
	}
	value = json_object();
	one = json_object();
	api_json_put_text(one, "code", api_error_name(error->kind));
	api_json_put_text(one, "message", error->message);
	api_json_put_text(one, "hint", error->hint[0] ? error->hint : NULL);
	api_json_put_int(one, "exit", code);
	api_json_put(value, "error", one);
	text = api_json_text_of(value);
	fprintf(stderr, "%s\n", text);
	mem_free(text);
	json_decref(value);
	return code;
}

int
cli_fail_text(const struct cli *cli, enum api_error_kind kind, const char *fmt, ...)
{
	struct api_error error = { .kind = kind };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error.message, sizeof error.message, fmt, ap);
	va_end(ap);
	return cli_fail(cli, &error);
}
