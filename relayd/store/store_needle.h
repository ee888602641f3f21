/* store_needle.h - what somebody looks for, and how it is found in much text.
 *
 * Text that is searched is kept folded (store_fold) in lines; a needle is folded
 * alike, so that finding is comparing bytes. Two ways, fast one first:
 *   - grams: a bit for each run of four bytes in a piece of text. A piece that lacks a
 *     bit of the needle does not have it. Needles under four bytes have no grams.
 *   - the text itself, 32 places at a time.
 * Pure; any thread. */
#ifndef STORE_STORE_NEEDLE_H
#define STORE_STORE_NEEDLE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"

#define STORE_GRAM_BYTES 4

struct store_needle {
	const char *text; /* folded; the arena's */
	size_t n;
	size_t rare, rare2; /* places of its two rarest bytes */
};

/* store_fold - ASCII lower case, control characters as space: a line has no end in it. Other
 * bytes stay, so UTF-8 is compared byte by byte. out may be text. */
void store_fold(const char *text, size_t n, char *out);

void store_needle_init(struct store_needle *needle, const char *text, struct arena *arena);
/* store_needle_find - the first place of it in [from, end), or NULL. One of no bytes is
 * found everywhere. */
const char *store_needle_find(const struct store_needle *needle, const char *from,
                              const char *end);
/* store_needle_mark - set the bit of each line (each ends with '\n') that has it. Lines from
 * `most` on are not looked at. */
void store_needle_mark(const struct store_needle *needle, struct span lines, uint64_t *bits,
                       size_t most);

/* store_grams_new - of some texts together. An eighth of them, which leaves three of four bits
 * clear where numbers are at random. Returns owned (mem_free), *bytes_out of it. */
unsigned char *store_grams_new(const struct span *lines, size_t count, size_t *bytes_out);
/* store_grams_may_have - false: it is not in the text for sure. */
bool store_grams_may_have(struct span grams, const struct store_needle *needle);

#endif
