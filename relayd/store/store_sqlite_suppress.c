/* store_sqlite_suppress.c - addresses that get no mail: written in the transaction
 * of the outcome that was the reason, or by an operator; listed a page at a time.
 *
 * A complaint or an unsubscribe takes the place of any other reason, and nothing takes
 * theirs: that somebody removes the hard bounces of an incident must not free who
 * complained. An entry without an end is not weakened by one with an end. A full mailbox
 * counts once for each message that was given up on, and not at all once something got
 * through, or after a silence as long as such an entry lasts. Writing: store thread.
 * Listing: a search thread. */
#include "smtp/smtp_address.h"
#include "store/store_reader_private.h"

#define LIST_MAX 1000
#define INDEX_MOST 1000000000ull   /* ids: 125 MB of bits */

/* columns of STORE_SQL_SUPPRESSION_*LIST and _LOAD */
enum { S_ID, S_ADDRESS, S_SCOPE, S_REASON, S_SINCE, S_UNTIL, S_BY, S_DETAIL, S_MESSAGE, S_SITE,
	S_CODE, S_ENHANCED, S_CATEGORY, S_REPLY };

/* ---- writing ---------------------------------------------------------------------- */

sqlite3_stmt *
store_sqlite_put_suppression(struct store_db *db, const struct store_change *change)
{
	const struct store_suppression *row = &change->row.suppression;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SUPPRESSION_PUT);
	struct verdict_status e = row->enhanced;

	store_db_bind_text(stmt, 1, row->address);
	store_db_bind_text(stmt, 2, store_or_empty(row->scope));
	store_db_bind_int(stmt, 3, row->reason);
	store_db_bind_int(stmt, 4, row->since_unix_ms);
	store_db_bind_int(stmt, 5, row->until_unix_ms);
	store_db_bind_text(stmt, 6, store_or_empty(row->by));
	store_db_bind_text(stmt, 7, store_or_empty(row->detail));
	store_db_bind_int(stmt, 8, (int64_t)row->message_id);
	store_db_bind_text(stmt, 9, store_or_empty(row->site));
	store_db_bind_int(stmt, 10, row->code);
	store_db_bind_int(stmt, 11, e.class * 1000000 + e.subject * 1000 + e.detail);
	store_db_bind_int(stmt, 12, row->category);
	store_db_bind_blob(stmt, 13, row->reply.n > 0 ? row->reply.p : NULL, row->reply.n);
	return stmt;
}

sqlite3_stmt *
store_sqlite_delete_suppression(struct store_db *db, const struct store_change *change)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SUPPRESSION_DELETE);

	store_db_bind_int(stmt, 1, (int64_t)change->row.suppression.id);
	return stmt;
}

static int
suppress(struct store_writer *writer, struct store_outcome *outcome, const char *key,
         enum mail_suppression reason, int64_t until_unix_ms, struct err *err)
{
	const struct mail_event *event = outcome->event;
	struct store_change change = { .kind = STORE_PUT_SUPPRESSION };

	change.row.suppression = (struct store_suppression){
		.address = key, .reason = reason, .since_unix_ms = event->at_unix_ms,
		.until_unix_ms = until_unix_ms, .message_id = event->message_id,
		.site = event->site, .code = event->code, .enhanced = event->enhanced,
		.category = event->category, .reply = event->reply };
	if (store_db_done(&writer->db, store_sqlite_put_suppression(&writer->db, &change),
	                  err) != 0)
		return -1;
	outcome->is_suppressing = sqlite3_changes(writer->db.sql) > 0;
	outcome->suppression = reason;
	outcome->suppressed_until_unix_ms = until_unix_ms;
	return 0;
}

static int
forget_full(struct store_writer *writer, const char *key, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_SOFT_FAILURE_DROP);

	store_db_bind_text(stmt, 1, key);
	return store_db_done(&writer->db, stmt, err);
}

