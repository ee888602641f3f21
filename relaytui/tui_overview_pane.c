/* tui_overview_pane.c - the Overview's right side: who sends most, what just happened, the
 * addresses it leaves by, how long it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "base/units.h"
#include "tui_overview.h"
#include "tui_pool.h"
#include "tui_view.h"

#define POOLS_SHOWN 6

static void
draw_event(const struct tui_model *model, struct tui_area row, const struct tui_event *event)
{
	char at[API_FORMAT_SIZE], took[TUI_TOOK_SIZE];
	struct buf text;

	buf_init(&text, 4096);
	api_format_clock(event->at_unix_ms, false, false, at);
	tui_event_recipient(event, model->is_revealed, &text);
	(void)tui_area_printf(row, 0, 0, TUI_PLAIN, "%s ", at);
	(void)tui_area_printf(row, 0, 9, tui_event_style(event), "%s", tui_event_label(event));
	(void)tui_area_text(row, 0, 14, 18, TUI_PLAIN, buf_span(&text));
	if (strcmp(event->event, "delivered") == 0 && event->duration_ms >= 0) {
		tui_event_took(event, took);
		(void)tui_area_printf(row, 0, 33, TUI_PLAIN, "%s", took);
	} else if (event->code) {
		(void)tui_area_printf(row, 0, 33, TUI_PLAIN, "%" PRId64 " %s", event->code,
				      event->enhanced);
	}
	buf_deinit(&text);
}

int
tui_overview_events(const struct tui_model *model, struct tui_area area, int row)
{
	const struct tui_overview *o = model->overview;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "LAST %d EVENTS", API_VIEW_EVENTS);
	for (size_t i = o ? o->events : 0; i-- > 0; row++)
		draw_event(model, tui_area_sub(area, row, 0, 1, area.width), &o->event[i]);
	return row;
}

static int
draw_credentials(const struct tui_model *model, struct tui_area area, int row)
{
	const struct tui_overview *o = model->overview;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "TOP CREDENTIALS (5 min)");
	for (size_t i = 0; o && i < o->credentials; i++, row++) {
		const struct tui_credential *c = &o->credential[i];
		char count[UNITS_TEXT_SIZE], percent[API_FORMAT_SIZE];

		units_format_count((uint64_t)c->accepted, count);
		api_format_percent(c->bounce_percent, percent);
		(void)tui_area_text(area, row, 2, 13, TUI_PLAIN, span_of(c->name));
		tui_area_right(area, row, 15, 8, TUI_PLAIN, span_of(count));
		(void)tui_area_printf(area, row, 25, c->bounce_percent >= 2 ? TUI_BAD : TUI_PLAIN,
		                      "%s bounce%s", percent, c->bounce_percent >= 2 ? " !" : "");
	}
	return row;
}

static void
draw_latency(const struct tui_model *model, struct tui_area area, int row)
{
	const struct tui_overview *o = model->overview;
	char p50[UNITS_TEXT_SIZE] = "-", p95[UNITS_TEXT_SIZE] = "-", p99[UNITS_TEXT_SIZE] = "-";

	if (o && o->p50_ms >= 0)
		units_format_duration(o->p50_ms, p50);
	if (o && o->p95_ms >= 0)
		units_format_duration(o->p95_ms, p95);
	if (o && o->p99_ms >= 0)
		units_format_duration(o->p99_ms, p99);
	(void)tui_area_printf(area, row, 0, TUI_PLAIN,
			      "LATENCY accept→delivered  p50 %s p95 %s p99 %s", p50, p95, p99);
}

/* draw_pools - the addresses mail leaves by: what each may not be asked twice. */
static int
draw_pools(const struct tui_model *model, struct tui_area area, int row)
{
	json_t *rows = json_object_get(model->listing[TUI_POOLS].data, "rows"), *one;
	size_t i;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "IP POOLS");
	if (rows && json_array_size(rows) == 0)
		(void)tui_area_printf(area, row++, 2, TUI_DIM, "none: mail leaves by the address "
		                      "the system chooses");
	json_array_foreach(rows, i, one) {
		const struct tui_pool pool = tui_pool_read(one);
		char words[64] = "";

		if (i == POOLS_SHOWN)
			break;
		if (pool.cap && pool.days)
			snprintf(words, sizeof words, "day %" PRId64 "/%" PRId64 " %.0f%% of cap",
			         pool.day, pool.days, 100.0 * (double)pool.sent / (double)pool.cap);
		else if (pool.listed > 0)
			snprintf(words, sizeof words, "listed %" PRId64, pool.listed);
		(void)tui_area_text(area, row, 2, 10, TUI_PLAIN, span_of(pool.pool));
		(void)tui_area_text(area, row, 13, 16, TUI_PLAIN, span_of(pool.address));
		(void)tui_area_printf(area, row++, 30, strcmp(pool.state, "ok") == 0 ? TUI_PLAIN
		                      : TUI_WARN, "%-8.12s %s", pool.state, words);
	}
	return row;
}

void
tui_overview_pane(const struct tui_model *model, struct tui_area pane)
{
	struct tui_area area = tui_area_sub(pane, 0, 2, pane.height, pane.width - 2);
	int row;

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	row = draw_credentials(model, area, 0) + 1;
	row = tui_overview_events(model, area, row > 5 ? row : 5) + 1;
	row = draw_pools(model, area, row > 15 ? row : 15) + 1;
	draw_latency(model, area, row);
}
