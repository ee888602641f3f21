/* command_flags.c - the flags of commands about how mail goes and on whose behalf: throttles,
 * pools, migration, credentials, domains; and of those about the relay itself. */
#include "command_flags.h"

#include <stddef.h>

#define END { .name = NULL }

static const char *const no_words[] = { "yes", "no", NULL };
static const char *const suppressed_words[] = { "record", "refuse", NULL };
static const char *const format_words[] = { "plain", "env", "php", "django", "node", NULL };

const struct command_flag command_flags_throttle_list[] = {
	{ .name = "all", .kind = COMMAND_FLAG, .param = "all",
	  .help = "also limits that are as the rules have them" },
	END,
};
const struct command_flag command_flags_throttle_set[] = {
	{ .name = "for", .kind = COMMAND_DURATION, .value = "2h", .param = "for_ms",
	  .help = "how long (1h)" },
	END,
};

const struct command_flag command_flags_pool_ip[] = {
	{ .name = "for", .kind = COMMAND_DURATION, .value = "1d", .param = "for_ms",
	  .help = "off for so long, then on by itself" },
	END,
};
const struct command_flag command_flags_pool_warmup[] = {
	{ .name = "day", .kind = COMMAND_COUNT, .value = "N", .param = "day",
	  .help = "set: at this day of its warm-up (1); more than warmup.days: warm" },
	{ .name = "provider", .kind = COMMAND_PROVIDER, .value = "P", .param = "provider",
	  .help = "set: only with this one; others: all sites without a provider" },
	END,
};
#define SECRET_FLAGS                                                                               \
	{ .name = "secret-out", .kind = COMMAND_FILE, .value = "FILE",                             \
	  .help = "write the secret to a new file (0600); - is stdout, the secret alone" },        \
	{ .name = "format", .kind = COMMAND_WORD, .value = "FORM", .words = format_words,          \
	  .help = "plain, env, php, django or node: ready to paste" }

static const char *const tripwire_words[] = { "warn", "slow", "hold", "off", NULL };
const struct command_flag command_flags_migrate[] = {
	{ .name = "smarthost", .kind = COMMAND_TEXT, .value = "S", .param = "smarthost",
	  .help = "of relayd.conf: the old system; needed when there are several" },
	END,
};

const struct command_flag command_flags_create[] = {
	{ .name = "from", .kind = COMMAND_SENDER, .repeats = true, .value = "@DOMAIN|ADDR",
	  .param = "from", .help = "may send as this (again for more)" },
	{ .name = "bulk", .kind = COMMAND_FLAG, .param = "bulk",
	  .help = "campaigns: goes after transactional mail" },
	{ .name = "pool", .kind = COMMAND_POOL, .value = "P", .param = "pool",
	  .help = "pool of source addresses its mail leaves from" },
	{ .name = "env", .kind = COMMAND_TEXT, .value = "LABEL", .param = "env",
	  .help = "a label of yours, like production" },
	{ .name = "source", .kind = COMMAND_TEXT, .repeats = true, .value = "CIDR",
	  .param = "source", .help = "it may log in from this network only (again for more)" },
	{ .name = "certificate", .kind = COMMAND_TEXT, .repeats = true, .value = "SHA256",
	  .param = "certificate",
	  .help = "its clients must show this TLS certificate too (again for more)" },
	{ .name = "certificate-only", .kind = COMMAND_FLAG, .param = "certificate_only",
	  .help = "that certificate is the login; no password is" },
	{ .name = "protocols", .kind = COMMAND_TEXT, .repeats = true, .value = "smtp,api",
	  .param = "protocols", .help = "what it may be used for (both)" },
	{ .name = "rate", .kind = COMMAND_TEXT, .value = "50/s", .param = "rate",
	  .help = "most recipients in a second, minute, hour or day" },
	{ .name = "quota", .kind = COMMAND_TEXT, .repeats = true, .value = "200/month",
	  .param = "quota", .help = "most recipients a day or month (again for both)" },
	{ .name = "recipients", .kind = COMMAND_TEXT, .value = "N", .param = "recipients",
	  .help = "most recipients of one message" },
	{ .name = "size", .kind = COMMAND_TEXT, .value = "10M", .param = "size",
	  .help = "largest message" },
	{ .name = "tripwire", .kind = COMMAND_WORD, .value = "WHAT", .words = tripwire_words,
	  .param = "tripwire",
	  .help = "when it behaves as it never did: warn (default), slow, hold or off" },
	{ .name = "expires", .kind = COMMAND_END, .value = "90d", .param = "expires",
	  .help = "it ends by itself: after a duration, or at the end of a date" },
	{ .name = "notices", .kind = COMMAND_WORD, .value = "no", .words = no_words,
	  .param = "notices", .help = "no: its senders get no delivery status notices" },
	{ .name = "suppressed", .kind = COMMAND_WORD, .value = "HOW", .words = suppressed_words,
	  .param = "suppressed",
	  .help = "mail to a suppressed address: record (default) or refuse" },
	{ .name = "null-sender", .kind = COMMAND_FLAG, .param = "null_sender",
	  .help = "may send with the null sender <>" },
	{ .name = "fix-line-ends", .kind = COMMAND_FLAG, .param = "fix_line_ends",
	  .help = "make bare CR or LF into CRLF instead of refusing" },
	SECRET_FLAGS,
	END,
};

