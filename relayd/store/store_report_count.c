/* store_report_count.c - see store_report_count.h. */
#include "store/store_report_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/store_histogram.h"
#include "verdict/verdict_template.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)
#define HOURS_SPAN_MS (3 * DAY_MS)     /* up to here the series is of hours */
#define NAMES_MAX 20000                /* told apart, of a kind: 3 MB */
#define TIMED_MAX 1000                 /* have a histogram, of a kind: 3.4 MB */
#define REPLIES_MAX 2000               /* told apart: 2 MB */
#define SAMPLE_MAX 400
#define OTHERS "(others)"

struct store_report_group { /* of one name; owned by its kind's map */
	struct store_report_tally tally;
	struct store_histogram *times; /* owned; NULL: none yet, or there are too many */
	uint64_t before;
	char name[];
};

struct reply { /* owned by the map */
	uint64_t deferrals, bounces;
	int code;
	enum verdict_category category;
	const char *site, *sample;     /* owned */
	size_t n;
};

struct store_report_count {
	struct store_report *request;
	struct map *group[STORE_REPORT_KIND_COUNT]; /* name -> struct store_report_group */
	size_t timed[STORE_REPORT_KIND_COUNT];
	struct store_histogram times, times_before;
	struct map *reply;             /* site, NUL, template -> struct reply */
	struct reply other_replies;    /* beyond the cap: counted, not told */
	struct store_report_point *point;
	size_t points;
	int64_t first_unix_ms;         /* of the first point */
};

/* ---- the series ------------------------------------------------------------------------ */

static int64_t
step_begin(const struct store_report *request, int64_t at)
{
	int64_t local = at + request->zone_ms;

	return at - (local % request->step_ms + request->step_ms) % request->step_ms;
}

static void
make_points(struct store_report_count *count)
{
	struct store_report *request = count->request;
	int64_t last;

	request->step_ms =
		request->until_unix_ms - request->since_unix_ms <= HOURS_SPAN_MS ? HOUR_MS : DAY_MS;
	count->first_unix_ms = step_begin(request, request->since_unix_ms);
	last = step_begin(request, request->until_unix_ms - 1);
	if (last - count->first_unix_ms >= STORE_REPORT_POINTS_MAX * request->step_ms)
		count->first_unix_ms = last - (STORE_REPORT_POINTS_MAX - 1) * request->step_ms;
	count->points = (size_t)((last - count->first_unix_ms) / request->step_ms) + 1;
	count->point = mem_zero(count->points, sizeof *count->point);
	for (size_t i = 0; i < count->points; i++)
		count->point[i].at_unix_ms = count->first_unix_ms + (int64_t)i * request->step_ms;
}

static struct store_report_point *
point_of(struct store_report_count *count, int64_t at)
{
	int64_t i = (at - count->first_unix_ms) / count->request->step_ms;

	return at >= count->first_unix_ms && (size_t)i < count->points ? &count->point[i] : NULL;
}

/* ---- life -------------------------------------------------------------------------------- */

struct store_report_count *
store_report_count_new(struct store_report *request)
{
	struct store_report_count *count = mem_zero(1, sizeof *count);

	count->request = request;
	for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++)
		count->group[kind] = map_new();
	count->reply = map_new();
	make_points(count);
	return count;
}

static void
free_reply(struct reply *reply)
{
	mem_free((void *)(uintptr_t)reply->site);
	mem_free((void *)(uintptr_t)reply->sample);
	mem_free(reply);
}

void
store_report_count_free(struct store_report_count **count)
{
	struct store_report_count *c = *count;
	struct span key;
	size_t cursor = 0;
	void *value;

	*count = NULL;
	if (c == NULL)
		return;
	for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++) {
		cursor = 0;
		while (map_next(c->group[kind], &cursor, &key, &value)) {
			mem_free(((struct store_report_group *)value)->times);
			mem_free(value);
		}
		map_free(&c->group[kind]);
	}
	cursor = 0;
	while (map_next(c->reply, &cursor, &key, &value))
		free_reply(value);
	map_free(&c->reply);
	mem_free(c->point);
	mem_free(c);
}

struct store_report_group *
store_report_count_group(struct store_report_count *count, enum store_report_kind kind,
                         const char *name)
{
	struct map *groups = count->group[kind];
	struct store_report_group *group = map_get(groups, span_of(name));
	size_t n;

	if (group != NULL)
		return group;
	if (map_count(groups) >= NAMES_MAX && strcmp(name, OTHERS) != 0)
		return store_report_count_group(count, kind, OTHERS);
	n = strlen(name);
	group = mem_zero(1, sizeof *group + n + 1);
	memcpy(group->name, name, n);
	map_put(groups, span_of(name), group);
	return group;
}

