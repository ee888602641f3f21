/* store_private.h - the store's threads, shared by store.c, store_thread.c,
 * store_reader.c and store_spool.c only. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/map.h"
#include "store/store.h"
#include "store/store_ops.h"
#include "store/store_spool.h"

#define STORE_SPOOL_THREADS 2
#define STORE_SEARCH_THREADS 2
#define STORE_PATH_MAX 512

struct store_thread { /* one thread that waits at a mailbox; made and freed by store.c */
	struct store *store;
	struct mailbox *box;          /* its owner is this struct */
	struct mailbox_item stop;     /* the last message it gets */
	void *(*main)(void *arg);     /* arg: this struct */
	void *state;                  /* what the thread works with; its own */
	struct store_reader *reader;  /* reading threads only; its own while it runs */
	bool is_started;              /* main thread's */
	bool is_stopping;             /* the thread's own */
	pthread_t id;
};

struct store_metrics { /* written by their threads, read by any (store_stats_read) */
	atomic_uint_least64_t commits, syncs, messages, outcomes, bytes;
	atomic_uint_least64_t largest_batch, wal_bytes, free_bytes;
	atomic_bool is_full, is_broken;
};

struct store {
	struct store_options options; /* strings owned */
	const struct store_ops *ops;
	struct store_writer *writer;  /* main thread's until store_start, then the store thread's */
	struct store_thread writing, body, report;
	struct store_thread search[STORE_SEARCH_THREADS];
	struct store_thread spool[STORE_SPOOL_THREADS];
	struct store_metrics metrics;
};

/* store_thread_next - take what waits; the thread's loop is
 * `while (!thread->is_stopping) store_thread_serve(thread, -1);` */
void store_thread_serve(struct store_thread *thread, int timeout_ms);

/* store_thread.c */
void *store_thread_main(void *arg);
void store_thread_check_disk(struct store *store); /* sets free_bytes, is_full */

/* store_reader.c */
void *store_reader_main(void *arg);

/* store_spool.c */
void *store_spool_main(void *arg);
int store_spool_sweep(struct store *store, struct err *err);
/* store_spool_read_all - the whole of a text of that many bytes; blocks. Returns
 * owned, or NULL with err SYSTEM. */
char *store_spool_read_all(const struct store *store, uint64_t spool_id, size_t bytes,
                           struct err *err);
void store_spool_release(uint64_t spool_id, void *arg);

#endif
