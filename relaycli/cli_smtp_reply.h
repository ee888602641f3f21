/* cli_smtp_reply.h - a reply, line by line (RFC 5321 s4.2.1), for somebody to read: relayd's
 * own client keeps more of it (smtp_reply.h), but is not linked here. */
#ifndef RELAYCLI_CLI_SMTP_REPLY_H
#define RELAYCLI_CLI_SMTP_REPLY_H

#include "base/err.h"
#include "base/span.h"

#define CLI_SMTP_TEXT_SIZE 1024
#define CLI_SMTP_LINES_MAX 100

struct cli_smtp_reply {
	int code, lines;
	char text[CLI_SMTP_TEXT_SIZE]; /* lines without their codes, joined by a space; cut */
};

/* cli_smtp_reply_take - its next line, without CR LF; the first goes to one that is all zero.
 * text_out: what stands behind the code, a part of line. Cap: CLI_SMTP_LINES_MAX.
 * 1: another one belongs to it; 0: that was the last; -1: err INPUT. */
int cli_smtp_reply_take(struct cli_smtp_reply *reply, struct span line, struct span *text_out,
                        struct err *err);

#endif
