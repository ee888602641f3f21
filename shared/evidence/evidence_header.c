/* evidence_header.c - results in the header of a message that arrived: Authentication-
 * Results (RFC 8601 s2.2) and Received-SPF (RFC 7208 s9.1).
 *
 * Believed is the server whose field stands first: the receiver's own are on top, and by
 * RFC 8601 s5 it has removed what others wrote in its name. Results of other servers are
 * skipped. Received-SPF counts when the believed server said nothing of SPF; the address
 * it names is where the mail came from. Comments may be nested, as everywhere. */
#include "evidence/evidence.h"

#include <errno.h>
#include <string.h>

#define HEADER_MAX (256 << 10)
#define FIELDS_MAX 1000
#define VALUE_MAX (16 << 10) /* of a field that is looked at */
#define NEST_MAX 10
#define RESULTS_MAX 50       /* of all fields */

struct reading {
	struct evidence_origin *origin;
	evidence_fn fn;
	void *arg;
	size_t results;
	bool has_spf;
	char source[64];
	char spf_domain[EVIDENCE_NAME_SIZE]; /* of the first Received-SPF ... */
	bool has_received, has_received_passed;
	char receiver[EVIDENCE_NAME_SIZE];
};

/* ---- a field -------------------------------------------------------------------------------- */

/* take_field - one with its folded lines off *rest; false: the header is over. */
static bool
take_field(struct span *rest, struct span *name_out, struct span *value_out)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	struct span field;

	if (rest->n == 0 || *p == '\r' || *p == '\n')
		return false;
	do {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));

		p = line_end ? line_end + 1 : end;
	} while (p < end && (*p == ' ' || *p == '\t'));
	field = (struct span){ rest->p, (size_t)(p - rest->p) };
	*rest = (struct span){ p, (size_t)(end - p) };
	*name_out = span_trim(span_cut(field, ':', value_out));
	return true;
}

/* clean - the value without comments and quotes, spaces for folds; what would separate words
 * or results within quotes does not. false: too long, or comments that do not end. */
static bool
clean(struct span value, char out[VALUE_MAX], struct span *clean_out)
{
	size_t n = 0;
	int nest = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\\' && (is_quoted || nest > 0) && i + 1 < value.n) {
			i++; /* the next stands for itself: in names of ours it never does */
			continue;
		}
		if (c == '"' && nest == 0)
			is_quoted = !is_quoted;
		else if (c == '(' && !is_quoted && ++nest > NEST_MAX)
			return false;
		else if (c == ')' && nest > 0)
			nest--;
		else if (nest == 0) {
			if (n + 1 >= VALUE_MAX)
				return false;
			if ((unsigned char)c < ' ')
				c = ' ';
			out[n++] = is_quoted && (c == ' ' || c == ';') ? '_' : c;
		}
	}
	*clean_out = span_trim((struct span){ out, n });
	return nest == 0;
}

static struct span
take_word(struct span *rest)
{
	struct span word;

	*rest = span_trim(*rest);
	word = span_cut(*rest, ' ', rest);
	*rest = span_trim(*rest);
	return word;
}

static void
copy(char *to, size_t size, struct span text)
{
	size_t n = text.n < size ? text.n : 0; /* too long: nothing of it */

	if (n > 0)
		memcpy(to, text.p, n);
	to[n] = '\0';
}

static void
copy_domain(char to[EVIDENCE_NAME_SIZE], struct span address)
{
	for (size_t i = address.n; i-- > 0;)
		if (address.p[i] == '@') {
			address = (struct span){ address.p + i + 1, address.n - i - 1 };
			break;
		}
	copy(to, EVIDENCE_NAME_SIZE, address);
}

/* ---- Authentication-Results ----------------------------------------------------------------- */

static const struct {
	const char *method, *property[2]; /* which one names the domain */
} methods[] = {
	[EVIDENCE_SPF] = { "spf", { "smtp.mailfrom", "smtp.helo" } },
	[EVIDENCE_DKIM] = { "dkim", { "header.d", "header.i" } },
	[EVIDENCE_DMARC] = { "dmarc", { "header.from", "header.from" } },
};

static void
tell(struct reading *reading, enum evidence_what what, bool has_passed, const char *domain)
{
	if (reading->results++ >= RESULTS_MAX)
		return;
	reading->has_spf |= what == EVIDENCE_SPF;
	reading->fn(&(struct evidence_item){ what, has_passed, 1, domain, reading->source },
		    reading->arg);
}

