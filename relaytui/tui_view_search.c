/* tui_view_search.c - screen 6: a line, the answer in a sentence, what was found. On a
 * wide terminal beside it: what happened to the selected one, what the log covers, saved
 * searches. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_names.h"
#include "base/units.h"
#include "tui_line.h"
#include "tui_search_act.h"
#include "tui_table.h"
#include "tui_timeline.h"
#include "tui_view.h"

#define LINE_ROWS 2
#define ANSWER_ROWS 3          /* of the sentence, wrapped */
#define PREVIEW_ROWS 20
#define MORE_AHEAD 10          /* rows before the end the next page is asked for */
#define TEXT_BYTES ((size_t)8 << 10)

enum { WHEN, RECIPIENT, RESULT, CRED, LAST_REPLY };

static const struct tui_column columns[] = {
	[WHEN] = { "WHEN", 8, 12, false, 0 },
	[RECIPIENT] = { "RECIPIENT", 20, 26, false, 0 },
	[RESULT] = { "RESULT", 12, 14, false, 0 },
	[CRED] = { "CRED", 11, 14, false, 1 },
	[LAST_REPLY] = { "LAST REPLY", 0, 0, false, 0 },
	{ .title = NULL },
};

struct layout {
	struct tui_area main, list, pane; /* pane: height 0, none */
	int answer, matches;              /* rows of main where they begin */
};

/* answer_text - the sentence and what it does not mean. */
static void
answer_text(const struct tui_search *search, struct buf *out)
{
	const json_t *answer = json_object_get(search->answer, "answer");
	const char *note = tui_text_of(answer, "note");

	(void)buf_append_text(out, tui_text_of(answer, "sentence"));
	if (note[0])
		(void)buf_printf(out, " %s", note);
}

static int
answer_rows(const struct tui_search *search, struct tui_area area)
{
	struct buf text;
	int rows;

	buf_init(&text, TEXT_BYTES);
	answer_text(search, &text);
	area.canvas = NULL;
	rows = tui_area_wrap(area, 0, ANSWER_ROWS, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
	return rows > 0 ? rows : 1;
}

static struct layout
lay(const struct tui_model *model, struct tui_area body)
{
	struct layout l = { .main = body };
	int col = TUI_PANE_COLUMN(body.width);

	if (body.width >= TUI_WIDE) {
		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
		l.main = tui_area_sub(body, 0, 0, body.height, col - 1);
	}
	l.answer = LINE_ROWS;
	l.matches = l.answer + 1 + answer_rows(&model->search,
	                                       tui_area_sub(l.main, 0, 2, l.main.height,
	                                                    l.main.width - 2));
	l.list = tui_area_sub(l.main, l.matches + 2, 0, l.main.height - l.matches - 2,
	                      l.main.width);
	return l;
}

/* ---- the line ------------------------------------------------------------------------- */

static void
draw_keys(const struct tui_search *search, struct tui_area row)
{
	struct buf keys;

	if (search->hint[0]) {
		(void)tui_area_text(row, 0, 2, row.width - 2, search->hint_style,
		                    span_of(search->hint));
		return;
	}
	buf_init(&keys, TEXT_BYTES);
	(void)buf_append_text(&keys, "keys:");
	for (size_t i = 0; tui_search_key(i)[0]; i++)
		(void)buf_printf(&keys, " %s:", tui_search_key(i));
	(void)tui_area_text(row, 0, 2, row.width - 2, TUI_DIM, buf_span(&keys));
	buf_deinit(&keys);
}

static void
draw_rule(struct tui_area area, int row, const char *title, enum tui_style style)
{
	int col = tui_area_printf(area, row, 0, style, "─ %s ", title);

	tui_area_repeat(area, row, col, area.width - col, TUI_DIM, 0x2500);
}

/* ---- the answer ------------------------------------------------------------------------ */

/* short_count - "41M": how much was looked at, not exactly how much. */
static void
short_count(int64_t count, char out[UNITS_TEXT_SIZE])
{
	if (count >= 10000000)
		snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "M", count / 1000000);
	else if (count >= 100000)
		snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "K", count / 1000);
	else
		units_format_count((uint64_t)(count > 0 ? count : 0), out);
}

/* matches_title - "MATCHES 4 (searched 30d, 41M rows, 0.18s)": what was looked at. */
static enum tui_style
matches_title(const struct tui_model *model, char *out, size_t size)
{
	const struct tui_search *search = &model->search;
	const json_t *coverage = json_object_get(search->answer, "coverage");
	int64_t from = api_json_get_time(coverage, "from");
	int64_t lapse_ms = model->now_unix_ms - from;
	bool is_whole = api_json_get_bool(coverage, "complete");
	char period[UNITS_TEXT_SIZE] = "all", scanned[UNITS_TEXT_SIZE];

	if (search->asked && !search->is_more) {
		snprintf(out, size, "searching… %.1fs: any key cancels",
		         (double)(model->now_mono_ms - search->asked_mono_ms) / 1000);
		return TUI_WARN;
	}
	if (!search->answer) {
		snprintf(out, size, "MATCHES");
		return TUI_TITLE;
	}
	if (from && lapse_ms >= 2 * INT64_C(86400000))
		snprintf(period, sizeof period, "%" PRId64 "d", (lapse_ms + 43200000) / 86400000);
	else if (from) /* a log that begins now is a minute old */
		units_format_duration(lapse_ms > 60000 ? lapse_ms : 60000, period);
	short_count(api_json_get_int(coverage, "scanned", 0), scanned);
	snprintf(out, size, "MATCHES %zu%s (searched %s, %s rows, %.2fs)%s%s",
	         tui_search_count(search), search->cursor[0] ? "+" : "", period, scanned,
	         (double)search->took_ms / 1000, is_whole ? "" : " NOT COMPLETE",
	         search->asked ? " …" : "");
	return is_whole ? TUI_TITLE : TUI_WARN;
}

