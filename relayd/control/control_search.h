/* control_search.h - a question to the log from a request, and its pages. */
#ifndef CONTROL_CONTROL_SEARCH_H
#define CONTROL_CONTROL_SEARCH_H

#include "control/control_private.h"

/* control_search_query - terms, limit (fallback) and cursor of the request as a
 * query in arena; is_find and events_out: see control_query_fill. */
int control_search_query(const struct control_call *call, bool is_find, uint32_t limit,
                         struct arena *arena, struct store_query *query_out,
                         struct api_terms *events_out, struct api_error *error);
/* control_search_send - ask; the answer comes to fn with context = call. Takes
 * arena. false: too many wait, and the call was ended ("busy"). */
bool control_search_send(struct control_call *call, struct arena *arena,
                         const struct store_query *query, mailbox_fn fn);
/* control_search_take - the answer's call, or NULL when it ended (the client
 * went, or the search failed); then search is freed as well. */
struct control_call *control_search_take(struct store_search *search);
void control_search_free(struct store_search **search);
/* control_search_put_gap - a time that an answer does not cover, and why. */
void control_search_put_gap(json_t *gaps, int64_t from_unix_ms, int64_t until_unix_ms,
                            const char *why);
/* control_search_cursor - "next_cursor" of a page, null at the end. */
void control_search_cursor(json_t *result, const struct store_result *set);
/* control_search_coverage - what the search could see. New reference. */
json_t *control_search_coverage(const struct store_query *query, const struct store_result *set);

#endif
