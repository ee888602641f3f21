/* clock.h - the two clocks and the three ways mail writes a time.
 *
 * mono: never jumps, for time-outs and intervals. unix: wall clock, for what
 * is stored or shown. Pure code takes the time as an argument instead. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include "err.h"
#include "span.h"

#define CLOCK_RFC3339_SIZE 25  /* 2026-11-23T14:02:11.004Z and NUL */
#define CLOCK_RFC5322_SIZE 32  /* Mon, 23 Nov 2026 14:02:11 +0000 and NUL */
#define CLOCK_DAY_SIZE 11      /* 2026-11-23 and NUL */

int64_t clock_mono_ms(void);
int64_t clock_unix_ms(void);
void clock_format_rfc3339(int64_t unix_ms, char out[CLOCK_RFC3339_SIZE]); /* UTC, ms */
void clock_format_rfc5322(int64_t unix_ms, char out[CLOCK_RFC5322_SIZE]); /* UTC */
void clock_format_day(int64_t unix_ms, char out[CLOCK_DAY_SIZE]);         /* UTC date */
/* clock_parse_rfc3339 - full date-time with Z or offset, or a bare date
 * (midnight UTC). err INPUT names the form wanted. */
int clock_parse_rfc3339(struct span text, int64_t *unix_ms_out, struct err *err);

#endif
