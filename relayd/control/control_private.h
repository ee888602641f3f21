/* control_private.h - what the files of this folder share. */
#ifndef CONTROL_CONTROL_PRIVATE_H
#define CONTROL_CONTROL_PRIVATE_H

#include <jansson.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "api/api_error.h"
#include "api/api_json.h"
#include "api/api_term.h"
#include "api/api_view.h"
#include "base/list.h"
#include "base/mem.h"
#include "control/control.h"
#include "loop/conn.h"
#include "verdict/verdict_rules.h"

#define CONTROL_LINE_MAX_BYTES ((size_t)1 << 20)    /* a request */
#define CONTROL_OUTPUT_MAX_BYTES                                                                   \
	((size_t)15 << 20) /* answers: never reached by what limits allow */
#define CONTROL_NOTICE_MAX_BYTES                                                                   \
	((size_t)256 << 10) /* output beyond which notices are dropped or merged */
#define CONTROL_CALLS_MAX 16                        /* under way per client; then we stop reading */
#define CONTROL_SESSIONS_MAX 256

enum control_role { CONTROL_NOBODY, CONTROL_VIEWER, CONTROL_OPERATOR };

struct control_rates;
struct control_overview;
struct control_call;

/* control_end_fn - exactly one of result (borrowed) and failed. */
typedef void (*control_end_fn)(void *arg, const json_t *result, const char *failed);

struct control {
	struct loop *loop;
	const struct config *config;     /* our reference */
	struct verdict_rules *rules;     /* what replies mean: our reference, NULL: shipped */
	struct control_options options;
	struct mailbox *box;             /* answers from other threads */
	char boot_id[17];
	int64_t started_unix_ms;
	uint64_t reloads;                /* part of "generation" */
	uint64_t disk_bytes;             /* of the file system under state_dir; 0 not known */
	/* socket */
	int fd;                          /* -1: not listening */
	struct loop_watch *watch;
	struct loop_timer accept_pause;  /* after accept() found no descriptor left */
	char *socket_path;               /* the one to unlink */
	ino_t socket_inode;              /* ... if it still is ours */
	gid_t operators, viewers;        /* (gid_t)-1: none */
	struct list sessions;            /* struct control_session.link */
	size_t session_count;
	struct list calls;               /* struct control_call.link */
	struct control_rates *rates;     /* owned */
	struct control_overview *overview; /* owned */
	struct control_suppression_indexes *suppressions; /* owned */
};

/* ---- sessions (control_session.c) ---------------------------------------- */
struct control_session {
	struct list link;
	struct control *control;
	struct conn *conn;               /* NULL: gone, freed at the turn's end */
	uid_t uid;
	char user[64];
	enum control_role role;
	unsigned calls;                  /* under way */
	bool is_reading;                 /* in control_session_read */
	bool is_ending;                  /* the client sent its last request: answer, then close */
	struct list subscriptions;       /* struct control_subscription.link */
	unsigned subscription_count;
	uint64_t last_subscription;
	uint64_t body_read;              /* message it reads, as the audit log says */
};

/* struct control_subscription - first member of a view's or an event stream's
 * own struct. Ended by its client or with the session. */
struct control_subscription {
	struct list link;
	struct control_session *session;
	uint64_t number;
	bool is_events;
	void (*drained)(struct control_subscription *subscription); /* output is empty again */
	void (*end)(struct control_subscription *subscription);     /* frees it */
};

/* control_session_new - takes fd. */
void control_session_new(struct control *control, int fd, uid_t uid, const char *user,
                         enum control_role role);
void control_session_close(struct control_session *session);
/* control_session_notify - takes params. false: output is above the notices'
 * cap, nothing was queued. */
bool control_session_notify(struct control_session *session, const char *method, json_t *params);
bool control_session_has_room(const struct control_session *session);
void control_session_write_result(struct control_session *session, const json_t *id, bool is_rpc2,
                                  json_t *result);
/* control_session_add - number it and put it on the list. -1: too many (error). */
int control_session_add(struct control_session *session, struct control_subscription *subscription,
                        struct api_error *error);
