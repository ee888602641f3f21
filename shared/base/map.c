/* map.c - open addressing with linear probing, SipHash-1-3 under a key that
 * the process draws once. One thread, or shared once nobody changes it.
 *
 * A removed slot becomes a tombstone unless its neighbour is free, so nothing
 * ever moves on removal: that is what lets map_next go on after the current
 * key was removed. Invariant: a quarter of the slots or more is free, so a
 * search for an absent key ends soon. Keys of up to 8 bytes live in the slot. */
#include "map.h"

#include <pthread.h>
#include <string.h>

#include "mem.h"
#include "must.h"
#include "rand.h"

#define FIRST_SLOTS 16
#define INLINE_KEY 8

struct slot {
	uint64_t hash;
	void *value;      /* NULL: free; TOMBSTONE: was removed */
	size_t key_n;
	union {
		char near[INLINE_KEY];
		char *far; /* owned */
	} key;
};

struct map {
	struct slot *slots; /* NULL until the first put */
	size_t mask;        /* slots - 1, a power of two less one */
	size_t count;       /* live */
	size_t used;        /* live and tombstones */
};

static char tombstone;
#define TOMBSTONE ((void *)&tombstone)

static uint64_t hash_key[2];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void
draw_hash_key(void)
{
	rand_secret(hash_key, sizeof hash_key);
}

static uint64_t
rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

/* siphash13 - Aumasson and Bernstein, with the 1-3 rounds hash tables use. */
static uint64_t
siphash13(struct span s)
{
	uint64_t v[4] = { hash_key[0] ^ 0x736f6d6570736575u, hash_key[1] ^ 0x646f72616e646f6du,
		          hash_key[0] ^ 0x6c7967656e657261u, hash_key[1] ^ 0x7465646279746573u };
	uint64_t word = 0;
	size_t left = s.n;

	for (const char *p = s.p; left >= 8; p += 8, left -= 8) {
		memcpy(&word, p, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (left > 0)
		memcpy(&word, s.p + s.n - left, left);
	word |= (uint64_t)s.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *
map_new(void)
{
	pthread_once(&hash_key_once, draw_hash_key);
	return mem_zero(1, sizeof(struct map));
}

static bool
is_live(const struct slot *slot)
{
	return slot->value != NULL && slot->value != TOMBSTONE;
}

static struct span
slot_key(const struct slot *slot)
{
	return (struct span){ slot->key_n > INLINE_KEY ? slot->key.far : slot->key.near,
		              slot->key_n };
}

static void
drop_key(struct slot *slot)
{
	if (slot->key_n > INLINE_KEY)
		mem_free(slot->key.far);
	slot->key_n = 0;
}

void
map_free(struct map **map)
{
	if (*map == NULL)
		return;
	for (size_t i = 0; (*map)->slots && i <= (*map)->mask; i++)
		if (is_live(&(*map)->slots[i]))
			drop_key(&(*map)->slots[i]);
	mem_free((*map)->slots);
	mem_free(*map);
	*map = NULL;
}

void
map_free_all(struct map **map)
{
	for (size_t i = 0; *map != NULL && (*map)->slots && i <= (*map)->mask; i++)
		if (is_live(&(*map)->slots[i]))
			mem_free((*map)->slots[i].value);
	map_free(map);
}

static struct slot *
find(const struct map *map, struct span key, uint64_t hash)
{
	if (map->slots == NULL)
		return NULL;
	for (size_t i = hash & map->mask;; i = (i + 1) & map->mask) {
		struct slot *slot = &map->slots[i];

		if (slot->value == NULL)
			return NULL;
		if (slot->hash == hash && is_live(slot) && span_equals(slot_key(slot), key))
			return slot;
	}
}

/* free_slot - the first free one on hash's path; tombstones are left to rehash. */
static struct slot *
free_slot(struct slot *slots, size_t mask, uint64_t hash)
{
	size_t i = hash & mask;

	while (slots[i].value != NULL)
		i = (i + 1) & mask;
	return &slots[i];
}

static void
rehash(struct map *map)
{
	struct slot *old = map->slots;
	size_t old_count = old ? map->mask + 1 : 0, size = FIRST_SLOTS;

	while (size < (map->count + 1) * 2)
		size *= 2;
	map->slots = mem_zero(size, sizeof *map->slots);
	map->mask = size - 1;
	map->used = map->count;
	for (size_t i = 0; i < old_count; i++)
		if (is_live(&old[i]))
			*free_slot(map->slots, map->mask, old[i].hash) = old[i];
	mem_free(old);
}

void *
map_get(const struct map *map, struct span key)
{
	struct slot *slot = find(map, key, siphash13(key));

	return slot ? slot->value : NULL;
}

void *
map_put(struct map *map, struct span key, void *value)
{
	uint64_t hash = siphash13(key);
	struct slot *slot = find(map, key, hash);

	must(value != NULL);
	if (slot) {
		void *before = slot->value;

		slot->value = value;
		return before;
	}
	if (map->slots == NULL || (map->used + 1) * 4 > (map->mask + 1) * 3)
		rehash(map);
	slot = free_slot(map->slots, map->mask, hash);
	*slot = (struct slot){ .hash = hash, .value = value, .key_n = key.n };
	if (key.n > INLINE_KEY)
		slot->key.far = mem_copy(key.p, key.n);
	else if (key.n > 0)
		memcpy(slot->key.near, key.p, key.n);
	map->count++;
	map->used++;
	return NULL;
}

void *
map_remove(struct map *map, struct span key)
{
	struct slot *slot = find(map, key, siphash13(key));
	size_t i;
	void *value;

	if (slot == NULL)
		return NULL;
	value = slot->value;
	drop_key(slot);
	slot->value = TOMBSTONE;
	map->count--;
	/* tombstones before a free slot lead nowhere */
	i = (size_t)(slot - map->slots);
	if (map->slots[(i + 1) & map->mask].value == NULL)
		for (; map->slots[i].value == TOMBSTONE; i = (i - 1) & map->mask) {
			map->slots[i].value = NULL;
			map->used--;
		}
	return value;
}

size_t
map_count(const struct map *map)
{
	return map->count;
}

bool
map_next(const struct map *map, size_t *cursor, struct span *key_out, void **value_out)
{
	for (; map->slots && *cursor <= map->mask; ++*cursor) {
		const struct slot *slot = &map->slots[*cursor];

		if (!is_live(slot))
			continue;
		*key_out = slot_key(slot);
		*value_out = slot->value;
		++*cursor;
		return true;
	}
	return false;
}
