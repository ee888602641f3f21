/* store_sqlite_read.c - the SQLite reader: connections, time limits, and the
 * short questions (a body, the audit log, the keys of a credential).
 *
 * One reading thread each. Readers never change a file and hold no snapshot for
 * longer than a page of rows: one that stays keeps the WAL from starting anew. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/store_reader_private.h"

#define HOT_CACHE_KIB 1024
#define DAY_CACHE_KIB 128
#define PROGRESS_STEPS 10000 /* of SQLite's machine between looks at the clock: about 0.2 ms */
#define TIMEOUT_DEFAULT_MS 5000
#define AUDIT_MAX 1000
#define SECRETS_MAX 10000

/* ---- limits ------------------------------------------------------------------------- */

bool
store_reader_must_stop(struct store_reader *reader)
{
	if (reader->cancel != NULL && *reader->cancel)
		reader->timed_out = true;
	else if (clock_mono_ms() >= reader->deadline_mono_ms)
		reader->timed_out = true;
	return reader->timed_out;
}

static int
on_progress(void *arg)
{
	return store_reader_must_stop(arg);
}

void
store_reader_limit(struct store_reader *reader, uint32_t timeout_ms, atomic_bool *cancel)
{
	reader->timed_out = false;
	reader->cancel = cancel;
	reader->deadline_mono_ms =
		clock_mono_ms() + (timeout_ms > 0 ? timeout_ms : TIMEOUT_DEFAULT_MS);
}

/* ---- connections ------------------------------------------------------------------------ */

static void
close_day(struct store_reader_day *day)
{
	if (day->is_open)
		store_db_close(&day->db);
	day->is_open = false;
}

static struct store_reader_day *
day_slot(struct store_reader *reader, int64_t number)
{
	struct store_reader_day *best = &reader->day[0];

	for (int i = 0; i < STORE_READER_DAYS; i++) {
		struct store_reader_day *day = &reader->day[i];

		if (day->is_open && day->day == number)
			return day;
		if (!day->is_open || (best->is_open && day->used < best->used))
			best = day;
	}
	return best;
}

struct store_db *
store_reader_day_open(struct store_reader *reader, int64_t number, struct err *err)
{
	struct store_reader_day *day = day_slot(reader, number);
	char path[STORE_PATH_SIZE];
	struct stat file;

	store_day_path(reader->state_dir, number, path);
	if (stat(path, &file) != 0) {
		if (day->is_open && day->day == number)
			close_day(day);
		err_errno(err, errno, "cannot read %s", path);
		return NULL;
	}
	day->used = ++reader->uses;
	if (day->is_open && day->day == number && day->inode == file.st_ino)
		return &day->db;
	close_day(day);
	if (store_db_open(&day->db, path, STORE_DB_DAY, STORE_DB_READ, DAY_CACHE_KIB, err) != 0)
		return NULL;
	sqlite3_progress_handler(day->db.sql, PROGRESS_STEPS, on_progress, reader);
	day->is_open = true;
	day->day = number;
	day->inode = file.st_ino;
	return &day->db;
}

struct store_reader *
store_sqlite_reader_open(const struct store_options *options, struct err *err)
{
	struct store_reader *reader = mem_zero(1, sizeof *reader);
	char path[STORE_PATH_SIZE];

	reader->state_dir = mem_strdup(options->state_dir);
	store_reader_limit(reader, 0, NULL);
	if (store_sqlite_path(options, path, err) != 0 ||
	    store_db_open(&reader->db, path, STORE_DB_HOT, STORE_DB_READ, HOT_CACHE_KIB, err) !=
		    0) {
		store_sqlite_reader_close(&reader);
		return NULL;
	}
	sqlite3_progress_handler(reader->db.sql, PROGRESS_STEPS, on_progress, reader);
	return reader;
}

void
store_sqlite_reader_close(struct store_reader **reader)
{
	struct store_reader *r = *reader;

	if (r == NULL)
		return;
	for (int i = 0; i < STORE_READER_DAYS; i++)
		close_day(&r->day[i]);
	if (r->db.sql != NULL)
		store_db_close(&r->db);
	mem_free(r->state_dir);
	mem_free(r);
	*reader = NULL;
}

