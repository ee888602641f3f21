/* cli_doctor.c - doctor: the whole installation looked over, and what to do first.
 *
 *   relayd answers? --no--> its configuration file, this machine
 *        | yes
 *        +-- --live: each domain and source address is asked for again
 *        +-- relayd --check, doctor.check, ports as a client sees them, credentials, machine
 *
 * relayd judges what it knows (its alerts); here is only what a client sees better. */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "cli_doctor.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_relayd.h"

#define ASK_MS 10000
#define LIVE_MS 90000
#define INDENT 9 /* behind "unknown  " */
#define SAID_MAX_BYTES ((size_t)64 << 10)
#define UNUSED_MS (90LL * 24 * 3600 * 1000)

void
cli_doctor_add(json_t *checks, const char *check, const char *object, const char *state,
               const char *todo, const char *fmt, ...)
{
	json_t *one = json_object();
	struct buf seen;
	va_list ap;

	buf_init(&seen, 4096);
	va_start(ap, fmt);
	(void)buf_vprintf(&seen, fmt, ap);
	va_end(ap);
	api_json_put_text(one, "check", check);
	api_json_put_text(one, "object", object);
	api_json_put_text(one, "state", state);
	api_json_put(one, "seen", api_json_string(buf_span(&seen)));
	api_json_put_text(one, "todo", todo);
	json_array_append_new(checks, one);
	buf_deinit(&seen);
}

/* ---- with relayd or without ---------------------------------------------------------------- */

/* ask - its answer, or NULL and a row that says why there is none. New reference. */
static json_t *
ask(struct cli *cli, const char *method, json_t *checks)
{
	struct api_error error;
	json_t *result = NULL;

	if (cli_try(cli, method, NULL, ASK_MS, &result, &error) < 0)
		cli_doctor_add(checks, method, NULL, "unknown",
			       error.hint[0] ? error.hint : NULL, "%s", error.message);
	return result;
}

/* greet - the first look at relayd: NULL when it does not answer, and then a row says so. */
static json_t *
greet(struct cli *cli, json_t *checks)
{
	struct api_error error;
	json_t *result = NULL;

	if (cli_try(cli, "doctor.check", NULL, ASK_MS, &result, &error) < 0) {
		bool is_ours = error.kind == API_ERROR_NOT_PERMITTED;

		if (error.kind == API_ERROR_METHOD) {
			cli_doctor_add(checks, "relayd", NULL, "unknown", "restart relayd",
				       "relayd is of an older version than relaycli %s, and knows "
				       "no doctor", RELAY_VERSION);
			return NULL;
		}
		cli_doctor_add(checks, "relayd", NULL, is_ours ? "unknown" : "fail",
			       is_ours ? "be root, or a member of control { operators } or { "
					 "viewers }"
				       : "systemctl status relayd; journalctl -u relayd says why",
			       "relayd does not answer: %s", error.message);
		return NULL;
	}
	cli_doctor_add(checks, "relayd", NULL, "ok", NULL, "version %s answers as %s",
		       api_json_get_text(result, "version"), api_json_get_text(result, "hostname"));
	if (strcmp(api_json_get_text(result, "version"), RELAY_VERSION) != 0)
		cli_doctor_add(checks, "relayd", NULL, "warn", "restart relayd",
			       "relaycli is %s: an upgrade without a restart?", RELAY_VERSION);
	return result;
}

