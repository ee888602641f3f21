/* deliver_transaction.c - one message over a greeted connection: MAIL to the last
 * reply. Loop thread.
 *
 * With PIPELINING (RFC 2920) RSET, MAIL, all RCPT and DATA go out in one write
 * and the states only count the replies in; without, each reply sends the next
 * command. With CHUNKING (RFC 3030) the body goes as one BDAT LAST, a small one
 * in that same first write: a whole message then costs one round trip. A
 * refused recipient never stops the others; when all are refused, a DATA that is under
 * way already is ended with a lone dot.
 *
 * Invariant: a recipient gets its event once, from the reply that decided it. */
#include "deliver/deliver_private.h"

#include <stdio.h>

#include <inttypes.h>

#define BODY_AHEAD_MAX (32 * 1024) /* sent before it is known whether any RCPT is accepted */

static bool
is_good(const struct deliver_session *session)
{
	return session->reply.code / 100 == 2;
}

static bool
is_refusal(const struct deliver_session *session)
{
	return session->reply.code >= 400;
}

/* next_rcpt - the first recipient of this transaction at or after `from`, or
 * job->recipients. */
static size_t
next_rcpt(const struct deliver_session *session, size_t from)
{
	while (from < session->job->recipients && session->role[from] != DELIVER_ROLE_SENT)
		from++;
	return from;
}

static void
judge_all(struct deliver_session *session, enum deliver_role from, const struct smtp_reply *reply,
          const char *text)
{
	for (size_t i = 0; i < session->job->recipients; i++) {
		if (session->role[i] >= from && session->role[i] != DELIVER_ROLE_REFUSED &&
		    !session->job->recipient[i].event)
			deliver_result_recipient(session, i, reply, text);
	}
}

/* ---- start ---------------------------------------------------------------------- */
static void
plan(struct deliver_session *session)
{
	const struct deliver_job *job = session->job;
	uint32_t max = session->peer.recipients_max, n = 0;

	must(job->recipients <= DELIVER_RECIPIENTS_MAX);
	for (size_t i = 0; i < job->recipients; i++) {
		bool is_in = !job->recipient[i].event && (!max || n < max);

		session->role[i] = is_in ? DELIVER_ROLE_SENT : DELIVER_ROLE_NONE;
		n += is_in;
	}
	session->is_pipelined = session->peer.can & DELIVER_PIPELINING;
	session->is_chunked = session->is_pipelined && session->peer.can & DELIVER_CHUNKING;
	session->is_body_ahead = session->is_chunked && !job->body->spool_id &&
	                         mail_body_bytes(job->body) <= BODY_AHEAD_MAX;
	session->mail_accepted = false;
	session->accepted = 0;
	session->stream.is_sent = session->is_body_ahead;
	session->messages++;
}

static void
append_bdat(const struct deliver_session *session, struct buf *out)
{
	buf_printf(out, "BDAT %" PRIu64 " LAST\r\n", mail_body_bytes(session->job->body));
}

static void
write_pipelined(struct deliver_session *session, struct buf *out)
{
	const struct mail_body *body = session->job->body;

	deliver_envelope_write_mail(session, out);
	for (size_t i = next_rcpt(session, 0); i < session->job->recipients;
	     i = next_rcpt(session, i + 1))
		deliver_envelope_write_rcpt(session, i, out);
	if (session->is_body_ahead)
		append_bdat(session, out);
	else if (!session->is_chunked)
		buf_append_text(out, "DATA\r\n");
	deliver_session_command(session, buf_span(out));
	if (!session->is_body_ahead)
		return;
	deliver_stream_trace(session, mail_body_bytes(body));
	deliver_session_write(session, (struct span){ body->head, body->head_bytes });
	deliver_session_write(session, (struct span){ body->text, (size_t)body->text_bytes });
}

