/* schedule_saved.c - the pace of sites, kept over a restart.
 *
 * Each change marks the site; marked ones are written together, at most once a
 * second. What the store had, and what sites that went leave behind, waits here
 * by key until there is such a site again. Lost by a crash: the last second.
 * Thread: scheduler (loading: main, before it starts). */
#include "schedule/schedule_site.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_turn.h"

#define SAVE_EVERY_MS 1000
#define SAVED_MAX 20000            /* sites remembered that are not there */
#define MICRO 1e6

struct saved {
	struct store_pace row;     /* strings owned */
};

static void
saved_free(struct saved *saved)
{
	mem_free((void *)(uintptr_t)saved->row.site);
	mem_free((void *)(uintptr_t)saved->row.reply.p);
	mem_free((void *)(uintptr_t)saved->row.cause);
	mem_free((void *)(uintptr_t)saved->row.stop);
	mem_free((void *)(uintptr_t)saved->row.history);
	mem_free(saved);
}

static void
put(struct schedule *s, const struct store_pace *row)
{
	struct saved *saved, *old;

	if (map_count(s->saved) >= SAVED_MAX && map_get(s->saved, span_of(row->site)) == NULL)
		return;
	saved = mem_zero(1, sizeof *saved);
	saved->row = *row;
	saved->row.site = mem_strdup(row->site);
	saved->row.cause = mem_strdup(row->cause ? row->cause : "");
	saved->row.stop = mem_strdup(row->stop ? row->stop : "");
	saved->row.history = mem_strdup(row->history ? row->history : "");
	if (row->reply.n > 0)
		saved->row.reply.p = mem_copy(row->reply.p, row->reply.n);
	else
		saved->row.reply = (struct span){ NULL, 0 };
	old = map_put(s->saved, span_of(saved->row.site), saved);
	if (old)
		saved_free(old);
}

void
schedule_saved_load(struct schedule *s, const struct store_pace *row)
{
	put(s, row);
}

/* 0 stays 0: "never" has no time */
static int64_t
to_mono(const struct schedule *s, int64_t unix_ms)
{
	return unix_ms ? schedule_mono_ms(s, unix_ms) : 0;
}

static int64_t
to_unix(const struct schedule *s, int64_t mono_ms)
{
	return mono_ms ? schedule_unix_ms(s, mono_ms) : 0;
}

void
schedule_saved_apply(struct schedule *s, struct schedule_site *site)
{
	struct saved *saved = map_remove(s->saved, span_of(site->key));
	struct pace_control *control = &site->gate.control;
	const struct store_pace *row;

	if (saved == NULL)
		return;
	row = &saved->row;
	control->target = (double)row->target_micro / MICRO;
	control->settled = (double)row->settled_micro / MICRO;
	control->crowd = row->crowd;
	control->window_low = row->window_low;
	control->session = row->session;
	control->crowd_mono_ms = to_mono(s, row->crowd_unix_ms);
	control->session_mono_ms = to_mono(s, row->session_unix_ms);
	site->gate.pause_until_mono_ms = to_mono(s, row->pause_until_unix_ms);
	site->gate.single_until_mono_ms = to_mono(s, row->single_until_unix_ms);
	site->gate.backoff = (struct pace_backoff){
		.failures = row->failures, .since_mono_ms = row->failures ? s->now_mono_ms : 0,
		.until_mono_ms = to_mono(s, row->backoff_until_unix_ms) };
	if (row->code || row->reply.n > 0)
		site->reply = schedule_reply_new(row->code, row->enhanced, row->category,
		                                 row->reply);
	if (*row->cause)
		site->cause = mem_strdup(row->cause);
	schedule_rule_restore_stops(s, site, row->stop);
	schedule_site_restore_history(site, row->history);
	if (row->failures == 0)
		pace_control_resume(control, s->now_mono_ms); /* carefully up again */
	saved_free(saved);
}

