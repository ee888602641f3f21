/* store_coverage.c - from when to when the log can be trusted. See store_reader_private.h. */
#include "base/clock.h"
#include "store/store_reader_private.h"

/* days_are_missing - a day whose file somebody removed, or that cannot be read. */
static int
days_are_missing(struct store_reader *reader, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_LOG_DAY_LIST);
	int step, missing = 0;

	while ((step = store_db_step(&reader->db, stmt, err)) > 0)
		missing |= !store_day_exists(reader->state_dir, store_db_int(stmt, 0));
	return step < 0 ? -1 : missing;
}

int
store_coverage_read(struct store_reader *reader, int64_t since_unix_ms, int64_t until_unix_ms,
                    struct store_coverage *coverage_out, struct err *err)
{
	int64_t created, expired, now = clock_unix_ms();
	int64_t from = since_unix_ms, until = until_unix_ms;
	struct store_db *db = &reader->db;
	sqlite3_stmt *stmt;
	int missing, gap;

	*coverage_out = (struct store_coverage){ .from_unix_ms = 0 };
	if (store_sqlite_read_state(db, "created_unix_ms", &created, err) != 0
	    || store_sqlite_read_state(db, "expired_until_unix_ms", &expired, err) != 0)
		return -1;
	coverage_out->from_unix_ms = created > expired ? created : expired;
	if (from < coverage_out->from_unix_ms)
		from = coverage_out->from_unix_ms;
	if (until == 0 || until > now)
		until = now;
	stmt = store_db_stmt(db, STORE_SQL_GAP_FIND);
	store_db_bind_int(stmt, 1, from);
	store_db_bind_int(stmt, 2, until);
	gap = store_db_step(db, stmt, err);
	if (gap > 0) {
		coverage_out->gap_from_unix_ms = store_db_int(stmt, 0);
		coverage_out->gap_until_unix_ms = store_db_int(stmt, 1);
	}
	store_db_reset(stmt);
	missing = days_are_missing(reader, err);
	if (gap < 0 || missing < 0)
		return -1;
	coverage_out->is_complete = gap == 0 && missing == 0;
	return 0;
}
