/* store_ops.h - the storage seam: the batch operations an engine offers to the
 * threads of store.c. SQLite is the first engine (store_sqlite*.c).
 *
 * A writer belongs to the store thread (to the main thread before it starts),
 * a reader to one reading thread. An engine knows nothing of mailboxes and
 * answers: it gets requests, fills in results, and the threads send them back.
 *
 * Errors of begin, accept, record, write, note_use, commit: kind SYSTEM means
 * that the whole batch failed and must be rolled back; any other kind concerns
 * this one item, of which nothing was kept, and the batch goes on. */
#ifndef STORE_STORE_OPS_H
#define STORE_STORE_OPS_H

#include "base/id.h"
#include "store/store.h"

struct store_writer;
struct store_report;
struct store_reader;

/* what an engine calls back, on the writer's thread */
struct store_host {
	void *arg;
	/* no committed message names this spool file any more */
	void (*release_spool)(uint64_t spool_id, void *arg);
};

struct store_counts { /* kept by the engine, copied out by the store thread */
	uint64_t syncs;
	uint64_t wal_bytes;
};

struct store_ops {
	const char *scheme;

	/* writer_open - takes the lock against a second relay on the same state, migrates. */
	struct store_writer *(*writer_open)(const struct store_options *options,
	                                    const struct store_host *host, struct err *err);
	void (*writer_close)(struct store_writer **writer);
	/* reconfigure - see store_reconfigure. */
	void (*reconfigure)(struct store_writer *writer, const struct store_options *options);
	uint64_t (*largest_id)(struct store_writer *writer);
	int (*load_queue)(struct store_writer *writer, store_queued_fn fn, void *arg,
	                  struct err *err);
	int (*load_rows)(struct store_writer *writer, store_row_fn fn, void *arg, struct err *err);
	int (*load_notices)(struct store_writer *writer, store_notice_fn fn, void *arg,
	                    struct err *err);
	int (*load_suppressions)(struct store_writer *writer, store_suppression_fn fn, void *arg,
	                         struct err *err);
	/* spool_is_named - does a message name this file? 1, 0, or -1 with err. */
	int (*spool_is_named)(struct store_writer *writer, uint64_t spool_id, struct err *err);

	int (*begin)(struct store_writer *writer, struct err *err);
	int (*accept)(struct store_writer *writer, const struct store_accept *request,
	              struct err *err);
	int (*record)(struct store_writer *writer, struct store_record *request, struct err *err);
	int (*write)(struct store_writer *writer, const struct store_write *request,
	             struct err *err);
	/* overwrite - a batch of its own with one change, of which nothing old is left in the
	 * database or its WAL. On the main thread, before any reader is open. */
	int (*overwrite)(struct store_writer *writer, const struct store_write *request,
	                 struct err *err);
	int (*note_use)(struct store_writer *writer, uint64_t secret_id, int64_t at_unix_ms,
	                const char *address, struct err *err);
	/* note_gap - nothing could be recorded between these times. Inside a batch. */
	int (*note_gap)(struct store_writer *writer, int64_t from_unix_ms, int64_t until_unix_ms,
	                const char *reason, struct err *err);
	int (*commit)(struct store_writer *writer, struct err *err);
	void (*rollback)(struct store_writer *writer);
	/* probe - a transaction that writes: can this engine write again? */
	int (*probe)(struct store_writer *writer, struct err *err);
	/* tend - one short pass of housekeeping between batches (finished rows to the
	 * log, checkpoint, expiry). Returns 1: more to do, 0: nothing for now, -1: the
	 * hot database could not be written. */
	int (*tend)(struct store_writer *writer, bool is_idle, int64_t now_unix_ms,
	            struct err *err);
	void (*counts)(const struct store_writer *writer, struct store_counts *counts_out);

	struct store_reader *(*reader_open)(const struct store_options *options, struct err *err);
	void (*reader_close)(struct store_reader **reader);
	int (*fetch)(struct store_reader *reader, uint64_t id, struct mail_body **body_out,
	             struct err *err);
	int (*notice)(struct store_reader *reader, struct store_notice *request, struct err *err);
	int (*search)(struct store_reader *reader, struct store_search *request, struct err *err);
	int (*near)(struct store_reader *reader, struct store_near *request, struct err *err);
	int (*sent)(struct store_reader *reader, struct store_sent *request, struct err *err);
	int (*report)(struct store_reader *reader, struct store_report *request, struct err *err);
	int (*suppression_list)(struct store_reader *reader,
	                        struct store_suppression_list *request, struct err *err);
	int (*suppression_index)(struct store_reader *reader,
	                         struct store_suppression_index *request, struct err *err);
	int (*audit_list)(struct store_reader *reader, struct store_audit_list *request,
	                  struct err *err);
	int (*secret_list)(struct store_reader *reader, struct store_secret_list *request,
	                   struct err *err);
};

extern const struct store_ops store_sqlite_ops;

#endif
