/* schedule_site.c - sites and exchanges: where pacing happens.
 *
 * A site is the provider whose patterns match an MX host, else the set of MX
 * hosts itself; crossed with the source address. What a server says about us
 * (or by not answering) stops the site: nobody's attempts are used up, one
 * connection tries again when the back-off is over, and its success frees
 * everybody at once. Sites of providers stay, others go with their last
 * exchange. Thread: scheduler. */
#include "schedule/schedule_site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_wait.h"

#define PROBE_BOUND_MS 90000       /* a site in trouble is asked by one message that often */
#define SITE_NAME_SIZE 320
#define KEY_MAX_BYTES 16384        /* RESOLVE_HOSTS_MAX names of 255 and what is between */

/* ---- which one ----------------------------------------------------------------------- */

static int
by_preference(const void *a, const void *b)
{
	const struct resolve_host *const *x = a, *const *y = b;

	if ((*x)->preference != (*y)->preference)
		return (*x)->preference < (*y)->preference ? -1 : 1;
	return strcmp((*x)->name, (*y)->name);
}

/* struct hosts - a route's, best first, equal ones by name: the same for all
 * domains that share them, whatever order this answer had. */
struct hosts {
	const struct resolve_host *host[RESOLVE_HOSTS_MAX];
	size_t count;
};

static void
sort_hosts(const struct resolve_route *route, struct hosts *hosts_out)
{
	hosts_out->count = 0;
	for (size_t i = 0; i < route->hosts && i < RESOLVE_HOSTS_MAX; i++)
		hosts_out->host[hosts_out->count++] = &route->host[i];
	qsort(hosts_out->host, hosts_out->count, sizeof hosts_out->host[0], by_preference);
}

static const struct config_provider *
find_provider(const struct config *config, const struct hosts *hosts, const char **host_out)
{
	const struct config_provider *provider = NULL;

	for (size_t i = 0; i < hosts->count && provider == NULL; i++) {
		*host_out = hosts->host[i]->name;
		provider = config_find_provider(config, span_of(*host_out));
	}
	return provider;
}

const struct config_provider *
schedule_choose_provider(const struct config *config, const struct resolve_route *route,
                         const char **host_out)
{
	struct hosts hosts;

	sort_hosts(route, &hosts);
	return find_provider(config, &hosts, host_out);
}

static unsigned
port_of(const struct resolve_host *host)
{
	if (host->addresses == 0)
		return 0;
	return ntohs(host->address[0].sa.sa_family == AF_INET6 ? host->address[0].in6.sin6_port
	                                                       : host->address[0].in.sin_port);
}

/* ---- its last changes ---------------------------------------------------------------- */

#define HISTORY_MAX 20
#define RATE_READ_MAX 1e9

static void
drop_oldest_note(struct schedule_site *site)
{
	struct schedule_note *note = LIST_OWNER(site->history.next, struct schedule_note, link);

	list_remove(&note->link);
	mem_free(note);
	site->histories--;
}

static void
add_note(struct schedule_site *site, const struct schedule_note *like, struct span text)
{
	struct schedule_note *note = mem_alloc(sizeof *note + text.n + 1);

	note->at_unix_ms = like->at_unix_ms;
	note->rate = like->rate;
	note->before = like->before;
	memcpy(note->text, text.p, text.n);
	note->text[text.n] = '\0';
	list_push_back(&site->history, &note->link);
	if (++site->histories > HISTORY_MAX)
		drop_oldest_note(site);
}

void
schedule_site_note(struct schedule *s, struct schedule_site *site, const char *text)
{
	double rate = pace_control_rate(&site->gate.control);

	add_note(site, &(struct schedule_note){ .at_unix_ms = s->now_unix_ms, .rate = rate,
	                                        .before = rate }, span_of(text));
	schedule_saved_mark(s, site);
}

const char *
schedule_site_save_history(const struct schedule_site *site, struct arena *arena)
{
	const char *text = "";

	for (struct list *l = site->history.next; l != &site->history; l = l->next) {
		const struct schedule_note *note = LIST_OWNER(l, struct schedule_note, link);

		text = arena_printf(arena, "%s%" PRId64 "=%.6f,%.6f %s\n", text,
		                    note->at_unix_ms, note->rate, note->before, note->text);
	}
	return text;
}

