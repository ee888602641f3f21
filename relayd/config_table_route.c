/* config_table_route.c - the options of next hops: routes and smarthosts. Pure data. */
#include "config_table_private.h"

const char *const config_out_tls_words[] = {
	[CONFIG_OUT_TLS_NONE] = "none",		[CONFIG_OUT_TLS_OPPORTUNISTIC] = "opportunistic",
	[CONFIG_OUT_TLS_REQUIRED] = "required", [CONFIG_OUT_TLS_VERIFIED] = "verified",
	[CONFIG_OUT_TLS_DANE] = "dane",		NULL
};

/* a next hop's options; what differs is what one is told of its host and port */
#define HOP(host_help, default_port, port_help, default_tls)                                       \
	{ .name = "host",                                                                          \
	  .type = CONFIG_TEXT,                                                                     \
	  .offset = IN(config_route, host),                                                        \
	  .help = host_help },                                                                     \
	{ .name = "port",                                                                          \
	  .type = CONFIG_PORT,                                                                     \
	  .offset = IN(config_route, port),                                                        \
	  .fallback = default_port,                                                                \
	  .help = port_help },                                                                     \
	{ .name = "tls",                                                                           \
	  .type = CONFIG_WORD,                                                                     \
	  .offset = IN(config_route, tls),                                                         \
	  .fallback = default_tls,                                                                 \
	  .words = config_out_tls_words,                                                           \
	  .help = "as in delivery" },                                                              \
	{ .name = "user",                                                                          \
	  .type = CONFIG_TEXT,                                                                     \
	  .offset = IN(config_route, user),                                                        \
	  .help = "log in as (needs TLS)" },                                                       \
	{ .name = "password_file",                                                                 \
	  .type = CONFIG_TEXT,                                                                     \
	  .offset = IN(config_route, password_file),                                               \
	  .help = "file whose first line is the password" }

const struct config_option config_route_options[] = {
	HOP("name or numeric address of the next server", "25", "its port", "opportunistic"),
};

/* the port and TLS are those of submission */
const struct config_option config_smarthost_options[] = {
	HOP("name or numeric address of the old system's submission server", "587",
	    "its port; STARTTLS is used there", "required"),
};
