/* schedule_write.c - rows of the scheduler's own (holds, limits, paces) on their way
 * to the store, and the operator's question that waits for them. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include "base/log.h"
#include "schedule/schedule_turn.h"
#include "store/store_audit.h"

/* on_written - context: the ask that waits for it, or NULL. */
static void
on_written(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct schedule_ask *ask = write->context;
	struct schedule *s = owner;

	if (s == NULL) {
		store_write_free(&write);
		if (ask)
			schedule_ask_answer(&ask->item, NULL);
		return;
	}
	s->writes--;
	if (write->result != 0)
		LOG(LOG_ERROR, "schedule.unwritten", LOG_TEXT("reason", write->err.text));
	if (ask && write->result != 0) {
		ask->result = -1;
		err_set(&ask->err, ERR_SYSTEM, 0, "done, but not for after a restart: %.100s",
		        write->err.text);
	}
	if (ask)
		mailbox_answer(&ask->back, &ask->item);
	store_write_free(&write);
	schedule_wake(s);
}

struct store_write *
schedule_write_new(struct schedule *s, struct schedule_ask *ask, size_t changes)
{
	return store_write_new((struct mailbox_return){ s->mailbox, on_written }, ask, changes);
}

void
schedule_write_audit(const struct schedule *s, struct store_write *write, const char *action,
                     const char *object, const char *detail)
{
	write->audit = store_audit_of_relayd(write->arena, s->now_unix_ms, action, object, detail);
}

void
schedule_write_send(struct schedule *s, struct store_write *write)
{
	s->writes++;
	store_write_send(s->store, &write);
}
