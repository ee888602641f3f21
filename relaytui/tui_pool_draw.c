/* tui_pool_draw.c - see tui_pool.h: bars of a warm-up by provider, its schedule as a
 * curve, and what was seen of the address from outside. */
#include "tui_pool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"
#include "tui_model.h"

#define BAR 10                     /* cells of a bar */
#define PROVIDER_MOST 10           /* columns of a provider's name */
#define COUNTS_LEAST 9
#define COUNTS_MOST 15             /* "860,000/900,000" */
#define TWO_COLUMNS 74             /* from here two providers stand side by side */
#define PROVIDERS_MOST 64
#define DAYS_AROUND 5              /* of the schedule, in words */

/* is_provider - not the template for those that are still to come. */
static bool
is_provider(const json_t *item)
{
	return strcmp(tui_text_of(item, "provider"), "*") != 0;
}

/* ---- by provider ------------------------------------------------------------------ */

struct share { /* of one provider; name borrowed of the answer */
	const char *name, *state;
	int64_t sent, cap;
	char counts[2 * UNITS_TEXT_SIZE];
};

/* read_shares - those that get mail of it or may. Returns how many. */
static size_t
read_shares(const json_t *detail, struct share share[PROVIDERS_MOST])
{
	json_t *items = json_object_get(detail, "items"), *item;
	size_t i, count = 0;

	json_array_foreach(items, i, item) {
		struct share *one = &share[count];
		char sent[UNITS_TEXT_SIZE], cap[UNITS_TEXT_SIZE];

		if (!is_provider(item) || count == PROVIDERS_MOST)
			continue;
		*one = (struct share){ .name = tui_text_of(item, "provider"),
			               .state = tui_text_of(item, "state"),
			               .sent = api_json_get_int(item, "sent_today", 0),
			               .cap = api_json_get_int(item, "cap_today", 0) };
		if (one->sent == 0 && one->cap == 0)
			continue;
		units_format_count((uint64_t)(one->sent > 0 ? one->sent : 0), sent);
		units_format_count((uint64_t)(one->cap > 0 ? one->cap : 0), cap);
		snprintf(one->counts, sizeof one->counts, "%s/%s", sent, one->cap > 0 ? cap : "—");
		count++;
	}
	return count;
}

static enum tui_style
share_style(const struct share *share)
{
	if (strcmp(share->state, "frozen") == 0)
		return TUI_BAD;
	return strcmp(share->state, "paused") == 0 ? TUI_WARN : TUI_PLAIN;
}

static void
draw_share(struct tui_area area, const struct share *share, int name_width, int counts_width)
{
	enum tui_style style = share_style(share);
	int64_t full = share->cap > 0 ? share->sent * BAR / share->cap : 0;
	int bar = full < 0 ? 0 : full > BAR ? BAR : (int)full, col = name_width + counts_width + 2;

	(void)tui_area_text(area, 0, 0, name_width, TUI_PLAIN, span_of(share->name));
	tui_area_right(area, 0, name_width + 1, counts_width, style, span_of(share->counts));
	if (share->cap <= 0) {
		(void)tui_area_text(area, 0, col, BAR, TUI_DIM, span_of("no cap"));
		return;
	}
	tui_area_repeat(area, 0, col, bar, style, 0x2587);
	tui_area_repeat(area, 0, col + bar, BAR - bar, TUI_DIM, 0x2591);
}

