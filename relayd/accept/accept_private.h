/* accept_private.h - a session's structs, shared by the files of this stage.
 *
 *   accept_listener.c   connections in, limits, descriptors running out
 *   accept_session.c    a session's life: states, input, time-outs, replies
 *   accept_commands.c   the table of commands with their preconditions
 *   accept_auth.c       AUTH
 *   accept_certificate.c  logins by a TLS certificate
 *   accept_envelope.c   MAIL and RCPT: who may send what to whom
 *   accept_quota.c      how much a credential may still send
 *   accept_data.c       DATA and BDAT off the wire
 *   accept_body.c       the content: header judged, text kept or spooled
 *   accept_finish.c     head rewritten, signed, committed, handed on
 *   accept_report.c     refusals as events, as many as the log can bear
 *
 * Everything here belongs to one worker's loop. */
#ifndef ACCEPT_ACCEPT_PRIVATE_H
#define ACCEPT_ACCEPT_PRIVATE_H

#include <stdatomic.h>

#include "accept/accept.h"
#include "base/list.h"
#include "base/map.h"
#include "loop/conn.h"
#include "loop/conn_address.h"
#include "mail/mail_message.h"
#include "parse/parse_header.h"
#include "smtp/smtp_command.h"
#include "smtp/smtp_data.h"

#define ACCEPT_INPUT_MAX (64 * 1024)
#define ACCEPT_OUTPUT_MAX (64 * 1024)
#define ACCEPT_OUTPUT_ROOM 4096 /* less: replies wait until the peer reads */
#define ACCEPT_LINGER_MS 5000
#define ACCEPT_PIECE_BYTES (16 * 1024) /* of content decoded at a time */
#define ACCEPT_REFUSAL_SIZE 480	       /* fits a reply line with its code */
#define ACCEPT_NAME_SIZE 72	       /* of a credential */

enum accept_state {
	ACCEPT_HANDSHAKE, /* TLS, at the start or after STARTTLS */
	ACCEPT_COMMAND,	  /* the next line is a command */
	ACCEPT_AUTH,	  /* the next line answers a challenge */
	ACCEPT_WAIT,	  /* the answer to a login is held back: reading nothing */
	ACCEPT_DATA,	  /* content until CRLF.CRLF */
	ACCEPT_CHUNK,	  /* content, so many bytes */
	ACCEPT_STORE,	  /* spool or commit under way: reading nothing */
	ACCEPT_CLOSED,	  /* the connection is gone, memory goes at the turn's end */
	ACCEPT_STATE_COUNT
};

/* why something was refused: what the client is told */
struct accept_refusal {
	int code;			/* 0: not refused */
	char text[ACCEPT_REFUSAL_SIZE]; /* enhanced status first */
};

int accept_refuse(struct accept_refusal *refusal, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4))); /* the first refusal stays; returns -1 */

struct accept_listener { /* made by accept_listen, lives as long as its accept */
	struct list link;
	struct accept *accept;
	struct loop_watch *watch;
	struct loop_timer again; /* after descriptors ran out */
	int fd;			 /* the caller's */
	int kind;		 /* enum config_kind */
	int tls;		 /* enum config_tls */
	char *title;
	char *credential; /* kind local, else NULL */
};

struct accept_report { /* a bucket: events of refusals written per second */
	int64_t filled_mono_ms;
	uint32_t tokens;
	uint64_t dropped; /* since it was last said */
};

struct accept {
	struct loop *loop;
	struct config *config;
	struct account_snapshot *accounts;
	struct suppress_set *suppressions; /* or NULL */
	struct tls_server *tls;
	struct account_gate *gate;
	struct accept_census *census, *own_census;
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	struct mailbox *box; /* answers of the store */
	struct id_gen ids;
	struct list listeners, sessions;
	atomic_size_t session_count;    /* the main thread reads it, for the status */
	size_t requests; /* commits and spool writes the store still has to answer */
	uint64_t session_number;
	struct buf piece; /* decoded content on its way, empty between turns */
	struct accept_report report;
	bool is_draining;
	struct loop_timer drain; /* grace runs out */
	loop_fn drained;	 /* called once, when sessions and requests are 0 */
	void *drained_arg;
};

