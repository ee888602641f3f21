/* config_table.c - every option of relayd.conf, its unit, bounds and default.
 *
 * Pure data. Order is the order of the manual page. Time-outs may be as short
 * as one second, limits as small as one item: tests and small machines need it. */
#include "config_table.h"

#include <stdint.h>

#include "config.h"

#define SECOND 1000LL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define KIB 1024LL
#define GIB (1024 * 1024 * KIB)

#define OF(field) offsetof(struct config, field)
#define IN(type, field) offsetof(struct type, field)
#define ROWS(table) (table), sizeof(table) / sizeof *(table)

static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug", NULL };
static const char *const out_tls_words[] = {
	[CONFIG_OUT_TLS_NONE] = "none",
	[CONFIG_OUT_TLS_OPPORTUNISTIC] = "opportunistic",
	[CONFIG_OUT_TLS_REQUIRED] = "required",
	[CONFIG_OUT_TLS_VERIFIED] = "verified",
	[CONFIG_OUT_TLS_DANE] = "dane",
	NULL
};

static const struct config_option top_options[] = {
	{ .name = "hostname", .type = CONFIG_TEXT, .offset = OF(hostname), .needs_restart = true,
	  .help = "the relay's own name: greeting, EHLO, Received, self-signed certificate" },
	{ .name = "state_dir", .type = CONFIG_TEXT, .offset = OF(state_dir),
	  .fallback = "/var/lib/relayd", .needs_restart = true,
	  .help = "folder of relay.db, log/ and spool/; made if missing" },
	{ .name = "control_socket", .type = CONFIG_TEXT, .offset = OF(control_socket),
	  .fallback = "/run/relayd/control.sock", .needs_restart = true,
	  .help = "Unix socket that relaycli and relaytui talk to" },
	{ .name = "store", .type = CONFIG_TEXT, .offset = OF(store), .fallback = "sqlite:relay.db",
	  .needs_restart = true, .help = "where the queue lives: sqlite:FILE within state_dir" },
	{ .name = "node", .type = CONFIG_COUNT, .offset = OF(node), .fallback = "0", .min = 0,
	  .max = 255, .needs_restart = true,
	  .help = "number of this relay among those of one installation; part of every message id" },
	{ .name = "workers", .type = CONFIG_COUNT, .offset = OF(workers), .fallback = "0", .min = 0,
	  .max = 12, .needs_restart = true, .help = "threads for SMTP sessions; 0: one per core" },
	{ .name = "log_level", .type = CONFIG_WORD, .offset = OF(log_level), .fallback = "info",
	  .words = log_levels, .help = "the least important lines that are logged" },
	{ .name = "shutdown_grace", .type = CONFIG_DURATION, .offset = OF(shutdown_grace_ms),
	  .fallback = "30s", .min = SECOND, .max = HOUR,
	  .help = "how long running sessions may take to finish after SIGTERM" },
};

static const struct config_option tls_options[] = {
	{ .name = "certificate", .type = CONFIG_TEXT, .offset = IN(config_certificate, certificate),
	  .help = "PEM file: the certificate and its chain" },
	{ .name = "key", .type = CONFIG_TEXT, .offset = IN(config_certificate, key),
	  .help = "PEM file: the private key, not encrypted" },
};

static const char *const kind_words[] = {
	[CONFIG_SUBMISSION] = "submission", [CONFIG_SUBMISSIONS] = "submissions",
	[CONFIG_BOUNCES] = "bounces",       [CONFIG_API] = "api",
	[CONFIG_LOCAL] = "local",           [CONFIG_METRICS] = "metrics",
	NULL
};
static const char *const tls_words[] = { [CONFIG_TLS_NONE] = "none",
	                                 [CONFIG_TLS_STARTTLS] = "starttls",
	                                 [CONFIG_TLS_IMPLICIT] = "implicit",
	                                 NULL };

/* fallbacks of kind, address, port and tls depend on the title: see config.c */
static const struct config_option listen_options[] = {
	{ .name = "kind", .type = CONFIG_WORD, .offset = IN(config_listener, kind),
	  .words = kind_words, .needs_restart = true, .help = "what is spoken; defaults to the title" },
	{ .name = "address", .type = CONFIG_TEXTS, .offset = IN(config_listener, address),
	  .needs_restart = true, .help = "numeric addresses to listen on" },
	{ .name = "port", .type = CONFIG_PORT, .offset = IN(config_listener, port),
	  .needs_restart = true, .help = "TCP port" },
	{ .name = "tls", .type = CONFIG_WORD, .offset = IN(config_listener, tls), .words = tls_words,
	  .needs_restart = true, .help = "starttls, implicit, or none (local and metrics only)" },
	{ .name = "credential", .type = CONFIG_TEXT, .offset = IN(config_listener, credential),
	  .needs_restart = true, .help = "kind local: the credential all mail is on behalf of" },
};

