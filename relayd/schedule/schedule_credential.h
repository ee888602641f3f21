/* schedule_credential.h - whose mail waits.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_CREDENTIAL_H
#define SCHEDULE_SCHEDULE_CREDENTIAL_H

#include "schedule/schedule_types.h"

/* ---- schedule_credential.c ---------------------------------------------------------- */
struct schedule_credential *schedule_credential_ref(struct schedule *s, uint64_t id,
                                                    const char *name);
void schedule_credential_unref(struct schedule *s, struct schedule_credential *credential);
/* schedule_credential_renew_all - schedule->accounts is a new one. */
void schedule_credential_renew_all(struct schedule *s,
                                   const struct account_snapshot *old_accounts);

#endif
