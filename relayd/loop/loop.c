/* loop.c - libevent's loop cut into turns, so that work has a place to end.
 *
 * A turn: wait, run the handlers of what is ready, then the turn's end: hooks
 * (connections write what was queued), then deferred frees. libevent runs
 * without locks; whoever is on another thread sends a message. */
#include "loop/loop.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop_private.h"

struct deferred {
	void (*fn)(void *p);
	void *p;
};

struct loop {
	struct event_base *base;
	char *name;
	bool stopped;
	atomic_bool running;     /* read by must_be_on from a thread that is wrong */
	int64_t now_mono_ms;     /* 0: not read in this turn yet */
	struct list turn_end;    /* loop_hook.link */
	struct list at_free;     /* loop_hook.link */
	struct deferred *deferred;
	size_t deferred_count, deferred_cap;
	char *scratch;           /* made on first use */
};

struct loop_watch {
	struct loop *loop;
	struct event *event;     /* NULL while paused */
	int fd;                  /* the owner's */
	short events;
	loop_fd_fn fn;
	void *arg;
};

static _Thread_local const struct loop *current; /* the one this thread runs */

struct loop *
loop_new(const char *name, struct err *err)
{
	struct event_config *config = event_config_new();
	struct event_base *base;
	struct loop *loop;

	must(config != NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL) {
		err_set(err, ERR_SYSTEM, 0,
		        "cannot make the event loop %s: no file descriptor left? Raise LimitNOFILE",
		        name);
		return NULL;
	}
	loop = mem_zero(1, sizeof *loop);
	loop->base = base;
	loop->name = mem_strdup(name);
	list_init(&loop->turn_end);
	list_init(&loop->at_free);
	return loop;
}

static void
run_turn_end(struct loop *loop)
{
	struct list batch;

	/* what is asked for meanwhile waits for the next turn's end */
	list_init(&batch);
	while (!list_is_empty(&loop->turn_end)) {
		struct list *link = loop->turn_end.next;

		list_remove(link);
		list_push_back(&batch, link);
	}
	while (!list_is_empty(&batch)) {
		struct loop_hook *hook = LIST_OWNER(batch.next, struct loop_hook, link);

		list_remove(&hook->link);
		hook->fn(hook->arg);
	}
}

static void
run_deferred(struct loop *loop)
{
	/* freeing one thing may defer another */
	for (size_t i = 0; i < loop->deferred_count; i++) {
		struct deferred d = loop->deferred[i];

		d.fn(d.p);
	}
	loop->deferred_count = 0;
}

static void
end_turn(struct loop *loop)
{
	run_turn_end(loop);
	run_deferred(loop);
	loop->now_mono_ms = 0;
}

void
loop_run(struct loop *loop)
{
	must(current == NULL && !atomic_load(&loop->running));
	current = loop;
	atomic_store(&loop->running, true);
	end_turn(loop); /* what was queued before */
	while (!loop->stopped) {
		int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;

		if (!list_is_empty(&loop->turn_end))
			flags |= EVLOOP_NONBLOCK;
		must(event_base_loop(loop->base, flags) >= 0);
		end_turn(loop);
	}
	loop->stopped = false;
	atomic_store(&loop->running, false);
	current = NULL;
}

void
loop_stop(struct loop *loop)
{
	must_be_on(loop);
	loop->stopped = true;
}

void
loop_free(struct loop **loop)
{
	struct loop *l = *loop;

	if (l == NULL)
		return;
	must(!atomic_load(&l->running));
	while (!list_is_empty(&l->at_free)) {
		struct loop_hook *hook = LIST_OWNER(l->at_free.next, struct loop_hook, link);

		list_remove(&hook->link);
		hook->fn(hook->arg);
	}
	run_deferred(l);
	must(list_is_empty(&l->turn_end)); /* a connection outlived its loop */
	event_base_free(l->base);
	mem_free(l->deferred);
	mem_free(l->scratch);
	mem_free(l->name);
	mem_free(l);
	*loop = NULL;
}