static void
draw_answer(const struct tui_model *model, struct layout *l)
{
	const struct tui_search *search = &model->search;
	const json_t *answer = json_object_get(search->answer, "answer");
	struct tui_area below = tui_area_sub(l->main, l->answer + 1, 2, ANSWER_ROWS,
	                                     l->main.width - 2);
	char title[160];
	struct buf text;
	enum tui_style style = tui_timeline_status_style(tui_text_of(answer, "status"));

	if (strcmp(search->line, search->found) != 0)
		style = TUI_DIM; /* to what stood in the line before */
	draw_rule(l->main, l->answer, "ANSWER", TUI_TITLE);
	buf_init(&text, TEXT_BYTES);
	answer_text(search, &text);
	(void)tui_area_wrap(below, 0, ANSWER_ROWS, style, buf_span(&text));
	buf_deinit(&text);
	style = matches_title(model, title, sizeof title);
	draw_rule(l->main, l->matches, title, style);
}

/* ---- rows -------------------------------------------------------------------------------- */

/* say_when - the time today, the day before that. */
static void
say_when(const struct tui_model *model, int64_t at_unix_ms, bool is_wide, char out[API_FORMAT_SIZE])
{
	time_t at = (time_t)(at_unix_ms / 1000);
	struct tm tm;

	api_format_time(at_unix_ms, model->now_unix_ms, false, out);
	if (!is_wide && !api_format_is_same_day(at_unix_ms, model->now_unix_ms, false) &&
	    localtime_r(&at, &tm))
		(void)strftime(out, API_FORMAT_SIZE, "%d %b", &tm);
}

static void
say_result(const json_t *item, char *out, size_t size)
{
	const char *name = tui_text_of(item, "status");
	const struct api_status *status = api_status_find(span_of(name));
	int64_t tries = api_json_get_int(item, "attempts", 0);
	size_t n = 0;

	for (; name[n] && n + 1 < size; n++)
		out[n] = (char)(name[n] >= 'a' && name[n] <= 'z' ? name[n] - 32 : name[n]);
	out[n] = '\0';
	if (status && status->fate == API_FATE_WAITING && tries > 0)
		snprintf(out + n, size - n, " ×%" PRId64, tries);
}

static void
say_last(const struct tui_model *model, const json_t *item, struct buf *out)
{
	int64_t next = api_json_get_time(item, "next_attempt_at");
	char at[API_FORMAT_SIZE];

	if (next > model->now_unix_ms) {
		api_format_time(next, model->now_unix_ms, false, at);
		(void)buf_printf(out, "next try %s", at);
	} else {
		(void)buf_append_text(out, tui_timeline_reply(item));
	}
}

static void
draw_row(const struct tui_model *model, const struct tui_table *table, struct tui_area area,
         int row, const json_t *item, bool is_selected)
{
	const char *status = tui_text_of(item, "status"), *credential = tui_text_of(item,
	                                                                            "credential");
	char when[API_FORMAT_SIZE], result[40];
	struct buf last;

	if (is_selected)
		(void)tui_area_printf(area, row, 0, TUI_TITLE, "▶");
	say_when(model, api_json_get_time(item, "accepted_at"), table->width[WHEN] > 8, when);
	tui_table_cell(table, area, row, WHEN, TUI_PLAIN, span_of(when));
	tui_table_cell(table, area, row, RECIPIENT, is_selected ? TUI_TITLE : TUI_PLAIN,
	               span_of(tui_text_of(item, "recipient")));
	say_result(item, result, sizeof result);
	tui_table_cell(table, area, row, RESULT, tui_timeline_status_style(status),
	               span_of(result));
	tui_table_cell(table, area, row, CRED, TUI_PLAIN,
	               span_of(credential[0] ? credential : "-"));
	buf_init(&last, (size_t)64 << 10);
	say_last(model, item, &last);
	tui_table_cell(table, area, row, LAST_REPLY, TUI_PLAIN,
	               last.len ? buf_span(&last) : SPAN_LIT("-"));
	buf_deinit(&last);
}

