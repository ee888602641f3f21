/* trace_ring.h - the newest traces, within so much memory. One thread.
 *
 * What went well is of little interest a minute later, what did not is looked for tomorrow: when
 * the memory is full, the oldest that went well goes first, as long as those hold more than
 * a quarter of it; then the oldest that failed. So failures push successes out, and
 * not the other way round. */
#ifndef TRACE_TRACE_RING_H
#define TRACE_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "trace/trace.h"

struct trace_ring;

struct trace_ring_stats {
	size_t sessions, failed;     /* kept; of these: not all delivered */
	size_t bytes, max_bytes;
	int64_t oldest_unix_ms;      /* when the oldest began; 0: none */
	int64_t oldest_failed_unix_ms;
};

struct trace_ring *trace_ring_new(size_t max_bytes); /* Returns owned. 0: keeps nothing */
void trace_ring_free(struct trace_ring **ring);
void trace_ring_set_max(struct trace_ring *ring, size_t max_bytes); /* the oldest go at once */
void trace_ring_put(struct trace_ring *ring, struct trace **trace); /* takes it. O(1) */
/* trace_ring_find - calls fn for each trace of this message (recipient NULL: whoever it was for),
 * oldest first among those that failed and among those that did not, until it returns false. */
typedef bool (*trace_ring_fn)(const struct trace *trace, void *arg);
void trace_ring_find(const struct trace_ring *ring, uint64_t message_id, const char *recipient,
                     trace_ring_fn fn, void *arg);
void trace_ring_stats_read(const struct trace_ring *ring, struct trace_ring_stats *stats_out);

#endif
