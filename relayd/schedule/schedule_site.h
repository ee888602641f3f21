/* schedule_site.h - sites and exchanges: their connections, their pace and its limits.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_SITE_H
#define SCHEDULE_SCHEDULE_SITE_H

#include "schedule/schedule_types.h"

/* ---- schedule_site.c ----------------------------------------------------------------- */
/* schedule_exchange_get - source: of schedule->sources, or NULL for the system's choice. */
struct schedule_exchange *schedule_exchange_get(struct schedule *s,
                                                const struct resolve_route *route,
                                                const char *source);
void schedule_exchange_release(struct schedule *s, struct schedule_exchange *exchange);
void schedule_site_configure(struct schedule *s, struct schedule_site *site);
bool schedule_site_is_waiting(const struct schedule *s, const struct schedule_site *site);
/* schedule_site_hear - what it answered; reply: its words, NULL when ACCEPTED. */
void schedule_site_hear(struct schedule *s, struct schedule_site *site,
                        struct schedule_reply *reply, const struct pace_report *report);
/* schedule_site_pause - a rule: nothing for that long. */
void schedule_site_pause(struct schedule *s, struct schedule_site *site,
                         struct schedule_reply *reply, int64_t for_ms);
/* schedule_site_resume - an operator lifts what a rule paused; a back-off stays. */
void schedule_site_resume(struct schedule *s, struct schedule_site *site);
void schedule_site_widen(struct schedule *s, struct schedule_site *site); /* ... one connection */
/* schedule_site_revive - before the start: sites of providers that the store knows. */
void schedule_site_revive(struct schedule *s);
/* schedule_site_note - remembers a change for `throttle history`; text: one line. */
void schedule_site_note(struct schedule *s, struct schedule_site *site, const char *text);
/* schedule_site_save_history - as text of arena; schedule_site_restore_history: lines that are
 * none of it are left out. */
const char *schedule_site_save_history(const struct schedule_site *site, struct arena *arena);
void schedule_site_restore_history(struct schedule_site *site, const char *text);
/* schedule_site_plan - pauses from the first retry interval to the last, or bound_ms. */
struct pace_backoff_plan schedule_site_plan(const struct schedule *s, int64_t bound_ms);
/* schedule_site_refresh - max_connections as the gate has it now. */
void schedule_site_refresh(struct schedule *s, struct schedule_site *site);
void schedule_site_flush(struct schedule *s, struct schedule_site *site); /* forget the back-off */
void schedule_site_dirty(struct schedule *s, struct schedule_site *site);
void schedule_site_due(struct schedule *s, struct schedule_site *site);
void schedule_site_wait_until(struct schedule *s, struct schedule_site *site, int64_t mono_ms);
void schedule_site_free_all(struct schedule *s);

/* ---- schedule_slot.c ----------------------------------------------------------------- */
/* schedule_slot_open - a place for a new connection, or NULL: the site or the
 * relay has as many as it may (the site is then in line for the next). */
struct schedule_slot *schedule_slot_open(struct schedule *s, struct schedule_exchange *exchange);
void schedule_slot_set_busy(struct schedule *s, struct schedule_slot *slot, bool is_bulk);
void schedule_slot_set_idle(struct schedule *s, struct schedule_slot *slot); /* after a job */
void schedule_slot_close(struct schedule *s, struct schedule_slot *slot); /* tells deliver; frees */
void schedule_slot_free(struct schedule *s, struct schedule_slot *slot);
void *schedule_slot_handle(const struct schedule *s, const struct schedule_slot *slot);
struct schedule_slot *schedule_slot_find(const struct schedule *s, const void *handle);
void schedule_slot_gone(struct mailbox_item *item, void *owner); /* deliver's notice */
void schedule_slot_close_all(struct schedule *s);

/* ---- schedule_trouble.c -------------------------------------------------------------- */
struct schedule_trouble {
	enum record_meanwhile meanwhile; /* what else of the site worked: decides what follows */
	uint32_t tried;            /* recipients */
	bool is_stopped;           /* its source address is, by a rule, for this site */
	int64_t again_ms;          /* its message is left alone so long; 0: as it comes */
};
/* schedule_trouble_take - tells the site's pace what the job says of it. */
struct schedule_trouble schedule_trouble_take(struct schedule *s, const struct schedule_slot *slot,
                                              const struct deliver_job *job);

/* ---- schedule_rule.c ----------------------------------------------------------------- */
/* schedule_rule_hear - a job's first negative answer, and of which message. Returns ms that the
 * message is to be left alone besides its own retries; 0: no matter. */
