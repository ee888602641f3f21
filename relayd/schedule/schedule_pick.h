/* schedule_pick.h - who is next.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_PICK_H
#define SCHEDULE_SCHEDULE_PICK_H

#include "schedule/schedule_types.h"

/* ---- schedule_pick.c ----------------------------------------------------------------- */
void schedule_pick_update(struct schedule *s, struct schedule_lane *lane); /* hang in or out */
struct schedule_stream *schedule_pick_stream(struct schedule_site *site);
/* schedule_pick_own - the best for a connection to exchange; never another. */
struct schedule_stream *schedule_pick_own(struct schedule_exchange *exchange);
/* schedule_pick_is_ahead - should `stream` go before `own` although that costs a connection? */
bool schedule_pick_is_ahead(const struct schedule_stream *stream,
                            const struct schedule_stream *own);
/* schedule_pick_charge - stream's first lane gets a job with one recipient; call it before
 * that one leaves the lane. schedule_pick_add_work: for the others in the job. */
void schedule_pick_charge(struct schedule_stream *stream);
void schedule_pick_add_work(struct schedule_flow *flow, uint32_t recipients);
struct schedule_recipient *schedule_lane_first(const struct schedule_lane *lane);
bool schedule_lane_has_ready(const struct schedule_lane *lane); /* READY or TOLD ones */

#endif
