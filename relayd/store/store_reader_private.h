/* store_reader_private.h - the SQLite reader, shared by store_sqlite_read.c,
 * store_sqlite_search.c, store_sqlite_found.c, store_sqlite_report.c, store_coverage.c and
 * store_near.c only. */
#ifndef STORE_STORE_READER_PRIVATE_H
#define STORE_STORE_READER_PRIVATE_H

#include "store/store_sqlite_private.h"

/* Day files a reader keeps open: all that a log of the usual length has. To open one costs more
 * than to ask it for an address. */
#define STORE_READER_DAYS 100

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

struct store_coverage {
	int64_t from_unix_ms;      /* the log goes back to then */
	int64_t gap_from_unix_ms;  /* the first gap in the time asked for; 0: none */
	int64_t gap_until_unix_ms;
	bool is_complete;          /* no gap in it, and no day's file is missing */
};
/* store_coverage_read - of [since, until); until 0: to now. */
int store_coverage_read(struct store_reader *reader, int64_t since_unix_ms, int64_t until_unix_ms,
                        struct store_coverage *coverage_out, struct err *err);

/* columns of the FIND_ statements */
enum store_find_column {
	FIND_ID, FIND_NO, FIND_ADDRESS, FIND_STATUS, FIND_ATTEMPTS, FIND_NEXT_ATTEMPT,
	FIND_EVENT_ID, FIND_AT, FIND_KIND, FIND_CODE, FIND_ENHANCED, FIND_CATEGORY, FIND_IS_HARD,
	FIND_ATTEMPT, FIND_DURATION, FIND_REMOTE, FIND_REPLY, FIND_DETAIL, FIND_ORIGIN,
	FIND_SENDER, FIND_MESSAGE_ID, FIND_SUBJECT, FIND_TAGS, FIND_SIZE, FIND_RECIPIENTS,
	FIND_EXPIRES
};
/* ... and of those that read relay_event */
enum store_relay_event_column {
	RELAY_EVENT_ID, RELAY_EVENT_AT, RELAY_EVENT_KIND, RELAY_EVENT_ADDRESS,
	RELAY_EVENT_CREDENTIAL, RELAY_EVENT_SENDER_DOMAIN, RELAY_EVENT_CODE,
	RELAY_EVENT_ENHANCED, RELAY_EVENT_CATEGORY, RELAY_EVENT_IS_HARD, RELAY_EVENT_ATTEMPT,
	RELAY_EVENT_DURATION, RELAY_EVENT_REMOTE, RELAY_EVENT_REPLY, RELAY_EVENT_DETAIL
};

/* store_found_status - of a row of FIND_: what was scheduled is queued once its time
 * has come; nothing is written then, thousands may be due in the same second. */
enum mail_status store_found_status(sqlite3_stmt *row);

struct store_candidate { /* a row that matches; its text is read when the list is final */
	uint64_t id;               /* of the message, or of the relay event */
	uint32_t no;
	bool is_event;
	bool in_hot;
};

/* store_sqlite_found.c: fill *found_out with the candidate's facts. 1: done, 0: it
 * is gone (expired meanwhile), -1: err. */
int store_found_load(struct store_reader *reader, const struct store_candidate *candidate,
                     bool want_events, struct arena *arena, struct store_found *found_out,
                     struct err *err);

#endif
