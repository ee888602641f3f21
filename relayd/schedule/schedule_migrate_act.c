/* schedule_migrate_act.c - what operators see and do of migrations: the stage of a
 * credential, the share of its mail that goes directly. Thread: scheduler. */
#include "schedule/schedule_migrate.h"

#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_outcome.h"
#include "store/store_audit.h"

#define FIRST_PERCENT 5            /* directly, when a trial begins without a number */

/* ---- the list ------------------------------------------------------------------------ */

static uint32_t
percent_of(const struct schedule_migration *migration)
{
	return migration->stage == MIGRATE_TRIAL ? migration->percent
	       : migration->stage == MIGRATE_MOVED ? 100 : 0;
}

static void
fill(const struct schedule *s, const struct schedule_migration *migration, struct arena *arena,
     struct schedule_migration_row *row)
{
	const char *smarthost = migration->smarthost;

	*row = (struct schedule_migration_row){
		.credential = arena_strdup(arena, migration->credential),
		.is_staged = migration->is_staged, .stage = migration->stage,
		.percent = percent_of(migration),
		.smarthost = arena_strdup(arena, smarthost),
		.is_missing = smarthost && !config_find_smarthost(s->config, span_of(smarthost)),
		.since_unix_ms = migration->since_unix_ms,
		.by = arena_strdup(arena, migration->by),
		.reason = arena_strdup(arena, migration->reason) };
	for (int method = 0; method < MIGRATE_METHOD_COUNT; method++)
		row->evidence[method] =
			schedule_migrate_sum(migration, (enum migrate_method)method, arena);
	for (int way = 0; way < MIGRATE_WAY_COUNT; way++)
		row->result[way] = migration->result[way];
	if (migration->returned_unix_ms == 0)
		return;
	row->returned = arena_strdup(arena, migration->returned);
	row->returned_unix_ms = migration->returned_unix_ms;
	row->returned_percent = migration->returned_percent;
	memcpy(row->ended, migration->ended, sizeof row->ended);
}

void
schedule_migrate_list(struct schedule *s, struct schedule_ask *ask)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	ask->migration = arena_zero(ask->arena,
	                            (map_count(s->migrations) + 1) * sizeof *ask->migration);
	while (map_next(s->migrations, &cursor, &key, &value))
		if (ask->match == NULL || span_is(key, ask->match))
			fill(s, value, ask->arena, &ask->migration[ask->rows++]);
	ask->total = ask->rows;
}

/* ---- by hand ------------------------------------------------------------------------- */

/* choose_smarthost - the one that is asked for, else the one it has, else the only one.
 * NULL: err. */
static const char *
choose_smarthost(const struct schedule *s, const struct schedule_ask *ask,
                 const struct schedule_migration *migration, struct err *err)
{
	const char *name = ask->smarthost;

	if (name == NULL && migration)
		name = migration->smarthost;
	if (name == NULL && s->config->smarthosts == 1)
		name = s->config->smarthost[0].pattern;
	if (name && config_find_smarthost(s->config, span_of(name)))
		return name;
	if (name)
		err_set(err, ERR_INPUT, ENOENT, "smarthost %.40s is not in relayd.conf", name);
	else if (s->config->smarthosts == 0)
		err_set(err, ERR_INPUT, ENOENT,
		        "relayd.conf has no smarthost: add one for the old system, then: relaycli "
		        "config reload");
	else
		err_set(err, ERR_INPUT, ENOENT,
		        "relayd.conf has several smarthosts: say which with --smarthost NAME");
	return NULL;
}

static uint32_t
choose_percent(const struct schedule_ask *ask, const struct schedule_migration *migration)
{
	if (ask->percent >= 0)
		return (uint32_t)ask->percent;
	return migration && migration->stage == MIGRATE_TRIAL ? migration->percent : FIRST_PERCENT;
}

const char *
schedule_migrate_words(const struct schedule_migration *migration, struct arena *arena)
{
	const char *smarthost = migration->smarthost;
	bool is_by_it = smarthost && migration->stage != MIGRATE_MOVED;

	if (!migration->is_staged)
		return "not staged";
	return arena_printf(arena, "stage %s, %u %% directly%s%s",
	                    migrate_stage_name(migration->stage), percent_of(migration),
	                    is_by_it ? ", smarthost " : "", is_by_it ? smarthost : "");
}

static void
say(struct schedule *s, const struct schedule_migration *migration, struct arena *arena)
{
	const char *smarthost = migration->smarthost, *what = "all of it directly";

	if (migration->stage == MIGRATE_OLD)
		what = arena_printf(arena, "all of it through %s", smarthost);
	else if (migration->stage == MIGRATE_TRIAL)
		what = arena_printf(arena, "%u %% of it directly, the rest through %s",
		                    migration->percent, smarthost);
	schedule_record_act(s, &(struct mail_event){
		.kind = MAIL_EVENT_CREDENTIAL_CHANGED, .credential = migration->credential,
		.detail = arena_printf(arena, "%s is in stage %s, %s; by %s%s%s",
		                       migration->credential,
		                       migrate_stage_name(migration->stage), what, migration->by,
		                       *migration->reason ? ": " : "", migration->reason) });
}

/* The stage that is asked for; a share alone means a trial. */
bool
schedule_migrate_set(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_migration *migration = schedule_migrate_find(s, ask->match);
	uint32_t percent = choose_percent(ask, migration);
	const char *smarthost = NULL, *was;

	ask->result = -1;
	if (account_snapshot_credential(s->accounts, span_of(ask->match)) == NULL) {
		err_set(&ask->err, ERR_INPUT, ENOENT, "there is no credential %.60s", ask->match);
		return true;
	}
	if (ask->stage != MIGRATE_MOVED) {
		smarthost = choose_smarthost(s, ask, migration, &ask->err);
		if (smarthost == NULL)
			return true;
	}
	ask->result = 0;
	migration = schedule_migrate_get(s, ask->match);
	was = schedule_migrate_words(migration, ask->arena);
	migration->is_staged = true;
	migration->stage = ask->stage;
	migration->percent = percent;
	if (smarthost)
		migration->smarthost = schedule_migrate_name_way(s, smarthost);
	schedule_migrate_begin(s, migration);
	migration->returned_unix_ms = 0;
	mem_free(migration->reason);
	mem_free(migration->by);
	migration->reason = mem_strdup(ask->reason ? ask->reason : "");
	migration->by = mem_strdup(ask->by ? ask->by : "somebody");
	schedule_migrate_settle(s, migration);
	ask->did = store_audit_change(ask->arena, NULL, was,
	                              schedule_migrate_words(migration, ask->arena));
	say(s, migration, ask->arena);
	ask->migration = arena_zero(ask->arena, sizeof *ask->migration);
	fill(s, migration, ask->arena, &ask->migration[0]);
	ask->rows = 1;
	schedule_migrate_put(s, ask, migration);
	return false;
}
