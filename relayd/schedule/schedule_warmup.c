/* schedule_warmup.c - what a source address may send to a provider while it earns its
 * standing there (pace_warmup.h says how much), and what its use is counted for.
 *
 *   site --n:1--> warmup (address x provider; all sites without a provider: "others")
 *
 * A closed warm-up costs nothing per message: the next time one of its sites is looked
 * at, that site's lanes are told once to go by other addresses, and it waits in line.
 * Each opening brings back as many sites as recipients may go, oldest first, and no more:
 * "others" may be a hundred thousand sites with one recipient a minute for all.
 *
 * What goes is counted when a job starts and given back when it was not tried; answers
 * about the address (record/ knows) are what freezes it. Kept in the store: what is
 * capped with the turn that changed it, or at most a tenth of a second behind.
 * Thread: scheduler (loading: main, before it starts). */
#include "schedule/schedule_source_private.h"

#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "record/record_pace.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define MORE_AFTER_MS 200          /* an open one looks again for sites in line */
#define LOOK_MAX 1000              /* of them at a time */
#define SAVE_EVERY_MS 100          /* a crash forgets no more, and little mail at that */
#define SAVE_USE_EVERY_MS 60000    /* where nothing is capped, only counted */
#define KEY_BYTES 1024

struct pace_warmup_plan
schedule_warmup_plan(const struct schedule *s)
{
	return (struct pace_warmup_plan){ s->config->warmup.first, s->config->warmup.growth,
		                          s->config->warmup.days };
}

static uint32_t
room_of(const struct schedule *s, const struct schedule_warmup *warmup)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);

	return pace_warmup_room(&warmup->state, &plan);
}

/* ---- which ones there are ------------------------------------------------------------ */

static bool
is_template(const struct schedule_warmup *warmup)
{
	return strcmp(warmup->provider, SCHEDULE_ANY_PROVIDER) == 0;
}

static struct span
key_of(const char *address, const char *provider, struct buf *key)
{
	buf_init(key, KEY_BYTES);
	buf_printf(key, "%s %s", address, provider);
	return buf_span(key);
}

struct schedule_warmup *
schedule_warmup_find(const struct schedule *s, const char *address, const char *provider)
{
	struct schedule_warmup *found;
	struct buf key;

	found = map_get(s->warmups, key_of(address, provider, &key));
	buf_deinit(&key);
	return found;
}

static struct schedule_warmup *
make(struct schedule *s, const char *address, const char *provider)
{
	size_t n = strlen(provider);
	struct schedule_warmup *warmup = mem_zero(1, sizeof *warmup + n + 1);
	struct buf key;

	memcpy(warmup->provider, provider, n);
	warmup->source = schedule_source_get(s, address);
	list_init(&warmup->waiting);
	list_init(&warmup->in_unsaved);
	heap_node_init(&warmup->due);
	map_put(s->warmups, key_of(address, provider, &key), warmup);
	buf_deinit(&key);
	return warmup;
}

/* settle - under warm-up or not, paused or not, as its pools and operators have it */
static void
settle(struct schedule *s, struct schedule_warmup *warmup)
{
	bool is_paused = schedule_off_is_set(warmup->source, SCHEDULE_OFF_WARMUP);

	if (warmup->is_by_hand || warmup->source->warms_up)
		pace_warmup_adopt(&warmup->state, s->now_unix_ms);
	else if (warmup->state.state != PACE_WARMUP_NONE)
		pace_warmup_release(&warmup->state);
	if (is_paused && !warmup->state.is_paused)
		pace_warmup_pause(&warmup->state);
	else if (!is_paused && warmup->state.is_paused)
		pace_warmup_resume(&warmup->state, s->now_unix_ms);
}

/* A new pair begins where an operator said that all of this address's begin. */
static void
begin_as_told(struct schedule *s, struct schedule_warmup *warmup)
{
	const struct schedule_warmup *any =
		schedule_warmup_find(s, warmup->source->address, SCHEDULE_ANY_PROVIDER);
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);

	if (any == NULL)
		return;
	warmup->is_by_hand = true;
	pace_warmup_set(&warmup->state, &plan, any->state.day ? any->state.day : UINT32_MAX,
	                s->now_unix_ms);
}

struct schedule_warmup *
schedule_warmup_get(struct schedule *s, const char *address, const char *provider)
{
	struct schedule_warmup *warmup = schedule_warmup_find(s, address, provider);

	if (warmup)
		return warmup;
	warmup = make(s, address, provider);
	if (!is_template(warmup)) {
		begin_as_told(s, warmup);
		settle(s, warmup);
	}
	return warmup;
}

