/* cli_smtp_reply.c - see cli_smtp_reply.h. Pure: bytes of a server that may be anything. */
#include "cli_smtp_reply.h"

#include <string.h>

static void
add_text(struct cli_smtp_reply *reply, struct span text)
{
	size_t n = strlen(reply->text), room = sizeof reply->text - n - 1;

	if (n > 0 && room > 0) {
		reply->text[n++] = ' ';
		room--;
	}
	text.n = text.n < room ? text.n : room;
	memcpy(reply->text + n, text.p, text.n);
	reply->text[n + text.n] = '\0';
}

int
cli_smtp_reply_take(struct cli_smtp_reply *reply, struct span line, struct span *text_out,
                    struct err *err)
{
	bool is_last = line.n <= 3 || line.p[3] == ' ';
	unsigned long long code;

	if (line.n < 3 || !span_to_u64((struct span){ line.p, 3 }, &code) || code < 200 ||
	    code > 599 || (!is_last && line.p[3] != '-') ||
	    (reply->lines > 0 && (int)code != reply->code))
		return err_set(err, ERR_INPUT, 0, "its reply is no SMTP reply");
	if (++reply->lines == CLI_SMTP_LINES_MAX && !is_last)
		return err_set(err, ERR_INPUT, 0, "its reply has too many lines");
	*text_out = line.n > 4 ? (struct span){ line.p + 4, line.n - 4 } : SPAN_LIT("");
	reply->code = (int)code;
	add_text(reply, *text_out);
	return is_last ? 0 : 1;
}
