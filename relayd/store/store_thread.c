/* store_thread.c - stage 4's thread: everything that waits becomes one
 * transaction, one sync, and then everybody in it is answered.
 *
 *   mailbox -> handlers write rows into the open batch -> commit -> answers
 *                     |  the engine failed (SYSTEM)
 *                     v
 *   rollback; accepts and changes are answered -1, outcomes are kept
 *                     |  a probe, each second at the latest
 *                     v
 *   can write again: note the gap, record what was kept, go on
 *
 * Outcomes are never given up while the process lives: the mail is delivered
 * already, so they wait here (bounded by attempts in flight, and no new attempt
 * starts while is_broken is set). Housekeeping happens between batches. */
#include <string.h>
#include <sys/statvfs.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_fault.h"
#include "store/store_private.h"

#define BATCH_ITEMS 512 /* of one transaction: bounds how long it takes */
#define BATCH_BYTES (8 * 1024 * 1024)
#define IDLE_AFTER_MS 250 /* no batch for so long: housekeeping may sync */
#define IDLE_WAIT_MS 1000
#define PROBE_FIRST_MS 50 /* then twice as long each time, up to ... */
#define PROBE_LAST_MS 1000
#define DISK_EVERY_MS 1000
#define USES_EVERY_MS 5000 /* last use of secrets: at most that old */
#define USE_ADDRESS_SIZE 64

struct item_list {
	struct mailbox_item *first, *last;
};

enum item_kind { ITEM_ACCEPT, ITEM_RECORD, ITEM_WRITE, ITEM_KIND_COUNT };

struct writing { /* the store thread's own */
	struct store *store;
	struct item_list batch[ITEM_KIND_COUNT]; /* answered when the batch ends */
	struct item_list kept;			 /* records that wait until writing works again */
	bool is_open, has_failed;		 /* the batch */
	struct err err;				 /* why it failed */
	size_t items, bytes, messages, outcomes; /* in the batch */
	struct map *uses;			 /* secret id -> struct use */
	int64_t uses_due_mono_ms;		 /* 0: none wait */
	int64_t broken_since_unix_ms;		 /* 0: not broken */
	int64_t probe_due_mono_ms, probe_wait_ms;
	int64_t disk_mono_ms, batch_mono_ms; /* last done */
};

struct use { /* a secret logged in: travels, then waits in `uses` */
	struct mailbox_item item;
	uint64_t secret_id;
	int64_t at_unix_ms;
	char address[USE_ADDRESS_SIZE];
};

static void
list_add(struct item_list *list, struct mailbox_item *item)
{
	item->next = NULL;
	if (list->last != NULL)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
}

static struct mailbox_item *
list_take(struct item_list *list)
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
apply_accept(struct writing *writing, struct mailbox_item *item, struct err *err)
{
	const struct store_accept *request = (const struct store_accept *)(const void *)item;

	if (writing->store->ops->accept(writing->store->writer, request, err) != 0)
		return -1;
	writing->messages++;
	writing->bytes += mail_body_memory_bytes(request->message->body);
	return 0;
}

static int
apply_record(struct writing *writing, struct mailbox_item *item, struct err *err)
{
	struct store_record *request = (struct store_record *)(void *)item;

	if (writing->store->ops->record(writing->store->writer, request, err) != 0)
		return -1;
	writing->outcomes += request->outcomes;
	return 0;
}

static int
apply_write(struct writing *writing, struct mailbox_item *item, struct err *err)
{
	const struct store_write *request = (const struct store_write *)(const void *)item;

	return writing->store->ops->write(writing->store->writer, request, err);
}

static const struct {
	int (*apply)(struct writing *writing, struct mailbox_item *item, struct err *err);
	void (*answer)(struct mailbox_item *item, int result, const struct err *err);
} kind_of[ITEM_KIND_COUNT] = {
	[ITEM_ACCEPT] = { apply_accept, answer_accept },
	[ITEM_RECORD] = { apply_record, answer_record },
	[ITEM_WRITE] = { apply_write, answer_write },
};

/* ---- the batch ------------------------------------------------------------------------ */

