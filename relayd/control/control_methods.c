/* control_methods.c - the table of methods: who may call them, with which parameters, and
 * what they do. control_call.c checks requests by it and rpc.describe prints it.
 * Thread: main. */
#include <string.h>

#include "control/control_params.h"
#include "control/control_private.h"

#define END { .name = NULL }
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static const char *const sort_words[] = { "oldest", "size", "name", "next", NULL };
static const char *const yes_words[] = { "yes", "no", NULL };
static const char *const suppressed_words[] = { "record", "refuse", NULL };
static const char *const quantity_words[] = { "rate", "max_connections",
					       "messages_per_connection", NULL };
static const char *const clear_words[] = { "rate", "max_connections", "messages_per_connection",
					    "pause", "stop_source", "stop_credential",
					    "one_connection", NULL };
static const char *const cause_words[] = { "hard_bounce", "complaint", "unsubscribe", "manual",
					    "mailbox_full", NULL };
static const char *const view_words[] = { "status", "overview", "queues", "throttles",
					  "deferrals", "credentials", "domains", "suppressions",
					  "pools", NULL };

#define TERMS { "terms", CONTROL_TEXTS, .help = "search terms: to:b@x, since:7d, words" }
#define LIMIT(most) { "limit", CONTROL_COUNT, .min = 1, .max = (most), .help = "rows at most" }
#define CURSOR { "cursor", CONTROL_TEXT, .max = 64, .help = "next_cursor of the answer before" }
#define REASON { "reason", CONTROL_TEXT, .max = 400, .help = "why, for the audit log" }
#define NAME(what) { "name", CONTROL_TEXT, true, .max = 255, .help = (what) }
#define ZONE \
	{ "utc_offset_sec", CONTROL_COUNT, .min = -50400, .max = 50400, \
	  .help = "the reader's offset from UTC, for the sentence" }, \
	{ "zone", CONTROL_TEXT, .max = 16, .help = "its name, \"CET\"" }

static const struct control_param find_params[] = {
	TERMS, LIMIT(1000), CURSOR,
	{ "last", CONTROL_BOOL, .help = "only the newest" },
	ZONE, END,
};
static const struct control_param search_params[] = { TERMS, LIMIT(1000), CURSOR, END };
static const struct control_param message_params[] = {
	{ "id", CONTROL_ID, true, .help = "queue id" }, ZONE, END,
};
#define CONTENT \
	{ "id", CONTROL_ID, true, .help = "queue id" }, \
	{ "offset", CONTROL_COUNT, .min = 0, .max = INT64_MAX, \
	  .help = "next_offset of the answer before" }
static const struct control_param message_headers_params[] = { CONTENT, END };
static const struct control_param message_body_params[] = { CONTENT, REASON, END };
static const struct control_param message_trace_params[] = {
	{ "id", CONTROL_ID, true, .help = "queue id" },
	{ "recipient", CONTROL_TEXT, .max = 320, .help = "only sessions that had it for them" },
	END,
};
#define MESSAGE_ACT \
	{ "ids", CONTROL_TEXTS, .max = 40, .help = "queue ids" }, \
	{ "match", CONTROL_TEXT, .max = 2048, \
	  .help = "instead of ids: terms that find it among what waits now" }, \
	{ "count", CONTROL_COUNT, .min = 1, .max = UINT32_MAX, \
	  .help = "refuse when more recipients would be touched" }, \
	{ "dry_run", CONTROL_BOOL, .help = "only say what would be touched" }, \
	REASON
static const struct control_param message_act_params[] = { MESSAGE_ACT, END };
static const struct control_param message_retry_params[] = {
	MESSAGE_ACT,
	{ "scheduled", CONTROL_BOOL, .help = "also what its sender wants to be sent later" },
	END,
};
#define GRACE \
	{ "grace_ms", CONTROL_COUNT, .min = 0, .max = 600000, \
	  .help = "more than 100 are held so long before it is done, and can be released" }
