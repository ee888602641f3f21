/* parse_from.c - the addresses of a From field (RFC 5322 s3.4, 6854 groups, s4.4
 * routes).
 *
 * Decides whose name a message carries, so it is a real tokenizer: comments,
 * quoted strings and folding can hold anything that looks like an address. It
 * keeps one candidate address of fixed size; a display name that outgrows it is
 * dropped when the "<" comes. Nesting is a counter, time is linear.
 *
 * An address in a display name without quotes, "eve@a.b <joe@x.y>", is against the
 * grammar, and often sent. Receivers differ in which of the two they show, so both
 * are the message's: the one in brackets first, then those of the name. "Joe @ Home"
 * is no address to anybody.
 *
 *   phrase <route:local@domain> , group: a@b, c@d; */
#include "parse/parse_header.h"

#include <string.h>

#include "smtp/smtp_address.h"

#define ADDRESSES_MAX 16
#define SMTP_REFUSED 550

struct from {
	struct span in;      /* what is left */
	char text[SMTP_ADDRESS_MAX + 1]; /* the candidate, without blanks and comments */
	size_t n;
	const char *start, *end; /* where it stands in the field */
	bool is_overlong;    /* more came than fits */
	bool after_word;     /* the last token was an atom or quoted string */
	bool is_phrase;      /* two words stood side by side */
	bool in_angle, had_angle, in_group;
	struct span named[ADDRESSES_MAX]; /* addresses in the display name so far */
	size_t nameds;
	struct arena *arena;
	struct span *addresses;
	size_t count;
};

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, SMTP_REFUSED, "5.6.0 From header field: %s", why);
}

/* add - n bytes of the field, beginning at p. */
static void
add(struct from *f, const char *p, size_t n)
{
	if (f->n == 0)
		f->start = p;
	f->end = p + n;
	if (n > sizeof f->text - f->n) {
		f->is_overlong = true;
		return;
	}
	memcpy(f->text + f->n, p, n);
	f->n += n;
}

static void
forget(struct from *f)
{
	f->n = 0;
	f->is_overlong = f->after_word = f->is_phrase = false;
}

static void
advance(struct from *f, size_t n)
{
	f->in.p += n;
	f->in.n -= n;
}

static int
too_many(struct err *err)
{
	return bad(err, "over 16 addresses");
}

/* note_named - is what stood before a word or a "<" an address, in one piece? */
static int
note_named(struct from *f, struct err *err)
{
	struct span text = { f->text, f->n };
	struct smtp_address address;

	if (f->is_overlong || f->n == 0 || f->end != f->start + f->n ||
	    smtp_address_parse(text, &address, NULL) < 0 ||
	    memchr(address.domain.p, '.', address.domain.n) == NULL)
		return 0;
	if (f->nameds == ADDRESSES_MAX)
		return too_many(err);
	f->named[f->nameds++] = (struct span){ arena_span(f->arena, text), text.n };
	return 0;
}

static int
add_word(struct from *f, size_t n, struct err *err)
{
	if (f->after_word && !f->in_angle) { /* a phrase: it may be an address, alone or not */
		if (note_named(f, err) < 0)
			return -1;
		f->n = 0;
		f->is_overlong = false;
	}
	f->is_phrase |= f->after_word;
	f->after_word = true;
	add(f, f->in.p, n);
	advance(f, n);
	return 0;
}

static bool
is_known(const struct from *f, struct span address)
{
	for (size_t i = 0; i < f->count; i++)
		if (span_equals_nocase(f->addresses[i], address))
			return true;
	return false;
}

/* add_named - those of the display name, behind its address. */
static int
add_named(struct from *f, struct err *err)
{
	for (size_t i = 0; i < f->nameds; i++) {
		if (is_known(f, f->named[i]))
			continue;
		if (f->count == ADDRESSES_MAX)
			return too_many(err);
		f->addresses[f->count++] = f->named[i];
	}
	f->nameds = 0;
	return 0;
}

static int
store(struct from *f, struct err *err)
{
	struct span text = { f->text, f->n };
	struct smtp_address address;
	struct err why;

	if (f->is_phrase)
		return bad(err, "a name without an address, or blanks inside an address");
	if (f->is_overlong)
		return bad(err, "an address is over 254 bytes");
	if (smtp_address_parse(text, &address, &why) < 0)
		return bad(err, why.text);
	if (f->count == ADDRESSES_MAX)
		return too_many(err);
	f->addresses[f->count++] = (struct span){ arena_span(f->arena, text), text.n };
	return 0;
}

/* end_mailbox - at a comma, semicolon or the end. Empty places are allowed. */
static int
end_mailbox(struct from *f, struct err *err)
{
	if (f->in_angle)
		return bad(err, "\"<\" without \">\"");
	if (f->had_angle && (f->n > 0 || f->is_overlong))
		return bad(err, "text after \">\"");
	if (!f->had_angle && (f->n > 0 || f->is_overlong) && store(f, err) < 0)
		return -1;
	f->had_angle = false;
	f->nameds = 0;
	forget(f);
	return 0;
}

