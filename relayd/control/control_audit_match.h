/* control_audit_match.h - search terms as a test of a row of the audit log. Pure. Thread: any. */
#ifndef CONTROL_CONTROL_AUDIT_MATCH_H
#define CONTROL_CONTROL_AUDIT_MATCH_H

#include "api/api_error.h"
#include "api/api_term.h"
#include "store/store_row.h"

/* control_audit_match_check - 0, or error PARAMS names the first term that means nothing here. */
int control_audit_match_check(const struct api_terms *terms, struct api_error *error);
/* control_audit_match - do all terms hold? */
bool control_audit_match(const struct api_terms *terms, const struct store_audit *row);

#endif
