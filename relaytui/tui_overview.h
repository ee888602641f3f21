/* tui_overview.h - what the files of the Overview share. Pure. */
#ifndef TUI_OVERVIEW_H
#define TUI_OVERVIEW_H

#include "tui_model.h"

void tui_overview_pane(const struct tui_model *model, struct tui_area pane);
/* tui_overview_events - newest first. Returns the row after them. */
int tui_overview_events(const struct tui_model *model, struct tui_area area, int row);

#endif
