/* tui_list.c - see tui_list.h. */
#include "tui_list.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool
is_known(const struct tui_rows *rows, size_t at)
{
	return at >= rows->first && at - rows->first < rows->count;
}

/* find - where the key is now. */
static bool
find(const struct tui_list *list, const struct tui_rows *rows, size_t *at_out)
{
	for (size_t i = rows->first; i < rows->first + rows->count; i++)
		if (strcmp(rows->key(rows->arg, i), list->key) == 0) {
			*at_out = i;
			return true;
		}
	return false;
}

/* lines - how many the list has to show, the row that left included. */
static size_t
lines(const struct tui_list *list)
{
	return list->total + (list->is_gone ? 1 : 0);
}

static void
keep_in_sight(struct tui_list *list)
{
	size_t all = lines(list), most = all > list->height ? all - list->height : 0;

	if (list->top > most && !list->is_anchored)
		list->top = most;
	if (list->at < list->top)
		list->top = list->at;
	if (list->height && list->at >= list->top + list->height)
		list->top = list->at - list->height + 1;
}

static void
take_key(struct tui_list *list, const struct tui_rows *rows)
{
	list->key[0] = '\0';
	if (is_known(rows, list->at))
		snprintf(list->key, sizeof list->key, "%s", rows->key(rows->arg, list->at));
}

void
tui_list_settle(struct tui_list *list, const struct tui_rows *rows)
{
	size_t was = list->at, now;

	list->total = rows->total;
	list->is_gone = false;
	if (list->key[0] && find(list, rows, &now)) {
		list->at = now;
		/* the screen moves with the row, not the row over the screen */
		list->top = now >= was ? list->top + (now - was) :
		            list->top > was - now ? list->top - (was - now) : 0;
	} else if (list->key[0]) {
		list->is_gone = true;
		if (list->at > rows->total)
			list->at = rows->total;
	} else {
		if (list->at >= rows->total)
			list->at = rows->total ? rows->total - 1 : 0;
		take_key(list, rows);
	}
	keep_in_sight(list);
}

void
tui_list_go(struct tui_list *list, const struct tui_rows *rows, size_t at)
{
	list->total = rows->total;
	list->is_gone = false;
	list->at = at < rows->total ? at : rows->total ? rows->total - 1 : 0;
	take_key(list, rows);
	keep_in_sight(list);
}

void
tui_list_move(struct tui_list *list, const struct tui_rows *rows, long by)
{
	size_t at = list->at, down = by > 0 ? (size_t)by : 0, up = by < 0 ? (size_t)-by : 0;

	if (list->is_gone && down) /* the next row took the place of the one that left */
		down--;
	at = up > at ? 0 : at - up;
	tui_list_go(list, rows, at + down);
}

void
tui_list_select(struct tui_list *list, const char *key)
{
	snprintf(list->key, sizeof list->key, "%s", key);
}

size_t
tui_list_row(const struct tui_list *list, size_t i, bool *is_ghost_out)
{
	size_t line = list->top + i;

	*is_ghost_out = list->is_gone && line == list->at;
	if (*is_ghost_out)
		return line;
	if (list->is_gone && line > list->at)
		line--;
	return line < list->total ? line : SIZE_MAX;
}
