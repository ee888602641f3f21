/* store_address_block.c - see the header. The walk needs no snapshot over all of it: a block
 * made meanwhile has its rows still, one that is gone named nobody who has mail. */
#include "store/store_address_block.h"

#include "base/must.h"
#include "store/store_reader_private.h"

#define LINES_MAX_BYTES (1024 * 1024) /* an address is at most some 320 */

void
store_address_lines_init(struct store_address_lines *lines, int64_t no)
{
	lines->next_id = no * STORE_ADDRESS_BLOCK;
	buf_init(&lines->text, LINES_MAX_BYTES);
}

void
store_address_lines_add(struct store_address_lines *lines, int64_t id, const char *folded)
{
	size_t empty = (size_t)(id - lines->next_id), n = strlen(folded);
	char *p = buf_reserve(&lines->text, empty + n + 1);

	must(p != NULL); /* addresses were capped by the command parser */
	memset(p, '\n', empty);
	store_fold(folded, n, p + empty);
	p[empty + n] = '\n';
	buf_commit(&lines->text, empty + n + 1);
	lines->next_id = id + 1;
}

/* walk_rest - addresses that are in no block yet. */
static int
walk_rest(struct store_reader *reader, int64_t no, store_address_fn fn, void *arg, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ADDRESS_RANGE);
	struct store_address_lines lines;
	int step;

	store_address_lines_init(&lines, no);
	store_db_bind_int(stmt, 1, no * STORE_ADDRESS_BLOCK);
	store_db_bind_int(stmt, 2, INT64_MAX);
	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		int64_t id = store_db_int(stmt, 0);

		if (id / STORE_ADDRESS_BLOCK != no) {
			fn(arg, no * STORE_ADDRESS_BLOCK, buf_span(&lines.text));
			no = id / STORE_ADDRESS_BLOCK;
			buf_clear(&lines.text);
			lines.next_id = no * STORE_ADDRESS_BLOCK;
		}
		store_address_lines_add(&lines, id, store_db_text(stmt, 1));
	}
	if (step == 0)
		fn(arg, no * STORE_ADDRESS_BLOCK, buf_span(&lines.text));
	buf_deinit(&lines.text);
	return step;
}

static bool
may_have_any(struct span grams, const struct store_needle *needle, size_t needles)
{
	for (size_t i = 0; i < needles; i++)
		if (store_grams_may_have(grams, &needle[i]))
			return true;
	return false;
}

/* give_text - of a block whose grams alone were read: a step reads all columns it names. */
static int
give_text(struct store_reader *reader, int64_t no, store_address_fn fn, void *arg, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ADDRESS_BLOCK_TEXT);
	int step;

	store_db_bind_int(stmt, 1, no);
	step = store_db_step(&reader->db, stmt, err);
	if (step > 0)
		fn(arg, no * STORE_ADDRESS_BLOCK, store_db_blob(stmt, 0));
	store_db_reset(stmt);
	return step < 0 ? -1 : 0;
}

int
store_address_walk(struct store_reader *reader, const struct store_needle *needle, size_t needles,
		   store_address_fn fn, void *arg, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, needles > 0 ? STORE_SQL_ADDRESS_BLOCK_GRAMS
								    : STORE_SQL_ADDRESS_BLOCK_WALK);
	int64_t next = 0;
	int step, done = 0;

	while (done == 0 && (step = store_db_step(&reader->db, stmt, err)) != 0) {
		int64_t no;

		if (step < 0)
			return -1;
		no = store_db_int(stmt, 0);
		next = no + 1;
		if (needles == 0)
			fn(arg, no * STORE_ADDRESS_BLOCK, store_db_blob(stmt, 1));
		else if (may_have_any(store_db_blob(stmt, 1), needle, needles))
			done = give_text(reader, no, fn, arg, err);
		if (store_reader_must_stop(reader))
			done = -1;
	}
	store_db_reset(stmt);
	return done != 0 ? -1 : walk_rest(reader, next, fn, arg, err);
}
