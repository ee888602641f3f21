/* tui_credential_draw.c - what was sent with a credential, beside what is usual for it; its
 * limits and keys. See tui_credential.h. */
#include "tui_credential.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

#define SHARES 3               /* values of a kind named */
#define LABEL 10               /* "FROM      " */

/* ---- what was sent with it ------------------------------------------------------------ */

static int64_t
sum_of(const json_t *statuses, const char *const *names)
{
	int64_t sum = 0;

	for (; *names; names++)
		sum += api_json_get_int(statuses, *names, 0);
	return sum;
}

static int
draw_totals(const json_t *sent, struct tui_area area)
{
	static const char *const waiting[] = { "queued", "deferred", "held", "scheduled", NULL };
	static const char *const delivered[] = { "delivered", "complained", NULL };
	static const char *const bounced[] = { "bounced", "expired", NULL };
	const json_t *statuses = json_object_get(sent, "statuses");
	char count[4][UNITS_TEXT_SIZE];

	units_format_count((uint64_t)api_json_get_int(sent, "recipients", 0), count[0]);
	units_format_count((uint64_t)sum_of(statuses, delivered), count[1]);
	units_format_count((uint64_t)sum_of(statuses, bounced), count[2]);
	units_format_count((uint64_t)sum_of(statuses, waiting), count[3]);
	(void)tui_area_printf(area, 0, 0, TUI_PLAIN, "%s accepted  %s delivered", count[0],
	                      count[1]);
	(void)tui_area_printf(area, 1, 0, TUI_PLAIN, "%s bounced  %s waiting%s", count[2], count[3],
	                      api_json_get_bool(sent, "complete") ? "" : "  (of what was counted)");
	return 3;
}

/* draw_shares - the values of one kind, one a row: "192.0.2.15 app01   75%", and whether it
 * was never seen before. Returns the row after them. */
static int
draw_shares(const json_t *sent, const char *kind, const char *label, struct tui_area area, int row)
{
	json_t *values = json_object_get(sent, kind), *one;
	int64_t all = api_json_get_int(sent, "recipients", 0);
	char more[64], percent[API_FORMAT_SIZE];
	size_t i;

	(void)tui_area_printf(area, row, 0, TUI_TITLE, "%s", label);
	if (json_array_size(values) == 0)
		(void)tui_area_printf(area, row++, LABEL, TUI_DIM, "-");
	json_array_foreach(values, i, one) {
		enum tui_style style = api_json_get_bool(one, "new") ? TUI_WARN : TUI_PLAIN;
		int64_t count = api_json_get_int(one, "recipients", 0);

		if (i == SHARES) {
			snprintf(more, sizeof more, "%s_total", kind);
			(void)tui_area_printf(area, row++, LABEL, TUI_DIM, "and %" PRId64 " more",
			                      api_json_get_int(sent, more, 0) - SHARES);
			break;
		}
		api_format_percent(all > 0 ? 100.0 * (double)count / (double)all : -1, percent);
		(void)tui_area_text(area, row, LABEL, area.width - LABEL - 10, style,
		                    span_of(tui_text_of(one, "value")));
		tui_area_right(area, row, area.width - 9, 5, style, span_of(percent));
		(void)tui_area_printf(area, row++, area.width - 3, TUI_WARN, "%s",
		                      style == TUI_WARN ? "new" : "");
	}
	return row;
}

static int
draw_unusual(const json_t *sent, struct tui_area area, int row)
{
	json_t *unusual = json_object_get(sent, "unusual"), *one;
	char busiest[UNITS_TEXT_SIZE], before[UNITS_TEXT_SIZE];
	size_t i;

	json_array_foreach(unusual, i, one)
		row += tui_area_wrap(area, row, 2, TUI_WARN,
		                     span_of(json_string_value(one) ? json_string_value(one) : ""));
	if (json_array_size(unusual) > 0)
		return row + 1;
	units_format_count((uint64_t)api_json_get_int(sent, "busiest_hour", 0), busiest);
	units_format_count((uint64_t)api_json_get_int(sent, "busiest_hour_before", 0), before);
	(void)tui_area_printf(area, row, 0, TUI_TITLE, "USUAL");
	(void)tui_area_printf(area, row, LABEL, TUI_PLAIN, "busiest hour %s; week before %s",
	                      busiest, before);
	return row + 2;
}

static int
draw_sent(const struct tui_model *model, struct tui_area area)
{
	const json_t *sent = tui_listing_detail(model);
	const struct tui_detail *detail = &tui_listing_shown(model)->detail;
	int row;

	if (!sent) {
		bool is_refused = detail->error[0] && !detail->is_asked;

		return 1 + tui_area_wrap(area, 0, 3, is_refused ? TUI_BAD : TUI_DIM,
		                         span_of(is_refused ? detail->error : "counting ..."));
	}
	row = draw_totals(sent, area);
	row = draw_shares(sent, "senders", "FROM", area, row);
	row = draw_shares(sent, "domains", "TO", area, row);
	row = draw_shares(sent, "hosts", "SOURCE", area, row);
	return draw_unusual(sent, area, row);
}

