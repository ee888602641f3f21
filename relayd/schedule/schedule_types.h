/* schedule_types.h - the structs of the queue. What its files do for each other is in
 * headers by noun beside it. Everything here belongs to the scheduler's thread.
 *
 *   message 1--n recipient n--1 lane n--1 exchange n--1 site
 *                                lane n--1 queue n--n exchange (a path each)
 *
 * A queue is a recipient domain and a way there, directly or by a smarthost; it has the
 * route. Where its mail goes is an
 * exchange: a set of MX hosts from one source address, over whose connections any
 * of its queues' mail may go. Pacing is done by site: the provider (of many
 * exchanges) or the exchange alone. A lane is what one credential has in one queue,
 * by class (transactional or bulk), share (which of its pool's addresses) and label
 * (what somebody decided about these: who holds them).
 *
 * Who is next: a flow is what a credential has at a site, a stream the part of
 * it that goes to one exchange. Both exist only while a lane hangs in them, a
 * lane hangs in only while something in it may be tried:
 *
 *   site --heap by work done--> flow --turns--> stream --turns--> lane --in order--> recipient
 *   exchange --heap by work done--> stream ...      (for a connection that is there anyway) */
#ifndef SCHEDULE_SCHEDULE_TYPES_H
#define SCHEDULE_SCHEDULE_TYPES_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rand.h"
#include "pace/pace_gate.h"
#include "pace/pace_retry.h"
#include "pace/pace_rule.h"
#include "schedule/schedule.h"
#include "schedule/schedule_source_private.h"
#include "schedule/schedule_table.h"

enum schedule_state { /* of a recipient */
	SCHEDULE_READY,     /* may be tried as soon as its site has room; in its lane */
	SCHEDULE_TOLD,      /* as READY, and its log says what it waits for; in its lane */
	SCHEDULE_DEFERRED,  /* waits for its own next attempt; in its queue's heap */
	SCHEDULE_SCHEDULED, /* not before its sender said; in its queue's other heap */
	SCHEDULE_ACTIVE,    /* in a job */
	SCHEDULE_STATE_COUNT
};

#define SCHEDULE_BULK_EVERY 10 /* jobs of which bulk gets one while others wait */
enum schedule_class { SCHEDULE_TRANSACTIONAL, SCHEDULE_BULK, SCHEDULE_CLASS_COUNT };

/* struct schedule_reply - what a server (code) or we (code 0) said last.
 * Shared by those it concerns; not atomic. */
struct schedule_reply {
	uint32_t refs;
	int code;
	struct verdict_status enhanced;
	enum verdict_category category;
	size_t n;
	char text[];               /* cut, NUL-terminated, as received */
};

/* struct schedule_credential - made with its first waiting message, freed with the last. */
struct schedule_credential {
	struct schedule_table_node node; /* by id */
	uint64_t id;
	/* what it asks of delivery: borrowed of schedule->accounts, renewed with
	 * each snapshot; NULL: there is no such credential */
	const struct account_credential *account;
	struct schedule_hold *hold; /* of all its mail; borrowed of schedule->holds */
	struct schedule_migration *migration; /* borrowed of schedule->migrations; or NULL */
	bool has_expired;          /* some of it, while it was held */
	uint32_t messages;
	char name[];
};

/* struct schedule_recipient - one that waits. 70 bytes and its address. */
struct schedule_recipient {
	union {                    /* by state */
		struct list in_lane;   /* READY, TOLD */
		struct heap_node due;  /* DEFERRED, SCHEDULED: in queue->deferred, ->scheduled;
		                        * mono ms. ACTIVE: in none; since when */
	};
	struct list in_queue;      /* all of the queue, oldest first */
	struct schedule_message *message;
	struct schedule_lane *lane;
	struct schedule_reply *reply; /* a reference, or NULL */
	uint32_t no, place;        /* place: in message->recipient */
	uint16_t attempts, orcpt;  /* orcpt: offset in address, 0 none */
	unsigned char notify, state;
	char address[];            /* and orcpt behind it */
};

