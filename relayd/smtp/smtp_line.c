/* smtp_line.c - find the next line of a dialogue, strictly.
 *
 * Both halves of message smuggling live on peers that disagree about what ends
 * a line; this side knows one answer, CRLF. A caller that got MORE calls again
 * with the same bytes and those that came after: the scan is one memchr over
 * at most a command line, so starting over costs less than remembering. */
#include "smtp/smtp_line.h"

#include <string.h>

static enum smtp_line_result
without_end(struct span in, size_t max, size_t *used_out)
{
	/* one byte more may be the CR of a line that just fits */
	if (in.n <= max || (in.n == max + 1 && in.p[max] == '\r'))
		return SMTP_LINE_MORE;
	*used_out = in.n;
	return SMTP_LINE_TOO_LONG;
}

enum smtp_line_result
smtp_line_read(struct span in, size_t max, struct span *line_out, size_t *used_out)
{
	const char *lf = in.n > 0 ? memchr(in.p, '\n', in.n) : NULL;
	struct span line = { in.p, 0 };

	*line_out = SPAN_EMPTY;
	*used_out = 0;
	if (!lf)
		return without_end(in, max, used_out);
	*used_out = (size_t)(lf - in.p) + 1;
	if (lf == in.p || lf[-1] != '\r')
		return SMTP_LINE_BARE;
	line.n = *used_out - 2;
	if (line.n > max)
		return SMTP_LINE_TOO_LONG;
	if (memchr(line.p, '\r', line.n) || memchr(line.p, '\0', line.n))
		return SMTP_LINE_BARE;
	*line_out = line;
	return SMTP_LINE_DONE;
}
