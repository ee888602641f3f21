/* store_db.c - one SQLite connection: open, pragmas, migrations, statements.
 *
 * Used by the store thread for writing and by each reading thread for itself.
 * Checkpoints are the writer's business (store_sqlite_move.c), so automatic ones
 * are off. Why each pragma: design.md, Durability. */
#include "store/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/must.h"
#include "store_schema.h" /* made by schema/embed.sh */

#define WAL_KEEP_BYTES "33554432" /* what a restarted WAL may keep on disk */

static const char pragma_write[] =
	"PRAGMA page_size=4096; PRAGMA auto_vacuum=0; PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
	"PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0;"
	"PRAGMA journal_size_limit=" WAL_KEEP_BYTES ";";
static const char pragma_read[] =
	"PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
	"PRAGMA wal_autocheckpoint=0;";

struct schema {
	const struct store_migration *migration;
	int count;
};

static const struct schema schema_of[] = {
	[STORE_DB_HOT] = { store_hot_migration,
			   sizeof store_hot_migration / sizeof store_hot_migration[0] },
	[STORE_DB_DAY] = { store_day_migration,
			   sizeof store_day_migration / sizeof store_day_migration[0] },
};

int
store_db_fail(struct store_db *db, struct err *err)
{
	int code = sqlite3_extended_errcode(db->sql);
	enum err_kind kind;

	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
		kind = ERR_BUG; /* this row's fault, the transaction goes on */
		break;
	default:
		kind = ERR_SYSTEM;
	}
	return err_set(err, kind, code, "the database says: %s", sqlite3_errmsg(db->sql));
}

static int
on_wal(void *arg, sqlite3 *sql, const char *name, int frames)
{
	struct store_db *db = arg;

	(void)sql;
	(void)name;
	db->wal_frames = frames;
	return SQLITE_OK;
}

/* fail_open - why the last call on this file failed, and the way out. */
static int
fail_open(struct store_db *db, const char *path, struct err *err)
{
	int code = sqlite3_errcode(db->sql) & 0xff;

	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return err_set(err, ERR_PERM, code,
			       "%s is damaged (%s): restore it, or move it away to start empty",
			       path, sqlite3_errmsg(db->sql));
	return err_set(err, ERR_SYSTEM, code, "cannot use %s: %s", path, sqlite3_errmsg(db->sql));
}

