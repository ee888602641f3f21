/* fuzz_evidence.c - any bytes as a pasted header, a DMARC report, or a packed one: every
 * result has names within their caps and a count, each refusal has words, and the same
 * bytes say the same again. */
#include <string.h>

#include "evidence/evidence.h"
#include "fuzz.h"

struct seen {
	uint64_t items, messages, bytes;
};

static void
on_item(const struct evidence_item *item, void *arg)
{
	struct seen *seen = arg;

	must(item->what < EVIDENCE_WHAT_COUNT && item->messages > 0);
	must(strlen(item->domain) < EVIDENCE_NAME_SIZE && strlen(item->source) < 64);
	seen->items++;
	seen->messages += item->messages;
	seen->bytes += strlen(item->domain) + strlen(item->source);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { (const char *)data, size };
	struct seen first = { 0 }, again = { 0 };
	struct evidence_origin origin;
	struct err err = { .text = "" };
	int rc = evidence_read(file, &origin, on_item, &first, &err);

	must(rc == 0 || err.text[0] != '\0');
	must(strlen(origin.by) < sizeof origin.by && strlen(origin.report) < sizeof origin.report);
	must(evidence_read(file, &origin, on_item, &again, &err) == rc);
	must(first.items == again.items && first.messages == again.messages &&
	     first.bytes == again.bytes);
	return 0;
}
