/* tui_domain_draw.c - what is to be fixed about a domain: the record to publish, who was asked
 * and what they said, what it does to mail; and its keys. See tui_domain.h. */
#include "tui_domain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"

#define SERVERS 3  /* named in a sentence */
#define INDENT 2

/* said_of - "NXDOMAIN", "ok": what a server answered, in a few words. */
static const char *
said_of(const json_t *answer)
{
	const char *reason = tui_text_of(answer, "reason");

	return reason[0] ? reason : tui_text_of(answer, "state");
}

/* ---- who was asked -------------------------------------------------------------------- */

static bool
all_say(const json_t *answers, const char *what)
{
	const json_t *answer;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)answers, i, answer)
		if (strcmp(said_of(answer), what) != 0)
			return false;
	return true;
}

/* put_servers - "9.9.9.9, 1.1.1.1 and the zone's own servers" */
static void
put_servers(const json_t *answers, struct buf *out)
{
	size_t own = 0, named = 0, i;
	const json_t *answer;

	json_array_foreach((json_t *)(uintptr_t)answers, i, answer) {
		if (api_json_get_bool(answer, "own")) {
			own++;
			continue;
		}
		if (named < SERVERS)
			(void)buf_printf(out, "%s%s", named ? ", " : "",
			                 tui_text_of(answer, "server"));
		named++;
	}
	if (named > SERVERS)
		(void)buf_printf(out, " (%zu more)", named - SERVERS);
	if (own)
		(void)buf_printf(out, "%sthe zone's own server%s", named ? " and " : "",
		                 own == 1 ? "" : "s");
}

static int
draw_asked(const struct tui_finding *finding, struct tui_area area, int row)
{
	const json_t *first = json_array_get(finding->answers, 0);
	struct buf text;

	if (!first)
		return row;
	buf_init(&text, (size_t)4 << 10);
	(void)buf_append_text(&text, "We asked: ");
	put_servers(finding->answers, &text);
	if (all_say(finding->answers, said_of(first)))
		(void)buf_printf(&text, "; %s %s.",
		                 json_array_size(finding->answers) > 1 ? "all say" : "it says",
		                 said_of(first));
	else
		(void)buf_printf(&text, "; they do not say the same.");
	row += tui_area_wrap(area, row, 2, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
	return row;
}

/* draw_answers - one a row: "ns1.example.org   NXDOMAIN  12ms". Returns the row after. */
static int
draw_answers(const struct tui_finding *finding, struct tui_area area, int row, int most)
{
	const json_t *answer;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)finding->answers, i, answer) {
		enum tui_style style =
			tui_domain_is_ok(tui_text_of(answer, "state")) ? TUI_GOOD : TUI_BAD;
		char took[24];
		int half = area.width / 2;

		if ((int)i == most) {
			(void)tui_area_printf(area, row++, 0, TUI_DIM, "and %zu more",
			                      json_array_size(finding->answers) - i);
			break;
		}
		snprintf(took, sizeof took, "%" PRId64 "ms",
		         api_json_get_int(answer, "took_ms", 0));
		(void)tui_area_text(area, row, 0, half - 1, TUI_PLAIN,
		                    span_of(tui_text_of(answer, "server")));
		(void)tui_area_text(area, row, half, half - 9, style, span_of(said_of(answer)));
		tui_area_right(area, row++, area.width - 8, 8, TUI_DIM, span_of(took));
	}
	return row;
}

/* ---- the record ---------------------------------------------------------------------------- */

