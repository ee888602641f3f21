/* store_sqlite_migrate.c - credentials on their way here from an old system, as rows.
 * Store thread; loading: main, before it starts. */
#include "store/store_sqlite_private.h"

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
	};
}
