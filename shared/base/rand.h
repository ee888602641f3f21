/* rand.h - randomness: secret (kernel) and repeatable (seeded, for jitter and
 * shuffles, so that pure code can be tested). */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

/* rand_secret - from getrandom(2); never fails (aborts instead). Thread: any. */
void rand_secret(void *p, size_t n);

struct rand {
	uint64_t state[4];
};

void rand_init(struct rand *rand, uint64_t seed);  /* repeatable */
void rand_init_secret(struct rand *rand);          /* seeded by the kernel */
uint64_t rand_next(struct rand *rand);
uint32_t rand_below(struct rand *rand, uint32_t bound); /* 0 .. bound-1, unbiased */
/* rand_jitter - value changed by up to +-percent, uniformly. */
int64_t rand_jitter(struct rand *rand, int64_t value, unsigned percent);

#endif
