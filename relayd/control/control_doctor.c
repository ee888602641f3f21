/* control_doctor.c - a check-up of the installation, as far as relayd sees it; relaycli doctor
 * adds what a client sees.
 *
 * What lasts and is wrong is an alert already: each alert becomes a row of the check that its
 * key belongs to, and a check without alerts says what is right. Nothing is judged twice.
 * Thread: main. */
#include "control/control_doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "config_text.h"
#include "control/control_private.h"

static const char *const state_names[] = {
	[DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail",
	[DOCTOR_UNKNOWN] = "unknown",
};

void
control_doctor_add(json_t *checks, const char *check, const char *object,
		   enum control_doctor_state state, const char *todo, const char *fmt, ...)
{
	json_t *one = json_object();
	char seen[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(seen, sizeof seen, fmt, ap);
	va_end(ap);
	api_json_put_text(one, "check", check);
	api_json_put_text(one, "object", object);
	api_json_put_text(one, "state", state_names[state]);
	api_json_put_text(one, "seen", seen);
	api_json_put_text(one, "todo", todo);
	json_array_append_new(checks, one);
}

/* ---- alerts: each belongs to a check ------------------------------------------------- */

static const struct {
	const char *key, *check; /* how its key begins */
} kinds[] = {
	{ "store:", "store" },
	{ "certificate:", "certificate" },
	{ "restart", "restart" },
	{ "keys:", "dkim" },
	{ "dkim:", "dkim" },
	{ "domain:", "domain" },
	{ "held:", "domain" },
	{ "source:", "address" },
	{ "missing:", "address" },
	{ "quota:", "credential" },
	{ "expiry:", "credential" },
	{ "secret:", "credential" },
	{ "keyless:", "credential" },
	{ "retire:", "credential" },
	{ "pool:", "credential" },
};

static const char *
check_of(const char *key)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(key, kinds[i].key, strlen(kinds[i].key)) == 0)
			return kinds[i].check;
	return "alert";
}

/* is_about - "domain:a.example SPF", "source:192.0.2.1 ...": this very object; NULL: any */
static bool
is_about(const char *key, const char *object)
{
	const char *rest = strchr(key, ':');
	size_t n;

	if (object == NULL)
		return true;
	n = strlen(object);
	return rest != NULL && strncmp(rest + 1, object, n) == 0 &&
	       (rest[1 + n] == ' ' || rest[1 + n] == '\0');
}

/* put_alerts - those of a check, and of one object. Returns how many. */
static size_t
put_alerts(const struct control_call *call, json_t *checks, const char *check, const char *object)
{
	const struct alert *alerts = call->control->options.alert;
	struct alert_row row;
	size_t count = 0;

	for (size_t i = 0; alert_at(alerts, i, &row); i++) {
		if (strcmp(check_of(row.key), check) != 0 || !is_about(row.key, object))
			continue;
		control_doctor_add(checks, check, object,
				   row.level == ALERT_ERROR ? DOCTOR_FAIL : DOCTOR_WARN, NULL,
				   "%s", row.text);
		count++;
	}
	return count;
}

/* ---- what is right when there is no alert --------------------------------------------- */

static void
check_store(const struct control_call *call, json_t *checks)
{
	struct store_stats stats;

	if (put_alerts(call, checks, "store", NULL) > 0)
		return;
	store_stats_read(call->control->options.store, &stats);
	control_doctor_add(checks, "store", NULL, DOCTOR_OK, NULL,
			   "it can be written; %llu commits since the start",
			   (unsigned long long)stats.commits);
}

static void
check_restart(const struct control_call *call, json_t *checks)
{
	const struct config *config = call->control->config;
	struct err err;
	char *text = config_text_read(config->file, &err);

	if (text == NULL)
		control_doctor_add(checks, "reload", NULL, DOCTOR_FAIL,
				   "put it back where it was, or restart relayd with another",
				   "%s: relayd runs, but could not start again", err.text);
	else if (strcmp(text, config->text) != 0)
		control_doctor_add(checks, "reload", NULL, DOCTOR_WARN,
				   "relaycli config diff shows what; relaycli config reload takes "
				   "it",
				   "%s was changed and is not what relayd runs with",
				   config->file);
	else
		control_doctor_add(checks, "reload", NULL, DOCTOR_OK, NULL,
				   "relayd runs with %s as it is on disk", config->file);
	mem_free(text);
	if (put_alerts(call, checks, "restart", NULL) == 0)
		control_doctor_add(checks, "restart", NULL, DOCTOR_OK, NULL,
				   "nothing waits for a restart");
}

