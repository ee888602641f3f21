/* tui_frame.c - what all screens share: totals and link state above, the
 * result of the last act and the valid keys below. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_text.h"
#include "base/units.h"
#include "tui_table.h"
#include "tui_view.h"

#define LEAST_HEIGHT 16 /* what is smaller shows nothing that helps */
#define LEAST_WIDTH 60
#define SAID_MS 10000 /* a result stays at least that long over a view's own note */
#define FOOT_ROWS 2

static const struct tui_view *const views[TUI_SCREEN_COUNT] = {
	[TUI_OVERVIEW] = &tui_view_overview,
	[TUI_QUEUES] = &tui_view_queues,
	[TUI_THROTTLES] = &tui_view_throttles,
	[TUI_DEFERRALS] = &tui_view_deferrals,
	[TUI_LOG] = &tui_view_log,
	[TUI_SUPPRESSIONS] = &tui_view_suppressions,
	[TUI_CREDENTIALS] = &tui_view_credentials,
	[TUI_DOMAINS] = &tui_view_domains,
	[TUI_POOLS] = &tui_view_pools,
	[TUI_OUTPUT] = &tui_view_output,
	[TUI_MESSAGE] = &tui_view_message,
	[TUI_SEARCH] = &tui_view_search,
	[TUI_HELP] = &tui_view_help,
};

const struct tui_view *
tui_view_of(enum tui_screen screen)
{
	return views[screen];
}

/* ---- row 1 ------------------------------------------------------------- */

enum field { FIELD_RELAY, FIELD_RATES, FIELD_WAITING, FIELD_CONNECTIONS, FIELD_DISK, FIELD_USER,
	     FIELD_COUNT };

#define FIELD_TEXT 96

/* when the row is too narrow the first of these goes first */
static const enum field dropped_first[] = { FIELD_CONNECTIONS, FIELD_DISK, FIELD_USER, FIELD_RATES,
	                                    FIELD_RELAY, FIELD_WAITING };

static void
relay_field(const struct tui_status *s, bool is_wide, char out[FIELD_TEXT])
{
	int name = (int)(is_wide ? strlen(s->hostname) : strcspn(s->hostname, "."));

	snprintf(out, FIELD_TEXT, "relay %.*s%s%s", name < 40 ? name : 40, s->hostname,
	         is_wide && s->version[0] ? " v" : "", is_wide ? s->version : "");
}

static void
rates_field(const struct tui_status *s, bool is_wide, char out[FIELD_TEXT])
{
	char in[API_FORMAT_SIZE], gone[API_FORMAT_SIZE], bounced[API_FORMAT_SIZE];

	api_format_rate(s->accepted_s, in);
	api_format_rate(s->delivered_s, gone);
	api_format_rate(s->bounced_s, bounced);
	if (is_wide)
		snprintf(out, FIELD_TEXT, "in %.20s  out %.20s  bounce %.20s", in, gone, bounced);
	else
		snprintf(out, FIELD_TEXT, "in %.20s out %.20s", in, gone);
}

static void
waiting_field(const struct tui_status *s, bool is_wide, char out[FIELD_TEXT])
{
	char queued[UNITS_TEXT_SIZE], deferred[UNITS_TEXT_SIZE], held[UNITS_TEXT_SIZE];

	units_format_count((uint64_t)s->queued, queued);
	units_format_count((uint64_t)s->deferred, deferred);
	units_format_count((uint64_t)s->held, held);
	if (is_wide)
		snprintf(out, FIELD_TEXT, "queued %.20s  deferred %.20s  held %.20s", queued,
			 deferred, held);
	else
		snprintf(out, FIELD_TEXT, "queued %.20s deferred %.20s", queued, deferred);
}

static void
fill_fields(const struct tui_model *model, bool is_wide, char field[FIELD_COUNT][FIELD_TEXT])
{
	const struct tui_status *s = &model->status;

	relay_field(s, is_wide, field[FIELD_RELAY]);
	if (!s->source)
		return; /* nothing heard yet: no zeros that look like facts */
	rates_field(s, is_wide, field[FIELD_RATES]);
	waiting_field(s, is_wide, field[FIELD_WAITING]);
	if (!is_wide)
		return;
	snprintf(field[FIELD_CONNECTIONS], FIELD_TEXT, "in %" PRId64 " out %" PRId64 " conns",
	         s->connections_in, s->connections_out);
	if (s->disk_percent >= 0)
		snprintf(field[FIELD_DISK], FIELD_TEXT, "disk %.0f%%", s->disk_percent);
	snprintf(field[FIELD_USER], FIELD_TEXT, "%.40s %s", s->user,
	         tui_model_is_read_only(model) ? "ro" : "rw");
}

