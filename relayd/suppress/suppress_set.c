/* suppress_set.c - see suppress_set.h.
 *
 * The base keeps its columns apart, so that a look-up touches the hashes only, and a
 * table of where each of 65,536 prefixes begins: with 5 million entries the search is
 * among 76 of them. */
#include "suppress/suppress_set.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/must.h"

#define PREFIXES 65536
#define MINUTE_MS 60000
#define SINCE_BITS 28

struct suppress_base {
	struct ref ref;
	size_t count;
	uint64_t *hash;
	uint32_t *more, *until_min, *since_min;
	uint32_t *first; /* PREFIXES + 1 */
};

/* ---- entries ------------------------------------------------------------------------- */

static void
set_hash(struct suppress_entry *entry, const char *scope, const char *key)
{
	unsigned char digest[EVP_MAX_MD_SIZE], text[1024];
	size_t scope_n = strlen(scope), key_n = strlen(key);

	/* a scope has no NUL in it, so that no other pair gives the same text */
	must(scope_n + 1 + key_n <= sizeof text);
	memcpy(text, scope, scope_n + 1);
	memcpy(text + scope_n + 1, key, key_n);
	must(EVP_Digest(text, scope_n + 1 + key_n, digest, NULL, EVP_sha256(), NULL) == 1);
	memcpy(&entry->hash, digest, sizeof entry->hash);
	memcpy(&entry->more, digest + sizeof entry->hash, sizeof entry->more);
}

struct suppress_entry
suppress_entry_make(const char *scope, const char *key, enum mail_suppression reason,
                    int64_t since_unix_ms, int64_t until_unix_ms)
{
	struct suppress_entry entry = { 0 };

	must(reason < MAIL_SUPPRESSION_COUNT);
	set_hash(&entry, scope, key);
	entry.until_min = (uint32_t)((until_unix_ms + MINUTE_MS - 1) / MINUTE_MS);
	entry.since_min = ((uint32_t)(since_unix_ms / MINUTE_MS) & ((1u << SINCE_BITS) - 1))
			  | (uint32_t)reason << SINCE_BITS;
	return entry;
}

static int
order_of(uint64_t hash, uint32_t more, const struct suppress_entry *b)
{
	if (hash != b->hash)
		return hash < b->hash ? -1 : 1;
	return more == b->more ? 0 : more < b->more ? -1 : 1;
}

static int
compare(const void *a, const void *b)
{
	const struct suppress_entry *x = a;

	return order_of(x->hash, x->more, b);
}

/* sort - returns how many are left without the equal ones */
static size_t
sort(struct suppress_entry *entry, size_t count)
{
	size_t left = 0;

	if (count > 0) /* an empty list has no first entry to point at */
		qsort(entry, count, sizeof *entry, compare);
	for (size_t i = 0; i < count; i++) {
		if (left > 0 && compare(&entry[left - 1], &entry[i]) == 0)
			entry[left - 1] = entry[i];
		else
			entry[left++] = entry[i];
	}
	return left;
}

/* ---- the base ------------------------------------------------------------------------ */

static struct suppress_base *
base_new(size_t count)
{
	struct suppress_base *base = mem_zero(1, sizeof *base);

	ref_init(&base->ref);
	base->count = count;
	base->hash = mem_alloc((count + 1) * sizeof *base->hash);
	base->more = mem_alloc((count + 1) * sizeof *base->more);
	base->until_min = mem_alloc((count + 1) * sizeof *base->until_min);
	base->since_min = mem_alloc((count + 1) * sizeof *base->since_min);
	base->first = mem_alloc((PREFIXES + 1) * sizeof *base->first);
	return base;
}

static bool
is_over(const struct suppress_entry *entry, int64_t now_unix_ms)
{
	return entry->until_min != 0 && now_unix_ms / MINUTE_MS >= entry->until_min;
}

static void
base_put(struct suppress_base *base, size_t i, const struct suppress_entry *entry)
{
	base->hash[i] = entry->hash;
	base->more[i] = entry->more;
	base->until_min[i] = entry->until_min;
	base->since_min[i] = entry->since_min;
}

static struct suppress_entry
base_get(const struct suppress_base *base, size_t i)
{
	return (struct suppress_entry){ base->hash[i], base->more[i], base->until_min[i],
		                        base->since_min[i] };
}

static void
base_finish(struct suppress_base *base, size_t count)
{
	size_t at = 0;

	base->count = count;
	for (uint32_t prefix = 0; prefix < PREFIXES; prefix++) {
		while (at < count && base->hash[at] >> 48 < prefix)
			at++;
		base->first[prefix] = (uint32_t)at;
	}
	base->first[PREFIXES] = (uint32_t)count;
}

