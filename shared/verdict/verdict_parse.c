/* verdict_parse.c - a reply as somebody pasted it, or as it came, into the
 * parts judgement needs. Pure; any bytes are accepted. */
#include "verdict/verdict_private.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* skip - nothing of an empty span may be NULL + 0, which C does not define. */
static struct span
skip(struct span s, size_t n)
{
	return n > 0 ? (struct span){ s.p + n, s.n - n } : s;
}

static struct span
skip_space(struct span s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s = skip(s, 1);
	return s;
}

/* parse_code - three digits of a negative or positive reply, then a space, a
 * hyphen, '#' (qmail's "#5.1.1") or the end. */
static size_t
parse_code(struct span s, int *code_out)
{
	if (s.n < 3 || s.p[0] < '2' || s.p[0] > '5' || !is_digit(s.p[1]) || !is_digit(s.p[2]))
		return 0;
	if (s.n > 3 && !is_space(s.p[3]) && s.p[3] != '-')
		return 0;
	*code_out = (s.p[0] - '0') * 100 + (s.p[1] - '0') * 10 + (s.p[2] - '0');
	return s.n > 3 ? 4 : 3;
}

static size_t
parse_number(struct span s, unsigned *value_out)
{
	size_t n = 0;
	unsigned value = 0;

	while (n < s.n && n < 3 && is_digit(s.p[n]))
		value = value * 10 + (unsigned)(s.p[n++] - '0');
	*value_out = value;
	return n;
}

size_t
verdict_parse_status(struct span text, struct verdict_status *status_out)
{
	unsigned subject, detail;
	size_t at = 2, n;

	if (text.n < 5 || text.p[1] != '.' ||
	    (text.p[0] != '2' && text.p[0] != '4' && text.p[0] != '5'))
		return 0;
	n = parse_number(skip(text, at), &subject);
	at += n;
	if (n == 0 || at >= text.n || text.p[at] != '.')
		return 0;
	at++;
	n = parse_number(skip(text, at), &detail);
	at += n;
	if (n == 0)
		return 0;
	/* "5.1.1.2" and "5.1.1000" are no statuses (an address, a version) */
	if (at < text.n && (is_digit(text.p[at]) ||
			    (text.p[at] == '.' && at + 1 < text.n && is_digit(text.p[at + 1]))))
		return 0;
	status_out->class = (unsigned char)(text.p[0] - '0');
	status_out->subject = (unsigned short)subject;
	status_out->detail = (unsigned short)detail;
	return at;
}

/* find_status - the first status anywhere in the text whose class fits the
 * code: "(#5.1.1)", "said: 550 5.1.1 ...". Only after a separator. */
static void
find_status(struct span text, int code, struct verdict_status *status_out)
{
	for (size_t i = 0; i + 5 <= text.n; i++) {
		struct verdict_status found;

		if (i > 0 && !is_space(text.p[i - 1]) && text.p[i - 1] != '#' &&
		    text.p[i - 1] != '(' && text.p[i - 1] != '[')
			continue;
		if (verdict_parse_status(skip(text, i), &found) > 0 && found.class != 2 &&
		    (code < 400 || found.class == code / 100)) {
			*status_out = found;
			return;
		}
	}
}

void
verdict_parse_reply(struct span raw, struct verdict_input *input_out)
{
	struct span text = skip_space(raw);
	size_t n;

	*input_out = (struct verdict_input){ .phase = VERDICT_PHASE_UNKNOWN };
	text = skip(text, parse_code(text, &input_out->code));
	text = skip_space(text);
	n = verdict_parse_status(text, &input_out->enhanced);
	text = skip_space(skip(text, n));
	if (n == 0)
		find_status(text, input_out->code, &input_out->enhanced);
	if (input_out->code == 0 && input_out->enhanced.class >= 4)
		input_out->code = input_out->enhanced.class * 100 + 50;
	input_out->text = span_trim(text);
}

/* is_address_byte - of a local part or domain, as far as folding cares */
static bool
is_address_byte(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' || c == '_' ||
	       c == '+' || c == '=';
}

/* skip_line_lead - "550-5.1.1 " at the start of a further line */
static struct span
skip_line_lead(struct span s)
{
	struct verdict_status ignored;
	int code;

	s = skip(s, parse_code(s, &code));
	s = skip_space(s);
	return skip(s, verdict_parse_status(s, &ignored));
}

static char
fold_byte(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

size_t
verdict_fold_text(struct span text, char out[VERDICT_TEXT_MAX + 1])
{
	size_t n = 0;

	while (text.n > 0 && n < VERDICT_TEXT_MAX) {
		char c = fold_byte(text.p[0]);

		text = skip(text, 1);
		if (c == '\n')
			text = skip_line_lead(text);
		if (c == '@') { /* drop what stands around it */
			while (n > 0 && is_address_byte(out[n - 1]))
				n--;
			while (text.n > 0 && is_address_byte(fold_byte(text.p[0])))
				text = skip(text, 1);
		}
		if (is_space(c)) {
			if (n == 0 || out[n - 1] == ' ')
				continue;
			c = ' ';
		}
		out[n++] = c ? c : ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}
