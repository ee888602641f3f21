/* test_heap.c - the smallest first, whatever is moved or removed meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/heap.h"
#include "base/rand.h"

#define NODES 500

static void
check(const struct heap *heap)
{
	for (size_t i = 0; i < heap->count; i++) {
		assert_int_equal(heap->slot[i]->index, i);
		if (i > 0)
			assert_true(heap->slot[(i - 1) / 2]->key <= heap->slot[i]->key);
	}
}

static void
random_moves_keep_order(void **state)
{
	static struct heap_node node[NODES];
	struct heap heap;
	struct rand rand;
	int64_t last = INT64_MIN;

	(void)state;
	rand_init(&rand, 3);
	heap_init(&heap);
	for (size_t i = 0; i < NODES; i++)
		heap_node_init(&node[i]);
	for (int round = 0; round < 20000; round++) {
		struct heap_node *n = &node[rand_below(&rand, NODES)];
		int64_t key = (int64_t)rand_below(&rand, 1000) - 500;

		if (rand_below(&rand, 3))
			heap_move(&heap, n, key);
		else
			heap_remove(&heap, n);
		if (round % 50 == 0)
			check(&heap);
	}
	while (heap_first(&heap)) {
		struct heap_node *n = heap_pop(&heap);

		assert_false(heap_has(n));
		assert_true(n->key >= last);
		last = n->key;
	}
	assert_null(heap_pop(&heap));
	heap_deinit(&heap);
}

static void
deinit_releases_nodes(void **state)
{
	struct heap_node a, b;
	struct heap heap;

	(void)state;
	heap_init(&heap);
	heap_node_init(&a);
	heap_node_init(&b);
	heap_insert(&heap, &a, INT64_MAX);
	heap_insert(&heap, &b, INT64_MIN);
	assert_ptr_equal(heap_first(&heap), &b);
	heap_deinit(&heap);
	assert_false(heap_has(&a));
	heap_remove(&heap, &a); /* absent: no-op */
	assert_null(heap_first(&heap));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_moves_keep_order),
		cmocka_unit_test(deinit_releases_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