static int
skip_comment(struct from *f, struct err *err)
{
	size_t depth = 0, i = 0;

	for (; i < f->in.n; i++) {
		if (f->in.p[i] == '\\')
			i++;
		else if (f->in.p[i] == '(')
			depth++;
		else if (f->in.p[i] == ')' && --depth == 0)
			break;
	}
	if (i >= f->in.n)
		return bad(err, "a comment is not closed");
	advance(f, i + 1);
	return 0;
}

static int
take_quoted(struct from *f, struct err *err)
{
	size_t i = 1;

	while (i < f->in.n && f->in.p[i] != '"')
		i += f->in.p[i] == '\\' ? 2 : 1;
	if (i >= f->in.n)
		return bad(err, "a quoted string is not closed");
	return add_word(f, i + 1, err);
}

static int
take_literal(struct from *f, struct err *err)
{
	const char *end = memchr(f->in.p, ']', f->in.n);

	if (!end)
		return bad(err, "an address literal is not closed");
	return add_word(f, (size_t)(end - f->in.p) + 1, err);
}

static bool
is_atom_char(char c)
{
	return ((unsigned char)c > ' ' && c != 0x7f && !strchr("()<>[]:;@\\,.\"", c));
}

static int
take_atom(struct from *f, struct err *err)
{
	size_t n = 0;

	while (n < f->in.n && is_atom_char(f->in.p[n]))
		n++;
	if (n == 0)
		return bad(err, "a character that may not stand there");
	return add_word(f, n, err);
}

static int
open_angle(struct from *f, struct err *err)
{
	if (f->in_angle || f->had_angle)
		return bad(err, "\"<\" in an odd place");
	if (note_named(f, err) < 0)
		return -1;
	f->in_angle = true;
	forget(f);
	return 0;
}

static int
close_angle(struct from *f, struct err *err)
{
	if (!f->in_angle)
		return bad(err, "\">\" without \"<\"");
	if (store(f, err) < 0 || add_named(f, err) < 0)
		return -1;
	f->in_angle = false;
	f->had_angle = true;
	forget(f);
	return 0;
}

static bool
in_route(const struct from *f)
{
	return f->in_angle && f->n > 0 && f->text[0] == '@';
}

/* at_colon - the end of a route, or the end of a group's name. */
static int
at_colon(struct from *f, struct err *err)
{
	if (!in_route(f)) {
		if (f->in_angle || f->in_group || f->had_angle)
			return bad(err, "\":\" in an odd place");
		f->in_group = true;
	}
	forget(f);
	return 0;
}

static int
at_semicolon(struct from *f, struct err *err)
{
	if (!f->in_group)
		return bad(err, "\";\" outside of a group");
	f->in_group = false;
	return end_mailbox(f, err);
}

/* take_special - one character that stands for itself. */
static int
take_special(struct from *f, struct err *err)
{
	char c = f->in.p[0];

	advance(f, 1);
	switch (c) {
	case '<':
		return open_angle(f, err);
	case '>':
		return close_angle(f, err);
	case ':':
		return at_colon(f, err);
	case ';':
		return at_semicolon(f, err);
	case ',':
		if (!in_route(f))
			return end_mailbox(f, err);
		break; /* routes are thrown away whole */
	default: /* '@' and '.' */
		add(f, f->in.p - 1, 1);
		break;
	}
	f->after_word = false;
	return 0;
}

static int
take_token(struct from *f, struct err *err)
{
	char c = f->in.p[0];

	if (c == '(')
		return skip_comment(f, err);
	if (c == '"')
		return take_quoted(f, err);
	if (c == '[')
		return take_literal(f, err);
	if (c != '\0' && strchr("<>:;,@.", c))
		return take_special(f, err);
	if (c != '\0' && strchr(" \t\r\n", c)) {
		advance(f, 1);
		return 0;
	}
	return take_atom(f, err);
}

int
parse_header_from(const struct parse_header *header, struct arena *arena,
                  struct span *addresses_out, size_t *count_out, struct err *err)
{
	const struct parse_field *field = parse_header_find(header, "From");
	struct from f = { .arena = arena, .addresses = addresses_out };

	*count_out = 0;
	if (!field)
		return err_set(err, ERR_INPUT, SMTP_REFUSED,
		               "5.6.0 Message has no From header field");
	if (parse_header_count(header, "From") > 1)
		return err_set(err, ERR_INPUT, SMTP_REFUSED,
		               "5.6.0 Message has more than one From header field");
	f.in = field->value;
	while (f.in.n > 0)
		if (take_token(&f, err) < 0)
			return -1;
	if (f.in_group)
		return bad(err, "a group is not closed");
	if (end_mailbox(&f, err) < 0)
		return -1;
	if (f.count == 0)
		return bad(err, "no address in it");
	*count_out = f.count;
	return 0;
}
