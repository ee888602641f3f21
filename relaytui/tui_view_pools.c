/* tui_view_pools.c - screen 0: the addresses mail leaves by, how they stand with the
 * world, and how far each one's warm-up is. What is drawn of the selected one is in
 * tui_pool_draw.c, what changes it in tui_pool_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_pool.h"
#include "tui_pool_act.h"
#include "tui_view.h"

#define INTERVAL_MS 5000
#define BELOW_HEIGHT 9

enum { POOL, ADDRESS, PTR, STATE, DAY, TODAY, DEFER, LISTED };

static const struct tui_column columns[] = {
	[POOL] = { "POOL", 8, 12, false, 0 },
	[ADDRESS] = { "IP", 13, 18, false, 0 },
	[PTR] = { "PTR/HELO", 18, 22, false, 4 },
	[STATE] = { "STATE", 7, 11, false, 0 },
	[DAY] = { "DAY", 4, 4, true, 1 },
	[TODAY] = { "TODAY", 9, 10, true, 0 },
	[DEFER] = { "DEFER", 5, 7, true, 2 },
	[LISTED] = { "BL", 2, 3, true, 3 },
	{ .title = NULL },
};

/* ---- a row --------------------------------------------------------------------- */

struct tui_pool
tui_pool_read(const json_t *row)
{
	const json_t *off = json_object_get(row, "off"), *paused = json_object_get(row, "paused");

	return (struct tui_pool){
		.pool = tui_text_of(row, "pool"),
		.address = tui_text_of(row, "address"),
		.ehlo = tui_text_of(row, "ehlo"),
		.ptr = tui_text_of(row, "ptr"),
		.ptr_name = tui_text_of(row, "ptr_name"),
		.state = tui_text_of(row, "state"),
		.advice = tui_text_of(row, "advice"),
		.day = api_json_get_int(row, "day", 0),
		.days = api_json_get_int(row, "days", 0),
		.sent = api_json_get_int(row, "sent_today", 0),
		.cap = api_json_get_int(row, "cap_today", 0),
		.deferred_percent = 100 * api_json_get_real(row, "deferred_share", -0.01),
		.listed = api_json_get_int(row, "blocklisted", -1),
		.off_by = tui_text_of(off, "by"),
		.off_reason = tui_text_of(off, "reason"),
		.off_since_unix_ms = api_json_get_time(off, "since_at"),
		.off_until_unix_ms = api_json_get_time(off, "until_at"),
		.paused_by = tui_text_of(paused, "by"),
		.paused_reason = tui_text_of(paused, "reason"),
		.paused_since_unix_ms = api_json_get_time(paused, "since_at"),
	};
}

/* ---- cells ---------------------------------------------------------------------- */

