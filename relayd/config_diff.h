/* config_diff.h - two snapshots of relayd.conf, option by option. Pure. Thread: any. */
#ifndef RELAYD_CONFIG_DIFF_H
#define RELAYD_CONFIG_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "config_table.h"

struct config_difference {	 /* borrowed until the call returns */
	const char *option;	 /* "delivery.max_age", "provider google.rate", "listen local" */
	const char *was, *is;	 /* as they would be written; NULL: not set, or no such section */
	bool needs_restart;	 /* only a start takes it */
};

typedef void (*config_difference_fn)(void *arg, const struct config_difference *difference);

/* config_diff - what running has and file has not, and the other way round: fn is called for
 * each. started: what relayd was started with, which is in use for what needs a restart; running:
 * what it runs with otherwise. Returns how many. */
size_t config_diff(const struct config *started, const struct config *running,
		   const struct config *file, config_difference_fn fn, void *arg);
/* config_option_is_same - of two structs of that section. */
bool config_option_is_same(const struct config_option *option, const void *a, const void *b);

#endif
