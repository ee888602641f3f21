/* tui_canvas.c - see tui_canvas.h. */
#include "tui_canvas.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "api/api_text.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utf8.h"

#define TEXT_MAX_BYTES ((size_t)4 << 10) /* more than any row shows is not even looked at */

/* what stands for our own signs where only ASCII can be shown; all one column */
static const struct {
	uint32_t rune;
	char ascii;
} ascii_forms[] = {
	{ 0x2022, '*' } /* bullet */,        { 0x2026, '~' } /* ellipsis */,
	{ 0x2014, '-' } /* long dash */,     { 0x2190, '<' } /* arrows */,
	{ 0x2191, '^' },                     { 0x2192, '>' },
	{ 0x2193, 'v' },                     { 0x23ce, '>' } /* return */,
	{ 0x2260, '!' } /* not equal */,     { 0x23f8, '=' } /* pause */,
	{ 0x2500, '-' } /* lines */,
	{ 0x2502, '|' },                     { 0x250c, '+' } /* corners */,
	{ 0x2510, '+' },                     { 0x2514, '+' },
	{ 0x2518, '+' },                     { 0x2581, '_' } /* blocks, 1/8 to 8/8 */,
	{ 0x2582, '.' },                     { 0x2583, ',' },
	{ 0x2584, ':' },                     { 0x2585, '-' },
	{ 0x2586, '=' },                     { 0x2587, '+' },
	{ 0x2588, '#' },                     { 0x2591, '.' } /* an empty bar */,
	{ 0x25b2, '^' } /* triangles */,
	{ 0x25b6, '>' },                     { 0x25b8, '>' },
	{ 0x25bc, 'v' },                     { 0x25cb, 'o' } /* circles */,
	{ 0x25cf, '*' },
};

static int
rune_width(uint32_t rune)
{
	int columns = wcwidth((wchar_t)rune);

	return columns >= 0 ? columns : 1; /* the C locale knows ASCII only */
}

static uint32_t
ascii_of(uint32_t rune)
{
	for (size_t i = 0; i < sizeof ascii_forms / sizeof *ascii_forms; i++)
		if (ascii_forms[i].rune == rune)
			return (unsigned char)ascii_forms[i].ascii;
	return '?';
}

void
tui_canvas_init(struct tui_canvas *canvas, int height, int width, bool is_ascii)
{
	must(height > 0 && width > 0);
	*canvas = (struct tui_canvas){ .height = height, .width = width, .is_ascii = is_ascii };
	canvas->cell = mem_zero((size_t)height * (size_t)width, sizeof *canvas->cell);
	tui_canvas_clear(canvas);
}

void
tui_canvas_deinit(struct tui_canvas *canvas)
{
	mem_free_wiped(canvas->cell); /* a new password may be on it */
	canvas->cell = NULL;
}

void
tui_canvas_clear(struct tui_canvas *canvas)
{
	size_t cells = (size_t)canvas->height * (size_t)canvas->width;

	for (size_t i = 0; i < cells; i++)
		canvas->cell[i] = (struct tui_cell){ .rune = { ' ' } };
	canvas->cursor_row = canvas->cursor_col = -1;
}

bool
tui_canvas_is_same(const struct tui_canvas *a, const struct tui_canvas *b)
{
	size_t cells = (size_t)a->height * (size_t)a->width;

	if (a->height != b->height || a->width != b->width || a->cursor_row != b->cursor_row ||
	    a->cursor_col != b->cursor_col)
		return false;
	for (size_t i = 0; i < cells; i++)
		if (memcmp(a->cell[i].rune, b->cell[i].rune, sizeof a->cell[i].rune) != 0 ||
		    a->cell[i].style != b->cell[i].style)
			return false;
	return true;
}

void
tui_canvas_copy(struct tui_canvas *to, const struct tui_canvas *from)
{
	size_t bytes = (size_t)from->height * (size_t)from->width * sizeof *from->cell;

	if (to->height != from->height || to->width != from->width) {
		tui_canvas_deinit(to);
		tui_canvas_init(to, from->height, from->width, from->is_ascii);
	}
	memcpy(to->cell, from->cell, bytes);
	to->cursor_row = from->cursor_row;
	to->cursor_col = from->cursor_col;
}

struct tui_area
tui_canvas_area(struct tui_canvas *canvas)
{
	return (struct tui_area){ canvas, 0, 0, canvas->height, canvas->width };
}

void
tui_canvas_print(const struct tui_canvas *canvas, struct buf *out)
{
	char bytes[4];

	for (int row = 0; row < canvas->height; row++) {
		for (int col = 0; col < canvas->width; col++) {
			const struct tui_cell *cell = &canvas->cell[row * canvas->width + col];

			for (int i = 0; i < TUI_CELL_RUNES && cell->rune[i]; i++)
				(void)buf_append(out, bytes, utf8_encode(cell->rune[i], bytes));
		}
		(void)buf_append(out, "\n", 1);
	}
}

struct tui_area
tui_area_sub(struct tui_area area, int row, int col, int height, int width)
{
	if (height > area.height - row)
		height = area.height - row;
	if (width > area.width - col)
		width = area.width - col;
	return (struct tui_area){ area.canvas, area.row + row, area.col + col,
				  height > 0 ? height : 0, width > 0 ? width : 0 };
}

/* split_wide - a cell about to be overwritten may be half of a wide character:
 * the other half becomes a blank, or the row would be a column short. */
static void
split_wide(struct tui_cell *row, int width, int col)
{
	if (row[col].rune[0] == 0 && col > 0)
		row[col - 1].rune[0] = ' ', row[col - 1].rune[1] = 0;
	if (col + 1 < width && row[col + 1].rune[0] == 0)
		row[col + 1].rune[0] = ' ';
}

