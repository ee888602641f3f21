/* store_sqlite_search.c - the log: the hot file, then the days, newest first,
 * until the question is answered.
 *
 *   plan       which index finds the rows (address, Message-ID, tag, sender, the
 *              failures), or the texts of a day by columns, or all rows newest first
 *   collect    page through the hot file and the days; rows that pass the filter
 *              become candidates (ids only)
 *   stop       when enough candidates are newer than anything an older day has
 *   load       texts and events of the few rows that are answered
 *
 * The hot file is read before the days: a message that moves meanwhile may be seen
 * twice (and is answered once), never missed. Pages are short snapshots; time-out
 * and cancel interrupt SQLite itself. Search threads. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/store_search_private.h"

#define PAGE_ROWS 2000
#define LIMIT_MAX 1000
#define LOAD_TIMEOUT_MS 2000 /* for the rows of an answer, after the search itself */

struct searching {
	struct store_reader *reader;
	const struct store_query *query;
	struct store_filter filter;
	struct store_text_plan text;
	struct arena *arena;
	size_t wanted;			/* limit + 1: the last one says that there is more */
	uint64_t lowest_id, highest_id; /* what the times allow */
	struct store_candidate *candidate;
	size_t candidates, cap;
	uint64_t floor_id; /* `wanted` candidates are at or above: older ones are not needed */
	uint64_t scanned;
	bool has_unreadable; /* a day of the log: the answer is not complete */
};

struct source {
	struct store_db *db;
	bool is_hot;
};

/* ---- candidates ----------------------------------------------------------------------- */

/* newest_first - by id, and recipients of one message in their order. The copy in
 * the hot file goes before the one in the log. */
static int
newest_first(const void *a, const void *b)
{
	const struct store_candidate *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? 1 : -1;
	if (x->no != y->no)
		return x->no > y->no ? 1 : -1;
	return (int)y->in_hot - (int)x->in_hot;
}

/* prune - sort, drop doubles, keep what can still be in the answer. */
static void
prune(struct searching *searching)
{
	struct store_candidate *candidate = searching->candidate;
	size_t kept = 0;

	if (searching->candidates == 0)
		return;
	qsort(candidate, searching->candidates, sizeof *candidate, newest_first);
	for (size_t i = 0; i < searching->candidates && kept < searching->wanted; i++)
		if (kept == 0 || candidate[i].id != candidate[kept - 1].id ||
		    candidate[i].no != candidate[kept - 1].no)
			candidate[kept++] = candidate[i];
	searching->candidates = kept;
	if (kept == searching->wanted)
		searching->floor_id = candidate[kept - 1].id;
}

static void
add_candidate(struct searching *searching, const struct store_candidate *candidate)
{
	if (searching->candidates == searching->cap) {
		prune(searching);
		if (searching->candidates * 2 >= searching->cap) {
			searching->cap = searching->cap > 0 ? searching->cap * 2 : 256;
			searching->candidate =
				mem_resize(searching->candidate,
					   searching->cap * sizeof *searching->candidate);
		}
	}
	searching->candidate[searching->candidates++] = *candidate;
}

/* ---- pages -------------------------------------------------------------------------------- */

struct walk { /* one statement over one file, newest first */
	struct source source;
	enum store_sql sql;
	bool is_event;
	uint64_t id; /* cursor: below this id, or in it at or above this recipient */
	uint32_t no;
	size_t found;
};

static uint64_t
lowest_needed(const struct searching *searching)
{
	return searching->floor_id > searching->lowest_id ? searching->floor_id
							  : searching->lowest_id;
}

static void
bind_page(const struct searching *searching, const struct walk *walk, sqlite3_stmt *stmt)
{
	uint64_t lowest = lowest_needed(searching);

	store_db_bind_int(stmt, 1, (int64_t)walk->id);
	store_db_bind_int(stmt, 2, walk->no);
	store_db_bind_int(stmt, 3, (int64_t)lowest);
	store_db_bind_int(stmt, 4, PAGE_ROWS);
	if (walk->is_event) {
		store_db_bind_int(stmt, 5, MAIL_EVENT_REJECTED);
		store_db_bind_int(stmt, 6, MAIL_EVENT_AUTH_FAILED);
	}
}

