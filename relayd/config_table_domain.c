/* config_table_domain.c - options about sending domains: their records, their keys. See
 * config_table.c. */
#include "config_table_private.h"

const struct config_option config_domain_check_options[5] = {
	{ .name = "interval",
	  .type = CONFIG_DURATION,
	  .offset = OF(domain_check.interval_ms),
	  .fallback = "1h",
	  .min = SECOND,
	  .max = 7 * DAY,
	  .help = "how often the DNS records of each sending domain are checked; at times of "
		  "their own, up to a fifth sooner or later" },
	{ .name = "resolvers",
	  .type = CONFIG_TEXTS,
	  .offset = OF(domain_check.resolver),
	  .help = "name servers that are asked, besides the zones' own; none: dns.nameservers" },
	{ .name = "timeout",
	  .type = CONFIG_DURATION,
	  .offset = OF(domain_check.timeout_ms),
	  .fallback = "2s",
	  .min = SECOND / 10,
	  .max = 60 * SECOND,
	  .help = "how long each of them may take for an answer; asked twice" },
	{ .name = "port",
	  .type = CONFIG_PORT,
	  .offset = OF(domain_check.port),
	  .fallback = "53",
	  .help = "port of the zones' own servers" },
	{ .name = "reports_to",
	  .type = CONFIG_TEXT,
	  .offset = OF(domain_check.reports_to),
	  .help = "address that new domains have their DMARC and TLS reports sent to; none: "
		  "dmarc-reports and tls-reports at each domain" },
};

const struct config_option config_dkim_options[3] = {
	{ .name = "interval",
	  .type = CONFIG_DURATION,
	  .offset = OF(dkim.interval_ms),
	  .fallback = "5m",
	  .min = SECOND,
	  .max = DAY,
	  .help = "while a DKIM key waits for its record, or an old record may go: from one look "
		  "into the DNS to the next (domain_check says who is asked)" },
	{ .name = "settle",
	  .type = CONFIG_DURATION,
	  .offset = OF(dkim.settle_ms),
	  .fallback = "1h",
	  .min = 0,
	  .max = 30 * DAY,
	  .help = "every server that is asked has had the new key's record for so long before "
		  "mail is signed with it; not less than the zone's negative TTL" },
	{ .name = "grace",
	  .type = CONFIG_DURATION,
	  .offset = OF(dkim.grace_ms),
	  .fallback = "7d",
	  .min = 0,
	  .max = 366 * DAY,
	  .help = "the old key's record is needed for so long after the switch, since receivers "
		  "verify late, and until nothing signed with it waits" },
};
