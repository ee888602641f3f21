/* rand.c - kernel randomness for secrets, xoshiro256** for the rest.
 *
 * A struct rand belongs to one thread and is never used for anything that must
 * not be guessed. */
#include "rand.h"

#include <errno.h>
#include <sys/random.h>

#include "must.h"

void
rand_secret(void *p, size_t n)
{
	char *to = p;

	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);

		if (got < 0) {
			must(errno == EINTR);
			continue;
		}
		to += got;
		n -= (size_t)got;
	}
}

/* splitmix64 - spreads a seed over the state, as xoshiro's authors advise. */
static uint64_t
splitmix64(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
rand_init(struct rand *rand, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		rand->state[i] = splitmix64(&seed);
}

void
rand_init_secret(struct rand *rand)
{
	uint64_t seed;

	rand_secret(&seed, sizeof seed);
	rand_init(rand, seed);
}

static uint64_t
rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

uint64_t
rand_next(struct rand *rand)
{
	uint64_t *s = rand->state;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

/* below - 0 .. bound-1; values from the incomplete last round are thrown away. */
static uint64_t
below(struct rand *rand, uint64_t bound)
{
	uint64_t skip = -bound % bound; /* 2^64 mod bound */
	uint64_t x;

	do
		x = rand_next(rand);
	while (x < skip);
	return x % bound;
}

uint32_t
rand_below(struct rand *rand, uint32_t bound)
{
	must(bound > 0);
	return (uint32_t)below(rand, bound);
}

int64_t
rand_jitter(struct rand *rand, int64_t value, unsigned percent)
{
	int64_t most;

	must(percent <= 100 && value > INT64_MIN / 200 && value < INT64_MAX / 200);
	most = (value < 0 ? -value : value) * (int64_t)percent / 100;
	return value - most + (int64_t)below(rand, (uint64_t)most * 2 + 1);
}
