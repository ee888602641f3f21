/* schedule_table.h - hash table of embedded nodes, keyed by ids and pointers of
 * ours: eight bytes a bucket and no allocation per entry, where base/map.h
 * would cost more than the record it finds. Not for keys that peers choose.
 * The table owns its buckets, never the nodes. One thread. */
#ifndef SCHEDULE_SCHEDULE_TABLE_H
#define SCHEDULE_SCHEDULE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct schedule_table_node {
	struct schedule_table_node *next;
	uint64_t hash;
};

struct schedule_table {
	struct schedule_table_node **bucket;
	size_t count, mask; /* mask + 1 buckets, a power of two */
};

void schedule_table_init(struct schedule_table *table);
void schedule_table_deinit(struct schedule_table *table);
/* schedule_table_hash - mixes two words; pointers go in as uintptr_t. */
uint64_t schedule_table_hash(uint64_t a, uint64_t b);
void schedule_table_put(struct schedule_table *table, struct schedule_table_node *node,
                        uint64_t hash);
void schedule_table_remove(struct schedule_table *table, struct schedule_table_node *node);
/* schedule_table_first/next - nodes of that hash; the caller compares keys. NULL: no more. */
struct schedule_table_node *schedule_table_first(const struct schedule_table *table, uint64_t hash);
struct schedule_table_node *schedule_table_next(const struct schedule_table_node *node);
/* schedule_table_walk - each node once, in no order: NULL gives the first, and comes
 * after the last. The table must not change meanwhile. */
struct schedule_table_node *schedule_table_walk(const struct schedule_table *table,
                                                const struct schedule_table_node *node);

#endif
