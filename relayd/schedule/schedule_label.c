/* schedule_label.c - what was decided about single recipients: who holds them, which pool
 * they go by.
 *
 * A label is a set of decisions that hold for many, and part of a lane's key: to be
 * held a recipient moves into the lane of its queue that has the label. So none has
 * a byte for it, and picking is as quick as ever, for a held lane hangs in no stream. A
 * release takes the hold out of the labels that name it; the lanes stay where they are
 * until they run dry, beside those that never had it. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_source.h"

struct schedule_hold *
schedule_label_hold(const struct schedule_label *label)
{
	return label && label->holds > 0 ? label->hold[0] : NULL;
}

struct schedule_hold *
schedule_label_of_messages(const struct schedule_label *label)
{
	struct schedule_hold *found = NULL;

	for (size_t i = 0; label && i < label->holds; i++)
		if (label->hold[i]->kind == SCHEDULE_HOLD_MESSAGES
		    && (found == NULL || label->hold[i]->is_of_grace))
			found = label->hold[i];
	return found;
}

bool
schedule_label_has(const struct schedule_label *label, const struct schedule_hold *hold)
{
	for (size_t i = 0; label && i < label->holds; i++)
		if (label->hold[i] == hold)
			return true;
	return false;
}

/* ---- one for each set ---------------------------------------------------------------- */

static bool
says(const struct schedule_label *label, const struct schedule_decided *decided)
{
	if (label->holds != decided->holds || !schedule_is_same_text(label->pool, decided->pool)
	    || !schedule_is_same_text(label->domain, decided->domain))
		return false;
	for (size_t i = 0; i < decided->holds; i++)
		if (!schedule_label_has(label, decided->hold[i]))
			return false;
	return true;
}

struct schedule_label *
schedule_label_get(struct schedule *s, const struct schedule_decided *decided)
{
	size_t holds = decided->holds;
	struct schedule_label *label;

	if (holds == 0 && decided->pool == NULL && decided->domain == NULL)
		return NULL;
	for (struct list *l = s->labels.next; l != &s->labels; l = l->next) {
		label = LIST_OWNER(l, struct schedule_label, link);
		if (says(label, decided))
			return label;
	}
	label = mem_zero(1, sizeof *label + holds * sizeof label->hold[0]);
	label->pool = decided->pool ? mem_strdup(decided->pool) : NULL;
	label->domain = decided->domain ? mem_strdup(decided->domain) : NULL;
	label->holds = holds;
	for (size_t i = 0; i < holds; i++) {
		label->hold[i] = decided->hold[i];
		label->hold[i]->labels++;
	}
	list_push_front(&s->labels, &label->link); /* an act asks for the same again and again */
	return label;
}

/* others_of - the label's holds but for one, and for the one of messages that it takes the
 * place of: a time of grace takes nobody's. */
static size_t
others_of(const struct schedule_label *label, const struct schedule_hold *but,
          bool takes_place, struct schedule_hold **hold_out)
{
	size_t holds = 0;

	for (size_t i = 0; label && i < label->holds; i++)
		if (label->hold[i] != but
		    && !(takes_place && label->hold[i]->kind == SCHEDULE_HOLD_MESSAGES
		         && !label->hold[i]->is_of_grace))
			hold_out[holds++] = label->hold[i];
	return holds;
}

/* decided_of - what label (or NULL) says, but with other holds. */
static struct schedule_decided
decided_of(const struct schedule_label *label, struct schedule_hold *const *hold, size_t holds)
{
	return (struct schedule_decided){ .hold = hold, .holds = holds,
		                          .pool = label ? label->pool : NULL,
		                          .domain = label ? label->domain : NULL };
}

static struct schedule_decided
same_holds(const struct schedule_label *label)
{
	return decided_of(label, label ? label->hold : NULL, label ? label->holds : 0);
}

struct schedule_label *
schedule_label_moved(struct schedule *s, struct schedule_label *label, const char *pool)
{
	struct schedule_decided decided = same_holds(label);

	decided.pool = pool;
	return schedule_label_get(s, &decided);
}

struct schedule_label *
schedule_label_from(struct schedule *s, struct schedule_label *label, const char *domain)
{
	struct schedule_decided decided = same_holds(label);

	decided.domain = domain;
	return schedule_label_get(s, &decided);
}

