/* tui_timeline.h - what happened to one recipient, told in time: accepted, signed,
 * each attempt with the reply to it, and what comes next. The Message screen and the
 * preview of Search tell it alike. Pure. Thread: the app's. */
#ifndef TUI_TIMELINE_H
#define TUI_TIMELINE_H

#include <jansson.h>
#include "tui_canvas.h"

struct tui_model;

/* tui_timeline_draw - from row on, which may lie above the area. recipient: an item of find
 * or of message.show; wait: of the latter's "waits", NULL: not known. Returns the row after
 * it; without a canvas it is only measured. */
int tui_timeline_draw(const struct tui_model *model, const json_t *recipient, const json_t *wait,
                      struct tui_area area, int row);
/* tui_timeline_status_style - how a recipient's status is shown. */
enum tui_style tui_timeline_status_style(const char *status);
/* tui_timeline_reply - the last reply or, where none came, what happened; "" nothing.
 * Borrowed. */
const char *tui_timeline_reply(const json_t *recipient);

#endif
