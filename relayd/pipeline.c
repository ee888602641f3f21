/* pipeline.c - THE TABLE OF CONTENTS: the stages in message order, started last
 * to first, drained first to last.
 *
 *   1 accept    worker loops     an application's session reads envelope and body
 *   2 parse     worker loops     header scan, trace header, Date and Message-ID
 *   3 sign      worker loops     DKIM with the From domain's keys
 *   4 store     store thread     one transaction, one sync for all that wait: "250"
 *   5 schedule  scheduler        which recipient, over which connection, when
 *   6 resolve   resolver         where mail for a domain goes
 *   7 deliver   worker loops     outbound sessions
 *   8 record    worker loops     what the reply means; outcome to the store
 *   9 notify    main loop        live subscribers, counters
 *
 * Beside them: notice, its own thread: what the sender is to hear of an outcome
 * enters again as mail (submit, sign, store, schedule). And domain, whose thread
 * waits for name servers: what a sending domain's DNS says of its mail.
 *
 * Thread: main. What each thread owns is made here before it starts and freed
 * here after it was joined. */
#include "pipeline_private.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "materials.h"
#include "readiness.h"
#include "verdict/verdict.h"

#define POOLS_MS 5000      /* between two questions about source addresses, */
#define MIGRATIONS_MS 1000 /* and about trials: one that went back is told soon, */
#define STOPS_MS 2000      /* and so is what a reply rule stopped */
#define HOLDS_MS 60000     /* and about holds: also asked when one changes */
#define ALERT_LANE 12
#define NOTICE_LANE 13
#define ACCOUNT_LANE 14 /* of ids; workers have 0.., the store 15 */

/* ---- start: last stage first --------------------------------------------------------- */

static void
load_schedule_row(const struct store_change *row, void *arg)
{
	struct pipeline *p = arg;

	if (row->kind == STORE_PUT_HOLD)
		schedule_load_hold(p->schedule, &row->row.hold);
	else if (row->kind == STORE_PUT_PACE)
		schedule_load_pace(p->schedule, &row->row.pace);
	else if (row->kind == STORE_PUT_THROTTLE)
		schedule_load_throttle(p->schedule, &row->row.throttle);
	else if (row->kind == STORE_PUT_WARMUP)
		schedule_load_warmup(p->schedule, &row->row.warmup);
	else if (row->kind == STORE_PUT_MIGRATION)
		schedule_load_migration(p->schedule, &row->row.migration);
	else if (row->kind == STORE_PUT_MIGRATION_EVIDENCE)
		schedule_load_migration_evidence(p->schedule, &row->row.migration_evidence);
	else if (row->kind == STORE_PUT_MIGRATION_RESULT)
		schedule_load_migration_result(p->schedule, &row->row.migration_result);
	else if (row->kind == STORE_PUT_SOURCE_STOP)
		schedule_load_source_stop(p->schedule, &row->row.source_stop);
}

static void
load_queued(const struct store_queued *queued, void *arg)
{
	struct pipeline *p = arg;

	schedule_load(p->schedule, queued);
}

struct store_options
pipeline_store_options(const struct config *c)
{
	return (struct store_options){
		.url = c->store,
		.state_dir = c->state_dir,
		.node = c->node,
		.log_keep_ms = c->log.keep_ms,
		.disk_reserve_bytes = c->limits.disk_reserve_bytes,
		.log_subject = c->log.subject,
		.mailbox_full_count = c->suppression.mailbox_full_count,
		.mailbox_full_span_ms = c->suppression.mailbox_full_span_ms,
		.mailbox_full_for_ms = c->suppression.mailbox_full_for_ms,
	};
}

static int
open_store(struct pipeline *p, struct err *err)
{
	const struct store_options options = pipeline_store_options(p->config);

	p->store = store_open(&options, err);
	return p->store == NULL ? -1 : 0;
}

