/* buf.h - a growing byte buffer that cannot be created without a maximum.
 *
 * The maximum is the cap a peer cannot exceed: an append that would is refused
 * whole, nothing is truncated. Embedded in its owner; one thread. Consuming
 * from the front is O(1) amortised (an offset, moved down when half is gone). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include "span.h"

struct buf {
	char *mem;
	size_t off;  /* first live byte */
	size_t len;  /* live bytes */
	size_t cap;  /* allocated bytes */
	size_t max;  /* most live bytes ever */
	bool wipes;  /* it holds secrets: memory that is given up is zeroed */
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_init_secret(struct buf *b, size_t max_bytes); /* nothing of it stays in memory */
void buf_deinit(struct buf *b);                       /* frees; may be inited again */
void buf_clear(struct buf *b);                        /* keeps the memory */
int buf_append(struct buf *b, const void *p, size_t n); /* -1: would pass max, unchanged */
int buf_append_span(struct buf *b, struct span s);
int buf_append_text(struct buf *b, const char *text);
int buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* buf_reserve - room for n more bytes at the returned place, then buf_commit
 * what was written. NULL when that would pass max. */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);
void buf_consume(struct buf *b, size_t n);            /* drop n bytes from the front */
/* buf_take - Returns owned memory of exactly buf's bytes plus a NUL (not
 * counted), sets *n_out, leaves the buffer empty and inited. */
char *buf_take(struct buf *b, size_t *n_out);

static inline char *
buf_data(struct buf *b)
{
	return b->mem + b->off; /* NULL + 0 while nothing was ever appended */
}

static inline size_t
buf_room(const struct buf *b)
{
	return b->max - b->len;
}

static inline struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->len ? b->mem + b->off : "", b->len };
}

#endif
