/* account_gate.c - see account_gate.h.
 *
 * One entry per (address, user) pair and one per address, in one map: the key of
 * an address alone has an empty user, which no login has. Entries are kept in
 * the order of their last failure or success; the oldest is the first to go,
 * and goes anyway once it is older than the lock-out.
 *
 * A flood of made-up names from one address fills the table at most with its
 * own entries: the address's entry is touched by each, so it stays. */
#include "account_gate.h"

#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"

#define KEY_SIZE 192 /* longer names are cut: they are nobody's */
#define DELAY_FIRST_MS 1000
#define DELAY_MOST_MS 8000
/* An address is given this many times the failures of a pair before it is shut
 * out: behind it may be several applications. */
#define ADDRESS_FACTOR 5

struct entry {
	struct list link; /* in gate.oldest_first */
	uint32_t failures;
	int64_t touched_mono_ms; /* last failure or success */
	int64_t success_mono_ms; /* 0: none lately */
	size_t key_n;
	char key[KEY_SIZE];
};

struct account_gate {
	struct map *entry;
	struct list oldest_first;
	uint32_t failures_max;
	int64_t lockout_ms;
	/* the other workers; see account_gate_link */
	struct mailbox **peer;
	size_t peers;
};

/* ---- entries ------------------------------------------------------------------ */

static struct span
make_key(char key[KEY_SIZE], struct span address, struct span user)
{
	size_t a = address.n < 64 ? address.n : 64;
	size_t u = user.n < KEY_SIZE - 65 ? user.n : KEY_SIZE - 65;

	memcpy(key, address.p, a);
	key[a] = '\0'; /* in no address and no user name */
	if (u > 0)
		memcpy(key + a + 1, user.p, u);
	return (struct span){ key, a + 1 + u };
}

static void
drop(struct account_gate *gate, struct entry *entry)
{
	(void)map_remove(gate->entry, (struct span){ entry->key, entry->key_n });
	list_remove(&entry->link);
	mem_free(entry);
}

/* find - NULL: none, or one that was old enough to be forgotten. */
static struct entry *
find(struct account_gate *gate, struct span address, struct span user, int64_t now)
{
	char key[KEY_SIZE];
	struct entry *entry = map_get(gate->entry, make_key(key, address, user));

	if (entry != NULL && now - entry->touched_mono_ms >= gate->lockout_ms) {
		drop(gate, entry);
		return NULL;
	}
	return entry;
}

static struct entry *
find_or_make(struct account_gate *gate, struct span address, struct span user, int64_t now)
{
	struct entry *entry = find(gate, address, user, now);

	if (entry == NULL) {
		if (map_count(gate->entry) >= ACCOUNT_GATE_ENTRIES_MAX)
			drop(gate, LIST_OWNER(gate->oldest_first.next, struct entry, link));
		entry = mem_zero(1, sizeof *entry);
		entry->key_n = make_key(entry->key, address, user).n;
		list_init(&entry->link);
		(void)map_put(gate->entry, (struct span){ entry->key, entry->key_n }, entry);
	}
	entry->touched_mono_ms = now;
	list_remove(&entry->link);
	list_push_back(&gate->oldest_first, &entry->link);
	return entry;
}

struct account_gate *
account_gate_new(uint32_t failures_max, int64_t lockout_ms)
{
	struct account_gate *gate = mem_zero(1, sizeof *gate);

	gate->entry = map_new();
	list_init(&gate->oldest_first);
	account_gate_reconfigure(gate, failures_max, lockout_ms);
	return gate;
}

void
account_gate_reconfigure(struct account_gate *gate, uint32_t failures_max, int64_t lockout_ms)
{
	gate->failures_max = failures_max > 0 ? failures_max : 1;
	gate->lockout_ms = lockout_ms;
}

void
account_gate_free(struct account_gate **gate)
{
	struct account_gate *g = *gate;

	*gate = NULL;
	if (g == NULL)
		return;
	while (!list_is_empty(&g->oldest_first))
		drop(g, LIST_OWNER(g->oldest_first.next, struct entry, link));
	map_free(&g->entry);
	mem_free(g->peer);
	mem_free(g);
}

/* ---- deciding ------------------------------------------------------------------ */

