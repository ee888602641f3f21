/* tui_throttle_act.h - what can be done to limits: set another for a while, clear what
 * was set or what a rule stopped.
 *
 * What allows less is done at once, what allows more is asked about first; both can be
 * taken back, to what stood there before and until when it did. What a rule stopped is
 * lifted after a question and cannot be put back. Pure. Thread: the app's. */
#ifndef TUI_THROTTLE_ACT_H
#define TUI_THROTTLE_ACT_H

#include "tui_model.h"

/* tui_throttle_act - False: the key is none of these. */
bool tui_throttle_act(struct tui_model *model, enum tui_act what);
/* tui_throttle_provider - the same T from another screen: asks the daemon for the rate of
 * that provider, then the person. */
void tui_throttle_provider(struct tui_model *model, const char *provider);

#endif
