/* pace_control.h - how fast one site takes mail from one source address: a limit
 * that nobody tells us, found by going a little too far.
 *
 *   rate  |                        throttled again: halved
 *         |                                      v
 *  memory |- - - - - - - - - - - - - - - - - __--|
 *  target |- - - - - - - - -______-------''''    |
 *         |          _--''                       |  _--
 *         |      _-'                             |-'
 *    half |..---'                                |
 *         +-----|-----------|--------------------|------> time in use
 *           recovering   holding, then ever faster
 *
 * The rate at which a site said "slower" is remembered. From half of it the rate
 * climbs back quickly, but only to a margin below; from there it grows slowly, and
 * faster the longer nobody objects, so that a limit that was lifted is found
 * again. Growth takes time in use: a site that gets nothing learns nothing.
 *
 * Connections have a window of their own, since "too many connections" says
 * nothing about the rate; so has the number of messages of one connection. The window
 * opens slowly: a site never met, or just back from a pause, gets two connections, and
 * one more for each message it takes, which is twice as many each time around.
 *
 * What was begun before the last cut says nothing new: the replies of ten
 * connections to one moment's excess are one step. Pure: time is an argument, all
 * state is in the struct. Thread: the owner's. */
#ifndef PACE_PACE_CONTROL_H
#define PACE_PACE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_RATE_MIN (1 / 60.0)   /* messages a second: slower than this is a pause */
#define PACE_WINDOW_SEC 8          /* over which the accepted rate is measured */

/* struct pace_limits - what rules and operators allow; the control stays inside. */
struct pace_limits {
	double rate_max;               /* messages a second; 0: no limit */
	double rate_min;               /* at least PACE_RATE_MIN */
	uint32_t connections_max;      /* at least 1 */
	uint32_t session_max;          /* messages over one connection */
};

struct pace_control {
	struct pace_limits limits;
	/* the rate; target 0: never throttled, or so long ago that it does not count */
	double target;                 /* messages a second to come back to */
	double settled;                /* the last target that was kept up for a while */
	double low;                    /* share of target the last cut left, 0..1 */
	bool is_guess;                 /* of target: of the first moments, not refused since */
	int64_t cut_mono_ms;           /* the last cut */
	int64_t age_ms;                /* time in use since then */
	uint32_t cuts;                 /* in a row with nothing accepted in between */
	bool has_accepted;             /* since the last cut */
	/* the accepted rate: a ring of seconds */
	int64_t second;                /* of count[second % PACE_WINDOW_SEC] */
	int64_t first_second;          /* the measuring began */
	uint32_t count[PACE_WINDOW_SEC];
	int64_t accepted_mono_ms;      /* the last one */
	/* connections; crowd 0: never refused */
	uint32_t earned;               /* by messages taken, beyond the first two */
	uint32_t crowd;                /* so many were taken when one more was refused */
	uint32_t window_low;           /* what the last refusal left */
	int64_t crowd_mono_ms;
	/* messages of one connection; 0: not known */
	uint32_t session;
	int64_t session_mono_ms;
};

void pace_control_init(struct pace_control *control, const struct pace_limits *limits);
void pace_control_set_limits(struct pace_control *control, const struct pace_limits *limits);

/* ---- what holds now ------------------------------------------------------------------ */
double pace_control_rate(const struct pace_control *control); /* messages a second; 0: no limit */
/* pace_control_connections - so many may be open now; _window: and when all are earned. */
uint32_t pace_control_connections(const struct pace_control *control, int64_t now_mono_ms);
uint32_t pace_control_window(const struct pace_control *control, int64_t now_mono_ms);
uint32_t pace_control_session(const struct pace_control *control, int64_t now_mono_ms);
/* pace_control_say_rate - a rate in words: "3 messages a second", "1 message an hour". */
#define PACE_RATE_TEXT_SIZE 48
void pace_control_say_rate(double per_second, char out[PACE_RATE_TEXT_SIZE]);
/* pace_control_accepted_rate - messages a second that were taken, over the last seconds. */
double pace_control_accepted_rate(const struct pace_control *control, int64_t now_mono_ms);

/* ---- what happened ------------------------------------------------------------------- */
void pace_control_accept(struct pace_control *control, int64_t now_mono_ms);
enum pace_cut {
	PACE_CUT_NONE,   /* began before the last cut: no news */
	PACE_CUT_HALVED,
	PACE_CUT_USELESS /* halved again and again, and nothing gets through: pause */
};
enum pace_cut pace_control_throttle(struct pace_control *control, int64_t began_mono_ms,
                                    int64_t now_mono_ms);
/* pace_control_crowd - a connection was refused while `connections` others were
 * served. Returns true when the window shrank. */
bool pace_control_crowd(struct pace_control *control, uint32_t connections,
                        int64_t began_mono_ms, int64_t now_mono_ms);
/* pace_control_end_session - the server had enough of a connection after so many. */
bool pace_control_end_session(struct pace_control *control, uint32_t messages,
                              int64_t now_mono_ms);
/* pace_control_resume - after a pause: from a quarter up, to what went well before the
 * trouble began: that is over, and what came with it says nothing about the limit. */
void pace_control_resume(struct pace_control *control, int64_t now_mono_ms);

#endif
