/* tui_view_deferrals.c - screen 4: what providers say no with, in groups; of the selected one
 * what it means in plain words, when it came, whose mail it meets and one reply as it is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_picture.h"
#include "tui_throttle_act.h"
#include "tui_view.h"
#include "verdict/verdict.h"

#define INTERVAL_MS 2000
#define MINUTES 60
#define OLD_MS 5000        /* older pictures say when they were taken */
#define TEXT 160
#define REPLY_SIZE 2048
#define SHARES 5           /* of credentials and addresses */

enum { MSGS, QUEUES, REPLY, FROM, KIND };
enum { BY, WINDOW }; /* choices */

static const struct tui_column columns[] = {
	[MSGS] = { "MSGS", 6, 8, true, 0 },
	[QUEUES] = { "QUEUES", 6, 7, true, 2 },
	[REPLY] = { "REPLY (numbers/addresses folded)", 38, 50, false, 0 },
	[FROM] = { "FROM", 11, 13, false, 1 },
	[KIND] = { "KIND", 0, 0, false, 0 },
	{ .title = NULL },
};

static const struct by {
	const char *word, *title; /* of the request; of row 2 */
} bys[] = {
	{ "reply", "reply" }, { "provider", "provider" }, { "cred", "credential" },
	{ "ip", "sending IP" },
};
#define BY_COUNT ((int)(sizeof bys / sizeof *bys))

static const char *const windows[] = { "15m", "1h", "6h", "24h" };
#define WINDOW_COUNT ((int)(sizeof windows / sizeof *windows))
#define WINDOW_FIRST 1 /* choice 0: an hour; the others count from there */

struct deferral { /* texts are borrowed of the row; "" missing */
	const char *name, *template, *from, *category, *enhanced, *rule, *reply;
	const char *host, *address; /* that said it */
	int64_t count, queues, deferred, bounced;
	int code;
	bool has_more_queues;
	const json_t *minutes, *credentials, *addresses; /* of the selected row; NULL */
};

static struct deferral
read_deferral(const json_t *row)
{
	return (struct deferral){
		.name = tui_text_of(row, "name"),
		.template = tui_text_of(row, "template"),
		.from = tui_text_of(row, "from"),
		.category = tui_text_of(row, "category"),
		.enhanced = tui_text_of(row, "enhanced"),
		.rule = tui_text_of(row, "rule"),
		.reply = tui_text_of(row, "reply"),
		.host = tui_text_of(row, "host"),
		.address = tui_text_of(row, "address"),
		.count = api_json_get_int(row, "count", 0),
		.queues = api_json_get_int(row, "queues", 0),
		.deferred = api_json_get_int(row, "deferred", 0),
		.bounced = api_json_get_int(row, "bounced", 0),
		.code = (int)api_json_get_int(row, "code", 0),
		.has_more_queues = api_json_get_bool(row, "queues_more"),
		.minutes = json_object_get(row, "minutes"),
		.credentials = json_object_get(row, "by_credential"),
		.addresses = json_object_get(row, "by_address"),
	};
}

static int
by_of(const struct tui_listing *listing)
{
	return (listing->choice[BY] % BY_COUNT + BY_COUNT) % BY_COUNT;
}

static int
window_of(const struct tui_listing *listing)
{
	return ((listing->choice[WINDOW] + WINDOW_FIRST) % WINDOW_COUNT + WINDOW_COUNT)
	       % WINDOW_COUNT;
}

/* ---- rows ------------------------------------------------------------------------------ */

/* put_reply - the template; grouped otherwise, by what and the newest template of that. */
static void
put_reply(const struct tui_model *model, const struct deferral *d, struct tui_value *out)
{
	if (by_of(&model->listing[TUI_DEFERRALS]) == 0)
		tui_value_set(out, TUI_PLAIN, d->template);
	else
		tui_value_printf(out, TUI_PLAIN, "%.100s: %.140s", d->name[0] ? d->name : "-",
		                 d->template);
}

