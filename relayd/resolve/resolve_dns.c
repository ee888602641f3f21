/* resolve_dns.c - what is known about a name, asked for if need be (stage 6). Resolver thread.
 *
 *   ask -> cache? -> join a question, or make one -> resolve_zone -> resolve_question
 *            ^                                                              |
 *            +------------------- finish: answers go through the cache ----+
 *
 * Aliases are followed from the cache to the cache, whether one server sent the whole
 * chain or each link comes from elsewhere. Invariant: a question is in by_name from its
 * making to its end. */
#include "resolve/resolve_dns_private.h"

#include "base/mem.h"

#define CACHE_CAP 100000
#define FAILED_MS (15 * 1000)      /* SERVFAIL and silence are asked again soon */
#define NEGATIVE_MS (60 * 1000)    /* "no" without SOA */
#define FLOOR_MS 1000              /* whatever the configuration says */

static void proceed(struct resolve_dns *dns, struct resolve_asker *asker, const char *name);

/* ---- answers --------------------------------------------------------------------- */
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
free_later(void *p)
{
	resolve_question_free(p);
}

void
resolve_dns_finish(struct resolve_question *question, struct resolve_answer *answer)
{
	struct resolve_dns *dns = question->dns;
	struct resolve_key key = resolve_key_of_name(question->name, question->text.type);
	struct list askers = question->askers;

	must(!list_is_empty(&question->askers));
	resolve_question_stop(question, true);
	resolve_cache_put(dns->cache, question->name, question->text.type, answer,
	                  loop_now_mono_ms(dns->loop) + keep_ms(dns, answer));
	atomic_store(&dns->counts->cached, resolve_cache_count(dns->cache));
	map_remove(dns->by_name, resolve_key_span(&key));
	resolve_zone_leave(dns, question->zone);
	askers.next->prev = askers.prev->next = &askers; /* moved with its head */
	while (!list_is_empty(&askers)) {
		struct resolve_asker *asker = LIST_OWNER(askers.next, struct resolve_asker, link);

		list_remove(&asker->link);
		proceed(dns, asker, question->name);
	}
	/* its timer or its TCP connection may be what called us */
	loop_defer_free(dns->loop, question, free_later);
}

/* ---- asking ---------------------------------------------------------------------- */
static void
join(struct resolve_dns *dns, struct resolve_asker *asker, const char *name)
{
	struct resolve_key key = resolve_key_of_name(name, asker->type);
	struct resolve_question *question = map_get(dns->by_name, resolve_key_span(&key));
	bool is_new = !question;

	if (is_new)
		question = resolve_question_new(dns, name, asker->type);
	list_push_back(&question->askers, &asker->link);
	if (is_new)
		resolve_zone_enter(question);
}

static void
tell(struct resolve_asker *asker, const struct resolve_answer *answer)
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
proceed(struct resolve_dns *dns, struct resolve_asker *asker, const char *name)
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
	struct resolve_asker *asker = mem_zero(1, sizeof *asker);
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

/* ---- life ------------------------------------------------------------------------ */
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
	dns->servers = resolve_servers_new(loop, rand, resolve_question_on_packet,
	                                   resolve_question_on_refused, dns);
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
		struct resolve_question *question = value;

		resolve_question_stop(question, true);
		while (!list_is_empty(&question->askers)) {
			struct resolve_asker *asker =
				LIST_OWNER(question->askers.next, struct resolve_asker, link);

			list_remove(&asker->link);
			mem_free(asker);
		}
		resolve_question_free(question);
	}
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
	map_free_all(&d->zones);
	mem_free(d);
	*dns = NULL;
}
