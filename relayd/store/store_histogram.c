/* store_histogram.c - see store_histogram.h. */
#include "store/store_histogram.h"

#include <assert.h>

#define PARTS_BITS 5
#define PARTS (1 << PARTS_BITS)        /* of a power of two */
#define LIMIT_BITS 30

static_assert(STORE_HISTOGRAM_BUCKETS == PARTS + (LIMIT_BITS - PARTS_BITS) * PARTS,
              "a bucket for each value");

static size_t
bucket_of(int64_t ms)
{
	uint32_t value;
	int shift;

	if (ms < PARTS)
		return ms < 0 ? 0 : (size_t)ms;
	value = ms < (1 << LIMIT_BITS) ? (uint32_t)ms : (1u << LIMIT_BITS) - 1;
	shift = 31 - __builtin_clz(value) - PARTS_BITS;
	return (size_t)(shift * PARTS) + (value >> shift);
}

static int64_t
middle_of(size_t bucket)
{
	int shift;
	int64_t lowest;

	if (bucket < 2 * PARTS)
		return (int64_t)bucket;
	shift = (int)(bucket / PARTS) - 1;
	lowest = (int64_t)(bucket - (size_t)shift * PARTS) << shift;
	return lowest + ((int64_t)1 << shift) / 2;
}

void
store_histogram_add(struct store_histogram *histogram, int64_t ms)
{
	histogram->bucket[bucket_of(ms)]++;
	histogram->count++;
}

void
store_histogram_merge(struct store_histogram *into, const struct store_histogram *from)
{
	for (size_t i = 0; i < STORE_HISTOGRAM_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	into->count += from->count;
}

int64_t
store_histogram_at(const struct store_histogram *histogram, unsigned per_mille)
{
	uint64_t wanted = (histogram->count * per_mille + 999) / 1000, seen = 0;

	if (histogram->count == 0)
		return -1;
	if (wanted == 0)
		wanted = 1;
	for (size_t i = 0; i < STORE_HISTOGRAM_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen >= wanted)
			return middle_of(i);
	}
	return -1;
}