void
deliver_transaction_start(struct deliver_session *session)
{
	struct buf *out = &session->deliver->scratch;

	session->is_answered = false;
	trace_script_begin(&session->script);
	if (deliver_envelope_check(session) == 0) {
		deliver_session_finish(session, DELIVER_DONE);
		return;
	}
	plan(session);
	buf_clear(out);
	if (session->needs_rset)
		buf_append_text(out, "RSET\r\n");
	if (session->is_pipelined) {
		write_pipelined(session, out);
	} else {
		if (!session->needs_rset)
			deliver_envelope_write_mail(session, out);
		deliver_session_command(session, buf_span(out));
	}
	deliver_session_set_state(session, session->needs_rset ? DELIVER_STATE_RSET
	                                                       : DELIVER_STATE_MAIL);
}

/* closed - 421: the server closes whatever we were about (RFC 5321 s3.8). */
static void
closed(struct deliver_session *session)
{
	if (session->state == DELIVER_STATE_RCPT)
		deliver_result_recipient(session, session->rcpt, &session->reply, NULL);
	judge_all(session, DELIVER_ROLE_ACCEPTED, &session->reply, NULL);
	deliver_result_failure(session, &session->reply, NULL);
	deliver_session_finish(session, DELIVER_LOST);
}

/* ---- replies ----------------------------------------------------------------------- */
void
deliver_transaction_on_rset(struct deliver_session *session)
{
	struct buf *out = &session->deliver->scratch;

	if (session->reply.code == 421) {
		closed(session);
		return;
	}
	if (!is_good(session)) {
		deliver_session_odd(session);
		return;
	}
	session->needs_rset = false;
	deliver_session_set_state(session, DELIVER_STATE_MAIL);
	if (session->is_pipelined)
		return;
	buf_clear(out);
	deliver_envelope_write_mail(session, out);
	deliver_session_command(session, buf_span(out));
}

static void
await_rcpt(struct deliver_session *session, size_t no)
{
	struct buf *out = &session->deliver->scratch;

	session->rcpt = no;
	deliver_session_set_state(session, DELIVER_STATE_RCPT);
	if (session->is_pipelined)
		return;
	buf_clear(out);
	deliver_envelope_write_rcpt(session, no, out);
	deliver_session_command(session, buf_span(out));
}

/* may_move - the first transaction of a connection is refused for this host's own
 * trouble: its next host may take the message now. On a connection that served others
 * the domain is asked again with the next attempt. */
static bool
may_move(const struct deliver_session *session)
{
	return session->messages == 1 && is_refusal(session)
	       && deliver_result_tries_next(session) && deliver_host_has_next(session);
}

void
deliver_transaction_on_mail(struct deliver_session *session)
{
	if (may_move(session)) {
		session->messages = 0;
		deliver_host_next(session, &session->reply, NULL);
		return;
	}
	if (session->reply.code == 421) {
		closed(session);
		return;
	}
	if (is_good(session)) {
		session->mail_accepted = session->needs_rset = true;
	} else if (!is_refusal(session)) {
		deliver_session_odd(session);
		return;
	} else {
		judge_all(session, DELIVER_ROLE_SENT, &session->reply, NULL);
		if (!session->is_pipelined) {
			deliver_session_finish(session, DELIVER_DONE);
			return;
		}
	}
	await_rcpt(session, next_rcpt(session, 0));
}

/* is_one_too_many - RFC 5321 s4.5.3.1.10: 452 (some say 552) after others were
 * accepted means "the rest in another transaction", unless its enhanced status
 * says something else, a full mailbox say. */
static bool
is_one_too_many(const struct deliver_session *session)
{
	const struct smtp_enhanced *enhanced = &session->reply.enhanced;

	return session->accepted > 0 && session->reply.code % 100 == 52 &&
	       (enhanced->class == 0 || (enhanced->subject == 5 && enhanced->detail == 3));
}

static void
start_body(struct deliver_session *session)
{
	struct buf *out = &session->deliver->scratch;

	deliver_stream_start(session, session->is_chunked);
	if (session->is_chunked) {
		buf_clear(out);
		append_bdat(session, out);
		deliver_session_command(session, buf_span(out));
	}
	deliver_session_set_state(session, DELIVER_STATE_BODY);
	deliver_stream_go_on(session);
}

