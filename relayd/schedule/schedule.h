/* schedule.h - stage 5: which recipient, over which connection, when.
 *
 * The queue lives here, in one thread's memory: a record per pending recipient
 * (<= 300 bytes), in lists per queue (recipient domain) and site (provider or
 * MX set), and a timer heap. The database is read at start and for bodies only.
 *
 *   submit/load -> queue (domain) -> resolve -> site -> connection -> outcome
 *        ^                                                  |
 *        +----------- deferred: recipient's timer ----------+--> store_record
 *
 * Every waiting recipient can say in one sentence why it waits and until when. */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/arena.h"
#include "config.h"
#include "deliver/deliver.h"
#include "loop/mailbox.h"
#include "mail/mail_message.h"
#include "migrate/migrate_plan.h"
#include "migrate/migrate_result.h"
#include "migrate/migrate_split.h"
#include "notify/notify.h"
#include "resolve/resolve.h"
#include "store/store.h"
#include "suppress/suppress.h"

struct schedule;

struct schedule_options {
	const struct config *config;
	struct account_snapshot *accounts; /* borrowed: a reference is taken */
	struct suppress *suppress;     /* told what the store suppresses; or NULL */
	struct suppress_set *suppressions; /* borrowed: a reference is taken; or NULL */
	struct store *store;
	struct resolve *resolve;
	struct deliver **deliver;      /* one per worker */
	size_t delivers;
	struct notify *notify;
	/* notice_due - the sender of this message is to be told something: an outcome the
	 * store has noted as owed, or (is_delay) that it still waits. On the scheduler's
	 * thread; must not block. NULL: nobody is told anything. */
	void (*notice_due)(uint64_t message_id, bool is_delay, void *arg);
	void *notice_arg;
};

struct schedule *schedule_new(const struct schedule_options *options, struct err *err);
/* before schedule_start, on the main thread: what the store had */
void schedule_load(struct schedule *schedule, const struct store_queued *queued);
void schedule_load_pace(struct schedule *schedule, const struct store_pace *pace);
void schedule_load_throttle(struct schedule *schedule, const struct store_throttle *throttle);
void schedule_load_warmup(struct schedule *schedule, const struct store_warmup *warmup);
void schedule_load_source_stop(struct schedule *schedule, const struct store_source_stop *stop);
void schedule_load_hold(struct schedule *schedule, const struct store_hold *hold);
void schedule_load_migration(struct schedule *schedule, const struct store_migrate *row);
void schedule_load_migration_result(struct schedule *schedule,
                                    const struct store_migrate_result *row); /* later */
void schedule_load_migration_evidence(struct schedule *schedule,
                                      const struct store_migrate_evidence *row);
int schedule_start(struct schedule *schedule, struct err *err);
/* schedule_stop - starts nothing new, waits for jobs under way (deliver drains
 * them) and for their outcomes to be stored, at most a little longer than
 * grace_ms, then joins. Until schedule_free deliver, resolve and store may
 * still answer; before it they must have stopped. */
void schedule_stop(struct schedule *schedule, int64_t grace_ms);
void schedule_free(struct schedule **schedule);
void schedule_reconfigure(struct schedule *schedule, const struct config *config); /* Thread: any */

/* schedule_set_accounts - what credentials ask of delivery from now on. Takes a
 * reference. Thread: any. */
void schedule_set_accounts(struct schedule *schedule, struct account_snapshot *accounts);

void schedule_set_suppressions(struct schedule *schedule, struct suppress_set *set);

/* schedule_submit - takes a committed message. Never refused. Thread: any. */
void schedule_submit(struct schedule *schedule, struct mail_message **message);

/* schedule_choose_provider - the provider whose limits hold for a route: that of the best
 * MX host which any provider's pattern matches (*host_out), or NULL. Pure. Thread: any. */
const struct config_provider *schedule_choose_provider(const struct config *config,
                                                       const struct resolve_route *route,
                                                       const char **host_out);

