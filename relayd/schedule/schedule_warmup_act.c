/* schedule_warmup_act.c - what operators see and do of warm-ups: the list of source
 * addresses with each provider's progress, a day set by hand, complaints that somebody
 * tells of. Thread: scheduler. */
#include "schedule/schedule_source_private.h"

#include <errno.h>
#include <string.h>
#include "schedule/schedule_act.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_turn.h"
#include "store/store_audit.h"

/* ---- the list ------------------------------------------------------------------------ */

static struct schedule_off_row
off_row(const struct schedule_source *source, enum schedule_off_kind kind, struct arena *arena)
{
	const struct schedule_off *off = &source->off[kind];

	if (!off->is_set)
		return (struct schedule_off_row){ .by = NULL };
	return (struct schedule_off_row){ .by = arena_strdup(arena, off->by),
		                          .reason = arena_strdup(arena, off->reason),
		                          .since_unix_ms = off->since_unix_ms,
		                          .until_unix_ms = off->until_unix_ms };
}

static void
fill_source(const struct schedule_source *source, struct arena *arena,
            struct schedule_source_row *row)
{
	*row = (struct schedule_source_row){
		.address = arena_strdup(arena, source->address), .is_missing = source->is_missing,
		.warms_up = source->warms_up,
		.off = off_row(source, SCHEDULE_OFF_ALL, arena),
		.pause = off_row(source, SCHEDULE_OFF_WARMUP, arena) };
}

static void
fill_state(const struct schedule_warmup *warmup, struct arena *arena,
           struct schedule_warmup_row *row)
{
	const struct schedule_off *pause = &warmup->source->off[SCHEDULE_OFF_WARMUP];
	const struct pace_warmup *state = &warmup->state;

	row->state = pace_warmup_state_name(state->state);
	if (state->is_paused && pace_warmup_is_capped(state)) {
		row->state = "paused";
		row->why = arena_printf(arena, "by %s%s%s", pause->by, *pause->reason ? ": " : "",
		                        pause->reason);
	} else if (state->state == PACE_WARMUP_WARMING && state->freeze != PACE_WARMUP_FREE) {
		row->state = "frozen";
		row->why = schedule_warmup_frozen_text(warmup, arena);
	}
}

static void
fill_warmup(struct schedule *s, struct schedule_warmup *warmup, struct arena *arena,
            struct schedule_warmup_row *row)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	const struct pace_warmup *state = &warmup->state;
	int64_t opens;

	schedule_warmup_tick(s, warmup);
	opens = pace_warmup_opens(state, &plan, s->now_unix_ms);
	*row = (struct schedule_warmup_row){
		.address = arena_strdup(arena, warmup->source->address),
		.provider = arena_strdup(arena, warmup->provider),
		.day = state->day, .days = pace_warmup_is_capped(state) ? plan.days : 0,
		.sent = state->sent, .tried = state->tried, .deferred = state->deferred,
		.complaints = state->complaints, .began_unix_ms = state->began_unix_ms,
		.cap = pace_warmup_today(state, &plan),
		.tomorrow = pace_warmup_tomorrow(state, &plan),
		.deferred_share = pace_warmup_deferral_share(state),
		.complained_share = pace_warmup_complaint_share(state),
		.opens_unix_ms = opens > s->now_unix_ms ? opens : 0,
		.warm_unix_ms = pace_warmup_warm_on(state, &plan, s->now_unix_ms),
		.mean = pace_warmup_mean(state, s->now_unix_ms),
		.first_unix_ms = state->first_unix_ms, .used_unix_ms = state->used_unix_ms };
	fill_state(warmup, arena, row);
}

/* Here match is an address and no scope; the asker picks those of it. */
static void
list_stops(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_ask all = { .arena = ask->arena };

	schedule_stop_list(s, &all);
	ask->stop = all.stop;
	ask->stops = all.stops;
}

void
schedule_warmup_list(struct schedule *s, struct schedule_ask *ask)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	ask->source = arena_zero(ask->arena, (map_count(s->sources) + 1) * sizeof *ask->source);
	ask->warmup = arena_zero(ask->arena, (map_count(s->warmups) + 1) * sizeof *ask->warmup);
	while (map_next(s->sources, &cursor, &key, &value)) {
		const struct schedule_source *source = value;

		if (source->is_configured && (!ask->match || span_is(key, ask->match)))
			fill_source(source, ask->arena, &ask->source[ask->rows++]);
	}
	cursor = 0;
	while (map_next(s->warmups, &cursor, &key, &value)) {
		struct schedule_warmup *warmup = value;

		if (warmup->source->is_configured
		    && (!ask->match || strcmp(warmup->source->address, ask->match) == 0))
			fill_warmup(s, warmup, ask->arena, &ask->warmup[ask->warmups++]);
	}
	ask->total = ask->rows;
	list_stops(s, ask);
	schedule_wake(s); /* a day may have ended: it is told, and stored */
}

