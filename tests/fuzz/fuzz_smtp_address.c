/* fuzz_smtp_address.c - a mailbox: parts add up, and its key is its own key. */
#include "fuzz.h"
#include "smtp/smtp_address.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	char key[SMTP_ADDRESS_KEY_SIZE], again[SMTP_ADDRESS_KEY_SIZE];
	char ascii[SMTP_DOMAIN_MAX + 1];
	struct smtp_address address;
	struct err err;

	if (smtp_domain_ascii(text, ascii, &err) == 0 && ascii[0] != '[')
		must(smtp_domain_is_valid(span_of(ascii)));
	if (smtp_address_parse(text, &address, &err) < 0) {
		must(err.kind == ERR_INPUT && err.text[0] != '\0');
		must(smtp_address_key(text, key, &err) < 0);
		return 0;
	}
	must(address.local.p == text.p && address.local.n <= SMTP_LOCAL_MAX);
	must(address.local.n + 1 + address.domain.n == text.n && text.p[address.local.n] == '@');
	must(smtp_address_key(text, key, &err) == 0);
	/* A-labels are longer: a key can be too long for an address */
	if (smtp_address_key(span_of(key), again, &err) == 0)
		must(span_is(span_of(again), key));
	return 0;
}
