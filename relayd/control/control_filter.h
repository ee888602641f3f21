/* control_filter.h - search terms as a question to the log, and as a test of a
 * live event. Pure. */
#ifndef CONTROL_CONTROL_FILTER_H
#define CONTROL_CONTROL_FILTER_H

#include "control/control_private.h"

/* control_terms_of - a request's "terms" list (and "filter" text), parsed.
 * Values borrow from the request. error PARAMS names the term; those of the audit
 * log are refused, but for its own method. */
int control_terms_of(const struct control_call *call, struct api_terms *terms_out,
                     struct api_error *error);
/* control_query_fill - terms into query (strings in arena). is_find: the first
 * bare word may be an address, a Message-ID or a queue id. Terms that only
 * events know (event:, site:, tls:) go to events_out, or are refused if NULL. */
int control_query_fill(const struct api_terms *terms, bool is_find, struct arena *arena,
                       struct store_query *query_out, struct api_terms *events_out,
                       struct api_error *error);
/* control_event_matches - do all terms hold for this event? Terms an event
 * cannot answer (subject:, tag:, msgid:) do not hold. */
bool control_event_matches(const struct api_terms *terms, const struct mail_event *event);

#endif