/* ---- operator's questions and acts (control asks, answers come back) ------------------ */
enum schedule_act {
	SCHEDULE_LIST_QUEUES, SCHEDULE_LIST_SITES, SCHEDULE_SHOW_QUEUE, SCHEDULE_EXPLAIN_MESSAGE,
	SCHEDULE_LIST_THROTTLES, SCHEDULE_LIST_STOPS, SCHEDULE_LIST_HOLDS,
	SCHEDULE_FIND_SIGNED, /* match: a sending domain; until: accepted before it */
	SCHEDULE_HOLD, SCHEDULE_RELEASE, SCHEDULE_FLUSH, SCHEDULE_BOUNCE, SCHEDULE_MOVE,
	SCHEDULE_MOVE_MESSAGE, SCHEDULE_AWAIT, SCHEDULE_RETRY_MESSAGE,
	SCHEDULE_BOUNCE_MESSAGE, SCHEDULE_CANCEL_MESSAGE, SCHEDULE_HOLD_MESSAGE,
	SCHEDULE_RELEASE_MESSAGE, SCHEDULE_SET_THROTTLE,
	SCHEDULE_CLEAR_THROTTLE,
	SCHEDULE_LIST_SOURCES, SCHEDULE_SWITCH_OFF, SCHEDULE_SWITCH_ON, SCHEDULE_SET_WARMUP,
	SCHEDULE_PAUSE_WARMUP, SCHEDULE_RESUME_WARMUP, SCHEDULE_COUNT_COMPLAINT,
	SCHEDULE_LIST_MIGRATIONS, SCHEDULE_SET_MIGRATION, SCHEDULE_ADD_EVIDENCE,
	SCHEDULE_ACT_COUNT
};
enum schedule_sort {
	SCHEDULE_SORT_OLDEST, SCHEDULE_SORT_SIZE, SCHEDULE_SORT_NAME, SCHEDULE_SORT_NEXT
};
#define SCHEDULE_AGES 8 /* <1m 5m 15m 1h 4h 1d 3d >3d */

/* what holds something that waits; in the order in which they hold */
enum schedule_constraint {
	SCHEDULE_FREE,              /* nothing does */
	SCHEDULE_BY_HOLD,           /* an operator holds it */
	SCHEDULE_BY_SENDER,         /* its sender wants it later */
	SCHEDULE_BY_OWN_RETRY,      /* it was tried; its next attempt is not due */
	SCHEDULE_BY_LOOKUP,         /* the name servers do not say where it goes */
	SCHEDULE_BY_ROUTE,          /* they are being asked */
	SCHEDULE_BY_NO_ROUTE,       /* its domain takes no mail: about to be bounced */
	SCHEDULE_BY_SOURCE,         /* no source address of its pool can be used */
	SCHEDULE_BY_SOURCE_OFF,     /* likewise, and an operator switched off one of them */
	SCHEDULE_BY_STORE,          /* outcomes could not be recorded */
	SCHEDULE_BY_WARMUP,         /* its source address has sent what it may for now */
	SCHEDULE_BY_PAUSE,          /* a rule paused the site */
	SCHEDULE_BY_STOP,           /* a rule stopped the credential at this site */
	SCHEDULE_BY_BACKOFF,        /* the site cannot be reached or asked us to wait */
	SCHEDULE_BY_PROBE,          /* one connection finds out whether it works again */
	SCHEDULE_BY_RATE,           /* messages a second, of the site */
	SCHEDULE_BY_CONNECTIONS,    /* of the site */
	SCHEDULE_BY_ALL_CONNECTIONS, /* delivery.total_connections */
	SCHEDULE_BY_TURN,           /* others are before it in line */
	SCHEDULE_BY_NOTHING,        /* it is being handed over */
	SCHEDULE_CONSTRAINT_COUNT
};
const char *schedule_constraint_name(enum schedule_constraint constraint); /* Thread: any */

struct schedule_wait { /* why it waits, for machines */
	enum schedule_constraint constraint;
	const char *cause;             /* who held it, which rule, which reply; or NULL */
	int64_t until_unix_ms;         /* it ends by itself then; 0: not known */
	int64_t projected_unix_ms;     /* about when it is tried; 0: nobody can tell */
	int64_t since_unix_ms;         /* BY_NOTHING: it is being handed over since; 0: not known */
	const char *clause;            /* what holds it, for a sentence with times of its own:
	                                * "all 10 connections to yahoo are at work"; NULL: a hold, or
	                                * a time of its own */
};

struct schedule_held { /* by whom, and what else with it */
	const char *scope;             /* "yahoo.com", "cred:NAME", ...; NULL: it is not */
	const char *by, *reason;
	int64_t since_unix_ms, until_unix_ms; /* until 0: until released */
};

