/* control.h - the Unix socket by which relaycli and relaytui see and steer the
 * relay: newline-delimited JSON-RPC, on the main loop.
 *
 *   control_socket   listens, judges who is there (file mode, SO_PEERCRED, groups)
 *   control_session  one client: lines in, answers and notices out, caps
 *   control_methods  the table of methods: parameters, role, help, function
 *   control_<noun>   the functions, one file a noun
 *   control_rates    what is sampled once a second; control_view draws from it
 *
 * Nothing here blocks: questions go to the store, scheduler and account by
 * mailbox and come back to ours. Clients hold no state that matters: all may
 * vanish at any time. Thread: main only. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "account/account.h"
#include "alert/alert.h"
#include "tripwire/tripwire.h"
#include "config.h"
#include "deliver/deliver.h"
#include "domain/domain_watch.h"
#include "loop/loop.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "source/source_watch.h"
#include "store/store.h"
#include "verdict/verdict_rules.h"
#include "suppress/suppress.h"

struct control;

struct control_options {
	struct loop *loop;             /* the main one */
	const struct config *config;   /* of the start; outlives the control */
	struct account *account;       /* borrowed, as all below */
	struct suppress *suppress;
	struct store *store;
	struct schedule *schedule;
	struct deliver *const *deliver; /* the workers', for what was said in their sessions */
	size_t delivers;
	struct notify *notify;
	struct source_watch *sources;
	struct domain_watch *domains;
	/* reload - read configuration and certificates again; bad files change
	 * nothing and err says FILE:LINE: reason. Calls control_set_config itself. */
	int (*reload)(void *arg, struct err *err);
	/* sessions - inbound sessions open now; may be NULL. */
	size_t (*sessions)(void *arg);
	struct alert *alert;       /* what `status` calls problems */
	struct tripwire *tripwire; /* what is usual for a credential */
	void *arg;
};

/* control_new - samples from now on, listens not yet. Returns owned or NULL (err). */
struct control *control_new(const struct control_options *options, struct err *err);
/* control_listen - open the socket: relayd is ready when it answers, so this
 * is the last step of starting. A stale socket file is replaced; err SYSTEM
 * when another relayd answers there, or the place cannot be written. */
int control_listen(struct control *control, struct err *err);
/* control_reload - options.reload on a signal of uid's, with its row in the audit log. */
int control_reload(struct control *control, uint32_t uid, struct err *err);
void control_set_config(struct control *control, const struct config *config);
/* control_set_rules - what replies mean from now on; keeps a reference. */
void control_set_rules(struct control *control, const struct verdict_rules *rules);
/* control_order - a hold or release of relayd's own, by terms: it goes the way of an operator's,
 * what waits already and the audit log too, but never touches what somebody else holds. done is
 * called once, in this turn or later (failed: why; NULL: it is done); not at all when control is
 * stopped before. Texts are copied. */
typedef void (*control_order_fn)(void *arg, const char *failed);
struct control_order {
	bool is_release;
	const char *match;         /* as in queue hold --match */
	const char *reason, *by;   /* by: no user's name */
	control_order_fn done;
	void *arg;
};
void control_order(struct control *control, const struct control_order *order);
/* control_stop - stop listening, remove the socket file, drop all clients. */
void control_stop(struct control *control);
/* control_free - after the threads it asks have stopped. */
void control_free(struct control **control);

#endif