static bool
is_shut(const struct account_gate *gate, const struct entry *pair, const struct entry *alone)
{
	if (pair != NULL && pair->failures >= gate->failures_max)
		return true;
	return alone != NULL && alone->success_mono_ms == 0 &&
	       alone->failures / ADDRESS_FACTOR >= gate->failures_max;
}

int64_t
account_gate_delay(struct account_gate *gate, struct span address, struct span user,
		   int64_t now_mono_ms)
{
	const struct entry *pair = find(gate, address, user, now_mono_ms);
	const struct entry *alone = find(gate, address, SPAN_EMPTY, now_mono_ms);
	int64_t delay = DELAY_FIRST_MS;

	if (is_shut(gate, pair, alone))
		return -1;
	if (pair == NULL || pair->failures == 0)
		return 0;
	for (uint32_t i = 1; i < pair->failures && delay < DELAY_MOST_MS; i++)
		delay *= 2;
	return delay;
}

static void
note_failure(struct account_gate *gate, struct span address, struct span user, int64_t now)
{
	find_or_make(gate, address, user, now)->failures++;
	find_or_make(gate, address, SPAN_EMPTY, now)->failures++;
}

static void
note_success(struct account_gate *gate, struct span address, struct span user, int64_t now)
{
	struct entry *pair = find(gate, address, user, now);
	struct entry *alone = find_or_make(gate, address, SPAN_EMPTY, now);

	if (pair != NULL)
		drop(gate, pair);
	alone->success_mono_ms = now;
	alone->failures = 0;
}

/* ---- telling the other workers ---------------------------------------------------- */

struct news { /* sent to each peer; received by take_news */
	struct mailbox_item item;
	bool is_success;
	int64_t at_mono_ms; /* the clock is the machine's: the same in all threads */
	size_t address_n, user_n;
	char text[KEY_SIZE];
};

static void
take_news(struct mailbox_item *item, void *owner)
{
	struct news *news = (struct news *)(void *)item;
	struct span address = { news->text, news->address_n };
	struct span user = { news->text + news->address_n, news->user_n };

	if (owner != NULL && news->is_success)
		note_success(owner, address, user, news->at_mono_ms);
	else if (owner != NULL)
		note_failure(owner, address, user, news->at_mono_ms);
	mem_free(news);
}

static void
tell_peers(const struct account_gate *gate, struct span address, struct span user, int64_t now,
	   bool is_success)
{
	for (size_t i = 0; i < gate->peers; i++) {
		struct news *news = mem_zero(1, sizeof *news);
		struct mailbox_item *item = &news->item;

		item->fn = take_news;
		news->is_success = is_success;
		news->at_mono_ms = now;
		news->address_n = address.n < 64 ? address.n : 64;
		news->user_n = user.n < KEY_SIZE - 65 ? user.n : KEY_SIZE - 65;
		memcpy(news->text, address.p, news->address_n);
		if (news->user_n > 0)
			memcpy(news->text + news->address_n, user.p, news->user_n);
		if (!mailbox_try_send(gate->peer[i], &item))
			mem_free(news); /* it is flooded with news as it is */
	}
}

void
account_gate_failed(struct account_gate *gate, struct span address, struct span user,
		    int64_t now_mono_ms)
{
	note_failure(gate, address, user, now_mono_ms);
	tell_peers(gate, address, user, now_mono_ms, false);
}

void
account_gate_succeeded(struct account_gate *gate, struct span address, struct span user,
		       int64_t now_mono_ms)
{
	struct entry *pair = find(gate, address, user, now_mono_ms);
	struct entry *alone = find(gate, address, SPAN_EMPTY, now_mono_ms);
	bool is_news = pair != NULL || alone == NULL || alone->failures > 0 ||
		       now_mono_ms - alone->success_mono_ms >= gate->lockout_ms / 4;

	/* an application that logs in for every message is no news to anybody */
	if (!is_news)
		return;
	note_success(gate, address, user, now_mono_ms);
	tell_peers(gate, address, user, now_mono_ms, true);
}

void
account_gate_link(struct account_gate **gates, size_t count, struct mailbox **boxes)
{
	for (size_t i = 0; i < count; i++) {
		struct account_gate *gate = gates[i];

		must(gate->peer == NULL);
		gate->peer = mem_zero(count, sizeof(struct mailbox *));
		for (size_t j = 0; j < count; j++)
			if (j != i)
				gate->peer[gate->peers++] = boxes[j];
	}
}
