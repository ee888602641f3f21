/* schedule_turn.c - a turn of the scheduler, after the messages of a loop turn: what is
 * due, what is to be said, what can be started, and one batch of outcomes for the
 * store. Thread: scheduler. */
#include "schedule/schedule_turn.h"

#include "base/clock.h"
#include "base/log.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"

#define DUE_SLICE 2000             /* timers served in one turn */
#define STORE_ASK_MS 250           /* how often the store is asked whether it can write */

/* ---- the clock ----------------------------------------------------------------------- */

void
schedule_read_clock(struct schedule *s)
{
	s->now_mono_ms = loop_now_mono_ms(s->loop);
	s->now_unix_ms = clock_unix_ms();
}

int64_t
schedule_unix_ms(const struct schedule *s, int64_t mono_ms)
{
	return s->now_unix_ms + (mono_ms - s->now_mono_ms);
}

int64_t
schedule_mono_ms(const struct schedule *s, int64_t unix_ms)
{
	return s->now_mono_ms + (unix_ms - s->now_unix_ms);
}

void
schedule_wake(struct schedule *s)
{
	if (s->is_woken)
		return;
	s->is_woken = true;
	loop_timer_set(&s->turn, 0);
}

/* ---- what is due --------------------------------------------------------------------- */

static void
queue_due(struct schedule *s, struct heap_node *node)
{
	schedule_queue_due(s, LIST_OWNER(node, struct schedule_queue, due));
}

static void
message_due(struct schedule *s, struct heap_node *node)
{
	schedule_message_expire(s, LIST_OWNER(node, struct schedule_message, expiry));
}

static void
site_due(struct schedule *s, struct heap_node *node)
{
	schedule_site_due(s, LIST_OWNER(node, struct schedule_site, due));
}

static void
hold_due(struct schedule *s, struct heap_node *node)
{
	schedule_hold_due(s, LIST_OWNER(node, struct schedule_hold, due));
}

static void
throttle_due(struct schedule *s, struct heap_node *node)
{
	schedule_throttle_due(s, LIST_OWNER(node, struct schedule_throttle, due));
}

static void
warmup_due(struct schedule *s, struct heap_node *node)
{
	schedule_warmup_due(s, LIST_OWNER(node, struct schedule_warmup, due));
}

static void
off_due(struct schedule *s, struct heap_node *node)
{
	schedule_off_due(s, LIST_OWNER(node, struct schedule_off, due));
}

/* One heap for each sort of owner: the nodes are too many to carry a pointer. */
static void (*const due_fn[SCHEDULE_DUE_COUNT])(struct schedule *s, struct heap_node *node) = {
	[SCHEDULE_DUE_QUEUE] = queue_due,
	[SCHEDULE_DUE_MESSAGE] = message_due,
	[SCHEDULE_DUE_SITE] = site_due,
	[SCHEDULE_DUE_HOLD] = hold_due,
	[SCHEDULE_DUE_THROTTLE] = throttle_due,
	[SCHEDULE_DUE_WARMUP] = warmup_due,
	[SCHEDULE_DUE_OFF] = off_due,
};

static bool
can_record(const struct schedule *s)
{
	return !s->is_stopping && !schedule_record_is_stuck(s);
}

static void
run_due(struct schedule *s)
{
	if (!can_record(s))
		return;
	for (int kind = 0; kind < SCHEDULE_DUE_COUNT; kind++) {
		for (int i = 0; i < DUE_SLICE; i++) {
			struct heap_node *node = heap_first(&s->due[kind]);

			if (node == NULL || node->key > s->now_mono_ms)
				break;
			due_fn[kind](s, node);
		}
	}
}

