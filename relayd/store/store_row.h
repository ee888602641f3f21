/* store_row.h - the rows that travel between the store and those who ask it.
 * Plain structs, strings borrowed from the owner of the request (its arena). */
#ifndef STORE_STORE_ROW_H
#define STORE_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/span.h"
#include "mail/mail_event.h"
#include "mail/mail_suppression.h"
#include "mail/mail_message.h"
#include "mail/mail_notice.h"
#include "migrate/migrate_result.h"
#include "pace/pace_warmup.h"

/* ---- account: what an operator changes while the relay runs ------------------ */
struct store_use { /* recipients accepted of a credential, in UTC */
	uint32_t day, day_used;        /* day: since 1970 */
	uint32_t month, month_used;    /* month: since January 1900 */
};

struct store_credential {
	uint64_t id;
	const char *name;
	bool is_revoked, is_bulk, fix_bare_line_ends, may_send_null;
	bool mutes_notices;            /* no delivery status notices to its senders */
	bool refuses_suppressed;       /* 550 at RCPT, instead of accepted and recorded */
	const char *pool;              /* of source addresses; NULL or "": the default one */
	const char *from;              /* patterns, one a line */
	const char *env;               /* operators' label for it; NULL or "": none */
	const char *networks;          /* it may log in from, one a line; NULL or "": any */
	uint32_t protocols;            /* bits of enum account_protocol; 0: all */
	uint32_t rate_count, rate_period_ms; /* recipients; period 0: no limit */
	uint32_t quota_day, quota_month; /* recipients; 0: no limit */
	uint32_t recipients_max;       /* of a message; 0: the relay's limit */
	uint64_t size_max_bytes;       /* of a message; 0: the relay's limit */
	int64_t expires_unix_ms;       /* 0: never */
	uint32_t tripwire;             /* enum account_tripwire */
	const char *certificates;      /* of its clients, one a line; NULL or "": none asked for */
	bool certificate_only;         /* they log in, no password does */
	unsigned char salt[16];
	uint32_t iterations;
	int64_t created_unix_ms;
	int64_t revoked_unix_ms;       /* 0: not */
	const char *revoked_by;        /* who did; NULL or "": nobody, or it is not known */
	struct store_use used;         /* read only: see store_accept.used */
};

struct store_secret {
	uint64_t id;
	uint64_t credential_id;
	const char *label;             /* "k1" */
	unsigned char sha256[32], stored_key[32], server_key[32];
	int64_t created_unix_ms;
	int64_t ends_unix_ms;          /* 0: no end */
	int64_t last_used_unix_ms;     /* read only: see store_note_use */
	const char *last_used_address;
};

struct store_domain {
	uint64_t id;
	const char *name;
	const char *pool;              /* of source addresses; NULL or "": none chosen */
	uint32_t last_key_no;          /* the largest n of its selectors k<n> so far */
	bool holds_failing;            /* its mail, while it would fail DMARC */
	int64_t created_unix_ms;
};

/* what becomes of a DKIM key; the numbers are stored */
enum store_key_state {
	STORE_KEY_NEW,                 /* made or imported; its record is not seen yet */
	STORE_KEY_PUBLISHED,           /* its record is seen everywhere, since then */
	STORE_KEY_ACTIVE,              /* signs */
	STORE_KEY_RETIRED,             /* signs no more; mail signed with it is on its way */
	STORE_KEY_UNNEEDED,            /* nothing needs its record any more */
	STORE_KEY_STATE_COUNT
};

struct store_key {
	uint64_t id;
	uint64_t domain_id;
	const char *selector;
	const char *pem;               /* secret */
	enum store_key_state state;
	int64_t since_unix_ms;         /* it is in this state */
	int64_t created_unix_ms;
};

struct store_hold { /* what somebody stopped */
	const char *scope;             /* a recipient domain, "cred:NAME" or "messages:ID" */
	const char *reason, *by;
	int64_t since_unix_ms;
	int64_t until_unix_ms;         /* 0: until released */
};

struct store_recipient_key {
	uint64_t message_id;
	uint32_t no;
};
enum store_mark_kind { STORE_MARK_HOLD, STORE_MARK_POOL, STORE_MARK_KIND_COUNT };
struct store_marks { /* what was decided about single recipients */
	enum store_mark_kind kind;
	const char *text;              /* the hold's scope, or the pool; NULL: none */
	const struct store_recipient_key *recipient;
	size_t recipients;
};

