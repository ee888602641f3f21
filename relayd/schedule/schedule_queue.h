/* schedule_queue.h - queues and lanes: what waits for a domain, and its route.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_QUEUE_H
#define SCHEDULE_SCHEDULE_QUEUE_H

#include "schedule/schedule_types.h"

/* ---- schedule_queue.c ---------------------------------------------------------------- */
struct schedule_queue *schedule_queue_find(struct schedule *s, struct span name);
/* schedule_queue_get - made, if need be. smarthost: of schedule->ways, or NULL. */
struct schedule_queue *schedule_queue_get(struct schedule *s, struct span domain,
                                          const char *smarthost);
/* schedule_queue_of_way - of a domain, by this way; or NULL. */
struct schedule_queue *schedule_queue_of_way(struct schedule *s, struct span domain,
                                             const struct schedule_way *way);
struct schedule_lane_key { /* what its mail has in common */
	struct schedule_queue *queue;
	struct schedule_credential *credential;
	enum schedule_class class;
	uint16_t share;
	struct schedule_label *label;
};
/* schedule_lane_get - for one recipient more. */
struct schedule_lane *schedule_lane_get(struct schedule *s, const struct schedule_lane_key *key);
void schedule_lane_drop(struct schedule *s, struct schedule_lane *lane); /* one recipient less */
uint32_t schedule_queue_waiting(const struct schedule_queue *queue); /* all but active */
void schedule_queue_changed(struct schedule *s, struct schedule_queue *queue); /* counts, timers */
bool schedule_queue_is_open(const struct schedule_queue *queue); /* routed and not held */
/* schedule_queue_needs - something in it is ready: it needs a route, or a sweep. */
void schedule_queue_needs(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_refresh(struct schedule *s, struct schedule_queue *queue); /* route too old */
void schedule_queue_unroute(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_set_hold(struct schedule *s, struct schedule_queue *queue,
                             struct schedule_hold *hold);
void schedule_queue_flush(struct schedule *s, struct schedule_queue *queue); /* try all now */
void schedule_queue_due(struct schedule *s, struct schedule_queue *queue);
void schedule_queue_ask_waiting(struct schedule *s); /* more look-ups, as far as the cap allows */
void schedule_queue_free_idle(struct schedule *s);   /* the oldest of too many */
void schedule_queue_routed(struct mailbox_item *item, void *owner); /* the resolver's answer */
void schedule_queue_free(struct schedule *s, struct schedule_queue *queue);

#endif