static void
check_file(struct cli *cli, const char *given, json_t *checks)
{
	struct cli_relayd_question none = { 0 };
	struct buf file, said;
	struct span text;
	int status;

	buf_init(&file, 8192);
	buf_init(&said, SAID_MAX_BYTES);
	if (given != NULL)
		(void)buf_append(&file, given, strlen(given) + 1);
	else
		cli_relayd_file(cli, &file);
	if (access(buf_data(&file), F_OK) == 0 && access(buf_data(&file), R_OK) < 0) {
		cli_doctor_add(checks, "config", buf_data(&file), "unknown",
			       "run relaycli doctor as root or as relayd's user",
			       "you may not read it");
	} else {
		status = cli_relayd_check(buf_data(&file), &none, &said);
		text = span_trim(buf_span(&said));
		if (status != 0)
			cli_doctor_add(checks, "config", buf_data(&file), "fail",
				       "correct it, then: relaycli config check", "%.*s",
				       (int)(text.n < 600 ? text.n : 600),
				       text.n ? text.p : "relayd --check cannot be run");
		else if (text.n > 0)
			cli_doctor_add(checks, "config", buf_data(&file), "unknown", NULL, "%.*s",
				       (int)(text.n < 600 ? text.n : 600), text.p);
		else
			cli_doctor_add(checks, "config", buf_data(&file), "ok", NULL,
				       "relayd --check finds nothing wrong");
	}
	buf_deinit(&file);
	buf_deinit(&said);
}

/* ---- --live ------------------------------------------------------------------------------ */

static void
look_again(struct cli *cli, const char *method, const char *key, const json_t *names,
           json_t *checks)
{
	struct api_error error;
	const json_t *name;
	json_t *result;
	size_t i;

	json_array_foreach(names, i, name) {
		json_t *params = json_object();

		if (cli_interrupted) {
			json_decref(params);
			return;
		}
		api_json_put_text(params, key, json_string_value(name));
		if (cli_try(cli, method, params, LIVE_MS, &result, &error) < 0)
			cli_doctor_add(checks, "live", json_string_value(name), "unknown", NULL,
				       "it could not be asked again: %s", error.message);
		json_decref(result);
	}
}

/* ---- credentials that nobody uses ---------------------------------------------------------- */

static void
check_unused(struct cli *cli, json_t *checks)
{
	json_t *result = ask(cli, "credential.list", checks);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(result, "items"), i, one) {
		const char *name = api_json_get_text(one, "name"),
			   *state = api_json_get_text(one, "state");
		int64_t used = api_json_get_time(one, "last_used_at");
		int64_t since = used ? used : api_json_get_time(one, "created_at");
		char day[CLOCK_DAY_SIZE], todo[400];

		if (state == NULL || strcmp(state, "active") != 0 ||
		    clock_unix_ms() - since < UNUSED_MS)
			continue;
		clock_format_day(since, day);
		(void)snprintf(todo, sizeof todo, "nobody misses it? relaycli credential revoke "
			       "%.255s", name);
		cli_doctor_add(checks, "credential", name, "warn", todo, "%s %s",
			       used ? "last used on" : "never used since it was made on", day);
	}
	json_decref(result);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool
is_state(const json_t *row, const char *state)
{
	return strcmp(api_json_get_text(row, "state"), state) == 0;
}

/* first_of - the row to act on first: the first that is worst. NULL: nothing is to be done. */
static const json_t *
first_of(const json_t *checks, const char **state_out)
{
	static const char *const states[] = { "fail", "warn", "unknown" };
	const json_t *row;
	size_t i;

	for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
		*state_out = states[s];
		json_array_foreach(checks, i, row) {
			if (is_state(row, states[s]))
				return row;
		}
	}
	*state_out = "ok";
	return NULL;
}

static bool
has_state(const json_t *checks, const char *state)
{
	const json_t *row;
	size_t i;

	json_array_foreach(checks, i, row) {
		if (is_state(row, state))
			return true;
	}
	return false;
}

static json_t *
sum_up(json_t *checks)
{
	json_t *result = api_json_new("relay.doctor/1");
	const char *state;
	const json_t *first = first_of(checks, &state);
	const char *todo = first ? api_json_get_text(first, "todo") : NULL;

	api_json_put_text(result, "state", state);
	api_json_put_text(result, "first",
			  todo ? todo : first ? api_json_get_text(first, "seen") : NULL);
	api_json_put(result, "items", checks);
	return result;
}