static void
after_rcpts(struct deliver_session *session)
{
	if (session->is_body_ahead) {
		deliver_session_set_state(session, DELIVER_STATE_BODY);
	} else if (session->is_pipelined && !session->is_chunked) {
		deliver_session_set_state(session, DELIVER_STATE_DATA);
	} else if (session->accepted == 0) {
		deliver_session_finish(session, DELIVER_DONE);
	} else if (session->is_chunked) {
		start_body(session);
	} else {
		deliver_session_say(session, "DATA");
		deliver_session_set_state(session, DELIVER_STATE_DATA);
	}
}

void
deliver_transaction_on_rcpt(struct deliver_session *session)
{
	size_t no = session->rcpt, next;

	if (session->reply.code == 421 && session->mail_accepted) {
		closed(session);
		return;
	}
	if (!is_good(session) && !is_refusal(session)) {
		deliver_session_odd(session);
		return;
	}
	if (!session->mail_accepted) {
		session->role[no] = DELIVER_ROLE_REFUSED; /* judged by the reply to MAIL */
	} else if (is_good(session)) {
		session->role[no] = DELIVER_ROLE_ACCEPTED;
		session->accepted++;
	} else {
		session->role[no] = DELIVER_ROLE_REFUSED;
		if (!is_one_too_many(session))
			deliver_result_recipient(session, no, &session->reply, NULL);
	}
	next = next_rcpt(session, no + 1);
	if (next < session->job->recipients)
		await_rcpt(session, next);
	else
		after_rcpts(session);
}

void
deliver_transaction_on_data(struct deliver_session *session)
{
	if (session->reply.code == 354 && session->accepted) {
		start_body(session);
	} else if (session->reply.code == 354) {
		session->stream.is_sent = true;
		deliver_session_set_state(session, DELIVER_STATE_BODY);
		deliver_session_say(session, ".");
	} else if (session->reply.code == 421) {
		closed(session);
	} else if (is_refusal(session)) {
		judge_all(session, DELIVER_ROLE_ACCEPTED, &session->reply, NULL);
		deliver_session_finish(session, DELIVER_DONE);
	} else {
		deliver_session_odd(session);
	}
}

void
deliver_transaction_on_body(struct deliver_session *session)
{
	bool is_early = !session->stream.is_sent;

	if (!is_refusal(session) && (is_early || !is_good(session))) {
		deliver_session_odd(session);
		return;
	}
	judge_all(session, DELIVER_ROLE_ACCEPTED, &session->reply, NULL);
	/* after the dot the transaction is over; after a failed BDAT only RSET ends it */
	session->needs_rset = session->is_chunked && !is_good(session);
	session->is_over = is_early || session->reply.code == 421;
	deliver_session_finish(session, DELIVER_DONE);
}

bool
deliver_transaction_is_sent(const struct deliver_session *session)
{
	return session->stream.is_sent &&
	       (session->state == DELIVER_STATE_BODY || session->is_body_ahead) &&
	       session->state >= DELIVER_STATE_MAIL;
}

void
deliver_transaction_lost(struct deliver_session *session, const char *text)
{
	bool is_sent = deliver_transaction_is_sent(session);
	char longer[384];

	if (session->state == DELIVER_STATE_BODY && !is_sent)
		deliver_stream_trace(session, session->stream.sent);

	if (is_sent) {
		snprintf(longer, sizeof longer,
		         "%s, after the whole message was sent: it may have been "
		         "delivered, and may be delivered twice",
		         text);
		text = longer;
	}
	if (session->state >= DELIVER_STATE_MAIL)
		judge_all(session, is_sent ? DELIVER_ROLE_SENT : DELIVER_ROLE_ACCEPTED, NULL, text);
	deliver_result_failure(session, NULL, text);
}
