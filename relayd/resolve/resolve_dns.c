/* resolve_dns.c - questions under way (stage 6). Resolver thread.
 *
 *   ask -> cache? -> join a question, or make one
 *   question: [wait for a place in its zone] -> [wait for a place] -> UDP
 *     answer -> cache -> askers          no answer, refused -> next server, again
 *     truncated -> TCP                   tries used up -> FAILED, cached shortly
 *
 * Invariants: a question is in by_name from its making to its end; it is in
 * `sent` exactly while a UDP packet of it awaits its answer; it holds a place of
 * its zone unless it is in zone->waiting. */
#include "resolve/resolve_dns.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "loop/conn.h"
#include "resolve/resolve_cache.h"
#include "resolve/resolve_server.h"

#define CACHE_CAP 100000
#define UNDER_WAY_MAX 1000
#define TRIES_MIN 3
#define TRIES_MAX 6
#define FAILED_MS (15 * 1000)      /* SERVFAIL and silence are asked again soon */
#define NEGATIVE_MS (60 * 1000)    /* "no" without SOA */
#define FLOOR_MS 1000              /* whatever the configuration says */

struct zone {
	unsigned under_way;
	struct list waiting;
	size_t name_n;
	char name[RESOLVE_NAME_SIZE];
};

struct asker {
	struct list link;
	resolve_dns_fn fn;
	void *arg;
	enum resolve_type type;
	unsigned aliases;
	bool is_secure;
	int64_t expires_mono_ms;
};

