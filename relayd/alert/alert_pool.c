/* alert_pool.c - see alert_pool.h. */
#include "alert/alert_pool.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define KEY_SIZE 160
#define IDLE_KEY "idle:"
#define FROZEN_KEY "warmup:"
#define MISSING_KEY "missing:"
#define OFF_KEY "off:"

/* ---- what is idle ------------------------------------------------------------------------- */

bool
alert_pool_is_dedicated(const struct config *config, const struct account_snapshot *accounts,
                        const struct config_pool *pool)
{
	size_t users = 0;

	if (pool == &config->default_pool)
		return false;
	for (size_t i = 0; i < config->pools; i++)
		if (config->pool[i].overflow && strcmp(config->pool[i].overflow, pool->name) == 0)
			return false;
	for (size_t i = 0; i < accounts->credentials; i++)
		users += !accounts->credential[i]->is_revoked && accounts->credential[i]->pool
		         && strcmp(accounts->credential[i]->pool, pool->name) == 0;
	for (size_t i = 0; i < accounts->domains; i++)
		users += accounts->domain[i]->pool
		         && strcmp(accounts->domain[i]->pool, pool->name) == 0;
	return users == 1;
}

bool
alert_pool_is_idle(double mean_per_day, int64_t first_unix_ms, int64_t now_unix_ms)
{
	return first_unix_ms > 0 && now_unix_ms - first_unix_ms >= ALERT_POOL_KNOWN_MS
	       && mean_per_day < ALERT_POOL_BUSY_PER_DAY;
}

/* ---- who steps in -------------------------------------------------------------------------- */

const struct schedule_source_row *
alert_pool_source(const struct schedule_ask *last, const char *address)
{
	for (size_t i = 0; i < last->rows; i++)
		if (strcmp(last->source[i].address, address) == 0)
			return &last->source[i];
	return NULL;
}

/* first_of - an address of pool that sends, other than this one, or NULL; how many do. */
static const char *
first_of(const struct config_pool *pool, const struct schedule_ask *last, const char *address,
         size_t *count_out)
{
	const char *first = NULL;

	*count_out = 0;
	for (size_t i = 0; i < pool->addresses; i++) {
		const struct schedule_source_row *row = alert_pool_source(last, pool->address[i]);

		if (strcmp(pool->address[i], address) == 0
		    || (row && (row->is_missing || row->off.by)))
			continue;
		if (++*count_out == 1)
			first = pool->address[i];
	}
	return first;
}

const char *
alert_pool_instead(const struct config *config, const struct config_pool *pool,
                   const struct schedule_ask *last, const char *address,
                   char out[ALERT_POOL_INSTEAD_SIZE])
{
	const struct config_pool *overflow =
		pool->overflow ? config_find_pool(config, pool->overflow) : NULL;
	size_t count = 0, n = ALERT_POOL_INSTEAD_SIZE;
	const char *first = first_of(pool, last, address, &count);

	if (count == 1)
		(void)snprintf(out, n, "%s steps in", first);
	else if (count > 1)
		(void)snprintf(out, n, "%s and %zu more step in", first, count - 1);
	else if (overflow && first_of(overflow, last, address, &count))
		(void)snprintf(out, n, "pool %.64s steps in", overflow->name);
	else
		(void)snprintf(out, n, "nothing steps in, its mail waits");
	return out;
}

/* ---- saying it ---------------------------------------------------------------------------- */

static void
say_idle(const struct schedule_ask *last, const struct config_pool *pool, const char *address,
         struct alert_round *round)
{
	int64_t first = 0;
	double mean = 0;
	char key[KEY_SIZE];

	for (size_t i = 0; i < last->warmups; i++) {
		const struct schedule_warmup_row *row = &last->warmup[i];

		if (strcmp(row->address, address) != 0)
			continue;
		mean += row->mean;
		if (row->first_unix_ms && (first == 0 || row->first_unix_ms < first))
			first = row->first_unix_ms;
	}
	if (!alert_pool_is_idle(mean, first, clock_unix_ms()))
		return;
	(void)snprintf(key, sizeof key, IDLE_KEY "%s", address);
	alert_say(round, ALERT_WARNING, key,
	          "pool %.40s: %s is too idle to stay warm, about %.0f recipients a day where a "
	          "dedicated address wants %d; let its credential use a shared pool: relaycli "
	          "credential limit NAME pool=POOL",
	          pool->name, address, mean, ALERT_POOL_BUSY_PER_DAY);
}

/* say_silent - an address that sends nothing: switched off, or not one of this host. */
static void
say_silent(const struct schedule_ask *last, const struct config *config,
           const struct config_pool *pool, const char *address, struct alert_round *round)
{
	const struct schedule_source_row *row = alert_pool_source(last, address);
	char key[KEY_SIZE], instead[ALERT_POOL_INSTEAD_SIZE];

	if (row == NULL || (!row->is_missing && row->off.by == NULL))
		return;
	(void)snprintf(key, sizeof key, "%s%.64s:%s", row->is_missing ? MISSING_KEY : OFF_KEY,
	               pool->name, address);
	(void)alert_pool_instead(config, pool, last, address, instead);
	if (row->is_missing)
		alert_say(round, ALERT_WARNING, key,
		          "pool %.40s: %s is not an address of this host: %s", pool->name, address,
		          instead);
	else
		alert_say(round, ALERT_WARNING, key,
		          "pool %.40s: %s is switched off by %.40s: %s; relaycli pool ip on %s",
		          pool->name, address, row->off.by, instead, address);
}

static void
say_frozen(const struct schedule_warmup_row *row, struct alert_round *round)
{
	char key[KEY_SIZE];

	if (strcmp(row->state, "frozen") != 0)
		return;
	(void)snprintf(key, sizeof key, FROZEN_KEY "%s %.64s", row->address, row->provider);
	alert_say(round, ALERT_WARNING, key,
	          "warm-up of %s with %.64s is frozen: %s; relaycli deferral list --by ip says "
	          "what it is told", row->address, row->provider, row->why);
}

void
alert_pool_say(const struct alert_ask *sources, const struct config *config,
               const struct account_snapshot *accounts, struct alert_round *round)
{
	const struct schedule_ask *last = alert_ask_last(sources);

	if (last == NULL) {
		alert_keep(round, IDLE_KEY);
		alert_keep(round, FROZEN_KEY);
		alert_keep(round, MISSING_KEY);
		alert_keep(round, OFF_KEY);
		return;
	}
	for (size_t i = 0; i <= config->pools; i++) {
		const struct config_pool *pool = i == 0 ? &config->default_pool
		                                        : &config->pool[i - 1];

		for (size_t k = 0; k < pool->addresses; k++)
			say_silent(last, config, pool, pool->address[k], round);
	}
	for (size_t i = 0; i < config->pools; i++) {
		const struct config_pool *pool = &config->pool[i];

		for (size_t k = 0; k < pool->addresses
		                   && alert_pool_is_dedicated(config, accounts, pool); k++)
			say_idle(last, pool, pool->address[k], round);
	}
	for (size_t i = 0; i < last->warmups; i++)
		say_frozen(&last->warmup[i], round);
}
