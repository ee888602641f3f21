/* schedule_hold.h - what operators decide about single recipients or many: holds, labels,
 * moves. Shared inside this folder, beside schedule_types.h, whose structs it uses.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_HOLD_H
#define SCHEDULE_SCHEDULE_HOLD_H

#include "schedule/schedule_types.h"

/* ---- schedule_message_act.c ---------------------------------------------------------- */
/* schedule_message_act - true: answer now. */
bool schedule_message_act(struct schedule *s, struct schedule_ask *ask);
/* schedule_message_next - of those of its message that row means: the first at or behind
 * *place, which goes past it. NULL: no more. */
struct schedule_recipient *schedule_message_next(const struct schedule_message *m,
                                                 const struct schedule_message_row *row,
                                                 uint32_t *place);

/* ---- schedule_label.c ---------------------------------------------------------------- */
struct schedule_hold *schedule_label_hold(const struct schedule_label *label); /* or NULL */
struct schedule_decided { /* what a label says; borrowed */
	struct schedule_hold *const *hold;
	size_t holds;
	const char *pool;          /* NULL: not moved */
	const char *domain;        /* see schedule_source_domain */
};
/* schedule_label_get - the label that says this; NULL: nothing was decided. */
struct schedule_label *schedule_label_get(struct schedule *s,
                                          const struct schedule_decided *decided);
struct schedule_label *schedule_label_moved(struct schedule *s, struct schedule_label *label,
                                            const char *pool);
struct schedule_label *schedule_label_from(struct schedule *s, struct schedule_label *label,
                                           const char *domain);
/* schedule_label_with, schedule_label_without - as label (or NULL), but held, or not, by
 * hold; of those of messages a label names one, and a time of grace beside it. The caller
 * gives it to a lane at once. */
struct schedule_label *schedule_label_with(struct schedule *s, struct schedule_label *label,
                                           struct schedule_hold *hold);
struct schedule_label *schedule_label_without(struct schedule *s, struct schedule_label *label,
                                              const struct schedule_hold *hold);
/* schedule_label_of_messages - the time of grace, else the hold of messages, or NULL. */
struct schedule_hold *schedule_label_of_messages(const struct schedule_label *label);
bool schedule_label_has(const struct schedule_label *label, const struct schedule_hold *hold);
void schedule_label_drop(struct schedule *s, struct schedule_label *label); /* a lane less */
/* schedule_label_set - r gets this label. */
void schedule_label_set(struct schedule *s, struct schedule_recipient *r,
                        struct schedule_label *label);
/* schedule_label_release - nobody is held by hold any more. */
void schedule_label_release(struct schedule *s, struct schedule_hold *hold);
uint32_t schedule_label_waiting(const struct schedule *s, const struct schedule_hold *hold);

/* ---- schedule_hold_rule.c ------------------------------------------------------------ */
struct schedule_origin { /* what a rule knows of a message; borrowed */
	const char *sender, *from_domain, *credential;
	const char *const *tag;
	size_t tags;
};
/* schedule_hold_rule_start - reads hold->scope; schedule_hold_rule_end: none, or not any more. */
int schedule_hold_rule_start(struct schedule *s, struct schedule_hold *hold, struct err *err);
void schedule_hold_rule_end(struct schedule *s, struct schedule_hold *hold);
/* schedule_hold_rule_label - of a new recipient: all rules that mean it, and what was decided
 * about it alone: a hold at most. */
struct schedule_label *schedule_hold_rule_label(struct schedule *s,
                                                const struct schedule_origin *origin,
                                                const struct mail_recipient *r,
                                                const struct schedule_decided *alone);

/* ---- schedule_hold_message.c --------------------------------------------------------- */
/* schedule_hold_messages, schedule_hold_release_messages - of ask->message, counted before.
 * true: answer now. */
bool schedule_hold_messages(struct schedule *s, struct schedule_ask *ask);
bool schedule_hold_release_messages(struct schedule *s, struct schedule_ask *ask);

/* ---- schedule_grace.c ---------------------------------------------------------------- */
/* schedule_grace_takes - ask->message, ask->affected of them, is to be bounced or cancelled:
 * true: it is many, and grace was asked for: held now, done then; answer ask. */
bool schedule_grace_takes(struct schedule *s, struct schedule_ask *ask);
void schedule_grace_due(struct schedule *s, struct schedule_hold *hold);
void schedule_grace_withdraw(struct schedule_hold *hold); /* it is being released */
bool schedule_grace_wait(struct schedule *s, struct schedule_ask *ask); /* true: answer now */
void schedule_grace_free_all(struct schedule *s);

