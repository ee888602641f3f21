/* resolve_lookup.c - a domain becomes a route (stage 6). Resolver thread.
 *
 *   literal, configured numeric route ---------------------------> route
 *   configured route by name -> A, AAAA of that host --------------> route
 *   else MX -> hosts (none: the name itself) -> A, AAAA of all ---> route
 *
 * RFC 5321 s5.1, RFC 7505 (null MX). `awaited` counts answers due plus one for
 * the step that asks, so that answers from the cache (at once) cannot end the
 * lookup too early. What DNS cannot tell now is temporary; what
 * it denies is permanent, but never for a route the operator configured. */
#include "resolve/resolve_lookup.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "resolve/resolve_build.h"

#define FAMILIES 2

struct host {
	char name[RESOLVE_NAME_SIZE];
	uint16_t preference;
	struct slot {
		struct resolve_lookup *lookup;
		struct host *host;
		enum resolve_status status;
		const char *why;
		size_t count;
		union resolve_address address[RESOLVE_ADDRESSES_MAX];
	} slot[FAMILIES];              /* by enum resolve_type: A, AAAA */
	size_t unrouted;               /* addresses left out: no way there from here */
};

struct resolve_lookup {
	struct list link;              /* in env->lookups */
	struct resolve_lookup_env *env;
	struct resolve_setup *setup;   /* a reference */
	resolve_lookup_fn fn;
	void *arg;
	char domain[RESOLVE_NAME_SIZE];
	const struct config_route *configured; /* in setup->config; NULL: by MX */
	uint16_t port;
	bool has_mx;
	bool is_secure;
	int64_t expires_mono_ms;
	int64_t absent_mono_ms;        /* when the first "has no such address" expires */
	unsigned awaited;
	size_t hosts;
	struct host *host;             /* mem_alloc'd */
	struct resolve_route *route;   /* while it is made */
	struct arena *arena;           /* the route's */
};

static const struct resolve_failure no_such_domain = {
	true, VERDICT_DOMAIN_NOT_FOUND, { 5, 1, 2 } };
static const struct resolve_failure bad_literal = {
	true, VERDICT_DOMAIN_NOT_FOUND, { 5, 1, 3 } };
static const struct resolve_failure null_mx = {
	true, VERDICT_DOMAIN_NOT_FOUND, { 5, 1, 10 } };
static const struct resolve_failure no_address = {
	true, VERDICT_DOMAIN_NOT_FOUND, { 5, 4, 4 } };
static const struct resolve_failure loops_back = {
	true, VERDICT_SYSTEM_ERROR, { 5, 4, 6 } };
static const struct resolve_failure not_now = {
	false, VERDICT_NETWORK_ERROR, { 4, 4, 3 } };
static const struct resolve_failure no_way = {
	false, VERDICT_NETWORK_ERROR, { 4, 4, 1 } };
static const struct resolve_failure smarthost_missing = {
	false, VERDICT_SYSTEM_ERROR, { 4, 3, 5 } };

/* ---- the end ------------------------------------------------------------------------ */
static void
free_lookup(struct resolve_lookup *lookup)
{
	list_remove(&lookup->link);
	resolve_setup_unref(&lookup->setup);
	resolve_route_unref(&lookup->route);
	mem_free(lookup->host);
	mem_free(lookup);
}

static void
done(struct resolve_lookup *lookup)
{
	struct resolve_route *route = lookup->route;
	resolve_lookup_fn fn = lookup->fn;
	void *arg = lookup->arg;
	int64_t now = loop_now_mono_ms(lookup->env->loop);

	/* that a host has no AAAA must not make a route with an A short-lived */
	route->expires_mono_ms = lookup->expires_mono_ms;
	if (route->failed && lookup->absent_mono_ms < route->expires_mono_ms)
		route->expires_mono_ms = lookup->absent_mono_ms;
	if (route->expires_mono_ms == INT64_MAX) /* nothing was asked: a literal, a numeric route */
		route->expires_mono_ms = now + lookup->setup->config->dns.max_ttl_ms;
	route->secure = lookup->is_secure && !route->failed;
	lookup->route = NULL;
	free_lookup(lookup);
	fn(arg, route);
}

