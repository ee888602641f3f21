/* schedule_act.c - what operators do to queues: hold, release, flush, bounce.
 *
 * A hold belongs to a domain and outlives its queue; it is in the store before
 * the operator hears that it is done, and so is its end. While it stands
 * nothing of the queue is tried and nothing expires. Each act that changes
 * something grows the queue's generation, so that another operator who saw
 * the state before is told. Thread: scheduler. */
#include "schedule/schedule_private.h"

#include <string.h>
#include "base/log.h"
#include "base/mem.h"

/* ---- holds --------------------------------------------------------------------------- */

static void
hold_free(struct schedule *s, struct schedule_hold *hold)
{
	heap_remove(&s->due[SCHEDULE_DUE_HOLD], &hold->due);
	mem_free(hold->domain);
	mem_free(hold->reason);
	mem_free(hold->by);
	mem_free(hold);
}

static void
hold_put(struct schedule *s, const struct store_hold *row)
{
	struct schedule_hold *hold = mem_zero(1, sizeof *hold), *old;
	struct schedule_queue *queue = schedule_queue_find(s, span_of(row->domain));

	hold->domain = mem_strdup(row->domain);
	hold->reason = mem_strdup(row->reason ? row->reason : "");
	hold->by = mem_strdup(row->by ? row->by : "");
	hold->since_unix_ms = row->since_unix_ms;
	hold->until_unix_ms = row->until_unix_ms;
	heap_node_init(&hold->due);
	if (row->until_unix_ms)
		heap_insert(&s->due[SCHEDULE_DUE_HOLD], &hold->due,
		            schedule_mono_ms(s, row->until_unix_ms));
	old = map_put(s->holds, span_of(hold->domain), hold);
	if (queue)
		schedule_queue_set_hold(s, queue, hold);
	if (old)
		hold_free(s, old);
}

static void
hold_remove(struct schedule *s, struct schedule_hold *hold)
{
	struct schedule_queue *queue = schedule_queue_find(s, span_of(hold->domain));

	map_remove(s->holds, span_of(hold->domain));
	if (queue)
		schedule_queue_set_hold(s, queue, NULL);
	hold_free(s, hold);
}

void
schedule_hold_load(struct schedule *s, const struct store_hold *row)
{
	if (row->until_unix_ms == 0 || row->until_unix_ms > s->now_unix_ms)
		hold_put(s, row);
}

void
schedule_hold_free_all(struct schedule *s)
{
	struct span domain;
	size_t cursor = 0;
	void *hold;

	while (map_next(s->holds, &cursor, &domain, &hold)) {
		map_remove(s->holds, domain);
		hold_free(s, hold);
	}
}

/* ---- for the log and the store ------------------------------------------------------- */

static void
record_act(struct schedule *s, enum mail_event_kind kind, const char *detail)
{
	schedule_record_act(s, &(struct mail_event){ .kind = kind, .detail = detail });
}

static void
add_change(struct store_write *write, enum store_change_kind kind, const struct store_hold *hold)
{
	struct store_change *change = schedule_write_add(write, kind);

	change->row.hold = *hold;
	change->row.hold.domain = arena_strdup(write->arena, hold->domain);
	change->row.hold.reason = arena_strdup(write->arena, hold->reason);
	change->row.hold.by = arena_strdup(write->arena, hold->by);
}

/* The time somebody gave is over. */
void
schedule_hold_due(struct schedule *s, struct schedule_hold *hold)
{
	struct store_write *write = schedule_write_new(s, NULL, 1);
	struct arena *words = arena_new(0);

	add_change(write, STORE_DELETE_HOLD, &(struct store_hold){ .domain = hold->domain });
	record_act(s, MAIL_EVENT_QUEUE_RELEASED,
	           arena_printf(words, "%s: the hold by %s ended by its time", hold->domain,
	                        hold->by));
	hold_remove(s, hold);
	schedule_write_send(s, write);
	arena_free(&words);
}

/* ---- which queues -------------------------------------------------------------------- */

struct chosen {
	struct schedule_queue **queue; /* in the ask's arena */
	size_t count;
};

static bool
is_pattern(const char *match)
{
	return match == NULL || strchr(match, '*') != NULL;
}

static struct chosen
choose_queues(struct schedule *s, struct schedule_ask *ask)
{
	struct chosen chosen = { .count = 0 };
	size_t most = is_pattern(ask->match) ? s->queue_count : 1;
	struct schedule_queue *one;

	chosen.queue = arena_alloc(ask->arena, (most + 1) * sizeof(struct schedule_queue *));
	if (!is_pattern(ask->match)) {
		one = schedule_queue_find(s, span_of(ask->match));
		if (one && schedule_ask_shows(one))
			chosen.queue[chosen.count++] = one;
		return chosen;
	}
	for (size_t i = 0; i < s->queue_count; i++)
		if (schedule_ask_shows(s->queue[i])
		    && (ask->match == NULL
		        || span_match_nocase(span_of(s->queue[i]->domain), span_of(ask->match))))
			chosen.queue[chosen.count++] = s->queue[i];
	return chosen;
}

/* ---- the acts ------------------------------------------------------------------------ */