struct schedule_hold_row { /* one hold that stands */
	struct schedule_held held;
	uint32_t waiting;              /* recipients under it now */
};

struct schedule_waiting { /* one recipient of a message */
	const char *recipient;
	uint32_t no;
	struct schedule_wait wait;
	struct schedule_held held;
	const char *pool;              /* that it leaves by */
	bool is_moved;                 /* there, by an operator */
	const char *smarthost;         /* that it goes through; NULL: directly */
};

struct schedule_queue_row { /* a queue: waiting recipients of one recipient domain */
	const char *domain;            /* and /SMARTHOST, of those that go through it */
	const char *provider;          /* or "-" */
	uint64_t generation;           /* grows with every act on it */
	uint32_t ready, deferred, scheduled, held, active;
	int64_t oldest_unix_ms;        /* acceptance of the oldest */
	int64_t next_unix_ms;          /* 0: now; -1: not before released */
	const char *state;             /* "ok", "throttled", "backoff", "unreachable", "stopped"
	                                * (the store cannot write), "HELD by ana" */
	const char *why;               /* one sentence, with until when */
	struct schedule_wait wait;     /* what the sentence is made of; projected: of its next */
	const char *last_reply;        /* the reply behind it, or NULL */
	struct schedule_held hold;     /* of all of it */
	uint32_t moved;                /* by another pool than their credential's: so many */
	const char *pool;              /* ... this one; NULL: none, or several */
};

struct schedule_site_row { /* provider or MX set, with its source address */
	const char *name;
	bool is_provider;
	uint32_t queued, deferred, domains, connections, max_connections;
	uint64_t delivered, deferrals, bounces; /* since start */
	int64_t oldest_unix_ms;
	int64_t backoff_until_unix_ms; /* 0: none */
	const char *state, *why, *last_reply;
	struct schedule_wait wait;
};

/* what a limit is of */
enum schedule_quantity {
	SCHEDULE_RATE, SCHEDULE_CONNECTIONS, SCHEDULE_SESSION, SCHEDULE_QUANTITY_COUNT
};
const char *schedule_quantity_name(enum schedule_quantity quantity); /* "rate", ... Thread: any */

struct schedule_throttle_row { /* one limit of one site */
	const char *scope;             /* "provider:google", "domain:x.example" */
	const char *source_address;    /* or NULL: the system's choice */
	enum schedule_quantity quantity;
	double cap, by_rule;           /* now, and by the rule; 0: no limit */
	double used;                   /* of it, at this moment; session: 0 */
	const char *set_by;            /* "rule", "auto", "operator ana" */
	const char *set_scope;         /* of the operator's limit: what clears it; NULL: none */
	double set_value;              /* ... and what it is, also where the pace is below it */
	const char *set_who, *set_reason;
	int64_t set_until_unix_ms;
	uint32_t queued;               /* recipients that the site has to take */
	const char *cause;             /* the reply, the rule or the reason behind it, or NULL */
	int64_t until_unix_ms;         /* of what holds now; 0: no end */
	bool is_active;                /* not just what the rule allows */
};

/* what stands at a site besides limits: reply rules (named as in relayd.conf), and what it
 * asked for, or brought about, itself */
enum schedule_stop_kind {
	SCHEDULE_STOP_PAUSE,           /* nothing goes there */
	SCHEDULE_STOP_SOURCE,          /* nothing from one address */
	SCHEDULE_STOP_CREDENTIAL,      /* nothing of one credential */
	SCHEDULE_STOP_SINGLE,          /* one connection */
	SCHEDULE_STOP_BACKOFF,         /* asked us to wait, or refuses all of it */
	SCHEDULE_STOP_UNREACHABLE,     /* cannot be reached */
	SCHEDULE_STOP_COUNT
};
const char *schedule_stop_name(enum schedule_stop_kind kind); /* "stop_source" Thread: any */

struct schedule_stop_row {
	enum schedule_stop_kind kind;
	const char *scope;             /* as of a limit; "site:HOST": no mail for it is here */
	const char *site;              /* "google" */
	const char *source_address;    /* or NULL: the system's choice */
	const char *credential;        /* of STOP_CREDENTIAL; else NULL */
	const char *rule;              /* that acted, or NULL: nobody's rule */
	const char *cause;             /* the reply behind it, or NULL */
	int64_t until_unix_ms;         /* 0: until one message gets through */
	const char *undo;              /* what ends it before: "throttle clear ..."; or NULL */
};