int64_t schedule_rule_hear(struct schedule *s, struct schedule_site *site,
                           struct schedule_message *m, const struct mail_event *event);
/* schedule_rule_stop_of - by which the credential gets nothing of the site; NULL: none. */
const struct schedule_stop *schedule_rule_stop_of(const struct schedule *s,
                                                  const struct schedule_site *site,
                                                  uint64_t credential_id);
/* schedule_rule_lift - at all sites of the provider: the credential's mail goes on. Frees the
 * stops. */
void schedule_rule_lift(struct schedule *s, const struct schedule_site *site,
                        uint64_t credential_id);
/* schedule_rule_inherit - a new site: who is stopped at the provider's others is here too. */
void schedule_rule_inherit(struct schedule *s, struct schedule_site *site);
/* schedule_rule_save_stops - who is stopped at the site and until when, as text of arena;
 * schedule_rule_restore_stops: what is over, or no such text, is left out. */
const char *schedule_rule_save_stops(const struct schedule *s, const struct schedule_site *site,
                                     struct arena *arena);
void schedule_rule_restore_stops(struct schedule *s, struct schedule_site *site,
                                 const char *text);
void schedule_rule_due(struct schedule *s, struct schedule_site *site);
void schedule_rule_set_timer(struct schedule *s, struct schedule_site *site);
void schedule_rule_forget(struct schedule_site *site);
void schedule_rule_deinit(struct schedule_site *site);

/* ---- schedule_saved.c ---------------------------------------------------------------- */
void schedule_saved_load(struct schedule *s, const struct store_pace *row);
void schedule_saved_apply(struct schedule *s, struct schedule_site *site); /* a new site */
void schedule_saved_mark(struct schedule *s, struct schedule_site *site);  /* it changed */
void schedule_saved_keep(struct schedule *s, struct schedule_site *site);  /* it goes */
void schedule_saved_flush(struct schedule *s);                             /* at a turn's end */
/* schedule_saved_write - all that is marked, now. */
void schedule_saved_write(struct schedule *s);
/* schedule_saved_next - of sites that are not there: start with *cursor = 0; NULL: no more. */
const struct store_pace *schedule_saved_next(const struct schedule *s, size_t *cursor);
void schedule_saved_free_all(struct schedule *s);

/* ---- schedule_throttle.c ------------------------------------------------------------- */
void schedule_throttle_load(struct schedule *s, const struct store_throttle *row);
/* schedule_throttle_apply - the operators' limits that concern this site, onto limits. */
void schedule_throttle_apply(const struct schedule *s, const struct schedule_site *site,
                             struct pace_limits *limits);
/* schedule_throttle_concerns - is the site of this scope ("provider:NAME", ...)? */
bool schedule_throttle_concerns(const char *scope, const struct schedule_site *site);
/* schedule_throttle_scope - its own, as text of arena. */
const char *schedule_throttle_scope(const struct schedule_site *site, struct arena *arena);
/* schedule_throttle_at - what an operator set there; NULL: nothing. The scheduler's. */
const struct schedule_throttle *schedule_throttle_at(const struct schedule *s,
                                                     const struct schedule_site *site,
                                                     enum schedule_quantity quantity);
/* schedule_throttle_project - mono ms when the last of so many has gone, the first goes at
 * first_mono_ms and the next ones at per_ms; limits set by hand end meanwhile, and what counts
 * from then on is another one or the rule. */
int64_t schedule_throttle_project(const struct schedule *s, const struct schedule_site *site,
                                  uint64_t messages, double per_ms, int64_t first_mono_ms);
void schedule_throttle_due(struct schedule *s, struct schedule_throttle *throttle);
void schedule_throttle_list(struct schedule *s, struct schedule_ask *ask);
bool schedule_throttle_set(struct schedule *s, struct schedule_ask *ask); /* true: answer now */
bool schedule_throttle_clear(struct schedule *s, struct schedule_ask *ask);
void schedule_throttle_free_all(struct schedule *s);

/* ---- schedule_stop.c ----------------------------------------------------------------- */
/* schedule_stop_list - into ask->stop: what stands, of ask->match (NULL: everywhere). */
void schedule_stop_list(struct schedule *s, struct schedule_ask *ask);
/* schedule_stop_clear - lifts what rules set, of ask->match and ask->stop_kind (COUNT: all);
 * ask->sentence has a line of room for each row of schedule_stop_list. */
void schedule_stop_clear(struct schedule *s, struct schedule_ask *ask);

#endif
