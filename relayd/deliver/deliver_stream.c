/* deliver_stream.c - a body on its way out (stage 7). Loop thread.
 *
 * Head and a small text come from memory; a large text is read by the spool
 * threads in chunks, two at a time, and only as fast as the connection takes
 * them: a session never holds more than two chunks and WATERMARK bytes of
 * output, however large the message and slow the peer. */
#include "deliver/deliver_private.h"

#include <stdio.h>

#include "base/mem.h"

#define PIECE (32 * 1024)      /* stuffed in one go: scratch holds twice that */
#define WATERMARK (128 * 1024) /* output waiting in conn above which we pause */

static size_t
chunk_bytes(const struct deliver_session *session, uint64_t offset)
{
	uint64_t left = session->job->body->text_bytes - offset;

	return left < STORE_SPOOL_CHUNK_BYTES ? (size_t)left : STORE_SPOOL_CHUNK_BYTES;
}

static void
on_read(struct mailbox_item *item, void *owner)
{
	struct store_spool_op *op = (struct store_spool_op *)(void *)item;
	struct deliver_session *session = op->context;
	struct deliver_stream *stream = &session->stream;

	(void)owner; /* sessions are only freed when no read is under way, so it is there */
	stream->reading--;
	if (session->state != DELIVER_STATE_BODY || stream->is_sent) { /* stopped meanwhile */
		mem_free(op->bytes);
		mem_free(op);
		if (session->state == DELIVER_STATE_CLOSED)
			deliver_session_close(session); /* the last read frees it */
		return;
	}
	if (op->result || op->n != chunk_bytes(session, op->offset)) {
		stream->has_failed = true;
		stream->err = op->err;
		mem_free(op->bytes);
		mem_free(op);
	} else {
		stream->ready[stream->ready[0] ? 1 : 0] = op;
	}
	deliver_stream_go_on(session);
}

static void
ask_spool(struct deliver_session *session)
{
	struct deliver_stream *stream = &session->stream;
	const struct mail_body *body = session->job->body;
	unsigned held = stream->reading + (stream->ready[0] != NULL) + (stream->ready[1] != NULL);

	for (; held < 2 && stream->asked < body->text_bytes && !stream->has_failed; held++) {
		struct store_spool_op *op = mem_zero(1, sizeof *op);

		op->back = (struct mailbox_return){ session->deliver->mailbox, on_read };
		op->context = session;
		op->spool_id = body->spool_id;
		op->offset = stream->asked;
		op->n = chunk_bytes(session, stream->asked);
		stream->asked += op->n;
		stream->reading++;
		store_spool_read(session->deliver->store, &op);
	}
}

/* next_piece - the bytes at `sent`, as far as they are here; empty: wait. */
static struct span
next_piece(struct deliver_session *session)
{
	const struct deliver_stream *stream = &session->stream;
	const struct mail_body *body = session->job->body;
	struct span piece = SPAN_EMPTY;

	if (stream->sent < body->head_bytes)
		piece = (struct span){ body->head + stream->sent,
			               body->head_bytes - (size_t)stream->sent };
	else if (!body->spool_id)
		piece = (struct span){ body->text + (stream->sent - body->head_bytes),
			               (size_t)(mail_body_bytes(body) - stream->sent) };
	else if (stream->ready[0])
		piece = (struct span){ stream->ready[0]->bytes + stream->ready_used,
			               stream->ready[0]->n - stream->ready_used };
	if (piece.n > PIECE)
		piece.n = PIECE;
	return piece;
}

static void
use_piece(struct deliver_session *session, size_t n)
{
	struct deliver_stream *stream = &session->stream;
	bool from_chunk = stream->sent >= session->job->body->head_bytes && stream->ready[0];

	stream->sent += n;
	if (!from_chunk)
		return;
	stream->ready_used += n;
	if (stream->ready_used < stream->ready[0]->n)
		return;
	mem_free(stream->ready[0]->bytes);
	mem_free(stream->ready[0]);
	stream->ready[0] = stream->ready[1];
	stream->ready[1] = NULL;
	stream->ready_used = 0;
}

static void
send_piece(struct deliver_session *session, struct span piece, bool is_last)
{
	struct buf *scratch = &session->deliver->scratch;

	if (session->stream.is_chunked) {
		deliver_session_write(session, piece);
		return;
	}
	buf_clear(scratch);
	smtp_stuff_encode(&session->stream.stuff, piece, scratch);
	if (is_last)
		smtp_stuff_end(&session->stream.stuff, scratch);
	deliver_session_write(session, buf_span(scratch));
}

static void
report_spool_failure(struct deliver_session *session)
{
	char text[sizeof session->stream.err.text + 64];

	snprintf(text, sizeof text, "the message's text could not be read from the spool: %s",
	         session->stream.err.text[0] ? session->stream.err.text : "file too short");
	deliver_transaction_lost(session, text);
	deliver_session_finish(session, DELIVER_LOST);
}

void
deliver_stream_start(struct deliver_session *session, bool is_chunked)
{
	struct deliver_stream *stream = &session->stream;

	stream->is_chunked = is_chunked;
	stream->is_sent = stream->has_failed = false;
	stream->sent = stream->asked = 0;
	smtp_stuff_init(&stream->stuff);
}

void
deliver_stream_go_on(struct deliver_session *session)
{
	struct deliver_stream *stream = &session->stream;
	const struct mail_body *body = session->job->body;
	uint64_t total = mail_body_bytes(body);

	while (!stream->is_sent && conn_output_bytes(session->conn) < WATERMARK) {
		struct span piece;

		if (body->spool_id)
			ask_spool(session);
		piece = next_piece(session);
		if (piece.n == 0 && stream->sent < total) {
			if (stream->has_failed)
				report_spool_failure(session);
			return; /* on_read goes on */
		}
		stream->is_sent = stream->sent + piece.n == total;
		send_piece(session, piece, stream->is_sent);
		use_piece(session, piece.n);
		if (stream->is_sent)
			deliver_stream_trace(session, total);
	}
}

void
deliver_stream_trace(struct deliver_session *session, uint64_t sent)
{
	trace_script_content(&session->script, loop_now_mono_ms(session->deliver->loop), sent,
	                     mail_body_bytes(session->job->body));
}

void
deliver_stream_stop(struct deliver_session *session)
{
	struct deliver_stream *stream = &session->stream;

	for (size_t i = 0; i < 2; i++) {
		if (stream->ready[i])
			mem_free(stream->ready[i]->bytes);
		mem_free(stream->ready[i]);
		stream->ready[i] = NULL;
	}
	stream->ready_used = 0;
}
