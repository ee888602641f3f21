/* control_left.h - what had left of messages before somebody took the rest back: the
 * scheduler forgets it with a restart, the log does not. */
#ifndef CONTROL_CONTROL_LEFT_H
#define CONTROL_CONTROL_LEFT_H

#include "control/control_private.h"
#include "schedule/schedule.h"

struct control_left {
	/* asked */
	struct schedule_message_row *row; /* in the call's arena; left is filled in */
	size_t rows;
	int64_t before_unix_ms;        /* later is what the act itself did */
	void (*fn)(struct control_call *call);
	/* answered */
	char words[400];               /* ": a@x.example delivered at 2026-11-23T14:02:11Z, ..." */
	size_t unknown;                /* messages that the log does not have either */
	/* its own */
	size_t at;
	unsigned named;
};

/* control_left_find - asks the log about one row after the other, then calls fn. What it
 * cannot find out stays as the scheduler had it. left: in the call's arena, found again as
 * call->left. Thread: main. */
void control_left_find(struct control_call *call, struct control_left *left);

#endif