/* draw_shares - as many as there are rows for; returns how many of those were used. */
static int
draw_shares(struct tui_area area, const json_t *detail)
{
	struct share share[PROVIDERS_MOST];
	size_t count = read_shares(detail, share);
	int per_row = area.width >= TWO_COLUMNS ? 2 : 1, names = 7, counts = COUNTS_LEAST, width;
	int rows = (int)(count + (size_t)per_row - 1) / per_row;

	for (size_t i = 0; i < count; i++) {
		int name = api_text_width(span_of(share[i].name));
		int n = api_text_width(span_of(share[i].counts));

		names = name > names ? name : names;
		counts = n > counts ? n : counts;
	}
	names = names < PROVIDER_MOST ? names : PROVIDER_MOST;
	counts = counts < COUNTS_MOST ? counts : COUNTS_MOST;
	width = names + counts + BAR + 4;
	rows = rows < area.height ? rows : area.height;
	for (size_t i = 0; i < count && (int)i < rows * per_row; i++)
		draw_share(tui_area_sub(area, (int)i / per_row, (int)i % per_row * width, 1, width),
		           &share[i], names, counts);
	if ((size_t)(rows * per_row) < count && rows > 0)
		tui_area_right(area, rows - 1, 0, area.width, TUI_DIM, span_of("and more"));
	return rows;
}

/* ---- today and tomorrow ---------------------------------------------------------------- */

static void
switched_words(const char *what, const char *by, const char *reason, int64_t since_unix_ms,
               int64_t until_unix_ms, int64_t now_unix_ms, char *out, size_t size)
{
	char since[API_FORMAT_SIZE], until[API_FORMAT_SIZE];

	api_format_time(since_unix_ms, now_unix_ms, false, since);
	api_format_time(until_unix_ms, now_unix_ms, false, until);
	snprintf(out, size, "%s since %s by %s%s%s%s%s", what, since, by,
	         until_unix_ms ? " until " : "", until_unix_ms ? until : "", reason[0] ? ": " : "",
	         reason);
}

/* say_cold - what the providers begin with that had no mail of it yet. */
static void
say_cold(const json_t *detail, char *out, size_t size)
{
	json_t *items = json_object_get(detail, "items"), *item;
	char cap[UNITS_TEXT_SIZE];
	int64_t day = 1, most = 0;
	size_t i;

	json_array_foreach(items, i, item)
		if (!is_provider(item)) {
			day = api_json_get_int(item, "day", 1);
			most = api_json_get_int(item, "cap_today", 0);
		}
	units_format_count((uint64_t)(most > 0 ? most : 0), cap);
	snprintf(out, size, "cold: day %" PRId64 " begins with its first message%s%s%s", day,
	         most > 0 ? ", " : "", most > 0 ? cap : "", most > 0 ? " to each provider" : "");
}

/* say_standing - what the heading says after pool and address. */
static void
say_standing(const struct tui_model *model, const struct tui_pool *pool, const json_t *detail,
             char *out, size_t size)
{
	char cap[UNITS_TEXT_SIZE];

	units_format_count((uint64_t)(pool->cap > 0 ? pool->cap : 0), cap);
	if (pool->off_by[0])
		switched_words("off", pool->off_by, pool->off_reason, pool->off_since_unix_ms,
		               pool->off_until_unix_ms, model->now_unix_ms, out, size);
	else if (strcmp(pool->state, "missing") == 0)
		snprintf(out, size, "not an address of this host: others of its pool step in");
	else if (pool->paused_by[0])
		switched_words("warm-up paused", pool->paused_by, pool->paused_reason,
		               pool->paused_since_unix_ms, 0, model->now_unix_ms, out, size);
	else if (pool->day && pool->cap)
		snprintf(out, size, "day %" PRId64 " of %" PRId64 ", cap %s/day, per provider:",
		         pool->day, pool->days, cap);
	else if (pool->day)
		snprintf(out, size, "day %" PRId64 " of %" PRId64 " with some providers:",
		         pool->day, pool->days);
	else if (strcmp(pool->state, "cold") == 0)
		say_cold(detail, out, size);
	else if (detail)
		snprintf(out, size, "%s", api_json_get_bool(detail, "warmup")
		                                  ? "warm: no cap; sent today:"
		                                  : "no warm-up, no cap; sent today:");
	else
		snprintf(out, size, "no cap");
}