static bool
hold_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	struct store_write *write = schedule_write_new(s, ask, chosen->count);

	for (size_t i = 0; i < chosen->count; i++) {
		struct schedule_queue *queue = chosen->queue[i];
		const struct store_hold row = {
			.domain = queue->domain, .reason = ask->reason ? ask->reason : "",
			.by = ask->by ? ask->by : "somebody", .since_unix_ms = s->now_unix_ms,
			.until_unix_ms = ask->until_unix_ms };

		ask->affected += schedule_queue_waiting(queue);
		hold_put(s, &row);
		add_change(write, STORE_PUT_HOLD, &row);
		record_act(s, MAIL_EVENT_QUEUE_HELD,
		           arena_printf(ask->arena, "%s held by %s%s%s", row.domain, row.by,
		                        *row.reason ? ": " : "", row.reason));
	}
	schedule_write_send(s, write);
	return false;
}

/* A hold may stand without a queue, so the holds are looked through. */
static bool
release_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	struct store_write *write = schedule_write_new(s, ask, map_count(s->holds) + 1);
	struct span domain;
	size_t cursor = 0;
	void *value;

	(void)chosen;
	while (map_next(s->holds, &cursor, &domain, &value)) {
		struct schedule_hold *hold = value;
		struct schedule_queue *queue = schedule_queue_find(s, domain);

		if (ask->match && !span_match_nocase(domain, span_of(ask->match)))
			continue;
		ask->affected += queue ? schedule_queue_waiting(queue) : 0;
		add_change(write, STORE_DELETE_HOLD,
		           &(struct store_hold){ .domain = hold->domain });
		record_act(s, MAIL_EVENT_QUEUE_RELEASED,
		           arena_printf(ask->arena, "%s released by %s", hold->domain,
		                        ask->by ? ask->by : "somebody"));
		hold_remove(s, hold);
	}
	if (write->changes == 0) { /* nobody held it: that is what was asked for */
		schedule_write_free(&write);
		return true;
	}
	schedule_write_send(s, write);
	return false;
}

static bool
flush_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->count; i++) {
		struct schedule_queue *queue = chosen->queue[i];

		if (queue->hold)
			continue;
		ask->affected += schedule_queue_waiting(queue) - queue->count[SCHEDULE_SCHEDULED];
		schedule_queue_flush(s, queue); /* not what its sender wants later */
	}
	return true;
}

static bool
bounce_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	schedule_withdraw_queues(s, ask, chosen->queue, chosen->count);
	return false;
}

static bool (*const acts[SCHEDULE_ACT_COUNT])(struct schedule *s, struct schedule_ask *ask,
                                              const struct chosen *chosen) = {
	[SCHEDULE_HOLD] = hold_queues,
	[SCHEDULE_RELEASE] = release_queues,
	[SCHEDULE_FLUSH] = flush_queues,
	[SCHEDULE_BOUNCE] = bounce_queues,
};

/* acts that choose no queues */
static bool (*const other_acts[SCHEDULE_ACT_COUNT])(struct schedule *s,
                                                    struct schedule_ask *ask) = {
	[SCHEDULE_RETRY_MESSAGE] = schedule_message_act,
	[SCHEDULE_BOUNCE_MESSAGE] = schedule_message_act,
	[SCHEDULE_CANCEL_MESSAGE] = schedule_message_act,
	[SCHEDULE_SET_THROTTLE] = schedule_throttle_set,
	[SCHEDULE_CLEAR_THROTTLE] = schedule_throttle_clear,
};

/* survey - a hold that stands is nothing to release, and flushing goes past it. */
static void
survey(struct schedule_ask *ask, const struct chosen *chosen)
{
	struct schedule_survey survey;

	if (!ask->is_dry && ask->count == 0)
		return;
	schedule_survey_init(&survey, ask);
	for (size_t i = 0; i < chosen->count; i++) {
		bool is_held = chosen->queue[i]->hold != NULL;

		if (ask->act == SCHEDULE_RELEASE ? is_held : ask->act != SCHEDULE_FLUSH || !is_held)
			schedule_survey_queue(&survey, chosen->queue[i]);
	}
	schedule_survey_deinit(&survey);
}

static bool
run_on_queues(struct schedule *s, struct schedule_ask *ask)
{
	struct chosen chosen = choose_queues(s, ask);
	bool is_idle_hold = ask->act == SCHEDULE_RELEASE && ask->match
		            && map_get(s->holds, span_of(ask->match));

	if (chosen.count == 0 && !is_idle_hold && !is_pattern(ask->match)) {
		schedule_ask_no_queue(s, ask);
		return true;
	}
	if (ask->generation && chosen.count == 1
	    && chosen.queue[0]->generation != ask->generation) {
		ask->changed_since = true;
		ask->result = -1;
		err_set(&ask->err, ERR_INPUT, 0, "%s changed since you looked",
		        chosen.queue[0]->domain);
		return true;
	}
	survey(ask, &chosen);
	if (schedule_survey_answers(ask))
		return true;
	schedule_wake(s);
	ask->affected = 0;
	if (ask->act != SCHEDULE_RELEASE && chosen.count == 0)
		return true; /* a pattern that nothing matches */
	return acts[ask->act](s, ask, &chosen);
}

bool
schedule_act_run(struct schedule *s, struct schedule_ask *ask)
{
	if (other_acts[ask->act] == NULL)
		return run_on_queues(s, ask);
	schedule_wake(s);
	return other_acts[ask->act](s, ask);
}
