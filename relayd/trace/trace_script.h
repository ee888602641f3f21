/* trace_script.h - what one outbound connection said and heard, as it goes on. Bounded. One thread.
 *
 * Two parts: `greet` from the connection on (greeting, EHLO, STARTTLS, AUTH), which every
 * transaction of it shares, and `own`, of the transaction under way. So the trace of one message
 * never shows another's. Of content and secrets nothing is ever given to it. */
#ifndef TRACE_TRACE_SCRIPT_H
#define TRACE_TRACE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/span.h"

#define TRACE_GREET_MAX_BYTES 3072
#define TRACE_OWN_MAX_BYTES 4096
#define TRACE_LINE_MAX_BYTES 1024 /* a longer line is cut */

enum trace_who {
	TRACE_CONNECT, /* a connection begins: where to. ms count from here */
	TRACE_NOTE,    /* what happened: TLS, time-outs, what we refused ourselves */
	TRACE_US, TRACE_SERVER,
	TRACE_CUT,     /* of trace_part_next only: lines left out here */
	TRACE_WHO_COUNT
};

/* struct trace_part - lines in the order they came. When it is full the oldest behind its first
 * quarter go, at least a quarter at once: how it began and how it ended stay. */
struct trace_part {
	char *mem;              /* owned; NULL while it is empty */
	uint32_t bytes, room, max;
	uint32_t front;         /* what is never cut; 0: nothing was cut yet */
	uint32_t cut_lines;
};

struct trace_script {
	struct trace_part greet, own;
	int64_t start_mono_ms;  /* of the connection */
	bool is_on;             /* false: nothing is recorded, nothing costs */
	bool is_own;            /* a transaction is under way */
	bool is_shared;         /* one was before it */
};

/* trace_script_init - ms count from now until there is a connection. All zero is a script that
 * is off, too. */
void trace_script_init(struct trace_script *script, bool is_on, int64_t now_mono_ms);
void trace_script_deinit(struct trace_script *script);
size_t trace_script_bytes(const struct trace_script *script);

/* trace_script_connect - to another host, or again: what a transaction that moves there has had
 * becomes part of how its connection came about. */
void trace_script_connect(struct trace_script *script, int64_t now_mono_ms, struct span text);
/* trace_script_begin - a transaction begins. From the second on greet is the connection's alone:
 * hosts that did not take the first message are not this one's. */
void trace_script_begin(struct trace_script *script);
void trace_script_add(struct trace_script *script, enum trace_who who, int64_t now_mono_ms,
                      struct span line);
/* trace_script_lines - each line of text, whose ends (CRLF or LF) are left out. */
void trace_script_lines(struct trace_script *script, enum trace_who who, int64_t now_mono_ms,
                        struct span text);
/* trace_script_content - "(14.2 KB)": so much of a message was sent, of so much. */
void trace_script_content(struct trace_script *script, int64_t now_mono_ms, uint64_t sent,
                          uint64_t total);

struct trace_line {
	enum trace_who who;
	uint32_t ms;            /* since the connection began; of CUT: how many lines */
	struct span text;       /* borrowed of the part */
};
/* trace_part_next - the line at *at, which begins with 0. false: there is none. Where lines were
 * cut out comes one of CUT: *cut_said, false at first, notes that it did. */
bool trace_part_next(const struct trace_part *part, uint32_t *at, bool *cut_said,
                     struct trace_line *line_out);

#endif