/* one message while it comes in: from MAIL until it is committed or given up */
struct accept_envelope {
	struct mail_message *message;	  /* owned until the commit takes it */
	struct mail_recipient *recipient; /* owned; the message gets a copy in its arena */
	size_t recipients, room;
	struct map *seen;	  /* addresses, so that each is kept once */
	struct accept_body *body; /* from DATA or the first BDAT on; owned */
	bool is_chunked;
	struct account_meter *meter; /* share was taken of it; a reference, or NULL */
	struct account_share share;
};

struct accept_body {
	struct accept *accept;
	struct accept_session *session; /* NULL: it gave up, the spool still answers */
	struct smtp_data wire;
	struct arena *arena; /* of the parsed header */
	struct buf section;  /* header as received, until it is whole; kept for the rewrite */
	size_t scan_from;
	bool has_header; /* section is whole, header and what follows are valid */
	struct parse_header header;
	const char *from_domain; /* in the message's arena */
	struct dkim_body_hash *hash;
	unsigned char body_hash[DKIM_HASH_BYTES];
	struct buf text; /* in memory: all of it, or what was not spooled yet */
	uint64_t text_bytes;
	uint64_t bytes_max; /* of the message, for this credential */
	bool text_8bit;
	uint64_t spool_id; /* 0: in memory */
	unsigned spooling; /* chunks under way */
	bool is_ended;
	struct accept_refusal refusal;
};

struct accept_session {
	struct list link; /* in accept->sessions */
	struct accept *accept;
	const struct accept_listener *listener;
	struct conn *conn; /* owned; NULL once closed */
	enum accept_state state;
	uint64_t number; /* for the log */
	char address[CONN_ADDRESS_SIZE];
	uint32_t census_slot;
	char *client_name; /* EHLO or HELO; NULL: not said yet */
	bool is_esmtp;
	bool has_told_certificate; /* why it does not log in: once a session */
	char tls[TLS_FACT_SIZE + 24]; /* "TLSv1.3 TLS_AES_256_GCM_SHA384", "" in plain */
	bool has_certificate; /* the client showed one, and has its key */
	struct account_certificate certificate;
	/* logged in as: 0 nobody. secret_id 0: by the certificate alone */
	uint64_t credential_id, secret_id;
	char credential[ACCEPT_NAME_SIZE];
	uint32_t commands, errors;
	uint64_t messages;
	bool is_skipping; /* the rest of an over-long line */
	bool is_behind;	  /* replies wait for the peer to read */
	bool input_ended;
	size_t unpaid_bytes;		    /* of content since the time-out was last pushed */
	struct accept_auth *auth;	    /* while logging in; owned */
	struct accept_envelope *envelope;   /* owned */
	struct accept_refusal mail_refusal; /* why the last MAIL was refused, until the next */
	struct accept_commit *commit;	    /* while the store has its message */
	uint64_t chunk_left;		    /* ACCEPT_CHUNK */
	bool chunk_is_last;
	struct accept_refusal chunk_refusal; /* the chunk is read, then this is said */
};

/* ---- accept_session.c */
void accept_session_start(struct accept_listener *listener, int fd, const char *address,
			  uint32_t census_slot);
/* accept_session_set_state - checked against the table of moves; pauses reading
 * and sets the time-out as the new state wants it. */
