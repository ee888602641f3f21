/* alert_stop.h - source addresses and credentials that a reply rule stopped: somebody's mail
 * waits, or leaves by fewer addresses. Pauses of a whole provider are its pace, and told with
 * the queues. Thread: main. */
#ifndef ALERT_ALERT_STOP_H
#define ALERT_ALERT_STOP_H

#include "alert/alert.h"
#include "alert/alert_ask.h"

/* alert_stop_say - stops: of SCHEDULE_LIST_STOPS. */
void alert_stop_say(const struct alert_ask *stops, struct alert_round *round);

#endif
