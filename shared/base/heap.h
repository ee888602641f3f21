/* heap.h - binary min-heap of embedded nodes, for timers by the hundred
 * thousand. The heap owns its array, never the nodes. One thread. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_ABSENT SIZE_MAX

struct heap_node {
	int64_t key;   /* smallest first; ties in no order */
	size_t index;  /* place in the array, HEAP_ABSENT while in no heap */
};

struct heap {
	struct heap_node **slot;
	size_t count, cap;
};

void heap_init(struct heap *heap);
void heap_deinit(struct heap *heap);
void heap_node_init(struct heap_node *node);
void heap_insert(struct heap *heap, struct heap_node *node, int64_t key);
void heap_remove(struct heap *heap, struct heap_node *node); /* absent: no-op */
void heap_move(struct heap *heap, struct heap_node *node, int64_t key); /* inserts if absent */
struct heap_node *heap_first(const struct heap *heap);       /* NULL: empty */
struct heap_node *heap_pop(struct heap *heap);               /* NULL: empty */

static inline bool
heap_has(const struct heap_node *node)
{
	return node->index != HEAP_ABSENT;
}

#endif
