/* schedule_migrate_result.c - what becomes of a credential's mail by each way while it is
 * moved here, and its return when the direct way does worse (migrate_result.h has the rule).
 *
 * Counted are recipients of jobs that came back, since the stage or the share was last
 * changed. Once a second, if something was counted, the ways of a trial are compared, and
 * the counts written: a crash forgets the last second. A credential whose direct way is
 * worse goes back to the old system at once, what waits too, and stays there until an
 * operator sets a share again: it never comes and goes by itself. Thread: scheduler. */
#include "schedule/schedule_migrate.h"

#include <string.h>
#include "base/buf.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_turn.h"
#include "store/store_audit.h"

#define SAVE_EVERY_MS 1000
#define WHY_MAX 200

/* ---- counting ------------------------------------------------------------------------ */

static bool
outcome_of(enum mail_event_kind kind, enum migrate_outcome *outcome_out)
{
	if (kind == MAIL_EVENT_DELIVERED)
		*outcome_out = MIGRATE_DELIVERED;
	else if (kind == MAIL_EVENT_DEFERRED)
		*outcome_out = MIGRATE_DEFERRED;
	else if (kind == MAIL_EVENT_BOUNCED || kind == MAIL_EVENT_EXPIRED)
		*outcome_out = MIGRATE_BOUNCED;
	else
		return false;
	return true;
}

/* Only what a job brought: what an operator bounces says nothing of the way. Its lane is
 * that of the attempt still. */
void
schedule_migrate_hear(struct schedule *s, const struct schedule_recipient *r,
                      const struct mail_event *event)
{
	struct schedule_migration *migration = r->message->credential->migration;
	const struct schedule_message *m = r->message;
	int64_t since = m->release_unix_ms > 0 ? m->release_unix_ms : id_unix_ms(m->id);
	enum migrate_outcome outcome;
	enum migrate_way way;

	if (migration == NULL || r->state != SCHEDULE_ACTIVE || !outcome_of(event->kind, &outcome))
		return;
	way = r->lane->queue->smarthost ? MIGRATE_BY_OLD : MIGRATE_DIRECTLY;
	migrate_result_add(&migration->result[way], outcome, event->category,
	                   r->attempts == 0, s->now_unix_ms - since);
	if (list_is_empty(&migration->in_unsaved))
		list_push_back(&s->unsaved_migrations, &migration->in_unsaved);
}

void
schedule_migrate_begin(struct schedule *s, struct schedule_migration *migration)
{
	for (int way = 0; way < MIGRATE_WAY_COUNT; way++)
		migration->result[way] = (struct migrate_result){ .tried = 0 };
	migration->since_unix_ms = s->now_unix_ms;
}

/* ---- the return ---------------------------------------------------------------------- */

/* tell_return - the event, and with write the audit row: nobody else did it. */
static void
tell_return(struct schedule *s, const struct schedule_migration *migration, const char *was,
            struct store_write *write)
{
	struct arena *arena = write->arena;
	const char *is = schedule_migrate_words(migration, arena);

	schedule_write_audit(s, write, "migrate.return", migration->credential,
	                     arena_printf(arena, "%s; reason: %s",
	                                  store_audit_change(arena, NULL, was, is),
	                                  migration->returned));
	schedule_record_act(s, &(struct mail_event){
		.kind = MAIL_EVENT_CREDENTIAL_CHANGED, .credential = migration->credential,
		.detail = arena_printf(arena, "%s goes through %s again, all of it: %s",
		                       migration->credential, migration->smarthost,
		                       migration->returned) });
}

static void
return_to_old(struct schedule *s, struct schedule_migration *migration, struct span why)
{
	struct store_write *write = schedule_write_new(s, NULL, 1);
	const char *was = schedule_migrate_words(migration, write->arena);

	mem_free(migration->returned);
	mem_free(migration->by);
	mem_free(migration->reason);
	migration->by = mem_strdup("relayd");
	migration->reason = mem_strndup(why.p, why.n);
	memcpy(migration->ended, migration->result, sizeof migration->ended);
	migration->returned = mem_strndup(why.p, why.n);
	migration->returned_unix_ms = s->now_unix_ms;
	migration->returned_percent = migration->percent;
	migration->percent = 0;
	schedule_migrate_begin(s, migration);
	tell_return(s, migration, was, write);
	schedule_migrate_settle(s, migration);
	schedule_migrate_add(write, migration);
	schedule_write_send(s, write);
	schedule_wake(s);
}