static int
exec(struct store_db *db, const char *path, const char *text, struct err *err)
{
	return sqlite3_exec(db->sql, text, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : fail_open(db, path, err);
}

static int
read_version(struct store_db *db, const char *path, int *version_out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int result = -1;

	*version_out = 0;
	if (sqlite3_prepare_v2(db->sql, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		*version_out = sqlite3_column_int(stmt, 0);
		result = 0;
	} else {
		fail_open(db, path, err);
	}
	sqlite3_finalize(stmt);
	return result;
}

static int
migrate_one(struct store_db *db, const char *path, const struct store_migration *migration,
	    struct err *err)
{
	char done[64];

	snprintf(done, sizeof done, "PRAGMA user_version=%d; COMMIT", migration->number);
	if (exec(db, path, "BEGIN IMMEDIATE", err) == 0 &&
	    exec(db, path, migration->text, err) == 0 && exec(db, path, done, err) == 0)
		return 0;
	sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* migrate - forward only. A reader just checks that it knows the schema. */
static int
migrate(struct store_db *db, const char *path, enum store_db_kind kind, enum store_db_access access,
	struct err *err)
{
	const struct schema *schema = &schema_of[kind];
	int known = schema->migration[schema->count - 1].number;
	int version;

	if (read_version(db, path, &version, err) != 0)
		return -1;
	if (version > known)
		return err_set(err, ERR_PERM, 0,
			       "%s has schema %d, this relayd knows %d: use the newer relayd", path,
			       version, known);
	db->version = version;
	if (access == STORE_DB_READ && kind == STORE_DB_DAY && version > 0)
		return 0; /* its writer gets to it in time */
	if (access == STORE_DB_READ && version != known)
		return err_set(err, version == 0 ? ERR_TEMP : ERR_SYSTEM, 0,
			       version == 0 ? "%s is being made" : "%s is not migrated yet", path);
	for (int i = 0; i < schema->count; i++)
		if (schema->migration[i].number > version &&
		    migrate_one(db, path, &schema->migration[i], err) != 0)
			return -1;
	db->version = known;
	return 0;
}

int
store_db_version(struct store_db *db)
{
	const struct schema *day = &schema_of[STORE_DB_DAY];
	int version;

	if (db->version < day->migration[day->count - 1].number &&
	    read_version(db, "", &version, NULL) == 0)
		db->version = version;
	return db->version;
}

int
store_db_open(struct store_db *db, const char *path, enum store_db_kind kind,
	      enum store_db_access access, int cache_kib, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	char cache[48];

	memset(db, 0, sizeof *db);
	if (access == STORE_DB_WRITE)
		flags |= SQLITE_OPEN_CREATE; /* the folder is 0700 */
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK) {
		err_set(err, ERR_SYSTEM, sqlite3_errcode(db->sql), "cannot open %s: %s", path,
			sqlite3_errmsg(db->sql));
		store_db_close(db);
		return -1;
	}
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, 5000);
	snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d", cache_kib);
	if (exec(db, path, access == STORE_DB_WRITE ? pragma_write : pragma_read, err) != 0 ||
	    exec(db, path, cache, err) != 0 || migrate(db, path, kind, access, err) != 0) {
		store_db_close(db);
		return -1;
	}
	/* after the pragmas: switching automatic checkpoints off removes the hook */
	sqlite3_wal_hook(db->sql, on_wal, db);
	return 0;
}

void
store_db_close(struct store_db *db)
{
	for (int i = 0; i < STORE_SQL_COUNT; i++) {
		sqlite3_finalize(db->stmt[i]);
		db->stmt[i] = NULL;
	}
	sqlite3_close(db->sql);
	db->sql = NULL;
}

sqlite3_stmt *
store_db_stmt(struct store_db *db, enum store_sql sql)
{
	if (db->stmt[sql] == NULL)
		sqlite3_prepare_v3(db->sql, store_sql_text[sql], -1, SQLITE_PREPARE_PERSISTENT,
				   &db->stmt[sql], NULL);
	return db->stmt[sql];
}

void
store_db_reset(sqlite3_stmt *stmt)
{
	if (stmt != NULL)
		sqlite3_reset(stmt);
}

int
store_db_step(struct store_db *db, sqlite3_stmt *stmt, struct err *err)
{
	int code;

	if (stmt == NULL) /* its preparation failed; the connection remembers why */
		return store_db_fail(db, err);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		sqlite3_reset(stmt);
		return 0;
	}
	store_db_fail(db, err);
	sqlite3_reset(stmt);
	return -1;
}

int
store_db_done(struct store_db *db, sqlite3_stmt *stmt, struct err *err)
{
	int step = store_db_step(db, stmt, err);

	must(step <= 0);
	return step;
}

int
store_db_run(struct store_db *db, enum store_sql sql, struct err *err)
{
	return store_db_done(db, store_db_stmt(db, sql), err);
}

void
store_db_bind_int(sqlite3_stmt *stmt, int place, int64_t value)
{
	if (stmt != NULL)
		sqlite3_bind_int64(stmt, place, value);
}

void
store_db_bind_span(sqlite3_stmt *stmt, int place, struct span text)
{
	if (stmt != NULL)
		sqlite3_bind_text(stmt, place, text.p, (int)text.n, SQLITE_STATIC);
}

void
store_db_bind_text(sqlite3_stmt *stmt, int place, const char *text)
{
	store_db_bind_span(stmt, place, span_of(text));
}

void
store_db_bind_blob(sqlite3_stmt *stmt, int place, const void *p, size_t n)
{
	if (stmt != NULL)
		sqlite3_bind_blob64(stmt, place, p, n, SQLITE_STATIC);
}

const char *
store_db_text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

struct span
store_db_blob(sqlite3_stmt *stmt, int column)
{
	const void *p = sqlite3_column_blob(stmt, column);

	return (struct span){ p, (size_t)sqlite3_column_bytes(stmt, column) };
}

int64_t
store_db_int(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}