static void
put_kind(const struct deferral *d, struct tui_value *out)
{
	tui_value_set(out, TUI_PLAIN, d->category);
	for (char *p = out->text; *p; p++)
		if (*p == '_')
			*p = ' ';
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct deferral d = read_deferral(row);

	switch (column) {
	case MSGS:
		tui_value_count(out, d.count);
		break;
	case QUEUES:
		tui_value_printf(out, TUI_PLAIN, "%" PRId64 "%s", d.queues,
		                 d.has_more_queues ? "+" : "");
		break;
	case REPLY:
		put_reply(model, &d, out);
		break;
	case FROM:
		tui_value_set(out, TUI_PLAIN, d.from[0] ? d.from : "many");
		break;
	default:
		put_kind(&d, out);
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	char messages[UNITS_NOUN_SIZE], groups[UNITS_NOUN_SIZE], at[API_FORMAT_SIZE];
	int64_t as_of = api_json_get_time(listing->data, "as_of");
	int by = by_of(listing);

	(void)buf_printf(out, "grouped by %s   window: %s", bys[by].title,
	                 windows[window_of(listing)]);
	if (!json_object_get(listing->data, "looked_at"))
		return;
	(void)buf_printf(out, "   %s in %s",
	                 units_format_noun(tui_listing_number(model, "looked_at"), "message",
	                                   messages),
	                 units_format_noun((int64_t)tui_listing_total(model), "group", groups));
	if (!api_json_get_bool(listing->data, "complete"))
		(void)buf_printf(out, " (at least)");
	if (as_of > 0 && model->now_unix_ms - as_of > OLD_MS) {
		api_format_clock(as_of, false, false, at);
		(void)buf_printf(out, "   at %s", at);
	}
}

static void
params(const struct tui_model *model, json_t *params)
{
	const struct tui_listing *listing = &model->listing[TUI_DEFERRALS];
	char since[32];

	snprintf(since, sizeof since, "since:%s", windows[window_of(listing)]);
	api_json_put(params, "params", json_pack("{s:s, s:b, s:[s]}", "by",
	                                         bys[by_of(listing)].word, "details", 1, "terms",
	                                         since));
	api_json_put_text(params, "select", listing->list.key[0] ? listing->list.key : NULL);
}

/* ---- of the selected one ------------------------------------------------------------------ */

/* title_of - what begins the reply: "421 4.7.0 [TSS04]" */
static void
title_of(const struct deferral *d, char out[TEXT])
{
	struct span rest, word = span_cut(span_of(d->template), ' ', &rest);
	size_t n = (size_t)snprintf(out, TEXT, "%.*s", (int)(word.n < 40 ? word.n : 40), word.p);

	if (d->code == 0) {
		snprintf(out, TEXT, "(no reply)");
		return;
	}
	for (int i = 0; i < 2 && rest.n > 0; i++) {
		bool is_mark;

		word = span_cut(rest, ' ', &rest);
		is_mark = word.n > 0 && (word.p[0] == '[' || (i == 0 && d->enhanced[0]));
		if (!is_mark || word.n > 40)
			break;
		n += (size_t)snprintf(out + n, TEXT - n, " %.*s", (int)word.n, word.p);
	}
}

/* say - false: a category that this relaytui does not know. */
static bool
say(const struct deferral *d, struct verdict_said *said)
{
	enum verdict_category category;

	*said = (struct verdict_said){ "what it means is not known here", "" };
	if (!d->category[0] || !verdict_category_parse(span_of(d->category), &category))
		return false;
	*said = verdict_say(category, d->code, d->rule[0] ? d->rule : NULL);
	return true;
}

/* put_sentence - the words are the middle of a sentence elsewhere. */
static void
put_sentence(struct buf *out, const char *words)
{
	bool is_small = words[0] >= 'a' && words[0] <= 'z';

	(void)buf_printf(out, "%c%s.", is_small ? words[0] - 32 : words[0], words + 1);
}

/* draw_words - what it means, without asking anybody. Returns the row after it. */
static int
draw_words(struct tui_area area, const struct deferral *d)
{
	struct tui_area inner = tui_area_sub(area, 0, 2, area.height, area.width - 2);
	struct verdict_said said;
	struct buf words;
	char title[TEXT];
	int row = 1;

	title_of(d, title);
	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s ─ plain words", title);
	buf_init(&words, (size_t)4 << 10);
	(void)say(d, &said);
	put_sentence(&words, said.words);
	if (d->deferred && !d->bounced)
		(void)buf_printf(&words, " The relay keeps trying; nothing is lost meanwhile.");
	else if (d->bounced)
		(void)buf_printf(&words, " %" PRId64 " of them bounced.", d->bounced);
	row += tui_area_wrap(inner, row, 3, TUI_PLAIN, buf_span(&words));
	buf_clear(&words);
	if (said.advice && said.advice[0])
		(void)buf_printf(&words, "Do: %s", said.advice);
	if (words.len > 0)
		row += tui_area_wrap(inner, row, 3, TUI_PLAIN, buf_span(&words));
	buf_deinit(&words);
	return row;
}

/* draw_minutes - when they came: one column a minute, now at the right. */
static int
draw_minutes(struct tui_area area, int row, const struct deferral *d)
{
	double value[MINUTES] = { 0 };
	size_t n = json_array_size(d->minutes) < MINUTES ? json_array_size(d->minutes) : MINUTES;
	struct buf text;

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "COUNT PER MINUTE (last 60)");
	if (n == 0) {
		(void)tui_area_printf(area, row++, 2, TUI_DIM, "-");
		return row;
	}
	for (size_t i = 0; i < n; i++)
		value[i] = json_number_value(json_array_get(d->minutes, i));
	buf_init(&text, (size_t)1 << 10);
	tui_picture_columns(&text, value, n, area.width > 4 ? (size_t)area.width - 3 : 1);
	(void)tui_area_text(area, row++, 2, area.width - 2, TUI_PLAIN, buf_span(&text));
	buf_deinit(&text);
	return row;
}

