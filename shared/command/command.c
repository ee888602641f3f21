/* command.c - the table; see command.h. */
#include "command_flags.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define END { .name = NULL }

static const char *const color_words[] = { "auto", "always", "never", NULL };
static const char *const sort_words[] = { "oldest", "size", "name", "next", NULL };
static const char *const cause_words[] = { "hard_bounce", "complaint", "unsubscribe", "manual",
					    "mailbox_full", NULL };
static const char *const import_words[] = { "ses", "sendgrid", "postmark", "postmark-bounces",
					     "mailgun", "relay", "plain", NULL };

const struct command_noun command_nouns[] = {
	{ "status", NULL, "is it well, and how much waits" },
	{ "doctor", NULL, "the whole installation looked over, and what to do first" },
	{ "find", "search", "did they get it?" },
	{ "message", NULL, "single messages" },
	{ "log", NULL, "what happened and what happens" },
	{ "queue", NULL, "waiting recipients, by recipient domain" },
	{ "suppression", NULL, "addresses that get no mail" },
	{ "throttle", NULL, "how fast each provider is served, and why" },
	{ "deferral", NULL, "what providers say no with" },
	{ "pool", NULL, "addresses that mail leaves by" },
	{ "credential", "cred", "who may send, and as whom" },
	{ "migrate", NULL, "move credentials here from an old system, step by step" },
	{ "domain", NULL, "sending domains, their keys and DNS records" },
	{ "explain", NULL, "what a provider's reply means" },
	{ "report", NULL, "what became of all mail, in numbers" },
	{ "config", NULL, "relayd.conf" },
	{ "audit", NULL, "who changed what" },
	{ "top", NULL, "the screen (relaytui)" },
	{ "rpc", NULL, "one raw request" },
	{ "completion", NULL, "tab completion for a shell" },
	{ "help", NULL, "this help" },
	{ "version", NULL, "version of relaycli, and of relayd if it runs" },
};
const size_t command_noun_count = COUNT_OF(command_nouns);

const struct command_flag command_global_flags[] = {
	{ .name = "socket", .letter = 'S', .kind = COMMAND_FILE, .value = "PATH",
	  .help = "control socket (or RELAY_SOCKET)" },
	{ .name = "json", .help = "one JSON object", .kind = COMMAND_FLAG },
	{ .name = "jsonl", .help = "one JSON object a line", .kind = COMMAND_FLAG },
	{ .name = "csv", .help = "comma separated, with header", .kind = COMMAND_FLAG },
	{ .name = "tsv", .help = "tab separated, without header", .kind = COMMAND_FLAG },
	{ .name = "fields", .kind = COMMAND_TEXT, .value = "A,B", .help = "only these columns" },
	{ .name = "no-header", .kind = COMMAND_FLAG, .help = "no header row" },
	{ .name = "wide", .kind = COMMAND_FLAG, .help = "cut nothing to the terminal's width" },
	{ .name = "color", .kind = COMMAND_WORD, .value = "WHEN", .words = color_words,
	  .help = "auto, always or never" },
	{ .name = "no-pager", .kind = COMMAND_FLAG, .help = "never open a pager" },
	{ .name = "no-input", .kind = COMMAND_FLAG, .help = "never ask" },
	{ .name = "quiet", .letter = 'q', .kind = COMMAND_FLAG, .help = "say nothing but errors" },
	{ .name = "utc", .kind = COMMAND_FLAG, .help = "times in UTC instead of local time" },
	{ .name = "timeout", .kind = COMMAND_DURATION, .value = "30s",
	  .help = "how long to wait for the daemon" },
	{ .name = "help", .letter = 'h', .kind = COMMAND_FLAG, .help = "help on this command" },
	{ .name = "version", .kind = COMMAND_FLAG, .help = "print the version" },
	END,
};

const struct command_flag command_change_flags[] = {
	{ .name = "yes", .letter = 'y', .kind = COMMAND_FLAG, .help = "do not ask" },
	{ .name = "reason", .kind = COMMAND_TEXT, .value = "TEXT", .param = "reason",
	  .help = "why, for the audit log" },
	END,
};

const struct command_flag command_severe_flags[] = {
	{ .name = "confirm", .kind = COMMAND_TEXT, .value = "NAME",
	  .help = "the name, instead of typing it when asked" },
	END,
};

static const struct command_flag find_flags[] = {
	{ .name = "since", .kind = COMMAND_TIME, .value = "7d", .term = "since",
	  .help = "not older than this, or since that date" },
	{ .name = "until", .kind = COMMAND_TIME, .value = "T", .term = "until",
	  .help = "not younger" },
	{ .name = "last", .kind = COMMAND_FLAG, .param = "last", .help = "only the newest" },
	{ .name = "limit", .letter = 'n', .kind = COMMAND_COUNT, .value = "N", .param = "limit",
	  .help = "at most so many (50)" },
	{ .name = "cursor", .kind = COMMAND_TEXT, .value = "CURSOR", .param = "cursor",
	  .help = "go on after a next_cursor" },
	{ .name = "exit-status", .kind = COMMAND_FLAG,
	  .help = "judge the newest: 0 delivered, 10 waiting, 11 failed, 3 no trace, 12 unknown" },
	END,
};

