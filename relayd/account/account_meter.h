/* account_meter.h - what a credential has used of its limits, exactly.
 *
 * Counted are recipients: a message to three of them counts three, as it does where
 * they read it. A limit is so many in a window of the clock in UTC (a rate's period, a
 * day, a calendar month), so that everybody can say when it opens again.
 *
 * One word per window, the window's number and the count, is changed by compare and
 * swap only: of two sessions that want the last place one gets it. A credential has
 * one meter for as long as the process lives; snapshots share it. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_METER_H
#define ACCOUNT_ACCOUNT_METER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/units.h"

struct account_meter;

enum account_window {
	ACCOUNT_RATE,  /* by its own period: a second to a day */
	ACCOUNT_HOUR,  /* limited by account_meter_slow only */
	ACCOUNT_DAY,
	ACCOUNT_MONTH,
	ACCOUNT_WINDOW_COUNT
};

struct account_limits {
	struct units_rate rate;    /* period_ms 0: none */
	uint32_t day, month;       /* recipients; 0: none */
};

/* struct account_share - what was taken: to give it back, or to store it. */
struct account_share {
	uint32_t recipients;
	uint32_t window[ACCOUNT_WINDOW_COUNT]; /* numbers, as in account_window_number */
};

/* struct account_full - the limit that has no room, in words an application's log
 * can do something with. */
struct account_full {
	enum account_window window;
	uint32_t limit, used;
	int64_t opens_unix_ms;
};

struct account_meter *account_meter_new(void); /* Returns owned, one reference */
struct account_meter *account_meter_ref(struct account_meter *meter);
void account_meter_unref(struct account_meter **meter);

/* account_meter_load - what was used before a restart; before anybody takes. */
void account_meter_load(struct account_meter *meter, enum account_window window,
                        uint32_t number, uint32_t used);

/* account_meter_take - room for n recipients in all windows, or in none: then false,
 * and which has not. full_out may be NULL. */
bool account_meter_take(struct account_meter *meter, const struct account_limits *limits,
                        uint32_t n, int64_t now_unix_ms, struct account_share *share_out,
                        struct account_full *full_out);
/* account_meter_fits - would it now? No promise: others take too. */
bool account_meter_fits(const struct account_meter *meter, const struct account_limits *limits,
                        uint32_t n, int64_t now_unix_ms, struct account_full *full_out);
/* account_meter_return - the message was not taken after all. */
void account_meter_return(struct account_meter *meter, const struct account_share *share);

/* account_meter_slow - so many recipients an hour from now on; 0: as its limits say. */
void account_meter_slow(struct account_meter *meter, uint32_t recipients);

uint32_t account_meter_used(const struct account_meter *meter,
                            const struct account_limits *limits, enum account_window window,
                            int64_t now_unix_ms);
/* account_meter_limit - what holds in that window now, a slowing too; 0: nothing. */
uint32_t account_meter_limit(const struct account_meter *meter,
                             const struct account_limits *limits, enum account_window window);
uint32_t account_limit_of(const struct account_limits *limits, enum account_window window);
/* account_window_number - of the window that now is in; _end: when the next begins. */
uint32_t account_window_number(const struct account_limits *limits, enum account_window window,
                               int64_t now_unix_ms);
int64_t account_window_end(const struct account_limits *limits, enum account_window window,
                           int64_t now_unix_ms);
const char *account_window_name(enum account_window window); /* "rate", "hour", "day", "month" */

#endif
