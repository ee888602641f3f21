/* schedule_hold_message.c - holding messages, or single recipients of them: what waits
 * when it is asked for, not what comes later.
 *
 * One act makes one hold ("messages:ID"), with its owner, reason and end, however many
 * it is about; each recipient's row in the store names it. It goes with the last of
 * them, and all at once with `queue release messages:ID`. Who is held twice has the later
 * one, but for a time of grace (schedule_grace.c), which stands beside it. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <stdio.h>
#include "base/id.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"

#define SCOPE "messages:"
#define SCOPE_SIZE (sizeof SCOPE + ID_TEXT_SIZE)

/* By its time, so that no later one has the same: rows in the store may name a hold that is
 * gone. */
const char *
schedule_hold_new_scope(const struct schedule *s, struct arena *arena)
{
	char id[ID_TEXT_SIZE], scope[SCOPE_SIZE];
	uint64_t number = id_lowest_at(s->now_unix_ms);

	do {
		id_format(number++, id);
		snprintf(scope, SCOPE_SIZE, SCOPE "%s", id);
	} while (map_get(s->holds, span_of(scope)));
	return arena_strdup(arena, scope);
}

/* ---- those that are meant ------------------------------------------------------------ */

struct chosen { /* what is written of them, in the ask's arena */
	struct store_recipient_key *key;
	size_t count;
};

static struct chosen
chosen_new(const struct schedule_ask *ask)
{
	size_t most = 0;

	for (size_t i = 0; i < ask->messages; i++)
		most += ask->message[i].waiting + ask->message[i].active;
	return (struct chosen){
		arena_alloc(ask->arena, (most + 1) * sizeof(struct store_recipient_key)), 0 };
}

static void
choose(struct chosen *chosen, const struct schedule_recipient *r)
{
	chosen->key[chosen->count++] =
		(struct store_recipient_key){ .message_id = r->message->id, .no = r->no };
}

/* ---- hold ---------------------------------------------------------------------------- */

/* What is being handed over is held too: it may come back deferred. */
static void
hold_row(struct schedule *s, struct schedule_message_row *row, struct schedule_hold *hold,
         struct chosen *chosen)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		schedule_label_set(s, r, schedule_label_with(s, r->lane->label, hold));
		row->touched += r->state != SCHEDULE_ACTIVE;
		if (chosen)
			choose(chosen, r);
	}
}

/* hold_by_rule - what waited before it: nothing is written, the rule says it at start. */
static bool
hold_by_rule(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_hold *hold = map_get(s->holds, span_of(ask->scope));

	ask->affected = 0;
	if (hold == NULL) {
		ask->result = err_set(&ask->err, ERR_INPUT, 0, "%s was released meanwhile",
		                      ask->scope);
		return true;
	}
	for (size_t i = 0; i < ask->messages; i++) {
		hold_row(s, &ask->message[i], hold, NULL);
		ask->affected += ask->message[i].touched;
	}
	return true;
}

bool
schedule_hold_messages(struct schedule *s, struct schedule_ask *ask)
{
	struct chosen chosen = chosen_new(ask);
	struct store_write *write;
	const char *scope;
	struct schedule_hold *hold;

	if (ask->scope)
		return hold_by_rule(s, ask);
	write = schedule_write_new(s, NULL, 1);
	scope = schedule_hold_new_scope(s, ask->arena);
	hold = schedule_hold_start(s, ask, write, scope);
	for (size_t i = 0; i < ask->messages; i++)
		hold_row(s, &ask->message[i], hold, &chosen);
	ask->scope = scope;
	schedule_mark_send(s, ask, write, &(struct store_marks){
		.text = ask->scope, .recipient = chosen.key, .recipients = chosen.count });
	return false;
}

/* ---- release ------------------------------------------------------------------------- */

static void
release_row(struct schedule *s, struct schedule_ask *ask, struct schedule_message_row *row,
            struct chosen *chosen)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		struct schedule_hold *hold = schedule_label_of_messages(r->lane->label);
		struct schedule_hold *other;

		if (hold) {
			schedule_hold_did(ask, hold, "released");
			schedule_label_set(s, r, schedule_label_without(s, r->lane->label, hold));
			schedule_message_extend(s, m);
			row->touched += r->state != SCHEDULE_ACTIVE;
			if (!hold->is_of_grace) /* the store knows nothing of that */
				choose(chosen, r);
		}
		other = schedule_hold_of_lane(r->lane);
		if (other && ask->scope == NULL)
			ask->scope = arena_strdup(ask->arena, other->scope);
	}
}

static void
record_release(struct schedule *s, const struct schedule_ask *ask)
{
	const char *detail = arena_printf(ask->arena, "%u recipients of single messages released "
	                                              "by %s", ask->affected, ask->by);

	schedule_record_act(s, &(struct mail_event){ .kind = MAIL_EVENT_QUEUE_RELEASED,
	                                             .detail = detail });
}

bool
schedule_hold_release_messages(struct schedule *s, struct schedule_ask *ask)
{
	struct chosen chosen = chosen_new(ask);

	ask->affected = 0;
	for (size_t i = 0; i < ask->messages; i++) {
		release_row(s, ask, &ask->message[i], &chosen);
		ask->affected += ask->message[i].touched;
	}
	if (ask->affected == 0 && chosen.count == 0)
		return true;
	record_release(s, ask);
	if (chosen.count == 0)
		return true;
	schedule_mark_send(s, ask, NULL, &(struct store_marks){
		.recipient = chosen.key, .recipients = chosen.count });
	return false;
}
