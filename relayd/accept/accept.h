/* accept.h - stage 1: SMTP sessions of applications in a worker's loop.
 *
 * One accept per worker: listening sockets are shared between the workers
 * (SO_REUSEPORT not needed: one fd, epoll exclusive). Path of a message here:
 * envelope -> header (parse) -> body hash and spool -> rewrite, sign -> store ->
 * "250 2.0.0 Ok: queued as <id>" -> schedule_submit. */
#ifndef ACCEPT_ACCEPT_H
#define ACCEPT_ACCEPT_H

#include "accept/accept_census.h"
#include "account/account_gate.h"
#include "account/account_snapshot.h"
#include "base/id.h"
#include "config.h"
#include "loop/loop.h"
#include "loop/tls.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"
#include "suppress/suppress_set.h"

struct accept; /* one per worker */

struct accept_options {
	struct loop *loop;
	const struct config *config;	   /* referenced */
	struct account_snapshot *accounts; /* referenced */
	struct suppress_set *suppressions; /* referenced; or NULL */
	struct account_gate
		*gate; /* borrowed: authentication failures, shared by workers (see there) */
	struct tls_server *tls;	      /* referenced */
	struct accept_census *census; /* borrowed: connections per address over all workers;
				       * NULL: this one counts for itself */
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	uint32_t node, lane; /* for ids */
	uint64_t not_before_id;
};

struct accept *accept_new(const struct accept_options *options, struct err *err);
void accept_free(struct accept **accept);
/* accept_listen - serve this listening socket (non-blocking, owned by the
 * caller) as the listener says. On its loop or before it runs. */
int accept_listen(struct accept *accept, const struct config_listener *listener, int fd,
		  struct err *err);
/* new pictures; on its loop */
void accept_set_config(struct accept *accept, const struct config *config);
void accept_set_suppressions(struct accept *accept, struct suppress_set *set);
void accept_set_accounts(struct accept *accept, struct account_snapshot *accounts);
void accept_set_tls(struct accept *accept, struct tls_server *tls);
/* accept_drain - stop listening; idle sessions get 421 4.3.2, busy ones may
 * finish their message within grace_ms; then done(arg). */
void accept_drain(struct accept *accept, int64_t grace_ms, loop_fn done, void *arg);
size_t accept_sessions(const struct accept *accept); /* Thread: any (a metric) */

#endif
