/* control_pool.c - the addresses mail leaves by, as operators see them: pool.list,
 * pool.show; one address that was switched. What the configuration says, what the
 * scheduler knows of each address and provider, and what others see of it (source_watch),
 * in one row. Thread: main. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_pool.h"
#include "api/api_text.h"
#include "base/clock.h"
#include "control/control_pool.h"

/* ---- sums over an address's providers ---------------------------------------------------- */

struct sum { /* of one address, over its providers */
	uint64_t sent, tried, deferred, cap;
	uint32_t day, days;        /* the provider that is behind most; 0: none warms up */
	bool is_capped, is_frozen, is_paused, is_warming;
	bool is_free;              /* some provider gets mail of it without a cap */
	double mean;
	int64_t first_unix_ms, used_unix_ms;
};

static bool
is_template(const struct schedule_warmup_row *row)
{
	return strcmp(row->provider, "*") == 0;
}

static struct sum
sum_of(const struct schedule_ask *ask, const char *address)
{
	struct sum sum = { 0 };

	for (size_t i = 0; i < ask->warmups; i++) {
		const struct schedule_warmup_row *row = &ask->warmup[i];

		if (strcmp(row->address, address) != 0 || is_template(row))
			continue;
		sum.sent += row->sent;
		sum.tried += row->tried;
		sum.deferred += row->deferred;
		sum.cap += row->cap;
		sum.mean += row->mean;
		sum.is_capped |= row->cap > 0;
		sum.is_free |= row->cap == 0 && row->sent > 0;
		sum.is_frozen |= strcmp(row->state, "frozen") == 0;
		sum.is_paused |= strcmp(row->state, "paused") == 0;
		sum.is_warming |= row->day > 0;
		if (row->day > 0 && (sum.day == 0 || row->day < sum.day)) {
			sum.day = row->day;
			sum.days = row->days;
		}
		if (row->first_unix_ms
		    && (sum.first_unix_ms == 0 || row->first_unix_ms < sum.first_unix_ms))
			sum.first_unix_ms = row->first_unix_ms;
		if (row->used_unix_ms > sum.used_unix_ms)
			sum.used_unix_ms = row->used_unix_ms;
	}
	return sum;
}

static const char *
state_of(const struct schedule_source_row *source, const struct sum *sum)
{
	if (source->off.by)
		return "off";
	if (source->is_missing)
		return "missing";
	if (sum->is_paused || (source->pause.by && source->warms_up && sum->used_unix_ms == 0))
		return "paused";
	if (sum->is_frozen)
		return "frozen";
	if (sum->is_warming)
		return "warming";
	if (sum->is_free)
		return "ok"; /* the cold ones are providers that hardly get mail of it */
	return sum->is_capped || (source->warms_up && sum->used_unix_ms == 0) ? "cold" : "ok";
}

/* ---- advice ------------------------------------------------------------------------------- */

static bool
is_dedicated(const struct control *control, const struct config_pool *pool)
{
	return alert_pool_is_dedicated(control->config, account_snapshot(control->options.account),
	                               pool);
}

static const char *
advice_of(const struct control *control, const struct config_pool *pool, const struct sum *sum,
          struct arena *arena)
{
	if (!is_dedicated(control, pool)
	    || !alert_pool_is_idle(sum->mean, sum->first_unix_ms, clock_unix_ms()))
		return NULL;
	return arena_printf(arena, "too idle to stay warm: about %.0f recipients a day, and a "
	                           "dedicated address wants %d or more; let its credential use a "
	                           "shared pool (relaycli credential limit NAME pool=POOL)",
	                    sum->mean, ALERT_POOL_BUSY_PER_DAY);
}

/* ---- rows --------------------------------------------------------------------------------- */

json_t *
control_pool_off_json(const struct schedule_off_row *off)
{
	json_t *one;

	if (off->by == NULL)
		return json_null();
	one = json_object();
	api_json_put_text(one, "by", off->by);
	api_json_put_text(one, "reason", *off->reason ? off->reason : NULL);
	api_json_put_time(one, "since_at", off->since_unix_ms);
	api_json_put_time(one, "until_at", off->until_unix_ms);
	return one;
}

