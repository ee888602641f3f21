/* schedule_slot.c - connections, as the scheduler sees them: opened with a job,
 * busy or idle, closed by us or gone by themselves.
 *
 * A site has at most max_connections. delivery.total_connections only guards
 * file descriptors: when it binds, idle connections of others go first, then
 * sites stand in line and busy ones give one up after a few messages.
 * Whoever names a connection from outside uses a handle (place and
 * generation): notices may come after its end. Thread: scheduler. */
#include "schedule/schedule_site.h"

#include "base/mem.h"
#include "schedule/schedule_turn.h"

/* ---- handles ------------------------------------------------------------------------- */

static void
place_slot(struct schedule *s, struct schedule_slot *slot)
{
	uint32_t place = s->free_handle;

	if (place == s->handles) {
		uint32_t more = s->handles ? s->handles * 2 : 64;

		s->handle = mem_resize(s->handle, more * sizeof *s->handle);
		for (uint32_t i = s->handles; i < more; i++)
			s->handle[i] = (struct schedule_handle){ .next_free = i + 1 };
		s->handles = more;
	}
	s->free_handle = s->handle[place].next_free;
	s->handle[place].slot = slot;
	slot->place = place;
}

/* the generation never is 0, so a handle never is NULL */
void *
schedule_slot_handle(const struct schedule *s, const struct schedule_slot *slot)
{
	uint64_t number = (uint64_t)s->handle[slot->place].generation << 32 | slot->place;

	return (void *)(uintptr_t)number;
}

struct schedule_slot *
schedule_slot_find(const struct schedule *s, const void *handle)
{
	uint64_t number = (uint64_t)(uintptr_t)handle;
	uint32_t place = (uint32_t)number;

	if (place >= s->handles || s->handle[place].generation != number >> 32)
		return NULL;
	return s->handle[place].slot;
}

/* ---- how many ------------------------------------------------------------------------ */

/* make_room - under total_connections: the longest idle one of anybody. */
static bool
make_room(struct schedule *s)
{
	if (s->slots < s->config->delivery.total_connections)
		return true;
	if (list_is_empty(&s->idle_slots))
		return false;
	schedule_slot_close(s, LIST_OWNER(s->idle_slots.next, struct schedule_slot, in_all));
	return true;
}

static uint32_t
least_loaded(const struct schedule *s)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < s->delivers; i++)
		if (s->worker_slots[i] < s->worker_slots[best])
			best = i;
	return best;
}

/* others_are_first - somebody else is in line. A site that has a connection
 * already goes on with that one, one that has none joins the line. */
static bool
others_are_first(struct schedule *s, struct schedule_site *site)
{
	if (list_is_empty(&s->starved) || s->starved.next == &site->in_starved)
		return false;
	if (site->slots == 0 && list_is_empty(&site->in_starved))
		list_push_back(&s->starved, &site->in_starved);
	return true;
}

struct schedule_slot *
schedule_slot_open(struct schedule *s, struct schedule_exchange *exchange)
{
	struct schedule_site *site = exchange->site;
	struct schedule_slot *slot;

	if (site->slots >= site->max_connections) {
		list_remove(&site->in_starved); /* it is not the guard that stops it */
		return NULL;
	}
	if (others_are_first(s, site))
		return NULL;
	if (!make_room(s)) {
		if (list_is_empty(&site->in_starved))
			list_push_back(&s->starved, &site->in_starved);
		return NULL;
	}
	list_remove(&site->in_starved);
	slot = mem_zero(1, sizeof *slot);
	slot->exchange = exchange;
	slot->worker = least_loaded(s);
	list_init(&slot->in_exchange);
	list_init(&slot->in_site);
	list_init(&slot->in_all);
	place_slot(s, slot);
	s->handle[slot->place].generation++;
	exchange->slots++;
	site->slots++;
	s->worker_slots[slot->worker]++;
	s->slots++;
	return slot;
}

/* ---- busy, idle, gone ---------------------------------------------------------------- */

static void
leave_idle(struct schedule_slot *slot)
{
	list_remove(&slot->in_exchange);
	list_remove(&slot->in_site);
	list_remove(&slot->in_all);
}

static void
count_busy(struct schedule_slot *slot, int by)
{
	struct schedule_site *site = slot->exchange->site;

	site->busy += (uint32_t)by;
	if (slot->is_bulk)
		site->busy_bulk += (uint32_t)by;
}

void
schedule_slot_set_busy(struct schedule *s, struct schedule_slot *slot, bool is_bulk)
{
	must(!slot->is_busy);
	leave_idle(slot);
	slot->is_busy = true;
	slot->is_bulk = is_bulk;
	slot->began_mono_ms = s->now_mono_ms;
	count_busy(slot, 1);
}

void
schedule_slot_free(struct schedule *s, struct schedule_slot *slot)
{
	struct schedule_exchange *exchange = slot->exchange;
	struct schedule_site *site = exchange->site;

	if (slot->is_busy)
		count_busy(slot, -1);
	leave_idle(slot);
	exchange->slots--;
	site->slots--;
	s->worker_slots[slot->worker]--;
	s->slots--;
	s->handle[slot->place].slot = NULL;
	s->handle[slot->place].next_free = s->free_handle;
	s->free_handle = slot->place;
	mem_free(slot);
	schedule_site_dirty(s, site);
	if (!list_is_empty(&s->starved))
		schedule_site_dirty(s, LIST_OWNER(s->starved.next, struct schedule_site,
		                                  in_starved));
	schedule_exchange_release(s, exchange);
}

void
schedule_slot_close(struct schedule *s, struct schedule_slot *slot)
{
	if (slot->conn_id)
		deliver_close(s->deliver[slot->worker], slot->conn_id);
	schedule_slot_free(s, slot);
}

#define TURN_MESSAGES 10 /* then a site's only connection goes to one that has none */

/* others wait in line, and this site has had its share */
static bool
has_to_give_up(const struct schedule *s, const struct schedule_slot *slot)
{
	const struct schedule_site *site = slot->exchange->site;

	if (list_is_empty(&s->starved))
		return false;
	return site->slots > 1 || slot->messages >= TURN_MESSAGES;
}

void
schedule_slot_set_idle(struct schedule *s, struct schedule_slot *slot)
{
	struct schedule_site *site = slot->exchange->site;

	count_busy(slot, -1);
	slot->is_busy = false;
	if (slot->conn_id == 0 || s->is_stopping || has_to_give_up(s, slot)
	    || slot->messages >= pace_control_session(&site->gate.control, s->now_mono_ms)
	    || site->slots > site->max_connections) {
		schedule_slot_close(s, slot);
		return;
	}
	list_push_front(&slot->exchange->idle, &slot->in_exchange);
	list_push_back(&site->idle, &slot->in_site);
	list_push_back(&s->idle_slots, &slot->in_all);
	schedule_site_dirty(s, site);
}

void
schedule_slot_gone(struct mailbox_item *item, void *owner)
{
	struct deliver_gone *gone = (struct deliver_gone *)(void *)item;
	struct schedule *s = owner;
	struct schedule_slot *slot = s ? schedule_slot_find(s, gone->context) : NULL;

	/* one that got a job meanwhile: the job comes back and says so */
	if (slot && slot->conn_id == gone->conn_id && !slot->is_busy) {
		schedule_read_clock(s);
		schedule_slot_free(s, slot);
		schedule_wake(s);
	}
	mem_free(gone);
}

void
schedule_slot_close_all(struct schedule *s)
{
	while (!list_is_empty(&s->idle_slots))
		schedule_slot_close(
			s, LIST_OWNER(s->idle_slots.next, struct schedule_slot, in_all));
}
