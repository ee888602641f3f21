/* store_sqlite_private.h - the SQLite writer, shared by store_sqlite*.c only. */
#ifndef STORE_STORE_SQLITE_PRIVATE_H
#define STORE_STORE_SQLITE_PRIVATE_H

#include "base/buf.h"
#include "store/store_db.h"
#include "store/store_address_block.h"
#include "store/store_intern.h"
#include "store/store_ops.h"
#include "store/store_report.h"
#include "store/store_text_block.h"

#define STORE_DAY_MS ((int64_t)86400000)
#define STORE_TAG_SEPARATOR '\x1f'
#define STORE_PATH_SIZE 512

enum { /* message.flags */
	STORE_FLAG_SMTPUTF8 = 1, STORE_FLAG_BULK = 2, STORE_FLAG_HEAD_8BIT = 4,
	STORE_FLAG_TEXT_8BIT = 8
};

/* A list of ids that grows; what was taken from the front is dropped by store_ids_cut. */
struct store_id_pair {
	uint64_t id;
	uint64_t spool_id;
};
struct store_ids {
	struct store_id_pair *item;
	size_t count, cap;
};

void store_ids_add(struct store_ids *ids, uint64_t id, uint64_t spool_id);
void store_ids_cut(struct store_ids *ids, size_t n); /* drop the first n */
void store_ids_move(struct store_ids *from, struct store_ids *to); /* append all, empty from */
void store_ids_deinit(struct store_ids *ids);

struct store_text_log { /* the block of a day's file that is not full yet */
	struct store_text_block block;
	int64_t no;                /* its row; 0: none yet */
	bool has_changed;          /* since its row was written */
};

struct store_text_fill { /* days that have messages older than text_block */
	int64_t *day;              /* all days as of the first look, newest first; owned */
	size_t days, at;
	struct store_db db;        /* of day[at] */
	bool is_open, is_done;
	int64_t due_unix_ms;
};

#define STORE_MOVE_DAYS 3 /* day files open for writing at once */

struct store_move_day {
	int64_t day;               /* days since 1970 */
	bool is_open;
	bool in_transaction;
	uint64_t used;             /* when, for choosing which to close */
	struct store_db db;
	struct store_text_log text;
};

/* Finished messages on their way to the log. A message is in exactly one of
 * `finished` (all recipients done), `copied` (in a day file's transaction),
 * `deletable` (that transaction is on disk) or `dropping` (deleted by the batch
 * under way). All are empty after a crash and found again by looking for
 * messages without pending recipients. Relay events go the same way. */
struct store_move_lists {
	struct store_ids finished, copied, deletable, dropping;
};

struct store_move {
	struct store_move_lists message, event;
	struct store_move_day day[STORE_MOVE_DAYS];
	int64_t *address;          /* scratch: of the recipients of the message under way */
	size_t addresses, address_cap;
	uint64_t uses;
	int64_t due_unix_ms;       /* what is finished goes to the log then; 0: nothing is */
	int64_t retry_unix_ms;     /* the log could not be written: not before this */
	int64_t noted_day;         /* is in log_day already */
	int64_t damaged_day;       /* its file was set aside: a gap to be noted; 0 none */
	int checkpoint_frames;     /* the WAL is written back when it has that many */
};

struct store_expiry {
	int64_t due_unix_ms;       /* when to look for old days again */
	int64_t oldest_kept;       /* what the hot file says about it is up to date */
	int64_t below_day;         /* rows last named before it go; 0: no walk under way */
	int64_t next_address;      /* where the walk stands */
};

struct store_address_log { /* -1: to be looked up */
	int64_t next;              /* block that is not made yet */
	int64_t largest;           /* id of an address */
};

struct store_writer { /* made and freed by store_sqlite.c; store thread */
	struct store_db db;
	struct store_host host;
	char *state_dir;
	uint32_t node;
	int64_t log_keep_ms;
	bool log_subject;
	struct store_options limits;   /* of it: the mailbox_full_ ones */
	bool has_soft_failures;        /* else nobody looks for them */
	int lock_fd;
	struct id_gen event_ids;       /* lane 15 */
	uint64_t largest_id, committed_largest_id;
	struct store_intern *address, *origin, *remote, *domain_name;
	struct buf key;                /* scratch: folded addresses, joined keys */
	struct store_ids touched;      /* had a final outcome in this batch */
	struct store_ids newly_finished; /* ... and has no pending recipient left */
	struct store_ids new_events;   /* relay events of this batch */
	size_t finished_last_batch;
	bool in_batch;
	struct store_move move;
	struct store_expiry expiry;
	struct store_text_fill fill;
	struct store_address_log address_log;
	uint64_t syncs;
};

