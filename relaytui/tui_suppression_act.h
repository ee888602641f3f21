/* tui_suppression_act.h - what the Suppressions screen changes: entries added and
 * removed, one or all that the filter shows; files read in by relaycli. Pure. Thread: the
 * app's. */
#ifndef TUI_SUPPRESSION_ACT_H
#define TUI_SUPPRESSION_ACT_H

#include "tui_model.h"

/* tui_suppression_act - False: not one of these. */
bool tui_suppression_act(struct tui_model *model, enum tui_act what);

#endif
