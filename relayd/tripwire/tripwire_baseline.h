/* tripwire_baseline.h - what is usual for one credential, and whether this is.
 *
 * Learned from its mail of the last seven days: recipients an hour, networks its clients
 * are in, domains it is From, what bounced. It judges nothing before it has seen a day and
 * LEARNED_RECIPIENTS: a new application is no thief. Pure; time is an argument; all
 * memory is bounded. Thread: the owner's. */
#ifndef TRIPWIRE_TRIPWIRE_BASELINE_H
#define TRIPWIRE_TRIPWIRE_BASELINE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define TRIPWIRE_LEARNED_RECIPIENTS 100
#define TRIPWIRE_LEARNED_MS (24LL * 3600 * 1000)
#define TRIPWIRE_BUSY_FACTOR 3     /* an hour with more than so many times the busiest ... */
#define TRIPWIRE_BUSY_MIN 100      /* ... and more recipients than that */
#define TRIPWIRE_VARIOUS 32        /* values: who has so many has no usual ones */
#define TRIPWIRE_BOUNCED_MIN 20
#define TRIPWIRE_BOUNCED_PERCENT 10
#define TRIPWIRE_COMPLAINED_MIN 3
#define TRIPWIRE_STATE_MAX_BYTES 65536

struct tripwire_baseline;

enum tripwire_breach {
	TRIPWIRE_VOLUME, TRIPWIRE_NETWORK, TRIPWIRE_FROM, TRIPWIRE_BOUNCES, TRIPWIRE_COMPLAINTS,
	TRIPWIRE_BREACH_COUNT
};
const char *tripwire_breach_name(enum tripwire_breach breach); /* "volume" */

enum tripwire_outcome { TRIPWIRE_BOUNCED, TRIPWIRE_COMPLAINED };

struct tripwire_baseline *tripwire_baseline_new(void); /* Returns owned */
void tripwire_baseline_free(struct tripwire_baseline **baseline);

/* Both return breaches as bits (1 << TRIPWIRE_VOLUME); a value is new once. */
unsigned tripwire_baseline_accepted(struct tripwire_baseline *baseline, struct span network,
                                    struct span from_domain, int64_t now_unix_ms);
unsigned tripwire_baseline_outcome(struct tripwire_baseline *baseline,
                                   enum tripwire_outcome outcome, int64_t now_unix_ms);

struct tripwire_usual { /* as an operator wants to read it */
	bool is_learned;
	uint32_t this_hour, busiest_hour; /* recipients; the busiest of those before */
	uint32_t networks, from_domains;
	uint64_t recipients;       /* of the seven days */
	uint64_t day_recipients, day_bounced; /* of the last 24 hours of the clock, this one too */
};
struct tripwire_usual tripwire_baseline_usual(const struct tripwire_baseline *baseline,
                                              int64_t now_unix_ms);

/* _write: lines of text, for the store; _read: the same, strictly; err INPUT, and the
 * baseline is empty. */
void tripwire_baseline_write(const struct tripwire_baseline *baseline, struct buf *out);
int tripwire_baseline_read(struct tripwire_baseline *baseline, struct span text,
                           struct err *err);

#endif