/* store_sqlite_intern.c: day is days since 1970 of the message that names it */
int store_sqlite_intern_address(struct store_writer *writer, const char *address,
                                const char *domain, int64_t day, int64_t *id_out,
                                struct err *err);
int store_sqlite_intern_origin(struct store_writer *writer, const struct mail_message *message,
                               uint64_t secret_id, int64_t day, int64_t *id_out, struct err *err);
int store_sqlite_intern_remote(struct store_writer *writer, const struct mail_event *event,
                               int64_t day, int64_t *id_out, struct err *err);
void store_sqlite_intern_clear(struct store_writer *writer);

/* store_sqlite_accept.c, _record.c, _write.c, _load.c: members of the seam */
int store_sqlite_accept(struct store_writer *writer, const struct store_accept *request,
                        struct err *err);
int store_sqlite_record(struct store_writer *writer, struct store_record *request,
                        struct err *err);
int store_sqlite_write(struct store_writer *writer, const struct store_write *request,
                       struct err *err);
int store_sqlite_overwrite(struct store_writer *writer, const struct store_write *request,
                           struct err *err);
int store_sqlite_note_use(struct store_writer *writer, uint64_t secret_id, int64_t at_unix_ms,
                          const char *address, struct err *err);
int store_sqlite_load_queue(struct store_writer *writer, store_queued_fn fn, void *arg,
                            struct err *err);
int store_sqlite_load_rows(struct store_writer *writer, store_row_fn fn, void *arg,
                           struct err *err);

/* store_sqlite_notice.c */
int store_sqlite_notice_tell(struct store_writer *writer, const struct store_told *told,
                             struct err *err);
int store_sqlite_load_notices(struct store_writer *writer, store_notice_fn fn, void *arg,
                              struct err *err);
int store_sqlite_notice(struct store_reader *reader, struct store_notice *request,
                        struct err *err);

/* store_sqlite_record.c: before COMMIT, find which messages are finished now */
int store_sqlite_record_find_finished(struct store_writer *writer, struct err *err);

/* store_sqlite.c */
int store_sqlite_path(const struct store_options *options, char out[STORE_PATH_SIZE],
                      struct err *err);
int store_sqlite_begin(struct store_writer *writer, struct err *err);
int store_sqlite_commit(struct store_writer *writer, struct err *err);
void store_sqlite_rollback(struct store_writer *writer);
int store_sqlite_read_state(struct store_db *db, const char *name, int64_t *value_out,
                            struct err *err);
int store_sqlite_write_state(struct store_db *db, const char *name, int64_t value,
                             struct err *err);

/* store_sqlite_copy.c: into a day's open transaction */
enum store_copied {
	STORE_COPY_DONE,
	STORE_COPY_COMMIT_FIRST,   /* no day can be opened before another is committed */
	STORE_COPY_HOT_FAILED,     /* err says how */
	STORE_COPY_LOG_FAILED
};
enum store_copied store_sqlite_copy_message(struct store_writer *writer, uint64_t id,
                                            struct store_move_day *to, struct err *err);
enum store_copied store_sqlite_copy_event(struct store_writer *writer, uint64_t id,
                                          struct store_move_day *to, struct err *err);

/* store_sqlite_move.c */
int store_sqlite_move_init(struct store_writer *writer, struct err *err);
void store_sqlite_move_deinit(struct store_writer *writer);
/* inside a batch: delete from the hot database some of what the log has for sure */
int store_sqlite_move_drop(struct store_writer *writer, size_t most, struct err *err);
void store_sqlite_move_committed(struct store_writer *writer); /* the batch is on disk */
void store_sqlite_move_undone(struct store_writer *writer);    /* the batch was rolled back */
/* between batches: one short pass. 1: more to do, 0: not now, -1: hot database failed */
int store_sqlite_move_pass(struct store_writer *writer, int64_t now_unix_ms, struct err *err);
void store_sqlite_move_close_day(struct store_writer *writer, int64_t day);

/* store_sqlite_text.c: texts of a day, by columns, inside the day's transaction */
int store_sqlite_text_open(struct store_text_log *text, struct store_db *day, struct err *err);
void store_sqlite_text_close(struct store_text_log *text);
int store_sqlite_text_add(struct store_text_log *text, struct store_db *day,
                          const struct store_text_row *row, struct err *err);
int store_sqlite_text_flush(struct store_text_log *text, struct store_db *day, struct err *err);
/* ... and, between batches, of messages from before there were blocks. 1: more to do, 0: not
 * now. A day that fails is logged, and read row by row until the next start. */
int store_sqlite_text_fill(struct store_writer *writer, bool is_idle, int64_t now_unix_ms);
void store_sqlite_text_fill_close_day(struct store_writer *writer, int64_t day);
void store_sqlite_text_fill_deinit(struct store_writer *writer);

