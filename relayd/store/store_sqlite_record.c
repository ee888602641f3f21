/* store_sqlite_record.c - outcomes become rows of the batch under way.
 *
 * The recipient row keeps the last outcome; what it held before goes to event,
 * so the common case (one attempt, delivered) is one UPDATE. A recipient that
 * left the queue is not touched any more, which makes outcomes idempotent.
 * Before the commit, messages without a pending recipient or an owed notice are
 * noted as finished and leave for the log later (store_sqlite_move.c). Store thread. */
#include <assert.h>
#include "store/store_fault.h"
#include "store/store_sqlite_private.h"

/* stored as numbers: these lists may grow at their end only */
static_assert(MAIL_STATUS_QUEUED == 0 && MAIL_STATUS_DELIVERED == 4 && MAIL_STATUS_COMPLAINED == 10,
	      "statuses are stored by number, and 4 is in the day schema");
static_assert(MAIL_EVENT_REJECTED == 0 && MAIL_EVENT_ALERT_CLEARED == 20,
	      "event kinds are stored by number");
static_assert(MAIL_NOTICE_NONE == 0 && MAIL_NOTICE_RELAYED == 3, "notices are stored by number");
static_assert(VERDICT_NONE == 0 && VERDICT_SYSTEM_ERROR == 20, "categories are stored by number");

static int64_t
enhanced_of(struct verdict_status status)
{
	return status.class * 1000000 + status.subject * 1000 + status.detail;
}

static void
bind_reply(sqlite3_stmt *stmt, int place, const struct mail_event *event)
{
	store_db_bind_blob(stmt, place, event->reply.n > 0 ? event->reply.p : NULL, event->reply.n);
	store_db_bind_text(stmt, place + 1, event->detail);
}

static int
add_relay_event(struct store_writer *writer, const struct mail_event *event, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t day = store_day_of_id(event->id);
	int64_t address_id = 0, remote_id;

	if (event->recipient != NULL &&
	    store_sqlite_intern_address(writer, event->recipient, NULL, day, &address_id, err) != 0)
		return -1;
	if (store_sqlite_intern_remote(writer, event, day, &remote_id, err) != 0)
		return -1;
	stmt = store_db_stmt(&writer->db, STORE_SQL_RELAY_EVENT_ADD);
	store_db_bind_int(stmt, 1, (int64_t)event->id);
	store_db_bind_int(stmt, 2, event->at_unix_ms);
	store_db_bind_int(stmt, 3, event->kind);
	if (event->recipient != NULL)
		store_db_bind_int(stmt, 4, address_id);
	else
		store_db_bind_text(stmt, 4, NULL);
	store_db_bind_text(stmt, 5, event->credential);
	store_db_bind_text(stmt, 6, event->sender_domain);
	store_db_bind_int(stmt, 7, event->code);
	store_db_bind_int(stmt, 8, enhanced_of(event->enhanced));
	store_db_bind_int(stmt, 9, event->category);
	store_db_bind_int(stmt, 10, event->is_hard);
	store_db_bind_int(stmt, 11, event->attempt);
	store_db_bind_int(stmt, 12, event->duration_ms);
	store_db_bind_int(stmt, 13, remote_id);
	bind_reply(stmt, 14, event);
	if (store_db_done(&writer->db, stmt, err) != 0)
		return -1;
	store_ids_add(&writer->new_events, event->id, 0);
	return 0;
}

