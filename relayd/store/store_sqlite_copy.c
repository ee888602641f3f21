/* store_sqlite_copy.c - one finished message, or relay event, from the hot file into its
 * day's: rows as they are, its tags one by one, its texts by columns (store_sqlite_text.c).
 *
 * What is there already, since the process ended between copying and deleting, is left
 * alone. Which, when, and in what transaction is store_sqlite_move.c's. Store thread. */
#include "base/mem.h"
#include "store/store_sqlite_private.h"

static int
insert_row(struct store_db *to, enum store_sql add, sqlite3_stmt *row, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(to, add);
	int columns = stmt != NULL ? sqlite3_bind_parameter_count(stmt) : 0;

	for (int i = 0; i < columns; i++)
		sqlite3_bind_value(stmt, i + 1, sqlite3_column_value(row, i));
	return store_db_done(to, stmt, err);
}

/* copy_rows - all rows the statement `read` gives for this id. */
static enum store_copied
copy_rows(struct store_db *from, enum store_sql read, uint64_t id, struct store_db *to,
	  enum store_sql add, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(from, read);
	int step;

	store_db_bind_int(stmt, 1, (int64_t)id);
	while ((step = store_db_step(from, stmt, err)) > 0) {
		if (insert_row(to, add, stmt, err) != 0) {
			store_db_reset(stmt);
			return STORE_COPY_LOG_FAILED;
		}
	}
	return step == 0 ? STORE_COPY_DONE : STORE_COPY_HOT_FAILED;
}

static int
copy_tags(struct store_db *to, uint64_t id, const char *tags, struct err *err)
{
	struct span rest = span_of(tags);

	while (rest.n > 0) {
		sqlite3_stmt *stmt = store_db_stmt(to, STORE_SQL_DAY_TAG_ADD);

		store_db_bind_span(stmt, 1, span_cut(rest, STORE_TAG_SEPARATOR, &rest));
		store_db_bind_int(stmt, 2, (int64_t)id);
		if (store_db_done(to, stmt, err) != 0)
			return -1;
	}
	return 0;
}

enum { /* columns of MESSAGE_READ */
	MESSAGE_ORIGIN = 1,
	MESSAGE_SENDER = 2,
	MESSAGE_MESSAGE_ID = 4,
	MESSAGE_SUBJECT = 6,
	MESSAGE_TAGS = 7,
	MESSAGE_SPOOL_ID = 14
};

/* copy_text - what is searched of it, with the addresses its recipients had. */
static int
copy_text(struct store_writer *writer, struct store_move_day *to, uint64_t id, sqlite3_stmt *row,
	  struct err *err)
{
	const struct store_text_row text = {
		.id = id,
		.origin_id = store_db_int(row, MESSAGE_ORIGIN),
		.sender_id = store_db_int(row, MESSAGE_SENDER),
		.address = writer->move.address,
		.addresses = writer->move.addresses,
		.subject = store_db_text(row, MESSAGE_SUBJECT),
		.tags = store_db_text(row, MESSAGE_TAGS),
		.message_id = store_db_text(row, MESSAGE_MESSAGE_ID),
	};

	return store_sqlite_text_add(&to->text, &to->db, &text, err);
}

static enum store_copied
copy_message_row(struct store_writer *writer, uint64_t id, struct store_move_day *to,
		 uint64_t *spool_id_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_MESSAGE_READ);
	enum store_copied result = STORE_COPY_DONE;
	int step;

	*spool_id_out = 0;
	store_db_bind_int(stmt, 1, (int64_t)id);
	step = store_db_step(&writer->db, stmt, err);
	if (step < 0)
		return STORE_COPY_HOT_FAILED;
	if (step == 0)
		return STORE_COPY_DONE; /* gone already: dropping it again does no harm */
	*spool_id_out = (uint64_t)store_db_int(stmt, MESSAGE_SPOOL_ID);
	if (insert_row(&to->db, STORE_SQL_DAY_MESSAGE_ADD, stmt, err) != 0 ||
	    copy_tags(&to->db, id, store_db_text(stmt, MESSAGE_TAGS), err) != 0 ||
	    copy_text(writer, to, id, stmt, err) != 0)
		result = STORE_COPY_LOG_FAILED;
	store_db_reset(stmt);
	return result;
}

/* copy_recipients - and remember their addresses, for copy_text. */
static enum store_copied
copy_recipients(struct store_writer *writer, uint64_t id, struct store_db *to, struct err *err)
{
	enum { ADDRESS = 2 }; /* column of RECIPIENT_READ */
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_RECIPIENT_READ);
	struct store_move *move = &writer->move;
	int step;

	move->addresses = 0;
	store_db_bind_int(stmt, 1, (int64_t)id);
	while ((step = store_db_step(&writer->db, stmt, err)) > 0) {
		if (move->addresses == move->address_cap) {
			move->address_cap = move->address_cap * 2 + 16;
			move->address = mem_resize(move->address,
						   move->address_cap * sizeof *move->address);
		}
		move->address[move->addresses++] = store_db_int(stmt, ADDRESS);
		if (insert_row(to, STORE_SQL_DAY_RECIPIENT_ADD, stmt, err) != 0) {
			store_db_reset(stmt);
			return STORE_COPY_LOG_FAILED;
		}
	}
	return step == 0 ? STORE_COPY_DONE : STORE_COPY_HOT_FAILED;
}

enum store_copied
store_sqlite_copy_message(struct store_writer *writer, uint64_t id,
				struct store_move_day *to, struct err *err)
{
	enum store_copied result;
	uint64_t spool_id;

	result = copy_recipients(writer, id, &to->db, err);
	if (result == STORE_COPY_DONE)
		result = copy_rows(&writer->db, STORE_SQL_EVENT_READ, id, &to->db,
				   STORE_SQL_DAY_EVENT_ADD, err);
	if (result == STORE_COPY_DONE)
		result = copy_message_row(writer, id, to, &spool_id, err);
	if (result == STORE_COPY_DONE)
		store_ids_add(&writer->move.message.copied, id, spool_id);
	return result;
}

enum store_copied
store_sqlite_copy_event(struct store_writer *writer, uint64_t id,
				struct store_move_day *to, struct err *err)
{
	enum store_copied result = copy_rows(&writer->db, STORE_SQL_RELAY_EVENT_READ, id, &to->db,
				       STORE_SQL_DAY_RELAY_EVENT_ADD, err);

	if (result == STORE_COPY_DONE)
		store_ids_add(&writer->move.event.copied, id, 0);
	return result;
}