static enum tui_style
state_style(const char *state)
{
	static const char *const bad[] = { "missing", "frozen", "stopped" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (strcmp(state, bad[i]) == 0)
			return TUI_BAD;
	if (strcmp(state, "off") == 0 || strcmp(state, "paused") == 0)
		return TUI_WARN;
	return strcmp(state, "ok") == 0 ? TUI_GOOD : TUI_PLAIN;
}

/* put_ptr - receivers want a name that leads back, and the greeting to be it. */
static void
put_ptr(const struct tui_pool *pool, struct tui_value *out)
{
	if (strcmp(pool->ptr, "none") == 0)
		tui_value_set(out, TUI_BAD, "(no PTR!)");
	else if (strcmp(pool->ptr, "unconfirmed") == 0)
		tui_value_printf(out, TUI_BAD, "?%s", pool->ptr_name);
	else if (pool->ptr_name[0] && strcasecmp(pool->ptr_name, pool->ehlo) != 0)
		tui_value_printf(out, TUI_WARN, "≠%s", pool->ptr_name);
	else
		tui_value_set(out, TUI_PLAIN, pool->ptr_name);
}

static void
put_today(const struct tui_pool *pool, struct tui_value *out)
{
	char sent[API_FORMAT_SIZE], cap[API_FORMAT_SIZE] = "—";

	api_format_short(pool->sent, sent);
	if (pool->cap)
		api_format_short(pool->cap, cap);
	if (pool->sent == 0 && pool->cap == 0)
		tui_value_set(out, TUI_PLAIN, "0");
	else
		tui_value_printf(out, TUI_PLAIN, "%s/%s", sent, cap);
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct tui_pool pool = tui_pool_read(row);
	char text[API_FORMAT_SIZE];

	(void)model;
	switch (column) {
	case POOL:
		tui_value_set(out, TUI_PLAIN, pool.pool);
		break;
	case ADDRESS:
		tui_value_set(out, TUI_PLAIN, pool.address);
		break;
	case PTR:
		put_ptr(&pool, out);
		break;
	case STATE:
		tui_value_set(out, state_style(pool.state), pool.state);
		break;
	case DAY:
		tui_value_set(out, TUI_PLAIN, NULL);
		if (pool.day)
			tui_value_printf(out, TUI_PLAIN, "%" PRId64 "/%" PRId64, pool.day,
			                 pool.days);
		break;
	case TODAY:
		put_today(&pool, out);
		break;
	case DEFER:
		api_format_percent(pool.deferred_percent, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	default:
		tui_value_set(out, TUI_PLAIN, NULL);
		if (pool.listed >= 0)
			tui_value_printf(out, pool.listed ? TUI_BAD : TUI_PLAIN, "%" PRId64,
			                 pool.listed);
	}
}

/* scope - "all (2 pools, 4 IPs)"; the rows of a pool stand together. */
static void
scope(const struct tui_model *model, struct buf *out)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	json_t *rows = json_object_get(listing->data, "rows"), *row;
	char pools[UNITS_NOUN_SIZE], addresses[UNITS_NOUN_SIZE];
	const char *before = NULL;
	int64_t count = 0;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *pool = tui_text_of(row, "pool");

		count += before == NULL || strcmp(before, pool) != 0;
		before = pool;
	}
	(void)buf_printf(out, "%s (%s, %s)", listing->filter[0] ? "some" : "all",
	                 units_format_noun(count, "pool", pools),
	                 units_format_noun((int64_t)tui_listing_total(model), "IP", addresses));
}

static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	json_t *params = json_object();

	(void)model;
	api_json_put_text(params, "address", tui_text_of(row, "address"));
	return params;
}

/* ---- the selected one --------------------------------------------------------------- */

static void
below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	(void)tui_pool_draw_progress(model, row, tui_listing_detail(model), area);
}

static void
pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const json_t *detail = tui_listing_detail(model);
	int used = 0;

	if (area.width == model->width) /* instead of the list: nothing else says it */
		used = tui_pool_draw_progress(model, row, detail, area) + 1;
	tui_pool_draw_detail(model, row, detail,
	                     tui_area_sub(area, used, 0, area.height - used, area.width));
}

static const char *
selected(const struct tui_model *model)
{
	return tui_text_of(tui_listing_selected(model), "address");
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	(void)key;
	if (!tui_pool_act(model, what))
		(void)tui_listing_act(model, what);
}

static const struct tui_listing_kind kind = {
	.many = "addresses",
	.cli = "pool list",
	.empty = "no pool has an address: mail leaves by the one the system chooses",
	.columns = columns,
	.cell = cell,
	.scope = scope,
	.detail_method = "pool.progress",
	.detail_params = detail_params,
	.detail_ms = INTERVAL_MS,
	.below = below,
	.below_height = BELOW_HEIGHT,
	.pane = pane,
};

const struct tui_view tui_view_pools = {
	.title = "Pools", .view = "pools", .interval_ms = INTERVAL_MS, .act = act,
	TUI_VIEW_LISTING_OF(&kind, selected),
};
