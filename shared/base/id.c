/* id.c - making, showing and reading message and event ids.
 *
 * A generator that is ahead of the clock (set back, or more than 1024 ids in
 * one millisecond) counts on from its last id: order and uniqueness matter
 * more than the time being exact. One generator: one thread. */
#include "id.h"

#include <string.h>

#include "must.h"

#define TIME_SHIFT 22
#define NODE_SHIFT 14
#define LANE_SHIFT 10
#define SEQUENCE_MAX 1023u
#define DIGITS (ID_TEXT_SIZE - 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
id_gen_init(struct id_gen *gen, uint32_t node, uint32_t lane, uint64_t not_before)
{
	must(node <= 255 && lane < ID_LANES);
	/* the known id may be of any node and lane, so its whole millisecond is used up */
	*gen = (struct id_gen){ .last = not_before, .node = node, .lane = lane };
	if (not_before > 0)
		gen->last |= (UINT64_C(1) << TIME_SHIFT) - 1;
}

uint64_t
id_gen_next(struct id_gen *gen, int64_t now_unix_ms)
{
	uint64_t now = now_unix_ms > 0 ? (uint64_t)now_unix_ms : 0;
	uint64_t last = gen->last >> TIME_SHIFT;
	uint64_t sequence = 0;

	if (now <= last) {
		now = last;
		sequence = (gen->last & SEQUENCE_MAX) + 1;
		if (sequence > SEQUENCE_MAX) {
			sequence = 0;
			now++;
		}
	}
	must(now < UINT64_C(1) << (64 - TIME_SHIFT)); /* the year 2109 */
	gen->last = now << TIME_SHIFT | (uint64_t)gen->node << NODE_SHIFT
	            | (uint64_t)gen->lane << LANE_SHIFT | sequence;
	return gen->last;
}

int64_t
id_unix_ms(uint64_t id)
{
	return (int64_t)(id >> TIME_SHIFT);
}

uint64_t
id_lowest_at(int64_t unix_ms)
{
	const int64_t last = (INT64_C(1) << (64 - TIME_SHIFT)) - 1;

	if (unix_ms < 0)
		return 0;
	return (uint64_t)(unix_ms < last ? unix_ms : last) << TIME_SHIFT;
}

void
id_format(uint64_t id, char out[ID_TEXT_SIZE])
{
	for (int i = DIGITS - 1; i >= 0; i--) {
		out[i] = alphabet[id & 31];
		id >>= 5;
	}
	out[DIGITS] = '\0';
}

/* digit_of - Crockford's reading: case does not matter, I L O are 1 1 0; -1: none. */
static int
digit_of(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return 1;
	if (c == 'O')
		return 0;
	at = memchr(alphabet, c, sizeof alphabet - 1);
	return at ? (int)(at - alphabet) : -1;
}

bool
id_parse(struct span text, uint64_t *id_out)
{
	uint64_t id = 0;

	if (text.n != DIGITS)
		return false;
	for (size_t i = 0; i < DIGITS; i++) {
		int digit = digit_of(text.p[i]);

		if (digit < 0 || id >> 59 != 0) /* 13 digits are 65 bits */
			return false;
		id = id << 5 | (uint64_t)digit;
	}
	*id_out = id;
	return true;
}
