/* accept_census.h - how many connections there are, in all and per address,
 * over all workers.
 *
 * A limit of two must mean two, whichever worker the third connection reaches;
 * so this is the one thing the workers' sessions share: counters, each a single
 * atomic addition, no lock. Addresses fall into 65,536 counters by a keyed hash:
 * two that share one are counted together, which matters only when both are
 * about to pass the limit at the same time. Thread: any. */
#ifndef ACCEPT_ACCEPT_CENSUS_H
#define ACCEPT_ACCEPT_CENSUS_H

#include <stdint.h>
#include "base/span.h"

struct accept_census;

enum accept_census_answer { ACCEPT_CENSUS_OK, ACCEPT_CENSUS_FULL, ACCEPT_CENSUS_ADDRESS_FULL };

struct accept_census *accept_census_new(void);
void accept_census_free(struct accept_census **census);
/* accept_census_enter - counted only when the answer is OK; slot_out is what to
 * leave with. */
enum accept_census_answer accept_census_enter(struct accept_census *census, struct span address,
					      uint32_t most, uint32_t most_per_address,
					      uint32_t *slot_out);
void accept_census_leave(struct accept_census *census, uint32_t slot);

#endif