static const struct control_param message_end_params[] = { MESSAGE_ACT, GRACE, END };
static const struct control_param queue_wait_params[] = {
	{ "pending", CONTROL_TEXT, true, .max = 64, .help = "of the answer to what was asked" },
	END,
};
static const struct control_param message_hold_params[] = {
	MESSAGE_ACT,
	{ "for_ms", CONTROL_COUNT, .min = 1000, .max = 315360000000, .help = "release after this" },
	END,
};
static const struct control_param events_params[] = {
	{ "filter", CONTROL_TEXT_OR_NULL, .max = 2048, .help = "search terms in one text" },
	TERMS,
	{ "rate", CONTROL_COUNT, .min = 0, .max = 1000000,
	  .help = "events a second at most; 0 all" },
	END,
};
static const struct control_param subscription_params[] = {
	{ "subscription", CONTROL_COUNT, true, .min = 1, .max = INT64_MAX, .help = "its number" },
	END,
};
static const struct control_param queue_list_params[] = {
	{ "match", CONTROL_TEXT_OR_NULL, .max = 255, .help = "domain, or pattern with *" },
	{ "sort", CONTROL_WORD, .words = sort_words, .help = "oldest, size, name, next" },
	{ "offset", CONTROL_COUNT, .min = 0, .max = 100000000, .help = "leave out the first" },
	LIMIT(10000), END,
};
static const struct control_param queue_params[] = {
	{ "match", CONTROL_TEXT, true, .max = 255, .help = "the queue's domain" }, END,
};
static const struct control_param queue_ages_params[] = {
	{ "match", CONTROL_TEXT, .max = 255, .help = "the queue's domain; none: all together" },
	END,
};
#define QUEUE_ACT \
	{ "queues", CONTROL_TEXTS, .max = 255, .help = "domains" }, \
	{ "match", CONTROL_TEXT, .max = 255, .help = "domain, or pattern with *" }, \
	{ "generation", CONTROL_COUNT, .min = 0, .max = INT64_MAX, \
	  .help = "refuse when the queue's differs" }, \
	{ "count", CONTROL_COUNT, .min = 1, .max = UINT32_MAX, \
	  .help = "refuse when more recipients would be touched" }, \
	{ "dry_run", CONTROL_BOOL, .help = "only say what would be touched" }
#define SEEN \
	{ "generation", CONTROL_COUNT, .min = 0, .max = INT64_MAX, \
	  .help = "refuse when its is another: it was changed since" }
#define CREDENTIAL \
	{ "credential", CONTROL_TEXT, .max = 255, .help = "all its mail, instead of a queue" }
static const struct control_param queue_hold_params[] = {
	QUEUE_ACT, CREDENTIAL, REASON,
	{ "for_ms", CONTROL_COUNT, .min = 1000, .max = 315360000000, .help = "release after this" },
	END,
};
static const struct control_param queue_act_params[] = { QUEUE_ACT, REASON, END };
static const struct control_param queue_release_params[] = { QUEUE_ACT, CREDENTIAL, REASON, END };
static const struct control_param queue_bounce_params[] = {
	QUEUE_ACT, GRACE,
	{ "reason", CONTROL_TEXT, true, .max = 400,
	  .help = "why: its senders read it, and the audit log" },
	END,
};
static const struct control_param queue_move_params[] = {
	QUEUE_ACT,
	{ "pool", CONTROL_TEXT, true, .max = 64,
	  .help = "source addresses it leaves from: a pool of relayd.conf, or default" },
	REASON, END,
};
static const char *const by_words[] = { "reply", "provider", "cred", "ip", NULL };
static const struct control_param deferral_list_params[] = {
	TERMS,
	{ "by", CONTROL_WORD, .words = by_words, .help = "reply, provider, cred or ip" },
	{ "unknown", CONTROL_BOOL, .help = "only what is guessed from status or code" },
	{ "details", CONTROL_BOOL, .help = "also the last 60 minutes, credentials, addresses" },
	END,
};
static const struct control_param deferral_show_params[] = {
	{ "group", CONTROL_TEXT, true, .max = 12, .help = "of the list, 12 digits" }, TERMS, END,
};
static const struct control_param deferral_rule_params[] = {
	{ "rules", CONTROL_TEXT, true, .max = 524288, .help = "text of a file of rules" },
	{ "file", CONTROL_TEXT, true, .max = 1024, .help = "its name, for messages" },
	TERMS, END,
};
#define ADDRESS(is_required) \
	{ "address", CONTROL_TEXT, (is_required), .max = 320, .help = "address, or *@domain" }
