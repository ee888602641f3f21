/* deliver_envelope.c - MAIL and RCPT for this very server (stage 7). Loop thread.
 *
 * What a server does not offer decides before anything is sent: SIZE (RFC 1870),
 * 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531). We never convert a body: it is
 * signed; the sender is told precisely instead. */
#include "deliver/deliver_private.h"

#include <stdio.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "smtp/smtp_address.h"
#include "smtp/smtp_command.h"

static const char *const ret_words[] = { [SMTP_RET_FULL] = "FULL", [SMTP_RET_HDRS] = "HDRS" };

static const struct {
	unsigned bit;
	const char *word;
} notify_words[] = {
	{ SMTP_NOTIFY_NEVER, "NEVER" },
	{ SMTP_NOTIFY_SUCCESS, "SUCCESS" },
	{ SMTP_NOTIFY_FAILURE, "FAILURE" },
	{ SMTP_NOTIFY_DELAY, "DELAY" },
};

static bool
can(const struct deliver_session *session, enum deliver_extension extension)
{
	return session->peer.can & extension;
}

static struct span
local_part(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? (struct span){ address, (size_t)(at - address) } : span_of(address);
}

/* needs_utf8 - a UTF-8 domain alone does not: it has an A-label. */
static bool
needs_utf8(const char *address)
{
	char ascii[SMTP_DOMAIN_MAX + 1];
	const char *at = strrchr(address, '@');

	if (utf8_is_ascii(span_of(address)))
		return false;
	return !utf8_is_ascii(local_part(address)) || !at ||
	       smtp_domain_ascii(span_of(at + 1), ascii, NULL);
}

static void
refuse_all(struct deliver_session *session, struct verdict_status status, const char *text)
{
	for (size_t i = 0; i < session->job->recipients; i++) {
		if (!session->job->recipient[i].event)
			deliver_result_refuse(session, i, status, text);
	}
}

static void
check_utf8(struct deliver_session *session)
{
	static const struct verdict_status status = { 5, 6, 7 };
	struct deliver_job *job = session->job;

	if (can(session, DELIVER_SMTPUTF8))
		return;
	if (job->body->head_8bit)
		refuse_all(session, status, "the message has a header in UTF-8 and the "
		           "receiving server does not offer SMTPUTF8");
	if (needs_utf8(job->return_path))
		refuse_all(session, status, "the sender's address is in UTF-8 and the "
		           "receiving server does not offer SMTPUTF8");
	for (size_t i = 0; i < job->recipients; i++) {
		if (!job->recipient[i].event && needs_utf8(job->recipient[i].address))
			deliver_result_refuse(
				session, i, status,
				"the recipient's address is in "
				"UTF-8 and the receiving server does not offer SMTPUTF8");
	}
}

/* by_left_sec - of the time that the sender gave; rounded up, so that R is never sent as 0. */
static int64_t
by_left_sec(const struct deliver_job *job)
{
	int64_t left_ms = job->by_unix_ms - clock_unix_ms();

	return left_ms > 0 ? (left_ms + 999) / 1000 : left_ms / 1000;
}

/* check_by - RFC 2852 s4.1: what comes too late, or to a server that wants more time than
 * is left, is returned. A server that does not know the extension gets it in time or not
 * at all. */
static void
check_by(struct deliver_session *session)
{
	static const struct verdict_status status = { 5, 4, 7 };
	const struct deliver_job *job = session->job;
	int64_t left_sec = by_left_sec(job);
	char text[160];

	if (!(job->by & SMTP_BY_RETURN))
		return;
	if (left_sec <= 0) {
		refuse_all(session, status, "the time that its sender gave it (BY) is over");
	} else if (can(session, DELIVER_BY) && left_sec < session->peer.by_min_sec) {
		snprintf(text, sizeof text, "of the time that its sender gave it (BY) %" PRId64
		         " seconds are left and the receiving server wants %" PRIu32, left_sec,
		         session->peer.by_min_sec);
		refuse_all(session, status, text);
	}
}

size_t
deliver_envelope_check(struct deliver_session *session)
{
	const struct deliver_job *job = session->job;
	uint64_t bytes = mail_body_bytes(job->body);
	char text[128];
	size_t left = 0;

	if (session->peer.size_max && bytes > session->peer.size_max) {
		snprintf(text, sizeof text, "the message has %" PRIu64 " bytes and the receiving "
		         "server takes at most %" PRIu64, bytes, session->peer.size_max);
		refuse_all(session, (struct verdict_status){ 5, 3, 4 }, text);
	}
	if (job->body->text_8bit && !can(session, DELIVER_8BITMIME))
		refuse_all(session, (struct verdict_status){ 5, 6, 3 },
		           "the message has 8-bit text "
		           "and the receiving server does not offer 8BITMIME");
	check_utf8(session);
	check_by(session);
	for (size_t i = 0; i < job->recipients; i++)
		left += job->recipient[i].event == NULL;
	return left;
}

