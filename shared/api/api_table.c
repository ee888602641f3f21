/* api_table.c - see api_table.h. */
#include "api/api_table.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/utf8.h"

#define GAP 2            /* columns between two cells */
#define NARROWEST 6      /* no column is cut below this */
#define READABLE 10      /* nor below this while another one can be left out instead */

struct api_table {
	const struct api_column *column;
	size_t columns;
	char **cell;         /* owned, harmless */
	size_t cells, room;
};

struct api_table *
api_table_new(const struct api_column *column, size_t columns)
{
	struct api_table *table = mem_zero(1, sizeof *table);

	must(columns > 0);
	table->column = column;
	table->columns = columns;
	return table;
}

void
api_table_free(struct api_table **table)
{
	struct api_table *gone = *table;

	if (!gone)
		return;
	*table = NULL;
	for (size_t i = 0; i < gone->cells; i++)
		mem_free(gone->cell[i]);
	mem_free(gone->cell);
	mem_free(gone);
}

static char *
harmless_copy(const char *text)
{
	struct span in = span_of(text ? text : "");
	struct buf out;
	size_t n;

	buf_init(&out, in.n * 12 + 16);
	utf8_harmless(in, &out);
	return buf_take(&out, &n);
}

void
api_table_add(struct api_table *table, const char *cell)
{
	if (table->cells == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		table->cell = mem_resize(table->cell, table->room * sizeof *table->cell);
	}
	table->cell[table->cells++] = harmless_copy(cell);
}

size_t
api_table_rows(const struct api_table *table)
{
	return table->cells / table->columns;
}

void
api_table_put_csv(FILE *to, struct span cell)
{
	bool quoted = false;

	for (size_t i = 0; i < cell.n; i++)
		quoted |= cell.p[i] == ',' || cell.p[i] == '"' || cell.p[i] == '\n';
	if (!quoted) {
		api_text_put(to, cell);
		return;
	}
	fputc('"', to);
	for (struct span rest = cell; rest.n;) {
		struct span part = span_cut(rest, '"', &rest);

		api_text_put(to, part);
		if (part.p + part.n < cell.p + cell.n)
			fputs("\"\"", to);
	}
	fputc('"', to);
}

void
api_table_put_tsv(FILE *to, struct span cell)
{
	api_text_put(to, cell); /* makes tabs and newlines spaces */
}

static void
print_plain_row(const struct api_table *table, size_t row, bool is_csv, FILE *to)
{
	for (size_t c = 0; c < table->columns; c++) {
		struct span cell = span_of(row == SIZE_MAX ? table->column[c].header :
		                           table->cell[row * table->columns + c]);

		if (c > 0)
			fputc(is_csv ? ',' : '\t', to);
		if (is_csv)
			api_table_put_csv(to, cell);
		else
			api_table_put_tsv(to, cell);
	}
	fputc('\n', to);
}

static void
print_plain(const struct api_table *table, const struct api_table_options *options, FILE *to)
{
	bool is_csv = options->style == API_TABLE_CSV;

	if (options->has_header)
		print_plain_row(table, SIZE_MAX, is_csv, to);
	for (size_t row = 0; row < api_table_rows(table); row++)
		print_plain_row(table, row, is_csv, to);
}

#define HIDDEN (-1)      /* as a width */

/* how far cells are cut; in this order */
enum cut { CUT_NOTHING, CUT_TEXT, CUT_NAMES_TOO, CUT_TEXT_MORE, CUT_NAMES_MORE };

/* least - the width below which this column is not cut. */
static int
least(const struct api_column *column, int width, enum cut cut)
{
	int narrowest = cut >= (column->keeps ? CUT_NAMES_MORE : CUT_TEXT_MORE) ? NARROWEST
									       : READABLE;

	if (column->is_right || column->is_whole || width < narrowest ||
	    cut < (column->keeps ? CUT_NAMES_TOO : CUT_TEXT))
		return width;
	return narrowest;
}

static int
width_of(const struct api_table *table, const int *width, enum cut cut)
{
	int sum = -GAP;

	for (size_t c = 0; c < table->columns; c++)
		if (width[c] != HIDDEN)
			sum += GAP + least(&table->column[c], width[c], cut);
	return sum;
}

