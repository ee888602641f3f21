/* suppress_set.h - which addresses get no mail, as an immutable picture that every
 * loop may hold: a large sorted base, shared by all versions, and a small overlay
 * with what changed since. 5 million entries are never copied for one bounce.
 *
 * An entry is the first 96 bits of a SHA-256 over scope and address, with since,
 * until and reason: 20 bytes. That two of 5 million addresses and one of a billion
 * look-ups meet in 96 bits has a chance of 10^-13: no mail is lost to it, and the
 * evidence is in the database under the address itself.
 *
 * Addresses are keys of smtp_address_key; "*@domain" is everybody there. Scopes:
 * "" everywhere, "domain:x" a sending domain, "cred:NAME" a credential. Pure but
 * for the reference count. Thread: any. */
#ifndef SUPPRESS_SUPPRESS_SET_H
#define SUPPRESS_SUPPRESS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/ref.h"
#include "mail/mail_suppression.h"

struct suppress_entry {
	uint64_t hash;
	uint32_t more;
	uint32_t until_min;        /* since 1970; 0: no end; rounded up */
	uint32_t since_min;        /* 28 bits, and reason in the upper 4 */
};

/* suppress_entry_make - until_unix_ms 0: no end. */
struct suppress_entry suppress_entry_make(const char *scope, const char *key,
                                          enum mail_suppression reason, int64_t since_unix_ms,
                                          int64_t until_unix_ms);

struct suppress_base;
struct suppress_set { /* immutable; freed with its last reference */
	struct ref ref;
	struct suppress_base *base;
	struct suppress_entry *overlay; /* sorted; wins over base */
	bool *is_removed;               /* beside overlay: it is not in the set any more */
	size_t overlays;
	bool has_scopes, has_wildcards; /* else those need not be looked for */
};

/* suppress_set_build - sorts entries and takes them (mem_alloc'd). Of equal ones one
 * counts. Returns owned. O(n log n). */
struct suppress_set *suppress_set_build(struct suppress_entry *entries, size_t count,
                                        bool has_scopes, bool has_wildcards);
/* suppress_set_change - another version with these entries put or removed; base is
 * shared. Returns owned. Each change moves the overlay behind it: 3,000 onto 15,000
 * take 3 ms. */
struct suppress_set *suppress_set_change(const struct suppress_set *set,
                                         const struct suppress_entry *put, size_t puts,
                                         const struct suppress_entry *removed, size_t removals,
                                         bool has_scopes, bool has_wildcards);
/* suppress_set_merge - the same set with an empty overlay, without what is over: a new
 * base. Slow; for a thread that may take its time. Returns owned. */
struct suppress_set *suppress_set_merge(const struct suppress_set *set, int64_t now_unix_ms);
/* suppress_set_rebase - merged was made of `from`; now is what from has become since:
 * what changed in between, on top of merged. Returns owned. */
struct suppress_set *suppress_set_rebase(const struct suppress_set *merged,
                                         const struct suppress_set *from,
                                         const struct suppress_set *now);
struct suppress_set *suppress_set_ref(struct suppress_set *set);
void suppress_set_unref(struct suppress_set **set);
/* suppress_set_count - entries; those removed in the overlay are not taken off. */
size_t suppress_set_count(const struct suppress_set *set);
size_t suppress_set_memory_bytes(const struct suppress_set *set);

struct suppress_hit {
	enum mail_suppression reason;
	int64_t since_unix_ms, until_unix_ms; /* to the minute; until 0: no end */
};
/* suppress_set_find - is mail of this credential and sending domain (either may be
 * NULL) to key suppressed? Ended entries are not. set NULL: nobody is. */
bool suppress_set_find(const struct suppress_set *set, const char *key, const char *sender_domain,
                       const char *credential, int64_t now_unix_ms, struct suppress_hit *hit_out);

#endif