static json_t *
share_json(double share, uint64_t of)
{
	return of > 0 ? json_real(round(share * 1e5) / 1e5) : json_null();
}

static json_t *
cap_json(uint64_t cap)
{
	return cap > 0 ? json_integer((json_int_t)cap) : json_null();
}

static void
put_seen(const struct control *control, const char *address, json_t *one)
{
	const struct source_report *report =
		source_watch_find(control->options.sources, address);
	json_t *refused = json_array();
	json_int_t listed = 0;
	bool is_known = false;

	for (size_t i = 0; report && i < report->lists; i++) {
		listed += report->list[i].listing == SOURCE_LIST_LISTED;
		is_known |= report->list[i].listing == SOURCE_LIST_LISTED
			    || report->list[i].listing == SOURCE_LIST_CLEAR;
		if (report->list[i].listing == SOURCE_LIST_REFUSED)
			json_array_append_new(refused, json_string(report->list[i].name));
	}
	api_json_put_text(one, "ptr", report && report->at_unix_ms ? source_ptr_name(report->ptr)
	                                                           : NULL);
	api_json_put_text(one, "ptr_name", report && *report->ptr_name ? report->ptr_name : NULL);
	api_json_put(one, "blocklisted", is_known ? json_integer(listed) : json_null());
	api_json_put(one, "blocklists_refused", refused);
}

/* stops_json - the providers that a reply rule stopped it for. */
static json_t *
stops_json(const struct schedule_ask *ask, const char *address)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ask->stops; i++) {
		const struct schedule_stop_row *stop = &ask->stop[i];
		json_t *one;

		if (stop->kind != SCHEDULE_STOP_SOURCE || stop->source_address == NULL
		    || strcmp(stop->source_address, address) != 0)
			continue;
		one = json_object();
		api_json_put_text(one, "provider", stop->site);
		api_json_put_text(one, "rule", stop->rule);
		api_json_put_text(one, "cause", stop->cause);
		api_json_put_time(one, "until_at", stop->until_unix_ms);
		api_json_put_text(one, "undo", arena_printf(ask->arena, "relaycli %s", stop->undo));
		json_array_append_new(list, one);
	}
	return list;
}

/* mark_stopped - of an address that nothing else is the matter with. */
static void
mark_stopped(json_t *one, json_t *stops)
{
	if (json_array_size(stops) > 0 && strcmp(api_json_get_text(one, "state"), "ok") == 0)
		api_json_put_text(one, "state", "stopped");
	api_json_put(one, "stops", stops);
}

static json_t *
address_json(const struct control *control, const struct schedule_ask *ask,
             const struct config_pool *pool, size_t n)
{
	const char *address = pool->address[n];
	/* the scheduler may not have read this configuration yet */
	const struct schedule_source_row unknown = { .address = address };
	const struct schedule_source_row *known = alert_pool_source(ask, address);
	const struct schedule_source_row *source = known ? known : &unknown;
	const struct sum sum = sum_of(ask, address);
	json_t *one = json_object();

	api_json_put_text(one, "pool", pool->name);
	api_json_put_text(one, "address", address);
	api_json_put_int(one, "weight", config_pool_weight(pool, n));
	api_json_put_text(one, "ehlo", config_ehlo(control->config, address));
	put_seen(control, address, one);
	api_json_put_text(one, "state", state_of(source, &sum));
	mark_stopped(one, stops_json(ask, address));
	api_json_put(one, "day", cap_json(sum.day));
	api_json_put(one, "days", cap_json(sum.days));
	api_json_put_int(one, "sent_today", (int64_t)sum.sent);
	api_json_put(one, "cap_today", cap_json(sum.is_free ? 0 : sum.cap));
	api_json_put(one, "deferred_share",
	             share_json(sum.tried ? (double)sum.deferred / (double)sum.tried : 0,
	                        sum.tried));
	api_json_put(one, "mean_per_day", json_real(round(sum.mean * 10) / 10));
	api_json_put_time(one, "last_used_at", sum.used_unix_ms);
	api_json_put(one, "off", control_pool_off_json(&source->off));
	api_json_put(one, "paused", control_pool_off_json(&source->pause));
	api_json_put_text(one, "advice", advice_of(control, pool, &sum, ask->arena));
	return one;
}

