/* store_sqlite_found.c - the rows of an answer: from ids to what people read.
 *
 * Only the rows that are answered get here, at most a thousand. Interned texts
 * are read from the hot database; one whose message expired a moment ago may be
 * gone and reads as "". Search threads. */
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/store_reader_private.h"

#define EVENTS_MAX 256 /* of one recipient: three days of retries are some 30 */

enum {
	OUTCOME_AT,
	OUTCOME_KIND,
	OUTCOME_CODE,
	OUTCOME_ENHANCED,
	OUTCOME_CATEGORY,
	OUTCOME_IS_HARD,
	OUTCOME_ATTEMPT,
	OUTCOME_DURATION,
	OUTCOME_REMOTE,
	OUTCOME_REPLY,
	OUTCOME_DETAIL
};

static const char *
text_at(struct arena *arena, sqlite3_stmt *stmt, int column)
{
	const char *text = store_db_text(stmt, column);

	return text != NULL ? arena_strdup(arena, text) : "";
}

static const char *
text_or_null(struct arena *arena, sqlite3_stmt *stmt, int column)
{
	const char *text = store_db_text(stmt, column);

	return text != NULL && text[0] != 0 ? arena_strdup(arena, text) : NULL;
}

static struct verdict_status
status_of(int64_t enhanced)
{
	return (struct verdict_status){ (unsigned char)(enhanced / 1000000),
					(unsigned short)(enhanced / 1000 % 1000),
					(unsigned short)(enhanced % 1000) };
}

static int
read_address(struct store_reader *reader, int64_t id, struct arena *arena, const char **text_out,
	     struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ADDRESS_READ);
	int step;

	store_db_bind_int(stmt, 1, id);
	step = store_db_step(&reader->db, stmt, err);
	*text_out = "";
	if (step > 0) {
		*text_out = text_at(arena, stmt, store_db_text(stmt, 1) != NULL ? 1 : 0);
		store_db_reset(stmt);
	}
	return step < 0 ? -1 : 0;
}

static int
read_origin(struct store_reader *reader, int64_t id, struct arena *arena, struct store_found *found,
	    struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ORIGIN_READ);
	const char **text[] = { &found->credential,  &found->from_domain, &found->client_address,
				&found->client_name, &found->tls,	  &found->signature };
	int step;

	store_db_bind_int(stmt, 1, id);
	step = store_db_step(&reader->db, stmt, err);
	for (int i = 0; i < 6; i++)
		*text[i] = step > 0 ? text_at(arena, stmt, i) : "";
	store_db_reset(stmt);
	return step < 0 ? -1 : 0;
}

static int
read_remote(struct store_reader *reader, int64_t id, struct arena *arena, struct mail_event *event,
	    struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_REMOTE_READ);
	const char **text[] = { &event->site,		&event->remote_host, &event->remote_address,
				&event->source_address, &event->tls_version, &event->tls_verified };
	int step;

	if (id == 0)
		return 0;
	store_db_bind_int(stmt, 1, id);
	step = store_db_step(&reader->db, stmt, err);
	for (int i = 0; i < 6 && step > 0; i++)
		*text[i] = text_or_null(arena, stmt, i);
	if (event->tls_version != NULL && strcmp(event->tls_version, "-") == 0)
		event->tls_version = "";
	store_db_reset(stmt);
	return step < 0 ? -1 : 0;
}

/* read_outcome - eleven columns from `first` on, as all tables have them. */
static int
read_outcome(struct store_reader *reader, sqlite3_stmt *stmt, int first, struct arena *arena,
	     struct mail_event *event, struct err *err)
{
	struct span reply = store_db_blob(stmt, first + OUTCOME_REPLY);

	event->at_unix_ms = store_db_int(stmt, first + OUTCOME_AT);
	event->kind = (enum mail_event_kind)store_db_int(stmt, first + OUTCOME_KIND);
	event->code = (int)store_db_int(stmt, first + OUTCOME_CODE);
	event->enhanced = status_of(store_db_int(stmt, first + OUTCOME_ENHANCED));
	event->category = (enum verdict_category)store_db_int(stmt, first + OUTCOME_CATEGORY);
	event->is_hard = store_db_int(stmt, first + OUTCOME_IS_HARD);
	event->attempt = (uint32_t)store_db_int(stmt, first + OUTCOME_ATTEMPT);
	event->duration_ms = store_db_int(stmt, first + OUTCOME_DURATION);
	if (reply.n > 0)
		event->reply = (struct span){ arena_copy(arena, reply.p, reply.n), reply.n };
	event->detail = text_or_null(arena, stmt, first + OUTCOME_DETAIL);
	return read_remote(reader, store_db_int(stmt, first + OUTCOME_REMOTE), arena, event, err);
}

