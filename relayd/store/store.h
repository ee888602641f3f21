/* store.h - stage 4 and the memory of everything: durable before "250".
 *
 * One thread owns the only write connection. It takes all that waits in its
 * mailbox, writes one transaction, syncs once, then answers everybody in it
 * (group commit). A body thread, two search threads and a report thread hold
 * read-only connections; spool threads write large texts (store_spool.h).
 *
 * Behind this header stands a small table of batch operations (store_ops.h);
 * SQLite is its first implementation. No SQL outside this folder and schema/.
 *
 * Files under state_dir: relay.db (what is alive), log/YYYY-MM-DD.db (finished
 * messages, one file per day of acceptance, expired by unlink), spool/. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "loop/mailbox.h"
#include "store/store_row.h"

struct store;

struct store_options {
	const char *url;               /* "sqlite:relay.db" */
	const char *state_dir;         /* made if missing (0700) */
	uint32_t node;                 /* 0..255 */
	int64_t log_keep_ms;           /* whole days */
	uint64_t disk_reserve_bytes;   /* less free space than this: nothing is accepted */
	bool log_subject;              /* false: subjects are not stored */
	/* a mailbox that was full for so many messages over so long is suppressed for a while */
	uint32_t mailbox_full_count;
	int64_t mailbox_full_span_ms, mailbox_full_for_ms;
};

/* store_open - open, check and migrate. err (SYSTEM or PERM): one sentence with
 * the way out: unwritable folder, second relayd on it, newer schema, damaged file.
 * Returns owned. */
struct store *store_open(const struct store_options *options, struct err *err);
int store_start(struct store *store, struct err *err); /* threads */
/* store_reconfigure - log_keep_ms, disk_reserve_bytes and log_subject as in *options from the
 * next batch on; the others stay as they were. Any thread, after store_start. */
void store_reconfigure(struct store *store, const struct store_options *options);
/* store_stop - commits what waits, joins the threads. */
void store_stop(struct store *store);
void store_close(struct store **store);
/* store_largest_id - for id_gen_init; before store_start. */
uint64_t store_largest_id(struct store *store);

/* ---- at start, on the main thread, before store_start -------------------------------- */
typedef void (*store_queued_fn)(const struct store_queued *queued, void *arg);
/* store_load_queue - every pending message of this node, oldest first. */
int store_load_queue(struct store *store, store_queued_fn fn, void *arg, struct err *err);
typedef void (*store_row_fn)(const struct store_change *row, void *arg);
/* store_load_rows - credentials, then secrets, domains, keys, holds, paces, throttles,
 * warm-ups, what is stopped about source addresses, alerts, their changes in order, what was
 * learned of credentials, holds of failing domains, migrations, as PUT changes. */
int store_load_rows(struct store *store, store_row_fn fn, void *arg, struct err *err);
/* store_peek_domains - domains and their keys of the store that is there, in use or not, without
 * opening it: nothing is changed, no other store may be used meanwhile. 0 if there is none yet. */
int store_peek_domains(const struct store_options *options, store_row_fn fn, void *arg,
                       struct err *err);

typedef void (*store_notice_fn)(uint64_t message_id, void *arg);
/* store_load_notices - messages of which something final is still to be told. */
int store_load_notices(struct store *store, store_notice_fn fn, void *arg, struct err *err);

typedef void (*store_suppression_fn)(const struct store_suppression *row, void *arg);
/* store_load_suppressions - every entry; strings are valid during the call. */
int store_load_suppressions(struct store *store, store_suppression_fn fn, void *arg,
                            struct err *err);

/* ---- accept: stage 4 -------------------------------------------------------------- */
struct store_accept {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;                 /* the asker's */
	struct mail_message *message;  /* stays the request's; complete, with body */
	uint64_t secret_id;            /* used to log in; 0 none */
	struct store_told told;        /* message is a notice: about whom. Noted with it */
	struct store_alerts_told alerts_told; /* message is a mail about alerts: likewise */
	struct store_use used;         /* what it adds to its credential's; 0: nothing. With it */
	int result;                    /* 0: committed and synced. -1: err says why; nothing kept */
	struct err err;                /* LIMIT: disk short, 452 4.3.1; SYSTEM: 451 4.3.0 */
};
/* store_accept_send - takes *request; false (kept): too many wait, answer 451 4.3.1.
 * Thread: any. */
bool store_accept_send(struct store *store, struct store_accept **request);