void
cli_doctor_put(const struct cli *cli, const json_t *checks)
{
	const json_t *row;
	struct buf text;
	size_t i;

	json_array_foreach(checks, i, row) {
		const char *object = api_json_get_text(row, "object");

		buf_init(&text, SAID_MAX_BYTES);
		(void)buf_printf(&text, "%s%s%s: %s", api_json_get_text(row, "check"),
				 object ? " " : "", object ? object : "",
				 api_json_get_text(row, "seen"));
		(void)buf_append(&text, "", 1);
		cli_say("%-8s ", is_state(row, "fail") ? "FAIL" : api_json_get_text(row, "state"));
		cli_put_hanging(cli, buf_data(&text), INDENT, INDENT);
		buf_deinit(&text);
		if (api_json_get_text(row, "todo") != NULL) {
			cli_say("%*s-> ", INDENT, "");
			cli_put_hanging(cli, api_json_get_text(row, "todo"), INDENT + 3, INDENT);
		}
	}
}

static void
put_text(const struct cli *cli, const json_t *result)
{
	cli_doctor_put(cli, json_object_get(result, "items"));
	cli_say("\n");
	if (api_json_get_text(result, "first") == NULL)
		cli_say("Do first: nothing, all is well.\n");
	else
		cli_say("Do first:\n");
	if (api_json_get_text(result, "first") != NULL)
		cli_put_wrapped(cli, api_json_get_text(result, "first"), 2);
}

static int
put_result(struct cli *cli, const json_t *result)
{
	static const struct cli_column columns[] = {
		{ "state", { .header = "STATE", .keeps = true }, CLI_AS_TEXT },
		{ "check", { .header = "CHECK", .keeps = true }, CLI_AS_TEXT },
		{ "object", { .header = "OBJECT" }, CLI_AS_TEXT },
		{ "seen", { .header = "SEEN" }, CLI_AS_TEXT },
		{ "todo", { .header = "WAY OUT" }, CLI_AS_TEXT },
	};
	const json_t *checks = json_object_get(result, "items");
	int code = CLI_DONE;

	if (cli->form != CLI_TEXT || cli->fields)
		code = cli_put_list(cli, result, columns, sizeof columns / sizeof *columns);
	else if (!cli->is_quiet)
		put_text(cli, result);
	if (code != CLI_DONE)
		return code;
	return has_state(checks, "fail") ? CLI_FAILED
	       : has_state(checks, "unknown") ? CLI_PARTIAL : CLI_DONE;
}

int
cli_doctor(struct cli *cli, const struct command_line *line)
{
	json_t *checks = json_array(), *daemon = greet(cli, checks), *config, *result;
	int code;

	if (daemon != NULL && command_line_has(line, "live")) {
		look_again(cli, "domain.check", "name", json_object_get(daemon, "domains"), checks);
		look_again(cli, "pool.check", "address", json_object_get(daemon, "addresses"),
			   checks);
		json_decref(daemon);
		daemon = ask(cli, "doctor.check", checks);
	}
	check_file(cli, command_line_text(line, "config"), checks);
	if (daemon != NULL) {
		json_array_extend(checks, json_object_get(daemon, "checks"));
		if (api_json_get_text(daemon, "resolver") != NULL)
			cli_doctor_resolver(checks, api_json_get_text(daemon, "resolver"),
					    api_json_get_bool(daemon, "dns_trusted"));
		config = ask(cli, "config.show", checks);
		if (config != NULL)
			cli_doctor_ports(cli, config, checks);
		json_decref(config);
		check_unused(cli, checks);
	}
	cli_doctor_host(checks, api_json_get_int(daemon, "pid", 0));
	json_decref(daemon);
	result = sum_up(checks);
	code = cli_interrupted ? CLI_INTERRUPTED : put_result(cli, result);
	json_decref(result);
	return code;
}
