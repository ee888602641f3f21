/* resolve_direct.h - one question put straight to given name servers, all at once, by a thread
 * that may wait for their answers: nothing is cached, and each answer is told apart.
 *
 * The rest of relayd asks through resolve.h, which chooses a server, caches and never blocks.
 * Here the servers themselves are looked at. Sockets of their own on random ports, random ids,
 * TCP when an answer is truncated. Not on a loop's thread. */
#ifndef RESOLVE_RESOLVE_DIRECT_H
#define RESOLVE_RESOLVE_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "resolve/resolve.h"
#include "resolve/resolve_set.h"

#define RESOLVE_DIRECT_MAX 16 /* servers asked at once */

struct resolve_direct_server {
	union resolve_address address;
	bool is_recursive;
};

struct resolve_direct_answer { /* texts and records: the arena's */
	struct resolve_set set;
	struct resolve_set_facts facts;
	bool was_silent; /* FAILED because nothing came */
	int64_t took_ms;
};

/* resolve_direct_ask - waits until all have answered, or timeout_ms have passed twice (a lost
 * packet is sent again), or stop_fd can be read (-1: none), which makes the rest FAILED.
 * name: as in resolve_set_question; one that cannot be asked for does not exist. */
void resolve_direct_ask(const struct resolve_direct_server *server, size_t servers,
			const char *name, enum resolve_set_type type, int64_t timeout_ms,
			int stop_fd, struct arena *arena, struct resolve_direct_answer *answer_out);
/* resolve_direct_servers - those of texts as in dns.nameservers; none given: resolv.conf's, or
 * 127.0.0.1. Returns how many, at most max. text_out: what to call each, the arena's. */
size_t resolve_direct_servers(const char *const *text, size_t count, struct arena *arena,
			      struct resolve_direct_server *server_out, const char **text_out,
			      size_t max);

#endif
