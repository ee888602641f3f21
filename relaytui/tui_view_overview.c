/* tui_view_overview.c - screen 1: four rates over time, providers by what is
 * queued for them, and what needs attention. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_text.h"
#include "base/units.h"
#include "tui_overview.h"
#include "tui_table.h"
#include "tui_view.h"

#define SERIES_ROWS TUI_SERIES_COUNT
#define SPARK_COLUMN 19
#define HINT_WIDTH 11
#define HINT_COLUMN 69 /* where an attention row says what Enter opens */
#define EVENTS_FROM_HEIGHT 40

enum { NAME, QUEUED, OUT, DEFER, OLDEST, CONN, STATE };

static const struct tui_column columns[] = {
	[NAME] = { "PROVIDER", 14, 18, false, 0 },
	[QUEUED] = { "QUEUED", 7, 7, true, 0 },
	[OUT] = { "OUT", 6, 8, true, 1 },
	[DEFER] = { "DEFER", 6, 7, true, 3 },
	[OLDEST] = { "OLDEST", 7, 8, true, 0 },
	[CONN] = { "CONN", 6, 8, true, 2 },
	[STATE] = { "STATE", 0, 0, false, 0 },
	{ .title = NULL },
};

/* where the parts are; rows within the body */
struct layout {
	struct tui_area left, pane,
		below;		  /* pane: height 0 below TUI_WIDE; below: events when narrow */
	int providers, attention; /* rows of each list, headings not counted */
};

/* ---- the two lists ----------------------------------------------------- */

static const struct tui_provider *
provider_at(const struct tui_model *model, size_t i)
{
	const char *filter = model->overview_state.filter;
	char pattern[TUI_KEY_MAX + 2];

	snprintf(pattern, sizeof pattern, strchr(filter, '*') ? "%s" : "*%s*", filter);
	for (size_t at = 0; model->overview && at < model->overview->providers; at++)
		if (span_match_nocase(span_of(model->overview->provider[at].name),
				      span_of(pattern)) &&
		    i-- == 0)
			return &model->overview->provider[at];
	return NULL;
}

static const char *
provider_key(const void *model, size_t i)
{
	return provider_at(model, i)->name;
}

static struct tui_rows
provider_rows(const struct tui_model *model)
{
	struct tui_rows rows = { .key = provider_key, .arg = model };

	while (provider_at(model, rows.count))
		rows.count++;
	rows.total = rows.count;
	return rows;
}

static const char *
attention_key(const void *arg, size_t i)
{
	const struct tui_model *model = arg;

	return model->overview->attention[i].object;
}

static struct tui_rows
attention_rows(const struct tui_model *model)
{
	size_t n = model->overview ? model->overview->attentions : 0;

	return (struct tui_rows){ n, 0, n, attention_key, model };
}

/* ---- layout ------------------------------------------------------------ */

static struct layout
lay(const struct tui_model *model, struct tui_area body)
{
	struct layout l = { .left = body };
	int providers = (int)provider_rows(model).total + model->overview_state.providers.is_gone;
	int attention = (int)attention_rows(model).total;
	int rows, events = 0;

	if (body.width >= TUI_WIDE) {
		int col = TUI_PANE_COLUMN(body.width);

		l.left = tui_area_sub(body, 0, 0, body.height, col);
		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
	} else if (model->height >= EVENTS_FROM_HEIGHT) {
		events = API_VIEW_EVENTS + 1;
		l.below = tui_area_sub(body, body.height - events, 0, events, body.width);
	}
	rows = l.left.height - events - SERIES_ROWS - 3; /* two rules and the columns' names */
	if (rows < 0)
		rows = 0;
	l.attention = attention < rows / 3 ? attention : rows / 3;
	l.providers = providers < rows - l.attention ? providers : rows - l.attention;
	if (rows - l.providers > l.attention && attention > l.attention)
		l.attention = attention < rows - l.providers ? attention : rows - l.providers;
	return l;
}

static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_overview_state *state = &model->overview_state;
	struct tui_rows providers = provider_rows(model), attention = attention_rows(model);
	struct layout l = lay(model, body);

	state->providers.height = (size_t)l.providers;
	state->attention.height = (size_t)l.attention;
	tui_list_settle(&state->providers, &providers);
	tui_list_settle(&state->attention, &attention);
	if (state->attention.is_gone) /* what is over needs no attention */
		tui_list_go(&state->attention, &attention, state->attention.at);
	if (attention.total == 0)
		state->is_in_attention = false;
}

