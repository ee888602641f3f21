/* tui_search_act.h - the search's keys: typing and completion in its line, the results below,
 * saved searches, export. Pure. */
#ifndef TUI_SEARCH_ACT_H
#define TUI_SEARCH_ACT_H

#include "tui_view.h"

void tui_search_act(struct tui_model *model, enum tui_act what, int key);
/* tui_search_take_key - while the cursor is in the line. False: not one of its keys. */
bool tui_search_take_key(struct tui_model *model, int key);
bool tui_search_sibling(struct tui_model *model, int by);
void tui_search_place(const struct tui_model *model, char *out, size_t size);

#endif
