/* store_sqlite_accept.c - stage 4: a message becomes rows of the batch under way.
 *
 * Store thread. The message row goes first: an id that is there already fails
 * that statement alone and leaves nothing behind. Everything bound is borrowed
 * from the request, which outlives the batch. */
#include <string.h>
#include "base/must.h"
#include "store/store_fault.h"
#include "store/store_sqlite_private.h"

int64_t
store_hash(const char *text)
{
	return (int64_t)span_hash(span_of(text));
}

static struct span
join_tags(struct buf *buf, const struct mail_message *message)
{
	const char separator = STORE_TAG_SEPARATOR;

	buf_clear(buf);
	for (size_t i = 0; i < message->tags; i++) {
		if (i > 0)
			must(buf_append(buf, &separator, 1) == 0);
		must(buf_append_text(buf, message->tag[i]) == 0);
	}
	return message->tags > 0 ? buf_span(buf) : SPAN_EMPTY;
}

static int
flags_of(const struct mail_message *message)
{
	return (message->smtputf8 ? STORE_FLAG_SMTPUTF8 : 0) |
	       (message->is_bulk ? STORE_FLAG_BULK : 0) |
	       (message->body->head_8bit ? STORE_FLAG_HEAD_8BIT : 0) |
	       (message->body->text_8bit ? STORE_FLAG_TEXT_8BIT : 0);
}

static int
add_message(struct store_writer *writer, const struct mail_message *message, int64_t origin_id,
	    int64_t sender_id, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_MESSAGE_ADD);
	const char *message_id = message->message_id != NULL ? message->message_id : "";
	bool is_same =
		message->return_path == NULL || strcmp(message->return_path, message->sender) == 0;

	store_db_bind_int(stmt, 1, (int64_t)message->id);
	store_db_bind_int(stmt, 2, origin_id);
	store_db_bind_int(stmt, 3, sender_id);
	store_db_bind_text(stmt, 4, is_same ? NULL : message->return_path);
	store_db_bind_text(stmt, 5, message_id);
	store_db_bind_int(stmt, 6, store_hash(message_id));
	store_db_bind_text(stmt, 7, writer->log_subject ? message->subject : NULL);
	store_db_bind_span(stmt, 8, join_tags(&writer->key, message));
	store_db_bind_text(stmt, 9, message->envid);
	store_db_bind_int(stmt, 10, message->ret);
	store_db_bind_int(stmt, 11, flags_of(message));
	store_db_bind_int(stmt, 12, (int64_t)message->size_bytes);
	store_db_bind_int(stmt, 13, (int64_t)message->recipients);
	store_db_bind_int(stmt, 14, message->expires_unix_ms);
	store_db_bind_int(stmt, 15, 0); /* instance: SQLite serves one */
	store_db_bind_int(stmt, 16, writer->node);
	store_db_bind_int(stmt, 17, (int64_t)message->body->spool_id);
	store_db_bind_int(stmt, 18, message->release_unix_ms);
	store_db_bind_int(stmt, 19, message->by_unix_ms);
	store_db_bind_int(stmt, 20, message->by);
	return store_db_done(&writer->db, stmt, err);
}

static int
add_body(struct store_writer *writer, const struct mail_message *message, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_BODY_ADD);
	const struct mail_body *body = message->body;

	store_db_bind_int(stmt, 1, (int64_t)message->id);
	store_db_bind_int(stmt, 2, (int64_t)body->text_bytes);
	store_db_bind_blob(stmt, 3, body->head_bytes > 0 ? body->head : "", body->head_bytes);
	if (body->spool_id != 0)
		store_db_bind_blob(stmt, 4, NULL, 0);
	else
		store_db_bind_blob(stmt, 4, body->text_bytes > 0 ? body->text : "",
				   body->text_bytes);
	return store_db_done(&writer->db, stmt, err);
}

