/* deliver.h - stage 7: outbound sessions in the workers' loops.
 *
 * The scheduler decides everything (which message, when, over which
 * connection); a session does one job after the other and hands each back with
 * what the server said. A connection stays open between jobs until the
 * scheduler closes it or it has been idle for delivery.idle_timeout.
 * deliver knows nothing of schedule: jobs name the mailbox that wants them back. */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/tls.h"
#include "mail/mail_body.h"
#include "mail/mail_event.h"
#include "record/record.h"
#include "resolve/resolve.h"
#include "store/store.h"
#include "trace/trace_ring.h"
#include "verdict/verdict.h"
#include "verdict/verdict_rules.h"

#define DELIVER_RECIPIENTS_MAX 100 /* in one transaction (RFC 5321 s4.5.3.1.8) */

struct deliver; /* one per worker */

struct deliver_recipient {
	uint32_t no;
	const char *address;           /* borrowed: lives as long as the job */
	const char *orcpt;
	unsigned notify;
	void *context;                 /* the scheduler's record */
	/* result: NULL when this recipient was not tried (session failed before its
	 * RCPT was answered, or the server said 452 "too many recipients"): it keeps its attempts. Else
	 * owned event with kind DELIVERED, DEFERRED or BOUNCED, all facts filled in but id,
	 * attempt, credential, sender_domain and site. */
	struct mail_event *event;
	struct verdict verdict;        /* of a negative result */
	const struct record_ruling *ruling; /* of a negative result: what failed */
	enum verdict_phase phase;      /* of the result */
};

enum deliver_end {
	DELIVER_DONE,          /* the server answered for every recipient that has an event */
	DELIVER_NO_CONNECTION, /* no host could be reached or greeted us: nothing tried.
	                        * failure NULL: we are draining */
	DELIVER_LOST,          /* connection lost or server closed (421) on the way: some untried.
	                        * failure NULL: nobody's fault (the connection had closed while the
	                        * job was on its way, or we are draining): try again at once elsewhere */
};

struct deliver_job {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;                 /* the scheduler's connection slot */
	uint64_t conn_id;              /* 0: open a new connection; else over this one */
	/* for a new connection */
	struct resolve_route *route;   /* a reference; hosts are tried in order */
	const char *source_address;    /* numeric, or NULL; borrowed until the connection is gone */
	/* the transaction */
	uint64_t message_id;
	const char *return_path, *envid; /* borrowed for the life of the job */
	unsigned char ret;
	bool smtputf8;
	unsigned char by;              /* SMTP_BY_ bits: to be delivered by ... */
	int64_t by_unix_ms;
	struct mail_body *body;        /* a reference */
	struct deliver_recipient *recipient; /* mem_alloc'd, the job's */
	size_t recipients;
	/* result */
	enum deliver_end end;
	bool is_open;                  /* conn_id may be used again */
	struct mail_event *failure;    /* owned; for NO_CONNECTION and LOST: a DEFERRED event with
	                                * what the last host tried said (code, reply, host, TLS) */
	struct verdict verdict;        /* of failure */
	const struct record_ruling *ruling; /* of failure */
	enum verdict_phase phase;      /* of failure */
	bool next_reports;             /* the server offers DSN and was given NOTIFY: it reports
	                                * success itself (RFC 3461 s5.2.1) */
	bool next_has_by;              /* the server offers DELIVERBY and was told the time left */
	const char *connected_host;    /* resolve_host name in route, NULL: none */
	int64_t started_unix_ms, ended_unix_ms;
};

/* deliver_new - on the worker's thread (or before its loop runs). Borrows loop, store and tls. */
struct deliver *deliver_new(struct loop *loop, struct store *store, struct tls_client *tls,
                            const struct config *config, struct err *err);
void deliver_free(struct deliver **deliver);   /* all sessions ended or cut: see deliver_drain */
void deliver_reconfigure(struct deliver *deliver, const struct config *config); /* on its loop */
/* deliver_set_rules - the words replies are judged by from now on; keeps a reference.
 * On its loop. */
void deliver_set_rules(struct deliver *deliver, const struct verdict_rules *rules);
/* deliver_set_shares - of how many workers this is one: they share delivery.trace_memory.
 * Before its loop runs; 1 until then. */
void deliver_set_shares(struct deliver *deliver, size_t shares);

/* deliver_send - takes *job. Never refused: the scheduler caps connections, and
 * a connection has one job. Thread: any. */
void deliver_send(struct deliver *deliver, struct deliver_job **job);
void deliver_job_free(struct deliver_job **job);

/* struct deliver_note - from deliver to `back` of the job that opened the
 * connection: it closed while idle (server's wish or ours). */
struct deliver_gone {
	struct mailbox_item item;
	void *context;                 /* that job's */
	uint64_t conn_id;
};
/* where notices of closed idle connections go; set once before jobs are sent */
void deliver_set_gone(struct deliver *deliver, const struct mailbox_return *to);
/* deliver_close - close an idle connection (QUIT); no deliver_gone follows unless one is under way.
 * Thread: any. */
void deliver_close(struct deliver *deliver, uint64_t conn_id);
/* struct deliver_trace_ask - the sessions here that had this message, with what was said. Those
 * under way are among them. */
struct deliver_trace_ask {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	uint64_t message_id;
	char *recipient;               /* owned: only those that had it too; NULL: all */
	size_t limit;                  /* the newest so many; 1 at least */
	/* answered */
	struct trace **trace;          /* owned, in no order */
	size_t traces, more;           /* more: left out by limit */
	struct trace_ring_stats kept;
};
/* deliver_trace_send - takes *ask. Never refused: control's callers bound it. Thread: any. */
void deliver_trace_send(struct deliver *deliver, struct deliver_trace_ask **ask);
void deliver_trace_ask_free(struct deliver_trace_ask **ask);

/* deliver_drain - on its loop: no new connections; cut what is still busy after grace_ms,
 * then call done(arg). */
void deliver_drain(struct deliver *deliver, int64_t grace_ms, loop_fn done, void *arg);

#endif