/* ---- drawing ----------------------------------------------------------- */

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const char *filter = model->overview_state.filter;
	int col = tui_area_printf(row, 0, 0, TUI_TITLE, "Overview");

	if (filter[0])
		(void)tui_area_printf(row, 0, col + 3, TUI_WARN, "filter: %s", filter);
	(void)tui_area_printf(row, 0, row.width < 76 ? row.width - 22 : 53, TUI_DIM,
	                      "refresh 1s   ? help");
}

/* make_cells - means of step seconds each, the newest last, over at most width cells. They
 * begin at seconds that step divides: a cell that was drawn stays as it is until it leaves,
 * which is worth a lot on a slow line. Returns how many. */
static size_t
make_cells(const struct tui_series *series, const uint32_t *value, size_t width, double *cell)
{
	size_t step = (API_VIEW_SERIES + width - 1) / width, cells = 0, n = 0;

	for (size_t i = 0; i < series->count; i++) {
		bool is_new = n == 0 || (series->first_unix_sec + (int64_t)i) % (int64_t)step == 0;

		if (is_new && cells == width) { /* the oldest leaves */
			memmove(cell, cell + 1, (width - 1) * sizeof *cell);
			cells--;
		}
		if (is_new)
			cell[cells++] = 0, n = 0;
		n++;
		cell[cells - 1] += (value[i] - cell[cells - 1]) / (double)n;
	}
	return cells;
}

/* draw_spark - the last five minutes of a series, scaled to its own highest cell. */
static void
draw_spark(struct tui_area row, const struct tui_series *series, const uint32_t *value)
{
	double cell[API_VIEW_SERIES], most = 0;
	size_t width = row.width > API_VIEW_SERIES ? API_VIEW_SERIES : (size_t)row.width, cells;

	if (row.width < 1)
		return;
	cells = make_cells(series, value, width, cell);
	for (size_t i = 0; i < cells; i++)
		most = cell[i] > most ? cell[i] : most;
	for (size_t i = 0; i < cells; i++)
		tui_area_repeat(row, 0, (int)i, 1, TUI_PLAIN,
		                0x2581 + (uint32_t)(most > 0 ? cell[i] * 7 / most : 0));
}

static void
draw_series(const struct tui_model *model, struct tui_area area)
{
	static const char *const titles[] = { "Accepted", "Delivered", "Deferred", "Bounced" };
	const struct tui_status *s = &model->status;
	const double rate[] = { s->accepted_s, s->delivered_s, s->deferred_s, s->bounced_s };

	for (int i = 0; i < TUI_SERIES_COUNT; i++) {
		char text[API_FORMAT_SIZE];

		(void)tui_area_printf(area, i, 0, TUI_PLAIN, "%s", titles[i]);
		if (!s->source)
			continue;
		api_format_rate(rate[i], text);
		tui_area_right(area, i, 10, 8, TUI_TITLE, span_of(text));
		if (model->overview)
			draw_spark(tui_area_sub(area, i, SPARK_COLUMN, 1,
						area.width - SPARK_COLUMN - 1),
				   &model->overview->series,
				   model->overview->series.value[i]);
	}
}

static void
draw_rule(struct tui_area area, int row, const char *title)
{
	int col = tui_area_printf(area, row, 0, TUI_TITLE, "─ %s ", title);

	tui_area_repeat(area, row, col, area.width - col, TUI_DIM, 0x2500);
}

/* state_text - "throttled 421-4.7.28": the state and the head of the reply behind it. */
static void
state_text(const struct tui_provider *p, char *out, size_t size)
{
	size_t head = 0;

	if (strcmp(p->state, "ok") != 0 && p->last_reply[0] >= '2' && p->last_reply[0] <= '5') {
		head = strcspn(p->last_reply, " -");
		head += strspn(p->last_reply + head, " -0123456789.");
		while (head && (p->last_reply[head - 1] == ' ' || p->last_reply[head - 1] == '-'))
			head--;
	}
	if (head)
		snprintf(out, size, "%s %.*s", p->state, (int)(head < 20 ? head : 20),
			 p->last_reply);
	else if (strcmp(p->state, "ok") != 0 && p->why[0])
		snprintf(out, size, "%s: %s", p->state, p->why);
	else
		snprintf(out, size, "%s", p->state);
}

static void
put(const struct tui_table *table, struct tui_area area, int row, int column, enum tui_style style,
    const char *text)
{
	tui_table_cell(table, area, row, column, style, span_of(text));
}

