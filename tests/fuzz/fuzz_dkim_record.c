/* fuzz_dkim_record.c - any TXT value as a DKIM key: no byte beyond it is read, and what is said of
 * a key fits its kind. */
#include "fuzz.h"

#include "policy/dkim_record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dkim_record record;
	struct err err = { .text = "" };

	if (dkim_record_parse(fuzz_span(data, size), &record, &err) < 0) {
		must(err.text[0] != '\0');
		return 0;
	}
	must(record.key_bytes <= DKIM_RECORD_KEY_MAX);
	must(record.is_revoked == (record.key_bytes == 0) || record.kind == DKIM_RECORD_OTHER);
	must(record.kind != DKIM_RECORD_ED25519 || record.is_revoked || record.key_bytes == 32);
	must(record.kind != DKIM_RECORD_RSA || record.is_revoked || record.bits > 0);
	must(dkim_record_is_same_key(&record, &record));
	return 0;
}
