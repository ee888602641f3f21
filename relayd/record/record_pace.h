/* record_pace.h - what "slower" is about, by its words: too many messages, too many
 * connections, or too many messages over one. Pure. Thread: any. */
#ifndef RECORD_RECORD_PACE_H
#define RECORD_RECORD_PACE_H

#include "base/span.h"
#include "pace/pace_gate.h"
#include "verdict/verdict.h"

/* record_pace_news - of a reply about our pace or standing (RECORD_PACE): THROTTLED,
 * CROWDED or SESSION_FULL. */
enum pace_news record_pace_news(struct span reply, enum verdict_phase phase);

#endif