/* ---- limits and keys -------------------------------------------------------------------- */

static void
put_window(const json_t *row, const char *window, struct buf *out)
{
	const json_t *one = json_object_get(row, window);
	char limit[API_FORMAT_SIZE], used[API_FORMAT_SIZE], period[UNITS_TEXT_SIZE];

	if (api_json_get_int(one, "limit", 0) == 0)
		return;
	api_format_short(api_json_get_int(one, "limit", 0), limit);
	api_format_short(api_json_get_int(one, "used", 0), used);
	units_format_duration(api_json_get_int(one, "period_ms", 0), period);
	if (strcmp(window, "rate") == 0)
		(void)buf_printf(out, "%s%s/%s (%s used)", out->len ? ", " : "", limit,
		                 period[0] == '1' && period[1] > '9' ? period + 1 : period, used);
	else
		(void)buf_printf(out, "%s%s/%s (%s used)", out->len ? ", " : "", limit, window,
		                 used);
}

static int
draw_limits(const json_t *row, struct tui_area area, int at)
{
	static const char *const windows[] = { "rate", "day", "month" };
	json_t *from = json_object_get(row, "from"), *one;
	struct tui_area right = tui_area_sub(area, at, LABEL, area.height - at, area.width - LABEL);
	struct buf text;
	size_t i;

	buf_init(&text, (size_t)4 << 10);
	for (i = 0; i < sizeof windows / sizeof *windows; i++)
		put_window(row, windows[i], &text);
	(void)buf_printf(&text, "%s", text.len ? ", " : "no limit, ");
	json_array_foreach(from, i, one)
		if (i < SHARES && json_string_value(one))
			(void)buf_printf(&text, "%s%s", i ? " " : "from ", json_string_value(one));
	if (json_array_size(from) == 0)
		(void)buf_printf(&text, "may send nothing yet");
	else if (json_array_size(from) > SHARES)
		(void)buf_printf(&text, " and %zu more", json_array_size(from) - SHARES);
	if (tui_text_of(row, "pool")[0])
		(void)buf_printf(&text, ", pool %s", tui_text_of(row, "pool"));
	if (tui_text_of(row, "env")[0])
		(void)buf_printf(&text, ", %s", tui_text_of(row, "env"));
	(void)tui_area_printf(area, at, 0, TUI_TITLE, "LIMITS");
	at += tui_area_wrap(right, 0, 4, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
	return at;
}

static int
draw_keys(const struct tui_model *model, const struct tui_credential_row *c, struct tui_area area,
          int at)
{
	char made[API_FORMAT_SIZE], used[API_FORMAT_SIZE];

	(void)tui_area_printf(area, at, 0, TUI_TITLE, "KEYS");
	if (json_array_size(c->keys) == 0)
		(void)tui_area_printf(area, at++, LABEL, TUI_DIM, "-");
	for (size_t i = json_array_size(c->keys); i-- > 0;) {
		struct tui_credential_key key = tui_credential_read_key(json_array_get(c->keys, i));
		int64_t when = key.ends_unix_ms ? key.ends_unix_ms : key.created_unix_ms;
		const char *word = !key.is_live ? "ended" : key.ends_unix_ms ? "ends" : "created";

		api_format_day(when, model->now_unix_ms, false, made);
		api_format_age(key.used_unix_ms, model->now_unix_ms, used);
		(void)tui_area_printf(area, at++, LABEL, key.is_live ? TUI_PLAIN : TUI_DIM,
		                      "%s %s %s  %s%s%s %s", key.id, word, made,
		                      key.used_unix_ms ? "used " : "never used",
		                      key.used_unix_ms ? used : "",
		                      key.used_unix_ms ? " ago" : "", key.address);
	}
	return at + 1;
}

void
tui_credential_pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_credential_row c = tui_credential_read(row);
	struct tui_area inner = tui_area_sub(area, 1, 2, area.height - 1, area.width - 2);
	struct tui_value warning;
	int at;

	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s ─ what was sent with it (24h)", c.name);
	at = draw_sent(model, inner);
	at = draw_limits(row, inner, at);
	at = draw_keys(model, &c, inner, at);
	if (tui_credential_warning(&c, model->now_unix_ms, &warning))
		at += 1 + tui_area_wrap(inner, at, 3, warning.style, span_of(warning.text));
	(void)tui_area_printf(inner, at, 0, TUI_DIM, "relaycli credential sent %s", c.name);
}

void
tui_credential_below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_credential_row c = tui_credential_read(row);
	struct tui_value warning;
	int at = 0;

	if (area.width != model->width)
		return;
	if (tui_credential_warning(&c, model->now_unix_ms, &warning))
		at = tui_area_wrap(area, 0, 2, warning.style, span_of(warning.text)) + 1;
	at = draw_limits(row, area, at);
	(void)draw_keys(model, &c, area, at);
}
