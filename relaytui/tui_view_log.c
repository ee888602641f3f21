/* tui_view_log.c - screen 5: events as they happen, newest first, filtered and
 * sampled by the daemon. Moving the cursor stands still; f follows again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"
#include "base/utf8.h"
#include "tui_log_act.h"
#include "tui_table.h"
#include "tui_view.h"

#define DETAIL_ROWS 6
#define TEXT_BYTES ((size_t)16 << 10)

enum { TIME, EVENT, RECIPIENT, CRED, TOOK, REPLY };

static const struct tui_column columns[] = {
	[TIME] = { "TIME", 8, 12, false, 0 },
	[EVENT] = { "EVENT", 5, 5, false, 0 },
	[RECIPIENT] = { "RECIPIENT", 19, 24, false, 0 },
	[CRED] = { "CRED", 12, 14, false, 2 },
	[TOOK] = { "TOOK", 4, 4, true, 1 },
	[REPLY] = { "REPLY", 0, 0, false, 0 },
	{ .title = NULL },
};

struct layout {
	struct tui_area head, list, detail, pane;
};

static struct layout
lay(const struct tui_model *model, struct tui_area body)
{
	struct layout l = { .head = body };
	int detail;

	if (body.width >= TUI_WIDE) {
		int col = TUI_PANE_COLUMN(body.width);

		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
		l.head = body = tui_area_sub(body, 0, 0, body.height, col);
	}
	detail = model->log_state.is_open && !l.pane.height ? DETAIL_ROWS + 1 : 0;
	if (detail > body.height / 2)
		detail = body.height / 2;
	/* the row above the sampling line stays empty, as the other screens' do */
	l.list = tui_area_sub(body, 1, 0, body.height - 2 - detail, body.width);
	l.detail = tui_area_sub(body, body.height - detail, 0, detail, body.width);
	return l;
}

/* ---- rows, filter ------------------------------------------------------ */

static const char *
event_key(const void *arg, size_t i)
{
	const struct tui_model *model = arg;

	return tui_log_at(&model->log, i)->id;
}

struct tui_rows
tui_log_rows(const struct tui_model *model)
{
	return (struct tui_rows){ model->log.count, 0, model->log.count, event_key, model };
}

const struct tui_event *
tui_log_selected(const struct tui_model *model)
{
	const struct tui_list *list = &model->log_state.list;

	return list->at < model->log.count && !list->is_gone ? tui_log_at(&model->log, list->at)
							     : NULL;
}

static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_log_state *state = &model->log_state;
	struct tui_rows rows = tui_log_rows(model);

	state->list.height = (size_t)lay(model, body).list.height;
	state->list.is_anchored = model->log.is_frozen;
	if (!model->log.is_frozen) { /* following: the cursor stays on the newest */
		state->list.key[0] = '\0';
		state->list.at = state->list.top = 0;
	}
	tui_list_settle(&state->list, &rows);
}

void
tui_log_filter(const struct tui_model *model, struct buf *out)
{
	const struct tui_log_state *state = &model->log_state;

	(void)buf_append_text(out, state->filter);
	if (state->kinds[0])
		(void)buf_printf(out, "%sevent:%s", out->len ? " " : "", state->kinds);
}

json_t *
tui_log_terms(const struct tui_model *model)
{
	struct buf text;
	json_t *terms;

	buf_init(&text, TEXT_BYTES);
	tui_log_filter(model, &text);
	terms = tui_terms_of(buf_span(&text), model->now_unix_ms);
	buf_deinit(&text);
	return terms;
}

/* ---- drawing ----------------------------------------------------------- */

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_log *log = &model->log;
	struct buf filter;
	char at[API_FORMAT_SIZE], count[UNITS_TEXT_SIZE];
	int col = tui_area_printf(row, 0, 0, TUI_TITLE, "Log ▸ live");

	buf_init(&filter, TEXT_BYTES);
	tui_log_filter(model, &filter);
	col = tui_area_printf(row, 0, col + 3, filter.len ? TUI_WARN : TUI_PLAIN, "filter: ");
	col = tui_area_text(row, 0, col, row.width / 3, filter.len ? TUI_WARN : TUI_PLAIN,
	                    filter.len ? buf_span(&filter) : SPAN_LIT("none"));
	buf_deinit(&filter);
	if (!log->is_frozen) {
		(void)tui_area_printf(row, 0, col + 3, TUI_GOOD, "FOLLOW");
		return;
	}
	api_format_clock(log->frozen_at_unix_ms, false, false, at);
	units_format_count(log->fresh, count);
	(void)tui_area_printf(row, 0, col + 3, TUI_ALARM,
			      "FOLLOW ⏸ paused at %s, +%s new — %s resume", at, count,
			      model->is_paused ? "p" : "f");
}

