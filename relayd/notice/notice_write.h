/* notice_write.h - the small writers a notice is made with: folded fields,
 * encoded words (RFC 2047), quoted-printable (RFC 2045), addresses as RFC 3461 and
 * RFC 6533 write them. What comes from outside (replies, addresses, ENVID) leaves
 * here as harmless text. Pure. Thread: any.
 *
 * All append to out, whose cap is the caller's bound: past it they append no more,
 * and the caller compares out->len with what it knows. */
#ifndef NOTICE_NOTICE_WRITE_H
#define NOTICE_NOTICE_WRITE_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/span.h"

#define NOTICE_VALUE_MAX 1200 /* bytes of a field's value that are kept */

/* notice_write_field - "Name: value CRLF", folded before column 78 where there are
 * blanks, at the latest after 900 bytes. Control bytes and line ends become blanks;
 * what is beyond ASCII stays if keeps_utf8 and it is UTF-8, else becomes '?'. */
void notice_write_field(struct buf *out, const char *name, struct span value, bool keeps_utf8);
/* notice_write_words - the same for unstructured text, with encoded words where it
 * is not ASCII. */
void notice_write_words(struct buf *out, const char *name, struct span utf8);
/* notice_write_quoted - quoted-printable; CRLF and LF are line ends. */
void notice_write_quoted(struct buf *out, struct span text);
/* notice_write_wrapped - prose: words of text after indent blanks, wrapped before
 * column 76; as in a field, invalid bytes are repaired; UTF-8 stays. */
void notice_write_wrapped(struct buf *out, size_t indent, struct span text);

/* notice_write_address - "rfc822; a@b", or "utf-8; ..." for one beyond ASCII: as
 * utf-8-addr-unitext if keeps_utf8, else as utf-8-addr-xtext (RFC 6533 s3). */
void notice_write_address(struct buf *out, struct span address, bool keeps_utf8);
/* notice_write_orcpt - the same of an ORCPT parameter, "type;xtext". */
void notice_write_orcpt(struct buf *out, struct span orcpt, bool keeps_utf8);
/* notice_decode_xtext - RFC 3461 s4; a broken escape stays as it is. */
void notice_decode_xtext(struct buf *out, struct span xtext);

#endif
