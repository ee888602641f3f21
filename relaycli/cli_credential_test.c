/* cli_credential_test.c - credential test: the relay used as an application would use it, step by
 * step, and why a step fails.
 *
 *   credential.show, config.show -> password -> connect, TLS -> AUTH -> MAIL FROM of each sender
 *        -> quota -> (--to) one message, followed until it is delivered, given up or put off
 *
 * A failed login's reason is in relayd's log and not in its reply, which must not tell strangers;
 * an operator may read it. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_doctor.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "cli_password.h"
#include "cli_smtp.h"

#define SMTP_TIMEOUT_MS 30000 /* relayd holds the answer to a failed login back */
#define LOG_WAIT_MS 3000      /* it is written a moment later */
#define POLL_MS 200
#define SECRET_MAX_BYTES 4096

struct test {
	struct cli *cli;
	const char *name, *host;
	json_t *shown;                  /* credential.show's answer */
	const char *address, *tls;      /* of the listener; borrowed from config.show's */
	uint16_t port;
	struct cli_smtp *smtp;
	int64_t started_unix_ms;
	json_t *checks, *result;
	bool is_failed;
};

#define OK(test, check, ...) cli_doctor_add((test)->checks, (check), NULL, "ok", NULL, __VA_ARGS__)

static int
fail(struct test *test, const char *check, const char *object, const char *todo, const char *seen)
{
	cli_doctor_add(test->checks, check, object, "fail", todo, "%s", seen);
	test->is_failed = true;
	return -1;
}

/* ---- where: the listener that an application is told -------------------------------------- */

static int
find_listener(struct test *test, const json_t *config)
{
	int64_t port = api_json_get_int(test->shown, "port", 0);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(config, "listeners"), i, one) {
		if (port == 0 || api_json_get_int(one, "port", 0) != port)
			continue;
		test->address = cli_smtp_reachable(json_string_value(
			json_array_get(json_object_get(one, "address"), 0)));
		test->port = (uint16_t)port;
		test->tls = api_json_get_text(one, "tls");
		return CLI_DONE;
	}
	return cli_fail_text(test->cli, API_ERROR_FAILED,
			     "there is no listener for applications: listen \"submission\" { } in "
			     "relayd.conf and a restart");
}

/* ---- connection, TLS, login ------------------------------------------------------------------ */

static void
judge_certificate(struct test *test, const struct cli_smtp_facts *facts)
{
	char seen[CLI_SMTP_SEEN_SIZE];
	const char *state = cli_smtp_judge(facts, test->host, seen);

	cli_doctor_add(test->checks, "certificate", NULL, state,
		       strcmp(state, "ok") == 0
			       ? NULL : "get one that is, name it in tls { certificate key } of "
					"relayd.conf, then: relaycli config reload",
		       "%s", seen);
	test->is_failed |= strcmp(state, "fail") == 0;
}

static int
meet(struct test *test)
{
	struct cli_smtp_facts facts;
	struct err err;

	if (test->tls == NULL || strcmp(test->tls, "none") == 0)
		return fail(test, "connection", NULL, NULL,
			    "this listener has no TLS: no password is sent to it");
	test->smtp = cli_smtp_open(test->address, test->port, SMTP_TIMEOUT_MS, &err);
	if (test->smtp == NULL ||
	    cli_smtp_greet(test->smtp, test->host, test->tls, &facts, &err) < 0)
		return fail(test, "connection", NULL, "relaycli doctor", err.text);
	OK(test, "connection", "%s port %u, %s by %s", test->address, test->port, facts.version,
	   strcmp(test->tls, "implicit") == 0 ? "TLS at once" : "STARTTLS");
	judge_certificate(test, &facts);
	return 0;
}