struct schedule_throttle_change { /* one of a site's last changes, since start */
	const char *scope;
	const char *source_address;    /* or NULL */
	int64_t at_unix_ms;
	const char *text;              /* what, with the reply or the operator behind it */
	double rate, before;           /* messages a second from then on, and at that moment; 0:
	                                * no limit */
};

struct schedule_off_row { /* what an operator switched off; by NULL: nothing */
	const char *by, *reason;
	int64_t since_unix_ms, until_unix_ms; /* until 0: until somebody ends it */
};

struct schedule_source_row { /* an address of a pool */
	const char *address;
	bool is_missing;               /* not one of this host's */
	bool warms_up;                 /* a pool wants it */
	struct schedule_off_row off, pause;
};

struct schedule_warmup_row { /* one address and provider that had mail of it, or was set */
	const char *address;
	const char *provider;          /* "others": all without a rule; "*": any that comes */
	const char *state;             /* "none": not under warm-up; "cold", "warming", "frozen",
	                                * "paused", "warm" */
	const char *why;               /* of frozen and paused, a sentence; or NULL */
	uint32_t day, days;            /* warming: this one of so many; else 0 */
	uint32_t sent, tried, deferred, complaints; /* of its day, which began ... */
	int64_t began_unix_ms;         /* ... then; 0: it begins with the next message */
	uint32_t cap, tomorrow;        /* recipients; 0: no cap */
	double deferred_share, complained_share; /* 0..1 */
	int64_t opens_unix_ms;         /* 0: it is open, or nobody can tell */
	int64_t warm_unix_ms;          /* forecast; 0: none */
	double mean;                   /* recipients a day, over about 30 days */
	int64_t first_unix_ms, used_unix_ms; /* 0: never */
};

struct schedule_migration_row { /* a credential that is, or was, moved here */
	const char *credential;
	bool is_staged;                /* else nobody set a stage: it goes directly */
	enum migrate_stage stage;
	uint32_t percent;              /* of its mail goes directly */
	const char *smarthost;         /* the rest goes through; NULL: none was named yet */
	bool is_missing;               /* it is not in relayd.conf (any more) */
	int64_t since_unix_ms;         /* it is so */
	const char *by, *reason;
	struct migrate_result result[MIGRATE_WAY_COUNT]; /* since then */
	struct migrate_evidence evidence[MIGRATE_METHOD_COUNT];
	const char *returned;          /* why its trial went back by itself; NULL: it did not */
	int64_t returned_unix_ms;
	uint32_t returned_percent;     /* from this share */
	struct migrate_result ended[MIGRATE_WAY_COUNT]; /* what came of it until then */
};

struct schedule_message_row { /* an act on one message; recipients */
	uint64_t id;                   /* asked */
	uint32_t no;                   /* asked, if is_one: this recipient only */
	bool is_one;
	uint32_t waiting;              /* when it was asked */
	uint32_t touched;              /* of those */
	uint32_t active;               /* being handed over: left alone */
	uint32_t left;                 /* had left before, as far as this process knows */
	uint32_t scheduled;            /* retry: left alone, their sender wants it later ... */
	int64_t release_unix_ms;       /* ... then */
};