static const char *const queued_words[] = { "keep", "hold", "bounce", NULL };
static const char *const held_words[] = { "keep", "hold", NULL };

const struct command_flag command_flags_revoke[] = {
	{ .name = "queued", .kind = COMMAND_WORD, .value = "WHAT", .words = queued_words,
	  .param = "queued", .help = "what waits of it: keep (default), hold or bounce" },
	END,
};
const struct command_flag command_flags_compromised[] = {
	{ .name = "queued", .kind = COMMAND_WORD, .value = "WHAT", .words = held_words,
	  .param = "queued", .help = "what waits of it: hold (default) or keep" },
	{ .name = "since", .kind = COMMAND_TIME, .value = "24h", .param = "since",
	  .help = "tell what was sent in this time, or since that date (24h)" },
	SECRET_FLAGS,
	END,
};
const struct command_flag command_flags_sent[] = {
	{ .name = "since", .kind = COMMAND_TIME, .value = "24h", .param = "since",
	  .help = "in this time, or since that date (24h)" },
	END,
};

const struct command_flag command_flags_test[] = {
	{ .name = "secret-file", .kind = COMMAND_FILE, .value = "FILE",
	  .help = "its password is in there (also as --secret-out wrote it); - is stdin" },
	{ .name = "to", .kind = COMMAND_TEXT, .value = "ADDRESS",
	  .help = "send one message there, and tell what becomes of it" },
	{ .name = "from", .kind = COMMAND_TEXT, .value = "ADDRESS",
	  .help = "its sender, instead of the first that is allowed" },
	END,
};

const struct command_flag command_flags_rotate[] = {
	{ .name = "overlap", .kind = COMMAND_DURATION, .value = "24h", .param = "overlap_ms",
	  .help = "how long the old secret keeps working (24h)" },
	SECRET_FLAGS,
	END,
};

const struct command_flag command_flags_records[] = {
	{ .name = "zone", .kind = COMMAND_FLAG, .help = "as lines of a zone file" },
	END,
};

const struct command_flag command_flags_domain_add[] = {
	{ .name = "zone", .kind = COMMAND_FLAG, .help = "as lines of a zone file" },
	{ .name = "pool", .kind = COMMAND_POOL, .value = "P", .param = "pool",
	  .help = "pool of source addresses, where the credential chose none" },
	END,
};

static const char *const algorithm_words[] = { "rsa", "ed25519", "both", NULL };
const struct command_flag command_flags_dkim_rotate[] = {
	{ .name = "algorithm", .kind = COMMAND_WORD, .value = "A", .words = algorithm_words,
	  .param = "algorithm", .help = "rsa, ed25519 or both; default: those that sign" },
	{ .name = "bits", .kind = COMMAND_COUNT, .value = "N", .param = "bits",
	  .help = "of the RSA key, 2048 to 4096; default 2048" },
	{ .name = "now", .kind = COMMAND_FLAG, .param = "now",
	  .help = "sign with it at once: its record is there, or the old key is lost" },
	END,
};
const struct command_flag command_flags_dkim_export[] = {
	{ .name = "out", .kind = COMMAND_FILE, .value = "FILE",
	  .help = "a new file (0600); - is stdout, when that is no terminal" },
	END,
};
const struct command_flag command_flags_dkim_remove[] = {
	{ .name = "now", .kind = COMMAND_FLAG, .param = "now",
	  .help = "although mail signed with it may be on its way" },
	END,
};

const struct command_flag command_flags_domain_check[] = {
	{ .name = "live", .kind = COMMAND_FLAG,
	  .help = "check again and again until all is right" },
	{ .name = "trace", .kind = COMMAND_FLAG,
	  .help = "also each server's answer, and how SPF was evaluated" },
	END,
};

const struct command_flag command_flags_check[] = {
	{ .name = "domain", .kind = COMMAND_TEXT, .value = "NAME",
	  .help = "also: which provider and reply rules mail for NAME gets, and why" },
	{ .name = "mx", .kind = COMMAND_TEXT, .value = "HOST",
	  .help = "the same for an MX host, without DNS" },
	END,
};

const struct command_flag command_flags_doctor[] = {
	{ .name = "live", .kind = COMMAND_FLAG,
	  .help = "ask the DNS for each domain and source address now, not the last check" },
	{ .name = "config", .kind = COMMAND_FILE, .value = "FILE",
	  .help = "check this file, instead of the one relayd runs with" },
	END,
};

const struct command_flag command_flags_audit[] = {
	{ .name = "limit", .letter = 'n', .kind = COMMAND_COUNT, .value = "N", .param = "limit",
	  .help = "at most so many (50)" },
	{ .name = "cursor", .kind = COMMAND_TEXT, .value = "CURSOR", .param = "cursor",
	  .help = "go on after a next_cursor" },
	END,
};
