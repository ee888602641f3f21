/* store_sqlite_text.c - texts of a day's messages by columns, for searching.
 *
 * Part of the way into the log (store_sqlite_move.c): a message's texts go into its day's
 * last block, which is written with the day's commit, so that a block is on disk when its
 * messages are. The last block is written again until it is full; with few messages that is
 * some 25 KB a commit, with many it is full at once.
 *
 * A day from before there were blocks is filled between batches, newest day first, some
 * blocks in one transaction with the mark of how far it got; text_block_todo says so, and
 * until it is empty searches read that day's rows. Store thread. */
#include "base/log.h"
#include "base/mem.h"
#include "store/store_sqlite_private.h"

#define FILL_CACHE_KIB 2048
#define FILL_BLOCKS 4        /* of one transaction while nobody waits: some 10 ms */
#define FILL_EVERY_MS 100    /* ... and one block so often while mail comes in */
#define FILL_CHECKPOINT_FRAMES 2000

/* ---- the last block -------------------------------------------------------------------- */

int
store_sqlite_text_open(struct store_text_log *text, struct store_db *day, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(day, STORE_SQL_TEXT_LAST);
	int step = store_db_step(day, stmt, err);

	if (step < 0)
		return -1;
	store_text_block_init(&text->block);
	text->no = 0;
	text->has_changed = false;
	/* a damaged one stays as it is, its search will tell; a new one is begun */
	if (step > 0 &&
	    store_text_block_load(&text->block, (size_t)store_db_int(stmt, 1),
				  store_db_blob(stmt, 2), store_db_blob(stmt, 3),
				  store_db_blob(stmt, 4), store_db_blob(stmt, 5)) == 0)
		text->no = store_db_int(stmt, 0);
	store_db_reset(stmt);
	if (store_text_block_is_full(&text->block)) {
		store_text_block_clear(&text->block);
		text->no = 0;
	}
	return 0;
}

void
store_sqlite_text_close(struct store_text_log *text)
{
	store_text_block_deinit(&text->block);
}

int
store_sqlite_text_flush(struct store_text_log *text, struct store_db *day, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(day, STORE_SQL_TEXT_PUT);
	const struct store_text_block *block = &text->block;
	const struct buf *column[] = { &block->subject, &block->number, &block->tags,
				       &block->message_id };
	unsigned char *grams;
	size_t bytes;
	int done;

	if (!text->has_changed)
		return 0;
	grams = store_text_block_grams(block, &bytes);
	if (text->no != 0)
		store_db_bind_int(stmt, 1, text->no);
	else
		store_db_bind_text(stmt, 1, NULL);
	store_db_bind_int(stmt, 2, (int64_t)block->lowest_id);
	store_db_bind_int(stmt, 3, (int64_t)block->highest_id);
	store_db_bind_int(stmt, 4, (int64_t)block->messages);
	store_db_bind_blob(stmt, 5, grams, bytes);
	for (int i = 0; i < 4; i++)
		store_db_bind_blob(stmt, 6 + i, buf_span(column[i]).p, column[i]->len);
	done = store_db_done(day, stmt, err);
	mem_free(grams);
	if (done != 0)
		return -1;
	if (text->no == 0)
		text->no = sqlite3_last_insert_rowid(day->sql);
	text->has_changed = false;
	return 0;
}

int
store_sqlite_text_add(struct store_text_log *text, struct store_db *day,
		      const struct store_text_row *row, struct err *err)
{
	store_text_block_add(&text->block, row);
	text->has_changed = true;
	if (!store_text_block_is_full(&text->block))
		return 0;
	if (store_sqlite_text_flush(text, day, err) != 0)
		return -1;
	store_text_block_clear(&text->block);
	text->no = 0;
	return 0;
}

/* ---- days from before ------------------------------------------------------------------ */

static void
close_fill(struct store_text_fill *fill)
{
	if (fill->is_open)
		store_db_close(&fill->db);
	fill->is_open = false;
}

void
store_sqlite_text_fill_close_day(struct store_writer *writer, int64_t day)
{
	struct store_text_fill *fill = &writer->fill;

	if (fill->is_open && fill->day[fill->at] == day)
		close_fill(fill);
}

void
store_sqlite_text_fill_deinit(struct store_writer *writer)
{
	close_fill(&writer->fill);
	mem_free(writer->fill.day);
}

struct addresses {
	int64_t *id;
	size_t count, cap;
};

static int
read_addresses(struct store_db *db, int64_t message_id, struct addresses *addresses,
	       struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_TEXT_ADDRESSES);
	int step;

	addresses->count = 0;
	store_db_bind_int(stmt, 1, message_id);
	while ((step = store_db_step(db, stmt, err)) > 0) {
		if (addresses->count == addresses->cap) {
			addresses->cap = addresses->cap * 2 + 16;
			addresses->id =
				mem_resize(addresses->id, addresses->cap * sizeof *addresses->id);
		}
		addresses->id[addresses->count++] = store_db_int(stmt, 0);
	}
	return step;
}

