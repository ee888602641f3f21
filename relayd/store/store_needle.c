/* store_needle.c - see the header.
 *
 * The two rarest bytes of the needle are compared at 16 places at once, and only where both
 * agree the rest is. strcasestr looks at one byte after the other and takes ten times as
 * long. The vectors are the compiler's own, so nothing here is of one machine; of 16 bytes,
 * because every 64-bit processor has those, and wider ones are taken apart without -mavx2. */
#include "store/store_needle.h"

#include <string.h>
#include "base/mem.h"

#define LANES 16
/* a byte of grams for so many of text. With 4 instead, long needles pass over no more, short
 * ones over twice as much, and all read twice the grams: measured, that is slower */
#define GRAM_SHARE 8
#define GRAM_BYTES_MIN 8

typedef unsigned char lanes __attribute__((vector_size(LANES)));

/* from what is rare in subjects, addresses and Message-IDs to what is frequent; what is not
 * here is rarer */
static const char frequent[] = "zqxjkvwybpgfu-_=+7698543cdmh210lnsirtoa@e. ";

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

static size_t
frequency(char c)
{
	const char *place = strchr(frequent, c);

	return place != NULL ? (size_t)(place - frequent) + 1 : 0;
}

/* find_rare - the places of the two rarest bytes. */
static void
find_rare(struct store_needle *needle)
{
	size_t best = SIZE_MAX, second = SIZE_MAX;

	for (size_t i = 0; i < needle->n; i++) {
		size_t often = frequency(needle->text[i]);

		if (often < best) {
			second = best;
			needle->rare2 = needle->rare;
			best = often;
			needle->rare = i;
		} else if (often < second) {
			second = often;
			needle->rare2 = i;
		}
	}
}

void
store_needle_init(struct store_needle *needle, const char *text, struct arena *arena)
{
	size_t n = strlen(text);
	char *folded = arena_alloc(arena, n + 1);

	store_fold(text, n, folded);
	folded[n] = 0;
	*needle = (struct store_needle){ .text = folded, .n = n };
	find_rare(needle);
}

/* ---- text ------------------------------------------------------------------------------ */

union same { /* 0xff where both bytes agree */
	lanes lane;
	uint64_t word[LANES / 8];
};

/* compare - the two bytes at LANES places from p on. */
static inline union same
compare(const struct store_needle *needle, const char *p, lanes rare, lanes rare2)
{
	lanes a, b;

	memcpy(&a, p + needle->rare, LANES);
	memcpy(&b, p + needle->rare2, LANES);
	return (union same){ (lanes)(a == rare) & (lanes)(b == rare2) };
}

/* check - the rest of the needle at those places. */
static const char *
check(const struct store_needle *needle, const char *p, const union same *same)
{
	for (int i = 0; i < LANES; i++)
		if (same->lane[i] && memcmp(p + i, needle->text, needle->n) == 0)
			return p + i;
	return NULL;
}

const char *
store_needle_find(const struct store_needle *needle, const char *from, const char *end)
{
	size_t n = needle->n;
	const char *place;
	lanes rare, rare2;

	if (n == 0)
		return from;
	if (n == 1)
		return memchr(from, needle->text[0], (size_t)(end - from));
	memset(&rare, needle->text[needle->rare], LANES);
	memset(&rare2, needle->text[needle->rare2], LANES);
	for (; (size_t)(end - from) >= 2 * LANES + n - 1; from += 2 * LANES) {
		union same first = compare(needle, from, rare, rare2);
		union same second = compare(needle, from + LANES, rare, rare2);

		if ((first.word[0] | first.word[1] | second.word[0] | second.word[1]) == 0)
			continue;
		if ((place = check(needle, from, &first)) != NULL ||
		    (place = check(needle, from + LANES, &second)) != NULL)
			return place;
	}
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

static void
add_grams(unsigned char *grams, size_t bytes, struct span lines)
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

unsigned char *
store_grams_new(const struct span *lines, size_t count, size_t *bytes_out)
{
	size_t bytes = 0;
	unsigned char *grams;

	for (size_t i = 0; i < count; i++)
		bytes += lines[i].n;
	bytes = bytes / GRAM_SHARE > GRAM_BYTES_MIN ? bytes / GRAM_SHARE : GRAM_BYTES_MIN;
	grams = mem_zero(bytes, 1);
	for (size_t i = 0; i < count; i++)
		add_grams(grams, bytes, lines[i]);
	*bytes_out = bytes;
	return grams;
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
