/* alert_ask.c - see alert_ask.h. */
#include "alert/alert_ask.h"

#include "base/mem.h"
#include "loop/mailbox.h"

#define AGAIN_MS 1000              /* the scheduler had too many questions */

struct alert_ask {
	struct loop_timer turn;
	struct mailbox *box;
	struct schedule *schedule;
	enum schedule_act act;
	int64_t every_ms;
	struct schedule_ask *last;
	bool is_asking;
	bool is_late;              /* it was asked before something changed */
};

static void
answered(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *answer = (struct schedule_ask *)(void *)item;
	struct alert_ask *ask = owner;

	if (ask == NULL) {
		schedule_ask_free(&answer);
		return;
	}
	ask->is_asking = false;
	if (ask->is_late) {
		schedule_ask_free(&answer);
		alert_ask_again(ask);
		return;
	}
	schedule_ask_free(&ask->last);
	ask->last = answer;
	loop_timer_set(&ask->turn, ask->every_ms);
}

static void
ask_now(void *arg)
{
	struct alert_ask *ask = arg;
	struct schedule_ask *question =
		schedule_ask_new(ask->act, (struct mailbox_return){ ask->box, answered });

	ask->is_asking = schedule_ask_send(ask->schedule, &question);
	if (ask->is_asking)
		return;
	schedule_ask_free(&question);
	loop_timer_set(&ask->turn, AGAIN_MS);
}

void
alert_ask_again(struct alert_ask *ask)
{
	schedule_ask_free(&ask->last);
	ask->is_late = ask->is_asking;
	if (!ask->is_asking)
		loop_timer_set(&ask->turn, 0);
}

const struct schedule_ask *
alert_ask_last(const struct alert_ask *ask)
{
	return ask->last;
}

struct alert_ask *
alert_ask_new(struct loop *loop, struct schedule *schedule, enum schedule_act act,
              int64_t every_ms, struct err *err)
{
	struct alert_ask *ask = mem_zero(1, sizeof *ask);

	ask->box = mailbox_new("alert.ask", 1, ask, err);
	if (ask->box == NULL) {
		mem_free(ask);
		return NULL;
	}
	mailbox_attach(ask->box, loop);
	ask->schedule = schedule;
	ask->act = act;
	ask->every_ms = every_ms;
	loop_timer_init(&ask->turn, loop, ask_now, ask);
	loop_timer_set(&ask->turn, 0);
	return ask;
}

void
alert_ask_free(struct alert_ask **ask)
{
	struct alert_ask *a = *ask;

	*ask = NULL;
	if (a == NULL)
		return;
	loop_timer_deinit(&a->turn);
	mailbox_free(&a->box);
	schedule_ask_free(&a->last);
	mem_free(a);
}
