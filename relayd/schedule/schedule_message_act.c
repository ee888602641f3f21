/* schedule_message_act.c - what operators do to single messages: retry, bounce,
 * cancel, by id.
 *
 * The answer has a row for each id: how many of its recipients were touched, how
 * many are being handed over at this moment (left alone: what a server may have
 * accepted cannot be recalled), and how many had left before. Thread: scheduler. */
#include "schedule/schedule_private.h"

/* count - the row of one message, before anything is done to it. Not retried: what its
 * sender wants later. */
static void
count(struct schedule *s, struct schedule_message_row *row, struct schedule_survey *survey)
{
	bool is_retry = survey->ask->act == SCHEDULE_RETRY_MESSAGE;
	struct schedule_message *m = schedule_message_find(s, row->id);

	if (m == NULL)
		return;
	for (uint32_t i = 0; i < m->places; i++) {
		struct schedule_recipient *r = m->recipient[i];

		if (r == NULL) {
			row->left++;
		} else if (r->state == SCHEDULE_ACTIVE) {
			row->active++;
		} else if (!is_retry || r->state != SCHEDULE_SCHEDULED) {
			row->waiting++;
			schedule_survey_recipient(survey, r);
		}
	}
}

/* Due now, and first in its lane: somebody is waiting for it. Its site's pace and a
 * hold still count: one click must not undo either. */
static void
retry(struct schedule *s, struct schedule_message_row *row)
{
	struct schedule_message *m = schedule_message_find(s, row->id);

	for (uint32_t i = 0; m && i < m->places; i++)
		if (m->recipient[i] && m->recipient[i]->state == SCHEDULE_DEFERRED)
			schedule_recipient_wait(s, m->recipient[i], SCHEDULE_READY, true);
	row->touched = row->waiting;
}

bool
schedule_message_act(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_survey survey;

	schedule_survey_init(&survey, ask);
	for (size_t i = 0; i < ask->messages; i++)
		count(s, &ask->message[i], &survey);
	schedule_survey_deinit(&survey);
	if (schedule_survey_answers(ask) || ask->affected == 0)
		return true;
	if (ask->act != SCHEDULE_RETRY_MESSAGE) {
		schedule_withdraw_messages(s, ask);
		return false;
	}
	for (size_t i = 0; i < ask->messages; i++)
		retry(s, &ask->message[i]);
	return true;
}