static void
base_unref(struct suppress_base **base)
{
	struct suppress_base *b = *base;

	*base = NULL;
	if (b == NULL || !ref_drop(&b->ref))
		return;
	mem_free(b->hash);
	mem_free(b->more);
	mem_free(b->until_min);
	mem_free(b->since_min);
	mem_free(b->first);
	mem_free(b);
}

static bool
base_find(const struct suppress_base *base, const struct suppress_entry *wanted,
          struct suppress_entry *found_out)
{
	const uint32_t *first = &base->first[wanted->hash >> 48];
	uint32_t low = first[0], high = first[1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = order_of(base->hash[middle], base->more[middle], wanted);

		if (order == 0) {
			*found_out = base_get(base, middle);
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* ---- sets ---------------------------------------------------------------------------- */

struct suppress_set *
suppress_set_build(struct suppress_entry *entries, size_t count, bool has_scopes,
                   bool has_wildcards)
{
	struct suppress_set *set = mem_zero(1, sizeof *set);

	must(count < UINT32_MAX);
	ref_init(&set->ref);
	count = sort(entries, count);
	set->base = base_new(count);
	for (size_t i = 0; i < count; i++)
		base_put(set->base, i, &entries[i]);
	base_finish(set->base, count);
	mem_free(entries);
	set->has_scopes = has_scopes;
	set->has_wildcards = has_wildcards;
	return set;
}

static size_t
overlay_find(const struct suppress_set *set, const struct suppress_entry *wanted)
{
	size_t low = 0, high = set->overlays;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&set->overlay[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low; /* where it is, or would stand */
}

static void
overlay_put(struct suppress_set *set, const struct suppress_entry *entry, bool is_removed)
{
	size_t at = overlay_find(set, entry);

	if (at == set->overlays || compare(&set->overlay[at], entry) != 0) {
		memmove(&set->overlay[at + 1], &set->overlay[at],
		        (set->overlays - at) * sizeof *set->overlay);
		memmove(&set->is_removed[at + 1], &set->is_removed[at],
		        (set->overlays - at) * sizeof *set->is_removed);
		set->overlays++;
	}
	set->overlay[at] = *entry;
	set->is_removed[at] = is_removed;
}

struct suppress_set *
suppress_set_change(const struct suppress_set *set, const struct suppress_entry *put, size_t puts,
                    const struct suppress_entry *removed, size_t removals, bool has_scopes,
                    bool has_wildcards)
{
	struct suppress_set *next = mem_zero(1, sizeof *next);
	size_t most = set->overlays + puts + removals + 1;

	ref_init(&next->ref);
	ref_add(&set->base->ref);
	next->base = set->base;
	next->overlay = mem_alloc(most * sizeof *next->overlay);
	next->is_removed = mem_alloc(most * sizeof *next->is_removed);
	next->overlays = set->overlays;
	if (set->overlays > 0) {
		memcpy(next->overlay, set->overlay, set->overlays * sizeof *set->overlay);
		memcpy(next->is_removed, set->is_removed,
		       set->overlays * sizeof *set->is_removed);
	}
	for (size_t i = 0; i < removals; i++)
		overlay_put(next, &removed[i], true);
	for (size_t i = 0; i < puts; i++)
		overlay_put(next, &put[i], false);
	next->has_scopes = set->has_scopes || has_scopes;
	next->has_wildcards = set->has_wildcards || has_wildcards;
	return next;
}

struct suppress_set *
suppress_set_merge(const struct suppress_set *set, int64_t now_unix_ms)
{
	struct suppress_set *next = mem_zero(1, sizeof *next);
	size_t i = 0, k = 0, n = 0;

	ref_init(&next->ref);
	next->base = base_new(set->base->count + set->overlays);
	while (i < set->base->count || k < set->overlays) {
		struct suppress_entry entry = { 0 };
		int order = 1;

		if (i < set->base->count) {
			entry = base_get(set->base, i);
			order = k < set->overlays ? compare(&entry, &set->overlay[k]) : -1;
		}
		if (order < 0) {
			if (!is_over(&entry, now_unix_ms))
				base_put(next->base, n++, &entry);
			i++;
			continue;
		}
		if (!set->is_removed[k] && !is_over(&set->overlay[k], now_unix_ms))
			base_put(next->base, n++, &set->overlay[k]);
		i += order == 0;
		k++;
	}
	base_finish(next->base, n);
	next->has_scopes = set->has_scopes;
	next->has_wildcards = set->has_wildcards;
	return next;
}

struct suppress_set *
suppress_set_rebase(const struct suppress_set *merged, const struct suppress_set *from,
                    const struct suppress_set *now)
{
	struct suppress_set *next = suppress_set_change(merged, now->overlay, 0, NULL, 0,
	                                                now->has_scopes, now->has_wildcards);

	next->overlay = mem_resize(next->overlay, (now->overlays + 1) * sizeof *next->overlay);
	next->is_removed = mem_resize(next->is_removed, now->overlays + 1);
	for (size_t i = 0; i < now->overlays; i++) {
		const struct suppress_entry *entry = &now->overlay[i];
		size_t at = overlay_find(from, entry);

		if (at < from->overlays && compare(&from->overlay[at], entry) == 0
		    && from->is_removed[at] == now->is_removed[i]
		    && from->overlay[at].until_min == entry->until_min
		    && from->overlay[at].since_min == entry->since_min)
			continue; /* merged has it */
		overlay_put(next, entry, now->is_removed[i]);
	}
	return next;
}

struct suppress_set *
suppress_set_ref(struct suppress_set *set)
{
	ref_add(&set->ref);
	return set;
}

void
suppress_set_unref(struct suppress_set **set)
{
	struct suppress_set *s = *set;

	*set = NULL;
	if (s == NULL || !ref_drop(&s->ref))
		return;
	base_unref(&s->base);
	mem_free(s->overlay);
	mem_free(s->is_removed);
	mem_free(s);
}

size_t
suppress_set_count(const struct suppress_set *set)
{
	return set->base->count + set->overlays;
}

size_t
suppress_set_memory_bytes(const struct suppress_set *set)
{
	return set->base->count * 20 + (PREFIXES + 1) * sizeof(uint32_t)
	       + set->overlays * (sizeof *set->overlay + 1);
}

/* ---- look-up ------------------------------------------------------------------------- */

static bool
find_one(const struct suppress_set *set, const char *scope, const char *key, int64_t now_unix_ms,
         struct suppress_hit *hit_out)
{
	struct suppress_entry wanted = { 0 }, found;
	size_t at;

	set_hash(&wanted, scope, key);
	at = overlay_find(set, &wanted);
	if (at < set->overlays && compare(&set->overlay[at], &wanted) == 0) {
		if (set->is_removed[at])
			return false;
		found = set->overlay[at];
	} else if (!base_find(set->base, &wanted, &found)) {
		return false;
	}
	if (is_over(&found, now_unix_ms))
		return false;
	*hit_out = (struct suppress_hit){
		.reason = (enum mail_suppression)(found.since_min >> SINCE_BITS),
		.since_unix_ms = (int64_t)(found.since_min & ((1u << SINCE_BITS) - 1)) * MINUTE_MS,
		.until_unix_ms = (int64_t)found.until_min * MINUTE_MS };
	return true;
}

static bool
find_in_scopes(const struct suppress_set *set, const char *key, const char *sender_domain,
               const char *credential, int64_t now_unix_ms, struct suppress_hit *hit_out)
{
	char scope[320];

	if (find_one(set, "", key, now_unix_ms, hit_out))
		return true;
	if (!set->has_scopes)
		return false;
	if (sender_domain && strlen(sender_domain) < 256) {
		memcpy(mempcpy(scope, "domain:", 7), sender_domain, strlen(sender_domain) + 1);
		if (find_one(set, scope, key, now_unix_ms, hit_out))
			return true;
	}
	if (credential && strlen(credential) < 256) {
		memcpy(mempcpy(scope, "cred:", 5), credential, strlen(credential) + 1);
		return find_one(set, scope, key, now_unix_ms, hit_out);
	}
	return false;
}

bool
suppress_set_find(const struct suppress_set *set, const char *key, const char *sender_domain,
                  const char *credential, int64_t now_unix_ms, struct suppress_hit *hit_out)
{
	const char *at = strrchr(key, '@');
	char everybody[520] = "*";

	if (set == NULL || (set->base->count == 0 && set->overlays == 0))
		return false;
	if (find_in_scopes(set, key, sender_domain, credential, now_unix_ms, hit_out))
		return true;
	if (!set->has_wildcards || at == NULL || strlen(at) >= sizeof everybody - 1)
		return false;
	memcpy(everybody + 1, at, strlen(at) + 1);
	return find_in_scopes(set, everybody, sender_domain, credential, now_unix_ms, hit_out);
}
