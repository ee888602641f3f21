/* fuzz_verdict_file.c - a file of rules: refused with its line, or a set that judges. */
#include <string.h>

#include "base/err.h"
#include "fuzz.h"
#include "verdict/verdict.h"
#include "verdict/verdict_rules.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct verdict_source source = { "f", fuzz_span(data, size) };
	struct verdict_rules *rules;
	struct verdict_input input;
	struct verdict verdict;
	struct err err = { 0 };

	verdict_init();
	rules = verdict_rules_new(&source, 1, &err);
	if (rules == NULL) {
		must(err.kind == ERR_INPUT && strncmp(err.text, "f:", 2) == 0);
		return 0;
	}
	must(verdict_rules_count(rules) > 0);
	verdict_parse_reply(source.text, &input);
	verdict_judge(rules, &input, &verdict);
	must(verdict.category != VERDICT_NONE);
	verdict_rules_unref(&rules);
	return 0;
}
