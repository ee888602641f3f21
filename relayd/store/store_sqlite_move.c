/* store_sqlite_move.c - finished messages leave the hot database for the log.
 *
 *   finished --copy--> copied --day commit--> deletable --drop--> (gone)
 *
 * Between batches a pass copies some rows into the day file's open transaction;
 * every thousand or so, or when it is quiet, that is committed and synced. Only
 * then the hot rows are deleted, a few with each batch, so that the deletion
 * costs no sync of its own. A crash anywhere leaves the message in the hot file,
 * in the log, or in both; it is found again at start, copied with INSERT OR
 * IGNORE and deleted: nothing is lost or doubled. Passes are short because the
 * next batch waits for them (thousands of rows in one go stalled commits by 47 ms).
 *
 * A log that cannot be written is retried; meanwhile the hot file grows, nothing
 * else suffers. Store thread. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "store/store_fault.h"
#include "store/store_sqlite_private.h"

#define DAY_CACHE_KIB 2048
#define BACKLOG 256	/* under load nothing moves before so many wait */
#define PASS 128	/* messages of one pass */
#define DAY_COMMIT 2048 /* messages of one day transaction */
#define LINGER_MS 2000	/* finished messages wait so long for company */
#define RETRY_MS 5000
#define DAY_CHECKPOINT_FRAMES 2000

static size_t
waiting(const struct store_move *move)
{
	return move->message.finished.count + move->event.finished.count;
}

static int
list_at_start(struct store_writer *writer, enum store_sql sql, struct store_ids *ids,
	      struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql);
	int step;

	if (sql == STORE_SQL_FINISHED_LIST)
		store_db_bind_int(stmt, 1, writer->node);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0)
		store_ids_add(ids, (uint64_t)store_db_int(stmt, 0), 0);
	return step;
}

int
store_sqlite_move_init(struct store_writer *writer, struct err *err)
{
	writer->move.noted_day = -1;
	if (list_at_start(writer, STORE_SQL_FINISHED_LIST, &writer->move.message.finished, err) !=
	    0)
		return -1;
	if (list_at_start(writer, STORE_SQL_RELAY_EVENT_LIST, &writer->move.event.finished, err) !=
	    0)
		return -1;
	if (waiting(&writer->move) > 0)
		writer->move.due_unix_ms = 1; /* what was left over has waited long enough */
	return 0;
}

static void
close_day(struct store_move_day *day)
{
	if (day->is_open) {
		store_sqlite_text_close(&day->text);
		store_db_close(&day->db); /* an open transaction is rolled back */
	}
	day->is_open = day->in_transaction = false;
}

void
store_sqlite_move_close_day(struct store_writer *writer, int64_t number)
{
	for (int i = 0; i < STORE_MOVE_DAYS; i++)
		if (writer->move.day[i].is_open && writer->move.day[i].day == number)
			close_day(&writer->move.day[i]);
}

static void
lists_deinit(struct store_move_lists *lists)
{
	store_ids_deinit(&lists->finished);
	store_ids_deinit(&lists->copied);
	store_ids_deinit(&lists->deletable);
	store_ids_deinit(&lists->dropping);
}

void
store_sqlite_move_deinit(struct store_writer *writer)
{
	for (int i = 0; i < STORE_MOVE_DAYS; i++)
		close_day(&writer->move.day[i]);
	lists_deinit(&writer->move.message);
	lists_deinit(&writer->move.event);
	mem_free(writer->move.address);
}

/* ---- the day file ---------------------------------------------------------------- */

/* day_slot - the open file of that day, or the slot to open it in: a free one, else
 * the least recently used without a transaction; NULL: all are busy. */
static struct store_move_day *
day_slot(struct store_move *move, int64_t number)
{
	struct store_move_day *best = NULL;

	for (int i = 0; i < STORE_MOVE_DAYS; i++) {
		struct store_move_day *day = &move->day[i];

		if (day->is_open && day->day == number)
			return day;
		if (!day->in_transaction && (best == NULL || day->used < best->used))
			best = day;
	}
	return best;
}

/* set_damaged_aside - a file that is no database, or has no sound page where one is needed,
 * must not stop the log for ever. Returns -1: err was why it cannot be used. */
static int
set_damaged_aside(struct store_writer *writer, int64_t number, const struct err *err)
{
	char path[STORE_PATH_SIZE], aside[STORE_PATH_SIZE + 64];

	if ((err->code & 0xff) != SQLITE_NOTADB && (err->code & 0xff) != SQLITE_CORRUPT)
		return -1;
	store_day_path(writer->state_dir, number, path);
	snprintf(aside, sizeof aside, "%s.damaged-%lld", path, (long long)clock_unix_ms());
	if (rename(path, aside) != 0)
		return -1;
	LOG(LOG_ERROR, "store.log_damaged", LOG_TEXT("file", path), LOG_TEXT("kept_as", aside));
	/* its wal and shm belong to the old file and would spoil the new one */
	store_day_unlink(writer->state_dir, number);
	writer->move.damaged_day = number;
	return -1;
}