/* log_reason - of the newest failed login as that name since we began. New reference; NULL. */
static json_t *
log_reason(struct test *test)
{
	char name[300], since[CLOCK_RFC3339_SIZE];
	json_t *params = json_object(), *terms = json_array(), *result, *one, *found = NULL;
	struct api_error error;
	size_t i;

	(void)snprintf(name, sizeof name, "cred:%s", test->name);
	clock_format_rfc3339(test->started_unix_ms, since);
	json_array_append_new(terms, json_string("event:auth.failed"));
	json_array_append_new(terms, api_json_string(span_of(name)));
	json_array_append_new(terms, json_string("since:1h"));
	api_json_put(params, "terms", terms);
	if (cli_try(test->cli, "log.search", params, 5000, &result, &error) < 0)
		return NULL;
	json_array_foreach(json_object_get(result, "items"), i, one) {
		const char *at = api_json_get_text(one, "at");

		if (found == NULL && at != NULL && strcmp(at, since) >= 0)
			found = json_incref(json_object_get(one, "detail"));
	}
	json_decref(result);
	return found;
}

static void
pause_a_moment(void)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };

	(void)nanosleep(&pause, NULL);
}

static int
refused(struct test *test, const struct cli_smtp_reply *reply)
{
	int64_t end_ms = clock_mono_ms() + LOG_WAIT_MS;
	char seen[CLI_SMTP_TEXT_SIZE + 400], todo[400];
	json_t *why = NULL;

	while (reply->code == 535 && (why = log_reason(test)) == NULL && !cli_interrupted &&
	       clock_mono_ms() < end_ms)
		pause_a_moment();
	(void)snprintf(seen, sizeof seen, "refused: %d %s%s%.300s", reply->code, reply->text,
		       json_is_string(why) ? "; relayd's log says: "
		       : reply->code == 535 ? "; relayd's log says no more" : "",
		       json_is_string(why) ? json_string_value(why) : "");
	(void)snprintf(todo, sizeof todo, reply->code == 454
			       ? "wait: limits { auth_lockout } in relayd.conf says how long"
			       : "relaycli credential show %.200s", test->name);
	json_decref(why);
	return fail(test, "login", NULL, todo, seen);
}

/* log_in - by PLAIN (RFC 4616), as most applications do: the way is encrypted */
static int
log_in(struct test *test, const struct buf *secret)
{
	struct buf plain, line;
	struct cli_smtp_reply reply;
	struct err err;
	char *room;
	int rc = -1, n;

	if (!cli_smtp_offers(test->smtp, "AUTH", "PLAIN"))
		return fail(test, "login", NULL, NULL, "AUTH PLAIN is not offered");
	buf_init_secret(&plain, SECRET_MAX_BYTES + 1024);
	buf_init_secret(&line, 2 * SECRET_MAX_BYTES + 2048);
	(void)buf_append(&plain, "", 1);
	(void)buf_append_text(&plain, test->name);
	(void)buf_append(&plain, "", 1);
	(void)buf_append_span(&plain, buf_span(secret));
	(void)buf_append_text(&line, "AUTH PLAIN ");
	room = buf_reserve(&line, 4 * plain.len / 3 + 8);
	n = EVP_EncodeBlock((unsigned char *)room, (const unsigned char *)buf_data(&plain),
			    (int)plain.len);
	buf_commit(&line, (size_t)n);
	if (cli_smtp_command(test->smtp, buf_span(&line), &reply, &err) < 0)
		(void)fail(test, "login", NULL, NULL, err.text);
	else if (reply.code != 235)
		(void)refused(test, &reply);
	else
		rc = 0;
	buf_deinit(&plain);
	buf_deinit(&line);
	if (rc == 0)
		OK(test, "login", "PLAIN, %d %s", reply.code, reply.text);
	return rc;
}

/* ---- senders, quota -------------------------------------------------------------------------- */

/* sender_of - an address of what it may send as: "@shop.example" is any there */
static void
sender_of(const char *from, char *out, size_t size)
{
	(void)snprintf(out, size, "%s%s", from[0] == '@' ? "relay-test" : "", from);
}

