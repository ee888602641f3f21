/* winner.c - see winner.h. The choice is the scheduler's own (schedule_choose_provider);
 * only the words are made here. */
#include "winner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/units.h"
#include "resolve/resolve.h"
#include "schedule/schedule.h"
#include "smtp/smtp_address.h"

#define ANSWER_WAIT_MS 30000

/* ---- where does its mail go? --------------------------------------------------------- */

/* Also what a mailbox that is freed calls: owner NULL. */
static void
drop(struct mailbox_item *item, void *owner)
{
	struct resolve_request *request = (struct resolve_request *)(void *)item;

	(void)owner;
	resolve_route_unref(&request->route);
	mem_free(request);
}

static struct resolve_route *
wait_for_route(struct mailbox *box, struct resolve *resolve, const char *domain, struct err *err)
{
	struct resolve_request *request = mem_zero(1, sizeof *request);
	struct mailbox_item *item;
	struct resolve_route *route;

	request->back = (struct mailbox_return){ box, drop };
	snprintf(request->domain, sizeof request->domain, "%s", domain);
	resolve_send(resolve, &request);
	item = mailbox_wait(box, ANSWER_WAIT_MS);
	if (item == NULL) {
		err_set(err, ERR_TEMP, ETIMEDOUT, "no name server answers for %s", domain);
		return NULL;
	}
	request = (struct resolve_request *)(void *)item;
	route = resolve_route_ref(request->route);
	drop(item, NULL);
	return route;
}

static struct resolve_route *
look_up(const struct config *config, const char *domain, struct err *err)
{
	struct mailbox *box = mailbox_new("check", 1, NULL, err);
	struct resolve *resolve = box ? resolve_start(config, err) : NULL;
	struct resolve_route *route = NULL;

	if (resolve)
		route = wait_for_route(box, resolve, domain, err);
	resolve_stop(&resolve);
	mailbox_free(&box);
	if (route && route->failed) {
		err_set(err, route->permanent ? ERR_INPUT : ERR_TEMP, 0, "%s", route->err.text);
		resolve_route_unref(&route);
	}
	return route;
}

/* ---- in words ------------------------------------------------------------------------ */

static const char *
place(const struct config *config, uint32_t line, struct arena *arena)
{
	return line ? arena_printf(arena, "%s:%u", config->file, line) : "shipped";
}

static const char *
rate_text(const struct units_rate *rate, struct arena *arena)
{
	char period[UNITS_TEXT_SIZE];

	if (rate->period_ms == 0)
		return NULL;
	if (rate->period_ms == 1000)
		return arena_printf(arena, "%u/s", rate->count);
	units_format_duration(rate->period_ms, period);
	return arena_printf(arena, "%u/%s", rate->count, period);
}

static void
put_hosts(json_t *result, const struct resolve_route *route)
{
	json_t *hosts = json_array();

	for (size_t i = 0; i < route->hosts; i++)
		json_array_append_new(hosts, api_json_string(span_of(route->host[i].name)));
	api_json_put(result, "hosts", hosts);
}

/* the provider, or without one what delivery{} says for everybody else */
static void
put_limits(json_t *result, const struct config *config, const struct config_provider *provider,
           struct arena *arena)
{
	json_t *limits = json_object();

	api_json_put_int(limits, "max_connections",
	                 provider ? provider->max_connections : config->delivery.max_connections);
	api_json_put_int(limits, "messages_per_connection",
	                 provider ? provider->messages_per_connection
	                          : config->delivery.messages_per_connection);
	api_json_put_text(limits, "rate", provider ? rate_text(&provider->rate, arena) : NULL);
	api_json_put_text(limits, "min_rate",
	                  provider ? rate_text(&provider->min_rate, arena) : NULL);
	api_json_put(result, "limits", limits);
}

static void
put_rules(json_t *result, const struct config *config, const struct config_provider *provider,
          struct arena *arena)
{
	json_t *rules = json_array();

