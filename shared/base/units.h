/* units.h - durations, sizes and rates as operators write them:
 * 90s 15m 3d, 25M, 50/s 1000/h. Pure. Thread: any. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include "err.h"
#include "span.h"

struct units_rate {
	uint32_t count;     /* this many ... */
	uint32_t period_ms; /* ... per this long; 0: no limit */
};

#define UNITS_TEXT_SIZE 32

/* units_parse_duration - number and one of ms s m h d w; "90" alone is refused
 * (err INPUT says which unit letters there are). Caps: ten years. */
int units_parse_duration(struct span text, int64_t *ms_out, struct err *err);
/* units_parse_size - number and optional K M G (powers of 1024). */
int units_parse_size(struct span text, uint64_t *bytes_out, struct err *err);
/* units_parse_rate - N/s N/m N/h N/d, a period like 20/10m, or words: /second
 * /minute /hour /day /month. */
int units_parse_rate(struct span text, struct units_rate *rate_out, struct err *err);
void units_format_duration(int64_t ms, char out[UNITS_TEXT_SIZE]); /* "4m10s", "3h02m", "1.2s" */
void units_format_size(uint64_t bytes, char out[UNITS_TEXT_SIZE]); /* "14.2K" */
void units_format_count(uint64_t count, char out[UNITS_TEXT_SIZE]); /* "18,402" */
#define UNITS_NOUN_SIZE 64
/* units_format_noun - "1 recipient", "3,377 recipients". Returns out. */
const char *units_format_noun(int64_t count, const char *noun, char out[UNITS_NOUN_SIZE]);

#endif
