/* ref.h - atomic reference count for what threads share and nobody changes:
 * message bodies and snapshots. The last ref_drop tells the caller to free. */
#ifndef BASE_REF_H
#define BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>
#include "must.h"

struct ref {
	atomic_uint count;
};

static inline void
ref_init(struct ref *ref)
{
	atomic_init(&ref->count, 1);
}

static inline void
ref_add(struct ref *ref)
{
	unsigned before = atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);

	must(before > 0);
}

/* ref_drop - true: that was the last one, free it. */
static inline bool
ref_drop(struct ref *ref)
{
	unsigned before = atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel);

	must(before > 0);
	return before == 1;
}

#endif