/* read_rates - "18.000000,36.000000" */
static void
read_rates(struct span text, struct schedule_note *note)
{
	char copy[64];
	double rate, before;

	if (text.n == 0 || text.n >= sizeof copy)
		return;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (sscanf(copy, "%lf,%lf", &rate, &before) == 2 && rate >= 0 && rate < RATE_READ_MAX
	    && before >= 0 && before < RATE_READ_MAX) {
		note->rate = rate;
		note->before = before;
	}
}

void
schedule_site_restore_history(struct schedule_site *site, const char *text)
{
	struct span rest = span_of(text);

	while (rest.n > 0) {
		struct span words, at = span_cut(span_cut(rest, '\n', &rest), ' ', &words), rates;
		struct schedule_note like = { .rate = 0 };
		unsigned long long unix_ms;

		at = span_cut(at, '=', &rates); /* there are none in what older versions wrote */
		read_rates(rates, &like);
		if (!span_to_u64(at, &unix_ms) || unix_ms >= INT64_MAX || words.n == 0)
			continue;
		like.at_unix_ms = (int64_t)unix_ms;
		add_note(site, &like, words);
	}
}

static void
note_with_reply(struct schedule *s, struct schedule_site *site, const char *words)
{
	struct arena *arena = arena_new(0);

	schedule_site_note(s, site, site->reply ? arena_printf(arena, "%s; it said: %s", words,
	                                                       schedule_why_reply(site->reply,
	                                                                          arena))
	                                        : words);
	arena_free(&arena);
}

/* ---- making -------------------------------------------------------------------------- */

static const struct config_provider *
provider_by_name(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->providers; i++)
		if (strcmp(config->provider[i].name, name) == 0)
			return &config->provider[i];
	return NULL;
}

void
schedule_site_configure(struct schedule *s, struct schedule_site *site)
{
	const struct config_provider *provider =
		site->is_provider ? provider_by_name(s->config, site->name) : NULL;

	struct pace_limits limits = {
		.rate_min = PACE_RATE_MIN,
		.connections_max = s->config->delivery.max_connections,
		.session_max = s->config->delivery.messages_per_connection };

	if (provider) {
		limits.connections_max = provider->max_connections;
		limits.session_max = provider->messages_per_connection;
		if (provider->min_rate.period_ms)
			limits.rate_min = provider->min_rate.count * 1000.0
					  / provider->min_rate.period_ms;
		if (provider->rate.period_ms)
			limits.rate_max = provider->rate.count * 1000.0 / provider->rate.period_ms;
	}
	site->by_rule = limits;
	schedule_throttle_apply(s, site, &limits);
	pace_gate_set_limits(&site->gate, &limits);
	schedule_rule_forget(site);
	schedule_site_refresh(s, site);
	schedule_site_dirty(s, site);
}

static struct schedule_site *
site_get(struct schedule *s, struct span key, const char *name, bool is_provider,
         const char *source)
{
	struct schedule_site *site = map_get(s->sites, key);

	if (site)
		return site;
	site = mem_zero(1, sizeof *site + key.n + 1);
	memcpy(site->key, key.p, key.n);
	site->name = mem_strdup(name);
	site->is_provider = is_provider;
	site->source = source;
	if (source)
		site->warmup = schedule_warmup_get(s, source, is_provider ? name
		                                                          : CONFIG_PROVIDER_OTHERS);
	list_init(&site->in_dirty);
	list_init(&site->in_starved);
	list_init(&site->exchanges);
	list_init(&site->idle);
	list_init(&site->stops);
	list_init(&site->history);
	list_init(&site->in_unsaved);
	list_init(&site->in_warmup);
	heap_node_init(&site->due);
	for (int i = 0; i < SCHEDULE_CLASS_COUNT; i++)
		heap_init(&site->flows[i]);
	list_push_back(&s->all_sites, &site->in_all);
	map_put(s->sites, key, site);
	schedule_site_configure(s, site);
	schedule_saved_apply(s, site);
	if (is_provider)
		schedule_rule_inherit(s, site);
	schedule_site_refresh(s, site);
	return site;
}