#define CAUSE \
	{ "cause", CONTROL_WORD, .words = cause_words, \
	  .help = "hard_bounce, complaint, unsubscribe, manual or mailbox_full" }
static const struct control_param suppression_list_params[] = {
	TERMS, CAUSE, LIMIT(1000),
	{ "cursor", CONTROL_COUNT, .min = 1, .max = INT64_MAX, .help = "next_cursor" },
	{ "match", CONTROL_TEXT, .max = 2048, .help = "more terms, in one text" },
	{ "offset", CONTROL_COUNT, .min = 0, .max = UINT32_MAX,
	  .help = "a window from there instead of a cursor; the answer has \"total\"" },
	{ "reverse", CONTROL_BOOL, .help = "a window's oldest first" },
	END,
};
static const struct control_param suppression_check_params[] = { ADDRESS(true), END };
static const struct control_param suppression_add_params[] = {
	ADDRESS(true), CAUSE,
	{ "scope", CONTROL_TEXT, .max = 255, .help = "domain:NAME or cred:NAME; none: everywhere" },
	{ "for_ms", CONTROL_COUNT, .min = 60000, .max = 315360000000, .help = "until then" },
	REASON, END,
};
static const struct control_param suppression_remove_params[] = {
	ADDRESS(false), CAUSE,
	{ "match", CONTROL_TEXT, .max = 2048, .help = "terms: domain: site: since: until: cred:" },
	{ "scope", CONTROL_TEXT, .max = 255,
	  .help = "only entries of that scope: domain:NAME, cred:NAME or everywhere" },
	{ "dry_run", CONTROL_BOOL, .help = "count only; the first of them are shown" },
	REASON, END,
};
static const struct control_param suppression_import_params[] = {
	{ "entries", CONTROL_ANY, true,
	  .help = "list of {address, cause, scope, since_at, ends_at, detail}" },
	{ "file", CONTROL_TEXT, .max = 255, .help = "its name, for the audit log" },
	{ "format", CONTROL_TEXT, .max = 32, .help = "what it was read as, for the audit log" },
	REASON, END,
};
#define SCOPE(is_required) \
	{ "scope", CONTROL_TEXT, (is_required), .max = 320, \
	  .help = "provider:NAME, domain:NAME or ip:ADDRESS" }
static const struct control_param throttle_history_params[] = { SCOPE(true), END };
#define STOP_SCOPE \
	{ "scope", CONTROL_TEXT, true, .max = 320, \
	  .help = "provider:NAME, domain:NAME, ip:ADDRESS, or cred:NAME where a rule stopped it" }
