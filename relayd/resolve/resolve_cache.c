/* resolve_cache.c - answers kept until they expire or room is needed. One thread.
 *
 * Key: one character for the type, then the name. Invariant: map and list hold
 * the same entries; the list is in order of last use, oldest first. */
#include "resolve/resolve_cache.h"

#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"

struct entry {
	struct list link;
	struct resolve_answer *answer; /* owned */
	int64_t expires_mono_ms;
	size_t key_n;
	char key[];
};

struct resolve_cache {
	struct map *map;
	struct list used; /* oldest first */
	size_t cap;
};

struct key {
	char bytes[RESOLVE_NAME_SIZE + 1];
	size_t n;
};

static struct key
key_of(const char *name, enum resolve_type type)
{
	struct key key;
	size_t n = strlen(name);

	must(n < RESOLVE_NAME_SIZE);
	key.bytes[0] = (char)('a' + type);
	memcpy(key.bytes + 1, name, n);
	key.n = n + 1;
	return key;
}

struct resolve_cache *
resolve_cache_new(size_t cap)
{
	struct resolve_cache *cache = mem_zero(1, sizeof *cache);

	cache->map = map_new();
	list_init(&cache->used);
	cache->cap = cap;
	return cache;
}

static void
drop(struct resolve_cache *cache, struct entry *entry)
{
	map_remove(cache->map, (struct span){ entry->key, entry->key_n });
	list_remove(&entry->link);
	mem_free(entry->answer);
	mem_free(entry);
}

void
resolve_cache_clear(struct resolve_cache *cache)
{
	while (!list_is_empty(&cache->used))
		drop(cache, LIST_OWNER(cache->used.next, struct entry, link));
}

void
resolve_cache_free(struct resolve_cache **cache)
{
	if (!*cache)
		return;
	resolve_cache_clear(*cache);
	map_free(&(*cache)->map);
	mem_free(*cache);
	*cache = NULL;
}

void
resolve_cache_put(struct resolve_cache *cache, const char *name, enum resolve_type type,
                  struct resolve_answer *answer, int64_t expires_mono_ms)
{
	struct key key = key_of(name, type);
	struct entry *entry = map_get(cache->map, (struct span){ key.bytes, key.n });

	if (entry) {
		mem_free(entry->answer);
		list_remove(&entry->link);
	} else {
		if (map_count(cache->map) >= cache->cap)
			drop(cache, LIST_OWNER(cache->used.next, struct entry, link));
		entry = mem_alloc(sizeof *entry + key.n);
		memcpy(entry->key, key.bytes, key.n);
		entry->key_n = key.n;
		map_put(cache->map, (struct span){ key.bytes, key.n }, entry);
	}
	entry->answer = answer;
	entry->expires_mono_ms = expires_mono_ms;
	list_push_back(&cache->used, &entry->link);
}

const struct resolve_answer *
resolve_cache_get(struct resolve_cache *cache, const char *name, enum resolve_type type,
                  int64_t now_mono_ms, int64_t *expires_mono_ms_out)
{
	struct key key = key_of(name, type);
	struct entry *entry = map_get(cache->map, (struct span){ key.bytes, key.n });

	if (!entry)
		return NULL;
	if (entry->expires_mono_ms <= now_mono_ms) {
		drop(cache, entry);
		return NULL;
	}
	list_remove(&entry->link);
	list_push_back(&cache->used, &entry->link);
	*expires_mono_ms_out = entry->expires_mono_ms;
	return entry->answer;
}

size_t
resolve_cache_count(const struct resolve_cache *cache)
{
	return map_count(cache->map);
}
