/* store_sqlite.c - the SQLite engine: open, one batch, one commit.
 *
 * Stage 4's writer. begin ... commit is one transaction and one sync; between
 * batches tend() moves finished rows to the log and keeps the WAL short
 * (store_sqlite_move.c). Everything here is the store thread's, and the main
 * thread's before that starts.
 *
 * Invariants: a lock file keeps a second relay off the folder; after a failed
 * commit nothing that only the failed batch knew is remembered (interned ids,
 * finished messages); largest_id on disk is never below an id on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "store/store_fault.h"
#include "store/store_sqlite_private.h"

/* The whole daemon has to stay under 60 MB: 12 MB (design: 64) hold the pages of
 * what is accepted, delivered and moved within a second or so; the whole process of
 * tests/bench/bench_store.c then peaks at 24 MB. What waits longer is read once,
 * when it is due. */
#define HOT_CACHE_KIB (12 * 1024)
#define REMEMBERED_ADDRESSES 16384 /* about 120 bytes each */
#define REMEMBERED_OTHERS 2048
#define KEY_MAX_BYTES 16384
#define DROPS_PER_BATCH 64 /* besides as many as finished in the last batch */

void
store_ids_add(struct store_ids *ids, uint64_t id, uint64_t spool_id)
{
	if (ids->count == ids->cap) {
		ids->cap = ids->cap > 0 ? ids->cap * 2 : 256;
		ids->item = mem_resize(ids->item, ids->cap * sizeof *ids->item);
	}
	ids->item[ids->count++] = (struct store_id_pair){ id, spool_id };
}

void
store_ids_cut(struct store_ids *ids, size_t n)
{
	if (n == 0)
		return; /* the list may not exist yet */
	memmove(ids->item, ids->item + n, (ids->count - n) * sizeof *ids->item);
	ids->count -= n;
}

void
store_ids_move(struct store_ids *from, struct store_ids *to)
{
	for (size_t i = 0; i < from->count; i++)
		store_ids_add(to, from->item[i].id, from->item[i].spool_id);
	from->count = 0;
}

void
store_ids_deinit(struct store_ids *ids)
{
	mem_free(ids->item);
	*ids = (struct store_ids){ 0 };
}

static int
make_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return err_errno(err, errno, "cannot make %s", path);
}

static int
make_folders(const char *state_dir, struct err *err)
{
	char path[STORE_PATH_SIZE];

	if (strlen(state_dir) > STORE_PATH_SIZE - 64)
		return err_set(err, ERR_PERM, 0, "state_dir is too long: at most %d bytes",
			       STORE_PATH_SIZE - 64);
	if (make_folder(state_dir, err) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/log", state_dir);
	if (make_folder(path, err) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/spool", state_dir);
	return make_folder(path, err);
}

/* take_lock - the kernel lets go of it when the process ends, however it ends. */
static int
take_lock(const char *state_dir, int *fd_out, struct err *err)
{
	char path[STORE_PATH_SIZE];
	int fd;

	snprintf(path, sizeof path, "%s/lock", state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, errno,
				 "cannot write in %s: give it to the user relayd runs as",
				 state_dir);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return err_set(err, ERR_PERM, EWOULDBLOCK, "another relayd uses %s: stop it first",
			       state_dir);
	}
	*fd_out = fd;
	return 0;
}

int
store_sqlite_read_state(struct store_db *db, const char *name, int64_t *value_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_STATE_GET);
	int step;

	store_db_bind_text(stmt, 1, name);
	step = store_db_step(db, stmt, err);
	if (step < 0)
		return -1;
	*value_out = step > 0 ? store_db_int(stmt, 0) : 0;
	store_db_reset(stmt);
	return 0;
}

static void
writer_close(struct store_writer **writer)
{
	struct store_writer *w = *writer;

	if (w == NULL)
		return;
	store_sqlite_move_deinit(w);
	store_sqlite_text_fill_deinit(w);
	if (w->db.sql != NULL)
		store_db_close(&w->db); /* the last one out checkpoints and removes the WAL */
	store_intern_free(&w->address);
	store_intern_free(&w->origin);
	store_intern_free(&w->remote);
	store_intern_free(&w->domain_name);
	store_ids_deinit(&w->touched);
	store_ids_deinit(&w->newly_finished);
	store_ids_deinit(&w->new_events);
	buf_deinit(&w->key);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	mem_free(w->state_dir);
	mem_free(w);
	*writer = NULL;
}