const char *
store_report_group_name(const struct store_report_group *group)
{
	return group->name;
}

/* ---- counting ------------------------------------------------------------------------------ */

static bool
is_delivered(enum mail_status status)
{
	return status == MAIL_STATUS_DELIVERED || status == MAIL_STATUS_COMPLAINED;
}

static void
tally_add(struct store_report_tally *tally, const struct store_report_recipient *one)
{
	tally->recipients++;
	tally->bytes += one->size_bytes;
	tally->deferred += one->was_deferred;
	tally->complained += one->has_complained;
	switch (one->status) {
	case MAIL_STATUS_DELIVERED:
	case MAIL_STATUS_COMPLAINED:
		tally->delivered++;
		break;
	case MAIL_STATUS_EXPIRED:
		tally->expired++;
		tally->bounced++;
		break;
	case MAIL_STATUS_BOUNCED:
		tally->bounced++;
		break;
	case MAIL_STATUS_SUPPRESSED:
		tally->suppressed++;
		break;
	case MAIL_STATUS_QUEUED:
	case MAIL_STATUS_DEFERRED:
	case MAIL_STATUS_HELD:
	case MAIL_STATUS_SCHEDULED:
		tally->waiting++;
		break;
	default:
		tally->cancelled++;
	}
}

static void
tally_merge(struct store_report_tally *into, const struct store_report_tally *from)
{
	into->recipients += from->recipients;
	into->bytes += from->bytes;
	into->delivered += from->delivered;
	into->deferred += from->deferred;
	into->bounced += from->bounced;
	into->expired += from->expired;
	into->complained += from->complained;
	into->suppressed += from->suppressed;
	into->cancelled += from->cancelled;
	into->waiting += from->waiting;
}

static void
add_point(struct store_report_point *point, const struct store_report_recipient *one)
{
	if (point == NULL)
		return;
	point->recipients++;
	point->delivered += is_delivered(one->status);
	point->deferred += one->was_deferred;
	point->bounced += one->status == MAIL_STATUS_BOUNCED || one->status == MAIL_STATUS_EXPIRED;
	point->complained += one->has_complained;
}

static void
add_group(struct store_report_count *count, enum store_report_kind kind,
          struct store_report_group *group, const struct store_report_recipient *one, int64_t ms)
{
	tally_add(&group->tally, one);
	if (!is_delivered(one->status))
		return;
	if (group->times == NULL && count->timed[kind] < TIMED_MAX) {
		count->timed[kind]++;
		group->times = mem_zero(1, sizeof *group->times);
	}
	if (group->times != NULL)
		store_histogram_add(group->times, ms);
}

void
store_report_count_add(struct store_report_count *count, const struct store_report_recipient *one)
{
	struct store_report *request = count->request;
	int64_t at = id_unix_ms(one->message_id), ms = one->finished_unix_ms - at;

	request->scanned++;
	if (at < request->since_unix_ms) {
		request->messages_before += one->is_first;
		tally_add(&request->before, one);
		if (is_delivered(one->status))
			store_histogram_add(&count->times_before, ms);
		for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++)
			one->group[kind]->before++;
		return;
	}
	request->messages += one->is_first;
	tally_add(&request->total, one);
	if (is_delivered(one->status))
		store_histogram_add(&count->times, ms);
	add_point(point_of(count, at), one);
	for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++)
		add_group(count, (enum store_report_kind)kind, one->group[kind], one, ms);
}