/* struct schedule_message - what its waiting recipients share. */
struct schedule_message {
	struct schedule_table_node node; /* by id */
	uint64_t id;
	struct heap_node expiry;   /* mono ms; absent when it has passed */
	struct schedule_credential *credential;
	struct schedule_kept *kept; /* its body; NULL: ask the store */
	int64_t release_unix_ms;   /* its sender's: not before; 0: at once */
	uint32_t places, pending;  /* of recipient[]; not NULL ones */
	uint32_t ready;            /* READY ones */
	uint16_t from_domain, envid, by; /* offsets in the text; envid, by 0: none */
	unsigned char ret;
	bool smtputf8 : 1, is_bulk : 1; /* bits: a million of these wait */
	bool is_delay_told : 1;    /* its sender was told that it waits, or nobody is to be */
	bool is_overdue : 1;       /* has a last attempt after its expiry */
	bool is_loaded : 1;        /* by a restart: what was tried before is the store's to know */
	unsigned char stopped_at;  /* the provider that had an address stopped, for what it said
	                            * of this message: schedule_rule.c's mark; 0: none had */
	struct schedule_recipient *recipient[]; /* NULL: left the queue. Behind it the text:
	                            * return_path, from_domain, envid, struct schedule_by */
};

struct schedule_by { /* when its sender wants it delivered (RFC 2852) */
	int64_t at_unix_ms;
	unsigned char by;          /* SMTP_BY_ bits; 0: nothing was said */
};

struct schedule_kept { /* a body that is in memory for a first attempt */
	struct list link;          /* schedule->kept, oldest first */
	struct mail_body *body;    /* a reference */
	struct schedule_message *message;
	size_t bytes;
	int64_t since_mono_ms;
};

/* struct schedule_label - what was decided about single recipients: who holds them, by
 * which pool they go. One for each set in use; schedule_label.c. */
struct schedule_label {
	struct list link;          /* schedule->labels */
	uint32_t lanes;            /* that have it: it goes with the last */
	bool is_changing;          /* in schedule_label_release */
	char *pool;                /* moved there; NULL: not moved */
	char *domain;              /* sending domain whose pool it goes by; NULL: none */
	size_t holds;
	struct schedule_hold *hold[]; /* borrowed of schedule->holds */
};

struct schedule_lane {
	struct schedule_table_node node; /* by queue, credential, class, share, label */
	struct list in_queue;
	struct list in_stream;     /* while stream is set */
	struct list waiting[2];    /* READY, TOLD: in_lane */
	struct schedule_queue *queue;
	struct schedule_credential *credential;
	struct schedule_stream *stream;
	struct schedule_exchange *exchange; /* kept by the queue's path; NULL: no route, or reply */
	struct schedule_reply *reply; /* its queue is routed, but no source address can be used */
	uint32_t recipients;       /* of any state: it goes with the last */
	uint32_t count[SCHEDULE_STATE_COUNT];
	enum schedule_class class;
	uint16_t share;            /* which address of the credential's pool */
	struct schedule_label *label; /* a reference; NULL: nothing was decided */
};

struct schedule_path { /* a queue's mail goes, or went lately, to this exchange */
	struct list in_queue, in_exchange;
	struct schedule_queue *queue;
	struct schedule_exchange *exchange;
};

struct schedule_way { /* a smarthost's name: queues and migrations borrow it */
	struct list link;          /* schedule->ways */
	char smarthost[];
};

enum schedule_route_state { /* of a queue */
	SCHEDULE_UNROUTED,  /* nobody needed to know yet */
	SCHEDULE_ASKING,    /* the resolver is, or it is its turn soon */
	SCHEDULE_ROUTED,
	SCHEDULE_FAILED,    /* for good: what waits is bounced */
	SCHEDULE_LOOKUP,    /* look-ups fail: asked again at lookup.until */
	SCHEDULE_ROUTE_STATE_COUNT
};