/* ---- schedule_move.c ----------------------------------------------------------------- */
/* schedule_move_messages - what waits of ask->message, by ask->pool from now on;
 * schedule_move_queues: what waits there now. true: answer now. */
bool schedule_move_messages(struct schedule *s, struct schedule_ask *ask);
/* schedule_move_list - all that waits in these queues as rows of ask. */
void schedule_move_list(struct schedule_ask *ask, struct schedule_queue *const *queue,
                        size_t queues);
bool schedule_move_queues(struct schedule *s, struct schedule_ask *ask,
                          struct schedule_queue *const *queue, size_t queues);

/* ---- schedule_mark.c ----------------------------------------------------------------- */
/* schedule_mark_send - writes what was decided about single recipients, in slices; first:
 * a write that goes before them, or NULL. Takes first and ask, which is answered when the
 * store has all; recipients are in its arena. */
void schedule_mark_send(struct schedule *s, struct schedule_ask *ask, struct store_write *first,
                        const struct store_marks *marks);

/* ---- schedule_hold.c ----------------------------------------------------------------- */
void schedule_hold_load(struct schedule *s, const struct store_hold *row);
void schedule_hold_due(struct schedule *s, struct schedule_hold *hold);
void schedule_hold_free_all(struct schedule *s);
struct schedule_held schedule_hold_words(const struct schedule_hold *hold, struct arena *arena);
void schedule_hold_list(struct schedule *s, struct schedule_ask *ask);
void schedule_hold_remove(struct schedule *s, struct schedule_hold *hold);
/* schedule_hold_new_scope - "messages:ID", of a hold that was never there. */
const char *schedule_hold_new_scope(const struct schedule *s, struct arena *arena);
void schedule_hold_tidy(struct schedule *s); /* at a turn's end: those that hold nothing */
bool schedule_hold_is_of_credential(const char *scope); /* NULL: no */
enum schedule_hold_kind schedule_hold_kind_of(const char *scope);
/* schedule_hold_did - adds to ask->did what stood before (or NULL) and what stands now. */
void schedule_hold_did(struct schedule_ask *ask, const struct schedule_hold *was, const char *is);
/* schedule_hold_start - a new one as ask says, in memory, the log and write. */
struct schedule_hold *schedule_hold_start(struct schedule *s, struct schedule_ask *ask,
                                          struct store_write *write, const char *scope);
/* schedule_hold_set_on_lane - what holds its lane beside its queue's hold is another. */
void schedule_hold_set_on_lane(struct schedule *s, struct schedule_lane *lane, bool was_held);
/* schedule_hold_find_queue - what holds it or its domain; or NULL. */
struct schedule_hold *schedule_hold_find_queue(const struct schedule *s,
                                               const struct schedule_queue *queue);
struct schedule_hold *schedule_hold_find_credential(const struct schedule *s, const char *name);
/* schedule_hold_of_queue - its own, or the first of those that hold all who have mail there. */
struct schedule_hold *schedule_hold_of_queue(const struct schedule_queue *queue);
/* schedule_hold_count - how many keep some of it or all; 1 when it is held itself. */
size_t schedule_hold_count(const struct schedule_queue *queue);
/* schedule_hold_beside_queue - what keeps its mail but for a hold of its queue, or NULL. */
static inline struct schedule_hold *
schedule_hold_beside_queue(const struct schedule_lane *lane)
{
	return lane->credential->hold ? lane->credential->hold : schedule_label_hold(lane->label);
}
/* schedule_hold_of_lane - what keeps its mail, or NULL. */
static inline struct schedule_hold *
schedule_hold_of_lane(const struct schedule_lane *lane)
{
	return lane->queue->hold ? lane->queue->hold : schedule_hold_beside_queue(lane);
}
uint32_t schedule_lane_waiting(const struct schedule_lane *lane); /* all but active */
void schedule_lane_move_totals(struct schedule *s, const struct schedule_lane *lane,
                               bool to_held);
/* schedule_hold_queues - answers ask when the store has it. */
void schedule_hold_queues(struct schedule *s, struct schedule_ask *ask,
                          struct schedule_queue *const *queue, size_t queues);
/* schedule_hold_release, schedule_hold_credential_act, schedule_hold_start_rule - true:
 * answer now. */
bool schedule_hold_release(struct schedule *s, struct schedule_ask *ask);
bool schedule_hold_credential_act(struct schedule *s, struct schedule_ask *ask);
bool schedule_hold_start_rule(struct schedule *s, struct schedule_ask *ask);

#endif
