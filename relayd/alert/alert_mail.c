/* alert_mail.c - see alert_mail.h. */
#include "alert/alert_mail.h"

#include "base/clock.h"
#include "base/id.h"
#include "notice/notice_write.h"

static void
write_subject(const struct alert_mail *mail, struct buf *out)
{
	size_t changes = mail->changes + mail->left_out;
	const struct alert_change *first = &mail->change[0];

	if (changes == 1)
		(void)buf_printf(out, "[%s] %s: %.120s", mail->hostname,
		                 first->is_raised ? "alert" : "cleared", first->text);
	else
		(void)buf_printf(out, "[%s] %zu alerts changed, %zu now", mail->hostname, changes,
		                 mail->raised);
}

static void
write_prose(const struct alert_mail *mail, struct buf *prose)
{
	char at[CLOCK_RFC3339_SIZE];

	for (size_t i = 0; i < mail->changes; i++) {
		const struct alert_change *change = &mail->change[i];

		clock_format_rfc3339(change->at_unix_ms, at);
		(void)buf_printf(prose, "%.19sZ  %s\r\n", at,
		                 change->is_raised ? "RAISED" : "cleared");
		notice_write_wrapped(prose, 2, span_of(change->text));
		(void)buf_append_text(prose, "\r\n");
	}
	if (mail->left_out > 0)
		(void)buf_printf(prose, "and %zu more.\r\n\r\n", mail->left_out);
	(void)buf_printf(prose, "%zu raised now; `relaycli status` on %s lists them.\r\n",
	                 mail->raised, mail->hostname);
}

void
alert_mail_write(const struct alert_mail *mail, struct buf *head, struct buf *text,
                 struct buf *subject_out)
{
	char date[CLOCK_RFC5322_SIZE], id[ID_TEXT_SIZE];
	struct buf prose;

	write_subject(mail, subject_out);
	clock_format_rfc5322(mail->now_unix_ms, date);
	id_format(mail->id, id);
	(void)buf_printf(head, "From: %s\r\nTo: %s\r\n", mail->from, mail->to);
	notice_write_words(head, "Subject", buf_span(subject_out));
	(void)buf_printf(head,
	                 "Date: %s\r\nMessage-ID: <%s@%s>\r\nAuto-Submitted: auto-generated\r\n"
	                 "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	                 "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	                 date, id, mail->hostname);
	buf_init(&prose, text->max);
	write_prose(mail, &prose);
	notice_write_quoted(text, buf_span(&prose));
	buf_deinit(&prose);
}
