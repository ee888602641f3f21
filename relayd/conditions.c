/* conditions.c - see conditions.h. */
#include "conditions.h"

#include <stdio.h>
#include <string.h>

#include "alert/alert_account.h"
#include "alert/alert_key.h"
#include "alert/alert_stop.h"
#include "base/clock.h"
#include "base/units.h"
#include "config_restart.h"
#include "smtp/smtp_address.h"

#define CERTIFICATE_WARNING_MS (14LL * 24 * 3600 * 1000)
#define KEY_SIZE 300
#define RESTART_NAMES_MAX 200

static void
say_store(const struct conditions *where, struct alert_round *round)
{
	struct store_stats stats;
	char room[UNITS_TEXT_SIZE];

	store_stats_read(where->store, &stats);
	if (stats.is_broken)
		alert_say(round, ALERT_ERROR, "store:broken",
		          "The store cannot write: nothing is accepted or delivered until it "
		          "can; relayd's log says why.");
	if (!stats.is_full)
		return;
	units_format_size(stats.free_bytes, room);
	alert_say(round, ALERT_ERROR, "store:full",
	          "The disk is nearly full (%s free): mail is refused with 452 until there is "
	          "room; what waits is delivered.", room);
}

static void
say_certificate(const struct conditions *where, struct alert_round *round)
{
	int64_t left_ms = tls_server_expires_unix_ms(where->tls) - clock_unix_ms();
	char left[UNITS_TEXT_SIZE];

	if (tls_server_is_self_signed(where->tls)) {
		alert_say(round, ALERT_WARNING, "certificate:self-signed",
		          "the certificate is self-signed: clients that verify will refuse; set "
		          "tls { certificate key } in relayd.conf");
	} else if (left_ms <= 0) {
		alert_say(round, ALERT_ERROR, "certificate:expired",
		          "the certificate has expired: clients refuse it; renew it, then: "
		          "relaycli config reload");
	} else if (left_ms <= CERTIFICATE_WARNING_MS) {
		units_format_duration(left_ms, left);
		alert_say(round, ALERT_WARNING, "certificate:expires",
		          "the certificate ends in %s: renew it, then: relaycli config reload",
		          left);
	}
}

/* say_source - the sentence is its own key: another one is another condition. */
static void
say_source(const struct source_report *report, struct alert_round *round)
{
	char text[240], key[KEY_SIZE];

	(void)snprintf(key, sizeof key, "source:%s", report->address);
	if (report->at_unix_ms == 0) {
		alert_keep(round, key);
		alert_keep(round, "blocklist:");
		return;
	}
	for (size_t i = 0; source_check_problem(report, i, text, sizeof text); i++) {
		(void)snprintf(key, sizeof key, "source:%s %s", report->address, text);
		alert_say(round, ALERT_WARNING, key, "%s", text);
	}
	/* of the list, not of the address: said once */
	for (size_t i = 0; i < report->lists; i++) {
		if (!source_check_refusal(report, i, text, sizeof text))
			continue;
		(void)snprintf(key, sizeof key, "blocklist:%.255s", report->list[i].name);
		alert_say(round, ALERT_WARNING, key, "%s", text);
	}
}

/* say_domain - record by record, so that each is raised and cleared for itself. Servers that
 * disagree or are silent say nothing new. */
static void
say_domain(const struct conditions *where, const struct domain_watch_row *row,
	   struct alert_round *round)
{
	const struct domain_report *report = row->report;
	bool is_held = dmarc_hold_has(where->dmarc_hold, row->name);
	char key[KEY_SIZE];

	(void)snprintf(key, sizeof key, "domain:%s ", row->name);
	if (report == NULL) {
		alert_keep(round, key);
		return;
	}
	if (!row->is_set_up)
		return;
	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];

		if (finding->is_optional || finding->state == DOMAIN_OK)
			continue;
		(void)snprintf(key, sizeof key, "domain:%s %s %s", row->name, finding->name,
		               finding->type);
		if (finding->state == DOMAIN_MISSING || finding->state == DOMAIN_DIFFERENT)
			alert_say(round, ALERT_WARNING, key, "%s: %s relaycli domain check %s",
			          row->name, finding->sentence, row->name);
		else
			alert_keep(round, key);
	}
	(void)snprintf(key, sizeof key, "domain:%s fails", row->name);
	if (!report->is_verdict_certain)
		alert_keep(round, key);
	else if (report->verdict != NULL && is_held)
		alert_say(round, ALERT_ERROR, key,
		          "%s: %s Sent like this before it was held: %llu.", row->name,
		          report->verdict, (unsigned long long)row->sent_failing);
	else if (report->verdict != NULL)
		alert_say(round, ALERT_ERROR, key,
		          "%s: %s Sent like this so far: %llu. To keep what comes: relaycli queue "
		          "hold --match from:@%s",
		          row->name, report->verdict, (unsigned long long)row->sent_failing,
		          row->name);
}