static const struct config_option dns_options[] = {
	{ .name = "nameservers", .type = CONFIG_TEXTS, .offset = OF(dns.nameserver),
	  .help = "\"1.2.3.4\", \"1.2.3.4:5353\" or \"[::1]:5353\"; none: those of resolv.conf" },
	{ .name = "trusted", .type = CONFIG_FLAG, .offset = OF(dns.trusted), .fallback = "no",
	  .help = "the way to these servers is safe, their AD bit counts" },
	{ .name = "timeout", .type = CONFIG_DURATION, .offset = OF(dns.timeout_ms), .fallback = "3s",
	  .min = SECOND, .max = 60 * SECOND, .help = "wait for one answer before the next server" },
	{ .name = "max_per_zone", .type = CONFIG_COUNT, .offset = OF(dns.max_per_zone),
	  .fallback = "50", .min = 1, .max = 10000,
	  .help = "questions under way about one zone: a dead one cannot stop the others" },
	{ .name = "min_ttl", .type = CONFIG_DURATION, .offset = OF(dns.min_ttl_ms), .fallback = "5s",
	  .min = SECOND, .max = HOUR, .help = "answers are kept at least this long" },
	{ .name = "max_ttl", .type = CONFIG_DURATION, .offset = OF(dns.max_ttl_ms), .fallback = "1h",
	  .min = SECOND, .max = 7 * DAY, .help = "and at most this long" },
	{ .name = "prefer_ipv4", .type = CONFIG_FLAG, .offset = OF(dns.prefer_ipv4),
	  .fallback = "no", .help = "try a host's IPv4 addresses before its IPv6 ones" },
};

static const struct config_option limits_options[] = {
	{ .name = "message_size", .type = CONFIG_SIZE, .offset = OF(limits.message_bytes),
	  .fallback = "50M", .min = KIB, .max = 2 * GIB, .help = "largest message taken" },
	{ .name = "recipients", .type = CONFIG_COUNT, .offset = OF(limits.recipients),
	  .fallback = "1000", .min = 1, .max = 100000, .help = "recipients of one message" },
	{ .name = "connections", .type = CONFIG_COUNT, .offset = OF(limits.connections),
	  .fallback = "10000", .min = 1, .max = 1000000, .help = "sessions at once, all clients" },
	{ .name = "connections_per_address", .type = CONFIG_COUNT,
	  .offset = OF(limits.connections_per_address), .fallback = "100", .min = 1, .max = 1000000,
	  .help = "sessions at once from one client address" },
	{ .name = "idle_timeout", .type = CONFIG_DURATION, .offset = OF(limits.idle_timeout_ms),
	  .fallback = "5m", .min = SECOND, .max = DAY, .help = "wait for a client's next command" },
	{ .name = "data_timeout", .type = CONFIG_DURATION, .offset = OF(limits.data_timeout_ms),
	  .fallback = "3m", .min = SECOND, .max = DAY, .help = "wait for the next piece of a message" },
	{ .name = "handshake_timeout", .type = CONFIG_DURATION,
	  .offset = OF(limits.handshake_timeout_ms), .fallback = "60s", .min = SECOND, .max = HOUR,
	  .help = "time for a TLS handshake" },
	{ .name = "auth_failures", .type = CONFIG_COUNT, .offset = OF(limits.auth_failures),
	  .fallback = "10", .min = 1, .max = 1000000,
	  .help = "failed logins of one user from one address before it is shut out" },
	{ .name = "auth_lockout", .type = CONFIG_DURATION, .offset = OF(limits.auth_lockout_ms),
	  .fallback = "15m", .min = SECOND, .max = 7 * DAY, .help = "for how long" },
	{ .name = "header_size", .type = CONFIG_COUNT, .offset = OF(limits.header_bytes),
	  .fallback = "262144", .min = 1024, .max = 16 * 1024 * 1024,
	  .help = "bytes of a message's header section" },
	{ .name = "header_fields", .type = CONFIG_COUNT, .offset = OF(limits.header_fields),
	  .fallback = "1000", .min = 1, .max = 100000, .help = "header fields of a message" },
	{ .name = "line_length", .type = CONFIG_COUNT, .offset = OF(limits.line_bytes),
	  .fallback = "998", .min = 78, .max = 1024 * 1024,
	  .help = "longest line of a message, without CRLF (RFC 5322: 998)" },
	{ .name = "received", .type = CONFIG_COUNT, .offset = OF(limits.received), .fallback = "50",
	  .min = 1, .max = 1000, .help = "Received fields before a message counts as looping" },
	{ .name = "commands", .type = CONFIG_COUNT, .offset = OF(limits.commands),
	  .fallback = "100000", .min = 1, .max = 1000000000, .help = "commands of one session" },
	{ .name = "errors", .type = CONFIG_COUNT, .offset = OF(limits.errors), .fallback = "20",
	  .min = 1, .max = 1000000, .help = "refused commands in a row before a session is closed" },
	{ .name = "body_memory", .type = CONFIG_SIZE, .offset = OF(limits.body_memory_bytes),
	  .fallback = "16M", .min = 0, .max = 64 * GIB,
	  .help = "memory for just accepted messages, so that first attempts read nothing from disk" },
	{ .name = "disk_reserve", .type = CONFIG_SIZE, .offset = OF(limits.disk_reserve_bytes),
	  .fallback = "200M", .min = 0, .max = 1024 * GIB,
	  .help = "with less free space than this under state_dir no message is accepted" },
};