static void
note_result(struct resolve_lookup *lookup, const struct resolve_result *result)
{
	lookup->is_secure = lookup->is_secure && result->is_secure;
	if (result->expires_mono_ms < lookup->expires_mono_ms)
		lookup->expires_mono_ms = result->expires_mono_ms;
}

/* ---- from hosts to a route -------------------------------------------------------------- */
static size_t
count_addresses(const struct host *host)
{
	return host->slot[RESOLVE_A].count + host->slot[RESOLVE_AAAA].count;
}

static bool
is_self(const struct resolve_lookup *lookup, const struct host *host)
{
	if (resolve_setup_is_own_name(lookup->setup, host->name, lookup->port))
		return true;
	for (size_t family = 0; family < FAMILIES; family++) {
		for (size_t i = 0; i < host->slot[family].count; i++) {
			if (resolve_setup_is_own(lookup->setup, &host->slot[family].address[i]))
				return true;
		}
	}
	return false;
}

/* cut_self - RFC 5321 s5.1: we are an MX ourselves: only better ones may get the
 * mail, or it would come back. Returns whether something was cut. */
static bool
cut_self(struct resolve_lookup *lookup)
{
	size_t keep = 0;
	uint16_t limit = 0;
	bool found = false;

	for (size_t i = 0; i < lookup->hosts; i++) {
		if (is_self(lookup, &lookup->host[i]) &&
		    (!found || lookup->host[i].preference < limit)) {
			limit = lookup->host[i].preference;
			found = true;
		}
	}
	for (; found && keep < lookup->hosts; keep++) { /* sorted by preference */
		if (lookup->host[keep].preference >= limit)
			break;
	}
	if (found)
		lookup->hosts = keep;
	return found;
}

static void
drop_unrouted(struct host *host)
{
	struct slot *slot = &host->slot[RESOLVE_AAAA];
	size_t keep = 0;

	for (size_t i = 0; i < slot->count; i++) {
		if (resolve_address_is_routed(&slot->address[i]))
			slot->address[keep++] = slot->address[i];
		else
			host->unrouted++;
	}
	slot->count = keep;
}

static void
put_host(struct resolve_lookup *lookup, const struct host *host)
{
	struct resolve_host *out = &lookup->route->host[lookup->route->hosts++];
	bool v4_first = lookup->setup->config->dns.prefer_ipv4;
	size_t n = count_addresses(host);

	out->name = arena_strdup(lookup->arena, host->name);
	out->preference = host->preference;
	out->address = arena_alloc(lookup->arena, (n ? n : 1) * sizeof *out->address);
	for (size_t k = 0; k < FAMILIES; k++) {
		const struct slot *slot =
			&host->slot[v4_first == (k == 0) ? RESOLVE_A : RESOLVE_AAAA];

		for (size_t i = 0; i < slot->count && out->addresses < RESOLVE_ADDRESSES_MAX; i++)
			out->address[out->addresses++] = slot->address[i];
	}
}

/* explain_no_host - none has an address we can use: whose fault is it? */
static void
explain_no_host(struct resolve_lookup *lookup)
{
	struct resolve_route *route = lookup->route;
	const struct host *first = &lookup->host[0];
	size_t unrouted = 0;

	for (size_t i = 0; i < lookup->hosts; i++) {
		const struct host *host = &lookup->host[i];

		unrouted += host->unrouted;
		for (size_t k = 0; k < FAMILIES; k++) {
			if (host->slot[k].status != RESOLVE_FAILED)
				continue;
			resolve_build_fail(route, &not_now,
			                   "DNS: %s while looking for the address of %s",
			                   host->slot[k].why, host->name);
			return;
		}
	}
	if (unrouted)
		resolve_build_fail(route, &no_way,
		                   "%s has only IPv6 addresses and this machine has no "
		                   "IPv6 route there",
		                   first->name);
	else if (lookup->configured)
		resolve_build_fail(route, &smarthost_missing,
		                   "DNS: the route's host %s has no address", first->name);
	else if (lookup->has_mx)
		resolve_build_fail(route, &no_address,
		                   "DNS: no MX host of %s has an address (%s is one)",
		                   lookup->domain, first->name);
	else
		resolve_build_fail(route, &no_address, "DNS: %s has neither MX nor address records",
		                   lookup->domain);
}

