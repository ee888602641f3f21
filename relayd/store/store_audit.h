/* store_audit.h - how a row of the audit log says in words what was changed: one form for
 * all who write one. Strings are made in arena; a text that is NULL or "" is left out.
 * Thread: any. */
#ifndef STORE_STORE_AUDIT_H
#define STORE_STORE_AUDIT_H

#include <stdint.h>
#include "base/arena.h"
#include "store/store_row.h"

/* store_audit_change - "what: was -> is"; without what "was -> is". A value that is not
 * there is "none". */
const char *store_audit_change(struct arena *arena, const char *what, const char *was,
                               const char *is);
/* store_audit_add - "detail; text". Of more than some hundred bytes: "detail; ...". */
const char *store_audit_add(struct arena *arena, const char *detail, const char *text);
/* store_audit_state - "off by ana until 2026-11-23T14:02:11Z (spike)"; until_unix_ms 0: no end. */
const char *store_audit_state(struct arena *arena, const char *state, const char *by,
                              const char *reason, int64_t until_unix_ms);
/* store_audit_of_relayd - a row of what relayd did by itself; action is borrowed. */
struct store_audit store_audit_of_relayd(struct arena *arena, int64_t now_unix_ms,
                                         const char *action, const char *object,
                                         const char *detail);
const char *store_audit_time(struct arena *arena, int64_t unix_ms); /* to the second; 0: "never" */

#endif