struct question {
	struct resolve_dns *dns;
	struct list link;          /* waiting for a place, or alone */
	struct list askers;
	struct zone *zone;
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

static void send_question(struct question *question);
static void proceed(struct resolve_dns *dns, struct asker *asker, const char *name);

/* ---- keys ------------------------------------------------------------------------- */
struct key {
	char bytes[RESOLVE_NAME_SIZE + 1];
	size_t n;
};

static struct key
name_key(const char *name, enum resolve_type type)
{
	struct key key;
	size_t n = strlen(name);

	must(n < RESOLVE_NAME_SIZE);
	key.bytes[0] = (char)('a' + type);
	memcpy(key.bytes + 1, name, n);
	key.n = n + 1;
	return key;
}

static struct key
sent_key(uint64_t socket, uint16_t id)
{
	struct key key;

	memcpy(key.bytes, &socket, sizeof socket);
	memcpy(key.bytes + sizeof socket, &id, sizeof id);
	key.n = sizeof socket + sizeof id;
	return key;
}

static struct span
key_span(const struct key *key)
{
	return (struct span){ key->bytes, key->n };
}

/* zone_part - what we take for the zone: the last two labels, or three where the
 * second-level one is a registry's ("co.uk"). A guess is enough for a cap. */
static const char *
zone_part(const char *name)
{
	const char *dot[3] = { NULL, NULL, NULL }; /* the last three, last first */

	for (const char *p = name; *p; p++) {
		if (*p != '.')
			continue;
		dot[2] = dot[1];
		dot[1] = dot[0];
		dot[0] = p;
	}
	if (!dot[1])
		return name;
	if (strlen(dot[0] + 1) == 2 && dot[0] - dot[1] <= 4)
		return dot[2] ? dot[2] + 1 : name;
	return dot[1] + 1;
}

/* ---- places -------------------------------------------------------------------------- */
static struct zone *
enter_zone(struct resolve_dns *dns, const char *name)
{
	struct span part = span_of(zone_part(name));
	struct zone *zone = map_get(dns->zones, part);

	if (zone)
		return zone;
	zone = mem_zero(1, sizeof *zone);
	list_init(&zone->waiting);
	memcpy(zone->name, part.p, part.n);
	zone->name_n = part.n;
	map_put(dns->zones, part, zone);
	return zone;
}

static void
start_question(struct question *question)
{
	struct resolve_dns *dns = question->dns;

	if (dns->under_way >= UNDER_WAY_MAX) {
		list_push_back(&dns->waiting, &question->link);
		return;
	}
	dns->under_way++;
	send_question(question);
}

static void
enter(struct question *question)
{
	struct zone *zone = question->zone;

	if (zone->under_way >= question->dns->max_per_zone) {
		list_push_back(&zone->waiting, &question->link);
		return;
	}
	zone->under_way++;
	start_question(question);
}

static struct question *
pop(struct list *list)
{
	struct list *link = list->next;

	if (list_is_empty(list))
		return NULL;
	list_remove(link);
	return LIST_OWNER(link, struct question, link);
}

static void
leave(struct resolve_dns *dns, struct zone *zone)
{
	struct question *next;

	dns->under_way--;
	zone->under_way--;
	next = zone->under_way < dns->max_per_zone ? pop(&zone->waiting) : NULL;
	if (next) {
		zone->under_way++;
		list_push_back(&dns->waiting, &next->link); /* behind those of other zones */
	} else if (zone->under_way == 0) {
		map_remove(dns->zones, (struct span){ zone->name, zone->name_n });
		mem_free(zone);
	}
	next = dns->under_way < UNDER_WAY_MAX ? pop(&dns->waiting) : NULL;
	if (next)
		start_question(next);
}

/* ---- the end of a question --------------------------------------------------------------- */
static void
stop_waiting(struct question *question, bool answered)
{
	struct resolve_dns *dns = question->dns;
	struct key key = sent_key(question->socket, question->text.id);

	loop_timer_clear(&question->timer);
	conn_free(&question->tcp);
	if (question->socket == 0)
		return;
	map_remove(dns->sent, key_span(&key));
	resolve_servers_release(dns->servers, question->server, question->socket, answered);
	question->socket = 0;
}

static int64_t
keep_ms(const struct resolve_dns *dns, const struct resolve_answer *answer)
{
	int64_t ms = (int64_t)answer->ttl_sec * 1000;

	if (answer->status == RESOLVE_FAILED)
		ms = FAILED_MS;
	else if (!answer->has_ttl)
		ms = NEGATIVE_MS;
	if (ms > dns->max_ttl_ms)
		ms = dns->max_ttl_ms;
	if (ms < dns->min_ttl_ms)
		ms = dns->min_ttl_ms;
	return ms < FLOOR_MS ? FLOOR_MS : ms;
}

static void
free_question(struct question *question)
{
	loop_timer_deinit(&question->timer);
	mem_free(question);
}

static void
free_question_later(void *p)
{
	free_question(p);
}

/* finish - takes answer: into the cache, and from there to all who wait. */
static void
finish(struct question *question, struct resolve_answer *answer)
{
	struct resolve_dns *dns = question->dns;
	struct key key = name_key(question->name, question->text.type);
	struct list askers = question->askers;

	must(!list_is_empty(&question->askers));
	stop_waiting(question, true);
	resolve_cache_put(dns->cache, question->name, question->text.type, answer,
	                  loop_now_mono_ms(dns->loop) + keep_ms(dns, answer));
	atomic_store(&dns->counts->cached, resolve_cache_count(dns->cache));
	map_remove(dns->by_name, key_span(&key));
	leave(dns, question->zone);
	askers.next->prev = askers.prev->next = &askers; /* moved with its head */
	while (!list_is_empty(&askers)) {
		struct asker *asker = LIST_OWNER(askers.next, struct asker, link);

		list_remove(&asker->link);
		proceed(dns, asker, question->name);
	}
	/* its timer or its TCP connection may be what called us */
	loop_defer_free(dns->loop, question, free_question_later);
}

/* ---- packets in ----------------------------------------------------------------------------- */
static void ask_by_tcp(struct question *question);

static void
take_refusal(struct question *question, const char *why)
{
	struct resolve_dns *dns = question->dns;

	atomic_fetch_add(&dns->counts->servfails, 1);
	stop_waiting(question, true);
	question->why = why;
	if (++question->refusals >= resolve_servers_count(dns->servers))
		finish(question, resolve_answer_failed(why)); /* all of them said so */
	else
		send_question(question);
}

static void
take_packet(struct question *question, const unsigned char *packet, size_t n)
{
	struct resolve_dns *dns = question->dns;
	struct resolve_answer *answer = NULL;
	const char *why = NULL;
	bool by_tcp = question->tcp != NULL;

	switch (resolve_packet_parse(&question->text, packet, n, &answer, &why)) {
	case RESOLVE_PACKET_FOREIGN:
		if (by_tcp)
			take_refusal(question, "malformed answer");
		return;
	case RESOLVE_PACKET_ANSWER:
		atomic_fetch_add(&dns->counts->answers, 1);
		answer->is_secure = answer->is_secure && dns->is_trusted;
		finish(question, answer);
		return;
	case RESOLVE_PACKET_TRUNCATED:
		if (by_tcp)
			take_refusal(question, "truncated answer by TCP");
		else
			ask_by_tcp(question);
		return;
	case RESOLVE_PACKET_NO_EDNS:
		if (!question->with_edns) {
			take_refusal(question, "FORMERR");
			return;
		}
		question->with_edns = false;
		question->tries--;
		stop_waiting(question, true);
		send_question(question);
		return;
	case RESOLVE_PACKET_REFUSED:
		take_refusal(question, why);
		return;
	}
}

static void
on_packet(void *arg, uint64_t socket, const unsigned char *packet, size_t n)
{
	struct resolve_dns *dns = arg;
	struct question *question;
	struct key key;

	if (n < 2)
		return;
	key = sent_key(socket, (uint16_t)(packet[0] << 8 | packet[1]));
	question = map_get(dns->sent, key_span(&key));
	if (question)
		take_packet(question, packet, n);
}

static void
fail_try(struct question *question, const char *why)
{
	stop_waiting(question, false);
	question->why = why;
	send_question(question);
}

static void
on_refused(void *arg, uint64_t socket)
{
	struct resolve_dns *dns = arg;
	size_t cursor = 0;
	struct question *hit = NULL;
	struct span key;
	void *value;

	/* the packet that was refused is not named: the one question that has waited here
	 * is asked elsewhere; if there are several, their time-outs see to it */
	while (map_next(dns->sent, &cursor, &key, &value)) {
		struct question *question = value;

		if (question->socket != socket)
			continue;
		if (hit)
			return;
		hit = question;
	}
	if (hit)
		fail_try(hit, "the name server cannot be reached");
}

static void
on_timer(void *arg)
{
	struct question *question = arg;

	if (question->is_spent) {
		finish(question, resolve_answer_failed(question->why));
		return;
	}
	atomic_fetch_add(&question->dns->counts->timeouts, 1);
	fail_try(question, "no answer from the name servers");
}

/* ---- TCP -------------------------------------------------------------------------------------- */
static size_t
build(const struct question *question, unsigned char out[RESOLVE_QUESTION_MAX])
{
	return resolve_packet_build(&question->text, question->with_edns, question->dns->is_trusted,
	                            out);
}

static void
on_tcp_connect(struct conn *conn, void *arg)
{
	struct question *question = arg;
	unsigned char packet[2 + RESOLVE_QUESTION_MAX];
	size_t n = build(question, packet + 2);

	packet[0] = (unsigned char)(n >> 8);
	packet[1] = (unsigned char)n;
	must(conn_write(conn, packet, n + 2) == 0);
}

static void
on_tcp_read(struct conn *conn, void *arg)
{
	struct span in = buf_span(conn_input(conn));
	const unsigned char *p = (const unsigned char *)in.p;
	size_t n;

	if (in.n < 2)
		return;
	n = (size_t)p[0] << 8 | p[1];
	if (in.n >= n + 2)
		take_packet(arg, p + 2, n);
}

static void
on_tcp_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	(void)conn;
	(void)why;
	(void)err;
	fail_try(arg, "TCP to the name server failed");
}

