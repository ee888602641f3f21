/* tui_queue_act.h - what can be done to queues: hold, release, flush, bounce, move.
 *
 * One queue is held, released and flushed at once; marked ones after a question,
 * since they need not be on the screen. A bounce or a move is counted by the
 * daemon first, and what is done is refused if more would be touched by then.
 * Pure. Thread: the app's. */
#ifndef TUI_QUEUE_ACT_H
#define TUI_QUEUE_ACT_H

#include "tui_model.h"

/* tui_queue_act - False: the key is none of these. */
bool tui_queue_act(struct tui_model *model, enum tui_act what);

#endif
