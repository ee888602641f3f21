/* store_near.c - addresses that look like the one nobody knows: "no trace, did
 * you mean ...".
 *
 * One walk over the texts of all addresses (store_address_block.h). Those of about the
 * length are compared at five shifts at once, which leaves some in a hundred for a banded
 * edit distance that gives up early; the best dozen are then counted and ordered by
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

/* ---- the walk -------------------------------------------------------------------------- */

#define LANES 16 /* more are taken apart by the compiler, see store_needle.c */

typedef unsigned char lanes __attribute__((vector_size(LANES)));

struct wanted {
	const char *text;
	size_t n;
	lanes first;               /* its first bytes ... */
	lanes counts;              /* ... 1 where there is one, else 0 */
	struct near *near;
	size_t *count;
	struct arena *arena;
};

static void
set_lanes(struct wanted *wanted)
{
	size_t n = wanted->n < LANES ? wanted->n : LANES;
	unsigned char ones[LANES] = { 0 };

	memset(ones, 1, n);
	memcpy(&wanted->counts, ones, LANES);
	wanted->first = (lanes){ 0 };
	memcpy(&wanted->first, wanted->text, n);
}

/* may_be_near - each byte of the wanted one is in the other, at most NEAR_DISTANCE places
 * away, but for one an edit. Reads that far around line .. line + LANES; what is there of
 * other lines can only make it say yes. */
static bool
may_be_near(const struct wanted *wanted, const char *line)
{
	lanes same = { 0 }, other;
	union {
		lanes lane;
		uint64_t word[LANES / 8];
	} missing;
	uint64_t sum = 0;

	for (int shift = -NEAR_DISTANCE; shift <= NEAR_DISTANCE; shift++) {
		memcpy(&other, line + shift, LANES);
		same |= (lanes)(other == wanted->first);
	}
	missing.lane = wanted->counts & ~same;
	for (int i = 0; i < LANES / 8; i++) /* bytes of 0 and 1: their sum stays below 256 */
		sum += missing.word[i];
	return (sum * 0x0101010101010101u) >> 56 <= NEAR_DISTANCE;
}

static void
try_line(const struct wanted *wanted, int64_t id, const char *line, size_t n)
{
	struct near one = { .id = id };

	one.distance = distance(wanted->text, wanted->n, line, n);
	if (one.distance == 0 || one.distance > NEAR_DISTANCE)
		return;
	one.text = arena_span(wanted->arena, (struct span){ line, n });
	keep(wanted->near, wanted->count, &one);
}

static void
try_lines(void *arg, int64_t first_id, struct span lines)
{
	const char *line = lines.p, *end = lines.p + lines.n, *stop;
	const struct wanted *wanted = arg;

	for (int64_t id = first_id; line < end; id++, line = stop + 1) {
		size_t n;

		stop = memchr(line, '\n', (size_t)(end - line));
		if (stop == NULL)
			stop = end;
		n = (size_t)(stop - line);
		if (n == 0 || n + NEAR_DISTANCE < wanted->n || n > wanted->n + NEAR_DISTANCE)
			continue;
		if (line - lines.p < NEAR_DISTANCE || end - line < LANES + NEAR_DISTANCE ||
		    may_be_near(wanted, line))
			try_line(wanted, id, line, n);
	}
}

/* ---- the answer ------------------------------------------------------------------------ */

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
	size_t n = strlen(request->text), count = 0;
	char *text = arena_alloc(request->arena, n + 1);
	struct near near[NEAR_MAX] = { { 0 } };
	struct wanted wanted = {
		.text = text, .n = n, .near = near, .count = &count, .arena = request->arena,
	};

	store_fold(request->text, n, text);
	set_lanes(&wanted);
	request->count = 0;
	store_reader_limit(reader, NEAR_TIMEOUT_MS, NULL);
	if (store_address_walk(reader, NULL, 0, try_lines, &wanted, err) != 0 && !reader->timed_out)
		return -1;
	store_reader_limit(reader, NEAR_TIMEOUT_MS, NULL);
	if (count > 0 && count_uses(reader, near, count, err) != 0 && !reader->timed_out)
		return -1;
	answer(request, near, count);
	return 0;
}
