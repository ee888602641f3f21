/* notice_compose.h - a delivery status notice (RFC 3461, 3464, 6522, 6533) from
 * what the store knows of the message it is about. Pure. Thread: any.
 *
 *   multipart/report; report-type=delivery-status
 *     text/plain                 for people: what happened, the server's words, what to do
 *     message/delivery-status    for programs: a group of fields per recipient
 *     message/rfc822             the message, or text/rfc822-headers, as RET asks; with bytes
 *                                beyond ASCII message/global, encoded
 *
 * A sender whose address is beyond ASCII gets the international forms
 * (message/global-delivery-status with addresses in UTF-8), since only SMTPUTF8
 * reaches it anyway; every other notice is made of ASCII around what it returns. */
#ifndef NOTICE_NOTICE_COMPOSE_H
#define NOTICE_NOTICE_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "store/store.h"

struct notice_facts {
	const struct store_notice *about; /* at least one recipient, body given */
	const char *hostname;
	const char *from;          /* addr-spec */
	uint64_t id;               /* the notice's own */
	uint64_t salt;             /* of the boundary: nobody can foresee it */
	int64_t now_unix_ms;
	uint64_t return_max_bytes; /* RET=FULL is honoured up to this size */
};

struct notice_text { /* made by notice_compose, freed by notice_text_deinit */
	struct buf head;           /* fields and the empty line, unsigned */
	struct buf text;
	char message_id[128], subject[320]; /* of the notice, for its log row */
	bool head_8bit;            /* needs SMTPUTF8 */
	bool text_8bit;
};

/* notice_compose - err LIMIT: it would be larger than it may (never for a message
 * that fits return_max_bytes). *out is to be deinited in any case. */
int notice_compose(const struct notice_facts *facts, struct notice_text *out, struct err *err);
void notice_text_deinit(struct notice_text *text);

#endif
