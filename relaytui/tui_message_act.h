/* tui_message_act.h - what changes the message that is looked at: tried now, held,
 * released, bounced, cancelled. Pure. Thread: the app's. */
#ifndef TUI_MESSAGE_ACT_H
#define TUI_MESSAGE_ACT_H

#include "tui_action.h"

struct tui_model;

/* tui_message_act - False: not one of these. */
bool tui_message_act(struct tui_model *model, enum tui_act what);

#endif
