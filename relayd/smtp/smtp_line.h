/* smtp_line.h - the strict line reader both sides use: a line ends in CRLF and
 * nothing else (RFC 5321 s2.3.8). Pure, no allocation. Thread: any. */
#ifndef SMTP_SMTP_LINE_H
#define SMTP_SMTP_LINE_H

#include <stddef.h>
#include "base/span.h"

enum smtp_line_result {
	SMTP_LINE_DONE, /* *line_out is the line without CRLF, *used_out includes it */
	SMTP_LINE_MORE, /* no full line yet; *used_out is 0 */
	SMTP_LINE_BARE, /* a CR without LF, LF without CR, or NUL: *used_out skips past the next LF
			 */
	SMTP_LINE_TOO_LONG /* more than max bytes: *used_out skips past the LF, or all if none came
			    * yet (the rest of that line is still to come: discard or close) */
};

/* smtp_line_read - max: longest line without CRLF. A LF alone ends nothing: the
 * line it would have ended is reported BARE, up to and including that LF. */
enum smtp_line_result smtp_line_read(struct span in, size_t max, struct span *line_out,
				     size_t *used_out);

#endif
