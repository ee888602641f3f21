/* schedule_wait.h - why something waits, for programs and in words.
 * Thread: scheduler. */
#ifndef SCHEDULE_SCHEDULE_WAIT_H
#define SCHEDULE_SCHEDULE_WAIT_H

#include "schedule/schedule_types.h"

/* ---- schedule_wait.c ----------------------------------------------------------------- */
struct schedule_reason { /* borrowed of the queue; valid in this turn */
	enum schedule_constraint constraint;
	int64_t until_mono_ms;     /* it ends by itself then; 0: not known */
	int64_t projected_mono_ms; /* of a recipient: tried about then; 0: nobody can tell */
	const struct schedule_reply *reply; /* behind it, or NULL */
	const char *rule;          /* that acted, or NULL */
	uint64_t ahead;            /* of a recipient: at most so many go before; 0: it is next */
	bool is_far;               /* more than anybody counts */
	int64_t since_mono_ms;     /* BY_NOTHING: it is being handed over since */
	const struct schedule_lane *lane; /* the first one it keeps, or NULL: of a site */
	const struct schedule_hold *hold; /* BY_HOLD: which */
	const struct schedule_site *site; /* whose it is, or NULL */
	const struct schedule_source *source; /* BY_SOURCE_OFF: which */
};
struct schedule_reason schedule_wait_site(const struct schedule *s,
                                          const struct schedule_site *site);
struct schedule_reason schedule_wait_queue(const struct schedule *s,
                                           const struct schedule_queue *queue);
/* schedule_wait_stop - BY_STOP, if a rule stopped the lane's credential there; else FREE. */
struct schedule_reason schedule_wait_stop(const struct schedule *s,
                                          const struct schedule_lane *lane);
struct schedule_reason schedule_wait_recipient(const struct schedule *s,
                                               const struct schedule_recipient *r);
/* schedule_wait_served - so many recipients were answered by the site. */
void schedule_wait_served(const struct schedule *s, struct schedule_site *site,
                          size_t recipients);

/* ---- schedule_why.c ------------------------------------------------------------------ */
struct schedule_words { /* in the asker's arena */
	const char *state, *why, *last_reply;
	const char *clause;        /* see struct schedule_wait */
	struct schedule_wait wait;
};
/* schedule_why_reply - its words as one line of UTF-8. */
const char *schedule_why_reply(const struct schedule_reply *reply, struct arena *arena);
/* schedule_why_stop - by which rule nothing of the lane's credential goes there, until when,
 * and what lifts it; NULL: it may. */
const char *schedule_why_stop(struct schedule *s, const struct schedule_lane *lane,
                              struct arena *arena);
void schedule_why_site(struct schedule *s, struct schedule_site *site, struct arena *arena,
                       struct schedule_words *words_out);
void schedule_why_queue(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
                        struct schedule_words *words_out);
const char *schedule_why_recipient(struct schedule *s, struct schedule_recipient *r,
                                   struct arena *arena, struct schedule_wait *wait_out);

#endif