/* waits_for_refusal - directly, for a site that stopped because it refuses us */
static bool
waits_for_refusal(const struct schedule *s, const struct schedule_lane *lane)
{
	const struct schedule_site *site = lane->exchange ? lane->exchange->site : NULL;

	return site && lane->queue->smarthost == NULL && site->reply
	       && migrate_result_is_refusal(site->reply->category)
	       && schedule_site_is_waiting(s, site);
}

/* All lanes are looked at, once a second at most, and only while a trial has news. */
static uint32_t
count_waiting(const struct schedule *s, const struct schedule_migration *migration)
{
	struct schedule_table_node *node = NULL;
	uint32_t waiting = 0;

	while ((node = schedule_table_walk(&s->lanes, node)) != NULL) {
		const struct schedule_lane *lane = LIST_OWNER(node, struct schedule_lane, node);

		if (lane->credential->migration == migration && waits_for_refusal(s, lane))
			waiting += lane->count[SCHEDULE_READY] + lane->count[SCHEDULE_TOLD];
	}
	return waiting;
}

/* judge - true: it went back */
static bool
judge(struct schedule *s, struct schedule_migration *migration)
{
	struct buf why;
	bool is_worse;

	if (migration->stage != MIGRATE_TRIAL || migration->percent == 0 || s->is_stopping)
		return false;
	buf_init(&why, WHY_MAX);
	is_worse = migrate_result_is_worse(&migration->result[MIGRATE_DIRECTLY],
	                                   &migration->result[MIGRATE_BY_OLD],
	                                   count_waiting(s, migration), &why);
	if (is_worse)
		return_to_old(s, migration, buf_span(&why));
	buf_deinit(&why);
	return is_worse;
}

/* ---- kept ---------------------------------------------------------------------------- */

int64_t
schedule_migrate_save_due(const struct schedule *s)
{
	return list_is_empty(&s->unsaved_migrations) ? INT64_MAX : s->save_migrations_mono_ms;
}

/* add_row - of a way, now or (WAY_COUNT + way) in the trial that went back */
static void
add_row(struct store_write *write, const struct schedule_migration *migration, int place)
{
	const struct migrate_result *result = place < MIGRATE_WAY_COUNT
		? &migration->result[place] : &migration->ended[place - MIGRATE_WAY_COUNT];
	struct store_migrate_result *row =
		&store_write_add(write, STORE_PUT_MIGRATION_RESULT)->row.migration_result;
	struct buf times;

	row->credential = arena_strdup(write->arena, migration->credential);
	row->way = place;
	row->since_unix_ms = migration->since_unix_ms;
	row->result = *result;
	buf_init(&times, MIGRATE_TIMES_TEXT_SIZE);
	migrate_result_write_times(result, &times);
	row->times = arena_span(write->arena, buf_span(&times));
	buf_deinit(&times);
}

void
schedule_migrate_load_result(struct schedule *s, const struct store_migrate_result *row)
{
	struct schedule_migration *migration = schedule_migrate_find(s, row->credential);
	struct migrate_result *result;

	if (migration == NULL || row->way < 0 || row->way >= 2 * MIGRATE_WAY_COUNT
	    || row->since_unix_ms != migration->since_unix_ms)
		return; /* of before the last change */
	result = row->way < MIGRATE_WAY_COUNT ? &migration->result[row->way]
	                                      : &migration->ended[row->way - MIGRATE_WAY_COUNT];
	*result = row->result;
	migrate_result_read_times(result, span_of(row->times));
}

void
schedule_migrate_flush(struct schedule *s)
{
	struct list *l;
	struct store_write *write;
	int places;

	if (list_is_empty(&s->unsaved_migrations)
	    || (schedule_migrate_save_due(s) > s->now_mono_ms && !s->is_stopping))
		return;
	s->save_migrations_mono_ms = s->now_mono_ms + SAVE_EVERY_MS;
	write = schedule_write_new(s, NULL, map_count(s->migrations) * 2 * MIGRATE_WAY_COUNT);
	while ((l = s->unsaved_migrations.next) != &s->unsaved_migrations) {
		struct schedule_migration *migration =
			LIST_OWNER(l, struct schedule_migration, in_unsaved);

		list_remove(l);
		places = judge(s, migration) ? 2 * MIGRATE_WAY_COUNT : MIGRATE_WAY_COUNT;
		for (int place = 0; place < places; place++)
			add_row(write, migration, place);
	}
	schedule_write_send(s, write);
}
