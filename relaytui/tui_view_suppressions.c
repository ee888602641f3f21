/* tui_view_suppressions.c - screen 9: addresses that get no mail, newest first, in a
 * window of a list that may have millions; what the list stopped today; the evidence of
 * the selected entry. What changes it is in tui_suppression_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "api/api_term.h"
#include "base/units.h"
#include "tui_suppression.h"
#include "tui_suppression_act.h"
#include "tui_view.h"

#define INTERVAL_MS 2000 /* a millisecond of the daemon's where nothing changed */
#define STOPPED_MOST 50   /* sends that are counted; more are "50 or more" */

enum { ADDRESS, REASON, EVIDENCE, SINCE, ENDS, SCOPE };

static const struct tui_column columns[] = {
	[ADDRESS] = { "ADDRESS", 22, 28, false, 0 },
	[REASON] = { "REASON", 12, 13, false, 0 },
	[EVIDENCE] = { "EVIDENCE", 22, 26, false, 4 },
	[SINCE] = { "SINCE", 8, 10, false, 1 },
	[ENDS] = { "ENDS", 8, 8, false, 2 },
	[SCOPE] = { "SCOPE", 12, 0, false, 5 },
	{ .title = NULL },
};

static const struct tui_sort sorts[] = { { "since", "SINCE", 's' } };

/* ---- a row --------------------------------------------------------------------- */

struct tui_suppression
tui_suppression_read(const json_t *row)
{
	return (struct tui_suppression){
		.address = tui_text_of(row, "address"),
		.scope = tui_text_of(row, "scope"),
		.reason = tui_text_of(row, "reason"),
		.by = tui_text_of(row, "by"),
		.detail = tui_text_of(row, "detail"),
		.message = tui_text_of(row, "message"),
		.provider = tui_text_of(row, "provider"),
		.reply = tui_text_of(row, "reply"),
		.code = api_json_get_int(row, "code", 0),
		.since_unix_ms = api_json_get_time(row, "since_at"),
		.ends_unix_ms = api_json_get_time(row, "ends_at"),
		.has_ended = api_json_get_bool(row, "ended"),
	};
}

void
tui_suppression_reason(const struct tui_suppression *entry, char out[TUI_SUPPRESSION_REASON])
{
	snprintf(out, TUI_SUPPRESSION_REASON, "%.32s%s%.40s", entry->reason,
	         strcmp(entry->reason, "manual") == 0 && entry->by[0] ? " " : "",
	         strcmp(entry->reason, "manual") == 0 ? entry->by : "");
	for (char *p = out; *p && p < out + strlen(entry->reason); p++)
		*p = *p == '_' ? ' ' : *p;
}

const char *
tui_suppression_evidence(const struct tui_suppression *entry)
{
	return entry->reply[0] ? entry->reply : entry->detail;
}

static void
put_end(const struct tui_suppression *entry, int64_t now_unix_ms, struct tui_value *out)
{
	char text[API_FORMAT_SIZE];

	api_format_day(entry->ends_unix_ms, now_unix_ms, false, text);
	if (entry->has_ended)
		tui_value_set(out, TUI_DIM, "ended");
	else
		tui_value_set(out, TUI_PLAIN, entry->ends_unix_ms ? text : "never");
}

