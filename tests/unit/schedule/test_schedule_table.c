/* The table of embedded nodes, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/list.h"
#include "base/rand.h"
#include "schedule/schedule_table.h"

#define THINGS 5000

struct thing {
	struct schedule_table_node node;
	uint64_t id;
	int is_in;
};

static struct thing things[THINGS];

static struct thing *
find(struct schedule_table *table, uint64_t id)
{
	struct schedule_table_node *node = schedule_table_first(table, schedule_table_hash(id, 0));

	for (; node; node = schedule_table_next(node)) {
		struct thing *thing = LIST_OWNER(node, struct thing, node);

		if (thing->id == id)
			return thing;
	}
	return NULL;
}

static void
finds_what_is_in_and_nothing_else(void **state)
{
	struct schedule_table table;
	struct rand rand;
	size_t in = 0;

	(void)state;
	rand_init(&rand, 11);
	schedule_table_init(&table);
	for (uint64_t i = 0; i < THINGS; i++)
		things[i].id = i << 22; /* ids differ in their upper bits */
	for (int n = 0; n < 100000; n++) {
		struct thing *thing = &things[rand_below(&rand, THINGS)];

		assert_ptr_equal(find(&table, thing->id), thing->is_in ? thing : NULL);
		if (thing->is_in)
			schedule_table_remove(&table, &thing->node);
		else
			schedule_table_put(&table, &thing->node, schedule_table_hash(thing->id, 0));
		thing->is_in = !thing->is_in;
		in += thing->is_in ? 1 : -1ul;
		assert_int_equal(table.count, in);
	}
	schedule_table_deinit(&table);
}

static void
equal_hashes_are_all_found(void **state)
{
	struct schedule_table table;
	struct schedule_table_node node[3], *at;
	int found = 0;

	(void)state;
	schedule_table_init(&table);
	for (int i = 0; i < 3; i++)
		schedule_table_put(&table, &node[i], 42);
	for (at = schedule_table_first(&table, 42); at; at = schedule_table_next(at))
		found++;
	assert_int_equal(found, 3);
	assert_null(schedule_table_first(&table, 42 + 64));
	schedule_table_deinit(&table);
}

static void
a_walk_meets_each_once(void **state)
{
	struct schedule_table_node node[100], *at = NULL;
	struct schedule_table table;
	int met[100] = { 0 };

	(void)state;
	schedule_table_init(&table);
	assert_null(schedule_table_walk(&table, NULL));
	for (uint64_t i = 0; i < 100; i++) /* some with equal hashes */
		schedule_table_put(&table, &node[i], schedule_table_hash(i / 3, 0));
	while ((at = schedule_table_walk(&table, at)) != NULL)
		met[at - node]++;
	for (int i = 0; i < 100; i++)
		assert_int_equal(met[i], 1);
	schedule_table_deinit(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_in_and_nothing_else),
		cmocka_unit_test(equal_hashes_are_all_found),
		cmocka_unit_test(a_walk_meets_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
