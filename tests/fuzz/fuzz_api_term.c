/* fuzz_api_term.c - a line of search terms: refused with words, or terms whose
 * values lie within the line and whose numbers are what their keys promise. */
#include "api/api_term.h"
#include "fuzz.h"

#define NOW_MS INT64_C(1764000000000)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = fuzz_span(data, size);
	struct api_terms terms = { .count = 0 };
	struct err err;

	if (api_terms_parse(line, NOW_MS, &terms, &err) < 0) {
		must(err.text[0] != '\0');
		return 0;
	}
	must(terms.count <= API_TERMS_MAX);
	for (size_t i = 0; i < terms.count; i++) {
		const struct api_term *term = &terms.term[i];

		must(term->key < API_TERM_KEY_COUNT && term->value.n <= API_TERM_VALUE_MAX_BYTES);
		must(fuzz_inside(term->value, line));
		if (term->key == API_TERM_CODE)
			must(term->number >= 200 && term->number <= 599);
	}
	return 0;
}
