/* fuzz.h - what every fuzz target has: an entry point, and must() for what has
 * to hold whatever the input is. Built with libFuzzer (make fuzz) or with
 * replay.c, which runs the corpus among the unit tests. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct span
fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){ (const char *)data, size };
}

/* fuzz_inside - is part (when it has bytes) a piece of whole? */
static inline bool
fuzz_inside(struct span part, struct span whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

#endif
