/* spf_parse.c - see spf_parse.h. */
#include "policy/spf_parse.h"

#include <arpa/inet.h>

#include "policy/spf_macro.h"

#define VERSION "v=spf1"
#define VERSION_BYTES (sizeof VERSION - 1)
#define SHOWN_MAX 48 /* of a term, in an error */

enum spec { SPEC_NEVER, SPEC_OPTIONAL, SPEC_MUST, SPEC_ADDRESS };
enum cidr { CIDR_NEVER, CIDR_4, CIDR_6, CIDR_DUAL };

static const struct {
	const char *name;
	enum spec spec;
	enum cidr cidr;
	bool asks; /* costs one of the ten look-ups */
} kinds[SPF_KIND_COUNT] = {
	[SPF_ALL] = { "all", SPEC_NEVER, CIDR_NEVER, false },
	[SPF_INCLUDE] = { "include", SPEC_MUST, CIDR_NEVER, true },
	[SPF_A] = { "a", SPEC_OPTIONAL, CIDR_DUAL, true },
	[SPF_MX] = { "mx", SPEC_OPTIONAL, CIDR_DUAL, true },
	[SPF_PTR] = { "ptr", SPEC_OPTIONAL, CIDR_NEVER, true },
	[SPF_IP4] = { "ip4", SPEC_ADDRESS, CIDR_4, false },
	[SPF_IP6] = { "ip6", SPEC_ADDRESS, CIDR_6, false },
	[SPF_EXISTS] = { "exists", SPEC_MUST, CIDR_NEVER, true },
	[SPF_REDIRECT] = { "redirect", SPEC_MUST, CIDR_NEVER, true },
	[SPF_EXP] = { "exp", SPEC_MUST, CIDR_NEVER, false },
	[SPF_UNKNOWN] = { "", SPEC_OPTIONAL, CIDR_NEVER, false },
};

static const struct {
	char sign;
	enum spf_result result;
} qualifiers[] = {
	{ '+', SPF_PASS },
	{ '-', SPF_FAIL },
	{ '~', SPF_SOFTFAIL },
	{ '?', SPF_NEUTRAL },
};

static const char *const result_names[] = {
	[SPF_NONE] = "none",	       [SPF_NEUTRAL] = "neutral",   [SPF_PASS] = "pass",
	[SPF_FAIL] = "fail",	       [SPF_SOFTFAIL] = "softfail", [SPF_TEMPERROR] = "temperror",
	[SPF_PERMERROR] = "permerror",
};
_Static_assert(sizeof result_names / sizeof *result_names == SPF_RESULT_COUNT, "a name each");

const char *
spf_result_name(enum spf_result result)
{
	return result_names[result];
}

bool
spf_kind_asks(enum spf_kind kind)
{
	return kinds[kind].asks;
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
}

/* bad - about a term: its beginning, with what cannot be shown as '?' */
static int
bad(struct err *err, struct span term, const char *why)
{
	char shown[SHOWN_MAX + 4];
	size_t n = term.n < SHOWN_MAX ? term.n : SHOWN_MAX;

	for (size_t i = 0; i < n; i++)
		shown[i] = term.p[i] > ' ' && term.p[i] < 0x7f ? term.p[i] : '?';
	memcpy(shown + n, term.n > n ? "..." : "", term.n > n ? 4 : 1);
	return err_set(err, ERR_INPUT, 0, "\"%s\": %s", shown, why);
}

/* ---- domain-spec ------------------------------------------------------------------------ */

/* is_top_label - *alnum ALPHA *alnum, or alnum with a hyphen inside */
static bool
is_top_label(struct span label)
{
	bool has_alpha = false, has_hyphen = false;

	if (label.n == 0 || !is_alnum(label.p[0]) || !is_alnum(label.p[label.n - 1]))
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
		has_alpha |= is_alpha(label.p[i]);
		has_hyphen |= label.p[i] == '-';
	}
	return has_alpha || has_hyphen;
}

