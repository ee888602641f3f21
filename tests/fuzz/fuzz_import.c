/* fuzz_import.c - any bytes as a file of addresses, whole and cut in two: the same
 * entries and faults either way, each entry within its caps, each refusal with words. */
#include <string.h>

#include "fuzz.h"
#include "import/import.h"
#include "verdict/verdict.h"

struct seen {
	uint64_t sum, line;
};

static void
mix(struct seen *seen, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		seen->sum = (seen->sum ^ p[i]) * UINT64_C(1099511628211);
}

static void
on_entry(const struct import_entry *entry, void *arg)
{
	struct seen *seen = arg;

	must(entry->line >= seen->line && entry->reason < IMPORT_REASON_COUNT);
	must(entry->address.n >= 3 && entry->address.n <= 320);
	must(memchr(entry->address.p, '@', entry->address.n) != NULL);
	must(entry->code >= 0 && entry->code <= 999);
	must(entry->since_unix_ms >= 0 && entry->until_unix_ms >= 0);
	seen->line = entry->line;
	mix(seen, entry->address.p, entry->address.n);
	mix(seen, &entry->line, sizeof entry->line);
	mix(seen, &entry->since_unix_ms, sizeof entry->since_unix_ms);
}

static void
on_fault(enum import_fault fault, uint64_t line, const char *why, void *arg)
{
	struct seen *seen = arg;

	must(fault < IMPORT_FAULT_COUNT && line >= seen->line && why[0] != '\0');
	seen->line = line;
	mix(seen, why, strlen(why));
}

static struct seen
run(struct span file, size_t first)
{
	struct seen seen = { .sum = 1 };
	struct err err = { .kind = ERR_NONE };
	struct import_options options = { .format = IMPORT_FORMAT_COUNT, .entry = on_entry,
		                          .fault = on_fault, .arg = &seen };
	struct import *import = import_new(&options);
	struct import_counts counts;
	int rc = import_feed(import, (struct span){ file.p, first }, &err);

	if (rc == 0)
		rc = import_feed(import, (struct span){ file.p + first, file.n - first }, &err);
	if (rc == 0)
		rc = import_end(import, &err);
	must(rc == 0 || (err.kind == ERR_INPUT && err.text[0] != '\0'));
	counts = import_counts_of(import);
	mix(&seen, &counts, sizeof counts);
	mix(&seen, err.text, strlen(err.text));
	import_free(&import);
	return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = fuzz_span(data, size);
	struct seen whole, cut;

	if (size == 0)
		return 0;
	verdict_init();
	whole = run(file, size);
	cut = run(file, data[size - 1] % size);
	must(whole.sum == cut.sum && whole.line == cut.line);
	return 0;
}
