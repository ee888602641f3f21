/* pipeline.h - the whole relay: stages in message order, started last to first,
 * drained first to last. Thread: main. */
#ifndef RELAYD_PIPELINE_H
#define RELAYD_PIPELINE_H

#include "base/err.h"
#include "config.h"

/* pipeline_run - takes config; serves until SIGTERM or SIGINT, then drains.
 * 0: stopped as asked. -1: did not start; err in one sentence with the way out. */
int pipeline_run(struct config *config, struct err *err);

#endif