static enum tui_style
reason_style(const struct tui_suppression *entry)
{
	if (entry->has_ended)
		return TUI_DIM;
	return strcmp(entry->reason, "complaint") == 0 ? TUI_WARN : TUI_PLAIN;
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct tui_suppression entry = tui_suppression_read(row);
	enum tui_style style = entry.has_ended ? TUI_DIM : TUI_PLAIN;
	char text[API_FORMAT_SIZE], reason[TUI_SUPPRESSION_REASON];

	switch (column) {
	case ADDRESS:
		tui_value_set(out, style, entry.address);
		break;
	case REASON:
		tui_suppression_reason(&entry, reason);
		tui_value_set(out, reason_style(&entry), reason);
		break;
	case EVIDENCE:
		tui_value_set(out, style, tui_suppression_evidence(&entry));
		break;
	case SINCE:
		api_format_day(entry.since_unix_ms, model->now_unix_ms, false, text);
		tui_value_set(out, style, text);
		break;
	case ENDS:
		put_end(&entry, model->now_unix_ms, out);
		break;
	default:
		tui_value_set(out, style, strcmp(entry.scope, "everywhere") == 0 ? "all"
		                          : strncmp(entry.scope, "cred:", 5) == 0
		                                  ? entry.scope + 5 : entry.scope);
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	char count[UNITS_TEXT_SIZE];

	units_format_count(tui_listing_total(model), count);
	(void)buf_printf(out, "%s (%s)", tui_listing_shown(model)->filter[0] ? "some" : "all",
	                 count);
}

/* ---- sends that an entry stopped ---------------------------------------------------- */

static void
put_term(json_t *terms, const char *key, const char *value)
{
	char term[TUI_KEY_MAX * 2];

	snprintf(term, sizeof term, "%s:%s", key, value);
	json_array_append_new(terms, api_json_string(span_of(term)));
}

static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	const struct tui_suppression entry = tui_suppression_read(row);
	json_t *params, *terms;
	char since[24];

	if (!tui_listing_is_pane_shown(model))
		return NULL; /* the log is not asked about each row that is passed */
	params = json_object();
	terms = json_array();
	if (strncmp(entry.address, "*@", 2) == 0)
		put_term(terms, "domain", entry.address + 2);
	else
		put_term(terms, "to", entry.address);
	if (strncmp(entry.scope, "cred:", 5) == 0)
		put_term(terms, "cred", entry.scope + 5);
	put_term(terms, "status", "suppressed");
	snprintf(since, sizeof since, "%.19sZ", tui_text_of(row, "since_at")); /* without its ms */
	put_term(terms, "since", since);
	api_json_put(params, "terms", terms);
	api_json_put_int(params, "limit", STOPPED_MOST);
	return params;
}

static int
draw_stopped(const struct tui_model *model, struct tui_area area, int row)
{
	const struct tui_detail *asked = &tui_listing_shown(model)->detail;
	const json_t *detail = tui_listing_detail(model);
	const json_t *items = json_object_get(detail, "items");
	size_t count = json_array_size(items);
	char at[API_FORMAT_SIZE];

	if (!detail) {
		if (asked->error[0])
			return row + tui_area_wrap(area, row, 2, TUI_BAD, span_of(asked->error));
		(void)tui_area_printf(area, row, 0, TUI_DIM, "sends stopped since: counting");
		return row + 1;
	}
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "sends stopped since: %zu%s", count,
	                      count == STOPPED_MOST ? " or more" : "");
	if (count == 0)
		return row;
	api_format_time(api_json_get_time(json_array_get(items, 0), "accepted_at"),
	                model->now_unix_ms, false, at);
	(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "the last %s, by %s (message %s)", at,
	                      tui_text_of(json_array_get(items, 0), "credential"),
	                      tui_text_of(json_array_get(items, 0), "id"));
	return row;
}

/* ---- the selected one ----------------------------------------------------------------- */

static int
draw_evidence(const struct tui_model *model, const struct tui_suppression *entry,
              struct tui_area area)
{
	char since[API_FORMAT_SIZE], until[API_FORMAT_SIZE], reason[TUI_SUPPRESSION_REASON],
		what[32];
	int row = 0;

	api_format_time(entry->since_unix_ms, model->now_unix_ms, false, since);
	api_format_time(entry->ends_unix_ms, model->now_unix_ms, false, until);
	tui_suppression_reason(entry, reason);
	snprintf(what, sizeof what, entry->code ? "first %" PRId64 : "since", entry->code);
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "%s: %s%s%s%s", what, since,
	                      entry->message[0] ? " (message " : "", entry->message,
	                      entry->message[0] ? ")" : "");
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "%s%s%s, %s%s", reason,
	                      entry->provider[0] ? " at " : "", entry->provider,
	                      entry->has_ended ? "ended " : entry->ends_unix_ms ? "until " : "",
	                      entry->ends_unix_ms ? until : "without an end");
	(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "for mail of: %s",
	                      strcmp(entry->scope, "everywhere") == 0 ? "all" : entry->scope);
	if (entry->by[0])
		(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "by %s", entry->by);
	if (entry->reply[0])
		row += tui_area_wrap(area, row, 4, TUI_PLAIN, span_of(entry->reply));
	if (entry->detail[0])
		row += tui_area_wrap(area, row, 3, TUI_PLAIN, span_of(entry->detail));
	return row;
}

