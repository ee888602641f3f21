/* tui_log_act.h - the live log's keys: follow and stand still, filter, kinds, marks, open. Pure. */
#ifndef TUI_LOG_ACT_H
#define TUI_LOG_ACT_H

#include "tui_view.h"

struct tui_rows tui_log_rows(const struct tui_model *model);
/* tui_log_selected - NULL: none. */
const struct tui_event *tui_log_selected(const struct tui_model *model);
void tui_log_act(struct tui_model *model, enum tui_act what, int key);
/* tui_log_sibling - the next event of another message. False: there is none. */
bool tui_log_sibling(struct tui_model *model, int by);

#endif
