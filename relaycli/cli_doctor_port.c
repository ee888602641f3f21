/* cli_doctor_port.c - see cli_doctor.h: the ports as a client on this host sees them, and what of
 * the world outside can be told from here. */
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli_doctor.h"
#include "cli_smtp.h"

#define PORT_TIMEOUT_MS 5000

/* is_told - relayd's own check of its certificate is not ok: once is enough */
static bool
is_told(const json_t *checks)
{
	const json_t *row;
	size_t i;

	json_array_foreach(checks, i, row) {
		if (strcmp(api_json_get_text(row, "check"), "certificate") == 0 &&
		    strcmp(api_json_get_text(row, "state"), "ok") != 0)
			return true;
	}
	return false;
}

static void
add_certificate(json_t *checks, const char *object, const char *host,
                const struct cli_smtp_facts *facts, bool has_auth)
{
	char seen[CLI_SMTP_SEEN_SIZE];
	const char *state = cli_smtp_judge(facts, host, seen);
	bool is_twice = strcmp(state, "warn") == 0 && is_told(checks);

	cli_doctor_add(checks, "listener", object, is_twice ? "ok" : state,
		       strcmp(state, "ok") == 0 || is_twice
			       ? NULL : "get one that is, name it in tls { certificate key }, "
					"then: relaycli config reload",
		       "%s, it %s AUTH; %s", facts->version,
		       has_auth ? "offers" : "does not offer", seen);
}

static void
check_port(const json_t *listener, const char *address, const char *host, json_t *checks)
{
	const char *tls = api_json_get_text(listener, "tls");
	uint16_t port = (uint16_t)api_json_get_int(listener, "port", 0);
	struct cli_smtp_facts facts;
	struct cli_smtp *smtp;
	struct err err;
	char object[120];

	(void)snprintf(object, sizeof object, "%s port %u", address, port);
	smtp = cli_smtp_open(cli_smtp_reachable(address), port, PORT_TIMEOUT_MS, &err);
	if (smtp == NULL || cli_smtp_greet(smtp, host, tls ? tls : "none", &facts, &err) < 0)
		cli_doctor_add(checks, "listener", object, "fail",
			       "see what holds it (ss -ltnp) and relayd's log (journalctl -u "
			       "relayd); only a restart opens a listener", "%s", err.text);
	else if (tls == NULL || strcmp(tls, "none") == 0)
		cli_doctor_add(checks, "listener", object, "ok", NULL, "it answers, without TLS");
	else
		add_certificate(checks, object, host, &facts,
				cli_smtp_offers(smtp, "AUTH", NULL));
	cli_smtp_close(&smtp);
}

/* note_outside - said, not guessed: nothing here sees the way in from elsewhere */
static void
note_outside(const json_t *listener, const char *host, json_t *checks)
{
	const char *tls = api_json_get_text(listener, "tls");
	char todo[400];

	(void)snprintf(todo, sizeof todo, "elsewhere: openssl s_client -connect %.253s:%lld%s "
		       "-verify_return_error", host,
		       (long long)api_json_get_int(listener, "port", 0),
		       tls && strcmp(tls, "starttls") == 0 ? " -starttls smtp" : "");
	cli_doctor_add(checks, "outside", NULL, "note", todo,
		       "whether a firewall lets clients in, and whether their DNS leads here, "
		       "cannot be seen from this host");
}

/* check_out - what was delivered is the proof; nothing is connected to only to see */
static void
check_out(struct cli *cli, json_t *checks)
{
	struct api_error error;
	json_t *status = NULL;
	int64_t delivered = 0;

	if (cli_try(cli, "status.show", NULL, 5000, &status, &error) == 0)
		delivered = api_json_get_int(json_object_get(status, "totals"), "delivered", 0);
	if (delivered > 0)
		cli_doctor_add(checks, "port 25 out", NULL, "ok", NULL,
			       "%lld delivered since relayd started: mail gets out",
			       (long long)delivered);
	else
		cli_doctor_add(checks, "port 25 out", NULL, "unknown",
			       "nc -vz gmail-smtp-in.l.google.com 25 (many hosters close it until "
			       "asked)", "nothing was delivered since relayd started: whether "
			       "other servers can be reached is not known");
	json_decref(status);
}

void
cli_doctor_ports(struct cli *cli, const json_t *config, json_t *checks)
{
	const char *host = api_json_get_text(config, "hostname");
	const json_t *listener, *address, *open = NULL;
	size_t i, a;

	json_array_foreach(json_object_get(config, "listeners"), i, listener) {
		const char *kind = api_json_get_text(listener, "kind");

		json_array_foreach(json_object_get(listener, "address"), a, address) {
			if (json_string_value(address) != NULL)
				check_port(listener, json_string_value(address), host, checks);
		}
		if (open == NULL && kind != NULL && strncmp(kind, "submission", 10) == 0)
			open = listener;
	}
	if (open != NULL)
		note_outside(open, host, checks);
	check_out(cli, checks);
}