struct schedule_ask {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns everything below; the request's */
	enum schedule_act act;
	/* asked */
	const char *match;             /* domain, pattern with '*', or NULL: all */
	enum schedule_sort sort;
	uint32_t offset, limit;        /* lists; limit 0: all (cap 10,000) */
	uint64_t generation;           /* acts: 0, or refuse when the queue's differs */
	bool takes_scheduled;          /* retry: also what its sender wants later */
	bool is_dry;                   /* acts on queues: only say what would be touched */
	bool wants_all;                /* LIST_THROTTLES: also what is as the rule has it */
	uint64_t count;                /* acts on queues: refuse to touch more; 0: any */
	const char *reason, *by;       /* hold, bounce */
	bool is_only_own;              /* hold by terms: refuse when another holds it; release: only
	                                * what by holds */
	const char *provider;          /* warm-up: which; NULL: all. Complaint: whose */
	uint32_t day;                  /* SET_WARMUP */
	enum migrate_stage stage;      /* SET_MIGRATION, of the credential match */
	int32_t percent;               /* ... of a trial, directly; -1: as it was, or a first one */
	const char *smarthost;         /* ... through which; NULL: as it was, or the only one */
	struct migrate_evidence evidence[MIGRATE_METHOD_COUNT]; /* ADD_EVIDENCE, of match */
	const char *report;            /* ... its id: given again it replaces */
	int64_t until_unix_ms;         /* hold; 0: until released */
	int64_t grace_ms;              /* bounce, cancel: more than 100 wait so long, held, before
	                                * it is done: answered at once with scope and
	                                * until_unix_ms; AWAIT with match that scope is answered
	                                * when it is done or was withdrawn (released) */
	const char *pool;              /* move: "default", or one of the configuration's */
	uint64_t message_id;           /* explain */
	enum schedule_quantity quantity; /* set, clear; COUNT: every one, or a stop */
	enum schedule_stop_kind stop_kind; /* clear; COUNT: every one, or a limit; all of them
	                                * if both are COUNT */
	int64_t value;                 /* set; rate: messages in a million seconds */
	struct schedule_message_row *message; /* acts on messages; answered in place */
	size_t messages;
	/* answered */
	struct schedule_queue_row *queue;
	struct schedule_site_row *site;
	struct schedule_throttle_row *throttle;
	struct schedule_stop_row *stop; /* LIST_THROTTLES, _STOPS, _SOURCES: what stands */
	size_t stops;
	struct schedule_hold_row *hold;
	struct schedule_source_row *source; /* LIST_SOURCES: rows */
	struct schedule_warmup_row *warmup; /* ... and of those that they have */
	size_t warmups;
	struct schedule_migration_row *migration; /* LIST_MIGRATIONS: rows; SET_: as it is now */
	struct schedule_throttle_change *change; /* with a scope; oldest first */
	size_t changes;
	size_t rows, total;            /* rows given, of how many */
	uint32_t ages[SCHEDULE_AGES];  /* SHOW_QUEUE; match NULL: of all, no row */
	const char **sentence;         /* EXPLAIN_MESSAGE: per waiting recipient.
	                                * CLEAR_THROTTLE: what was lifted, rows of it */
	struct schedule_waiting *waiting; /* ... and what each is made of */
	uint32_t affected;             /* recipients an act touched, or would; FIND_SIGNED: 1, one
	                                * such waits */
	const char *scope;             /* HOLD_MESSAGE: the hold; if asked with one, this rule
	                                * is it. RELEASE_MESSAGE: what still holds some of
	                                * it, or NULL */
	int64_t oldest_unix_ms;        /* acts on queues: of those */
	const char **credential;       /* whose mail; at most 1,000 are named */
	size_t credentials;
	uint32_t notices, senders;     /* that a bounce would send, and to how many */
	bool is_rough;                 /* too many to look at each: at least these */
	const char *did;               /* acts: from what to what, for the audit log; or NULL */
	uint32_t stayed;               /* FLUSH: a rule stopped their credential there. RETRY_:
	                                * affected, but they wait for that */
	const char *stayed_why;        /* of the first of them */
	const char *near;              /* HOLD of a domain nothing waits for: one that is
	                                * spelled alike and has mail, or NULL */
	bool changed_since;            /* generation differed: nothing done */
	int result;
	struct err err;                /* INPUT: no such queue (nearest name) */
};
/* schedule_ask_new - with an arena of its own, answered as back says. Returns owned. */
struct schedule_ask *schedule_ask_new(enum schedule_act act, struct mailbox_return back);
void schedule_ask_free(struct schedule_ask **ask); /* NULL stays NULL */
/* schedule_ask_send - takes *ask; false (kept): too many wait. HOLD, RELEASE, BOUNCE and
 * throttles are answered when the store has them, so that they outlive a restart. Thread: any. */
bool schedule_ask_send(struct schedule *schedule, struct schedule_ask **ask);

/* schedule_hold_name - the scope that a hold's text stands for: a domain, a pattern of
 * domains, "cred:NAME", "messages:ID", or terms (tag: from: to: domain: cred:) in one order;
 * is_pattern: to release, '*' is allowed in values. NULL: err INPUT. Pure. Thread: any. */
const char *schedule_hold_name(const char *text, bool is_pattern, struct arena *arena,
                               struct err *err);

struct schedule_counts { uint64_t queued, deferred, held, active, connections; };
/* Thread: any. queued: all that wait, the other three among them; deferred: not those held */
void schedule_counts_read(struct schedule *schedule, struct schedule_counts *counts_out);

#endif