/* drop_to - leave out columns that may be, the last one first, until the rest
 * can be read. On a screen too narrow even so others follow them, and what
 * tells one row from another last: a line that wraps is worth less. */
static void
drop_to(const struct api_table *table, int *width, int most)
{
	for (size_t c = table->columns; c-- > 0 && width_of(table, width, CUT_TEXT) > most;)
		if (table->column[c].drops)
			width[c] = HIDDEN;
	for (size_t c = table->columns; c-- > 1 && width_of(table, width, CUT_NAMES_TOO) > most;)
		if (!table->column[c].keeps)
			width[c] = HIDDEN;
	for (size_t c = table->columns; c-- > 1 && width_of(table, width, CUT_NAMES_MORE) > most;)
		width[c] = HIDDEN;
}

/* narrow_to - take columns off the widest cells that may be cut, until the row fits. */
static void
narrow_to(const struct api_table *table, int *width, int most)
{
	int sum = width_of(table, width, CUT_NOTHING);

	for (enum cut cut = CUT_TEXT; cut <= CUT_NAMES_MORE; cut++) {
		while (sum > most) {
			size_t widest = SIZE_MAX;

			for (size_t c = 0; c < table->columns; c++)
				if (width[c] > least(&table->column[c], width[c], cut) &&
				    (widest == SIZE_MAX || width[c] > width[widest]))
					widest = c;
			if (widest == SIZE_MAX)
				break;
			width[widest]--;
			sum--;
		}
	}
}

static void
put_cell(const struct api_column *column, const char *text, int width, FILE *to)
{
	struct buf fitted;
	int pad;

	buf_init(&fitted, strlen(text) + 8);
	api_text_fit(span_of(text), width, column->cut, &fitted);
	pad = width - api_text_width(buf_span(&fitted));
	if (column->is_right)
		fprintf(to, "%*s", pad, "");
	if (fitted.len)
		fwrite(buf_data(&fitted), 1, fitted.len, to);
	if (!column->is_right)
		fprintf(to, "%*s", pad, "");
	buf_deinit(&fitted);
}

/* put_row - row SIZE_MAX is the header. The last cell is not filled up. */
static void
put_row(const struct api_table *table, const int *width, size_t row, FILE *to)
{
	size_t last = table->columns;
	bool is_first = true;

	while (last > 1 && width[last - 1] == HIDDEN)
		last--;
	for (size_t c = 0; c < last; c++) {
		const char *text = row == SIZE_MAX ? table->column[c].header :
			table->cell[row * table->columns + c];
		int natural = api_text_width(span_of(text));

		if (width[c] == HIDDEN)
			continue;
		fprintf(to, "%*s", is_first ? 0 : GAP, "");
		is_first = false;
		put_cell(&table->column[c], text, c + 1 == last && natural < width[c] &&
		         !table->column[c].is_right ? natural : width[c], to);
	}
}

static void
print_aligned(const struct api_table *table, const struct api_table_options *options, FILE *to)
{
	int *width = mem_zero(table->columns, sizeof *width);

	for (size_t c = 0; c < table->columns && options->has_header; c++)
		width[c] = api_text_width(span_of(table->column[c].header));
	for (size_t i = 0; i < table->cells; i++) {
		int columns = api_text_width(span_of(table->cell[i]));

		if (columns > width[i % table->columns])
			width[i % table->columns] = columns;
	}
	if (options->width > 0) {
		drop_to(table, width, options->width);
		narrow_to(table, width, options->width);
	}
	if (options->has_header) {
		fputs(options->is_bold ? "\033[1m" : "", to);
		put_row(table, width, SIZE_MAX, to);
		fputs(options->is_bold ? "\033[0m\n" : "\n", to);
	}
	for (size_t row = 0; row < api_table_rows(table); row++) {
		put_row(table, width, row, to);
		fputc('\n', to);
	}
	mem_free(width);
}

void
api_table_print(const struct api_table *table, const struct api_table_options *options, FILE *to)
{
	if (options->style == API_TABLE_ALIGNED)
		print_aligned(table, options, to);
	else
		print_plain(table, options, to);
}
