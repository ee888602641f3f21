/* domain_dns.c - see domain_dns.h.
 *
 * A server that was silent twice is asked no more: a check of ten names would otherwise wait ten
 * times for it. */
#include "domain/domain_dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "resolve/resolve_direct.h"

#define RESOLVERS_MAX 6
#define OWN_MAX 6 /* servers of a zone; the rest is not asked */
#define SILENT_MAX 2
#define QUESTIONS_MAX 400 /* of one check, to all servers */
#define ALIASES_MAX 8

struct server {
	struct resolve_direct_server direct;
	const char *text;
	unsigned silent; /* questions it did not answer */
	const char *why; /* it cannot be asked at all; NULL: it can */
};

struct zone { /* the servers of one zone */
	size_t servers;
	struct server server[OWN_MAX];
};

/* one question and what the resolvers said */
struct known {
	struct resolve_direct_answer answer[RESOLVERS_MAX];
};

struct domain_dns {
	struct domain_dns_options options;
	struct arena *arena;
	struct map *known; /* type and name -> struct known */
	struct map *zones; /* name -> struct zone */
	unsigned asked;
	size_t resolvers;
	struct server resolver[RESOLVERS_MAX];
};

struct domain_dns *
domain_dns_new(const struct domain_dns_options *options, struct arena *arena)
{
	struct domain_dns *dns = arena_zero(arena, sizeof *dns);
	struct resolve_direct_server direct[RESOLVERS_MAX];
	const char *text[RESOLVERS_MAX];

	dns->options = *options;
	dns->arena = arena;
	dns->known = map_new();
	dns->zones = map_new();
	dns->resolvers = resolve_direct_servers(options->resolver, options->resolvers, arena,
						direct, text, RESOLVERS_MAX);
	for (size_t i = 0; i < dns->resolvers; i++)
		dns->resolver[i] = (struct server){ .direct = direct[i], .text = text[i] };
	return dns;
}

void
domain_dns_free(struct domain_dns **dns)
{
	if (*dns == NULL)
		return;
	map_free(&(*dns)->known);
	map_free(&(*dns)->zones);
	*dns = NULL;
}

/* ---- questions --------------------------------------------------------------------------- */
static void
fail(struct resolve_direct_answer *answer, const char *why)
{
	memset(answer, 0, sizeof *answer);
	answer->set = (struct resolve_set){ .status = RESOLVE_FAILED, .why = why };
}

/* ask - all at once, those that are worth it */
static void
ask(struct domain_dns *dns, struct server *const *server, size_t servers, const char *name,
    enum resolve_set_type type, struct resolve_direct_answer *answer)
{
	struct resolve_direct_server asked[RESOLVE_DIRECT_MAX];
	struct resolve_direct_answer said[RESOLVE_DIRECT_MAX];
	size_t place[RESOLVE_DIRECT_MAX], count = 0;
	bool is_late =
		clock_mono_ms() >= dns->options.deadline_mono_ms || dns->asked >= QUESTIONS_MAX;

	for (size_t i = 0; i < servers; i++) {
		if (is_late) {
			fail(&answer[i], "the check had no time left");
		} else if (server[i]->why != NULL) {
			fail(&answer[i], server[i]->why);
		} else if (server[i]->silent >= SILENT_MAX) {
			fail(&answer[i], DOMAIN_NO_ANSWER_BEFORE);
		} else {
			place[count] = i;
			asked[count++] = server[i]->direct;
		}
	}
	if (count == 0)
		return;
	dns->asked++;
	resolve_direct_ask(asked, count, name, type, dns->options.timeout_ms, dns->options.stop_fd,
			   dns->arena, said);
	for (size_t i = 0; i < count; i++) {
		answer[place[i]] = said[i];
		server[place[i]]->silent += said[i].was_silent;
		if (said[i].facts.is_referral)
			fail(&answer[place[i]],
			     asked[i].is_recursive ? "it refers to other servers, and asks none"
						   : "it does not serve the zone: it refers to "
						     "other servers");
	}
}

static struct span
key_of(struct domain_dns *dns, const char *name, enum resolve_set_type type)
{
	return span_of(arena_printf(dns->arena, "%c%s", 'a' + (char)type, name));
}

/* learn - what the resolvers say, asked before or now; the servers of a zone are asked in the same
 * go (zone may be NULL) */
static struct known *
learn(struct domain_dns *dns, const char *name, enum resolve_set_type type, struct zone *zone,
      struct resolve_direct_answer *said)
{
	struct span key = key_of(dns, name, type);
	struct known *known = map_get(dns->known, key);
	struct server *server[RESOLVERS_MAX + OWN_MAX];
	struct resolve_direct_answer answer[RESOLVERS_MAX + OWN_MAX];
	size_t resolvers = known ? 0 : dns->resolvers, count = 0;

	for (size_t i = 0; i < resolvers; i++)
		server[count++] = &dns->resolver[i];
	for (size_t i = 0; zone != NULL && i < zone->servers; i++)
		server[count++] = &zone->server[i];
	if (count > 0)
		ask(dns, server, count, name, type, answer);
	if (zone != NULL && zone->servers > 0)
		memcpy(said, answer + resolvers, zone->servers * sizeof *said);
	if (known == NULL) {
		known = arena_zero(dns->arena, sizeof *known);
		memcpy(known->answer, answer, resolvers * sizeof *answer);
		map_put(dns->known, key, known);
	}
	return known;
}

static struct known *
ask_resolvers(struct domain_dns *dns, const char *name, enum resolve_set_type type)
{
	return learn(dns, name, type, NULL, NULL);
}