static const struct control_param throttle_show_params[] = { STOP_SCOPE, END };
static const struct control_param throttle_list_params[] = {
	{ "all", CONTROL_BOOL, .help = "also those that are as the rule has them" },
	END,
};
static const struct control_param throttle_set_params[] = {
	SCOPE(true),
	{ "limit", CONTROL_WORD, true, .words = quantity_words,
	  .help = "rate, max_connections or messages_per_connection" },
	{ "value", CONTROL_TEXT, true, .max = 32, .help = "10/s, or a number" },
	{ "for_ms", CONTROL_COUNT, .min = 1000, .max = 2592000000,
	  .help = "then the rule counts again" },
	{ "ends_at", CONTROL_TEXT, .max = 40, .help = "instead of for_ms: a time in UTC" },
	REASON, END,
};
static const struct control_param throttle_clear_params[] = {
	STOP_SCOPE,
	{ "limit", CONTROL_WORD, .words = clear_words,
	  .help = "what operators set, or reply rules: none is all of this scope" },
	REASON, END,
};
#define SOURCE { "address", CONTROL_TEXT, true, .max = 60, .help = "one that mail leaves by" }
static const char *const switch_words[] = { "on", "off", NULL };
static const char *const warm_words[] = { "set", "pause", "resume", NULL };
static const struct control_param pool_check_params[] = { SOURCE, END };
static const struct control_param pool_show_params[] = {
	{ "name", CONTROL_TEXT, true, .max = 64, .help = "of relayd.conf, or default" }, END,
};
static const struct control_param pool_ip_params[] = {
	SOURCE,
	{ "state", CONTROL_WORD, true, .words = switch_words, .help = "on or off" },
	{ "for_ms", CONTROL_COUNT, .min = 1000, .max = 31536000000,
	  .help = "off for so long; none: until somebody says on" },
	REASON, END,
};
static const struct control_param pool_warmup_params[] = {
	SOURCE,
	{ "act", CONTROL_WORD, true, .words = warm_words, .help = "set, pause or resume" },
	{ "day", CONTROL_COUNT, .min = 1, .max = 366,
	  .help = "set: this one (1); above warmup.days: warm" },
	{ "provider", CONTROL_TEXT, .max = 64,
	  .help = "set: with this one, or others; none: with all, new ones too" },
	REASON, END,
};
static const struct control_param credential_params[] = { NAME("credential"), END };
static const struct control_param credential_create_params[] = {
	NAME("credential"),
	{ "from", CONTROL_TEXTS, .max = 320, .help = "@domain or address it may send as" },
	{ "bulk", CONTROL_BOOL, .help = "goes after transactional mail" },
	{ "null_sender", CONTROL_BOOL, .help = "may send with <>" },
	{ "fix_line_ends", CONTROL_BOOL, .help = "make bare CR or LF into CRLF" },
	{ "pool", CONTROL_TEXT, .max = 64, .help = "source addresses its mail leaves from" },
	{ "env", CONTROL_TEXT, .max = 32, .help = "a label: production" },
	{ "source", CONTROL_TEXTS, .max = 56, .help = "networks it may log in from" },
	{ "certificate", CONTROL_TEXTS, .max = 120,
	  .help = "SHA-256 of the certificates its clients must show" },
	{ "certificate_only", CONTROL_BOOL, .help = "they log in, no password does" },
	{ "protocols", CONTROL_TEXTS, .max = 8, .help = "smtp, api; default both" },
	{ "rate", CONTROL_TEXT, .max = 24, .help = "recipients: 50/s, 1000/h" },
	{ "quota", CONTROL_TEXTS, .max = 24, .help = "recipients: 200/day, 5000/month" },
	{ "recipients", CONTROL_TEXT, .max = 8, .help = "most of one message" },
	{ "size", CONTROL_TEXT, .max = 16, .help = "most of one message: 10M" },
	{ "tripwire", CONTROL_WORD, .words = account_tripwire_names,
	  .help = "when it is unusual: warn (default), slow, hold or off" },
	{ "expires", CONTROL_TEXT, .max = 32, .help = "90d, or 2027-01-31" },
	{ "notices", CONTROL_WORD, .words = yes_words,
	  .help = "its senders get delivery status notices" },
	{ "suppressed", CONTROL_WORD, .words = suppressed_words,
	  .help = "suppressed recipients: record or refuse" },
	REASON, END,
};
static const struct control_param credential_limit_params[] = {
	NAME("credential"),
	{ "options", CONTROL_TEXTS, true, .max = 3600,
	  .help = "rate=50/s, quota=200/month, source=192.0.2.0/24, from=@shop.example, ..." },
	SEEN, REASON, END,
};
static const struct control_param credential_rotate_params[] = {
	NAME("credential"),
	{ "overlap_ms", CONTROL_COUNT, .min = 0, .max = 31536000000,
	  .help = "how long the old secret keeps working; default 24h" },
	SEEN, REASON, END,
};
static const struct control_param credential_retire_params[] = {
	NAME("credential"),
	{ "key", CONTROL_TEXT, true, .max = 16, .help = "which of its secrets: k1" },
	SEEN, REASON, END,
};
static const char *const queued_words[] = { "keep", "hold", NULL };
static const struct control_param credential_revoke_params[] = {
	NAME("credential"),
	{ "queued", CONTROL_WORD, .words = queued_words,
	  .help = "what waits of it: keep (default) or hold" },
	{ "to_bounce", CONTROL_BOOL,
	  .help = "with hold: its bounce follows, and the audit log says so" },
	SEEN, REASON, END,
};
#define SINCE { "since", CONTROL_TEXT, .max = 40, .help = "24h (default), or a date" }
static const struct control_param credential_compromised_params[] = {
	NAME("credential"),
	{ "queued", CONTROL_WORD, .words = queued_words,
	  .help = "what waits of it: hold (default) or keep" },
	SINCE, SEEN, REASON, END,
};
static const struct control_param credential_sent_params[] = {
	NAME("credential"),
	SINCE, END,
};
static const struct control_param report_params[] = {
	{ "since", CONTROL_TEXT, .max = 40, .help = "7d (default), or a date" },
	{ "until", CONTROL_TEXT, .max = 40, .help = "now (default), 1d, or a date" },
	{ "zone_min", CONTROL_COUNT, .min = -1440, .max = 1440,
	  .help = "minutes that days begin before those of UTC" },
	END,
};
static const struct control_param domain_params[] = { NAME("domain"), END };
static const struct control_param domain_change_params[] = { NAME("domain"), SEEN, REASON, END };
static const struct control_param domain_add_params[] = {
	NAME("domain"),
	{ "pool", CONTROL_TEXT, .max = 64,
	  .help = "source addresses its mail leaves from, where the credential chose none" },
	REASON, END,
};
static const struct control_param domain_limit_params[] = {
	NAME("domain"),
	{ "options", CONTROL_TEXTS, true, .max = 128,
	  .help = "pool=P, dmarc-fail=send|hold" },
	SEEN, REASON, END,
};
#define SELECTOR                                                                                   \
	{ "selector", CONTROL_TEXT, true, .max = 63, .help = "of the key: k2" }
