/* store_sqlite_pace.c - what sites tolerate, and limits set at run time, as rows.
 * Store thread; loading: main, before it starts. */
#include "store/store_sqlite_private.h"

sqlite3_stmt *
store_sqlite_put_pace(struct store_db *db, const struct store_change *change)
{
	const struct store_pace *row = &change->row.pace;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_PACE_PUT);
	struct verdict_status enhanced = row->enhanced;

	store_db_bind_text(stmt, 1, row->site);
	store_db_bind_int(stmt, 2, row->target_micro);
	store_db_bind_int(stmt, 3, row->settled_micro);
	store_db_bind_int(stmt, 4, row->crowd);
	store_db_bind_int(stmt, 5, row->window_low);
	store_db_bind_int(stmt, 6, row->session);
	store_db_bind_int(stmt, 7, row->crowd_unix_ms);
	store_db_bind_int(stmt, 8, row->session_unix_ms);
	store_db_bind_int(stmt, 9, row->pause_until_unix_ms);
	store_db_bind_int(stmt, 10, row->single_until_unix_ms);
	store_db_bind_int(stmt, 11, row->failures);
	store_db_bind_int(stmt, 12, row->backoff_until_unix_ms);
	store_db_bind_int(stmt, 13, row->code);
	store_db_bind_int(stmt, 14,
			  enhanced.class * 1000000 + enhanced.subject * 1000 + enhanced.detail);
	store_db_bind_int(stmt, 15, row->category);
	store_db_bind_blob(stmt, 16, row->reply.n > 0 ? row->reply.p : NULL, row->reply.n);
	store_db_bind_text(stmt, 17, store_or_empty(row->cause));
	store_db_bind_text(stmt, 18, store_or_empty(row->stop));
	store_db_bind_text(stmt, 19, store_or_empty(row->history));
	return stmt;
}

sqlite3_stmt *
store_sqlite_delete_pace(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_PACE_DELETE);

	store_db_bind_text(stmt, 1, change->row.pace.site);
	return stmt;
}

sqlite3_stmt *
store_sqlite_put_throttle(struct store_db *db, const struct store_change *change)
{
	const struct store_throttle *row = &change->row.throttle;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_THROTTLE_PUT);

	store_db_bind_text(stmt, 1, row->scope);
	store_db_bind_text(stmt, 2, row->quantity);
	store_db_bind_int(stmt, 3, row->value);
	store_db_bind_text(stmt, 4, store_or_empty(row->reason));
	store_db_bind_text(stmt, 5, store_or_empty(row->by));
	store_db_bind_int(stmt, 6, row->since_unix_ms);
	store_db_bind_int(stmt, 7, row->until_unix_ms);
	return stmt;
}

sqlite3_stmt *
store_sqlite_delete_throttle(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_THROTTLE_DELETE);

	store_db_bind_text(stmt, 1, change->row.throttle.scope);
	store_db_bind_text(stmt, 2, change->row.throttle.quantity);
	return stmt;
}

void
store_sqlite_read_pace(sqlite3_stmt *stmt, struct store_change *change)
{
	struct store_pace *row = &change->row.pace;
	int64_t enhanced = store_db_int(stmt, 13);

	*row = (struct store_pace){
		.site = store_db_text(stmt, 0),
		.target_micro = store_db_int(stmt, 1),
		.settled_micro = store_db_int(stmt, 2),
		.crowd = (uint32_t)store_db_int(stmt, 3),
		.window_low = (uint32_t)store_db_int(stmt, 4),
		.session = (uint32_t)store_db_int(stmt, 5),
		.crowd_unix_ms = store_db_int(stmt, 6),
		.session_unix_ms = store_db_int(stmt, 7),
		.pause_until_unix_ms = store_db_int(stmt, 8),
		.single_until_unix_ms = store_db_int(stmt, 9),
		.failures = (uint32_t)store_db_int(stmt, 10),
		.backoff_until_unix_ms = store_db_int(stmt, 11),
		.code = (int)store_db_int(stmt, 12),
		.enhanced = { (unsigned char)(enhanced / 1000000),
			      (unsigned short)(enhanced / 1000 % 1000),
			      (unsigned short)(enhanced % 1000) },
		.category = (enum verdict_category)store_db_int(stmt, 14),
		.reply = store_db_blob(stmt, 15),
		.cause = store_db_text(stmt, 16),
		.stop = store_db_text(stmt, 17),
		.history = store_db_text(stmt, 18),
	};
}

void
store_sqlite_read_throttle(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.throttle = (struct store_throttle){
		.scope = store_db_text(stmt, 0),
		.quantity = store_db_text(stmt, 1),
		.value = store_db_int(stmt, 2),
		.reason = store_db_text(stmt, 3),
		.by = store_db_text(stmt, 4),
		.since_unix_ms = store_db_int(stmt, 5),
		.until_unix_ms = store_db_int(stmt, 6),
	};
}
