/* worker.h - one thread, one loop: the SMTP sessions that come in and those
 * that go out, with their TLS and signing. There is one per core.
 *
 * Others reach it by message only; each call below may be made from the main
 * thread while it runs. */
#ifndef RELAYD_WORKER_H
#define RELAYD_WORKER_H

#include "accept/accept.h"
#include "account/account_gate.h"
#include "account/account_snapshot.h"
#include "base/err.h"
#include "config.h"
#include "deliver/deliver.h"
#include "loop/mailbox.h"
#include "loop/tls.h"
#include "store/store.h"
#include "verdict/verdict_rules.h"

struct worker;

/* worker_new - loop and deliver, not running yet. number: 0.. (id lane, name). */
struct worker *worker_new(unsigned number, const struct config *config,
			  const struct verdict_rules *rules, struct store *store,
			  struct tls_client *tls, struct err *err);
void worker_free(struct worker **worker);
struct deliver *worker_deliver(struct worker *worker);
struct account_gate *worker_gate(struct worker *worker);
struct mailbox *worker_gate_mailbox(struct worker *worker);

/* worker_open - make its accept stage; options' loop, gate and lane are filled in here.
 * Before worker_start. */
int worker_open(struct worker *worker, const struct accept_options *options, struct err *err);
int worker_listen(struct worker *worker, const struct config_listener *listener, int fd,
		  struct err *err);
int worker_start(struct worker *worker, struct err *err); /* the thread */

/* new pictures; each takes a reference of its own */
void worker_set_config(struct worker *worker, const struct config *config,
		       const struct verdict_rules *rules);
void worker_set_accounts(struct worker *worker, struct account_snapshot *accounts);
void worker_set_suppressions(struct worker *worker, struct suppress_set *set);
void worker_set_tls(struct worker *worker, struct tls_server *tls);

/* worker_sessions - applications' sessions open now (as of a moment ago). */
size_t worker_sessions(const struct worker *worker);

/* worker_close_accept - stop listening, let sessions finish within grace_ms;
 * then an item with fn arrives at box (its owner's mem_free). */
void worker_close_accept(struct worker *worker, int64_t grace_ms,
			 const struct mailbox_return *done);
/* worker_close_deliver - finish or cut outbound sessions within grace_ms. */
void worker_close_deliver(struct worker *worker, int64_t grace_ms,
			  const struct mailbox_return *done);
void worker_join(struct worker *worker); /* ends its loop and waits for the thread */

#endif
