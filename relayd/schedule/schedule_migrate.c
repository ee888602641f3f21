/* schedule_migrate.c - which way mail goes while its credential is moved here from an old
 * system; see schedule_migrate.h. Thread: scheduler (loading: main, before it starts). */
#include "schedule/schedule_migrate.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_recipient.h"

/* ---- ways ---------------------------------------------------------------------------- */

const char *
schedule_migrate_name_way(struct schedule *s, const char *smarthost)
{
	size_t n = strlen(smarthost) + 1;
	struct schedule_way *way;

	for (struct list *l = s->ways.next; l != &s->ways; l = l->next) {
		way = LIST_OWNER(l, struct schedule_way, link);
		if (strcmp(way->smarthost, smarthost) == 0)
			return way->smarthost;
	}
	way = mem_zero(1, sizeof *way + n);
	memcpy(way->smarthost, smarthost, n);
	list_push_back(&s->ways, &way->link);
	return way->smarthost;
}

const char *
schedule_migrate_way(const struct schedule_credential *credential, uint64_t id)
{
	const struct schedule_migration *migration = credential->migration;

	if (migration == NULL || migration->stage == MIGRATE_MOVED)
		return NULL;
	if (migration->stage == MIGRATE_TRIAL && migrate_split_is_direct(id, migration->percent))
		return NULL;
	return migration->smarthost;
}

/* All messages are looked at, because an operator asked for it. */
void
schedule_migrate_settle(struct schedule *s, struct schedule_migration *migration)
{
	struct schedule_table_node *node = NULL;

	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);

		if (m->credential->migration != migration)
			continue;
		for (uint32_t i = 0; i < m->places; i++)
			if (m->recipient[i] && m->recipient[i]->state != SCHEDULE_ACTIVE)
				schedule_recipient_settle(s, m->recipient[i]);
	}
}

/* ---- which ones there are ------------------------------------------------------------ */

struct schedule_migration *
schedule_migrate_find(const struct schedule *s, const char *name)
{
	return map_get(s->migrations, span_of(name));
}

/* Its credential's mail may be waiting already. */
static void
adopt(struct schedule *s, struct schedule_migration *migration)
{
	struct schedule_table_node *node = NULL;

	while ((node = schedule_table_walk(&s->credentials, node)) != NULL) {
		struct schedule_credential *credential =
			LIST_OWNER(node, struct schedule_credential, node);

		if (strcmp(credential->name, migration->credential) == 0)
			credential->migration = migration;
	}
}

struct schedule_migration *
schedule_migrate_get(struct schedule *s, const char *name)
{
	struct schedule_migration *migration = schedule_migrate_find(s, name);
	size_t n = strlen(name) + 1;

	if (migration)
		return migration;
	migration = mem_zero(1, sizeof *migration + n);
	memcpy(migration->credential, name, n);
	migration->stage = MIGRATE_MOVED;
	list_init(&migration->in_unsaved);
	list_init(&migration->evidence);
	map_put(s->migrations, span_of(migration->credential), migration);
	adopt(s, migration);
	return migration;
}

void
schedule_migrate_load(struct schedule *s, const struct store_migrate *row)
{
	struct schedule_migration *migration;

	if (row->stage < 0 || row->stage >= MIGRATE_STAGE_COUNT)
		return; /* of a later version */
	migration = schedule_migrate_get(s, row->credential);
	migration->is_staged = true;
	migration->stage = (enum migrate_stage)row->stage;
	migration->percent = row->percent;
	migration->since_unix_ms = row->since_unix_ms;
	if (*row->smarthost)
		migration->smarthost = schedule_migrate_name_way(s, row->smarthost);
	migration->reason = mem_strdup(row->reason);
	migration->by = mem_strdup(row->by);
	migration->returned = mem_strdup(row->returned);
	migration->returned_unix_ms = row->returned_unix_ms;
	migration->returned_percent = row->returned_percent;
}

void
schedule_migrate_add(struct store_write *write, const struct schedule_migration *migration)
{
	struct arena *arena = write->arena;

	store_write_add(write, STORE_PUT_MIGRATION)->row.migration = (struct store_migrate){
		.credential = arena_strdup(arena, migration->credential),
		.stage = (int)migration->stage, .percent = migration->percent,
		.smarthost = arena_strdup(arena, migration->smarthost ? migration->smarthost : ""),
		.reason = arena_strdup(arena, migration->reason),
		.by = arena_strdup(arena, migration->by),
		.since_unix_ms = migration->since_unix_ms,
		.returned = arena_strdup(arena, migration->returned ? migration->returned : ""),
		.returned_unix_ms = migration->returned_unix_ms,
		.returned_percent = migration->returned_percent };
}

void
schedule_migrate_put(struct schedule *s, struct schedule_ask *ask,
                     const struct schedule_migration *migration)
{
	struct store_write *write = schedule_write_new(s, ask, 1);

	schedule_migrate_add(write, migration);
	schedule_write_send(s, write);
}

void
schedule_migrate_free_all(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(s->migrations, &cursor, &key, &value)) {
		struct schedule_migration *migration = value;

		mem_free(migration->reason);
		mem_free(migration->by);
		mem_free(migration->returned);
		schedule_migrate_drop_evidence(migration);
		mem_free(migration);
	}
	map_free(&s->migrations);
	while (!list_is_empty(&s->ways)) {
		struct schedule_way *way = LIST_OWNER(s->ways.next, struct schedule_way, link);

		list_remove(&way->link);
		mem_free(way);
	}
}
