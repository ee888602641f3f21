/* accept_body.c - a message's content while it comes in.
 *
 *   bytes -> section until the header is whole -> judged -> text: hashed, kept
 *
 * Text stays in memory up to MAIL_BODY_INLINE_MAX; beyond, it goes to a spool
 * file in chunks, at most STORE_SPOOL_WINDOW of them under way. So a session
 * costs the same whether its message has 200 KB or 50 MB. After a refusal bytes
 * are counted and thrown away: the client is told at the end. */
#include <string.h>

#include "accept_private.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "parse/parse_wish.h"
#include "store/store_spool.h"

#define FROM_MAX 16 /* addresses, as parse_header_from has it */

static void
free_body(struct accept_body *body)
{
	dkim_body_hash_free(&body->hash);
	buf_deinit(&body->section);
	buf_deinit(&body->text);
	arena_free(&body->arena);
	mem_free(body);
}

struct accept_body *
accept_body_new(struct accept_session *session, bool fix_bare)
{
	struct accept_body *body = mem_zero(1, sizeof *body);

	body->accept = session->accept;
	body->session = session;
	body->arena = arena_new(0);
	body->bytes_max = accept_quota_message_bytes(session);
	smtp_data_init(&body->wire, fix_bare);
	buf_init(&body->section,
		 session->accept->config->limits.header_bytes + 2 * ACCEPT_PIECE_BYTES + 64);
	buf_init(&body->text, MAIL_BODY_INLINE_MAX + 2 * ACCEPT_PIECE_BYTES + 64);
	body->hash = dkim_body_hash_new();
	return body;
}

void
accept_body_free(struct accept_body **body)
{
	struct accept_body *b = *body;

	*body = NULL;
	if (b == NULL)
		return;
	b->session = NULL;
	if (b->spool_id != 0)
		store_spool_discard(b->accept->store, b->spool_id);
	b->spool_id = 0;
	if (b->spooling == 0)
		free_body(b); /* else the last answer does */
}

void
accept_body_keep_spool(struct accept_body *body)
{
	body->spool_id = 0;
}

bool
accept_body_is_busy(const struct accept_body *body)
{
	return body->spooling >= STORE_SPOOL_WINDOW;
}

bool
accept_body_is_settled(const struct accept_body *body)
{
	return body->spooling == 0;
}

/* ---- header --------------------------------------------------------------------------- */

static int
check_from(struct accept_body *body, struct accept_refusal *refusal)
{
	const struct account_credential *credential = accept_session_credential(body->session);
	struct mail_message *message = body->session->envelope->message;
	struct span address[FROM_MAX], domain;
	char a_label[SMTP_DOMAIN_MAX + 1];
	struct buf allowed;
	size_t count;
	struct err err;

	if (credential == NULL)
		return accept_refuse(refusal, 550, "5.7.1 Credential %s was revoked",
				     body->session->credential);
	if (parse_header_from(&body->header, body->arena, address, &count, &err) < 0)
		return accept_refuse(refusal, err.code > 0 ? err.code : 550, "%s%s",
				     strncmp(err.text, "5.", 2) == 0 ? "" : "5.6.0 ", err.text);
	for (size_t i = 0; i < count; i++) {
		if (account_credential_may_send(credential, address[i]))
			continue;
		buf_init(&allowed, ACCEPT_REFUSAL_SIZE);
		accept_envelope_allowed(credential, &allowed);
		(void)accept_refuse(refusal, 550,
				    "5.7.1 From: %.*s is not allowed for credential %s; "
				    "it may send as %.*s",
				    (int)address[i].n, address[i].p, credential->name,
				    (int)allowed.len, buf_data(&allowed));
		buf_deinit(&allowed);
		return -1;
	}
	domain = (struct span){ memrchr(address[0].p, '@', address[0].n), 0 };
	domain.p++;
	domain.n = (size_t)(address[0].p + address[0].n - domain.p);
	if (smtp_domain_ascii(domain, a_label, &err) < 0)
		return accept_refuse(refusal, 550, "5.6.0 From: %s", err.text);
	body->from_domain = message->from_domain = arena_strdup(message->arena, a_label);
	return 0;
}

/* take_wishes - MAIL's own words about the time go before those of the header. */
static int
take_wishes(struct accept_body *body, struct accept_refusal *refusal)
{
	struct mail_message *message = body->session->envelope->message;
	struct parse_wish wish;
	struct err err;

	if (parse_wish_read(&body->header, &wish, &err) < 0)
		return accept_refuse(refusal, err.code, "%s", err.text);
	message->lifetime_ms = wish.lifetime_ms;
	message->is_bulk |= wish.is_bulk;
	if (wish.send_at_unix_ms == 0 || message->release_unix_ms > 0)
		return 0;
	return accept_envelope_schedule(body->accept, message, "X-Relay-Send-At",
					wish.send_at_unix_ms, 550, refusal);
}

static int
judge_header(struct accept_body *body, size_t header_bytes)
{
	const struct config *config = body->accept->config;
	struct span section = { buf_data(&body->section), header_bytes };
	struct err err;

	if (header_bytes > config->limits.header_bytes)
		return accept_refuse(&body->refusal, 552,
				     "5.3.4 The header is over the limit of %u bytes",
				     config->limits.header_bytes);
	if (parse_header_scan(section, config->limits.header_fields, body->arena, &body->header,
			      &err) < 0)
		return accept_refuse(&body->refusal, err.code > 0 ? err.code : 550, "%s%s",
				     strncmp(err.text, "5.", 2) == 0 ? "" : "5.6.0 ", err.text);
	if (body->header.received_count > config->limits.received)
		return accept_refuse(&body->refusal, 554,
				     "5.4.6 Mail loop: the message passed %zu servers already",
				     body->header.received_count);
	if (check_from(body, &body->refusal) < 0)
		return -1;
	return take_wishes(body, &body->refusal);
}

