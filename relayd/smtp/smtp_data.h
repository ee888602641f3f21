/* smtp_data.h - the body of DATA on the wire (RFC 5321 s4.5.2), streaming.
 *
 * Only CRLF.CRLF ends it. A bare CR or LF is refused or fixed (made CRLF), as
 * the credential says: accepting it unfixed is how messages are smuggled. */
#ifndef SMTP_SMTP_DATA_H
#define SMTP_SMTP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/span.h"

struct smtp_data {
	uint8_t state;
	bool fix_bare;          /* make bare CR and LF into CRLF instead of refusing */
	bool saw_bare;          /* result: at least one bare CR or LF was met */
	bool saw_nul;           /* result: a NUL octet was met (RFC 5321 forbids) */
	bool saw_8bit;          /* result */
	size_t line_bytes;      /* of the line being read */
	size_t longest_bytes;   /* result: longest line without CRLF */
	uint64_t total_bytes;   /* result: decoded size */
};

void smtp_data_init(struct smtp_data *data, bool fix_bare);
/* smtp_data_decode - decode from `in` into out until out is full, the input is
 * used up or the end is met. Sets *used_out. Returns true at CRLF.CRLF (then
 * bytes after used_out belong to the next command). With bare ends met and not
 * fixed, goes on to the true end so that the session stays in step; the caller
 * looks at saw_bare. A fixed bare end starts no line: a dot after it is text.
 * Writes at most min(buf_room(out), 2 * in.n + 4) bytes; with room for fewer than
 * 8, out is full and nothing is used. */
bool smtp_data_decode(struct smtp_data *data, struct span in, struct buf *out, size_t *used_out);
/* smtp_data_note - the same for BDAT chunks (RFC 3030), which are not stuffed and
 * have no end mark: out gets the bytes, fixed when fix_bare, and has room for
 * 2 * in.n + 8 more. */
void smtp_data_note(struct smtp_data *data, struct span in, struct buf *out);
/* smtp_data_note_end - after the last chunk: a CR that still waited for its LF
 * was a bare one. Needs room for one byte. */
void smtp_data_note_end(struct smtp_data *data, struct buf *out);

/* struct smtp_stuff - dot-stuffing encoder for what we send. */
struct smtp_stuff {
	bool mid_line;
};

void smtp_stuff_init(struct smtp_stuff *stuff);
/* smtp_stuff_encode - append `in`, stuffed; out needs room for 2 * in.n. The
 * text is already CRLF-clean. */
void smtp_stuff_encode(struct smtp_stuff *stuff, struct span in, struct buf *out);
/* smtp_stuff_end - the terminating [CRLF].CRLF. */
void smtp_stuff_end(struct smtp_stuff *stuff, struct buf *out);

#endif
