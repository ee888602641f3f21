/* verdict_sentence.h - the answer to "did it arrive?" in one line.
 *
 * The wording is fixed: people learn it and scripts compare it. The caller
 * collects facts; this turns them into words and reads no clock. Thread: any. */
#ifndef VERDICT_VERDICT_SENTENCE_H
#define VERDICT_VERDICT_SENTENCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/span.h"
#include "verdict/verdict.h"

enum verdict_answer {
	VERDICT_ANSWER_DELIVERED,     /* Yes. */
	VERDICT_ANSWER_WAITING,       /* Not yet. (queued or deferred) */
	VERDICT_ANSWER_SCHEDULED,     /* Not yet. (not due) */
	VERDICT_ANSWER_BOUNCED,       /* No. */
	VERDICT_ANSWER_EXPIRED,       /* No. */
	VERDICT_ANSWER_SUPPRESSED,    /* No. We did not try */
	VERDICT_ANSWER_REJECTED,      /* No. Refused at submission */
	VERDICT_ANSWER_CANCELLED,     /* No. */
	VERDICT_ANSWER_HELD,          /* On hold. */
	VERDICT_ANSWER_BOUNCED_LATER, /* Bounced later. */
	VERDICT_ANSWER_COMPLAINED,    /* Yes, and the recipient complained */
	VERDICT_ANSWER_PARTLY,        /* Partly. */
	VERDICT_ANSWER_NO_TRACE,      /* No trace. */
	VERDICT_ANSWER_UNKNOWN,       /* Unknown. */
	VERDICT_ANSWER_COUNT
};

/* struct verdict_facts - what the log knows; zero or NULL where it does not.
 * Everything is borrowed for the call. Times are Unix milliseconds. */
struct verdict_facts {
	enum verdict_answer answer;
	int64_t now_unix_ms;
	int32_t utc_offset_sec;      /* of the reader's zone */
	const char *zone;            /* "CET"; NULL: "UTC" */

	const char *recipient;
	const char *provider;        /* as shown: verdict_provider_title, or a host name */
	int64_t accepted_unix_ms;    /* when the application sent it */
	int64_t at_unix_ms;          /* when the last thing of note happened */
	int64_t next_attempt_unix_ms;
	int64_t expires_unix_ms;
	uint32_t tries;

	enum verdict_category category;
	int code;
	struct verdict_status enhanced;
	struct span reply;           /* for a mark such as [TSS04] */
	bool is_suppressed;          /* the address is now suppressed */

	const char *detail;          /* rejected: why, without the code; an act: its reason */
	const char *actor;           /* who holds, bounced or cancelled it */
	const char *held;            /* "queue yahoo.com": completes "held the ..." */
	const char *release;         /* "queue release yahoo.com": completes "relaycli ..." */
	const char *suppression_reason; /* "hard bounce" */
	int64_t bounce_unix_ms;      /* bounced later: when it came back */

	uint32_t delivered_count, recipient_count; /* partly */
	const char *waiting;         /* partly: one recipient that waits */
	const char *waits_for;       /* waiting: what of ours it waits for, a sentence without its
	                              * dot; NULL: the receiving side */
	bool is_under_way;           /* waiting: it is being handed over now */
	bool has_no_time;            /* waiting: nobody can tell when it is tried */
	int64_t until_unix_ms;       /* held: its end; 0: until released */

	int64_t log_from_unix_ms;    /* no trace: complete from here to now */
	const char *near;            /* no trace: a similar address */
	uint32_t near_count;
	int64_t gap_from_unix_ms, gap_until_unix_ms; /* unknown */
	bool was_cut_off;            /* unknown: not for a gap; the search took too long */
};

/* verdict_sentence - append the sentence to out. -1: out's cap was reached. */
int verdict_sentence(const struct verdict_facts *facts, struct buf *out);
/* verdict_sentence_note - append what follows a "Yes": what delivered does not
 * mean. Appends nothing for other answers. */
int verdict_sentence_note(const struct verdict_facts *facts, struct buf *out);
/* verdict_provider_title - "google" -> "Gmail"; an unknown name is returned as
 * it is. Static or borrowed. */
const char *verdict_provider_title(const char *name);

#endif