static void
complete_event(struct mail_event *event, const struct store_found *found)
{
	event->message_id = found->id;
	event->recipient_no = found->recipient_no;
	event->recipient = found->recipient;
	event->credential = found->credential;
	event->sender_domain = found->from_domain;
}

static int
read_earlier(struct store_reader *reader, struct store_db *db, struct arena *arena,
	     struct store_found *found, struct mail_event *event, struct err *err)
{
	enum { EVENT_ID = 2, EVENT_OUTCOME = 3, EVENT_NEXT_ATTEMPT = 14 };
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_FIND_EVENTS);
	int step;

	store_db_bind_int(stmt, 1, (int64_t)found->id);
	store_db_bind_int(stmt, 2, found->recipient_no);
	while ((step = store_db_step(db, stmt, err)) > 0 && found->events < EVENTS_MAX) {
		struct mail_event *earlier = &event[found->events];

		*earlier = (struct mail_event){ .id = (uint64_t)store_db_int(stmt, EVENT_ID) };
		if (read_outcome(reader, stmt, EVENT_OUTCOME, arena, earlier, err) != 0)
			break;
		earlier->next_attempt_unix_ms = store_db_int(stmt, EVENT_NEXT_ATTEMPT);
		complete_event(earlier, found);
		found->events++;
	}
	store_db_reset(stmt);
	return step < 0 ? -1 : 0;
}

/* read_events - what the event table has, then the last outcome from the row. */
static int
read_events(struct store_reader *reader, struct store_db *db, sqlite3_stmt *row,
	    struct arena *arena, struct store_found *found, struct err *err)
{
	struct mail_event *event = mem_zero(EVENTS_MAX + 1, sizeof *event);
	uint64_t last_id = (uint64_t)store_db_int(row, FIND_EVENT_ID);
	int result = 0;

	if (last_id != 0) {
		result = read_earlier(reader, db, arena, found, event, err);
		if (result == 0)
			result = read_outcome(reader, row, FIND_AT, arena, &event[found->events],
					      err);
		event[found->events].id = last_id;
		event[found->events].next_attempt_unix_ms = found->next_attempt_unix_ms;
		complete_event(&event[found->events], found);
		found->events++;
		found->event = arena_copy(arena, event, found->events * sizeof *event);
	}
	mem_free(event);
	return result;
}

static const char *
tags_at(struct arena *arena, sqlite3_stmt *stmt, int column)
{
	char *tags = arena_strdup(arena, store_db_text(stmt, column));

	for (char *p = tags; p != NULL && *p != 0; p++)
		if (*p == STORE_TAG_SEPARATOR)
			*p = ',';
	return tags;
}

enum mail_status
store_found_status(sqlite3_stmt *row)
{
	enum mail_status status = (enum mail_status)store_db_int(row, FIND_STATUS);

	if (status == MAIL_STATUS_SCHEDULED
	    && store_db_int(row, FIND_NEXT_ATTEMPT) <= clock_unix_ms())
		return MAIL_STATUS_QUEUED;
	return status;
}

static int
read_found(struct store_reader *reader, struct store_db *db, sqlite3_stmt *row, bool want_events,
	   struct arena *arena, struct store_found *found, struct err *err)
{
	*found = (struct store_found){
		.id = (uint64_t)store_db_int(row, FIND_ID),
		.recipient_no = (uint32_t)store_db_int(row, FIND_NO),
		.recipients = (uint32_t)store_db_int(row, FIND_RECIPIENTS),
		.subject = arena_strdup(arena, store_db_text(row, FIND_SUBJECT)),
		.message_id = text_at(arena, row, FIND_MESSAGE_ID),
		.tags = tags_at(arena, row, FIND_TAGS),
		.size_bytes = (uint64_t)store_db_int(row, FIND_SIZE),
		.status = store_found_status(row),
		.attempts = (uint32_t)store_db_int(row, FIND_ATTEMPTS),
		.next_attempt_unix_ms = store_db_int(row, FIND_NEXT_ATTEMPT),
		.expires_unix_ms = store_db_int(row, FIND_EXPIRES),
	};
	found->accepted_unix_ms = id_unix_ms(found->id);
	if (found->status >= MAIL_STATUS_DELIVERED)
		found->finished_unix_ms = store_db_int(row, FIND_AT);
	if (read_address(reader, store_db_int(row, FIND_ADDRESS), arena, &found->recipient, err) !=
		    0 ||
	    read_address(reader, store_db_int(row, FIND_SENDER), arena, &found->sender, err) != 0 ||
	    read_origin(reader, store_db_int(row, FIND_ORIGIN), arena, found, err) != 0)
		return -1;
	return want_events ? read_events(reader, db, row, arena, found, err) : 0;
}

