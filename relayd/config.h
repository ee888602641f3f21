/* config.h - relayd.conf as an immutable, reference-counted snapshot.
 *
 * Lowest layer of relayd: stages read it, it knows none of them. A reload
 * builds a new snapshot; each loop gets it through its mailbox. A bad file
 * changes nothing and says FILE:LINE: reason. */
#ifndef RELAYD_CONFIG_H
#define RELAYD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/ref.h"
#include "base/span.h"
#include "base/units.h"

enum config_kind { /* what a listener speaks */
		   CONFIG_SUBMISSION,
		   CONFIG_SUBMISSIONS,
		   CONFIG_BOUNCES,
		   CONFIG_API,
		   CONFIG_LOCAL,
		   CONFIG_METRICS,
		   CONFIG_KIND_COUNT
};
enum config_tls { CONFIG_TLS_NONE, CONFIG_TLS_STARTTLS, CONFIG_TLS_IMPLICIT };
enum config_out_tls { /* for delivery and routes */
		      CONFIG_OUT_TLS_NONE,
		      CONFIG_OUT_TLS_OPPORTUNISTIC,
		      CONFIG_OUT_TLS_REQUIRED,
		      CONFIG_OUT_TLS_VERIFIED,
		      CONFIG_OUT_TLS_DANE
};
enum config_store { CONFIG_STORE_SQLITE, CONFIG_STORE_POSTGRESQL };

struct config_listener {
	const char *title;
	int kind;	      /* enum config_kind */
	const char **address; /* numeric */
	size_t addresses;
	uint16_t port;
	int tls;		/* enum config_tls */
	const char *credential; /* kind local: on whose behalf */
	uint32_t line;		/* of the file, for messages */
};

struct config_provider {
	const char *name;
	const char **mx; /* patterns over MX host names */
	size_t mxs;
	uint32_t max_connections;
	struct units_rate rate; /* period_ms 0: unlimited */
	uint32_t messages_per_connection;
	struct units_rate min_rate; /* never slower, but in a pause; period_ms 0: none */
	uint32_t line;		    /* 0: shipped */
};

#define CONFIG_THRESHOLD_MAX 1000

enum config_action { /* of a reply rule */
		     CONFIG_ACTION_SLOW,
		     CONFIG_ACTION_PAUSE,
		     CONFIG_ACTION_ONE_CONNECTION,
		     CONFIG_ACTION_STOP_SOURCE,
		     CONFIG_ACTION_STOP_CREDENTIAL
};

struct config_reply_rule {
	const char *name;
	const char *provider;
	const char *match;	     /* PCRE2, without case, over the reply */
	struct units_rate threshold; /* so many within that time */
	int action;		     /* enum config_action */
	int64_t for_ms;
	uint32_t line; /* 0: shipped */
};

struct config_route {
	const char *pattern; /* over recipient domains; "*": all. Of a smarthost: its name */
	const char *host;    /* name or numeric address */
	uint16_t port;
	int tls;	  /* enum config_out_tls */
	const char *user; /* NULL: no AUTH */
	const char *password_file;
	uint32_t line;
};

#define CONFIG_SMARTHOST_MAX 32 /* bytes of a name */
#define CONFIG_POOL_ADDRESSES_MAX 64

struct config_pool { /* source addresses that share the mail of whoever has the pool */
	const char *name;
	const char **address; /* numeric, as inet_ntop writes it; none (default pool only): the
			       * system's choice */
	size_t addresses;
	int64_t *weight; /* one per address, or none: all alike */
	size_t weights;
	const char *overflow; /* pool that steps in when no address of this one can; or NULL */
	bool warmup;	      /* addresses that are new, or were idle for long, warm up */
	uint32_t line;
};

struct config_source { /* what one source address calls itself */
	const char *address; /* as in config_pool */
	const char *ehlo;    /* NULL: the hostname */
	const char *certificate, *key; /* shown to servers that ask; or NULL */
	uint32_t line;
};

struct config_certificate {
	const char *certificate, *key;
	uint32_t line;
};

