/* fuzz_tls_record.c - any TXT value as an MTA-STS or TLS report record. */
#include "fuzz.h"

#include "policy/tls_record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size), value;
	struct err err = { .text = "" };

	if (tls_record_parse_sts(text, &value, &err) == 0)
		must(tls_record_is_sts(text) && value.n > 0 && value.n <= 32 &&
		     fuzz_inside(value, text));
	else
		must(err.text[0] != '\0');
	err.text[0] = '\0';
	if (tls_record_parse_report(text, &value, &err) == 0)
		must(tls_record_is_report(text) && value.n > 0 && fuzz_inside(value, text));
	else
		must(err.text[0] != '\0');
	return 0;
}
