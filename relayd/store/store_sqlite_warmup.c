/* store_sqlite_warmup.c - what source addresses are to providers, and what operators
 * stopped about them, as rows. Store thread; loading: main, before it starts. */
#include "store/store_sqlite_private.h"

#define MICRO 1e6

sqlite3_stmt *
store_sqlite_put_warmup(struct store_db *db, const struct store_change *change)
{
	const struct store_warmup *row = &change->row.warmup;
	const struct pace_warmup *state = &row->state;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_WARMUP_PUT);

	store_db_bind_text(stmt, 1, row->address);
	store_db_bind_text(stmt, 2, row->provider);
	store_db_bind_int(stmt, 3, state->state);
	store_db_bind_int(stmt, 4, state->freeze);
	store_db_bind_int(stmt, 5, state->is_closed);
	store_db_bind_int(stmt, 6, state->has_stepped_back);
	store_db_bind_int(stmt, 7, row->is_by_hand);
	store_db_bind_int(stmt, 8, state->day);
	store_db_bind_int(stmt, 9, state->began_unix_ms);
	store_db_bind_int(stmt, 10, state->sent);
	store_db_bind_int(stmt, 11, state->tried);
	store_db_bind_int(stmt, 12, state->deferred);
	store_db_bind_int(stmt, 13, state->complaints);
	store_db_bind_int(stmt, 14, state->tried_before);
	store_db_bind_int(stmt, 15, (int64_t)(state->allowance * MICRO));
	store_db_bind_int(stmt, 16, state->filled_unix_ms);
	store_db_bind_int(stmt, 17, state->used_unix_ms);
	store_db_bind_int(stmt, 18, state->first_unix_ms);
	store_db_bind_int(stmt, 19, (int64_t)(state->mean * MICRO));
	store_db_bind_int(stmt, 20, state->mean_unix_ms);
	return stmt;
}

sqlite3_stmt *
store_sqlite_put_source_stop(struct store_db *db, const struct store_change *change)
{
	const struct store_source_stop *row = &change->row.source_stop;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SOURCE_STOP_PUT);

	store_db_bind_text(stmt, 1, row->address);
	store_db_bind_text(stmt, 2, row->what);
	store_db_bind_text(stmt, 3, store_or_empty(row->reason));
	store_db_bind_text(stmt, 4, store_or_empty(row->by));
	store_db_bind_int(stmt, 5, row->since_unix_ms);
	store_db_bind_int(stmt, 6, row->until_unix_ms);
	return stmt;
}

sqlite3_stmt *
store_sqlite_delete_source_stop(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SOURCE_STOP_DELETE);

	store_db_bind_text(stmt, 1, change->row.source_stop.address);
	store_db_bind_text(stmt, 2, change->row.source_stop.what);
	return stmt;
}

void
store_sqlite_read_warmup(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.warmup = (struct store_warmup){
		.address = store_db_text(stmt, 0),
		.provider = store_db_text(stmt, 1),
		.state = {
			.state = (enum pace_warmup_state)store_db_int(stmt, 2),
			.freeze = (enum pace_warmup_freeze)store_db_int(stmt, 3),
			.is_closed = store_db_int(stmt, 4) != 0,
			.has_stepped_back = store_db_int(stmt, 5) != 0,
			.day = (uint32_t)store_db_int(stmt, 7),
			.began_unix_ms = store_db_int(stmt, 8),
			.sent = (uint32_t)store_db_int(stmt, 9),
			.tried = (uint32_t)store_db_int(stmt, 10),
			.deferred = (uint32_t)store_db_int(stmt, 11),
			.complaints = (uint32_t)store_db_int(stmt, 12),
			.tried_before = (uint32_t)store_db_int(stmt, 13),
			.allowance = (double)store_db_int(stmt, 14) / MICRO,
			.filled_unix_ms = store_db_int(stmt, 15),
			.used_unix_ms = store_db_int(stmt, 16),
			.first_unix_ms = store_db_int(stmt, 17),
			.mean = (double)store_db_int(stmt, 18) / MICRO,
			.mean_unix_ms = store_db_int(stmt, 19),
		},
		.is_by_hand = store_db_int(stmt, 6) != 0,
	};
}

void
store_sqlite_read_source_stop(sqlite3_stmt *stmt, struct store_change *change)
{
	change->row.source_stop = (struct store_source_stop){
		.address = store_db_text(stmt, 0),
		.what = store_db_text(stmt, 1),
		.reason = store_db_text(stmt, 2),
		.by = store_db_text(stmt, 3),
		.since_unix_ms = store_db_int(stmt, 4),
		.until_unix_ms = store_db_int(stmt, 5),
	};
}