static enum tui_style
link_text(const struct tui_model *model, char out[FIELD_TEXT])
{
	char at[API_FORMAT_SIZE], count[UNITS_TEXT_SIZE];
	int64_t silent_sec = (model->now_mono_ms - model->heard_mono_ms) / 1000;

	api_format_clock(model->now_unix_ms, false, false, at);
	units_format_count(model->screen == TUI_LOG ? model->log.fresh : model->waiting, count);
	if (model->link == TUI_LINK_NEVER) {
		snprintf(out, FIELD_TEXT, "○ CONNECTING %s", at);
		return TUI_ALARM;
	}
	if (tui_model_is_stale(model)) {
		snprintf(out, FIELD_TEXT, "○ STALE %02" PRId64 ":%02" PRId64, silent_sec / 60,
		         silent_sec % 60);
		return TUI_ALARM;
	}
	if (model->is_paused) {
		snprintf(out, FIELD_TEXT, "PAUSED +%s", count);
		return TUI_ALARM;
	}
	snprintf(out, FIELD_TEXT, "● %s %s", tui_model_is_read_only(model) ? "READ-ONLY" : "LIVE",
		 at);
	return tui_model_is_read_only(model) ? TUI_WARN : TUI_GOOD;
}

static int
fields_width(char field[FIELD_COUNT][FIELD_TEXT])
{
	int width = 0;

	for (int i = 0; i < FIELD_COUNT; i++)
		if (field[i][0])
			width += api_text_width(span_of(field[i])) + 3;
	return width;
}

static void
draw_status(const struct tui_model *model, struct tui_area row)
{
	char field[FIELD_COUNT][FIELD_TEXT] = { { 0 } }, link[FIELD_TEXT];
	enum tui_style style = link_text(model, link);
	int room = row.width - api_text_width(span_of(link)), col = 0;

	fill_fields(model, row.width >= TUI_WIDE, field);
	if (fields_width(field) > room) /* the host's first name before any fact */
		relay_field(&model->status, false, field[FIELD_RELAY]);
	for (int i = 0; i < FIELD_COUNT && fields_width(field) > room; i++)
		field[dropped_first[i]][0] = '\0';
	for (int i = 0; i < FIELD_COUNT; i++)
		if (field[i][0])
			col = tui_area_printf(row, 0, col, i == FIELD_RELAY ? TUI_TITLE : TUI_PLAIN,
					      "%s │ ", field[i]);
	(void)tui_area_printf(row, 0, col, style, "%s", link);
}

/* ---- the last two rows ------------------------------------------------- */

static void
draw_said(const struct tui_model *model, struct tui_area row)
{
	const struct tui_change *change = &model->change;
	int64_t left_ms = change->undo_until_mono_ms - model->now_mono_ms;
	char undo[32] = "";

	if (change->can_undo && left_ms > 0)
		snprintf(undo, sizeof undo, "  U undo %" PRId64 "s", (left_ms + 999) / 1000);
	(void)tui_area_text(row, 0, 0, row.width - (int)strlen(undo), model->said_style,
	                    span_of(model->said));
	tui_area_right(row, 0, row.width - (int)strlen(undo), (int)strlen(undo), TUI_TITLE,
	               span_of(undo));
}

static void
draw_link_error(const struct tui_model *model, struct tui_area row)
{
	int64_t wait_ms = model->retry_mono_ms - model->now_mono_ms;

	(void)tui_area_printf(row, 0, 0, TUI_BAD, "again in %" PRId64 " s: %s",
	                      wait_ms > 0 ? (wait_ms + 999) / 1000 : 0, model->link_error.message);
}

