/* config_check.h - what a single value cannot tell: defaults that depend on the
 * title, rules between options, what this version does not have. Thread: main. */
#ifndef RELAYD_CONFIG_CHECK_H
#define RELAYD_CONFIG_CHECK_H

#include <stdbool.h>
#include "base/err.h"
#include "config.h"
#include "config_table.h"

/* config_check - the whole snapshot. err INPUT "FILE:LINE: reason". */
int config_check(struct config *config, struct err *err);
/* config_check_preset - a fresh item whose title is set, before its options are. */
void config_check_preset(const struct config_section *section, void *item);
/* config_check_nearest - a known name within two typing errors, or NULL. */
const char *config_check_nearest(const struct config_section *section, const char *name);


/* ---- between the files of the check ------------------------------------------ */

/* config_check_fail - sets err to "FILE:LINE: text". Returns -1. */
int config_check_fail(const struct config *config, uint32_t line, struct err *err, const char *fmt,
		      ...) __attribute__((format(printf, 4, 5)));
bool config_check_is_host_name(const char *text);
/* config_check_pools - pools and sources; makes the default pool (config_pool.c). */
int config_check_pools(struct config *config, struct err *err);

#endif
