/* schedule_survey.c - what an act would touch, said before it is done: how many,
 * how old, whose, and who would hear of it.
 *
 * Counts and ages are exact; whose mail it is, and how many senders would get a
 * notice, is read off the recipients themselves, at most WALK of them, so that
 * looking at a million does not stop deliveries. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include "base/id.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_queue.h"

#define WALK 50000                 /* recipients looked at */
#define NAMES_MAX 1000             /* credentials named */

void
schedule_survey_init(struct schedule_survey *survey, struct schedule_ask *ask)
{
	*survey = (struct schedule_survey){ .ask = ask, .left = WALK };
	survey->credentials = map_new();
	survey->senders = map_new();
	ask->affected = ask->notices = ask->senders = 0;
	ask->credential = arena_alloc(ask->arena, NAMES_MAX * sizeof(const char *));
}

void
schedule_survey_deinit(struct schedule_survey *survey)
{
	map_free(&survey->credentials);
	map_free(&survey->senders);
}

static void
name_credential(struct schedule_survey *survey, struct schedule_credential *credential)
{
	struct schedule_ask *ask = survey->ask;

	if (credential == survey->last)
		return;
	survey->last = credential;
	if (map_put(survey->credentials, map_key_u64(&credential->id), credential) == NULL
	    && ask->credentials < NAMES_MAX)
		ask->credential[ask->credentials++] =
			arena_strdup(ask->arena, credential->name);
}

static void
count_notice(struct schedule_survey *survey, const struct schedule_recipient *r)
{
	static char known; /* only its address counts */

	if (schedule_notice_of(r, MAIL_EVENT_BOUNCED, false) == MAIL_NOTICE_NONE)
		return;
	survey->ask->notices++;
	if (map_put(survey->senders, span_of(schedule_message_return_path(r->message)), &known)
	    == NULL)
		survey->ask->senders++;
}

static void
note_age(struct schedule_survey *survey, const struct schedule_recipient *r)
{
	int64_t accepted_unix_ms = id_unix_ms(r->message->id);
	struct schedule_ask *ask = survey->ask;

	if (ask->oldest_unix_ms == 0 || accepted_unix_ms < ask->oldest_unix_ms)
		ask->oldest_unix_ms = accepted_unix_ms;
}

void
schedule_survey_recipient(struct schedule_survey *survey, const struct schedule_recipient *r)
{
	survey->ask->affected++;
	note_age(survey, r);
	if (survey->left == 0) {
		survey->ask->is_rough = true;
		return;
	}
	survey->left--;
	name_credential(survey, r->message->credential);
	count_notice(survey, r);
}

/* The first that waits is the oldest; those under way are few. */
void
schedule_survey_queue(struct schedule_survey *survey, const struct schedule_queue *queue)
{
	bool goes_past = survey->ask->act == SCHEDULE_FLUSH; /* scheduled mail is not flushed */
	uint32_t waiting = schedule_queue_waiting(queue), seen = 0;

	if (goes_past)
		waiting -= queue->count[SCHEDULE_SCHEDULED];
	for (struct list *l = queue->all.next; l != &queue->all && seen < waiting; l = l->next) {
		struct schedule_recipient *r =
			LIST_OWNER(l, struct schedule_recipient, in_queue);

		if (r->state == SCHEDULE_ACTIVE
		    || (goes_past && r->state == SCHEDULE_SCHEDULED))
			continue;
		if (survey->left == 0 && seen > 0)
			break; /* the rest is counted, not looked at */
		seen++;
		schedule_survey_recipient(survey, r);
	}
	if (seen < waiting)
		survey->ask->is_rough = true;
	survey->ask->affected += waiting - seen;
}

bool
schedule_survey_answers(struct schedule_ask *ask)
{
	if (ask->count == 0 || ask->affected <= ask->count)
		return ask->is_dry;
	ask->changed_since = true;
	ask->result = -1;
	err_set(&ask->err, ERR_INPUT, 0, "%u would be touched now, not %llu", ask->affected,
	        (unsigned long long)ask->count);
	return true;
}
