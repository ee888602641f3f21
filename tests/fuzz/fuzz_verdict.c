/* fuzz_verdict.c - any bytes as a reply: a category of the twenty, a scope, a wait of a
 * day at most; nobody suppressed but by a permanent failure of the recipient; and a
 * template that is text, short, and the same for the same reply. */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "verdict/verdict.h"
#include "verdict/verdict_template.h"

static void
try_template(struct span reply)
{
	char text[VERDICT_TEMPLATE_SIZE], again[VERDICT_TEMPLATE_SIZE];
	size_t n = verdict_template(reply, text);

	must(n < sizeof text && strlen(text) == n);
	must(utf8_is_valid((struct span){ text, n }));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)text[i] >= ' ');
	must(verdict_template(reply, again) == n && memcmp(text, again, n) == 0);
	must(verdict_template_id(text) == verdict_template_id(again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span raw = fuzz_span(data, size);
	struct verdict_input input;
	struct verdict verdict;

	verdict_init();
	verdict_parse_reply(raw, &input);
	must(fuzz_inside(input.text, raw));
	verdict_judge(NULL, &input, &verdict);
	must(verdict.category > VERDICT_NONE && verdict.category < VERDICT_CATEGORY_COUNT);
	must(verdict.scope < VERDICT_SCOPE_COUNT);
	must(verdict.retry_after_sec >= 0 && verdict.retry_after_sec <= 86400);
	must(!verdict.suppresses ||
	     (verdict.permanent && verdict.scope == VERDICT_SCOPE_RECIPIENT));
	try_template(raw);
	return 0;
}