/* put_rune - at a place known to have the room. Returns the columns it took. */
static int
put_rune(struct tui_area area, int row, int col, enum tui_style style, uint32_t rune)
{
	struct tui_cell *cells = &area.canvas->cell[(area.row + row) * area.canvas->width];
	int columns = rune_width(rune), at = area.col + col;

	if (columns == 0) {
		if (col > 0 && !area.canvas->is_ascii) /* a mark on the character before */
			for (int i = 1; i < TUI_CELL_RUNES; i++)
				if (cells[at - 1].rune[0] && !cells[at - 1].rune[i]) {
					cells[at - 1].rune[i] = rune;
					break;
				}
		return 0;
	}
	if (area.canvas->is_ascii && rune >= 0x7f)
		rune = ascii_of(rune);
	for (int i = 0; i < columns; i++) {
		bool is_lead = i == 0 || area.canvas->is_ascii;

		split_wide(cells, area.canvas->width, at + i);
		cells[at + i] = (struct tui_cell){ .rune = { is_lead ? rune : 0 },
			                           .style = (unsigned char)style };
	}
	return columns;
}

/* put_fitting - text known to be harmless and to fit. */
static int
put_fitting(struct tui_area area, int row, int col, enum tui_style style, struct span text)
{
	while (text.n && col <= area.width) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);
		int columns = rune_width(rune);

		if (col + columns > area.width)
			break;
		col += put_rune(area, row, col, style, rune);
		n = n ? n : 1;
		text.p += n;
		text.n -= n;
	}
	return col;
}

/* make_fit - what can be shown of text in width columns, into out (inited). */
static void
make_fit(struct span text, int width, struct buf *out)
{
	struct buf harmless;

	buf_init(&harmless, TEXT_MAX_BYTES * 12);
	if (text.n > TEXT_MAX_BYTES)
		text.n = TEXT_MAX_BYTES;
	utf8_harmless(text, &harmless);
	api_text_fit(buf_span(&harmless), width, API_CUT_RIGHT, out);
	buf_deinit(&harmless);
}

static bool
is_inside(struct tui_area area, int row, int col)
{
	return area.canvas && row >= 0 && row < area.height && col >= 0 && col < area.width;
}

int
tui_area_text(struct tui_area area, int row, int col, int width, enum tui_style style,
              struct span text)
{
	struct buf fit;

	if (!is_inside(area, row, col))
		return col;
	if (width > area.width - col)
		width = area.width - col;
	buf_init(&fit, TEXT_MAX_BYTES * 12);
	make_fit(text, width, &fit);
	col = put_fitting(area, row, col, style, buf_span(&fit));
	buf_deinit(&fit);
	return col;
}

void
tui_area_right(struct tui_area area, int row, int col, int width, enum tui_style style,
               struct span text)
{
	struct buf fit;

	if (!is_inside(area, row, col))
		return;
	if (width > area.width - col)
		width = area.width - col;
	buf_init(&fit, TEXT_MAX_BYTES * 12);
	make_fit(text, width, &fit);
	(void)put_fitting(area, row, col + width - api_text_width(buf_span(&fit)), style,
	                  buf_span(&fit));
	buf_deinit(&fit);
}

int
tui_area_printf(struct tui_area area, int row, int col, enum tui_style style, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, TEXT_MAX_BYTES);
	va_start(ap, fmt);
	(void)buf_vprintf(&text, fmt, ap);
	va_end(ap);
	col = tui_area_text(area, row, col, area.width - col, style, buf_span(&text));
	buf_deinit(&text);
	return col;
}

void
tui_area_repeat(struct tui_area area, int row, int col, int count, enum tui_style style,
                uint32_t rune)
{
	for (int i = 0; i < count && is_inside(area, row, col + i); i++)
		(void)put_rune(area, row, col + i, style, rune);
}

/* head_within - the longest head of text that fits width, wherever it ends. */
static struct span
head_within(struct span text, int width)
{
	struct span rest = text;
	int columns = 0;

	while (rest.n) {
		uint32_t rune;
		size_t n = utf8_next(rest, &rune);

		columns += rune_width(rune);
		if (columns > width && rest.n < text.n)
			break;
		n = n ? n : 1;
		rest.p += n;
		rest.n -= n;
	}
	return (struct span){ text.p, text.n - rest.n };
}

/* line_within - the longest head of text that ends at a word and fits width; a word that is
 * longer is cut. */
static struct span
line_within(struct span text, int width)
{
	size_t end = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != ' ')
			continue;
		if (end && api_text_width((struct span){ text.p, i }) > width)
			break;
		end = i;
	}
	return api_text_width((struct span){ text.p, end }) > width ? head_within(text, width)
	                                                            : (struct span){ text.p, end };
}

int
tui_area_wrap(struct tui_area area, int row, int height, enum tui_style style, struct span text)
{
	struct buf harmless;
	struct span rest;
	int used = 0;

	buf_init(&harmless, TEXT_MAX_BYTES * 12);
	if (text.n > TEXT_MAX_BYTES)
		text.n = TEXT_MAX_BYTES;
	utf8_harmless(text, &harmless);
	rest = span_trim(buf_span(&harmless));
	for (; rest.n && used < height; used++) {
		/* the last row takes all that is left and shows an ellipsis */
		struct span line = used + 1 < height ? line_within(rest, area.width) : rest;

		(void)tui_area_text(area, row + used, 0, area.width, style, line);
		rest = span_trim((struct span){ rest.p + line.n, rest.n - line.n });
	}
	buf_deinit(&harmless);
	return used;
}