/* draw_tomorrow - the next cap, and what has to hold for it; or why it will be the same. */
static int
draw_tomorrow(struct tui_area area, const struct tui_pool *pool, const json_t *detail)
{
	json_t *items = json_object_get(detail, "items"), *item;
	const json_t *schedule = json_object_get(detail, "schedule");
	const char *frozen = NULL;
	char cap[UNITS_TEXT_SIZE], deferred[API_FORMAT_SIZE], complained[API_FORMAT_SIZE],
		text[400];
	double most = -1;
	int64_t tomorrow = 0;
	size_t i;

	json_array_foreach(items, i, item) {
		double share = api_json_get_real(item, "complained_share", -1);

		if (!is_provider(item))
			continue;
		tomorrow += api_json_get_int(item, "cap_tomorrow", 0);
		most = share > most ? share : most;
		if (strcmp(tui_text_of(item, "state"), "frozen") == 0 && !frozen)
			frozen = tui_text_of(item, "why");
	}
	if (tomorrow <= 0)
		return 0;
	units_format_count((uint64_t)tomorrow, cap);
	api_format_percent(pool->deferred_percent, deferred);
	api_format_percent(most < 0 ? -1 : most * 100, complained);
	if (frozen)
		snprintf(text, sizeof text, "Tomorrow %s: %s", cap, frozen);
	else
		snprintf(text, sizeof text,
		         "Tomorrow %s if deferral < %g%% and complaints < %g%% (today %s, %s).",
		         cap,
		         100 * api_json_get_real(schedule, "deferred_below", 0),
		         100 * api_json_get_real(schedule, "complained_below", 0), deferred,
		         complained);
	return tui_area_wrap(area, 0, 2, frozen ? TUI_BAD : TUI_PLAIN, span_of(text));
}

