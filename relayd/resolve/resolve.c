/* resolve.c - stage 6 of a message's path: the resolver's thread.
 *
 * Requests arrive in its mailbox; those for a domain that is being looked up
 * already join it. Everything below (resolve_lookup, resolve_dns,
 * resolve_server) runs on this thread, in its loop. Invariant: a pending domain is
 * in `pending` from its first request until its lookup calls back, which answers
 * all of them with the same route. */
#include "resolve/resolve.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "resolve/resolve_dns.h"
#include "resolve/resolve_lookup.h"
#include "resolve/resolve_setup.h"

#define MAILBOX_CAP 4096

struct resolve {
	struct loop *loop;
	struct mailbox *mailbox;
	pthread_t thread;
	struct rand rand;
	struct resolve_dns_counts counts;
	struct resolve_setup *setup;
	struct resolve_lookup_env env;
	struct map *pending;           /* domain -> struct pending */
	struct list asked;             /* struct resolve_records.link */
};

struct pending {
	struct resolve *resolve;
	struct resolve_request *first; /* chained by item.next */
	size_t domain_n;
	char domain[256];
};

struct reconfigure {
	struct mailbox_item item;
	struct config *config;
};

static void
free_request(struct resolve_request *request)
{
	resolve_route_unref(&request->route);
	mem_free(request);
}

static void
free_chain(struct resolve_request *request)
{
	while (request) {
		struct resolve_request *next = (struct resolve_request *)(void *)request->item.next;

		free_request(request);
		request = next;
	}
}

/* ---- requests ------------------------------------------------------------------------ */
static void
on_route(void *arg, struct resolve_route *route)
{
	struct pending *pending = arg;
	struct resolve_request *request = pending->first;

	map_remove(pending->resolve->pending, (struct span){ pending->domain, pending->domain_n });
	mem_free(pending);
	while (request) {
		struct resolve_request *next = (struct resolve_request *)(void *)request->item.next;

		request->route = resolve_route_ref(route);
		mailbox_answer(&request->back, &request->item);
		request = next;
	}
	resolve_route_unref(&route);
}

static void
on_request(struct mailbox_item *item, void *owner)
{
	struct resolve *resolve = owner;
	struct resolve_request *request = (struct resolve_request *)(void *)item;
	struct span domain = span_of(request->domain);
	struct pending *pending;

	item->next = NULL;
	if (!resolve) { /* stopped before it was read */
		free_request(request);
		return;
	}
	pending = map_get(resolve->pending, domain);
	if (pending) {
		item->next = &pending->first->item;
		pending->first = request;
		return;
	}
	pending = mem_zero(1, sizeof *pending);
	pending->resolve = resolve;
	pending->first = request;
	memcpy(pending->domain, domain.p, domain.n);
	pending->domain_n = domain.n;
	map_put(resolve->pending, domain, pending);
	resolve_lookup_start(&resolve->env, resolve->setup, pending->domain, on_route, pending);
}

void
resolve_send(struct resolve *resolve, struct resolve_request **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_request;
	*request = NULL;
	mailbox_send(resolve->mailbox, &item);
}

/* ---- records --------------------------------------------------------------------------- */
static void
take_record(struct resolve_records *records, const union resolve_record *record)
{
	char *out = records->record[records->count++];

	if (records->type == RESOLVE_RECORDS_PTR)
		snprintf(out, sizeof records->record[0], "%s", record->mx.name);
	else
		must(inet_ntop(records->type == RESOLVE_RECORDS_A ? AF_INET : AF_INET6,
		               record->address, out, sizeof records->record[0]) != NULL);
}

static void
on_records(void *arg, const struct resolve_result *result)
{
	struct resolve_records *records = arg;
	const struct resolve_answer *answer = result->answer;

	list_remove(&records->link);
	records->why = answer->status == RESOLVE_FAILED ? answer->why : NULL;
	records->count = 0;
	for (size_t i = 0; answer->status == RESOLVE_FOUND && i < answer->count
	                   && i < RESOLVE_RECORDS; i++)
		take_record(records, &answer->record[i]);
	mailbox_answer(&records->back, &records->item);
}

static void
on_ask_records(struct mailbox_item *item, void *owner)
{
	static const enum resolve_type types[RESOLVE_RECORDS_TYPE_COUNT] = {
		[RESOLVE_RECORDS_A] = RESOLVE_A,
		[RESOLVE_RECORDS_AAAA] = RESOLVE_AAAA,
		[RESOLVE_RECORDS_PTR] = RESOLVE_PTR,
	};
	struct resolve *resolve = owner;
	struct resolve_records *records = (struct resolve_records *)(void *)item;

	item->next = NULL;
	if (!resolve) { /* stopped before it was read */
		mem_free(records);
		return;
	}
	list_push_back(&resolve->asked, &records->link);
	resolve_dns_ask(resolve->env.dns, records->name, types[records->type], on_records, records);
}

