/* schedule_act.h - what operators ask and do.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_ACT_H
#define SCHEDULE_SCHEDULE_ACT_H

#include "schedule/schedule_types.h"

/* ---- schedule_ask.c ------------------------------------------------------------------ */
void schedule_ask_answer(struct mailbox_item *item, void *owner);
uint32_t schedule_ask_queued(const struct schedule_site *site); /* recipients it has to take */
bool schedule_ask_shows(const struct schedule_queue *queue); /* in lists */
/* schedule_ask_near - the queue that is spelled most like name, or NULL. */
const char *schedule_ask_near(const struct schedule *s, const char *name);
int schedule_ask_no_queue(struct schedule *s, struct schedule_ask *ask); /* fails, with a guess */

/* ---- schedule_act.c ------------------------------------------------------------------ */
/* schedule_act_run - true: answer ask now. false: that is done when the store has it. */
bool schedule_act_run(struct schedule *s, struct schedule_ask *ask);
/* schedule_act_means - is the queue meant by this domain, name or pattern (NULL: all)? */
bool schedule_act_means(const struct schedule_queue *queue, const char *match);
bool schedule_act_means_domain(const struct schedule_queue *queue, const char *match);

/* ---- schedule_survey.c --------------------------------------------------------------- */
struct schedule_survey { /* what an act would touch; answers go into ask */
	struct schedule_ask *ask;
	struct map *credentials, *senders;
	struct schedule_credential *last;
	uint32_t left;             /* may still be looked at */
};
void schedule_survey_init(struct schedule_survey *survey, struct schedule_ask *ask);
void schedule_survey_deinit(struct schedule_survey *survey);
void schedule_survey_queue(struct schedule_survey *survey, const struct schedule_queue *queue);
void schedule_survey_recipient(struct schedule_survey *survey,
                               const struct schedule_recipient *r);
/* schedule_survey_answers - true: nothing is to be done, because it was only asked,
 * or because more would be touched than was seen (ask fails). */
bool schedule_survey_answers(struct schedule_ask *ask);

/* ---- schedule_withdraw.c ------------------------------------------------------------- */
/* schedule_withdraw_queues - bounces what waits there now. Takes ask; answers it when
 * the store has all of it. */
void schedule_withdraw_queues(struct schedule *s, struct schedule_ask *ask,
                              struct schedule_queue *const *queue, size_t queues);
/* schedule_withdraw_messages - bounces or cancels what waits of ask->message. As above. */
void schedule_withdraw_messages(struct schedule *s, struct schedule_ask *ask);
void schedule_withdraw_run(struct schedule *s); /* a slice */
void schedule_withdraw_recorded(struct schedule *s, uint64_t batch); /* the store has it */
void schedule_withdraw_free_all(struct schedule *s);

/* ---- schedule_write.c ---------------------------------------------------------------- */
/* schedule_write_new - room for so many changes; ask (or NULL) is answered when stored. */
struct store_write *schedule_write_new(struct schedule *s, struct schedule_ask *ask,
                                       size_t changes);
/* schedule_write_audit - relayd did that by itself: a row of the audit log with write. */
void schedule_write_audit(const struct schedule *s, struct store_write *write,
                          const char *action, const char *object, const char *detail);
void schedule_write_send(struct schedule *s, struct store_write *write);

/* ---- schedule_signed.c --------------------------------------------------------------- */
void schedule_signed_find(struct schedule *s, struct schedule_ask *ask); /* FIND_SIGNED */

#endif
