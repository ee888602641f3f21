/* schedule_act.c - what operators do to queues: hold, release, flush, bounce.
 *
 * Each act that changes something grows the queue's generation, so that another
 * operator who saw the state before is told. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include <string.h>

#include "smtp/smtp_address.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"

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

bool
schedule_act_means_domain(const struct schedule_queue *queue, const char *match)
{
	return match && span_match_nocase(span_of(queue->domain), span_of(match));
}

bool
schedule_act_means(const struct schedule_queue *queue, const char *match)
{
	return match == NULL || schedule_act_means_domain(queue, match)
	       || span_match_nocase(span_of(queue->name), span_of(match));
}

/* choose_domain - the queue of that name; of a domain all its ways. */
static void
choose_domain(struct schedule *s, struct schedule_ask *ask, struct chosen *chosen)
{
	struct schedule_queue *one = schedule_queue_find(s, span_of(ask->match));
	struct list *l;
	size_t most = 1;

	for (l = s->ways.next; l != &s->ways; l = l->next)
		most++;
	chosen->queue = arena_alloc(ask->arena, most * sizeof(struct schedule_queue *));
	if (one && schedule_ask_shows(one))
		chosen->queue[chosen->count++] = one;
	for (l = s->ways.next; l != &s->ways; l = l->next) {
		one = schedule_queue_of_way(s, span_of(ask->match),
		                            LIST_OWNER(l, struct schedule_way, link));
		if (one && schedule_ask_shows(one))
			chosen->queue[chosen->count++] = one;
	}
}

static struct chosen
choose_queues(struct schedule *s, struct schedule_ask *ask)
{
	struct chosen chosen = { .count = 0 };

	if (!is_pattern(ask->match)) {
		choose_domain(s, ask, &chosen);
		return chosen;
	}
	chosen.queue = arena_alloc(ask->arena,
	                           (s->queue_count + 1) * sizeof(struct schedule_queue *));
	for (size_t i = 0; i < s->queue_count; i++)
		if (schedule_ask_shows(s->queue[i]) && schedule_act_means(s->queue[i], ask->match))
			chosen.queue[chosen.count++] = s->queue[i];
	return chosen;
}

/* ---- the acts ------------------------------------------------------------------------ */

static bool
hold_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	schedule_hold_queues(s, ask, chosen->queue, chosen->count);
	return false;
}

static bool
release_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	(void)chosen; /* a hold may stand without a queue */
	return schedule_hold_release(s, ask);
}

/* stay - of a queue's recipients those of a credential that a rule stopped there: a flush asks
 * a site again that asked us to wait, it does not undo what a rule decided about a sender. */
static uint32_t
stay(struct schedule *s, struct schedule_ask *ask, const struct schedule_queue *queue)
{
	uint32_t before = ask->stayed;

	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);
		const char *why = schedule_why_stop(s, lane, ask->arena);

		if (why == NULL)
			continue;
		ask->stayed += schedule_lane_waiting(lane) - lane->count[SCHEDULE_SCHEDULED];
		if (ask->stayed > 0 && ask->stayed_why == NULL)
			ask->stayed_why = why;
	}
	return ask->stayed - before;
}

static bool
flush_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->count; i++) {
		struct schedule_queue *queue = chosen->queue[i];

		if (queue->hold)
			continue;
		ask->affected += schedule_queue_waiting(queue) - queue->count[SCHEDULE_SCHEDULED]
			         - stay(s, ask, queue);
		schedule_queue_flush(s, queue); /* not what its sender wants later */
	}
	return true;
}

static bool
bounce_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	if (ask->grace_ms > 0) {
		schedule_move_list(ask, chosen->queue, chosen->count);
		if (schedule_grace_takes(s, ask))
			return true;
		ask->affected = 0;
	}
	schedule_withdraw_queues(s, ask, chosen->queue, chosen->count);
	return false;
}

static bool
move_queues(struct schedule *s, struct schedule_ask *ask, const struct chosen *chosen)
{
	return schedule_move_queues(s, ask, chosen->queue, chosen->count);
}

static bool (*const acts[SCHEDULE_ACT_COUNT])(struct schedule *s, struct schedule_ask *ask,
                                              const struct chosen *chosen) = {
	[SCHEDULE_HOLD] = hold_queues,
	[SCHEDULE_RELEASE] = release_queues,
	[SCHEDULE_FLUSH] = flush_queues,
	[SCHEDULE_BOUNCE] = bounce_queues,
	[SCHEDULE_MOVE] = move_queues,
};

