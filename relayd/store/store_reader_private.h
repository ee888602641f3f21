/* store_reader_private.h - the SQLite reader, shared by store_sqlite_read.c,
 * store_sqlite_search.c, store_sqlite_found.c and store_near.c only. */
#ifndef STORE_STORE_READER_PRIVATE_H
#define STORE_STORE_READER_PRIVATE_H

#include "store/store_sqlite_private.h"

#define STORE_READER_DAYS 8 /* day files a reader keeps open */

struct store_reader_day {
	int64_t day;
	bool is_open;
	uint64_t used;
	uint64_t inode;            /* a file made anew under the same name is another one */
	struct store_db db;
};

struct store_reader { /* one reading thread's */
	struct store_db db;        /* relay.db */
	char *state_dir;
	struct store_reader_day day[STORE_READER_DAYS];
	uint64_t uses;
	/* while a question is answered: when to give up */
	int64_t deadline_mono_ms;
	atomic_bool *cancel;
	bool timed_out;
};

/* store_reader_day_open - the file of that day, or NULL when there is none or it
 * cannot be read (err says why). Borrowed until the next call. */
struct store_db *store_reader_day_open(struct store_reader *reader, int64_t day, struct err *err);
/* store_reader_limit - from now on statements of this reader end with SQLITE_INTERRUPT
 * after timeout_ms, or when *cancel becomes true; sets timed_out. */
void store_reader_limit(struct store_reader *reader, uint32_t timeout_ms, atomic_bool *cancel);
bool store_reader_must_stop(struct store_reader *reader);

#endif
