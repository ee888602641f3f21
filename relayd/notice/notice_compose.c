/* notice_compose.c - see notice_compose.h. One function per part, in the order
 * they are read. */
#include "notice/notice_compose.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"
#include "notice/notice_write.h"
#include "smtp/smtp_command.h"
#include "verdict/verdict.h"

#define HEAD_MAX 16384
#define FRAME_MAX 16384          /* of the text: all but recipients and what is returned */
#define SLACK 4096               /* less room than this at the end: something was refused */
#define RECIPIENT_MAX 16384      /* what one recipient adds, at most */
#define ADDRESS_ROOM 4096        /* "utf-8; " and each rune as \x{10FFFF} */

struct composing {
	const struct notice_facts *facts;
	const struct store_notice *about;
	struct notice_text *out;
	char boundary[64];
	bool is_global;          /* the international forms */
	bool is_full;            /* the message comes back whole */
};

/* words by notice; the first that applies names the whole */
static const struct words {
	const char *subject, *opening, *closing;
} words_of[] = {
	[MAIL_NOTICE_FAILED] = { "Undelivered", "Your message could not be delivered to:",
	                         "It will not be tried again for them." },
	[MAIL_NOTICE_DELAYED] = { "Delayed", "Your message has not been delivered yet to:",
	                          "You need not send it again: it is still being tried." },
	[MAIL_NOTICE_RELAYED] = { "Relayed", "Your message was handed on for:",
	                          "The servers that took it do not confirm delivery, "
	                          "so this is the last news of it." },
};
static_assert(sizeof words_of / sizeof words_of[0] == MAIL_NOTICE_COUNT, "a row per notice");

static const enum mail_notice order[] = { MAIL_NOTICE_FAILED, MAIL_NOTICE_DELAYED,
	                                  MAIL_NOTICE_RELAYED };
#define ORDERS (sizeof order / sizeof order[0])

static bool
has(const struct store_notice *about, enum mail_notice notice)
{
	for (size_t i = 0; i < about->recipients; i++)
		if (about->recipient[i].notice == notice)
			return true;
	return false;
}

static enum mail_notice
gravest(const struct store_notice *about)
{
	for (size_t i = 0; i < ORDERS; i++)
		if (has(about, order[i]))
			return order[i];
	return MAIL_NOTICE_FAILED;
}

/* ---- the header ------------------------------------------------------------------ */

static void
name_it(struct composing *c)
{
	const char *subject = c->about->subject;
	const char *word = words_of[gravest(c->about)].subject;
	char id[ID_TEXT_SIZE];

	id_format(c->facts->id, id);
	snprintf(c->out->message_id, sizeof c->out->message_id, "%s@%.100s", id,
	         c->facts->hostname);
	snprintf(c->boundary, sizeof c->boundary, "=_%s_%016" PRIx64, id, c->facts->salt);
	if (subject && subject[0])
		snprintf(c->out->subject, sizeof c->out->subject, "%s: %s", word, subject);
	else
		snprintf(c->out->subject, sizeof c->out->subject, "%s mail", word);
}

/* A Message-ID from outside goes into a field of ours only if it is one. */
static bool
can_refer_to(const char *message_id)
{
	struct span id = span_of(message_id);

	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] > '~' || id.p[i] == '<' || id.p[i] == '>')
			return false;
	return id.n > 0 && id.n < 900;
}