/* read_block - messages from *next on until it is full. 1: there may be more, 0: the last. */
static int
read_block(struct store_db *db, int64_t *next, struct store_text_block *block, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_TEXT_MESSAGES);
	struct addresses addresses = { NULL, 0, 0 };
	int step;

	store_db_bind_int(stmt, 1, *next);
	while ((step = store_db_step(db, stmt, err)) > 0) {
		struct store_text_row row = { .id = (uint64_t)store_db_int(stmt, 0),
					      .origin_id = store_db_int(stmt, 1),
					      .sender_id = store_db_int(stmt, 2),
					      .subject = store_db_text(stmt, 3),
					      .tags = store_db_text(stmt, 4),
					      .message_id = store_db_text(stmt, 5) };

		step = read_addresses(db, (int64_t)row.id, &addresses, err);
		if (step < 0)
			break;
		row.address = addresses.id;
		row.addresses = addresses.count;
		store_text_block_add(block, &row);
		*next = (int64_t)row.id + 1;
		step = 1;
		if (store_text_block_is_full(block))
			break;
	}
	store_db_reset(stmt);
	mem_free(addresses.id);
	return step;
}

static int
write_block(struct store_db *db, int64_t *next, struct err *err)
{
	struct store_text_log text = { .has_changed = false };
	int more, done = 0;

	store_text_block_init(&text.block);
	more = read_block(db, next, &text.block, err);
	text.has_changed = text.block.messages > 0;
	if (more >= 0)
		done = store_sqlite_text_flush(&text, db, err);
	store_text_block_deinit(&text.block);
	return done < 0 ? -1 : more;
}

/* fill_some - one transaction. 1: more of this day, 0: it is done. */
static int
fill_some(struct store_db *db, int blocks, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_TEXT_TODO);
	int64_t next = 0;
	int more = store_db_step(db, stmt, err);

	if (more > 0)
		next = store_db_int(stmt, 0);
	store_db_reset(stmt);
	if (more <= 0)
		return more;
	if (store_db_run(db, STORE_SQL_BEGIN, err) != 0)
		return -1;
	for (int i = 0; i < blocks && more > 0; i++)
		more = write_block(db, &next, err);
	stmt = store_db_stmt(db, more > 0 ? STORE_SQL_TEXT_TODO_SET : STORE_SQL_TEXT_TODO_DROP);
	if (more > 0)
		store_db_bind_int(stmt, 1, next);
	if (more < 0 || store_db_done(db, stmt, err) != 0 ||
	    store_db_run(db, STORE_SQL_COMMIT, err) != 0) {
		store_db_run(db, STORE_SQL_ROLLBACK, NULL);
		return -1;
	}
	if (more == 0 || db->wal_frames >= FILL_CHECKPOINT_FRAMES)
		sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return more;
}

static int
fill_day(struct store_writer *writer, int blocks, struct err *err)
{
	struct store_text_fill *fill = &writer->fill;
	char path[STORE_PATH_SIZE];

	if (!fill->is_open) {
		if (!store_day_exists(writer->state_dir, fill->day[fill->at]))
			return 0; /* expired meanwhile */
		store_day_path(writer->state_dir, fill->day[fill->at], path);
		if (store_db_open(&fill->db, path, STORE_DB_DAY, STORE_DB_WRITE, FILL_CACHE_KIB,
				  err) != 0)
			return -1;
		fill->is_open = true;
	}
	return fill_some(&fill->db, blocks, err);
}

/* day_is_busy - its file is locked, by this very thread. */
static bool
day_is_busy(const struct store_move *move, int64_t day)
{
	for (int i = 0; i < STORE_MOVE_DAYS; i++)
		if (move->day[i].in_transaction && move->day[i].day == day)
			return true;
	return false;
}

int
store_sqlite_text_fill(struct store_writer *writer, bool is_idle, int64_t now_unix_ms)
{
	struct store_text_fill *fill = &writer->fill;
	struct err err;
	int more;

	if (fill->is_done || (!is_idle && now_unix_ms < fill->due_unix_ms))
		return 0;
	if (fill->day == NULL)
		fill->day = store_day_list(writer->state_dir, &fill->days);
	if (fill->at == fill->days) {
		fill->is_done = true;
		return 0;
	}
	if (day_is_busy(&writer->move, fill->day[fill->at]))
		return 0;
	more = fill_day(writer, is_idle ? FILL_BLOCKS : 1, &err);
	fill->due_unix_ms = now_unix_ms + FILL_EVERY_MS;
	if (more > 0)
		return is_idle;
	if (more < 0)
		LOG(LOG_ERROR, "store.text_failed", LOG_INT("day", fill->day[fill->at]),
		    LOG_TEXT("reason", err.text));
	close_fill(fill);
	fill->at++;
	return is_idle;
}
