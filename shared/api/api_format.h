/* api_format.h - times, ages, rates and shares as people read them; the same
 * in relaycli and relaytui. Local time unless utc. Sizes, counts and durations:
 * base/units.h. Pure. Thread: any. */
#ifndef API_API_FORMAT_H
#define API_API_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define API_FORMAT_SIZE 48

/* api_format_time - "14:02:31" today, "22 Nov 13:58" this year, "22 Nov 2025"
 * before it; "-" for 0. */
void api_format_time(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE]);
/* api_format_day - in at most 8 columns: "14:02:31" today ("18:00" what is to come), "21 Nov"
 * within half a year, "Nov 2025"; "-" for 0. */
void api_format_day(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE]);
/* api_format_recent - the same, and "3 d ago" within a week. */
void api_format_recent(int64_t unix_ms, int64_t now_unix_ms, bool utc, char out[API_FORMAT_SIZE]);
/* api_format_clock - "14:02:31" or, with ms, "14:02:31.004". */
void api_format_clock(int64_t unix_ms, bool with_ms, bool utc, char out[API_FORMAT_SIZE]);
/* api_format_full - "2026-11-23 14:02:31 CET". */
void api_format_full(int64_t unix_ms, bool utc, char out[API_FORMAT_SIZE]);
/* api_format_next - "now", "in 2m09s", "-" for 0. */
void api_format_next(int64_t unix_ms, int64_t now_unix_ms, char out[API_FORMAT_SIZE]);
/* api_format_age - how long ago: "38s", "4m10s"; "-" for 0. */
void api_format_age(int64_t unix_ms, int64_t now_unix_ms, char out[API_FORMAT_SIZE]);
/* api_format_rate - "312/s", "9.1/s", "0/s". */
void api_format_rate(double per_second, char out[API_FORMAT_SIZE]);
/* api_format_percent - "6.2%", "14%", "-" when below 0. */
void api_format_percent(double percent, char out[API_FORMAT_SIZE]);
/* api_format_short - a count in at most four columns: "999", "6.1k", "210k", "13M". */
void api_format_short(int64_t count, char out[API_FORMAT_SIZE]);
/* api_format_is_same_day - do both times fall on one calendar day. */
bool api_format_is_same_day(int64_t a_unix_ms, int64_t b_unix_ms, bool utc);

#endif
