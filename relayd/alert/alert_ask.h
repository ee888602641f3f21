/* alert_ask.h - one question to the scheduler, asked again and again: its last answer is
 * there whenever a round wants it. Thread: main. */
#ifndef ALERT_ALERT_ASK_H
#define ALERT_ALERT_ASK_H

#include "loop/loop.h"
#include "schedule/schedule.h"

struct alert_ask;

/* alert_ask_new - asks for the first time once the loop runs. Returns owned, or NULL (err). */
struct alert_ask *alert_ask_new(struct loop *loop, struct schedule *schedule,
                                enum schedule_act act, int64_t every_ms, struct err *err);
void alert_ask_free(struct alert_ask **ask); /* after the scheduler stopped */
/* alert_ask_last - borrowed until the loop's next turn or _again; NULL: no answer yet. */
const struct schedule_ask *alert_ask_last(const struct alert_ask *ask);
/* alert_ask_again - something changed: there is no answer until a new one. */
void alert_ask_again(struct alert_ask *ask);

#endif
