/* tui_throttle.h - one limit or stop as the Throttles screen shows and changes it.
 *
 * Rows come from throttle.list; this is the one place that reads them, and where
 * their words are made: what a limit is called, how its numbers are written.
 * Pure. Thread: the app's. */
#ifndef TUI_THROTTLE_H
#define TUI_THROTTLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct tui_model;

#define TUI_THROTTLE_TEXT 64

struct tui_throttle { /* texts are borrowed of the row; "" missing, numbers -1 */
	const char *key, *scope, *source, *credential, *limit, *set_by, *cause, *undo;
	double cap, rule, used, share;
	int64_t ends_unix_ms, resets_unix_ms; /* 0: none */
	int64_t queued;
	bool is_active;
	/* what an operator set there, also where it is not what holds */
	bool is_set;
	const char *set_scope, *set_reason;
	double set_value;
	int64_t set_ends_unix_ms;
};

enum tui_throttle_kind { /* of limit */
	TUI_THROTTLE_RATE, TUI_THROTTLE_CONNECTIONS, TUI_THROTTLE_SESSION,
	TUI_THROTTLE_CREDENTIAL,  /* recipients in a window */
	TUI_THROTTLE_STOPPED,     /* a rule paused or stopped it */
	TUI_THROTTLE_SINGLE,      /* a rule left it one connection */
	TUI_THROTTLE_WAITING      /* the site asked for it, or is not reached */
};

struct tui_throttle tui_throttle_read(const json_t *row);
enum tui_throttle_kind tui_throttle_kind_of(const struct tui_throttle *throttle);
/* tui_throttle_allowed - what an operator or the rule allows; -1: no limit. The adaptive pace
 * stays inside. */
double tui_throttle_allowed(const struct tui_throttle *throttle);

/* ---- words ----------------------------------------------------------------------- */
/* tui_throttle_scope - "yahoo", "cred newsletter", "ip 198.51.100.10"; with the address mail
 * leaves by where room is left in so many bytes, else with the end of it. */
void tui_throttle_scope(const struct tui_throttle *throttle, size_t room,
                        char out[TUI_THROTTLE_TEXT * 8]);
/* tui_throttle_limit - "msgs/s", "msgs/h", "conns", "rcpt/d", "paused" */
const char *tui_throttle_limit(const struct tui_throttle *throttle, char out[TUI_THROTTLE_TEXT]);
/* tui_throttle_number - a value of it in the unit that tui_throttle_limit says: "150", "0.5",
 * "50k"; "-" for none. */
void tui_throttle_number(const struct tui_throttle *throttle, double value,
                         char out[TUI_THROTTLE_TEXT]);
/* tui_throttle_pace - value and unit: "18/s", "20 conns" */
void tui_throttle_pace(const struct tui_throttle *throttle, double value,
                       char out[TUI_THROTTLE_TEXT]);
/* tui_throttle_value - as throttle.set and relaycli read it: "18/s", "20" */
void tui_throttle_value(const struct tui_throttle *throttle, double value,
                        char out[TUI_THROTTLE_TEXT]);
/* tui_throttle_ends - "until 14:20"; another day "for 18h58m"; "-" */
void tui_throttle_ends(int64_t unix_ms, int64_t now_unix_ms, char out[TUI_THROTTLE_TEXT]);

#endif