static void
set_broken(struct writing *writing, const struct err *err)
{
	if (writing->broken_since_unix_ms == 0) {
		writing->broken_since_unix_ms = clock_unix_ms();
		writing->probe_wait_ms = PROBE_FIRST_MS;
		LOG(LOG_ERROR, "store.broken", LOG_TEXT("reason", err->text),
		    LOG_INT("code", err->code));
	}
	writing->probe_due_mono_ms = clock_mono_ms() + writing->probe_wait_ms;
	writing->store->metrics.is_broken = true;
}

static void
fail_batch(struct writing *writing, const struct err *err)
{
	struct store *store = writing->store;

	store->ops->rollback(store->writer);
	writing->is_open = false;
	writing->has_failed = true;
	writing->err = *err;
	set_broken(writing, err);
}

static void
open_batch(struct writing *writing)
{
	struct store *store = writing->store;
	struct err err;

	if (writing->is_open || writing->has_failed)
		return;
	if (store->ops->begin(store->writer, &err) == 0)
		writing->is_open = true;
	else
		fail_batch(writing, &err);
}

/* take - a request becomes part of the batch, or is refused at once. */
static void
take(struct writing *writing, enum item_kind kind, struct mailbox_item *item)
{
	struct err err;

	writing->items++;
	open_batch(writing);
	if (writing->is_open && kind_of[kind].apply(writing, item, &err) != 0) {
		if (err.kind != ERR_SYSTEM) {
			kind_of[kind].answer(item, -1, &err);
			return;
		}
		fail_batch(writing, &err);
	}
	list_add(&writing->batch[kind], item);
}

static int
write_uses(struct writing *writing, struct err *err)
{
	struct store *store = writing->store;
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(writing->uses, &cursor, &key, &value)) {
		const struct use *use = value;

		if (store->ops->note_use(store->writer, use->secret_id, use->at_unix_ms,
					 use->address, err) != 0)
			return -1;
	}
	return 0;
}

static void
clear_uses(struct writing *writing)
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
count_batch(struct writing *writing)
{
	struct store_metrics *metrics = &writing->store->metrics;

	metrics->commits++;
	metrics->messages += writing->messages;
	metrics->outcomes += writing->outcomes;
	metrics->bytes += writing->bytes;
	if (writing->items > metrics->largest_batch)
		metrics->largest_batch = writing->items;
}

static void
commit_batch(struct writing *writing)
{
	struct store *store = writing->store;
	bool with_uses =
		writing->uses_due_mono_ms != 0 && clock_mono_ms() >= writing->uses_due_mono_ms;
	struct err err;

	if ((with_uses && write_uses(writing, &err) != 0) ||
	    store->ops->commit(store->writer, &err) != 0) {
		fail_batch(writing, &err);
		return;
	}
	writing->is_open = false;
	if (with_uses)
		clear_uses(writing);
	count_batch(writing);
}

/* end_batch - commit, then tell everybody how it went. */
static void
end_batch(struct writing *writing)
{
	struct mailbox_item *item;

	if (writing->is_open)
		commit_batch(writing);
	STORE_FAULT(before_answer);
	if (writing->has_failed)
		while ((item = list_take(&writing->batch[ITEM_RECORD])) != NULL)
			list_add(&writing->kept, item);
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++)
		while ((item = list_take(&writing->batch[kind])) != NULL)
			kind_of[kind].answer(item, writing->has_failed ? -1 : 0, &writing->err);
	writing->has_failed = false;
	writing->items = writing->bytes = writing->messages = writing->outcomes = 0;
	writing->batch_mono_ms = clock_mono_ms();
}

/* ---- what arrives ------------------------------------------------------------------------ */

static bool
refuse_broken(struct writing *writing, struct err *err)
{
	if (writing->broken_since_unix_ms == 0)
		return false;
	err_set(err, ERR_SYSTEM, 0, "the store cannot write");
	return true;
}

static void
on_accept(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct store_accept *request = (struct store_accept *)(void *)item;
	struct err err;

	if (thread == NULL) { /* sent after the store stopped */
		mail_message_free(&request->message);
		mem_free(request);
	} else if (thread->store->metrics.is_full) {
		err_set(&err, ERR_LIMIT, 0, "the disk is nearly full");
		answer_accept(item, -1, &err);
	} else if (refuse_broken(thread->state, &err)) {
		answer_accept(item, -1, &err);
	} else {
		take(thread->state, ITEM_ACCEPT, item);
	}
}

