/* smtp_data.c - message content off the wire and onto it.
 *
 * On the hot path twice per message, so it moves runs and not bytes: one memchr
 * for the LF and one for a stray CR a line, and one memcpy for everything
 * between two places where input and output differ (a stuffed dot, a fixed
 * line end).
 *
 *   AT_START --'.'--> AT_DOT --CR--> AT_DOT_CR --LF--> end
 *      |                 |               |
 *      +------any--------+-----any-------+----> MID --CR--> AFTER_CR
 *      ^                                         ^  |           |
 *      +-------------------LF--------------------|--+           |
 *      +-------------------LF--------------------|--------------+
 *
 * The CR of AFTER_CR is written already; the dot and CR of AT_DOT and
 * AT_DOT_CR are not, and whatever follows them the dot never is. */
#include "smtp/smtp_data.h"

#include <string.h>

#include "base/must.h"

enum state { AT_START, AT_DOT, AT_DOT_CR, MID, AFTER_CR };

#define SLACK_BYTES 4      /* held back from the call before, and one inserted */
#define ROOM_LEAST_BYTES 8 /* with less, out counts as full */

struct cursor {
	const char *p, *end;
	const char *run;  /* input from here to p is still to be copied */
	const char *lf;   /* the first LF at or after p; end: none; NULL: not known */
	char *dst;
};

void
smtp_data_init(struct smtp_data *data, bool fix_bare)
{
	*data = (struct smtp_data){ .state = AT_START, .fix_bare = fix_bare };
}

static void
flush_run(struct cursor *c)
{
	size_t n = (size_t)(c->p - c->run);

	if (n > 0)
		memcpy(c->dst, c->run, n);
	c->dst += n;
	c->run = c->p;
}

static void
insert(struct cursor *c, char byte)
{
	flush_run(c);
	*c->dst++ = byte;
}

static void
end_line(struct smtp_data *data, uint8_t next_state)
{
	if (data->line_bytes > data->longest_bytes)
		data->longest_bytes = data->line_bytes;
	data->line_bytes = 0;
	data->state = next_state;
}

/* A fixed bare end leaves us in mid-line as far as dots are concerned: if it
 * began a line, LF.CRLF would end a message that other servers see going on. */
static void
bare_end(struct smtp_data *data)
{
	data->saw_bare = true;
	end_line(data, MID);
}

static void
step_mid(struct smtp_data *data, struct cursor *c)
{
	const char *cr;

	if (!c->lf || c->lf < c->p) {
		c->lf = memchr(c->p, '\n', (size_t)(c->end - c->p));
		if (!c->lf)
			c->lf = c->end;
	}
	cr = memchr(c->p, '\r', (size_t)(c->lf - c->p));
	if (cr) {
		data->line_bytes += (size_t)(cr - c->p);
		c->p = cr + 1;
		data->state = AFTER_CR;
		return;
	}
	data->line_bytes += (size_t)(c->lf - c->p);
	c->p = c->lf;
	if (c->lf == c->end)
		return;
	if (data->fix_bare)
		insert(c, '\r');
	c->p++;
	bare_end(data);
}

static void
step_after_cr(struct smtp_data *data, struct cursor *c)
{
	if (*c->p == '\n') {
		c->p++;
		end_line(data, AT_START);
		return;
	}
	if (data->fix_bare)
		insert(c, '\n');
	bare_end(data);
}

/* step_dot_cr - true: CRLF.CRLF is complete. Else the dot was stuffing and its
 * CR stands alone. */
static bool
step_dot_cr(struct smtp_data *data, struct cursor *c)
{
	if (*c->p == '\n') {
		c->p++;
		return true;
	}
	insert(c, '\r');
	data->state = AFTER_CR; /* which finds no LF and deals with it */
	return false;
}

/* drop - the byte at p is not content. */
static void
drop(struct cursor *c)
{
	flush_run(c);
	c->run = ++c->p;
}