static const struct command_flag explain_flags[] = {
	{ .name = "rules", .kind = COMMAND_FILE, .value = "FILE",
	  .help = "ask the rules of this file before the shipped ones" },
	{ .name = "provider", .kind = COMMAND_PROVIDER, .value = "NAME",
	  .help = "the provider that said it: only its own rules and those for all" },
	END,
};

static const struct command_flag report_flags[] = {
	{ .name = "since", .kind = COMMAND_TIME, .value = "7d", .param = "since",
	  .help = "accepted not longer ago, or since that date (7d)" },
	{ .name = "until", .kind = COMMAND_TIME, .value = "T", .param = "until",
	  .help = "accepted before that (now)" },
	{ .name = "html", .kind = COMMAND_FILE, .value = "FILE",
	  .help = "a page with charts as this new file, to send to somebody" },
	{ .name = "force", .kind = COMMAND_FLAG, .help = "write over FILE if it is there" },
	END,
};

static const char *const by_words[] = { "reply", "provider", "cred", "ip", NULL };

#define SINCE_HOUR \
	{ .name = "since", .kind = COMMAND_TIME, .value = "1h", .term = "since", \
	  .help = "refused not longer ago, or since that date (1h)" }

static const struct command_flag deferral_list_flags[] = {
	{ .name = "by", .kind = COMMAND_WORD, .value = "WHAT", .words = by_words, .param = "by",
	  .help = "group by reply (default), provider, cred or ip we sent from" },
	SINCE_HOUR,
	{ .name = "unknown", .kind = COMMAND_FLAG, .param = "unknown",
	  .help = "only what is guessed from status or code: worth a rule" },
	END,
};

static const struct command_flag deferral_flags[] = { SINCE_HOUR, END };

static const struct command_flag search_flags[] = {
	{ .name = "since", .kind = COMMAND_TIME, .value = "7d", .term = "since",
	  .help = "not older than this, or since that date" },
	{ .name = "until", .kind = COMMAND_TIME, .value = "T", .term = "until",
	  .help = "not younger" },
	{ .name = "limit", .letter = 'n', .kind = COMMAND_COUNT, .value = "N", .param = "limit",
	  .help = "at most so many (50)" },
	{ .name = "cursor", .kind = COMMAND_TEXT, .value = "CURSOR", .param = "cursor",
	  .help = "go on after a next_cursor" },
	END,
};

static const struct command_flag export_flags[] = {
	{ .name = "since", .kind = COMMAND_TIME, .value = "7d", .term = "since",
	  .help = "not older than this, or since that date" },
	{ .name = "until", .kind = COMMAND_TIME, .value = "T", .term = "until",
	  .help = "not younger" },
	END,
};

static const struct command_flag tail_flags[] = {
	{ .name = "lines", .letter = 'n', .kind = COMMAND_COUNT, .value = "50", .param = "limit",
	  .help = "so many past events first" },
	{ .name = "follow", .letter = 'f', .kind = COMMAND_FLAG, .help = "go on as they happen" },
	END,
};

static const struct command_flag queue_list_flags[] = {
	{ .name = "sort", .kind = COMMAND_WORD, .value = "KEY", .words = sort_words,
	  .param = "sort",
	  .help = "oldest (default), size, name or next" },
	{ .name = "limit", .letter = 'n', .kind = COMMAND_COUNT, .value = "N", .param = "limit",
	  .help = "at most so many (100)" },
	{ .name = "offset", .kind = COMMAND_COUNT, .value = "N", .param = "offset",
	  .help = "leave out the first" },
	{ .name = "match", .kind = COMMAND_TEXT, .value = "PATTERN", .param = "match",
	  .help = "only these domains; * matches anything" },
	END,
};

#define QUEUE_ACT_FLAGS \
	{ .name = "match", .kind = COMMAND_TEXT, .value = "PATTERN|TERM…", .param = "match", \
	  .help = "all queues like this (*.example), or all mail like this (tag:x cred:y)" }, \
	{ .name = "generation", .kind = COMMAND_COUNT, .value = "N", .param = "generation", \
	  .help = "refuse (exit 9) when the queue changed since" }, \
	{ .name = "count", .kind = COMMAND_COUNT, .value = "N", .param = "count", \
	  .help = "refuse (exit 9) when more than N messages would be touched" }, \
	{ .name = "dry-run", .kind = COMMAND_FLAG, .param = "dry_run", \
	  .help = "only say what would be touched" }

#define CREDENTIAL_FLAG \
	{ .name = "cred", .kind = COMMAND_CREDENTIAL, .value = "NAME", .param = "credential", \
	  .help = "all mail of this credential, instead of a queue" }