/* key_of - "PROVIDER from=ADDRESS " is a provider's; others have hosts behind it. */
static const struct config_provider *
key_of(const struct schedule *s, const char *key, const char **source_out)
{
	const char *from = strstr(key, " from=");
	const struct schedule_source *source;
	struct span address, rest;

	if (from == NULL)
		return NULL;
	address = span_cut(span_of(from + sizeof " from=" - 1), ' ', &rest);
	source = map_get(s->sources, address);
	*source_out = source ? source->address : NULL;
	if (rest.n > 0 || (source == NULL && address.n > 0))
		return NULL;
	for (size_t i = 0; i < s->config->providers; i++)
		if (span_is((struct span){ key, (size_t)(from - key) },
		            s->config->provider[i].name))
			return &s->config->provider[i];
	return NULL;
}

/* A site made takes what was saved of it from the map, so the map is walked before. */
void
schedule_site_revive(struct schedule *s)
{
	struct arena *arena = arena_new(0);
	const char **key = arena_zero(arena, (map_count(s->saved) + 1) * sizeof *key);
	const struct config_provider *provider;
	const struct store_pace *row;
	const char *source;
	size_t keys = 0, cursor = 0;

	while ((row = schedule_saved_next(s, &cursor)) != NULL)
		if (key_of(s, row->site, &source))
			key[keys++] = arena_strdup(arena, row->site);
	for (size_t i = 0; i < keys; i++) {
		provider = key_of(s, key[i], &source);
		site_get(s, span_of(key[i]), provider->name, true, source);
	}
	arena_free(&arena);
}

static void
site_free(struct schedule *s, struct schedule_site *site)
{
	must(list_is_empty(&site->exchanges) && site->slots == 0);
	list_remove(&site->in_all);
	list_remove(&site->in_dirty);
	list_remove(&site->in_starved);
	list_remove(&site->in_unsaved);
	list_remove(&site->in_warmup);
	schedule_saved_keep(s, site);
	heap_remove(&s->due[SCHEDULE_DUE_SITE], &site->due);
	map_remove(s->sites, span_of(site->key));
	for (int i = 0; i < SCHEDULE_CLASS_COUNT; i++)
		heap_deinit(&site->flows[i]);
	schedule_reply_unref(&site->reply);
	schedule_rule_deinit(site);
	while (!list_is_empty(&site->history))
		drop_oldest_note(site);
	mem_free(site->name);
	mem_free(site);
}

static struct schedule_exchange *
exchange_get(struct schedule *s, struct span key, struct schedule_site *site)
{
	struct schedule_exchange *exchange = map_get(s->exchanges, key);

	if (exchange)
		return exchange;
	exchange = mem_zero(1, sizeof *exchange + key.n + 1);
	memcpy(exchange->key, key.p, key.n);
	exchange->site = site;
	list_init(&exchange->paths);
	list_init(&exchange->idle);
	for (int i = 0; i < SCHEDULE_CLASS_COUNT; i++)
		heap_init(&exchange->streams[i]);
	list_push_back(&site->exchanges, &exchange->in_site);
	map_put(s->exchanges, key, exchange);
	return exchange;
}

static void
put_hosts(struct buf *key, const struct resolve_route *route, const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		buf_printf(key, "%s:%u ", hosts->host[i]->name, port_of(hosts->host[i]));
	/* connections of another kind of TLS or log-in are no good for it */
	buf_printf(key, "tls=%d user=%s", (int)route->tls, route->user ? route->user : "");
}

/* A smarthost is a site of its own, whatever provider runs it: what one says to the mail
 * that goes through it is not what it says to ours. */
static void
name_site(const struct resolve_route *route, const struct config_provider *provider,
          const struct hosts *hosts, char name_out[SITE_NAME_SIZE])
{
	if (route->smarthost)
		snprintf(name_out, SITE_NAME_SIZE, RESOLVE_SMARTHOST "%s", route->smarthost);
	else
		snprintf(name_out, SITE_NAME_SIZE, "%s",
		         provider ? provider->name : hosts->host[0]->name);
}