static int
read_relay_event(struct store_reader *reader, sqlite3_stmt *row, struct arena *arena,
		 struct store_found *found, struct err *err)
{
	struct mail_event *event = arena_zero(arena, sizeof *event);

	event->id = (uint64_t)store_db_int(row, RELAY_EVENT_ID);
	event->at_unix_ms = store_db_int(row, RELAY_EVENT_AT);
	event->kind = (enum mail_event_kind)store_db_int(row, RELAY_EVENT_KIND);
	event->credential = text_or_null(arena, row, RELAY_EVENT_CREDENTIAL);
	event->sender_domain = text_or_null(arena, row, RELAY_EVENT_SENDER_DOMAIN);
	event->code = (int)store_db_int(row, RELAY_EVENT_CODE);
	event->enhanced = status_of(store_db_int(row, RELAY_EVENT_ENHANCED));
	event->category = (enum verdict_category)store_db_int(row, RELAY_EVENT_CATEGORY);
	event->is_hard = store_db_int(row, RELAY_EVENT_IS_HARD);
	event->attempt = (uint32_t)store_db_int(row, RELAY_EVENT_ATTEMPT);
	event->duration_ms = store_db_int(row, RELAY_EVENT_DURATION);
	event->reply = store_db_blob(row, RELAY_EVENT_REPLY);
	event->reply.p = arena_copy(arena, event->reply.n ? event->reply.p : "", event->reply.n);
	event->detail = text_or_null(arena, row, RELAY_EVENT_DETAIL);
	if (read_remote(reader, store_db_int(row, RELAY_EVENT_REMOTE), arena, event, err) != 0 ||
	    read_address(reader, store_db_int(row, RELAY_EVENT_ADDRESS), arena, &event->recipient,
			 err) != 0)
		return -1;
	*found = (struct store_found){
		.recipient = event->recipient,
		.sender = "",
		.message_id = "",
		.credential = event->credential != NULL ? event->credential : "",
		.from_domain = event->sender_domain != NULL ? event->sender_domain : "",
		.client_address = event->remote_address != NULL ? event->remote_address : "",
		.client_name = event->remote_host != NULL ? event->remote_host : "",
		.tls = "",
		.signature = "",
		.status = MAIL_STATUS_REJECTED,
		.accepted_unix_ms = event->at_unix_ms,
		.finished_unix_ms = event->at_unix_ms,
		.event = event,
		.events = 1,
	};
	return 0;
}

static int
load_from(struct store_reader *reader, struct store_db *db, const struct store_candidate *candidate,
	  bool want_events, struct arena *arena, struct store_found *found_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, candidate->is_event ? STORE_SQL_RELAY_EVENT_READ
								   : STORE_SQL_FIND_ONE);
	int step, result;

	store_db_bind_int(stmt, 1, (int64_t)candidate->id);
	if (!candidate->is_event)
		store_db_bind_int(stmt, 2, candidate->no);
	step = store_db_step(db, stmt, err);
	if (step <= 0)
		return step;
	result = candidate->is_event
			 ? read_relay_event(reader, stmt, arena, found_out, err)
			 : read_found(reader, db, stmt, want_events, arena, found_out, err);
	store_db_reset(stmt);
	return result == 0 ? 1 : -1;
}

int
store_found_load(struct store_reader *reader, const struct store_candidate *candidate,
		 bool want_events, struct arena *arena, struct store_found *found_out,
		 struct err *err)
{
	struct store_db *day;
	int loaded = 0;

	if (candidate->in_hot)
		loaded = load_from(reader, &reader->db, candidate, want_events, arena, found_out,
				   err);
	if (loaded != 0)
		return loaded;
	/* in the log, where it may have moved while we looked */
	day = store_reader_day_open(reader, store_day_of_id(candidate->id), err);
	return day == NULL ? 0
			   : load_from(reader, day, candidate, want_events, arena, found_out, err);
}
