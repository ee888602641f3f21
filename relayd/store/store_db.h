/* store_db.h - one SQLite connection with its prepared statements.
 *
 * Statements come from the table in store_sqlite_sql.c by number, are prepared
 * when first used and kept. Binding to a statement that could not be prepared
 * does nothing; stepping it then reports why, so that callers check once.
 * A connection belongs to one thread (SQLite's own mutexes are off). */
#ifndef STORE_STORE_DB_H
#define STORE_STORE_DB_H

#include <sqlite3.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"
#include "store/store_sqlite_sql.h"

struct store_db {
	sqlite3 *sql;                        /* NULL: closed */
	sqlite3_stmt *stmt[STORE_SQL_COUNT];
	int wal_frames;                      /* after this connection's last commit */
	int version;                         /* of its schema when last looked at */
};

struct store_migration {
	int number;
	const char *name, *text;
};

enum store_db_kind { STORE_DB_HOT, STORE_DB_DAY };
enum store_db_access { STORE_DB_READ, STORE_DB_WRITE };

/* store_db_open - open path and set the pragmas of design.md. WRITE creates the
 * file and migrates it; READ never changes anything, and takes
 * a day's file as old as it is. err: PERM for a newer schema
 * or a damaged file, TEMP for a file (READ) that its writer is just making, SYSTEM
 * otherwise; one sentence with the way out. */
int store_db_open(struct store_db *db, const char *path, enum store_db_kind kind,
                  enum store_db_access access, int cache_kib, struct err *err);
/* store_db_version - of the schema. An old file's may have grown meanwhile: it is read anew. */
int store_db_version(struct store_db *db);
void store_db_close(struct store_db *db);        /* twice is harmless */

sqlite3_stmt *store_db_stmt(struct store_db *db, enum store_sql sql);
/* store_db_step - 1: a row, 0: done (and reset), -1: err (and reset). */
int store_db_step(struct store_db *db, sqlite3_stmt *stmt, struct err *err);
/* store_db_done - step a statement that gives no rows. */
int store_db_done(struct store_db *db, sqlite3_stmt *stmt, struct err *err);
void store_db_reset(sqlite3_stmt *stmt);
/* store_db_run - prepare by number, bind nothing, run to the end. */
int store_db_run(struct store_db *db, enum store_sql sql, struct err *err);
/* store_db_fail - fill err from the connection: kind SYSTEM for what the machine
 * did, BUG for what our row did (a constraint). Returns -1. */
int store_db_fail(struct store_db *db, struct err *err);

void store_db_bind_int(sqlite3_stmt *stmt, int place, int64_t value);
/* Texts and blobs are borrowed until the statement is reset. NULL binds NULL. */
void store_db_bind_text(sqlite3_stmt *stmt, int place, const char *text);
void store_db_bind_span(sqlite3_stmt *stmt, int place, struct span text);
void store_db_bind_blob(sqlite3_stmt *stmt, int place, const void *p, size_t n);
/* columns of the row: borrowed until the next step; NULL stays NULL */
const char *store_db_text(sqlite3_stmt *stmt, int column);
struct span store_db_blob(sqlite3_stmt *stmt, int column);
int64_t store_db_int(sqlite3_stmt *stmt, int column);

#endif