static int64_t
next_due(const struct schedule *s)
{
	int64_t due = INT64_MAX;

	for (int kind = 0; kind < SCHEDULE_DUE_COUNT && can_record(s); kind++) {
		struct heap_node *node = heap_first(&s->due[kind]);

		if (node && node->key < due)
			due = node->key;
	}
	if (!list_is_empty(&s->unsaved) && s->save_mono_ms < due)
		due = s->save_mono_ms;
	if (schedule_warmup_save_due(s) < due)
		due = schedule_warmup_save_due(s);
	if (schedule_migrate_save_due(s) < due)
		due = schedule_migrate_save_due(s);
	if (schedule_record_is_stuck(s) && s->record_again_mono_ms < due)
		due = s->record_again_mono_ms;
	if (s->store_is_broken && s->store_asked_mono_ms + STORE_ASK_MS < due)
		due = s->store_asked_mono_ms + STORE_ASK_MS;
	if (s->is_stopping && s->stop_mono_ms < due)
		due = s->stop_mono_ms;
	if (can_record(s) && schedule_source_due_mono(s) < due)
		due = schedule_source_due_mono(s);
	if (!s->is_stopping && schedule_notice_due_mono(s) < due)
		due = schedule_notice_due_mono(s);
	return due;
}

/* ---- a turn -------------------------------------------------------------------------- */

static void
ask_store(struct schedule *s)
{
	struct store_stats stats;

	if (s->now_mono_ms < s->store_asked_mono_ms + STORE_ASK_MS)
		return;
	store_stats_read(s->store, &stats);
	s->store_asked_mono_ms = s->now_mono_ms;
	if (stats.is_broken != s->store_is_broken)
		LOG(LOG_WARNING, stats.is_broken ? "schedule.paused" : "schedule.resumed",
		    LOG_TEXT("reason", stats.is_broken ? "the store cannot write"
		                                       : "the store can write again"));
	s->store_is_broken = stats.is_broken;
}

bool
schedule_may_start(const struct schedule *s)
{
	return !s->is_stopping && !s->store_is_broken && !schedule_record_is_stuck(s);
}

void
schedule_show_counts(struct schedule *s)
{
	const uint64_t *n = s->recipients;
	uint64_t deferred = n[SCHEDULE_DEFERRED] + n[SCHEDULE_TOLD];

	atomic_store_explicit(&s->shown.queued, n[SCHEDULE_READY] + deferred + n[SCHEDULE_SCHEDULED]
	                                                + n[SCHEDULE_ACTIVE] + s->held,
	                      memory_order_relaxed);
	atomic_store_explicit(&s->shown.deferred, deferred, memory_order_relaxed);
	atomic_store_explicit(&s->shown.held, s->held, memory_order_relaxed);
	atomic_store_explicit(&s->shown.active, n[SCHEDULE_ACTIVE], memory_order_relaxed);
	atomic_store_explicit(&s->shown.connections, s->slots, memory_order_relaxed);
}

static bool
has_ended(const struct schedule *s)
{
	if (!s->is_stopping)
		return false;
	return s->now_mono_ms >= s->stop_mono_ms
	       || (s->jobs == 0 && s->fetches == 0 && s->writes == 0 && list_is_empty(&s->unsaved)
	           && list_is_empty(&s->unsaved_warmups)
	           && list_is_empty(&s->unsaved_migrations) && schedule_record_pending(s) == 0);
}

static void
set_timer(struct schedule *s)
{
	int64_t due = next_due(s);

	if (s->is_woken) /* asked for during the turn */
		loop_timer_set(&s->turn, 0);
	else if (due == INT64_MAX)
		loop_timer_clear(&s->turn);
	else
		loop_timer_set(&s->turn, due - s->now_mono_ms);
}

void
schedule_turn(void *arg)
{
	struct schedule *s = arg;

	s->is_woken = false;
	schedule_read_clock(s);
	ask_store(s);
	run_due(s);
	if (!s->is_stopping)
		schedule_notice_run(s);
	if (can_record(s))
		schedule_source_check(s);
	if (can_record(s))
		schedule_sweep_run(s);
	if (can_record(s))
		schedule_withdraw_run(s);
	schedule_start_ready(s);
	schedule_message_fit_bodies(s);
	schedule_queue_free_idle(s);
	schedule_hold_tidy(s);
	schedule_saved_flush(s);
	schedule_warmup_flush(s);
	schedule_migrate_flush(s);
	schedule_record_flush(s);
	schedule_show_counts(s);
	if (has_ended(s))
		loop_stop(s->loop);
	else
		set_timer(s);
}