/* draw_value - whole where there is room for rows of it, else its beginning. */
static int
draw_value(const struct tui_finding *finding, struct tui_area area, int row, int most)
{
	size_t n = strlen(finding->expected);
	char text[160];
	int width = area.width - INDENT - 2, room = width > 90 ? 90 : width;

	if ((int)n <= width) {
		(void)tui_area_printf(area, row, INDENT, TUI_PLAIN, "\"%s\"", finding->expected);
		return row + 1;
	}
	if (most > 1 && width > 0) { /* no word ends in it: cut where a row does */
		for (size_t at = 0; at < n && most > 0; at += (size_t)width, most--)
			(void)tui_area_printf(area, row++, INDENT, TUI_PLAIN, "%.*s", width,
			                      finding->expected + at);
		return row;
	}
	room -= 32; /* for what follows it */
	snprintf(text, sizeof text, "\"%.*s… (%zu chars, full on ⏎)", room > 8 ? room : 8,
	         finding->expected, n);
	(void)tui_area_text(area, row, INDENT, area.width - INDENT, TUI_PLAIN, span_of(text));
	return row + 1;
}

/* draw_record - what to publish, or why not. Returns the row after. */
static int
draw_record(const struct tui_finding *finding, struct tui_area area, int row, int most)
{
	bool is_known = finding->expected[0] && strcmp(finding->state, "unreadable") != 0;

	if (!is_known || strcmp(finding->state, "not_everywhere") == 0) {
		row += tui_area_wrap(area, row, 2, TUI_PLAIN, span_of(finding->sentence));
		return row + tui_area_wrap(area, row, 2, TUI_PLAIN, span_of(finding->todo));
	}
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "%s this %s record (y copies it):",
	                      strcmp(finding->state, "missing") == 0 ? "Publish" : "Correct",
	                      finding->type);
	(void)tui_area_text(area, row++, INDENT, area.width - INDENT, TUI_TITLE,
	                    span_of(finding->name));
	row = draw_value(finding, area, row, most);
	if (finding->found[0])
		row += tui_area_wrap(area, row, 2, TUI_WARN, span_of(finding->sentence));
	return row;
}

/* draw_effect - on mail: in general, and what went out since. */
static int
draw_effect(const struct tui_domain_row *d, const struct tui_finding *finding,
            const struct tui_model *model, struct tui_area area, int row)
{
	char count[UNITS_NOUN_SIZE], since[API_FORMAT_SIZE];
	struct buf text;

	buf_init(&text, (size_t)2 << 10);
	(void)buf_printf(&text, "Effect: %s", finding->effect[0] ? finding->effect : "none now.");
	if (d->failing_unix_ms && d->sent_failing && !finding->is_optional) {
		api_format_day(d->failing_unix_ms, model->now_unix_ms, false, since);
		(void)buf_printf(&text, " %s since %s went out that fail%s DMARC; such mail is: %s "
		                 "(E to change).",
		                 units_format_noun(d->sent_failing, "message", count), since,
		                 d->sent_failing == 1 ? "s" : "",
		                 d->holds_failing ? "held" : "sent anyway");
	}
	row += tui_area_wrap(area, row, 4, finding->is_optional ? TUI_PLAIN : TUI_WARN,
	                     buf_span(&text));
	buf_deinit(&text);
	return row;
}

/* draw_title - "example.org ─ 1 thing to fix" */
static void
draw_title(const struct tui_domain_row *d, const json_t *report, size_t shown,
           struct tui_area area)
{
	size_t all = tui_domain_findings(report), wrong = 0;
	char noun[UNITS_NOUN_SIZE];
	struct tui_finding finding;
	int col;

	while (tui_domain_finding(report, wrong, &finding) && !finding.is_optional)
		wrong++;
	if (wrong)
		(void)units_format_noun((int64_t)wrong, "thing", noun);
	else
		(void)units_format_noun((int64_t)all, "record", noun);
	col = tui_area_printf(area, 0, 0, TUI_TITLE, "%s ─ %s%s", d->name,
	                      all ? noun : "nothing to fix",
	                      wrong ? " to fix" : all ? " to publish" : "");
	if (all > 1)
		(void)tui_area_printf(area, 0, col + 2, TUI_DIM, "%zu of %zu, ] the next",
		                      shown + 1, all);
}