/* acts that choose no queues */
static bool (*const other_acts[SCHEDULE_ACT_COUNT])(struct schedule *s,
                                                    struct schedule_ask *ask) = {
	[SCHEDULE_AWAIT] = schedule_grace_wait,
	[SCHEDULE_RETRY_MESSAGE] = schedule_message_act,
	[SCHEDULE_BOUNCE_MESSAGE] = schedule_message_act,
	[SCHEDULE_CANCEL_MESSAGE] = schedule_message_act,
	[SCHEDULE_HOLD_MESSAGE] = schedule_message_act,
	[SCHEDULE_MOVE_MESSAGE] = schedule_message_act,
	[SCHEDULE_RELEASE_MESSAGE] = schedule_message_act,
	[SCHEDULE_SET_THROTTLE] = schedule_throttle_set,
	[SCHEDULE_CLEAR_THROTTLE] = schedule_throttle_clear,
	[SCHEDULE_SWITCH_OFF] = schedule_off_act,
	[SCHEDULE_SWITCH_ON] = schedule_off_act,
	[SCHEDULE_PAUSE_WARMUP] = schedule_off_act,
	[SCHEDULE_RESUME_WARMUP] = schedule_off_act,
	[SCHEDULE_SET_WARMUP] = schedule_warmup_set,
	[SCHEDULE_SET_MIGRATION] = schedule_migrate_set,
	[SCHEDULE_ADD_EVIDENCE] = schedule_migrate_add_evidence,
	[SCHEDULE_COUNT_COMPLAINT] = schedule_warmup_complain,
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

/* spell - a domain is matched as queues are named. false: match has not the shape of one. */
static bool
spell(struct schedule_ask *ask)
{
	char domain[SMTP_DOMAIN_MAX + 1];

	if (is_pattern(ask->match) || strchr(ask->match, '.') == NULL
	    || schedule_hold_kind_of(ask->match) != SCHEDULE_HOLD_QUEUE
	    || smtp_domain_ascii(span_of(ask->match), domain, NULL) < 0)
		return false;
	ask->match = arena_strdup(ask->arena, domain);
	return true;
}

/* hold_idle - somebody wants to hold a domain before mail for it comes. */
static bool
hold_idle(struct schedule *s, struct schedule_ask *ask)
{
	struct store_write *write;

	ask->near = arena_strdup(ask->arena, schedule_ask_near(s, ask->match));
	if (schedule_survey_answers(ask))
		return true;
	write = schedule_write_new(s, ask, 1);
	(void)schedule_hold_start(s, ask, write, ask->match);
	schedule_write_send(s, write);
	return false;
}

static bool
run_on_queues(struct schedule *s, struct schedule_ask *ask)
{
	bool is_domain = spell(ask);
	struct chosen chosen = choose_queues(s, ask);
	bool is_idle_hold = ask->act == SCHEDULE_RELEASE && ask->match
		            && map_get(s->holds, span_of(ask->match));

	if (chosen.count == 0 && ask->act == SCHEDULE_HOLD && is_domain && ask->generation == 0)
		return hold_idle(s, ask);
	if (chosen.count == 0 && !is_idle_hold && !is_pattern(ask->match)) {
		if (schedule_hold_kind_of(ask->match) == SCHEDULE_HOLD_QUEUE)
			schedule_ask_no_queue(s, ask);
		else
			ask->result = err_set(&ask->err, ERR_INPUT, 0, "%s is not held",
			                      ask->match);
		return true;
	}
	if (ask->generation && chosen.count > 0 && !is_pattern(ask->match)
	    && chosen.queue[0]->generation != ask->generation) {
		ask->changed_since = true;
		ask->result = -1;
		err_set(&ask->err, ERR_INPUT, 0, "%s changed since you looked",
		        chosen.queue[0]->name);
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
	if (other_acts[ask->act] == NULL && schedule_hold_is_of_credential(ask->match))
		return schedule_hold_credential_act(s, ask);
	if (ask->act == SCHEDULE_HOLD && schedule_hold_kind_of(ask->match) == SCHEDULE_HOLD_RULE)
		return schedule_hold_start_rule(s, ask);
	if (other_acts[ask->act] == NULL)
		return run_on_queues(s, ask);
	schedule_wake(s);
	return other_acts[ask->act](s, ask);
}
