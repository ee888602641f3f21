/* fuzz_cli_suppression_parse.c - a file somebody exported elsewhere: its first line
 * may name columns, the others become entries that are whole, or are refused. */
#include <jansson.h>

#include "cli_suppression_parse.h"
#include "fuzz.h"

static void
check(json_t *entry)
{
	char *text;

	if (entry == NULL)
		return;
	must(json_is_string(json_object_get(entry, "address")));
	must(json_is_string(json_object_get(entry, "cause")));
	text = json_dumps(entry, JSON_ENSURE_ASCII); /* only valid UTF-8 can be written */
	must(text != NULL);
	free(text);
	json_decref(entry);
}

static void
try_json(const uint8_t *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL), *one;
	json_t *list = root ? cli_suppression_entries(root) : NULL;
	size_t i;

	json_array_foreach(list, i, one) {
		struct err err = { 0 };
		json_t *entry = cli_suppression_object(one, &err);

		must(entry != NULL || err.text[0] != '\0');
		check(entry);
	}
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_suppression_columns columns;
	struct span rest = fuzz_span(data, size), line = span_cut(rest, '\n', &rest);

	try_json(data, size);
	if (!cli_suppression_header(line, &columns))
		rest = fuzz_span(data, size);
	for (int f = 0; f < CLI_SUPPRESSION_FIELD_COUNT; f++)
		must(columns.of[f] >= -1 && columns.of[f] < CLI_SUPPRESSION_COLUMNS_MAX);
	while (rest.n > 0) {
		struct err err = { 0 };

		line = span_cut(rest, '\n', &rest);
		check(cli_suppression_line(line, &columns, &err));
	}
	return 0;
}
