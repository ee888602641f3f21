/* suppress.c - see suppress.h.
 *
 * Changes are gathered for up to PUBLISH_MS before a new version is made: a campaign to a
 * dead list brings hundreds a second, and each version is a message to every loop. */
#include "suppress/suppress.h"

#include <pthread.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "loop/mailbox.h"

#define PUBLISH_MS 100
#define OVERLAY_MAX 20000          /* then a new base is made beside */
#define ADDRESS_MAX 520

struct pending { /* changes since the last version; the newest of an address last */
	struct suppress_entry *entry;
	size_t count, cap;
};

struct suppress {
	struct suppress_options options;
	struct suppress_set *set;
	struct mailbox *box;
	struct pending put, removed;
	bool has_scopes, has_wildcards; /* of what is pending */
	struct loop_timer publish;
	int64_t published_mono_ms;
	/* merging */
	pthread_t thread;
	bool is_merging;
	struct suppress_set *merging;  /* what the thread reads: a reference */
	struct suppress_changes changes;
	struct suppress_blocked *blocked; /* owned */
};

struct note {
	struct mailbox_item item;
	enum mail_suppression reason;
	int64_t since_unix_ms, until_unix_ms;
	char address[];
};

struct merged {
	struct mailbox_item item;
	struct suppress_set *set;
};

/* ---- changes ------------------------------------------------------------------------- */

static void publish(void *arg);

static void
pend(struct pending *pending, const struct suppress_entry *entry)
{
	if (pending->count == pending->cap) {
		pending->cap = pending->cap ? pending->cap * 2 : 64;
		pending->entry = mem_resize(pending->entry, pending->cap * sizeof *pending->entry);
	}
	pending->entry[pending->count++] = *entry;
}

static void
unpend(struct pending *pending, const struct suppress_entry *entry)
{
	for (size_t i = 0; i < pending->count; i++)
		if (pending->entry[i].hash == entry->hash && pending->entry[i].more == entry->more)
			pending->entry[i--] = pending->entry[--pending->count];
}

/* the first change at once, those that follow together */
static int64_t
next_ms(const struct suppress *suppress)
{
	int64_t since_ms = loop_now_mono_ms(suppress->options.loop) - suppress->published_mono_ms;

	return since_ms < PUBLISH_MS ? PUBLISH_MS - since_ms : 0;
}

static void
change(struct suppress *suppress, const char *scope, const char *address,
       const struct suppress_entry *entry, bool is_put)
{
	suppress->has_scopes |= *scope != '\0';
	suppress->has_wildcards |= *address == '*';
	unpend(&suppress->removed, entry);
	unpend(&suppress->put, entry);
	pend(is_put ? &suppress->put : &suppress->removed, entry);
	if (!loop_timer_is_set(&suppress->publish))
		loop_timer_set(&suppress->publish, next_ms(suppress));
}

void
suppress_put(struct suppress *suppress, const struct store_suppression *row)
{
	struct suppress_entry entry = suppress_entry_make(row->scope ? row->scope : "",
	                                                  row->address, row->reason,
	                                                  row->since_unix_ms, row->until_unix_ms);

	suppress->changes.put++;
	change(suppress, row->scope ? row->scope : "", row->address, &entry, true);
}

void
suppress_drop(struct suppress *suppress, const struct store_suppression *row)
{
	struct suppress_entry entry = suppress_entry_make(row->scope ? row->scope : "",
	                                                  row->address, row->reason, 0, 0);

	suppress->changes.dropped++;
	change(suppress, row->scope ? row->scope : "", row->address, &entry, false);
}

struct suppress_changes
suppress_changes(const struct suppress *suppress)
{
	return suppress->changes;
}

static void
on_note(struct mailbox_item *item, void *owner)
{
	struct note *note = (struct note *)(void *)item;
	struct suppress *suppress = owner;

	if (suppress) {
		const struct store_suppression row = {
			.address = note->address, .scope = "", .reason = note->reason,
			.since_unix_ms = note->since_unix_ms,
			.until_unix_ms = note->until_unix_ms };

		suppress_put(suppress, &row);
	}
	mem_free(note);
}

void
suppress_publish(struct suppress *suppress)
{
	publish(suppress);
}

void
suppress_note(struct suppress *suppress, const char *address, enum mail_suppression reason,
              int64_t since_unix_ms, int64_t until_unix_ms)
{
	size_t n = strlen(address) + 1;
	struct note *note = mem_zero(1, sizeof *note + n);
	struct mailbox_item *item = &note->item;

	item->fn = on_note;
	note->reason = reason;
	note->since_unix_ms = since_unix_ms;
	note->until_unix_ms = until_unix_ms;
	memcpy(note->address, address, n);
	mailbox_send(suppress->box, &item);
}

/* ---- what the list stopped today --------------------------------------------------- */

struct blocked_note {
	struct mailbox_item item;
	char credential[];
};

static void
on_blocked(struct mailbox_item *item, void *owner)
{
	struct blocked_note *note = (struct blocked_note *)(void *)item;
	struct suppress *suppress = owner;

	if (suppress)
		suppress_blocked_add(suppress->blocked, note->credential, clock_unix_ms());
	mem_free(note);
}

