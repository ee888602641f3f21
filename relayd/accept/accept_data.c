/* accept_data.c - content off the wire: DATA until CRLF.CRLF (RFC 5321 s4.1.1.4),
 * BDAT so many bytes (RFC 3030). Decoded in pieces of a size that does not grow
 * with the message, and only as fast as the spool takes them. */
#include "accept_private.h"
#include "base/clock.h"

/* the time-out is pushed for every so many bytes, not for every one: a client
 * that drips would stay for ever */
#define PROGRESS_BYTES 512

/* begin_content - the body, for the first piece of it. */
static void
begin_content(struct accept_session *session)
{
	const struct account_credential *credential = accept_session_credential(session);
	struct accept_envelope *e = session->envelope;

	if (e->body != NULL)
		return;
	e->message->id = id_gen_next(&session->accept->ids, clock_unix_ms());
	e->body = accept_body_new(session, credential != NULL && credential->fix_bare_line_ends);
}

static void
note_progress(struct accept_session *session, size_t bytes)
{
	session->unpaid_bytes += bytes;
	if (session->unpaid_bytes < PROGRESS_BYTES)
		return;
	session->unpaid_bytes = 0;
	conn_set_timeout(session->conn, session->accept->config->limits.data_timeout_ms);
}

/* is_busy - the spool is behind: its next answer goes on (accept_session_go_on). */
static bool
is_busy(struct accept_session *session)
{
	struct accept_body *body = session->envelope != NULL ? session->envelope->body : NULL;

	if (body == NULL || !accept_body_is_busy(body))
		return false;
	conn_pause(session->conn);
	conn_set_timeout(session->conn, 0);
	return true;
}

static struct span
next_piece(struct accept_session *session, uint64_t most)
{
	struct span in = buf_span(conn_input(session->conn));

	if (in.n > ACCEPT_PIECE_BYTES)
		in.n = ACCEPT_PIECE_BYTES;
	if (in.n > most)
		in.n = (size_t)most;
	return in;
}

/* ---- DATA ------------------------------------------------------------------------------ */

void
accept_data_start(struct accept_session *session)
{
	begin_content(session);
	accept_session_set_state(session, ACCEPT_DATA);
	accept_session_reply(session, 354, NULL, "Send the message, end it with CR LF . CR LF");
}

bool
accept_data_step(struct accept_session *session)
{
	struct accept_body *body = session->envelope->body;
	struct buf *piece = &session->accept->piece;
	struct span in;
	size_t used = 0;
	bool is_end;

	if (is_busy(session))
		return false;
	in = next_piece(session, UINT64_MAX);
	if (in.n == 0)
		return false;
	buf_clear(piece);
	is_end = smtp_data_decode(&body->wire, in, piece, &used);
	buf_consume(conn_input(session->conn), used);
	note_progress(session, used);
	accept_body_feed(body, buf_span(piece));
	if (is_end) {
		accept_body_end(body);
		accept_finish_content(session);
		return true;
	}
	return used > 0;
}

/* ---- BDAT ------------------------------------------------------------------------------ */

void
accept_data_start_chunk(struct accept_session *session, const struct smtp_command *command)
{
	session->chunk_left = command->chunk_bytes;
	session->chunk_is_last = command->is_last;
	if (session->chunk_refusal.code == 0) {
		begin_content(session);
		session->envelope->is_chunked = true;
	}
	accept_session_set_state(session, ACCEPT_CHUNK);
}

static void
end_refused_chunk(struct accept_session *session)
{
	struct accept_refusal refusal = session->chunk_refusal;

	session->chunk_refusal.code = 0;
	accept_session_set_state(session, ACCEPT_COMMAND);
	accept_session_refuse(session, &refusal);
}

static void
end_chunk(struct accept_session *session)
{
	struct accept_body *body = session->envelope->body;
	struct buf *piece = &session->accept->piece;

	if (session->chunk_is_last) {
		buf_clear(piece);
		smtp_data_note_end(&body->wire, piece);
		accept_body_feed(body, buf_span(piece));
		accept_body_end(body);
		accept_finish_content(session);
		return;
	}
	if (body->refusal.code != 0) { /* no need to send the rest */
		body->is_ended = true;
		accept_finish_content(session);
		return;
	}
	accept_session_set_state(session, ACCEPT_COMMAND);
	accept_session_reply(session, 250, "2.0.0", "Chunk received, %llu bytes so far",
			     (unsigned long long)body->wire.total_bytes);
}

bool
accept_data_step_chunk(struct accept_session *session)
{
	struct buf *piece = &session->accept->piece;
	struct span in;

	if (is_busy(session))
		return false;
	in = next_piece(session, session->chunk_left);
	if (in.n > 0) {
		session->chunk_left -= in.n;
		if (session->chunk_refusal.code == 0) {
			buf_clear(piece);
			smtp_data_note(&session->envelope->body->wire, in, piece);
			accept_body_feed(session->envelope->body, buf_span(piece));
		}
		buf_consume(conn_input(session->conn), in.n);
		note_progress(session, in.n);
	}
	if (session->chunk_left > 0)
		return in.n > 0;
	if (session->chunk_refusal.code != 0)
		end_refused_chunk(session);
	else
		end_chunk(session);
	return true;
}