static void
finish_hosts(struct resolve_lookup *lookup)
{
	struct resolve_route *route = lookup->route;
	bool was_cut, has_address = false;

	for (size_t i = 0; i < lookup->hosts; i++)
		drop_unrouted(&lookup->host[i]);
	was_cut = cut_self(lookup);
	for (size_t i = 0; i < lookup->hosts; i++)
		has_address = has_address || count_addresses(&lookup->host[i]);
	if (was_cut && lookup->hosts == 0) {
		resolve_build_fail(route, &loops_back,
		                   "mail for %s loops back to this relay: its best MX "
		                   "is ourselves",
		                   lookup->domain);
	} else if (!has_address) {
		explain_no_host(lookup);
	} else {
		route->host = arena_zero(lookup->arena, lookup->hosts * sizeof *route->host);
		for (size_t i = 0; i < lookup->hosts; i++)
			put_host(lookup, &lookup->host[i]);
	}
	done(lookup);
}

static void
arrived(struct resolve_lookup *lookup)
{
	must(lookup->awaited > 0);
	if (--lookup->awaited == 0)
		finish_hosts(lookup);
}

/* ---- addresses ------------------------------------------------------------------------- */
static void
take_addresses(struct slot *slot, enum resolve_type type, const struct resolve_answer *answer,
               uint16_t port)
{
	slot->status = answer->status;
	slot->why = answer->why;
	for (size_t i = 0; i < answer->count && slot->count < RESOLVE_ADDRESSES_MAX; i++) {
		union resolve_address *to = &slot->address[slot->count++];

		memset(to, 0, sizeof *to);
		if (type == RESOLVE_A) {
			to->in.sin_family = AF_INET;
			to->in.sin_port = htons(port);
			memcpy(&to->in.sin_addr, answer->record[i].address, sizeof to->in.sin_addr);
		} else {
			to->in6.sin6_family = AF_INET6;
			to->in6.sin6_port = htons(port);
			memcpy(&to->in6.sin6_addr, answer->record[i].address,
			       sizeof to->in6.sin6_addr);
		}
	}
}

static void
on_address(void *arg, const struct resolve_result *result)
{
	struct slot *slot = arg;
	struct resolve_lookup *lookup = slot->lookup;

	if (result->answer->status == RESOLVE_NODATA ||
	    result->answer->status == RESOLVE_NXDOMAIN) {
		if (result->expires_mono_ms < lookup->absent_mono_ms)
			lookup->absent_mono_ms = result->expires_mono_ms;
	} else {
		note_result(lookup, result);
	}
	take_addresses(slot, (enum resolve_type)(slot - slot->host->slot), result->answer,
	               lookup->port);
	arrived(lookup);
}

static void
ask_addresses(struct resolve_lookup *lookup)
{
	lookup->awaited = 1;
	for (size_t i = 0; i < lookup->hosts; i++) {
		struct host *host = &lookup->host[i];

		for (size_t k = 0; k < FAMILIES; k++) {
			struct slot *slot = &host->slot[k];

			slot->lookup = lookup;
			slot->host = host;
			slot->status = RESOLVE_NODATA;
			if (strcmp(host->name, RESOLVE_NO_HOST) == 0)
				continue;
			lookup->awaited++;
			resolve_dns_ask(lookup->env->dns, host->name, (enum resolve_type)k,
			                on_address, slot);
		}
	}
	arrived(lookup);
}

