/* tui_domain_act.h - what can be done about a domain: check its records, rotate or delete its
 * DKIM keys, add one, remove one, say what becomes of mail that fails DMARC.
 *
 * A check only reads; but it sends questions into the world, which relayd lets operators do.
 * Pure. Thread: the app's. */
#ifndef TUI_DOMAIN_ACT_H
#define TUI_DOMAIN_ACT_H

#include "tui_domain.h"

/* tui_domain_act - False: the key is none of these. */
bool tui_domain_act(struct tui_model *model, enum tui_act what);

#endif
