/* parse_rewrite.c - the header as it goes out: our trace on top, the sender's
 * fields byte for byte, what is missing at the end. */
#include "parse/parse_header.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"

/* Not for the recipients' eyes, or not ours to send: Return-Path is written by
 * the server that delivers (RFC 5321 s4.4). */
static const char *const dropped[] = { "Bcc", "Resent-Bcc", "Return-Path" };

static bool
is_dropped(struct span name)
{
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (span_is_nocase(name, dropped[i]))
			return true;
	return span_starts_nocase(name, "X-Relay-");
}

/* put_safely - words that end up inside a comment or a clause: nothing in them
 * may close it or start a line, nor make an ASCII header 8-bit (the name in EHLO
 * is one in A-labels, RFC 6531 s3.7.1, whatever clients say there). */
static int
put_safely(struct buf *out, const char *text)
{
	for (; *text; text++) {
		bool unsafe = (unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f ||
		              strchr("()\\<>;", *text) != NULL;

		if (buf_append(out, unsafe ? "?" : text, 1) < 0)
			return -1;
	}
	return 0;
}

/* put_client - "from name ([address])" and what is known about the session
 * (RFC 5321 s4.4: TCP-info); all of it is left out when clients are hidden. */
static int
put_client(const struct parse_trace *trace, struct buf *out)
{
	bool ipv6 = strchr(trace->client_address, ':') != NULL;
	const char *name = trace->client_name;

	if (buf_append_text(out, "from ") < 0 ||
	    put_safely(out, name && *name ? name : "unknown") < 0 ||
	    buf_printf(out, " ([%s%s])", ipv6 ? "IPv6:" : "", trace->client_address) < 0)
		return -1;
	if (trace->credential && *trace->credential &&
	    (buf_append_text(out, "\r\n\t(Authenticated sender: ") < 0 ||
	     put_safely(out, trace->credential) < 0 || buf_append_text(out, ")") < 0))
		return -1;
	return buf_append_text(out, "\r\n\t");
}

static int
put_tls(const char *tls, struct buf *out)
{
	struct span cipher, version = span_cut(span_of(tls), ' ', &cipher);

	if (version.n == 0)
		return 0;
	return buf_printf(out, "\r\n\t(using %.*s with cipher %.*s)", (int)version.n, version.p,
	                  (int)cipher.n, cipher.n ? cipher.p : "");
}

/* may_name - "for" is only said where it betrays nobody (one recipient) and where
 * it does not make an ASCII header 8-bit. */
static bool
may_name(const struct parse_trace *trace)
{
	return trace->single_recipient && *trace->single_recipient &&
	       (utf8_is_ascii(span_of(trace->single_recipient)) ||
	        strncmp(trace->protocol, "UTF8", 4) == 0);
}

static int
put_received(const struct parse_trace *trace, struct buf *out)
{
	char id[ID_TEXT_SIZE], date[CLOCK_RFC5322_SIZE];

	id_format(trace->id, id);
	clock_format_rfc5322(trace->now_unix_ms, date);
	if (buf_append_text(out, "Received: ") < 0 ||
	    (trace->client_address && put_client(trace, out) < 0) ||
	    buf_printf(out, "by %s with %s id %s", trace->hostname, trace->protocol, id) < 0 ||
	    put_tls(trace->tls, out) < 0)
		return -1;
	if (may_name(trace) && buf_printf(out, "\r\n\tfor <%s>", trace->single_recipient) < 0)
		return -1;
	return buf_printf(out, ";\r\n\t%s\r\n", date);
}

static int
put_field(const struct parse_field *field, struct buf *out)
{
	struct span whole = field->whole;

	if (buf_append_span(out, whole) < 0)
		return -1;
	/* the last one may have been cut short by the end of the message */
	return whole.p[whole.n - 1] == '\n' ? 0 : buf_append_text(out, "\r\n");
}

static int
put_missing(const struct parse_header *header, const struct parse_trace *trace,
            const char *add_message_id, struct buf *out)
{
	char date[CLOCK_RFC5322_SIZE];

	if (!parse_header_find(header, "Date")) {
		clock_format_rfc5322(trace->now_unix_ms, date);
		if (buf_printf(out, "Date: %s\r\n", date) < 0)
			return -1;
	}
	if (add_message_id && !parse_header_find(header, "Message-ID"))
		return buf_printf(out, "Message-ID: <%s>\r\n", add_message_id);
	return 0;
}

static int
put_all(const struct parse_header *header, const struct parse_trace *trace,
        const char *add_message_id, struct buf *out)
{
	if (put_received(trace, out) < 0)
		return -1;
	for (size_t i = 0; i < header->fields; i++)
		if (!is_dropped(header->field[i].name) && put_field(&header->field[i], out) < 0)
			return -1;
	if (put_missing(header, trace, add_message_id, out) < 0)
		return -1;
	return buf_append_text(out, "\r\n");
}

int
parse_header_rewrite(const struct parse_header *header, const struct parse_trace *trace,
                     const char *add_message_id, struct buf *out, struct err *err)
{
	if (put_all(header, trace, add_message_id, out) < 0)
		return err_set(err, ERR_INPUT, 552, "5.3.4 Header is too large");
	return 0;
}
