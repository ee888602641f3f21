/* schedule_turn.h - the clock, and what a turn does.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_TURN_H
#define SCHEDULE_SCHEDULE_TURN_H

#include "schedule/schedule_types.h"

/* ---- schedule_turn.c ----------------------------------------------------------------- */
void schedule_turn(void *arg);              /* the timer's */
void schedule_wake(struct schedule *s);     /* a turn is needed */
void schedule_show_counts(struct schedule *s); /* what other threads read */
void schedule_read_clock(struct schedule *s);
int64_t schedule_unix_ms(const struct schedule *s, int64_t mono_ms);
int64_t schedule_mono_ms(const struct schedule *s, int64_t unix_ms);
bool schedule_may_start(const struct schedule *s);

/* ---- schedule_start.c ---------------------------------------------------------------- */
void schedule_start_ready(struct schedule *s); /* all dirty sites */

#endif
