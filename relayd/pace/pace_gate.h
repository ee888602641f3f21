/* pace_gate.h - may the next message go to this site now? The control (how fast),
 * the bucket (whose turn in time) and the back-off (not at all for a while) of one
 * site and source address, and what each answer does to them.
 *
 *   open --throttled--> open, slower --nothing gets through--> paused
 *     ^                                                          | until
 *     '---- something is accepted ---- probing, one connection <-'
 *
 * Pure: time and chance are arguments. Thread: the owner's. */
#ifndef PACE_PACE_GATE_H
#define PACE_PACE_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/rand.h"
#include "pace/pace_backoff.h"
#include "pace/pace_bucket.h"
#include "pace/pace_control.h"

struct pace_gate {
	struct pace_control control;
	struct pace_bucket bucket;
	struct pace_backoff backoff;
	/* set from outside: rules, operators */
	int64_t pause_until_mono_ms;   /* nothing at all until then; 0: none */
	int64_t single_until_mono_ms;  /* one connection until then; 0: no */
};

/* what a site did, as far as its pace is concerned */
enum pace_news {
	PACE_ACCEPTED,      /* took a message, or judged it by itself */
	PACE_THROTTLED,     /* too many messages in too short a time */
	PACE_CROWDED,       /* too many connections */
	PACE_SESSION_FULL,  /* too many messages over one connection */
	PACE_TROUBLE,       /* does not work, or does not want us: ask later */
	PACE_NEWS_COUNT
};

struct pace_report {
	enum pace_news news;
	int hint_sec;          /* "try again in N"; 0: not said */
	int64_t began_mono_ms; /* of what was answered */
	uint32_t connections;  /* CROWDED: those that were served meanwhile */
	uint32_t messages;     /* SESSION_FULL: over that connection, those that passed */
};

enum pace_change { /* what became of it */
	PACE_SAME, PACE_SLOWER, PACE_FEWER_CONNECTIONS, PACE_SHORTER_SESSIONS, PACE_PAUSED,
	PACE_RESUMED
};

void pace_gate_init(struct pace_gate *gate, const struct pace_limits *limits);
void pace_gate_set_limits(struct pace_gate *gate, const struct pace_limits *limits);

/* pace_gate_wait_ms - 0: a message may start now; else how long until that is worth
 * asking again. */
int64_t pace_gate_wait_ms(const struct pace_gate *gate, int64_t now_mono_ms);
/* pace_gate_take - a message starts. */
void pace_gate_take(struct pace_gate *gate, int64_t now_mono_ms);
/* pace_gate_connections - so many may be open now; _window: and once they are earned, which
 * is what a limit is. */
uint32_t pace_gate_connections(const struct pace_gate *gate, int64_t now_mono_ms);
uint32_t pace_gate_window(const struct pace_gate *gate, int64_t now_mono_ms);
/* pace_gate_is_waiting - in a pause of any kind; _until: its end. */
bool pace_gate_is_waiting(const struct pace_gate *gate, int64_t now_mono_ms);
int64_t pace_gate_until(const struct pace_gate *gate);
bool pace_gate_is_probing(const struct pace_gate *gate, int64_t now_mono_ms);

enum pace_change pace_gate_hear(struct pace_gate *gate, const struct pace_backoff_plan *plan,
                                const struct pace_report *report, int64_t now_mono_ms,
                                struct rand *rand);
/* pace_gate_pause - a rule or an operator: nothing for that long. */
void pace_gate_pause(struct pace_gate *gate, int64_t for_ms, int64_t now_mono_ms);
/* pace_gate_open - forget pauses: one connection asks now. */
void pace_gate_open(struct pace_gate *gate, int64_t now_mono_ms);

#endif
