/* alert_pool.c - see alert_pool.h. */
#include "alert/alert_pool.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/mailbox.h"

#define ASK_MS 60000
#define AGAIN_MS 1000              /* the scheduler had too many questions */
#define KEY_SIZE 160
#define IDLE_KEY "idle:"
#define FROZEN_KEY "warmup:"

struct alert_pool {
	struct loop_timer turn;
	struct mailbox *box;
	struct schedule *schedule;
	struct schedule_ask *last;         /* its answer; NULL: none yet */
};

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
alert_pool_say(const struct alert_pool *watch, const struct config *config,
               const struct account_snapshot *accounts, struct alert_round *round)
{
	if (watch->last == NULL) {
		alert_keep(round, IDLE_KEY);
		alert_keep(round, FROZEN_KEY);
		return;
	}
	for (size_t i = 0; i < config->pools; i++) {
		const struct config_pool *pool = &config->pool[i];

		for (size_t k = 0; k < pool->addresses
		                   && alert_pool_is_dedicated(config, accounts, pool); k++)
			say_idle(watch->last, pool, pool->address[k], round);
	}
	for (size_t i = 0; i < watch->last->warmups; i++)
		say_frozen(&watch->last->warmup[i], round);
}

/* ---- asking ------------------------------------------------------------------------------- */

static void
ask_free(struct schedule_ask **ask)
{
	if (*ask == NULL)
		return;
	arena_free(&(*ask)->arena);
	mem_free(*ask);
	*ask = NULL;
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct alert_pool *watch = owner;

	if (watch == NULL) {
		ask_free(&ask);
		return;
	}
	ask_free(&watch->last);
	watch->last = ask;
	loop_timer_set(&watch->turn, ASK_MS);
}

static void
ask_now(void *arg)
{
	struct alert_pool *watch = arg;
	struct schedule_ask *ask = mem_zero(1, sizeof *ask);

	ask->back = (struct mailbox_return){ watch->box, answered };
	ask->arena = arena_new(0);
	ask->act = SCHEDULE_LIST_SOURCES;
	if (schedule_ask_send(watch->schedule, &ask))
		return;
	ask_free(&ask);
	loop_timer_set(&watch->turn, AGAIN_MS);
}

struct alert_pool *
alert_pool_new(struct loop *loop, struct schedule *schedule, struct err *err)
{
	struct alert_pool *watch = mem_zero(1, sizeof *watch);

	watch->box = mailbox_new("alert.pool", 1, watch, err);
	if (watch->box == NULL) {
		mem_free(watch);
		return NULL;
	}
	mailbox_attach(watch->box, loop);
	watch->schedule = schedule;
	loop_timer_init(&watch->turn, loop, ask_now, watch);
	loop_timer_set(&watch->turn, 0);
	return watch;
}

void
alert_pool_free(struct alert_pool **watch)
{
	struct alert_pool *w = *watch;

	if (w == NULL)
		return;
	loop_timer_deinit(&w->turn);
	mailbox_free(&w->box);
	ask_free(&w->last);
	mem_free(w);
	*watch = NULL;
}
