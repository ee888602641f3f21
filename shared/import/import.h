/* import.h - addresses that must get no mail, out of the files other senders' services
 * give away: CSV and JSON, read as a stream, one entry at a time.
 *
 * Formats (found by the names of the columns or keys, or forced):
 *   relay     what `suppression export` writes: every column of the evidence
 *   ses       EmailAddress, Reason, LastUpdateTime (ListSuppressedDestinations)
 *   postmark  EmailAddress, SuppressionReason, Origin, CreatedAt (suppression dump)
 *   postmark-bounces  Email, Type, BouncedAt, Details (bounce dump, also found by "postmark")
 *   sendgrid  email, created and: status, reason (bounces, blocks); ip (spam reports);
 *             neither (unsubscribes)
 *   mailgun   address, created_at and: code, error (bounces); tags (unsubscribes);
 *             neither (complaints)
 *   plain     address[,reason[,since]] with or without a line of names
 *
 * A service's list of bounces also names people whose provider only disliked the
 * sender. Where the entry brings the provider's reply, the reply is judged by the
 * rules all replies are judged by: who would not be suppressed by it is spared. So is
 * who had a bounce that the service itself says passes ("SoftBounce").
 *
 * Caps: 64 KB and 64 columns an entry, 16 levels of JSON. A faulty entry costs that
 * entry; what makes the rest unreadable ends the import. Pure but for the
 * callbacks. Thread: any, one at a time; after verdict_init. */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

enum import_format {
	IMPORT_RELAY, IMPORT_POSTMARK, IMPORT_POSTMARK_BOUNCES, IMPORT_SES, IMPORT_SENDGRID,
	IMPORT_MAILGUN, IMPORT_PLAIN,
	IMPORT_FORMAT_COUNT /* not known, or: find out */
};
const char *import_format_name(enum import_format format);
/* import_format_parse - err INPUT lists the formats there are. */
int import_format_parse(struct span name, enum import_format *format_out, struct err *err);

enum import_reason { /* in step with import_reason_name */
	IMPORT_HARD_BOUNCE, IMPORT_COMPLAINT, IMPORT_UNSUBSCRIBE, IMPORT_MANUAL,
	IMPORT_MAILBOX_FULL, IMPORT_REASON_COUNT
};
const char *import_reason_name(enum import_reason reason); /* "hard_bounce" */
/* import_reason_parse - our names and those of the services, whatever their case and
 * punctuation: "HardBounce", "BOUNCE", "spam complaint". false: unknown. */
bool import_reason_parse(struct span name, enum import_reason *reason_out);

struct import_entry { /* all spans are valid during the callback; empty: not said */
	uint64_t line;                 /* where it begins, from 1 */
	struct span address;           /* as written: has one @ at least, no blanks, no controls */
	enum import_reason reason;
	int64_t since_unix_ms, until_unix_ms; /* 0: not said; no end */
	struct span scope, by, detail, message_id, site, enhanced, reply;
	int code;                      /* 0: not said */
};

enum import_fault {
	IMPORT_BAD,                    /* cannot be understood */
	IMPORT_SPARED,                 /* understood, and no reason to suppress */
	IMPORT_FAULT_COUNT
};

typedef void (*import_entry_fn)(const struct import_entry *entry, void *arg);
typedef void (*import_fault_fn)(enum import_fault fault, uint64_t line, const char *why,
                                void *arg);

struct import_options {
	enum import_format format;     /* IMPORT_FORMAT_COUNT: find out */
	bool has_reason;               /* reason is that of every entry, nobody is spared */
	enum import_reason reason;
	import_entry_fn entry;
	import_fault_fn fault;
	void *arg;
};

struct import_counts {
	uint64_t entries, fault[IMPORT_FAULT_COUNT];
};

struct import;

struct import *import_new(const struct import_options *options); /* Returns owned */
void import_free(struct import **import);
/* import_feed - the next bytes of the file, cut anywhere. -1 (err INPUT): the rest
 * cannot be read; entries before that have been given. Not called after -1. */
int import_feed(struct import *import, struct span bytes, struct err *err);
/* import_end - there is no more. -1: the file ends in the middle, or names no format. */
int import_end(struct import *import, struct err *err);
struct import_counts import_counts_of(const struct import *import);
enum import_format import_format_of(const struct import *import);

#endif
