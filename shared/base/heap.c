/* heap.c - binary min-heap over embedded nodes that know their place, so that
 * removing and moving one is O(log n) without a search. One thread.
 *
 * Invariant: slot[i]->index == i, and no node's key is below its parent's. */
#include "heap.h"

#include "mem.h"
#include "must.h"

#define FIRST_SLOTS 16

void
heap_init(struct heap *heap)
{
	*heap = (struct heap){ 0 };
}

void
heap_deinit(struct heap *heap)
{
	for (size_t i = 0; i < heap->count; i++)
		heap->slot[i]->index = HEAP_ABSENT;
	mem_free(heap->slot);
	heap_init(heap);
}

void
heap_node_init(struct heap_node *node)
{
	*node = (struct heap_node){ .index = HEAP_ABSENT };
}

static void
place(struct heap *heap, size_t i, struct heap_node *node)
{
	heap->slot[i] = node;
	node->index = i;
}

static void
sift_up(struct heap *heap, size_t i, struct heap_node *node)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (heap->slot[parent]->key <= node->key)
			break;
		place(heap, i, heap->slot[parent]);
		i = parent;
	}
	place(heap, i, node);
}

static void
sift_down(struct heap *heap, size_t i, struct heap_node *node)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count && heap->slot[child + 1]->key < heap->slot[child]->key)
			child++;
		if (heap->slot[child]->key >= node->key)
			break;
		place(heap, i, heap->slot[child]);
		i = child;
	}
	place(heap, i, node);
}

/* settle - put node, whose key may have changed either way, at or around i. */
static void
settle(struct heap *heap, size_t i, struct heap_node *node)
{
	if (i > 0 && node->key < heap->slot[(i - 1) / 2]->key)
		sift_up(heap, i, node);
	else
		sift_down(heap, i, node);
}

static void
resize(struct heap *heap, size_t cap)
{
	must(cap < SIZE_MAX / sizeof(struct heap_node *));
	heap->slot = mem_resize(heap->slot, cap * sizeof(struct heap_node *));
	heap->cap = cap;
}

void
heap_insert(struct heap *heap, struct heap_node *node, int64_t key)
{
	must(!heap_has(node));
	if (heap->count == heap->cap)
		resize(heap, heap->cap ? heap->cap * 2 : FIRST_SLOTS);
	node->key = key;
	sift_up(heap, heap->count++, node);
}

void
heap_remove(struct heap *heap, struct heap_node *node)
{
	size_t i = node->index;
	struct heap_node *last;

	if (!heap_has(node))
		return;
	must(i < heap->count && heap->slot[i] == node);
	last = heap->slot[--heap->count];
	node->index = HEAP_ABSENT;
	if (last != node)
		settle(heap, i, last);
	if (heap->cap > FIRST_SLOTS && heap->count < heap->cap / 4)
		resize(heap, heap->cap / 2);
}

void
heap_move(struct heap *heap, struct heap_node *node, int64_t key)
{
	if (!heap_has(node)) {
		heap_insert(heap, node, key);
		return;
	}
	must(node->index < heap->count && heap->slot[node->index] == node);
	node->key = key;
	settle(heap, node->index, node);
}

struct heap_node *
heap_first(const struct heap *heap)
{
	return heap->count ? heap->slot[0] : NULL;
}

struct heap_node *
heap_pop(struct heap *heap)
{
	struct heap_node *node = heap_first(heap);

	if (node)
		heap_remove(heap, node);
	return node;
}