/* ---- outcomes --------------------------------------------------------------------- */
struct store_record {
	struct mailbox_item item;
	struct mailbox_return back;    /* answered after the sync; the asker publishes and frees */
	void *context;
	struct store_outcome *outcome; /* mem_alloc'd */
	size_t outcomes;
	int result;
	struct err err;
};
/* store_record_send - takes *request. Never refused: bounded by attempts in flight.
 * While the store cannot write it is kept and tried again, since what was delivered
 * stays delivered; result is -1 only for a bug or a store stopped in that state.
 * Gives each event its id. Idempotent: an outcome for a recipient that already
 * left the queue changes nothing. Thread: any. */
void store_record_send(struct store *store, struct store_record **request);
void store_record_free(struct store_record **request); /* events too */

/* ---- changes ---------------------------------------------------------------------- */
struct store_write {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns the rows' strings; the request's */
	struct store_change *change;   /* in the arena; all or none */
	size_t changes;
	struct store_audit audit;      /* action NULL: no audit row */
	int result;
	struct err err;
};
/* store_write_new - with an arena of its own and room for `most` changes, which
 * store_write_add fills one by one. Returns owned. */
struct store_write *store_write_new(struct mailbox_return back, void *context, size_t most);
struct store_change *store_write_add(struct store_write *write, enum store_change_kind kind);
void store_write_free(struct store_write **write);
/* store_write_send - takes *request. New rows get their ids before (id_gen of the
 * asker's thread). Thread: any. */
void store_write_send(struct store *store, struct store_write **request);
/* store_overwrite - a change made at once, of which nothing old is left: what its rows replace
 * is overwritten with zeros, in the database and in the WAL. On the main thread, before
 * store_start. Fills request->result and err; returns result. The request stays the caller's. */
int store_overwrite(struct store *store, struct store_write *request);

/* store_note_use - this secret just logged in from there. Coalesced in memory,
 * written with a later batch (at most some seconds old after a crash). Thread: any. */
void store_note_use(struct store *store, uint64_t secret_id, int64_t now_unix_ms,
                    const char *address);

/* ---- bodies ----------------------------------------------------------------------- */
struct store_fetch { /* answered by the body thread */
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	uint64_t id;
	struct mail_body *body;        /* result; the asker's reference */
	int result;
	struct err err;
};
/* store_fetch_send - never refused: bounded by attempts in flight. */
void store_fetch_send(struct store *store, struct store_fetch **request);

/* What a notice about a message is made of. A message with notices owed stays in
 * the queue's database until each was told (store_accept.told) or forgotten. */
struct store_notice { /* answered by the body thread */
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns all results but body; the request's */
	uint64_t message_id;
	bool wants_delayed;            /* also those that wait, ask for it and were not told */
	uint32_t limit;                /* recipients at most; the rest by another request */
	uint64_t text_max_bytes;       /* a text from spool/ is read into body up to this size */
	/* answered; recipients 0: nothing is owed, and body is NULL */
	uint64_t credential_id;
	const char *sender, *header_message_id, *subject, *envid;
	unsigned char ret;
	bool smtputf8;
	int64_t expires_unix_ms;
	int64_t by_unix_ms;            /* to be delivered by then; 0: not said */
	struct store_notice_recipient *recipient;
	size_t recipients;
	struct mail_body *body;        /* the asker's reference */
	int result;                    /* -1, PERM: no such message in the queue */
	struct err err;
};
/* store_notice_send - takes *request. Never refused: its asker bounds how many are
 * under way. Thread: any. */
void store_notice_send(struct store *store, struct store_notice **request);
void store_notice_free(struct store_notice **request); /* arena and body too */

/* ---- questions -------------------------------------------------------------------- */
struct store_search {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns query strings and result rows; the request's */
	struct store_query query;
	atomic_bool *cancel;           /* NULL, or set true by the asker to interrupt */
	struct store_result result_set;
	int result;
	struct err err;
};
/* store_search_send - false (kept): too many searches wait. Thread: any. */
bool store_search_send(struct store *store, struct store_search **request);
/* What a credential's mail was since a time, beside what it was before: for somebody who
 * fears that its password leaked. Counted are recipients; the newest is looked at first. */
