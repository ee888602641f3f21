/* trace.h - one session's part in one message's way, kept: who said what, and what came of it.
 *
 * One block of memory, immutable. Made of a script when a job ends, kept in a ring
 * (trace_ring.h), copied for who asks. Thread: of its owner. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "trace/trace_script.h"

enum trace_end { /* how it ended for the connection */
	TRACE_END_DONE, TRACE_END_NO_CONNECTION, TRACE_END_LOST,
	TRACE_END_NONE, /* it is still under way */
	TRACE_END_COUNT
};

enum trace_result { /* what a recipient has of it */
	TRACE_UNTRIED, TRACE_DELIVERED, TRACE_DEFERRED, TRACE_BOUNCED, TRACE_RESULT_COUNT
};

struct trace_recipient {
	const char *address;
	enum trace_result result;
};

/* struct trace_facts - strings are borrowed; NULL: not known. */
struct trace_facts {
	uint64_t message_id;
	int64_t started_unix_ms;    /* with this message */
	int64_t connected_unix_ms;  /* where ms of its lines count from */
	int64_t ended_unix_ms;      /* 0: not yet */
	enum trace_end end;
	bool is_reused;             /* the connection had served others before */
	const char *remote_host, *remote_address, *source_address;
	const char *tls_version, *tls_cipher; /* "": in plain text */
	const char *tls_verified;   /* "verified", else why it does not verify */
};

struct trace;

/* trace_new - copies all of it; recipient[i] comes from get(i, arg). Returns owned. */
typedef struct trace_recipient (*trace_recipient_fn)(size_t i, const void *arg);
struct trace *trace_new(const struct trace_facts *facts, const struct trace_script *script,
                        trace_recipient_fn get, const void *arg, size_t recipients);
void trace_free(struct trace **trace);
struct trace *trace_copy(const struct trace *trace); /* Returns owned */

size_t trace_bytes(const struct trace *trace); /* of memory */
uint64_t trace_message_id(const struct trace *trace);
/* trace_has_failed - it did not end with every recipient delivered. */
bool trace_has_failed(const struct trace *trace);
void trace_facts_read(const struct trace *trace, struct trace_facts *facts_out); /* borrowed */
size_t trace_recipients(const struct trace *trace);
/* trace_recipient_next - the one at *at, which begins with 0; false: no more. */
bool trace_recipient_next(const struct trace *trace, uint32_t *at,
                          struct trace_recipient *recipient_out);
bool trace_has_recipient(const struct trace *trace, const char *address); /* whatever case */

/* struct trace_walk - of its lines, greet before own; all zero at first. */
struct trace_walk {
	uint32_t at;
	bool cut_said, is_own;
};
bool trace_line_next(const struct trace *trace, struct trace_walk *walk,
                     struct trace_line *line_out);

#endif
