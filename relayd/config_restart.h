/* config_restart.h - what a reload could not change. Pure. Thread: any. */
#ifndef RELAYD_CONFIG_RESTART_H
#define RELAYD_CONFIG_RESTART_H

#include <stddef.h>
#include "base/buf.h"
#include "config.h"

/* config_restart_names - "master_key, listener.port" appended to out: options that differ and
 * that only a start takes. Returns how many. started: what relayd runs by. */
size_t config_restart_names(const struct config *started, const struct config *now,
			    struct buf *out);

#endif
