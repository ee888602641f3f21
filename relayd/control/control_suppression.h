/* control_suppression.h - what the files about suppressions share, and the windows that
 * live views have of the list.
 *
 * A window anywhere in a list of a million costs as much as one at its start: which ids
 * the conditions mean is read once, one bit each (control_rank), and kept; what came
 * since is read after the last of them, and what was removed has it read anew. Thread:
 * main. */
#ifndef CONTROL_CONTROL_SUPPRESSION_H
#define CONTROL_CONTROL_SUPPRESSION_H

#include "control/control_private.h"

#define CONTROL_SUPPRESSION_INDEXES 4 /* conditions whose ids are kept */

/* control_suppression_json - an entry as all methods answer it. New reference. */
json_t *control_suppression_json(const struct store_suppression *row);
/* control_suppression_blocked_json - sends that the list stopped today. New reference. */
json_t *control_suppression_blocked_json(const struct control *control);

/* control_suppression_window - answers suppression.list from "offset" on. want: the
 * conditions; texts in the call's arena. */
void control_suppression_window(struct control_call *call,
                                const struct store_suppression_list *want);

struct control_suppression_indexes;
struct control_suppression_indexes *control_suppression_indexes_new(void);
void control_suppression_indexes_free(struct control_suppression_indexes **indexes);

#endif
