/* deliver_walk.c - the order in which addresses are tried. Pure. One thread.
 *
 * RFC 5321 s5.1: hosts by preference (the resolver's order), all addresses of a
 * multihomed one. Families alternate so that a broken IPv6 costs one connect
 * time-out and not one per address. */
#include "deliver/deliver_walk.h"

#include <string.h>

void
deliver_walk_init(struct deliver_walk *walk, const struct resolve_route *route, sa_family_t family)
{
	memset(walk, 0, sizeof *walk);
	walk->route = route;
	walk->family = family;
}

static size_t
collect_family(const struct resolve_host *host, bool same_as_first,
               unsigned char out[RESOLVE_ADDRESSES_MAX], struct rand *rand)
{
	size_t n = 0;

	for (size_t i = 0; i < host->addresses && i < RESOLVE_ADDRESSES_MAX; i++) {
		bool same = host->address[i].sa.sa_family == host->address[0].sa.sa_family;

		if (same == same_as_first)
			out[n++] = (unsigned char)i;
	}
	for (size_t i = n; i > 1; i--) { /* Fisher-Yates */
		size_t j = rand_below(rand, (uint32_t)i);
		unsigned char swap = out[i - 1];

		out[i - 1] = out[j];
		out[j] = swap;
	}
	return n;
}

static void
order_addresses(struct deliver_walk *walk, struct rand *rand)
{
	const struct resolve_host *host = &walk->route->host[walk->host];
	unsigned char first[RESOLVE_ADDRESSES_MAX], second[RESOLVE_ADDRESSES_MAX];
	size_t firsts = 0, seconds = 0;

	walk->count = walk->place = 0;
	if (host->addresses) {
		firsts = collect_family(host, true, first, rand);
		seconds = collect_family(host, false, second, rand);
	}
	for (size_t i = 0; i < firsts || i < seconds; i++) {
		if (i < firsts)
			walk->order[walk->count++] = first[i];
		if (i < seconds)
			walk->order[walk->count++] = second[i];
	}
}

/* next_host - false when the last round is over. */
static bool
next_host(struct deliver_walk *walk)
{
	walk->place = walk->count = 0;
	if (++walk->host < walk->route->hosts)
		return true;
	if (walk->tried || !walk->skipped || walk->is_last_round)
		return false;
	walk->is_last_round = true;
	walk->host = 0;
	return true;
}

static bool
is_wanted(struct deliver_walk *walk, const union resolve_address *address,
          const struct deliver_memory *failed, int64_t now_mono_ms)
{
	if (walk->family != AF_UNSPEC && walk->family != address->sa.sa_family)
		return false;
	if (walk->is_last_round || !deliver_memory_has(failed, address, now_mono_ms))
		return true;
	walk->skipped = true;
	return false;
}

const union resolve_address *
deliver_walk_next(struct deliver_walk *walk, const struct deliver_memory *failed,
                  struct rand *rand, int64_t now_mono_ms, const struct resolve_host **host_out)
{
	if (walk->tried >= DELIVER_WALK_MAX)
		return NULL;
	while (walk->host < walk->route->hosts) {
		const struct resolve_host *host = &walk->route->host[walk->host];

		if (walk->place == 0)
			order_addresses(walk, rand);
		while (walk->place < walk->count) {
			const union resolve_address *address =
				&host->address[walk->order[walk->place++]];

			if (is_wanted(walk, address, failed, now_mono_ms)) {
				walk->tried++;
				*host_out = host;
				return address;
			}
		}
		if (!next_host(walk))
			return NULL;
	}
	return NULL;
}