static void
on_record(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct store_record *request = (struct store_record *)(void *)item;
	struct writing *writing;

	if (thread == NULL) {
		store_record_free(&request);
		return;
	}
	writing = thread->state;
	if (writing->broken_since_unix_ms != 0)
		list_add(&writing->kept, item);
	else
		take(writing, ITEM_RECORD, item);
}

static void
on_write(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct store_write *request = (struct store_write *)(void *)item;
	struct err err;

	if (thread == NULL) {
		arena_free(&request->arena);
		mem_free(request);
	} else if (refuse_broken(thread->state, &err)) {
		answer_write(item, -1, &err);
	} else {
		take(thread->state, ITEM_WRITE, item);
	}
}

static void
on_use(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct use *use = (struct use *)(void *)item;
	struct writing *writing;

	if (thread == NULL) {
		mem_free(use);
		return;
	}
	writing = thread->state;
	if (writing->uses_due_mono_ms == 0)
		writing->uses_due_mono_ms = clock_mono_ms() + USES_EVERY_MS;
	mem_free(map_put(writing->uses, map_key_u64(&use->secret_id), use));
}

/* ---- health ---------------------------------------------------------------------------------- */

void
store_thread_check_disk(struct store *store)
{
	struct statvfs disk;
	uint64_t free_bytes;
	bool is_full;

	if (statvfs(store->options.state_dir, &disk) != 0)
		return; /* writing will tell */
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	is_full = free_bytes < store->options.disk_reserve_bytes;
	if (is_full != store->metrics.is_full)
		LOG(is_full ? LOG_ERROR : LOG_NOTICE, is_full ? "store.full" : "store.not_full",
		    LOG_UINT("free_bytes", free_bytes),
		    LOG_UINT("reserve_bytes", store->options.disk_reserve_bytes));
	store->metrics.free_bytes = free_bytes;
	store->metrics.is_full = is_full;
}

/* recover - note when nothing could be recorded, then record what was kept. */
static void
recover(struct writing *writing)
{
	struct store *store = writing->store;
	int64_t since = writing->broken_since_unix_ms, now = clock_unix_ms();
	struct item_list kept = writing->kept;
	struct mailbox_item *item;
	struct err err;

	writing->kept = (struct item_list){ NULL, NULL };
	open_batch(writing);
	if (writing->is_open &&
	    store->ops->note_gap(store->writer, since, now, "cannot write", &err) != 0)
		fail_batch(writing, &err);
	while ((item = list_take(&kept)) != NULL)
		take(writing, ITEM_RECORD, item);
	if (writing->is_open)
		commit_batch(writing);
	if (!writing->has_failed) {
		writing->broken_since_unix_ms = 0;
		store->metrics.is_broken = false;
		LOG(LOG_NOTICE, "store.recovered", LOG_INT("after_ms", now - since));
	}
	end_batch(writing);
}

static void
probe(struct writing *writing)
{
	struct store *store = writing->store;
	struct err err;

	if (clock_mono_ms() < writing->probe_due_mono_ms)
		return;
	writing->probe_wait_ms *= 2;
	if (writing->probe_wait_ms > PROBE_LAST_MS)
		writing->probe_wait_ms = PROBE_LAST_MS;
	writing->probe_due_mono_ms = clock_mono_ms() + writing->probe_wait_ms;
	if (store->ops->probe(store->writer, &err) == 0)
		recover(writing);
}

static void
copy_counts(struct store *store)
{
	struct store_counts counts;

	store->ops->counts(store->writer, &counts);
	store->metrics.syncs = counts.syncs;
	store->metrics.wal_bytes = counts.wal_bytes;
}

/* ---- the thread ---------------------------------------------------------------------------------
 */

/* run - in batches, so that a long queue does not become one long transaction. */
static void
run(struct writing *writing, struct store_thread *thread, struct mailbox_item *item)
{
	while (item != NULL) {
		struct mailbox_item *next = item->next;

		item->fn(item, thread);
		item = next;
		if (writing->items > 0 && (item == NULL || writing->items >= BATCH_ITEMS ||
					   writing->bytes >= BATCH_BYTES))
			end_batch(writing);
	}
}