static const struct command_flag queue_hold_flags[] = {
	QUEUE_ACT_FLAGS, CREDENTIAL_FLAG,
	{ .name = "for", .kind = COMMAND_DURATION, .value = "1h", .param = "for_ms",
	  .help = "release by itself after this" },
	END,
};
static const struct command_flag queue_move_flags[] = {
	{ .name = "pool", .kind = COMMAND_POOL, .value = "P", .param = "pool",
	  .help = "pool of source addresses that it leaves by; default: delivery.source" },
	QUEUE_ACT_FLAGS, END,
};
static const struct command_flag queue_act_flags[] = { QUEUE_ACT_FLAGS, END };
static const struct command_flag queue_release_flags[] = {
	QUEUE_ACT_FLAGS, CREDENTIAL_FLAG, END,
};

#define MESSAGE_ACT_FLAGS \
	{ .name = "match", .kind = COMMAND_TEXT, .value = "TERM…", .param = "match", \
	  .help = "instead of ids: what waits now and is like this (tag:x from:@shop.example)" }, \
	{ .name = "count", .kind = COMMAND_COUNT, .value = "N", .param = "count", \
	  .help = "refuse (exit 9) when more than N recipients would be touched" }, \
	{ .name = "dry-run", .kind = COMMAND_FLAG, .param = "dry_run", \
	  .help = "only say what would be touched" }

/* on a terminal it is 10s without being asked for; scripts do at once what they say */
#define GRACE_FLAG \
	{ .name = "grace", .kind = COMMAND_DURATION, .value = "10s", .param = "grace_ms", \
	  .help = "more than 100 are held so long before it is done, and Ctrl-C withdraws it" }

static const struct command_flag message_show_flags[] = {
	{ .name = "headers", .kind = COMMAND_FLAG,
	  .help = "instead: its header as it was accepted, while it is kept" },
	{ .name = "body", .kind = COMMAND_FLAG,
	  .help = "instead: header and body; for operators, and the audit log has it" },
	{ .name = "reason", .kind = COMMAND_TEXT, .value = "TEXT",
	  .help = "with --body: why, for the audit log" },
	{ .name = "trace", .kind = COMMAND_FLAG,
	  .help = "instead: what was said in its last sessions, while relayd remembers them" },
	{ .name = "recipient", .kind = COMMAND_TEXT, .value = "ADDRESS",
	  .help = "with --trace: only sessions that had it for this address" },
	END,
};
static const struct command_flag message_act_flags[] = { MESSAGE_ACT_FLAGS, END };
static const struct command_flag message_retry_flags[] = {
	MESSAGE_ACT_FLAGS,
	{ .name = "scheduled", .kind = COMMAND_FLAG, .param = "scheduled",
	  .help = "also what its sender wants to be sent later" },
	END,
};
static const struct command_flag message_end_flags[] = { MESSAGE_ACT_FLAGS, GRACE_FLAG, END };
static const struct command_flag queue_bounce_flags[] = { QUEUE_ACT_FLAGS, GRACE_FLAG, END };
static const struct command_flag message_hold_flags[] = {
	MESSAGE_ACT_FLAGS,
	{ .name = "for", .kind = COMMAND_DURATION, .value = "1h", .param = "for_ms",
	  .help = "release by itself after this" },
	END,
};
#define CAUSE_FLAG \
	{ .name = "cause", .kind = COMMAND_WORD, .value = "CAUSE", .words = cause_words, \
	  .param = "cause", \
	  .help = "hard_bounce, complaint, unsubscribe, manual or mailbox_full" }

static const struct command_flag suppression_list_flags[] = {
	CAUSE_FLAG,
	{ .name = "limit", .letter = 'n', .kind = COMMAND_COUNT, .value = "N", .param = "limit",
	  .help = "at most so many (100)" },
	{ .name = "cursor", .kind = COMMAND_COUNT, .value = "N", .param = "cursor",
	  .help = "go on after a next_cursor" },
	END,
};
static const struct command_flag suppression_add_flags[] = {
	CAUSE_FLAG,
	{ .name = "scope", .kind = COMMAND_SCOPE, .value = "SCOPE", .param = "scope",
	  .help = "only for mail of domain:NAME or cred:NAME" },
	{ .name = "for", .kind = COMMAND_DURATION, .value = "30d", .param = "for_ms",
	  .help = "with an end" },
	END,
};
static const struct command_flag suppression_remove_flags[] = {
	CAUSE_FLAG,
	{ .name = "match", .kind = COMMAND_TEXT, .value = "TERMS", .param = "match",
	  .help = "all like this: domain: site: cred: since: until: or a part of the address" },
	{ .name = "scope", .kind = COMMAND_TEXT, .value = "SCOPE", .param = "scope",
	  .help = "only what is for domain:NAME, cred:NAME, or everywhere" },
	{ .name = "dry-run", .kind = COMMAND_FLAG, .param = "dry_run", .help = "only count them" },
	END,
};
static const struct command_flag suppression_import_flags[] = {
	{ .name = "format", .kind = COMMAND_WORD, .value = "FORMAT", .words = import_words,
	  .param = "format",
	  .help = "ses, sendgrid, postmark, postmark-bounces, mailgun, relay or plain (found by "
	          "the names in it)" },
	CAUSE_FLAG,
	END,
};
static const struct command_flag suppression_export_flags[] = { CAUSE_FLAG, END };

