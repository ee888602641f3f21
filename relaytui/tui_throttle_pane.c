/* tui_throttle_pane.c - see tui_throttle_pane.h. */
#include "tui_throttle_pane.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

#define SAW_HEIGHT 4
#define SAW_WIDTH_MAX 120
#define EIGHTHS 8

/* ---- history ---------------------------------------------------------------------------- */

struct change { /* of the rate, as throttle.history has it */
	int64_t at_unix_ms;
	double rate, before; /* -1: no limit */
	const char *text;    /* borrowed */
};

static double
rate_of(const json_t *one, const char *key)
{
	const json_t *value = json_object_get(one, key);

	return json_is_number(value) ? json_number_value(value) : -1;
}

/* change_at - the i-th, or false: it is another source address's. */
static bool
change_at(const json_t *items, size_t i, const struct tui_throttle *t, struct change *out)
{
	const json_t *one = json_array_get(items, i);
	const char *source = api_json_get_text(one, "source_address");
	const char *text = api_json_get_text(one, "change");

	*out = (struct change){ api_json_get_time(one, "at"), rate_of(one, "rate"),
		                rate_of(one, "rate_before"), text ? text : "" };
	return strcmp(source ? source : "", t->source) == 0;
}

/* draw_history - the last changes that have room, oldest first. Returns the row after them. */
static int
draw_history(const struct tui_model *model, struct tui_area area, int row,
             const struct tui_throttle *t)
{
	const json_t *items = json_object_get(tui_listing_detail(model), "items");
	size_t room = area.height / 4 > 1 ? (size_t)area.height / 4 : 1;
	size_t count = json_array_size(items);
	int from = row;

	for (size_t i = count > room ? count - room : 0; i < count; i++) {
		char at[API_FORMAT_SIZE];
		struct change change;

		if (!change_at(items, i, t, &change))
			continue;
		api_format_time(change.at_unix_ms, model->now_unix_ms, false, at);
		(void)tui_area_printf(area, row, 2, TUI_PLAIN, "%s", at);
		row += tui_area_wrap(tui_area_sub(area, 0, 15, area.height, area.width - 15), row,
		                     3, TUI_PLAIN, span_of(change.text));
	}
	if (row == from)
		(void)tui_area_printf(area, row++, 2, TUI_DIM, "%s", tui_listing_detail(model)
		                      ? "no change is remembered" : "-");
	return row + 1;
}

/* ---- the cap over time -------------------------------------------------------------------- */

struct saw { /* from the first change to now; a value for each column */
	double value[SAW_WIDTH_MAX];
	bool is_cut[SAW_WIDTH_MAX];
	int width;
	double most;
	int64_t from_unix_ms;
};

/* fill_between - the cap climbs from one change to what it was at the next. */
static void
fill_between(struct saw *saw, const struct change *one, int64_t until_unix_ms, double until,
             int64_t now_unix_ms)
{
	double span = (double)(now_unix_ms - saw->from_unix_ms);

	for (int i = 0; i < saw->width; i++) {
		double at = (double)saw->from_unix_ms + span * (i + 0.5) / saw->width;
		double share = (at - (double)one->at_unix_ms)
		               / (double)(until_unix_ms - one->at_unix_ms);

		if (share < 0 || share > 1)
			continue;
		saw->value[i] = one->rate + (until - one->rate) * share;
		saw->most = saw->value[i] > saw->most ? saw->value[i] : saw->most;
	}
}

/* mark_peaks - where it was cut, the column is as high as it was before. */
static void
mark_peaks(struct saw *saw, const json_t *items, const struct tui_throttle *t, int64_t now_unix_ms)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		struct change change;
		int64_t at;

		if (!change_at(items, i, t, &change) || change.at_unix_ms < saw->from_unix_ms
		    || change.at_unix_ms >= now_unix_ms)
			continue;
		at = (change.at_unix_ms - saw->from_unix_ms) * (saw->width - 1)
		     / (now_unix_ms - saw->from_unix_ms);
		saw->is_cut[at] = true;
		if (change.before > saw->value[at])
			saw->value[at] = change.before;
		if (change.before > saw->most)
			saw->most = change.before;
	}
}

/* make_saw - false: fewer than two points that have a rate, and no line to draw. */
static bool
make_saw(const struct tui_model *model, const struct tui_throttle *t, struct saw *saw)
{
	const json_t *items = json_object_get(tui_listing_detail(model), "items");
	int64_t now = model->now_unix_ms;
	struct change last = { .rate = -1 };

	for (size_t i = 0; i < json_array_size(items); i++) {
		struct change change;

		if (!change_at(items, i, t, &change) || change.at_unix_ms <= 0
		    || change.at_unix_ms >= now)
			continue;
		if (saw->from_unix_ms == 0)
			saw->from_unix_ms = change.at_unix_ms;
		if (last.rate > 0 && change.before > 0 && change.at_unix_ms > last.at_unix_ms)
			fill_between(saw, &last, change.at_unix_ms, change.before, now);
		last = change;
	}
	if (last.rate <= 0 || t->cap <= 0)
		return false;
	fill_between(saw, &last, now, t->cap, now);
	mark_peaks(saw, items, t, now);
	return saw->most > 0;
}

