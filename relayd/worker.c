/* worker.c - see worker.h. Thread: its own, but for worker_new, _open, _listen
 * before the start and _free after the join. */
#include "worker.h"

#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"

#define MAILBOX_CAP 1024

struct worker {
	unsigned number;
	char name[16];
	pthread_t thread;
	bool is_running; /* main's */
	struct loop *loop;
	struct mailbox *box;	  /* its own messages, below */
	struct mailbox *gate_box; /* news of failed logins from the other workers */
	struct account_gate *gate;
	struct deliver *deliver;
	struct accept *accept;
	struct worker_message *closing; /* the worker_close_* under way */
};

/* one message type: what happens is its fn, what it needs is here */
struct worker_message {
	struct mailbox_item item;
	struct config *config;
	struct verdict_rules *rules; /* go with config */
	struct account_snapshot *accounts;
	struct suppress_set *suppressions;
	struct tls_server *tls;
	int64_t grace_ms;
	struct mailbox_return done;
};

static struct worker_message *
message_of(struct mailbox_item *item)
{
	return (struct worker_message *)(void *)item;
}

static void
tell(struct worker *worker, mailbox_fn fn, const struct worker_message *content)
{
	struct worker_message *m = mem_copy(content, sizeof *m);
	struct mailbox_item *item = &m->item;

	item->fn = fn;
	mailbox_send(worker->box, &item);
}

/* ---- on the worker's thread ---------------------------------------------------- */

/* take_pictures - whatever came: configuration, accounts, certificates */
static void
take_pictures(struct mailbox_item *item, void *owner)
{
	struct worker *worker = owner;
	struct worker_message *m = message_of(item);

	if (worker != NULL && m->config != NULL) {
		account_gate_reconfigure(worker->gate, m->config->limits.auth_failures,
					 m->config->limits.auth_lockout_ms);
		accept_set_config(worker->accept, m->config);
		deliver_reconfigure(worker->deliver, m->config);
		deliver_set_rules(worker->deliver, m->rules);
	}
	if (worker != NULL && m->accounts != NULL)
		accept_set_accounts(worker->accept, m->accounts);
	if (worker != NULL && m->suppressions != NULL)
		accept_set_suppressions(worker->accept, m->suppressions);
	if (worker != NULL && m->tls != NULL)
		accept_set_tls(worker->accept, m->tls);
	config_unref(&m->config);
	verdict_rules_unref(&m->rules);
	account_snapshot_unref(&m->accounts);
	suppress_set_unref(&m->suppressions);
	tls_server_unref(&m->tls);
	mem_free(m);
}

static void
closed(void *arg)
{
	struct worker *worker = arg;
	struct worker_message *m = worker->closing;

	worker->closing = NULL;
	mailbox_answer(&m->done, &m->item);
}

static void
take_close_accept(struct mailbox_item *item, void *owner)
{
	struct worker *worker = owner;

	if (worker == NULL) {
		mem_free(item);
		return;
	}
	must(worker->closing == NULL);
	worker->closing = message_of(item);
	accept_drain(worker->accept, worker->closing->grace_ms, closed, worker);
}

static void
take_close_deliver(struct mailbox_item *item, void *owner)
{
	struct worker *worker = owner;

	if (worker == NULL) {
		mem_free(item);
		return;
	}
	must(worker->closing == NULL);
	worker->closing = message_of(item);
	deliver_drain(worker->deliver, worker->closing->grace_ms, closed, worker);
}

static void
take_stop(struct mailbox_item *item, void *owner)
{
	struct worker *worker = owner;

	if (worker != NULL)
		loop_stop(worker->loop);
	mem_free(item);
}

static void *
run(void *arg)
{
	struct worker *worker = arg;

	pthread_setname_np(pthread_self(), worker->name);
	loop_run(worker->loop);
	return NULL;
}

/* ---- from the main thread -------------------------------------------------------- */

struct worker *
worker_new(unsigned number, const struct config *config, const struct verdict_rules *rules,
	   struct store *store, struct tls_client *tls, struct err *err)
{
	struct worker *worker = mem_zero(1, sizeof *worker);