struct store_audit {
	uint64_t id;
	int64_t at_unix_ms;
	uint32_t uid;
	const char *who;               /* user name */
	const char *via;               /* "socket", "signal"; "relayd": by itself */
	const char *action;            /* "credential.rotate" */
	const char *object;            /* "shop-prod" */
	const char *detail;            /* old and new in words; never a secret */
};

struct store_pace { /* what one site tolerates, as far as it is known */
	const char *site;              /* the scheduler's key */
	int64_t target_micro, settled_micro; /* messages in a million seconds; 0: not limited */
	uint32_t crowd, window_low, session;
	int64_t crowd_unix_ms, session_unix_ms;
	int64_t pause_until_unix_ms, single_until_unix_ms, backoff_until_unix_ms; /* 0: none */
	uint32_t failures;
	int code;                      /* the reply behind it; 0: none */
	struct verdict_status enhanced;
	enum verdict_category category;
	struct span reply;
	const char *cause;             /* the rule that acted, or "" */
	const char *stop;              /* credentials that get nothing: schedule_rule_save_stops */
	const char *history;           /* its last changes: schedule_site_save_history */
};

struct store_suppression { /* an address that gets no mail */
	uint64_t id;                   /* read only: in order of insertion */
	const char *address;           /* smtp_address_key, or "*@domain" */
	const char *scope;             /* "" everywhere, "domain:x", "cred:NAME" */
	enum mail_suppression reason;
	int64_t since_unix_ms, until_unix_ms; /* until 0: no end */
	const char *by, *detail;       /* who and why; by "": it came about by itself */
	uint64_t message_id;           /* the evidence; 0: none */
	const char *site;
	int code;
	struct verdict_status enhanced;
	enum verdict_category category;
	struct span reply;
};

struct store_throttle { /* a limit an operator set for a while */
	const char *scope;             /* "provider:google" */
	const char *quantity;          /* "rate" */
	int64_t value;                 /* rate: micro, as above */
	const char *reason, *by;
	int64_t since_unix_ms, until_unix_ms;
};

struct store_warmup { /* what a source address is to a provider */
	const char *address, *provider;
	struct pace_warmup state;      /* but is_paused and serial */
	bool is_by_hand;               /* under warm-up although no pool says so */
};

struct store_source_stop { /* what an operator stopped about a source address */
	const char *address;
	const char *what;              /* "off", "warmup" */
	const char *reason, *by;
	int64_t since_unix_ms;
	int64_t until_unix_ms;         /* 0: until somebody ends it */
};

struct store_dmarc_hold { /* a failure of a domain's was acted on; see dmarc_hold.h */
	const char *domain;
	int64_t since_unix_ms;
};

struct store_tripwire { /* what was learned of a credential; texts of tripwire/ */
	const char *credential, *state, *breaches;
};

struct store_migrate { /* a credential on its way here from an old system */
	const char *credential;
	int stage;                     /* enum migrate_stage */
	uint32_t percent;              /* directly, in a trial */
	const char *smarthost;         /* or "" */
	const char *by, *reason;
	int64_t since_unix_ms;
	const char *returned;          /* why its trial went back by itself, or "" */
	int64_t returned_unix_ms;      /* 0: it did not */
	uint32_t returned_percent;
};

struct store_migrate_evidence { /* what one report or header said of one method */
	const char *credential, *by, *report;
	int method;                    /* enum migrate_method */
	uint64_t passed, failed;       /* messages */
	int64_t at_unix_ms;
};

struct store_migrate_result { /* what became of its mail by one way, since then */
	const char *credential;
	int way;                       /* enum migrate_way; MIGRATE_WAY_COUNT more: of the trial
	                                * that went back by itself */
	int64_t since_unix_ms;         /* as store_migrate's, or it is out of date */
	struct migrate_result result;  /* but its times: */
	const char *times;             /* as migrate_result_write_times has them */
};

struct store_alert { /* raised, and not cleared yet */
	const char *key, *text;
	int level;
	int64_t since_unix_ms;
};

