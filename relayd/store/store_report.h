/* store_report.h - what became of all mail of some time, in numbers, beside the time
 * before it of the same length: for an operator, or for whom they answer to.
 *
 * Counted are recipients, by when their message was accepted. The log is read newest
 * first, by a thread of its own, in pages of some thousand rows, each a short
 * snapshot. Memory is bounded whatever the log holds: so many names of a kind are told
 * apart (the rest is one), so many have percentiles, and times go into histograms. */
#ifndef STORE_STORE_REPORT_H
#define STORE_STORE_REPORT_H

#include "store/store.h"

enum store_report_kind { /* what mail is counted by */
	STORE_REPORT_PROVIDER,         /* the site it went to, or would have */
	STORE_REPORT_CREDENTIAL,
	STORE_REPORT_DOMAIN,           /* of From: the sending domain */
	STORE_REPORT_RECIPIENT_DOMAIN,
	STORE_REPORT_KIND_COUNT
};
enum store_report_time { STORE_REPORT_P50, STORE_REPORT_P90, STORE_REPORT_P95,
	STORE_REPORT_P99, STORE_REPORT_TIME_COUNT };

#define STORE_REPORT_ROWS_MAX 50       /* of a kind, most recipients first */
#define STORE_REPORT_REPLIES_MAX 20
#define STORE_REPORT_POINTS_MAX 1000   /* of the series: what is before them has no point */

/* recipients = delivered + bounced + suppressed + cancelled + waiting */
struct store_report_tally {
	uint64_t recipients, bytes;    /* of the messages, for each recipient */
	uint64_t delivered;
	uint64_t deferred;             /* put off at least once, whatever became of it */
	uint64_t bounced;              /* refused for good, or given up */
	uint64_t expired;              /* those of them that were given up */
	uint64_t complained;           /* of those delivered */
	uint64_t suppressed, cancelled, waiting;
	/* from acceptance to delivery; -1: none, or not known of this row */
	int64_t time_ms[STORE_REPORT_TIME_COUNT];
};

struct store_report_row {
	const char *name;
	struct store_report_tally tally;
	uint64_t recipients_before;
};

struct store_report_point { /* recipients accepted from `at` until the next point */
	int64_t at_unix_ms;
	uint64_t recipients, delivered, deferred, bounced, complained;
};

struct store_report_reply { /* replies that differ in numbers only */
	const char *site;
	struct span reply;             /* one of them */
	int code;
	enum verdict_category category;
	uint64_t deferrals, bounces;
};

struct store_report {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct arena *arena;           /* owns strings and rows; the request's */
	int64_t since_unix_ms, until_unix_ms; /* [since, until); until is not in the future */
	int64_t zone_ms;               /* days begin that much before those of UTC */
	uint32_t timeout_ms;           /* 0: 20 s */
	atomic_bool *cancel;           /* NULL, or set true by the asker to interrupt */
	/* answered */
	struct store_report_tally total, before;
	uint64_t messages, messages_before;
	struct store_report_row *row[STORE_REPORT_KIND_COUNT];
	size_t rows[STORE_REPORT_KIND_COUNT];
	uint64_t names[STORE_REPORT_KIND_COUNT]; /* all there were; more than rows: see others */
	struct store_report_tally others[STORE_REPORT_KIND_COUNT];
	int64_t step_ms;               /* an hour or a day */
	struct store_report_point *point; /* oldest first */
	size_t points;
	struct store_report_reply *reply; /* most first */
	size_t replies;
	uint64_t deferrals;            /* replies that put off, all of them */
	/* what can be known */
	bool has_before;               /* `before` is the whole time before */
	bool is_complete;              /* no gap from where the log begins, and all was read */
	bool timed_out;
	int64_t counted_from_unix_ms;  /* later than since: time ran out there */
	int64_t log_from_unix_ms;      /* how far back the log goes */
	int64_t gap_from_unix_ms, gap_until_unix_ms; /* nothing was recorded; 0: no gap */
	uint64_t scanned;              /* recipients looked at */
	int result;
	struct err err;
};
/* store_report_send - false (kept): too many reports wait. Thread: any. */
bool store_report_send(struct store *store, struct store_report **request);

#endif