static void
draw_provider(const struct tui_table *table, struct tui_area area, int row,
              const struct tui_provider *p, bool is_selected)
{
	bool is_ok = strcmp(p->state, "ok") == 0;
	char text[TUI_KEY_MAX];

	if (is_selected)
		(void)tui_area_printf(area, row, 0, TUI_TITLE, "▶");
	if (p->is_provider || p->domains < 2)
		snprintf(text, sizeof text, "%s", p->name);
	else
		snprintf(text, sizeof text, "%.200s (%" PRId64 ")", p->name, p->domains);
	put(table, area, row, NAME, is_selected ? TUI_TITLE : TUI_PLAIN, text);
	units_format_count((uint64_t)p->queued, text);
	put(table, area, row, QUEUED, TUI_PLAIN, text);
	api_format_rate(p->out_s, text);
	put(table, area, row, OUT, TUI_PLAIN, text);
	api_format_percent(p->defer_percent, text);
	put(table, area, row, DEFER, p->defer_percent >= 10 ? TUI_WARN : TUI_PLAIN, text);
	if (p->oldest_ms >= 0)
		units_format_duration(p->oldest_ms / 1000 * 1000, text);
	else
		snprintf(text, sizeof text, "-");
	put(table, area, row, OLDEST, TUI_PLAIN, text);
	if (p->max_connections > 0)
		snprintf(text, sizeof text, "%" PRId64 "/%" PRId64, p->connections,
			 p->max_connections);
	else
		snprintf(text, sizeof text, "%" PRId64, p->connections);
	put(table, area, row, CONN, TUI_PLAIN, text);
	state_text(p, text, sizeof text);
	put(table, area, row, STATE, is_ok ? TUI_PLAIN : TUI_BAD, text);
}

/* draw_gone - the selected provider left the list: nothing waits for it now. */
static void
draw_gone(const struct tui_table *table, struct tui_area area, int row, const char *name)
{
	(void)tui_area_printf(area, row, 0, TUI_DIM, "▶");
	put(table, area, row, NAME, TUI_DIM, name);
	put(table, area, row, STATE, TUI_DIM, "gone");
}

static int
draw_providers(const struct tui_model *model, struct tui_area area, int rows, bool is_wide)
{
	const struct tui_overview_state *state = &model->overview_state;
	struct tui_table table;
	char title[64];
	int64_t more = model->overview ? model->overview->providers_total : 0;
	int row = 0;

	snprintf(title, sizeof title, "PROVIDERS (by queued)");
	if (more > rows)
		snprintf(title, sizeof title, "PROVIDERS (by queued, %d of %" PRId64 ")", rows,
			 more);
	draw_rule(area, row++, title);
	tui_table_lay(&table, columns, area, is_wide, 0);
	tui_table_head(&table, area, row++);
	for (int i = 0; i < rows; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&state->providers, (size_t)i, &is_ghost);
		const struct tui_provider *p = at == SIZE_MAX ? NULL : provider_at(model, at);

		if (is_ghost)
			draw_gone(&table, area, row++, state->providers.key);
		else if (p)
			draw_provider(&table, area, row++, p,
			              !state->is_in_attention && at == state->providers.at);
	}
	return row;
}

/* draw_alert - what, why, and which screen Enter opens, if any. */
static void
draw_alert(struct tui_area row, const struct tui_attention *a, bool is_selected)
{
	int most = row.width - HINT_WIDTH, hint = most < HINT_COLUMN ? most : HINT_COLUMN;
	enum tui_style style = strcmp(a->level, "alert") == 0 ? TUI_BAD : TUI_WARN;
	int col = tui_area_printf(row, 0, 0, style, is_selected ? "▶ " : "! ");

	if (!a->screen[0])
		most = row.width + 1;
	col = tui_area_text(row, 0, col, most - col - 1, TUI_TITLE, span_of(a->object)) + 2;
	col = tui_area_text(row, 0, col, most - col - 1, TUI_PLAIN, span_of(a->text)) + 1;
	if (a->screen[0])
		(void)tui_area_printf(row, 0, col > hint ? col : hint, TUI_DIM, "⏎ %s", a->screen);
}