static const char *const algorithm_words[] = { "rsa", "ed25519", "both", NULL };
static const struct control_param dkim_rotate_params[] = {
	NAME("domain"),
	{ "algorithm", CONTROL_WORD, .words = algorithm_words,
	  .help = "rsa, ed25519 or both; none: those that sign" },
	{ "bits", CONTROL_COUNT, .min = 2048, .max = 4096, .help = "of the RSA key" },
	{ "now", CONTROL_BOOL, .help = "sign with it before its record is seen" },
	SEEN, REASON, END,
};
static const struct control_param dkim_import_params[] = {
	NAME("domain"), SELECTOR,
	{ "pem", CONTROL_TEXT, true, .max = 16384, .help = "private key, RSA or Ed25519" },
	REASON, END,
};
static const struct control_param dkim_export_params[] = {
	NAME("domain"), SELECTOR, REASON, END,
};
static const struct control_param dkim_remove_params[] = {
	NAME("domain"), SELECTOR,
	{ "now", CONTROL_BOOL, .help = "although mail signed with it may be on its way" },
	SEEN, REASON, END,
};
#define WINDOW                                                                                     \
	{ "interval_ms", CONTROL_COUNT, .min = API_VIEW_INTERVAL_MIN_MS,                           \
	  .max = API_VIEW_INTERVAL_MAX_MS, .help = "from one picture to the next" },               \
		{ "offset", CONTROL_COUNT, .min = 0, .max = 100000000, .help = "first row" },      \
		LIMIT(API_VIEW_ROWS_MAX),                                                          \
		{ "sort", CONTROL_TEXT, .max = 32, .help = "its order; queues: oldest, size, " \
		                                           "name, next" },                        \
		{ "params", CONTROL_ANY, .help = "of the method a list is the answer of" },        \
		{ "delta", CONTROL_BOOL, .help = "leave out rows that did not change" },           \
		{ "reverse", CONTROL_BOOL, .help = "the other way round" },                        \
		{ "filter", CONTROL_TEXT_OR_NULL, .max = 255,                                      \
		  .help = "part of the domain, or pattern with *" },                               \
	{                                                                                          \
		"select", CONTROL_TEXT_OR_NULL, .max = 255, .help = "queue to show in detail"      \
	}
static const struct control_param view_params[] = {
	{ "view", CONTROL_WORD, true, .words = view_words, .help = "which picture" },
	WINDOW, END,
};
static const struct control_param view_update_params[] = {
	{ "subscription", CONTROL_COUNT, true, .min = 1, .max = INT64_MAX, .help = "its number" },
	WINDOW, END,
};
static const struct control_param audit_params[] = { TERMS, LIMIT(1000), CURSOR, END };
static const struct control_param reason_params[] = { REASON, END };
static const struct control_param cancel_params[] = {
	{ "id", CONTROL_ANY, true, .help = "the request's id" }, END,
};