/* say_pool - somebody's mail waits for a pool that the configuration has no more. */
static void
say_pool(const struct conditions *where, const char *noun, const char *name, const char *pool,
         struct alert_round *round)
{
	char key[KEY_SIZE];

	if (pool == NULL || config_find_pool(where->config, pool) != NULL)
		return;
	(void)snprintf(key, sizeof key, "pool:%s:%.200s", noun, name);
	alert_say(round, ALERT_WARNING, key,
	          "pool %.64s of %s %.200s is not in relayd.conf: its mail waits; add the pool, "
	          "or: relaycli %s limit %.200s pool=default", pool, noun, name, noun, name);
}

static void
say_pools(const struct conditions *where, struct alert_round *round)
{
	const struct account_snapshot *all = where->accounts;

	for (size_t i = 0; i < all->credentials; i++)
		if (!all->credential[i]->is_revoked)
			say_pool(where, "credential", all->credential[i]->name,
			         all->credential[i]->pool, round);
	for (size_t i = 0; i < all->domains; i++)
		say_pool(where, "domain", all->domain[i]->name, all->domain[i]->pool, round);
}

static void
say_keys(const struct conditions *where, struct alert_round *round)
{
	if (where->plain_keys > 0)
		alert_say(round, ALERT_WARNING, "keys:plain",
			  "%zu DKIM keys are stored as they are, in each copy of the state "
			  "folder: relayd --make-master-key FILE, then master_key = \"FILE\" in "
			  "relayd.conf and a restart seal them",
			  where->plain_keys);
	if (where->unreadable != NULL)
		alert_say(round, ALERT_ERROR, "keys:unreadable",
			  "a DKIM key cannot be used, mail goes without its signature: %s",
			  where->unreadable);
}

/* say_unsigned - notices are signed by the domain of their address or one above it; where
 * there is no sender domain at all, nothing is sent yet that they could be about. */
static void
say_unsigned(const struct conditions *where, struct alert_round *round)
{
	const char *from = where->config->notices.from;
	const char *host = strrchr(from, '@') + 1; /* config_check saw to it */
	char domain[SMTP_DOMAIN_MAX + 1];

	if (where->accounts->domains == 0
	    || smtp_domain_ascii(span_of(host), domain, NULL) < 0
	    || account_snapshot_domain_above(where->accounts, span_of(domain)) != NULL)
		return;
	alert_say(round, ALERT_WARNING, "notices:unsigned",
		  "Notices to senders come from %.100s and are not signed, for %.100s is no sender "
		  "domain here: relaycli domain add %.100s, or notices { from = ... } in "
		  "relayd.conf with one that is", from, host, host);
}

static void
say_restart(const struct conditions *where, struct alert_round *round)
{
	struct buf names;

	buf_init(&names, RESTART_NAMES_MAX);
	if (config_restart_names(where->started, where->config, &names) > 0)
		alert_say(round, ALERT_WARNING, "restart",
			  "relayd.conf was changed where only a restart takes it: %.*s; the old "
			  "values are in use until then",
			  (int)names.len, buf_data(&names));
	buf_deinit(&names);
}

void
conditions_say(const struct conditions *where, struct alert_round *round)
{
	const struct source_report *report;
	struct domain_watch_row row;

	say_store(where, round);
	say_certificate(where, round);
	say_keys(where, round);
	say_restart(where, round);
	say_unsigned(where, round);
	say_pools(where, round);
	for (size_t i = 0; (report = source_watch_report(where->sources, i)) != NULL; i++)
		say_source(report, round);
	for (size_t i = 0; domain_watch_at(where->domains, i, &row); i++)
		say_domain(where, &row, round);
	dmarc_hold_say(where->dmarc_hold, round);
	alert_migrate_say(where->migrations, round);
	alert_stop_say(where->stops, round);
	alert_pool_say(where->pools, where->config, where->accounts, round);
	tripwire_say(where->tripwire, round);
	alert_secret_say(where->secrets, where->accounts, round);
	alert_key_say(round, where->accounts, where->config->alerts.key_age_ms, clock_unix_ms());
	alert_account_say(round, where->accounts, where->config->alerts.secret_age_ms,
	                  clock_unix_ms());
}
