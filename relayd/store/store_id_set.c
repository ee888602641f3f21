/* store_id_set.c - see the header. A reading thread's, during one search. */
#include "store/store_id_set.h"

#include <string.h>
#include "base/mem.h"
#include "base/must.h"

void
store_id_set_add(struct store_id_set *set, int64_t id)
{
	size_t word = (size_t)id / 64;

	must(id > 0);
	if (word >= set->words) {
		size_t words = word + word / 2 + 16;

		set->bits = mem_resize(set->bits, words * sizeof *set->bits);
		memset(set->bits + set->words, 0, (words - set->words) * sizeof *set->bits);
		set->words = words;
	}
	if (store_id_set_has(set, id))
		return;
	set->bits[word] |= (uint64_t)1 << (size_t)id % 64;
	if (set->count < STORE_ID_SET_LIST)
		set->list[set->count] = id;
	set->count++;
}

void
store_id_set_deinit(struct store_id_set *set)
{
	mem_free(set->bits);
	*set = (struct store_id_set){ 0 };
}
