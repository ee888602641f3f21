/* config_table_route.c - the options of next hops: routes and smarthosts. Pure data. */
#include "config_table_private.h"

const char *const config_out_tls_words[] = {
	[CONFIG_OUT_TLS_NONE] = "none",		[CONFIG_OUT_TLS_OPPORTUNISTIC] = "opportunistic",
	[CONFIG_OUT_TLS_REQUIRED] = "required", [CONFIG_OUT_TLS_VERIFIED] = "verified",
	[CONFIG_OUT_TLS_DANE] = "dane",		NULL
};

const struct config_option config_route_options[] = {
	{ .name = "host",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, host),
	  .help = "name or numeric address of the next server" },
	{ .name = "port",
	  .type = CONFIG_PORT,
	  .offset = IN(config_route, port),
	  .fallback = "25",
	  .help = "its port" },
	{ .name = "tls",
	  .type = CONFIG_WORD,
	  .offset = IN(config_route, tls),
	  .fallback = "opportunistic",
	  .words = config_out_tls_words,
	  .help = "as in delivery" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, user),
	  .help = "log in as (needs TLS)" },
	{ .name = "password_file",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, password_file),
	  .help = "file whose first line is the password" },
};

/* as a route's, but the port and TLS are those of submission */
const struct config_option config_smarthost_options[] = {
	{ .name = "host",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, host),
	  .help = "name or numeric address of the old system's submission server" },
	{ .name = "port",
	  .type = CONFIG_PORT,
	  .offset = IN(config_route, port),
	  .fallback = "587",
	  .help = "its port; STARTTLS is used there" },
	{ .name = "tls",
	  .type = CONFIG_WORD,
	  .offset = IN(config_route, tls),
	  .fallback = "required",
	  .words = config_out_tls_words,
	  .help = "as in delivery" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, user),
	  .help = "log in as (needs TLS)" },
	{ .name = "password_file",
	  .type = CONFIG_TEXT,
	  .offset = IN(config_route, password_file),
	  .help = "file whose first line is the password" },
};
