/* store_sqlite_tend.c - housekeeping between batches: the way into the log, a
 * short WAL, days that are too old.
 *
 * The store thread checkpoints by itself: only so nobody writes meanwhile, the
 * pass gets to the end and the next commit starts the WAL anew (a checkpoint from
 * another connection beside a busy writer never does; the file grew to hundreds
 * of megabytes). PASSIVE is enough for that, and does not wait for a reader: one
 * that still reads old frames just makes the next pass finish the work.
 *
 * Each call does one short piece, since the next batch waits for it. */
#include "base/log.h"
#include "base/mem.h"
#include "store/store_fault.h"
#include "store/store_sqlite_private.h"

/* Measured (4 KB messages, 100 under way, all addresses new; CPU us per message, ack
 * p99): 2,000 frames 39 and 9.7 ms; 4,000 38 and 12.3 ms; 8,000 38 and 14 ms; 16,000
 * 45 and 16 ms, since bodies that come and go are then written back more often than
 * they are overwritten in the WAL. When it is quiet a small WAL goes too. */
#define BUSY_FRAMES 4000
#define IDLE_FRAMES 256
#define AGAIN_FRAMES 1000 /* a reader was in the way: try after so many more */
#define EXPIRE_EVERY_MS (10 * 60 * 1000)
#define ADDRESSES_PER_PASS (2 * STORE_ADDRESS_BLOCK)

static void
checkpoint(struct store_writer *writer)
{
	int frames = 0, done = 0;

	STORE_FAULT(before_checkpoint);
	/* an error leaves the frames where they are; commits notice a bad disk */
	sqlite3_wal_checkpoint_v2(writer->db.sql, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &done);
	writer->syncs += 2;
	STORE_FAULT(after_checkpoint);
	if (frames >= 0 && frames == done) {
		writer->db.wal_frames = 0;
		writer->move.checkpoint_frames = BUSY_FRAMES;
	} else {
		writer->move.checkpoint_frames = writer->db.wal_frames + AGAIN_FRAMES;
	}
}

static bool
checkpoint_is_due(const struct store_writer *writer, bool is_idle)
{
	int due = writer->move.checkpoint_frames;

	if (due < BUSY_FRAMES)
		due = BUSY_FRAMES;
	return writer->db.wal_frames >= (is_idle && due == BUSY_FRAMES ? IDLE_FRAMES : due);
}

/* ---- days that are too old ---------------------------------------------------------- */

/* below_day - rows last named before this day may go: no kept file and no waiting
 * message names them. */
static int
find_below_day(struct store_writer *writer, int64_t oldest_kept, int64_t *day_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_OLDEST_MESSAGE);
	int64_t oldest_waiting = 0;

	if (store_db_step(&writer->db, stmt, err) < 0)
		return -1;
	oldest_waiting = store_day_of_id((uint64_t)store_db_int(stmt, 0));
	store_db_reset(stmt);
	*day_out = oldest_kept;
	if (oldest_waiting > 0 && oldest_waiting < oldest_kept)
		*day_out = oldest_waiting;
	return 0;
}

static int
run_with(struct store_writer *writer, enum store_sql sql, int64_t value, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql);

	store_db_bind_int(stmt, 1, value);
	return store_db_done(&writer->db, stmt, err);
}

/* forget_days - the log begins later from now on. Before the files go, so that no
 * search misses a day that should be there. */
static int
forget_days(struct store_writer *writer, int64_t oldest_kept, struct err *err)
{
	int64_t unix_ms = oldest_kept * STORE_DAY_MS, before = 0;

	/* never earlier: a longer log { keep } brings no day back that is gone */
	if (store_sqlite_read_state(&writer->db, "expired_until_unix_ms", &before, err) != 0)
		return -1;
	unix_ms = before > unix_ms ? before : unix_ms;
	if (store_sqlite_begin(writer, err) != 0 ||
	    run_with(writer, STORE_SQL_LOG_DAY_DROP, oldest_kept, err) != 0 ||
	    run_with(writer, STORE_SQL_GAP_EXPIRE, unix_ms, err) != 0 ||
	    store_sqlite_write_state(&writer->db, "expired_until_unix_ms", unix_ms, err) != 0)
		return -1;
	return store_sqlite_commit(writer, err);
}

/* forget_texts - what only the days named that are gone; addresses, which are
 * many, in small pieces later. */
static int
forget_texts(struct store_writer *writer, int64_t oldest_kept, struct err *err)
{
	int64_t below_day;

	if (store_sqlite_begin(writer, err) != 0 ||
	    find_below_day(writer, oldest_kept, &below_day, err) != 0 ||
	    run_with(writer, STORE_SQL_ORIGIN_EXPIRE, below_day, err) != 0 ||
	    run_with(writer, STORE_SQL_REMOTE_EXPIRE, below_day, err) != 0 ||
	    store_sqlite_commit(writer, err) != 0)
		return -1;
	store_sqlite_intern_clear(writer);
	writer->expiry.below_day = below_day;
	writer->expiry.next_address = 0;
	return 0;
}

