/* store_id_set.h - which interned rows (addresses, origins, remotes) a search
 * condition means: a bitmap to test rows with, and, while they are few, the ids
 * to look rows up by. One bit an id: 2 million addresses are 250 KB. One thread. */
#ifndef STORE_STORE_ID_SET_H
#define STORE_STORE_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ID_SET_LIST 64 /* up to so many, the index is faster than reading all rows */

struct store_id_set {
	bool is_active;             /* false: no condition, everything passes */
	uint64_t *bits;
	size_t words;
	size_t count;               /* may pass STORE_ID_SET_LIST; then list holds the first */
	int64_t list[STORE_ID_SET_LIST];
};

void store_id_set_add(struct store_id_set *set, int64_t id);
void store_id_set_deinit(struct store_id_set *set);

static inline bool
store_id_set_has(const struct store_id_set *set, int64_t id)
{
	size_t word = (size_t)id / 64;

	return id > 0 && word < set->words && (set->bits[word] >> (size_t)id % 64 & 1);
}

static inline bool
store_id_set_passes(const struct store_id_set *set, int64_t id)
{
	return !set->is_active || store_id_set_has(set, id);
}

static inline bool
store_id_set_is_listed(const struct store_id_set *set)
{
	return set->is_active && set->count <= STORE_ID_SET_LIST;
}

#endif