static int
open_account(struct pipeline *p, struct err *err)
{
	const struct account_options options = {
		.loop = p->loop,
		.store = p->store,
		.vault = p->vault,
		.node = p->config->node,
		.lane = ACCOUNT_LANE,
		.not_before_id = store_largest_id(p->store),
		.changed = pipeline_accounts_changed,
		.arg = p,
	};

	p->account = account_new(&options, err);
	return p->account == NULL ? -1 : 0;
}

static int
open_suppress(struct pipeline *p, struct err *err)
{
	const struct suppress_options options = {
		.loop = p->loop,
		.store = p->store,
		.changed = pipeline_suppressions_changed,
		.arg = p,
	};

	p->suppress = suppress_new(&options, err);
	return p->suppress == NULL ? -1 : 0;
}

static size_t
decide_workers(const struct config *config)
{
	long cores = config->workers > 0 ? (long)config->workers : sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > PIPELINE_WORKERS_MAX ? PIPELINE_WORKERS_MAX : (size_t)cores;
}

static int
open_workers(struct pipeline *p, struct err *err)
{
	struct account_gate *gate[PIPELINE_WORKERS_MAX];
	struct mailbox *box[PIPELINE_WORKERS_MAX];
	size_t count = decide_workers(p->config);

	for (size_t i = 0; i < count; i++) {
		p->worker[i] = worker_new((unsigned)i, p->config, p->rules, p->store,
					  p->tls_client, err);
		if (p->worker[i] == NULL)
			return -1;
		p->workers++;
		p->deliver[i] = worker_deliver(p->worker[i]);
		deliver_set_shares(p->deliver[i], count);
		gate[i] = worker_gate(p->worker[i]);
		box[i] = worker_gate_mailbox(p->worker[i]);
	}
	account_gate_link(gate, count, box);
	return 0;
}

/* the one true loop: what becomes of mail may become mail */
static void
tell_sender(uint64_t message_id, bool is_delay, void *arg)
{
	struct pipeline *p = arg;

	notice_due(p->notice, message_id, is_delay);
}

static void
load_notice(uint64_t message_id, void *arg)
{
	tell_sender(message_id, false, arg);
}

static int
open_notice(struct pipeline *p, struct err *err)
{
	const struct notice_options options = {
		.config = p->config,
		.accounts = account_snapshot(p->account),
		.store = p->store,
		.schedule = p->schedule,
		.notify = p->notify,
		.node = p->config->node,
		.lane = NOTICE_LANE,
		.not_before_id = store_largest_id(p->store),
	};

	p->notice = notice_new(&options, err);
	return p->notice == NULL ? -1 : store_load_notices(p->store, load_notice, p, err);
}

static int
open_schedule(struct pipeline *p, struct err *err)
{
	struct schedule_options options = {
		.config = p->config,
		.accounts = account_snapshot(p->account),
		.suppress = p->suppress,
		.suppressions = suppress_set_of(p->suppress),
		.store = p->store,
		.resolve = p->resolve,
		.deliver = p->deliver,
		.delivers = p->workers,
		.notify = p->notify,
		.notice_due = tell_sender,
		.notice_arg = p,
	};

	p->schedule = schedule_new(&options, err);
	if (p->schedule == NULL)
		return -1;
	if (store_load_rows(p->store, load_schedule_row, p, err) < 0)
		return -1;
	return store_load_queue(p->store, load_queued, p, err);
}

static int
open_accept(struct pipeline *p, struct err *err)
{
	const struct accept_options options = {
		.census = p->census = accept_census_new(),
		.config = p->config,
		.accounts = account_snapshot(p->account),
		.suppressions = suppress_set_of(p->suppress),
		.tls = p->tls_server,
		.store = p->store,
		.schedule = p->schedule,
		.notify = p->notify,
		.node = p->config->node,
		.not_before_id = store_largest_id(p->store),
	};

	for (size_t i = 0; i < p->workers; i++) {
		if (worker_open(p->worker[i], &options, err) < 0)
			return -1;
		for (size_t k = 0; k < p->listener.sockets; k++)
			if (worker_listen(p->worker[i], p->listener.socket[k].listener,
					  p->listener.socket[k].fd, err) < 0)
				return -1;
	}
	return 0;
}