void
suppress_note_blocked(struct suppress *suppress, const char *credential)
{
	size_t n = strlen(credential) + 1;
	struct blocked_note *note = mem_zero(1, sizeof *note + n);
	struct mailbox_item *item = &note->item;

	item->fn = on_blocked;
	memcpy(note->credential, credential, n);
	mailbox_send(suppress->box, &item);
}

const struct suppress_blocked *
suppress_blocked_of(struct suppress *suppress)
{
	suppress_blocked_tick(suppress->blocked, clock_unix_ms());
	return suppress->blocked;
}

/* ---- merging ------------------------------------------------------------------------- */

static void
on_merged(struct mailbox_item *item, void *owner)
{
	struct merged *merged = (struct merged *)(void *)item;
	struct suppress *suppress = owner;
	struct suppress_set *next;

	if (suppress == NULL) {
		suppress_set_unref(&merged->set);
		mem_free(merged);
		return;
	}
	must(pthread_join(suppress->thread, NULL) == 0);
	suppress->is_merging = false;
	next = suppress_set_rebase(merged->set, suppress->merging, suppress->set);
	suppress_set_unref(&suppress->merging);
	suppress_set_unref(&merged->set);
	suppress_set_unref(&suppress->set);
	suppress->set = next;
	mem_free(merged);
	publish(suppress);
}

static void *
merge(void *arg)
{
	struct suppress *suppress = arg;
	struct merged *merged = mem_zero(1, sizeof *merged);
	struct mailbox_item *item = &merged->item;

	item->fn = on_merged;
	merged->set = suppress_set_merge(suppress->merging, clock_unix_ms());
	mailbox_send(suppress->box, &item);
	return NULL;
}

static void
merge_if_large(struct suppress *suppress)
{
	if (suppress->is_merging || suppress->set->overlays < OVERLAY_MAX)
		return;
	suppress->merging = suppress_set_ref(suppress->set);
	if (pthread_create(&suppress->thread, NULL, merge, suppress) != 0) {
		suppress_set_unref(&suppress->merging); /* another time */
		return;
	}
	suppress->is_merging = true;
}

static void
publish(void *arg)
{
	struct suppress *suppress = arg;
	struct suppress_set *next = suppress_set_change(
		suppress->set, suppress->put.entry, suppress->put.count, suppress->removed.entry,
		suppress->removed.count, suppress->has_scopes, suppress->has_wildcards);

	suppress->put.count = suppress->removed.count = 0;
	suppress->published_mono_ms = loop_now_mono_ms(suppress->options.loop);
	loop_timer_clear(&suppress->publish);
	suppress_set_unref(&suppress->set);
	suppress->set = next;
	suppress->options.changed(next, suppress->options.arg);
	merge_if_large(suppress);
}

/* ---- start and end ------------------------------------------------------------------- */

struct loading {
	struct suppress_entry *entry;
	size_t count, cap;
	bool has_scopes, has_wildcards;
	int64_t now_unix_ms;
};

static void
load_row(const struct store_suppression *row, void *arg)
{
	struct loading *loading = arg;

	if (row->until_unix_ms != 0 && row->until_unix_ms <= loading->now_unix_ms)
		return;
	if (loading->count == loading->cap) {
		loading->cap = loading->cap ? loading->cap * 2 : 1024;
		loading->entry = mem_resize(loading->entry, loading->cap * sizeof *loading->entry);
	}
	loading->has_scopes |= row->scope[0] != '\0';
	loading->has_wildcards |= row->address[0] == '*';
	loading->entry[loading->count++] =
		suppress_entry_make(row->scope, row->address, row->reason, row->since_unix_ms,
	                            row->until_unix_ms);
}

struct suppress *
suppress_new(const struct suppress_options *options, struct err *err)
{
	struct loading loading = { .now_unix_ms = clock_unix_ms() };
	struct suppress *suppress;

	if (store_load_suppressions(options->store, load_row, &loading, err) < 0) {
		mem_free(loading.entry);
		return NULL;
	}
	suppress = mem_zero(1, sizeof *suppress);
	suppress->options = *options;
	suppress->blocked = suppress_blocked_new(clock_unix_ms());
	suppress->set = suppress_set_build(loading.entry, loading.count, loading.has_scopes,
	                                   loading.has_wildcards);
	loop_timer_init(&suppress->publish, options->loop, publish, suppress);
	suppress->box = mailbox_new("suppress", 0, suppress, err);
	if (suppress->box == NULL) {
		suppress_free(&suppress);
		return NULL;
	}
	mailbox_attach(suppress->box, options->loop);
	return suppress;
}

void
suppress_free(struct suppress **suppress)
{
	struct suppress *s = *suppress;

	*suppress = NULL;
	if (s == NULL)
		return;
	if (s->is_merging)
		must(pthread_join(s->thread, NULL) == 0);
	mailbox_free(&s->box);
	loop_timer_deinit(&s->publish);
	suppress_set_unref(&s->merging);
	suppress_set_unref(&s->set);
	suppress_blocked_free(&s->blocked);
	mem_free(s->put.entry);
	mem_free(s->removed.entry);
	mem_free(s);
}

struct suppress_set *
suppress_set_of(struct suppress *suppress)
{
	return suppress->set;
}
