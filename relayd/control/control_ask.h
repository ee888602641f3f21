/* control_ask.h - a question to the scheduler on behalf of a call, and its answer's way
 * back. Thread: main. */
#ifndef CONTROL_CONTROL_ASK_H
#define CONTROL_CONTROL_ASK_H

#include "control/control_private.h"

/* control_ask_new - the answer goes to fn on the main loop; context is the call. */
struct schedule_ask *control_ask_new(struct control_call *call, enum schedule_act act,
                                     mailbox_fn fn);
/* control_ask_send - takes ask; false: too many wait, it was freed. */
bool control_ask_send(struct control_call *call, struct schedule_ask *ask);
void control_ask_fail_busy(struct control_call *call);
/* control_ask_take - the call an answer belongs to, or NULL when nobody waits any
 * more or it failed (the call then ended, the answer is freed). */
struct control_call *control_ask_take(struct schedule_ask *ask);
/* control_ask_audit - if it was done: written down, of ask->match, whether or not somebody
 * still waits to hear it. owner: the answer function's; NULL: we are being freed. */
void control_ask_audit(const void *owner, const struct schedule_ask *ask, const char *detail);
/* control_ask_answer_list - items (taken) as the whole list, of ask->total; takes ask. */
void control_ask_answer_list(struct control_call *call, struct schedule_ask *ask,
                             const char *schema, json_t *items);
/* control_ask_put_survey - what a dry run found: oldest_at, credentials, notices, ... */
void control_ask_put_survey(const struct schedule_ask *ask, json_t *result);
/* control_ask_put_stayed - "stays" and "stays_why": those that a reply rule keeps, added to
 * what is in result. */
void control_ask_put_stayed(const struct schedule_ask *ask, json_t *result);
/* control_ask_put_pending - a bounce in its time of grace: "pending", "pending_until_at". */
void control_ask_put_pending(const struct schedule_ask *ask, json_t *result);

#endif
