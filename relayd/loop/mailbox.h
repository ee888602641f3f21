/* mailbox.h - how threads talk: a bounded queue of messages with an eventfd.
 *
 * A message is a struct whose first member is `struct mailbox_item`. Sending
 * hands it over: the sender's pointer becomes NULL, the receiver owns it. The
 * receiver's handler for the kind travels in the item (`fn`), so there is no
 * switch; each module declares its messages and who handles them in its header.
 * A request that wants an answer carries `struct mailbox_return`; the receiver
 * fills in the result fields and gives the same struct back.
 *
 * Two kinds of receivers: attached to a loop (handlers run in its turn, all
 * that waited in one go), or a thread that waits (mailbox_wait). */
#ifndef LOOP_MAILBOX_H
#define LOOP_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "loop/loop.h"

struct mailbox;
struct mailbox_item;

/* fn - runs on the receiver's thread and owns item. owner: what mailbox_new got. */
typedef void (*mailbox_fn)(struct mailbox_item *item, void *owner);

struct mailbox_item {
	struct mailbox_item *next; /* the mailbox's, while it is under way */
	mailbox_fn fn;             /* set by the sender */
};

/* where an answer goes: the asker's mailbox and its handler. box NULL: none wanted. */
struct mailbox_return {
	struct mailbox *box;
	mailbox_fn fn;
};

/* mailbox_new - cap: how many messages sent with mailbox_send may wait.
 * Returns owned, or NULL with err SYSTEM (no file descriptor left). */
struct mailbox *mailbox_new(const char *name, size_t cap, void *owner, struct err *err);
/* mailbox_free - what still waits is handed to its fn with owner NULL, which
 * must free it. Only after all senders stopped. */
void mailbox_free(struct mailbox **box);
void mailbox_attach(struct mailbox *box, struct loop *loop); /* once */
void mailbox_detach(struct mailbox *box);

/* mailbox_try_send - takes *item and sets it NULL; false (item kept) when cap
 * messages wait: the sender tells its peer to come back later. Thread: any. */
bool mailbox_try_send(struct mailbox *box, struct mailbox_item **item);
/* mailbox_send - never refused: for answers and for traffic that is bounded by
 * something else (one request outstanding per session, ...). Thread: any. */
void mailbox_send(struct mailbox *box, struct mailbox_item **item);
/* mailbox_answer - send item back to `to` with its fn; frees nothing. When
 * to->box is NULL, calls to->fn(item, NULL) at once (which frees it). */
void mailbox_answer(const struct mailbox_return *to, struct mailbox_item *item);
size_t mailbox_waiting(struct mailbox *box); /* Thread: any */

/* mailbox_wait - for a thread without a loop: take all that waits, oldest
 * first, as a NULL-terminated chain; waits up to timeout_ms (-1: for ever, 0:
 * not) and returns NULL on time-out. The caller calls each item's fn. */
struct mailbox_item *mailbox_wait(struct mailbox *box, int timeout_ms);

#endif
