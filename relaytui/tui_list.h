/* tui_list.h - which row of a list is selected and which are on screen.
 *
 * The selection is a key, never a number: when rows come, go or change places
 * the cursor stays with its row and the row stays where it is on screen. A row
 * that left is kept (is_gone) until the cursor moves. Pure. Thread: any. */
#ifndef TUI_LIST_H
#define TUI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include "tui_canvas.h"

#define TUI_KEY_MAX 256

struct tui_list {
	char key[TUI_KEY_MAX]; /* "": whatever is at `at` */
	size_t at;             /* where it is, or was when it left */
	size_t top;            /* first row on screen */
	size_t height;         /* rows on screen */
	size_t total;          /* of all rows when last settled */
	bool is_anchored;      /* never moves the rows on screen, even if that leaves lines empty */
	bool is_gone;          /* key is not among the rows: shown at `at`, pushing others down */
};

/* what a list is settled against: rows first .. first + count of total are known */
struct tui_rows {
	size_t total, first, count;
	const char *(*key)(const void *arg, size_t i); /* of row i, first <= i < first + count */
	const void *arg;
};

/* tui_list_settle - find the key again after rows or the height changed. */
void tui_list_settle(struct tui_list *list, const struct tui_rows *rows);
/* tui_list_move - by that many rows, as far as there are any. */
void tui_list_move(struct tui_list *list, const struct tui_rows *rows, long by);
/* tui_list_go - to row `at` (SIZE_MAX: the last). */
void tui_list_go(struct tui_list *list, const struct tui_rows *rows, size_t at);
/* tui_list_select - put the cursor on a key, wherever it is. */
void tui_list_select(struct tui_list *list, const char *key);
/* tui_list_row - what screen line i shows: a row's number, or SIZE_MAX for none.
 * *is_ghost_out: the row that left. */
size_t tui_list_row(const struct tui_list *list, size_t i, bool *is_ghost_out);

#endif
