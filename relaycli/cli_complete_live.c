/* cli_complete_live.c - see cli_complete_live.h. */
#include "cli_complete_live.h"

#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define LIVE_MAX 200
#define HINT_SIZE 160

/* ---- hints --------------------------------------------------------------- */

static void
hint_credential(const json_t *item, char hint[HINT_SIZE])
{
	const char *state = api_json_get_text(item, "state");
	char age[API_FORMAT_SIZE];

	if (!api_json_get_text(item, "last_used_at")) {
		snprintf(hint, HINT_SIZE, "%.40s, never used", state ? state : "");
		return;
	}
	api_format_age(api_json_get_time(item, "last_used_at"), clock_unix_ms(), age);
	snprintf(hint, HINT_SIZE, "%.40s, used %s ago", state ? state : "", age);
}

static void
hint_queue(const json_t *item, char hint[HINT_SIZE])
{
	int64_t waiting = api_json_get_int(item, "ready", 0) + api_json_get_int(item, "held", 0) +
		api_json_get_int(item, "deferred", 0) + api_json_get_int(item, "scheduled", 0);
	const char *state = api_json_get_text(item, "state");
	char many[UNITS_TEXT_SIZE], age[API_FORMAT_SIZE];

	units_format_count((uint64_t)(waiting > 0 ? waiting : 0), many);
	api_format_age(api_json_get_time(item, "oldest_at"), clock_unix_ms(), age);
	snprintf(hint, HINT_SIZE, "%s waiting, oldest %s, %.40s", many, age, state ? state : "");
}

static void
hint_state(const json_t *item, char hint[HINT_SIZE])
{
	const char *state = api_json_get_text(item, "state");

	snprintf(hint, HINT_SIZE, "%.60s", state ? state : "");
}

static void
hint_source(const json_t *item, char hint[HINT_SIZE])
{
	const char *pool = api_json_get_text(item, "pool"),
		   *state = api_json_get_text(item, "state");

	snprintf(hint, HINT_SIZE, "pool %.40s, %.40s", pool ? pool : "?", state ? state : "?");
}

static void
hint_group(const json_t *item, char hint[HINT_SIZE])
{
	const char *reply = api_json_get_text(item, "key");

	snprintf(hint, HINT_SIZE, "%lld times: %.60s",
		 (long long)api_json_get_int(item, "count", 0), reply ? reply : "");
}

static void
hint_method(const json_t *item, char hint[HINT_SIZE])
{
	const char *help = api_json_get_text(item, "help");

	snprintf(hint, HINT_SIZE, "%.90s", help ? help : "");
}

/* ---- where names come from -------------------------------------------------- */

static const struct source {
	enum command_kind kind;
	const char *method, *key;
	void (*hint)(const json_t *item, char hint[HINT_SIZE]);
	const char *match;   /* parameter that narrows to a beginning, or NULL */
} sources[] = {
	{ COMMAND_CREDENTIAL, "credential.list", "name", hint_credential, NULL },
	{ COMMAND_DOMAIN, "domain.list", "domain", hint_state, NULL },
	{ COMMAND_QUEUE, "queue.list", "key", hint_queue, "match" },
	{ COMMAND_POOL, "pool.list", "pool", NULL, NULL },
	{ COMMAND_SOURCE, "pool.list", "address", hint_source, NULL },
	{ COMMAND_SCOPE, "throttle.list", "scope", NULL, NULL },
	{ COMMAND_GROUP, "deferral.list", "group", hint_group, NULL },
	{ COMMAND_PROVIDER, "site.list", "name", hint_state, NULL },
	{ COMMAND_METHOD, "rpc.describe", "method", hint_method, NULL },
};

/* What came last for each method, for when the daemon does not answer in time. */
static struct {
	json_t *result;      /* a reference, or NULL */
	int64_t at_mono_ms;
} cache[COUNT_OF(sources)];

void
cli_complete_offer(const struct cli_completing *c, const char *word, const char *hint)
{
	size_t lead = strlen(c->lead), n = word ? strlen(word) : 0;
	char *whole, *marked;

	if (!word || strncmp(word, c->beginning, strlen(c->beginning)) != 0)
		return;
	whole = mem_alloc(lead + n + 1);
	memcpy(whole, c->lead, lead);
	memcpy(whole + lead, word, n + 1);
	if (c->known) {
		size_t size = (hint ? strlen(hint) : 0) + strlen(c->known) + 5;

		marked = mem_alloc(size);
		snprintf(marked, size, "%s%s(%s)", hint ? hint : "", hint ? "  " : "", c->known);
		c->fn(whole, marked, c->arg);
		mem_free(marked);
	} else {
		c->fn(whole, hint, c->arg);
	}
	mem_free(whole);
}

