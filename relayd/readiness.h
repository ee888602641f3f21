/* readiness.h - tell systemd how far we are (sd_notify(3)'s protocol: one
 * datagram to $NOTIFY_SOCKET), without its library. Thread: main. */
#ifndef RELAYD_READINESS_H
#define RELAYD_READINESS_H

/* readiness_say - "READY=1", "RELOADING=1", "STOPPING=1". Without systemd: nothing. */
void readiness_say(const char *state);

#endif
