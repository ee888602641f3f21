/* tui_pool_act.h - what the Pools screen changes: addresses off and on, their warm-up,
 * which credentials use a pool; and the check of what others see. Pure. Thread: the
 * app's. */
#ifndef TUI_POOL_ACT_H
#define TUI_POOL_ACT_H

#include "tui_model.h"

/* tui_pool_act - False: not one of these. */
bool tui_pool_act(struct tui_model *model, enum tui_act what);

#endif
