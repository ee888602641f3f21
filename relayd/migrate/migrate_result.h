/* migrate_result.h - what became of a credential's mail by one way, directly or by the old
 * system, and whether the direct way does worse.
 *
 * Compared are first attempts, so that a hundred retries of one message are not a hundred
 * failures. (One that only found its provider in trouble uses up nothing of the recipient's,
 * and its next is a first one again: such are seldom, one at a time.) An attempt is
 *   refused  when the other side did not want it, now or for good, from us: reputation,
 *            PTR, policy, content, rate, authentication, sender, relaying;
 *   broken   when it came to nothing: network, TLS, protocol, a server's own trouble.
 * What is the recipient's own (no such mailbox, full, greylisting) is neither. Recipients
 * who wait, untried, for a provider that has stopped taking mail from us for a reason of
 * the first kind count as refused: it is asked with one message at a time then, for up to
 * a minute and a half each, and the comparison must not wait for that.
 *
 * THE RULE. The direct way does worse than the old one when
 *   - of at least MIGRATE_TRIED_MIN attempts by each, its share of refused ones is higher
 *     by MIGRATE_MARGIN at least, and a one-sided two-proportion z-test (pooled variance)
 *     rejects that they are alike at 0.1 % (z > MIGRATE_Z). So strict, because it is asked
 *     after every outcome; or, sooner,
 *   - of at least MIGRATE_EARLY_MIN attempts by each, half or more were refused or broken
 *     directly, and fewer than one in ten by the old way.
 * The old system says yes to nearly all and finds out later what providers think of it:
 * its share is what it tells us, which makes the comparison stricter for the direct way,
 * never laxer. That broken attempts count only in the second: addresses whose servers do
 * not answer are the old system's to find out, and say nothing of us. Pure. Thread: any. */
#ifndef MIGRATE_MIGRATE_RESULT_H
#define MIGRATE_MIGRATE_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/span.h"
#include "verdict/verdict.h"

#define MIGRATE_TRIED_MIN 50
#define MIGRATE_MARGIN 0.05
#define MIGRATE_Z 3.09
#define MIGRATE_EARLY_MIN 20
#define MIGRATE_EARLY_SHARE 0.5
#define MIGRATE_EARLY_OLD_SHARE 0.1

enum migrate_way { MIGRATE_DIRECTLY, MIGRATE_BY_OLD, MIGRATE_WAY_COUNT };

#define MIGRATE_TIMES 96 /* classes of time to delivery, four to the doubling from 100 ms */
#define MIGRATE_TIMES_TEXT_SIZE (MIGRATE_TIMES * 14 + 1)

struct migrate_result { /* recipients, but for deferrals */
	uint32_t delivered;
	uint32_t deferrals;          /* attempts put off */
	uint32_t bounced_hard;       /* for good, and the recipient's own */
	uint32_t bounced_refused;    /* for good, and refused as above */
	uint32_t bounced_other;      /* ... whatever else, and those that ran out of time */
	uint32_t tried;              /* first attempts */
	uint32_t refused, broken;    /* of those */
	uint32_t time[MIGRATE_TIMES]; /* delivered, by time since acceptance */
};

enum migrate_outcome { MIGRATE_DELIVERED, MIGRATE_DEFERRED, MIGRATE_BOUNCED };

/* migrate_result_add - one attempt's end for one recipient. is_first: nobody tried it
 * before. ms: since acceptance, of a delivery. */
void migrate_result_add(struct migrate_result *result, enum migrate_outcome outcome,
			enum verdict_category category, bool is_first, int64_t ms);
/* migrate_result_time - the time by which that share of deliveries was made, to a fifth
 * (the middle of its class); -1: there were none. */
int64_t migrate_result_time(const struct migrate_result *result, double share);
/* migrate_result_is_worse - THE RULE. waiting: those who wait directly for who refuses us.
 * *why_out, if not NULL: in words, with its numbers. */
bool migrate_result_is_worse(const struct migrate_result *direct, const struct migrate_result *old,
			     uint32_t waiting, struct buf *why_out);
/* migrate_result_is_refusal - of the first kind above? */
bool migrate_result_is_refusal(enum verdict_category category);
/* migrate_result_z - of the two-proportion test over refused ones; 0: nothing was tried. */
double migrate_result_z(const struct migrate_result *direct, const struct migrate_result *old);

/* the classes of time as text, "4:12 17:3", and back; what is not understood is left out */
void migrate_result_write_times(const struct migrate_result *result, struct buf *out);
void migrate_result_read_times(struct migrate_result *result, struct span text);

#endif
