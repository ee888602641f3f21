/* tui_credential_act.h - what can be done to credentials: new, limits, rotate, end a key,
 * revoke, compromised.
 *
 * Whoever ends something is told by the daemon before who uses it, how much just came with it
 * and what waits. What is done carries the generation that was seen. Pure. Thread: the app's. */
#ifndef TUI_CREDENTIAL_ACT_H
#define TUI_CREDENTIAL_ACT_H

#include "tui_credential.h"

/* tui_credential_act - False: the key is none of these. */
bool tui_credential_act(struct tui_model *model, enum tui_act what);

/* ---- shared by tui_credential_act.c and tui_credential_edit.c ------------------------- */
/* tui_credential_params - name and generation (0: none) of a request. Returns owned. */
json_t *tui_credential_params(const char *name, int64_t generation);
/* tui_credential_new, _limits - a dialog (tui_credential_edit.c). */
void tui_credential_new(struct tui_model *model);
void tui_credential_limits(struct tui_model *model, const json_t *row);

#endif