static bool
decode(struct smtp_data *data, struct cursor *c)
{
	while (c->p < c->end) {
		switch ((enum state)data->state) {
		case AT_START:
			data->state = *c->p == '.' ? AT_DOT : MID;
			if (data->state == AT_DOT)
				drop(c);
			break;
		case AT_DOT:
			data->state = *c->p == '\r' ? AT_DOT_CR : MID;
			if (data->state == AT_DOT_CR)
				drop(c);
			break;
		case AT_DOT_CR:
			if (step_dot_cr(data, c)) {
				c->run = c->p;
				return true;
			}
			break;
		case MID:
			step_mid(data, c);
			break;
		case AFTER_CR:
			step_after_cr(data, c);
			break;
		}
	}
	flush_run(c);
	return false;
}

static bool
has_8bit(const char *p, size_t n)
{
	uint64_t word, any = 0;

	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		any |= word;
	}
	for (; n > 0; p++, n--)
		any |= (unsigned char)*p & 0x80u;
	return (any & UINT64_C(0x8080808080808080)) != 0;
}

/* note_bytes - looked at once for the whole call: nearly no message has a NUL,
 * and asking in every line would cost more than the copying. */
static void
note_bytes(struct smtp_data *data, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (!data->saw_nul)
		data->saw_nul = memchr(p, '\0', n) != NULL;
	if (!data->saw_8bit)
		data->saw_8bit = has_8bit(p, n);
}

bool
smtp_data_decode(struct smtp_data *data, struct span in, struct buf *out, size_t *used_out)
{
	size_t room = buf_room(out), factor = data->fix_bare ? 2 : 1;
	struct cursor c;
	char *mem;
	bool ended;

	*used_out = 0;
	if (in.n == 0 || room < ROOM_LEAST_BYTES)
		return false;
	if (in.n > (room - SLACK_BYTES) / factor)
		in.n = (room - SLACK_BYTES) / factor;
	mem = buf_reserve(out, in.n * factor + SLACK_BYTES);
	must(mem != NULL);
	c = (struct cursor){ in.p, in.p + in.n, in.p, NULL, mem };
	ended = decode(data, &c);
	*used_out = (size_t)(c.p - in.p);
	note_bytes(data, in.p, *used_out);
	data->total_bytes += (size_t)(c.dst - mem);
	if (data->line_bytes > data->longest_bytes)
		data->longest_bytes = data->line_bytes; /* also of a line not ended yet */
	buf_commit(out, (size_t)(c.dst - mem));
	return ended;
}

void
smtp_data_note(struct smtp_data *data, struct span in, struct buf *out)
{
	size_t used;

	while (in.n > 0) {
		/* without stuffing no dot is special: give each line's first
		 * byte to MID by hand */
		const char *lf = memchr(in.p, '\n', in.n);
		struct span line = { in.p, lf ? (size_t)(lf - in.p) + 1 : in.n };

		if (data->state == AT_START)
			data->state = MID;
		smtp_data_decode(data, line, out, &used);
		must(used == line.n);
		in = (struct span){ in.p + line.n, in.n - line.n };
	}
}

void
smtp_data_note_end(struct smtp_data *data, struct buf *out)
{
	if (data->state != AFTER_CR)
		return;
	if (data->fix_bare) {
		must(buf_append(out, "\n", 1) == 0);
		data->total_bytes++;
	}
	bare_end(data);
}

void
smtp_stuff_init(struct smtp_stuff *stuff)
{
	stuff->mid_line = false;
}

void
smtp_stuff_encode(struct smtp_stuff *stuff, struct span in, struct buf *out)
{
	const char *p = in.p, *end = in.p + in.n, *run = in.p;
	char *mem = buf_reserve(out, 2 * in.n), *dst = mem;

	must(mem != NULL || in.n == 0);
	while (p < end) {
		if (!stuff->mid_line && *p == '.') {
			memcpy(dst, run, (size_t)(p - run));
			dst += p - run;
			*dst++ = '.';
			run = p;
		}
		p = memchr(p, '\n', (size_t)(end - p));
		stuff->mid_line = p == NULL;
		p = p ? p + 1 : end;
	}
	if (in.n == 0)
		return;
	memcpy(dst, run, (size_t)(end - run));
	dst += end - run;
	buf_commit(out, (size_t)(dst - mem));
}

void
smtp_stuff_end(struct smtp_stuff *stuff, struct buf *out)
{
	must(buf_append_text(out, stuff->mid_line ? "\r\n.\r\n" : ".\r\n") == 0);
	stuff->mid_line = false;
}