/* shifted - text without its first columns. */
static struct span
shifted(struct span text, int columns_off)
{
	while (text.n && columns_off > 0) {
		uint32_t rune;
		size_t n = utf8_next(text, &rune);

		n = n ? n : 1;
		columns_off -= api_text_width((struct span){ text.p, n });
		text.p += n;
		text.n -= n;
	}
	return text;
}

static void
draw_event(const struct tui_model *model, const struct tui_table *table, struct tui_area area,
           int row, const struct tui_event *event, bool is_selected)
{
	const struct tui_log_state *state = &model->log_state;
	char text[API_FORMAT_SIZE], took[TUI_TOOK_SIZE];
	struct buf words, harmless;

	buf_init(&words, TEXT_BYTES);
	buf_init(&harmless, TEXT_BYTES * 12);
	if (tui_marks_has(&state->marks, event->id))
		(void)tui_area_printf(area, row, is_selected ? 1 : 0, TUI_TITLE, "*");
	if (is_selected)
		(void)tui_area_printf(area, row, 0, TUI_TITLE, "▶");
	tui_event_recipient(event, model->is_revealed, &words);
	tui_table_cell(table, area, row, RECIPIENT, is_selected ? TUI_TITLE : TUI_PLAIN,
	               buf_span(&words));
	tui_table_cell(table, area, row, EVENT, tui_event_style(event),
	               span_of(tui_event_label(event)));
	tui_table_cell(table, area, row, CRED, TUI_PLAIN,
	               span_of(event->credential[0] ? event->credential : "-"));
	tui_event_took(event, took);
	tui_table_cell(table, area, row, TOOK, TUI_PLAIN, span_of(took));
	api_format_clock(event->at_unix_ms, table->width[TIME] > 8, false, text);
	tui_table_cell(table, area, row, TIME, TUI_PLAIN, span_of(text));
	buf_clear(&words);
	tui_event_words(event, &words);
	utf8_harmless(buf_span(&words), &harmless);
	tui_table_cell(table, area, row, REPLY, TUI_PLAIN,
	               shifted(buf_span(&harmless), state->shift));
	buf_deinit(&words);
	buf_deinit(&harmless);
}

/* field - one line of the detail; nothing when there is nothing to say. */
static void
field(struct tui_area area, int *row, const char *name, const char *text)
{
	if (text[0] && *row < area.height)
		(void)tui_area_printf(area, (*row)++, 0, TUI_PLAIN, "%s %s", name, text);
}

static void
draw_detail(const struct tui_model *model, struct tui_area area, const struct tui_event *event)
{
	char text[TUI_KEY_MAX], at[API_FORMAT_SIZE], next[API_FORMAT_SIZE];
	struct buf words;
	int row = 0;

	buf_init(&words, TEXT_BYTES);
	tui_event_words(event, &words);
	row += tui_area_wrap(area, row, 3, TUI_PLAIN, buf_span(&words));
	buf_clear(&words);
	tui_event_recipient(event, model->is_revealed, &words);
	(void)buf_append(&words, "", 1);
	field(area, &row, "to", event->recipient[0] ? buf_data(&words) : "");
	field(area, &row, "message", event->message);
	snprintf(text, sizeof text, "%s%s%s%s%s", event->remote_host,
		 event->remote_host[0] && event->remote_address[0] ? " " : "",
		 event->remote_address, event->tls[0] ? " " : "", event->tls);
	field(area, &row, "peer", text);
	field(area, &row, "cred", event->credential);
	if (event->attempt)
		snprintf(text, sizeof text, "%" PRId64 "%s%s", event->attempt,
		         event->category[0] ? ", judged " : "", event->category);
	else
		snprintf(text, sizeof text, "%s", event->category);
	field(area, &row, event->attempt ? "attempt" : "judged", text);
	if (event->next_attempt_unix_ms) {
		api_format_clock(event->next_attempt_unix_ms, false, false, at);
		api_format_next(event->next_attempt_unix_ms, model->now_unix_ms, next);
		snprintf(text, sizeof text, "%s (%s)", at, next);
		field(area, &row, "next try", text);
	}
	if (event->reply[0])
		field(area, &row, "detail", event->detail);
	buf_deinit(&words);
}

