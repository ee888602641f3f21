/* tui_change.h - hold, release and flush: each carries the queue and the
 * generation the person saw, its result is said with the command that does the
 * same, and a hold or release can be undone for 30 s. Pure. */
#ifndef TUI_CHANGE_H
#define TUI_CHANGE_H

#include "tui_model.h"

/* tui_change_start - one request per queue. Another one must not be under way:
 * then it says so and does nothing. */
void tui_change_start(struct tui_model *model, enum tui_change_verb verb,
                      const struct tui_marks *queues);
void tui_change_undo(struct tui_model *model);
void tui_change_reply(struct tui_model *model, const struct tui_request *request,
                      const json_t *result, const struct api_error *error);
/* tui_change_lost - the connection went while answers were due. */
void tui_change_lost(struct tui_model *model);
const char *tui_change_word(enum tui_change_verb verb); /* "hold" */

#endif
