/* schedule_grace.c - ten seconds to think better of it: a bounce of many begins only when
 * its time of grace is over.
 *
 *   asked --takes--> what it means is held (a hold of messages, in memory only)
 *     held --its time is over--> withdrawal --> done, whoever waits is answered
 *     held --released (queue release, or one by one)--> nothing is done to what was released
 *
 * The hold is not in the store, and beside what holds the same mail already: after a crash
 * or a release all is as it was before.
 * Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_turn.h"

#define OVER 100                   /* recipients; fewer are done at once */

struct schedule_grace {
	struct list link;          /* schedule->graces */
	struct schedule_hold *hold; /* NULL: it is under way */
	struct schedule_ask *act;  /* what will be done; NULL: it is under way */
	struct schedule_ask *waiter; /* or NULL */
	char *scope;
};

/* end - tells who waits; text NULL: it was done. */
static void
end(struct schedule_grace *grace, uint32_t affected, const char *text)
{
	struct schedule_ask *waiter = grace->waiter;

	if (waiter) {
		waiter->affected = affected;
		if (text)
			waiter->result = err_set(&waiter->err, ERR_INPUT, 0, "%s", text);
		mailbox_answer(&waiter->back, &waiter->item);
	}
	schedule_ask_free(&grace->act);
	list_remove(&grace->link);
	mem_free(grace->scope);
	mem_free(grace);
}

/* ---- asked --------------------------------------------------------------------------- */

static struct schedule_ask *
act_of(const struct schedule_ask *ask)
{
	struct schedule_ask *act = schedule_ask_new(ask->act == SCHEDULE_CANCEL_MESSAGE
	                                                    ? SCHEDULE_CANCEL_MESSAGE
	                                                    : SCHEDULE_BOUNCE_MESSAGE,
	                                            (struct mailbox_return){ 0 });

	act->by = arena_strdup(act->arena, ask->by);
	act->reason = arena_strdup(act->arena, ask->reason);
	act->message = arena_copy(act->arena, ask->message,
	                          ask->messages * sizeof *act->message);
	act->messages = ask->messages;
	return act;
}

static void
hold_rows(struct schedule *s, struct schedule_ask *act, struct schedule_hold *hold)
{
	for (size_t i = 0; i < act->messages; i++) {
		struct schedule_message_row *row = &act->message[i];
		struct schedule_message *m = schedule_message_find(s, row->id);
		struct schedule_recipient *r;
		uint32_t place = 0;

		while (m && (r = schedule_message_next(m, row, &place)) != NULL)
			schedule_label_set(s, r, schedule_label_with(s, r->lane->label, hold));
	}
}

bool
schedule_grace_takes(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_grace *grace;
	const char *what = ask->act == SCHEDULE_CANCEL_MESSAGE ? "cancelled" : "bounced";
	struct store_hold row;

	if (ask->grace_ms == 0 || ask->affected <= OVER)
		return false;
	grace = mem_zero(1, sizeof *grace);
	ask->scope = schedule_hold_new_scope(s, ask->arena);
	ask->until_unix_ms = s->now_unix_ms + ask->grace_ms;
	row = (struct store_hold){
		.scope = ask->scope, .by = ask->by, .since_unix_ms = s->now_unix_ms,
		.until_unix_ms = ask->until_unix_ms,
		.reason = arena_printf(ask->arena, "about to be %s: %s", what,
		                       ask->reason ? ask->reason : "") };
	schedule_hold_load(s, &row);
	grace->scope = mem_strdup(ask->scope);
	grace->act = act_of(ask);
	grace->hold = map_get(s->holds, span_of(ask->scope));
	grace->hold->grace = grace;
	grace->hold->is_of_grace = true;
	hold_rows(s, grace->act, grace->hold);
	list_push_back(&s->graces, &grace->link);
	return true;
}

/* ---- its time is over ---------------------------------------------------------------- */

/* keep_held - of the rows those that nobody released one by one; counts them. */
static void
keep_held(struct schedule *s, struct schedule_ask *act, const struct schedule_hold *hold)
{
	size_t kept = 0;

	for (size_t i = 0; i < act->messages; i++) {
		struct schedule_message_row row = act->message[i];
		struct schedule_message *m = schedule_message_find(s, row.id);
		struct schedule_recipient *r;
		uint32_t place = 0;

		row.waiting = row.touched = row.active = 0;
		while (m && (r = schedule_message_next(m, &row, &place)) != NULL)
			row.waiting += r->state != SCHEDULE_ACTIVE
				       && schedule_label_has(r->lane->label, hold);
		if (row.waiting > 0)
			act->message[kept++] = row;
	}
	act->messages = kept;
}

static void
on_done(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *act = (struct schedule_ask *)(void *)item;
	struct schedule_grace *grace = act->context;
	struct schedule *s = owner;
	struct schedule_hold *hold;

	if (s == NULL) { /* we are gone: schedule_grace_free_all has the rest */
		schedule_ask_free(&act);
		return;
	}
	schedule_read_clock(s);
	hold = map_get(s->holds, span_of(grace->scope));
	if (hold) /* what came back from a server meanwhile goes on */
		schedule_hold_remove(s, hold);
	end(grace, act->affected, act->result < 0 ? act->err.text : NULL);
	schedule_ask_free(&act);
	schedule_wake(s);
}

void
schedule_grace_due(struct schedule *s, struct schedule_hold *hold)
{
	struct schedule_grace *grace = hold->grace;
	struct schedule_ask *act = grace->act;

	heap_remove(&s->due[SCHEDULE_DUE_HOLD], &hold->due);
	hold->grace = NULL; /* and it stands until the last has left */
	grace->hold = NULL;
	grace->act = NULL;
	keep_held(s, act, hold);
	act->back = (struct mailbox_return){ s->mailbox, on_done };
	act->context = grace;
	if (act->messages > 0)
		schedule_withdraw_messages(s, act);
	else
		mailbox_answer(&act->back, &act->item);
}

/* ---- released, or waited for --------------------------------------------------------- */

void
schedule_grace_withdraw(struct schedule_hold *hold)
{
	struct schedule_grace *grace = hold->grace;

	if (grace == NULL)
		return;
	hold->grace = NULL;
	end(grace, 0, "it was withdrawn: nothing was done");
}

bool
schedule_grace_wait(struct schedule *s, struct schedule_ask *ask)
{
	for (struct list *l = s->graces.next; l != &s->graces; l = l->next) {
		struct schedule_grace *grace = LIST_OWNER(l, struct schedule_grace, link);

		if (strcmp(grace->scope, ask->match) != 0 || grace->waiter)
			continue;
		grace->waiter = ask;
		return false;
	}
	ask->result = err_set(&ask->err, ERR_INPUT, 0, "%s: nothing is about to be done there",
	                      ask->match);
	return true;
}

void
schedule_grace_free_all(struct schedule *s)
{
	while (!list_is_empty(&s->graces)) {
		struct schedule_grace *grace =
			LIST_OWNER(s->graces.next, struct schedule_grace, link);

		if (grace->waiter)
			schedule_ask_answer(&grace->waiter->item, NULL);
		grace->waiter = NULL;
		if (grace->hold)
			grace->hold->grace = NULL;
		end(grace, 0, NULL);
	}
}
