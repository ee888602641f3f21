/* api_delta.h - the pictures of a live list that tell only what changed (api_view.h): made
 * by relayd, made whole again by whoever reads. Rows have a "key". Pure. Thread: any. */
#ifndef API_API_DELTA_H
#define API_API_DELTA_H

#include <jansson.h>

/* api_delta_row - of that key. Borrowed; NULL: none. */
const json_t *api_delta_row(const json_t *rows, const char *key);
/* api_delta_make - data's "rows" become those that are not in before as they are now, "keys"
 * the order where that is another, "delta" true. before: the rows that were told last. */
void api_delta_make(json_t *data, const json_t *before);
/* api_delta_whole - data with all its rows, taken from before where it does not tell them;
 * before: the rows of the picture before, or NULL. Rows without a key are left out, and those
 * beyond API_VIEW_ROWS_MAX. Returns a new reference. */
json_t *api_delta_whole(const json_t *data, const json_t *before);

#endif