/* ---- short questions ------------------------------------------------------------------------- */

static struct mail_body *
make_body(sqlite3_stmt *stmt)
{
	struct span head = store_db_blob(stmt, 0), text = store_db_blob(stmt, 1);
	uint64_t text_bytes = (uint64_t)store_db_int(stmt, 2);
	uint64_t spool_id = (uint64_t)store_db_int(stmt, 3);
	int flags = (int)store_db_int(stmt, 4);
	struct mail_body *body;

	body = mail_body_new(mem_copy(head.p != NULL ? head.p : "", head.n), head.n,
			     spool_id != 0 ? NULL : mem_copy(text.p != NULL ? text.p : "", text.n),
			     text_bytes, spool_id);
	body->head_8bit = flags & STORE_FLAG_HEAD_8BIT;
	body->text_8bit = flags & STORE_FLAG_TEXT_8BIT;
	return body;
}

int
store_sqlite_fetch(struct store_reader *reader, uint64_t id, struct mail_body **body_out,
		   struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_BODY_READ);
	int step;

	store_reader_limit(reader, 60 * 1000, NULL);
	store_db_bind_int(stmt, 1, (int64_t)id);
	step = store_db_step(&reader->db, stmt, err);
	if (step < 0)
		return -1;
	if (step == 0)
		return err_set(err, ERR_PERM, 0, "the message is not in the queue any more");
	*body_out = make_body(stmt);
	store_db_reset(stmt);
	return 0;
}

int
store_sqlite_audit_list(struct store_reader *reader, struct store_audit_list *request,
			struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_AUDIT_LIST);
	size_t limit =
		request->limit > 0 && request->limit < AUDIT_MAX ? request->limit : AUDIT_MAX;
	struct arena *arena = request->arena;
	int step;

	store_reader_limit(reader, 0, NULL);
	request->audit = arena_alloc(arena, limit * sizeof *request->audit);
	request->count = 0;
	store_db_bind_int(stmt, 1,
			  request->before_id != 0 ? (int64_t)request->before_id : INT64_MAX);
	store_db_bind_int(stmt, 2, (int64_t)limit);
	while ((step = store_db_step(&reader->db, stmt, err)) > 0)
		request->audit[request->count++] = (struct store_audit){
			.id = (uint64_t)store_db_int(stmt, 0),
			.at_unix_ms = store_db_int(stmt, 1),
			.uid = (uint32_t)store_db_int(stmt, 2),
			.who = arena_strdup(arena, store_db_text(stmt, 3)),
			.via = arena_strdup(arena, store_db_text(stmt, 4)),
			.action = arena_strdup(arena, store_db_text(stmt, 5)),
			.object = arena_strdup(arena, store_db_text(stmt, 6)),
			.detail = arena_strdup(arena, store_db_text(stmt, 7)),
		};
	return step;
}

int
store_sqlite_secret_list(struct store_reader *reader, struct store_secret_list *request,
			 struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_SECRET_LIST);
	struct store_secret *secret = NULL;
	size_t count = 0;
	int step;

	store_reader_limit(reader, 0, NULL);
	store_db_bind_int(stmt, 1, (int64_t)request->credential_id);
	store_db_bind_int(stmt, 2, SECRETS_MAX);
	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		if (count % 64 == 0)
			secret = mem_resize(secret, (count + 64) * sizeof *secret);
		secret[count++] = (struct store_secret){
			.id = (uint64_t)store_db_int(stmt, 0),
			.credential_id = (uint64_t)store_db_int(stmt, 1),
			.label = arena_strdup(request->arena, store_db_text(stmt, 2)),
			.created_unix_ms = store_db_int(stmt, 3),
			.ends_unix_ms = store_db_int(stmt, 4),
			.last_used_unix_ms = store_db_int(stmt, 5),
			.last_used_address = arena_strdup(request->arena, store_db_text(stmt, 6)),
		};
	}
	request->secret =
		count > 0 ? arena_copy(request->arena, secret, count * sizeof *secret) : NULL;
	request->count = count;
	mem_free(secret);
	return step;
}
