/* api_time.h - the one reader of times that people type: --since, since:, until:, --expires.
 *
 *   90s 15m 2h 7d         so long ago
 *   now today yesterday   the last two: the midnight they began at
 *   14:00 14:00:30        today at that time
 *   2026-11-24            midnight of that day; with T10:00 or T10:00:30 at that time
 *   ...Z  ...+01:00       in that zone; without one, in the reader's own (or UTC)
 *
 * Pure but for the zone of the process. Thread: any. */
#ifndef API_API_TIME_H
#define API_API_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

/* api_time_parse - is_utc: a time without a zone is UTC instead of local. err
 * INPUT says what may be written. */
int api_time_parse(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
                   struct err *err);
/* api_time_parse_end - when something is to end: the same, but a day without a time means all
 * of it, to its last second, and a duration is ahead. */
int api_time_parse_end(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
                       struct err *err);

#endif
