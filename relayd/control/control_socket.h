/* control_socket.h - the listening Unix socket and who may come in. Thread: main. */
#ifndef CONTROL_CONTROL_SOCKET_H
#define CONTROL_CONTROL_SOCKET_H

#include "control/control_private.h"

/* control_socket_configure - look up the groups of control->config. */
void control_socket_configure(struct control *control);
int control_socket_open(struct control *control, struct err *err);
void control_socket_close(struct control *control);
void control_socket_user(uid_t uid, char *out, size_t size); /* "ana", or "uid 1234" */
void control_socket_resume(void *arg); /* struct control *: accept again after a pause */

#endif
