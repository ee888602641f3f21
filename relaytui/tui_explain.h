/* tui_explain.h - what a provider's reply means, in a box: the words of `relaycli explain`,
 * judged here by the shipped rules. Pure. Thread: the app's. */
#ifndef TUI_EXPLAIN_H
#define TUI_EXPLAIN_H

struct tui_model;

/* tui_explain_open - reply: as received, "" says that there is none. */
void tui_explain_open(struct tui_model *model, const char *reply);

#endif