/* store_sqlite_address.c: texts of addresses. In a batch: make at most so many blocks */
int store_sqlite_address_grow(struct store_writer *writer, int most, struct err *err);
/* ... and, in the batch that removed some of the addresses [from_id, below_id), their texts */
int store_sqlite_address_shrink(struct store_writer *writer, int64_t from_id, int64_t below_id,
                                struct err *err);
void store_sqlite_address_forget(struct store_writer *writer); /* it was rolled back */
/* between batches: a batch of its own. 1: more to do, 0: all are made */
int store_sqlite_address_fill(struct store_writer *writer, struct err *err);

/* store_sqlite_tend.c */
int store_sqlite_tend(struct store_writer *writer, bool is_idle, int64_t now_unix_ms,
                      struct err *err);

/* store_day.c: the files of the log */
void store_day_path(const char *state_dir, int64_t day, char out[STORE_PATH_SIZE]);
/* store_day_list - days that have a file, newest first. Returns owned (mem_free). */
int64_t *store_day_list(const char *state_dir, size_t *count_out);
bool store_day_exists(const char *state_dir, int64_t day);
void store_day_unlink(const char *state_dir, int64_t day);

/* store_sqlite_read.c and _search.c, store_near.c */
struct store_reader *store_sqlite_reader_open(const struct store_options *options,
                                              struct err *err);
void store_sqlite_reader_close(struct store_reader **reader);
int store_sqlite_fetch(struct store_reader *reader, uint64_t id, struct mail_body **body_out,
                       struct err *err);
int store_sqlite_search(struct store_reader *reader, struct store_search *request,
                        struct err *err);
int store_sqlite_sent(struct store_reader *reader, struct store_sent *request, struct err *err);
int store_sqlite_report(struct store_reader *reader, struct store_report *request,
                        struct err *err);
int store_sqlite_near(struct store_reader *reader, struct store_near *request, struct err *err);
int store_sqlite_audit_list(struct store_reader *reader, struct store_audit_list *request,
                            struct err *err);
int store_sqlite_secret_list(struct store_reader *reader, struct store_secret_list *request,
                             struct err *err);

/* columns of text are never NULL where nothing is the same as "" */
static inline const char *
store_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static inline int64_t
store_day_of_id(uint64_t id)
{
	return id_unix_ms(id) / STORE_DAY_MS;
}

int64_t store_hash(const char *text); /* message_hash */

/* ---- store_sqlite_suppress.c */
sqlite3_stmt *store_sqlite_put_suppression(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_delete_suppression(struct store_db *db,
                                              const struct store_change *change);
/* store_sqlite_suppress_outcome - what a final outcome says about the address. */
int store_sqlite_suppress_outcome(struct store_writer *writer, struct store_outcome *outcome,
                                  struct err *err);
int store_sqlite_load_suppressions(struct store_writer *writer, store_suppression_fn fn, void *arg,
                                   struct err *err);

int store_sqlite_suppression_list(struct store_reader *reader,
                                  struct store_suppression_list *request, struct err *err);
int store_sqlite_suppression_index(struct store_reader *reader,
                                   struct store_suppression_index *request, struct err *err);

/* ---- store_sqlite_pace.c */
sqlite3_stmt *store_sqlite_put_pace(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_delete_pace(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_put_throttle(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_delete_throttle(struct store_db *db, const struct store_change *change);
void store_sqlite_read_pace(sqlite3_stmt *stmt, struct store_change *change);
void store_sqlite_read_throttle(sqlite3_stmt *stmt, struct store_change *change);

/* ---- store_sqlite_migrate.c */
sqlite3_stmt *store_sqlite_put_migration(struct store_db *db, const struct store_change *change);
void store_sqlite_read_migration(sqlite3_stmt *stmt, struct store_change *change);
sqlite3_stmt *store_sqlite_put_migration_result(struct store_db *db,
						const struct store_change *change);
sqlite3_stmt *store_sqlite_put_migration_evidence(struct store_db *db,
						  const struct store_change *change);
void store_sqlite_read_migration_evidence(sqlite3_stmt *stmt, struct store_change *change);
void store_sqlite_read_migration_result(sqlite3_stmt *stmt, struct store_change *change);

/* ---- store_sqlite_warmup.c */
sqlite3_stmt *store_sqlite_put_warmup(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_put_source_stop(struct store_db *db, const struct store_change *change);
sqlite3_stmt *store_sqlite_delete_source_stop(struct store_db *db,
					      const struct store_change *change);
void store_sqlite_read_warmup(sqlite3_stmt *stmt, struct store_change *change);
void store_sqlite_read_source_stop(sqlite3_stmt *stmt, struct store_change *change);

#endif
