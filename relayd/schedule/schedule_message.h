/* schedule_message.h - messages, and their bodies for a first attempt.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_MESSAGE_H
#define SCHEDULE_SCHEDULE_MESSAGE_H

#include "schedule/schedule_types.h"

/* ---- schedule_message.c -------------------------------------------------------------- */
struct schedule_message *schedule_message_find(struct schedule *s, uint64_t id);
void schedule_message_accept(struct schedule *s, struct mail_message **message);
void schedule_message_load(struct schedule *s, const struct store_queued *queued);
/* schedule_message_extend - its expiry passed, but it has an attempt left. */
void schedule_message_extend(struct schedule *s, struct schedule_message *message);
void schedule_message_expire(struct schedule *s, struct schedule_message *message);
int64_t schedule_message_expires_mono(const struct schedule *s,
                                      const struct schedule_message *message);
void schedule_message_drop_body(struct schedule *s, struct schedule_message *message);
void schedule_message_fit_bodies(struct schedule *s); /* at a turn's end */
void schedule_message_free(struct schedule *s, struct schedule_message *message);
void schedule_message_free_all(struct schedule *s);
const char *schedule_message_return_path(const struct schedule_message *message);
const char *schedule_message_from_domain(const struct schedule_message *message);
const char *schedule_message_envid(const struct schedule_message *message);
struct schedule_by schedule_message_by(const struct schedule_message *message);

#endif
