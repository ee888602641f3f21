/* store_search_text.c - which messages of a day may have the texts that are looked for.
 *
 * Blocks, newest first: the grams say which to pass over, then whole columns are read, each
 * text on its own, until no message of the block is left. What is left are ids; their rows
 * decide (store_sqlite_search.c). Search threads. */
#include <stdlib.h>
#include <string.h>
#include "store/store_search_private.h"

#define TEXT_VERSION 2 /* of a day's schema that has text_block */
#define BITS_MAX 1024  /* messages of a block; a writer with another limit may come */

enum walk_column { WALK_NO, WALK_HIGHEST, WALK_MESSAGES, WALK_GRAMS };
enum block_column { BLOCK_NUMBER, BLOCK_SUBJECT, BLOCK_TAGS, BLOCK_MESSAGE_ID, BLOCK_COLUMNS };

/* One by one: a step of SQLite reads all columns of its statement, wanted or not. */
static const enum store_sql column_sql[BLOCK_COLUMNS] = {
	[BLOCK_NUMBER] = STORE_SQL_TEXT_NUMBER,
	[BLOCK_SUBJECT] = STORE_SQL_TEXT_SUBJECT,
	[BLOCK_TAGS] = STORE_SQL_TEXT_TAGS,
	[BLOCK_MESSAGE_ID] = STORE_SQL_TEXT_MESSAGE_ID,
};

struct block {
	struct store_db *day;
	int64_t no;
	struct span grams;
	struct span column[BLOCK_COLUMNS]; /* once read */
	bool has[BLOCK_COLUMNS];
	bool is_whole;                     /* all at once: the last lies behind the others */
	int result;                        /* -1: a column could not be read */
	struct err *err;
};

struct bits {
	uint64_t word[BITS_MAX / 64];
};

/* ---- the plan -------------------------------------------------------------------------- */

static int
longest_first(const void *a, const void *b)
{
	const struct store_text_wanted *x = a, *y = b;

	return (x->needle.n < y->needle.n) - (x->needle.n > y->needle.n);
}

void
store_text_plan_init(struct store_text_plan *plan, const struct store_filter *filter,
		     struct arena *arena)
{
	const struct store_query *query = filter->query;

	*plan = (struct store_text_plan){ .filter = filter };
	if (query->subject.match != STORE_MATCH_NONE) {
		struct store_text_wanted *wanted = &plan->wanted[plan->count++];

		store_needle_init(&wanted->needle, query->subject.text, arena);
		wanted->is_subject = true;
	}
	for (size_t i = 0; i < query->words && i < STORE_QUERY_WORDS_MAX; i++) {
		struct store_text_wanted *wanted = &plan->wanted[plan->count++];

		store_needle_init(&wanted->needle, query->word[i], arena);
		plan->has_words = true;
		wanted->person = filter->word[i].count > 0 ? &filter->word[i] : NULL;
	}
	qsort(plan->wanted, plan->count, sizeof *plan->wanted, longest_first);
	plan->has_numbers = filter->recipient.is_active || filter->domain.is_active ||
			    filter->sender.is_active || filter->credential.is_active ||
			    query->sender_domain != NULL;
}

bool
store_text_plan_can_use(const struct store_text_plan *plan, struct store_db *day)
{
	sqlite3_stmt *stmt;
	int step;

	if ((plan->count == 0 && !plan->has_numbers) || store_db_version(day) < TEXT_VERSION)
		return false;
	stmt = store_db_stmt(day, STORE_SQL_TEXT_TODO);
	step = store_db_step(day, stmt, NULL);
	store_db_reset(stmt);
	return step == 0;
}

/* ---- one block ------------------------------------------------------------------------- */

static struct span
column_of(struct block *block, enum block_column column)
{
	int first = block->is_whole ? 0 : (int)column, count = block->is_whole ? BLOCK_COLUMNS : 1;
	sqlite3_stmt *stmt;

	if (block->has[column] || block->result != 0)
		return block->column[column];
	stmt = store_db_stmt(block->day,
			     block->is_whole ? STORE_SQL_TEXT_WHOLE : column_sql[column]);
	store_db_bind_int(stmt, 1, block->no);
	if (store_db_step(block->day, stmt, block->err) < 0)
		block->result = -1;
	for (int i = 0; i < count && block->result == 0; i++) {
		block->column[first + i] = store_db_blob(stmt, i);
		block->has[first + i] = true;
	}
	return block->column[column];
}

static void
let_go(struct block *block)
{
	if (block->is_whole)
		store_db_reset(store_db_stmt(block->day, STORE_SQL_TEXT_WHOLE));
	for (int i = 0; i < BLOCK_COLUMNS && !block->is_whole; i++)
		if (block->has[i])
			store_db_reset(store_db_stmt(block->day, column_sql[i]));
}

/* is_hopeless - some text is not in this block for sure. */
static bool
is_hopeless(const struct store_text_plan *plan, struct span grams)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->wanted[i].person == NULL &&
		    !store_grams_may_have(grams, &plan->wanted[i].needle))
			return true;
	return false;
}

static bool
message_passes(const struct store_filter *filter, struct store_text_numbers *numbers)
{
	bool passes = false;
	int64_t address;

	if (!store_id_set_passes(&filter->credential, numbers->origin_id) ||
	    !store_id_set_passes(&filter->sender, numbers->sender_id) ||
	    (filter->query->sender_domain != NULL &&
	     !store_id_set_has(&filter->sender_domain, numbers->sender_id) &&
	     !store_id_set_has(&filter->from_domain, numbers->origin_id)))
		return false;
	while (!passes && store_text_numbers_address(numbers, &address))
		passes = store_id_set_passes(&filter->recipient, address) &&
			 store_id_set_passes(&filter->domain, address);
	return passes;
}