void
schedule_warmup_load(struct schedule *s, const struct store_warmup *row)
{
	struct schedule_warmup *warmup = schedule_warmup_find(s, row->address, row->provider);

	if (row->state.state < 0 || row->state.state >= PACE_WARMUP_STATE_COUNT)
		return; /* of a later version */
	if (warmup == NULL)
		warmup = make(s, row->address, row->provider);
	warmup->state = row->state;
	warmup->is_by_hand = row->is_by_hand;
	if (!is_template(warmup))
		settle(s, warmup);
}

void
schedule_warmup_configure(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(s->warmups, &cursor, &key, &value)) {
		struct schedule_warmup *warmup = value;

		if (is_template(warmup))
			continue;
		settle(s, warmup);
		schedule_warmup_changed(s, warmup);
	}
	/* not while walking: mail that finds its way makes new ones */
	for (struct list *l = s->unsaved_warmups.next; l != &s->unsaved_warmups; l = l->next)
		schedule_warmup_open(s, LIST_OWNER(l, struct schedule_warmup, in_unsaved));
}

/* ---- the day ------------------------------------------------------------------------- */

static const char *
reason_text(const struct pace_warmup *state, struct arena *arena)
{
	if (state->freeze == PACE_WARMUP_BY_COMPLAINTS)
		return arena_printf(arena, "%u complaint%s (%.2f %% of two days' mail)",
		                    state->complaints, state->complaints == 1 ? "" : "s",
		                    100 * pace_warmup_complaint_share(state));
	return arena_printf(arena, "%u of %u refused because of the address (%.1f %%)",
	                    state->deferred, state->tried,
	                    100 * pace_warmup_deferral_share(state));
}

const char *
schedule_warmup_frozen_text(const struct schedule_warmup *warmup, struct arena *arena)
{
	const struct pace_warmup *state = &warmup->state;

	if (state->freeze == PACE_WARMUP_FREE)
		return NULL;
	return arena_printf(arena, "%s: day %u comes again", reason_text(state, arena),
	                    state->day);
}

static void
say(struct schedule *s, const struct schedule_warmup *warmup, enum pace_warmup_change change)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	const struct pace_warmup *state = &warmup->state;
	struct arena *arena = arena_new(0);
	const char *words = NULL;

	if (change == PACE_WARMUP_FROZE)
		words = arena_printf(arena, "frozen at day %u: %s", state->day,
		                     reason_text(state, arena));
	else if (change == PACE_WARMUP_THAWED)
		words = arena_printf(arena, "day %u is well again: %s", state->day,
		                     reason_text(state, arena));
	else if (change == PACE_WARMUP_BACK)
		words = arena_printf(arena, "back to day %u, at most %u recipients a day: %s",
		                     state->day, pace_warmup_today(state, &plan),
		                     reason_text(state, arena));
	else if (change == PACE_WARMUP_NEXT)
		words = arena_printf(arena, "day %u of %u, at most %u recipients", state->day,
		                     plan.days, pace_warmup_today(state, &plan));
	else if (change == PACE_WARMUP_AGAIN)
		words = arena_printf(arena, "day %u of %u comes again: it was frozen, or less than "
		                     "half of it was used", state->day, plan.days);
	else if (change == PACE_WARMUP_DONE)
		words = "warm: no cap any more";
	else if (change == PACE_WARMUP_COOLED)
		words = "cold: nothing was sent for 30 days, it begins with day 1 again";
	if (words) {
		words = arena_printf(arena, "warm-up of %s with %s: %s", warmup->source->address,
		                     warmup->provider, words);
		schedule_record_act(s, &(struct mail_event){
			.kind = MAIL_EVENT_SOURCE_CHANGED, .site = warmup->provider,
			.source_address = warmup->source->address, .detail = words });
	}
	arena_free(&arena);
}

static void
changed(struct schedule *s, struct schedule_warmup *warmup, enum pace_warmup_change change)
{
	schedule_warmup_changed(s, warmup);
	if (change == PACE_WARMUP_SAME)
		return;
	warmup->saved_mono_ms = 0;
	say(s, warmup, change);
}

void
schedule_warmup_tick(struct schedule *s, struct schedule_warmup *warmup)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	enum pace_warmup_change change;

	if (is_template(warmup))
		return;
	change = pace_warmup_tick(&warmup->state, &plan, s->now_unix_ms);
	if (change != PACE_WARMUP_SAME)
		changed(s, warmup, change);
}