/* draw_fix - most: rows for a long value. Returns the row after. */
static int
draw_fix(const struct tui_model *model, const json_t *row, struct tui_area area, int most)
{
	const struct tui_domain_row d = tui_domain_read(row);
	const json_t *report = tui_listing_detail(model);
	const struct tui_detail *detail = &tui_listing_shown(model)->detail;
	struct tui_area inner = tui_area_sub(area, 0, INDENT, area.height, area.width - INDENT);
	size_t shown = tui_domain_shown(model);
	struct tui_finding finding;
	int at = 1;

	if (!report) {
		(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s", d.name);
		return 1 + tui_area_wrap(inner, 1, 3, TUI_DIM,
		                         span_of(detail->error[0] ? detail->error : "..."));
	}
	draw_title(&d, report, shown, area);
	if (!tui_domain_finding(report, shown, &finding))
		return 1 + tui_area_wrap(inner, 1, 3, TUI_PLAIN,
		                         span_of(tui_text_of(report, "sentence")));
	at = draw_record(&finding, inner, at, most);
	at = draw_asked(&finding, inner, at);
	return draw_effect(&d, &finding, model, inner, at);
}

/* ---- its keys ---------------------------------------------------------------------------- */

static int
draw_keys(const struct tui_model *model, const struct tui_domain_row *d, struct tui_area area,
          int row)
{
	const json_t *key;
	size_t i;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "KEYS");
	if (json_array_size(d->keys) == 0)
		(void)tui_area_printf(area, row++, INDENT, TUI_BAD, "none: its mail is not signed");
	json_array_foreach((json_t *)(uintptr_t)d->keys, i, key) {
		bool is_active = api_json_get_bool(key, "active");
		char since[API_FORMAT_SIZE];

		api_format_day(api_json_get_time(key, "since_at"), model->now_unix_ms, false,
		               since);
		(void)tui_area_printf(area, row++, INDENT, is_active ? TUI_PLAIN : TUI_DIM,
		                      "%s  %s %" PRId64 "  %s since %s",
		                      tui_text_of(key, "selector"), tui_text_of(key, "algorithm"),
		                      api_json_get_int(key, "bits", 0),
		                      is_active ? "signs" : tui_text_of(key, "state"), since);
	}
	return row + 1;
}

/* draw_history - what changed from one check to the next, since relayd was started. */
static int
draw_history(const struct tui_model *model, struct tui_area area, int row)
{
	json_t *history = json_object_get(tui_listing_detail(model), "history"), *one;
	size_t i;

	if (json_array_size(history) == 0)
		return row;
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "HISTORY");
	json_array_foreach(history, i, one) {
		bool is_ok = tui_domain_is_ok(tui_text_of(one, "state"));
		char at[API_FORMAT_SIZE];

		api_format_day(api_json_get_time(one, "at"), model->now_unix_ms, false, at);
		(void)tui_area_printf(area, row++, INDENT, is_ok ? TUI_PLAIN : TUI_WARN,
		                      "%s %s %s → %s", at, tui_text_of(one, "purpose"),
		                      tui_text_of(one, "before"), tui_text_of(one, "state"));
	}
	return row + 1;
}

void
tui_domain_pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_domain_row d = tui_domain_read(row);
	struct tui_area inner = tui_area_sub(area, 0, INDENT, area.height, area.width - INDENT);
	bool is_wide = area.width < model->width;
	struct tui_finding finding;
	int at = 0;

	if (!is_wide) /* instead of the list: all of it */
		at = draw_fix(model, row, area, area.height / 2) + 1;
	if (tui_domain_finding(tui_listing_detail(model), tui_domain_shown(model), &finding)) {
		(void)tui_area_printf(area, at, 0, TUI_TITLE, "DNS ANSWERS");
		at = draw_answers(&finding, inner, at + 1, is_wide ? 12 : 4) + 1;
	}
	at = draw_history(model, area, at);
	at = draw_keys(model, &d, area, at);
	(void)tui_area_printf(area, at, 0, TUI_DIM, "relaycli domain check %s", d.name);
}

void
tui_domain_below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	bool has_room = area.height > 14;

	(void)draw_fix(model, row, area, has_room ? 8 : 1);
}
