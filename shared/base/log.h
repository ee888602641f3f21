/* log.h - the daemon's own log: one line an event, to stderr, journald-friendly.
 *
 *   <6>smtp.accepted id=01JD7QZ8M4A0B session=17 rcpts=1 from="a b@x"
 *
 * Lines go into a bounded ring that a thread of its own writes out, so that a
 * blocked stderr never stops a worker; what did not fit is counted and said
 * ("log.dropped count=N"). Values are quoted when needed, control bytes are
 * escaped. Secrets are never passed here. Thread: any. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>
#include "err.h"
#include "span.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

enum log_type { LOG_END, LOG_TYPE_TEXT, LOG_TYPE_SPAN, LOG_TYPE_UINT, LOG_TYPE_INT, LOG_TYPE_ID };

struct log_field {
	const char *key;
	enum log_type type;
	union {
		const char *text;  /* NULL: the field is left out */
		struct span span;
		uint64_t uint;
		int64_t sint;
	} as;
};

#define LOG_TEXT(k, v) ((struct log_field){ (k), LOG_TYPE_TEXT, { .text = (v) } })
#define LOG_SPAN(k, v) ((struct log_field){ (k), LOG_TYPE_SPAN, { .span = (v) } })
#define LOG_UINT(k, v) ((struct log_field){ (k), LOG_TYPE_UINT, { .uint = (v) } })
#define LOG_INT(k, v) ((struct log_field){ (k), LOG_TYPE_INT, { .sint = (v) } })
#define LOG_ID(k, v) ((struct log_field){ (k), LOG_TYPE_ID, { .uint = (v) } })

/* LOG - LOG(LOG_INFO, "smtp.accepted", LOG_ID("id", id), ...); at least one field. */
#define LOG(level, event, ...) \
	log_write((level), (event), \
	          (const struct log_field[]){ __VA_ARGS__, { NULL, LOG_END, { NULL } } })

/* log_start - start the writer thread; before it, and in tests, lines are
 * written at once. level: the least important one shown. */
int log_start(enum log_level level, struct err *err);
void log_stop(void);                      /* writes what waits, joins */
void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields);
uint64_t log_dropped(void);

#endif