/* count_full - one message more was given up on because the mailbox is full. */
static int
count_full(struct store_writer *writer, struct store_outcome *outcome, const char *key,
           struct err *err)
{
	const struct store_options *o = &writer->limits;
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_SOFT_FAILURE_ADD);
	int64_t now = outcome->event->at_unix_ms, first = now, count = 0;
	int step;

	store_db_bind_text(stmt, 1, key);
	store_db_bind_int(stmt, 2, now);
	store_db_bind_int(stmt, 3, now - o->mailbox_full_for_ms);
	if (store_db_done(&writer->db, stmt, err) != 0)
		return -1;
	writer->has_soft_failures = true;
	stmt = store_db_stmt(&writer->db, STORE_SQL_SOFT_FAILURE_READ);
	store_db_bind_text(stmt, 1, key);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0) {
		first = store_db_int(stmt, 0);
		count = store_db_int(stmt, 1);
	}
	if (step < 0)
		return -1;
	if (count < o->mailbox_full_count || now - first < o->mailbox_full_span_ms)
		return 0;
	if (forget_full(writer, key, err) < 0) /* when it ends, the count begins anew */
		return -1;
	return suppress(writer, outcome, key, MAIL_SUPPRESSION_MAILBOX_FULL,
	                now + o->mailbox_full_for_ms, err);
}

int
store_sqlite_suppress_outcome(struct store_writer *writer, struct store_outcome *outcome,
                              struct err *err)
{
	const struct mail_event *event = outcome->event;
	bool is_over = event->kind == MAIL_EVENT_BOUNCED || event->kind == MAIL_EVENT_EXPIRED;
	bool is_hard = event->kind == MAIL_EVENT_BOUNCED && event->is_hard;
	bool is_full = is_over && event->category == VERDICT_MAILBOX_FULL;
	bool is_cleared = event->kind == MAIL_EVENT_DELIVERED && writer->has_soft_failures;
	char key[SMTP_ADDRESS_KEY_SIZE];
	struct err unused;

	outcome->is_suppressing = false;
	if (!is_hard && !is_full && !is_cleared)
		return 0;
	if (event->recipient == NULL ||
	    smtp_address_key(span_of(event->recipient), key, &unused) < 0)
		return 0;
	if (is_hard)
		return suppress(writer, outcome, key, MAIL_SUPPRESSION_HARD_BOUNCE, 0, err);
	return is_full ? count_full(writer, outcome, key, err) : forget_full(writer, key, err);
}

/* ---- reading ------------------------------------------------------------------------ */

/* Texts borrow from the statement's row. */
static struct store_suppression
read_row(sqlite3_stmt *stmt)
{
	int64_t enhanced = store_db_int(stmt, S_ENHANCED);

	return (struct store_suppression){
		.id = (uint64_t)store_db_int(stmt, S_ID),
		.address = store_db_text(stmt, S_ADDRESS),
		.scope = store_db_text(stmt, S_SCOPE),
		.reason = (enum mail_suppression)store_db_int(stmt, S_REASON),
		.since_unix_ms = store_db_int(stmt, S_SINCE),
		.until_unix_ms = store_db_int(stmt, S_UNTIL),
		.by = store_db_text(stmt, S_BY),
		.detail = store_db_text(stmt, S_DETAIL),
		.message_id = (uint64_t)store_db_int(stmt, S_MESSAGE),
		.site = store_db_text(stmt, S_SITE),
		.code = (int)store_db_int(stmt, S_CODE),
		.enhanced = { (unsigned char)(enhanced / 1000000),
			      (unsigned short)(enhanced / 1000 % 1000),
			      (unsigned short)(enhanced % 1000) },
		.category = (enum verdict_category)store_db_int(stmt, S_CATEGORY),
		.reply = store_db_blob(stmt, S_REPLY),
	};
}

int
store_sqlite_load_suppressions(struct store_writer *writer, store_suppression_fn fn, void *arg,
                               struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_SUPPRESSION_LOAD);
	int step;

	while ((step = store_db_step(&writer->db, stmt, err)) > 0) {
		struct store_suppression row = read_row(stmt);

		fn(&row, arg);
	}
	if (step == 0) {
		stmt = store_db_stmt(&writer->db, STORE_SQL_SOFT_FAILURE_ANY);
		while ((step = store_db_step(&writer->db, stmt, err)) > 0)
			writer->has_soft_failures = true;
	}
	return step;
}

static struct store_suppression
copy_row(struct arena *arena, const struct store_suppression *from)
{
	struct store_suppression row = *from;

	row.address = arena_strdup(arena, from->address);
	row.scope = arena_strdup(arena, from->scope);
	row.by = arena_strdup(arena, from->by);
	row.detail = arena_strdup(arena, from->detail);
	row.site = arena_strdup(arena, from->site);
	row.reply.p = arena_span(arena, from->reply);
	return row;
}

