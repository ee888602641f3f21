/* tui_throttle_pane.h - of one limit: its last changes with the causes, how its cap went over
 * time, why it is as it is and until when, how long what waits would take.
 *
 * Draws from the model only. Thread: the app's. */
#ifndef TUI_THROTTLE_PANE_H
#define TUI_THROTTLE_PANE_H

#include "tui_model.h"
#include "tui_throttle.h"

/* tui_throttle_draw - all of it, of that row of throttle.list. */
void tui_throttle_draw(const struct tui_model *model, const json_t *row, struct tui_area area);
/* tui_throttle_draw_why - the cause in the words it came with, its end, the way out. Returns
 * the row after it. */
int tui_throttle_draw_why(const struct tui_model *model, struct tui_area area, int row,
                          const struct tui_throttle *throttle);

#endif
