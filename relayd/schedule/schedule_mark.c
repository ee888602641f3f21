/* schedule_mark.c - what was decided about single recipients, on its way to the store.
 *
 * In memory it holds at once; written it is in slices, one after the other, so that a
 * hundred thousand rows do not keep everybody's "250" waiting. The operator hears
 * that it is done after the last. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_turn.h"

#define SLICE 1000                 /* rows in one write */

struct marking {
	struct schedule_ask *ask;  /* owned */
	struct store_marks rest;   /* what is still to be written */
};

static void send_slice(struct schedule *s, struct marking *marking, struct store_write *write);

static void
end(struct marking *marking, const struct err *failed)
{
	struct schedule_ask *ask = marking->ask;

	mem_free(marking);
	if (failed) {
		LOG(LOG_ERROR, "schedule.unwritten", LOG_TEXT("reason", failed->text));
		ask->result = -1;
		err_set(&ask->err, ERR_SYSTEM, 0, "done, but not for after a restart: %.100s",
		        failed->text);
	}
	mailbox_answer(&ask->back, &ask->item);
}

static void
on_written(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct marking *marking = write->context;
	struct schedule *s = owner;
	struct err err = write->err;
	bool has_failed = write->result != 0;

	store_write_free(&write);
	if (s == NULL) { /* we are gone */
		schedule_ask_answer(&marking->ask->item, NULL);
		mem_free(marking);
		return;
	}
	s->writes--;
	schedule_read_clock(s);
	if (has_failed || marking->rest.recipients == 0)
		end(marking, has_failed ? &err : NULL);
	else
		send_slice(s, marking, schedule_write_new(s, NULL, 1));
	schedule_wake(s);
}

static void
send_slice(struct schedule *s, struct marking *marking, struct store_write *write)
{
	struct store_marks *rest = &marking->rest;
	struct store_change *change;

	if (write->changes == 0) {
		change = store_write_add(write, STORE_MARK_RECIPIENTS);
		change->row.marks = *rest;
		if (rest->recipients > SLICE)
			change->row.marks.recipients = SLICE;
		rest->recipients -= change->row.marks.recipients;
		rest->recipient += change->row.marks.recipients;
	}
	write->back = (struct mailbox_return){ s->mailbox, on_written };
	write->context = marking;
	schedule_write_send(s, write);
}

void
schedule_mark_send(struct schedule *s, struct schedule_ask *ask, struct store_write *first,
                   const struct store_marks *marks)
{
	struct marking *marking = mem_zero(1, sizeof *marking);

	marking->ask = ask;
	marking->rest = *marks;
	send_slice(s, marking, first ? first : schedule_write_new(s, NULL, 1));
}