static void
load_alert(const struct store_change *row, void *arg)
{
	alert_load(arg, row);
}

static void
load_tripwire(const struct store_change *row, void *arg)
{
	if (row->kind == STORE_PUT_TRIPWIRE)
		tripwire_load(arg, &row->row.tripwire);
}

static int
open_tripwire(struct pipeline *p, struct err *err)
{
	struct tripwire_options options = {
		.loop = p->loop,
		.store = p->store,
		.schedule = p->schedule,
		.notify = p->notify,
		.accounts = account_snapshot(p->account),
	};

	p->holds = alert_ask_new(p->loop, p->schedule, SCHEDULE_LIST_HOLDS, HOLDS_MS, err);
	if (p->holds == NULL)
		return -1;
	options.holds = p->holds;
	p->tripwire = tripwire_new(&options, err);
	return p->tripwire == NULL ? -1
				   : store_load_rows(p->store, load_tripwire, p->tripwire, err);
}

static int
open_alert(struct pipeline *p, struct err *err)
{
	const struct alert_options options = {
		.loop = p->loop,
		.store = p->store,
		.schedule = p->schedule,
		.notify = p->notify,
		.config = p->config,
		.accounts = account_snapshot(p->account),
		.node = p->config->node,
		.lane = ALERT_LANE,
		.not_before_id = store_largest_id(p->store),
		.collect = pipeline_collect,
		.arg = p,
	};

	p->pools = alert_ask_new(p->loop, p->schedule, SCHEDULE_LIST_SOURCES, POOLS_MS, err);
	p->migrations = p->pools ? alert_ask_new(p->loop, p->schedule, SCHEDULE_LIST_MIGRATIONS,
						 MIGRATIONS_MS, err)
				 : NULL;
	p->stops = p->migrations ? alert_ask_new(p->loop, p->schedule, SCHEDULE_LIST_STOPS,
						 STOPS_MS, err)
				 : NULL;
	if (p->stops == NULL)
		return -1;
	p->secrets = alert_secret_new(p->loop, p->store, err);
	if (p->secrets == NULL)
		return -1;
	p->alert = alert_new(&options, err);
	return p->alert == NULL ? -1 : store_load_rows(p->store, load_alert, p->alert, err);
}

static int
open_rotation(struct pipeline *p, struct err *err)
{
	const struct rotation_options options = {
		.loop = p->loop,
		.account = p->account,
		.schedule = p->schedule,
		.store = p->store,
		.notify = p->notify,
		.config = p->config,
	};

	p->rotation = rotation_new(&options, err);
	return p->rotation == NULL ? -1 : 0;
}

static int
open_control(struct pipeline *p, struct err *err)
{
	const struct control_options options = {
		.loop = p->loop,
		.config = p->config,
		.account = p->account,
		.suppress = p->suppress,
		.store = p->store,
		.schedule = p->schedule,
		.deliver = p->deliver,
		.delivers = p->workers,
		.notify = p->notify,
		.reload = pipeline_reload,
		.sessions = pipeline_count_sessions,
		.alert = p->alert,
		.tripwire = p->tripwire,
		.sources = p->sources,
		.domains = p->domains,
		.arg = p,
	};

	p->control = control_new(&options, err);
	if (p->control == NULL)
		return -1;
	control_set_rules(p->control, p->rules);
	return 0;
}

static void
load_dmarc_hold(const struct store_change *row, void *arg)
{
	dmarc_hold_load(arg, row);
}

static int
open_dmarc_hold(struct pipeline *p, struct err *err)
{
	const struct dmarc_hold_options options = {
		.loop = p->loop,
		.store = p->store,
		.notify = p->notify,
		.account = p->account,
		.domains = p->domains,
		.control = p->control,
		.holds = p->holds,
	};

	p->dmarc_hold = dmarc_hold_new(&options, err);
	return p->dmarc_hold == NULL
		       ? -1
		       : store_load_rows(p->store, load_dmarc_hold, p->dmarc_hold, err);
}

