/* tui_listing_cell.c - a listing's cells, and the marks on its rows. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui_listing.h"

/* ---- marks ----------------------------------------------------------------------- */

bool
tui_marks_has(const struct tui_marks *marks, const char *key)
{
	for (size_t i = 0; i < marks->count; i++)
		if (strcmp(marks->key[i], key) == 0)
			return true;
	return false;
}

bool
tui_marks_toggle(struct tui_marks *marks, const char *key, int64_t generation)
{
	for (size_t i = 0; i < marks->count; i++)
		if (strcmp(marks->key[i], key) == 0) {
			marks->count--;
			memmove(marks->key[i], marks->key[marks->count], TUI_KEY_MAX);
			marks->generation[i] = marks->generation[marks->count];
			return true;
		}
	if (marks->count == TUI_MARKS_MAX)
		return false;
	snprintf(marks->key[marks->count], TUI_KEY_MAX, "%s", key);
	marks->generation[marks->count++] = generation;
	return true;
}

/* ---- cells ----------------------------------------------------------------------- */

void
tui_value_set(struct tui_value *value, enum tui_style style, const char *text)
{
	snprintf(value->text, sizeof value->text, "%s", text && text[0] ? text : "-");
	value->style = style;
}

void
tui_value_printf(struct tui_value *value, enum tui_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value->text, sizeof value->text, fmt, ap);
	va_end(ap);
	value->style = style;
}

void
tui_value_count(struct tui_value *value, int64_t n)
{
	char text[UNITS_TEXT_SIZE];

	units_format_count(n > 0 ? (uint64_t)n : 0, text);
	tui_value_set(value, TUI_PLAIN, text);
}
