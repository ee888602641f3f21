/* store_needle.c - see the header.
 *
 * Two bytes of the needle, its first and its last, are compared at 32 places at once, and
 * only where both agree the rest is; on folded subjects that is one place in some hundred.
 * strcasestr looks at one byte after the other and takes ten times as long. The vectors are
 * the compiler's own, so nothing here is of one machine. */
#include "store/store_needle.h"

#include <string.h>

#define LANES 32

typedef unsigned char lanes __attribute__((vector_size(LANES)));

void
store_fold(const char *text, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			out[i] = ' ';
		else
			out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : text[i];
	}
}

void
store_needle_init(struct store_needle *needle, const char *text, struct arena *arena)
{
	size_t n = strlen(text);
	char *folded = arena_alloc(arena, n + 1);

	store_fold(text, n, folded);
	folded[n] = 0;
	*needle = (struct store_needle){ folded, n };
}

/* ---- text ------------------------------------------------------------------------------ */

/* in_lanes - where in LANES places from p on the needle begins, or NULL. */
static inline const char *
in_lanes(const struct store_needle *needle, const char *p, lanes first, lanes last)
{
	union {
		lanes lane;
		uint64_t word[LANES / 8];
	} same;
	lanes a, b;

	memcpy(&a, p, LANES);
	memcpy(&b, p + needle->n - 1, LANES);
	same.lane = (lanes)(a == first) & (lanes)(b == last);
	if ((same.word[0] | same.word[1] | same.word[2] | same.word[3]) == 0)
		return NULL;
	for (int i = 0; i < LANES; i++)
		if (same.lane[i] && memcmp(p + i, needle->text, needle->n) == 0)
			return p + i;
	return NULL;
}

const char *
store_needle_find(const struct store_needle *needle, const char *from, const char *end)
{
	size_t n = needle->n;
	const char *place;
	lanes first, last;

	if (n == 0)
		return from;
	if (n == 1)
		return memchr(from, needle->text[0], (size_t)(end - from));
	memset(&first, needle->text[0], LANES);
	memset(&last, needle->text[n - 1], LANES);
	for (; (size_t)(end - from) >= LANES + n - 1; from += LANES)
		if ((place = in_lanes(needle, from, first, last)) != NULL)
			return place;
	return memmem(from, (size_t)(end - from), needle->text, n);
}

void
store_needle_mark(const struct store_needle *needle, struct span lines, uint64_t *bits, size_t most)
{
	const char *line = lines.p, *end = lines.p + lines.n, *next, *place;
	size_t no = 0;

	while (line < end && (place = store_needle_find(needle, line, end)) != NULL) {
		while ((next = memchr(line, '\n', (size_t)(end - line))) != NULL && next < place) {
			line = next + 1;
			no++;
		}
		if (no >= most)
			return;
		bits[no / 64] |= (uint64_t)1 << no % 64;
		if (next == NULL)
			return;
		line = next + 1;
		no++;
	}
}

/* ---- grams ----------------------------------------------------------------------------- */

/* gram_bit - of so many; the product's upper half, so that the number need not be a power
 * of two. */
static size_t
gram_bit(const char *p, size_t bits)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t gram = u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;

	gram *= 0x9e3779b1u; /* 2^32 / golden ratio */
	gram ^= gram >> 15;
	gram *= 0x85ebca77u;
	return (size_t)((uint64_t)gram * bits >> 32);
}

void
store_grams_add(unsigned char *grams, size_t bytes, struct span lines)
{
	const char *p = lines.p, *end = lines.p + lines.n;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (stop == NULL)
			stop = end;
		for (; stop - p >= STORE_GRAM_BYTES; p++) {
			size_t bit = gram_bit(p, bytes * 8);

			grams[bit / 8] |= (unsigned char)(1u << bit % 8);
		}
		p = stop + 1;
	}
}

bool
store_grams_may_have(struct span grams, const struct store_needle *needle)
{
	for (size_t i = 0; grams.n > 0 && i + STORE_GRAM_BYTES <= needle->n; i++) {
		size_t bit = gram_bit(needle->text + i, grams.n * 8);

		if (!((unsigned char)grams.p[bit / 8] >> bit % 8 & 1))
			return false;
	}
	return true;
}