/* open_all - everything that can fail for a reason the operator must mend, and
 * nothing runs yet but the resolver */
static int
open_all(struct pipeline *p, struct err *err)
{
	verdict_init();
	p->verdict_is_ready = true;
	if ((p->rules = materials_rules(p->config, err)) == NULL ||
	    (p->tls_server = materials_certificates(p->config, err)) == NULL ||
	    (p->tls_client = materials_identities(p->config, err)) == NULL)
		return -1;
	p->vault = vault_open(p->config->master_key, p->config->master_key_old, err);
	if (p->vault == NULL ||
	    listener_open(&p->listener, p->config, err) < 0 || open_store(p, err) < 0 ||
	    open_account(p, err) < 0 || open_suppress(p, err) < 0)
		return -1;
	if ((p->notify = notify_new(p->loop, err)) == NULL ||
	    (p->resolve = resolve_start(p->config, err)) == NULL ||
	    (p->sources = source_watch_new(p->loop, p->resolve, p->config, err)) == NULL ||
	    (p->domains = domain_watch_new(p->loop, p->account, p->config, err)) == NULL ||
	    open_workers(p, err) < 0 ||
	    open_schedule(p, err) < 0 || open_notice(p, err) < 0 || open_accept(p, err) < 0 ||
	    open_tripwire(p, err) < 0 || open_alert(p, err) < 0 ||
	    open_rotation(p, err) < 0 || open_control(p, err) < 0 ||
	    open_dmarc_hold(p, err) < 0)
		return -1;
	return 0;
}

static int
start_all(struct pipeline *p, struct err *err)
{
	if (store_start(p->store, err) < 0 || account_start(p->account, err) < 0 ||
	    notice_start(p->notice, err) < 0 || schedule_start(p->schedule, err) < 0)
		return -1;
	for (size_t i = 0; i < p->workers; i++)
		if (worker_start(p->worker[i], err) < 0)
			return -1;
	tripwire_start(p->tripwire);
	dmarc_hold_start(p->dmarc_hold);
	pipeline_watch_sent(p);
	alert_start(p->alert);
	return control_listen(p->control, err);
}

/* ---- stop: first stage first ----------------------------------------------------------- */

/* all workers' outbound sessions have ended: nothing moves any more */
static void
take_deliver_closed(struct mailbox_item *item, void *owner)
{
	struct pipeline *p = owner;

	mem_free(item);
	if (p != NULL && --p->draining == 0)
		loop_stop(p->loop);
}

/* no session of an application is left: no new messages. Jobs under way end or
 * are cut; their outcomes are stored by schedule_stop. */
static void
take_accept_closed(struct mailbox_item *item, void *owner)
{
	struct pipeline *p = owner;
	struct mailbox_return done;

	mem_free(item);
	if (p == NULL || --p->draining > 0)
		return;
	done = (struct mailbox_return){ p->box, take_deliver_closed };
	p->draining = p->workers;
	for (size_t i = 0; i < p->workers; i++)
		worker_close_deliver(p->worker[i], p->config->shutdown_grace_ms, &done);
	schedule_stop(p->schedule, p->config->shutdown_grace_ms);
}

static void
begin_stop(struct pipeline *p)
{
	const struct mailbox_return done = { p->box, take_accept_closed };

	if (p->is_stopping)
		return;
	p->is_stopping = true;
	readiness_say("STOPPING=1");
	LOG(LOG_NOTICE, "relayd.stopping", LOG_INT("grace_ms", p->config->shutdown_grace_ms));
	p->draining = p->workers;
	for (size_t i = 0; i < p->workers; i++)
		worker_close_accept(p->worker[i], p->config->shutdown_grace_ms, &done);
}