/* draw_shares - a name and its count in each row, the largest first. */
static void
draw_shares(struct tui_area area, const char *title, const json_t *shares)
{
	const json_t *one;
	size_t i;

	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s", title);
	json_array_foreach(shares, i, one) {
		char count[UNITS_TEXT_SIZE];

		if (i == SHARES)
			break;
		units_format_count((uint64_t)api_json_get_int(one, "count", 0), count);
		(void)tui_area_text(area, (int)i + 1, 2, area.width - 12, TUI_PLAIN,
		                    span_of(tui_text_of(one, "name")));
		tui_area_right(area, (int)i + 1, area.width - 9, 8, TUI_PLAIN, span_of(count));
	}
}

static int
share_rows(const struct deferral *d)
{
	size_t n = json_array_size(d->credentials) > json_array_size(d->addresses)
	                   ? json_array_size(d->credentials) : json_array_size(d->addresses);

	return 1 + (int)(n < SHARES ? n : SHARES);
}

/* put_full - the newest reply with its code, which rows have beside it. */
static void
put_full(const struct deferral *d, char out[REPLY_SIZE])
{
	const char *text = d->reply[0] ? d->reply : d->template;
	char code[16];

	snprintf(code, sizeof code, "%d", d->code);
	if (d->code && strncmp(text, code, strlen(code)) != 0)
		snprintf(out, REPLY_SIZE, "%s %s", code, text);
	else
		snprintf(out, REPLY_SIZE, "%s", text);
}

static int
draw_reply(struct tui_area area, int row, const struct deferral *d)
{
	struct tui_area inner = tui_area_sub(area, 0, 2, area.height, area.width - 2);
	char reply[REPLY_SIZE];

	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "ONE FULL REPLY, verbatim");
	put_full(d, reply);
	row += tui_area_wrap(inner, row, 8, TUI_PLAIN, span_of(reply));
	if (d->host[0] || d->address[0])
		(void)tui_area_printf(inner, row++, 0, TUI_DIM, "host %s %s", d->host, d->address);
	return row;
}

/* draw_detail - all but the words, from that row on. */
static void
draw_detail(struct tui_area area, int row, const struct deferral *d)
{
	int half = area.width / 2;

	row = draw_minutes(area, row, d) + 1;
	if (d->credentials || d->addresses) {
		int rows = share_rows(d);

		draw_shares(tui_area_sub(area, row, 0, rows, half - 1), "BY CREDENTIAL",
		            d->credentials);
		draw_shares(tui_area_sub(area, row, half, rows, area.width - half),
		            "BY SENDING IP", d->addresses);
		row += rows + 1;
	}
	row = draw_reply(area, row, d) + 1;
	(void)tui_area_printf(area, row, 0, TUI_DIM, "⏎ messages   w explain code   T throttle");
}

static void
pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct deferral d = read_deferral(row);

	(void)model;
	draw_detail(area, 0, &d);
}

static void
below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct deferral d = read_deferral(row);
	int at = draw_words(area, &d) + 1;

	if (area.width == model->width && area.height > at + 2) /* no pane has it */
		draw_detail(tui_area_sub(area, at, 0, area.height - at, area.width), 0, &d);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct deferral *
selected(struct tui_model *model, struct deferral *out)
{
	const json_t *row = tui_listing_selected(model);

	if (!row) {
		tui_model_say(model, TUI_WARN, "no group is selected");
		return NULL;
	}
	*out = read_deferral(row);
	return out;
}

/* open_log - the live log of a provider's or an address's: find knows neither. */
static void
open_log(struct tui_model *model, const struct deferral *d)
{
	char *filter = model->log_state.filter;
	size_t size = sizeof model->log_state.filter;
	size_t n = (size_t)snprintf(filter, size, "event:%s",
	                            d->deferred ? "deferred" : "bounced");

	if (d->from[0] && strcspn(d->from, " \"") == strlen(d->from))
		(void)snprintf(filter + n, size - n, " site:%.100s", d->from);
	if (model->log_state.is_started)
		tui_model_load_log(model);
	tui_model_open(model, TUI_LOG);
}