struct config {
	struct ref ref;
	struct arena *arena;
	const char *file;
	const char *text;          /* what it said, comments blanked */
	const char *hostname;
	const char *state_dir;
	const char *control_socket;
	const char *store; /* URL as given */
	const char *master_key, *master_key_old; /* files, or NULL */
	int log_level;	   /* index: error, warning, notice, info, debug */
	uint32_t node;
	uint32_t workers;			/* 0: one per core */
	struct config_certificate *certificate; /* tls{}, then tls NAME{} */
	size_t certificates;
	struct config_listener *listener;
	size_t listeners;
	struct {
		const char **nameserver; /* "1.2.3.4:53"; none: resolv.conf */
		size_t nameservers;
		bool trusted;
		int64_t timeout_ms;
		uint32_t max_per_zone; /* questions under way per zone */
		int64_t min_ttl_ms, max_ttl_ms;
		bool prefer_ipv4; /* else IPv6 first when the host has a route */
	} dns;
	struct {
		uint64_t message_bytes;
		uint32_t recipients;
		uint32_t connections, connections_per_address;
		int64_t idle_timeout_ms, data_timeout_ms, handshake_timeout_ms;
		uint32_t auth_failures; /* per (address, user) before it is shut out */
		int64_t auth_lockout_ms;
		int64_t future_release_ms; /* how far ahead mail may be scheduled */
		int64_t deliver_by_min_ms; /* least time of MAIL's BY with R */
		uint32_t header_bytes, header_fields, line_bytes, received; /* loops */
		uint32_t commands, errors;				    /* per session */
		uint64_t body_memory_bytes; /* just accepted bodies kept for the first attempt */
		uint64_t disk_reserve_bytes;
	} limits;
	struct {
		int64_t connect_timeout_ms, reply_timeout_ms, dot_timeout_ms;
		uint16_t port;
		int64_t max_age_ms;
		int64_t *retry_ms;
		size_t retries;
		int tls;		  /* enum config_out_tls */
		uint32_t max_connections; /* per site, when no provider matches */
		uint32_t messages_per_connection;
		uint32_t recipients_per_message; /* in one transaction */
		int64_t idle_timeout_ms;	 /* an open connection without work */
		uint32_t total_connections;	 /* all sites together: a file descriptor guard */
		uint64_t trace_memory_bytes;	 /* what was said in sessions; 0: not kept */
		const char **source; /* addresses to send from; none: the system's choice */
		size_t sources;
	} delivery;
	struct config_route *route; /* in file order, first match wins */
	size_t routes;
	struct config_route *smarthost; /* old systems that streams are moved from, by name */
	size_t smarthosts;
	struct config_pool *pool;
	size_t pools;
	struct config_pool default_pool; /* delivery.source */
	struct config_source *source;
	size_t sources;
	struct config_provider *provider;
	size_t providers; /* those of the file, then the shipped ones it does not name */
	struct config_reply_rule *reply_rule;
	size_t reply_rules; /* likewise */
	bool shipped_rules; /* use what providers.conf has */
	const char **rules_file; /* words of replies, ahead of the shipped ones */
	size_t rules_files;
	struct { /* what others see of source addresses */
		const char **blocklist; /* at most CONFIG_BLOCKLISTS_MAX */
		size_t blocklists;
		int64_t interval_ms;
	} source_check;
	struct { /* what a sending domain's DNS says of its mail */
		const char **resolver; /* as dns.nameserver; none: those */
		size_t resolvers;
		int64_t interval_ms, timeout_ms;
		uint16_t port; /* of the zones' own servers */
		const char *reports_to; /* NULL: an address at the domain */
	} domain_check;
	struct { /* how a new DKIM key takes over */
		int64_t interval_ms; /* from one look at its record to the next */
		int64_t settle_ms;   /* it is seen everywhere for so long before it signs */
		int64_t grace_ms;    /* the old record is kept for so long after */
	} dkim;
	struct { /* how a new source address earns its standing */
		uint32_t first;	 /* recipients of each provider on its first day */
		uint32_t growth; /* percent more on each day */
		uint32_t days;
	} warmup;
	struct { /* mail to senders about their mail (RFC 3461) */
		const char *from; /* an address; MAILER-DAEMON@hostname unless set */
		int64_t delay_after_ms, gather_ms, max_age_ms;
		uint64_t return_bytes;
	} notices;
	struct {
		const char *mail;      /* where alerts are mailed to; NULL: nowhere */
		int64_t interval_ms;   /* from one such mail to the next */
		int64_t secret_age_ms; /* older secrets are an alert; 0: never */
		int64_t key_age_ms;    /* older DKIM keys likewise */
	} alerts;
	struct {
		const char *operators, *viewers; /* group names or NULL */
	} control;
	struct {
		int64_t keep_ms;
		bool subject;
	} log;
	struct {
		uint32_t mailbox_full_count;
		int64_t mailbox_full_span_ms, mailbox_full_for_ms;
	} suppression;
	struct {
		bool hide_client; /* leave the client's address out of Received */
	} trace;
	int64_t shutdown_grace_ms;
};

/* config_load - parse and validate. Returns owned (one reference) or NULL with
 * err INPUT "FILE:LINE: reason, nearest known name". Reads no other file but
 * the one named. Thread: main. */
struct config *config_load(const char *file, struct err *err);
struct config *config_ref(const struct config *config); /* Returns owned. Thread: any */
void config_unref(struct config **config);

/* config_find_provider - the first with a pattern that matches, or NULL. */
const struct config_provider *config_find_provider(const struct config *config,
						   struct span mx_host);
/* config_has_provider - is there one of that name, in the file or shipped? */
bool config_has_provider(const struct config *config, const char *name);
/* config_provider_match - the pattern of it that matches mx_host, or NULL. */
const char *config_provider_match(const struct config_provider *provider, struct span mx_host);
#define CONFIG_BLOCKLISTS_MAX 16
#define CONFIG_POOL_DEFAULT "default"
#define CONFIG_PROVIDER_OTHERS "others" /* all sites that no provider's rule is about */

/* config_find_pool - name NULL: the default pool, delivery.source. NULL: no such pool. */
const struct config_pool *config_find_pool(const struct config *config, const char *name);
/* config_pool_weight - of its i-th address. */
uint32_t config_pool_weight(const struct config_pool *pool, size_t i);
/* config_addresses - all that mail leaves by, each once: delivery.source's and the pools'. None:
 * the system's choice. */
const char *const *config_addresses(const struct config *config, struct arena *arena,
				    size_t *count_out);
/* config_ehlo - the name to greet with from this source address; NULL: not known which. */
const char *config_ehlo(const struct config *config, const char *source_address);
const char *config_action_name(int action);
const struct config_route *config_find_route(const struct config *config, struct span domain);
/* config_find_smarthost - by its exact name, or NULL. */
const struct config_route *config_find_smarthost(const struct config *config, struct span name);
const char *config_kind_name(int kind);
const char *config_out_tls_name(int tls);

#endif
