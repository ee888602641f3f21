/* pipeline_change.c - what changes while it runs, on its way to those who work by it; and
 * what others ask of the whole. Thread: main. */
#include "pipeline_private.h"

#include "base/log.h"
#include "materials.h"

int
pipeline_reload(void *arg, struct err *err)
{
	struct pipeline *p = arg;
	struct config *config = config_load(p->config->file, err);
	struct verdict_rules *rules = config == NULL ? NULL : materials_rules(config, err);
	struct tls_server *server = rules == NULL ? NULL : materials_certificates(config, err);
	struct store_options store;

	if (server == NULL) {
		LOG(LOG_ERROR, "config.refused", LOG_TEXT("reason", err->text),
		    LOG_TEXT("effect", "nothing changed"));
		verdict_rules_unref(&rules);
		config_unref(&config);
		return -1;
	}
	for (size_t i = 0; i < p->workers; i++) {
		worker_set_config(p->worker[i], config, rules);
		worker_set_tls(p->worker[i], server);
	}
	store = pipeline_store_options(config);
	store_reconfigure(p->store, &store);
	resolve_reconfigure(p->resolve, config);
	source_watch_set_config(p->sources, config);
	domain_watch_set_config(p->domains, config);
	rotation_set_config(p->rotation, config);
	schedule_reconfigure(p->schedule, config);
	notice_set_config(p->notice, config);
	alert_set_config(p->alert, config);
	control_set_config(p->control, config);
	control_set_rules(p->control, rules);
	log_set_level((enum log_level)(LOG_ERROR + config->log_level));
	config_unref(&p->config);
	p->config = config;
	verdict_rules_unref(&p->rules);
	p->rules = rules;
	tls_server_unref(&p->tls_server);
	p->tls_server = server;
	LOG(LOG_NOTICE, "config.reloaded", LOG_TEXT("file", config->file));
	return 0;
}

void
pipeline_accounts_changed(struct account_snapshot *snapshot, void *arg)
{
	struct pipeline *p = arg;

	for (size_t i = 0; i < p->workers; i++)
		worker_set_accounts(p->worker[i], snapshot);
	if (p->schedule != NULL)
		schedule_set_accounts(p->schedule, snapshot);
	if (p->notice != NULL)
		notice_set_accounts(p->notice, snapshot);
	if (p->alert != NULL)
		alert_set_accounts(p->alert, snapshot);
	if (p->tripwire != NULL)
		tripwire_set_accounts(p->tripwire, snapshot);
	if (p->dmarc_hold != NULL)
		dmarc_hold_look(p->dmarc_hold);
}

void
pipeline_suppressions_changed(struct suppress_set *set, void *arg)
{
	struct pipeline *p = arg;

	for (size_t i = 0; i < p->workers; i++)
		worker_set_suppressions(p->worker[i], set);
	if (p->schedule != NULL)
		schedule_set_suppressions(p->schedule, set);
}

static bool
is_delivered(const struct mail_event *event, void *arg)
{
	(void)arg;
	return event->kind == MAIL_EVENT_DELIVERED;
}

static bool
note_sent(const struct mail_event *event, void *arg)
{
	struct pipeline *p = arg;

	domain_watch_note_sent(p->domains, event->sender_domain);
	return true;
}

void
pipeline_watch_sent(struct pipeline *p)
{
	p->sent = notify_subscribe(p->notify, is_delivered, note_sent, p);
}

/* ---- what control asks of us ------------------------------------------------------ */

size_t
pipeline_count_sessions(void *arg)
{
	struct pipeline *p = arg;
	size_t sessions = 0;

	for (size_t i = 0; i < p->workers; i++)
		sessions += worker_sessions(p->worker[i]);
	return sessions;
}

/* pipeline_collect - an alerts' round */
void
pipeline_collect(struct alert_round *round, void *arg)
{
	const struct pipeline *p = arg;

	conditions_say(&(struct conditions){ .config = p->config,
					     .started = p->started,
					     .tls = p->tls_server,
					     .store = p->store,
					     .sources = p->sources,
					     .domains = p->domains,
					     .accounts = account_snapshot(p->account),
					     .tripwire = p->tripwire,
					     .dmarc_hold = p->dmarc_hold,
					     .secrets = p->secrets,
					     .pools = p->pools,
					     .migrations = p->migrations,
					     .stops = p->stops,
					     .plain_keys = account_plain_keys(p->account),
					     .unreadable = account_unreadable(p->account) },
		       round);
}
