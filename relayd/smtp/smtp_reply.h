/* smtp_reply.h - read and write replies (RFC 5321 s4.2, RFC 2034). Pure. Thread: any. */
#ifndef SMTP_SMTP_REPLY_H
#define SMTP_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define SMTP_REPLY_LINE_MAX 1024 /* RFC says 512; providers send more */
#define SMTP_REPLY_LINES_MAX 128
#define SMTP_REPLY_TEXT_MAX 4096 /* what is kept of a reply's text */

enum smtp_reply_result { SMTP_REPLY_DONE, SMTP_REPLY_MORE, SMTP_REPLY_BAD };

struct smtp_enhanced {
	unsigned char class; /* 2, 4, 5; 0: none given */
	unsigned short subject, detail;
};

struct smtp_reply {
	int code;		       /* 200..599 */
	struct smtp_enhanced enhanced; /* of the first line that has one whose class fits */
	struct buf text;	       /* lines joined by '\n', codes taken off, the enhanced
					* status left in; bytes as received; cap TEXT_MAX */
	unsigned lines;
};

void smtp_reply_init(struct smtp_reply *reply);
void smtp_reply_deinit(struct smtp_reply *reply);
/* smtp_reply_parse - one whole reply, maybe multi-line. Incremental use: call
 * with all unread input each time; nothing is used until the reply is whole.
 * DONE sets *used_out. BAD (err INPUT): not a reply, codes differ between lines, too long. Lines
 * may end in a bare LF: some old servers do that, and nothing can be smuggled into us. */
enum smtp_reply_result smtp_reply_parse(struct span in, struct smtp_reply *reply, size_t *used_out,
					struct err *err);

/* smtp_enhanced_parse - "5.7.1" at the start of text (followed by SP or end). */
bool smtp_enhanced_parse(struct span text, struct smtp_enhanced *enhanced_out);
#define SMTP_ENHANCED_SIZE 12
void smtp_enhanced_format(struct smtp_enhanced enhanced,
			  char out[SMTP_ENHANCED_SIZE]); /* "" if none */

/* smtp_reply_write - "code[-]text CRLF" with text's '\n' making continuation lines;
 * control bytes become '?'. enhanced (NULL: none) is put on every line. */
int smtp_reply_write(struct buf *out, int code, const char *enhanced, struct span text);

#endif
