/* parse_word.c - RFC 2047 by hand: five charsets cover what applications send,
 * and iconv would load modules from disk on an event loop.
 *
 * Bytes of neighbouring words in one charset are gathered before they become
 * runes, because many senders split words inside a UTF-8 sequence. */
#include "parse/parse_word.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define BYTES_MAX 4096 /* gathered at once; a subject is cut at far less */

typedef size_t (*next_fn)(struct span s, uint32_t *rune_out);

struct word {
	struct span charset;
	char encoding;     /* 'Q' or 'B' */
	struct span text;
	size_t whole_bytes;
};

struct sink {
	struct buf *out;
	bool is_full;
	bool is_begun;     /* leading blanks are trimmed */
	size_t blanks;     /* held back: trailing ones are trimmed */
	struct buf bytes;  /* decoded, not yet runes */
	next_fn next;      /* charset of bytes */
};

/* ---- charsets ---------------------------------------------------------------- */

static size_t
next_utf8(struct span s, uint32_t *rune_out)
{
	size_t n = utf8_next(s, rune_out);

	if (n > 0)
		return n;
	*rune_out = 0xfffd;
	return 1;
}

static size_t
next_ascii(struct span s, uint32_t *rune_out)
{
	unsigned char c = (unsigned char)s.p[0];

	*rune_out = c < 0x80 ? c : 0xfffd;
	return 1;
}

/* ISO-8859-1 means windows-1252 in practice (as in HTML): 0x80-0x9f are C1
 * controls in the one, quotes and dashes in the other. */
static size_t
next_latin1(struct span s, uint32_t *rune_out)
{
	static const uint16_t high[32] = {
		0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};
	unsigned char c = (unsigned char)s.p[0];

	*rune_out = c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c;
	return 1;
}

static size_t
next_latin9(struct span s, uint32_t *rune_out)
{
	static const struct {
		unsigned char byte;
		uint16_t rune;
	} differs[] = {
		{ 0xa4, 0x20ac }, { 0xa6, 0x0160 }, { 0xa8, 0x0161 }, { 0xb4, 0x017d },
		{ 0xb8, 0x017e }, { 0xbc, 0x0152 }, { 0xbd, 0x0153 }, { 0xbe, 0x0178 },
	};

	next_latin1(s, rune_out);
	for (size_t i = 0; i < sizeof differs / sizeof differs[0]; i++)
		if ((unsigned char)s.p[0] == differs[i].byte)
			*rune_out = differs[i].rune;
	return 1;
}

static const struct {
	const char *name;
	next_fn next;
} charsets[] = {
	{ "utf-8", next_utf8 },          { "utf8", next_utf8 },
	{ "us-ascii", next_ascii },      { "ascii", next_ascii },
	{ "iso-8859-1", next_latin1 },   { "latin1", next_latin1 },
	{ "windows-1252", next_latin1 }, { "cp1252", next_latin1 },
	{ "iso-8859-15", next_latin9 },
};

static next_fn
find_charset(struct span name)
{
	struct span language;

	name = span_cut(name, '*', &language); /* RFC 2231 s5 */
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
		if (span_is_nocase(name, charsets[i].name))
			return charsets[i].next;
	return NULL;
}

/* ---- out -------------------------------------------------------------------- */

static bool
put(struct sink *sink, uint32_t rune)
{
	char text[4];
	size_t n = utf8_encode(rune, text);

	if (!sink->is_full && buf_append(sink->out, text, n) < 0)
		sink->is_full = true;
	return !sink->is_full;
}

static void
put_rune(struct sink *sink, uint32_t rune)
{
	if (rune <= ' ' || rune == 0x7f || (rune >= 0x80 && rune < 0xa0)) {
		sink->blanks += sink->is_begun;
		return;
	}
	for (; sink->blanks > 0 && put(sink, ' '); sink->blanks--)
		;
	sink->is_begun = true;
	put(sink, rune);
}

static void
put_runes(struct sink *sink, struct span s, next_fn next)
{
	uint32_t rune;
	size_t n;

	for (; s.n > 0 && !sink->is_full; s = (struct span){ s.p + n, s.n - n }) {
		n = next(s, &rune);
		put_rune(sink, rune);
	}
}