/* ---- text ------------------------------------------------------------------------------ */

static void
spooled(struct mailbox_item *item, void *owner)
{
	struct store_spool_op *op = (struct store_spool_op *)(void *)item;
	struct accept_body *body = op->context;
	struct accept_session *session = body->session; /* what is called below may free body */
	struct accept *accept = owner;

	if (accept != NULL)
		accept->requests--;
	body->spooling--;
	if (op->result < 0)
		(void)accept_refuse(&body->refusal, op->err.kind == ERR_LIMIT ? 452 : 451, "%s",
				    op->err.kind == ERR_LIMIT
					    ? "4.3.1 Disk space is short, try again later"
					    : "4.3.0 The queue cannot be written, try again later");
	mem_free(op);
	if (session == NULL) {
		if (body->spooling == 0)
			free_body(body);
	} else if (!body->is_ended) {
		accept_session_go_on(session);
	} else if (body->spooling == 0) {
		accept_finish_content(session);
		accept_session_go_on(session);
	}
	if (accept != NULL)
		accept_check_drained(accept);
}

/* spool - n bytes off the front of the text. */
static void
spool(struct accept_body *body, size_t n, bool is_last)
{
	struct accept *accept = body->accept;
	struct store_spool_op *op = mem_zero(1, sizeof *op);

	op->back = (struct mailbox_return){ accept->box, spooled };
	op->context = body;
	op->spool_id = body->spool_id;
	op->bytes = mem_copy(buf_data(&body->text), n);
	op->n = n;
	op->is_last = is_last;
	buf_consume(&body->text, n);
	body->spooling++;
	accept->requests++;
	store_spool_write(accept->store, &op);
}

/* At least one byte stays behind, so that there always is a last chunk. */
static void
spool_full_chunks(struct accept_body *body)
{
	if (body->spool_id == 0 && body->text.len <= MAIL_BODY_INLINE_MAX)
		return;
	if (body->spool_id == 0)
		body->spool_id = body->session->envelope->message->id;
	while (body->text.len > STORE_SPOOL_CHUNK_BYTES)
		spool(body, STORE_SPOOL_CHUNK_BYTES, false);
}

static void
feed_text(struct accept_body *body, struct span bytes)
{
	if (bytes.n == 0)
		return;
	if (!body->text_8bit && body->wire.saw_8bit)
		body->text_8bit = !utf8_is_ascii(bytes);
	dkim_body_hash_update(body->hash, bytes);
	body->text_bytes += bytes.n;
	must(buf_append_span(&body->text, bytes) == 0);
	spool_full_chunks(body);
}

/* ---- feeding ----------------------------------------------------------------------------- */

static void
feed_header(struct accept_body *body, struct span bytes)
{
	size_t header_bytes;
	struct span rest;

	must(buf_append_span(&body->section, bytes) == 0);
	if (!parse_header_find_end(buf_span(&body->section), &body->scan_from, &header_bytes)) {
		if (body->section.len > body->accept->config->limits.header_bytes)
			(void)accept_refuse(&body->refusal, 552,
					    "5.3.4 The header is over the limit of %u bytes",
					    body->accept->config->limits.header_bytes);
		return;
	}
	if (judge_header(body, header_bytes) < 0)
		return;
	body->has_header = true;
	rest = buf_span(&body->section);
	feed_text(body, (struct span){ rest.p + header_bytes, rest.n - header_bytes });
}

/* check_wire - what the decoder met so far. */
static void
check_wire(struct accept_body *body)
{
	const struct config *config = body->accept->config;
	const struct smtp_data *wire = &body->wire;

	if (wire->total_bytes > body->bytes_max)
		(void)accept_refuse(&body->refusal, 552,
				    "5.3.4 The message is over the limit of %llu bytes",
				    (unsigned long long)body->bytes_max);
	if (wire->saw_bare && !wire->fix_bare)
		(void)accept_refuse(&body->refusal, 550,
				    "5.5.2 The message has a bare CR or LF; "
				    "lines must end in CR LF");
	if (wire->saw_nul)
		(void)accept_refuse(&body->refusal, 550,
				    "5.6.0 The message has a NUL octet; "
				    "encode binary content as base64");
	if (wire->longest_bytes > config->limits.line_bytes)
		(void)accept_refuse(&body->refusal, 550,
				    "5.6.0 A line is over the limit of %u bytes; "
				    "use quoted-printable or base64",
				    config->limits.line_bytes);
}

/* After a refusal nothing is kept any more. */
static void
drop_content(struct accept_body *body)
{
	buf_deinit(&body->text);
	if (!body->has_header)
		buf_clear(&body->section);
	if (body->spool_id != 0)
		store_spool_discard(body->accept->store, body->spool_id);
	body->spool_id = 0;
}

void
accept_body_feed(struct accept_body *body, struct span bytes)
{
	check_wire(body);
	if (body->refusal.code == 0) {
		if (body->has_header)
			feed_text(body, bytes);
		else
			feed_header(body, bytes);
	}
	if (body->refusal.code != 0)
		drop_content(body);
}

void
accept_body_end(struct accept_body *body)
{
	body->is_ended = true;
	if (body->refusal.code == 0 && !body->has_header) {
		/* all header and no empty line, or nothing at all */
		if (judge_header(body, body->section.len) == 0)
			body->has_header = true;
	}
	if (body->refusal.code != 0) {
		drop_content(body);
		return;
	}
	dkim_body_hash_end(&body->hash, body->body_hash);
	if (body->spool_id != 0)
		spool(body, body->text.len, true);
}