struct store_alert_change { /* it was raised or cleared, to be mailed */
	uint64_t no;                   /* grows */
	bool is_raised;
	int64_t at_unix_ms;
	const char *text;
	int64_t mailed_unix_ms;        /* read only: see store_alerts_told. 0: not yet */
};

enum store_change_kind {
	STORE_PUT_CREDENTIAL, STORE_PUT_SECRET, STORE_DELETE_SECRET, STORE_PUT_DOMAIN,
	STORE_DELETE_DOMAIN, STORE_PUT_KEY, STORE_MOVE_KEY, STORE_DELETE_KEY, STORE_PUT_HOLD,
	STORE_DELETE_HOLD,
	STORE_MARK_RECIPIENTS, STORE_FORGET_NOTICES,
	STORE_PUT_SUPPRESSION, STORE_DELETE_SUPPRESSION, /* the latter by id */
	STORE_PUT_PACE, STORE_DELETE_PACE, STORE_PUT_THROTTLE, STORE_DELETE_THROTTLE,
	STORE_PUT_WARMUP, STORE_PUT_SOURCE_STOP, STORE_DELETE_SOURCE_STOP,
	STORE_PUT_ALERT, STORE_DELETE_ALERT, STORE_PUT_TRIPWIRE, STORE_PUT_DMARC_HOLD,
	STORE_DELETE_DMARC_HOLD,
	STORE_PUT_MIGRATION, STORE_PUT_MIGRATION_RESULT,
	STORE_PUT_MIGRATION_EVIDENCE,
	STORE_PUT_ALERT_CHANGE, STORE_FORGET_ALERT_CHANGES,
	STORE_CHANGE_KIND_COUNT
};

struct store_change { /* PUT: insert, or replace where id is there already. MOVE_KEY: to a state */
	enum store_change_kind kind;
	bool is_kept;                  /* out: PUT_SUPPRESSION met one as strong, and left it */
	union {
		struct store_credential credential;
		struct store_secret secret;
		struct store_domain domain;
		struct store_key key;
		struct store_hold hold;
		struct store_marks marks;
		struct store_suppression suppression;
		struct store_pace pace;
		struct store_throttle throttle;
		struct store_warmup warmup;
		struct store_source_stop source_stop;
		struct store_alert alert;
		struct store_alert_change alert_change;
		struct store_tripwire tripwire;
		struct store_dmarc_hold dmarc_hold;
		struct store_migrate migration;
		struct store_migrate_result migration_result;
		struct store_migrate_evidence migration_evidence;
		uint64_t message_id;   /* FORGET_NOTICES: nobody is told of it any more */
		uint64_t alert_no;     /* FORGET_ALERT_CHANGES: up to it, nobody is mailed */
	} row;
};

/* ---- queue --------------------------------------------------------------------- */
struct store_queued { /* one message with what is still pending of it, at start */
	uint64_t id;
	uint64_t credential_id;
	const char *credential;
	const char *return_path, *sender, *from_domain, *envid;
	unsigned char ret;
	bool smtputf8, is_bulk, head_8bit, text_8bit;
	uint64_t size_bytes;
	int64_t expires_unix_ms;
	int64_t release_unix_ms;       /* 0: was not scheduled */
	int64_t by_unix_ms;            /* see mail_message.h */
	unsigned char by;
	const char *tag[MAIL_TAGS_MAX];
	size_t tags;
	size_t recipients;
	const struct store_queued_recipient *recipient;
};

struct store_queued_recipient {
	uint32_t no;
	const char *address, *domain, *orcpt;
	unsigned notify;
	enum mail_status status;       /* queued, deferred, held, scheduled */
	uint32_t attempts;
	int64_t next_attempt_unix_ms;  /* 0: at once */
	bool is_delay_told;            /* its sender has had the notice of delay */
	const char *hold;              /* scope of one that held it alone; NULL: none */
	const char *pool;              /* it was moved there; NULL: it was not */
};

/* ---- outcomes ------------------------------------------------------------------- */
struct store_outcome {
	struct mail_event *event;      /* owned (mail_event_dup); message_id 0: of the relay */
	enum mail_status status;       /* the recipient's from now on */
	bool is_final;                 /* leaves the queue */
	enum mail_notice notice;       /* final only: what the sender is to be told of it */
	/* found by the store: it put the recipient on the suppression list */
	bool is_suppressing;
	enum mail_suppression suppression;
	int64_t suppressed_until_unix_ms; /* 0: no end */
};