/* tend - between batches; returns whether there is more to do. */
static bool
tend(struct writing *writing)
{
	struct store *store = writing->store;
	int64_t now = clock_mono_ms();
	struct err err;
	int more;

	if (now - writing->disk_mono_ms >= DISK_EVERY_MS) {
		writing->disk_mono_ms = now;
		store_thread_check_disk(store);
	}
	if (writing->broken_since_unix_ms != 0) {
		probe(writing);
		return false;
	}
	if (writing->uses_due_mono_ms != 0 && now >= writing->uses_due_mono_ms) {
		open_batch(writing);
		end_batch(writing);
	}
	more = store->ops->tend(store->writer, now - writing->batch_mono_ms >= IDLE_AFTER_MS,
				clock_unix_ms(), &err);
	if (more < 0)
		set_broken(writing, &err);
	copy_counts(store);
	return more > 0;
}

/* finish - the last words: uses, and those whose outcomes could not be written. */
static void
finish(struct writing *writing)
{
	struct mailbox_item *item;
	struct err err;

	if (writing->broken_since_unix_ms != 0) {
		writing->probe_due_mono_ms = 0;
		probe(writing);
	}
	if (writing->broken_since_unix_ms == 0 && writing->uses_due_mono_ms != 0) {
		writing->uses_due_mono_ms = 1;
		open_batch(writing);
		end_batch(writing);
	}
	err_set(&err, ERR_SYSTEM, 0, "the store cannot write and was stopped");
	while ((item = list_take(&writing->kept)) != NULL)
		answer_record(item, -1, &err);
	copy_counts(writing->store);
}

static int
next_wait_ms(const struct writing *writing, bool more)
{
	int64_t now = clock_mono_ms();

	if (writing->broken_since_unix_ms != 0)
		return writing->probe_due_mono_ms > now ? (int)(writing->probe_due_mono_ms - now)
							: 0;
	if (more)
		return 0;
	return now - writing->batch_mono_ms >= IDLE_AFTER_MS ? IDLE_WAIT_MS : IDLE_AFTER_MS;
}

void *
store_thread_main(void *arg)
{
	struct store_thread *thread = arg;
	struct writing writing = { .store = thread->store, .uses = map_new() };
	bool more = true;

	thread->state = &writing;
	while (!thread->is_stopping) {
		run(&writing, thread, mailbox_wait(thread->box, next_wait_ms(&writing, more)));
		more = tend(&writing);
	}
	finish(&writing);
	clear_uses(&writing);
	map_free(&writing.uses);
	thread->state = NULL;
	return NULL;
}

/* ---- senders: any thread
 * --------------------------------------------------------------------------- */

bool
store_accept_send(struct store *store, struct store_accept **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_accept;
	if (!mailbox_try_send(store->writing.box, &item))
		return false;
	*request = NULL;
	return true;
}

void
store_record_send(struct store *store, struct store_record **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_record;
	*request = NULL;
	mailbox_send(store->writing.box, &item);
}

void
store_record_free(struct store_record **request)
{
	if (*request == NULL)
		return;
	for (size_t i = 0; i < (*request)->outcomes; i++)
		mem_free((*request)->outcome[i].event);
	mem_free((*request)->outcome);
	mem_free(*request);
	*request = NULL;
}

void
store_write_send(struct store *store, struct store_write **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_write;
	*request = NULL;
	mailbox_send(store->writing.box, &item);
}

void
store_note_use(struct store *store, uint64_t secret_id, int64_t now_unix_ms, const char *address)
{
	struct use *use = mem_zero(1, sizeof *use);
	struct mailbox_item *item = &use->item;
	size_t n = strnlen(address, USE_ADDRESS_SIZE - 1);

	item->fn = on_use;
	use->secret_id = secret_id;
	use->at_unix_ms = now_unix_ms;
	memcpy(use->address, address, n);
	if (!mailbox_try_send(store->writing.box, &item))
		mem_free(use); /* the store has more important things to do */
}