/* take_result - "dkim=pass header.d=x.example header.s=s1" */
static void
take_result(struct reading *reading, struct span text)
{
	char domain[EVIDENCE_NAME_SIZE] = "";
	struct span result, method = span_cut(take_word(&text), '=', &result);
	size_t what = 0;

	method = span_cut(method, '/', &(struct span){ 0 }); /* a version */
	while (what < EVIDENCE_WHAT_COUNT
	       && !span_equals_nocase(method, span_of(methods[what].method)))
		what++;
	/* "none" is no result: nothing was there to be judged */
	if (what == EVIDENCE_WHAT_COUNT || result.n == 0
	    || span_equals_nocase(result, span_of("none")))
		return;
	for (size_t i = 0; i < 2 && *domain == '\0'; i++) {
		struct span rest = text;

		while (rest.n > 0 && *domain == '\0') {
			struct span value, property = span_cut(take_word(&rest), '=', &value);

			if (span_equals_nocase(property, span_of(methods[what].property[i])))
				copy_domain(domain, value);
		}
	}
	tell(reading, (enum evidence_what)what, span_equals_nocase(result, span_of("pass")),
	     domain);
}

static void
take_results(struct reading *reading, struct span value)
{
	struct span rest, head = span_cut(value, ';', &rest), id = take_word(&head);

	if (id.n == 0 || id.n >= EVIDENCE_NAME_SIZE)
		return;
	if (reading->origin->by[0] == '\0')
		copy(reading->origin->by, sizeof reading->origin->by, id);
	else if (!span_equals_nocase(id, span_of(reading->origin->by)))
		return; /* another server's: perhaps the sender's invention */
	while (rest.n > 0)
		take_result(reading, span_cut(rest, ';', &rest));
}

/* ---- Received-SPF --------------------------------------------------------------------------- */

/* "pass client-ip=192.0.2.1; envelope-from=a@x.example; receiver=mx.y.example;" */
static void
take_received(struct reading *reading, struct span value)
{
	struct span result = take_word(&value);

	if (reading->has_received || result.n == 0)
		return;
	reading->has_received = true;
	reading->has_received_passed = span_equals_nocase(result, span_of("pass"));
	while (value.n > 0) {
		struct span text, key, pair = span_trim(span_cut(value, ';', &value));

		key = span_trim(span_cut(pair, '=', &text));
		text = span_trim(text);
		if (span_equals_nocase(key, span_of("client-ip")))
			copy(reading->source, sizeof reading->source, text);
		else if (span_equals_nocase(key, span_of("envelope-from")))
			copy_domain(reading->spf_domain, text);
		else if (span_equals_nocase(key, span_of("receiver")))
			copy(reading->receiver, sizeof reading->receiver, text);
	}
}

/* ---- the header ----------------------------------------------------------------------------- */

/* walk - each field of that name, without comments. */
static void
walk(struct reading *reading, struct span header, const char *wanted,
     void (*take)(struct reading *reading, struct span value))
{
	char text[VALUE_MAX];
	struct span name, value, cleaned;

	for (size_t i = 0; i < FIELDS_MAX && take_field(&header, &name, &value); i++)
		if (span_equals_nocase(name, span_of(wanted)) && clean(value, text, &cleaned))
			take(reading, cleaned);
}

int
evidence_header_read(struct span header, struct evidence_origin *origin_out, evidence_fn fn,
		     void *arg, struct err *err)
{
	struct reading reading = { .origin = origin_out, .fn = fn, .arg = arg };

	*origin_out = (struct evidence_origin){ .by = "" };
	if (header.n > HEADER_MAX)
		header.n = HEADER_MAX; /* a whole message: its header is what comes first */
	walk(&reading, header, "Received-SPF", take_received);
	walk(&reading, header, "Authentication-Results", take_results);
	if (reading.has_received && !reading.has_spf) {
		if (origin_out->by[0] == '\0')
			copy(origin_out->by, sizeof origin_out->by, span_of(reading.receiver));
		tell(&reading, EVIDENCE_SPF, reading.has_received_passed, reading.spf_domain);
	}
	if (reading.results > 0)
		return 0;
	return err_set(err, ERR_INPUT, ENOENT,
		       "no field Authentication-Results or Received-SPF says anything of SPF, DKIM "
		       "or DMARC: paste the header as the receiving mailbox shows it (\"show "
		       "original\"), from its first line");
}