static void
try_senders(struct test *test)
{
	const json_t *from = json_object_get(json_object_get(test->shown, "credential"), "from");
	struct cli_smtp_reply reply = { 0 };
	const json_t *one;
	struct err err;
	char sender[330], seen[CLI_SMTP_TEXT_SIZE + 32];
	size_t i;

	if (json_array_size(from) == 0)
		(void)fail(test, "sender", NULL, "relaycli credential limit NAME from=@DOMAIN",
			   "it may send as nobody");
	json_array_foreach(from, i, one) {
		sender_of(json_string_value(one), sender, sizeof sender);
		if (cli_smtp_printf(test->smtp, &reply, &err, "MAIL FROM:<%s>", sender) < 0) {
			(void)fail(test, "sender", sender, NULL, err.text);
			return;
		}
		(void)snprintf(seen, sizeof seen, "%d %s", reply.code, reply.text);
		if (reply.code != 250)
			(void)fail(test, "sender", sender, NULL, seen);
		else
			cli_doctor_add(test->checks, "sender", sender, "ok", NULL, "%s", seen);
		if (cli_smtp_command(test->smtp, SPAN_LIT("RSET"), &reply, &err) < 0) {
			(void)fail(test, "sender", sender, NULL, err.text);
			return;
		}
	}
}

static void
tell_quota(struct test *test)
{
	static const struct {
		const char *key, *label;
	} windows[] = { { "rate", "rate" }, { "day", "today" }, { "month", "this month" } };
	const json_t *credential = json_object_get(test->shown, "credential");
	char left_text[UNITS_TEXT_SIZE], limit_text[UNITS_TEXT_SIZE];
	size_t limited = 0;

	for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
		const json_t *window = json_object_get(credential, windows[i].key);
		int64_t limit = api_json_get_int(window, "limit", 0);
		int64_t left = limit - api_json_get_int(window, "used", 0);

		if (limit == 0)
			continue;
		limited++;
		units_format_count((uint64_t)(left > 0 ? left : 0), left_text);
		units_format_count((uint64_t)limit, limit_text);
		cli_doctor_add(test->checks, "quota", windows[i].label, left > 0 ? "ok" : "warn",
			       NULL, "%s of %s recipients are left", left_text, limit_text);
	}
	if (limited == 0)
		OK(test, "quota", "it has none");
}

/* ---- --to: one message, and what becomes of it ------------------------------------- */

static int
expect(struct test *test, const struct cli_smtp_reply *reply, int code, const char *step)
{
	char seen[CLI_SMTP_TEXT_SIZE + 64];

	if (reply->code == code)
		return 0;
	(void)snprintf(seen, sizeof seen, "%s is refused: %d %s", step, reply->code, reply->text);
	return fail(test, "message", NULL, NULL, seen);
}

static void
write_message(const struct test *test, const char *sender, const char *to, struct buf *out)
{
	char date[CLOCK_RFC5322_SIZE];
	int64_t now = clock_unix_ms();

	clock_format_rfc5322(now, date);
	(void)buf_printf(out, "From: <%s>\r\nTo: <%s>\r\nSubject: Test of the relay %s\r\n"
			 "Date: %s\r\nMessage-ID: <relay-test.%lld.%ld@%s>\r\n"
			 "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
			 "Sent by: relaycli credential test %s\r\n.\r\n",
			 sender, to, test->host, date, (long long)now, (long)getpid(),
			 strrchr(sender, '@') ? strrchr(sender, '@') + 1 : test->host,
			 test->name);
}