static void
check_certificate(const struct control_call *call, json_t *checks)
{
	if (put_alerts(call, checks, "certificate", NULL) == 0)
		control_doctor_add(checks, "certificate", NULL, DOCTOR_OK, NULL,
				   "it is not self-made and does not end within 14 days");
}

static void
check_domain(const struct control_call *call, const char *name, json_t *checks)
{
	const struct domain_report *report;
	struct domain_watch_row row;
	char todo[400], age[UNITS_TEXT_SIZE];

	if (put_alerts(call, checks, "domain", name) > 0)
		return;
	report = domain_watch_find(call->control->options.domains, name, &row) ? row.report : NULL;
	(void)snprintf(todo, sizeof todo, "relaycli domain check %s", name);
	if (report == NULL) {
		control_doctor_add(checks, "domain", name, DOCTOR_UNKNOWN, todo,
				   "its records were not looked at yet");
		return;
	}
	units_format_duration(clock_unix_ms() - report->at_unix_ms, age);
	if (report->state == DOMAIN_UNREADABLE || report->state == DOMAIN_SPREADING)
		control_doctor_add(checks, "domain", name, DOCTOR_UNKNOWN, todo,
				   "%s (seen %s ago)", report->sentence, age);
	else if (report->state == DOMAIN_OK)
		control_doctor_add(checks, "domain", name, DOCTOR_OK, NULL,
				   "%s (seen %s ago)", report->sentence, age);
	else /* not set up yet, so no alert */
		control_doctor_add(checks, "domain", name, DOCTOR_WARN, todo,
				   "%s (seen %s ago)", report->sentence, age);
}

static void
check_domains(const struct control_call *call, json_t *checks)
{
	const struct account_snapshot *all = account_snapshot(call->control->options.account);

	for (size_t i = 0; i < all->domains; i++)
		check_domain(call, all->domain[i]->name, checks);
	if (all->domains == 0)
		control_doctor_add(checks, "domain", NULL, DOCTOR_WARN,
				   "relaycli domain add DOMAIN, and publish what it prints",
				   "there is no sending domain: nothing is signed");
}

/* check_lists - one that does not answer us is not a clean one */
static size_t
check_lists(const struct source_report *report, json_t *checks)
{
	size_t unknown = 0;

	for (size_t i = 0; i < report->lists; i++) {
		const struct source_list *list = &report->list[i];

		if (list->listing != SOURCE_LIST_REFUSED && list->listing != SOURCE_LIST_UNKNOWN)
			continue;
		unknown++;
		control_doctor_add(checks, "address", report->address, DOCTOR_UNKNOWN,
				   list->listing == SOURCE_LIST_REFUSED
					   ? "ask by a resolver of your own, see dns.nameservers"
					   : NULL,
				   "blocklist %s %s", list->name,
				   list->listing == SOURCE_LIST_REFUSED
					   ? "refuses to answer this resolver"
					   : "does not answer");
	}
	return unknown;
}

static void
check_source(const struct control_call *call, const struct source_report *report, json_t *checks)
{
	char todo[120];
	size_t said = put_alerts(call, checks, "address", report->address);

	if (report->at_unix_ms == 0) {
		(void)snprintf(todo, sizeof todo, "relaycli pool ip check %s", report->address);
		control_doctor_add(checks, "address", report->address, DOCTOR_UNKNOWN, todo,
				   "it was not looked at yet");
		return;
	}
	if (report->ptr == SOURCE_PTR_UNKNOWN && !report->is_missing)
		control_doctor_add(checks, "address", report->address, DOCTOR_UNKNOWN, NULL,
				   "its PTR record cannot be read: %s",
				   report->ptr_why ? report->ptr_why : "no answer");
	else if (check_lists(report, checks) == 0 && said == 0 && !report->is_missing)
		control_doctor_add(checks, "address", report->address, DOCTOR_OK, NULL,
				   "PTR %s leads back to it, it greets as %s; on none of %zu "
				   "blocklists", report->ptr_name, report->ehlo, report->lists);
}

