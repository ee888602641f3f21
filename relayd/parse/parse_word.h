/* parse_word.h - header text for people: encoded words (RFC 2047) made UTF-8.
 * Pure. Thread: any. */
#ifndef PARSE_PARSE_WORD_H
#define PARSE_PARSE_WORD_H

#include "base/buf.h"
#include "base/span.h"

/* parse_word_decode - append value unfolded, trimmed and decoded to out, as
 * valid UTF-8 without control characters. What does not fit in out is cut off
 * between runes. Charsets: UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15,
 * windows-1252; a word in another one stays as it was sent. O(value.n). */
void parse_word_decode(struct span value, struct buf *out);

#endif