static int
open_day(struct store_writer *writer, struct store_move_day *day, int64_t number, struct err *err)
{
	char path[STORE_PATH_SIZE];

	close_day(day);
	store_day_path(writer->state_dir, number, path);
	if (store_db_open(&day->db, path, STORE_DB_DAY, STORE_DB_WRITE, DAY_CACHE_KIB, err) != 0)
		return set_damaged_aside(writer, number, err);
	STORE_FAULT(day_created);
	if (store_sqlite_text_open(&day->text, &day->db, err) != 0) {
		store_db_close(&day->db);
		return set_damaged_aside(writer, number, err);
	}
	day->is_open = true;
	day->day = number;
	return 0;
}

/* use_day - the file of that day, in a transaction. 0: got it, 1: commit first. */
static int
use_day(struct store_writer *writer, int64_t number, struct store_move_day **day_out,
	struct err *err)
{
	struct store_move_day *day = day_slot(&writer->move, number);

	if (day == NULL)
		return 1;
	if ((!day->is_open || day->day != number) && open_day(writer, day, number, err) != 0)
		return -1;
	if (!day->in_transaction && store_db_run(&day->db, STORE_SQL_BEGIN, err) != 0)
		return -1;
	day->in_transaction = true;
	day->used = ++writer->move.uses;
	*day_out = day;
	return 0;
}

