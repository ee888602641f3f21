/* deliver_private.h - what the files of deliver/ know of each other. One loop thread. */
#ifndef DELIVER_DELIVER_PRIVATE_H
#define DELIVER_DELIVER_PRIVATE_H

#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rand.h"
#include "deliver/deliver.h"
#include "deliver/deliver_memory.h"
#include "deliver/deliver_peer.h"
#include "deliver/deliver_walk.h"
#include "loop/conn.h"
#include "smtp/smtp_data.h"
#include "smtp/smtp_reply.h"
#include "store/store_spool.h"
#include "trace/trace_ring.h"

/* struct deliver - made by deliver_new, freed by deliver_free. */
struct deliver {
	struct loop *loop;             /* borrowed, as are store and tls */
	struct store *store;
	struct tls_client *tls;
	struct config *config;         /* a reference */
	struct verdict_rules *rules;   /* a reference; NULL: the shipped ones */
	struct mailbox *mailbox;
	struct map *by_id;             /* sessions that may get jobs or have one */
	struct list sessions;          /* all, those saying QUIT too */
	uint64_t last_id;
	struct rand rand;
	struct buf scratch;            /* commands and stuffed text on their way to conn */
	struct deliver_memory *failed; /* did not accept a connection lately */
	struct deliver_memory *broken_tls; /* STARTTLS offered, handshake fails */
	struct mailbox_return gone;
	struct trace_ring *traces;     /* of sessions that ended */
	size_t shares;                 /* workers that share delivery.trace_memory */
	bool is_draining;
	loop_fn drained;               /* NULL after it was called */
	void *drained_arg;
	struct loop_timer drain_timer;
};

#define DELIVER_QUIT_MS 5000 /* for the reply to QUIT: a courtesy */

enum deliver_state {
	DELIVER_STATE_START, DELIVER_STATE_CONNECT, DELIVER_STATE_GREETING, DELIVER_STATE_EHLO,
	DELIVER_STATE_HELO, DELIVER_STATE_STARTTLS, DELIVER_STATE_HANDSHAKE, DELIVER_STATE_AUTH,
	DELIVER_STATE_AUTH_USER, DELIVER_STATE_AUTH_PASSWORD, DELIVER_STATE_IDLE,
	DELIVER_STATE_RSET, DELIVER_STATE_MAIL, DELIVER_STATE_RCPT, DELIVER_STATE_DATA,
	DELIVER_STATE_BODY, DELIVER_STATE_QUIT, DELIVER_STATE_CLOSED,
	DELIVER_STATE_COUNT
};

enum deliver_role { /* of a recipient in this transaction */
	DELIVER_ROLE_NONE,     /* not in it: refused by ourselves, or over RCPTMAX */
	DELIVER_ROLE_SENT,     /* its RCPT is or will be sent */
	DELIVER_ROLE_ACCEPTED, /* 250 to its RCPT */
	DELIVER_ROLE_REFUSED   /* or one too many */
};

/* struct deliver_stream - a body on its way to the connection. */
struct deliver_stream {
	struct smtp_stuff stuff;
	bool is_chunked;               /* BDAT: no stuffing, no dot */
	bool is_sent;                  /* all of it is queued in conn */
	bool has_failed;               /* the spool could not be read: err */
	struct err err;
	uint64_t sent;                 /* of head and text, unstuffed */
	uint64_t asked;                /* of the text, from the spool */
	struct store_spool_op *ready[2]; /* chunks read, in order; [0] first */
	size_t ready_used;             /* of ready[0] */
	unsigned reading;              /* operations at the spool threads */
};

/* struct deliver_session - one connection and the job on it. Made for a job,
 * freed when the connection is over and no spool read is under way. */
struct deliver_session {
	struct list link;
	struct deliver *deliver;
	uint64_t id;
	enum deliver_state state;
	struct conn *conn;             /* NULL between hosts and at the end */
	struct deliver_job *job;       /* owned while it is here; NULL: idle or ending */
	void *context;                 /* of the job that opened the connection */
	struct resolve_route *route;   /* a reference */
	const char *source_address;
	/* the host being tried or connected to */
	struct deliver_walk walk;
	const struct resolve_host *host;
	const union resolve_address *address;
	bool without_tls;              /* this try: the handshake failed before */
	char peer_text[INET6_ADDRSTRLEN];
	char local_text[INET6_ADDRSTRLEN];
	struct deliver_peer peer;
	struct tls_facts tls;
	/* the dialogue */
	struct smtp_reply reply;
	bool is_pipelined;             /* what follows is sent already */
	bool is_chunked;               /* this transaction goes by BDAT */
	bool is_body_ahead;            /* ... and it was sent together with the envelope */
	bool needs_rset;
	bool is_answered;              /* the server said something to this job */
	bool is_over;                  /* the connection may not be used after this job */
	bool mail_accepted;
	size_t rcpt;                   /* whose reply is awaited */
	size_t accepted;               /* recipients */
	unsigned char role[DELIVER_RECIPIENTS_MAX]; /* enum deliver_role */
	uint32_t messages;             /* transactions begun */
	int64_t job_mono_ms;           /* when the job began */
	struct trace_script script;    /* what is said */
	struct deliver_stream stream;
};

/* ---- deliver_session.c: life, states, replies in, ends ---------------------------- */
void deliver_session_start(struct deliver *deliver, struct deliver_job *job);
void deliver_session_run(struct deliver_session *session, struct deliver_job *job);
void deliver_session_set_state(struct deliver_session *session, enum deliver_state state);
/* deliver_session_finish - the job goes back; idle, or closed unless end is DONE
 * and the connection may go on. failure (of NO_CONNECTION, LOST) is in the job. */
