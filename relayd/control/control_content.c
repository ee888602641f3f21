/* control_content.c - message.headers and message.body: what a message says, in slices.
 *
 *   fetch (body thread) -> the slice is in memory, or the spool reads it -> answer
 *                       \-> it is not there: the log knows since when (search thread)
 *
 * Content is kept while somebody is to get the message or its sender is to be told of it, and
 * not longer. Header and text are as they were accepted, our additions included. A slice ends with
 * a whole character, and where the text is in the spool with the header, which is not.
 * Who reads a body reads private mail: it takes an operator, and the audit log has a row for each
 * look at a message, however many slices it takes. Thread: main; no disk here. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/units.h"
#include "base/utf8.h"
#include "control/control_search.h"
#include "mail/mail_body.h"
#include "store/store_spool.h"

#define SLICE_MAX_BYTES STORE_SPOOL_CHUNK_BYTES /* as JSON at most some six times that */
#define RECIPIENTS_MAX 1000

struct look { /* call->state */
	bool is_body;              /* else the header alone */
	uint64_t id, offset;
	uint64_t total_bytes;
	uint64_t end;              /* of the piece (header or text) that the slice is from */
};

static void
answer(struct control_call *call, struct span slice)
{
	const struct look *look = call->state;
	json_t *result = api_json_new(look->is_body ? "relay.message.body/1"
	                                            : "relay.message.headers/1");
	uint64_t next;

	if (look->offset + slice.n < look->end)
		slice.n = utf8_whole(slice);
	next = look->offset + slice.n;
	api_json_put_id(result, "id", look->id);
	api_json_put_int(result, "offset", (int64_t)look->offset);
	api_json_put_int(result, "bytes", (int64_t)slice.n);
	api_json_put_int(result, "total_bytes", (int64_t)look->total_bytes);
	if (next < look->total_bytes)
		api_json_put_int(result, "next_offset", (int64_t)next);
	else
		api_json_put_null(result, "next_offset");
	api_json_put_bytes(result, "text", "text_b64", slice);
	control_call_answer(call, result);
}

/* ---- it is gone ---------------------------------------------------------------------- */

static void
say_gone(struct control_call *call, const struct store_result *set, struct api_error *error)
{
	int64_t keep_ms = call->control->config->log.keep_ms, finished_unix_ms = 0;
	char at[CLOCK_RFC3339_SIZE], keep[UNITS_TEXT_SIZE];
	const char *id = control_text(call, "id");

	for (size_t i = 0; i < set->count; i++)
		if (set->found[i].finished_unix_ms > finished_unix_ms)
			finished_unix_ms = set->found[i].finished_unix_ms;
	if (set->count == 0) {
		(void)api_error_set(error, API_ERROR_NOT_FOUND, "no message %s: neither in the "
		                    "queue nor in the log", id);
		return;
	}
	if (finished_unix_ms == 0) { /* the log and the queue were asked one after the other */
		(void)api_error_set(error, API_ERROR_NOT_FOUND,
		                    "the content of %s is not here at this moment", id);
		api_error_hint(error, "ask again");
		return;
	}
	clock_format_rfc3339(finished_unix_ms, at);
	units_format_duration(keep_ms, keep);
	(void)api_error_set(error, API_ERROR_NOT_FOUND,
	                    "the content of %s is gone since %.19sZ, when its last recipient was "
	                    "done: it is kept while the message waits for anybody", id, at);
	api_error_hint(error, "who sent it to whom and what became of it is kept for %s: relaycli "
	                      "message show %s", keep, id);
}

static void
searched(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	struct api_error error;

	(void)owner;
	if (!call)
		return;
	say_gone(call, &search->result_set, &error);
	control_search_free(&search);
	control_call_fail(call, &error);
}

static void
find_out(struct control_call *call)
{
	const struct look *look = call->state;
	struct store_query query = { .category = VERDICT_NONE,
		                     .id = look->id,
		                     .limit = RECIPIENTS_MAX };

	control_search_send(call, arena_new(0), &query, searched);
}

/* ---- it is there ---------------------------------------------------------------------- */

/* audit - once a look: its first slice, and any that does not go on where this client is. */
static void
audit(struct control_call *call, uint64_t total_bytes)
{
	const struct look *look = call->state;
	char size[UNITS_TEXT_SIZE];

	if (look->offset > 0 && call->session && call->session->body_read == look->id)
		return;
	if (call->session)
		call->session->body_read = look->id;
	units_format_size(total_bytes, size);
	control_audit_write(call, control_text(call, "id"),
	                    arena_printf(call->arena, "headers and body read, %s", size));
}

