/* api_text.c - see api_text.h. */
#include "api/api_text.h"

#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

#define WORD_MAX_BYTES 64

void
api_text_put(FILE *to, struct span text)
{
	struct buf out;

	buf_init(&out, text.n * 12 + 16); /* "<U+10FFFF>" is the longest */
	utf8_harmless(text, &out);
	if (out.len)
		fwrite(buf_data(&out), 1, out.len, to);
	buf_deinit(&out);
}

static int
rune_width(uint32_t rune)
{
	int columns = wcwidth((wchar_t)rune);

	return columns >= 0 ? columns : 1; /* C locale: wcwidth knows ASCII only */
}

int
api_text_width(struct span text)
{
	int columns = 0;

	while (text.n) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);

		columns += n ? rune_width(rune) : 1;
		n = n ? n : 1;
		text.p += n;
		text.n -= n;
	}
	return columns;
}

/* head_within - bytes of the longest head of text that is at most width wide. */
static size_t
head_within(struct span text, int width)
{
	size_t at = 0;

	while (at < text.n) {
		uint32_t rune;
		size_t n = utf8_next((struct span){ text.p + at, text.n - at }, &rune);
		int columns = n ? rune_width(rune) : 1;

		if (columns > width)
			break;
		width -= columns;
		at += n ? n : 1;
	}
	return at;
}

/* tail_within - where the longest tail of text that is at most width wide begins;
 * never between a letter and what combines with it. */
static size_t
tail_within(struct span text, int width)
{
	size_t at = text.n, whole = text.n;
	int used = 0;

	while (at > 0 && used <= width) {
		size_t start = at - 1;
		uint32_t rune;
		int columns;

		while (start > 0 && at - start < 4 && ((unsigned char)text.p[start] & 0xc0) == 0x80)
			start--;
		columns = utf8_next((struct span){ text.p + start, at - start }, &rune) ?
			rune_width(rune) : 1;
		used += columns;
		at = start;
		if (used <= width && columns > 0)
			whole = at;
	}
	return whole;
}

void
api_text_fit(struct span text, int width, enum api_cut cut, struct buf *out)
{
	size_t head, tail;

	if (width < 1)
		return;
	if (api_text_width(text) <= width) {
		(void)buf_append_span(out, text);
		return;
	}
	tail = cut == API_CUT_MIDDLE ? tail_within(text, (width - 1) / 2) : text.n;
	head = head_within(text, cut == API_CUT_MIDDLE ? width - 1 - (width - 1) / 2 : width - 1);
	(void)buf_append(out, text.p, head);
	(void)buf_append_text(out, "\xe2\x80\xa6"); /* U+2026 */
	(void)buf_append(out, text.p + tail, text.n - tail);
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* distance - Damerau-Levenshtein (neighbours swapped count once) over bytes. */
static unsigned
distance(struct span a, struct span b)
{
	unsigned rows[3][WORD_MAX_BYTES + 1];

	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *above = rows[(i + 2) % 3],
			 *above2 = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned cost = a.p[i - 1] != b.p[j - 1];

			now[j] = min3(above[j] + 1, now[j - 1] + 1, above[j - 1] + cost);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && above2[j - 2] + 1 < now[j])
				now[j] = above2[j - 2] + 1;
		}
	}
	return rows[a.n % 3][b.n];
}

const char *
api_text_suggest(struct span word, const char *(*get)(size_t i, const void *arg), const void *arg)
{
	const char *best = NULL, *begun = NULL, *candidate;
	unsigned least = (unsigned)(word.n / 3 > 1 ? word.n / 3 : 1) + 1;

	if (word.n == 0 || word.n > WORD_MAX_BYTES)
		return NULL;
	for (size_t i = 0; (candidate = get(i, arg)) != NULL; i++) {
		struct span other = span_of(candidate);
		unsigned d;

		if (other.n > WORD_MAX_BYTES)
			continue;
		if (!begun && word.n >= 2 && other.n > word.n &&
		    memcmp(other.p, word.p, word.n) == 0)
			begun = candidate;
		d = distance(word, other);
		if (d < least && d < other.n) {
			least = d;
			best = candidate;
		}
	}
	return best ? best : begun;
}
