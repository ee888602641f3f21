/* arena.h - memory that lives as long as one transaction, request or frame.
 *
 * Advantage: one free for everything, no leaks on error paths. Disadvantage:
 * nothing can be freed before the end, so never for something that grows with
 * a peer's patience; callers cap what they put in. One thread at a time; may
 * be handed over whole. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include "span.h"

struct arena;

struct arena *arena_new(size_t first_block_bytes); /* 0: 2 KiB */
void arena_free(struct arena **arena);
void *arena_alloc(struct arena *arena, size_t bytes);  /* aligned, uninitialised */
void *arena_zero(struct arena *arena, size_t bytes);
void *arena_copy(struct arena *arena, const void *p, size_t n);
char *arena_strdup(struct arena *arena, const char *text); /* NULL stays NULL */
char *arena_span(struct arena *arena, struct span s);  /* NUL-terminated copy */
char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
size_t arena_bytes(const struct arena *arena);         /* handed out so far */

#endif
