/* schedule_table.c - chained hash table of embedded nodes. One thread.
 *
 * Invariant: never more nodes than buckets. It does not shrink: the buckets
 * of the largest queue so far are small beside the records it had. */
#include "schedule/schedule_table.h"

#include "base/mem.h"
#include "base/must.h"

#define FIRST_BUCKETS 64

void
schedule_table_init(struct schedule_table *table)
{
	table->bucket = mem_zero(FIRST_BUCKETS, sizeof *table->bucket);
	table->count = 0;
	table->mask = FIRST_BUCKETS - 1;
}

void
schedule_table_deinit(struct schedule_table *table)
{
	mem_free(table->bucket);
	table->bucket = NULL;
}

static uint64_t
mix(uint64_t x) /* Stafford's variant 13 of the MurmurHash3 finaliser */
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t
schedule_table_hash(uint64_t a, uint64_t b)
{
	return mix(mix(a + 0x9e3779b97f4a7c15u) ^ b);
}

static void
grow(struct schedule_table *table)
{
	size_t mask = table->mask * 2 + 1;
	struct schedule_table_node **bucket = mem_zero(mask + 1, sizeof *table->bucket);

	for (size_t i = 0; i <= table->mask; i++) {
		struct schedule_table_node *node = table->bucket[i], *next;

		for (; node; node = next) {
			next = node->next;
			node->next = bucket[node->hash & mask];
			bucket[node->hash & mask] = node;
		}
	}
	mem_free(table->bucket);
	table->bucket = bucket;
	table->mask = mask;
}

void
schedule_table_put(struct schedule_table *table, struct schedule_table_node *node, uint64_t hash)
{
	if (table->count > table->mask)
		grow(table);
	node->hash = hash;
	node->next = table->bucket[hash & table->mask];
	table->bucket[hash & table->mask] = node;
	table->count++;
}

void
schedule_table_remove(struct schedule_table *table, struct schedule_table_node *node)
{
	struct schedule_table_node **link = &table->bucket[node->hash & table->mask];

	while (*link != node) {
		must(*link != NULL);
		link = &(*link)->next;
	}
	*link = node->next;
	table->count--;
}

static struct schedule_table_node *
skip(struct schedule_table_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct schedule_table_node *
schedule_table_first(const struct schedule_table *table, uint64_t hash)
{
	return skip(table->bucket[hash & table->mask], hash);
}

struct schedule_table_node *
schedule_table_next(const struct schedule_table_node *node)
{
	return skip(node->next, node->hash);
}

struct schedule_table_node *
schedule_table_walk(const struct schedule_table *table, const struct schedule_table_node *node)
{
	size_t i = node ? (node->hash & table->mask) + 1 : 0;

	if (node && node->next)
		return node->next;
	for (; table->bucket && i <= table->mask; i++)
		if (table->bucket[i])
			return table->bucket[i];
	return NULL;
}
