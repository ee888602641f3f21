/* notice_write.c - see notice_write.h. Strict in what it writes: no byte of a peer
 * can end a field or start another. */
#include "notice/notice_write.h"

#include <stdint.h>

#include "base/utf8.h"

#define FOLD_COLUMN 76
#define WORD_MAX 900         /* a word without blanks is cut here: lines end at 998 */
#define WORD_BYTES 45        /* of text in one encoded word: 60 characters and 12 around */

/* ---- fields -------------------------------------------------------------------- */

/* struct line - text that is wrapped at blanks. */
struct line {
	struct buf *out;
	const char *fold;        /* what begins the next line */
	size_t column, fold_column;
	bool is_blank_due;       /* a blank, or a fold, before the next word */
	bool has_word;           /* on this line */
};

static bool
is_blank(unsigned char c)
{
	return c <= ' ' || c == 0x7f;
}

static void
new_line(struct line *line)
{
	buf_append_text(line->out, line->fold);
	line->column = line->fold_column;
	line->is_blank_due = line->has_word = false;
}

static void
put_word(struct line *line, struct span word)
{
	if (line->has_word && line->column + 1 + word.n > FOLD_COLUMN)
		new_line(line);
	if (line->is_blank_due) {
		buf_append_text(line->out, " ");
		line->column++;
	}
	buf_append_span(line->out, word);
	line->column += word.n;
	line->is_blank_due = line->has_word = true;
}

/* clean - one rune of value at i as it may go out; returns the bytes it had. */
static size_t
clean(struct span value, size_t i, bool keeps_utf8, char out[4], size_t *n_out)
{
	struct span rest = { value.p + i, value.n - i };
	uint32_t rune;
	size_t n = utf8_next(rest, &rune);

	*n_out = 1;
	out[0] = '?';
	if (n == 0)
		return 1;
	if (rune < 0x80)
		out[0] = is_blank((unsigned char)rune) ? ' ' : (char)rune;
	else if (keeps_utf8 && utf8_is_harmless(rune))
		*n_out = utf8_encode(rune, out);
	return n;
}

static void
put_words(struct line *line, struct span value, bool keeps_utf8)
{
	char word[WORD_MAX + 4];
	size_t n = 0;

	if (value.n > NOTICE_VALUE_MAX)
		value.n = NOTICE_VALUE_MAX;
	for (size_t i = 0, got; i < value.n;) {
		char rune[4];

		i += clean(value, i, keeps_utf8, rune, &got);
		if (rune[0] != ' ') {
			memcpy(word + n, rune, got);
			n += got;
		}
		if ((rune[0] == ' ' && n > 0) || n >= WORD_MAX) {
			put_word(line, (struct span){ word, n });
			n = 0;
		}
	}
	if (n > 0)
		put_word(line, (struct span){ word, n });
}

void
notice_write_field(struct buf *out, const char *name, struct span value, bool keeps_utf8)
{
	struct line line = { .out = out, .fold = "\r\n ", .fold_column = 1 };

	buf_printf(out, "%s:", name);
	line.column = strlen(name) + 1;
	line.is_blank_due = true;
	put_words(&line, value, keeps_utf8);
	buf_append_text(out, "\r\n");
}

void
notice_write_wrapped(struct buf *out, size_t indent, struct span text)
{
	static const char blanks[] = "\r\n                ";
	char fold[sizeof blanks];
	struct line line = { .out = out, .fold = fold, .fold_column = indent };

	if (indent > sizeof blanks - 3)
		indent = sizeof blanks - 3;
	memcpy(fold, blanks, 2 + indent);
	fold[2 + indent] = '\0';
	buf_append_text(out, fold + 2);
	line.column = indent;
	put_words(&line, text, true);
	buf_append_text(out, "\r\n");
}

/* ---- encoded words ---------------------------------------------------------------- */

static void
put_base64(struct buf *out, struct span bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.n; i += 3) {
		unsigned char in[3] = { 0 };
		size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
		char text[4];

		memcpy(in, bytes.p + i, n);
		text[0] = digits[in[0] >> 2];
		text[1] = digits[(in[0] & 3) << 4 | in[1] >> 4];
		text[2] = n > 1 ? digits[(in[1] & 15) << 2 | in[2] >> 6] : '=';
		text[3] = n > 2 ? digits[in[2] & 63] : '=';
		buf_append(out, text, sizeof text);
	}
}

void
notice_write_words(struct buf *out, const char *name, struct span utf8)
{
	char word[WORD_BYTES + 4];
	size_t n = 0;
	bool is_first = true;

	if (utf8_is_ascii(utf8)) {
		notice_write_field(out, name, utf8, false);
		return;
	}
	if (utf8.n > NOTICE_VALUE_MAX)
		utf8.n = NOTICE_VALUE_MAX;
	buf_printf(out, "%s:", name);
	for (size_t i = 0, got; i < utf8.n || n > 0;) {
		char rune[4];
		size_t used = i < utf8.n ? clean(utf8, i, true, rune, &got) : 0;

		if (used == 0 || n + got > WORD_BYTES) { /* a word ends between runes (s5) */
			buf_printf(out, "%s=?utf-8?B?", is_first ? " " : "\r\n ");
			put_base64(out, (struct span){ word, n });
			buf_append_text(out, "?=");
			is_first = false;
			n = 0;
			continue;
		}
		memcpy(word + n, rune, got);
		n += got;
		i += used;
	}
	buf_append_text(out, "\r\n");
}

