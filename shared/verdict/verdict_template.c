/* verdict_template.c - see verdict_template.h.
 *
 * The reply is cut into words at spaces; of each word the punctuation around it stays
 * and its core is judged by its shape alone: no look-up, no memory. A word that mixes
 * letters and digits is an id, unless it is so short that it is more likely a name
 * people search for ("TSS04", "S3140", "AUP#In-1310" stay as they are). */
#include "verdict/verdict_template.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "verdict/verdict_private.h"

enum { READ_MAX_BYTES = 4096, NAME_BYTES = 12, HEX_ID_BYTES = 8 };

struct output {
	char *p;
	size_t n;
};

static void
put(struct output *out, const char *p, size_t n)
{
	size_t room = VERDICT_TEMPLATE_SIZE - 1 - out->n;
	uint32_t rune;
	size_t step;

	while (n > 0) {
		step = utf8_next((struct span){ p, n }, &rune);
		if (step == 0) {
			p++, n--;
			continue;
		}
		if (step > room)
			return;
		/* what would harm a terminal tells nobody anything */
		if (utf8_is_harmless(rune)) {
			memcpy(out->p + out->n, p, step);
			out->n += step;
			room -= step;
		}
		p += step;
		n -= step;
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_space(char c)
{
	return (unsigned char)c <= ' ' || c == 127;
}

struct shape { /* what a word is made of */
	size_t digits, letters, hexes, dots, colons, dashes, others;
	bool has_at;
};

static struct shape
shape_of(struct span s)
{
	struct shape shape = { 0 };

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		shape.digits += is_digit(c);
		shape.letters += is_letter(c);
		shape.hexes += is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
		shape.dots += c == '.';
		shape.colons += c == ':';
		shape.dashes += c == '-';
		shape.has_at |= c == '@';
		shape.others += !is_digit(c) && !is_letter(c) && c != '.' && c != ':' && c != '-';
	}
	return shape;
}

static bool
starts(struct span s, const char *lead)
{
	return span_starts_nocase(s, lead);
}

static bool
is_host(struct span s, const struct shape *shape)
{
	struct span rest = s;
	size_t labels = 0, last = 0;

	if (shape->dots == 0 || shape->colons > 0 || shape->others > 0 || shape->letters < 2)
		return false;
	while (rest.n > 0) {
		struct span label = span_cut(rest, '.', &rest);

		if (label.n == 0 || label.n > 63)
			return false;
		last = label.n;
		labels++;
	}
	/* "sentence.Next" is none; a top-level domain of letters, lower case or all upper */
	return labels >= 2 && last >= 2 && is_letter(s.p[s.n - 1]) && is_letter(s.p[s.n - last]);
}

/* placeholder_of - what stands for a word of this shape, or NULL: the word itself */
static const char *
placeholder_of(struct span s)
{
	struct shape shape = shape_of(s);

	if (shape.has_at)
		return "ADDRESS";
	if (starts(s, "http://") || starts(s, "https://") || starts(s, "www."))
		return "URL";
	if (is_host(s, &shape))
		return "HOST";
	if (shape.digits == 0)
		return shape.hexes == s.n && s.n >= 16 ? "ID" : NULL;
	if (shape.letters == 0 && shape.colons == 0 && shape.dots == 3 && shape.dashes == 0)
		return "IP";
	if (shape.letters == 0 && shape.dashes == 2 && s.n >= 8 && shape.digits == 8)
		return "DATE";
	if (shape.letters == 0 && shape.dots == 0 && shape.colons >= 1 && shape.colons <= 2 &&
	    shape.digits >= 3)
		return "TIME";
	if (shape.colons >= 2 && shape.dots <= 3 &&
	    shape.hexes + shape.colons + shape.dots == s.n)
		return "IP";
	if (shape.letters <= 1 && is_digit(s.p[0]) && shape.others == 0 && shape.dashes == 0)
		return "N";
	if (shape.letters == 0)
		return "ID";
	if (s.n > NAME_BYTES || (shape.hexes == s.n && s.n >= HEX_ID_BYTES))
		return "ID";
	return NULL;
}

static bool
is_around(char c) /* punctuation that is no part of the word it stands at */
{
	return strchr("<>()[]{}\"'`,;:!?.=|*", c) != NULL && c != '\0';
}

/* first_part - of "ip=192.0.2.7,id=4711" the length up to and with the first mark that
 * separates; all of it where there is none, or in a link. */
static size_t
first_part(struct span word)
{
	size_t from = 0;

	while (from < word.n && is_around(word.p[from]))
		from++;
	if (starts((struct span){ word.p + from, word.n - from }, "http"))
		return word.n;
	for (size_t i = from + 1; i < word.n; i++)
		if (strchr("=<[(,;", word.p[i]) != NULL && word.p[i] != '\0')
			return i + 1;
	return word.n;
}

/* put_part - the punctuation before, the core or what stands for it, and that behind */
static void
put_part(struct output *out, struct span part)
{
	size_t from = 0, to = part.n;
	const char *placeholder;
	struct span core;

	while (from < to && is_around(part.p[from]))
		from++;
	while (to > from && is_around(part.p[to - 1]))
		to--;
	core = (struct span){ part.p + from, to - from };
	put(out, part.p, from);
	placeholder = core.n ? placeholder_of(core) : NULL;
	if (placeholder)
		put(out, placeholder, strlen(placeholder));
	else
		put(out, core.p, core.n);
	put(out, part.p + to, part.n - to);
}

static void
put_word(struct output *out, struct span word)
{
	while (word.n > 0) {
		size_t n = first_part(word);

		put_part(out, (struct span){ word.p, n });
		word = (struct span){ word.p + n, word.n - n };
	}
}

static struct span
next_word(struct span *rest)
{
	struct span s = *rest;
	size_t n = 0;

	while (s.n > 0 && is_space(s.p[0]))
		s = (struct span){ s.p + 1, s.n - 1 };
	while (n < s.n && !is_space(s.p[n]))
		n++;
	*rest = (struct span){ s.p + n, s.n - n };
	return (struct span){ s.p, n };
}

/* is_number_of_reply - "550", "550-5.1.1", "5.1.1": they say what kind it is */
static bool
is_number_of_reply(struct span word)
{
	struct verdict_status ignored;

	if (word.n == 3 || (word.n > 4 && word.p[3] == '-')) {
		if (word.p[0] < '2' || word.p[0] > '5' || !is_digit(word.p[1]) ||
		    !is_digit(word.p[2]))
			return false;
		return word.n == 3 || is_number_of_reply((struct span){ word.p + 4, word.n - 4 });
	}
	return verdict_parse_status(word, &ignored) == word.n;
}

size_t
verdict_template(struct span reply, char out[VERDICT_TEMPLATE_SIZE])
{
	struct output to = { out, 0 };
	struct span rest = { reply.p, reply.n < READ_MAX_BYTES ? reply.n : READ_MAX_BYTES };
	struct span word;
	bool is_lead = true;

	while ((word = next_word(&rest)).n > 0) {
		if (to.n > 0 && out[to.n - 1] != ' ')
			put(&to, " ", 1);
		is_lead = is_lead && is_number_of_reply(word);
		if (is_lead)
			put(&to, word.p, word.n);
		else
			put_word(&to, word);
	}
	while (to.n > 0 && out[to.n - 1] == ' ')
		to.n--;
	out[to.n] = '\0';
	return to.n;
}

uint64_t
verdict_template_id(const char *template)
{
	uint64_t hash = span_hash(span_of(template));

	return (hash ^ (hash >> 48)) & UINT64_C(0xffffffffffff);
}