static void
check_sources(const struct control_call *call, json_t *checks)
{
	const struct source_watch *sources = call->control->options.sources;
	const struct source_report *report;
	const char *const missing = "missing:";
	struct alert_row row;
	size_t i;

	for (i = 0; (report = source_watch_report(sources, i)) != NULL; i++)
		check_source(call, report, checks);
	if (i == 0)
		control_doctor_add(checks, "address", NULL, DOCTOR_UNKNOWN,
				   "name the addresses that mail leaves by: delivery { source = "
				   "{\"ADDRESS\"} } in relayd.conf",
				   "the system chooses the address that mail leaves by: PTR "
				   "record, greeting and blocklists are not looked at");
	else if (call->control->config->source_check.blocklists == 0)
		control_doctor_add(checks, "address", NULL, DOCTOR_WARN,
				   "source_check { blocklists = {\"zen.spamhaus.org\"} } in "
				   "relayd.conf", "no blocklist is asked");
	for (i = 0; alert_at(call->control->options.alert, i, &row); i++)
		if (strncmp(row.key, missing, strlen(missing)) == 0)
			control_doctor_add(checks, "address", NULL, DOCTOR_WARN, NULL, "%s",
					   row.text);
}

static void
check_accounts(const struct control_call *call, json_t *checks)
{
	const struct account_snapshot *all = account_snapshot(call->control->options.account);
	size_t keys = 0, credentials = 0;

	for (size_t i = 0; i < all->domains; i++)
		keys += all->domain[i]->keys;
	for (size_t i = 0; i < all->credentials; i++)
		credentials += !all->credential[i]->is_revoked;
	if (put_alerts(call, checks, "dkim", NULL) == 0)
		control_doctor_add(checks, "dkim", NULL, DOCTOR_OK, NULL,
				   "%zu keys, all sealed and none too old", keys);
	if (put_alerts(call, checks, "credential", NULL) > 0)
		return;
	if (credentials == 0)
		control_doctor_add(checks, "credential", NULL, DOCTOR_WARN,
				   "relaycli credential create NAME --from @DOMAIN",
				   "there is no credential: nobody can send");
	else
		control_doctor_add(checks, "credential", NULL, DOCTOR_OK, NULL,
				   "%zu, none too old, expired or out of its quota",
				   credentials);
}

static void
check_alerts(const struct control_call *call, json_t *checks)
{
	if (put_alerts(call, checks, "alert", NULL) == 0)
		control_doctor_add(checks, "alert", NULL, DOCTOR_OK, NULL,
				   "no other alert is raised");
}

/* ---- where the others can look --------------------------------------------------------- */

static json_t *
names_json(const struct control_call *call, json_t **addresses_out)
{
	const struct account_snapshot *all = account_snapshot(call->control->options.account);
	json_t *names = json_array();
	const struct source_report *report;

	for (size_t i = 0; i < all->domains; i++)
		json_array_append_new(names, api_json_string(span_of(all->domain[i]->name)));
	*addresses_out = json_array();
	for (size_t i = 0;
	     (report = source_watch_report(call->control->options.sources, i)) != NULL; i++)
		json_array_append_new(*addresses_out, api_json_string(span_of(report->address)));
	return names;
}

void
control_doctor_check(struct control_call *call)
{
	const struct config *config = call->control->config;
	json_t *result = api_json_new("relay.doctor.check/1"), *checks = json_array(), *addresses;
	char resolver[CONTROL_DOCTOR_RESOLVER_SIZE];

	alert_look(call->control->options.alert);
	api_json_put_text(result, "hostname", config->hostname);
	api_json_put_text(result, "version", RELAY_VERSION);
	api_json_put_text(result, "file", config->file);
	api_json_put_int(result, "pid", getpid());
	api_json_put_text(result, "resolver", control_doctor_resolver(config, resolver));
	api_json_put_bool(result, "dns_trusted", config->dns.trusted);
	api_json_put(result, "domains", names_json(call, &addresses));
	api_json_put(result, "addresses", addresses);
	check_store(call, checks);
	control_doctor_host(checks, config);
	check_restart(call, checks);
	check_certificate(call, checks);
	check_domains(call, checks);
	check_accounts(call, checks);
	check_sources(call, checks);
	check_alerts(call, checks);
	api_json_put(result, "checks", checks);
	control_call_answer(call, result);
}