/* ---- by hand ------------------------------------------------------------------------- */

static int
check(const struct schedule *s, const struct schedule_ask *ask, struct err *err)
{
	const struct schedule_source *source = map_get(s->sources, span_of(ask->match));

	if (source == NULL || !source->is_configured)
		return err_set(err, ERR_INPUT, ENOENT, "no pool has the address %.60s; relaycli "
		                                       "pool list shows them", ask->match);
	if (ask->provider && strcmp(ask->provider, CONFIG_PROVIDER_OTHERS) != 0
	    && !config_has_provider(s->config, ask->provider))
		return err_set(err, ERR_INPUT, ENOENT,
		               "there is no provider %.60s; " CONFIG_PROVIDER_OTHERS
		               " are all sites without one", ask->provider);
	return 0;
}

static void
set_one(struct schedule *s, struct schedule_warmup *warmup, uint32_t day,
        struct store_write *write)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	struct store_warmup *row;

	warmup->is_by_hand = true;
	pace_warmup_set(&warmup->state, &plan, day, s->now_unix_ms);
	row = &store_write_add(write, STORE_PUT_WARMUP)->row.warmup;
	*row = schedule_warmup_row(warmup);
	row->address = arena_strdup(write->arena, row->address);
	row->provider = arena_strdup(write->arena, row->provider);
}

static const char *
state_text(const struct schedule_warmup *warmup, struct arena *arena)
{
	const struct pace_warmup *state = &warmup->state;

	if (state->state != PACE_WARMUP_WARMING)
		return pace_warmup_state_name(state->state);
	return arena_printf(arena, "day %u", state->day);
}

/* set_and_tell - set_one, with what the audit log says of it */
static void
set_and_tell(struct schedule *s, struct schedule_warmup *warmup, struct schedule_ask *ask,
             struct store_write *write)
{
	bool is_any = strcmp(warmup->provider, SCHEDULE_ANY_PROVIDER) == 0;
	const char *was = state_text(warmup, ask->arena);

	set_one(s, warmup, ask->day, write);
	ask->did = store_audit_add(
		ask->arena, ask->did,
		store_audit_change(ask->arena, is_any ? "new ones" : warmup->provider, was,
		                   state_text(warmup, ask->arena)));
}

static void
say_set(struct schedule *s, struct schedule_ask *ask)
{
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	const char *day = ask->day > plan.days ? "warm" : arena_printf(ask->arena, "day %u",
	                                                               ask->day);

	schedule_record_act(s, &(struct mail_event){
		.kind = MAIL_EVENT_SOURCE_CHANGED, .source_address = ask->match,
		.site = ask->provider,
		.detail = arena_printf(ask->arena, "warm-up of %s with %s: set to %s by %s%s%s",
		                       ask->match, ask->provider ? ask->provider : "everybody",
		                       day, ask->by ? ask->by : "somebody",
		                       ask->reason ? ": " : "", ask->reason ? ask->reason : "") });
}

/* Of one provider, or of all: those that are there, and where new ones begin. */
bool
schedule_warmup_set(struct schedule *s, struct schedule_ask *ask)
{
	struct store_write *write;
	struct span key;
	size_t cursor = 0;
	void *value;

	if (check(s, ask, &ask->err) < 0) {
		ask->result = -1;
		return true;
	}
	schedule_warmup_get(s, ask->match, ask->provider ? ask->provider : SCHEDULE_ANY_PROVIDER);
	write = schedule_write_new(s, ask, map_count(s->warmups));
	while (map_next(s->warmups, &cursor, &key, &value)) {
		struct schedule_warmup *warmup = value;

		if (strcmp(warmup->source->address, ask->match) == 0
		    && (!ask->provider || strcmp(warmup->provider, ask->provider) == 0)) {
			set_and_tell(s, warmup, ask, write);
			ask->affected++;
		}
	}
	say_set(s, ask);
	schedule_warmup_configure(s); /* whoever waits may go, or has to */
	schedule_write_send(s, write);
	return false;
}

/* ---- complaints ---------------------------------------------------------------------- */

bool
schedule_warmup_complain(struct schedule *s, struct schedule_ask *ask)
{
	bool is_provider = ask->provider && config_has_provider(s->config, ask->provider);
	struct schedule_warmup *warmup = schedule_warmup_find(
		s, ask->match, is_provider ? ask->provider : CONFIG_PROVIDER_OTHERS);

	if (warmup == NULL)
		return true; /* of before the last that was kept */
	schedule_warmup_heard_complaint(s, warmup);
	ask->affected = 1;
	return true;
}
