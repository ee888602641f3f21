/* store_sqlite_report.c - a report's rows out of the hot file, then the days.
 *
 * One statement a page gives recipients, newest first, each with its message and with what
 * was said of it before: a page is one snapshot, so no recipient is half counted. A message
 * that moves to the log meanwhile is in both, and was counted from the recipient noted in
 * `hot` on. Report thread. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "mail/mail_suppression.h"
#include "store/store_reader_private.h"
#include "store/store_report_count.h"

#define PAGE_ROWS 1000
#define TIMEOUT_MS 20000
#define CACHED_MAX 50000           /* names by id, of each kind */
#define COMPLAINTS_MAX 100000

enum report_column {
	REPORT_ID, REPORT_NO, REPORT_ADDRESS, REPORT_STATUS, REPORT_KIND, REPORT_AT, REPORT_CODE,
	REPORT_CATEGORY, REPORT_REMOTE, REPORT_REPLY, REPORT_ORIGIN, REPORT_SIZE,
	REPORT_EVENT_KIND, REPORT_EVENT_CODE, REPORT_EVENT_CATEGORY, REPORT_EVENT_REMOTE,
	REPORT_EVENT_REPLY
};

struct hot { /* a message counted in the hot file, from this recipient on */
	uint64_t id;
	uint32_t no;
};

struct origin { /* owned by the map */
	struct store_report_group *credential, *domain;
};

struct complaint { /* owned by the map */
	int64_t at_unix_ms;
	bool is_counted;
};

struct reporting {
	struct store_reader *reader;
	struct store_report *request;
	struct store_report_count *count;
	struct map *origin, *remote, *domain; /* id -> struct origin, group, group */
	struct map *complaint;                /* id of the address -> struct complaint */
	struct hot *hot;                      /* newest first */
	size_t hots, hot_cap;
	uint64_t lowest, highest;
};

struct walk { /* over one file */
	struct store_db *db;
	bool is_hot;
	uint64_t id;                          /* the cursor: rows below this recipient */
	uint32_t no;
	bool has_one;                         /* `one` is being read: it may have more rows */
	struct store_report_recipient one;
	uint32_t one_no;
	int64_t address_id;
};

/* ---- names by their numbers, looked up once ------------------------------------------- */

static struct store_report_group *
name_by_id(struct reporting *reporting, struct map *cache, enum store_report_kind kind,
           enum store_sql sql, int64_t id, const char *none)
{
	struct store_db *db = &reporting->reader->db;
	uint64_t key = (uint64_t)id;
	struct store_report_group *group = map_get(cache, map_key_u64(&key));
	const char *text = NULL;
	sqlite3_stmt *stmt;

	if (group != NULL)
		return group;
	stmt = store_db_stmt(db, sql);
	store_db_bind_int(stmt, 1, id);
	if (id != 0 && store_db_step(db, stmt, NULL) > 0)
		text = store_db_text(stmt, 0);
	if (text != NULL && text[0] == '\0')
		text = none;
	group = store_report_count_group(reporting->count, kind,
	                                 text != NULL ? text : id != 0 ? "(expired)" : none);
	store_db_reset(stmt);
	if (map_count(cache) < CACHED_MAX)
		map_put(cache, map_key_u64(&key), group);
	return group;
}

static struct store_report_group *
provider_of(struct reporting *reporting, int64_t remote_id)
{
	return name_by_id(reporting, reporting->remote, STORE_REPORT_PROVIDER,
	                  STORE_SQL_REMOTE_READ, remote_id, "(not tried)");
}

static struct store_report_group *
recipient_domain_of(struct reporting *reporting, int64_t address_id)
{
	struct store_db *db = &reporting->reader->db;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_REPORT_DOMAIN);
	int64_t id = 0;

	store_db_bind_int(stmt, 1, address_id);
	if (store_db_step(db, stmt, NULL) > 0)
		id = store_db_int(stmt, 0);
	store_db_reset(stmt);
	return name_by_id(reporting, reporting->domain, STORE_REPORT_RECIPIENT_DOMAIN,
	                  STORE_SQL_REPORT_DOMAIN_NAME, id, "(expired)");
}

static const char *
text_of(sqlite3_stmt *stmt, bool is_row, int column, const char *none)
{
	const char *text = is_row ? store_db_text(stmt, column) : "(expired)";

	return text != NULL && text[0] != '\0' ? text : none;
}

