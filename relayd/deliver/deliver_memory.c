/* deliver_memory.c - which addresses did not answer, which break TLS. One thread.
 *
 * Two of these belong to each worker (deliver.c). They only save time: what is
 * remembered wrongly costs another attempt, never a message, hence no sharing
 * between workers. Invariant: list order is order of expiry, since all are kept
 * equally long. */
#include "deliver/deliver_memory.h"

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct entry {
	struct list link;
	union resolve_address address;
	int64_t until_mono_ms;
};

struct deliver_memory {
	struct map *map;   /* address bytes -> struct entry */
	struct list order; /* oldest first */
	size_t cap;
	int64_t keep_ms;
};

/* The fields that make an address, without the padding and flow label that may differ. */
struct key {
	char bytes[sizeof(struct in6_addr) + sizeof(in_port_t)];
	size_t n;
};

static struct key
key_of(const union resolve_address *address)
{
	struct key key;

	if (address->sa.sa_family == AF_INET6) {
		memcpy(key.bytes, &address->in6.sin6_addr, sizeof address->in6.sin6_addr);
		key.n = sizeof address->in6.sin6_addr;
	} else {
		memcpy(key.bytes, &address->in.sin_addr, sizeof address->in.sin_addr);
		key.n = sizeof address->in.sin_addr;
	}
	/* sin_port and sin6_port share their place */
	memcpy(key.bytes + key.n, &address->in.sin_port, sizeof address->in.sin_port);
	key.n += sizeof address->in.sin_port;
	return key;
}

struct deliver_memory *
deliver_memory_new(size_t cap, int64_t keep_ms)
{
	struct deliver_memory *memory = mem_zero(1, sizeof *memory);

	memory->map = map_new();
	list_init(&memory->order);
	memory->cap = cap;
	memory->keep_ms = keep_ms;
	return memory;
}

static void
drop(struct deliver_memory *memory, struct entry *entry)
{
	struct key key = key_of(&entry->address);

	map_remove(memory->map, (struct span){ key.bytes, key.n });
	list_remove(&entry->link);
	mem_free(entry);
}

void
deliver_memory_free(struct deliver_memory **memory)
{
	if (!*memory)
		return;
	while (!list_is_empty(&(*memory)->order))
		drop(*memory, LIST_OWNER((*memory)->order.next, struct entry, link));
	map_free(&(*memory)->map);
	mem_free(*memory);
	*memory = NULL;
}

static struct entry *
find(const struct deliver_memory *memory, const union resolve_address *address)
{
	struct key key = key_of(address);

	return map_get(memory->map, (struct span){ key.bytes, key.n });
}

void
deliver_memory_note(struct deliver_memory *memory, const union resolve_address *address,
                    int64_t now_mono_ms)
{
	struct entry *entry = find(memory, address);
	struct key key = key_of(address);

	if (entry) {
		list_remove(&entry->link);
	} else {
		if (map_count(memory->map) >= memory->cap)
			drop(memory, LIST_OWNER(memory->order.next, struct entry, link));
		entry = mem_zero(1, sizeof *entry);
		entry->address = *address;
		map_put(memory->map, (struct span){ key.bytes, key.n }, entry);
	}
	entry->until_mono_ms = now_mono_ms + memory->keep_ms;
	list_push_back(&memory->order, &entry->link);
}

bool
deliver_memory_has(const struct deliver_memory *memory, const union resolve_address *address,
                   int64_t now_mono_ms)
{
	const struct entry *entry;

	if (list_is_empty(&memory->order))
		return false;
	entry = find(memory, address);
	return entry && entry->until_mono_ms > now_mono_ms;
}

void
deliver_memory_forget(struct deliver_memory *memory, const union resolve_address *address)
{
	struct entry *entry = list_is_empty(&memory->order) ? NULL : find(memory, address);

	if (entry)
		drop(memory, entry);
}

size_t
deliver_memory_count(const struct deliver_memory *memory)
{
	return map_count(memory->map);
}