/* check_spec - domain-spec = macro-string ("." toplabel ["."] / macro-expand) */
static int
check_spec(struct span spec, struct span term, struct err *err)
{
	struct err why;
	struct span last;

	if (spec.n == 0)
		return bad(err, term, "a domain name is missing");
	if (spf_macro_check(spec, SPF_MACRO_DOMAIN, &why) < 0)
		return bad(err, term, why.text);
	if (spf_macro_ends_in_macro(spec, &last))
		return 0;
	if (last.n > 0 && last.p[last.n - 1] == '.')
		last.n--;
	for (size_t i = last.n; i-- > 0;)
		if (last.p[i] == '.')
			return is_top_label((struct span){ last.p + i + 1, last.n - i - 1 })
				       ? 0
				       : bad(err, term, "no domain name ends like this");
	return bad(err, term, "a domain name of one label, or none");
}

/* ---- CIDR lengths ------------------------------------------------------------------------ */

/* cut_length - "/NN" off the end of *arg. 1: done; 0: it does not end like that; -1: no length */
static int
cut_length(struct span *arg, unsigned max, uint8_t *length_out)
{
	size_t i = arg->n;
	unsigned long long value;
	struct span digits;

	while (i > 0 && is_digit(arg->p[i - 1]))
		i--;
	if (i == 0 || i == arg->n || arg->p[i - 1] != '/')
		return 0;
	digits = (struct span){ arg->p + i, arg->n - i };
	if ((digits.n > 1 && digits.p[0] == '0') || !span_to_u64(digits, &value) || value > max)
		return -1;
	*length_out = (uint8_t)value;
	arg->n = i - 1;
	return 1;
}

static int
cut_cidr(struct span *arg, enum cidr cidr, struct spf_term *term)
{
	struct span before = *arg;
	int rc = 0;

	term->prefix4 = 32;
	term->prefix6 = 128;
	if (cidr == CIDR_4)
		return cut_length(arg, 32, &term->prefix4);
	if (cidr == CIDR_6)
		return cut_length(arg, 128, &term->prefix6);
	if (cidr != CIDR_DUAL)
		return 0;
	/* ["/" length4] ["//" length6] */
	rc = cut_length(arg, 128, &term->prefix6);
	if (rc != 0 && arg->n > 0 && arg->p[arg->n - 1] == '/') {
		arg->n--;
		return rc < 0 ? -1 : cut_length(arg, 32, &term->prefix4);
	}
	*arg = before;
	term->prefix6 = 128;
	return cut_length(arg, 32, &term->prefix4);
}

/* ---- terms ------------------------------------------------------------------------------- */
static int
read_address(struct span text, struct spf_term *term, struct err *err)
{
	char copy[INET6_ADDRSTRLEN];
	bool is_v4 = term->kind == SPF_IP4;

	if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n) != NULL)
		return bad(err, term->text, "an address is missing");
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(is_v4 ? AF_INET : AF_INET6, copy, term->address) != 1)
		return bad(err, term->text, is_v4 ? "no IPv4 address" : "no IPv6 address");
	return 0;
}