/* send_message - its queue id into id, or -1 */
static int
send_message(struct test *test, const char *sender, const char *to, char id[16])
{
	struct cli_smtp_reply reply;
	struct buf message;
	struct err err = { 0 };
	const char *queued;
	int rc = -1;

	buf_init(&message, 8192);
	write_message(test, sender, to, &message);
	if (cli_smtp_printf(test->smtp, &reply, &err, "MAIL FROM:<%s>", sender) == 0 &&
	    expect(test, &reply, 250, "MAIL") == 0 &&
	    cli_smtp_printf(test->smtp, &reply, &err, "RCPT TO:<%s>", to) == 0 &&
	    expect(test, &reply, 250, "RCPT") == 0 &&
	    cli_smtp_command(test->smtp, SPAN_LIT("DATA"), &reply, &err) == 0 &&
	    expect(test, &reply, 354, "DATA") == 0 &&
	    cli_smtp_send(test->smtp, buf_span(&message), &err) == 0 &&
	    cli_smtp_read(test->smtp, &reply, &err) == 0 &&
	    expect(test, &reply, 250, "the message") == 0)
		rc = 0;
	buf_deinit(&message);
	if (rc < 0)
		return test->is_failed ? -1 : fail(test, "message", NULL, NULL, err.text);
	queued = strstr(reply.text, "queued as ");
	(void)snprintf(id, 16, "%.13s", queued ? queued + strlen("queued as ") : "");
	OK(test, "message", "accepted from %s, %d %s", sender, reply.code, reply.text);
	return 0;
}

/* last_reply - what was said to its last attempt; NULL */
static const char *
last_reply(const json_t *item)
{
	const char *words = NULL;
	const json_t *event;
	size_t i;

	json_array_foreach(json_object_get(item, "events"), i, event) {
		if (api_json_get_text(event, "reply"))
			words = api_json_get_text(event, "reply");
	}
	return words;
}

static const struct {
	const char *status, *state;
	int code;
} ends[] = {
	{ "delivered", "ok", CLI_DONE },	   { "deferred", "warn", CLI_WAITING },
	{ "held", "warn", CLI_WAITING },	   { "scheduled", "warn", CLI_WAITING },
	{ "bounced", "fail", CLI_UNDELIVERED },	   { "suppressed", "fail", CLI_UNDELIVERED },
	{ "expired", "fail", CLI_UNDELIVERED },	   { "cancelled", "fail", CLI_UNDELIVERED },
	{ "rejected", "fail", CLI_UNDELIVERED },
};

/* is_ended - what became of it, told; false: it is still under way */
static bool
is_ended(struct test *test, const char *id, int *code_out)
{
	json_t *params = json_object(), *shown;
	const char *status, *reply, *host, *why;
	struct api_error error;
	const json_t *item;
	char todo[64];
	size_t i = 0;

	api_json_put_text(params, "id", id);
	if (cli_try(test->cli, "message.show", params, 5000, &shown, &error) < 0)
		return false;
	item = json_array_get(json_object_get(json_object_get(shown, "message"), "recipients"), 0);
	why = json_string_value(json_array_get(json_object_get(shown, "waiting"), 0));
	if (why != NULL)
		api_json_put_text(test->result, "waiting", why);
	status = api_json_get_text(item, "status");
	while (i < sizeof ends / sizeof *ends &&
	       (status == NULL || strcmp(status, ends[i].status) != 0))
		i++;
	if (i < sizeof ends / sizeof *ends) {
		reply = last_reply(item);
		host = api_json_get_text(test->result, "to");
		(void)snprintf(todo, sizeof todo, "relaycli message show %.13s", id);
		cli_doctor_add(test->checks, "delivery", host, ends[i].state,
			       ends[i].code == CLI_DONE ? NULL : todo, "%s%s%s", status,
			       reply ? ": " : "", reply ? reply : "");
		api_json_put_text(test->result, "status", status);
		api_json_put_text(test->result, "reply", reply);
		*code_out = ends[i].code;
	}
	json_decref(shown);
	return i < sizeof ends / sizeof *ends;
}

static int
follow(struct test *test, const char *id)
{
	int64_t end_ms = clock_mono_ms() + test->cli->timeout_ms;
	const char *why;
	char todo[64];
	int code;

	api_json_put_text(test->result, "message", id);
	while (!cli_interrupted && clock_mono_ms() < end_ms) {
		if (is_ended(test, id, &code))
			return code;
		pause_a_moment();
	}
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	why = api_json_get_text(test->result, "waiting");
	(void)snprintf(todo, sizeof todo, "relaycli message show %.13s", id);
	cli_doctor_add(test->checks, "delivery", NULL, "unknown", todo,
		       "it is still under way%s%s", why ? ": " : "", why ? why : "");
	return CLI_TIMEOUT;
}

