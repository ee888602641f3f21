/* control_find.h - a search for "did they get it?" on its way to its answer.
 *
 *   control_find.c        asks the store, then the scheduler; the answer's JSON
 *   control_find_facts.c  what both know of the newest, for its sentence
 *
 * Thread: main. */
#ifndef CONTROL_CONTROL_FIND_H
#define CONTROL_CONTROL_FIND_H

#include "control/control_search.h"
#include "verdict/verdict_sentence.h"

struct finding {
	struct store_query query;
	const char *address;       /* asked for without a key, or to:; NULL: something else */
	bool is_last;
	bool tried_message_id;
	struct store_search *search; /* the answer, kept while more is asked */
	struct schedule_ask *hold;   /* likewise; NULL: not asked or nothing */
	const char *near;
	uint64_t near_uses;
};

/* control_find_facts - of what call found, borrowed from it and from its snapshots. */
void control_find_facts(const struct control_call *call, struct verdict_facts *out);
/* control_find_row_facts - of one recipient: its row and, where it waits, what the scheduler
 * said of its message (waits; NULL: it was not asked). Borrows from both; arena keeps what
 * is made. The reader's zone is the call's. */
void control_find_row_facts(const struct control_call *call, const struct store_found *row,
                            const struct schedule_ask *waits, struct arena *arena,
                            struct verdict_facts *out);
/* control_find_answer_json - {"status","sentence","note"}. New reference. */
json_t *control_find_answer_json(const struct verdict_facts *facts, const char *status);
/* control_find_is_ours - it has not left: the scheduler knows why it waits. */
bool control_find_is_ours(const struct store_found *row);
bool control_find_is_held(const struct store_found *row, const struct schedule_ask *waits);
/* control_find_is_suppressed - now, for its credential and domain. */
bool control_find_is_suppressed(const struct control_call *call, const struct store_found *row);

#endif