static void
pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct tui_suppression entry = tui_suppression_read(row);
	struct tui_area inner = tui_area_sub(area, 1, 2, area.height - 1, area.width - 2);
	int at;

	(void)tui_area_text(area, 0, 0, area.width, TUI_TITLE, span_of(entry.address));
	at = draw_evidence(model, &entry, inner);
	at = draw_stopped(model, inner, at);
	(void)tui_area_printf(inner, at++, 0, TUI_PLAIN, "X remove asks for a reason and logs it");
	(void)tui_area_printf(inner, at + 1, 0, TUI_DIM, "relaycli suppression check %s",
	                      entry.address);
}

/* say_blocked - "212 sends today (newsletter 198, shop-prod 14)". */
static void
say_blocked(const json_t *blocked, struct buf *out)
{
	json_t *list = json_object_get(blocked, "credentials"), *one;
	int64_t total = api_json_get_int(blocked, "total", 0), rest = total;
	char since[API_FORMAT_SIZE], count[UNITS_TEXT_SIZE], noun[UNITS_NOUN_SIZE];
	size_t i;

	api_format_clock(api_json_get_time(blocked, "since_at"), false, false, since);
	(void)buf_printf(out, "Blocked by this list: %s %s%.5s",
	                 units_format_noun(total, "send", noun),
	                 strcmp(since, "00:00:00") == 0 ? "today" : "since ",
	                 strcmp(since, "00:00:00") == 0 ? "" : since);
	json_array_foreach(list, i, one) {
		int64_t its = api_json_get_int(one, "count", 0);

		units_format_count((uint64_t)(its > 0 ? its : 0), count);
		(void)buf_printf(out, "%s%s %s", i ? ", " : " (", tui_text_of(one, "credential"),
		                 count);
		rest -= its;
	}
	units_format_count((uint64_t)(rest > 0 ? rest : 0), count);
	if (i > 0)
		(void)buf_printf(out, "%s%s)", rest > 0 ? ", others " : "", rest > 0 ? count : "");
}

static void
below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const json_t *blocked = json_object_get(tui_listing_shown(model)->data, "blocked");
	struct buf text;

	(void)row;
	if (!json_is_object(blocked))
		return;
	buf_init(&text, (size_t)4 << 10);
	say_blocked(blocked, &text);
	(void)tui_area_wrap(area, 0, 2, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
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
	if (!tui_suppression_act(model, what))
		(void)tui_listing_act(model, what);
}

/* window_params - its filter is terms, with times as they are typed here. */
static void
window_params(const struct tui_model *model, json_t *params)
{
	const char *filter = api_json_get_text(params, "filter");
	struct buf terms;

	if (!filter)
		return;
	buf_init(&terms, 2 * TUI_KEY_MAX);
	api_terms_put_utc(span_of(filter), model->now_unix_ms, false, &terms);
	api_json_put_span(params, "filter", buf_span(&terms));
	buf_deinit(&terms);
}

static const struct tui_listing_kind kind = {
	.many = "suppressions",
	.cli = "suppression export",
	.filter_title = "part of the address, domain: cred: site: since: (empty all):",
	.empty = "nobody is on the list",
	.columns = columns,
	.sorts = sorts,
	.sort_count = sizeof sorts / sizeof *sorts,
	.cell = cell,
	.scope = scope,
	.params = window_params,
	.detail_method = "message.list",
	.detail_params = detail_params,
	.below = below,
	.below_height = 2,
	.is_below_of_list = true,
	.pane = pane,
};

const struct tui_view tui_view_suppressions = {
	.title = "Suppressions", .view = "suppressions", .interval_ms = INTERVAL_MS, .act = act,
	TUI_VIEW_LISTING_OF(&kind, selected),
};