/* walk_page - returns rows seen, or -1. What the statement looks rows up by is
 * bound already. */
static int
walk_page(struct searching *searching, struct walk *walk, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(walk->source.db, walk->sql);
	int rows = 0, step;

	bind_page(searching, walk, stmt);
	while ((step = store_db_step(walk->source.db, stmt, err)) > 0) {
		struct store_candidate candidate = {
			.id = (uint64_t)store_db_int(stmt, 0),
			.no = walk->is_event ? 0 : (uint32_t)store_db_int(stmt, FIND_NO),
			.is_event = walk->is_event,
			.in_hot = walk->source.is_hot,
		};
		bool passes = walk->is_event ? store_filter_passes_event(&searching->filter, stmt)
					     : store_filter_passes_row(&searching->filter, stmt);

		rows++;
		searching->scanned++;
		walk->id = candidate.id;
		walk->no = candidate.no + 1;
		if (!passes)
			continue;
		add_candidate(searching, &candidate);
		if (++walk->found == searching->wanted) { /* older ones cannot matter */
			store_db_reset(stmt);
			return 0;
		}
	}
	return step == 0 ? rows : -1;
}

static int
walk_file(struct searching *searching, struct source source, enum store_sql sql, bool is_event,
	  struct err *err)
{
	struct walk walk = {
		.source = source,
		.sql = sql,
		.is_event = is_event,
		.id = searching->highest_id,
	};
	int rows;

	if (searching->query->before_id != 0 && searching->query->before_id <= walk.id) {
		walk.id = searching->query->before_id;
		walk.no = searching->query->before_no;
		if (walk.no == 0)
			walk.id--;
	}
	do {
		if (store_reader_must_stop(searching->reader))
			return -1;
		rows = walk_page(searching, &walk, err);
	} while (rows == PAGE_ROWS);
	return rows < 0 ? -1 : 0;
}

/* walk_ids - one walk for each id of a short list. ?place is the statement's. */
static int
walk_ids(struct searching *searching, struct source source, enum store_sql sql, int place,
	 bool is_event, const struct store_id_set *set, struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		store_db_bind_int(store_db_stmt(source.db, sql), place, set->list[i]);
		if (walk_file(searching, source, sql, is_event, err) != 0)
			return -1;
		prune(searching);
	}
	return 0;
}

/* check_message - one that has the texts: do its rows pass? */
static int
check_message(void *arg, struct store_text_walk *walk, uint64_t id, struct err *err)
{
	struct source source = { walk->day, false };
	struct searching *searching = arg;

	store_db_bind_int(store_db_stmt(walk->day, STORE_SQL_FIND_BY_ID), 5, (int64_t)id);
	if (walk_file(searching, source, STORE_SQL_FIND_BY_ID, false, err) != 0)
		return -1;
	if (searching->candidates >= searching->wanted)
		prune(searching);
	walk->lowest_id = lowest_needed(searching);
	return 0;
}

/* walk_texts - of a day: most of it is never read. */
static int
walk_texts(struct searching *searching, struct source source, struct err *err)
{
	struct store_text_walk walk = {
		.reader = searching->reader,
		.day = source.db,
		.plan = &searching->text,
		.highest_id = searching->highest_id,
		.lowest_id = lowest_needed(searching),
		.found = check_message,
		.arg = searching,
	};
	uint64_t before = searching->query->before_id;
	int done;

	if (before != 0 && before < walk.highest_id)
		walk.highest_id = before;
	done = store_text_walk(&walk, err);
	searching->scanned += walk.scanned;
	return done;
}

/* ---- the plan ------------------------------------------------------------------------------- */

static bool
wants_failures_only(const struct store_filter *filter)
{
	const struct store_query *query = filter->query;

	return !(filter->statuses & 1u << MAIL_STATUS_DELIVERED) || query->code >= 300 ||
	       query->category != VERDICT_NONE;
}

