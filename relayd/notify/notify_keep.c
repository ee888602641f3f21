/* notify_keep.c - see notify_keep.h. */
#include "notify/notify_keep.h"

#include "base/mem.h"

static void
recorded(struct mailbox_item *item, void *owner)
{
	struct store_record *record = (struct store_record *)(void *)item;
	struct notify *notify = record->context;

	if (owner != NULL && record->result == 0)
		for (size_t i = 0; i < record->outcomes; i++)
			notify_publish(notify, record->outcome[i].event);
	store_record_free(&record);
}

void
notify_keep(struct notify *notify, struct store *store, struct mailbox *box,
            const struct mail_event *event)
{
	struct store_record *record = mem_zero(1, sizeof *record);

	record->back = (struct mailbox_return){ box, recorded };
	record->context = notify;
	record->outcome = mem_zero(1, sizeof *record->outcome);
	record->outcome[0].event = mail_event_dup(event);
	record->outcome[0].is_final = true; /* of no recipient: nothing stays in the queue */
	record->outcomes = 1;
	store_record_send(store, &record);
}
