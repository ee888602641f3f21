/* utf8.c - strict UTF-8 decoding (Unicode table 3-7) and two ways of making
 * bytes from outside presentable. Pure; any thread. */
#include "utf8.h"

#include <string.h>

#include "must.h"

struct lead {
	unsigned char first, last;   /* range of the lead byte */
	unsigned char low, high;     /* range of the second byte */
	unsigned char length;
};

/* The second byte's range is what excludes overlong forms, surrogates and
 * everything above U+10FFFF. */
static const struct lead leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* What hides or reorders the text around it. Variation selectors stay: emoji
 * need them, and they cannot move anything. */
static const struct {
	uint32_t first, last;
} harmful[] = {
	{ 0x0000, 0x001f },   /* C0 */
	{ 0x007f, 0x009f },   /* DEL, C1 */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero width, LRM, RLM */
	{ 0x2028, 0x202e },   /* line and paragraph separator, bidi */
	{ 0x2060, 0x206f },   /* word joiner, bidi isolates, deprecated */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xe0000, 0xe007f }, /* tags */
};

static size_t
decode_long(const unsigned char *p, size_t n, const struct lead *lead, uint32_t *rune_out)
{
	uint32_t rune = p[0] & (0x7fu >> lead->length);

	if (n < lead->length || p[1] < lead->low || p[1] > lead->high)
		return 0;
	for (size_t i = 1; i < lead->length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (p[i] & 0x3fu);
	}
	*rune_out = rune;
	return lead->length;
}

size_t
utf8_next(struct span s, uint32_t *rune_out)
{
	const unsigned char *p = (const unsigned char *)s.p;

	*rune_out = 0xfffd;
	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*rune_out = p[0];
		return 1;
	}
	for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
		if (p[0] >= leads[i].first && p[0] <= leads[i].last)
			return decode_long(p, s.n, &leads[i], rune_out);
	return 0;
}

static struct span
skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

size_t
utf8_whole(struct span s)
{
	for (size_t back = 1; back < 4 && back <= s.n; back++) {
		unsigned char c = (unsigned char)s.p[s.n - back];

		if ((c & 0xc0) == 0x80)
			continue;
		for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
			if (c >= leads[i].first && c <= leads[i].last && leads[i].length > back)
				return s.n - back;
		return s.n;
	}
	return s.n;
}

bool
utf8_is_valid(struct span s)
{
	uint32_t rune;
	size_t n;

	for (; s.n > 0; s = skip(s, n)) {
		n = utf8_next(s, &rune);
		if (n == 0)
			return false;
	}
	return true;
}

bool
utf8_is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

bool
utf8_is_harmless(uint32_t rune)
{
	for (size_t i = 0; i < sizeof harmful / sizeof harmful[0]; i++)
		if (rune <= harmful[i].last)
			return rune < harmful[i].first;
	return true;
}

bool
utf8_repair(struct span s, struct buf *out)
{
	bool whole = true;
	uint32_t rune;

	while (s.n > 0) {
		size_t n = utf8_next(s, &rune);

		whole = whole && n > 0;
		if (n > 0 ? buf_append(out, s.p, n) : buf_append(out, "\xef\xbf\xbd", 3))
			return whole; /* full: cut at a rune */
		s = skip(s, n ? n : 1);
	}
	return whole;
}

/* harmless_one - append one visible form; returns the bytes of s used, 0 when out is full. */
static size_t
harmless_one(struct span s, struct buf *out)
{
	uint32_t rune;
	size_t n = utf8_next(s, &rune);
	int rc;

	if (s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n') {
		n = 2;
		rc = buf_append(out, " ", 1);
	} else if (n == 1 && (rune == '\t' || rune == '\n')) {
		rc = buf_append(out, " ", 1);
	} else if (n == 0 || (n == 1 && !utf8_is_harmless(rune))) {
		n = 1;
		rc = buf_printf(out, "\\x%02x", (unsigned char)s.p[0]);
	} else if (!utf8_is_harmless(rune)) {
		rc = buf_printf(out, "<U+%04X>", (unsigned)rune);
	} else {
		rc = buf_append(out, s.p, n);
	}
	return rc ? 0 : n;
}

void
utf8_harmless(struct span s, struct buf *out)
{
	size_t n;

	for (; s.n > 0; s = skip(s, n)) {
		n = harmless_one(s, out);
		if (n == 0)
			return;
	}
}

size_t
utf8_encode(uint32_t rune, char out[4])
{
	must(rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff));
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}