#define TERMS(least) { "TERM", COMMAND_TERM, (least), COMMAND_MANY, "terms" }
#define ONE(shown, what, key) { (shown), (what), 1, 1, (key) }

const struct command command_table[] = {
	{ "status", NULL, .method = "status.show", .role = COMMAND_VIEWER,
	  .help = "health, totals and how much waits" },
	{ "doctor", NULL, .flag = command_flags_doctor,
	  .help = "configuration, certificate, DNS, ports, clock, disk and more, and what to do "
	          "first; works without the daemon as far as it goes",
	  .example = "doctor" },
	{ "find", NULL, .arg = { { "ADDRESS|MSGID|TERM", COMMAND_TERM, 1, COMMAND_MANY, "terms" } },
	  .flag = find_flags, .method = "find.search", .role = COMMAND_VIEWER,
	  .help = "did they get it? a sentence, then the evidence",
	  .example = "find b.lee@gmail.com --last" },
	{ "message", "list", .arg = { TERMS(0) }, .flag = search_flags, .method = "message.list",
	  .role = COMMAND_VIEWER, .help = "messages by search terms, newest first",
	  .example = "message list cred:shop-prod status:deferred" },
	{ "message", "show", .arg = { ONE("ID", COMMAND_ID, "id") }, .flag = message_show_flags,
	  .method = "message.show", .role = COMMAND_VIEWER,
	  .help = "one message: every recipient and what happened, what it says, or what was said",
	  .example = "message show 6H139FEWC0100 --trace" },
	{ "message", "retry", .arg = { { "ID|-", COMMAND_ID, 0, COMMAND_MANY, "ids" } },
	  .flag = message_retry_flags, .method = "message.retry", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD, .help = "try what waits of it now; - reads ids" },
	{ "message", "hold", .arg = { { "ID|-", COMMAND_ID, 0, COMMAND_MANY, "ids" } },
	  .flag = message_hold_flags, .method = "message.hold", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "keep what waits of it now; later mail is not held",
	  .example = "message hold --match \"tag:night from:@shop.example\" --for 1h" },
	{ "message", "release", .arg = { { "ID|-", COMMAND_ID, 0, COMMAND_MANY, "ids" } },
	  .flag = message_act_flags, .method = "message.release", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD, .help = "undo a hold of messages" },
	{ "message", "bounce", .arg = { { "ID|-", COMMAND_ID, 0, COMMAND_MANY, "ids" } },
	  .flag = message_end_flags, .method = "message.bounce", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MODERATE, .help = "give up what waits of it and tell its sender" },
	{ "message", "cancel", .arg = { { "ID|-", COMMAND_ID, 0, COMMAND_MANY, "ids" } },
	  .flag = message_end_flags, .method = "message.cancel", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MODERATE, .help = "give up what waits of it and tell nobody",
	  .example = "message cancel 6H139FEWC0100 --reason \"wrong price\"" },
	{ "log", "tail", .arg = { TERMS(0) }, .flag = tail_flags, .method = "log.tail",
	  .role = COMMAND_VIEWER, .help = "the last events, and with -f those to come",
	  .example = "log tail -f to:@yahoo.com" },
	{ "log", "search", .arg = { TERMS(1) }, .flag = search_flags, .method = "log.search",
	  .role = COMMAND_VIEWER, .help = "past events by search terms" },
	{ "log", "export", .arg = { TERMS(0) }, .flag = export_flags, .role = COMMAND_VIEWER,
	  .help = "every event there is, as JSON lines (or --csv, --tsv), newest message first",
	  .example = "log export --since 2026-11-01 --until 2026-12-01 --csv" },
	{ "queue", "list", .flag = queue_list_flags, .method = "queue.list", .role = COMMAND_VIEWER,
	  .help = "queues, the longest waiting first" },
	{ "queue", "show", .arg = { ONE("QUEUE", COMMAND_QUEUE, "match") }, .method = "queue.show",
	  .role = COMMAND_VIEWER, .help = "why this queue waits and until when" },
	{ "queue", "ages", .arg = { { "QUEUE", COMMAND_QUEUE, 0, 1, "match" } },
	  .method = "queue.ages", .role = COMMAND_VIEWER,
	  .help = "how long its messages have waited" },
	{ "queue", "holds", .method = "queue.holds", .role = COMMAND_VIEWER,
	  .help = "what is held, by whom and why, the longest standing first" },
	{ "queue", "hold", .arg = { { "QUEUE", COMMAND_QUEUE, 0, COMMAND_MANY, "queues" } },
	  .flag = queue_hold_flags, .method = "queue.hold", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "stop delivering, what comes later too; keep accepting",
	  .example = "queue hold --match \"tag:night from:@shop.example\" --for 1h" },
	{ "queue", "release", .arg = { { "QUEUE", COMMAND_QUEUE, 0, COMMAND_MANY, "queues" } },
	  .flag = queue_release_flags, .method = "queue.release", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD, .help = "undo a hold" },
	{ "queue", "flush", .arg = { { "QUEUE", COMMAND_QUEUE, 0, COMMAND_MANY, "queues" } },
	  .flag = queue_act_flags, .method = "queue.flush", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD, .help = "try all that waits there now, not what comes later" },
	{ "queue", "bounce", .arg = { { "QUEUE", COMMAND_QUEUE, 0, 1, "match" } },
	  .flag = queue_bounce_flags, .method = "queue.bounce", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_SEVERE,
	  .help = "give up what waits there now and tell its senders; later mail is tried",
	  .example = "queue bounce yahoo.com --reason \"campaign withdrawn\" --dry-run" },
	{ "queue", "move", .arg = { { "QUEUE", COMMAND_QUEUE, 0, COMMAND_MANY, "queues" } },
	  .flag = queue_move_flags, .method = "queue.move", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MODERATE,
	  .help = "what waits there now leaves by another pool; later mail does not",
	  .example = "queue move --match \"cred:news domain:yahoo.com\" --pool shared" },
	{ "suppression", "list", .arg = { TERMS(0) }, .flag = suppression_list_flags,
	  .method = "suppression.list", .role = COMMAND_VIEWER,
	  .help = "who gets no mail, why and since when; newest first",
	  .example = "suppression list domain:yahoo.com --cause hard_bounce since:7d" },
	{ "suppression", "check", .arg = { ONE("ADDRESS", COMMAND_TEXT, "address") },
	  .method = "suppression.check", .role = COMMAND_VIEWER,
	  .help = "every entry that concerns an address, with its evidence" },
	{ "suppression", "add", .arg = { ONE("ADDRESS", COMMAND_TEXT, "address") },
	  .flag = suppression_add_flags, .method = "suppression.add", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD, .help = "no mail to an address, or to *@domain",
	  .example = "suppression add d.roe@example.net --reason \"asked by phone\"" },
	{ "suppression", "remove", .arg = { { "ADDRESS", COMMAND_TEXT, 0, 1, "address" } },
	  .flag = suppression_remove_flags, .method = "suppression.remove",
	  .role = COMMAND_OPERATOR, .danger = COMMAND_MODERATE,
	  .help = "mail to it again; after a provider's incident by --match and --cause",
	  .example = "suppression remove --match \"site:yahoo since:2h\" --dry-run" },
	{ "suppression", "import", .arg = { ONE("FILE|-", COMMAND_FILE, NULL) },
	  .flag = suppression_import_flags, .method = "suppression.import",
	  .role = COMMAND_OPERATOR, .danger = COMMAND_ADDS,
	  .help = "CSV or JSON of SES, SendGrid, Postmark, Mailgun, or address[,cause[,since]]" },
	{ "suppression", "export", .flag = suppression_export_flags,
	  .help = "all of it as CSV, with the evidence" },
	{ "throttle", "list", .flag = command_flags_throttle_list, .method = "throttle.list",
	  .role = COMMAND_VIEWER, .help = "limits that are not just what relayd.conf says; what "
	                           "reply rules and providers stop, and what ends it" },
	{ "throttle", "show", .arg = { ONE("SCOPE", COMMAND_SCOPE, "scope") },
	  .method = "throttle.show", .role = COMMAND_VIEWER,
	  .help = "the limits of one provider, domain or source address; cred:NAME: its stops",
	  .example = "throttle show provider:google" },
	{ "throttle", "set",
	  .arg = { ONE("SCOPE", COMMAND_SCOPE, "scope"), ONE("LIMIT", COMMAND_TEXT, "limit"),
	           ONE("VALUE", COMMAND_TEXT, "value") },
	  .flag = command_flags_throttle_set, .method = "throttle.set", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "another rate, max_connections or messages_per_connection, for a while",
	  .example = "throttle set provider:yahoo rate 10/s --for 2h --reason \"complaints\"" },
	{ "throttle", "clear",
	  .arg = { ONE("SCOPE", COMMAND_SCOPE, "scope"), { "LIMIT", COMMAND_TEXT, 0, 1, "limit" } },
	  .method = "throttle.clear", .role = COMMAND_OPERATOR, .danger = COMMAND_MODERATE,
	  .help = "lifts limits set by hand, and what reply rules pause, stop or leave one "
	          "connection; cred:NAME: its stops",
	  .example = "throttle clear provider:yahoo stop_source" },
	{ "throttle", "history", .arg = { ONE("SCOPE", COMMAND_SCOPE, "scope") },
	  .method = "throttle.history", .role = COMMAND_VIEWER,
	  .help = "its last changes, oldest first, with the reply behind each" },
	{ "deferral", "list", .arg = { TERMS(0) }, .flag = deferral_list_flags,
	  .method = "deferral.list", .role = COMMAND_VIEWER,
	  .help = "refusals grouped, largest first; numbers and addresses folded",
	  .example = "deferral list --since 1d --unknown" },
	{ "deferral", "show", .arg = { ONE("GROUP", COMMAND_GROUP, "group") },
	  .flag = deferral_flags, .method = "deferral.show", .role = COMMAND_VIEWER,
	  .help = "one group: its newest reply, what to do, some of its messages" },
	{ "deferral", "rule",
	  .arg = { ONE("test", COMMAND_TEXT, NULL), ONE("FILE", COMMAND_FILE, NULL) },
	  .flag = deferral_flags, .method = "deferral.rule", .role = COMMAND_OPERATOR,
	  .help = "what would FILE, named by rules in relayd.conf, read differently?",
	  .example = "deferral rule test my.rules --since 7d" },
	{ "pool", "list", .method = "pool.list", .role = COMMAND_VIEWER,
	  .help = "the addresses of all pools: state, warm-up, today's mail, blocklists" },
	{ "pool", "show", .arg = { ONE("POOL", COMMAND_POOL, "name") }, .method = "pool.show",
	  .role = COMMAND_VIEWER,
	  .help = "one pool: its addresses with each provider, its overflow, who uses it" },
	{ "pool", "ip",
	  .arg = { ONE("on|off|check", COMMAND_WORD, NULL), ONE("IP", COMMAND_SOURCE, "address") },
	  .flag = command_flags_pool_ip, .method = "pool.ip", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "off: it sends nothing, others of its pool step in; check: ask the DNS now for "
	          "its PTR record, the name it greets with, blocklists",
	  .example = "pool ip off 192.0.2.10 --reason \"listed\" --for 1d" },
	{ "pool", "warmup",
	  .arg = { ONE("show|set|pause|resume", COMMAND_WORD, NULL),
	           ONE("IP", COMMAND_SOURCE, "address") },
	  .flag = command_flags_pool_warmup, .method = "pool.warmup", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "how far it is with each provider; set: begin, or move to a day; pause: nothing "
	          "to those where it is not warm",
	  .example = "pool warmup set 192.0.2.10 --day 5 --provider google" },
	{ "pool", "check", .arg = { ONE("IP", COMMAND_SOURCE, "address") },
	  .method = "pool.check", .role = COMMAND_OPERATOR, .is_hidden = true,
	  .help = "the same as pool ip check" },
	{ "credential", "list", .method = "credential.list", .role = COMMAND_VIEWER,
	  .help = "all credentials" },
	{ "credential", "show", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .method = "credential.show", .role = COMMAND_VIEWER,
	  .help = "its keys, senders and last use" },
	{ "credential", "create", .arg = { ONE("NAME", COMMAND_TEXT, "name") },
	  .flag = command_flags_create,
	  .method = "credential.create", .role = COMMAND_OPERATOR, .danger = COMMAND_ADDS,
	  .help = "a new one; its secret is shown this once",
	  .example = "credential create shop-prod --from @shop.example" },
	{ "credential", "rotate", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .flag = command_flags_rotate, .method = "credential.rotate", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MODERATE,
	  .help = "a second secret; the old one ends after the overlap" },
	{ "credential", "limit",
	  .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name"),
	           { "KEY=VALUE", COMMAND_OPTION, 1, COMMAND_MANY, "options" } },
	  .method = "credential.limit", .role = COMMAND_OPERATOR, .danger = COMMAND_MILD,
	  .help = "change from, rate, quota, recipients, size, source, certificate, "
	          "certificate-only, protocols, expires, tripwire, env, "
	          "bulk, pool, notices, suppressed, null-sender or fix-line-ends",
	  .example = "credential limit news rate=50/s quota=20000/day,300000/month" },
	{ "credential", "retire",
	  .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name"), ONE("KEY", COMMAND_KEY, "key") },
	  .method = "credential.retire", .role = COMMAND_OPERATOR, .danger = COMMAND_MODERATE,
	  .help = "end one of its secrets now" },
	{ "credential", "revoke", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .flag = command_flags_revoke, .method = "credential.revoke", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_SEVERE, .help = "end all its secrets now, for good" },
	{ "credential", "compromised", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .flag = command_flags_compromised, .method = "credential.compromised",
	  .role = COMMAND_OPERATOR, .danger = COMMAND_SEVERE,
	  .help = "its password leaked: hold what waits, revoke, make a successor, and tell what "
	          "was sent",
	  .example = "credential compromised shop-prod --since 2d" },
	{ "credential", "sent", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .flag = command_flags_sent, .method = "credential.sent", .role = COMMAND_VIEWER,
	  .help = "what it sent, from where and to whom; what is unusual is marked",
	  .example = "credential sent shop-prod --since 24h" },
	{ "credential", "test", .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name") },
	  .flag = command_flags_test, .role = COMMAND_VIEWER,
	  .help = "log in to the relay as an application would, and tell what fails and why; asks "
	          "for its password; sends nothing without --to",
	  .example = "credential test shop-prod --to ann@mail.example" },
	{ "migrate", "status", .arg = { { "NAME", COMMAND_CREDENTIAL, 0, 1, "name" } },
	  .method = "migrate.status", .role = COMMAND_VIEWER,
	  .help = "each credential: stage, share, results of both ways, evidence" },
	{ "migrate", "plan", .method = "migrate.plan", .role = COMMAND_VIEWER,
	  .help = "which credential to move next, by which command, what is missing for that" },
	{ "migrate", "evidence",
	  .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name"), ONE("FILE", COMMAND_FILE, NULL) },
	  .method = "migrate.evidence", .role = COMMAND_OPERATOR, .danger = COMMAND_ADDS,
	  .help = "SPF, DKIM and DMARC as receivers saw them: a header pasted in, or a DMARC "
	          "report (XML, gz, zip); - reads stdin",
	  .example = "migrate evidence shop-prod google.com!shop.example!1795600000.zip" },
	{ "migrate", "stage",
	  .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name"),
	           ONE("old|trial|moved", COMMAND_WORD, "stage") },
	  .flag = command_flags_migrate, .method = "migrate.stage", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "old: all its mail by the smarthost; trial: some directly; moved: all",
	  .example = "migrate stage shop-prod trial --smarthost old" },
	{ "migrate", "canary",
	  .arg = { ONE("NAME", COMMAND_CREDENTIAL, "name"),
	           ONE("PERCENT", COMMAND_COUNT, "percent") },
	  .flag = command_flags_migrate, .method = "migrate.canary", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MILD,
	  .help = "a trial: this share of its mail goes directly, the rest by the smarthost",
	  .example = "migrate canary shop-prod 20" },
	{ "domain", "list", .method = "domain.list", .role = COMMAND_VIEWER,
	  .help = "all domains" },
	{ "domain", "add", .arg = { ONE("DOMAIN", COMMAND_TEXT, "name") },
	  .flag = command_flags_domain_add,
	  .method = "domain.add", .role = COMMAND_OPERATOR, .danger = COMMAND_ADDS,
	  .help = "make its DKIM keys and print the DNS records" },
	{ "domain", "show", .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name") },
	  .method = "domain.show",
	  .role = COMMAND_VIEWER, .help = "its keys and who sends as it" },
	{ "domain", "records", .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name") },
	  .flag = command_flags_records, .method = "domain.records", .role = COMMAND_VIEWER,
	  .help = "the DNS records to publish" },
	{ "domain", "limit",
	  .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name"),
	           { "OPTION=VALUE", COMMAND_TEXT, 1, COMMAND_MANY, "options" } },
	  .method = "domain.limit", .role = COMMAND_OPERATOR, .danger = COMMAND_MILD,
	  .help = "change pool (the addresses its mail leaves by), dmarc-fail (send, or hold it)",
	  .example = "domain limit shop.example pool=news dmarc-fail=hold" },
	{ "domain", "check", .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name") },
	  .flag = command_flags_domain_check, .method = "domain.check", .role = COMMAND_OPERATOR,
	  .help = "whether its DNS records are there and right, and what it means for mail",
	  .example = "domain check shop.example" },
	{ "domain", "dkim rotate", .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name") },
	  .flag = command_flags_dkim_rotate, .method = "domain.dkim.rotate",
	  .role = COMMAND_OPERATOR,
	  .danger = COMMAND_ADDS,
	  .help = "make new DKIM keys; they sign once their records are seen everywhere",
	  .example = "domain dkim rotate shop.example" },
	{ "domain", "dkim import",
	  .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name"), ONE("SELECTOR", COMMAND_TEXT, "selector"),
	           ONE("FILE|-", COMMAND_FILE, NULL) },
	  .method = "domain.dkim.import", .role = COMMAND_OPERATOR, .danger = COMMAND_ADDS,
	  .help = "take a private key (PEM, RSA or Ed25519); it signs once its record is seen",
	  .example = "domain dkim import shop.example mail2024 /root/mail2024.pem" },
	{ "domain", "dkim export",
	  .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name"),
	           ONE("SELECTOR", COMMAND_SELECTOR, "selector") },
	  .flag = command_flags_dkim_export, .method = "domain.dkim.export",
	  .role = COMMAND_OPERATOR,
	  .danger = COMMAND_ADDS, .help = "write a private key (PEM) into a file of its own",
	  .example = "domain dkim export shop.example k2 --out /root/k2.pem" },
	{ "domain", "dkim remove",
	  .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name"),
	           ONE("SELECTOR", COMMAND_SELECTOR, "selector") },
	  .flag = command_flags_dkim_remove, .method = "domain.dkim.remove",
	  .role = COMMAND_OPERATOR,
	  .danger = COMMAND_MODERATE, .help = "forget a key that signs no more, or not yet" },
	{ "domain", "remove", .arg = { ONE("DOMAIN", COMMAND_DOMAIN, "name") },
	  .method = "domain.remove", .role = COMMAND_OPERATOR, .danger = COMMAND_SEVERE,
	  .help = "forget it and its keys" },
	{ "report", NULL, .flag = report_flags, .method = "report.make", .role = COMMAND_VIEWER,
	  .help = "volume, outcomes and times by provider, credential, domain; and before that",
	  .example = "report --since 7d --html report.html" },
	{ "explain", NULL, .arg = { { "CODE|REPLY|-", COMMAND_TEXT, 1, COMMAND_MANY, NULL } },
	  .flag = explain_flags,
	  .help = "what a reply means and what to do; works without the daemon",
	  .example = "explain \"421 4.7.0 [TSS04] Messages temporarily deferred\"" },
	{ "config", "check", .arg = { { "FILE", COMMAND_FILE, 0, 1, NULL } },
	  .flag = command_flags_check,
	  .help = "is this relayd.conf right? needs no daemon",
	  .example = "config check --domain gmail.com" },
	{ "config", "show", .method = "config.show", .role = COMMAND_VIEWER,
	  .help = "what the daemon runs with" },
	{ "config", "diff", .method = "config.diff", .role = COMMAND_VIEWER,
	  .help = "what the file says otherwise than relayd runs with, and what takes it" },
	{ "config", "reload", .method = "config.reload", .role = COMMAND_OPERATOR,
	  .danger = COMMAND_ADDS, .help = "read relayd.conf and certificates again" },
	{ "audit", "list", .arg = { TERMS(0) }, .flag = command_flags_audit, .method = "audit.list",
	  .role = COMMAND_VIEWER, .help = "who changed what, newest first",
	  .example = "audit list who:ana what:queue.hold since:7d" },
	{ "top", NULL, .help = "open relaytui" },
	{ "rpc", NULL,
	  .arg = { ONE("METHOD", COMMAND_METHOD, NULL), { "JSON", COMMAND_JSON, 0, 1, NULL } },
	  .help = "one request as it is; rpc.describe lists the methods",
	  .example = "rpc queue.list '{\"limit\":5}'" },
	{ "completion", "bash", .help = "a script for bash: source <(relaycli completion bash)" },
	{ "completion", "zsh", .help = "a script for zsh: source <(relaycli completion zsh)" },
	{ "completion", "fish", .help = "a script for fish: relaycli completion fish | source" },
	{ "completion", "words", .arg = { { "WORD", COMMAND_TEXT, 0, COMMAND_MANY, NULL } },
	  .is_hidden = true, .help = "what could come next" },
	{ "completion", "table", .is_hidden = true, .help = "the commands as one JSON object" },
	{ "completion", "man", .is_hidden = true, .help = "the commands, for relaycli(1)" },
	{ "help", NULL,
	  .arg = { { "NOUN", COMMAND_NOUN, 0, 1, NULL }, { "VERB", COMMAND_VERB, 0, 2, NULL } },
	  .help = "help on a noun or a command" },
	{ "version", NULL, .help = "versions of relaycli and relayd" },
};
const size_t command_count = COUNT_OF(command_table);