static const struct conn_ops tcp_ops = {
	.on_connect = on_tcp_connect,
	.on_read = on_tcp_read,
	.on_end = on_tcp_end,
};

static void
ask_by_tcp(struct question *question)
{
	struct resolve_dns *dns = question->dns;
	const union resolve_address *address;
	socklen_t n;

	stop_waiting(question, true);
	address = resolve_servers_address(dns->servers, question->server, &n);
	question->tcp = conn_connect(dns->loop, &address->sa, n, NULL, 0, &tcp_ops, question,
	                             RESOLVE_TCP_MAX + 2, RESOLVE_QUESTION_MAX + 2);
	loop_timer_set(&question->timer, dns->timeout_ms);
}

/* ---- questions out --------------------------------------------------------------------------- */
static unsigned
tries_max(const struct resolve_dns *dns)
{
	unsigned tries = 2 * (unsigned)resolve_servers_count(dns->servers);

	return tries < TRIES_MIN ? TRIES_MIN : tries > TRIES_MAX ? TRIES_MAX : tries;
}

/* try_server - false: could not even be sent. */
static bool
try_server(struct question *question)
{
	struct resolve_dns *dns = question->dns;
	unsigned char packet[RESOLVE_QUESTION_MAX];
	struct key key;
	size_t n;

	question->server = resolve_servers_pick(dns->servers, question->tries);
	question->tries++;
	question->text.id = (uint16_t)rand_below(dns->rand, UINT16_MAX + 1u);
	n = build(question, packet);
	if (n == 0) {
		question->why = "the name cannot be put into a question";
		return false;
	}
	question->socket = resolve_servers_send(dns->servers, question->server, packet, n);
	if (question->socket == 0) {
		question->why = "the name server cannot be reached";
		return false;
	}
	key = sent_key(question->socket, question->text.id);
	if (map_get(dns->sent, key_span(&key))) { /* one chance in 65536 per question due */
		resolve_servers_release(dns->servers, question->server, question->socket, true);
		question->socket = 0;
		return false;
	}
	map_put(dns->sent, key_span(&key), question);
	return true;
}