struct schedule_exchange *
schedule_exchange_get(struct schedule *s, const struct resolve_route *route, const char *source)
{
	const struct config_provider *provider;
	struct schedule_exchange *exchange;
	struct schedule_site *site;
	char name[SITE_NAME_SIZE];
	struct hosts hosts;
	const char *matched;
	struct buf key;

	must(route->hosts > 0);
	sort_hosts(route, &hosts);
	provider = route->smarthost ? NULL : find_provider(s->config, &hosts, &matched);
	buf_init(&key, KEY_MAX_BYTES);
	name_site(route, provider, &hosts, name);
	buf_printf(&key, "%s from=%s ", provider || route->smarthost ? name : "-",
	           source ? source : "");
	if (provider == NULL)
		put_hosts(&key, route, &hosts);
	site = site_get(s, buf_span(&key), name, provider != NULL, source);
	if (provider)
		put_hosts(&key, route, &hosts);
	exchange = exchange_get(s, buf_span(&key), site);
	buf_deinit(&key);
	return exchange;
}

void
schedule_exchange_release(struct schedule *s, struct schedule_exchange *exchange)
{
	struct schedule_site *site = exchange->site;

	if (!list_is_empty(&exchange->paths) || exchange->slots > 0)
		return;
	for (int i = 0; i < SCHEDULE_CLASS_COUNT; i++) {
		must(heap_first(&exchange->streams[i]) == NULL);
		heap_deinit(&exchange->streams[i]);
	}
	list_remove(&exchange->in_site);
	map_remove(s->exchanges, span_of(exchange->key));
	mem_free(exchange);
	if (!site->is_provider && list_is_empty(&site->exchanges))
		site_free(s, site);
}

void
schedule_site_free_all(struct schedule *s)
{
	while (!list_is_empty(&s->all_sites))
		site_free(s, LIST_OWNER(s->all_sites.next, struct schedule_site, in_all));
}

/* ---- back-off ------------------------------------------------------------------------ */

bool
schedule_site_is_waiting(const struct schedule *s, const struct schedule_site *site)
{
	return pace_gate_is_waiting(&site->gate, s->now_mono_ms);
}

void
schedule_site_dirty(struct schedule *s, struct schedule_site *site)
{
	if (list_is_empty(&site->in_dirty))
		list_push_back(&s->dirty, &site->in_dirty);
}

void
schedule_site_wait_until(struct schedule *s, struct schedule_site *site, int64_t mono_ms)
{
	if (!heap_has(&site->due) || site->due.key != mono_ms)
		heap_move(&s->due[SCHEDULE_DUE_SITE], &site->due, mono_ms);
}

void
schedule_site_due(struct schedule *s, struct schedule_site *site)
{
	heap_remove(&s->due[SCHEDULE_DUE_SITE], &site->due);
	if (!list_is_empty(&site->stops))
		schedule_rule_due(s, site);
	if (site->is_avoided)
		schedule_source_rejoin(s, site);
	schedule_site_dirty(s, site);
}

struct pace_backoff_plan
schedule_site_plan(const struct schedule *s, int64_t bound_ms)
{
	int64_t first_ms = s->config->delivery.retry_ms[0];
	int64_t last_ms = s->config->delivery.retry_ms[s->config->delivery.retries - 1];

	if (bound_ms > last_ms)
		bound_ms = last_ms;
	return (struct pace_backoff_plan){ first_ms, bound_ms > first_ms ? bound_ms : first_ms };
}

void
schedule_site_refresh(struct schedule *s, struct schedule_site *site)
{
	site->max_connections = pace_gate_connections(&site->gate, s->now_mono_ms);
}

/* ---- what it says -------------------------------------------------------------------- */

