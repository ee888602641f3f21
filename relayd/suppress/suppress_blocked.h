/* suppress_blocked.h - how many sends the list stopped today, by credential: a picture
 * of the day since midnight here, or since start when that is later. Nothing of it is
 * kept over a restart; the log has each of them. Times are put in. One thread. */
#ifndef SUPPRESS_SUPPRESS_BLOCKED_H
#define SUPPRESS_SUPPRESS_BLOCKED_H

#include <stddef.h>
#include <stdint.h>

#define SUPPRESS_BLOCKED_MAX 256 /* credentials told apart; more are in the total only */

struct suppress_blocked_row {
	char *credential;          /* owned */
	uint64_t count;
};

struct suppress_blocked {
	int64_t since_unix_ms, until_unix_ms; /* until the next midnight */
	uint64_t total;
	struct suppress_blocked_row row[SUPPRESS_BLOCKED_MAX]; /* in no order */
	size_t rows;
};

struct suppress_blocked *suppress_blocked_new(int64_t now_unix_ms); /* Returns owned. */
void suppress_blocked_free(struct suppress_blocked **blocked);
/* suppress_blocked_tick - after midnight it begins anew. */
void suppress_blocked_tick(struct suppress_blocked *blocked, int64_t now_unix_ms);
void suppress_blocked_add(struct suppress_blocked *blocked, const char *credential,
                          int64_t now_unix_ms);

#endif