static void
flush_bytes(struct sink *sink)
{
	if (sink->next)
		put_runes(sink, buf_span(&sink->bytes), sink->next);
	buf_clear(&sink->bytes);
	sink->next = NULL;
}

/* ---- encoded words ------------------------------------------------------------ */

static bool
is_word_char(char c)
{
	return c > ' ' && c < 0x7f && c != '?';
}

/* until_mark - the part of s before the next '?', which has to be there without
 * blanks in between; s moves behind the '?'. */
static bool
until_mark(struct span *s, struct span *part_out)
{
	size_t n = 0;

	while (n < s->n && is_word_char(s->p[n]))
		n++;
	if (n == s->n || s->p[n] != '?')
		return false;
	*part_out = (struct span){ s->p, n };
	*s = (struct span){ s->p + n + 1, s->n - n - 1 };
	return true;
}

static bool
parse_word(struct span s, struct word *word_out)
{
	struct span encoding, start = s;

	if (s.n < 2 || s.p[0] != '=' || s.p[1] != '?')
		return false;
	s = (struct span){ s.p + 2, s.n - 2 };
	if (!until_mark(&s, &word_out->charset) || !until_mark(&s, &encoding) ||
	    encoding.n != 1 || !until_mark(&s, &word_out->text) || s.n == 0 || s.p[0] != '=')
		return false;
	word_out->encoding = (char)(encoding.p[0] & ~0x20);
	word_out->whole_bytes = (size_t)(s.p + 1 - start.p);
	return (word_out->encoding == 'Q' || word_out->encoding == 'B') &&
	       find_charset(word_out->charset) != NULL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c & ~0x20);
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void
decode_q(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] == '_' ? ' ' : s.p[i];

		if (c == '=' && s.n - i > 2 && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			c = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
			i += 2;
		}
		if (buf_append(out, &c, 1) < 0)
			return;
	}
}

static void
decode_b(struct span s, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *at = s.p[i] ? strchr(digits, s.p[i]) : NULL;
		char c;

		if (!at)
			continue;
		bits = bits << 6 | (uint32_t)(at - digits);
		if (++count % 4 == 1)
			continue;
		c = (char)(bits >> (6 - 2 * ((count - 1) % 4)));
		if (buf_append(out, &c, 1) < 0)
			return;
	}
}

static void
take_word(struct sink *sink, const struct word *word)
{
	next_fn next = find_charset(word->charset);

	if (next != sink->next)
		flush_bytes(sink);
	sink->next = next;
	if (word->encoding == 'Q')
		decode_q(word->text, &sink->bytes);
	else
		decode_b(word->text, &sink->bytes);
}

static size_t
blanks_at(struct span s)
{
	size_t n = 0;

	while (n < s.n && strchr(" \t\r\n", s.p[n]) && s.p[n])
		n++;
	return n;
}

/* take_plain - the bytes up to what may be a word. Folding is a CRLF before a
 * blank: the CRLF goes, the blank stays. */
static size_t
take_plain(struct sink *sink, struct span s)
{
	size_t n = 1;
	uint32_t rune;

	flush_bytes(sink);
	if (s.p[0] == '\r' || s.p[0] == '\n')
		return 1;
	n = next_utf8(s, &rune);
	put_rune(sink, rune);
	return n;
}

/* take_some - one word (with the blanks before it, if it follows another: s6.2)
 * or one plain rune; returns how much of s that was. */
static size_t
take_some(struct sink *sink, struct span s)
{
	size_t skip = sink->next ? blanks_at(s) : 0;
	struct word word;

	if (!parse_word((struct span){ s.p + skip, s.n - skip }, &word))
		return take_plain(sink, s);
	take_word(sink, &word);
	return skip + word.whole_bytes;
}

void
parse_word_decode(struct span value, struct buf *out)
{
	struct sink sink = { .out = out };
	size_t n;

	buf_init(&sink.bytes, BYTES_MAX);
	for (; value.n > 0 && !sink.is_full; value = (struct span){ value.p + n, value.n - n })
		n = take_some(&sink, value);
	flush_bytes(&sink);
	buf_deinit(&sink.bytes);
}
