/* tui_view_domains.c - screen 8: sending domains, what the DNS says of their records, and what is
 * to be done about it. What changes them is in tui_domain_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_domain_act.h"
#include "tui_view.h"

#define REPORT_MS 5000

enum { DOMAIN, DKIM, SPF, DMARC, RETURN, CHECKED };

static const struct tui_column columns[] = {
	[DOMAIN] = { "DOMAIN", 18, 26, false, 0 },
	[DKIM] = { "DKIM", 14, 16, false, 0 },
	[SPF] = { "SPF", 10, 12, false, 1 },
	[DMARC] = { "DMARC", 15, 18, false, 3 },
	[RETURN] = { "RETURN", 8, 8, false, 4 },
	[CHECKED] = { "CHECKED", 0, 0, false, 2 },
	{ .title = NULL },
};

static const struct tui_sort sorts[] = {
	{ "name", "NAME", 'n' },
	{ "checked", "CHECKED", 'c' },
};

/* ---- rows -------------------------------------------------------------------- */

/* word_of - in a narrow column. */
static const char *
word_of(const char *state)
{
	if (strcmp(state, "different") == 0)
		return "wrong";
	return strcmp(state, "not_everywhere") == 0 ? "partly" : state;
}

static void
state_cell(struct tui_value *out, const char *state, const char *before, const char *after)
{
	bool is_bad = strcmp(state, "missing") == 0 || strcmp(state, "different") == 0;
	enum tui_style style = is_bad ? TUI_BAD : tui_domain_is_ok(state) ? TUI_PLAIN : TUI_WARN;

	if (state[0] == '\0') {
		tui_value_set(out, TUI_DIM, NULL);
		return;
	}
	tui_value_printf(out, style, "%s%s%s%s%s", before, before[0] ? " " : "", word_of(state),
	                 after[0] ? " " : "", after);
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct tui_domain_row d = tui_domain_read(row);
	char text[API_FORMAT_SIZE];

	switch (column) {
	case DOMAIN:
		tui_value_set(out, TUI_PLAIN, d.name);
		break;
	case DKIM: /* the one word that must not be overlooked */
		state_cell(out, strcmp(d.dkim, "missing") == 0 ? "MISSING" : d.dkim, "",
		           d.selector);
		if (strcmp(d.dkim, "missing") == 0)
			out->style = TUI_BAD;
		break;
	case SPF:
		state_cell(out, d.spf, "", "");
		break;
	case DMARC:
		state_cell(out, d.dmarc, d.policy, "");
		break;
	case RETURN:
		state_cell(out, d.return_path, "", "");
		break;
	default:
		api_format_recent(d.checked_unix_ms, model->now_unix_ms, false, text);
		tui_value_set(out, TUI_PLAIN, d.checked_unix_ms ? text : "not yet");
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	int64_t wrong = tui_listing_number(model, "wrong");
	char noun[UNITS_NOUN_SIZE];

	if (tui_listing_shown(model)->filter[0])
		(void)buf_printf(out, "some (%zu of %" PRId64 ")", tui_listing_total(model),
		                 tui_listing_number(model, "all"));
	else
		(void)buf_printf(out, "all (%zu)", tui_listing_total(model));
	if (wrong)
		(void)buf_printf(out, "   %s", units_format_noun(wrong, "problem", noun));
}

static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	json_t *params = json_object();

	(void)model;
	api_json_put_text(params, "name", tui_domain_read(row).name);
	return params;
}

/* ---- keys ---------------------------------------------------------------------- */

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_listing *listing = tui_listing_of(model);
	size_t all = tui_domain_findings(tui_listing_detail(model));
	size_t shown = tui_domain_shown(model);

	(void)key;
	if (what == TUI_ACT_BEFORE || what == TUI_ACT_AFTER) {
		if (all)
			listing->choice[0] =
				(int)((shown + (what == TUI_ACT_AFTER ? 1 : all - 1)) % all);
		return;
	}
	if (tui_domain_act(model, what))
		return;
	(void)tui_listing_act(model, what);
}

static const struct tui_listing_kind kind = {
	.many = "domains",
	.empty = "there is no domain yet: N adds one",
	.columns = columns,
	.sorts = sorts,
	.sort_count = sizeof sorts / sizeof *sorts,
	.cell = cell,
	.scope = scope,
	.detail_method = "domain.report",
	.detail_params = detail_params,
	.detail_ms = REPORT_MS,
	.below = tui_domain_below,
	.below_height = 8,
	.pane = tui_domain_pane,
};

const struct tui_view tui_view_domains = {
	.title = "Domains", .view = "domains", .interval_ms = 5000, .act = act,
	TUI_VIEW_LISTING_OF(&kind, tui_domain_copy),
};