static void
draw_rows(const struct tui_model *model, const struct layout *l)
{
	const struct tui_search *search = &model->search;
	struct tui_table table;

	if (!search->answer)
		return;
	tui_table_lay(&table, columns, l->list, model->width >= TUI_WIDE, 0);
	tui_table_head(&table, l->main, l->matches + 1);
	for (int i = 0; i < l->list.height; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&search->list, (size_t)i, &is_ghost);

		if (at < tui_search_count(search))
			draw_row(model, &table, l->list, i, json_array_get(search->items, at),
			         at == search->list.at && search->is_in_results);
	}
}

/* ---- the right pane ------------------------------------------------------------------------- */

static int
draw_coverage(const struct tui_model *model, struct tui_area area, int row)
{
	const json_t *coverage = json_object_get(model->search.answer, "coverage"), *gap;
	const json_t *gaps = json_object_get(coverage, "gaps");
	char from[API_FORMAT_SIZE], until[API_FORMAT_SIZE];
	size_t i;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "LOG COVERAGE");
	if (!coverage) {
		(void)tui_area_printf(area, row++, 2, TUI_DIM, "-");
		return row + 1;
	}
	api_format_time(api_json_get_time(coverage, "from"), model->now_unix_ms, false, from);
	api_format_time(api_json_get_time(coverage, "until"), model->now_unix_ms, false, until);
	(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "events from %s to %s", from, until);
	json_array_foreach(gaps, i, gap) {
		api_format_time(api_json_get_time(gap, "from"), model->now_unix_ms, false, from);
		api_format_time(api_json_get_time(gap, "until"), model->now_unix_ms, false, until);
		(void)tui_area_printf(area, row++, 2, TUI_WARN, "gap %s – %s: %s", from, until,
		                      tui_text_of(gap, "why"));
	}
	if (json_array_size(gaps) == 0)
		(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "gap: none");
	return row + 1;
}

static void
draw_saved(const struct tui_model *model, struct tui_area area, int row)
{
	char name[TUI_SEARCH_NAME], line[TUI_PROMPT_TEXT_MAX];
	bool has_some = false;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "SAVED SEARCHES");
	for (int i = 1; i <= TUI_SEARCH_SAVED; i++) {
		if (!tui_search_saved(model, i, name, line))
			continue;
		has_some = true;
		(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "s%d %s", i, name);
	}
	(void)tui_area_printf(area, row, 2, TUI_DIM, has_some
	                      ? "s1 and Enter in the line searches it again"
	                      : "none: S among the results saves one");
}

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	struct tui_area area = tui_area_sub(pane, 0, 2, pane.height, pane.width - 2);
	const json_t *item = tui_search_selected(&model->search);
	int row = 0, height = PREVIEW_ROWS < pane.height / 2 ? PREVIEW_ROWS : pane.height / 2;

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (item) {
		(void)tui_area_printf(area, 0, 0, TUI_TITLE, "PREVIEW %s", tui_text_of(item, "id"));
		row = tui_timeline_draw(model, item, NULL,
		                        tui_area_sub(area, 1, 0, height, area.width), 0);
		row = (row < height ? row : height) + 2;
	}
	draw_saved(model, area, draw_coverage(model, area, row));
}

/* ---- the view ------------------------------------------------------------------------ */

static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_search *search = &model->search;
	struct tui_rows rows = tui_search_rows(search);

	tui_search_tick(model);
	search->list.height = (size_t)lay(model, body).list.height;
	tui_list_settle(&search->list, &rows);
	if (search->is_in_results && search->list.at + MORE_AHEAD >= rows.total)
		tui_search_more(model);
}

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const char *path = model->search.path;

	(void)tui_area_printf(row, 0, 0, TUI_TITLE, "%s%s", path[0] ? path : "Search",
	                      path[0] ? " ▸ messages" : "");
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	const struct tui_search *search = &model->search;
	struct layout l = lay(model, body);

	(void)tui_line_draw(tui_area_sub(l.main, 0, 0, 1, l.main.width), search->line, search->n,
	                    search->is_in_results ? TUI_PLAIN : TUI_TITLE,
	                    !search->is_in_results);
	draw_keys(search, tui_area_sub(l.main, 1, 0, 1, l.main.width));
	draw_answer(model, &l);
	draw_rows(model, &l);
	if (l.pane.height)
		draw_pane(model, l.pane);
}

static const char *
selected(const struct tui_model *model)
{
	return model->search.is_in_results ? tui_text_of(tui_search_selected(&model->search), "id")
	                                   : model->search.line;
}

/* back - Esc and q among results of the person's own line go back to it. */
static bool
back(struct tui_model *model)
{
	struct tui_search *search = &model->search;

	if (!search->is_in_results || search->path[0])
		return false;
	search->is_in_results = false;
	return true;
}

static json_t *
window(const struct tui_model *model, int screen)
{
	(void)model, (void)screen;
	return json_object();
}

/* what it shows comes by find.search (tui_search); the view is the head's */
const struct tui_view tui_view_search = {
	.title = "Search", .view = "status", .window = window, .settle = settle, .crumb = crumb,
	.draw = draw, .act = tui_search_act, .key = tui_search_take_key, .selected = selected,
	.back = back, .sibling = tui_search_sibling, .place = tui_search_place,
};
