/* schedule_recipient.h - recipients: each change of state.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_RECIPIENT_H
#define SCHEDULE_SCHEDULE_RECIPIENT_H

#include "schedule/schedule_types.h"

/* ---- schedule_recipient.c ----------------------------------------------------------- */
/* schedule_recipient_new - of a message that comes in; start it next. */
struct schedule_recipient *schedule_recipient_new(struct schedule *s, struct schedule_message *m,
                                                  uint32_t place, uint32_t no,
                                                  const struct mail_recipient *from,
                                                  struct schedule_label *label);
/* schedule_recipient_start_... - its first state, or the next one after it left one. */
void schedule_recipient_start_waiting(struct schedule *s, struct schedule_recipient *r,
                                      enum schedule_state state, bool first);
void schedule_recipient_start_deferred(struct schedule *s, struct schedule_recipient *r,
                                       int64_t due_mono_ms);
void schedule_recipient_start_scheduled(struct schedule *s, struct schedule_recipient *r,
                                        int64_t due_mono_ms);

/* each change of state is one of these */
void schedule_recipient_wait(struct schedule *s, struct schedule_recipient *r,
                             enum schedule_state state, bool first);
void schedule_recipient_defer(struct schedule *s, struct schedule_recipient *r,
                              int64_t due_mono_ms);
void schedule_recipient_activate(struct schedule *s, struct schedule_recipient *r);
void schedule_recipient_leave(struct schedule *s, struct schedule_recipient *r); /* frees it */
/* schedule_recipient_move - into another lane, of its queue or of its domain's other ways,
 * in the state it is in. Takes the place in lane that schedule_lane_get gave. */
void schedule_recipient_move(struct schedule *s, struct schedule_recipient *r,
                             struct schedule_lane *lane);
/* schedule_recipient_settle - to the way its credential's migration gives it now; not while
 * ACTIVE: it is settled when its job comes back. */
void schedule_recipient_settle(struct schedule *s, struct schedule_recipient *r);
void schedule_recipient_set_reply(struct schedule_recipient *r, struct schedule_reply *reply);

#endif