static void
spooled(struct mailbox_item *item, void *owner)
{
	struct store_spool_op *op = (struct store_spool_op *)(void *)item;
	struct control_call *call = op->context;

	(void)owner;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (op->result < 0 || op->n == 0)
		find_out(call); /* its file went meanwhile */
	else
		answer(call, (struct span){ op->bytes, op->n });
	mem_free(op->bytes);
	mem_free(op);
}

static void
read_spool(struct control_call *call, uint64_t spool_id, uint64_t offset, size_t n)
{
	struct store_spool_op *op = mem_zero(1, sizeof *op);

	op->back = control_back(call->control, spooled);
	op->context = call;
	op->spool_id = spool_id;
	op->offset = offset;
	op->n = n;
	store_spool_read(call->control->options.store, &op);
}

/* slice_of - n bytes from the offset on, of header and text as far as they are in memory. */
static struct span
slice_of(struct control_call *call, const struct mail_body *body, size_t n)
{
	const struct look *look = call->state;
	size_t offset = (size_t)look->offset, of_head = 0;
	char *slice;

	if (offset < body->head_bytes)
		of_head = body->head_bytes - offset < n ? body->head_bytes - offset : n;
	if (of_head == n)
		return (struct span){ body->head + offset, n };
	if (of_head == 0)
		return (struct span){ body->text + (offset - body->head_bytes), n };
	slice = arena_alloc(call->arena, n);
	memcpy(slice, body->head + offset, of_head);
	memcpy(slice + of_head, body->text, n - of_head);
	return (struct span){ slice, n };
}

/* show - body is the caller's. */
static void
show(struct control_call *call, const struct mail_body *body)
{
	struct look *look = call->state;
	bool is_head = look->offset < body->head_bytes;
	struct api_error error;
	uint64_t left;
	size_t n;

	look->total_bytes = look->is_body ? mail_body_bytes(body) : body->head_bytes;
	look->end = is_head && body->spool_id ? body->head_bytes : look->total_bytes;
	if (look->offset > look->total_bytes) {
		(void)api_error_set(&error, API_ERROR_PARAMS, "offset: it has %llu bytes",
		                    (unsigned long long)look->total_bytes);
		control_call_fail(call, &error);
		return;
	}
	if (look->is_body)
		audit(call, look->total_bytes);
	left = look->end - look->offset;
	n = left < SLICE_MAX_BYTES ? (size_t)left : SLICE_MAX_BYTES;
	if (n == 0)
		answer(call, SPAN_EMPTY);
	else if (is_head || !body->spool_id)
		answer(call, slice_of(call, body, n));
	else
		read_spool(call, body->spool_id, look->offset - body->head_bytes, n);
}

static void
fetched(struct mailbox_item *item, void *owner)
{
	struct store_fetch *fetch = (struct store_fetch *)(void *)item;
	struct control_call *call = fetch->context;

	(void)owner;
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (fetch->result == 0)
		show(call, fetch->body);
	else if (fetch->err.kind == ERR_PERM)
		find_out(call);
	else
		control_call_fail_err(call, &fetch->err);
	mail_body_unref(&fetch->body);
	mem_free(fetch);
}

static void
start(struct control_call *call, bool is_body)
{
	struct look *look = arena_zero(call->arena, sizeof *look);
	struct store_fetch *fetch = mem_zero(1, sizeof *fetch);

	look->is_body = is_body;
	look->offset = (uint64_t)control_int(call, "offset", 0);
	(void)id_parse(span_of(control_text(call, "id")), &look->id); /* checked before */
	call->state = look;
	fetch->back = control_back(call->control, fetched);
	fetch->context = call;
	fetch->id = look->id;
	store_fetch_send(call->control->options.store, &fetch);
}

void
control_message_headers(struct control_call *call)
{
	struct api_error error;

	/* a header has the Subject: who may not find it in the log does not get it here either */
	if (!call->control->config->log.subject && call->session->role < CONTROL_OPERATOR) {
		(void)api_error_set(&error, API_ERROR_NOT_PERMITTED,
		                    "%s may not read headers: relayd.conf says log { subject = no "
		                    "}, so it needs the operator role", call->user);
		control_call_fail(call, &error);
		return;
	}
	start(call, false);
}

void
control_message_body(struct control_call *call)
{
	start(call, true);
}