static int
walk_messages(struct searching *searching, struct source source, struct err *err)
{
	const struct store_query *query = searching->query;
	const struct store_filter *filter = &searching->filter;
	sqlite3_stmt *stmt;

	if (filter->excludes_messages)
		return 0;
	if (query->message_id != NULL) {
		stmt = store_db_stmt(source.db, STORE_SQL_FIND_BY_HASH);
		store_db_bind_int(stmt, 5, store_hash(query->message_id));
		return walk_file(searching, source, STORE_SQL_FIND_BY_HASH, false, err);
	}
	if (store_id_set_is_listed(&filter->recipient))
		return walk_ids(searching, source, STORE_SQL_FIND_BY_ADDRESS, 5, false,
				&filter->recipient, err);
	if (store_id_set_is_listed(&filter->domain))
		return walk_ids(searching, source, STORE_SQL_FIND_BY_ADDRESS, 5, false,
				&filter->domain, err);
	if (query->tag != NULL && !source.is_hot) { /* the hot file has no such index ... */
		stmt = store_db_stmt(source.db, STORE_SQL_FIND_BY_TAG);
		store_db_bind_text(stmt, 5, query->tag);
		return walk_file(searching, source, STORE_SQL_FIND_BY_TAG, false, err);
	}
	if (store_id_set_is_listed(&filter->sender) && !source.is_hot) /* ... nor this */
		return walk_ids(searching, source, STORE_SQL_FIND_BY_SENDER, 5, false,
				&filter->sender, err);
	if (wants_failures_only(filter))
		return walk_file(searching, source, STORE_SQL_FIND_FAILED, false, err);
	if (!source.is_hot && store_text_plan_can_use(&searching->text, source.db))
		return walk_texts(searching, source, err);
	return walk_file(searching, source, STORE_SQL_FIND_ALL, false, err);
}

static int
walk_events(struct searching *searching, struct source source, struct err *err)
{
	const struct store_filter *filter = &searching->filter;

	if (filter->excludes_events)
		return 0;
	if (store_id_set_is_listed(&filter->recipient))
		return walk_ids(searching, source, STORE_SQL_FIND_RELAY_EVENTS_BY_ADDRESS, 7, true,
				&filter->recipient, err);
	return walk_file(searching, source, STORE_SQL_FIND_RELAY_EVENTS, true, err);
}

static int
walk_source(struct searching *searching, struct source source, struct err *err)
{
	if (walk_messages(searching, source, err) != 0 || walk_events(searching, source, err) != 0)
		return -1;
	prune(searching);
	return 0;
}

static int
walk_days(struct searching *searching, struct err *err)
{
	size_t count;
	int64_t *day = store_day_list(searching->reader->state_dir, &count);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		uint64_t first = id_lowest_at(day[i] * STORE_DAY_MS);
		uint64_t next = id_lowest_at((day[i] + 1) * STORE_DAY_MS);
		struct source source = { .is_hot = false };

		if (first > searching->highest_id)
			continue;
		if (next <= lowest_needed(searching)) /* this one and all older */
			break;
		source.db = store_reader_day_open(searching->reader, day[i], err);
		if (source.db == NULL || walk_source(searching, source, err) != 0) {
			if (searching->reader->timed_out)
				result = -1;
			else /* one damaged day does not hide the others; TEMP is just empty */
				searching->has_unreadable |=
					err->kind != ERR_TEMP &&
					store_day_exists(searching->reader->state_dir, day[i]);
		}
	}
	mem_free(day);
	return result;
}

/* ---- the answer ---------------------------------------------------------------------------------
 */

/* fill_coverage - since the database was made or the last day expired; not complete where a
 * gap touches what was asked. */