/* ---- notices to senders (RFC 3461) ------------------------------------------------- */
struct store_told_recipient {
	uint32_t no;
	enum mail_notice notice;
};
struct store_told { /* what a notice says, to be noted where it is accepted */
	uint64_t message_id;           /* the one it is about */
	const struct store_told_recipient *recipient;
	size_t recipients;
};
struct store_alerts_told { /* what a mail about alerts says, noted likewise */
	uint64_t no;                   /* the last change it tells of; 0: it is no such mail */
	int64_t at_unix_ms;
};

struct store_notice_recipient { /* one a notice is owed about, with its last outcome */
	uint32_t no;
	const char *address, *domain, *orcpt;
	unsigned notify;
	enum mail_notice notice;
	uint32_t attempts;
	int64_t at_unix_ms;            /* of the outcome; 0: none yet */
	enum mail_event_kind kind;
	int code;
	struct verdict_status enhanced;
	enum verdict_category category;
	const char *remote_host, *remote_address; /* "" or NULL: none */
	struct span reply;
	const char *detail;
};

/* ---- the log ----------------------------------------------------------------------- */
enum store_match { STORE_MATCH_NONE, STORE_MATCH_EXACT, STORE_MATCH_PREFIX, STORE_MATCH_SUBSTRING };

struct store_text {
	enum store_match match;
	const char *text;
};

#define STORE_QUERY_WORDS_MAX 8

struct store_query { /* all given conditions must hold */
	struct store_text recipient;       /* whole address, or part of it */
	const char *recipient_domain;
	struct store_text sender;
	const char *sender_domain;         /* of the envelope sender, or of the From field */
	struct store_text subject;
	const char *message_id;            /* Message-ID header, without brackets */
	const char *tag;
	const char *credential;
	uint64_t id;                       /* 0: any */
	unsigned statuses;                 /* bits 1 << enum mail_status; 0: any */
	enum verdict_category category;    /* VERDICT_NONE: any */
	int code;                          /* 0: any */
	const char *remote_address;        /* ip: of the remote or client */
	int64_t since_unix_ms, until_unix_ms; /* acceptance; 0: open */
	const char *word[STORE_QUERY_WORDS_MAX]; /* in address, sender, subject, tag, Message-ID */
	size_t words;
	bool is_recipient_first;           /* one word: in a recipient's address, and only when
	                                    * none is found, anywhere */
	uint64_t before_id;                /* cursor: only ids below; 0: from the newest */
	uint32_t before_no;                /* ... and, within that id, recipients at or above */
	uint32_t limit;                    /* rows at most, 1..1000 */
	bool want_events;                  /* fill store_found.event */
	uint32_t timeout_ms;               /* 0: the default, 5 s */
};

struct store_found { /* one recipient of one message */
	uint64_t id;                   /* 0 for a rejection that had no message: then event[0] is
	                                * always there, and event[0].id is what before_id takes */
	uint32_t recipient_no;
	uint32_t recipients;           /* of the whole message */
	const char *recipient, *sender, *subject, *message_id, *credential, *from_domain;
	const char *tags;              /* comma separated, or NULL */
	const char *client_address, *client_name, *tls, *signature;
	uint64_t size_bytes;
	enum mail_status status;
	uint32_t attempts;
	int64_t accepted_unix_ms, next_attempt_unix_ms, expires_unix_ms, finished_unix_ms;
	const struct mail_event *event; /* oldest first: earlier deferrals and the last outcome */
	size_t events;
};

struct store_result {
	struct store_found *found;     /* newest first */
	size_t count;
	bool has_more;
	bool timed_out;                /* what is there is right but not all */
	int64_t from_unix_ms;          /* coverage: the log is complete from ... */
	int64_t until_unix_ms;         /* ... to */
	bool is_complete;              /* no gap in between */
	int64_t gap_from_unix_ms;      /* the first one; 0: none, or not known when */
	int64_t gap_until_unix_ms;
	uint64_t scanned;
};

#endif