static void
send_question(struct question *question)
{
	struct resolve_dns *dns = question->dns;

	while (question->tries < tries_max(dns)) {
		if (!try_server(question))
			continue;
		atomic_fetch_add(&dns->counts->questions, 1);
		loop_timer_set(&question->timer, dns->timeout_ms);
		return;
	}
	/* not here and now: finish starts others, and all may fail to be sent */
	question->is_spent = true;
	loop_timer_set(&question->timer, 0);
}

static struct question *
new_question(struct resolve_dns *dns, const char *name, enum resolve_type type)
{
	struct question *question = mem_zero(1, sizeof *question);
	struct key key = name_key(name, type);

	question->dns = dns;
	list_init(&question->link);
	list_init(&question->askers);
	memcpy(question->name, name, strlen(name) + 1);
	question->text.name = question->name;
	question->text.type = type;
	question->with_edns = true;
	question->why = "the name servers cannot be asked";
	question->zone = enter_zone(dns, name);
	loop_timer_init(&question->timer, dns->loop, on_timer, question);
	map_put(dns->by_name, key_span(&key), question);
	return question;
}

/* ---- asking ------------------------------------------------------------------------------------ */
static void
join(struct resolve_dns *dns, struct asker *asker, const char *name)
{
	struct key key = name_key(name, asker->type);
	struct question *question = map_get(dns->by_name, key_span(&key));
	bool is_new = !question;

	if (is_new)
		question = new_question(dns, name, asker->type);
	list_push_back(&question->askers, &asker->link);
	if (is_new)
		enter(question);
}

static void
tell(struct asker *asker, const struct resolve_answer *answer)
{
	struct resolve_result result = { answer, asker->is_secure && answer->is_secure,
		                         asker->expires_mono_ms };
	resolve_dns_fn fn = asker->fn;
	void *arg = asker->arg;

	mem_free(asker);
	fn(arg, &result);
}