static void
draw_attention(const struct tui_model *model, struct tui_area area, int rows)
{
	const struct tui_overview_state *state = &model->overview_state;
	char title[64];

	snprintf(title, sizeof title, "NEEDS ATTENTION (%zu)", attention_rows(model).total);
	draw_rule(area, 0, title);
	for (int i = 0; i < rows; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&state->attention, (size_t)i, &is_ghost);

		if (at < attention_rows(model).total)
			draw_alert(tui_area_sub(area, 1 + i, 0, 1, area.width),
				   &model->overview->attention[at],
				   state->is_in_attention && at == state->attention.at);
	}
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	struct layout l = lay(model, body);
	struct tui_area area = l.left;
	int row = SERIES_ROWS;

	draw_series(model, area);
	row += draw_providers(model, tui_area_sub(area, row, 0, 2 + l.providers, area.width),
	                      l.providers, body.width >= TUI_WIDE);
	draw_attention(model, tui_area_sub(area, row, 0, 1 + l.attention, area.width), l.attention);
	if (l.pane.height)
		tui_overview_pane(model, l.pane);
	if (l.below.height)
		(void)tui_overview_events(model, l.below, 0);
}

/* ---- keys -------------------------------------------------------------- */

static bool
take_filter(struct tui_model *model, const char *text, struct err *err)
{
	(void)err;
	snprintf(model->overview_state.filter, sizeof model->overview_state.filter, "%s", text);
	return true;
}

static enum tui_screen
screen_of(const char *word)
{
	static const struct {
		const char *word;
		enum tui_screen screen;
	} screens[] = {
		{ "queues", TUI_QUEUES },           { "throttles", TUI_THROTTLES },
		{ "deferrals", TUI_DEFERRALS },     { "log", TUI_LOG },
		{ "credentials", TUI_CREDENTIALS }, { "domains", TUI_DOMAINS },
		{ "pools", TUI_POOLS },
	};

	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
		if (strcmp(word, screens[i].word) == 0 && tui_view_of(screens[i].screen))
			return screens[i].screen;
	return TUI_SCREEN_COUNT;
}

/* open_attention - the screen that shows more, put on its object. */
static void
open_attention(struct tui_model *model, const struct tui_attention *a)
{
	enum tui_screen screen = screen_of(a->screen);
	struct tui_listing *listing;

	if (screen == TUI_SCREEN_COUNT) {
		tui_model_say(model, TUI_WARN, "%s: %s", a->object, a->text);
		return;
	}
	listing = &model->listing[screen];
	if (screen == TUI_QUEUES || screen == TUI_CREDENTIALS || screen == TUI_DOMAINS) {
		listing->filter[0] = '\0';
		listing->is_open = screen == TUI_QUEUES;
		tui_list_select(&listing->list, a->object);
	} else if (screen != TUI_LOG && screen != TUI_DEFERRALS) { /* rows of that object */
		snprintf(listing->filter, sizeof listing->filter, "%s", a->object);
	}
	tui_model_open(model, screen);
	tui_model_say(model, TUI_WARN, "%s: %s", a->object, a->text);
}

/* open_provider - its live events: the replies behind its state. */
static void
open_provider(struct tui_model *model, const struct tui_provider *p)
{
	snprintf(model->log_state.filter, sizeof model->log_state.filter, "site:%s", p->name);
	if (model->log_state.is_started)
		tui_model_load_log(model);
	tui_model_open(model, TUI_LOG);
	if (p->why[0])
		tui_model_say(model, TUI_PLAIN, "%s: %s", p->name, p->why);
}

static void
open_selected(struct tui_model *model)
{
	const struct tui_overview_state *state = &model->overview_state;
	const struct tui_provider *p =
		state->providers.is_gone ? NULL : provider_at(model, state->providers.at);

	if (state->is_in_attention && state->attention.at < attention_rows(model).total)
		open_attention(model, &model->overview->attention[state->attention.at]);
	else if (p)
		open_provider(model, p);
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_overview_state *state = &model->overview_state;
	struct tui_rows rows =
		state->is_in_attention ? attention_rows(model) : provider_rows(model);

	(void)key;
	if (tui_list_act(state->is_in_attention ? &state->attention : &state->providers, &rows,
			 what))
		return;
	if (what == TUI_ACT_PANE && attention_rows(model).total)
		state->is_in_attention = !state->is_in_attention;
	else if (what == TUI_ACT_FILTER)
		tui_prompt_ask_line(&model->prompt,
				    "providers named (* any, empty all):", state->filter,
				    take_filter);
	else if (what == TUI_ACT_OPEN)
		open_selected(model);
}

static const char *
selected(const struct tui_model *model)
{
	const struct tui_overview_state *state = &model->overview_state;

	return state->is_in_attention ? state->attention.key : state->providers.key;
}

static json_t *
window(const struct tui_model *model, int screen)
{
	(void)model, (void)screen;
	return json_object();
}

const struct tui_view tui_view_overview = {
	.title = "Overview", .view = "overview", .window = window, .settle = settle, .crumb = crumb,
	.draw = draw, .act = act, .selected = selected,
};