static void
set_origin(struct reporting *reporting, int64_t origin_id, struct store_report_recipient *one)
{
	uint64_t id = (uint64_t)origin_id;
	struct origin *origin = map_get(reporting->origin, map_key_u64(&id)), made;
	struct store_db *db = &reporting->reader->db;
	sqlite3_stmt *stmt;
	bool is_row;

	if (origin == NULL) {
		stmt = store_db_stmt(db, STORE_SQL_ORIGIN_READ);
		store_db_bind_int(stmt, 1, origin_id);
		is_row = store_db_step(db, stmt, NULL) > 0;
		made.credential = store_report_count_group(
			reporting->count, STORE_REPORT_CREDENTIAL,
			text_of(stmt, is_row, 0, "(no login)"));
		made.domain = store_report_count_group(reporting->count, STORE_REPORT_DOMAIN,
		                                       text_of(stmt, is_row, 1, "(none)"));
		store_db_reset(stmt);
		origin = &made;
		if (map_count(reporting->origin) < CACHED_MAX)
			map_put(reporting->origin, map_key_u64(&id), mem_copy(&made, sizeof made));
	}
	one->group[STORE_REPORT_CREDENTIAL] = origin->credential;
	one->group[STORE_REPORT_DOMAIN] = origin->domain;
}

/* ---- complaints: those that the suppression list knows ---------------------------------- */

static int
load_complaints(struct reporting *reporting, struct err *err)
{
	struct store_db *db = &reporting->reader->db;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_REPORT_COMPLAINTS);
	int step;

	store_db_bind_int(stmt, 1, MAIL_SUPPRESSION_COMPLAINT);
	store_db_bind_int(stmt, 2, id_unix_ms(reporting->lowest));
	store_db_bind_int(stmt, 3, COMPLAINTS_MAX);
	while ((step = store_db_step(db, stmt, err)) > 0) {
		uint64_t id = (uint64_t)store_db_int(stmt, 0);
		struct complaint *complaint = map_get(reporting->complaint, map_key_u64(&id));

		if (complaint == NULL) {
			complaint = mem_zero(1, sizeof *complaint);
			map_put(reporting->complaint, map_key_u64(&id), complaint);
		}
		if (store_db_int(stmt, 1) > complaint->at_unix_ms)
			complaint->at_unix_ms = store_db_int(stmt, 1);
	}
	return step;
}

/* has_complained - about this one: the last that was delivered before. */
static bool
has_complained(struct reporting *reporting, const struct walk *walk)
{
	uint64_t id = (uint64_t)walk->address_id;
	struct complaint *complaint;
	bool is_marked = walk->one.status == MAIL_STATUS_COMPLAINED;

	if (map_count(reporting->complaint) == 0
	    || (!is_marked && walk->one.status != MAIL_STATUS_DELIVERED))
		return is_marked;
	complaint = map_get(reporting->complaint, map_key_u64(&id));
	if (complaint == NULL || complaint->is_counted
	    || (!is_marked && complaint->at_unix_ms < walk->one.finished_unix_ms))
		return is_marked;
	return complaint->is_counted = true;
}

/* ---- what was counted in the hot file ------------------------------------------------------ */

static int
hot_newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = ((const struct hot *)b)->id;

	return x < y ? 1 : x > y ? -1 : 0;
}

static bool
was_counted(const struct reporting *reporting, uint64_t id, uint32_t no)
{
	const struct hot *hot = reporting->hots == 0 ? NULL
	                        : bsearch(&id, reporting->hot, reporting->hots,
	                                  sizeof *reporting->hot, hot_newest_first);

	return hot != NULL && no >= hot->no;
}