void accept_session_set_state(struct accept_session *session, enum accept_state state);
/* accept_session_go_on - after waiting: read and handle what is there. */
void accept_session_go_on(struct accept_session *session);
/* accept_session_reply - enhanced NULL: none. Counts and logs refusals. */
void accept_session_reply(struct accept_session *session, int code, const char *enhanced,
			  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void accept_session_refuse(struct accept_session *session, const struct accept_refusal *refusal);
/* accept_session_close - what was said goes out first; frees at the turn's end. */
void accept_session_close(struct accept_session *session);
/* accept_session_leave - at the next chance when draining: 421 and close. */
bool accept_session_leave(struct accept_session *session);
/* accept_session_credential - as who it may send now. NULL: revoked or retired
 * meanwhile, or (kind local) not there yet. Borrowed until the next snapshot. */
const struct account_credential *accept_session_credential(struct accept_session *session);
/* accept_session_local_obstacle - kind local: why it is NULL, in words; else NULL. */
const char *accept_session_local_obstacle(const struct accept_session *session);
void accept_session_drop_envelope(struct accept_session *session);
/* accept_session_login - how this client comes, for account_credential_obstacle. */
void accept_session_login(const struct accept_session *session, bool has_password,
			  struct account_login *out);

/* ---- accept.c */
void accept_check_drained(struct accept *accept);

/* ---- accept_commands.c */
void accept_commands_run(struct accept_session *session, struct span line);

/* ---- accept_certificate.c */
/* accept_certificate_credential - who the client is by its certificate alone; name empty: it
 * did not say. NULL: nobody, and why in *refused_out. */
const struct account_credential *
accept_certificate_credential(const struct accept_session *session, struct span name,
			      struct account_refused *refused_out);
/* accept_certificate_is_login - is its certificate one that logs in alone? */
bool accept_certificate_is_login(struct accept_session *session);
/* accept_certificate_log_in - by its certificate, if that is one's; else nothing changes, and
 * why it did not do is reported. */
void accept_certificate_log_in(struct accept_session *session);

/* ---- accept_auth.c */
void accept_auth_start(struct accept_session *session, const struct smtp_command *command);
void accept_auth_line(struct accept_session *session, struct span line);
/* accept_auth_list - the mechanisms on offer, for EHLO: "PLAIN LOGIN ...". */
void accept_auth_list(struct accept_session *session, struct buf *out);
void accept_auth_free(struct accept_auth **auth);

/* ---- accept_envelope.c */
void accept_envelope_mail(struct accept_session *session, const struct smtp_command *command);
void accept_envelope_rcpt(struct accept_session *session, const struct smtp_command *command);
void accept_envelope_free(struct accept_envelope **envelope);
/* accept_envelope_schedule - message goes at that time; `what` asked for it.
 * -1: it is too far ahead, refused with this code. */
int accept_envelope_schedule(struct accept *accept, struct mail_message *message, const char *what,
			     int64_t release_unix_ms, int code, struct accept_refusal *refusal);
/* accept_envelope_allowed - "@shop.example, a@x.example", cut to fit. */
void accept_envelope_allowed(const struct account_credential *credential, struct buf *out);

/* ---- accept_quota.c: 0, or -1 and refused with 452 */
int accept_quota_check(const struct account_credential *credential, size_t recipients,
		       struct accept_refusal *refusal);
/* accept_quota_take - for the envelope, before its content; once. */
int accept_quota_take(struct accept_session *session, struct accept_refusal *refusal);
/* accept_quota_return - and lets go of *meter, which may be NULL. */
void accept_quota_return(struct account_meter **meter, const struct account_share *share);
/* the smaller of the relay's limit and the credential's */
uint64_t accept_quota_message_bytes(struct accept_session *session);
uint32_t accept_quota_recipients(struct accept_session *session);

/* ---- accept_data.c */
void accept_data_start(struct accept_session *session);
void accept_data_start_chunk(struct accept_session *session, const struct smtp_command *command);
bool accept_data_step(struct accept_session *session); /* false: needs more input or must wait */
bool accept_data_step_chunk(struct accept_session *session);

/* ---- accept_body.c */
struct accept_body *accept_body_new(struct accept_session *session, bool fix_bare);
void accept_body_feed(struct accept_body *body, struct span bytes);
/* accept_body_end - no more comes. What is spooled still may be under way. */
void accept_body_end(struct accept_body *body);
bool accept_body_is_busy(const struct accept_body *body);    /* the spool's window is full */
bool accept_body_is_settled(const struct accept_body *body); /* nothing is under way */
void accept_body_free(struct accept_body **body);      /* removes its spool file unless kept */
void accept_body_keep_spool(struct accept_body *body); /* it is the message's from now on */

/* ---- accept_finish.c */
/* accept_finish_content - content has ended: refuse, wait for the spool, or commit. */
void accept_finish_content(struct accept_session *session);
/* accept_finish_forget - the session leaves: its commit goes on without it. */
void accept_finish_forget(struct accept_session *session);

/* ---- accept_report.c */
/* accept_report_rejected - recipient NULL: of the whole message. */
void accept_report_rejected(struct accept_session *session, const char *recipient,
			    const char *sender, const struct accept_refusal *refusal);
void accept_report_content(struct accept_session *session, const struct accept_refusal *refusal);
void accept_report_auth_failed(struct accept_session *session, const char *user,
			       const char *detail);

#endif
