/* tui_export.h - what a list shows, whole, into a new file: relaycli writes it, one JSON
 * line a row. The file is asked for, is 0600 and never one that was there. Pure.
 * Thread: the app's. */
#ifndef TUI_EXPORT_H
#define TUI_EXPORT_H

#include "tui_model.h"

/* tui_export_ask - cli: what relaycli is asked, "queue list --limit 10000"; name: the
 * beginning of the file's name, "queues". Texts are copied. */
void tui_export_ask(struct tui_model *model, const char *cli, const char *name);
/* tui_export_ended - the child is over; said: what it said beside, code: how it ended. */
void tui_export_ended(struct tui_model *model, int code, struct span said);

#endif
