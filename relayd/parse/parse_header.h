/* parse_header.h - the header section of a submitted message (RFC 5322 s3.6):
 * collected while it streams in, then scanned, judged and rewritten.
 *
 * Path: accept feeds decoded bytes until the empty line; what follows is body.
 * Runs in the session's worker. Caps: bytes and fields are the caller's. */
#ifndef PARSE_PARSE_HEADER_H
#define PARSE_PARSE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "mail/mail_message.h"

struct parse_field {
	struct span name;   /* without colon */
	struct span value;  /* after the colon, folded as received, without the last CRLF */
	struct span whole;  /* the field with its CRLF */
};

/* struct parse_header - the scanned section. Spans borrow the section's bytes. */
struct parse_header {
	struct parse_field *field; /* in order; arena */
	size_t fields;
	size_t received_count;
	bool has_8bit;             /* raw UTF-8 somewhere (RFC 6532) */
};

/* parse_header_find_end - does `section` (from the first byte of the message)
 * hold the whole header? true: *header_bytes_out is the length with the empty
 * line. A first line that is no field begins the body at once (no header).
 * Incremental: *scan_from remembers where to go on (start at 0). */
bool parse_header_find_end(struct span section, size_t *scan_from, size_t *header_bytes_out);

/* parse_header_scan - section: up to and with the empty line (or end of message).
 * err INPUT (code 550, text with enhanced status): malformed field line, bad field name,
 * over fields_max; 8-bit that is no UTF-8. */
int parse_header_scan(struct span section, size_t fields_max, struct arena *arena,
                      struct parse_header *header_out, struct err *err);

const struct parse_field *parse_header_find(const struct parse_header *header, const char *name);
size_t parse_header_count(const struct parse_header *header, const char *name);

/* parse_header_from - the one From (RFC 5322: exactly one field): the addresses
 * in it (group syntax and several allowed; cap 16) as bare spans in the arena.
 * err INPUT: none, twice, or unreadable. */
int parse_header_from(const struct parse_header *header, struct arena *arena,
                      struct span *addresses_out, size_t *count_out, struct err *err);

/* parse_header_describe - subject (RFC 2047 decoded, UTF-8, cut), Message-ID,
 * tags (X-Relay-Tag, comma separated or repeated) into message (arena copies).
 * Message-ID made by us when missing: "<id>@hostname" is the caller's business. */
void parse_header_describe(const struct parse_header *header, struct mail_message *message);

struct parse_trace { /* facts for the Received header (RFC 5321 s4.4) */
	const char *hostname;        /* by */
	const char *client_name;     /* from: EHLO name */
	const char *client_address;  /* NULL: hidden */
	const char *protocol;        /* "ESMTPSA", "ESMTPA", "UTF8SMTPSA", "HTTPS" */
	const char *tls;             /* "TLSv1.3 TLS_AES_256_GCM_SHA384" or "" */
	const char *credential;      /* hidden when client_address is */
	uint64_t id;
	const char *single_recipient; /* "for <...>" or NULL when several */
	int64_t now_unix_ms;
};

/* parse_header_rewrite - what goes out before the body, without signatures: Received first, then
 * the fields as received minus Bcc, Resent-Bcc, Return-Path and X-Relay-*, plus Date and
 * Message-ID (add_message_id in angle brackets; NULL: never) when missing, then the
 * empty line. Field bytes are otherwise untouched. err INPUT 552: over out's cap. */
int parse_header_rewrite(const struct parse_header *header, const struct parse_trace *trace,
                         const char *add_message_id, struct buf *out, struct err *err);

#endif
