/* spf_macro.c - see spf_macro.h.
 *
 *   macro-expand = "%{" letter [digits] ["r"] *delimiter "}" / "%%" / "%_" / "%-"
 */
#include "policy/spf_macro.h"

#include <inttypes.h>
#include <stdio.h>

#define DELIMITERS ".-+,/_="
#define PARTS_MAX 128 /* s7.3: at least that many; of more, the right-hand ones count */

struct expand {		/* one "%{...}" taken apart */
	char letter;	/* as written: upper case asks for URL escapes */
	unsigned parts; /* 0: all */
	bool is_reversed;
	struct span delimiters; /* n == 0: "." */
	size_t bytes;		/* of the whole macro-expand; 2 for %%, %_ and %-, letter is that */
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "%s", why);
}

static int
read_digits(struct span text, size_t *i, unsigned *parts_out, struct err *err)
{
	unsigned value = 0;
	size_t first = *i;

	for (; *i < text.n && text.p[*i] >= '0' && text.p[*i] <= '9'; (*i)++)
		value = value > PARTS_MAX ? value : value * 10 + (unsigned)(text.p[*i] - '0');
	if (*i > first && value == 0)
		return bad(err, "a macro must keep at least one part, not 0");
	*parts_out = value;
	return 0;
}

/* read_expand - text starts with '%'. */
static int
read_expand(struct span text, enum spf_macro_place place, struct expand *out, struct err *err)
{
	size_t i = 3, first;

	memset(out, 0, sizeof *out);
	if (text.n >= 2 && is_in(text.p[1], "%_-")) {
		out->letter = text.p[1];
		out->bytes = 2;
		return 0;
	}
	if (text.n < 2 || text.p[1] != '{')
		return bad(err, "a % that starts no macro (write %% for the sign)");
	if (text.n < 3 || !is_in(lower(text.p[2]), "slodiphcrtv"))
		return bad(err, "no such macro letter");
	out->letter = text.p[2];
	if (place == SPF_MACRO_DOMAIN && is_in(lower(out->letter), "crt"))
		return bad(err, "macros c, r and t are for explanations only");
	if (read_digits(text, &i, &out->parts, err) < 0)
		return -1;
	if (i < text.n && lower(text.p[i]) == 'r') {
		out->is_reversed = true;
		i++;
	}
	for (first = i; i < text.n && is_in(text.p[i], DELIMITERS); i++)
		;
	out->delimiters = (struct span){ text.p + first, i - first };
	if (i == text.n || text.p[i] != '}')
		return bad(err, "a macro that is not closed, or has something foreign in it");
	out->bytes = i + 1;
	return 0;
}

int
spf_macro_check(struct span text, enum spf_macro_place place, struct err *err)
{
	struct expand expand;

	for (size_t i = 0; i < text.n;) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '%') {
			struct span rest = { text.p + i, text.n - i };

			if (read_expand(rest, place, &expand, err) < 0)
				return -1;
			i += expand.bytes;
		} else if (c > 0x7e || c < 0x20 || (c == ' ' && place == SPF_MACRO_DOMAIN)) {
			return bad(err, "a byte that is not printable ASCII");
		} else {
			i++;
		}
	}
	return 0;
}

bool
spf_macro_ends_in_macro(struct span text, struct span *last_out)
{
	struct expand expand;
	size_t end = 0;

	for (size_t i = 0; i < text.n;) {
		struct span rest = { text.p + i, text.n - i };

		if (text.p[i] != '%') {
			i++;
		} else if (read_expand(rest, SPF_MACRO_EXPLANATION, &expand, NULL) == 0) {
			end = i += expand.bytes;
		} else {
			break;
		}
	}
	*last_out = (struct span){ text.p + end, text.n - end };
	return end > 0 && end == text.n;
}

bool
spf_macro_uses(struct span text, char letter)
{
	struct expand expand;

	for (size_t i = 0; i < text.n; i++) {
		struct span rest = { text.p + i, text.n - i };

		if (text.p[i] != '%' || read_expand(rest, SPF_MACRO_EXPLANATION, &expand, NULL) < 0)
			continue;
		if (expand.bytes > 2 && lower(expand.letter) == letter)
			return true;
		i += expand.bytes - 1;
	}
	return false;
}

