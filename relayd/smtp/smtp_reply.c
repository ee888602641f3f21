/* smtp_reply.c - replies, read from servers and written to clients.
 *
 * Reading is forgiving where nothing can be smuggled (a bare LF, a code with
 * no text) and strict where it counts: three digits, the same on every line,
 * bounded in lines and in bytes. A reply that is not whole is measured again
 * on the next call and parsed only once. */
#include "smtp/smtp_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/must.h"

struct reply_line {
	int code;
	bool is_last;
	struct span text;
};

void
smtp_reply_init(struct smtp_reply *reply)
{
	*reply = (struct smtp_reply){ .code = 0 };
	buf_init(&reply->text, SMTP_REPLY_TEXT_MAX);
}

void
smtp_reply_deinit(struct smtp_reply *reply)
{
	buf_deinit(&reply->text);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "%s", why);
}

/* parse_line - line without its end. */
static int
parse_line(struct span line, struct reply_line *out, struct err *err)
{
	if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) ||
	    !is_digit(line.p[2]))
		return bad(err, "not an SMTP reply: a line without a reply code");
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return bad(err, "not an SMTP reply: the code is not followed by a space");
	out->code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
	out->is_last = line.n == 3 || line.p[3] == ' ';
	out->text = line.n > 4 ? (struct span){ line.p + 4, line.n - 4 } : SPAN_LIT("");
	return 0;
}

/* next_line - 1 and *line_out, 0 when no whole line is there, -1 on one that is
 * too long. in moves behind it. */
static int
next_line(struct span *in, struct span *line_out, struct err *err)
{
	const char *lf = in->n > 0 ? memchr(in->p, '\n', in->n) : NULL;
	size_t n = lf ? (size_t)(lf - in->p) : in->n;

	if (n > SMTP_REPLY_LINE_MAX)
		return bad(err, "reply has a line of over 1024 bytes");
	if (!lf)
		return 0;
	*line_out = (struct span){ in->p, n > 0 && in->p[n - 1] == '\r' ? n - 1 : n };
	*in = (struct span){ lf + 1, in->n - n - 1 };
	return 1;
}

/* measure - check every line there is; DONE when the last one is among them. */
static enum smtp_reply_result
measure(struct span in, size_t *used_out, struct err *err)
{
	struct span rest = in, text;
	struct reply_line line;
	int code = 0, rc;

	for (unsigned lines = 1;; lines++) {
		rc = next_line(&rest, &text, err);
		if (rc == 0)
			return SMTP_REPLY_MORE;
		if (rc < 0 || parse_line(text, &line, err) < 0)
			return SMTP_REPLY_BAD;
		if (code && line.code != code) {
			bad(err, "reply changes its code between lines");
			return SMTP_REPLY_BAD;
		}
		code = line.code;
		if (line.is_last)
			break;
		if (lines == SMTP_REPLY_LINES_MAX) {
			bad(err, "reply has over 128 lines");
			return SMTP_REPLY_BAD;
		}
	}
	*used_out = in.n - rest.n;
	return SMTP_REPLY_DONE;
}

/* keep_text - as much as fits: the head of a long story says what is wrong. */
static void
keep_text(struct smtp_reply *reply, struct span text)
{
	if (reply->lines > 0 && buf_append(&reply->text, "\n", 1) < 0)
		return;
	if (text.n > buf_room(&reply->text))
		text.n = buf_room(&reply->text);
	must(buf_append_span(&reply->text, text) == 0);
}

static void
take_line(struct smtp_reply *reply, const struct reply_line *line)
{
	struct smtp_enhanced enhanced;

	reply->code = line->code;
	if (reply->enhanced.class == 0 && smtp_enhanced_parse(line->text, &enhanced) &&
	    enhanced.class == line->code / 100)
		reply->enhanced = enhanced;
	keep_text(reply, line->text);
	reply->lines++;
}

enum smtp_reply_result
smtp_reply_parse(struct span in, struct smtp_reply *reply, size_t *used_out, struct err *err)
{
	enum smtp_reply_result result;
	struct reply_line line;
	struct span text;

	*used_out = 0;
	result = measure(in, used_out, err);
	if (result != SMTP_REPLY_DONE)
		return result;
	reply->code = 0;
	reply->enhanced = (struct smtp_enhanced){ 0, 0, 0 };
	reply->lines = 0;
	buf_clear(&reply->text);
	in.n = *used_out;
	while (in.n > 0) {
		must(next_line(&in, &text, err) == 1 && parse_line(text, &line, err) == 0);
		take_line(reply, &line);
	}
	return SMTP_REPLY_DONE;
}

/* number - one to three digits without a leading zero (RFC 3463 s2). */
static bool
number(struct span *s, unsigned short *value_out)
{
	unsigned value = 0;
	size_t i = 0;

	while (i < s->n && i < 3 && is_digit(s->p[i]))
		value = value * 10 + (unsigned)(s->p[i++] - '0');
	if (i == 0 || (i > 1 && s->p[0] == '0'))
		return false;
	*value_out = (unsigned short)value;
	*s = (struct span){ s->p + i, s->n - i };
	return true;
}

bool
smtp_enhanced_parse(struct span text, struct smtp_enhanced *enhanced_out)
{
	struct smtp_enhanced e;
	struct span rest = { text.p + 2, text.n - 2 };

	if (text.n < 5 || !strchr("245", text.p[0]) || text.p[0] == '\0' || text.p[1] != '.')
		return false;
	e.class = (unsigned char)(text.p[0] - '0');
	if (!number(&rest, &e.subject) || rest.n == 0 || rest.p[0] != '.')
		return false;
	rest = (struct span){ rest.p + 1, rest.n - 1 };
	if (!number(&rest, &e.detail) || (rest.n > 0 && rest.p[0] != ' '))
		return false;
	*enhanced_out = e;
	return true;
}

void
smtp_enhanced_format(struct smtp_enhanced e, char out[SMTP_ENHANCED_SIZE])
{
	out[0] = '\0';
	if (e.class != 0)
		snprintf(out, SMTP_ENHANCED_SIZE, "%u.%u.%u", e.class % 10u, e.subject % 1000u,
		         e.detail % 1000u);
}

/* put_line - "250-2.1.0 text" CRLF; control bytes would let a text that quotes
 * the client write replies of its own. */
static char *
put_line(char *p, const char prefix[4], char sep, struct span status, struct span text)
{
	memcpy(p, prefix, 3);
	p[3] = sep;
	p += 4;
	if (status.n > 0) {
		memcpy(p, status.p, status.n);
		p[status.n] = ' ';
		p += status.n + 1;
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		*p++ = c < ' ' || c == 0x7f ? '?' : text.p[i];
	}
	*p++ = '\r';
	*p++ = '\n';
	return p;
}

int
smtp_reply_write(struct buf *out, int code, const char *enhanced, struct span text)
{
	struct span status = span_of(enhanced), line;
	size_t lines = 1, left;
	char prefix[12], *mem, *p;

	must(code >= 200 && code <= 599);
	snprintf(prefix, sizeof prefix, "%d", code);
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	mem = p = buf_reserve(out, text.n + lines * (4 + status.n + 1 + 2));
	if (!mem)
		return -1;
	for (left = lines; left > 0; left--) {
		line = span_cut(text, '\n', &text);
		p = put_line(p, prefix, left > 1 ? '-' : ' ', status, line);
	}
	buf_commit(out, (size_t)(p - mem));
	return 0;
}
