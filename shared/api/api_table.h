/* api_table.h - rows under headers: aligned for a terminal, or TSV or CSV.
 *
 * Cells are copied and made harmless; widths count columns, not bytes, so CJK
 * and IDN names line up. On a terminal wide text is cut (ids in the middle,
 * replies at the right); TSV and CSV are never cut. One thread. */
#ifndef API_API_TABLE_H
#define API_API_TABLE_H

#include <stdbool.h>
#include <stdio.h>
#include "api/api_text.h"

struct api_column {
	const char *header;  /* "OLDEST" */
	bool is_right;       /* numbers */
	bool keeps;          /* the identity column: cut last */
	bool drops;          /* left out where there is no room for all, the last one first */
	bool is_whole;       /* a time: half of one says nothing. Left out sooner than cut */
	enum api_cut cut;
};

enum api_table_style { API_TABLE_ALIGNED, API_TABLE_TSV, API_TABLE_CSV };

struct api_table_options {
	enum api_table_style style;
	bool has_header;
	bool is_bold;        /* header in bold (ALIGNED) */
	int width;           /* columns to fit into; 0: as wide as it gets (ALIGNED) */
};

struct api_table;

/* api_table_new - column is borrowed. Returns owned. */
struct api_table *api_table_new(const struct api_column *column, size_t columns);
void api_table_free(struct api_table **table);
/* api_table_add - one cell, row by row, left to right. NULL and "" are empty cells. */
void api_table_add(struct api_table *table, const char *cell);
size_t api_table_rows(const struct api_table *table);
void api_table_print(const struct api_table *table, const struct api_table_options *options,
                     FILE *to);
/* api_table_put_csv / _tsv - one cell in that style's quoting, harmless. */
void api_table_put_csv(FILE *to, struct span cell);
void api_table_put_tsv(FILE *to, struct span cell);

#endif