enum store_sent_kind {
	STORE_SENT_NETWORK,            /* clients: 192.0.2.0/24, 2001:db8:1:2::/64 */
	STORE_SENT_HOST,               /* each of them: "192.0.2.15 app01", as it said EHLO */
	STORE_SENT_KEY,                /* id of the secret, as a number */
	STORE_SENT_SENDER,             /* envelope senders */
	STORE_SENT_FROM,               /* domains of From */
	STORE_SENT_DOMAIN,             /* recipients' domains */
	STORE_SENT_KIND_COUNT
};
#define STORE_SENT_ROWS_MAX 200        /* of each kind, most recipients first */

struct store_sent_row {
	const char *value;
	uint64_t recipients, before;   /* in the time asked for, and in the one before it */
	int64_t first_unix_ms, last_unix_ms; /* in the time asked for */
};

struct store_sent {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns strings and rows; the request's */
	const char *credential;
	int64_t before_unix_ms;        /* from then to since: what is usual */
	int64_t since_unix_ms;
	int64_t recent_unix_ms;        /* what came after that is counted too; 0: not */
	uint32_t timeout_ms;           /* 0: some seconds */
	/* answered */
	uint64_t recent_messages, recent_recipients;
	uint64_t messages, recipients, messages_before, recipients_before;
	uint64_t status[MAIL_STATUS_COUNT]; /* of recipients, in the time asked for */
	uint64_t busiest_hour, busiest_hour_before; /* recipients */
	int64_t compared_unix_ms;      /* looked back to then: not so far when time ran out */
	bool is_complete;              /* all of the time asked for was looked at */
	struct store_sent_row *row[STORE_SENT_KIND_COUNT];
	size_t rows[STORE_SENT_KIND_COUNT], total[STORE_SENT_KIND_COUNT];
	uint64_t news[STORE_SENT_KIND_COUNT]; /* values nobody saw before */
	int result;
	struct err err;
};
bool store_sent_send(struct store *store, struct store_sent **request);

/* Addresses near `text` by edit distance, most used first, for "no trace". */
struct store_near {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;
	const char *text;
	const char **address;          /* result */
	uint64_t *uses;
	size_t count;
	int result;
	struct err err;
};
bool store_near_send(struct store *store, struct store_near **request);
struct store_audit_list { /* newest first */
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;
	uint32_t limit;
	uint64_t before_id;
	struct store_audit *audit;     /* result */
	size_t count;
	int result;
	struct err err;
};
bool store_audit_list_send(struct store *store, struct store_audit_list **request);
/* Secrets with their last use, of one credential (0: all). */
struct store_secret_list {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;
	uint64_t credential_id;
	struct store_secret *secret;   /* result; hashes left out */
	size_t count;
	int result;
	struct err err;
};
bool store_secret_list_send(struct store *store, struct store_secret_list **request);

/* Suppressions, newest first; all given conditions must hold. */
struct store_suppression_list {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* the request's */
	const char *address, *everybody; /* this one, and "*@" its domain; else NULL */
	const char *domain, *text;     /* of the address: its domain, a part of it; or NULL */
	int reason;                    /* enum mail_suppression; -1: any */
	const char *scope, *site;      /* or NULL */
	int64_t since_unix_ms, until_unix_ms; /* since when it is; 0: open */
	uint64_t before_id;
	uint32_t limit;
	const uint64_t *id;            /* not NULL: the rows of these `limit` ids that are there
	                                * (still), in that order, instead of the conditions */
	struct store_suppression *row; /* result */
	size_t count;
	int result;
	struct err err;
};
bool store_suppression_list_send(struct store *store, struct store_suppression_list **request);

/* Which entries those conditions mean, all of them, as one bit an id: what a list of a
 * million is paged by. Reads the whole list, but only the index on addresses where the
 * conditions ask for no more (0.2 s a million). */
struct store_suppression_index {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* the request's */
	struct store_suppression_list want; /* its conditions but address and before_id */
	uint64_t after_id;             /* only those that came after it: cheap */
	uint64_t *bits;                /* result: bit id % 64 of word id / 64, in the arena */
	size_t words;
	uint64_t count;                /* bits set */
	uint64_t last_id;              /* of the whole list */
	int result;
	struct err err;
};
bool store_suppression_index_send(struct store *store, struct store_suppression_index **request);

/* ---- health ----------------------------------------------------------------------- */
struct store_stats { /* since start; Thread: any */
	uint64_t commits, syncs, messages, outcomes, bytes;
	uint64_t largest_batch, wal_bytes, free_bytes;
	bool is_full;                  /* disk short: nothing is accepted */
	bool is_broken;                /* cannot write: nothing is delivered either */
};
void store_stats_read(struct store *store, struct store_stats *stats_out);

#endif
