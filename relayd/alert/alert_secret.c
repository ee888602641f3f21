/* alert_secret.c - see alert_secret.h. */
#include "alert/alert_secret.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/mailbox.h"

#define ASK_MS 60000
#define AGAIN_MS 1000              /* the store had too many questions */
#define KEY "retire:"
#define KEY_SIZE 128

struct alert_secret {
	struct loop_timer turn;
	struct mailbox *box;
	struct store *store;
	struct store_secret_list *last; /* its answer; NULL: none yet */
};

bool
alert_secret_is_idle(const struct store_secret_list *uses, size_t i, int64_t now_unix_ms)
{
	const struct store_secret *old = &uses->secret[i];

	if ((old->ends_unix_ms != 0 && old->ends_unix_ms <= now_unix_ms)
	    || now_unix_ms - old->last_used_unix_ms < ALERT_SECRET_QUIET_MS)
		return false;
	for (size_t k = 0; k < uses->count; k++) {
		const struct store_secret *newer = &uses->secret[k];

		if (newer->credential_id == old->credential_id
		    && newer->created_unix_ms > old->created_unix_ms
		    && now_unix_ms - newer->created_unix_ms >= ALERT_SECRET_QUIET_MS
		    && newer->last_used_unix_ms > 0)
			return true;
	}
	return false;
}

void
alert_secret_say(const struct alert_secret *watch, const struct account_snapshot *accounts,
                 struct alert_round *round)
{
	const struct store_secret_list *uses = watch->last;
	char key[KEY_SIZE];

	if (uses == NULL) {
		alert_keep(round, KEY);
		return;
	}
	for (size_t i = 0; i < uses->count; i++) {
		const struct account_credential *c = account_snapshot_credential_by_id(
			accounts, uses->secret[i].credential_id);

		if (c == NULL || c->is_revoked
		    || !alert_secret_is_idle(uses, i, clock_unix_ms()))
			continue;
		(void)snprintf(key, sizeof key, KEY "%s %s", c->name, uses->secret[i].label);
		alert_say(round, ALERT_WARNING, key,
		          "key %s of credential %s is not used any more, a newer one is: relaycli "
		          "credential retire %s %s", uses->secret[i].label, c->name, c->name,
		          uses->secret[i].label);
	}
}

/* ---- asking ------------------------------------------------------------------------------- */

static void
list_free(struct store_secret_list **list)
{
	if (*list == NULL)
		return;
	arena_free(&(*list)->arena);
	mem_free(*list);
	*list = NULL;
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct store_secret_list *list = (struct store_secret_list *)(void *)item;
	struct alert_secret *watch = owner;

	if (watch == NULL || list->result < 0) {
		list_free(&list);
	} else {
		list_free(&watch->last);
		watch->last = list;
	}
	if (watch != NULL)
		loop_timer_set(&watch->turn, ASK_MS);
}

static void
ask_now(void *arg)
{
	struct alert_secret *watch = arg;
	struct store_secret_list *list = mem_zero(1, sizeof *list);

	list->back = (struct mailbox_return){ watch->box, answered };
	list->arena = arena_new(0);
	if (store_secret_list_send(watch->store, &list))
		return;
	list_free(&list);
	loop_timer_set(&watch->turn, AGAIN_MS);
}

struct alert_secret *
alert_secret_new(struct loop *loop, struct store *store, struct err *err)
{
	struct alert_secret *watch = mem_zero(1, sizeof *watch);

	watch->box = mailbox_new("alert.secret", 1, watch, err);
	if (watch->box == NULL) {
		mem_free(watch);
		return NULL;
	}
	mailbox_attach(watch->box, loop);
	watch->store = store;
	loop_timer_init(&watch->turn, loop, ask_now, watch);
	loop_timer_set(&watch->turn, 0);
	return watch;
}

void
alert_secret_free(struct alert_secret **watch)
{
	struct alert_secret *w = *watch;

	*watch = NULL;
	if (w == NULL)
		return;
	loop_timer_deinit(&w->turn);
	mailbox_free(&w->box);
	list_free(&w->last);
	mem_free(w);
}
