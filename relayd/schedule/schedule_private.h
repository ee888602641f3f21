/* schedule_private.h - the structs of the queue and what its files do for each
 * other. Everything here belongs to the scheduler's thread.
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
#ifndef SCHEDULE_SCHEDULE_PRIVATE_H
#define SCHEDULE_SCHEDULE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
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
	union {                    /* by state; neither while ACTIVE */
		struct list in_lane;   /* READY, TOLD */
		struct heap_node due;  /* DEFERRED, SCHEDULED: in queue->deferred, ->scheduled;
		                        * mono ms */
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
	bool smtputf8, is_bulk;
	bool is_delay_told;        /* its sender was told that it waits, or nobody is to be */
	bool is_overdue;           /* has a last attempt after its expiry */
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
	bool has_expired;          /* some of what it holds by a label, meanwhile */
	struct schedule_hold_rule *rule; /* HOLD_RULE: owned */
	struct schedule_grace *grace; /* HOLD_MESSAGES: what is done at its end; or NULL */
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
	char *cause;               /* the rule that acted last, or NULL */
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

struct schedule_note { /* of site->history */
	struct list link;
	int64_t at_unix_ms;
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

/* ---- schedule_turn.c ----------------------------------------------------------------- */
void schedule_turn(void *arg);              /* the timer's */
void schedule_wake(struct schedule *s);     /* a turn is needed */
void schedule_show_counts(struct schedule *s); /* what other threads read */
void schedule_read_clock(struct schedule *s);
int64_t schedule_unix_ms(const struct schedule *s, int64_t mono_ms);
int64_t schedule_mono_ms(const struct schedule *s, int64_t unix_ms);
bool schedule_may_start(const struct schedule *s);

/* ---- schedule_message.c -------------------------------------------------------------- */
struct schedule_message *schedule_message_find(struct schedule *s, uint64_t id);
void schedule_message_accept(struct schedule *s, struct mail_message **message);
void schedule_message_load(struct schedule *s, const struct store_queued *queued);
/* schedule_message_extend - its expiry passed, but it has an attempt left. */
void schedule_message_extend(struct schedule *s, struct schedule_message *message);
void schedule_message_expire(struct schedule *s, struct schedule_message *message);
int64_t schedule_message_expires_mono(const struct schedule *s,
                                      const struct schedule_message *message);
void schedule_message_drop_body(struct schedule *s, struct schedule_message *message);
void schedule_message_fit_bodies(struct schedule *s); /* at a turn's end */
void schedule_message_free(struct schedule *s, struct schedule_message *message);
void schedule_message_free_all(struct schedule *s);
const char *schedule_message_return_path(const struct schedule_message *message);
const char *schedule_message_from_domain(const struct schedule_message *message);
const char *schedule_message_envid(const struct schedule_message *message);
struct schedule_by schedule_message_by(const struct schedule_message *message);

/* ---- schedule_recipient.c ----------------------------------------------------------- */
/* schedule_recipient_new - of a message that comes in; start it next. */
struct schedule_recipient *schedule_recipient_new(struct schedule *s, struct schedule_message *m,
                                                  uint32_t place, uint32_t no,
                                                  const struct mail_recipient *from,
                                                  struct schedule_label *label);
/* schedule_recipient_start_... - its first state, or the next one after it left one. */
void schedule_recipient_start_waiting(struct schedule *s, struct schedule_recipient *r,
                                      enum schedule_state state, bool first);
void schedule_recipient_start_deferred(struct schedule *s, struct schedule_recipient *r,
                                       int64_t due_mono_ms);
void schedule_recipient_start_scheduled(struct schedule *s, struct schedule_recipient *r);

/* each change of state is one of these */
void schedule_recipient_wait(struct schedule *s, struct schedule_recipient *r,
                             enum schedule_state state, bool first);
void schedule_recipient_defer(struct schedule *s, struct schedule_recipient *r,
                              int64_t due_mono_ms);
void schedule_recipient_activate(struct schedule *s, struct schedule_recipient *r);
void schedule_recipient_leave(struct schedule *s, struct schedule_recipient *r); /* frees it */
/* schedule_recipient_move - into another lane, of its queue or of its domain's other ways,
 * in the state it is in. Takes the place in lane that schedule_lane_get gave. */
void schedule_recipient_move(struct schedule *s, struct schedule_recipient *r,
                             struct schedule_lane *lane);
/* schedule_recipient_settle - to the way its credential's migration gives it now; not while
 * ACTIVE: it is settled when its job comes back. */
void schedule_recipient_settle(struct schedule *s, struct schedule_recipient *r);
void schedule_recipient_set_reply(struct schedule_recipient *r, struct schedule_reply *reply);

/* ---- schedule_credential.c ---------------------------------------------------------- */
struct schedule_credential *schedule_credential_ref(struct schedule *s, uint64_t id,
                                                    const char *name);
void schedule_credential_unref(struct schedule *s, struct schedule_credential *credential);
/* schedule_credential_renew_all - schedule->accounts is a new one. */
void schedule_credential_renew_all(struct schedule *s,
                                   const struct account_snapshot *old_accounts);

/* ---- schedule_reply.c --------------------------------------------------------------- */
struct schedule_reply *schedule_reply_new(int code, struct verdict_status enhanced,
                                          enum verdict_category category, struct span text);
struct schedule_reply *schedule_reply_of(const struct mail_event *event); /* Returns owned */
struct schedule_reply *schedule_reply_ref(struct schedule_reply *reply); /* NULL stays NULL */
void schedule_reply_unref(struct schedule_reply **reply);

/* ---- schedule_queue.c ---------------------------------------------------------------- */
struct schedule_queue *schedule_queue_find(struct schedule *s, struct span name);
/* schedule_queue_get - made, if need be. smarthost: of schedule->ways, or NULL. */
struct schedule_queue *schedule_queue_get(struct schedule *s, struct span domain,
                                          const char *smarthost);
/* schedule_queue_of_way - of a domain, by this way; or NULL. */
struct schedule_queue *schedule_queue_of_way(struct schedule *s, struct span domain,
                                             const struct schedule_way *way);
struct schedule_lane_key { /* what its mail has in common */
	struct schedule_queue *queue;
	struct schedule_credential *credential;
	enum schedule_class class;
	uint16_t share;
	struct schedule_label *label;
};
/* schedule_lane_get - for one recipient more. */
struct schedule_lane *schedule_lane_get(struct schedule *s, const struct schedule_lane_key *key);
void schedule_lane_drop(struct schedule *s, struct schedule_lane *lane); /* one recipient less */
uint32_t schedule_queue_waiting(const struct schedule_queue *queue); /* all but active */
void schedule_queue_changed(struct schedule *s, struct schedule_queue *queue); /* counts, timers */
bool schedule_queue_is_open(const struct schedule_queue *queue); /* routed and not held */
/* schedule_queue_needs - something in it is ready: it needs a route, or a sweep. */
void schedule_queue_needs(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_refresh(struct schedule *s, struct schedule_queue *queue); /* route too old */
void schedule_queue_unroute(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_set_hold(struct schedule *s, struct schedule_queue *queue,
                             struct schedule_hold *hold);
void schedule_queue_flush(struct schedule *s, struct schedule_queue *queue); /* try all now */
void schedule_queue_due(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_ask_waiting(struct schedule *s); /* more look-ups, as far as the cap allows */
void schedule_queue_free_idle(struct schedule *s);   /* the oldest of too many */
void schedule_queue_routed(struct mailbox_item *item, void *owner); /* the resolver's answer */
void schedule_queue_free(struct schedule *s, struct schedule_queue *queue);

/* ---- schedule_site.c ----------------------------------------------------------------- */
/* schedule_exchange_get - source: of schedule->sources, or NULL for the system's choice. */
struct schedule_exchange *schedule_exchange_get(struct schedule *s,
                                                const struct resolve_route *route,
                                                const char *source);
void schedule_exchange_release(struct schedule *s, struct schedule_exchange *exchange);
void schedule_site_configure(struct schedule *s, struct schedule_site *site);
bool schedule_site_is_waiting(const struct schedule *s, const struct schedule_site *site);
/* schedule_site_hear - what it answered; reply: its words, NULL when ACCEPTED. */
void schedule_site_hear(struct schedule *s, struct schedule_site *site,
                        struct schedule_reply *reply, const struct pace_report *report);
/* schedule_site_pause - a rule: nothing for that long. */
void schedule_site_pause(struct schedule *s, struct schedule_site *site,
                         struct schedule_reply *reply, int64_t for_ms);
/* schedule_site_note - remembers a change for `throttle history`; text: one line. */
void schedule_site_note(struct schedule *s, struct schedule_site *site, const char *text);
/* schedule_site_save_history - as text of arena; schedule_site_restore_history: lines that are
 * none of it are left out. */
const char *schedule_site_save_history(const struct schedule_site *site, struct arena *arena);
void schedule_site_restore_history(struct schedule_site *site, const char *text);
/* schedule_site_plan - pauses from the first retry interval to the last, or bound_ms. */
struct pace_backoff_plan schedule_site_plan(const struct schedule *s, int64_t bound_ms);
/* schedule_site_refresh - max_connections as the gate has it now. */
void schedule_site_refresh(struct schedule *s, struct schedule_site *site);
void schedule_site_flush(struct schedule *s, struct schedule_site *site); /* forget the back-off */
void schedule_site_dirty(struct schedule *s, struct schedule_site *site);
void schedule_site_due(struct schedule *s, struct schedule_site *site);
void schedule_site_wait_until(struct schedule *s, struct schedule_site *site, int64_t mono_ms);
void schedule_site_free_all(struct schedule *s);

/* ---- schedule_source.c --------------------------------------------------------------- */
/* schedule_source_share - for the mail of m in this queue: all with one pool has the same. */
uint16_t schedule_source_share(struct schedule *s, struct schedule_queue *queue,
                               const struct schedule_message *m,
                               const struct schedule_label *label);
/* schedule_source_assign - the lane's exchange as its share and the state of the
 * addresses have it now; none while its queue has no route. */
void schedule_source_assign(struct schedule *s, struct schedule_lane *lane);
void schedule_source_assign_all(struct schedule *s, struct schedule_queue *queue);
void schedule_source_reassign(struct schedule *s); /* every queue: addresses or pools changed */
/* schedule_source_rejoin - the site was stopped or may be used again: everybody anew. */
void schedule_source_rejoin(struct schedule *s, struct schedule_site *site);
/* schedule_source_is_stopped - by a stop_source rule: others of the pool step in. */
bool schedule_source_is_stopped(const struct schedule *s, const struct schedule_site *site);
/* schedule_source_is_same_way - would route change no exchange of the queue? */
bool schedule_source_is_same_way(struct schedule *s, const struct schedule_queue *queue,
                                 const struct resolve_route *route);
void schedule_source_drop_paths(struct schedule *s, struct schedule_queue *queue);
void schedule_source_drop_turns(struct schedule_queue *queue);
/* schedule_source_pool - the name of the pool that mail leaves by; NULL: the default one. */
const char *schedule_source_pool(const struct schedule *s,
                                 const struct schedule_credential *credential,
                                 const struct schedule_label *label);
/* schedule_source_domain - the sending domain that chose a pool for it, or NULL. */
const char *schedule_source_domain(const struct account_snapshot *accounts,
                                   const char *from_domain);
void schedule_source_remember(struct schedule *s); /* those of the configuration */
void schedule_source_check(struct schedule *s);    /* now and then: are they here? */
int64_t schedule_source_due_mono(const struct schedule *s);
void schedule_source_free_all(struct schedule *s);

/* schedule_source_get - made, if it is not known. */
struct schedule_source *schedule_source_get(struct schedule *s, const char *address);
/* schedule_source_off - of the addresses this lane might use, one that is off; or NULL. */
const struct schedule_source *schedule_source_off(const struct schedule *s,
                                                  const struct schedule_lane *lane);

/* ---- schedule_slot.c ----------------------------------------------------------------- */
/* schedule_slot_open - a place for a new connection, or NULL: the site or the
 * relay has as many as it may (the site is then in line for the next). */
struct schedule_slot *schedule_slot_open(struct schedule *s, struct schedule_exchange *exchange);
void schedule_slot_set_busy(struct schedule *s, struct schedule_slot *slot, bool is_bulk);
void schedule_slot_set_idle(struct schedule *s, struct schedule_slot *slot); /* after a job */
void schedule_slot_close(struct schedule *s, struct schedule_slot *slot); /* tells deliver; frees */
void schedule_slot_free(struct schedule *s, struct schedule_slot *slot);
void *schedule_slot_handle(const struct schedule *s, const struct schedule_slot *slot);
struct schedule_slot *schedule_slot_find(const struct schedule *s, const void *handle);
void schedule_slot_gone(struct mailbox_item *item, void *owner); /* deliver's notice */
void schedule_slot_close_all(struct schedule *s);

/* ---- schedule_pick.c ----------------------------------------------------------------- */
void schedule_pick_update(struct schedule *s, struct schedule_lane *lane); /* hang in or out */
struct schedule_stream *schedule_pick_stream(struct schedule_site *site);
/* schedule_pick_own - the best for a connection to exchange; never another. */
struct schedule_stream *schedule_pick_own(struct schedule_exchange *exchange);
/* schedule_pick_is_ahead - should `stream` go before `own` although that costs a connection? */
bool schedule_pick_is_ahead(const struct schedule_stream *stream,
                            const struct schedule_stream *own);
/* schedule_pick_charge - stream's first lane gets a job with one recipient; call it before
 * that one leaves the lane. schedule_pick_add_work: for the others in the job. */
void schedule_pick_charge(struct schedule_stream *stream);
void schedule_pick_add_work(struct schedule_flow *flow, uint32_t recipients);
struct schedule_recipient *schedule_lane_first(const struct schedule_lane *lane);
bool schedule_lane_has_ready(const struct schedule_lane *lane); /* READY or TOLD ones */

/* ---- schedule_start.c ---------------------------------------------------------------- */
void schedule_start_ready(struct schedule *s); /* all dirty sites */

/* ---- schedule_outcome.c -------------------------------------------------------------- */
void schedule_outcome_job(struct mailbox_item *item, void *owner); /* a job came back */
/* schedule_outcome_fill - a copy of event with the recipient's facts. Returns owned. */
struct mail_event *schedule_outcome_fill(struct schedule *s, const struct schedule_recipient *r,
                                         const struct mail_event *event);
/* schedule_outcome_finish - r leaves with this event; schedule_outcome_told: it
 * is told why it waits; both take nothing and record a copy. */
void schedule_outcome_finish(struct schedule *s, struct schedule_recipient *r,
                             const struct mail_event *event);
void schedule_outcome_expire(struct schedule *s, struct schedule_recipient *r,
                             const struct mail_event *last); /* last: NULL, or the attempt's */
void schedule_outcome_defer(struct schedule *s, struct schedule_recipient *r,
                            const struct mail_event *event, const struct verdict *verdict,
                            uint64_t seed);

/* ---- schedule_trouble.c -------------------------------------------------------------- */
struct schedule_trouble {
	enum record_meanwhile meanwhile; /* what else of the site worked: decides what follows */
	uint32_t tried;            /* recipients */
};
/* schedule_trouble_take - tells the site's pace what the job says of it. */
struct schedule_trouble schedule_trouble_take(struct schedule *s, const struct schedule_slot *slot,
                                              const struct deliver_job *job);

/* ---- schedule_rule.c ----------------------------------------------------------------- */
/* schedule_rule_hear - a job's first negative answer, and whose mail it was. */
void schedule_rule_hear(struct schedule *s, struct schedule_site *site,
                        const struct schedule_credential *credential,
                        const struct mail_event *event);
/* schedule_rule_stopped_until - mono ms; 0: the credential may use the site. */
int64_t schedule_rule_stopped_until(const struct schedule *s, const struct schedule_site *site,
                                    uint64_t credential_id);
/* schedule_rule_save_stops - who is stopped at the site and until when, as text of arena;
 * schedule_rule_restore_stops: what is over, or no such text, is left out. */
const char *schedule_rule_save_stops(const struct schedule *s, const struct schedule_site *site,
                                     struct arena *arena);
void schedule_rule_restore_stops(struct schedule *s, struct schedule_site *site,
                                 const char *text);
void schedule_rule_due(struct schedule *s, struct schedule_site *site);
void schedule_rule_set_timer(struct schedule *s, struct schedule_site *site);
void schedule_rule_forget(struct schedule_site *site);
void schedule_rule_deinit(struct schedule_site *site);
/* ---- schedule_notice.c --------------------------------------------------------------- */
/* schedule_notice_of - what the sender is to be told of r's final outcome. job: that
 * brought it about, or NULL. */
enum mail_notice schedule_notice_of(const struct schedule_recipient *r,
                                    enum mail_event_kind kind, const struct deliver_job *job);
/* schedule_notice_expect - m is new; its sender may want to hear at a time of its own. */
void schedule_notice_expect(struct schedule *s, const struct schedule_message *m);
/* schedule_notice_recorded - the store has these: what they owe may be told. */
void schedule_notice_recorded(const struct schedule *s, const struct store_record *request);
void schedule_notice_run(struct schedule *s); /* a slice of those that wait too long */
int64_t schedule_notice_due_mono(const struct schedule *s); /* INT64_MAX: none */

/* ---- schedule_suppress.c ------------------------------------------------------------- */
/* schedule_suppress_finish - true: it is on the list, and left the queue. */
bool schedule_suppress_finish(struct schedule *s, struct schedule_recipient *r);
void schedule_suppress_tell(struct schedule *s, const struct store_record *request);

/* ---- schedule_record.c --------------------------------------------------------------- */
void schedule_record_add(struct schedule *s, struct mail_event *event, enum mail_status status,
                         bool is_final); /* takes event */
/* schedule_record_act - something of the relay itself: logged, stored, published. */
void schedule_record_act(struct schedule *s, const struct mail_event *event);
/* schedule_record_add_final - and what its sender is to be told of it. */
void schedule_record_add_final(struct schedule *s, struct mail_event *event,
                               enum mail_status status, enum mail_notice notice);
void schedule_record_flush(struct schedule *s);
bool schedule_record_is_stuck(const struct schedule *s);
size_t schedule_record_pending(const struct schedule *s);
void schedule_record_free_all(struct schedule *s);

/* ---- schedule_sweep.c ---------------------------------------------------------------- */
void schedule_sweep_queue(struct schedule *s, struct schedule_queue *queue); /* if need be */
void schedule_sweep_site(struct schedule *s, struct schedule_site *site);
void schedule_sweep_run(struct schedule *s); /* a slice */

/* ---- schedule_survey.c --------------------------------------------------------------- */
struct schedule_survey { /* what an act would touch; answers go into ask */
	struct schedule_ask *ask;
	struct map *credentials, *senders;
	struct schedule_credential *last;
	uint32_t left;             /* may still be looked at */
};
void schedule_survey_init(struct schedule_survey *survey, struct schedule_ask *ask);
void schedule_survey_deinit(struct schedule_survey *survey);
void schedule_survey_queue(struct schedule_survey *survey, const struct schedule_queue *queue);
void schedule_survey_recipient(struct schedule_survey *survey,
                               const struct schedule_recipient *r);
/* schedule_survey_answers - true: nothing is to be done, because it was only asked,
 * or because more would be touched than was seen (ask fails). */
bool schedule_survey_answers(struct schedule_ask *ask);

/* ---- schedule_withdraw.c ------------------------------------------------------------- */
/* schedule_withdraw_queues - bounces what waits there now. Takes ask; answers it when
 * the store has all of it. */
void schedule_withdraw_queues(struct schedule *s, struct schedule_ask *ask,
                              struct schedule_queue *const *queue, size_t queues);
/* schedule_withdraw_messages - bounces or cancels what waits of ask->message. As above. */
void schedule_withdraw_messages(struct schedule *s, struct schedule_ask *ask);
void schedule_withdraw_run(struct schedule *s); /* a slice */
void schedule_withdraw_recorded(struct schedule *s, uint64_t batch); /* the store has it */
void schedule_withdraw_free_all(struct schedule *s);

/* ---- schedule_wait.c ----------------------------------------------------------------- */
struct schedule_reason { /* borrowed of the queue; valid in this turn */
	enum schedule_constraint constraint;
	int64_t until_mono_ms;     /* it ends by itself then; 0: not known */
	int64_t projected_mono_ms; /* of a recipient: tried about then; 0: nobody can tell */
	const struct schedule_reply *reply; /* behind it, or NULL */
	const char *rule;          /* that acted, or NULL */
	const struct schedule_hold *hold; /* BY_HOLD: which */
	const struct schedule_site *site; /* whose it is, or NULL */
	const struct schedule_source *source; /* BY_SOURCE_OFF: which */
};
struct schedule_reason schedule_wait_site(const struct schedule *s,
                                          const struct schedule_site *site);
struct schedule_reason schedule_wait_queue(const struct schedule *s,
                                           const struct schedule_queue *queue);
struct schedule_reason schedule_wait_recipient(const struct schedule *s,
                                               const struct schedule_recipient *r);
/* schedule_wait_served - so many recipients are being handed to the site. */
void schedule_wait_served(const struct schedule *s, struct schedule_site *site,
                          size_t recipients);

/* ---- schedule_why.c ------------------------------------------------------------------ */
struct schedule_words { /* in the asker's arena */
	const char *state, *why, *last_reply;
	struct schedule_wait wait;
};
/* schedule_why_reply - its words as one line of UTF-8. */
const char *schedule_why_reply(const struct schedule_reply *reply, struct arena *arena);
void schedule_why_site(struct schedule *s, struct schedule_site *site, struct arena *arena,
                       struct schedule_words *words_out);
void schedule_why_queue(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
                        struct schedule_words *words_out);
const char *schedule_why_recipient(struct schedule *s, struct schedule_recipient *r,
                                   struct arena *arena, struct schedule_wait *wait_out);

/* ---- schedule_ask.c ------------------------------------------------------------------ */
void schedule_ask_answer(struct mailbox_item *item, void *owner);
bool schedule_ask_shows(const struct schedule_queue *queue); /* in lists */
int schedule_ask_no_queue(struct schedule *s, struct schedule_ask *ask); /* fails, with a guess */

/* ---- schedule_write.c ---------------------------------------------------------------- */
/* schedule_write_new - room for so many changes; ask (or NULL) is answered when stored. */
struct store_write *schedule_write_new(struct schedule *s, struct schedule_ask *ask,
                                       size_t changes);
struct store_change *schedule_write_add(struct store_write *write, enum store_change_kind kind);
void schedule_write_send(struct schedule *s, struct store_write *write);
void schedule_write_free(struct store_write **write);

/* ---- schedule_saved.c ---------------------------------------------------------------- */
void schedule_saved_load(struct schedule *s, const struct store_pace *row);
void schedule_saved_apply(struct schedule *s, struct schedule_site *site); /* a new site */
void schedule_saved_mark(struct schedule *s, struct schedule_site *site);  /* it changed */
void schedule_saved_keep(struct schedule *s, struct schedule_site *site);  /* it goes */
void schedule_saved_flush(struct schedule *s);                             /* at a turn's end */
void schedule_saved_free_all(struct schedule *s);

/* ---- schedule_throttle.c ------------------------------------------------------------- */
void schedule_throttle_load(struct schedule *s, const struct store_throttle *row);
/* schedule_throttle_apply - the operators' limits that concern this site, onto limits. */
void schedule_throttle_apply(const struct schedule *s, const struct schedule_site *site,
                             struct pace_limits *limits);
void schedule_throttle_due(struct schedule *s, struct schedule_throttle *throttle);
void schedule_throttle_list(struct schedule *s, struct schedule_ask *ask);
bool schedule_throttle_set(struct schedule *s, struct schedule_ask *ask); /* true: answer now */
bool schedule_throttle_clear(struct schedule *s, struct schedule_ask *ask);
void schedule_throttle_free_all(struct schedule *s);

/* ---- schedule_signed.c --------------------------------------------------------------- */
void schedule_signed_find(struct schedule *s, struct schedule_ask *ask); /* FIND_SIGNED */

/* ---- schedule_act.c ------------------------------------------------------------------ */
/* schedule_act_run - true: answer ask now. false: that is done when the store has it. */
bool schedule_act_run(struct schedule *s, struct schedule_ask *ask);
/* schedule_act_means - is the queue meant by this domain, name or pattern (NULL: all)? */
bool schedule_act_means(const struct schedule_queue *queue, const char *match);
bool schedule_act_means_domain(const struct schedule_queue *queue, const char *match);

#endif
