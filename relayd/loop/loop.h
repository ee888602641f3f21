/* loop.h - an event loop: one thread, its timers, its deferred frees.
 *
 * Everything a loop owns is touched on its thread only; other threads reach it
 * through a mailbox. No call made on a loop may block: no disk, no DNS, no
 * sleep, no slow hash. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/must.h"

struct event_base; /* libevent */
struct event;
struct loop;

typedef void (*loop_fn)(void *arg);
typedef void (*loop_fd_fn)(int fd, short events, void *arg);

/* loop_new - the loop belongs to the thread that calls loop_run (or, before it
 * runs, to its maker). Returns owned, or NULL with err SYSTEM. name is copied. */
struct loop *loop_new(const char *name, struct err *err);
/* loop_run - runs until loop_stop; frees what was deferred at each turn's end. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);               /* on the loop; else send it a message */
void loop_free(struct loop **loop);              /* after loop_run returned */
bool loop_is_current(const struct loop *loop);   /* true also while nobody runs it */
struct event_base *loop_base(struct loop *loop); /* for libevent calls in this folder and http/ */
int64_t loop_now_mono_ms(struct loop *loop);     /* read once a turn */
const char *loop_name(const struct loop *loop);

#define must_be_on(loop) must(loop_is_current(loop))

/* loop_defer_free - call fn(p) at the end of this turn, when no callback of p
 * can be on the stack any more. */
void loop_defer_free(struct loop *loop, void *p, void (*fn)(void *p));

/* struct loop_timer - embedded; one-shot. Set again from its own callback to
 * repeat. Re-setting is cheap: a later deadline only notes the time, the event
 * moves when the earlier one fires (idle time-outs are pushed on every read). */
struct loop_timer {
	struct loop *loop;
	struct event *event;      /* made on first set */
	loop_fn fn;
	void *arg;
	int64_t due_mono_ms;      /* 0: not set */
	int64_t armed_mono_ms;    /* when the event will really fire */
};

void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn fn, void *arg);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms);
void loop_timer_clear(struct loop_timer *timer);
void loop_timer_deinit(struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);

/* struct loop_watch - a file descriptor of the owner's (listener, UDP socket,
 * signalfd): fn is called while it is readable/writable. Does not own the fd. */
struct loop_watch;
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_fd_fn fn, void *arg);
void loop_watch_set(struct loop_watch *watch, short events); /* LOOP_READ|LOOP_WRITE, 0 pauses */
void loop_watch_free(struct loop_watch **watch);

#endif
