/* pipeline_private.h - the whole relay, as its files know it. Thread: main. */
#ifndef RELAYD_PIPELINE_PRIVATE_H
#define RELAYD_PIPELINE_PRIVATE_H

#include "account/account.h"
#include "alert/alert.h"
#include "conditions.h"
#include "control/control.h"
#include "dmarc_hold.h"
#include "domain/domain_watch.h"
#include "listener.h"
#include "loop/loop.h"
#include "notice/notice.h"
#include "notify/notify.h"
#include "pipeline.h"
#include "resolve/resolve.h"
#include "rotation/rotation.h"
#include "schedule/schedule.h"
#include "source/source_watch.h"
#include "store/store.h"
#include "suppress/suppress.h"
#include "tripwire/tripwire.h"
#include "vault/vault.h"
#include "verdict/verdict_rules.h"
#include "worker.h"

#define PIPELINE_WORKERS_MAX 12

struct pipeline {
	struct config *config;
	struct loop *loop;
	struct mailbox *box; /* workers say here that they are drained */
	struct loop_watch *signal_watch;
	int signal_fd;
	struct listener listener;
	struct tls_server *tls_server;
	struct tls_client *tls_client;
	struct store *store;
	struct vault *vault;
	struct account *account;
	struct suppress *suppress;
	struct accept_census *census; /* connections, counted over all workers */
	struct notify *notify;
	struct resolve *resolve;
	struct source_watch *sources;
	struct domain_watch *domains;
	struct notify_subscriber *sent; /* deliveries, for domains */
	struct worker *worker[PIPELINE_WORKERS_MAX];
	size_t workers;
	struct deliver *deliver[PIPELINE_WORKERS_MAX]; /* theirs */
	struct schedule *schedule;
	struct notice *notice;
	struct alert *alert;
	struct tripwire *tripwire;
	struct alert_secret *secrets;
	struct alert_ask *pools, *migrations, *stops, *holds;
	struct rotation *rotation;
	struct control *control;
	struct config *started; /* what only a start takes is in use from this one */
	struct dmarc_hold *dmarc_hold;
	size_t draining; /* workers that have not answered yet */
	bool is_stopping;
	bool verdict_is_ready;
	struct verdict_rules *rules; /* what replies mean; each worker has a reference */
};

struct store_options pipeline_store_options(const struct config *config);

/* ---- pipeline_change.c --------------------------------------------------------------- */
int pipeline_reload(void *arg, struct err *err); /* refusals are logged */
void pipeline_accounts_changed(struct account_snapshot *snapshot, void *arg);
void pipeline_suppressions_changed(struct suppress_set *set, void *arg);
/* pipeline_watch_sent - has deliveries counted for domains whose mail fails. */
void pipeline_watch_sent(struct pipeline *p);
size_t pipeline_count_sessions(void *arg);
void pipeline_collect(struct alert_round *round, void *arg);

#endif
