/* fuzz_spf_parse.c - any TXT value as an SPF record: what is read lies inside it, and what passed
 * the grammar can be expanded. */
#include "fuzz.h"

#include "policy/spf_macro.h"
#include "policy/spf_parse.h"

static void
expand(struct span spec, enum spf_macro_place place)
{
	const struct spf_macro_values values = {
		.local = SPAN_LIT("a.b-c"),
		.sender_domain = SPAN_LIT("x.example"),
		.domain = SPAN_LIT("d.x.example"),
		.helo = SPAN_LIT("h.example"),
		.validated = SPAN_LIT("unknown"),
		.receiver = SPAN_LIT("r.example"),
		.dotted = "192.0.2.3",
		.readable = "192.0.2.3",
		.now_unix_sec = 1,
	};
	struct buf out;

	buf_init(&out, SPF_EXPANDED_MAX);
	if (spf_macro_expand(spec, &values, &out) == 0) {
		struct span fit = spf_macro_fit(buf_span(&out));

		must(fuzz_inside(fit, buf_span(&out)));
		must(place == SPF_MACRO_EXPLANATION || fit.n <= SPF_NAME_MAX ||
		     memchr(fit.p, '.', fit.n) == NULL);
	}
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size), rest;
	struct spf_record record;
	struct spf_term term;
	struct err err;
	size_t count = 0;

	if (spf_macro_check(text, SPF_MACRO_EXPLANATION, &err) == 0)
		expand(text, SPF_MACRO_EXPLANATION);
	if (spf_parse(text, &record, &err) < 0)
		return 0;
	must(spf_is_record(text));
	must(fuzz_inside(record.redirect, text) && fuzz_inside(record.exp, text));
	rest = record.terms;
	while (spf_next_term(&rest, &term, &err) > 0) {
		must(term.text.n > 0 && fuzz_inside(term.text, text));
		must(fuzz_inside(term.spec, term.text));
		must(term.kind != SPF_A || (term.prefix4 <= 32 && term.prefix6 <= 128));
		count += term.kind < SPF_REDIRECT;
		if (term.spec.n > 0)
			expand(term.spec, SPF_MACRO_DOMAIN);
	}
	must(rest.n == 0 && count == record.count);
	return 0;
}