static void
detail_title(const struct tui_event *event, char *out, size_t size)
{
	char at[API_FORMAT_SIZE], code[16] = "";

	api_format_clock(event->at_unix_ms, true, false, at);
	if (event->code)
		snprintf(code, sizeof code, " %" PRId64, event->code);
	snprintf(out, size, "%s %s%s ─ selected", at, tui_event_label(event), code);
}

static uint64_t
per_second(const struct tui_log *log)
{
	return log->shown_sec + log->sampled_sec;
}

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	struct tui_area area = tui_area_sub(pane, 0, 2, pane.height, pane.width - 2);
	const struct tui_event *event = tui_log_selected(model);
	const struct tui_log *log = &model->log;
	char title[128];
	int row = DETAIL_ROWS + 6;

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (event) {
		detail_title(event, title, sizeof title);
		(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s", title);
		draw_detail(model, tui_area_sub(area, 1, 2, row - 2, area.width - 2), event);
	}
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "FILTER (live, server-side)");
	(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "event: %s",
	                      model->log_state.kinds[0] ? model->log_state.kinds : "all");
	(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "terms: %s",
	                      model->log_state.filter[0] ? model->log_state.filter : "none");
	row++;
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN,
	                      "%" PRIu64 " events/s; showing %" PRIu64 "/s%s", per_second(log),
	                      log->shown_sec, log->sampled_sec ? " (sampled)" : "");
	if (log->sampled_sec)
		(void)tui_area_printf(area, row++, 2, TUI_PLAIN,
				      "narrow the filter to see every event");
	if (log->lost)
		(void)tui_area_printf(area, row, 0, TUI_BAD, "%" PRIu64 " lost: read too slowly",
				      log->lost);
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	const struct tui_log_state *state = &model->log_state;
	const struct tui_event *event = tui_log_selected(model);
	struct layout l = lay(model, body);
	struct tui_table table;

	tui_table_lay(&table, columns, l.head, body.width >= TUI_WIDE, 0);
	tui_table_head(&table, l.head, 0);
	for (int i = 0; i < l.list.height; i++) {
		bool is_ghost;
		size_t at = tui_list_row(&state->list, (size_t)i, &is_ghost);

		if (at < model->log.count && !is_ghost)
			draw_event(model, &table, l.list, i, tui_log_at(&model->log, at),
				   at == state->list.at);
	}
	if (l.pane.height) {
		draw_pane(model, l.pane);
	} else if (l.detail.height && event) {
		char title[128];
		int col;

		detail_title(event, title, sizeof title);
		col = tui_area_printf(l.detail, 0, 0, TUI_TITLE, "─ %s ", title);
		tui_area_repeat(l.detail, 0, col, l.detail.width - col, TUI_DIM, 0x2500);
		draw_detail(model,
			    tui_area_sub(l.detail, 1, 2, l.detail.height - 1, l.detail.width - 2),
			    event);
	}
}

static void
note(const struct tui_model *model, struct tui_area row)
{
	const struct tui_log *log = &model->log;

	if (log->sampled_sec && log->shown_sec)
		(void)tui_area_printf(row, 0, 0, TUI_WARN,
				      "sampling 1:%" PRIu64 " (%" PRIu64 "/s in, %" PRIu64
				      "/s shown); filter to see all",
				      (per_second(log) + log->shown_sec / 2) / log->shown_sec,
				      per_second(log), log->shown_sec);
	else if (log->lost)
		(void)tui_area_printf(row, 0, 0, TUI_BAD,
				      "%" PRIu64 " events lost: this terminal reads too slowly",
				      log->lost);
}

static const char *
selected(const struct tui_model *model)
{
	const struct tui_event *event = tui_log_selected(model);

	return !event ? "" : event->message[0] ? event->message : event->id;
}

static json_t *
window(const struct tui_model *model, int screen)
{
	(void)model, (void)screen;
	return json_object();
}

/* its own picture comes by events.subscribe (tui_feed); the view is the head's */
const struct tui_view tui_view_log = {
	.title = "Live log", .view = "status", .window = window, .settle = settle, .crumb = crumb,
	.draw = draw, .note = note, .act = tui_log_act, .selected = selected,
	.sibling = tui_log_sibling,
};