int
store_sqlite_path(const struct store_options *options, char out[STORE_PATH_SIZE], struct err *err)
{
	const char *name = strchr(options->url, ':') + 1;
	bool is_absolute = name[0] == '/';
	int n = snprintf(out, STORE_PATH_SIZE, "%s%s%s", is_absolute ? "" : options->state_dir,
			 is_absolute ? "" : "/", name);

	if (n >= STORE_PATH_SIZE)
		return err_set(err, ERR_PERM, 0, "store: the path is too long");
	return 0;
}

static int
open_database(struct store_writer *writer, const struct store_options *options, struct err *err)
{
	char path[STORE_PATH_SIZE];
	int64_t largest;

	if (store_sqlite_path(options, path, err) != 0 ||
	    store_db_open(&writer->db, path, STORE_DB_HOT, STORE_DB_WRITE, HOT_CACHE_KIB, err) !=
		    0 ||
	    store_sqlite_read_state(&writer->db, "largest_id", &largest, err) != 0)
		return -1;
	writer->largest_id = writer->committed_largest_id = (uint64_t)largest;
	id_gen_init(&writer->event_ids, writer->node, ID_LANES - 1, writer->largest_id);
	return store_sqlite_move_init(writer, err);
}

static struct store_writer *
writer_open(const struct store_options *options, const struct store_host *host, struct err *err)
{
	struct store_writer *writer = mem_zero(1, sizeof *writer);

	writer->lock_fd = -1;
	store_sqlite_address_forget(writer);
	writer->host = *host;
	writer->state_dir = mem_strdup(options->state_dir);
	writer->node = options->node;
	writer->log_keep_ms = options->log_keep_ms;
	writer->log_subject = options->log_subject;
	writer->limits = *options;
	writer->address = store_intern_new(REMEMBERED_ADDRESSES);
	writer->origin = store_intern_new(REMEMBERED_OTHERS);
	writer->remote = store_intern_new(REMEMBERED_OTHERS);
	writer->domain_name = store_intern_new(REMEMBERED_OTHERS);
	buf_init(&writer->key, KEY_MAX_BYTES);
	if (make_folders(options->state_dir, err) != 0 ||
	    take_lock(options->state_dir, &writer->lock_fd, err) != 0 ||
	    open_database(writer, options, err) != 0)
		writer_close(&writer);
	return writer;
}

static void
reconfigure(struct store_writer *writer, const struct store_options *options)
{
	writer->log_keep_ms = options->log_keep_ms;
	writer->log_subject = options->log_subject;
	writer->expiry.due_unix_ms = 0;
}

static uint64_t
largest_id(struct store_writer *writer)
{
	return writer->largest_id;
}

static int
spool_is_named(struct store_writer *writer, uint64_t spool_id, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_SPOOL_NAMED);
	int step;

	store_db_bind_int(stmt, 1, (int64_t)spool_id);
	step = store_db_step(&writer->db, stmt, err);
	store_db_reset(stmt);
	return step;
}

int
store_sqlite_begin(struct store_writer *writer, struct err *err)
{
	if (store_db_run(&writer->db, STORE_SQL_BEGIN, err) != 0)
		return -1;
	writer->in_batch = true;
	STORE_FAULT(batch_begun);
	return 0;
}

int
store_sqlite_write_state(struct store_db *db, const char *name, int64_t value, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_STATE_SET);

	store_db_bind_text(stmt, 1, name);
	store_db_bind_int(stmt, 2, value);
	return store_db_done(db, stmt, err);
}

static int
write_largest_id(struct store_writer *writer, struct err *err)
{
	if (writer->largest_id == writer->committed_largest_id)
		return 0;
	return store_sqlite_write_state(&writer->db, "largest_id", (int64_t)writer->largest_id,
					err);
}