static void
take_signal(int fd, short events, void *arg)
{
	struct pipeline *p = arg;
	struct signalfd_siginfo info;
	struct err err;

	(void)events;
	while (read(fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo != SIGHUP)
			begin_stop(p);
		else if (!p->is_stopping) /* a refusal is logged there */
			(void)control_reload(p->control, info.ssi_uid, &err);
	}
}

static int
open_loop(struct pipeline *p, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	p->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (p->signal_fd < 0)
		return err_errno(err, errno, "signalfd");
	if ((p->loop = loop_new("main", err)) == NULL ||
	    (p->box = mailbox_new("main", 256, p, err)) == NULL)
		return -1;
	mailbox_attach(p->box, p->loop);
	p->signal_watch = loop_watch_new(p->loop, p->signal_fd, take_signal, p);
	loop_watch_set(p->signal_watch, LOOP_READ);
	return 0;
}

/* close_all - from any state: what was never made is NULL */
static void
close_all(struct pipeline *p)
{
	if (p->dmarc_hold != NULL)
		dmarc_hold_stop(p->dmarc_hold);
	if (p->control != NULL)
		control_stop(p->control);
	for (size_t i = 0; i < p->workers; i++)
		worker_join(p->worker[i]);
	if (p->schedule != NULL)
		schedule_stop(p->schedule, 0);
	if (p->notice != NULL)
		notice_stop(p->notice);
	if (p->resolve != NULL)
		resolve_stop(&p->resolve);
	if (p->tripwire != NULL)
		tripwire_stop(p->tripwire);
	if (p->sent != NULL)
		notify_unsubscribe(p->notify, &p->sent);
	if (p->store != NULL)
		store_stop(p->store);
	if (p->account != NULL)
		account_stop(p->account);
	control_free(&p->control);
	dmarc_hold_free(&p->dmarc_hold);
	alert_free(&p->alert);
	tripwire_free(&p->tripwire);
	alert_ask_free(&p->pools);
	alert_secret_free(&p->secrets);
	alert_ask_free(&p->migrations);
	alert_ask_free(&p->stops);
	alert_ask_free(&p->holds);
	source_watch_free(&p->sources);
	rotation_free(&p->rotation);
	domain_watch_free(&p->domains);
	notice_free(&p->notice);
	schedule_free(&p->schedule);
	for (size_t i = 0; i < p->workers; i++)
		worker_free(&p->worker[i]);
	accept_census_free(&p->census);
	notify_free(&p->notify);
	account_free(&p->account);
	vault_close(&p->vault);
	suppress_free(&p->suppress);
	store_close(&p->store);
	verdict_rules_unref(&p->rules);
	if (p->verdict_is_ready)
		verdict_deinit();
	listener_close(&p->listener);
	tls_server_unref(&p->tls_server);
	tls_client_free(&p->tls_client);
	loop_watch_free(&p->signal_watch);
	mailbox_free(&p->box);
	loop_free(&p->loop);
	if (p->signal_fd >= 0)
		close(p->signal_fd);
	config_unref(&p->started);
	config_unref(&p->config);
}

static void
say_ready(struct pipeline *p)
{
	LOG(LOG_NOTICE, "relayd.ready", LOG_TEXT("version", RELAY_VERSION),
	    LOG_TEXT("hostname", p->config->hostname), LOG_UINT("workers", p->workers),
	    LOG_UINT("listeners", p->listener.sockets));
	readiness_say("READY=1");
}

int
pipeline_run(struct config *config, struct err *err)
{
	struct pipeline p = { .config = config, .started = config_ref(config),
			      .signal_fd = -1 };
	int rc = -1;

	if (log_start((enum log_level)(LOG_ERROR + config->log_level), err) < 0) {
		close_all(&p);
		return -1;
	}
	if (open_loop(&p, err) == 0 && open_all(&p, err) == 0 && start_all(&p, err) == 0) {
		say_ready(&p);
		loop_run(p.loop);
		LOG(LOG_NOTICE, "relayd.stopped", LOG_TEXT("hostname", p.config->hostname));
		rc = 0;
	}
	close_all(&p);
	log_stop();
	return rc;
}