/* bind_conditions - ?3 to ?9 of a list's or an index's statement. */
static void
bind_conditions(sqlite3_stmt *stmt, const struct store_suppression_list *want)
{
	store_db_bind_int(stmt, 3, want->reason);
	store_db_bind_int(stmt, 4, want->since_unix_ms);
	store_db_bind_int(stmt, 5, want->until_unix_ms ? want->until_unix_ms : INT64_MAX);
	store_db_bind_text(stmt, 6, want->scope);
	store_db_bind_text(stmt, 7, want->site);
	store_db_bind_text(stmt, 8, want->address ? want->address : want->domain);
	store_db_bind_text(stmt, 9, want->address ? want->everybody : want->text);
}

static sqlite3_stmt *
bind_list(struct store_reader *reader, const struct store_suppression_list *request, size_t limit)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, request->address
	                                                        ? STORE_SQL_SUPPRESSION_FIND
	                                                        : STORE_SQL_SUPPRESSION_LIST);

	store_db_bind_int(stmt, 1, request->before_id ? (int64_t)request->before_id : INT64_MAX);
	store_db_bind_int(stmt, 2, (int64_t)limit);
	bind_conditions(stmt, request);
	return stmt;
}

/* take_rows - of stmt, as far as there is room. */
static int
take_rows(struct store_reader *reader, sqlite3_stmt *stmt, struct store_suppression_list *request,
          size_t limit, struct err *err)
{
	int step;

	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		struct store_suppression row = read_row(stmt);

		if (request->count < limit)
			request->row[request->count++] = copy_row(request->arena, &row);
	}
	return step;
}

int
store_sqlite_suppression_list(struct store_reader *reader, struct store_suppression_list *request,
                              struct err *err)
{
	size_t limit = request->limit && request->limit < LIST_MAX ? request->limit : LIST_MAX;

	store_reader_limit(reader, 0, NULL);
	request->row = arena_alloc(request->arena, limit * sizeof *request->row);
	request->count = 0;
	if (!request->id)
		return take_rows(reader, bind_list(reader, request, limit), request, limit, err);
	for (size_t i = 0; i < limit && i < request->limit; i++) {
		sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_SUPPRESSION_READ);

		store_db_bind_int(stmt, 1, (int64_t)request->id[i]);
		if (take_rows(reader, stmt, request, limit, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- which there are ------------------------------------------------------------------ */

/* is_address_only - nothing is asked that the index on addresses does not know. */
static bool
is_address_only(const struct store_suppression_index *request)
{
	const struct store_suppression_list *want = &request->want;

	return request->after_id == 0 && want->reason < 0 && want->since_unix_ms == 0
	       && want->until_unix_ms == 0 && want->site == NULL;
}

static int
read_last(struct store_reader *reader, uint64_t *last_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_SUPPRESSION_LAST);
	int step;

	*last_out = 0;
	while ((step = store_db_step(&reader->db, stmt, err)) > 0)
		*last_out = (uint64_t)store_db_int(stmt, 0);
	return step;
}

int
store_sqlite_suppression_index(struct store_reader *reader,
                               struct store_suppression_index *request, struct err *err)
{
	sqlite3_stmt *stmt;
	int step;

	store_reader_limit(reader, 0, NULL);
	/* before the rows: what comes in between is found again by who asks after it */
	if (read_last(reader, &request->last_id, err) < 0)
		return -1;
	if (request->last_id > INDEX_MOST)
		return err_set(err, ERR_LIMIT, 0, "the suppression list has ids above %llu",
		               INDEX_MOST);
	request->words = (size_t)(request->last_id / 64) + 1;
	request->bits = arena_zero(request->arena, request->words * sizeof *request->bits);
	request->count = 0;
	stmt = store_db_stmt(&reader->db, is_address_only(request)
	                                          ? STORE_SQL_SUPPRESSION_ADDRESSES
	                                          : STORE_SQL_SUPPRESSION_IDS);
	if (!is_address_only(request))
		store_db_bind_int(stmt, 1, (int64_t)request->after_id);
	bind_conditions(stmt, &request->want);
	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		uint64_t id = (uint64_t)store_db_int(stmt, 0);

		if (id > request->last_id)
			continue;
		request->bits[id / 64] |= (uint64_t)1 << id % 64;
		request->count++;
	}
	return step;
}