void deliver_session_finish(struct deliver_session *session, enum deliver_end end);
/* deliver_session_open - connect to session->address; source NULL: any. */
void deliver_session_open(struct deliver_session *session, const union resolve_address *source);
void deliver_session_ready(struct deliver_session *session);   /* greeted: begin the transaction */
void deliver_session_quit(struct deliver_session *session);    /* has no job: QUIT, then free */
void deliver_session_close(struct deliver_session *session);   /* at once; has no job any more */
void deliver_session_cut(struct deliver_session *session);     /* at once, job or not */
void deliver_session_write(struct deliver_session *session, struct span bytes);
/* deliver_session_command - write them; lines go into the trace. Of content use _write. */
void deliver_session_command(struct deliver_session *session, struct span lines);
void deliver_session_say(struct deliver_session *session, const char *line); /* and CRLF */
/* deliver_session_say_secret - line goes out, `shown` into the trace. */
void deliver_session_say_secret(struct deliver_session *session, const char *line,
                                const char *shown);
/* deliver_session_odd - a reply that cannot be: the connection is of no use any more. */
void deliver_session_odd(struct deliver_session *session);

/* ---- deliver_host.c: which address ------------------------------------------------ */
/* deliver_host_next - give up this host: note why (reply, or NULL and
 * text), try the next address, or end the job. */
void deliver_host_next(struct deliver_session *session, const struct smtp_reply *reply,
                       const char *text);
/* deliver_host_has_next - is there another address to be tried? */
bool deliver_host_has_next(const struct deliver_session *session);
void deliver_host_connect(struct deliver_session *session); /* to session->address */

/* ---- deliver_greet.c: from the greeting to AUTH ----------------------------------- */
void deliver_greet_on_greeting(struct deliver_session *session);
void deliver_greet_on_ehlo(struct deliver_session *session);
void deliver_greet_on_helo(struct deliver_session *session);
void deliver_greet_on_starttls(struct deliver_session *session);
void deliver_greet_on_handshake(struct deliver_session *session); /* it is done */
void deliver_greet_on_auth(struct deliver_session *session);
void deliver_greet_on_auth_user(struct deliver_session *session);
void deliver_greet_on_auth_password(struct deliver_session *session);
/* deliver_greet_may_be_plain - the handshake failed: does policy allow to go on without TLS? */
bool deliver_greet_may_be_plain(const struct deliver_session *session);
void deliver_greet_retry_plain(struct deliver_session *session); /* the same host again */

/* ---- deliver_transaction.c: MAIL to the last reply -------------------------------- */
void deliver_transaction_start(struct deliver_session *session);
void deliver_transaction_on_rset(struct deliver_session *session);
void deliver_transaction_on_mail(struct deliver_session *session);
void deliver_transaction_on_rcpt(struct deliver_session *session);
void deliver_transaction_on_data(struct deliver_session *session);
void deliver_transaction_on_body(struct deliver_session *session);
/* deliver_transaction_is_sent - is the whole message on its way, its fate not known? */
bool deliver_transaction_is_sent(const struct deliver_session *session);
/* deliver_transaction_lost - the connection is gone in the middle: recipients
 * that may have got the message or had been accepted get an event with this
 * text, and so does the job. */
void deliver_transaction_lost(struct deliver_session *session, const char *text);

/* ---- deliver_envelope.c: what can be sent to this server, and how ----------------- */
/* deliver_envelope_check - recipients that this server cannot take as they are
 * get their event. Returns how many are left. */
size_t deliver_envelope_check(struct deliver_session *session);
void deliver_envelope_write_mail(struct deliver_session *session, struct buf *out);
void deliver_envelope_write_rcpt(struct deliver_session *session, size_t no, struct buf *out);

/* ---- deliver_result.c: events ----------------------------------------------------- */
/* deliver_result_recipient - judge reply (or text) as the answer for recipient no. */
void deliver_result_recipient(struct deliver_session *session, size_t no,
                              const struct smtp_reply *reply, const char *text);
void deliver_result_refuse(struct deliver_session *session, size_t no,
                           struct verdict_status status, const char *text);
/* deliver_result_tries_next - may another host do better than the reply at hand? */
bool deliver_result_tries_next(const struct deliver_session *session);
void deliver_result_failure(struct deliver_session *session, const struct smtp_reply *reply,
                            const char *text);
enum verdict_phase deliver_state_phase(enum deliver_state state);

/* ---- deliver_stream.c: the body --------------------------------------------------- */
void deliver_stream_start(struct deliver_session *session, bool is_chunked);
void deliver_stream_go_on(struct deliver_session *session); /* fill conn as far as it may */
/* deliver_stream_trace - so many bytes of the message are sent: how many, never which. */
void deliver_stream_trace(struct deliver_session *session, uint64_t sent);
void deliver_stream_stop(struct deliver_session *session);  /* drop chunks; reads come back later */

/* ---- deliver_trace.c: what was said, for who asks later ------------------------------ */
void deliver_trace_resize(struct deliver *deliver); /* to the configuration's memory */
bool deliver_trace_is_on(const struct deliver *deliver);
void deliver_trace_connect(struct deliver_session *session, const union resolve_address *source);
void deliver_trace_tls(struct deliver_session *session);
void deliver_trace_note(struct deliver_session *session, const char *text);
/* deliver_trace_keep - of the job that is about to leave. */
void deliver_trace_keep(struct deliver_session *session, enum deliver_end end);

/* ---- deliver.c -------------------------------------------------------------------- */
void deliver_forget_session(struct deliver_session *session); /* no job may come any more */
void deliver_note_end(struct deliver *deliver); /* a session was freed: drained? */
void deliver_tell_gone(struct deliver_session *session);

#endif