/* best - the first resolver with an answer, records before none */
static struct resolve_set
best(const struct domain_dns *dns, const struct known *known)
{
	struct resolve_set set = { .status = RESOLVE_FAILED, .why = "there is no resolver" };

	for (size_t i = 0; i < dns->resolvers; i++) {
		const struct resolve_set *one = &known->answer[i].set;

		if (one->count > 0)
			return *one;
		if (i == 0 || set.status == RESOLVE_FAILED)
			set = *one;
	}
	return set;
}

bool
domain_dns_look_up(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	struct domain_dns *dns = arg;

	for (int hop = 0; hop <= ALIASES_MAX; hop++) {
		*out = best(dns, ask_resolvers(dns, name, type));
		if (out->status != RESOLVE_ALIAS)
			return true;
		name = out->record[0].data.p;
	}
	*out = (struct resolve_set){ .status = RESOLVE_FAILED,
				     .why = "CNAMEs in a circle, or too many in a row" };
	return true;
}

/* ---- the zone's own servers ----------------------------------------------------------------- */
static void
add_server(struct domain_dns *dns, struct zone *zone, const char *name, struct span address)
{
	struct server *server = &zone->server[zone->servers];
	char text[INET6_ADDRSTRLEN];
	int family = address.n == 4 ? AF_INET : AF_INET6;

	if (zone->servers == OWN_MAX)
		return;
	memset(server, 0, sizeof *server);
	if (family == AF_INET) {
		server->direct.address.in.sin_family = AF_INET;
		server->direct.address.in.sin_port = htons(dns->options.port);
		memcpy(&server->direct.address.in.sin_addr, address.p, 4);
	} else {
		server->direct.address.in6.sin6_family = AF_INET6;
		server->direct.address.in6.sin6_port = htons(dns->options.port);
		memcpy(&server->direct.address.in6.sin6_addr, address.p, 16);
	}
	inet_ntop(family, address.p, text, sizeof text);
	server->text = arena_printf(dns->arena, "%s (%s)", name, text);
	zone->servers++;
}

/* find_servers - of a zone's NS set: one address each, IPv4 if it has one; who has none is one
 * that cannot be asked */
static void
find_servers(struct domain_dns *dns, const struct resolve_set *hosts, struct zone *zone)
{
	for (size_t i = 0; i < hosts->count && zone->servers < OWN_MAX; i++) {
		const char *name = hosts->record[i].data.p;
		struct resolve_set set;

		if (name[0] == '\0')
			continue;
		(void)domain_dns_look_up(dns, name, RESOLVE_SET_A, &set);
		if (set.count == 0)
			(void)domain_dns_look_up(dns, name, RESOLVE_SET_AAAA, &set);
		if (set.count > 0)
			add_server(dns, zone, name, set.record[0].data);
		else
			zone->server[zone->servers++] = (struct server){
				.text = arena_strdup(dns->arena, name),
				.why = "its address cannot be found",
			};
	}
}

/* zone_of - walks up from name to where a zone begins */
static struct zone *
zone_of(struct domain_dns *dns, const char *name)
{
	struct zone *zone = map_get(dns->zones, span_of(name));
	const char *dot = strchr(name, '.');
	struct resolve_set set;

	if (zone != NULL)
		return zone;
	set = best(dns, ask_resolvers(dns, name, RESOLVE_SET_NS));
	if (set.status == RESOLVE_FOUND) {
		zone = arena_zero(dns->arena, sizeof *zone);
		find_servers(dns, &set, zone);
	} else if (dot != NULL && dot[1] != '\0') {
		zone = zone_of(dns, dot + 1);
	} else {
		zone = arena_zero(dns->arena, sizeof *zone);
	}
	map_put(dns->zones, span_of(arena_strdup(dns->arena, name)), zone);
	return zone;
}

/* take - an own server's answer must be of its own knowledge */
static void
take(struct resolve_direct_answer *said)
{
	if (said->set.status != RESOLVE_FAILED && !said->facts.is_authoritative)
		fail(said, "it does not serve the zone: its answer is not authoritative");
}

static void
put(struct domain_dns *dns, const struct resolve_direct_answer *said, const struct server *server,
    enum resolve_set_type type, struct domain_answer *answer)
{
	*answer = (struct domain_answer){
		.server = server->text,
		.is_own = !server->direct.is_recursive,
		.set = said->set,
		.ttl_sec = said->facts.ttl_sec,
		.took_ms = said->took_ms,
	};
	/* an alias that leads out of the packet: the rest of the way is the resolvers' */
	if (said->set.status == RESOLVE_ALIAS)
		(void)domain_dns_look_up(dns, said->set.record[0].data.p, type, &answer->set);
}

size_t
domain_dns_ask(struct domain_dns *dns, const char *name, enum resolve_set_type type,
	       struct domain_answer **answer_out)
{
	struct zone *zone = zone_of(dns, name);
	struct resolve_direct_answer said[OWN_MAX];
	const struct known *known = learn(dns, name, type, zone, said);
	size_t count = dns->resolvers + zone->servers;
	struct domain_answer *answer = arena_zero(dns->arena, (count + 1) * sizeof *answer);

	for (size_t i = 0; i < zone->servers; i++) {
		take(&said[i]);
		put(dns, &said[i], &zone->server[i], type, &answer[i]);
	}
	for (size_t i = 0; i < dns->resolvers; i++)
		put(dns, &known->answer[i], &dns->resolver[i], type, &answer[zone->servers + i]);
	*answer_out = answer;
	return count;
}
