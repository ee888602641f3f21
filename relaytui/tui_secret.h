/* tui_secret.h - a password that was just made: in a box over the screen, this once. Closed by
 * Esc only, and wiped then: from the box, the model and the terminal's buffers. It is in no
 * result line and in no file. Pure. Thread: the app's. */
#ifndef TUI_SECRET_H
#define TUI_SECRET_H

#include "tui_model.h"

/* tui_secret_show - the five values an application takes, of the answer to create, rotate or
 * compromised. lead: a sentence above them; "" none. */
void tui_secret_show(struct tui_model *model, const char *lead, const json_t *result);

#endif