/* ---- in line ------------------------------------------------------------------------- */

/* set_timer - for those that wait: it opens, or there is more than the last ones took. */
static void
set_timer(struct schedule *s, struct schedule_warmup *warmup)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	int64_t opens = pace_warmup_opens(&warmup->state, &plan, s->now_unix_ms);
	int64_t due = opens > s->now_unix_ms ? schedule_mono_ms(s, opens)
	                                     : s->now_mono_ms + MORE_AFTER_MS;

	if (list_is_empty(&warmup->waiting) || opens == 0)
		heap_remove(&s->due[SCHEDULE_DUE_WARMUP], &warmup->due);
	else if (!heap_has(&warmup->due) || warmup->due.key != due)
		heap_move(&s->due[SCHEDULE_DUE_WARMUP], &warmup->due, due);
}

bool
schedule_warmup_is_closed(struct schedule *s, struct schedule_site *site)
{
	struct schedule_warmup *warmup = site->warmup;

	if (schedule_warmup_room(s, site) > 0)
		return false;
	if (list_is_empty(&site->in_warmup)) {
		list_push_back(&warmup->waiting, &site->in_warmup);
		set_timer(s, warmup);
	}
	return true;
}

bool
schedule_warmup_blocks(const struct schedule *s, const struct schedule_site *site,
                       int64_t *until_out)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	int64_t opens;

	if (site->warmup == NULL || room_of(s, site->warmup) > 0)
		return false;
	opens = pace_warmup_opens(&site->warmup->state, &plan, s->now_unix_ms);
	*until_out = opens ? schedule_mono_ms(s, opens) : 0;
	return true;
}

bool
schedule_warmup_lets(struct schedule *s, struct schedule_site *site)
{
	if (!schedule_warmup_is_closed(s, site))
		return true;
	if (!site->has_turned_away) {
		site->has_turned_away = true;
		schedule_source_rejoin(s, site);
	}
	return false;
}

static bool
has_mail(const struct schedule_site *site)
{
	return heap_first(&site->flows[SCHEDULE_TRANSACTIONAL])
	       || heap_first(&site->flows[SCHEDULE_BULK]);
}

/* Those whose mail has gone other ways meanwhile leave the line and cost nothing. */
void
schedule_warmup_open(struct schedule *s, struct schedule_warmup *warmup)
{
	uint32_t room;

	schedule_warmup_tick(s, warmup);
	room = room_of(s, warmup);
	for (int i = 0; i < LOOK_MAX && room > 0 && !list_is_empty(&warmup->waiting); i++) {
		struct schedule_site *site =
			LIST_OWNER(warmup->waiting.next, struct schedule_site, in_warmup);

		list_remove(&site->in_warmup);
		site->has_turned_away = false;
		schedule_source_rejoin(s, site);
		schedule_site_dirty(s, site);
		room -= has_mail(site);
	}
	set_timer(s, warmup);
}

void
schedule_warmup_due(struct schedule *s, struct schedule_warmup *warmup)
{
	heap_remove(&s->due[SCHEDULE_DUE_WARMUP], &warmup->due);
	schedule_warmup_open(s, warmup);
}

/* ---- what goes, and what becomes of it ----------------------------------------------- */

uint32_t
schedule_warmup_room(struct schedule *s, struct schedule_site *site)
{
	if (site->warmup == NULL)
		return PACE_WARMUP_ANY;
	schedule_warmup_tick(s, site->warmup);
	return room_of(s, site->warmup);
}

void
schedule_warmup_take(struct schedule *s, struct schedule_slot *slot, size_t recipients)
{
	struct schedule_warmup *warmup = slot->exchange->site->warmup;
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);

	if (warmup == NULL)
		return;
	pace_warmup_take(&warmup->state, &plan, (uint32_t)recipients, s->now_unix_ms);
	slot->warmup_day = warmup->state.serial;
	schedule_warmup_changed(s, warmup);
}

void
schedule_warmup_refund(struct schedule *s, const struct schedule_slot *slot, size_t recipients)
{
	struct schedule_warmup *warmup = slot->exchange->site->warmup;
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);

	if (warmup == NULL || recipients == 0)
		return;
	pace_warmup_refund(&warmup->state, &plan, (uint32_t)recipients, slot->warmup_day);
	schedule_warmup_changed(s, warmup);
	set_timer(s, warmup);
}