static int
add_recipient(struct store_writer *writer, const struct mail_message *message, size_t no,
	      int64_t day, struct err *err)
{
	const struct mail_recipient *recipient = &message->recipient[no];
	sqlite3_stmt *stmt;
	int64_t address_id;

	if (store_sqlite_intern_address(writer, recipient->address, recipient->domain, day,
					&address_id, err) != 0)
		return -1;
	stmt = store_db_stmt(&writer->db, STORE_SQL_RECIPIENT_ADD);
	store_db_bind_int(stmt, 1, (int64_t)message->id);
	store_db_bind_int(stmt, 2, (int64_t)no);
	store_db_bind_int(stmt, 3, address_id);
	store_db_bind_int(stmt, 4, recipient->notify);
	store_db_bind_text(stmt, 5, recipient->orcpt);
	store_db_bind_int(stmt, 6, message->release_unix_ms > 0 ? MAIL_STATUS_SCHEDULED
								: MAIL_STATUS_QUEUED);
	store_db_bind_int(stmt, 7, message->release_unix_ms);
	return store_db_done(&writer->db, stmt, err);
}

/* add_use - one row per credential; what it used is stored or lost with the message. */
static int
add_use(struct store_writer *writer, const struct store_accept *request, struct err *err)
{
	const struct store_use *used = &request->used;
	sqlite3_stmt *stmt;

	if (used->day_used == 0 && used->month_used == 0)
		return 0;
	stmt = store_db_stmt(&writer->db, STORE_SQL_CREDENTIAL_USE);
	store_db_bind_int(stmt, 1, (int64_t)request->message->credential_id);
	store_db_bind_int(stmt, 2, used->day);
	store_db_bind_int(stmt, 3, used->day_used);
	store_db_bind_int(stmt, 4, used->month);
	store_db_bind_int(stmt, 5, used->month_used);
	return store_db_done(&writer->db, stmt, err);
}

/* tell_alerts - those of the mail before stayed to say when it was. */
static int
tell_alerts(struct store_writer *writer, const struct store_alerts_told *told, struct err *err)
{
	sqlite3_stmt *stmt;

	if (told->no == 0)
		return 0;
	if (store_db_run(&writer->db, STORE_SQL_ALERT_MAILED_DROP, err) != 0)
		return -1;
	stmt = store_db_stmt(&writer->db, STORE_SQL_ALERT_MAILED);
	store_db_bind_int(stmt, 1, (int64_t)told->no);
	store_db_bind_int(stmt, 2, told->at_unix_ms);
	return store_db_done(&writer->db, stmt, err);
}

/* undo - a later row was refused: take the earlier ones back, so that the item
 * leaves nothing. Cheaper than a savepoint for every message, which copies pages. */
static void
undo(struct store_writer *writer, uint64_t id)
{
	static const enum store_sql drop[] = { STORE_SQL_RECIPIENT_DROP, STORE_SQL_BODY_DROP,
					       STORE_SQL_MESSAGE_DROP };

	for (size_t i = 0; i < sizeof drop / sizeof drop[0]; i++) {
		sqlite3_stmt *stmt = store_db_stmt(&writer->db, drop[i]);

		store_db_bind_int(stmt, 1, (int64_t)id);
		store_db_done(&writer->db, stmt, NULL);
	}
}

int
store_sqlite_accept(struct store_writer *writer, const struct store_accept *request,
		    struct err *err)
{
	const struct mail_message *message = request->message;
	int64_t day = store_day_of_id(message->id);
	int64_t origin_id, sender_id;

	if (store_sqlite_intern_origin(writer, message, request->secret_id, day, &origin_id, err) !=
		    0 ||
	    store_sqlite_intern_address(writer, message->sender, NULL, day, &sender_id, err) != 0 ||
	    add_message(writer, message, origin_id, sender_id, err) != 0)
		return -1;
	STORE_FAULT(accept_written);
	if (add_body(writer, message, err) != 0)
		goto refused;
	for (size_t no = 0; no < message->recipients; no++)
		if (add_recipient(writer, message, no, day, err) != 0)
			goto refused;
	if (store_sqlite_notice_tell(writer, &request->told, err) != 0 ||
	    tell_alerts(writer, &request->alerts_told, err) != 0 ||
	    add_use(writer, request, err) != 0) /* last: undo knows nothing of it */
		goto refused;
	if (message->id > writer->largest_id)
		writer->largest_id = message->id;
	return 0;
refused:
	undo(writer, message->id);
	return -1;
}
