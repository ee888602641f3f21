/* store_sqlite_sent.c - what a credential's mail was, counted by where it came from and
 * where it went, beside what it was before (struct store_sent).
 *
 * The hot file, then the days, newest message first, so that the time asked for is whole
 * when time runs out in the one before it. A message that moves to the log meanwhile is in
 * both and counted once. Search threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "mail/mail_network.h"
#include "store/store_reader_private.h"

#define PAGE_ROWS 2000
#define HOUR_MS 3600000
#define HOURS_MAX (24 * 400)
#define VALUES_MAX 50000           /* told apart, of each kind; the rest is one */
#define OTHERS "(others)"
#define TIMEOUT_MS 10000
#define HOST_SIZE 320              /* an address and EHLO's name */

struct tally { /* of one value; owned by its kind's map */
	uint64_t recipients, before;
	int64_t first_unix_ms, last_unix_ms;
	char value[];
};

struct origin { /* of the credential; by id, owned */
	struct tally *network, *host, *key, *from;
};

struct counting {
	struct store_reader *reader;
	struct store_sent *request;
	struct map *value[STORE_SENT_KIND_COUNT];
	struct map *origin;        /* id -> struct origin */
	struct map *sender;        /* id -> struct tally, borrowed */
	uint64_t *hot;             /* ids counted in the hot file, newest first */
	size_t hots, hot_cap;
	uint64_t hour[HOURS_MAX], hour_before[HOURS_MAX];
};

struct source {
	struct store_db *db;
	bool is_hot;
};

/* ---- values ---------------------------------------------------------------------------- */

static struct tally *
tally_of(struct counting *counting, enum store_sent_kind kind, const char *value)
{
	struct map *values = counting->value[kind];
	struct tally *tally = map_get(values, span_of(value));
	size_t n;

	if (tally != NULL)
		return tally;
	if (map_count(values) >= VALUES_MAX && strcmp(value, OTHERS) != 0)
		return tally_of(counting, kind, OTHERS);
	n = strlen(value);
	tally = mem_zero(1, sizeof *tally + n + 1);
	memcpy(tally->value, value, n);
	map_put(values, span_of(value), tally);
	return tally;
}

/* ---- what is looked up once --------------------------------------------------------------- */

/* host_of - the name it said, unless that is an address again: "[192.0.2.15]". */
static struct tally *
host_of(struct counting *counting, const char *address, const char *name)
{
	bool has_name = name[0] != '\0' && name[0] != '[';
	char text[HOST_SIZE];

	(void)snprintf(text, sizeof text, "%s%s%s", address, has_name ? " " : "",
	               has_name ? name : "");
	return tally_of(counting, STORE_SENT_HOST, text);
}

static int
load_origins(struct counting *counting, struct err *err)
{
	struct store_db *db = &counting->reader->db;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SENT_ORIGINS);
	int step;

	store_db_bind_text(stmt, 1, counting->request->credential);
	while ((step = store_db_step(db, stmt, err)) > 0) {
		uint64_t id = (uint64_t)store_db_int(stmt, 0);
		struct origin *origin = mem_zero(1, sizeof *origin);
		char text[MAIL_NETWORK_SIZE];

		(void)snprintf(text, sizeof text, "%llu",
		               (unsigned long long)store_db_int(stmt, 1));
		origin->key = tally_of(counting, STORE_SENT_KEY, text);
		mail_network_of(store_db_text(stmt, 2), text);
		origin->network = tally_of(counting, STORE_SENT_NETWORK, text);
		origin->host = host_of(counting, store_db_text(stmt, 2), store_db_text(stmt, 4));
		origin->from = tally_of(counting, STORE_SENT_FROM, store_db_text(stmt, 3));
		mem_free(map_put(counting->origin, map_key_u64(&id), origin));
	}
	return step;
}

static struct tally *
sender_of(struct counting *counting, uint64_t sender_id)
{
	struct store_db *db = &counting->reader->db;
	struct tally *tally = map_get(counting->sender, map_key_u64(&sender_id));
	const char *text = NULL;
	sqlite3_stmt *stmt;

	if (tally != NULL)
		return tally;
	stmt = store_db_stmt(db, STORE_SQL_ADDRESS_READ);
	store_db_bind_int(stmt, 1, (int64_t)sender_id);
	if (store_db_step(db, stmt, NULL) > 0)
		text = store_db_text(stmt, 0);
	tally = tally_of(counting, STORE_SENT_SENDER, text == NULL ? "(expired)"
	                                              : text[0] != '\0' ? text : "<>");
	store_db_reset(stmt);
	if (map_count(counting->sender) < VALUES_MAX)
		map_put(counting->sender, map_key_u64(&sender_id), tally);
	return tally;
}

static struct tally *
domain_of(struct counting *counting, int64_t address_id)
{
	struct store_db *db = &counting->reader->db;
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_SENT_DOMAIN);
	const char *text = NULL;
	struct tally *tally;

	store_db_bind_int(stmt, 1, address_id);
	if (store_db_step(db, stmt, NULL) > 0)
		text = store_db_text(stmt, 0);
	tally = tally_of(counting, STORE_SENT_DOMAIN, text != NULL ? text : "(expired)");
	store_db_reset(stmt);
	return tally;
}