struct control_subscription *control_session_find(struct control_session *session, uint64_t number);
void control_session_read(struct control_session *session); /* go on with unread requests */
/* control_session_call_ended - one call less: reads on, or closes after the last answer. */
void control_session_call_ended(struct control_session *session);

/* ---- calls: one request until it is answered (control_call.c) --------- */
struct control_method;

struct control_call {
	struct list link;
	struct control *control;
	struct control_session *session; /* NULL once the client went, and of relayd's own */
	control_order_fn done;           /* of relayd's own; NULL: a client's */
	void *done_arg;
	control_end_fn ended;            /* of a view; NULL: none */
	void *ended_arg;
	struct control_call **slot;      /* who keeps this call: cleared when it ends */
	uid_t uid;                       /* who asked, also after they went */
	char user[64];
	const struct control_method *method;
	json_t *id, *params;             /* references; params is an object, checked */
	bool is_rpc2;                    /* said "jsonrpc":"2.0": so do we */
	atomic_bool cancel;              /* set when nobody waits for a search any more */
	struct arena *arena;             /* the method's, until it answers */
	void *state;                     /* the method's, in the arena */
	struct control_match *match;     /* control_match.c's, in the arena */
	struct control_left *left;       /* control_left.c's, likewise */
	json_t *made; /* what a method with several questions has so far: a reference */
	unsigned waiting;                /* questions under way */
	/* its rows of the audit log that are not committed yet: until then it does not end */
	unsigned audits;
	const char *unaudited;           /* why one was not; or NULL */
	bool is_dropped;
	const char *ready_key;           /* "result" or "error": what it ends with, ... */
	json_t *ready;                   /* ... a reference */
};

/* control_call_answer - takes result; ends the call. */
void control_call_answer(struct control_call *call, json_t *result);
/* control_call_fail - ends the call. */
void control_call_fail(struct control_call *call, const struct api_error *error);
void control_call_fail_err(struct control_call *call, const struct err *err);
/* control_call_is_gone - the client went: free what came and call control_call_drop. */
bool control_call_is_gone(const struct control_call *call);
void control_call_drop(struct control_call *call);
/* control_call_audited - one of its audit rows is committed, or err says why it is not. */
void control_call_audited(struct control_call *call, const struct err *err);
/* control_back - where answers to this folder go. */
struct mailbox_return control_back(struct control *control, mailbox_fn fn);
const char *control_text(const struct control_call *call, const char *param); /* NULL */
int64_t control_int(const struct control_call *call, const char *param, int64_t fallback);

typedef void (*control_fn)(struct control_call *call);

enum control_type {
	CONTROL_TEXT, CONTROL_TEXTS, CONTROL_COUNT, CONTROL_BOOL, CONTROL_ID, CONTROL_WORD,
	CONTROL_TEXT_OR_NULL, CONTROL_ANY,
	CONTROL_TYPE_COUNT
};

struct control_param {
	const char *name;                /* NULL ends the list */
	enum control_type type;
	bool is_required;
	int64_t min, max;                /* COUNT; TEXT: max bytes (0: 512) */
	const char *const *words;        /* WORD: NULL-terminated */
	const char *help;
};

struct control_method {
	const char *name;
	enum control_role role;
	control_fn fn;
	const struct control_param *param; /* NULL: none */
	bool changes;                    /* is in the audit log */
	const char *help;
};

extern const struct control_method control_method_table[];
extern const size_t control_method_count;
/* control_call_take - one request line of a client. */
void control_call_take(struct control_session *session, struct span line);
const struct control_method *control_method_find(const char *name); /* NULL */
/* control_call_own - a request that nobody wrote: user looks, and hears the answer in ended,
 * in this turn or later. Takes params, checked by the caller. *slot_out is the call until
 * then. */
void control_call_own(struct control *control, const char *method, json_t *params,
                      const char *user, control_end_fn ended, void *arg,
                      struct control_call **slot_out);
