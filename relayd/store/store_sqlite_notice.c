/* store_sqlite_notice.c - what senders have to be told (RFC 3461): kept in the
 * recipient's row from the transaction of its final outcome to the one that
 * accepts the notice about it. That a delay was told is kept too.
 *
 * Writing: store thread. Reading: the body thread (what a notice is made of),
 * the main thread before it starts (what is owed). */
#include "base/mem.h"
#include "smtp/smtp_command.h"
#include "store/store_reader_private.h"

/* columns of STORE_SQL_NOTICE_MESSAGE and _RECIPIENTS */
enum { M_CREDENTIAL_ID, M_CREDENTIAL, M_SENDER_FOLDED, M_SENDER, M_MESSAGE_ID, M_SUBJECT,
	M_ENVID, M_RET, M_FLAGS, M_EXPIRES, M_BY };
enum { R_NO, R_ADDRESS_FOLDED, R_ADDRESS, R_NOTIFY, R_ORCPT, R_NOTICE, R_ATTEMPTS, R_AT, R_KIND,
	R_CODE, R_ENHANCED, R_CATEGORY, R_HOST, R_REMOTE_ADDRESS, R_REPLY, R_DETAIL, R_DOMAIN };

/* ---- writing ---------------------------------------------------------------------- */

int
store_sqlite_notice_tell(struct store_writer *writer, const struct store_told *told,
                         struct err *err)
{
	for (size_t i = 0; i < told->recipients; i++) {
		const struct store_told_recipient *r = &told->recipient[i];
		sqlite3_stmt *stmt = store_db_stmt(&writer->db,
		                                   r->notice == MAIL_NOTICE_DELAYED
		                                           ? STORE_SQL_NOTICE_DELAY_TOLD
		                                           : STORE_SQL_NOTICE_TOLD);

		store_db_bind_int(stmt, 1, (int64_t)told->message_id);
		store_db_bind_int(stmt, 2, r->no);
		if (store_db_done(&writer->db, stmt, err) != 0)
			return -1;
	}
	if (told->recipients > 0) /* it may be finished now */
		store_ids_add(&writer->touched, told->message_id, 0);
	return 0;
}

/* ---- at start ----------------------------------------------------------------------- */

int
store_sqlite_load_notices(struct store_writer *writer, store_notice_fn fn, void *arg,
                          struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_NOTICE_LIST);
	int step;

	store_db_bind_int(stmt, 1, writer->node);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0)
		fn((uint64_t)store_db_int(stmt, 0), arg);
	return step;
}

/* ---- what a notice is made of -------------------------------------------------------- */

static const char *
text_of(struct arena *arena, sqlite3_stmt *stmt, int column)
{
	return arena_strdup(arena, store_db_text(stmt, column));
}

static const char *
address_of(struct arena *arena, sqlite3_stmt *stmt, int folded, int given)
{
	const char *text = text_of(arena, stmt, given);

	if (text == NULL)
		text = text_of(arena, stmt, folded);
	return text != NULL ? text : "";
}

static int
read_message(struct store_reader *reader, struct store_notice *request, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_NOTICE_MESSAGE);
	int step;

	store_db_bind_int(stmt, 1, (int64_t)request->message_id);
	step = store_db_step(&reader->db, stmt, err);
	if (step < 0)
		return -1;
	if (step == 0)
		return err_set(err, ERR_PERM, 0, "the message is not in the queue any more");
	request->credential_id = (uint64_t)store_db_int(stmt, M_CREDENTIAL_ID);
	request->sender = address_of(request->arena, stmt, M_SENDER_FOLDED, M_SENDER);
	request->header_message_id = text_of(request->arena, stmt, M_MESSAGE_ID);
	request->subject = text_of(request->arena, stmt, M_SUBJECT);
	request->envid = text_of(request->arena, stmt, M_ENVID);
	request->ret = (unsigned char)store_db_int(stmt, M_RET);
	request->smtputf8 = store_db_int(stmt, M_FLAGS) & STORE_FLAG_SMTPUTF8;
	request->expires_unix_ms = store_db_int(stmt, M_EXPIRES);
	request->by_unix_ms = store_db_int(stmt, M_BY);
	store_db_reset(stmt);
	return 0;
}

static struct span
copy_of(struct arena *arena, struct span blob)
{
	return blob.n == 0 ? SPAN_EMPTY : (struct span){ arena_span(arena, blob), blob.n };
}

static void
read_recipient(sqlite3_stmt *stmt, struct arena *arena, struct store_notice_recipient *r)
{
	int64_t enhanced = store_db_int(stmt, R_ENHANCED);

	*r = (struct store_notice_recipient){
		.no = (uint32_t)store_db_int(stmt, R_NO),
		.address = address_of(arena, stmt, R_ADDRESS_FOLDED, R_ADDRESS),
		.domain = text_of(arena, stmt, R_DOMAIN),
		.notify = (unsigned)store_db_int(stmt, R_NOTIFY),
		.orcpt = text_of(arena, stmt, R_ORCPT),
		.notice = (enum mail_notice)store_db_int(stmt, R_NOTICE),
		.attempts = (uint32_t)store_db_int(stmt, R_ATTEMPTS),
		.at_unix_ms = store_db_int(stmt, R_AT),
		.kind = (enum mail_event_kind)store_db_int(stmt, R_KIND),
		.code = (int)store_db_int(stmt, R_CODE),
		.enhanced = { (unsigned char)(enhanced / 1000000),
		              (unsigned short)(enhanced / 1000 % 1000),
		              (unsigned short)(enhanced % 1000) },
		.category = (enum verdict_category)store_db_int(stmt, R_CATEGORY),
		.remote_host = text_of(arena, stmt, R_HOST),
		.remote_address = text_of(arena, stmt, R_REMOTE_ADDRESS),
		.reply = copy_of(arena, store_db_blob(stmt, R_REPLY)),
		.detail = text_of(arena, stmt, R_DETAIL),
	};
	if (r->notice == MAIL_NOTICE_NONE) /* then it is one that waits: see the statement */
		r->notice = MAIL_NOTICE_DELAYED;
}

static int
read_recipients(struct store_reader *reader, struct store_notice *request, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_NOTICE_RECIPIENTS);
	int step;

	request->recipient =
		arena_alloc(request->arena, request->limit * sizeof *request->recipient);
	store_db_bind_int(stmt, 1, (int64_t)request->message_id);
	store_db_bind_int(stmt, 2, request->wants_delayed);
	store_db_bind_int(stmt, 3, request->limit);
	store_db_bind_int(stmt, 4, SMTP_NOTIFY_DELAY);
	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		must(request->recipients < request->limit);
		read_recipient(stmt, request->arena, &request->recipient[request->recipients++]);
	}
	return step;
}

int
store_sqlite_notice(struct store_reader *reader, struct store_notice *request, struct err *err)
{
	store_reader_limit(reader, 60 * 1000, NULL);
	request->recipients = 0;
	if (read_message(reader, request, err) != 0 || read_recipients(reader, request, err) != 0)
		return -1;
	return request->recipients == 0
	               ? 0
	               : store_sqlite_fetch(reader, request->message_id, &request->body, err);
}
