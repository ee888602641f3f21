/* schedule_source.h - which source address mail leaves by.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_SOURCE_H
#define SCHEDULE_SCHEDULE_SOURCE_H

#include "schedule/schedule_types.h"

/* ---- schedule_source.c --------------------------------------------------------------- */
/* schedule_source_share - for the mail of m in this queue: all with one pool has the same. */
uint16_t schedule_source_share(struct schedule *s, struct schedule_queue *queue,
                               const struct schedule_message *m,
                               const struct schedule_label *label);
/* schedule_source_assign - the lane's exchange as its share and the state of the
 * addresses have it now; none while its queue has no route. */
void schedule_source_assign(struct schedule *s, struct schedule_lane *lane);
void schedule_source_assign_all(struct schedule *s, struct schedule_queue *queue);
void schedule_source_reassign(struct schedule *s); /* every queue: addresses or pools changed */
/* schedule_source_rejoin - the site was stopped or may be used again: everybody anew. */
void schedule_source_rejoin(struct schedule *s, struct schedule_site *site);
/* schedule_source_is_stopped - by a stop_source rule: others of the pool step in. */
bool schedule_source_is_stopped(const struct schedule *s, const struct schedule_site *site);
/* schedule_source_stopped - of the addresses this lane might use those that a stop_source rule
 * stopped for its site's provider: "127.0.0.21 and 127.0.0.22", in arena, and when the first
 * may again; NULL: none, or the system chooses the address. */
const char *schedule_source_stopped(const struct schedule *s, const struct schedule_lane *lane,
                                    struct arena *arena, int64_t *until_mono_ms_out);
/* schedule_source_is_same_way - would route change no exchange of the queue? */
bool schedule_source_is_same_way(struct schedule *s, const struct schedule_queue *queue,
                                 const struct resolve_route *route);
void schedule_source_drop_paths(struct schedule *s, struct schedule_queue *queue);
void schedule_source_drop_turns(struct schedule_queue *queue);
/* schedule_source_pool - the name of the pool that mail leaves by; NULL: the default one. */
const char *schedule_source_pool(const struct schedule *s,
                                 const struct schedule_credential *credential,
                                 const struct schedule_label *label);
/* schedule_source_domain - the sending domain that chose a pool for it, or NULL. */
const char *schedule_source_domain(const struct account_snapshot *accounts,
                                   const char *from_domain);
void schedule_source_remember(struct schedule *s); /* those of the configuration */
void schedule_source_check(struct schedule *s);    /* now and then: are they here? */
int64_t schedule_source_due_mono(const struct schedule *s);
void schedule_source_free_all(struct schedule *s);

/* schedule_source_get - made, if it is not known. */
struct schedule_source *schedule_source_get(struct schedule *s, const char *address);
/* schedule_source_off - of the addresses this lane might use, one that is off; or NULL. */
const struct schedule_source *schedule_source_off(const struct schedule *s,
                                                  const struct schedule_lane *lane);

#endif