/* control_call_disown - nobody wants its answer any more: it is cancelled. */
void control_call_disown(struct control_call *call);
bool control_call_is_own(const struct control_call *call); /* relayd's own */
/* control_call_forget - its client went: calls under way are cancelled. */
void control_call_forget(struct control_session *session);
void control_call_describe(struct control_call *call); /* rpc.describe */
void control_call_cancel(struct control_call *call);   /* rpc.cancel */

/* ---- nouns --------------------------------------------------------------- */
void control_status_show(struct control_call *call);
void control_version_show(struct control_call *call);
void control_find_search(struct control_call *call);
void control_message_list(struct control_call *call);
void control_message_show(struct control_call *call);
void control_message_headers(struct control_call *call);
void control_message_body(struct control_call *call);
void control_message_trace(struct control_call *call);
void control_message_retry(struct control_call *call);
void control_message_bounce(struct control_call *call);
void control_message_cancel(struct control_call *call);
void control_message_hold(struct control_call *call);
void control_message_release(struct control_call *call);
void control_log_tail(struct control_call *call);
void control_log_search(struct control_call *call);
void control_events_subscribe(struct control_call *call);
void control_subscription_end(struct control_call *call);
void control_queue_list(struct control_call *call);
void control_queue_show(struct control_call *call);
void control_queue_ages(struct control_call *call);
void control_queue_holds(struct control_call *call);
void control_queue_hold(struct control_call *call);
void control_queue_release(struct control_call *call);
void control_queue_flush(struct control_call *call);
void control_queue_bounce(struct control_call *call);
void control_queue_move(struct control_call *call);
void control_queue_wait(struct control_call *call);
void control_deferral_list(struct control_call *call);
void control_deferral_show(struct control_call *call);
void control_deferral_rule(struct control_call *call);
void control_site_list(struct control_call *call);
void control_suppression_list(struct control_call *call);
void control_suppression_check(struct control_call *call);
void control_suppression_add(struct control_call *call);
void control_suppression_remove(struct control_call *call);
void control_suppression_import(struct control_call *call);
/* control_suppression_key - an address or "*@domain" as the list has it, into the
 * arena; NULL with err INPUT. */
const char *control_suppression_key(const char *given, struct arena *arena, struct err *err);
/* control_suppression_say - an entry in words, for the audit log: which, why, since when, by
 * whom, until when. */
const char *control_suppression_say(const struct store_suppression *row, struct arena *arena);
/* control_complaint_heard - about mail to this address (a suppression's key). */
void control_complaint_heard(struct control *control, const char *address);
void control_throttle_list(struct control_call *call);
void control_throttle_show(struct control_call *call);
void control_throttle_history(struct control_call *call);
void control_throttle_set(struct control_call *call);
extern const struct control_param control_migrate_status_params[],
	control_migrate_stage_params[], control_migrate_canary_params[],
	control_migrate_evidence_params[]; /* end with name NULL */
void control_migrate_status(struct control_call *call);
void control_migrate_evidence(struct control_call *call);
void control_migrate_stage(struct control_call *call);
void control_migrate_canary(struct control_call *call);
void control_throttle_clear(struct control_call *call);
void control_pool_list(struct control_call *call);
void control_pool_show(struct control_call *call);
void control_pool_progress(struct control_call *call);
void control_pool_ip(struct control_call *call);
void control_pool_warmup(struct control_call *call);
void control_source_check(struct control_call *call);
/* control_source_changed - source_watch's call: an event. */
void control_source_changed(void *arg, const struct source_report *report, const char *text);
void control_credential_list(struct control_call *call);
void control_credential_show(struct control_call *call);
void control_credential_create(struct control_call *call);
void control_credential_rotate(struct control_call *call);
void control_credential_limit(struct control_call *call);
void control_credential_retire(struct control_call *call);
void control_credential_revoke(struct control_call *call);
void control_credential_compromised(struct control_call *call);
void control_credential_sent(struct control_call *call);
void control_credential_effect(struct control_call *call);
void control_domain_list(struct control_call *call);
void control_domain_add(struct control_call *call);
void control_domain_show(struct control_call *call);
void control_domain_records(struct control_call *call);
void control_domain_limit(struct control_call *call);
void control_domain_remove(struct control_call *call);
void control_dkim_rotate(struct control_call *call);
void control_dkim_import(struct control_call *call);
void control_dkim_export(struct control_call *call);
void control_dkim_remove(struct control_call *call);
/* control_dkim_keys - a domain's keys: selector, algorithm, bits, state, since when. Owned. */
json_t *control_dkim_keys(const struct account_domain *domain);
void control_domain_check(struct control_call *call);
void control_domain_report(struct control_call *call);
/* control_domain_find - the one that the request names. NULL: error. */
const struct account_domain *control_domain_find(struct control_call *call,
						 struct api_error *error);
