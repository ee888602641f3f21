/* store_near.c - addresses that look like the one nobody knows: "no trace, did
 * you mean ...".
 *
 * One walk over the distinct addresses with a banded edit distance that gives
 * up early; the best dozen are then counted and ordered by
 * distance and use. Search threads. */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "store/store_reader_private.h"

#define NEAR_MAX 12 /* looked at closer */
#define NEAR_ANSWERS 5
#define NEAR_DISTANCE 2
#define NEAR_TEXT_MAX 320
#define NEAR_TIMEOUT_MS 2000
#define NEAR_DAYS 30 /* whose uses are counted */

struct near {
	int64_t id;
	int distance;
	uint64_t uses;
	const char *text;
};

static int
least(int a, int b, int c)
{
	int m = a < b ? a : b;

	return m < c ? m : c;
}

/* distance - edits (insert, delete, replace) that make a into b; more than
 * NEAR_DISTANCE is all the same. Rows are cut to the diagonal band. */
static int
distance(const char *a, size_t an, const char *b, size_t bn)
{
	int row[NEAR_TEXT_MAX + 1];

	if (an > NEAR_TEXT_MAX || bn > NEAR_TEXT_MAX ||
	    (an > bn ? an - bn : bn - an) > NEAR_DISTANCE)
		return NEAR_DISTANCE + 1;
	for (size_t j = 0; j <= bn; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= an; i++) {
		size_t from = i > NEAR_DISTANCE ? i - NEAR_DISTANCE : 1;
		size_t to = i + NEAR_DISTANCE < bn ? i + NEAR_DISTANCE : bn;
		int diagonal = row[from - 1], best = NEAR_DISTANCE + 1;

		row[from - 1] = from == 1 ? (int)i : NEAR_DISTANCE + 1;
		if (row[from - 1] < best)
			best = row[from - 1];
		for (size_t j = from; j <= to; j++) {
			int above = j == i + NEAR_DISTANCE ? NEAR_DISTANCE + 1 : row[j];
			int cost =
				least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));

			diagonal = row[j];
			row[j] = cost;
			if (cost < best)
				best = cost;
		}
		if (best > NEAR_DISTANCE)
			return best;
	}
	return row[bn];
}

static int
nearest_first(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance - y->distance;
	if (x->uses != y->uses)
		return x->uses < y->uses ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

/* keep - among the NEAR_MAX best so far. */
static void
keep(struct near *near, size_t *count, const struct near *one)
{
	size_t worst = 0;

	if (*count < NEAR_MAX) {
		near[(*count)++] = *one;
		return;
	}
	for (size_t i = 1; i < NEAR_MAX; i++)
		if (near[i].distance > near[worst].distance)
			worst = i;
	if (one->distance < near[worst].distance)
		near[worst] = *one;
}

/* scan - all that can be alike: SQLite leaves out what has another length, or none of the
 * wanted one's thirds, before it comes here. */
static int
scan(struct store_reader *reader, struct store_near *request, const char *wanted,
     struct near *near, size_t *count, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(&reader->db, STORE_SQL_ADDRESS_ALIKE);
	size_t n = strlen(wanted), third = n / 3;
	int step;

	store_db_bind_text(stmt, 1, wanted);
	store_db_bind_span(stmt, 2, (struct span){ wanted, third });
	store_db_bind_span(stmt, 3, (struct span){ wanted + third, third });
	store_db_bind_span(stmt, 4, (struct span){ wanted + 2 * third, n - 2 * third });
	while ((step = store_db_step(&reader->db, stmt, err)) > 0) {
		const char *folded = store_db_text(stmt, 1);
		struct near one = { .id = store_db_int(stmt, 0) };

		one.distance = distance(wanted, n, folded, strlen(folded));
		if (one.distance == 0 || one.distance > NEAR_DISTANCE)
			continue;
		one.text = arena_strdup(request->arena, folded);
		keep(near, count, &one);
	}
	return step;
}

static int
count_uses_in(struct store_db *db, struct near *near, size_t count, struct err *err)
{
	sqlite3_stmt *stmt = store_db_stmt(db, STORE_SQL_ADDRESS_USES);

	for (size_t i = 0; i < count; i++) {
		store_db_bind_int(stmt, 1, near[i].id);
		if (store_db_step(db, stmt, err) < 0)
			return -1;
		near[i].uses += (uint64_t)store_db_int(stmt, 0);
		store_db_reset(stmt);
	}
	return 0;
}

static int
count_uses(struct store_reader *reader, struct near *near, size_t count, struct err *err)
{
	size_t days;
	int64_t *day = store_day_list(reader->state_dir, &days);
	int result = count_uses_in(&reader->db, near, count, err);

	for (size_t i = 0; i < days && i < NEAR_DAYS && count > 0 && result == 0; i++) {
		struct store_db *db = store_reader_day_open(reader, day[i], err);

		if (db != NULL)
			result = count_uses_in(db, near, count, err);
	}
	mem_free(day);
	return result;
}

static void
answer(struct store_near *request, struct near *near, size_t count)
{
	qsort(near, count, sizeof *near, nearest_first);
	request->address = arena_zero(request->arena, NEAR_ANSWERS * sizeof *request->address);
	request->uses = arena_zero(request->arena, NEAR_ANSWERS * sizeof *request->uses);
	for (size_t i = 0; i < count && request->count < NEAR_ANSWERS; i++) {
		if (near[i].uses == 0) /* a sender, or expired: leads nowhere */
			continue;
		request->address[request->count] = near[i].text;
		request->uses[request->count++] = near[i].uses;
	}
}

int
store_sqlite_near(struct store_reader *reader, struct store_near *request, struct err *err)
{
	char *wanted = arena_strdup(request->arena, request->text);
	struct near near[NEAR_MAX] = { { 0 } };
	size_t count = 0;

	for (char *p = wanted; *p != 0; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	request->count = 0;
	store_reader_limit(reader, NEAR_TIMEOUT_MS, NULL);
	if (scan(reader, request, wanted, near, &count, err) < 0 && !reader->timed_out)
		return -1;
	store_reader_limit(reader, NEAR_TIMEOUT_MS, NULL);
	if (count > 0 && count_uses(reader, near, count, err) != 0 && !reader->timed_out)
		return -1;
	answer(request, near, count);
	return 0;
}