static int
read_directive(struct spf_term *term, struct err *err)
{
	struct span rest = term->text, name;
	size_t n;

	term->qualifier = SPF_PASS;
	for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
		if (rest.p[0] != qualifiers[i].sign)
			continue;
		term->qualifier = qualifiers[i].result;
		rest = (struct span){ rest.p + 1, rest.n - 1 };
		break;
	}
	for (n = 0; n < rest.n && rest.p[n] != ':' && rest.p[n] != '/'; n++)
		;
	name = (struct span){ rest.p, n };
	rest = (struct span){ rest.p + n, rest.n - n };
	for (term->kind = SPF_ALL; term->kind < SPF_REDIRECT; term->kind++)
		if (span_is_nocase(name, kinds[term->kind].name))
			break;
	if (term->kind == SPF_REDIRECT)
		return bad(err, term->text, "there is no such mechanism");
	if (cut_cidr(&rest, kinds[term->kind].cidr, term) < 0)
		return bad(err, term->text, "no length of a network (/0 to /32; //0 to //128)");
	if (rest.n == 0)
		return kinds[term->kind].spec >= SPEC_MUST
			       ? bad(err, term->text, "what follows the colon is missing")
			       : 0;
	if (rest.p[0] != ':' || kinds[term->kind].spec == SPEC_NEVER)
		return bad(err, term->text, "something follows that does not belong there");
	rest = (struct span){ rest.p + 1, rest.n - 1 };
	if (kinds[term->kind].spec == SPEC_ADDRESS)
		return read_address(rest, term, err);
	term->spec = rest;
	return check_spec(rest, term->text, err);
}

/* modifier_name_bytes - of "name=...", 0: this is none */
static size_t
modifier_name_bytes(struct span text)
{
	size_t n = 0;

	if (!is_alpha(text.p[0]))
		return 0;
	while (n < text.n && (is_alnum(text.p[n]) || memchr("-_.", text.p[n], 3) != NULL))
		n++;
	return n < text.n && text.p[n] == '=' ? n : 0;
}

static int
read_modifier(struct spf_term *term, size_t name_bytes, struct err *err)
{
	struct span name = { term->text.p, name_bytes };
	struct err why;

	term->spec = (struct span){ name.p + name.n + 1, term->text.n - name.n - 1 };
	for (term->kind = SPF_REDIRECT; term->kind < SPF_UNKNOWN; term->kind++)
		if (span_is_nocase(name, kinds[term->kind].name))
			return check_spec(term->spec, term->text, err);
	if (spf_macro_check(term->spec, SPF_MACRO_DOMAIN, &why) < 0)
		return bad(err, term->text, why.text);
	return 0;
}

int
spf_next_term(struct span *rest, struct spf_term *term_out, struct err *err)
{
	size_t name_bytes;

	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = (struct span){ rest->p + 1, rest->n - 1 };
	if (rest->n == 0)
		return 0;
	memset(term_out, 0, sizeof *term_out);
	term_out->text = span_cut(*rest, ' ', rest);
	name_bytes = modifier_name_bytes(term_out->text);
	if ((name_bytes > 0 ? read_modifier(term_out, name_bytes, err)
			    : read_directive(term_out, err)) < 0)
		return -1;
	return 1;
}

/* ---- records ----------------------------------------------------------------------------- */
bool
spf_is_record(struct span txt)
{
	return span_starts_nocase(txt, VERSION) &&
	       (txt.n == VERSION_BYTES || txt.p[VERSION_BYTES] == ' ');
}

static int
keep_modifier(struct span *place, const struct spf_term *term, struct err *err)
{
	if (place->n > 0)
		return bad(err, term->text, "given more than once");
	*place = term->spec;
	return 0;
}

int
spf_parse(struct span txt, struct spf_record *record_out, struct err *err)
{
	struct spf_record *record = record_out;
	struct spf_term term;
	struct span rest;
	int rc;

	memset(record, 0, sizeof *record);
	if (!spf_is_record(txt))
		return bad(err, txt, "not an SPF record (v=spf1)");
	record->terms = (struct span){ txt.p + VERSION_BYTES, txt.n - VERSION_BYTES };
	rest = record->terms;
	while ((rc = spf_next_term(&rest, &term, err)) > 0) {
		record->count += term.kind < SPF_REDIRECT;
		record->asking += spf_kind_asks(term.kind);
		if ((term.kind == SPF_REDIRECT &&
		     keep_modifier(&record->redirect, &term, err) < 0) ||
		    (term.kind == SPF_EXP && keep_modifier(&record->exp, &term, err) < 0))
			return -1;
	}
	return rc;
}
