/* listener.h - the listening sockets of relayd.conf: opened once, before
 * anything else can fail half-way, shared by the workers. Thread: main. */
#ifndef RELAYD_LISTENER_H
#define RELAYD_LISTENER_H

#include <stddef.h>
#include "base/err.h"
#include "config.h"

struct listener_socket {
	const struct config_listener *listener; /* of the configuration at start */
	int fd;                                 /* non-blocking */
};

struct listener {
	struct listener_socket *socket;
	size_t sockets;
};

/* listener_open - bind all of config's addresses. err SYSTEM: "port 587 on
 * 0.0.0.0 is taken by another program; ..." and nothing stays open. */
int listener_open(struct listener *listener, const struct config *config, struct err *err);
void listener_close(struct listener *listener);

#endif