struct schedule_label *
schedule_label_with(struct schedule *s, struct schedule_label *label, struct schedule_hold *hold)
{
	struct schedule_decided decided;
	struct schedule_hold **set;
	size_t holds;

	if (schedule_label_has(label, hold))
		return label;
	set = mem_zero((label ? label->holds : 0) + 1, sizeof *set);
	holds = others_of(label, hold,
	                  hold->kind == SCHEDULE_HOLD_MESSAGES && !hold->is_of_grace, set);
	set[holds++] = hold;
	decided = decided_of(label, set, holds);
	label = schedule_label_get(s, &decided);
	mem_free(set);
	return label;
}

struct schedule_label *
schedule_label_without(struct schedule *s, struct schedule_label *label,
                       const struct schedule_hold *hold)
{
	struct schedule_decided decided;
	struct schedule_hold **set;

	if (!schedule_label_has(label, hold))
		return label;
	set = mem_zero(label->holds, sizeof *set);
	decided = decided_of(label, set, others_of(label, hold, false, set));
	label = schedule_label_get(s, &decided);
	mem_free(set);
	return label;
}

static void
forget_hold(struct schedule *s, struct schedule_hold *hold)
{
	if (--hold->labels == 0)
		s->has_spent_hold = true;
}

void
schedule_label_drop(struct schedule *s, struct schedule_label *label)
{
	if (label == NULL || --label->lanes > 0)
		return;
	for (size_t i = 0; i < label->holds; i++)
		forget_hold(s, label->hold[i]);
	list_remove(&label->link);
	mem_free(label->pool);
	mem_free(label->domain);
	mem_free(label);
}

/* ---- recipients and lanes ------------------------------------------------------------ */

void
schedule_label_set(struct schedule *s, struct schedule_recipient *r, struct schedule_label *label)
{
	struct schedule_lane *old = r->lane;
	uint16_t share = old->share;

	if (old->label == label)
		return;
	if (!schedule_is_same_text(schedule_source_pool(s, old->credential, old->label),
	             schedule_source_pool(s, old->credential, label)))
		share = schedule_source_share(s, old->queue, r->message, label);
	schedule_recipient_move(s, r, schedule_lane_get(s, &(struct schedule_lane_key){
		.queue = old->queue, .credential = old->credential, .class = old->class,
		.share = share, .label = label }));
}

static void
take_out(struct schedule_label *label, const struct schedule_hold *hold)
{
	size_t kept = 0;

	label->is_changing = true;
	for (size_t i = 0; i < label->holds; i++)
		if (label->hold[i] != hold)
			label->hold[kept++] = label->hold[i];
	label->holds = kept;
}

/* What expired meanwhile gets a last attempt: a hold is nobody's fault. */
static void
extend_expired(struct schedule *s)
{
	struct schedule_table_node *node = NULL;

	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);
		bool was_held = false;

		for (uint32_t i = 0; i < m->places && !was_held; i++)
			was_held = m->recipient[i] && m->recipient[i]->lane->label
				   && m->recipient[i]->lane->label->is_changing;
		if (was_held)
			schedule_message_extend(s, m);
	}
}

void
schedule_label_release(struct schedule *s, struct schedule_hold *hold)
{
	struct schedule_table_node *node = NULL;

	if (hold->labels == 0)
		return;
	for (struct list *l = s->labels.next; l != &s->labels; l = l->next)
		if (schedule_label_has(LIST_OWNER(l, struct schedule_label, link), hold))
			take_out(LIST_OWNER(l, struct schedule_label, link), hold);
	hold->labels = 0;
	while ((node = schedule_table_walk(&s->lanes, node)) != NULL) {
		struct schedule_lane *lane = LIST_OWNER(node, struct schedule_lane, node);

		if (lane->label && lane->label->is_changing)
			schedule_hold_set_on_lane(s, lane, true);
	}
	if (hold->has_expired)
		extend_expired(s);
	for (struct list *l = s->labels.next; l != &s->labels; l = l->next)
		LIST_OWNER(l, struct schedule_label, link)->is_changing = false;
}

uint32_t
schedule_label_waiting(const struct schedule *s, const struct schedule_hold *hold)
{
	struct schedule_table_node *node = NULL;
	uint32_t waiting = 0;

	while (hold->labels > 0 && (node = schedule_table_walk(&s->lanes, node)) != NULL) {
		const struct schedule_lane *lane = LIST_OWNER(node, struct schedule_lane, node);

		if (schedule_label_has(lane->label, hold))
			waiting += schedule_lane_waiting(lane);
	}
	return waiting;
}