/* changed - in words, with the reply that was the reason: an event, and the log. */
static void
changed(struct schedule *s, struct schedule_site *site, enum pace_change change)
{
	struct mail_event event = { .kind = MAIL_EVENT_THROTTLE_CHANGED, .site = site->name,
		                    .source_address = site->source };
	char words[160], wait[UNITS_TEXT_SIZE];
	char rate[PACE_RATE_TEXT_SIZE], later[PACE_RATE_TEXT_SIZE];

	if (site->reply) {
		event.code = site->reply->code;
		event.enhanced = site->reply->enhanced;
		event.category = site->reply->category;
		event.reply = (struct span){ site->reply->text, site->reply->n };
	}
	units_format_duration(pace_gate_until(&site->gate) - s->now_mono_ms, wait);
	pace_control_say_rate(pace_control_rate(&site->gate.control), rate);
	pace_control_say_rate(site->gate.control.target, later);
	if (change == PACE_SLOWER)
		snprintf(words, sizeof words, "slower: %s, then up to %s", rate, later);
	else if (change == PACE_FEWER_CONNECTIONS)
		snprintf(words, sizeof words, "fewer connections: %u", site->max_connections);
	else if (change == PACE_SHORTER_SESSIONS)
		snprintf(words, sizeof words, "at most %u messages over one connection",
		         site->gate.control.session);
	else if (change == PACE_PAUSED)
		snprintf(words, sizeof words, "paused for %s, then one message asks", wait);
	else
		snprintf(words, sizeof words, "takes mail again");
	event.detail = words;
	schedule_record_act(s, &event);
	note_with_reply(s, site, words);
	if (change == PACE_SLOWER) /* how fast it was when it was too fast */
		LIST_OWNER(site->history.prev, struct schedule_note, link)->before =
			site->gate.control.target;
}

static void
set_reply(struct schedule_site *site, struct schedule_reply *reply)
{
	struct schedule_reply *old = site->reply;

	site->reply = schedule_reply_ref(reply);
	schedule_reply_unref(&old);
}

void
schedule_site_hear(struct schedule *s, struct schedule_site *site, struct schedule_reply *reply,
                   const struct pace_report *report)
{
	const struct pace_backoff_plan plan = schedule_site_plan(s, PROBE_BOUND_MS);
	enum pace_change change =
		pace_gate_hear(&site->gate, &plan, report, s->now_mono_ms, &s->rand);

	if (reply)
		set_reply(site, reply);
	schedule_site_refresh(s, site);
	if (change == PACE_SAME)
		return;
	changed(s, site, change);
	schedule_saved_mark(s, site);
	if (change == PACE_PAUSED) {
		schedule_site_wait_until(s, site, pace_gate_until(&site->gate));
		schedule_sweep_site(s, site);
	} else if (change == PACE_RESUMED) {
		set_reply(site, NULL);
		schedule_site_dirty(s, site);
	}
}

void
schedule_site_pause(struct schedule *s, struct schedule_site *site, struct schedule_reply *reply,
                    int64_t for_ms)
{
	pace_gate_pause(&site->gate, for_ms, s->now_mono_ms);
	set_reply(site, reply);
	schedule_saved_mark(s, site);
	schedule_site_wait_until(s, site, pace_gate_until(&site->gate));
	schedule_sweep_site(s, site);
}

static void
rejoin(struct schedule *s, struct schedule_site *site)
{
	if (site->is_avoided)
		schedule_source_rejoin(s, site);
	schedule_saved_mark(s, site);
	schedule_site_refresh(s, site);
	schedule_site_dirty(s, site);
}

void
schedule_site_resume(struct schedule *s, struct schedule_site *site)
{
	site->gate.pause_until_mono_ms = 0;
	rejoin(s, site);
}

void
schedule_site_widen(struct schedule *s, struct schedule_site *site)
{
	site->gate.single_until_mono_ms = 0;
	rejoin(s, site);
}

/* note_flush - a rule's pause ends by it: that is a change of the site's. */
static void
note_flush(struct schedule *s, struct schedule_site *site)
{
	struct arena *arena;

	if (site->cause == NULL || s->now_mono_ms >= site->gate.pause_until_mono_ms)
		return;
	arena = arena_new(0);
	schedule_site_note(s, site, arena_printf(arena, "rule %s: lifted by a flush", site->cause));
	arena_free(&arena);
}

void
schedule_site_flush(struct schedule *s, struct schedule_site *site)
{
	note_flush(s, site);
	pace_gate_open(&site->gate, s->now_mono_ms); /* one connection tries now */
	rejoin(s, site);
}