static void
note_hot(struct reporting *reporting, uint64_t id, uint32_t no)
{
	if (reporting->hots > 0 && reporting->hot[reporting->hots - 1].id == id) {
		reporting->hot[reporting->hots - 1].no = no;
		return;
	}
	if (reporting->hots == reporting->hot_cap) {
		reporting->hot_cap = reporting->hot_cap > 0 ? 2 * reporting->hot_cap : 1024;
		reporting->hot = mem_resize(reporting->hot,
		                            reporting->hot_cap * sizeof *reporting->hot);
	}
	reporting->hot[reporting->hots++] = (struct hot){ id, no };
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void
count_reply(struct reporting *reporting, int64_t remote_id, sqlite3_stmt *stmt, int reply,
            int64_t code, int64_t category, bool is_final)
{
	struct span text = store_db_blob(stmt, reply);
	const char *site = store_report_group_name(provider_of(reporting, remote_id));

	if (text.n > 0)
		store_report_count_reply(reporting->count, site, text, (int)code,
		                         (enum verdict_category)category, is_final);
}

static void
end_one(struct reporting *reporting, struct walk *walk)
{
	if (!walk->has_one)
		return;
	walk->has_one = false;
	walk->one.has_complained = has_complained(reporting, walk);
	store_report_count_add(reporting->count, &walk->one);
	if (walk->is_hot)
		note_hot(reporting, walk->one.message_id, walk->one_no);
}

static void
begin_one(struct reporting *reporting, struct walk *walk, sqlite3_stmt *stmt)
{
	int64_t kind = store_db_int(stmt, REPORT_KIND);
	int64_t remote = store_db_int(stmt, REPORT_REMOTE);

	walk->one_no = (uint32_t)store_db_int(stmt, REPORT_NO);
	walk->address_id = store_db_int(stmt, REPORT_ADDRESS);
	walk->one = (struct store_report_recipient){
		.message_id = (uint64_t)store_db_int(stmt, REPORT_ID),
		.is_first = walk->one_no == 0,
		.status = (enum mail_status)store_db_int(stmt, REPORT_STATUS),
		.was_deferred = kind == MAIL_EVENT_DEFERRED,
		.size_bytes = (uint64_t)store_db_int(stmt, REPORT_SIZE),
		.finished_unix_ms = store_db_int(stmt, REPORT_AT),
	};
	walk->has_one = true;
	set_origin(reporting, store_db_int(stmt, REPORT_ORIGIN), &walk->one);
	walk->one.group[STORE_REPORT_PROVIDER] = provider_of(reporting, remote);
	walk->one.group[STORE_REPORT_RECIPIENT_DOMAIN] =
		recipient_domain_of(reporting, walk->address_id);
	if ((kind == MAIL_EVENT_DEFERRED || kind == MAIL_EVENT_BOUNCED)
	    && id_unix_ms(walk->one.message_id) >= reporting->request->since_unix_ms)
		count_reply(reporting, remote, stmt, REPORT_REPLY, store_db_int(stmt, REPORT_CODE),
		            store_db_int(stmt, REPORT_CATEGORY), kind == MAIL_EVENT_BOUNCED);
}

/* add_earlier - an outcome that a later one replaced; none: the recipient's only row. */
static void
add_earlier(struct reporting *reporting, struct walk *walk, sqlite3_stmt *stmt)
{
	if (store_db_int(stmt, REPORT_EVENT_KIND) != MAIL_EVENT_DEFERRED)
		return;
	walk->one.was_deferred = true;
	if (id_unix_ms(walk->one.message_id) >= reporting->request->since_unix_ms)
		count_reply(reporting, store_db_int(stmt, REPORT_EVENT_REMOTE), stmt,
		            REPORT_EVENT_REPLY, store_db_int(stmt, REPORT_EVENT_CODE),
		            store_db_int(stmt, REPORT_EVENT_CATEGORY), false);
}

/* read_page - recipients seen, or -1. */
static int
read_page(struct reporting *reporting, struct walk *walk, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(walk->db, STORE_SQL_REPORT_PAGE);
	int seen = 0, step;

	store_db_bind_int(stmt, 1, (int64_t)walk->id);
	store_db_bind_int(stmt, 2, walk->no);
	store_db_bind_int(stmt, 3, (int64_t)reporting->lowest);
	store_db_bind_int(stmt, 4, PAGE_ROWS);
	while ((step = store_db_step(walk->db, stmt, err)) > 0) {
		uint64_t id = (uint64_t)store_db_int(stmt, REPORT_ID);
		uint32_t no = (uint32_t)store_db_int(stmt, REPORT_NO);

		if (seen == 0 || id != walk->id || no != walk->no) {
			end_one(reporting, walk);
			seen++;
			walk->id = id;
			walk->no = no;
			if (walk->is_hot || !was_counted(reporting, id, no))
				begin_one(reporting, walk, stmt);
		}
		if (walk->has_one)
			add_earlier(reporting, walk, stmt);
	}
	if (step < 0)
		return -1; /* what is half read is not counted */
	end_one(reporting, walk);
	return seen;
}

static int
walk_file(struct reporting *reporting, struct store_db *db, bool is_hot, struct err *err)
{
	struct walk walk = { .db = db, .is_hot = is_hot, .id = reporting->highest + 1 };
	int seen;

	do {
		if (store_reader_must_stop(reporting->reader))
			return -1;
		seen = read_page(reporting, &walk, err);
		if (seen > 0 && !is_hot)
			reporting->request->counted_from_unix_ms = id_unix_ms(walk.id);
	} while (seen == PAGE_ROWS);
	return seen < 0 ? -1 : 0;
}

/* walk_days - 1: a day could not be read; -1: time ran out. */
static int
walk_days(struct reporting *reporting, struct err *err)
{
	const char *dir = reporting->reader->state_dir;
	size_t days;
	int64_t *day = store_day_list(dir, &days);
	int result = 0;

	for (size_t i = 0; i < days && result >= 0; i++) {
		struct store_db *db;

		if (id_lowest_at(day[i] * STORE_DAY_MS) > reporting->highest)
			continue;
		if (id_lowest_at((day[i] + 1) * STORE_DAY_MS) <= reporting->lowest)
			break;
		db = store_reader_day_open(reporting->reader, day[i], err);
		if (db != NULL && walk_file(reporting, db, false, err) == 0)
			continue;
		if (reporting->reader->timed_out)
			result = -1;
		else if (err->kind != ERR_TEMP && store_day_exists(dir, day[i]))
			result = 1; /* one damaged day does not hide the others */
	}
	mem_free(day);
	return result;
}

/* ---- the answer ------------------------------------------------------------ */

/* put_coverage - of what was asked for, and whether the time before is whole too. */
static int
put_coverage(struct reporting *reporting, bool is_read, struct err *err)
{
	struct store_report *request = reporting->request;
	struct store_coverage asked, before;
	int64_t before_unix_ms = id_unix_ms(reporting->lowest);

	store_reader_limit(reporting->reader, 0, NULL);
	if (store_coverage_read(reporting->reader, request->since_unix_ms, request->until_unix_ms,
	                        &asked, err) != 0
	    || store_coverage_read(reporting->reader, before_unix_ms, request->since_unix_ms,
	                           &before, err) != 0)
		return -1;
	request->log_from_unix_ms = asked.from_unix_ms;
	request->gap_from_unix_ms = asked.gap_from_unix_ms;
	request->gap_until_unix_ms = asked.gap_until_unix_ms;
	if (!request->timed_out)
		request->counted_from_unix_ms = before_unix_ms;
	request->is_complete = is_read && asked.is_complete
	                       && request->counted_from_unix_ms <= request->since_unix_ms;
	request->has_before = is_read && !request->timed_out && before.is_complete
	                      && before.from_unix_ms <= before_unix_ms;
	return 0;
}

static void
deinit(struct reporting *reporting)
{
	map_free_all(&reporting->origin);
	map_free_all(&reporting->complaint);
	map_free(&reporting->remote);
	map_free(&reporting->domain);
	store_report_count_free(&reporting->count);
	mem_free(reporting->hot);
}

int
store_sqlite_report(struct store_reader *reader, struct store_report *request, struct err *err)
{
	struct reporting reporting = {
		.reader = reader,
		.request = request,
		.count = store_report_count_new(request),
		.origin = map_new(),
		.remote = map_new(),
		.domain = map_new(),
		.complaint = map_new(),
		.lowest = id_lowest_at(2 * request->since_unix_ms - request->until_unix_ms),
		.highest = id_lowest_at(request->until_unix_ms) - 1,
	};
	int done, days = 0;

	request->counted_from_unix_ms = request->until_unix_ms;
	store_reader_limit(reader, request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS,
	                   request->cancel);
	done = load_complaints(&reporting, err);
	if (done == 0)
		done = walk_file(&reporting, &reader->db, true, err);
	if (done == 0)
		days = walk_days(&reporting, err);
	request->timed_out = reader->timed_out;
	if (done == 0 || reader->timed_out) { /* what there is, is right */
		store_report_count_answer(reporting.count);
		done = put_coverage(&reporting, days <= 0, err);
	}
	deinit(&reporting);
	return done;
}