	worker->number = number;
	snprintf(worker->name, sizeof worker->name, "worker-%u", number);
	worker->gate =
		account_gate_new(config->limits.auth_failures, config->limits.auth_lockout_ms);
	if ((worker->loop = loop_new(worker->name, err)) == NULL ||
	    (worker->box = mailbox_new(worker->name, MAILBOX_CAP, worker, err)) == NULL ||
	    (worker->gate_box = mailbox_new("gate", MAILBOX_CAP, worker->gate, err)) == NULL ||
	    (worker->deliver = deliver_new(worker->loop, store, tls, config, err)) == NULL) {
		worker_free(&worker);
		return NULL;
	}
	deliver_set_rules(worker->deliver, rules);
	mailbox_attach(worker->box, worker->loop);
	mailbox_attach(worker->gate_box, worker->loop);
	return worker;
}

void
worker_free(struct worker **worker)
{
	struct worker *w = *worker;

	if (w == NULL)
		return;
	must(!w->is_running);
	accept_free(&w->accept);
	deliver_free(&w->deliver);
	mailbox_free(&w->box);
	mailbox_free(&w->gate_box);
	account_gate_free(&w->gate);
	loop_free(&w->loop);
	mem_free(w);
	*worker = NULL;
}

struct deliver *
worker_deliver(struct worker *worker)
{
	return worker->deliver;
}

struct account_gate *
worker_gate(struct worker *worker)
{
	return worker->gate;
}

struct mailbox *
worker_gate_mailbox(struct worker *worker)
{
	return worker->gate_box;
}

int
worker_open(struct worker *worker, const struct accept_options *options, struct err *err)
{
	struct accept_options own = *options;

	own.loop = worker->loop;
	own.gate = worker->gate;
	own.lane = worker->number;
	worker->accept = accept_new(&own, err);
	return worker->accept == NULL ? -1 : 0;
}

int
worker_listen(struct worker *worker, const struct config_listener *listener, int fd,
	      struct err *err)
{
	return accept_listen(worker->accept, listener, fd, err);
}

int
worker_start(struct worker *worker, struct err *err)
{
	int rc = pthread_create(&worker->thread, NULL, run, worker);

	if (rc != 0)
		return err_errno(err, rc, "cannot start thread %s", worker->name);
	worker->is_running = true;
	return 0;
}

size_t
worker_sessions(const struct worker *worker)
{
	return accept_sessions(worker->accept);
}

void
worker_set_config(struct worker *worker, const struct config *config,
		  const struct verdict_rules *rules)
{
	tell(worker, take_pictures,
	     &(struct worker_message){ .config = config_ref(config),
				       .rules = verdict_rules_ref(rules) });
}

void
worker_set_accounts(struct worker *worker, struct account_snapshot *accounts)
{
	tell(worker, take_pictures,
	     &(struct worker_message){ .accounts = account_snapshot_ref(accounts) });
}

void
worker_set_suppressions(struct worker *worker, struct suppress_set *set)
{
	tell(worker, take_pictures,
	     &(struct worker_message){ .suppressions = suppress_set_ref(set) });
}

void
worker_set_tls(struct worker *worker, struct tls_server *tls)
{
	tell(worker, take_pictures, &(struct worker_message){ .tls = tls_server_ref(tls) });
}

void
worker_close_accept(struct worker *worker, int64_t grace_ms, const struct mailbox_return *done)
{
	tell(worker, take_close_accept,
	     &(struct worker_message){ .grace_ms = grace_ms, .done = *done });
}

void
worker_close_deliver(struct worker *worker, int64_t grace_ms, const struct mailbox_return *done)
{
	tell(worker, take_close_deliver,
	     &(struct worker_message){ .grace_ms = grace_ms, .done = *done });
}

void
worker_join(struct worker *worker)
{
	if (!worker->is_running)
		return;
	tell(worker, take_stop, &(struct worker_message){ 0 });
	pthread_join(worker->thread, NULL);
	worker->is_running = false;
}
