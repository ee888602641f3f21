/* tag_list.c - see tag_list.h. */
#include "policy/tag_list.h"

#define SHOWN_MAX 40

const char *
tag_show(struct span text, char out[64])
{
	size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;

	for (size_t i = 0; i < n; i++)
		out[i] = text.p[i] >= ' ' && text.p[i] < 0x7f ? text.p[i] : '?';
	memcpy(out + n, text.n > n ? "..." : "", text.n > n ? 4 : 1);
	return out;
}

static bool
is_white(char c, enum tag_form form)
{
	return c == ' ' || c == '\t' || (form == TAG_FOLDED && (c == '\r' || c == '\n'));
}

static struct span
trim(struct span s, enum tag_form form)
{
	while (s.n > 0 && is_white(s.p[0], form))
		s = (struct span){ s.p + 1, s.n - 1 };
	while (s.n > 0 && is_white(s.p[s.n - 1], form))
		s.n--;
	return s;
}

/* is_name - ALPHA *(ALPHA / DIGIT / "_" / "-" / "."); MTA-STS allows a digit first */
static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool is_alnum =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!is_alnum && (i == 0 || memchr("_-.", c, 3) == NULL))
			return false;
	}
	return name.n > 0;
}

static bool
is_value(struct span value, enum tag_form form)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (!is_white(value.p[i], form) && (c < 0x21 || c > 0x7e))
			return false;
	}
	return true;
}

static int
bad(struct err *err, struct span tag, const char *why)
{
	char shown[64];

	return err_set(err, ERR_INPUT, 0, "\"%s\": %s", tag_show(tag, shown), why);
}

int
tag_next(struct span *rest, enum tag_form form, struct tag *tag_out, struct err *err)
{
	struct span one;
	const char *equals;

	if (rest->n == 0)
		return 0;
	one = trim(span_cut(*rest, ';', rest), form);
	*tag_out = (struct tag){ one, { NULL, 0 } };
	if (one.n == 0 && trim(*rest, form).n > 0)
		return bad(err, *rest, "two semicolons, or one too early");
	if (one.n == 0) {
		rest->n = 0;
		return 0;
	}
	equals = memchr(one.p, '=', one.n);
	if (equals == NULL)
		return bad(err, one, "no name=value; is a semicolon missing or one too many?");
	tag_out->name = (struct span){ one.p, (size_t)(equals - one.p) };
	tag_out->value = (struct span){ equals + 1, one.n - tag_out->name.n - 1 };
	if (form != TAG_TIGHT) {
		tag_out->name = trim(tag_out->name, form);
		tag_out->value = trim(tag_out->value, form);
	}
	if (!is_name(tag_out->name))
		return bad(err, one, "what stands before = is no tag name");
	if (!is_value(tag_out->value, form))
		return bad(err, one, "the value has bytes that do not belong there");
	return 1;
}
