/* import_csv.c - see import_private.h: RFC 4180, with what is about: commas, semicolons
 * or tabs (whichever comes first outside quotes), LF or CR LF, line ends inside quotes.
 * A quote that is never closed costs what lies within the cap, and the rest of the line
 * the cap falls in. */
#include <stdio.h>
#include "import/import_private.h"

static void
end_field(struct import_csv *csv)
{
	if (csv->fields == IMPORT_COLUMNS_MAX)
		csv->has_too_many = true;
	else
		csv->end[csv->fields++] = csv->record.len;
}

static size_t
split(struct import_csv *csv, struct span field[IMPORT_COLUMNS_MAX])
{
	struct span record = buf_span(&csv->record);
	size_t begin = 0;

	for (size_t i = 0; i < csv->fields; i++) {
		field[i] = span_trim((struct span){ record.p + begin, csv->end[i] - begin });
		begin = csv->end[i];
	}
	return csv->fields;
}

/* read_head - the first record: names of columns, or an address already. Returns 1: it is
 * an entry itself. */
static int
read_head(struct import *import, const struct span *field, size_t fields, struct err *err)
{
	static const int by_place[] = { IMPORT_FIELD_ADDRESS, IMPORT_FIELD_REASON,
		                        IMPORT_FIELD_SINCE };
	struct import_csv *csv = &import->csv;
	enum import_format wanted = import->format;
	enum import_format found = import_shape_find(field, fields, wanted);
	bool is_plain = wanted == IMPORT_PLAIN || wanted == IMPORT_FORMAT_COUNT;

	csv->is_headed = true;
	for (int i = 0; i < IMPORT_COLUMNS_MAX; i++)
		csv->field_of[i] = -1;
	if (found != IMPORT_FORMAT_COUNT) {
		import->format = found;
		for (size_t i = 0; i < fields; i++)
			csv->field_of[i] = import_shape_field(found, field[i]);
		return 0;
	}
	if (!is_plain || fields == 0 || field[0].n == 0 || !memchr(field[0].p, '@', field[0].n))
		return err_set(err, ERR_INPUT, 0,
		               "line %llu has to name the columns: %s%s",
		               (unsigned long long)csv->record_line, import_shape_needs(wanted),
		               is_plain ? ", or begin with an address" : "");
	import->format = IMPORT_PLAIN;
	memcpy(csv->field_of, by_place, sizeof by_place);
	return 1;
}

static void
give_record(struct import *import, const struct span *field, size_t fields)
{
	const struct import_csv *csv = &import->csv;
	struct import_row row = { .line = csv->record_line };

	for (size_t i = 0; i < IMPORT_COLUMNS_MAX; i++) {
		if (csv->field_of[i] < 0)
			continue;
		row.has[csv->field_of[i]] = true;
		if (i < fields && row.value[csv->field_of[i]].n == 0)
			row.value[csv->field_of[i]] = field[i];
	}
	import_judge(import, &row);
}

static int
end_record(struct import *import, struct err *err)
{
	struct import_csv *csv = &import->csv;
	struct span field[IMPORT_COLUMNS_MAX];
	size_t fields;
	int is_entry = 1;

	end_field(csv);
	fields = split(csv, field);
	if (csv->has_too_many) {
		import_report(import, IMPORT_BAD, csv->record_line, "more than 64 columns");
	} else if (fields > 1 || field[0].n > 0) { /* else: an empty line */
		if (!csv->is_headed)
			is_entry = read_head(import, field, fields, err);
		if (is_entry > 0)
			give_record(import, field, fields);
	}
	buf_clear(&csv->record);
	csv->fields = 0;
	csv->has_too_many = false;
	csv->state = IMPORT_CSV_START;
	csv->record_line = csv->line + 1;
	return is_entry < 0 ? -1 : 0;
}

static void
drop_record(struct import *import)
{
	struct import_csv *csv = &import->csv;
	char why[100] = "longer than 65536 bytes";

	if (csv->state == IMPORT_CSV_QUOTED)
		snprintf(why, sizeof why,
		         "a quote is opened and not closed: nothing was read up to line %llu",
		         (unsigned long long)csv->line);
	import_report(import, IMPORT_BAD, csv->record_line, why);
	buf_clear(&csv->record);
	csv->fields = 0;
	csv->has_too_many = false;
	csv->state = IMPORT_CSV_DROPPING;
}

static void
keep(struct import *import, char c)
{
	if (buf_append(&import->csv.record, &c, 1) != 0)
		drop_record(import);
}

static bool
is_separator(struct import_csv *csv, char c)
{
	if (csv->separator == 0 && (c == ',' || c == ';' || c == '\t'))
		csv->separator = c;
	return c == csv->separator && c != '\0';
}

static int
take_unquoted(struct import *import, char c, struct err *err)
{
	struct import_csv *csv = &import->csv;

	if (c == '\n')
		return end_record(import, err);
	if (is_separator(csv, c)) {
		end_field(csv);
		csv->state = IMPORT_CSV_START;
	} else if (c == '"' && csv->state == IMPORT_CSV_START) {
		csv->state = IMPORT_CSV_QUOTED;
	} else {
		csv->state = IMPORT_CSV_BARE;
		keep(import, c);
	}
	return 0;
}

static int
take(struct import *import, char c, struct err *err)
{
	struct import_csv *csv = &import->csv;

	switch (csv->state) {
	case IMPORT_CSV_QUOTED:
		if (c == '"')
			csv->state = IMPORT_CSV_QUOTE_IN_QUOTED;
		else
			keep(import, c);
		return 0;
	case IMPORT_CSV_QUOTE_IN_QUOTED:
		if (c != '"')
			return take_unquoted(import, c, err);
		csv->state = IMPORT_CSV_QUOTED;
		keep(import, c);
		return 0;
	case IMPORT_CSV_DROPPING:
		if (c == '\n') {
			csv->state = IMPORT_CSV_START;
			csv->record_line = csv->line + 1;
		}
		return 0;
	default:
		return take_unquoted(import, c, err);
	}
}

int
import_csv_feed(struct import *import, struct span bytes, struct err *err)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (take(import, bytes.p[i], err) != 0)
			return -1;
		import->csv.line += bytes.p[i] == '\n';
	}
	return 0;
}

int
import_csv_end(struct import *import, struct err *err)
{
	struct import_csv *csv = &import->csv;

	if (csv->state == IMPORT_CSV_QUOTED) {
		drop_record(import);
		return err_set(err, ERR_INPUT, 0, "the file ends within quotes opened in line %llu",
		               (unsigned long long)csv->record_line);
	}
	if (csv->state == IMPORT_CSV_DROPPING || (csv->record.len == 0 && csv->fields == 0))
		return 0;
	return end_record(import, err);
}