static int
draw_overflow(struct tui_area area, const json_t *detail)
{
	json_t *pools = json_object_get(detail, "overflow"), *one;
	struct buf text;
	size_t i;
	int rows;

	if (!json_is_array(pools))
		return 0;
	buf_init(&text, (size_t)1 << 10);
	json_array_foreach(pools, i, one)
		(void)buf_printf(&text, "%s%s", i ? ", " : "Overflow goes to: ",
		                 json_string_value(one) ? json_string_value(one) : "?");
	(void)buf_printf(&text, "%s", text.len ? "." : "No overflow: what it may not send goes by "
	                                               "others of its pool, or waits.");
	rows = tui_area_wrap(area, 0, 2, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
	return rows;
}

int
tui_pool_draw_progress(const struct tui_model *model, const json_t *row, const json_t *detail,
                       struct tui_area area)
{
	const struct tui_pool pool = tui_pool_read(row);
	struct tui_area inner = tui_area_sub(area, 1, 2, area.height - 1, area.width - 2);
	int tail = 2, used; /* rows for tomorrow and overflow */
	char standing[400], head[TUI_KEY_MAX + 420];

	say_standing(model, &pool, detail, standing, sizeof standing);
	snprintf(head, sizeof head, "%s %s ─ %s", pool.pool, pool.address, standing);
	(void)tui_area_text(area, 0, 0, area.width, TUI_TITLE, span_of(head));
	used = draw_shares(tui_area_sub(inner, 0, 0, inner.height - tail, inner.width), detail);
	used += draw_tomorrow(tui_area_sub(inner, used, 0, inner.height - used, inner.width), &pool,
	                      detail);
	used += draw_overflow(tui_area_sub(inner, used, 0, inner.height - used, inner.width),
	                      detail);
	return used + 1;
}

/* ---- the schedule ------------------------------------------------------------------------ */

/* draw_curve - caps grow by a share each day: the height is their logarithm. */
static void
draw_curve(struct tui_area row, const json_t *caps, int64_t today)
{
	size_t days = json_array_size(caps), columns = (size_t)(row.width > 0 ? row.width : 0);
	double first = log((double)json_integer_value(json_array_get(caps, 0)) + 1);
	double last = log((double)json_integer_value(json_array_get(caps, days - 1)) + 1);

	columns = columns < days ? columns : days;
	for (size_t i = 0; i < columns; i++) {
		size_t day = columns < 2 ? 0 : i * (days - 1) / (columns - 1);
		double cap = log((double)json_integer_value(json_array_get(caps, day)) + 1);
		double height = last > first ? 7 * (cap - first) / (last - first) : 7;
		int64_t number = (int64_t)day + 1;

		height = height >= 0 && height <= 7 ? height : 0;
		tui_area_repeat(row, 0, (int)i, 1,
		                number < today    ? TUI_GOOD
		                : number == today ? TUI_TITLE
		                                  : TUI_DIM,
		                0x2581 + (uint32_t)height);
	}
}

/* draw_days - "d8 7.5k  d9 10k  d10 13k": the days around today. */
static void
draw_days(struct tui_area row, const json_t *caps, int64_t today)
{
	int64_t days = (int64_t)json_array_size(caps), from = today > 2 ? today - 1 : 1;
	int col = 0;

	if (from > days - DAYS_AROUND + 1)
		from = days > DAYS_AROUND ? days - DAYS_AROUND + 1 : 1;
	for (int64_t day = from; day < from + DAYS_AROUND && day <= days; day++) {
		char cap[API_FORMAT_SIZE], text[API_FORMAT_SIZE + 24];

		api_format_short(json_integer_value(json_array_get(caps, (size_t)day - 1)), cap);
		snprintf(text, sizeof text, "d%" PRId64 " %s", day, cap);
		if (col + api_text_width(span_of(text)) > row.width)
			return;
		col = tui_area_text(row, 0, col, row.width - col,
		                    day == today ? TUI_TITLE : TUI_PLAIN, span_of(text)) + 2;
	}
}

/* warm_on - when the last of its providers is warm; 0: not known. */
static int64_t
warm_on(const json_t *detail)
{
	json_t *items = json_object_get(detail, "items"), *item;
	int64_t last = 0;
	size_t i;

	json_array_foreach(items, i, item) {
		int64_t at = is_provider(item) ? api_json_get_time(item, "warm_at") : 0;

		last = at > last ? at : last;
	}
	return last;
}

static int
draw_schedule(const struct tui_model *model, struct tui_area area, const struct tui_pool *pool,
              const json_t *detail)
{
	const json_t *caps = json_object_get(json_object_get(detail, "schedule"), "caps");
	struct tui_area inner = tui_area_sub(area, 0, 2, area.height, area.width - 2);
	int64_t warm_unix_ms = warm_on(detail);
	char at[API_FORMAT_SIZE];
	int used = 3;

	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "SCHEDULE");
	if (json_array_size(caps) == 0 || (!pool->day && !api_json_get_bool(detail, "warmup"))) {
		(void)tui_area_printf(inner, 1, 0, TUI_DIM, "%s",
		                      detail ? "its pool does not warm up" : "");
		return 3;
	}
	draw_curve(tui_area_sub(inner, 1, 0, 1, inner.width), caps, pool->day);
	draw_days(tui_area_sub(inner, 2, 0, 1, inner.width), caps, pool->day);
	(void)tui_area_text(inner, used++, 0, inner.width, TUI_DIM,
	                    span_of("recipients of each provider, by day"));
	if (warm_unix_ms) {
		api_format_time(warm_unix_ms, model->now_unix_ms, false, at);
		(void)tui_area_printf(inner, used++, 0, TUI_PLAIN, "warm about %s if all goes well",
		                      at);
	}
	return used + 1;
}

/* ---- seen from outside --------------------------------------------------------------------- */

