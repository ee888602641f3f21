/* schedule_migrate_evidence.c - what receivers said of a credential's messages, as operators
 * gave it in: kept with its migration, a row per report and method, so that a report counts
 * once however often it is given. Thread: scheduler (loading: main, before it starts). */
#include "schedule/schedule_act.h"
#include "schedule/schedule_migrate.h"

#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "store/store_audit.h"

#define REPORTS_MAX 3000           /* rows of one credential */

struct schedule_evidence {
	struct list link;          /* migration->evidence */
	enum migrate_method method;
	uint64_t passed, failed;
	int64_t at_unix_ms;
	char *by, *report;
};

static void
evidence_free(struct schedule_migration *migration, struct schedule_evidence *evidence)
{
	list_remove(&evidence->link);
	migration->evidences--;
	mem_free(evidence->by);
	mem_free(evidence->report);
	mem_free(evidence);
}

void
schedule_migrate_drop_evidence(struct schedule_migration *migration)
{
	while (!list_is_empty(&migration->evidence))
		evidence_free(migration, LIST_OWNER(migration->evidence.next,
		                                    struct schedule_evidence, link));
}

static void
put(struct schedule_migration *migration, const struct store_migrate_evidence *row)
{
	struct schedule_evidence *evidence;

	for (struct list *l = migration->evidence.next; l != &migration->evidence; l = l->next) {
		evidence = LIST_OWNER(l, struct schedule_evidence, link);
		if (evidence->method == (enum migrate_method)row->method
		    && strcmp(evidence->by, row->by) == 0
		    && strcmp(evidence->report, row->report) == 0) {
			evidence_free(migration, evidence); /* given again: the newest counts */
			break;
		}
	}
	evidence = mem_zero(1, sizeof *evidence);
	evidence->method = (enum migrate_method)row->method;
	evidence->passed = row->passed;
	evidence->failed = row->failed;
	evidence->at_unix_ms = row->at_unix_ms;
	evidence->by = mem_strdup(row->by);
	evidence->report = mem_strdup(row->report);
	list_push_back(&migration->evidence, &evidence->link);
	migration->evidences++;
}

void
schedule_migrate_load_evidence(struct schedule *s, const struct store_migrate_evidence *row)
{
	if (row->method >= 0 && row->method < MIGRATE_METHOD_COUNT)
		put(schedule_migrate_get(s, row->credential), row);
}

struct migrate_evidence
schedule_migrate_sum(const struct schedule_migration *migration, enum migrate_method method,
                     struct arena *arena)
{
	struct migrate_evidence sum = { .passed = 0 };
	const char *by = NULL;

	for (struct list *l = migration->evidence.next; l != &migration->evidence; l = l->next) {
		const struct schedule_evidence *one =
			LIST_OWNER(l, struct schedule_evidence, link);

		if (one->method != method)
			continue;
		sum.passed += one->passed;
		sum.failed += one->failed;
		if (one->at_unix_ms >= sum.last_unix_ms) {
			sum.last_unix_ms = one->at_unix_ms;
			by = one->by;
		}
	}
	sum.by = arena_strdup(arena, by);
	return sum;
}

static const char *
sum_text(const struct schedule_migration *migration, enum migrate_method method,
         struct arena *arena)
{
	struct migrate_evidence sum = schedule_migrate_sum(migration, method, arena);

	return arena_printf(arena, "%llu passed %llu failed", (unsigned long long)sum.passed,
	                    (unsigned long long)sum.failed);
}

static void
add(struct store_write *write, struct schedule_migration *migration,
    struct schedule_ask *ask, enum migrate_method method)
{
	const struct migrate_evidence *given = &ask->evidence[method];
	const char *was = sum_text(migration, method, ask->arena);
	const struct store_migrate_evidence row = {
		.credential = arena_strdup(write->arena, ask->match),
		.by = arena_strdup(write->arena, given->by),
		.report = arena_strdup(write->arena, ask->report), .method = (int)method,
		.passed = given->passed, .failed = given->failed,
		.at_unix_ms = given->last_unix_ms };

	put(migration, &row);
	ask->did = store_audit_add(ask->arena, ask->did,
	                           store_audit_change(ask->arena, migrate_method_name(method), was,
	                                              sum_text(migration, method, ask->arena)));
	store_write_add(write, STORE_PUT_MIGRATION_EVIDENCE)->row.migration_evidence = row;
}

bool
schedule_migrate_add_evidence(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_migration *migration;
	struct store_write *write;

	ask->result = -1;
	if (account_snapshot_credential(s->accounts, span_of(ask->match)) == NULL) {
		err_set(&ask->err, ERR_INPUT, ENOENT, "there is no credential %.60s", ask->match);
		return true;
	}
	migration = schedule_migrate_get(s, ask->match);
	if (migration->evidences + MIGRATE_METHOD_COUNT > REPORTS_MAX) {
		err_set(&ask->err, ERR_LIMIT, 0, "%d results are known of %.60s: that is evidence "
		                                 "enough", REPORTS_MAX, ask->match);
		return true;
	}
	ask->result = 0;
	write = schedule_write_new(s, ask, MIGRATE_METHOD_COUNT);
	for (int method = 0; method < MIGRATE_METHOD_COUNT; method++)
		if (ask->evidence[method].passed + ask->evidence[method].failed > 0)
			add(write, migration, ask, (enum migrate_method)method);
	if (write->changes > 0) {
		schedule_write_send(s, write);
		return false;
	}
	store_write_free(&write);
	return true;
}