bool
loop_is_current(const struct loop *loop)
{
	return current == loop || !atomic_load(&loop->running);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

int64_t
loop_now_mono_ms(struct loop *loop)
{
	if (current != loop)
		return clock_mono_ms();
	if (loop->now_mono_ms == 0)
		loop->now_mono_ms = clock_mono_ms();
	return loop->now_mono_ms;
}

const char *
loop_name(const struct loop *loop)
{
	return loop->name;
}

void
loop_defer_free(struct loop *loop, void *p, void (*fn)(void *p))
{
	must_be_on(loop);
	if (loop->deferred_count == loop->deferred_cap) {
		loop->deferred_cap = loop->deferred_cap ? loop->deferred_cap * 2 : 16;
		loop->deferred = mem_resize(loop->deferred,
		                            loop->deferred_cap * sizeof *loop->deferred);
	}
	loop->deferred[loop->deferred_count++] = (struct deferred){ fn, p };
}

/* ---- what the folder shares ------------------------------------------------ */

void
loop_hook_init(struct loop_hook *hook, loop_fn fn, void *arg)
{
	list_init(&hook->link);
	hook->fn = fn;
	hook->arg = arg;
}

void
loop_hook_clear(struct loop_hook *hook)
{
	list_remove(&hook->link);
}

void
loop_at_turn_end(struct loop *loop, struct loop_hook *hook)
{
	if (list_is_empty(&hook->link))
		list_push_back(&loop->turn_end, &hook->link);
}

void
loop_at_free(struct loop *loop, struct loop_hook *hook)
{
	must(list_is_empty(&hook->link));
	list_push_back(&loop->at_free, &hook->link);
}

char *
loop_scratch(struct loop *loop)
{
	if (loop->scratch == NULL)
		loop->scratch = mem_alloc(LOOP_SCRATCH_BYTES);
	return loop->scratch;
}

/* ---- timers ------------------------------------------------------------------ */

void
loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn fn, void *arg)
{
	*timer = (struct loop_timer){ .loop = loop, .fn = fn, .arg = arg };
}

static void
arm(struct loop_timer *timer, int64_t now_mono_ms)
{
	int64_t delay_ms = timer->due_mono_ms - now_mono_ms;
	struct timeval tv;

	if (delay_ms < 0)
		delay_ms = 0;
	tv = (struct timeval){ delay_ms / 1000, (suseconds_t)(delay_ms % 1000 * 1000) };
	must(evtimer_add(timer->event, &tv) == 0);
	timer->armed_mono_ms = timer->due_mono_ms;
}

static void
on_timer_event(evutil_socket_t fd, short events, void *arg)
{
	struct loop_timer *timer = arg;
	int64_t now_mono_ms = clock_mono_ms(); /* the turn's may be a little behind */

	(void)fd;
	(void)events;
	timer->armed_mono_ms = 0;
	if (timer->due_mono_ms == 0)
		return;
	if (timer->due_mono_ms > now_mono_ms) { /* was pushed back meanwhile */
		arm(timer, now_mono_ms);
		return;
	}
	timer->due_mono_ms = 0;
	timer->fn(timer->arg); /* may free the timer */
}

void
loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	int64_t now_mono_ms = loop_now_mono_ms(timer->loop);

	must_be_on(timer->loop);
	if (timer->event == NULL) {
		timer->event = evtimer_new(timer->loop->base, on_timer_event, timer);
		must(timer->event != NULL);
	}
	timer->due_mono_ms = now_mono_ms + (delay_ms > 0 ? delay_ms : 0);
	if (timer->armed_mono_ms == 0 || timer->armed_mono_ms > timer->due_mono_ms)
		arm(timer, now_mono_ms);
}

void
loop_timer_clear(struct loop_timer *timer)
{
	timer->due_mono_ms = 0; /* an armed event finds nothing to do */
}

void
loop_timer_deinit(struct loop_timer *timer)
{
	if (timer->event)
		event_free(timer->event);
	timer->event = NULL;
	timer->due_mono_ms = timer->armed_mono_ms = 0;
}

bool
loop_timer_is_set(const struct loop_timer *timer)
{
	return timer->due_mono_ms != 0;
}

/* ---- watched file descriptors -------------------------------------------------- */

static void
on_watch_event(evutil_socket_t fd, short events, void *arg)
{
	struct loop_watch *watch = arg;
	short seen = 0;

	if (events & EV_READ)
		seen |= LOOP_READ;
	if (events & EV_WRITE)
		seen |= LOOP_WRITE;
	watch->fn(fd, seen, watch->arg);
}

struct loop_watch *
loop_watch_new(struct loop *loop, int fd, loop_fd_fn fn, void *arg)
{
	struct loop_watch *watch = mem_zero(1, sizeof *watch);

	must_be_on(loop);
	*watch = (struct loop_watch){ .loop = loop, .fd = fd, .fn = fn, .arg = arg };
	return watch;
}

void
loop_watch_set(struct loop_watch *watch, short events)
{
	short flags = EV_PERSIST;

	must_be_on(watch->loop);
	if (events == watch->events)
		return;
	watch->events = events;
	if (watch->event)
		event_free(watch->event);
	watch->event = NULL;
	if (events == 0)
		return;
	if (events & LOOP_READ)
		flags |= EV_READ;
	if (events & LOOP_WRITE)
		flags |= EV_WRITE;
	watch->event = event_new(watch->loop->base, watch->fd, flags, on_watch_event, watch);
	must(watch->event != NULL && event_add(watch->event, NULL) == 0);
}

void
loop_watch_free(struct loop_watch **watch)
{
	if (*watch == NULL)
		return;
	loop_watch_set(*watch, 0);
	mem_free(*watch);
	*watch = NULL;
}