static int
draw_lists(struct tui_area area, const json_t *lists)
{
	json_t *one;
	int names = 0, row = 0;
	size_t i;

	json_array_foreach(lists, i, one) {
		int width = api_text_width(span_of(tui_text_of(one, "list")));

		names = width > names ? width : names;
	}
	names = names < area.width / 2 ? names : area.width / 2;
	json_array_foreach(lists, i, one) {
		const char *result = tui_text_of(one, "result"),
			   *answer = tui_text_of(one, "answer");
		bool is_listed = strcmp(result, "listed") == 0;

		(void)tui_area_text(area, row, 0, names, TUI_PLAIN,
		                    span_of(tui_text_of(one, "list")));
		(void)tui_area_printf(area, row++, names + 2,
		                      is_listed                        ? TUI_BAD
		                      : strcmp(result, "clear") == 0 ? TUI_GOOD
		                                                       : TUI_WARN,
		                      "%s%s%s", result, answer[0] ? " " : "", answer);
	}
	if (row == 0)
		(void)tui_area_printf(area, row++, 0, TUI_DIM, "none is asked (source_check)");
	return row;
}

static int
draw_seen(const struct tui_model *model, struct tui_area area, const json_t *detail)
{
	const json_t *source = json_object_get(detail, "source");
	json_t *problems = json_object_get(source, "problems"), *one;
	int64_t at_unix_ms = api_json_get_time(source, "checked_at");
	struct tui_area inner = tui_area_sub(area, 0, 2, area.height, area.width - 2);
	char at[API_FORMAT_SIZE];
	size_t i;
	int row = 1;

	if (!source || json_is_null(source)) {
		(void)tui_area_printf(area, 0, 0, TUI_TITLE, "BLOCKLISTS");
		return 2;
	}
	api_format_time(at_unix_ms, model->now_unix_ms, false, at);
	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "BLOCKLISTS %s %s",
	                      at_unix_ms ? "checked" : "not checked yet", at_unix_ms ? at : "");
	row += draw_lists(tui_area_sub(inner, 1, 0, inner.height - 1, inner.width),
	                  json_object_get(source, "blocklists"));
	json_array_foreach(problems, i, one)
		row += tui_area_wrap(inner, row, 3, TUI_WARN,
		                     span_of(json_string_value(one) ? json_string_value(one) : ""));
	return row + 1;
}

/* draw_stops - what a reply rule stopped, and what ends it. */
static int
draw_stops(struct tui_area area, const json_t *row)
{
	json_t *stops = json_object_get(row, "stops"), *one;
	char text[600];
	size_t i;
	int used = 0;

	json_array_foreach(stops, i, one) {
		snprintf(text, sizeof text, "%.64s gets nothing from it: %.300s. Ends it: %.160s",
		         tui_text_of(one, "provider"), tui_text_of(one, "cause"),
		         tui_text_of(one, "undo"));
		used += tui_area_wrap(area, used, 4, TUI_BAD, span_of(text));
	}
	return used ? used + 1 : 0;
}

void
tui_pool_draw_detail(const struct tui_model *model, const json_t *row, const json_t *detail,
                     struct tui_area area)
{
	const struct tui_pool pool = tui_pool_read(row);
	const struct tui_detail *asked = &tui_listing_shown(model)->detail;
	int at = draw_schedule(model, area, &pool, detail);

	if (!detail && asked->error[0])
		at += tui_area_wrap(area, at, 3, TUI_BAD, span_of(asked->error));
	at += draw_seen(model, tui_area_sub(area, at, 0, area.height - at, area.width), detail);
	at += draw_stops(tui_area_sub(area, at, 0, area.height - at, area.width), row);
	if (pool.advice[0])
		at += tui_area_wrap(area, at, 4, TUI_WARN, span_of(pool.advice)) + 1;
	(void)tui_area_printf(area, at++, 0, TUI_TITLE, "ACTIONS");
	(void)tui_area_printf(area, at++, 2, TUI_PLAIN, "W warm-up…   O %s   c check lists",
	                      pool.off_by[0] ? "on" : "off…");
	(void)tui_area_printf(area, at++, 2, TUI_PLAIN, "M move credentials to another pool…");
	(void)tui_area_printf(area, at, 2, TUI_DIM, "relaycli pool warmup show %s", pool.address);
}
