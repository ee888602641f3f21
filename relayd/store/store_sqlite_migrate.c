/* store_sqlite_migrate.c - credentials on their way here from an old system, as rows.
 * Store thread; loading: main, before it starts. */
#include "store/store_sqlite_private.h"

#include <stddef.h>

sqlite3_stmt *
store_sqlite_put_migration(struct store_db *db, const struct store_change *change)
{
	const struct store_migrate *row = &change->row.migration;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_MIGRATION_PUT);

	store_db_bind_text(stmt, 1, row->credential);
	store_db_bind_int(stmt, 2, row->stage);
	store_db_bind_int(stmt, 3, row->percent);
	store_db_bind_text(stmt, 4, row->smarthost);
	store_db_bind_text(stmt, 5, row->reason);
	store_db_bind_text(stmt, 6, row->by);
	store_db_bind_int(stmt, 7, row->since_unix_ms);
	store_db_bind_text(stmt, 8, row->returned);
	store_db_bind_int(stmt, 9, row->returned_unix_ms);
	store_db_bind_int(stmt, 10, row->returned_percent);
	return stmt;
}

void
store_sqlite_read_migration(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.migration = (struct store_migrate){
		.credential = store_db_text(stmt, 0),
		.stage = (int)store_db_int(stmt, 1),
		.percent = (uint32_t)store_db_int(stmt, 2),
		.smarthost = store_db_text(stmt, 3),
		.reason = store_db_text(stmt, 4),
		.by = store_db_text(stmt, 5),
		.since_unix_ms = store_db_int(stmt, 6),
		.returned = store_db_text(stmt, 7),
		.returned_unix_ms = store_db_int(stmt, 8),
		.returned_percent = (uint32_t)store_db_int(stmt, 9),
	};
}

/* ---- results --------------------------------------------------------------------------- */

/* in the order of their columns, from the fourth on */
static const size_t counts[] = {
	offsetof(struct migrate_result, delivered),
	offsetof(struct migrate_result, deferrals),
	offsetof(struct migrate_result, bounced_hard),
	offsetof(struct migrate_result, bounced_refused),
	offsetof(struct migrate_result, bounced_other),
	offsetof(struct migrate_result, tried),
	offsetof(struct migrate_result, refused),
	offsetof(struct migrate_result, broken),
};
#define COUNTS ((int)(sizeof counts / sizeof *counts))

sqlite3_stmt *
store_sqlite_put_migration_result(struct store_db *db, const struct store_change *change)
{
	const struct store_migrate_result *row = &change->row.migration_result;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_MIGRATION_RESULT_PUT);

	store_db_bind_text(stmt, 1, row->credential);
	store_db_bind_int(stmt, 2, row->way);
	store_db_bind_int(stmt, 3, row->since_unix_ms);
	for (int i = 0; i < COUNTS; i++)
		store_db_bind_int(stmt, 4 + i, *(const uint32_t *)(const void *)(
			(const char *)&row->result + counts[i]));
	store_db_bind_text(stmt, 4 + COUNTS, row->times);
	return stmt;
}

void
store_sqlite_read_migration_result(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_migrate_result *row = &change->row.migration_result;

	row->credential = store_db_text(stmt, 0);
	row->way = (int)store_db_int(stmt, 1);
	row->since_unix_ms = store_db_int(stmt, 2);
	for (int i = 0; i < COUNTS; i++)
		*(uint32_t *)(void *)((char *)&row->result + counts[i]) =
			(uint32_t)store_db_int(stmt, 3 + i);
	row->times = store_db_text(stmt, 3 + COUNTS);
}

/* ---- evidence -------------------------------------------------------------------------- */

sqlite3_stmt *
store_sqlite_put_migration_evidence(struct store_db *db, const struct store_change *change)
{
	const struct store_migrate_evidence *row = &change->row.migration_evidence;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_MIGRATION_EVIDENCE_PUT);

	store_db_bind_text(stmt, 1, row->credential);
	store_db_bind_int(stmt, 2, row->method);
	store_db_bind_text(stmt, 3, row->by);
	store_db_bind_text(stmt, 4, row->report);
	store_db_bind_int(stmt, 5, (int64_t)row->passed);
	store_db_bind_int(stmt, 6, (int64_t)row->failed);
	store_db_bind_int(stmt, 7, row->at_unix_ms);
	return stmt;
}

void
store_sqlite_read_migration_evidence(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.migration_evidence = (struct store_migrate_evidence){
		.credential = store_db_text(stmt, 0),
		.method = (int)store_db_int(stmt, 1),
		.by = store_db_text(stmt, 2),
		.report = store_db_text(stmt, 3),
		.passed = (uint64_t)store_db_int(stmt, 4),
		.failed = (uint64_t)store_db_int(stmt, 5),
		.at_unix_ms = store_db_int(stmt, 6),
	};
}
