/* deliver_peer.h - what a server said it can do (EHLO). Pure. Thread: any. */
#ifndef DELIVER_DELIVER_PEER_H
#define DELIVER_DELIVER_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/span.h"

enum deliver_extension { /* bits of deliver_peer.can */
	DELIVER_PIPELINING = 1 << 0, DELIVER_SIZE = 1 << 1, DELIVER_8BITMIME = 1 << 2,
	DELIVER_SMTPUTF8 = 1 << 3, DELIVER_DSN = 1 << 4, DELIVER_CHUNKING = 1 << 5,
	DELIVER_STARTTLS = 1 << 6, DELIVER_AUTH_PLAIN = 1 << 7, DELIVER_AUTH_LOGIN = 1 << 8,
	DELIVER_BY = 1 << 9
};

struct deliver_peer {
	unsigned can;            /* enum deliver_extension */
	uint64_t size_max;       /* 0: no limit said */
	uint32_t recipients_max; /* LIMITS RCPTMAX (RFC 9422); 0: not said */
	uint32_t messages_max;   /* LIMITS MAILMAX; 0: not said */
	uint32_t by_min_sec;     /* DELIVERBY (RFC 2852): least time with R; 0: none said */
};

/* deliver_peer_read - ehlo: the text of a 250 to EHLO, lines parted by '\n', the
 * first being the greeting. Unknown and malformed keywords are passed over. */
void deliver_peer_read(struct span ehlo, struct deliver_peer *peer_out);

#endif