/* write_address - as it is, or with the domain's A-label where UTF-8 may not go. */
static void
write_address(const struct deliver_session *session, const char *address, struct buf *out)
{
	char ascii[SMTP_DOMAIN_MAX + 1];
	struct span local = local_part(address);

	if (can(session, DELIVER_SMTPUTF8) || utf8_is_ascii(span_of(address)) ||
	    smtp_domain_ascii(span_of(address + local.n + 1), ascii, NULL)) {
		buf_append_text(out, address);
		return;
	}
	buf_append_span(out, local);
	buf_append_text(out, "@");
	buf_append_text(out, ascii);
}

static bool
wants_utf8(const struct deliver_session *session)
{
	const struct deliver_job *job = session->job;

	if (!can(session, DELIVER_SMTPUTF8))
		return false;
	if (job->smtputf8 || job->body->head_8bit || !utf8_is_ascii(span_of(job->return_path)))
		return true;
	for (size_t i = 0; i < job->recipients; i++) {
		if (!utf8_is_ascii(span_of(job->recipient[i].address)))
			return true;
	}
	return false;
}

void
deliver_envelope_write_mail(struct deliver_session *session, struct buf *out)
{
	struct deliver_job *job = session->job;
	bool utf8 = wants_utf8(session);

	job->next_reports = can(session, DELIVER_DSN);
	job->next_has_by = job->by && can(session, DELIVER_BY);
	buf_append_text(out, "MAIL FROM:<");
	write_address(session, job->return_path, out);
	buf_append_text(out, ">");
	if (can(session, DELIVER_SIZE))
		buf_printf(out, " SIZE=%" PRIu64, mail_body_bytes(job->body));
	if (can(session, DELIVER_8BITMIME) && (job->body->text_8bit || utf8))
		buf_append_text(out, " BODY=8BITMIME");
	if (utf8)
		buf_append_text(out, " SMTPUTF8");
	if (can(session, DELIVER_DSN) && job->ret != SMTP_RET_UNSAID)
		buf_printf(out, " RET=%s", ret_words[job->ret]);
	if (can(session, DELIVER_DSN) && job->envid && job->envid[0])
		buf_printf(out, " ENVID=%s", job->envid);
	if (job->next_has_by)
		buf_printf(out, " BY=%" PRId64 ";%c%s", by_left_sec(job),
		           job->by & SMTP_BY_RETURN ? 'R' : 'N',
		           job->by & SMTP_BY_TRACE ? "T" : "");
	buf_append_text(out, "\r\n");
}

/* write_orcpt - UTF-8 in one (type utf-8) goes as \x{HEX} where SMTPUTF8 is not offered:
 * RFC 6533 s3. */
static void
write_orcpt(const struct deliver_session *session, struct span orcpt, struct buf *out)
{
	size_t n;

	buf_append_text(out, " ORCPT=");
	for (size_t i = 0; i < orcpt.n; i += n) {
		struct span rest = { orcpt.p + i, orcpt.n - i };
		uint32_t rune;

		n = utf8_next(rest, &rune);
		if (n > 1 && !can(session, DELIVER_SMTPUTF8))
			buf_printf(out, "\\x{%" PRIX32 "}", rune);
		else
			buf_append(out, rest.p, n = n > 0 ? n : 1);
	}
}

void
deliver_envelope_write_rcpt(struct deliver_session *session, size_t no, struct buf *out)
{
	const struct deliver_recipient *recipient = &session->job->recipient[no];
	char before = '=';

	buf_append_text(out, "RCPT TO:<");
	write_address(session, recipient->address, out);
	buf_append_text(out, ">");
	if (can(session, DELIVER_DSN) && recipient->notify) {
		buf_append_text(out, " NOTIFY");
		for (size_t i = 0; i < sizeof notify_words / sizeof notify_words[0]; i++) {
			if (!(recipient->notify & notify_words[i].bit))
				continue;
			buf_append(out, &before, 1);
			buf_append_text(out, notify_words[i].word);
			before = ',';
		}
	}
	if (can(session, DELIVER_DSN) && recipient->orcpt && recipient->orcpt[0])
		write_orcpt(session, span_of(recipient->orcpt), out);
	buf_append_text(out, "\r\n");
}
