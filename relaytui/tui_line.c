/* tui_line.c - see tui_line.h. */
#include "tui_line.h"

#include <string.h>

#include "api/api_text.h"
#include "base/utf8.h"
#include "tui_action.h"

static void
drop_rune(char *text, size_t *n)
{
	while (*n > 0 && ((unsigned char)text[--*n] & 0xc0) == 0x80)
		;
	text[*n] = '\0';
}

static void
drop_word(char *text, size_t *n)
{
	while (*n > 0 && text[*n - 1] == ' ')
		drop_rune(text, n);
	while (*n > 0 && text[*n - 1] != ' ')
		drop_rune(text, n);
}

static void
add_rune(char *text, size_t size, size_t *n, uint32_t rune)
{
	char bytes[4];
	size_t count;

	if (!utf8_is_harmless(rune) || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return;
	count = utf8_encode(rune, bytes);
	if (*n + count >= size)
		return;
	memcpy(text + *n, bytes, count);
	*n += count;
	text[*n] = '\0';
}

bool
tui_line_key(char *text, size_t size, size_t *n, int key)
{
	if (key == TUI_KEY_BACKSPACE) {
		drop_rune(text, n);
	} else if (key == TUI_CTRL('u')) {
		*n = 0;
		text[0] = '\0';
	} else if (key == TUI_CTRL('w')) {
		drop_word(text, n);
	} else if (key >= ' ' && key < TUI_KEY_FIRST) {
		add_rune(text, size, n, (uint32_t)key);
	} else {
		return false;
	}
	return true;
}

int
tui_line_draw(struct tui_area area, const char *text, size_t n, enum tui_style style,
              bool has_cursor)
{
	struct span shown = { text, n };
	int col;

	/* a long line shows its end, where the typing is */
	while (shown.n && api_text_width(shown) > area.width - 1) {
		uint32_t rune;
		size_t step = utf8_next(shown, &rune);

		shown.p += step ? step : 1;
		shown.n -= step ? step : 1;
	}
	col = tui_area_text(area, 0, 0, area.width, style, shown);
	if (has_cursor) {
		area.canvas->cursor_row = area.row;
		area.canvas->cursor_col = area.col + (col < area.width ? col : area.width - 1);
	}
	return col;
}