const struct control_method control_method_table[] = {
	{ "rpc.describe", CONTROL_VIEWER, control_call_describe, NULL, false,
	  "these methods and their parameters" },
	{ "rpc.cancel", CONTROL_VIEWER, control_call_cancel, cancel_params, false,
	  "give up a search that is under way" },
	{ "version.show", CONTROL_VIEWER, control_version_show, NULL, false, "relayd's version" },
	{ "status.show", CONTROL_VIEWER, control_status_show, NULL, false, "health and totals" },
	{ "doctor.check", CONTROL_VIEWER, control_doctor_check, NULL, false,
	  "the installation looked over: what is right, what is wrong, what to do" },
	{ "find.search", CONTROL_VIEWER, control_find_search, find_params, false,
	  "did they get it: a sentence and the evidence" },
	{ "message.list", CONTROL_VIEWER, control_message_list, search_params, false,
	  "recipients of messages by search terms, newest first" },
	{ "message.show", CONTROL_VIEWER, control_message_show, message_params, false,
	  "one message with all recipients and events" },
	{ "message.headers", CONTROL_VIEWER, control_message_headers, message_headers_params,
	  false, "its header as it was accepted, while it is kept; in slices" },
	{ "message.body", CONTROL_OPERATOR, control_message_body, message_body_params, true,
	  "header and body, likewise: a look into private mail" },
	{ "message.trace", CONTROL_VIEWER, control_message_trace, message_trace_params, false,
	  "what was said in its last sessions, while relayd has them in memory" },
	{ "message.retry", CONTROL_OPERATOR, control_message_retry, message_retry_params, true,
	  "what waits of these is due now" },
	{ "message.bounce", CONTROL_OPERATOR, control_message_bounce, message_end_params, true,
	  "finish what waits of these as bounced; their senders are told" },
	{ "message.hold", CONTROL_OPERATOR, control_message_hold, message_hold_params, true,
	  "keep what waits of messages now; later mail is not held" },
	{ "message.release", CONTROL_OPERATOR, control_message_release, message_act_params, true,
	  "undo a hold of messages" },
	{ "message.cancel", CONTROL_OPERATOR, control_message_cancel, message_end_params, true,
	  "finish what waits of these as cancelled; nobody is told" },
	{ "log.tail", CONTROL_VIEWER, control_log_tail, search_params, false,
	  "the last events, oldest first" },
	{ "log.search", CONTROL_VIEWER, control_log_search, search_params, false,
	  "past events by search terms, newest first" },
	{ "events.subscribe", CONTROL_VIEWER, control_events_subscribe, events_params, false,
	  "from now on \"event\" notifications" },
	{ "events.unsubscribe", CONTROL_VIEWER, control_subscription_end, subscription_params,
	  false, "no more of them" },
	{ "queue.list", CONTROL_VIEWER, control_queue_list, queue_list_params, false, "queues" },
	{ "queue.show", CONTROL_VIEWER, control_queue_show, queue_params, false,
	  "why one queue waits, until when, and its ages" },
	{ "queue.ages", CONTROL_VIEWER, control_queue_ages, queue_ages_params, false,
	  "how long messages have waited" },
	{ "queue.holds", CONTROL_VIEWER, control_queue_holds, NULL, false,
	  "what is held, by whom, since when; the longest standing first" },
	{ "queue.hold", CONTROL_OPERATOR, control_queue_hold, queue_hold_params, true,
	  "stop delivering" },
	{ "queue.release", CONTROL_OPERATOR, control_queue_release, queue_release_params, true,
	  "undo a hold" },
	{ "queue.flush", CONTROL_OPERATOR, control_queue_flush, queue_act_params, true,
	  "try everything now" },
	{ "queue.wait", CONTROL_OPERATOR, control_queue_wait, queue_wait_params, false,
	  "answers when a bounce in its time of grace is done, or was withdrawn" },
	{ "queue.move", CONTROL_OPERATOR, control_queue_move, queue_move_params, true,
	  "what waits there now leaves by another pool; later mail does not" },
	{ "queue.bounce", CONTROL_OPERATOR, control_queue_bounce, queue_bounce_params, true,
	  "finish what waits there as bounced; its senders are told" },
	{ "site.list", CONTROL_VIEWER, control_site_list, NULL, false,
	  "providers and MX sets with their pace" },
	{ "deferral.list", CONTROL_VIEWER, control_deferral_list, deferral_list_params, false,
	  "what providers say no with, grouped" },
	{ "deferral.show", CONTROL_VIEWER, control_deferral_show, deferral_show_params, false,
	  "one group: a reply, what it means, some of its messages" },
	{ "deferral.rule", CONTROL_OPERATOR, control_deferral_rule, deferral_rule_params, false,
	  "what a file of rules would read differently in the log" },
	{ "suppression.list", CONTROL_VIEWER, control_suppression_list, suppression_list_params,
	  false, "addresses that get no mail, newest first" },
	{ "suppression.check", CONTROL_VIEWER, control_suppression_check,
	  suppression_check_params, false, "all entries that concern one address" },
	{ "suppression.add", CONTROL_OPERATOR, control_suppression_add, suppression_add_params,
	  true, "no mail to this address" },
	{ "suppression.remove", CONTROL_OPERATOR, control_suppression_remove,
	  suppression_remove_params, true, "mail to it again" },
	{ "suppression.import", CONTROL_OPERATOR, control_suppression_import,
	  suppression_import_params, true, "many at once; those refused are named" },
	{ "throttle.list", CONTROL_VIEWER, control_throttle_list, throttle_list_params, false,
	  "limits as they are now: of the rules, of the adaptive pace, of operators; what is "
	  "paused or stopped" },
	{ "throttle.show", CONTROL_VIEWER, control_throttle_show, throttle_show_params, false,
	  "the limits of one scope" },
	{ "throttle.history", CONTROL_VIEWER, control_throttle_history,
	  throttle_history_params, false,
	  "its last changes" },
	{ "throttle.set", CONTROL_OPERATOR, control_throttle_set, throttle_set_params, true,
	  "another limit for a while" },
	{ "throttle.clear", CONTROL_OPERATOR, control_throttle_clear, throttle_clear_params, true,
	  "lifts what operators set and reply rules stopped; says what" },
	{ "pool.list", CONTROL_VIEWER, control_pool_list, NULL, false,
	  "addresses that mail leaves by, and how they stand" },
	{ "pool.show", CONTROL_VIEWER, control_pool_show, pool_show_params, false,
	  "one pool, its addresses with each provider, who uses it" },
	{ "pool.ip", CONTROL_OPERATOR, control_pool_ip, pool_ip_params, true,
	  "switch an address off, or on again" },
	{ "pool.progress", CONTROL_VIEWER, control_pool_progress, pool_check_params, false,
	  "an address's warm-up with each provider" },
	{ "pool.warmup", CONTROL_OPERATOR, control_pool_warmup, pool_warmup_params, true,
	  "set, pause or resume an address's warm-up" },
	{ "pool.check", CONTROL_OPERATOR, control_source_check, pool_check_params, false,
	  "ask the DNS now what others see of a source address" },
	{ "credential.list", CONTROL_VIEWER, control_credential_list, NULL, false,
	  "all credentials" },
	{ "credential.show", CONTROL_VIEWER, control_credential_show, credential_params, false,
	  "one with its keys" },
	{ "credential.create", CONTROL_OPERATOR, control_credential_create,
	  credential_create_params, true, "a new one; the answer holds its secret, once" },
	{ "credential.rotate", CONTROL_OPERATOR, control_credential_rotate,
	  credential_rotate_params, true, "a second secret; the old ones end after the overlap" },
	{ "credential.limit", CONTROL_OPERATOR, control_credential_limit, credential_limit_params,
	  true, "change what it may and gets" },
	{ "credential.retire", CONTROL_OPERATOR, control_credential_retire,
	  credential_retire_params, true, "end one secret" },
	{ "credential.revoke", CONTROL_OPERATOR, control_credential_revoke,
	  credential_revoke_params, true, "end all secrets" },
	{ "credential.compromised", CONTROL_OPERATOR, control_credential_compromised,
	  credential_compromised_params, true,
	  "hold what waits, revoke, make a successor; the answer holds its secret, once" },
	{ "credential.effect", CONTROL_VIEWER, control_credential_effect, credential_params, false,
	  "before one ends: who used it in 24 hours, what came in 5 minutes, what waits of it" },
	{ "credential.sent", CONTROL_VIEWER, control_credential_sent, credential_sent_params, false,
	  "what it sent since a time, and what of that is unusual" },
	{ "migrate.status", CONTROL_VIEWER, control_migrate_status,
	  control_migrate_status_params, false,
	  "credentials on their way here from an old system" },
	{ "migrate.plan", CONTROL_VIEWER, control_migrate_status, NULL, false,
	  "the same, the next to move first" },
	{ "migrate.evidence", CONTROL_OPERATOR, control_migrate_evidence,
	  control_migrate_evidence_params, true, "what others said of its SPF, DKIM and DMARC" },
	{ "migrate.stage", CONTROL_OPERATOR, control_migrate_stage,
	  control_migrate_stage_params, true,
	  "its mail by the old system, by both, or directly" },
	{ "migrate.canary", CONTROL_OPERATOR, control_migrate_canary,
	  control_migrate_canary_params, true,
	  "a trial: the share of its mail that goes directly" },
	{ "domain.list", CONTROL_VIEWER, control_domain_list, NULL, false, "all sending domains" },
	{ "domain.add", CONTROL_OPERATOR, control_domain_add, domain_add_params, true,
	  "make keys for a domain; the answer holds its DNS records" },
	{ "domain.show", CONTROL_VIEWER, control_domain_show, domain_params, false,
	  "keys and senders" },
	{ "domain.records", CONTROL_VIEWER, control_domain_records, domain_params, false,
	  "DNS records to publish" },
	{ "domain.limit", CONTROL_OPERATOR, control_domain_limit, domain_limit_params, true,
	  "change its options, for what waits too" },
	{ "domain.report", CONTROL_VIEWER, control_domain_report, domain_params, false,
	  "what the last check found; asks nobody" },
	{ "domain.check", CONTROL_OPERATOR, control_domain_check, domain_params, false,
	  "asks the DNS for its records now: each server's answer, SPF, DMARC, what it means" },
	{ "domain.dkim.rotate", CONTROL_OPERATOR, control_dkim_rotate, dkim_rotate_params, true,
	  "new keys that sign once their records are seen" },
	{ "domain.dkim.import", CONTROL_OPERATOR, control_dkim_import, dkim_import_params, true,
	  "a key from elsewhere, likewise" },
	{ "domain.dkim.export", CONTROL_OPERATOR, control_dkim_export, dkim_export_params, true,
	  "a private key in the clear" },
	{ "domain.dkim.remove", CONTROL_OPERATOR, control_dkim_remove, dkim_remove_params, true,
	  "forget a key that signs no more, or not yet" },
	{ "domain.remove", CONTROL_OPERATOR, control_domain_remove, domain_change_params, true,
	  "forget a domain and its keys" },
	{ "view.subscribe", CONTROL_VIEWER, control_view_subscribe, view_params, false,
	  "from now on \"view\" notifications" },
	{ "view.update", CONTROL_VIEWER, control_view_update, view_update_params, false,
	  "move its window" },
	{ "view.unsubscribe", CONTROL_VIEWER, control_subscription_end, subscription_params, false,
	  "no more of them" },
	{ "report.make", CONTROL_VIEWER, control_report_make, report_params, false,
	  "what became of all mail of some time, in numbers, and of the time before it" },
	{ "audit.list", CONTROL_VIEWER, control_audit_list, audit_params, false,
	  "who changed what, newest first" },
	{ "config.show", CONTROL_VIEWER, control_config_show, NULL, false,
	  "what relayd runs with" },
	{ "config.diff", CONTROL_VIEWER, control_config_diff, NULL, false,
	  "the file beside what relayd runs with, option by option" },
	{ "config.reload", CONTROL_OPERATOR, control_config_reload, reason_params, true,
	  "read configuration and certificates again" },
};
const size_t control_method_count = COUNT_OF(control_method_table);