/* ---- quoted-printable ------------------------------------------------------------- */

static bool
is_line_end(struct span text, size_t i)
{
	return i >= text.n || text.p[i] == '\n'
	       || (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n');
}

void
notice_write_quoted(struct buf *out, struct span text)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool is_plain = (c > ' ' && c < 0x7f && c != '=')
		                || ((c == ' ' || c == '\t') && !is_line_end(text, i + 1));

		if (is_line_end(text, i)) {
			buf_append_text(out, "\r\n");
			i += c == '\r';
			column = 0;
			continue;
		}
		if (column + (is_plain ? 1 : 3) > 75) {
			buf_append_text(out, "=\r\n");
			column = 0;
		}
		if (is_plain)
			buf_append(out, text.p + i, 1);
		else
			buf_printf(out, "=%02X", c);
		column += is_plain ? 1 : 3;
	}
}

/* ---- addresses --------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
notice_decode_xtext(struct buf *out, struct span xtext)
{
	for (size_t i = 0; i < xtext.n; i++) {
		bool is_hex = xtext.p[i] == '+' && xtext.n - i > 2
		              && hex_digit(xtext.p[i + 1]) >= 0 && hex_digit(xtext.p[i + 2]) >= 0;
		char c = is_hex ? (char)(hex_digit(xtext.p[i + 1]) * 16 + hex_digit(xtext.p[i + 2]))
		                : xtext.p[i];

		buf_append(out, &c, 1);
		i += is_hex ? 2 : 0;
	}
}

/* embedded_rune - "\x{E9}" at the start of text (RFC 6533 s3). Returns its length or 0. */
static size_t
embedded_rune(struct span text, uint32_t *rune_out)
{
	size_t i = 3;

	if (text.n < 5 || text.p[0] != '\\' || text.p[1] != 'x' || text.p[2] != '{')
		return 0;
	for (*rune_out = 0; i < text.n && i < 9 && hex_digit(text.p[i]) >= 0; i++)
		*rune_out = *rune_out * 16 + (uint32_t)hex_digit(text.p[i]);
	if (i == 3 || i >= text.n || text.p[i] != '}' || *rune_out > 0x10ffff
	    || (*rune_out >= 0xd800 && *rune_out < 0xe000))
		return 0;
	return i + 1;
}

static void
decode_utf8_address(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t rune;
		size_t n = embedded_rune((struct span){ text.p + i, text.n - i }, &rune);
		char bytes[4];

		if (n > 0)
			buf_append(out, bytes, utf8_encode(rune, bytes));
		else
			buf_append(out, text.p + i, n = 1);
		i += n;
	}
}

/* append_utf8_address - s3: '+', '=' and '\' are always embedded. */
static void
append_utf8_address(struct buf *out, struct span address, bool keeps_utf8)
{
	for (size_t i = 0; i < address.n;) {
		uint32_t rune;
		size_t n = utf8_next((struct span){ address.p + i, address.n - i }, &rune);

		if (n == 0 || is_blank(n == 1 ? (unsigned char)address.p[i] : 'a')) {
			buf_append_text(out, "?");
			n = 1;
		} else if (rune == '+' || rune == '=' || rune == '\\'
		           || (rune >= 0x80 && !(keeps_utf8 && utf8_is_harmless(rune)))) {
			buf_printf(out, "\\x{%02X}", (unsigned)rune);
		} else {
			buf_append(out, address.p + i, n);
		}
		i += n;
	}
}

/* append_printable - an address, or what stands for one: never a control or 8 bits. */
static void
append_printable(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';

		buf_append(out, &c, 1);
	}
}

void
notice_write_address(struct buf *out, struct span address, bool keeps_utf8)
{
	if (utf8_is_ascii(address)) {
		buf_append_text(out, "rfc822; ");
		append_printable(out, address);
	} else {
		buf_append_text(out, "utf-8; ");
		append_utf8_address(out, address, keeps_utf8);
	}
}

void
notice_write_orcpt(struct buf *out, struct span orcpt, bool keeps_utf8)
{
	struct span xtext, type = span_cut(orcpt, ';', &xtext);
	struct buf address, plain;

	buf_init(&address, NOTICE_VALUE_MAX);
	buf_init(&plain, 4 * NOTICE_VALUE_MAX);
	notice_decode_xtext(&address, xtext);
	append_printable(out, type);
	buf_append_text(out, "; ");
	if (span_is_nocase(type, "utf-8")) {
		decode_utf8_address(&plain, buf_span(&address));
		append_utf8_address(out, buf_span(&plain), keeps_utf8);
	} else {
		append_printable(out, buf_span(&address));
	}
	buf_deinit(&address);
	buf_deinit(&plain);
}