static json_t *
warmup_json(const struct schedule_warmup_row *row)
{
	json_t *one = json_object();

	api_json_put_text(one, "address", row->address);
	api_json_put_text(one, "provider", row->provider);
	api_json_put_text(one, "state", row->state);
	api_json_put_text(one, "why", row->why);
	api_json_put(one, "day", cap_json(row->day));
	api_json_put(one, "days", cap_json(row->days));
	api_json_put_time(one, "began_at", row->began_unix_ms);
	api_json_put_int(one, "sent_today", row->sent);
	api_json_put(one, "cap_today", cap_json(row->cap));
	api_json_put(one, "cap_tomorrow", cap_json(row->tomorrow));
	api_json_put_time(one, "opens_at", row->opens_unix_ms);
	api_json_put_time(one, "warm_at", row->warm_unix_ms);
	api_json_put(one, "deferred_share", share_json(row->deferred_share, row->tried));
	api_json_put(one, "complained_share",
	             share_json(row->complained_share, row->tried + row->complaints));
	api_json_put_int(one, "complaints", row->complaints);
	api_json_put(one, "mean_per_day", json_real(round(row->mean * 10) / 10));
	api_json_put_time(one, "last_used_at", row->used_unix_ms);
	return one;
}

static int
by_provider(const void *a, const void *b)
{
	const struct schedule_warmup_row *x = a, *y = b;
	bool x_is_last = strcmp(x->provider, CONFIG_PROVIDER_OTHERS) == 0 || is_template(x);
	bool y_is_last = strcmp(y->provider, CONFIG_PROVIDER_OTHERS) == 0 || is_template(y);

	if (x_is_last != y_is_last)
		return x_is_last ? 1 : -1;
	if (x_is_last)
		return strcmp(y->provider, x->provider); /* others, then any */
	return strcmp(x->provider, y->provider);
}

json_t *
control_pool_warmups_json(const struct schedule_ask *ask, const char *address)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ask->warmups; i++)
		if (strcmp(ask->warmup[i].address, address) == 0)
			json_array_append_new(list, warmup_json(&ask->warmup[i]));
	return list;
}

/* ---- asking ------------------------------------------------------------------------------- */

void
control_pool_ask_sources(struct control_call *call, const char *address, mailbox_fn fn)
{
	struct schedule_ask *ask = control_ask_new(call, SCHEDULE_LIST_SOURCES, fn);

	ask->match = arena_strdup(ask->arena, address);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

struct control_call *
control_pool_take(struct mailbox_item *item)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_ask_take(ask);

	if (call)
		qsort(ask->warmup, ask->warmups, sizeof *ask->warmup, by_provider);
	return call;
}

