/* schedule_off.c - what operators switch off about a source address: all of its mail,
 * or (a pause of its warm-up) the mail to providers where it is not warm yet.
 *
 * Others of its pool step in, then the overflow pool; what is left waits and says so.
 * In the store before the operator hears that it is done; jobs under way end as they
 * would have. Thread: scheduler. */
#include "schedule/schedule_source_private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"
#include "store/store_audit.h"

static const char *const names[] = { /* in the store */
	[SCHEDULE_OFF_ALL] = "off",
	[SCHEDULE_OFF_WARMUP] = "warmup",
};
static_assert(sizeof names / sizeof names[0] == SCHEDULE_OFF_COUNT, "a name for each");

bool
schedule_off_is_set(const struct schedule_source *source, enum schedule_off_kind kind)
{
	return source->off[kind].is_set;
}

static enum schedule_off_kind
kind_of(const struct schedule_off *off)
{
	return (enum schedule_off_kind)(off - off->source->off);
}

/* ---- what follows -------------------------------------------------------------------- */

static void
close_idle(struct schedule *s, const struct schedule_source *source)
{
	struct list *l = s->all_sites.next, *next;

	for (; l != &s->all_sites; l = next) {
		struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);
		uint32_t slots = site->slots;

		next = l->next; /* a site may go with its last connection */
		for (; site->source == source->address && slots > 0
		       && !list_is_empty(&site->idle); slots--)
			schedule_slot_close(s, LIST_OWNER(site->idle.next, struct schedule_slot,
			                                  in_site));
	}
}

static void
take_effect(struct schedule *s, const struct schedule_source *source, enum schedule_off_kind kind)
{
	schedule_wake(s);
	if (kind == SCHEDULE_OFF_WARMUP) {
		schedule_warmup_configure(s);
		return;
	}
	schedule_source_reassign(s);
	if (schedule_off_is_set(source, kind))
		close_idle(s, source);
}

static void
say(struct schedule *s, const struct schedule_source *source, const char *words)
{
	schedule_record_act(s, &(struct mail_event){ .kind = MAIL_EVENT_SOURCE_CHANGED,
	                                             .source_address = source->address,
	                                             .detail = words });
}

/* ---- setting and clearing ------------------------------------------------------------ */

static void
clear(struct schedule *s, struct schedule_off *off)
{
	heap_remove(&s->due[SCHEDULE_DUE_OFF], &off->due);
	mem_free(off->reason);
	mem_free(off->by);
	off->reason = off->by = NULL;
	off->is_set = false;
}

static void
set(struct schedule *s, const struct store_source_stop *row, enum schedule_off_kind kind)
{
	struct schedule_off *off = &schedule_source_get(s, row->address)->off[kind];

	clear(s, off);
	off->is_set = true;
	off->reason = mem_strdup(row->reason ? row->reason : "");
	off->by = mem_strdup(row->by ? row->by : "");
	off->since_unix_ms = row->since_unix_ms;
	off->until_unix_ms = row->until_unix_ms;
	if (row->until_unix_ms)
		heap_insert(&s->due[SCHEDULE_DUE_OFF], &off->due,
		            schedule_mono_ms(s, row->until_unix_ms));
}

void
schedule_off_load(struct schedule *s, const struct store_source_stop *row)
{
	for (int kind = 0; kind < SCHEDULE_OFF_COUNT; kind++)
		if (strcmp(row->what, names[kind]) == 0)
			set(s, row, (enum schedule_off_kind)kind);
	schedule_warmup_configure(s); /* mail comes later: nothing else to do */
}

/* words_of - "on", "off by ana until ... (spike)", for the audit log */
static const char *
words_of(const struct schedule_off *off, bool is_all, struct arena *arena)
{
	if (!off->is_set)
		return is_all ? "on" : "goes on";
	return store_audit_state(arena, is_all ? "off" : "paused", off->by, off->reason,
	                         off->until_unix_ms);
}

static void
forget_row(struct store_write *write, const struct schedule_off *off)
{
	struct store_source_stop *row =
		&store_write_add(write, STORE_DELETE_SOURCE_STOP)->row.source_stop;

	row->address = arena_strdup(write->arena, off->source->address);
	row->what = names[kind_of(off)];
}

static void
end(struct schedule *s, struct store_write *write, struct schedule_off *off, const char *how)
{
	struct arena *arena = arena_new(0);
	enum schedule_off_kind kind = kind_of(off);

	forget_row(write, off);
	clear(s, off);
	say(s, off->source,
	    arena_printf(arena, kind == SCHEDULE_OFF_ALL ? "%s sends again, %s"
	                                                 : "%s goes on warming up, %s",
	                 off->source->address, how));
	arena_free(&arena);
	take_effect(s, off->source, kind);
}

