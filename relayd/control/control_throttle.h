/* control_throttle.h - limits and stops as rows of throttle.list.
 *
 * All rows have the same fields: what does not apply is null. Thread: main. */
#ifndef CONTROL_CONTROL_THROTTLE_H
#define CONTROL_CONTROL_THROTTLE_H

#include "account/account_snapshot.h"
#include "control/control_private.h"

/* control_throttle_number - to six digits below one, three above; 0 is null. */
json_t *control_throttle_number(double value);
/* Both: a new reference. */
json_t *control_throttle_limit(const struct schedule_throttle_row *row, struct arena *arena);
json_t *control_throttle_stop(const struct schedule_stop_row *row, struct arena *arena);

/* control_throttle_credential - a row into items for each window in which the credential has a
 * limit: those that it has used half of, or is slowed in, and all if wants_all. Returns how many
 * limits it has. */
size_t control_throttle_credential(json_t *items, const struct account_credential *credential,
                                   bool wants_all);

#endif