static int
commit_day(struct store_writer *writer, struct store_move_day *day, struct err *err)
{
	if (store_sqlite_text_flush(&day->text, &day->db, err) != 0 ||
	    store_db_run(&day->db, STORE_SQL_COMMIT, err) != 0)
		return -1;
	day->in_transaction = false;
	writer->syncs++;
	STORE_FAULT(move_committed);
	if (day->db.wal_frames < DAY_CHECKPOINT_FRAMES)
		return 0;
	/* fails harmlessly: the frames stay in the WAL and are tried again */
	sqlite3_wal_checkpoint_v2(day->db.sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	writer->syncs += 2;
	return 0;
}

static int
commit_days(struct store_writer *writer, struct err *err)
{
	struct store_move *move = &writer->move;

	for (int i = 0; i < STORE_MOVE_DAYS; i++)
		if (move->day[i].in_transaction && commit_day(writer, &move->day[i], err) != 0)
			return -1;
	store_ids_move(&move->message.copied, &move->message.deletable);
	store_ids_move(&move->event.copied, &move->event.deletable);
	return 0;
}

/* log_failed - forget what was under way and copy it again later. */
static void
log_failed(struct store_writer *writer, int64_t now_unix_ms, const struct err *err)
{
	struct store_move *move = &writer->move;

	LOG(LOG_ERROR, "store.log_failed", LOG_TEXT("reason", err->text),
	    LOG_UINT("waiting", move->message.finished.count + move->message.copied.count));
	for (int i = 0; i < STORE_MOVE_DAYS; i++)
		close_day(&move->day[i]);
	store_ids_move(&move->message.copied, &move->message.finished);
	store_ids_move(&move->event.copied, &move->event.finished);
	move->retry_unix_ms = now_unix_ms + RETRY_MS;
}

/* ---- copying ------------------------------------------------------------------------- */

typedef enum store_copied (*copy_fn)(struct store_writer *writer, uint64_t id,
			       struct store_move_day *to, struct err *err);

static enum store_copied
copy_some(struct store_writer *writer, struct store_ids *ids, size_t most, copy_fn copy,
	  struct err *err)
{
	enum store_copied result = STORE_COPY_DONE;
	size_t done = 0;

	while (done < ids->count && done < most && result == STORE_COPY_DONE) {
		struct store_move_day *day;
		uint64_t id = ids->item[done].id;
		int use = use_day(writer, store_day_of_id(id), &day, err);

		if (use != 0)
			result = use > 0 ? STORE_COPY_COMMIT_FIRST : STORE_COPY_LOG_FAILED;
		else
			result = copy(writer, id, day, err);
		if (result == STORE_COPY_DONE)
			done++;
	}
	store_ids_cut(ids, done);
	return result;
}

/* copy_pass - one transaction on the hot file for reading: without it every
 * statement would take and release the shared lock by itself. */
static enum store_copied
copy_pass(struct store_writer *writer, size_t most, struct err *err)
{
	struct store_move *move = &writer->move;
	enum store_copied result;

	if (store_db_run(&writer->db, STORE_SQL_BEGIN, err) != 0)
		return STORE_COPY_HOT_FAILED;
	result = copy_some(writer, &move->message.finished, most, store_sqlite_copy_message, err);
	if (result == STORE_COPY_DONE)
		result = copy_some(writer, &move->event.finished, most, store_sqlite_copy_event,
				   err);
	STORE_FAULT(move_copied);
	if (store_db_run(&writer->db, STORE_SQL_COMMIT,
			 result == STORE_COPY_DONE ? err : NULL) != 0) {
		store_db_run(&writer->db, STORE_SQL_ROLLBACK, NULL);
		return STORE_COPY_HOT_FAILED;
	}
	return result;
}

static size_t
copied(const struct store_move *move)
{
	return move->message.copied.count + move->event.copied.count;
}

int
store_sqlite_move_pass(struct store_writer *writer, int64_t now_unix_ms, struct err *err)
{
	struct store_move *move = &writer->move;
	enum store_copied result = STORE_COPY_DONE;
	bool is_due;

	if (now_unix_ms < move->retry_unix_ms || waiting(move) + copied(move) == 0)
		return 0;
	if (move->due_unix_ms == 0)
		move->due_unix_ms = now_unix_ms + LINGER_MS;
	is_due = now_unix_ms >= move->due_unix_ms;
	if (waiting(move) >= BACKLOG || (is_due && waiting(move) > 0))
		result = copy_pass(writer, PASS + writer->finished_last_batch, err);
	if (result == STORE_COPY_HOT_FAILED)
		return -1;
	if (result == STORE_COPY_COMMIT_FIRST || copied(move) >= DAY_COMMIT ||
	    (is_due && waiting(move) == 0))
		result = commit_days(writer, err) == 0 ? STORE_COPY_DONE : STORE_COPY_LOG_FAILED;
	if (result == STORE_COPY_LOG_FAILED) {
		log_failed(writer, now_unix_ms, err);
		return 0;
	}
	if (waiting(move) + copied(move) == 0)
		move->due_unix_ms = 0;
	return waiting(move) >= BACKLOG || (is_due && waiting(move) > 0);
}

/* ---- dropping, inside a batch ------------------------------------------------------------ */

/* note_day - the hot file says which days the log must have, before it forgets
 * what was in them. */
static int
note_day(struct store_writer *writer, int64_t day, struct err *err)
{
	sqlite3_stmt *stmt;

	if (day == writer->move.noted_day)
		return 0;
	stmt = store_db_stmt(&writer->db, STORE_SQL_LOG_DAY_ADD);
	store_db_bind_int(stmt, 1, day);
	if (store_db_done(&writer->db, stmt, err) != 0)
		return -1;
	writer->move.noted_day = day;
	return 0;
}

static int
drop_rows(struct store_writer *writer, const enum store_sql *sql, size_t count, uint64_t id,
	  struct err *err)
{
	if (note_day(writer, store_day_of_id(id), err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql[i]);

		store_db_bind_int(stmt, 1, (int64_t)id);
		if (store_db_done(&writer->db, stmt, err) != 0)
			return -1;
	}
	return 0;
}

static int
drop_some(struct store_writer *writer, struct store_move_lists *lists, size_t most,
	  const enum store_sql *sql, size_t count, struct err *err)
{
	size_t done = 0;
	int result = 0;

	while (done < lists->deletable.count && done < most && result == 0) {
		const struct store_id_pair *pair = &lists->deletable.item[done];

		result = drop_rows(writer, sql, count, pair->id, err);
		/* even when that failed: the rollback puts it back */
		store_ids_add(&lists->dropping, pair->id, pair->spool_id);
		done++;
	}
	store_ids_cut(&lists->deletable, done);
	return result;
}

int
store_sqlite_move_drop(struct store_writer *writer, size_t most, struct err *err)
{
	static const enum store_sql message[] = { STORE_SQL_BODY_DROP, STORE_SQL_RECIPIENT_DROP,
						  STORE_SQL_EVENT_DROP, STORE_SQL_MESSAGE_DROP };
	static const enum store_sql event[] = { STORE_SQL_RELAY_EVENT_DROP };

	if (drop_some(writer, &writer->move.message, most, message,
		      sizeof message / sizeof message[0], err) != 0 ||
	    drop_some(writer, &writer->move.event, most, event, 1, err) != 0)
		return -1;
	STORE_FAULT(move_deleted);
	return 0;
}

void
store_sqlite_move_committed(struct store_writer *writer)
{
	struct store_ids *dropped = &writer->move.message.dropping;

	for (size_t i = 0; i < dropped->count; i++)
		if (dropped->item[i].spool_id != 0)
			writer->host.release_spool(dropped->item[i].spool_id, writer->host.arg);
	dropped->count = 0;
	writer->move.event.dropping.count = 0;
}

void
store_sqlite_move_undone(struct store_writer *writer)
{
	store_ids_move(&writer->move.message.dropping, &writer->move.message.deletable);
	store_ids_move(&writer->move.event.dropping, &writer->move.event.deletable);
	writer->move.noted_day = -1;
}
