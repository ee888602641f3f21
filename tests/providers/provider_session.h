/* provider_session.h - one connection to a simulated receiving server. Lives
 * in the one loop, frees itself when the connection ends. */
#ifndef PROVIDERS_PROVIDER_SESSION_H
#define PROVIDERS_PROVIDER_SESSION_H

#include <stdint.h>
#include "loop/loop.h"
#include "loop/tls.h"
#include "provider_script.h"

/* struct provider_world - what all sessions share; main owns it. */
struct provider_world {
	struct loop *loop;
	struct provider_script *script;
	struct tls_server *tls;
	const char *name;     /* in greetings */
	const char *save_dir; /* NULL: messages are counted and forgotten */

	uint64_t connections, open, open_most, handshakes;
	uint64_t messages, bytes;	      /* accepted */
	uint64_t accepted, deferred, refused; /* recipients */
	uint64_t dropped;		      /* connections, on purpose */
	uint64_t version;		      /* rises with each change */
};

/* provider_session_start - takes fd. */
void provider_session_start(struct provider_world *world, int fd);

#endif
