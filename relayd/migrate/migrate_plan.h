/* migrate_plan.h - in which order credentials are moved, and what each one's next step needs.
 *
 *   old -> 5 % -> 20 % -> 50 % -> moved, one credential after the other
 *
 * Lowest volume first, since least is lost if it goes wrong; of equal volume (to a factor
 * of two: more is not known of it) transactional mail before bulk, which providers judge
 * more harshly. A step needs enough first attempts directly and proof from outside that
 * SPF, DKIM and DMARC pass. Pure. Thread: any. */
#ifndef MIGRATE_MIGRATE_PLAN_H
#define MIGRATE_MIGRATE_PLAN_H

#include <stddef.h>
#include "migrate/migrate_result.h"
#include "migrate/migrate_split.h"

enum migrate_method { MIGRATE_SPF, MIGRATE_DKIM, MIGRATE_DMARC, MIGRATE_METHOD_COUNT };
const char *migrate_method_name(enum migrate_method method); /* "SPF", ... */

struct migrate_evidence { /* what others said of one method */
	uint64_t passed, failed; /* messages */
	int64_t last_unix_ms;    /* the newest word; 0: none */
	const char *by;          /* whose; or NULL */
};

struct migrate_stream {
	const char *credential;
	bool is_staged;          /* else nobody set a stage: its mail goes directly */
	enum migrate_stage stage;
	uint32_t percent;        /* directly */
	uint32_t returned_percent; /* it went back from this share by itself; 0: it did not */
	bool is_bulk;
	double per_day;          /* recipients */
	struct migrate_result direct;
	struct migrate_evidence evidence[MIGRATE_METHOD_COUNT];
};

/* migrate_plan_is_open - is there anything left to move? */
bool migrate_plan_is_open(const struct migrate_stream *stream);
/* migrate_plan_order - <0: a comes before b. Those with nothing left to move come last. */
int migrate_plan_order(const struct migrate_stream *a, const struct migrate_stream *b);
/* migrate_plan_next - the next step's share of mail directly; 100: it is moved. */
uint32_t migrate_plan_next(const struct migrate_stream *stream);
/* migrate_plan_missing - the i-th thing to have before that, as a sentence; false: no more. */
bool migrate_plan_missing(const struct migrate_stream *stream, size_t i, struct buf *out);

#endif
