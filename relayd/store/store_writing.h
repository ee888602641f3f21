/* store_writing.h - the batch the store thread has open: what is in it, how it ends, and
 * who is told. Thread: the store's.
 *
 *   nothing --open--> open --commit--> all well --end--> everybody is answered
 *                      '--fail--> rolled back --end--> accepts and changes are answered -1,
 *                                                      outcomes are kept */
#ifndef STORE_STORE_WRITING_H
#define STORE_STORE_WRITING_H

#include "base/map.h"
#include "store/store_private.h"

#define STORE_PROBE_FIRST_MS 50
#define STORE_LOGIN_ADDRESS_SIZE 64

struct store_items {
	struct mailbox_item *first, *last;
};

enum store_item_kind {
	STORE_ITEM_ACCEPT, STORE_ITEM_RECORD, STORE_ITEM_WRITE, STORE_ITEM_KIND_COUNT
};

struct store_writing { /* the store thread's own */
	struct store *store;
	struct store_items batch[STORE_ITEM_KIND_COUNT]; /* answered when the batch ends */
	struct store_items kept;       /* records that wait until writing works again */
	bool is_open, has_failed;      /* the batch */
	struct err err;                /* why it failed */
	size_t items, bytes, messages, outcomes; /* in the batch */
	struct map *uses;              /* secret id -> struct store_login */
	int64_t uses_due_mono_ms;      /* 0: none wait */
	int64_t broken_since_unix_ms;  /* 0: not broken */
	int64_t probe_due_mono_ms, probe_wait_ms;
	int64_t disk_mono_ms, batch_mono_ms; /* last done */
};

struct store_login { /* a secret logged in: travels, then waits in `uses` */
	struct mailbox_item item;
	uint64_t secret_id;
	int64_t at_unix_ms;
	char address[STORE_LOGIN_ADDRESS_SIZE];
};

void store_items_add(struct store_items *list, struct mailbox_item *item);
struct mailbox_item *store_items_take(struct store_items *list);

void store_writing_open(struct store_writing *writing);
/* store_writing_take - a request becomes part of the batch, or is refused at once. */
void store_writing_take(struct store_writing *writing, enum store_item_kind kind,
                        struct mailbox_item *item);
void store_writing_commit(struct store_writing *writing);
/* store_writing_end - commit, then tell everybody how it went. */
void store_writing_end(struct store_writing *writing);
void store_writing_fail(struct store_writing *writing, const struct err *err);
void store_writing_set_broken(struct store_writing *writing, const struct err *err);
void store_writing_answer(enum store_item_kind kind, struct mailbox_item *item, int result,
                          const struct err *err);
void store_writing_clear_uses(struct store_writing *writing);

#endif
