/* resolve_cache.h - answers by name and type, bounded, the least used go first.
 * One thread. */
#ifndef RESOLVE_RESOLVE_CACHE_H
#define RESOLVE_RESOLVE_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include "resolve/resolve_packet.h"

struct resolve_cache;

struct resolve_cache *resolve_cache_new(size_t cap); /* Returns owned */
void resolve_cache_free(struct resolve_cache **cache);
void resolve_cache_clear(struct resolve_cache *cache);
/* resolve_cache_put - takes answer; it replaces what was there. */
void resolve_cache_put(struct resolve_cache *cache, const char *name, enum resolve_type type,
                       struct resolve_answer *answer, int64_t expires_mono_ms);
/* resolve_cache_get - NULL: unknown or expired. Borrowed until the next put. */
const struct resolve_answer *resolve_cache_get(struct resolve_cache *cache, const char *name,
                                               enum resolve_type type, int64_t now_mono_ms,
                                               int64_t *expires_mono_ms_out);
size_t resolve_cache_count(const struct resolve_cache *cache);

#endif
