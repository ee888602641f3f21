/* config_table_private.h - what the files of the table of options share. */
#ifndef RELAYD_CONFIG_TABLE_PRIVATE_H
#define RELAYD_CONFIG_TABLE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "config_table.h"

#define SECOND 1000LL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define KIB 1024LL
#define GIB (1024 * 1024 * KIB)

#define OF(field) offsetof(struct config, field)
#define IN(type, field) offsetof(struct type, field)

/* Sizes are given so that sizeof works; a row more or less does not compile. */
extern const struct config_option config_pool_options[4];
extern const struct config_option config_source_options[3];
extern const struct config_option config_source_check_options[2];
extern const struct config_option config_warmup_options[3];
extern const struct config_option config_route_options[5];
extern const struct config_option config_smarthost_options[5];
extern const struct config_option config_domain_check_options[5];
extern const struct config_option config_dkim_options[3];

extern const char *const config_out_tls_words[6]; /* by enum config_out_tls, NULL */

#endif