static int
fill_coverage(struct searching *searching, struct store_result *result, struct err *err)
{
	const struct store_query *query = searching->query;
	struct store_coverage coverage;

	if (store_coverage_read(searching->reader, query->since_unix_ms, query->until_unix_ms,
	                        &coverage, err) != 0)
		return -1;
	result->from_unix_ms = coverage.from_unix_ms;
	result->until_unix_ms = clock_unix_ms();
	result->gap_from_unix_ms = coverage.gap_from_unix_ms;
	result->gap_until_unix_ms = coverage.gap_until_unix_ms;
	result->is_complete = coverage.is_complete && !searching->has_unreadable;
	return 0;
}

static int
load_found(struct searching *searching, struct store_result *result, struct err *err)
{
	size_t count = searching->candidates;

	result->has_more = count == searching->wanted;
	if (result->has_more)
		count--;
	result->found = arena_zero(searching->arena, (count + 1) * sizeof *result->found);
	for (size_t i = 0; i < count; i++) {
		int loaded = store_found_load(searching->reader, &searching->candidate[i],
					      searching->query->want_events, searching->arena,
					      &result->found[result->count], err);

		if (loaded < 0)
			return -1;
		result->count += (size_t)loaded;
	}
	return 0;
}

static bool
only_waiting(const struct store_filter *filter)
{
	return (filter->statuses & ~(1u << MAIL_STATUS_QUEUED | 1u << MAIL_STATUS_DEFERRED |
				     1u << MAIL_STATUS_HELD | 1u << MAIL_STATUS_SCHEDULED)) == 0;
}

/* search_files - the hot file, then the days. */
static int
search_files(struct searching *searching, struct err *err)
{
	store_text_plan_init(&searching->text, &searching->filter, searching->arena);
	if (walk_source(searching, (struct source){ &searching->reader->db, true }, err) != 0)
		return -1;
	if (only_waiting(&searching->filter)) /* what waits is in the hot file */
		return 0;
	return walk_days(searching, err);
}

/* search_recipient_first - the walk over all addresses serves both questions. */
static int
search_recipient_first(struct searching *searching, struct err *err)
{
	const struct store_query *query = searching->query;
	struct store_query narrow = *query;
	int done;

	narrow.words = 0;
	store_filter_swap_word(&searching->filter, &narrow);
	done = search_files(searching, err);
	store_filter_swap_word(&searching->filter, query);
	return done != 0 || searching->candidates > 0 ? done : search_files(searching, err);
}

static void
set_range(struct searching *searching)
{
	const struct store_query *query = searching->query;

	searching->lowest_id = query->since_unix_ms > 0 ? id_lowest_at(query->since_unix_ms) : 1;
	searching->highest_id = INT64_MAX;
	if (query->until_unix_ms > 0)
		searching->highest_id = id_lowest_at(query->until_unix_ms) - 1;
	if (query->id != 0)
		searching->lowest_id = searching->highest_id = query->id;
}

int
store_sqlite_search(struct store_reader *reader, struct store_search *request, struct err *err)
{
	const struct store_query *query = &request->query;
	struct store_result *result = &request->result_set;
	struct searching searching = { .reader = reader, .query = query, .arena = request->arena };
	int done;

	memset(result, 0, sizeof *result);
	searching.wanted =
		(query->limit > 0 && query->limit < LIMIT_MAX ? query->limit : LIMIT_MAX) + 1;
	set_range(&searching);
	store_reader_limit(reader, query->timeout_ms, request->cancel);
	done = store_filter_init(&searching.filter, reader, query, request->arena, err);
	if (done == 0 && query->is_recipient_first && query->words == 1 &&
	    query->recipient.match == STORE_MATCH_NONE)
		done = search_recipient_first(&searching, err);
	else if (done == 0)
		done = search_files(&searching, err);
	result->timed_out = reader->timed_out;
	result->scanned = searching.scanned;
	if (done == 0 || reader->timed_out) { /* what there is, is right */
		prune(&searching);
		store_reader_limit(reader, LOAD_TIMEOUT_MS, NULL);
		done = fill_coverage(&searching, result, err);
		if (done == 0)
			done = load_found(&searching, result, err);
	}
	store_filter_deinit(&searching.filter);
	mem_free(searching.candidate);
	return done;
}