static void
add_pool(const struct control *control, const struct schedule_ask *ask,
         const struct config_pool *pool, json_t *items)
{
	for (size_t i = 0; i < pool->addresses; i++)
		json_array_append_new(items, address_json(control, ask, pool, i));
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_pool_take(item);
	json_t *result, *items;

	(void)owner;
	if (!call)
		return;
	result = api_json_new("relay.pool.list/1");
	items = json_array();
	add_pool(call->control, ask, &call->control->config->default_pool, items);
	for (size_t i = 0; i < call->control->config->pools; i++)
		add_pool(call->control, ask, &call->control->config->pool[i], items);
	api_json_put(result, "items", items);
	api_json_put_null(result, "next_cursor");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_pool_list(struct control_call *call)
{
	control_pool_ask_sources(call, NULL, listed);
}

/* ---- one pool ----------------------------------------------------------------------------- */

static json_t *
credentials_json(const struct control *control, const struct config_pool *pool)
{
	const struct account_snapshot *accounts = account_snapshot(control->options.account);
	json_t *list = json_array();

	for (size_t i = 0; i < accounts->credentials; i++) {
		const struct account_credential *credential = accounts->credential[i];

		if (!credential->is_revoked
		    && config_find_pool(control->config, credential->pool) == pool)
			json_array_append_new(list, json_string(credential->name));
	}
	return list;
}

static json_t *
domains_json(const struct control *control, const struct config_pool *pool)
{
	const struct account_snapshot *accounts = account_snapshot(control->options.account);
	json_t *list = json_array();

	for (size_t i = 0; i < accounts->domains; i++)
		if (accounts->domain[i]->pool
		    && strcmp(accounts->domain[i]->pool, pool->name) == 0)
			json_array_append_new(list, json_string(accounts->domain[i]->name));
	return list;
}

static json_t *
pool_json(const struct control *control, const struct schedule_ask *ask,
          const struct config_pool *pool)
{
	json_t *one = json_object(), *addresses = json_array(), *address;
	size_t i;

	add_pool(control, ask, pool, addresses);
	json_array_foreach(addresses, i, address)
		api_json_put(address, "providers",
		             control_pool_warmups_json(ask, pool->address[i]));
	api_json_put_text(one, "name", pool->name);
	api_json_put_bool(one, "warmup", pool->warmup);
	api_json_put_text(one, "overflow", pool->overflow);
	api_json_put(one, "credentials", credentials_json(control, pool));
	api_json_put(one, "domains", domains_json(control, pool));
	api_json_put_bool(one, "dedicated", is_dedicated(control, pool));
	api_json_put(one, "addresses", addresses);
	return one;
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_pool_take(item);
	const struct config_pool *pool;
	json_t *result;

	(void)owner;
	if (!call)
		return;
	pool = config_find_pool(call->control->config, control_text(call, "name"));
	result = api_json_new("relay.pool.show/1");
	if (pool) /* else a reload took it meanwhile */
		api_json_put(result, "pool", pool_json(call->control, ask, pool));
	else
		api_json_put_null(result, "pool");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

static const char *
pool_name(size_t i, const void *arg)
{
	const struct config *config = arg;

	if (i == 0)
		return CONFIG_POOL_DEFAULT;
	return i <= config->pools ? config->pool[i - 1].name : NULL;
}

void
control_pool_show(struct control_call *call)
{
	const struct config *config = call->control->config;
	const char *name = control_text(call, "name"), *near;
	struct api_error error;

	if (config_find_pool(config, name)) {
		control_pool_ask_sources(call, NULL, shown);
		return;
	}
	near = api_text_suggest(span_of(name), pool_name, config);
	(void)api_error_set(&error, API_ERROR_NOT_FOUND, "there is no pool \"%.60s\"%s%s%s", name,
	                    near ? "; did you mean " : "; relaycli pool list shows them",
	                    near ? near : "", near ? "?" : "");
	control_call_fail(call, &error);
}

/* ---- one address that was switched ---------------------------------------------------------- */

/* instead_json - "news: 192.0.2.2 steps in", of each pool that it is in. */
static json_t *
instead_json(const struct config *config, const struct schedule_ask *ask, const char *address)
{
	char text[ALERT_POOL_INSTEAD_SIZE];
	json_t *list = json_array();

	for (size_t i = 0; i <= config->pools; i++) {
		const struct config_pool *pool = i == 0 ? &config->default_pool
		                                        : &config->pool[i - 1];

		for (size_t k = 0; k < pool->addresses; k++)
			if (strcmp(pool->address[k], address) == 0)
				json_array_append_new(list, json_sprintf(
					"pool %s: %s", pool->name,
					alert_pool_instead(config, pool, ask, address, text)));
	}
	return list;
}

static void
switch_shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_pool_take(item);
	const struct schedule_source_row *row;
	char address[CONTROL_ADDRESS_SIZE];
	json_t *result;

	(void)owner;
	if (!call)
		return;
	if (!control_pool_address(call, address)) { /* it was one before */
		schedule_ask_free(&ask);
		return;
	}
	row = alert_pool_source(ask, address);
	result = api_json_new("relay.pool.ip/1");
	api_json_put_text(result, "address", address);
	api_json_put_text(result, "state", row && row->off.by ? "off" : "on");
	api_json_put_time(result, "until_at", row && row->off.by ? row->off.until_unix_ms : 0);
	if (row && row->off.by)
		api_json_put(result, "instead",
		             instead_json(call->control->config, ask, address));
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_pool_answer_switch(struct control_call *call)
{
	control_pool_ask_sources(call, NULL, switch_shown);
}