static const struct config_option delivery_options[] = {
	{ .name = "connect_timeout", .type = CONFIG_DURATION,
	  .offset = OF(delivery.connect_timeout_ms), .fallback = "60s", .min = SECOND, .max = HOUR,
	  .help = "time for connecting, the greeting's start and a TLS handshake" },
	{ .name = "reply_timeout", .type = CONFIG_DURATION, .offset = OF(delivery.reply_timeout_ms),
	  .fallback = "5m", .min = SECOND, .max = HOUR, .help = "wait for the reply to a command" },
	{ .name = "dot_timeout", .type = CONFIG_DURATION, .offset = OF(delivery.dot_timeout_ms),
	  .fallback = "10m", .min = SECOND, .max = DAY,
	  .help = "wait for the reply to a whole message; too short makes duplicates" },
	{ .name = "port", .type = CONFIG_PORT, .offset = OF(delivery.port), .fallback = "25",
	  .help = "port of MX hosts" },
	{ .name = "max_age", .type = CONFIG_DURATION, .offset = OF(delivery.max_age_ms),
	  .fallback = "3d", .min = SECOND, .max = 30 * DAY,
	  .help = "a message not delivered after this long expires" },
	{ .name = "retry", .type = CONFIG_DURATIONS, .offset = OF(delivery.retry_ms),
	  .fallback = "1m 5m 15m 30m 1h 2h 4h", .min = SECOND, .max = 7 * DAY,
	  .help = "waits between attempts; the last one repeats; each has 20 % jitter" },
	{ .name = "tls", .type = CONFIG_WORD, .offset = OF(delivery.tls), .fallback = "opportunistic",
	  .words = out_tls_words, .help = "none, opportunistic, required or verified" },
	{ .name = "max_connections", .type = CONFIG_COUNT, .offset = OF(delivery.max_connections),
	  .fallback = "10", .min = 1, .max = 10000,
	  .help = "connections to one site when no provider matches" },
	{ .name = "messages_per_connection", .type = CONFIG_COUNT,
	  .offset = OF(delivery.messages_per_connection), .fallback = "100", .min = 1, .max = 1000000,
	  .help = "messages over one connection when no provider matches" },
	{ .name = "recipients_per_message", .type = CONFIG_COUNT,
	  .offset = OF(delivery.recipients_per_message), .fallback = "50", .min = 1, .max = 100,
	  .help = "recipients in one transaction" },
	{ .name = "idle_timeout", .type = CONFIG_DURATION, .offset = OF(delivery.idle_timeout_ms),
	  .fallback = "5s", .min = SECOND, .max = HOUR,
	  .help = "how long a connection without work is kept" },
	{ .name = "total_connections", .type = CONFIG_COUNT,
	  .offset = OF(delivery.total_connections), .fallback = "5000", .min = 1, .max = 1000000,
	  .help = "connections to all sites together: guards file descriptors" },
	{ .name = "source", .type = CONFIG_TEXTS, .offset = OF(delivery.source),
	  .help = "numeric addresses to send from; none: the system's choice" },
};

