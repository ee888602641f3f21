/* store_histogram.h - how long something took, of any number of it, in fixed memory.
 *
 * Milliseconds up to 2^30 (12 days; what is longer counts as that) fall into buckets
 * of 1/32 of a power of two: below 64 each number has its own, above it a bucket is at
 * most 1/32 wide, and its middle is told. The error is therefore at most 1.6 %, and
 * none below 64 ms. Pure. One thread. */
#ifndef STORE_STORE_HISTOGRAM_H
#define STORE_STORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define STORE_HISTOGRAM_BUCKETS 832

struct store_histogram { /* zeroed: empty */
	uint64_t count;
	uint32_t bucket[STORE_HISTOGRAM_BUCKETS];
};

/* store_histogram_add - what is below 0 counts as 0. */
void store_histogram_add(struct store_histogram *histogram, int64_t ms);
void store_histogram_merge(struct store_histogram *into, const struct store_histogram *from);
/* store_histogram_at - what so many per mille took at most: the smallest value with that
 * share at or below it. -1: it is empty. */
int64_t store_histogram_at(const struct store_histogram *histogram, unsigned per_mille);

#endif
