/* config_table_source.c - the options about the addresses mail leaves by. Pure data. */
#include "config_table_private.h"

const struct config_option config_pool_options[] = {
	{ .name = "address",
	  .type = CONFIG_TEXTS,
	  .offset = IN(config_pool, address),
	  .help = "numeric source addresses; each is to be one of this host's" },
	{ .name = "weight",
	  .type = CONFIG_COUNTS,
	  .offset = IN(config_pool, weight),
	  .min = 1,
	  .max = 1000,
	  .help = "each address's share of the mail, in the same order; none: all alike" },
	{ .name = "overflow",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_pool, overflow),
	  .help = "pool whose addresses step in while none of this one can be used; \"default\" is "
		  "delivery.source; none: the mail waits" },
	{ .name = "warmup",
	  .type = CONFIG_FLAG,
	  .offset = IN(config_pool, warmup),
	  .fallback = "no",
	  .help = "its addresses that were never used, or not for 30 days, begin with little mail "
		  "to each provider and get more every day; overflow takes the rest" },
};

const struct config_option config_source_options[] = {
	{ .name = "ehlo",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_source, ehlo),
	  .help = "the name to greet with, best the one its PTR record has; none: hostname" },
	{ .name = "certificate",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_source, certificate),
	  .needs_restart = true,
	  .help = "PEM file: certificate and chain shown to servers that ask who we are" },
	{ .name = "key",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_source, key),
	  .needs_restart = true,
	  .help = "PEM file: its private key, not encrypted" },
};

const struct config_option config_source_check_options[] = {
	{ .name = "blocklists",
	  .type = CONFIG_TEXTS,
	  .offset = OF(source_check.blocklist),
	  .fallback = "zen.spamhaus.org bl.spamcop.net",
	  .max = CONFIG_BLOCKLISTS_MAX,
	  .help = "DNS lists that are asked whether they have an address, at most 16; \"\" in the "
		  "list: none" },
	{ .name = "interval",
	  .type = CONFIG_DURATION,
	  .offset = OF(source_check.interval_ms),
	  .fallback = "6h",
	  .min = SECOND,
	  .max = 7 * DAY,
	  .help = "how often each source address is checked: its PTR record, the name it greets "
		  "with, and the lists" },
};

const struct config_option config_warmup_options[] = {
	{ .name = "first",
	  .type = CONFIG_COUNT,
	  .offset = OF(warmup.first),
	  .fallback = "50",
	  .min = 1,
	  .max = 1000000,
	  .help = "recipients of each provider on an address's first day" },
	{ .name = "growth",
	  .type = CONFIG_COUNT,
	  .offset = OF(warmup.growth),
	  .fallback = "40",
	  .min = 0,
	  .max = 900,
	  .help = "percent more on each further day, when the one before was half used and went "
		  "well" },
	{ .name = "days",
	  .type = CONFIG_COUNT,
	  .offset = OF(warmup.days),
	  .fallback = "30",
	  .min = 1,
	  .max = 365,
	  .help = "after so many it is warm: no cap any more" },
};