static void
unlink_days(struct store_writer *writer, int64_t oldest_kept)
{
	size_t count;
	int64_t *day = store_day_list(writer->state_dir, &count);

	for (size_t i = 0; i < count; i++) {
		if (day[i] >= oldest_kept)
			continue;
		store_sqlite_move_close_day(writer, day[i]);
		store_sqlite_text_fill_close_day(writer, day[i]);
		STORE_FAULT(before_unlink);
		store_day_unlink(writer->state_dir, day[i]);
		LOG(LOG_NOTICE, "store.day_expired", LOG_INT("day", day[i]));
	}
	mem_free(day);
}

/* expire_days - a day is kept as long as any moment of it is within log_keep. */
static int
expire_days(struct store_writer *writer, int64_t now_unix_ms, struct err *err)
{
	int64_t oldest_kept = (now_unix_ms - writer->log_keep_ms) / STORE_DAY_MS;

	bool is_new_day = oldest_kept != writer->expiry.oldest_kept;

	writer->expiry.due_unix_ms = now_unix_ms + EXPIRE_EVERY_MS;
	if (is_new_day && forget_days(writer, oldest_kept, err) != 0)
		return -1;
	unlink_days(writer, oldest_kept);
	if (is_new_day && forget_texts(writer, oldest_kept, err) != 0)
		return -1;
	writer->expiry.oldest_kept = oldest_kept;
	return 0;
}

/* purge_addresses - one piece of the walk over address. */
static int
purge_addresses(struct store_writer *writer, struct err *err)
{
	struct store_expiry *expiry = &writer->expiry;
	sqlite3_stmt *stmt;
	int64_t largest;

	if (store_sqlite_begin(writer, err) != 0)
		return -1;
	stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_LARGEST);
	if (store_db_step(&writer->db, stmt, err) < 0)
		return -1;
	largest = store_db_int(stmt, 0);
	store_db_reset(stmt);
	stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_EXPIRE);
	store_db_bind_int(stmt, 1, expiry->next_address);
	store_db_bind_int(stmt, 2, expiry->next_address + ADDRESSES_PER_PASS);
	store_db_bind_int(stmt, 3, expiry->below_day);
	if (store_db_done(&writer->db, stmt, err) != 0)
		return -1;
	if (sqlite3_changes(writer->db.sql) > 0) {
		store_intern_clear(writer->address);
		if (store_sqlite_address_shrink(writer, expiry->next_address,
						expiry->next_address + ADDRESSES_PER_PASS,
						err) != 0)
			return -1;
	}
	if (store_sqlite_commit(writer, err) != 0)
		return -1;
	expiry->next_address += ADDRESSES_PER_PASS;
	if (expiry->next_address > largest)
		expiry->below_day = 0;
	return 0;
}

/* note_damage - a day file had to be set aside: from its begin to its end the log
 * is not complete. */
static int
note_damage(struct store_writer *writer, struct err *err)
{
	int64_t from = writer->move.damaged_day * STORE_DAY_MS;

	if (store_sqlite_begin(writer, err) != 0 ||
	    store_sqlite_ops.note_gap(writer, from, from + STORE_DAY_MS, "file damaged", err) !=
		    0 ||
	    store_sqlite_commit(writer, err) != 0)
		return -1;
	writer->move.damaged_day = 0;
	return 0;
}

static bool
has_deletable(const struct store_writer *writer)
{
	return writer->move.message.deletable.count + writer->move.event.deletable.count > 0;
}

/* drop_when_idle - no batch comes along to take the deletions: one of their own. */
static int
drop_when_idle(struct store_writer *writer, struct err *err)
{
	if (store_sqlite_begin(writer, err) != 0)
		return -1;
	return store_sqlite_commit(writer, err);
}

int
store_sqlite_tend(struct store_writer *writer, bool is_idle, int64_t now_unix_ms, struct err *err)
{
	int more = store_sqlite_move_pass(writer, now_unix_ms, err);

	if (more == 0 && writer->move.damaged_day != 0)
		more = note_damage(writer, err);
	if (more == 0 && is_idle && has_deletable(writer))
		more = drop_when_idle(writer, err) == 0 ? 1 : -1;
	if (more >= 0 && checkpoint_is_due(writer, is_idle))
		checkpoint(writer);
	if (more == 0 && now_unix_ms >= writer->expiry.due_unix_ms)
		more = expire_days(writer, now_unix_ms, err);
	if (more == 0 && is_idle && writer->expiry.below_day != 0)
		more = purge_addresses(writer, err) == 0 ? 1 : -1;
	if (more == 0 && is_idle)
		more = store_sqlite_address_fill(writer, err);
	if (more == 0)
		more = store_sqlite_text_fill(writer, is_idle, now_unix_ms);
	if (more < 0)
		store_sqlite_rollback(writer);
	return more;
}