/* The time somebody gave is over. */
void
schedule_off_due(struct schedule *s, struct schedule_off *off)
{
	struct store_write *write = schedule_write_new(s, NULL, 1);
	bool is_all = kind_of(off) == SCHEDULE_OFF_ALL;

	schedule_write_audit(s, write, is_all ? "pool.ip" : "pool.warmup", off->source->address,
	                     store_audit_change(write->arena, is_all ? NULL : "warm-up",
	                                        words_of(off, is_all, write->arena),
	                                        is_all ? "on; reason: its time is over"
	                                               : "goes on; reason: its time is over"));
	end(s, write, off, "its time is over");
	schedule_write_send(s, write);
}

void
schedule_off_deinit(struct schedule *s, struct schedule_source *source)
{
	for (int kind = 0; kind < SCHEDULE_OFF_COUNT; kind++)
		clear(s, &source->off[kind]);
}

/* ---- operators ----------------------------------------------------------------------- */

static bool
fail(struct schedule_ask *ask, const char *what)
{
	ask->result = err_set(&ask->err, ERR_INPUT, ENOENT, "%.60s %s", ask->match, what);
	return true;
}

/* did - for the audit log: off as it is, and as it will be */
static void
did(struct schedule_ask *ask, const struct schedule_off *off, bool is_on)
{
	const struct schedule_off next = { .is_set = !is_on, .until_unix_ms = ask->until_unix_ms };
	bool is_all = kind_of(off) == SCHEDULE_OFF_ALL;

	ask->did = store_audit_change(ask->arena, is_all ? NULL : "warm-up",
	                              words_of(off, is_all, ask->arena),
	                              words_of(&next, is_all, ask->arena));
}

static bool
switch_on(struct schedule *s, struct schedule_ask *ask, struct schedule_off *off)
{
	struct store_write *write;

	if (!off->is_set)
		return fail(ask, kind_of(off) == SCHEDULE_OFF_ALL
		                         ? "is not switched off"
		                         : "has a warm-up that is not paused");
	did(ask, off, true);
	write = schedule_write_new(s, ask, 1);
	end(s, write, off, arena_printf(ask->arena, "by %s%s%s", ask->by ? ask->by : "somebody",
	                                ask->reason ? ": " : "", ask->reason ? ask->reason : ""));
	schedule_write_send(s, write);
	return false;
}

static bool
switch_off(struct schedule *s, struct schedule_ask *ask, struct schedule_off *off)
{
	struct store_write *write = schedule_write_new(s, ask, 1);
	enum schedule_off_kind kind = kind_of(off);
	struct store_source_stop *row =
		&store_write_add(write, STORE_PUT_SOURCE_STOP)->row.source_stop;

	*row = (struct store_source_stop){
		.address = arena_strdup(write->arena, off->source->address), .what = names[kind],
		.reason = arena_strdup(write->arena, ask->reason ? ask->reason : ""),
		.by = arena_strdup(write->arena, ask->by ? ask->by : "somebody"),
		.since_unix_ms = s->now_unix_ms, .until_unix_ms = ask->until_unix_ms };
	did(ask, off, false);
	set(s, row, kind);
	say(s, off->source,
	    arena_printf(ask->arena,
	                 kind == SCHEDULE_OFF_ALL ? "%s is switched off by %s%s%s"
	                                          : "the warm-up of %s is paused by %s%s%s",
	                 row->address, row->by, *row->reason ? ": " : "", row->reason));
	take_effect(s, off->source, kind);
	schedule_write_send(s, write);
	return false;
}

bool
schedule_off_act(struct schedule *s, struct schedule_ask *ask)
{
	bool is_warmup = ask->act == SCHEDULE_PAUSE_WARMUP || ask->act == SCHEDULE_RESUME_WARMUP;
	bool is_on = ask->act == SCHEDULE_SWITCH_ON || ask->act == SCHEDULE_RESUME_WARMUP;
	struct schedule_source *source = map_get(s->sources, span_of(ask->match));
	struct schedule_off *off;

	if (source == NULL)
		return fail(ask, "is in no pool; relaycli pool list shows those there are");
	off = &source->off[is_warmup ? SCHEDULE_OFF_WARMUP : SCHEDULE_OFF_ALL];
	if (is_on) /* also of an address that left the configuration */
		return switch_on(s, ask, off);
	if (!source->is_configured)
		return fail(ask, "is in no pool of relayd.conf any more");
	return switch_off(s, ask, off);
}