/* open_messages - those that wait for it, or that bounced with it, as near as terms come. */
static void
open_messages(struct tui_model *model)
{
	const struct tui_listing *listing = tui_listing_shown(model);
	int by = by_of(listing);
	char path[TUI_PATH_SIZE], line[TUI_PROMPT_TEXT_MAX], title[TEXT];
	struct deferral of;
	const struct deferral *d = selected(model, &of);
	size_t n = 0;

	if (!d)
		return;
	if (by != 0 && by != 2) {
		open_log(model, d);
		return;
	}
	if (by == 0 && d->code)
		n = (size_t)snprintf(line, sizeof line, "code:%d ", d->code);
	else if (by == 2 && d->name[0])
		n = (size_t)snprintf(line, sizeof line, "cred:%.100s ", d->name);
	if (d->category[0])
		n += (size_t)snprintf(line + n, sizeof line - n, "category:%.40s ", d->category);
	if (d->deferred)
		(void)snprintf(line + n, sizeof line - n, "status:waiting");
	else
		(void)snprintf(line + n, sizeof line - n, "status:bounced since:%s",
		               windows[window_of(listing)]);
	title_of(d, title);
	snprintf(path, sizeof path, "Deferrals ▸ %.120s", by == 0 ? title : d->name);
	tui_search_open(model, path, line);
}

/* explain - as relaycli explain says it. */
static void
explain(struct tui_model *model)
{
	struct deferral of;
	const struct deferral *d = selected(model, &of);
	struct tui_dialog *dialog;
	struct verdict_said said;
	struct buf words;
	char title[TEXT], reply[REPLY_SIZE];

	if (!d)
		return;
	(void)say(d, &said);
	buf_init(&words, (size_t)4 << 10);
	put_sentence(&words, said.words);
	(void)buf_append(&words, "", 1);
	title_of(d, title);
	dialog = tui_dialog_open(model, "", NULL, NULL, "%s", title);
	put_full(d, reply);
	tui_dialog_line(dialog, TUI_PLAIN, "%.380s", reply);
	tui_dialog_line(dialog, TUI_PLAIN, " ");
	tui_dialog_line(dialog, TUI_PLAIN, "%s", buf_data(&words));
	if (said.advice && said.advice[0])
		tui_dialog_line(dialog, TUI_PLAIN, "Do: %s", said.advice);
	tui_dialog_line(dialog, TUI_PLAIN, " ");
	tui_dialog_line(dialog, TUI_PLAIN, "category    %s", d->category[0] ? d->category : "-");
	tui_dialog_line(dialog, TUI_PLAIN, "decided by  %s",
	                d->rule[0] ? d->rule : "status and code");
	tui_dialog_line(dialog, TUI_DIM, "relaycli explain \"%.200s\"", title);
	buf_deinit(&words);
}

static void
throttle(struct tui_model *model)
{
	struct deferral of;
	const struct deferral *d = selected(model, &of);

	if (d && d->from[0])
		tui_throttle_provider(model, d->from);
	else if (d)
		tui_model_say(model, TUI_WARN, "many say that: o groups by provider, then T");
}

/* choose - another grouping or window: other groups, from the top. */
static void
choose(struct tui_model *model, int which, int value)
{
	struct tui_listing *listing = tui_listing_of(model);

	listing->choice[which] = value;
	listing->list.at = listing->list.top = 0;
	listing->list.key[0] = '\0';
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_listing *listing = tui_listing_of(model);
	int window = window_of(listing);

	(void)key;
	if (what == TUI_ACT_OPEN)
		open_messages(model);
	else if (what == TUI_ACT_EXPLAIN)
		explain(model);
	else if (what == TUI_ACT_THROTTLE)
		throttle(model);
	else if (what == TUI_ACT_GROUP_BY)
		choose(model, BY, (by_of(listing) + 1) % BY_COUNT);
	else if (what == TUI_ACT_BEFORE && window > 0)
		choose(model, WINDOW, window - 1 - WINDOW_FIRST);
	else if (what == TUI_ACT_AFTER && window + 1 < WINDOW_COUNT)
		choose(model, WINDOW, window + 1 - WINDOW_FIRST);
	else if (what != TUI_ACT_BEFORE && what != TUI_ACT_AFTER)
		(void)tui_listing_act(model, what);
}

static const struct tui_listing_kind kind = {
	.many = "groups",
	.cli = "deferral list",
	.empty = "nobody refused anything in this window",
	.columns = columns,
	.interval_ms = INTERVAL_MS,
	.cell = cell,
	.scope = scope,
	.params = params,
	.below = below,
	.below_height = 5,
	.pane = pane,
};

const struct tui_view tui_view_deferrals = {
	.title = "Deferrals", .view = "deferrals", .interval_ms = INTERVAL_MS, .act = act,
	TUI_VIEW_LISTING(&kind),
};