enum schedule_hold_kind { /* as its scope says */
	SCHEDULE_HOLD_QUEUE,       /* a recipient domain */
	SCHEDULE_HOLD_CREDENTIAL,  /* "cred:NAME" */
	SCHEDULE_HOLD_MESSAGES,    /* "messages:ID": what waited when it was asked for */
	SCHEDULE_HOLD_RULE,        /* "tag:night from:@x.example": what waits and what comes */
	SCHEDULE_HOLD_KIND_COUNT
};

struct schedule_hold {
	struct heap_node due;      /* until, mono ms */
	enum schedule_hold_kind kind;
	int64_t since_unix_ms, until_unix_ms; /* until 0: until released */
	uint32_t labels;           /* that name it */
	uint32_t waiting;          /* schedule_hold_list's, while it counts */
	bool has_expired;          /* some of what it holds by a label, meanwhile */
	struct schedule_hold_rule *rule; /* HOLD_RULE: owned */
	bool is_of_grace;          /* HOLD_MESSAGES, beside whatever else holds them */
	struct schedule_grace *grace; /* what is done at its end; or NULL */
	char *scope, *reason, *by;
};

struct schedule_queue {
	size_t place;              /* in schedule->queue[] */
	struct heap_node due;      /* what comes first of: deferred, scheduled, lookup, its end */
	struct list paths;         /* in_queue: while routed, one per source address in use */
	struct list turns;         /* whose turn in a pool it is: schedule_source.c */
	struct list link;          /* schedule->idle_queues, or ->to_ask */
	struct list in_sweep;      /* schedule->sweep: somebody has to be told or bounced */
	struct list lanes, all;    /* all: recipients, oldest first */
	struct heap deferred, scheduled;
	uint32_t count[SCHEDULE_STATE_COUNT];
	enum schedule_route_state state;
	bool is_asked;             /* a request is with the resolver */
	bool is_idle;              /* nobody is in it: link is in schedule->idle_queues */
	bool ask_again;            /* the configuration changed meanwhile */
	uint32_t stuck;            /* lanes without a source address */
	struct resolve_route *route; /* a reference: ROUTED, FAILED */
	int64_t route_until_mono_ms; /* ROUTED: then it is asked for again; FAILED: forgotten */
	struct pace_backoff lookup;
	struct schedule_reply *reply; /* of the last look-up that failed */
	struct schedule_hold *hold;
	uint64_t generation;
	int64_t idle_mono_ms;      /* empty since */
	uint64_t shared_message;   /* the last that was given a share, of which pool, and which */
	const struct config_pool *shared_pool;
	uint16_t share;
	const char *smarthost;     /* the way, of schedule->ways; NULL: directly */
	const char *name;          /* what operators call it: domain, or domain/SMARTHOST */
	char domain[];             /* of its recipients. Behind it: the name, if it differs */
};

struct schedule_flow {
	struct schedule_table_node node; /* by site, credential, class */
	struct heap_node turn;     /* in site->flows[class], by work */
	struct list streams;       /* in_flow */
	struct schedule_site *site;
	struct schedule_credential *credential;
	enum schedule_class class;
	int64_t work;              /* recipients sent, on the site's scale */
};

struct schedule_stream {
	struct schedule_table_node node; /* by exchange, flow */
	struct heap_node turn;     /* in exchange->streams[class], by flow's work then */
	struct list in_flow;
	struct list lanes;         /* in_stream */
	struct schedule_exchange *exchange;
	struct schedule_flow *flow;
};

struct schedule_exchange {
	struct schedule_site *site;
	struct list in_site;
	struct list paths;         /* in_exchange: the queues that use it */
	struct list idle;          /* slots; the last used first */
	struct heap streams[SCHEDULE_CLASS_COUNT];
	uint32_t slots;
	uint32_t recipients_max;   /* the server took no more in one transaction; 0: not known */
	int64_t accepted_mono_ms;  /* it judged somebody's mail last; 0: never */
	char key[];
};

