/* tui_listing_private.h - what the files of a listing share: tui_listing_take.c keeps what is
 * pushed, tui_listing.c finds rows and takes keys, tui_listing_draw.c draws. */
#ifndef TUI_LISTING_PRIVATE_H
#define TUI_LISTING_PRIVATE_H

#include "tui_view.h"

struct tui_listing_layout {
	struct tui_area table, below, pane; /* height 0: not there */
	int rows;                           /* of the list */
};

/* tui_listing_rows_of - of a view's data: borrowed, or NULL. */
json_t *tui_listing_rows_of(const json_t *data);
const struct tui_listing_kind *tui_listing_kind_of(const struct tui_model *model);
size_t tui_listing_total_of(const struct tui_listing *listing);
/* tui_listing_row_at - row i of all; NULL: beyond the window. */
const json_t *tui_listing_row_at(const struct tui_listing *listing, size_t i);
struct tui_rows tui_listing_rows(const struct tui_listing *listing);
const json_t *tui_listing_selected_of(const struct tui_listing *listing);
/* tui_listing_seen - the selected row as it was last seen, for one that left or moved away. */
const json_t *tui_listing_seen(const struct tui_listing *listing);
struct tui_listing_layout tui_listing_lay(const struct tui_model *model, struct tui_area body);

#endif