/* ---- expansion ------------------------------------------------------------------------- */
static struct span
value_of(char letter, const struct spf_macro_values *values, struct buf *scratch)
{
	switch (letter) {
	case 's':
		buf_append_span(scratch, values->local);
		buf_append_text(scratch, "@");
		buf_append_span(scratch, values->sender_domain);
		return buf_span(scratch);
	case 'l':
		return values->local;
	case 'o':
		return values->sender_domain;
	case 'd':
		return values->domain;
	case 'i':
		return span_of(values->dotted);
	case 'p':
		return values->validated;
	case 'h':
		return values->helo;
	case 'c':
		return span_of(values->readable);
	case 'r':
		return values->receiver;
	case 't':
		buf_printf(scratch, "%" PRId64, values->now_unix_sec);
		return buf_span(scratch);
	default:
		return values->is_v6 ? SPAN_LIT("ip6") : SPAN_LIT("in-addr");
	}
}

static bool
splits(char c, const struct expand *expand)
{
	return expand->delimiters.n == 0
		       ? c == '.'
		       : memchr(expand->delimiters.p, c, expand->delimiters.n) != NULL;
}

/* cut_parts - value split at the delimiters; of more than PARTS_MAX, the last ones. */
static size_t
cut_parts(struct span value, const struct expand *expand, struct span part[PARTS_MAX])
{
	size_t count = 0, end = value.n;

	for (size_t i = value.n; count < PARTS_MAX; i--) {
		if (i > 0 && !splits(value.p[i - 1], expand))
			continue;
		part[count++] = (struct span){ value.p + i, end - i };
		if (i == 0)
			break;
		end = i - 1;
	}
	return count; /* last part first */
}

static int
append_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = lower(text.p[i]);
		bool is_plain =
			(c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || is_in(c, "-._~");

		if ((is_plain ? buf_append(out, &text.p[i], 1)
			      : buf_printf(out, "%%%02X", (unsigned char)text.p[i])) < 0)
			return -1;
	}
	return 0;
}

static int
append_parts(const struct expand *expand, struct span value, struct buf *out)
{
	struct span part[PARTS_MAX];
	bool is_escaped = lower(expand->letter) != expand->letter;
	size_t count = cut_parts(value, expand, part), keep;

	/* the right-hand parts of the list as it stands after reversing (s7.3); part[] has the
	 * last part first */
	keep = expand->parts && expand->parts < count ? expand->parts : count;
	for (size_t k = 0; k < keep; k++) {
		struct span one = part[expand->is_reversed ? count - keep + k : keep - 1 - k];

		if (k > 0 && buf_append_text(out, ".") < 0)
			return -1;
		if ((is_escaped ? append_escaped(out, one) : buf_append_span(out, one)) < 0)
			return -1;
	}
	return 0;
}

static int
append_expanded(const struct expand *expand, const struct spf_macro_values *values, struct buf *out)
{
	struct buf scratch;
	int rc;

	if (expand->bytes == 2)
		return buf_append_text(out, expand->letter == '%'   ? "%"
					    : expand->letter == '_' ? " "
								    : "%20");
	buf_init(&scratch, SPF_EXPANDED_MAX);
	rc = append_parts(expand, value_of(lower(expand->letter), values, &scratch), out);
	buf_deinit(&scratch);
	return rc;
}

int
spf_macro_expand(struct span text, const struct spf_macro_values *values, struct buf *out)
{
	struct expand expand;

	for (size_t i = 0; i < text.n;) {
		struct span rest = { text.p + i, text.n - i };

		if (text.p[i] != '%') {
			if (buf_append(out, &text.p[i], 1) < 0)
				return -1;
			i++;
		} else if (read_expand(rest, SPF_MACRO_EXPLANATION, &expand, NULL) < 0 ||
			   append_expanded(&expand, values, out) < 0) {
			return -1;
		} else {
			i += expand.bytes;
		}
	}
	return 0;
}

struct span
spf_macro_fit(struct span name)
{
	const char *dot;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > SPF_NAME_MAX && (dot = memchr(name.p, '.', name.n)) != NULL) {
		name.n -= (size_t)(dot + 1 - name.p);
		name.p = dot + 1;
	}
	return name;
}