void
resolve_records_send(struct resolve *resolve, struct resolve_records **records)
{
	struct mailbox_item *item = &(*records)->item;

	item->fn = on_ask_records;
	*records = NULL;
	mailbox_send(resolve->mailbox, &item);
}

/* ---- configuration --------------------------------------------------------------------- */
static void
on_reconfigure(struct mailbox_item *item, void *owner)
{
	struct resolve *resolve = owner;
	struct reconfigure *message = (struct reconfigure *)(void *)item;
	struct err err;

	if (resolve) {
		if (resolve_dns_configure(resolve->env.dns, message->config, &err))
			LOG(LOG_ERROR, "resolve.config", LOG_TEXT("error", err.text));
		resolve_setup_unref(&resolve->setup);
		resolve->setup = resolve_setup_new(message->config);
	}
	config_unref(&message->config);
	mem_free(message);
}

void
resolve_reconfigure(struct resolve *resolve, const struct config *config)
{
	struct reconfigure *message = mem_zero(1, sizeof *message);
	struct mailbox_item *item = &message->item;

	message->config = config_ref(config);
	item->fn = on_reconfigure;
	mailbox_send(resolve->mailbox, &item);
}

/* ---- life ------------------------------------------------------------------------------- */
static void *
run(void *arg)
{
	struct resolve *resolve = arg;

	loop_run(resolve->loop);
	return NULL;
}

static void
free_all(struct resolve **resolve)
{
	struct resolve *r = *resolve;
	size_t cursor = 0;
	struct span key;
	void *value;

	resolve_dns_free(&r->env.dns);
	resolve_lookup_cancel_all(&r->env);
	while (map_next(r->pending, &cursor, &key, &value)) {
		free_chain(((struct pending *)value)->first);
		mem_free(value);
	}
	map_free(&r->pending);
	while (!list_is_empty(&r->asked)) {
		struct resolve_records *records =
			LIST_OWNER(r->asked.next, struct resolve_records, link);

		list_remove(&records->link);
		mem_free(records);
	}
	resolve_setup_unref(&r->setup);
	mailbox_free(&r->mailbox);
	loop_free(&r->loop);
	mem_free(r);
	*resolve = NULL;
}

static int
set_up(struct resolve *resolve, const struct config *config, struct err *err)
{
	resolve->loop = loop_new("resolve", err);
	if (!resolve->loop)
		return -1;
	resolve->mailbox = mailbox_new("resolve", MAILBOX_CAP, resolve, err);
	if (!resolve->mailbox)
		return -1;
	mailbox_attach(resolve->mailbox, resolve->loop);
	resolve->setup = resolve_setup_new(config);
	resolve->env.loop = resolve->loop;
	resolve->env.rand = &resolve->rand;
	resolve->env.dns = resolve_dns_new(resolve->loop, &resolve->rand, &resolve->counts, config,
	                                   err);
	return resolve->env.dns ? 0 : -1;
}

struct resolve *
resolve_start(const struct config *config, struct err *err)
{
	struct resolve *resolve = mem_zero(1, sizeof *resolve);
	int rc;

	resolve->pending = map_new();
	list_init(&resolve->env.lookups);
	list_init(&resolve->asked);
	rand_init_secret(&resolve->rand);
	if (set_up(resolve, config, err)) {
		free_all(&resolve);
		return NULL;
	}
	rc = pthread_create(&resolve->thread, NULL, run, resolve);
	if (rc) {
		err_errno(err, rc, "resolver: cannot start its thread");
		free_all(&resolve);
		return NULL;
	}
	pthread_setname_np(resolve->thread, "resolve");
	return resolve;
}

static void
on_stop(struct mailbox_item *item, void *owner)
{
	struct resolve *resolve = owner;

	if (resolve)
		loop_stop(resolve->loop);
	mem_free(item);
}

void
resolve_stop(struct resolve **resolve)
{
	struct mailbox_item *item;

	if (!*resolve)
		return;
	item = mem_zero(1, sizeof *item);
	item->fn = on_stop;
	mailbox_send((*resolve)->mailbox, &item);
	pthread_join((*resolve)->thread, NULL);
	free_all(resolve);
}

void
resolve_stats_read(struct resolve *resolve, struct resolve_stats *stats_out)
{
	const struct resolve_dns_counts *counts = &resolve->counts;

	*stats_out = (struct resolve_stats){
		.questions = atomic_load(&counts->questions),
		.answers = atomic_load(&counts->answers),
		.timeouts = atomic_load(&counts->timeouts),
		.servfails = atomic_load(&counts->servfails),
		.cache_hits = atomic_load(&counts->cache_hits),
		.cached = atomic_load(&counts->cached),
	};
}
