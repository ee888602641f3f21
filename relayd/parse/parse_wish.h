/* parse_wish.h - what a sender asks of the relay itself, in header fields that end here:
 *
 *   X-Relay-Send-At: 2026-11-24T08:00:00+01:00     not before
 *   X-Relay-Expires: 4h                            given up after, if less than max_age
 *   X-Relay-Priority: bulk                         goes after transactional mail
 *
 * Each once at most. Path: judged with the header, before the body is stored. Pure. */
#ifndef PARSE_PARSE_WISH_H
#define PARSE_PARSE_WISH_H

#include "parse/parse_header.h"

struct parse_wish {
	int64_t send_at_unix_ms;   /* 0: not said */
	int64_t lifetime_ms;       /* 0: not said */
	bool is_bulk;
};

/* parse_wish_read - err INPUT (code 550, text with enhanced status): a value that
 * cannot be read, or a field that is there twice. Thread: any. */
int parse_wish_read(const struct parse_header *header, struct parse_wish *wish_out,
                    struct err *err);

#endif