const struct command_noun *
command_noun_find(struct span name)
{
	for (size_t i = 0; i < command_noun_count; i++)
		if (span_is(name, command_nouns[i].name) ||
		    (command_nouns[i].alias && span_is(name, command_nouns[i].alias)))
			return &command_nouns[i];
	return NULL;
}

const struct command *
command_find(struct span noun, const char *verb)
{
	const struct command_noun *known = command_noun_find(noun);

	for (size_t i = 0; known && i < command_count; i++) {
		const struct command *row = &command_table[i];

		if (strcmp(row->noun, known->name) != 0)
			continue;
		if (!verb || !row->verb ? verb == row->verb : strcmp(verb, row->verb) == 0)
			return row;
	}
	return NULL;
}

bool
command_changes(const struct command *command)
{
	return command->danger != COMMAND_SAFE;
}

static const struct command_flag *
flag_in(const struct command_flag *flag, size_t *i)
{
	for (; flag && flag->name; flag++, (*i)--)
		if (*i == 0)
			return flag;
	return NULL;
}

const struct command_flag *
command_flag_at(const struct command *command, size_t i)
{
	const struct command_flag *flag = NULL;

	if (command) {
		flag = flag_in(command->flag, &i);
		if (!flag && command_changes(command))
			flag = flag_in(command_change_flags, &i);
		if (!flag && command->danger == COMMAND_SEVERE)
			flag = flag_in(command_severe_flags, &i);
	}
	return flag ? flag : flag_in(command_global_flags, &i);
}