static const struct config_option route_options[] = {
	{ .name = "host", .type = CONFIG_TEXT, .offset = IN(config_route, host),
	  .help = "name or numeric address of the next server" },
	{ .name = "port", .type = CONFIG_PORT, .offset = IN(config_route, port), .fallback = "25",
	  .help = "its port" },
	{ .name = "tls", .type = CONFIG_WORD, .offset = IN(config_route, tls),
	  .fallback = "opportunistic", .words = out_tls_words, .help = "as in delivery" },
	{ .name = "user", .type = CONFIG_TEXT, .offset = IN(config_route, user),
	  .help = "log in as (needs TLS)" },
	{ .name = "password_file", .type = CONFIG_TEXT, .offset = IN(config_route, password_file),
	  .help = "file whose first line is the password" },
};

static const struct config_option provider_options[] = {
	{ .name = "mx", .type = CONFIG_TEXTS, .offset = IN(config_provider, mx),
	  .help = "patterns over MX host names: \"*.google.com\"" },
	{ .name = "max_connections", .type = CONFIG_COUNT,
	  .offset = IN(config_provider, max_connections), .fallback = "10", .min = 1, .max = 10000,
	  .help = "connections at once" },
	{ .name = "rate", .type = CONFIG_RATE, .offset = IN(config_provider, rate),
	  .help = "messages per time, 50/s or 1000/h; none: no limit" },
	{ .name = "messages_per_connection", .type = CONFIG_COUNT,
	  .offset = IN(config_provider, messages_per_connection), .fallback = "100", .min = 1,
	  .max = 1000000, .help = "messages over one connection" },
};

static const struct config_option control_options[] = {
	{ .name = "operators", .type = CONFIG_TEXT, .offset = OF(control.operators),
	  .help = "group whose members may do everything (root and relayd's own user always may)" },
	{ .name = "viewers", .type = CONFIG_TEXT, .offset = OF(control.viewers),
	  .help = "group whose members may read" },
};

static const struct config_option log_options[] = {
	{ .name = "keep", .type = CONFIG_DURATION, .offset = OF(log.keep_ms), .fallback = "90d",
	  .min = DAY, .max = 3650 * DAY, .help = "how long the delivery log is kept, in whole days" },
	{ .name = "subject", .type = CONFIG_FLAG, .offset = OF(log.subject), .fallback = "yes",
	  .help = "keep subjects, so that they can be searched" },
};

static const struct config_option trace_options[] = {
	{ .name = "hide_client", .type = CONFIG_FLAG, .offset = OF(trace.hide_client),
	  .fallback = "no", .help = "leave the client's address and name out of Received" },
};

const struct config_section config_sections[] = {
	{ .name = "", .option = ROWS(top_options), .help = "What every relay has" },
	{ .name = "tls", .is_many = true,
	  .item_bytes = sizeof(struct config_certificate), .line_offset = IN(config_certificate, line),
	  .array_offset = OF(certificate), .count_offset = OF(certificates), .option = ROWS(tls_options),
	  .help = "A certificate; given several times, the client's SNI chooses" },
	{ .name = "listen", .is_many = true, .is_titled = true,
	  .line_offset = IN(config_listener, line), .item_bytes = sizeof(struct config_listener),
	  .title_offset = IN(config_listener, title), .array_offset = OF(listener),
	  .count_offset = OF(listeners), .option = ROWS(listen_options),
	  .help = "A port mail comes in by" },
	{ .name = "dns", .option = ROWS(dns_options), .help = "Name servers" },
	{ .name = "limits", .option = ROWS(limits_options), .help = "What clients may ask for" },
	{ .name = "delivery", .option = ROWS(delivery_options), .help = "How mail goes out" },
	{ .name = "route", .is_many = true, .is_titled = true,
	  .line_offset = IN(config_route, line), .item_bytes = sizeof(struct config_route),
	  .title_offset = IN(config_route, pattern), .array_offset = OF(route),
	  .count_offset = OF(routes), .option = ROWS(route_options),
	  .help = "Recipient domains whose MX is not asked for; \"*\" is a smarthost; first match wins" },
	{ .name = "provider", .is_many = true, .is_titled = true,
	  .line_offset = IN(config_provider, line), .item_bytes = sizeof(struct config_provider),
	  .title_offset = IN(config_provider, name), .array_offset = OF(provider),
	  .count_offset = OF(providers), .option = ROWS(provider_options),
	  .help = "A named rule over MX hosts: what one provider tolerates" },
	{ .name = "control", .option = ROWS(control_options), .help = "Who may use the control socket" },
	{ .name = "log", .option = ROWS(log_options), .help = "The delivery log" },
	{ .name = "trace", .option = ROWS(trace_options), .help = "The Received field" },
};
const size_t config_section_count = sizeof config_sections / sizeof *config_sections;
