/* resolve_dns_private.h - what resolve_dns, resolve_question and resolve_zone know of
 * each other. Resolver thread. */
#ifndef RESOLVE_RESOLVE_DNS_PRIVATE_H
#define RESOLVE_RESOLVE_DNS_PRIVATE_H

#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/must.h"
#include "loop/conn.h"
#include "resolve/resolve_cache.h"
#include "resolve/resolve_dns.h"
#include "resolve/resolve_server.h"

struct resolve_zone {
	unsigned under_way;
	struct list waiting;
	size_t name_n;
	char name[RESOLVE_NAME_SIZE];
};

struct resolve_asker {
	struct list link;
	resolve_dns_fn fn;
	void *arg;
	enum resolve_type type;
	unsigned aliases;
	bool is_secure;
	int64_t expires_mono_ms;
};

struct resolve_question {
	struct resolve_dns *dns;
	struct list link;          /* waiting for a place, or alone */
	struct list askers;
	struct resolve_zone *zone;
	struct resolve_question_text text;
	char name[RESOLVE_NAME_SIZE];
	bool with_edns;
	unsigned tries, refusals;
	const char *why;           /* static: of the last try */
	bool is_spent;             /* no try left: the timer ends it */
	size_t server;
	uint64_t socket;           /* 0: not waiting for UDP */
	struct conn *tcp;
	struct loop_timer timer;
};

struct resolve_dns {
	struct loop *loop;
	struct rand *rand;
	struct resolve_dns_counts *counts;
	struct resolve_servers *servers;
	struct resolve_cache *cache;
	struct map *by_name;       /* type and name -> question */
	struct map *sent;          /* socket and id -> question */
	struct map *zones;
	struct list waiting;       /* for one of UNDER_WAY_MAX */
	unsigned under_way;
	bool is_trusted;
	int64_t timeout_ms, min_ttl_ms, max_ttl_ms;
	unsigned max_per_zone;
};

/* ---- keys of the maps -------------------------------------------------------------- */
struct resolve_key {
	char bytes[RESOLVE_NAME_SIZE + 1];
	size_t n;
};

static inline struct resolve_key
resolve_key_of_name(const char *name, enum resolve_type type)
{
	struct resolve_key key;
	size_t n = strlen(name);

	must(n < RESOLVE_NAME_SIZE);
	key.bytes[0] = (char)('a' + type);
	memcpy(key.bytes + 1, name, n);
	key.n = n + 1;
	return key;
}

static inline struct resolve_key
resolve_key_of_sent(uint64_t socket, uint16_t id)
{
	struct resolve_key key;

	memcpy(key.bytes, &socket, sizeof socket);
	memcpy(key.bytes + sizeof socket, &id, sizeof id);
	key.n = sizeof socket + sizeof id;
	return key;
}

static inline struct span
resolve_key_span(const struct resolve_key *key)
{
	return (struct span){ key->bytes, key->n };
}

/* ---- resolve_zone.c: places -------------------------------------------------------- */
/* resolve_zone_of - the zone a name is counted in; made if it is not there. */
struct resolve_zone *resolve_zone_of(struct resolve_dns *dns, const char *name);
/* resolve_zone_enter - send question now, or when there is a place for it. */
void resolve_zone_enter(struct resolve_question *question);
/* resolve_zone_leave - a question of zone ended: its place goes to the next one. */
void resolve_zone_leave(struct resolve_dns *dns, struct resolve_zone *zone);

/* ---- resolve_question.c: one question ------------------------------------------------ */
struct resolve_question *resolve_question_new(struct resolve_dns *dns, const char *name,
                                              enum resolve_type type);
void resolve_question_free(struct resolve_question *question);
/* resolve_question_send - to the next server; when there is no try left, it
 * ends as FAILED (a little later, never at once). */
void resolve_question_send(struct resolve_question *question);
/* resolve_question_stop - waits for nothing any more. answered: its server spoke. */
void resolve_question_stop(struct resolve_question *question, bool answered);
/* what the sockets report; arg is the resolve_dns */
void resolve_question_on_packet(void *arg, uint64_t socket, const unsigned char *packet, size_t n);
void resolve_question_on_refused(void *arg, uint64_t socket);

/* ---- resolve_dns.c --------------------------------------------------------------------- */
/* resolve_dns_finish - takes answer: into the cache, and from there to all who
 * wait. Frees the question at the end of the turn. */
void resolve_dns_finish(struct resolve_question *question, struct resolve_answer *answer);

#endif