	for (size_t i = 0; provider && i < config->reply_rules; i++) {
		const struct config_reply_rule *rule = &config->reply_rule[i];
		json_t *one;

		if (strcmp(rule->provider, provider->name) != 0)
			continue;
		one = json_object();
		api_json_put_text(one, "name", rule->name);
		api_json_put_text(one, "match", rule->match);
		api_json_put_text(one, "threshold", rate_text(&rule->threshold, arena));
		api_json_put_text(one, "action", config_action_name(rule->action));
		api_json_put_int(one, "for_ms", rule->for_ms);
		api_json_put_text(one, "from", place(config, rule->line, arena));
		json_array_append_new(rules, one);
	}
	api_json_put(result, "rules", rules);
}

/* the providers that would have matched too, and came later */
static void
put_losers(json_t *result, const struct config *config, const struct resolve_route *route,
           const struct config_provider *winner)
{
	json_t *losers = json_array();

	for (size_t i = 0; i < config->providers; i++) {
		const struct config_provider *provider = &config->provider[i];
		bool matches = false;

		for (size_t h = 0; h < route->hosts; h++)
			matches |= config_provider_match(provider,
			                                 span_of(route->host[h].name)) != NULL;
		if (matches && provider != winner)
			json_array_append_new(losers, json_string(provider->name));
	}
	api_json_put(result, "also_match", losers);
}

static void
put_winner(json_t *result, const struct config *config, const struct resolve_route *route,
           struct arena *arena)
{
	const char *host = NULL, *pattern;
	const struct config_provider *provider = schedule_choose_provider(config, route, &host);

	api_json_put_text(result, "provider", provider ? provider->name : NULL);
	if (provider) {
		pattern = config_provider_match(provider, span_of(host));
		api_json_put_text(result, "from", place(config, provider->line, arena));
		api_json_put_text(result, "why",
		                  arena_printf(arena, "%s matches \"%s\"", host, pattern));
	} else {
		api_json_put_null(result, "from");
		api_json_put_text(result, "why", "no provider's pattern matches a host of it: "
		                                 "the site is its set of MX hosts, with the "
		                                 "limits of delivery{}");
	}
	put_limits(result, config, provider, arena);
	put_rules(result, config, provider, arena);
	put_losers(result, config, route, provider);
}

static void
put_route(json_t *result, const struct config *config, const char *domain, struct arena *arena)
{
	const struct config_route *route = config_find_route(config, span_of(domain));

	api_json_put_text(result, "route",
	                  route ? arena_printf(arena, "\"%s\" (%s)", route->pattern,
	                                       place(config, route->line, arena))
	                        : NULL);
}

static void
print(const struct config *config, const char *domain, const struct resolve_route *route)
{
	json_t *result = api_json_new("relay.config.check/1");
	struct arena *arena = arena_new(0);
	char *text;

	api_json_put_text(result, "file", config->file);
	api_json_put_bool(result, "ok", true);
	api_json_put_text(result, "domain", domain);
	if (domain)
		put_route(result, config, domain, arena);
	else
		api_json_put_null(result, "route");
	put_hosts(result, route);
	put_winner(result, config, route, arena);
	text = api_json_text_of(result);
	puts(text);
	mem_free(text);
	json_decref(result);
	arena_free(&arena);
}

int
winner_print(const struct config *config, const char *domain, const char *mx, struct err *err)
{
	struct resolve_host host = { .name = mx };
	struct resolve_route offline = { .host = &host, .hosts = 1 }, *route;
	char ascii[SMTP_DOMAIN_MAX + 1];

	if (domain == NULL) {
		print(config, NULL, &offline);
		return 0;
	}
	if (smtp_domain_ascii(span_of(domain), ascii, err) < 0)
		return -1;
	route = look_up(config, ascii, err);
	if (route == NULL)
		return -1;
	print(config, ascii, route);
	resolve_route_unref(&route);
	return 0;
}
