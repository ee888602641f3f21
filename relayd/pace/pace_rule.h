/* pace_rule.h - reply rules: what to do besides slowing down when a provider uses
 * certain words so often within some time.
 *
 * The compiled set belongs to one thread, which makes it anew with each
 * configuration; counters belong to a site, one per rule of the set. Time is an
 * argument. */
#ifndef PACE_PACE_RULE_H
#define PACE_PACE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/span.h"
#include "config.h"

struct pace_rules;

/* pace_rules_new - of a configuration that was checked; borrows its rows, keep a
 * reference to it for as long. Returns owned. */
struct pace_rules *pace_rules_new(const struct config *config);
void pace_rules_free(struct pace_rules **rules);
size_t pace_rules_count(const struct pace_rules *rules);
/* pace_rules_next - the first rule at or after `from` whose provider and pattern fit,
 * or pace_rules_count(). reply: at most its first 1,000 bytes are looked at. */
size_t pace_rules_next(struct pace_rules *rules, const char *provider, struct span reply,
                       size_t from);
const struct config_reply_rule *pace_rules_row(const struct pace_rules *rules, size_t i);

/* struct pace_tally - the last so many times a rule fitted. Zeroed: never. */
struct pace_tally {
	int64_t *at_mono_ms;   /* a ring of `threshold`; owned */
	uint32_t next, filled;
};

/* pace_tally_count - once more. Returns true when the threshold is reached, and
 * begins anew. */
bool pace_tally_count(struct pace_tally *tally, struct units_rate threshold, int64_t now_mono_ms);
void pace_tally_deinit(struct pace_tally *tally);

#endif