static bool
names_person(const struct store_id_set *person, struct store_text_numbers *numbers)
{
	bool named = store_id_set_has(person, numbers->sender_id);
	int64_t address;

	while (!named && store_text_numbers_address(numbers, &address))
		named = store_id_set_has(person, address);
	return named;
}

/* mark_numbers - the messages whose numbers the filter lets pass, or that name a person. */
static void
mark_numbers(const struct store_filter *filter, const struct store_id_set *person,
	     struct block *block, struct bits *bits)
{
	struct store_text_numbers numbers;

	store_text_numbers_init(&numbers, column_of(block, BLOCK_NUMBER));
	for (size_t i = 0; i < BITS_MAX && store_text_numbers_next(&numbers); i++)
		if (person != NULL ? names_person(person, &numbers)
				   : message_passes(filter, &numbers))
			bits->word[i / 64] |= (uint64_t)1 << i % 64;
}

static void
mark_wanted(const struct store_text_plan *plan, const struct store_text_wanted *wanted,
	    struct block *block, struct bits *bits)
{
	if (wanted->person != NULL)
		mark_numbers(plan->filter, wanted->person, block, bits);
	if (!store_grams_may_have(block->grams, &wanted->needle))
		return;
	store_needle_mark(&wanted->needle, column_of(block, BLOCK_SUBJECT), bits->word, BITS_MAX);
	if (wanted->is_subject)
		return;
	store_needle_mark(&wanted->needle, column_of(block, BLOCK_TAGS), bits->word, BITS_MAX);
	store_needle_mark(&wanted->needle, column_of(block, BLOCK_MESSAGE_ID), bits->word,
			  BITS_MAX);
}

/* keep - what is in both. False: nothing is left. */
static bool
keep(struct bits *bits, const struct bits *other)
{
	uint64_t any = 0;

	for (size_t i = 0; i < BITS_MAX / 64; i++)
		any |= bits->word[i] &= other->word[i];
	return any != 0;
}

/* match_block - false: no message of it. */
static bool
match_block(const struct store_text_plan *plan, struct block *block, struct bits *bits)
{
	bool any = true;

	memset(bits, 0xff, sizeof *bits);
	for (size_t i = 0; i < plan->count && any; i++) {
		struct bits has = { { 0 } };

		mark_wanted(plan, &plan->wanted[i], block, &has);
		any = keep(bits, &has);
	}
	if (any && plan->has_numbers) {
		struct bits has = { { 0 } };

		mark_numbers(plan->filter, NULL, block, &has);
		any = keep(bits, &has);
	}
	return any;
}

static int
newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

static int
tell_found(struct store_text_walk *walk, struct block *block, const struct bits *bits,
	   struct err *err)
{
	struct store_text_numbers numbers;
	uint64_t id[BITS_MAX];
	size_t ids = 0;

	store_text_numbers_init(&numbers, column_of(block, BLOCK_NUMBER));
	for (size_t i = 0; i < BITS_MAX && store_text_numbers_next(&numbers); i++)
		if ((bits->word[i / 64] >> i % 64 & 1) && numbers.id >= walk->lowest_id &&
		    numbers.id <= walk->highest_id)
			id[ids++] = numbers.id;
	if (numbers.is_damaged)
		return err_set(err, ERR_PERM, 0, "a block of texts is damaged");
	qsort(id, ids, sizeof *id, newest_first);
	for (size_t i = 0; i < ids && id[i] >= walk->lowest_id; i++)
		if ((i == 0 || id[i] != id[i - 1]) && walk->found(walk->arg, walk, id[i], err) != 0)
			return -1;
	return 0;
}

/* ---- a day ----------------------------------------------------------------------------- */

/* walk_block - 1: go on, 0: all that follow are too old, -1. */
static int
walk_block(struct store_text_walk *walk, sqlite3_stmt *row, struct err *err)
{
	struct block block = { .day = walk->day, .is_whole = walk->plan->has_words, .err = err };
	struct bits bits;
	int done = 0;

	if (store_reader_must_stop(walk->reader))
		return -1;
	if ((uint64_t)store_db_int(row, WALK_HIGHEST) < walk->lowest_id)
		return 0;
	if (store_db_int(row, WALK_MESSAGES) > BITS_MAX)
		return err_set(err, ERR_PERM, 0, "a block of texts is too large for this relayd");
	walk->scanned += (uint64_t)store_db_int(row, WALK_MESSAGES);
	block.no = store_db_int(row, WALK_NO);
	block.grams = store_db_blob(row, WALK_GRAMS);
	if (is_hopeless(walk->plan, block.grams))
		return 1;
	if (match_block(walk->plan, &block, &bits))
		done = tell_found(walk, &block, &bits, err);
	let_go(&block);
	return done != 0 || block.result != 0 ? -1 : 1;
}

int
store_text_walk(struct store_text_walk *walk, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(walk->day, STORE_SQL_TEXT_WALK);
	int step, go = 1;

	store_db_bind_int(stmt, 1, (int64_t)walk->lowest_id);
	store_db_bind_int(stmt, 2, (int64_t)walk->highest_id);
	while (go > 0 && (step = store_db_step(walk->day, stmt, err)) != 0)
		go = step < 0 ? -1 : walk_block(walk, stmt, err);
	store_db_reset(stmt);
	return go < 0 ? -1 : 0;
}
