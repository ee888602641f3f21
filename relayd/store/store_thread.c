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
#include "store/store_private.h"
#include "store/store_writing.h"

#define BATCH_ITEMS 512 /* of one transaction: bounds how long it takes */
#define BATCH_BYTES (8 * 1024 * 1024)
#define IDLE_AFTER_MS 250 /* no batch for so long: housekeeping may sync */
#define IDLE_WAIT_MS 1000
#define PROBE_LAST_MS 1000 /* from STORE_PROBE_FIRST_MS, twice as long each time */
#define DISK_EVERY_MS 1000
#define USES_EVERY_MS 5000 /* last use of secrets: at most that old */

/* ---- what arrives ------------------------------------------------------------------------ */

static bool
refuse_broken(struct store_writing *writing, struct err *err)
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
		store_writing_answer(STORE_ITEM_ACCEPT, item, -1, &err);
	} else if (refuse_broken(thread->state, &err)) {
		store_writing_answer(STORE_ITEM_ACCEPT, item, -1, &err);
	} else {
		store_writing_take(thread->state, STORE_ITEM_ACCEPT, item);
	}
}

static void
on_record(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct store_record *request = (struct store_record *)(void *)item;
	struct store_writing *writing;

	if (thread == NULL) {
		store_record_free(&request);
		return;
	}
	writing = thread->state;
	if (writing->broken_since_unix_ms != 0)
		store_items_add(&writing->kept, item);
	else
		store_writing_take(writing, STORE_ITEM_RECORD, item);
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
		store_writing_answer(STORE_ITEM_WRITE, item, -1, &err);
	} else {
		store_writing_take(thread->state, STORE_ITEM_WRITE, item);
	}
}

static void
on_use(struct mailbox_item *item, void *owner)
{
	struct store_thread *thread = owner;
	struct store_login *use = (struct store_login *)(void *)item;
	struct store_writing *writing;

	if (thread == NULL) {
		mem_free(use);
		return;
	}
	writing = thread->state;
	if (writing->uses_due_mono_ms == 0)
		writing->uses_due_mono_ms = clock_mono_ms() + USES_EVERY_MS;
	mem_free(map_put(writing->uses, map_key_u64(&use->secret_id), use));
}

struct reconfigure {
	struct mailbox_item item;
	struct store_options options; /* its strings are not ours */
};

static void
on_reconfigure(struct mailbox_item *item, void *owner)
{
	struct reconfigure *reconfigure = (struct reconfigure *)(void *)item;
	struct store_thread *thread = owner;

	if (thread != NULL) {
		struct store *store = thread->store;

		store->options.disk_reserve_bytes = reconfigure->options.disk_reserve_bytes;
		store->ops->reconfigure(store->writer, &reconfigure->options);
		store_thread_check_disk(store);
	}
	mem_free(reconfigure);
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
recover(struct store_writing *writing)
{
	struct store *store = writing->store;
	int64_t since = writing->broken_since_unix_ms, now = clock_unix_ms();
	struct store_items kept = writing->kept;
	struct mailbox_item *item;
	struct err err;

	writing->kept = (struct store_items){ NULL, NULL };
	store_writing_open(writing);
	if (writing->is_open &&
	    store->ops->note_gap(store->writer, since, now, "cannot write", &err) != 0)
		store_writing_fail(writing, &err);
	while ((item = store_items_take(&kept)) != NULL)
		store_writing_take(writing, STORE_ITEM_RECORD, item);
	if (writing->is_open)
		store_writing_commit(writing);
	if (!writing->has_failed) {
		writing->broken_since_unix_ms = 0;
		store->metrics.is_broken = false;
		LOG(LOG_NOTICE, "store.recovered", LOG_INT("after_ms", now - since));
	}
	store_writing_end(writing);
}

static void
probe(struct store_writing *writing)
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
run(struct store_writing *writing, struct store_thread *thread, struct mailbox_item *item)
{
	while (item != NULL) {
		struct mailbox_item *next = item->next;

		item->fn(item, thread);
		item = next;
		if (writing->items > 0 && (item == NULL || writing->items >= BATCH_ITEMS ||
					   writing->bytes >= BATCH_BYTES))
			store_writing_end(writing);
	}
}

/* tend - between batches; returns whether there is more to do. */
static bool
tend(struct store_writing *writing)
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
		store_writing_open(writing);
		store_writing_end(writing);
	}
	more = store->ops->tend(store->writer, now - writing->batch_mono_ms >= IDLE_AFTER_MS,
				clock_unix_ms(), &err);
	if (more < 0)
		store_writing_set_broken(writing, &err);
	copy_counts(store);
	return more > 0;
}

/* finish - the last words: uses, and those whose outcomes could not be written. */
static void
finish(struct store_writing *writing)
{
	struct mailbox_item *item;
	struct err err;

	if (writing->broken_since_unix_ms != 0) {
		writing->probe_due_mono_ms = 0;
		probe(writing);
	}
	if (writing->broken_since_unix_ms == 0 && writing->uses_due_mono_ms != 0) {
		writing->uses_due_mono_ms = 1;
		store_writing_open(writing);
		store_writing_end(writing);
	}
	err_set(&err, ERR_SYSTEM, 0, "the store cannot write and was stopped");
	while ((item = store_items_take(&writing->kept)) != NULL)
		store_writing_answer(STORE_ITEM_RECORD, item, -1, &err);
	copy_counts(writing->store);
}

static int
next_wait_ms(const struct store_writing *writing, bool more)
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
	struct store_writing writing = { .store = thread->store, .uses = map_new() };
	bool more = true;

	thread->state = &writing;
	while (!thread->is_stopping) {
		run(&writing, thread, mailbox_wait(thread->box, next_wait_ms(&writing, more)));
		more = tend(&writing);
	}
	finish(&writing);
	store_writing_clear_uses(&writing);
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
	struct store_login *use = mem_zero(1, sizeof *use);
	struct mailbox_item *item = &use->item;
	size_t n = strnlen(address, STORE_LOGIN_ADDRESS_SIZE - 1);

	item->fn = on_use;
	use->secret_id = secret_id;
	use->at_unix_ms = now_unix_ms;
	memcpy(use->address, address, n);
	if (!mailbox_try_send(store->writing.box, &item))
		mem_free(use); /* the store has more important things to do */
}

void
store_reconfigure(struct store *store, const struct store_options *options)
{
	struct reconfigure *reconfigure = mem_zero(1, sizeof *reconfigure);
	struct mailbox_item *item = &reconfigure->item;

	item->fn = on_reconfigure;
	reconfigure->options = *options;
	reconfigure->options.url = reconfigure->options.state_dir = NULL;
	mailbox_send(store->writing.box, &item);
}