/* proceed - from name, along the aliases the cache knows, to an answer or to a question. */
static void
proceed(struct resolve_dns *dns, struct asker *asker, const char *name)
{
	static const struct resolve_answer too_long = { .status = RESOLVE_FAILED,
		                                        .why = "too many CNAMEs in a row" };

	for (;;) {
		int64_t expires;
		const struct resolve_answer *answer = resolve_cache_get(
			dns->cache, name, asker->type, loop_now_mono_ms(dns->loop), &expires);

		if (!answer) {
			join(dns, asker, name);
			return;
		}
		if (expires < asker->expires_mono_ms)
			asker->expires_mono_ms = expires;
		if (answer->status != RESOLVE_ALIAS) {
			tell(asker, answer);
			return;
		}
		asker->is_secure = asker->is_secure && answer->is_secure;
		name = answer->record[0].mx.name;
		if (++asker->aliases > RESOLVE_ALIASES_MAX) {
			tell(asker, &too_long);
			return;
		}
	}
}

void
resolve_dns_ask(struct resolve_dns *dns, const char *name, enum resolve_type type,
                resolve_dns_fn fn, void *arg)
{
	struct asker *asker = mem_zero(1, sizeof *asker);
	int64_t expires;

	list_init(&asker->link);
	asker->fn = fn;
	asker->arg = arg;
	asker->type = type;
	asker->is_secure = true;
	asker->expires_mono_ms = INT64_MAX;
	if (resolve_cache_get(dns->cache, name, type, loop_now_mono_ms(dns->loop), &expires))
		atomic_fetch_add(&dns->counts->cache_hits, 1);
	proceed(dns, asker, name);
}

/* ---- life ----------------------------------------------------------------------------------------- */
int
resolve_dns_configure(struct resolve_dns *dns, const struct config *config, struct err *err)
{
	if (resolve_servers_set(dns->servers, config->dns.nameserver, config->dns.nameservers, err))
		return -1;
	dns->is_trusted = config->dns.trusted;
	dns->timeout_ms = config->dns.timeout_ms;
	dns->min_ttl_ms = config->dns.min_ttl_ms;
	dns->max_ttl_ms = config->dns.max_ttl_ms;
	dns->max_per_zone = config->dns.max_per_zone;
	resolve_cache_clear(dns->cache);
	return 0;
}

struct resolve_dns *
resolve_dns_new(struct loop *loop, struct rand *rand, struct resolve_dns_counts *counts,
                const struct config *config, struct err *err)
{
	struct resolve_dns *dns = mem_zero(1, sizeof *dns);

	dns->loop = loop;
	dns->rand = rand;
	dns->counts = counts;
	dns->servers = resolve_servers_new(loop, rand, on_packet, on_refused, dns);
	dns->cache = resolve_cache_new(CACHE_CAP);
	dns->by_name = map_new();
	dns->sent = map_new();
	dns->zones = map_new();
	list_init(&dns->waiting);
	if (resolve_dns_configure(dns, config, err))
		resolve_dns_free(&dns);
	return dns;
}

static void
free_questions(struct resolve_dns *dns)
{
	size_t cursor = 0;
	struct span key;
	void *value;

	while (map_next(dns->by_name, &cursor, &key, &value)) {
		struct question *question = value;

		stop_waiting(question, true);
		while (!list_is_empty(&question->askers)) {
			struct asker *asker = LIST_OWNER(question->askers.next, struct asker, link);

			list_remove(&asker->link);
			mem_free(asker);
		}
		free_question(question);
	}
	cursor = 0;
	while (map_next(dns->zones, &cursor, &key, &value))
		mem_free(value);
}

void
resolve_dns_free(struct resolve_dns **dns)
{
	struct resolve_dns *d = *dns;

	if (!d)
		return;
	free_questions(d);
	resolve_servers_free(&d->servers);
	resolve_cache_free(&d->cache);
	map_free(&d->by_name);
	map_free(&d->sent);
	map_free(&d->zones);
	mem_free(d);
	*dns = NULL;
}
