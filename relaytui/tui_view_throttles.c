/* tui_view_throttles.c - screen 3: limits as they are now, and what is stopped; of the
 * selected one why, since when and until when. What changes them is in tui_throttle_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "tui_picture.h"
#include "tui_throttle.h"
#include "tui_throttle_act.h"
#include "tui_throttle_pane.h"
#include "tui_view.h"

#define BAR 10
#define DETAIL_MS 5000
#define IS_ALL 0 /* choice */

enum { SCOPE, LIMIT, CAP, NOW, USED, SET_BY, ENDS };

static const struct tui_column columns[] = {
	[SCOPE] = { "SCOPE", 15, 20, false, 0 },
	[LIMIT] = { "LIMIT", 8, 9, false, 0 },
	[CAP] = { "CAP", 4, 7, true, 0 },
	[NOW] = { "NOW", 5, 7, true, 1 },
	[USED] = { "USED", 15, 16, false, 3 },
	[SET_BY] = { "SET BY", 14, 21, false, 2 },
	[ENDS] = { "ENDS", 0, 0, false, 0 },
	{ .title = NULL },
};

static const struct tui_sort sorts[] = {
	{ "used", "USED", 'u' },
	{ "scope", "SCOPE", 'n' },
	{ "ends", "ENDS", 't' },
};

/* ---- rows ------------------------------------------------------------------------- */

/* put_used - a bar and how full it is; where nothing goes, that. */
static void
put_used(const struct tui_throttle *t, struct tui_value *out)
{
	struct buf text;

	if (t->cap < 0) {
		tui_value_set(out, TUI_BAD, tui_throttle_kind_of(t) == TUI_THROTTLE_SINGLE
		              ? "one at a time" : "nothing goes");
		return;
	}
	if (t->share < 0) {
		tui_value_set(out, TUI_PLAIN, NULL);
		return;
	}
	buf_init(&text, TUI_VALUE_SIZE - 1);
	tui_picture_bar(&text, t->share, BAR);
	(void)buf_printf(&text, " %d%%", (int)(t->share * 100 + 0.5));
	(void)buf_append(&text, "", 1);
	tui_value_set(out, t->share >= 1 ? TUI_WARN : TUI_PLAIN, buf_data(&text));
	buf_deinit(&text);
}

static void
put_set_by(const struct tui_throttle *t, struct tui_value *out)
{
	char from[TUI_THROTTLE_TEXT];
	bool is_lower = t->cap >= 0 && strcmp(t->set_by, "auto") == 0
	                && tui_throttle_kind_of(t) != TUI_THROTTLE_CREDENTIAL;

	if (is_lower && tui_throttle_allowed(t) > t->cap) {
		tui_throttle_number(t, tui_throttle_allowed(t), from);
		tui_value_printf(out, TUI_WARN, "auto ↓ from %s", from);
	} else {
		tui_value_set(out, t->is_active ? TUI_WARN : TUI_PLAIN, t->set_by);
		if (is_lower)
			tui_value_set(out, TUI_WARN, "auto ↓");
	}
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct tui_throttle t = tui_throttle_read(row);
	bool is_wide = model->width >= TUI_WIDE;
	char text[TUI_THROTTLE_TEXT * 8];

	switch (column) {
	case SCOPE:
		tui_throttle_scope(&t, (size_t)(is_wide ? columns[SCOPE].wide_width
		                                        : columns[SCOPE].width), text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	case LIMIT:
		tui_value_set(out, t.cap < 0 ? TUI_BAD : TUI_PLAIN, tui_throttle_limit(&t, text));
		break;
	case CAP:
		tui_throttle_number(&t, t.cap, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	case NOW: /* of the messages of a connection each has its own */
		tui_throttle_number(&t, t.share < 0 ? -1 : t.used, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	case USED:
		put_used(&t, out);
		break;
	case SET_BY:
		put_set_by(&t, out);
		break;
	default:
		tui_throttle_ends(t.ends_unix_ms, model->now_unix_ms, text);
		tui_value_set(out, TUI_PLAIN, text);
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	const struct tui_listing *listing = tui_listing_shown(model);

	if (listing->choice[IS_ALL])
		(void)buf_printf(out, "all (%zu)", tui_listing_total(model));
	else
		(void)buf_printf(out, "active (%zu of %" PRId64 ")", tui_listing_total(model),
		                 tui_listing_number(model, "all"));
}

static void
params(const struct tui_model *model, json_t *params)
{
	json_t *its = json_object();

	api_json_put_bool(its, "all", model->listing[TUI_THROTTLES].choice[IS_ALL]);
	api_json_put(params, "params", its);
}

/* detail_params - only what throttle.history knows: a site no mail goes to has none. */
static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	const struct tui_throttle t = tui_throttle_read(row);
	json_t *params;

	(void)model;
	if (strncmp(t.scope, "provider:", 9) != 0 && strncmp(t.scope, "domain:", 7) != 0)
		return NULL;
	params = json_object();
	api_json_put_text(params, "scope", t.scope);
	return params;
}

/* ---- of the selected one ------------------------------------------------------------ */

/* below - on a narrow terminal the cause is not to be had without a key otherwise. */
static void
below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_throttle t = tui_throttle_read(row);
	char name[TUI_THROTTLE_TEXT * 8], limit[TUI_THROTTLE_TEXT];

	if (area.width != model->width)
		return;
	tui_throttle_scope(&t, sizeof name, name);
	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s %s", name, tui_throttle_limit(&t, limit));
	(void)tui_throttle_draw_why(model, area, 1, &t);
}

static void
note(const struct tui_model *model, struct tui_area row)
{
	(void)model;
	(void)tui_area_printf(row, 0, 0, TUI_DIM, "throttles set here end on their own; "
	                      "only the config file is permanent");
}

/* ---- keys ---------------------------------------------------------------------------- */

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_listing *listing = tui_listing_of(model);

	(void)key;
	if (what == TUI_ACT_ALL) {
		listing->choice[IS_ALL] = !listing->choice[IS_ALL];
		listing->list.at = listing->list.top = 0;
	} else if (!tui_throttle_act(model, what)) {
		(void)tui_listing_act(model, what);
	}
}

static const struct tui_listing_kind kind = {
	.many = "throttles",
	.cli = "throttle list --all",
	.empty = "every limit is as relayd.conf has it, nothing is stopped; a shows all",
	.columns = columns,
	.sorts = sorts,
	.sort_count = sizeof sorts / sizeof *sorts,
	.cell = cell,
	.scope = scope,
	.params = params,
	.detail_method = "throttle.history",
	.detail_params = detail_params,
	.detail_ms = DETAIL_MS,
	.below = below,
	.below_height = 7,
	.pane = tui_throttle_draw,
};

const struct tui_view tui_view_throttles = {
	.title = "Throttles", .view = "throttles", .note = note, .act = act,
	TUI_VIEW_LISTING(&kind),
};