static void
write_head(struct composing *c)
{
	struct buf *head = &c->out->head;
	char date[CLOCK_RFC5322_SIZE];

	clock_format_rfc5322(c->facts->now_unix_ms, date);
	buf_printf(head, "Date: %s\r\nFrom: Mail Delivery System <%s>\r\nTo: <%s>\r\n", date,
	           c->facts->from, c->about->sender);
	notice_write_words(head, "Subject", span_of(c->out->subject));
	buf_printf(head, "Message-ID: <%s>\r\n", c->out->message_id);
	if (can_refer_to(c->about->header_message_id))
		buf_printf(head, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n",
		           c->about->header_message_id, c->about->header_message_id);
	/* RFC 3834 s5 */
	buf_append_text(head, "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
	buf_printf(head, "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	           "\tboundary=\"%s\"\r\nContent-Transfer-Encoding: %s\r\n\r\n", c->boundary,
	           c->out->text_8bit ? "8bit" : "7bit");
}

/* ---- for people -------------------------------------------------------------------- */

/* operator_words - "ana: wrong price" of what an operator bounced, else empty: no server
 * and no provider had a say in it. The detail is schedule_withdraw.c's. */
static struct span
operator_words(const struct store_notice_recipient *r)
{
	static const char lead[] = "bounced by ";

	if (r->kind != MAIL_EVENT_BOUNCED || r->code != 0 || r->detail == NULL
	    || strncmp(r->detail, lead, sizeof lead - 1) != 0)
		return SPAN_EMPTY;
	return span_of(r->detail + sizeof lead - 1);
}

static void
write_operator(const struct composing *c, struct span words, struct buf *out)
{
	struct span reason;
	char text[384];

	(void)span_cut(words, ':', &reason);
	reason = span_trim(reason);
	notice_write_wrapped(out, 4, SPAN_LIT("Why: an operator of this relay took it out of the "
	                                      "queue; no server refused it."));
	if (reason.n > 0) {
		notice_write_wrapped(out, 4, SPAN_LIT("The reason given:"));
		notice_write_wrapped(out, 8, reason);
	}
	snprintf(text, sizeof text, "Ask those who run %.255s before you send it again.",
	         c->facts->hostname);
	notice_write_wrapped(out, 4, span_of(text));
}

static void
write_reply(const struct store_notice_recipient *r, struct buf *out)
{
	struct buf line;

	if (r->kind == MAIL_EVENT_SUPPRESSED && r->detail) {
		notice_write_wrapped(out, 4, SPAN_LIT("It is there because:"));
		notice_write_wrapped(out, 8, span_of(r->detail));
	}
	if (r->reply.n == 0)
		return;
	buf_init(&line, r->reply.n + 512);
	if (r->code == 0)
		buf_append_text(&line, "What was found:");
	else if (r->remote_host && r->remote_host[0])
		buf_printf(&line, "The server %.255s said:", r->remote_host);
	else
		buf_append_text(&line, "The server said:");
	notice_write_wrapped(out, 4, buf_span(&line));
	buf_clear(&line);
	if (r->code > 0)
		buf_printf(&line, "%d ", r->code);
	buf_append_span(&line, r->reply);
	notice_write_wrapped(out, 8, buf_span(&line));
	buf_deinit(&line);
}

static struct verdict_said
said_of(const struct store_notice_recipient *r)
{
	const struct verdict_input input = { .code = r->code, .enhanced = r->enhanced,
		                             .text = r->reply };

	return verdict_say_reply(r->category, &input);
}

static void
write_advice(const struct composing *c, const struct store_notice_recipient *r, struct buf *out)
{
	char date[CLOCK_RFC5322_SIZE], text[128];

	if (r->notice == MAIL_NOTICE_DELAYED) {
		clock_format_rfc5322(c->about->expires_unix_ms, date);
		snprintf(text, sizeof text, "It is tried until %s.", date);
		notice_write_wrapped(out, 4, span_of(text));
	} else if (r->kind == MAIL_EVENT_EXPIRED) {
		notice_write_wrapped(out, 4, SPAN_LIT("Send it again later, or reach the person "
		                                      "another way."));
	} else if (r->notice == MAIL_NOTICE_FAILED && r->category != VERDICT_NONE) {
		notice_write_wrapped(out, 4, span_of(said_of(r).advice));
	}
}

static const char *
what_happened(const struct store_notice_recipient *r)
{
	if (r->notice == MAIL_NOTICE_RELAYED)
		return NULL;
	if (r->kind == MAIL_EVENT_SUPPRESSED)
		return "the address is on the list of those that are not written to, "
		       "so it was not tried";
	if (r->kind == MAIL_EVENT_EXPIRED && r->category == VERDICT_NONE)
		return "it could not be delivered in time";
	return r->category != VERDICT_NONE ? said_of(r).words : NULL;
}

static void
write_recipient_words(const struct composing *c, const struct store_notice_recipient *r,
                      struct buf *out)
{
	struct span by_operator = operator_words(r);
	const char *why = what_happened(r);
	char text[256];

	notice_write_wrapped(out, 2, span_of(r->address));
	if (by_operator.n > 0) {
		write_operator(c, by_operator, out);
		buf_append_text(out, "\r\n");
		return;
	}
	if (why != NULL) {
		snprintf(text, sizeof text, "%s%s.",
		         r->kind == MAIL_EVENT_EXPIRED && r->category != VERDICT_NONE
		                 ? "It could not be delivered in time; the last trouble: "
		                 : "Why: ", why);
		notice_write_wrapped(out, 4, span_of(text));
	}
	write_reply(r, out);
	write_advice(c, r, out);
	buf_append_text(out, "\r\n");
}

static void
write_words(const struct composing *c, struct buf *out)
{
	buf_printf(out, "This is the mail relay at %s.\r\n\r\n", c->facts->hostname);
	for (size_t k = 0; k < ORDERS; k++) {
		const struct words *words = &words_of[order[k]];

		if (!has(c->about, order[k]))
			continue;
		buf_printf(out, "%s\r\n\r\n", words->opening);
		for (size_t i = 0; i < c->about->recipients; i++)
			if (c->about->recipient[i].notice == order[k])
				write_recipient_words(c, &c->about->recipient[i], out);
		notice_write_wrapped(out, 0, span_of(words->closing));
		buf_append_text(out, "\r\n");
	}
	buf_append_text(out, c->is_full ? "Your message is attached.\r\n"
	                                : "The header of your message is attached.\r\n");
}

static void
begin_part(struct composing *c, const char *type, const char *encoding)
{
	buf_printf(&c->out->text, "--%s\r\nContent-Type: %s\r\n", c->boundary, type);
	buf_printf(&c->out->text, "Content-Transfer-Encoding: %s\r\n\r\n", encoding);
}

static void
write_words_part(struct composing *c)
{
	struct buf words;
	bool is_ascii;

	buf_init(&words, FRAME_MAX + c->about->recipients * RECIPIENT_MAX);
	write_words(c, &words);
	is_ascii = utf8_is_ascii(buf_span(&words));
	begin_part(c, is_ascii ? "text/plain; charset=us-ascii" : "text/plain; charset=utf-8",
	           is_ascii ? "7bit" : "quoted-printable");
	if (is_ascii)
		buf_append_span(&c->out->text, buf_span(&words));
	else
		notice_write_quoted(&c->out->text, buf_span(&words));
	buf_deinit(&words);
}

/* ---- for programs -------------------------------------------------------------------- */

static void
put_field(const struct composing *c, const char *name, struct span value)
{
	notice_write_field(&c->out->text, name, value, c->is_global);
}

static void
put_time(const struct composing *c, const char *name, int64_t unix_ms)
{
	char date[CLOCK_RFC5322_SIZE];

	if (unix_ms <= 0)
		return;
	clock_format_rfc5322(unix_ms, date);
	put_field(c, name, span_of(date));
}

/* RFC 3463 wants the class to fit the action, whatever the server said. What gave
 * up has its own status; the last answer is in Diagnostic-Code. */
static void
put_status(const struct composing *c, const struct store_notice_recipient *r)
{
	static const unsigned char class_of[MAIL_NOTICE_COUNT] = { [MAIL_NOTICE_FAILED] = 5,
		                                                   [MAIL_NOTICE_DELAYED] = 4,
		                                                   [MAIL_NOTICE_RELAYED] = 2 };
	struct verdict_status status = r->enhanced;
	char text[24];

	if (r->kind == MAIL_EVENT_EXPIRED)
		status = (struct verdict_status){ 5, 4, 7 };
	else if (r->kind == MAIL_EVENT_SUPPRESSED)
		status = (struct verdict_status){ 5, 7, 1 };
	else if (status.class == 0)
		status = (struct verdict_status){ 0, 0, 0 };
	snprintf(text, sizeof text, "%u.%u.%u", class_of[r->notice], status.subject, status.detail);
	put_field(c, "Status", span_of(text));
}

static void
put_diagnostic(const struct composing *c, const struct store_notice_recipient *r)
{
	struct buf value;

	if (r->reply.n == 0)
		return;
	buf_init(&value, r->reply.n + 32);
	if (r->code > 0)
		buf_printf(&value, "smtp; %d ", r->code);
	else /* no server said it: RFC 3464 s2.3.6 */
		buf_append_text(&value, "X-Relay; ");
	buf_append_span(&value, r->reply);
	put_field(c, "Diagnostic-Code", buf_span(&value));
	buf_deinit(&value);
}

static void
put_remote(const struct composing *c, const struct store_notice_recipient *r)
{
	struct buf value;

	if (r->remote_host == NULL || r->remote_host[0] == '\0')
		return;
	buf_init(&value, 1024);
	buf_printf(&value, "dns; %.255s", r->remote_host);
	if (r->remote_address && r->remote_address[0])
		buf_printf(&value, " (%.64s)", r->remote_address);
	put_field(c, "Remote-MTA", buf_span(&value));
	buf_deinit(&value);
}

static void
put_recipient(const struct composing *c, const struct store_notice_recipient *r)
{
	struct buf value;

	buf_init(&value, ADDRESS_ROOM);
	buf_append_text(&c->out->text, "\r\n"); /* groups are apart: RFC 3464 s2.1 */
	if (r->orcpt && r->orcpt[0]) {
		notice_write_orcpt(&value, span_of(r->orcpt), c->is_global);
		put_field(c, "Original-Recipient", buf_span(&value));
		buf_clear(&value);
	}
	notice_write_address(&value, span_of(r->address), c->is_global);
	put_field(c, "Final-Recipient", buf_span(&value));
	buf_deinit(&value);
	put_field(c, "Action", span_of(mail_notice_action(r->notice)));
	put_status(c, r);
	put_remote(c, r);
	put_diagnostic(c, r);
	/* when an operator bounced it nothing was attempted */
	put_time(c, "Last-Attempt-Date",
	         r->attempts > 0 && operator_words(r).n == 0 ? r->at_unix_ms : 0);
	if (r->notice == MAIL_NOTICE_DELAYED)
		put_time(c, "Will-Retry-Until", c->about->expires_unix_ms);
}

static void
write_status_part(struct composing *c)
{
	struct buf value;

	begin_part(c, c->is_global ? "message/global-delivery-status" : "message/delivery-status",
	           c->is_global ? "8bit" : "7bit");
	buf_init(&value, NOTICE_VALUE_MAX);
	if (c->about->envid && c->about->envid[0]) {
		notice_decode_xtext(&value, span_of(c->about->envid));
		put_field(c, "Original-Envelope-Id", buf_span(&value));
		buf_clear(&value);
	}
	buf_printf(&value, "dns; %.255s", c->facts->hostname);
	put_field(c, "Reporting-MTA", buf_span(&value));
	buf_deinit(&value);
	put_time(c, "Arrival-Date", id_unix_ms(c->about->message_id));
	put_time(c, "Deliver-By-Date", c->about->by_unix_ms); /* RFC 2852 s4.3 */
	for (size_t i = 0; i < c->about->recipients; i++)
		put_recipient(c, &c->about->recipient[i]);
	buf_append_text(&c->out->text, "\r\n");
}

/* ---- what comes back ------------------------------------------------------------------ */

static void
write_returned_part(struct composing *c)
{
	const struct mail_body *body = c->about->body;
	struct span head = { body->head, body->head_bytes };
	bool is_8bit = body->head_8bit || body->text_8bit;

	if (c->is_full && is_8bit && !c->is_global) {
		/* Any server takes 7-bit text, and a notice that bounces is told to nobody. Of the
		 * types for a message only this one may be encoded (RFC 6532 s3.7). */
		begin_part(c, "message/global", "quoted-printable");
		notice_write_quoted(&c->out->text, head);
		notice_write_quoted(&c->out->text,
		                    (struct span){ body->text, (size_t)body->text_bytes });
	} else if (c->is_full) {
		begin_part(c, body->head_8bit ? "message/global" : "message/rfc822",
		           is_8bit ? "8bit" : "7bit");
		buf_append_span(&c->out->text, head);
		buf_append(&c->out->text, body->text, (size_t)body->text_bytes);
	} else {
		bool is_quoted = body->head_8bit && !c->is_global; /* RFC 6533 s4: any encoding */

		if (head.n >= 4 && memcmp(head.p + head.n - 4, "\r\n\r\n", 4) == 0)
			head.n -= 2; /* fields only */
		begin_part(c, body->head_8bit ? "message/global-headers" : "text/rfc822-headers",
		           is_quoted ? "quoted-printable" : body->head_8bit ? "8bit" : "7bit");
		if (is_quoted)
			notice_write_quoted(&c->out->text, head);
		else
			buf_append_span(&c->out->text, head);
	}
}

static bool
returns_all(const struct notice_facts *facts)
{
	const struct store_notice *about = facts->about;

	/* s4.3: the whole message only with a failure */
	return about->ret == SMTP_RET_FULL && has(about, MAIL_NOTICE_FAILED)
	       && (about->body->text != NULL || about->body->text_bytes == 0)
	       && mail_body_bytes(about->body) <= facts->return_max_bytes;
}

int
notice_compose(const struct notice_facts *facts, struct notice_text *out, struct err *err)
{
	struct composing c = { .facts = facts, .about = facts->about, .out = out };
	const struct mail_body *body = facts->about->body;
	size_t returned = body->head_bytes + (size_t)(body->text ? body->text_bytes : 0);

	*out = (struct notice_text){ 0 };
	buf_init(&out->head, HEAD_MAX);
	buf_init(&out->text, FRAME_MAX + 4 * returned /* quoted, at worst */
	                             + facts->about->recipients * 2 * RECIPIENT_MAX);
	c.is_global = !utf8_is_ascii(span_of(facts->about->sender));
	c.is_full = returns_all(facts);
	out->head_8bit = c.is_global;
	out->text_8bit = c.is_global;
	name_it(&c);
	write_head(&c);
	write_words_part(&c);
	buf_append_text(&out->text, "\r\n");
	write_status_part(&c);
	write_returned_part(&c);
	buf_printf(&out->text, "\r\n--%s--\r\n", c.boundary);
	if (buf_room(&out->text) < SLACK || buf_room(&out->head) < SLACK)
		return err_set(err, ERR_LIMIT, 0, "the notice grew over its limit");
	return 0;
}

void
notice_text_deinit(struct notice_text *text)
{
	buf_deinit(&text->head);
	buf_deinit(&text->text);
}