static int
set_recipient(struct store_writer *writer, enum store_sql sql, const struct store_outcome *outcome,
	      int64_t remote_id, struct err *err)
{
	const struct mail_event *event = outcome->event;
	/* who gave up after a restart does not know what the last answer was: the row does */
	bool keeps_reply = event->kind == MAIL_EVENT_EXPIRED && event->code == 0
		           && event->reply.n == 0;
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql);

	store_db_bind_int(stmt, 19, keeps_reply ? MAIL_EVENT_DEFERRED : -1);
	store_db_bind_int(stmt, 1, (int64_t)event->message_id);
	store_db_bind_int(stmt, 2, event->recipient_no);
	store_db_bind_int(stmt, 3, (int64_t)event->id);
	store_db_bind_int(stmt, 4, event->at_unix_ms);
	store_db_bind_int(stmt, 5, event->kind);
	store_db_bind_int(stmt, 6, event->code);
	store_db_bind_int(stmt, 7, enhanced_of(event->enhanced));
	store_db_bind_int(stmt, 8, event->category);
	store_db_bind_int(stmt, 9, event->is_hard);
	store_db_bind_int(stmt, 10, event->attempt);
	store_db_bind_int(stmt, 11, event->duration_ms);
	store_db_bind_int(stmt, 12, remote_id);
	bind_reply(stmt, 13, event);
	store_db_bind_int(stmt, 15, outcome->status);
	store_db_bind_int(stmt, 16, !outcome->is_final);
	store_db_bind_int(stmt, 17, outcome->is_final ? 0 : event->next_attempt_unix_ms);
	store_db_bind_int(stmt, 18, outcome->is_final ? outcome->notice : MAIL_NOTICE_NONE);
	return store_db_done(&writer->db, stmt, err);
}

/* keep_earlier - the outcome that is about to be replaced becomes an event row. */
static int
keep_earlier(struct store_writer *writer, const struct mail_event *event, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_RECIPIENT_KEEP);

	store_db_bind_int(stmt, 1, (int64_t)event->message_id);
	store_db_bind_int(stmt, 2, event->recipient_no);
	store_db_bind_int(stmt, 3, (int64_t)event->id);
	return store_db_done(&writer->db, stmt, err);
}

static int
record_outcome(struct store_writer *writer, struct store_outcome *outcome, struct err *err)
{
	const struct mail_event *event = outcome->event;
	int64_t remote_id;

	if (store_sqlite_intern_remote(writer, event, store_day_of_id(event->message_id),
				       &remote_id, err) != 0 ||
	    set_recipient(writer, STORE_SQL_RECIPIENT_FIRST, outcome, remote_id, err) != 0)
		return -1;
	if (sqlite3_changes(writer->db.sql) == 0 &&
	    (keep_earlier(writer, event, err) != 0 ||
	     set_recipient(writer, STORE_SQL_RECIPIENT_AGAIN, outcome, remote_id, err) != 0))
		return -1;
	if (!outcome->is_final || sqlite3_changes(writer->db.sql) == 0)
		return 0;
	store_ids_add(&writer->touched, event->message_id, 0);
	return store_sqlite_suppress_outcome(writer, outcome, err);
}

int
store_sqlite_record(struct store_writer *writer, struct store_record *request, struct err *err)
{
	for (size_t i = 0; i < request->outcomes; i++) {
		struct store_outcome *outcome = &request->outcome[i];
		struct mail_event *event = outcome->event;

		if (event->id == 0) /* else: this batch is tried again */
			event->id = id_gen_next(&writer->event_ids, event->at_unix_ms);
		if (event->id > writer->largest_id)
			writer->largest_id = event->id;
		if ((event->message_id != 0 ? record_outcome(writer, outcome, err)
					    : add_relay_event(writer, event, err)) != 0)
			return -1;
		STORE_FAULT(record_written);
	}
	return 0;
}

int
store_sqlite_record_find_finished(struct store_writer *writer, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_RECIPIENT_PENDING);
	uint64_t last = 0;

	for (size_t i = 0; i < writer->touched.count; i++) {
		uint64_t id = writer->touched.item[i].id;
		int step;

		if (id == last) /* recipients of one message come in a row */
			continue;
		last = id;
		store_db_bind_int(stmt, 1, (int64_t)id);
		step = store_db_step(&writer->db, stmt, err);
		if (step < 0)
			return -1;
		if (step == 0)
			store_ids_add(&writer->newly_finished, id, 0);
		store_db_reset(stmt);
	}
	return 0;
}
