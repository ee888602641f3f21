/* control_match.h - "--match TERM…" of an act: what the terms mean of that which waits. */
#ifndef CONTROL_CONTROL_MATCH_H
#define CONTROL_CONTROL_MATCH_H

#include "control/control_private.h"
#include "schedule/schedule.h"

#define CONTROL_MATCH_MAX 1000000 /* recipients; more are refused */

/* control_match_is_terms - a term with a key is in it: no queue and no pattern. */
bool control_match_is_terms(const char *text);

typedef void (*control_match_fn)(struct control_call *call, size_t rows);
/* control_match_find - searches what waits now, page by page, then calls fn, which takes
 * the rows with control_match_rows. What goes wrong ends the call; nothing found does too,
 * unless may_be_none. Thread: main. */
void control_match_find(struct control_call *call, const char *terms, bool may_be_none,
                        control_match_fn fn);
/* control_match_rows - oldest first, in arena. */
struct schedule_message_row *control_match_rows(struct control_call *call, struct arena *arena);

/* control_queue_match - queue hold, flush, bounce or move of what the request's "match" means.
 * name: HOLD: the rule, see schedule_hold_name; in the call's arena. */
void control_queue_match(struct control_call *call, const char *schema, enum schedule_act act,
                         const char *name);

#endif