int
store_sqlite_commit(struct store_writer *writer, struct err *err)
{
	if (store_sqlite_record_find_finished(writer, err) != 0 ||
	    store_sqlite_move_drop(writer, DROPS_PER_BATCH + writer->finished_last_batch, err) !=
		    0 ||
	    store_sqlite_address_grow(writer, 1, err) != 0 || write_largest_id(writer, err) != 0)
		return -1;
	STORE_FAULT(before_commit);
	if (store_db_run(&writer->db, STORE_SQL_COMMIT, err) != 0)
		return -1;
	STORE_FAULT(after_commit);
	writer->in_batch = false;
	writer->syncs++;
	writer->committed_largest_id = writer->largest_id;
	writer->finished_last_batch = writer->newly_finished.count + writer->new_events.count;
	store_ids_move(&writer->newly_finished, &writer->move.message.finished);
	store_ids_move(&writer->new_events, &writer->move.event.finished);
	writer->touched.count = 0;
	store_sqlite_move_committed(writer);
	return 0;
}

void
store_sqlite_rollback(struct store_writer *writer)
{
	/* after some errors SQLite has rolled back by itself already */
	if (writer->in_batch && !sqlite3_get_autocommit(writer->db.sql))
		store_db_run(&writer->db, STORE_SQL_ROLLBACK, NULL);
	writer->in_batch = false;
	store_sqlite_intern_clear(writer);
	store_sqlite_address_forget(writer);
	writer->touched.count = 0;
	writer->newly_finished.count = 0;
	writer->new_events.count = 0;
	store_sqlite_move_undone(writer);
}

static int
probe(struct store_writer *writer, struct err *err)
{
	if (store_sqlite_begin(writer, err) == 0 &&
	    store_db_run(&writer->db, STORE_SQL_STATE_PROBE, err) == 0 &&
	    store_db_run(&writer->db, STORE_SQL_COMMIT, err) == 0) {
		writer->in_batch = false;
		return 0;
	}
	store_sqlite_rollback(writer);
	return -1;
}

static int
note_gap(struct store_writer *writer, int64_t from_unix_ms, int64_t until_unix_ms,
	 const char *reason, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_GAP_ADD);

	store_db_bind_int(stmt, 1, from_unix_ms);
	store_db_bind_int(stmt, 2, until_unix_ms);
	store_db_bind_text(stmt, 3, reason);
	return store_db_done(&writer->db, stmt, err);
}

static void
counts(const struct store_writer *writer, struct store_counts *counts_out)
{
	counts_out->syncs = writer->syncs;
	counts_out->wal_bytes = (uint64_t)writer->db.wal_frames * 4096;
}

const struct store_ops store_sqlite_ops = {
	.scheme = "sqlite",
	.writer_open = writer_open,
	.writer_close = writer_close,
	.reconfigure = reconfigure,
	.largest_id = largest_id,
	.load_queue = store_sqlite_load_queue,
	.load_rows = store_sqlite_load_rows,
	.load_suppressions = store_sqlite_load_suppressions,
	.load_notices = store_sqlite_load_notices,
	.spool_is_named = spool_is_named,
	.begin = store_sqlite_begin,
	.accept = store_sqlite_accept,
	.record = store_sqlite_record,
	.write = store_sqlite_write,
	.overwrite = store_sqlite_overwrite,
	.note_use = store_sqlite_note_use,
	.note_gap = note_gap,
	.commit = store_sqlite_commit,
	.rollback = store_sqlite_rollback,
	.probe = probe,
	.tend = store_sqlite_tend,
	.counts = counts,
	.reader_open = store_sqlite_reader_open,
	.reader_close = store_sqlite_reader_close,
	.fetch = store_sqlite_fetch,
	.notice = store_sqlite_notice,
	.search = store_sqlite_search,
	.near = store_sqlite_near,
	.sent = store_sqlite_sent,
	.report = store_sqlite_report,
	.suppression_list = store_sqlite_suppression_list,
	.suppression_index = store_sqlite_suppression_index,
	.audit_list = store_sqlite_audit_list,
	.secret_list = store_sqlite_secret_list,
};
