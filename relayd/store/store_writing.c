/* store_writing.c - see store_writing.h. */
#include "store/store_writing.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_fault.h"

void
store_items_add(struct store_items *list, struct mailbox_item *item)
{
	item->next = NULL;
	if (list->last != NULL)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
}

struct mailbox_item *
store_items_take(struct store_items *list)
{
	struct mailbox_item *item = list->first;

	if (item == NULL)
		return NULL;
	list->first = item->next;
	if (list->first == NULL)
		list->last = NULL;
	return item;
}

/* ---- answers: one function per kind of request --------------------------------------- */

static void
answer_accept(struct mailbox_item *item, int result, const struct err *err)
{
	struct store_accept *request = (struct store_accept *)(void *)item;

	request->result = result;
	if (result != 0)
		request->err = *err;
	mailbox_answer(&request->back, item);
}

static void
answer_record(struct mailbox_item *item, int result, const struct err *err)
{
	struct store_record *request = (struct store_record *)(void *)item;

	request->result = result;
	if (result != 0)
		request->err = *err;
	mailbox_answer(&request->back, item);
}

static void
answer_write(struct mailbox_item *item, int result, const struct err *err)
{
	struct store_write *request = (struct store_write *)(void *)item;

	request->result = result;
	if (result != 0)
		request->err = *err;
	mailbox_answer(&request->back, item);
}

static int
apply_accept(struct store_writing *writing, struct mailbox_item *item, struct err *err)
{
	const struct store_accept *request = (const struct store_accept *)(const void *)item;

	if (writing->store->ops->accept(writing->store->writer, request, err) != 0)
		return -1;
	writing->messages++;
	writing->bytes += mail_body_memory_bytes(request->message->body);
	return 0;
}

static int
apply_record(struct store_writing *writing, struct mailbox_item *item, struct err *err)
{
	struct store_record *request = (struct store_record *)(void *)item;

	if (writing->store->ops->record(writing->store->writer, request, err) != 0)
		return -1;
	writing->outcomes += request->outcomes;
	return 0;
}

static int
apply_write(struct store_writing *writing, struct mailbox_item *item, struct err *err)
{
	const struct store_write *request = (const struct store_write *)(const void *)item;

	return writing->store->ops->write(writing->store->writer, request, err);
}

static const struct {
	int (*apply)(struct store_writing *writing, struct mailbox_item *item, struct err *err);
	void (*answer)(struct mailbox_item *item, int result, const struct err *err);
} kind_of[STORE_ITEM_KIND_COUNT] = {
	[STORE_ITEM_ACCEPT] = { apply_accept, answer_accept },
	[STORE_ITEM_RECORD] = { apply_record, answer_record },
	[STORE_ITEM_WRITE] = { apply_write, answer_write },
};

void
store_writing_answer(enum store_item_kind kind, struct mailbox_item *item, int result,
                     const struct err *err)
{
	kind_of[kind].answer(item, result, err);
}

/* ---- the batch ------------------------------------------------------------------------ */

void
store_writing_set_broken(struct store_writing *writing, const struct err *err)
{
	if (writing->broken_since_unix_ms == 0) {
		writing->broken_since_unix_ms = clock_unix_ms();
		writing->probe_wait_ms = STORE_PROBE_FIRST_MS;
		LOG(LOG_ERROR, "store.broken", LOG_TEXT("reason", err->text),
		    LOG_INT("code", err->code));
	}
	writing->probe_due_mono_ms = clock_mono_ms() + writing->probe_wait_ms;
	writing->store->metrics.is_broken = true;
}

void
store_writing_fail(struct store_writing *writing, const struct err *err)
{
	struct store *store = writing->store;

	store->ops->rollback(store->writer);
	writing->is_open = false;
	writing->has_failed = true;
	writing->err = *err;
	store_writing_set_broken(writing, err);
}

void
store_writing_open(struct store_writing *writing)
{
	struct store *store = writing->store;
	struct err err;

	if (writing->is_open || writing->has_failed)
		return;
	if (store->ops->begin(store->writer, &err) == 0)
		writing->is_open = true;
	else
		store_writing_fail(writing, &err);
}

void
store_writing_take(struct store_writing *writing, enum store_item_kind kind,
                   struct mailbox_item *item)
{
	struct err err;

	writing->items++;
	store_writing_open(writing);
	if (writing->is_open && kind_of[kind].apply(writing, item, &err) != 0) {
		if (err.kind != ERR_SYSTEM) {
			kind_of[kind].answer(item, -1, &err);
			return;
		}
		store_writing_fail(writing, &err);
	}
	store_items_add(&writing->batch[kind], item);
}

static int
write_uses(struct store_writing *writing, struct err *err)
{
	struct store *store = writing->store;
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(writing->uses, &cursor, &key, &value)) {
		const struct store_login *use = value;

		if (store->ops->note_use(store->writer, use->secret_id, use->at_unix_ms,
					 use->address, err) != 0)
			return -1;
	}
	return 0;
}

void
store_writing_clear_uses(struct store_writing *writing)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(writing->uses, &cursor, &key, &value)) {
		map_remove(writing->uses, key);
		mem_free(value);
	}
	writing->uses_due_mono_ms = 0;
}

static void
count_batch(struct store_writing *writing)
{
	struct store_metrics *metrics = &writing->store->metrics;

	metrics->commits++;
	metrics->messages += writing->messages;
	metrics->outcomes += writing->outcomes;
	metrics->bytes += writing->bytes;
	if (writing->items > metrics->largest_batch)
		metrics->largest_batch = writing->items;
}

void
store_writing_commit(struct store_writing *writing)
{
	struct store *store = writing->store;
	bool with_uses =
		writing->uses_due_mono_ms != 0 && clock_mono_ms() >= writing->uses_due_mono_ms;
	struct err err;

	if ((with_uses && write_uses(writing, &err) != 0) ||
	    store->ops->commit(store->writer, &err) != 0) {
		store_writing_fail(writing, &err);
		return;
	}
	writing->is_open = false;
	if (with_uses)
		store_writing_clear_uses(writing);
	count_batch(writing);
}

void
store_writing_end(struct store_writing *writing)
{
	struct mailbox_item *item;

	if (writing->is_open)
		store_writing_commit(writing);
	STORE_FAULT(before_answer);
	if (writing->has_failed)
		while ((item = store_items_take(&writing->batch[STORE_ITEM_RECORD])) != NULL)
			store_items_add(&writing->kept, item);
	for (int kind = 0; kind < STORE_ITEM_KIND_COUNT; kind++)
		while ((item = store_items_take(&writing->batch[kind])) != NULL)
			kind_of[kind].answer(item, writing->has_failed ? -1 : 0, &writing->err);
	writing->has_failed = false;
	writing->items = writing->bytes = writing->messages = writing->outcomes = 0;
	writing->batch_mono_ms = clock_mono_ms();
}
