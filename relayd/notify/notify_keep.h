/* notify_keep.h - an event of the relay itself: stored, then published.
 * Thread: the box's owner. */
#ifndef NOTIFY_NOTIFY_KEEP_H
#define NOTIFY_NOTIFY_KEEP_H

#include "loop/mailbox.h"
#include "mail/mail_event.h"
#include "notify/notify.h"
#include "store/store.h"

/* notify_keep - event is borrowed. The store's answer comes to box, whose owner is only
 * asked whether it is still there. */
void notify_keep(struct notify *notify, struct store *store, struct mailbox *box,
                 const struct mail_event *event);

#endif
