/* buf.c - the capped byte buffer. One thread at a time.
 *
 * Invariants: off + len <= cap, len <= max; mem is NULL only while cap is 0. */
#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "must.h"

#define FIRST_BYTES 64

void
buf_init(struct buf *b, size_t max_bytes)
{
	must(max_bytes < SIZE_MAX / 4);
	*b = (struct buf){ .max = max_bytes };
}

void
buf_init_secret(struct buf *b, size_t max_bytes)
{
	buf_init(b, max_bytes);
	b->wipes = true;
}

static void
wipe(struct buf *b, size_t from, size_t n)
{
	if (b->wipes && n > 0)
		mem_wipe(b->mem + from, n);
}

void
buf_deinit(struct buf *b)
{
	wipe(b, 0, b->cap);
	mem_free(b->mem);
	*b = (struct buf){ .max = b->max, .wipes = b->wipes };
}

void
buf_clear(struct buf *b)
{
	wipe(b, b->off, b->len);
	b->off = b->len = 0;
}

/* make_room - n free bytes after the live ones: by moving down when that frees
 * at least as much as it copies, else by growing at least twofold, so that
 * both cost O(1) per byte appended. */
static void
make_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : FIRST_BYTES;

	if (b->cap - b->off - b->len >= n)
		return;
	if (b->off >= b->len && b->cap - b->len >= n) {
		if (b->len > 0)
			memmove(b->mem, b->mem + b->off, b->len);
		wipe(b, b->off, b->len); /* it lies behind what was moved down: off >= len */
		b->off = 0;
		return;
	}
	while (cap < b->len + n)
		cap *= 2;
	if (b->off > 0 || b->wipes) {
		char *mem = mem_alloc(cap);

		if (b->len > 0)
			memcpy(mem, b->mem + b->off, b->len);
		wipe(b, 0, b->cap);
		mem_free(b->mem);
		b->mem = mem;
		b->off = 0;
	} else {
		b->mem = mem_resize(b->mem, cap);
	}
	b->cap = cap;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (n > buf_room(b))
		return NULL;
	make_room(b, n ? n : 1);
	return b->mem + b->off + b->len;
}

void
buf_commit(struct buf *b, size_t n)
{
	must(n <= b->cap - b->off - b->len);
	b->len += n;
}

int
buf_append(struct buf *b, const void *p, size_t n)
{
	char *to;

	if (n == 0)
		return 0;
	to = buf_reserve(b, n);
	if (to == NULL)
		return -1;
	memcpy(to, p, n);
	b->len += n;
	return 0;
}

int
buf_append_span(struct buf *b, struct span s)
{
	return buf_append(b, s.p, s.n);
}

int
buf_append_text(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap - b->off - b->len;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? b->mem + b->off + b->len : NULL, room, fmt, ap);
	must(n >= 0); /* only a wrong format or character set fails */
	if ((size_t)n <= buf_room(b) && (size_t)n >= room) {
		make_room(b, (size_t)n + 1); /* vsnprintf writes a NUL behind */
		vsnprintf(b->mem + b->off + b->len, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if ((size_t)n > buf_room(b))
		return -1;
	b->len += (size_t)n;
	return 0;
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return rc;
}

void
buf_consume(struct buf *b, size_t n)
{
	must(n <= b->len);
	wipe(b, b->off, n);
	b->off += n;
	b->len -= n;
	if (b->len == 0)
		b->off = 0;
}

char *
buf_take(struct buf *b, size_t *n_out)
{
	char *mem = b->mem;

	*n_out = b->len;
	if (b->off > 0 && b->len > 0)
		memmove(mem, mem + b->off, b->len);
	mem = mem_resize(mem, b->len + 1);
	mem[b->len] = '\0';
	*b = (struct buf){ .max = b->max, .wipes = b->wipes };
	return mem;
}