void
store_report_count_reply(struct store_report_count *count, const char *site, struct span reply,
                         int code, enum verdict_category category, bool is_final)
{
	char key[256 + VERDICT_TEMPLATE_SIZE];
	size_t n = strnlen(site, 255);
	struct reply *one;

	count->request->deferrals += !is_final;
	memcpy(key, site, n);
	key[n++] = '\0';
	n += verdict_template(reply, key + n);
	one = map_get(count->reply, (struct span){ key, n });
	if (one == NULL && map_count(count->reply) >= REPLIES_MAX)
		one = &count->other_replies;
	if (one == NULL) {
		one = mem_zero(1, sizeof *one);
		one->code = code;
		one->category = category;
		one->site = mem_strdup(site);
		one->n = reply.n < SAMPLE_MAX ? reply.n : SAMPLE_MAX;
		one->sample = mem_copy(reply.p, one->n);
		map_put(count->reply, (struct span){ key, n }, one);
	}
	*(is_final ? &one->bounces : &one->deferrals) += 1;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void
put_times(struct store_report_tally *tally, const struct store_histogram *times)
{
	static const unsigned per_mille[STORE_REPORT_TIME_COUNT] = { 500, 900, 950, 990 };

	for (int i = 0; i < STORE_REPORT_TIME_COUNT; i++)
		tally->time_ms[i] = times ? store_histogram_at(times, per_mille[i]) : -1;
}

static int
most_first(const void *a, const void *b)
{
	const struct store_report_group *x = *(struct store_report_group *const *)a;
	const struct store_report_group *y = *(struct store_report_group *const *)b;
	bool is_other = strcmp(x->name, OTHERS) == 0;

	if (is_other != (strcmp(y->name, OTHERS) == 0))
		return is_other ? 1 : -1;
	if (x->tally.recipients != y->tally.recipients)
		return x->tally.recipients < y->tally.recipients ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
put_row(struct store_report *request, enum store_report_kind kind,
        struct store_report_group *group)
{
	struct store_report_row *row = &request->row[kind][request->rows[kind]++];

	put_times(&group->tally, group->times);
	row->name = arena_strdup(request->arena, group->name);
	row->tally = group->tally;
	row->recipients_before = group->before;
}

static void
answer_kind(struct store_report_count *count, enum store_report_kind kind)
{
	struct store_report *request = count->request;
	size_t total = map_count(count->group[kind]), seen = 0, cursor = 0;
	struct store_report_group **group = mem_zero(total + 1, sizeof *group);
	struct store_histogram rest = { .count = 0 };
	struct span key;
	void *value;

	while (map_next(count->group[kind], &cursor, &key, &value))
		if (((struct store_report_group *)value)->tally.recipients > 0)
			group[seen++] = value;
	qsort(group, seen, sizeof *group, most_first);
	request->names[kind] = seen;
	request->row[kind] =
		arena_zero(request->arena, STORE_REPORT_ROWS_MAX * sizeof **request->row);
	for (size_t i = 0; i < seen; i++) {
		if (i < STORE_REPORT_ROWS_MAX && strcmp(group[i]->name, OTHERS) != 0) {
			put_row(request, kind, group[i]);
			continue;
		}
		tally_merge(&request->others[kind], &group[i]->tally);
		if (group[i]->times != NULL)
			store_histogram_merge(&rest, group[i]->times);
	}
	put_times(&request->others[kind], &rest);
	mem_free(group);
}

static int
replies_most_first(const void *a, const void *b)
{
	const struct reply *x = *(struct reply *const *)a, *y = *(struct reply *const *)b;
	uint64_t many = x->deferrals + x->bounces, other = y->deferrals + y->bounces;
	int order;

	if (many != other)
		return many < other ? 1 : -1;
	order = strcmp(x->site, y->site);
	if (order == 0)
		order = memcmp(x->sample, y->sample, x->n < y->n ? x->n : y->n);
	return order;
}

static void
answer_replies(struct store_report_count *count)
{
	struct store_report *request = count->request;
	size_t total = map_count(count->reply), seen = 0, cursor = 0;
	struct reply **reply = mem_zero(total + 1, sizeof *reply);
	struct span key;
	void *value;

	while (map_next(count->reply, &cursor, &key, &value))
		reply[seen++] = value;
	qsort(reply, seen, sizeof *reply, replies_most_first);
	request->replies = seen < STORE_REPORT_REPLIES_MAX ? seen : STORE_REPORT_REPLIES_MAX;
	request->reply =
		arena_zero(request->arena, (request->replies + 1) * sizeof *request->reply);
	for (size_t i = 0; i < request->replies; i++)
		request->reply[i] = (struct store_report_reply){
			.site = arena_strdup(request->arena, reply[i]->site),
			.reply = { arena_copy(request->arena, reply[i]->sample, reply[i]->n),
			           reply[i]->n },
			.code = reply[i]->code,
			.category = reply[i]->category,
			.deferrals = reply[i]->deferrals,
			.bounces = reply[i]->bounces,
		};
	mem_free(reply);
}

void
store_report_count_answer(struct store_report_count *count)
{
	struct store_report *request = count->request;

	put_times(&request->total, &count->times);
	put_times(&request->before, &count->times_before);
	for (int kind = 0; kind < STORE_REPORT_KIND_COUNT; kind++)
		answer_kind(count, (enum store_report_kind)kind);
	answer_replies(count);
	request->points = count->points;
	request->point = arena_copy(request->arena, count->point,
	                            count->points * sizeof *count->point);
}