/* ---- counting ----------------------------------------------------------------------------- */

static void
count(struct tally *tally, bool is_asked, int64_t at_unix_ms)
{
	if (!is_asked) {
		tally->before++;
		return;
	}
	tally->recipients++;
	if (tally->first_unix_ms == 0 || at_unix_ms < tally->first_unix_ms)
		tally->first_unix_ms = at_unix_ms;
	if (at_unix_ms > tally->last_unix_ms)
		tally->last_unix_ms = at_unix_ms;
}

static void
count_hour(struct counting *counting, bool is_asked, int64_t at_unix_ms)
{
	const struct store_sent *request = counting->request;
	int64_t from = is_asked ? request->since_unix_ms : request->before_unix_ms;
	int64_t hour = (at_unix_ms - from) / HOUR_MS;

	if (hour >= 0 && hour < HOURS_MAX)
		(is_asked ? counting->hour : counting->hour_before)[hour]++;
}

static int
newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* was_counted - in the hot file, and moved to the log since. */
static bool
was_counted(const struct counting *counting, uint64_t id)
{
	return counting->hots > 0
	       && bsearch(&id, counting->hot, counting->hots, sizeof id, newest_first) != NULL;
}

static void
note_hot(struct counting *counting, uint64_t id)
{
	if (counting->hots == counting->hot_cap) {
		counting->hot_cap = counting->hot_cap > 0 ? 2 * counting->hot_cap : 1024;
		counting->hot = mem_resize(counting->hot, counting->hot_cap * sizeof id);
	}
	counting->hot[counting->hots++] = id;
}

/* count_message - its recipients; 0: it moved to the log since its page was read, and is
 * counted there. */
static int
count_message(struct counting *counting, struct source source, uint64_t id,
              const struct origin *origin, uint64_t sender_id, struct err *err)
{
	struct store_sent *request = counting->request;
	int64_t at = id_unix_ms(id);
	bool is_asked = at >= request->since_unix_ms;
	struct tally *sender = sender_of(counting, sender_id);
	sqlite3_stmt *stmt = store_db_stmt(source.db, STORE_SQL_SENT_RECIPIENTS);
	int step, recipients = 0;

	store_db_bind_int(stmt, 1, (int64_t)id);
	while ((step = store_db_step(source.db, stmt, err)) > 0) {
		struct tally *domain = domain_of(counting, store_db_int(stmt, 0));
		int64_t status = store_db_int(stmt, 1);

		recipients++;
		*(is_asked ? &request->recipients : &request->recipients_before) += 1;
		if (is_asked && status >= 0 && status < MAIL_STATUS_COUNT)
			request->status[status]++;
		count_hour(counting, is_asked, at);
		count(origin->network, is_asked, at);
		count(origin->host, is_asked, at);
		count(origin->key, is_asked, at);
		count(origin->from, is_asked, at);
		count(sender, is_asked, at);
		count(domain, is_asked, at);
	}
	*(is_asked ? &request->messages : &request->messages_before) += recipients > 0;
	if (request->recent_unix_ms > 0 && at >= request->recent_unix_ms && step >= 0) {
		request->recent_messages += recipients > 0;
		request->recent_recipients += (uint64_t)recipients;
	}
	return step < 0 ? -1 : recipients;
}

struct page_row {
	uint64_t id, sender_id;
	const struct origin *origin;
};

/* read_page - ids first: the statement is done before others of this file run. Returns
 * rows seen, of which *kept_out are the credential's; -1: err. */
static int
read_page(struct counting *counting, struct source source, uint64_t *cursor, uint64_t lowest,
          struct page_row *row, size_t *kept_out, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(source.db, STORE_SQL_SENT_PAGE);
	int rows = 0, step;

	*kept_out = 0;
	store_db_bind_int(stmt, 1, (int64_t)*cursor);
	store_db_bind_int(stmt, 2, (int64_t)lowest);
	store_db_bind_int(stmt, 3, PAGE_ROWS);
	while ((step = store_db_step(source.db, stmt, err)) > 0) {
		uint64_t origin_id = (uint64_t)store_db_int(stmt, 1);

		*cursor = (uint64_t)store_db_int(stmt, 0);
		rows++;
		row[*kept_out] = (struct page_row){
			.id = *cursor,
			.sender_id = (uint64_t)store_db_int(stmt, 2),
			.origin = map_get(counting->origin, map_key_u64(&origin_id)),
		};
		*kept_out += row[*kept_out].origin != NULL;
	}
	return step < 0 ? -1 : rows;
}

