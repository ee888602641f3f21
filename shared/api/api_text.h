/* api_text.h - text from outside, made harmless and measured for a terminal.
 *
 * Everything relaycli and relaytui show went through here: plain stdio protects
 * from nothing, and ncurses lets bidi overrides and zero-width characters pass.
 * Pure but for api_text_put. Thread: any, after setlocale. */
#ifndef API_API_TEXT_H
#define API_API_TEXT_H

#include <stdio.h>
#include "base/buf.h"
#include "base/span.h"

enum api_cut { API_CUT_RIGHT, API_CUT_MIDDLE };

/* api_text_put - harmless text to a stream. */
void api_text_put(FILE *to, struct span text);
/* api_text_width - columns of harmless text; every other rune counts as one or two. */
int api_text_width(struct span text);
/* api_text_fit - append text to out, cut to at most width columns with an
 * ellipsis where it was cut. width < 1: nothing. text is harmless already. */
void api_text_fit(struct span text, int width, enum api_cut cut, struct buf *out);
/* api_text_suggest - the candidate nearest to word (edit distance up to a third
 * of its length, at least 1), else one that begins with word, or NULL. get(i) returns candidate i
 * or NULL at the end. */
const char *api_text_suggest(struct span word, const char *(*get)(size_t i, const void *arg),
                             const void *arg);

#endif