static struct host *
add_host(struct resolve_lookup *lookup, const char *name, uint16_t preference)
{
	struct host *host = &lookup->host[lookup->hosts++];

	memcpy(host->name, name, strlen(name) + 1);
	host->preference = preference;
	return host;
}

static void
make_room(struct resolve_lookup *lookup, size_t hosts)
{
	lookup->host = mem_zero(hosts, sizeof *lookup->host);
	lookup->hosts = 0;
}

/* ---- MX -------------------------------------------------------------------------------- */
static void
shuffle(struct rand *rand, size_t order[RESOLVE_HOSTS_MAX], size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = rand_below(rand, (uint32_t)i);
		size_t swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

/* take_mx - by preference, equals in random order: shuffled, then inserted in order. */
static void
take_mx(struct resolve_lookup *lookup, const struct resolve_answer *answer)
{
	const union resolve_record *record = answer->record;
	size_t order[RESOLVE_HOSTS_MAX];
	size_t n = answer->count < RESOLVE_HOSTS_MAX ? answer->count : RESOLVE_HOSTS_MAX;

	shuffle(lookup->env->rand, order, n);
	for (size_t i = 1; i < n; i++) {
		size_t k = i, moved = order[i];

		for (; k > 0 && record[order[k - 1]].mx.preference > record[moved].mx.preference;
		     k--)
			order[k] = order[k - 1];
		order[k] = moved;
	}
	make_room(lookup, n);
	for (size_t i = 0; i < n; i++) {
		const char *name = record[order[i]].mx.name;

		if (name[0]) /* "." beside others means nothing (RFC 7505 s3) */
			add_host(lookup, name, record[order[i]].mx.preference);
	}
}

static void
on_mx(void *arg, const struct resolve_result *result)
{
	struct resolve_lookup *lookup = arg;
	const struct resolve_answer *answer = result->answer;

	note_result(lookup, result);
	switch (answer->status) {
	case RESOLVE_FAILED:
		resolve_build_fail(lookup->route, &not_now,
		                   "DNS: %s while looking for the MX of %s", answer->why,
		                   lookup->domain);
		done(lookup);
		return;
	case RESOLVE_NXDOMAIN:
		resolve_build_fail(lookup->route, &no_such_domain,
		                   "DNS: %s does not exist (NXDOMAIN)", lookup->domain);
		done(lookup);
		return;
	case RESOLVE_FOUND:
		lookup->has_mx = true;
		take_mx(lookup, answer);
		break;
	case RESOLVE_NODATA:
	case RESOLVE_ALIAS: /* resolve_dns follows these */
		make_room(lookup, 1);
		add_host(lookup, lookup->domain, 0);
		break;
	}
	if (lookup->hosts == 0) {
		resolve_build_fail(lookup->route, &null_mx, "DNS: %s takes no mail (null MX)",
		                   lookup->domain);
		done(lookup);
		return;
	}
	ask_addresses(lookup);
}

/* ---- the beginning ----------------------------------------------------------------------- */
/* one_address - a host that needs no name server: is_literal is the recipient's wish. */
static void
one_address(struct resolve_lookup *lookup, const char *name, const union resolve_address *address)
{
	struct host *host;
	size_t family = address->sa.sa_family == AF_INET6 ? RESOLVE_AAAA : RESOLVE_A;

	make_room(lookup, 1);
	host = add_host(lookup, name, 0);
	host->slot[RESOLVE_A].status = host->slot[RESOLVE_AAAA].status = RESOLVE_NODATA;
	host->slot[family].status = RESOLVE_FOUND;
	host->slot[family].address[0] = *address;
	host->slot[family].count = 1;
	lookup->is_secure = false;
	finish_hosts(lookup);
}

static void
start_literal(struct resolve_lookup *lookup)
{
	struct span text = span_of(lookup->domain + 1);
	union resolve_address address;

	if (text.n && text.p[text.n - 1] == ']')
		text.n--;
	if (span_starts_nocase(text, "IPv6:"))
		text = (struct span){ text.p + 5, text.n - 5 };
	if (resolve_address_parse(text, lookup->port, &address)) {
		one_address(lookup, lookup->domain, &address);
		return;
	}
	resolve_build_fail(lookup->route, &bad_literal, "%s is no IP address", lookup->domain);
	done(lookup);
}

static void
start_configured(struct resolve_lookup *lookup)
{
	const struct config_route *configured = lookup->configured;
	struct resolve_route *route = lookup->route;
	union resolve_address address;
	char name[RESOLVE_NAME_SIZE];

	lookup->port = configured->port;
	route->is_configured = true;
	route->tls = configured->tls;
	route->user = arena_strdup(lookup->arena, configured->user);
	route->password = arena_strdup(lookup->arena,
	                               resolve_setup_password(lookup->setup, configured));
	if (resolve_address_parse(span_of(configured->host), configured->port, &address)) {
		one_address(lookup, configured->host, &address);
	} else if (resolve_name_clean(span_of(configured->host), name)) {
		make_room(lookup, 1);
		add_host(lookup, name, 0);
		ask_addresses(lookup);
	} else {
		resolve_build_fail(route, &smarthost_missing, "the route's host %s is no host name",
		                   configured->host);
		done(lookup);
	}
}

static void
start_smarthost(struct resolve_lookup *lookup, struct span name)
{
	lookup->configured = config_find_smarthost(lookup->setup->config, name);
	if (lookup->configured) {
		lookup->route->smarthost = arena_span(lookup->arena, name);
		start_configured(lookup);
		return;
	}
	resolve_build_fail(lookup->route, &smarthost_missing,
	                   "smarthost %.*s is not in relayd.conf: give it back, or move the "
	                   "credentials that use it (relaycli migrate status)",
	                   (int)name.n, name.p);
	done(lookup);
}

static void
start_mx(struct resolve_lookup *lookup)
{
	char name[RESOLVE_NAME_SIZE];

	if (!resolve_name_clean(span_of(lookup->domain), name)) {
		resolve_build_fail(lookup->route, &no_such_domain, "%s is no domain name",
		                   lookup->domain);
		done(lookup);
		return;
	}
	memcpy(lookup->domain, name, strlen(name) + 1);
	resolve_dns_ask(lookup->env->dns, lookup->domain, RESOLVE_MX, on_mx, lookup);
}

void
resolve_lookup_start(struct resolve_lookup_env *env, struct resolve_setup *setup,
                     const char *domain, resolve_lookup_fn fn, void *arg)
{
	struct resolve_lookup *lookup = mem_zero(1, sizeof *lookup);

	list_push_back(&env->lookups, &lookup->link);
	lookup->env = env;
	lookup->setup = resolve_setup_ref(setup);
	lookup->fn = fn;
	lookup->arg = arg;
	snprintf(lookup->domain, sizeof lookup->domain, "%s", domain);
	lookup->port = setup->config->delivery.port;
	lookup->is_secure = true;
	lookup->expires_mono_ms = lookup->absent_mono_ms = INT64_MAX;
	lookup->route = resolve_build_new(lookup->domain, &lookup->arena);
	lookup->route->tls = setup->config->delivery.tls;
	if (span_starts_nocase(span_of(lookup->domain), RESOLVE_SMARTHOST)) {
		start_smarthost(lookup, span_of(lookup->domain + strlen(RESOLVE_SMARTHOST)));
		return;
	}
	lookup->configured = config_find_route(setup->config, span_of(lookup->domain));
	if (lookup->configured)
		start_configured(lookup);
	else if (lookup->domain[0] == '[')
		start_literal(lookup);
	else
		start_mx(lookup);
}

void
resolve_lookup_cancel_all(struct resolve_lookup_env *env)
{
	while (!list_is_empty(&env->lookups))
		free_lookup(LIST_OWNER(env->lookups.next, struct resolve_lookup, link));
}