static json_t *
call(const struct cli_completing *c, const char *method, json_t *params)
{
	int64_t left = c->until_mono_ms - clock_mono_ms();
	struct api_error error;
	json_t *result;

	if (left <= 0) {
		json_decref(params);
		return NULL;
	}
	return cli_try(c->cli, method, params, (int)left, &result, &error) < 0 ? NULL : result;
}

/* ask - a fresh answer, or the one from before with *known_out saying how old. New reference. */
static json_t *
ask(const struct cli_completing *c, size_t i, char known_out[API_FORMAT_SIZE + 16])
{
	json_t *params = NULL, *result;
	char match[264], age[UNITS_TEXT_SIZE];

	known_out[0] = '\0';
	if (sources[i].match) {
		snprintf(match, sizeof match, "%.255s*", c->beginning);
		params = json_object();
		api_json_put_text(params, sources[i].match, match);
		api_json_put_int(params, "limit", LIVE_MAX);
	}
	result = call(c, sources[i].method, params);
	if (result) {
		json_decref(cache[i].result);
		cache[i].result = json_incref(result);
		cache[i].at_mono_ms = clock_mono_ms();
		return result;
	}
	if (!cache[i].result)
		return NULL;
	units_format_duration((clock_mono_ms() - cache[i].at_mono_ms) / 1000 * 1000, age);
	snprintf(known_out, API_FORMAT_SIZE + 16, "as of %s ago", age);
	return json_incref(cache[i].result);
}

static void
offer_source(const struct cli_completing *c, size_t i)
{
	char known[API_FORMAT_SIZE + 16], hint[HINT_SIZE];
	json_t *result = ask(c, i, known), *items, *item;
	struct cli_completing marked = *c;
	const char *before = "";
	size_t n;

	marked.known = known[0] ? known : NULL;
	items = json_object_get(result, "items");
	json_array_foreach(items, n, item) {
		const char *word = api_json_get_text(item, sources[i].key);

		if (n >= LIVE_MAX)
			break;
		if (!word || strcmp(word, before) == 0) /* a pool has several addresses */
			continue;
		before = word;
		if (sources[i].hint)
			sources[i].hint(item, hint);
		cli_complete_offer(&marked, word, sources[i].hint ? hint : NULL);
	}
	json_decref(result);
}

static void
offer_kind_of(const struct cli_completing *c, enum command_kind kind)
{
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i].kind == kind)
			offer_source(c, i);
}

/* offer_after - "cred:" and what may follow it; false: that is not what was typed. */
static bool
offer_after(const struct cli_completing *c, const char *stem, enum command_kind kind)
{
	struct cli_completing value = *c;
	size_t n = strlen(c->lead) + strlen(stem);
	char *lead;

	if (strncmp(c->beginning, stem, strlen(stem)) != 0)
		return false;
	lead = mem_alloc(n + 1);
	snprintf(lead, n + 1, "%s%s", c->lead, stem);
	value.lead = lead;
	value.beginning += strlen(stem);
	offer_kind_of(&value, kind);
	mem_free(lead);
	return true;
}

/* offer_keys - of one credential or domain. */
static void
offer_keys(const struct cli_completing *c, const char *method, const char *name,
           const char *object, const char *key)
{
	json_t *params = json_object(), *result, *keys, *one;
	size_t i;

	api_json_put_text(params, "name", name);
	result = call(c, method, params);
	keys = json_object_get(object ? json_object_get(result, object) : result, "keys");
	json_array_foreach(keys, i, one)
		cli_complete_offer(c, api_json_get_text(one, key), api_json_get_text(one, "state"));
	json_decref(result);
}

static void
offer_scopes(const struct cli_completing *c)
{
	if (offer_after(c, "provider:", COMMAND_PROVIDER) ||
	    offer_after(c, "cred:", COMMAND_CREDENTIAL) ||
	    offer_after(c, "domain:", COMMAND_QUEUE) || offer_after(c, "ip:", COMMAND_SOURCE))
		return;
	offer_kind_of(c, COMMAND_SCOPE);
	cli_complete_offer(c, "provider:", "a provider of relayd.conf");
	cli_complete_offer(c, "domain:", "one recipient domain");
	cli_complete_offer(c, "cred:", "one credential");
	cli_complete_offer(c, "ip:", "one address mail leaves by");
}

bool
cli_complete_live(const struct cli_completing *c, enum command_kind kind, const char *first)
{
	switch (kind) {
	case COMMAND_KEY:
		if (first)
			offer_keys(c, "credential.show", first, "credential", "id");
		return true;
	case COMMAND_SELECTOR:
		if (first)
			offer_keys(c, "domain.show", first, NULL, "selector");
		return true;
	case COMMAND_SCOPE:
		offer_scopes(c);
		return true;
	default:
		break;
	}
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i].kind == kind) {
			offer_source(c, i);
			return true;
		}
	return false;
}

bool
cli_complete_live_term(const struct cli_completing *c)
{
	return offer_after(c, "cred:", COMMAND_CREDENTIAL) ||
		offer_after(c, "domain:", COMMAND_QUEUE);
}