static int
walk(struct counting *counting, struct source source, uint64_t lowest, struct err *err)
{
	struct page_row *row = mem_zero(PAGE_ROWS + 1, sizeof *row);
	uint64_t cursor = INT64_MAX;
	size_t kept;
	int rows = PAGE_ROWS, recipients;

	while (rows == PAGE_ROWS && !store_reader_must_stop(counting->reader)) {
		rows = read_page(counting, source, &cursor, lowest, row, &kept, err);
		for (size_t i = 0; i < kept && rows >= 0; i++) {
			if (!source.is_hot && was_counted(counting, row[i].id))
				continue;
			recipients = count_message(counting, source, row[i].id, row[i].origin,
			                           row[i].sender_id, err);
			if (recipients < 0)
				rows = -1;
			else if (recipients > 0 && source.is_hot)
				note_hot(counting, row[i].id);
		}
		if (rows > 0 && !source.is_hot)
			counting->request->compared_unix_ms = id_unix_ms(cursor);
	}
	mem_free(row);
	return rows < 0 || counting->reader->timed_out ? -1 : 0;
}

static int
walk_days(struct counting *counting, uint64_t lowest, struct err *err)
{
	size_t days;
	int64_t *day = store_day_list(counting->reader->state_dir, &days);
	int result = 0;

	for (size_t i = 0; i < days && result == 0; i++) {
		struct source source = { .is_hot = false };

		if (id_lowest_at((day[i] + 1) * STORE_DAY_MS) <= lowest)
			break;
		source.db = store_reader_day_open(counting->reader, day[i], err);
		if (source.db != NULL)
			result = walk(counting, source, lowest, err);
		else if (err->kind != ERR_TEMP) /* a damaged day; TEMP is an empty one */
			result = -1;
	}
	mem_free(day);
	return result;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static int
most_first(const void *a, const void *b)
{
	const struct tally *x = *(struct tally *const *)a, *y = *(struct tally *const *)b;

	if (x->recipients != y->recipients)
		return x->recipients < y->recipients ? 1 : -1;
	return strcmp(x->value, y->value);
}

static void
answer_kind(struct counting *counting, enum store_sent_kind kind)
{
	struct store_sent *request = counting->request;
	size_t count = map_count(counting->value[kind]), seen = 0, cursor = 0;
	struct tally **tally = mem_zero(count + 1, sizeof *tally);
	struct store_sent_row *row;
	struct span key;
	void *value;

	while (map_next(counting->value[kind], &cursor, &key, &value)) {
		const struct tally *one = value;

		if (one->recipients > 0)
			tally[seen++] = value;
		request->news[kind] += one->recipients > 0 && one->before == 0;
	}
	qsort(tally, seen, sizeof *tally, most_first);
	request->total[kind] = seen;
	request->rows[kind] = seen < STORE_SENT_ROWS_MAX ? seen : STORE_SENT_ROWS_MAX;
	request->row[kind] = row =
		arena_zero(request->arena, (request->rows[kind] + 1) * sizeof *row);
	for (size_t i = 0; i < request->rows[kind]; i++)
		row[i] = (struct store_sent_row){
			.value = arena_strdup(request->arena, tally[i]->value),
			.recipients = tally[i]->recipients,
			.before = tally[i]->before,
			.first_unix_ms = tally[i]->first_unix_ms,
			.last_unix_ms = tally[i]->last_unix_ms,
		};
	mem_free(tally);
}

static uint64_t
highest(const uint64_t *hour)
{
	uint64_t most = 0;

	for (size_t i = 0; i < HOURS_MAX; i++)
		if (hour[i] > most)
			most = hour[i];
	return most;
}

/* look - -1 when it failed, or time ran out. */
static int
look(struct counting *counting, struct err *err)
{
	const struct store_sent *request = counting->request;
	uint64_t lowest = id_lowest_at(request->before_unix_ms);

	if (load_origins(counting, err) < 0
	    || walk(counting, (struct source){ &counting->reader->db, true }, lowest, err) < 0)
		return -1;
	return walk_days(counting, lowest, err);
}

int
store_sqlite_sent(struct store_reader *reader, struct store_sent *request, struct err *err)
{
	struct counting *counting = mem_zero(1, sizeof *counting);
	int done;

	counting->reader = reader;
	counting->request = request;
	counting->origin = map_new();
	counting->sender = map_new();
	for (int kind = 0; kind < STORE_SENT_KIND_COUNT; kind++)
		counting->value[kind] = map_new();
	request->compared_unix_ms = INT64_MAX;
	store_reader_limit(reader, request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS,
	                   NULL);
	done = look(counting, err);
	if (done == 0)
		request->compared_unix_ms = request->before_unix_ms;
	request->is_complete = request->compared_unix_ms <= request->since_unix_ms;
	if (done < 0 && reader->timed_out)
		done = 0; /* what there is, is right */
	for (int kind = 0; kind < STORE_SENT_KIND_COUNT; kind++)
		answer_kind(counting, kind);
	request->busiest_hour = highest(counting->hour);
	request->busiest_hour_before = highest(counting->hour_before);
	for (int kind = 0; kind < STORE_SENT_KIND_COUNT; kind++)
		map_free_all(&counting->value[kind]);
	map_free_all(&counting->origin);
	map_free(&counting->sender);
	mem_free(counting->hot);
	mem_free(counting);
	return done;
}