static int
draw_saw(const struct tui_model *model, struct tui_area area, int row,
         const struct tui_throttle *t)
{
	int width = area.width - 3;
	struct saw saw = { .width = width < SAW_WIDTH_MAX ? width : SAW_WIDTH_MAX };
	char from[API_FORMAT_SIZE], most[TUI_THROTTLE_TEXT];

	if (tui_throttle_kind_of(t) != TUI_THROTTLE_RATE || saw.width < EIGHTHS
	    || !make_saw(model, t, &saw))
		return row;
	api_format_time(saw.from_unix_ms, model->now_unix_ms, false, from);
	tui_throttle_pace(t, saw.most, most);
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "CAP since %s, up to %s", from, most);
	for (int i = 0; i < saw.width; i++) {
		int eighths = (int)(saw.value[i] / saw.most * SAW_HEIGHT * EIGHTHS + 0.5);

		for (int line = 0; line < SAW_HEIGHT; line++) {
			int part = eighths - (SAW_HEIGHT - 1 - line) * EIGHTHS;

			if (part > EIGHTHS)
				part = EIGHTHS;
			if (part > 0)
				tui_area_repeat(area, row + line, 2 + i, 1, TUI_PLAIN,
				                0x2580 + (uint32_t)part);
		}
		if (saw.is_cut[i])
			tui_area_repeat(area, row + SAW_HEIGHT, 2 + i, 1, TUI_WARN, 0x25b2);
	}
	return row + SAW_HEIGHT + 2;
}

/* ---- now ---------------------------------------------------------------------------------- */

int
tui_throttle_draw_why(const struct tui_model *model, struct tui_area area, int row,
                      const struct tui_throttle *t)
{
	struct tui_area inner = tui_area_sub(area, 0, 2, area.height, area.width - 2);
	char ends[TUI_THROTTLE_TEXT];

	if (t->cause[0])
		row += tui_area_wrap(inner, row, 4, TUI_PLAIN, span_of(t->cause));
	tui_throttle_ends(t->ends_unix_ms ? t->ends_unix_ms : t->resets_unix_ms,
	                  model->now_unix_ms, ends);
	if (t->ends_unix_ms)
		(void)tui_area_printf(inner, row++, 0, TUI_PLAIN, "%s%s", ends, t->cap < 0
		                      ? ", then one message asks" : ", then the rule counts again");
	else if (t->resets_unix_ms)
		(void)tui_area_printf(inner, row++, 0, TUI_PLAIN, "counted %s, then from zero",
		                      ends);
	else if (t->cap < 0)
		(void)tui_area_printf(inner, row++, 0, TUI_PLAIN, "until one message gets through");
	else if (strcmp(t->set_by, "auto") == 0)
		(void)tui_area_printf(inner, row++, 0, TUI_PLAIN,
		                      "no end: it climbs while nobody objects");
	if (t->undo[0])
		(void)tui_area_printf(inner, row++, 0, TUI_DIM, "way out: %s", t->undo);
	return row;
}

/* draw_drain - how long what waits takes at that rate, if no more comes. */
static int
draw_drain(struct tui_area area, int row, const struct tui_throttle *t, double rate,
           const char *which)
{
	char pace[TUI_THROTTLE_TEXT], duration[UNITS_TEXT_SIZE];
	double ms = (double)t->queued / rate * 1000;

	tui_throttle_pace(t, rate, pace);
	units_format_duration(ms < 1e15 ? (int64_t)ms : INT64_MAX, duration);
	(void)tui_area_printf(area, row, 2, TUI_PLAIN, "%s → est. drain %s%s", pace, duration,
	                      which);
	return row + 1;
}

/* draw_what_if - only of a rate, and only where something waits: else nothing is known. */
static int
draw_what_if(struct tui_area area, int row, const struct tui_throttle *t)
{
	double allowed = tui_throttle_allowed(t);
	char noun[UNITS_NOUN_SIZE];

	if (tui_throttle_kind_of(t) != TUI_THROTTLE_RATE || t->queued <= 0 || t->cap <= 0)
		return row;
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "WHAT IF (T to edit)");
	if (allowed > t->cap)
		row = draw_drain(area, row, t, allowed, ", if it were taken");
	row = draw_drain(area, row, t, t->cap, "");
	(void)tui_area_printf(area, row++, 2, TUI_DIM, "%s wait; if no more come",
	                      units_format_noun(t->queued, "recipient", noun));
	return row + 1;
}

void
tui_throttle_draw(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_throttle t = tui_throttle_read(row);
	char name[TUI_THROTTLE_TEXT * 8], limit[TUI_THROTTLE_TEXT];
	int at;

	tui_throttle_scope(&t, sizeof name, name);
	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s %s ─ history", name,
	                      tui_throttle_limit(&t, limit));
	at = draw_history(model, area, 1, &t);
	at = draw_saw(model, area, at, &t);
	(void)tui_area_printf(area, at++, 0, TUI_TITLE, "NOW");
	at = tui_throttle_draw_why(model, area, at, &t) + 1;
	(void)draw_what_if(area, at, &t);
}