struct schedule_site {
	struct list in_all;        /* schedule->sites */
	struct list in_dirty;      /* schedule->dirty: something may be started */
	struct list in_unsaved;    /* schedule->unsaved: its pace changed */
	struct list in_starved;    /* schedule->starved: total_connections is reached */
	struct list exchanges, idle; /* idle: slots, longest idle first */
	struct heap_node due;
	struct heap flows[SCHEDULE_CLASS_COUNT];
	int64_t work[SCHEDULE_CLASS_COUNT]; /* of the flow served last: where new flows join */
	uint32_t since_bulk;       /* transactional jobs since the last bulk one */
	uint32_t slots, busy, busy_bulk;
	uint32_t max_connections;  /* at this moment: of gate */
	struct pace_limits by_rule; /* what the configuration allows */
	struct pace_gate gate;
	struct schedule_reply *reply; /* behind the last change of gate */
	char *cause;               /* the rule that paused it last, or NULL */
	char *single_cause;        /* likewise, that left it one connection */
	struct pace_tally *tally;  /* per rule; NULL: nothing counted yet */
	size_t tallies;
	struct list history;       /* its last changes, oldest first */
	uint32_t histories;
	struct list stops;         /* credentials that get nothing: schedule_rule.c */
	uint32_t lost;             /* jobs in a row that came back for no reason */
	uint64_t delivered, deferrals, bounces;
	uint32_t served_before, served_now; /* recipients in the minutes before and from */
	int64_t served_mono_ms;    /* ... here; 0: none yet. schedule_wait.c */
	bool is_provider;
	bool is_avoided;           /* mail went by another source address meanwhile */
	bool has_turned_away;      /* its warm-up is closed, and all its lanes know */
	struct schedule_warmup *warmup; /* NULL: the system chooses the source address */
	struct list in_warmup;     /* warmup->waiting */
	const char *source;        /* of schedule->sources, or NULL */
	char *name;
	char key[];
};

/* struct schedule_slot - a connection, from the job that opens it to its end. */
struct schedule_slot {
	struct list in_exchange, in_site, in_all; /* while idle */
	struct schedule_exchange *exchange;
	struct deliver_job *job;   /* while its body is fetched; owned */
	uint32_t place, worker;
	uint32_t messages;
	uint32_t warmup_day;       /* serial of the day that its job was taken from */
	uint64_t conn_id;          /* 0: not open yet */
	int64_t began_mono_ms;     /* the job's start */
	bool is_busy, is_bulk;     /* is_bulk: the job's class */
};

struct schedule_handle { /* slots outlive nobody's pointer: notices name them by number */
	struct schedule_slot *slot;
	uint32_t generation, next_free;
};

struct schedule_stop { /* a credential that gets nothing of a site for a while */
	struct list link;          /* site->stops */
	uint64_t credential_id;
	int64_t until_mono_ms;
	char *rule;                /* that acted; NULL: it was not kept */
	struct schedule_reply *reply; /* what it acted on; a reference. NULL: before a restart */
};

struct schedule_note { /* of site->history */
	struct list link;
	int64_t at_unix_ms;
	double rate, before;       /* messages a second from then on, and at that moment; 0: no
	                            * limit */
	char text[];
};

struct schedule_throttle { /* a limit an operator set; schedule_throttle.c */
	struct list link;          /* schedule->throttles */
	struct heap_node due;      /* its end, mono ms */
	char *scope, *reason, *by;
	enum schedule_quantity quantity;
	int64_t value;             /* rate: micro */
	int64_t since_unix_ms, until_unix_ms;
};

enum schedule_due { /* heaps of it: schedule_turn.c */
	SCHEDULE_DUE_QUEUE, SCHEDULE_DUE_MESSAGE, SCHEDULE_DUE_SITE, SCHEDULE_DUE_HOLD,
	SCHEDULE_DUE_THROTTLE, SCHEDULE_DUE_WARMUP, SCHEDULE_DUE_OFF, SCHEDULE_DUE_COUNT
};

