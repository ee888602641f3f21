/* schedule_message_act.c - what operators do to single messages, or single recipients of
 * them: retry, bounce, cancel, hold, release, move.
 *
 * The answer has a row for each that was asked for: how many of its recipients were
 * touched, how many are being handed over at this moment (left alone: what a server may
 * have accepted cannot be recalled), and how many had left before. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"

/* Numbers grow with places, and a place is never behind its number. */
static struct schedule_recipient *
find_number(const struct schedule_message *m, uint32_t no)
{
	uint32_t place = no < m->places ? no + 1 : m->places;

	while (place-- > 0)
		if (m->recipient[place] && m->recipient[place]->no <= no)
			return m->recipient[place]->no == no ? m->recipient[place] : NULL;
	return NULL;
}

struct schedule_recipient *
schedule_message_next(const struct schedule_message *m, const struct schedule_message_row *row,
                      uint32_t *place)
{
	if (row->is_one)
		return (*place)++ == 0 ? find_number(m, row->no) : NULL;
	while (*place < m->places) {
		struct schedule_recipient *r = m->recipient[(*place)++];

		if (r)
			return r;
	}
	return NULL;
}

static uint32_t
left_of(const struct schedule_message *m)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < m->places; i++)
		left += m->recipient[i] == NULL;
	return left;
}

/* is_meant - not retried unless asked for: what its sender wants later. Released: what is
 * held alone. */
static bool
is_meant(const struct schedule_ask *ask, const struct schedule_recipient *r)
{
	if (ask->act == SCHEDULE_RETRY_MESSAGE)
		return ask->takes_scheduled || r->state != SCHEDULE_SCHEDULED;
	if (ask->act == SCHEDULE_RELEASE_MESSAGE)
		return schedule_label_of_messages(r->lane->label) != NULL;
	return true;
}

/* count - the row of one message, before anything is done to it. */
static void
count(struct schedule *s, struct schedule_message_row *row, struct schedule_survey *survey)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	row->left = m == NULL ? row->is_one : row->is_one ? find_number(m, row->no) == NULL
	                                                  : left_of(m);
	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		if (r->state == SCHEDULE_ACTIVE) {
			row->active++;
		} else if (is_meant(survey->ask, r)) {
			row->waiting++;
			schedule_survey_recipient(survey, r);
		} else if (r->state == SCHEDULE_SCHEDULED) {
			row->scheduled++;
			row->release_unix_ms = schedule_unix_ms(s, r->due.key);
		}
	}
}

/* send_early - of a scheduled one the log is told, and a restart must not schedule it
 * again. */
static void
send_early(struct schedule *s, const struct schedule_ask *ask, struct schedule_recipient *r)
{
	struct mail_event event = { .kind = MAIL_EVENT_SCHEDULED, .at_unix_ms = s->now_unix_ms,
		                    .duration_ms = -1, .next_attempt_unix_ms = s->now_unix_ms };

	event.detail = arena_printf(ask->arena, "to be sent now, before its time: %s wants it so",
	                            ask->by ? ask->by : "somebody");
	schedule_record_add(s, schedule_outcome_fill(s, r, &event), MAIL_STATUS_QUEUED, false);
	r->message->release_unix_ms = s->now_unix_ms;
}

/* Due now, and first in its lane: somebody is waiting for it. Its site's pace and a
 * hold still count: one click must not undo either. */
static void
retry(struct schedule *s, struct schedule_ask *ask, struct schedule_message_row *row)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		const char *why = r->state == SCHEDULE_ACTIVE || !is_meant(ask, r)
		                          ? NULL : schedule_why_stop(s, r->lane, ask->arena);
		bool is_early = r->state == SCHEDULE_SCHEDULED && ask->takes_scheduled;

		if (is_early)
			send_early(s, ask, r);
		if (is_early || r->state == SCHEDULE_DEFERRED)
			schedule_recipient_wait(s, r, SCHEDULE_READY, true);
		ask->stayed += why != NULL;
		if (ask->stayed_why == NULL)
			ask->stayed_why = why;
	}
	row->touched = row->waiting;
}

static bool
retry_all(struct schedule *s, struct schedule_ask *ask)
{
	for (size_t i = ask->messages; i-- > 0;) /* the first stays the first */
		retry(s, ask, &ask->message[i]);
	return true;
}

static bool
withdraw(struct schedule *s, struct schedule_ask *ask)
{
	if (schedule_grace_takes(s, ask))
		return true;
	schedule_withdraw_messages(s, ask);
	return false;
}

static bool (*const acts[SCHEDULE_ACT_COUNT])(struct schedule *s, struct schedule_ask *ask) = {
	[SCHEDULE_RETRY_MESSAGE] = retry_all,
	[SCHEDULE_BOUNCE_MESSAGE] = withdraw,
	[SCHEDULE_CANCEL_MESSAGE] = withdraw,
	[SCHEDULE_HOLD_MESSAGE] = schedule_hold_messages,
	[SCHEDULE_MOVE_MESSAGE] = schedule_move_messages,
	[SCHEDULE_RELEASE_MESSAGE] = schedule_hold_release_messages,
};

bool
schedule_message_act(struct schedule *s, struct schedule_ask *ask)
{
	bool is_release = ask->act == SCHEDULE_RELEASE_MESSAGE; /* says what else holds it */
	struct schedule_survey survey;

	schedule_survey_init(&survey, ask);
	for (size_t i = 0; i < ask->messages; i++)
		count(s, &ask->message[i], &survey);
	schedule_survey_deinit(&survey);
	if (schedule_survey_answers(ask) || (ask->affected == 0 && !is_release))
		return true;
	return acts[ask->act](s, ask);
}
