/* import.c - see import.h. Finds out whether it is CSV or JSON, counts, and hands on. */
#include "import/import.h"

#include "base/mem.h"
#include "import/import_private.h"

static const unsigned char mark[] = { 0xef, 0xbb, 0xbf }; /* UTF-8's byte order mark */

struct import *
import_new(const struct import_options *options)
{
	struct import *import = mem_zero(1, sizeof *import);

	import->options = *options;
	import->format = options->format;
	import->csv.line = import->csv.record_line = import->json.line = 1;
	buf_init(&import->csv.record, IMPORT_ENTRY_MAX_BYTES);
	buf_init(&import->json.object, IMPORT_ENTRY_MAX_BYTES);
	return import;
}

void
import_free(struct import **import)
{
	struct import *i = *import;

	*import = NULL;
	if (i == NULL)
		return;
	buf_deinit(&i->csv.record);
	buf_deinit(&i->json.object);
	mem_free(i);
}

/* skip_mark - takes a byte order mark off, which may come in pieces. */
static int
skip_mark(struct import *import, struct span *bytes, struct err *err)
{
	while (bytes->n > 0 && import->marks < sizeof mark) {
		unsigned char c = (unsigned char)*bytes->p;

		if (import->marks == 0 && (c == 0xff || c == 0xfe))
			return err_set(err, ERR_INPUT, 0, "the file is UTF-16: save it as UTF-8");
		if (c != mark[import->marks]) {
			if (import->marks > 0)
				return err_set(err, ERR_INPUT, 0,
				               "the file does not begin with text");
			import->marks = sizeof mark;
			return 0;
		}
		import->marks++;
		bytes->p++;
		bytes->n--;
	}
	return 0;
}

static void
find_syntax(struct import *import, struct span *bytes)
{
	for (; bytes->n > 0; bytes->p++, bytes->n--) {
		char c = *bytes->p;

		if (c == '\n') {
			import->csv.line++;
			import->json.line++;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		import->syntax = c == '{' || c == '[' ? IMPORT_IS_JSON : IMPORT_IS_CSV;
		import->csv.record_line = import->csv.line;
		return;
	}
}

int
import_feed(struct import *import, struct span bytes, struct err *err)
{
	if (skip_mark(import, &bytes, err) != 0)
		return -1;
	if (import->syntax == IMPORT_NOTHING_YET)
		find_syntax(import, &bytes);
	if (bytes.n == 0)
		return 0;
	return import->syntax == IMPORT_IS_JSON ? import_json_feed(import, bytes, err)
						: import_csv_feed(import, bytes, err);
}

int
import_end(struct import *import, struct err *err)
{
	switch (import->syntax) {
	case IMPORT_IS_JSON:
		return import_json_end(import, err);
	case IMPORT_IS_CSV:
		return import_csv_end(import, err);
	default:
		return err_set(err, ERR_INPUT, 0, "the file is empty");
	}
}

void
import_give(struct import *import, const struct import_entry *entry)
{
	import->counts.entries++;
	import->options.entry(entry, import->options.arg);
}

void
import_report(struct import *import, enum import_fault fault, uint64_t line, const char *why)
{
	import->counts.fault[fault]++;
	import->options.fault(fault, line, why, import->options.arg);
}

struct import_counts
import_counts_of(const struct import *import)
{
	return import->counts;
}

enum import_format
import_format_of(const struct import *import)
{
	return import->format;
}
