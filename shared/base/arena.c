/* arena.c - bump allocation in blocks that grow up to 64 KiB. One thread.
 *
 * The first block lies in the same allocation as the arena itself: most
 * transactions never need a second malloc. */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "must.h"

#define ALIGN alignof(max_align_t)
#define FIRST_BYTES 2048
#define BLOCK_MAX_BYTES (64 * 1024)

struct block {
	struct block *next;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks;  /* beyond the first one */
	char *free;            /* next byte to hand out */
	size_t left;           /* in the current block */
	size_t next_bytes;     /* size of the next block */
	size_t handed_out;
	alignas(max_align_t) char first[];
};

struct arena *
arena_new(size_t first_block_bytes)
{
	size_t bytes = first_block_bytes ? first_block_bytes : FIRST_BYTES;
	struct arena *arena;

	must(bytes < SIZE_MAX / 4);
	arena = mem_alloc(sizeof *arena + bytes);
	*arena = (struct arena){ .left = bytes, .next_bytes = bytes * 2 };
	arena->free = arena->first;
	return arena;
}

void
arena_free(struct arena **arena)
{
	struct block *block;

	if (*arena == NULL)
		return;
	while ((block = (*arena)->blocks) != NULL) {
		(*arena)->blocks = block->next;
		mem_free(block);
	}
	mem_free(*arena);
	*arena = NULL;
}

static char *
add_block(struct arena *arena, size_t bytes)
{
	struct block *block = mem_alloc(sizeof *block + bytes);

	block->next = arena->blocks;
	arena->blocks = block;
	return block->data;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
	size_t room;
	char *p;

	must(bytes < SIZE_MAX / 4);
	room = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	arena->handed_out += room;
	if (room <= arena->left) {
		p = arena->free;
	} else if (room > arena->next_bytes / 4) {
		return add_block(arena, room); /* large: its own, the current block goes on */
	} else {
		p = add_block(arena, arena->next_bytes);
		arena->left = arena->next_bytes;
		if (arena->next_bytes < BLOCK_MAX_BYTES)
			arena->next_bytes *= 2;
	}
	arena->free = p + room;
	arena->left -= room;
	return p;
}

void *
arena_zero(struct arena *arena, size_t bytes)
{
	return memset(arena_alloc(arena, bytes), 0, bytes);
}

void *
arena_copy(struct arena *arena, const void *p, size_t n)
{
	void *copy = arena_alloc(arena, n);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text) + 1) : NULL;
}

char *
arena_span(struct arena *arena, struct span s)
{
	char *copy = arena_alloc(arena, s.n + 1);

	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	must(n >= 0);
	text = arena_alloc(arena, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

size_t
arena_bytes(const struct arena *arena)
{
	return arena->handed_out;
}
