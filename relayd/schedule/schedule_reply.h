/* schedule_reply.h - what a server or we said last.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_REPLY_H
#define SCHEDULE_SCHEDULE_REPLY_H

#include "schedule/schedule_types.h"

/* ---- schedule_reply.c --------------------------------------------------------------- */
struct schedule_reply *schedule_reply_new(int code, struct verdict_status enhanced,
                                          enum verdict_category category, struct span text);
struct schedule_reply *schedule_reply_of(const struct mail_event *event); /* Returns owned */
struct schedule_reply *schedule_reply_ref(struct schedule_reply *reply); /* NULL stays NULL */
void schedule_reply_unref(struct schedule_reply **reply);

#endif
