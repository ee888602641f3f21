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
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* api_time_parse - is_utc: a time without a zone is UTC instead of local. err
 * INPUT says what may be written. */
typedef int api_time_parse_fn(struct span text, int64_t now_unix_ms, bool is_utc,
                              int64_t *unix_ms_out, struct err *err);
int api_time_parse(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
                   struct err *err);
/* api_time_parse_end - when something is to end: the same, but a day without a time means all
 * of it, to its last second, and a duration is ahead. */
int api_time_parse_end(struct span text, int64_t now_unix_ms, bool is_utc, int64_t *unix_ms_out,
                       struct err *err);
#define API_TIME_END_SIZE 32
/* api_time_format_end - the shortest that api_time_parse_end reads as that second: "2027-01-31"
 * of the last one of a day, else "2027-01-31T14:00:30"; "" of 0. */
void api_time_format_end(int64_t unix_ms, bool is_utc, char out[API_TIME_END_SIZE]);
/* api_time_put_utc - a typed time as the daemon takes it, which need not share the zone of who
 * typed it: in UTC. "2h" and "now" stay: the daemon's clock counts. So does what is no time. */
void api_time_put_utc(api_time_parse_fn *parse, struct span text, int64_t now_unix_ms,
                      bool is_utc, struct buf *out);

#endif
