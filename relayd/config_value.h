/* config_value.h - one value of relayd.conf: text becomes what its row of the table says,
 * where it says. Pure. Thread: any. */
#ifndef RELAYD_CONFIG_VALUE_H
#define RELAYD_CONFIG_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "config_table.h"

/* config_value_set - one value, as text, to its place in base (struct config or a section's
 * item); to a list it is appended. What it needs is taken from arena. */
int config_value_set(const struct config_option *option, void *base, struct span text,
                     struct arena *arena, struct err *err);
/* config_value_set_fallback - what holds when the option is not given. */
void config_value_set_fallback(const struct config_option *option, void *base,
                               struct arena *arena);
/* config_value_format - as it would be written, "a", "b" for a list; exact: what differs is
 * written differently. false: it is not set, and nothing is appended. */
bool config_value_format(const struct config_option *option, const void *base, struct buf *out);
bool config_value_is_list(const struct config_option *option);

#endif