static bool
is_worth_saving(const struct schedule *s, const struct schedule_site *site)
{
	const struct pace_control *control = &site->gate.control;

	return control->target > 0 || control->crowd || control->session
	       || site->gate.backoff.failures || !list_is_empty(&site->stops)
	       || (site->is_provider && site->histories > 0) /* these are few */
	       || site->gate.pause_until_mono_ms > s->now_mono_ms
	       || site->gate.single_until_mono_ms > s->now_mono_ms;
}

/* Borrows from the site and the arena. */
static struct store_pace
row_of(const struct schedule *s, const struct schedule_site *site, struct arena *arena)
{
	const struct pace_control *control = &site->gate.control;
	const struct pace_backoff *backoff = &site->gate.backoff;
	struct store_pace row = {
		.site = site->key,
		.target_micro = (int64_t)(control->target * MICRO),
		.settled_micro = (int64_t)(control->settled * MICRO),
		.crowd = control->crowd, .window_low = control->window_low,
		.session = control->session,
		.crowd_unix_ms = to_unix(s, control->crowd_mono_ms),
		.session_unix_ms = to_unix(s, control->session_mono_ms),
		.pause_until_unix_ms = to_unix(s, site->gate.pause_until_mono_ms),
		.single_until_unix_ms = to_unix(s, site->gate.single_until_mono_ms),
		.failures = backoff->failures,
		.backoff_until_unix_ms = backoff->failures ? to_unix(s, backoff->until_mono_ms) : 0,
		.cause = site->cause ? site->cause : "",
		.stop = schedule_rule_save_stops(s, site, arena),
		.history = schedule_site_save_history(site, arena) };

	if (site->reply) {
		row.code = site->reply->code;
		row.enhanced = site->reply->enhanced;
		row.category = site->reply->category;
		row.reply = (struct span){ site->reply->text, site->reply->n };
	}
	return row;
}

void
schedule_saved_mark(struct schedule *s, struct schedule_site *site)
{
	if (list_is_empty(&site->in_unsaved))
		list_push_back(&s->unsaved, &site->in_unsaved);
	schedule_wake(s);
}

static void
add_row(struct schedule *s, struct store_write *write, const struct schedule_site *site)
{
	bool is_kept = is_worth_saving(s, site);
	struct store_pace *row =
		&store_write_add(write, is_kept ? STORE_PUT_PACE : STORE_DELETE_PACE)->row.pace;

	*row = row_of(s, site, write->arena);
	row->site = arena_strdup(write->arena, row->site);
	row->cause = arena_strdup(write->arena, row->cause);
	row->reply.p = arena_span(write->arena, row->reply);
}

void
schedule_saved_keep(struct schedule *s, struct schedule_site *site)
{
	struct arena *arena;
	struct store_pace row;

	if (!is_worth_saving(s, site))
		return;
	arena = arena_new(0);
	row = row_of(s, site, arena);
	put(s, &row);
	arena_free(&arena);
}

void
schedule_saved_flush(struct schedule *s)
{
	if (s->now_mono_ms >= s->save_mono_ms || s->is_stopping)
		schedule_saved_write(s);
}

void
schedule_saved_write(struct schedule *s)
{
	struct store_write *write;
	size_t count = 0;

	if (list_is_empty(&s->unsaved))
		return;
	for (struct list *l = s->unsaved.next; l != &s->unsaved; l = l->next)
		count++;
	write = schedule_write_new(s, NULL, count);
	while (!list_is_empty(&s->unsaved)) {
		struct schedule_site *site =
			LIST_OWNER(s->unsaved.next, struct schedule_site, in_unsaved);

		list_remove(&site->in_unsaved);
		add_row(s, write, site);
	}
	schedule_write_send(s, write);
	s->save_mono_ms = s->now_mono_ms + SAVE_EVERY_MS;
}

const struct store_pace *
schedule_saved_next(const struct schedule *s, size_t *cursor)
{
	struct span key;
	void *saved;

	return map_next(s->saved, cursor, &key, &saved) ? &((struct saved *)saved)->row : NULL;
}

void
schedule_saved_free_all(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *saved;

	while (map_next(s->saved, &cursor, &key, &saved))
		saved_free(saved);
	map_free(&s->saved);
}
