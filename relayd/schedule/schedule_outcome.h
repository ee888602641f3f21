/* schedule_outcome.h - what became of mail: its events, who is told, and their way to the store.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_OUTCOME_H
#define SCHEDULE_SCHEDULE_OUTCOME_H

#include "schedule/schedule_types.h"

/* ---- schedule_outcome.c -------------------------------------------------------------- */
void schedule_outcome_job(struct mailbox_item *item, void *owner); /* a job came back */
/* schedule_outcome_fill - a copy of event with the recipient's facts. Returns owned. */
struct mail_event *schedule_outcome_fill(struct schedule *s, const struct schedule_recipient *r,
                                         const struct mail_event *event);
/* schedule_outcome_finish - r leaves with this event; schedule_outcome_told: it
 * is told why it waits; both take nothing and record a copy. */
void schedule_outcome_finish(struct schedule *s, struct schedule_recipient *r,
                             const struct mail_event *event);
void schedule_outcome_expire(struct schedule *s, struct schedule_recipient *r,
                             const struct mail_event *last); /* last: NULL, or the attempt's */
void schedule_outcome_defer(struct schedule *s, struct schedule_recipient *r,
                            const struct mail_event *event, const struct verdict *verdict,
                            uint64_t seed);

/* ---- schedule_notice.c --------------------------------------------------------------- */
/* schedule_notice_of - what the sender is to be told of r's final outcome. job: that
 * brought it about, or NULL. */
enum mail_notice schedule_notice_of(const struct schedule_recipient *r,
                                    enum mail_event_kind kind, const struct deliver_job *job);
/* schedule_notice_expect - m is new; its sender may want to hear at a time of its own. */
void schedule_notice_expect(struct schedule *s, const struct schedule_message *m);
/* schedule_notice_recorded - the store has these: what they owe may be told. */
void schedule_notice_recorded(const struct schedule *s, const struct store_record *request);
void schedule_notice_run(struct schedule *s); /* a slice of those that wait too long */
int64_t schedule_notice_due_mono(const struct schedule *s); /* INT64_MAX: none */

/* ---- schedule_suppress.c ------------------------------------------------------------- */
/* schedule_suppress_finish - true: it is on the list, and left the queue. */
bool schedule_suppress_finish(struct schedule *s, struct schedule_recipient *r);
void schedule_suppress_tell(struct schedule *s, const struct store_record *request);

/* ---- schedule_record.c --------------------------------------------------------------- */
void schedule_record_add(struct schedule *s, struct mail_event *event, enum mail_status status,
                         bool is_final); /* takes event */
/* schedule_record_act - something of the relay itself: logged, stored, published. */
void schedule_record_act(struct schedule *s, const struct mail_event *event);
/* schedule_record_add_final - and what its sender is to be told of it. */
void schedule_record_add_final(struct schedule *s, struct mail_event *event,
                               enum mail_status status, enum mail_notice notice);
void schedule_record_flush(struct schedule *s);
bool schedule_record_is_stuck(const struct schedule *s);
size_t schedule_record_pending(const struct schedule *s);
void schedule_record_free_all(struct schedule *s);

/* ---- schedule_sweep.c ---------------------------------------------------------------- */
void schedule_sweep_queue(struct schedule *s, struct schedule_queue *queue); /* if need be */
void schedule_sweep_site(struct schedule *s, struct schedule_site *site);
void schedule_sweep_run(struct schedule *s); /* a slice */

#endif
