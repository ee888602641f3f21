/* store_intern.c - least-recently-used memory of interned rows.
 *
 * A map for the look-up and a list for the order; entries keep their key, since
 * the one at the end must be found in the map again. Store thread only. */
#include "store/store_intern.h"

#include <string.h>
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct entry {
	struct list link;
	int64_t id, last_day;
	size_t n;
	char key[];
};

struct store_intern {
	struct map *map;  /* key -> struct entry */
	struct list used; /* most recently used first */
	size_t count, cap;
};

static struct entry *
entry_of(struct list *link)
{
	return LIST_OWNER(link, struct entry, link);
}

struct store_intern *
store_intern_new(size_t cap)
{
	struct store_intern *intern = mem_zero(1, sizeof *intern);

	intern->map = map_new();
	intern->cap = cap;
	list_init(&intern->used);
	return intern;
}

static void
drop(struct store_intern *intern, struct entry *entry)
{
	map_remove(intern->map, (struct span){ entry->key, entry->n });
	list_remove(&entry->link);
	intern->count--;
	mem_free(entry);
}

void
store_intern_clear(struct store_intern *intern)
{
	while (!list_is_empty(&intern->used))
		drop(intern, entry_of(intern->used.next));
}

void
store_intern_free(struct store_intern **intern)
{
	if (*intern == NULL)
		return;
	store_intern_clear(*intern);
	map_free(&(*intern)->map);
	mem_free(*intern);
	*intern = NULL;
}

bool
store_intern_get(struct store_intern *intern, struct span key, int64_t *id_out,
		 int64_t *last_day_out)
{
	struct entry *entry = map_get(intern->map, key);

	if (entry == NULL)
		return false;
	list_remove(&entry->link);
	list_push_front(&intern->used, &entry->link);
	*id_out = entry->id;
	*last_day_out = entry->last_day;
	return true;
}

void
store_intern_put(struct store_intern *intern, struct span key, int64_t id, int64_t last_day)
{
	struct entry *entry = map_get(intern->map, key);

	if (entry == NULL) {
		if (intern->count == intern->cap)
			drop(intern, entry_of(intern->used.prev));
		entry = mem_alloc(sizeof *entry + key.n);
		list_init(&entry->link);
		entry->n = key.n;
		memcpy(entry->key, key.p, key.n);
		map_put(intern->map, key, entry);
		intern->count++;
	}
	entry->id = id;
	entry->last_day = last_day;
	list_remove(&entry->link);
	list_push_front(&intern->used, &entry->link);
}
