/* map.h - hash map from bytes to a pointer.
 *
 * Keys come from peers, so the hash is keyed at random per process (SipHash)
 * and collisions cannot be prepared. Keys are copied, values are borrowed.
 * One thread, or immutable and shared after it was built. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "span.h"

struct map;

struct map *map_new(void);
void map_free(struct map **map);                       /* values are not touched */
void map_free_all(struct map **map);                   /* values too, by mem_free */
void *map_get(const struct map *map, struct span key); /* NULL: none */
/* map_put - stores value (not NULL); returns the value it replaced or NULL. */
void *map_put(struct map *map, struct span key, void *value);
void *map_remove(struct map *map, struct span key);    /* returns what was there */
size_t map_count(const struct map *map);
/* map_next - iterate in no useful order: start with *cursor = 0; false at the
 * end. The map must not change meanwhile, except for removing the current key. */
bool map_next(const struct map *map, size_t *cursor, struct span *key_out,
              void **value_out);

static inline struct span
map_key_u64(const uint64_t *key)
{
	return (struct span){ (const char *)key, sizeof *key };
}

#endif
