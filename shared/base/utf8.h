/* utf8.h - is it UTF-8, and how to show or carry it when it is not.
 * Pure. Thread: any. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"
#include "span.h"

/* utf8_next - decode one scalar value at s.p; returns its length 1..4, or 0 for
 * an invalid byte (overlong, surrogate, > U+10FFFF, cut short, or s.n == 0). */
size_t utf8_next(struct span s, uint32_t *rune_out);
/* utf8_whole - how much of s ends with a whole character: s.n, or up to three bytes less when its
 * last character goes on behind it. Bytes that are no UTF-8 count as whole. */
size_t utf8_whole(struct span s);
bool utf8_is_valid(struct span s);
bool utf8_is_ascii(struct span s);
/* utf8_repair - append s to out with each invalid byte replaced by U+FFFD.
 * Returns true when nothing had to be replaced. out's cap cuts at a rune. */
bool utf8_repair(struct span s, struct buf *out);
/* utf8_harmless - append s for a terminal: C0, DEL, C1, bidi controls,
 * zero-width and invalid bytes become visible ("\x1b", "<U+202E>"); tab and
 * newline become one space. */
void utf8_harmless(struct span s, struct buf *out);
/* utf8_is_harmless - may rune go to a terminal or a log line as it is. */
bool utf8_is_harmless(uint32_t rune);
/* utf8_encode - 1..4 bytes to out; returns their number. rune must be a scalar value. */
size_t utf8_encode(uint32_t rune, char out[4]);

#endif
