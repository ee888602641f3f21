/* store_sqlite_address.c - texts of addresses, 1024 in one row, for searching.
 *
 * Addresses get ascending ids, so a block is made when the first id after it is given, by
 * the batch that gives it; what came before there were blocks is made up for a block with
 * each batch, and more when nobody waits. Blocks have no holes: from `next` on, readers take
 * the rows. An address that expires leaves its block in the same transaction. Ids at the
 * end may then be given again; a block may have none of those. Store thread, in a batch. */
#include "base/mem.h"
#include "store/store_sqlite_private.h"

#define FILL_BLOCKS 16 /* of one transaction while nobody waits: some 10 ms */

void
store_sqlite_address_forget(struct store_writer *writer)
{
	writer->address_log = (struct store_address_log){ -1, -1 };
}

static int
read_number(struct store_writer *writer, enum store_sql sql, int64_t *number_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, sql);

	if (store_db_step(&writer->db, stmt, err) < 0)
		return -1;
	*number_out = store_db_int(stmt, 0);
	store_db_reset(stmt);
	return 0;
}

static int
know(struct store_writer *writer, struct err *err)
{
	struct store_address_log *log = &writer->address_log;

	if (log->next < 0 &&
	    read_number(writer, STORE_SQL_ADDRESS_BLOCK_NEXT, &log->next, err) != 0)
		return -1;
	if (log->largest < 0 &&
	    read_number(writer, STORE_SQL_ADDRESS_LARGEST, &log->largest, err) != 0)
		return -1;
	return 0;
}

static bool
is_whole(const struct store_address_log *log, int64_t no)
{
	return (no + 1) * STORE_ADDRESS_BLOCK <= log->largest;
}

static int
put_block(struct store_writer *writer, int64_t no, struct span text, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_BLOCK_PUT);
	size_t bytes;
	unsigned char *grams = store_grams_new(&text, 1, &bytes);
	int done;

	store_db_bind_int(stmt, 1, no);
	store_db_bind_blob(stmt, 2, grams, bytes);
	store_db_bind_blob(stmt, 3, text.p, text.n);
	done = store_db_done(&writer->db, stmt, err);
	mem_free(grams);
	return done;
}

/* make_block - of the rows as they are. */
static int
make_block(struct store_writer *writer, int64_t no, struct err *err)
{
	struct store_address_lines lines;
	sqlite3_stmt *stmt;
	int done;

	store_address_lines_init(&lines, no);
	stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_RANGE);
	store_db_bind_int(stmt, 1, no * STORE_ADDRESS_BLOCK);
	store_db_bind_int(stmt, 2, (no + 1) * STORE_ADDRESS_BLOCK);
	while ((done = store_db_step(&writer->db, stmt, err)) > 0)
		store_address_lines_add(&lines, store_db_int(stmt, 0), store_db_text(stmt, 1));
	if (done == 0)
		done = put_block(writer, no, buf_span(&lines.text), err);
	buf_deinit(&lines.text);
	return done;
}

int
store_sqlite_address_grow(struct store_writer *writer, int most, struct err *err)
{
	struct store_address_log *log = &writer->address_log;

	if (know(writer, err) != 0)
		return -1;
	for (int i = 0; i < most && is_whole(log, log->next); i++, log->next++)
		if (make_block(writer, log->next, err) != 0)
			return -1;
	return 0;
}

int
store_sqlite_address_shrink(struct store_writer *writer, int64_t from_id, int64_t below_id,
			    struct err *err)
{
	struct store_address_log *log = &writer->address_log;
	sqlite3_stmt *stmt;

	log->largest = -1;
	if (know(writer, err) != 0)
		return -1;
	if (log->next > 0 && !is_whole(log, log->next - 1)) {
		log->next = log->largest / STORE_ADDRESS_BLOCK;
		stmt = store_db_stmt(&writer->db, STORE_SQL_ADDRESS_BLOCK_DROP);
		store_db_bind_int(stmt, 1, log->next);
		if (store_db_done(&writer->db, stmt, err) != 0)
			return -1;
	}
	for (int64_t no = from_id / STORE_ADDRESS_BLOCK;
	     no * STORE_ADDRESS_BLOCK < below_id && no < log->next; no++)
		if (make_block(writer, no, err) != 0)
			return -1;
	return 0;
}

int
store_sqlite_address_fill(struct store_writer *writer, struct err *err)
{
	struct store_address_log *log = &writer->address_log;

	if (know(writer, err) != 0)
		return -1;
	if (!is_whole(log, log->next))
		return 0;
	if (store_sqlite_begin(writer, err) != 0 ||
	    store_sqlite_address_grow(writer, FILL_BLOCKS, err) != 0 ||
	    store_sqlite_commit(writer, err) != 0)
		return -1;
	return 1;
}