/* is_about_address - its standing, its names or its rate; not that there were too many
 * connections at once, which is no fault of the address. */
static bool
is_about_address(const struct mail_event *event, const struct record_ruling *ruling,
                 enum verdict_phase phase)
{
	if (ruling == NULL || ruling->party == RECORD_SOURCE)
		return ruling != NULL;
	return ruling->party == RECORD_SITE && event->category == VERDICT_RATE_LIMITED
	       && record_pace_news(event->reply, phase) == PACE_THROTTLED;
}

void
schedule_warmup_hear(struct schedule *s, const struct schedule_slot *slot,
                     const struct deliver_job *job)
{
	struct schedule_warmup *warmup = slot->exchange->site->warmup;
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	uint32_t tried = 0, refused = 0;

	if (warmup == NULL)
		return;
	for (size_t i = 0; i < job->recipients; i++) {
		const struct deliver_recipient *r = &job->recipient[i];

		tried += r->event != NULL;
		refused += r->event && is_about_address(r->event, r->ruling, r->phase);
	}
	/* turned away before anybody was named: as if one had been */
	if (tried == 0 && job->failure && is_about_address(job->failure, job->ruling, job->phase))
		tried = refused = 1;
	schedule_warmup_refund(s, slot, job->recipients - tried);
	if (tried > 0)
		changed(s, warmup, pace_warmup_tell(&warmup->state, &plan, tried, refused));
}

void
schedule_warmup_heard_complaint(struct schedule *s, struct schedule_warmup *warmup)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);

	changed(s, warmup, pace_warmup_complain(&warmup->state, &plan, 1));
}

/* ---- kept ---------------------------------------------------------------------------- */

void
schedule_warmup_changed(struct schedule *s, struct schedule_warmup *warmup)
{
	if (list_is_empty(&warmup->in_unsaved))
		list_push_back(&s->unsaved_warmups, &warmup->in_unsaved);
}

/* due_of - mono ms: not saved before. */
static int64_t
due_of(const struct schedule *s, const struct schedule_warmup *warmup)
{
	if (s->is_stopping || warmup->saved_mono_ms == 0)
		return 0;
	return warmup->saved_mono_ms + (pace_warmup_is_capped(&warmup->state) ? SAVE_EVERY_MS
	                                                                      : SAVE_USE_EVERY_MS);
}

int64_t
schedule_warmup_save_due(const struct schedule *s)
{
	int64_t due = INT64_MAX;

	for (struct list *l = s->unsaved_warmups.next; l != &s->unsaved_warmups; l = l->next) {
		int64_t one = due_of(s, LIST_OWNER(l, struct schedule_warmup, in_unsaved));

		due = one < due ? one : due;
	}
	return due;
}

struct store_warmup
schedule_warmup_row(const struct schedule_warmup *warmup)
{
	return (struct store_warmup){ .address = warmup->source->address,
		                      .provider = warmup->provider, .state = warmup->state,
		                      .is_by_hand = warmup->is_by_hand };
}

static void
add_row(struct schedule *s, struct store_write *write, struct schedule_warmup *warmup)
{
	struct store_warmup *row = &store_write_add(write, STORE_PUT_WARMUP)->row.warmup;

	*row = schedule_warmup_row(warmup);
	row->address = arena_strdup(write->arena, row->address);
	row->provider = arena_strdup(write->arena, row->provider);
	warmup->saved_mono_ms = s->now_mono_ms;
	list_remove(&warmup->in_unsaved);
}

void
schedule_warmup_flush(struct schedule *s)
{
	struct list *l = s->unsaved_warmups.next, *next;
	struct store_write *write;

	if (schedule_warmup_save_due(s) > s->now_mono_ms)
		return;
	write = schedule_write_new(s, NULL, map_count(s->warmups));
	for (; l != &s->unsaved_warmups; l = next) {
		struct schedule_warmup *warmup = LIST_OWNER(l, struct schedule_warmup, in_unsaved);

		next = l->next;
		if (due_of(s, warmup) <= s->now_mono_ms)
			add_row(s, write, warmup);
	}
	schedule_write_send(s, write);
}

void
schedule_warmup_free_all(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(s->warmups, &cursor, &key, &value)) {
		struct schedule_warmup *warmup = value;

		heap_remove(&s->due[SCHEDULE_DUE_WARMUP], &warmup->due);
		mem_free(warmup);
	}
	map_free(&s->warmups);
}