struct schedule {
	/* fixed after schedule_new */
	struct loop *loop;
	struct mailbox *mailbox;   /* messages and answers */
	struct mailbox *asks;      /* operators' questions: bounded, and never behind a campaign */
	struct store *store;
	struct resolve *resolve;
	struct notify *notify;
	void (*notice_due)(uint64_t message_id, bool is_delay, void *arg);
	void *notice_arg;
	struct deliver **deliver;
	size_t delivers;
	pthread_t thread;
	bool is_started;           /* main's */
	/* the scheduler's */
	struct config *config;     /* a reference */
	struct account_snapshot *accounts; /* a reference */
	struct pace_rules *rules;  /* of config */
	struct suppress *suppress; /* fixed; or NULL */
	struct suppress_set *suppressions; /* a reference, or NULL */
	struct rand rand;
	struct loop_timer turn;
	int64_t now_mono_ms, now_unix_ms; /* of this turn */
	struct heap due[SCHEDULE_DUE_COUNT]; /* mono ms */
	struct map *queues;        /* by domain */
	struct schedule_queue **queue; /* the same, for lists */
	size_t queue_count, queue_cap;
	struct map *holds;         /* by scope */
	struct list labels;
	struct list graces;        /* schedule_grace.c */
	struct list hold_rules;    /* of holds that are rules */
	size_t hold_rule_count;
	bool has_spent_hold;       /* perhaps: one of messages that holds nothing any more */
	struct list ways;          /* struct schedule_way: smarthosts that had mail, for good */
	struct map *migrations;    /* struct schedule_migration, by credential */
	struct list unsaved_migrations; /* whose results are not with the store yet */
	int64_t save_migrations_mono_ms; /* not before */
	struct map *sites;         /* by key */
	struct map *exchanges;     /* by key */
	struct map *saved;         /* paces of sites that are not there, by key */
	struct map *warmups;       /* struct schedule_warmup, by "ADDRESS PROVIDER" */
	struct list throttles, unsaved, unsaved_warmups;
	int64_t save_mono_ms;      /* not before */
	struct map *sources;       /* struct schedule_source, by address: sessions borrow them */
	int64_t sources_mono_ms;   /* looked at last */
	bool sources_are_new;      /* a configuration was read: look in the next turn */
	struct schedule_table messages, credentials, lanes, flows, streams;
	struct list all_sites, dirty, starved, sweep, to_ask, idle_queues, idle_slots, kept;
	struct list withdrawals;   /* under way, or waiting for the store: schedule_withdraw.c */
	size_t notice_place;       /* of messages' buckets: where the walk for delays stands */
	int64_t notice_round_mono_ms; /* when the next walk begins */
	/* the first time to tell that BY is over; INT64_MAX: none seen */
	int64_t notice_by_mono_ms;
	size_t idle_queue_count, kept_bytes, asked;
	struct schedule_handle *handle;
	uint32_t handles, free_handle; /* free_handle: handles when none */
	uint32_t *worker_slots;    /* per worker */
	uint64_t recipients[SCHEDULE_STATE_COUNT], held; /* totals */
	uint32_t slots, jobs, fetches, records, writes; /* under way */
	uint64_t generation;
	struct store_record *batch; /* outcomes of this turn */
	uint64_t batches;          /* numbers them */
	struct list unrecorded;    /* batches the store refused, oldest first */
	int64_t record_again_mono_ms; /* 0: nothing refused */
	int64_t store_asked_mono_ms;
	bool store_is_broken;
	bool is_woken, is_stopping;
	int64_t stop_mono_ms;
	struct { /* what other threads read */
		atomic_uint_least64_t queued, deferred, held, active, connections;
	} shown;
};

/* schedule_is_same_text - of two that may be NULL */
static inline bool
schedule_is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

#endif