static int
send_and_follow(struct test *test, const struct command_line *line)
{
	const json_t *from = json_object_get(json_object_get(test->shown, "credential"), "from");
	const char *to = command_line_text(line, "to"), *as = command_line_text(line, "from");
	char sender[330] = "", id[16];

	if (as != NULL)
		(void)snprintf(sender, sizeof sender, "%s", as);
	else if (json_array_size(from) > 0)
		sender_of(json_string_value(json_array_get(from, 0)), sender, sizeof sender);
	api_json_put_text(test->result, "to", to);
	return send_message(test, sender, to, id) < 0 ? CLI_FAILED : follow(test, id);
}

/* ---- the whole ------------------------------------------------------------------- */

static int
run(struct test *test, const struct command_line *line, const struct buf *secret)
{
	int code;

	if (meet(test) < 0 || log_in(test, secret) < 0)
		return CLI_FAILED;
	try_senders(test);
	tell_quota(test);
	code = command_line_has(line, "to") && !test->is_failed ? send_and_follow(test, line)
							       : CLI_DONE;
	return code == CLI_DONE && test->is_failed ? CLI_FAILED : code;
}

/* takes_address - of --to and --from: it goes into a command and a header as it is */
static bool
takes_address(const struct command_line *line, const char *flag)
{
	const char *text = command_line_text(line, flag);

	return text == NULL || (strlen(text) <= 320 && strchr(text, '@') != NULL &&
				strpbrk(text, "<> \t\r\n,;") == NULL);
}

static int
ask_first(struct test *test, const struct command_line *line, json_t **config_out)
{
	json_t *params = json_object();
	int code;

	if (!takes_address(line, "to") || !takes_address(line, "from")) {
		json_decref(params);
		return cli_fail_text(test->cli, API_ERROR_PARAMS,
				     "--to and --from are one address, as in ann@shop.example");
	}
	api_json_put_text(params, "name", test->name);
	code = cli_call(test->cli, "credential.show", params, &test->shown);
	if (code == CLI_DONE)
		code = cli_call(test->cli, "config.show", NULL, config_out);
	if (code != CLI_DONE)
		return code;
	test->name = api_json_get_text(test->shown, "user");
	test->host = api_json_get_text(test->shown, "host");
	return find_listener(test, *config_out);
}

static void
put(struct cli *cli, const struct test *test)
{
	if (cli_put_json(cli, test->result) || cli->is_quiet)
		return;
	if (!cli_put_object(cli, test->result))
		cli_doctor_put(test->cli, test->checks);
}

int
cli_credential_test(struct cli *cli, const struct command_line *line)
{
	struct test test = { .cli = cli, .name = line->word[0],
			     .started_unix_ms = clock_unix_ms() };
	json_t *config = NULL;
	struct buf secret;
	int code = ask_first(&test, line, &config);

	buf_init_secret(&secret, SECRET_MAX_BYTES);
	if (code == CLI_DONE)
		code = cli_password_read(cli, line, &secret);
	if (code == CLI_DONE) {
		test.checks = json_array();
		test.result = api_json_new("relay.credential.test/1");
		api_json_put_text(test.result, "name", test.name);
		api_json_put_text(test.result, "host", test.host);
		api_json_put_int(test.result, "port", test.port);
		code = run(&test, line, &secret);
		api_json_put_bool(test.result, "ok", code == CLI_DONE);
		api_json_put(test.result, "items", test.checks);
		put(cli, &test);
		json_decref(test.result);
	}
	buf_deinit(&secret);
	cli_smtp_close(&test.smtp);
	json_decref(test.shown);
	json_decref(config);
	return cli_interrupted ? CLI_INTERRUPTED : code;
}