/* control_domain_put_check - what the last check found, in short: "state", "sentence", "dkim", ...;
 * null: there was none yet. */
void control_domain_put_check(struct control *control, const char *domain, json_t *one);
void control_view_subscribe(struct control_call *call);
void control_view_update(struct control_call *call);
void control_audit_list(struct control_call *call);
void control_report_make(struct control_call *call);
void control_config_show(struct control_call *call);
void control_config_diff(struct control_call *call);
void control_config_reload(struct control_call *call);
void control_doctor_check(struct control_call *call);

/* ---- shared by nouns ----------------------------------------------------- */
/* control_audit_fill - who, when and what, strings in arena; `reason` of the
 * request is added to detail. detail may be NULL. */
void control_audit_fill(const struct control_call *call, struct arena *arena, const char *object,
                        const char *detail, struct store_audit *audit_out);
/* control_say_recipients - "1 recipient", "3 recipients to pool b": n and what follows. */
const char *control_say_recipients(struct arena *arena, uint32_t n, const char *more);
/* control_say_acted - so many recipients, more, and from what to what: for the audit log. */
const char *control_say_acted(struct arena *arena, const struct schedule_ask *ask,
                              const char *more);
/* control_audit_write - store it; the call is answered once it is committed. */
void control_audit_write(struct control_call *call, const char *object, const char *detail);
/* control_audit_publish - a change as an event: stored, then told to whoever
 * listens. credential may be NULL. */
void control_audit_publish(struct control *control, enum mail_event_kind kind,
                           const char *credential, const char *detail);
/* control_event_json - an event as in api_view.h. Returns a new reference. */
json_t *control_event_json(const struct mail_event *event);
/* control_found_json - a recipient's row as in `find`. Returns a new reference. */
json_t *control_found_json(const struct store_found *found);
/* control_found_events - what happened to it, oldest first, its acceptance
 * included; only: those for which these terms hold, or NULL. New reference. */
json_t *control_found_events(const struct store_found *found, const struct api_terms *only);
/* control_status_json - the "status" every view begins with. Returns a new reference. */
json_t *control_status_json(struct control *control, const struct control_session *session);
/* control_problems_json - sentences. Returns a new reference. */
json_t *control_problems_json(struct control *control);
/* control_source_json - a report as pool.check answers it. Returns a new reference. */
struct source_report;
json_t *control_source_json(const struct source_report *report);
/* control_pool_is_known - false: the call was failed, with the way to make it. NULL is. */
bool control_pool_is_known(struct control_call *call, const char *pool);
/* control_wait_json - {"constraint","cause","until_at","projected_at"}. New reference. */
json_t *control_wait_json(const struct schedule_wait *wait);
/* control_hold_put - "held_by", "held_reason", "held_scope", "held_since_at",
 * "held_until_at"; null when nobody holds it. */
void control_hold_put(json_t *one, const struct schedule_held *held);
json_t *control_queue_row_json(const struct schedule_queue_row *row);
/* control_account_change - a change by this call's peer: name and reason of the
 * request, arg = call. Returns owned. */
struct account_change *control_account_change(struct control_call *call, enum account_act act);
/* control_account_fail - end the call with account's reason. */
void control_account_fail(struct control_call *call, const struct err *err);
uint64_t control_generation(struct control *control);

#endif
