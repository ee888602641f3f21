/* alert_migrate.c - see alert_migrate.h. */
#include "alert/alert_migrate.h"

#include <stdio.h>

#include "base/mem.h"
#include "loop/mailbox.h"

#define ASK_MS 1000
#define AGAIN_MS 5000              /* the scheduler had too many questions */
#define KEY_SIZE 300
#define KEY "migrate:"

struct alert_migrate {
	struct loop_timer turn;
	struct mailbox *box;
	struct schedule *schedule;
	struct schedule_ask *last;         /* its answer; NULL: none yet */
};

static void
say(const struct schedule_migration_row *row, struct alert_round *round)
{
	char key[KEY_SIZE];

	(void)snprintf(key, sizeof key, KEY "%s", row->credential);
	if (row->returned)
		alert_say(round, ALERT_WARNING, key,
		          "credential %.60s went back to %s from a trial of %u %%: %s; relaycli "
		          "deferral list --by cred says what it was told; relaycli migrate canary "
		          "%.60s PERCENT tries again", row->credential, row->smarthost,
		          row->returned_percent, row->returned, row->credential);
	else if (row->is_missing && row->percent < 100)
		alert_say(round, ALERT_ERROR, key,
		          "mail of credential %.60s waits: its smarthost %s is not in relayd.conf",
		          row->credential, row->smarthost);
}

void
alert_migrate_say(const struct alert_migrate *watch, struct alert_round *round)
{
	if (watch->last == NULL) {
		alert_keep(round, KEY);
		return;
	}
	for (size_t i = 0; i < watch->last->rows; i++)
		say(&watch->last->migration[i], round);
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
	struct alert_migrate *watch = owner;

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
	struct alert_migrate *watch = arg;
	struct schedule_ask *ask = mem_zero(1, sizeof *ask);

	ask->back = (struct mailbox_return){ watch->box, answered };
	ask->arena = arena_new(0);
	ask->act = SCHEDULE_LIST_MIGRATIONS;
	if (schedule_ask_send(watch->schedule, &ask))
		return;
	ask_free(&ask);
	loop_timer_set(&watch->turn, AGAIN_MS);
}

struct alert_migrate *
alert_migrate_new(struct loop *loop, struct schedule *schedule, struct err *err)
{
	struct alert_migrate *watch = mem_zero(1, sizeof *watch);

	watch->box = mailbox_new("alert.migrate", 1, watch, err);
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
alert_migrate_free(struct alert_migrate **watch)
{
	struct alert_migrate *w = *watch;

	if (w == NULL)
		return;
	loop_timer_deinit(&w->turn);
	mailbox_free(&w->box);
	ask_free(&w->last);
	mem_free(w);
	*watch = NULL;
}