static void
draw_result(const struct tui_model *model, struct tui_area row)
{
	const struct tui_view *view = tui_view_of(model->screen);
	bool has_said = model->said_mono_ms != INT64_MIN;
	bool is_fresh = has_said && model->now_mono_ms - model->said_mono_ms < SAID_MS;

	if (tui_prompt_is_open(&model->prompt))
		tui_prompt_draw(&model->prompt, row);
	else if (is_fresh)
		draw_said(model, row);
	else if (model->link != TUI_LINK_LIVE && model->link_error.message[0])
		draw_link_error(model, row);
	else if (view->note && !(model->change.can_undo &&
	                         model->change.undo_until_mono_ms > model->now_mono_ms))
		view->note(model, row);
	else if (has_said)
		draw_said(model, row);
}

static bool
is_hinted(const struct tui_action *action, const struct tui_model *model)
{
	return action->hint[model->screen] && (!action->is_wide_hint || model->width >= TUI_WIDE);
}

static int
hint_width(const struct tui_action *action, const struct tui_model *model)
{
	return api_text_width(span_of(tui_action_label(action, model->is_ascii))) + 1 +
	       api_text_width(span_of(action->hint[model->screen]));
}

static int
hints_width(const struct tui_model *model, int gap)
{
	const struct tui_action *action;
	int width = 0;

	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++)
		if (is_hinted(action, model))
			width += hint_width(action, model) + gap;
	return width;
}

/* help_width - kept free for "? help" until it is drawn: it names all the others. */
static int
help_width(const struct tui_model *model)
{
	const struct tui_action *help = tui_action_find('?', model->screen);

	return help && is_hinted(help, model) ? hint_width(help, model) + 1 : 0;
}

static void
draw_keys(const struct tui_model *model, struct tui_area row)
{
	const struct tui_action *action;
	int gap = hints_width(model, 2) <= row.width ? 2 : 1, col = 0, kept = help_width(model);
	bool is_in_wide = false;

	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++) {
		if (!is_hinted(action, model))
			continue;
		kept = action->act == TUI_ACT_HELP ? 0 : kept;
		col += action->is_wide_hint && !is_in_wide; /* what every screen has stands apart */
		is_in_wide = action->is_wide_hint;
		if (col + hint_width(action, model) + kept > row.width)
			continue; /* whole or not at all */
		col = tui_area_printf(row, 0, col, TUI_TITLE, "%s",
		                      tui_action_label(action, model->is_ascii)) + 1;
		col = tui_area_printf(row, 0, col, TUI_PLAIN, "%s", action->hint[model->screen]) +
		      gap;
	}
}

/* ---- the whole --------------------------------------------------------- */

static struct tui_area
body_of(struct tui_area all)
{
	return tui_area_sub(all, TUI_HEAD_ROWS, 0, all.height - TUI_HEAD_ROWS - FOOT_ROWS,
	                    all.width);
}

void
tui_frame_settle(struct tui_model *model)
{
	struct tui_area all = { NULL, 0, 0, model->height, model->width };

	tui_view_of(model->screen)->settle(model, body_of(all));
}

void
tui_frame_draw(const struct tui_model *model, struct tui_canvas *canvas)
{
	struct tui_area all = tui_canvas_area(canvas);
	const struct tui_view *view = tui_view_of(model->screen);

	tui_canvas_clear(canvas);
	if (all.height < LEAST_HEIGHT || all.width < LEAST_WIDTH) {
		char text[160];

		snprintf(text, sizeof text, "relaytui needs %dx%d, this is %dx%d: make it larger, "
		         "or use relaycli", LEAST_WIDTH, LEAST_HEIGHT, all.width, all.height);
		(void)tui_area_wrap(all, 0, all.height, TUI_PLAIN, span_of(text));
		return;
	}
	draw_status(model, tui_area_sub(all, 0, 0, 1, all.width));
	view->crumb(model, tui_area_sub(all, 1, 0, 1, all.width));
	view->draw(model, body_of(all));
	if (model->dialog.is_open)
		tui_dialog_draw(&model->dialog, body_of(all));
	if (model->palette.is_open)
		tui_palette_draw(model, body_of(all),
		                 tui_area_sub(all, all.height - 2, 0, 1, all.width));
	else
		draw_result(model, tui_area_sub(all, all.height - 2, 0, 1, all.width));
	draw_keys(model, tui_area_sub(all, all.height - 1, 0, 1, all.width));
}
