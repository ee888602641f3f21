/* tui_view_queues.c - screen 2: queues, sorted, filtered and cut to a window by the
 * daemon; why the selected one waits, how old its mail is. What changes them is in
 * tui_queue_act.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_queue_act.h"
#include "tui_view.h"

#define AGE_COLUMN 17 /* "<1m" ends 5 further */
#define AGE_WIDTH 5
#define SAMPLE 5
#define DETAIL_MS 5000

enum { DESTINATION, PROVIDER, READY, DEFERRED, OLDEST, NEXT_TRY, STATE };

static const struct tui_column columns[] = {
	[DESTINATION] = { "DESTINATION", 22, 26, false, 0 },
	[PROVIDER] = { "PROVIDER", 8, 12, false, 3 },
	[READY] = { "READY", 8, 9, true, 2 },
	[DEFERRED] = { "DEFERRED", 8, 9, true, 0 },
	[OLDEST] = { "OLDEST", 7, 9, true, 0 },
	[NEXT_TRY] = { "NEXT TRY", 8, 10, true, 1 },
	[STATE] = { "STATE", 0, 0, false, 0 },
	{ .title = NULL },
};

static const struct tui_sort sorts[] = {
	{ "oldest", "OLDEST", 'o' },
	{ "size", "SIZE", 'z' },
	{ "name", "NAME", 'n' },
	{ "next", "NEXT TRY", 't' },
};

struct queue { /* texts are borrowed of the row; "" missing */
	const char *key, *provider, *state, *why, *last_reply;
	int64_t ready, deferred, held, active;
	int64_t oldest_unix_ms, next_unix_ms; /* 0: none; not before released */
};

static struct queue
read_queue(const json_t *row)
{
	return (struct queue){
		.key = tui_text_of(row, "key"),
		.provider = tui_text_of(row, "provider"),
		.state = tui_text_of(row, "state"),
		.why = tui_text_of(row, "why"),
		.last_reply = tui_text_of(row, "last_reply"),
		.ready = api_json_get_int(row, "ready", 0),
		.deferred = api_json_get_int(row, "deferred", 0),
		.held = api_json_get_int(row, "held", 0),
		.active = api_json_get_int(row, "active", 0),
		.oldest_unix_ms = api_json_get_time(row, "oldest_at"),
		.next_unix_ms = api_json_get_time(row, "next_at"),
	};
}

/* ---- rows -------------------------------------------------------------------- */

static enum tui_style
state_style(const char *state)
{
	if (strcmp(state, "ok") == 0)
		return TUI_PLAIN;
	return strncmp(state, "HELD", 4) == 0 ? TUI_WARN : TUI_BAD;
}

static void
cell(const struct tui_model *model, const json_t *row, int column, struct tui_value *out)
{
	const struct queue q = read_queue(row);
	char text[API_FORMAT_SIZE];

	switch (column) {
	case DESTINATION:
		tui_value_set(out, TUI_PLAIN, q.key);
		break;
	case PROVIDER:
		tui_value_set(out, TUI_PLAIN, q.provider);
		break;
	case READY:
		tui_value_count(out, q.ready + q.active);
		break;
	case DEFERRED:
		tui_value_count(out, q.deferred + q.held);
		break;
	case OLDEST:
		api_format_age(q.oldest_unix_ms, model->now_unix_ms, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	case NEXT_TRY:
		api_format_next(q.next_unix_ms, model->now_unix_ms, text);
		tui_value_set(out, TUI_PLAIN, text);
		break;
	default:
		tui_value_set(out, state_style(q.state), q.state);
	}
}

static void
scope(const struct tui_model *model, struct buf *out)
{
	char noun[UNITS_NOUN_SIZE];

	(void)buf_printf(out, "%s (%s)", tui_listing_shown(model)->filter[0] ? "some" : "all",
	                 units_format_noun((int64_t)tui_listing_total(model), "queue", noun));
}

/* params - the daemon looks at the selected queue too: its ages, wherever it is. */
static void
params(const struct tui_model *model, json_t *params)
{
	const char *key = model->listing[TUI_QUEUES].list.key;

	api_json_put_text(params, "select", key[0] ? key : NULL);
}

static json_t *
detail_params(const struct tui_model *model, const json_t *row)
{
	json_t *params = json_object(), *terms = json_array();
	char term[TUI_KEY_MAX + 16];

	(void)model;
	snprintf(term, sizeof term, "domain:%s", tui_text_of(row, "key"));
	json_array_append_new(terms, api_json_string(span_of(term)));
	json_array_append_new(terms, json_string("status:waiting"));
	api_json_put(params, "terms", terms);
	api_json_put_int(params, "limit", SAMPLE);
	return params;
}

/* ---- the selected one ---------------------------------------------------------- */

static void
draw_ages(const struct tui_model *model, struct tui_area area)
{
	static const char *const titles[API_VIEW_AGES] = { "<1m", "5m", "15m", "1h",
							   "4h",  "1d", "3d",  ">3d" };
	const char *key = tui_listing_key(model);
	const json_t *selected = json_object_get(tui_listing_shown(model)->data, "selected");
	const json_t *ages = strcmp(tui_text_of(selected, "key"), key) == 0
	                             ? json_object_get(selected, "ages") : NULL;
	char of[TUI_KEY_MAX + 8];
	json_int_t most = 0;
	int from;

	snprintf(of, sizeof of, "AGE of %s", key);
	from = tui_area_text(area, 0, 0, area.width - API_VIEW_AGES * AGE_WIDTH, TUI_TITLE,
			     span_of(of));
	if (from < AGE_COLUMN)
		from = AGE_COLUMN;
	for (int i = 0; i < API_VIEW_AGES; i++) {
		char text[24];

		most = json_integer_value(json_array_get(ages, (size_t)i)) > most
		               ? json_integer_value(json_array_get(ages, (size_t)i)) : most;
		tui_area_right(area, 0, from + i * AGE_WIDTH, AGE_WIDTH, TUI_TITLE,
			       span_of(titles[i]));
		if (!json_is_array(ages))
			continue;
		snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
		         json_integer_value(json_array_get(ages, (size_t)i)));
		tui_area_right(area, 1, from + i * AGE_WIDTH, AGE_WIDTH, TUI_PLAIN, span_of(text));
	}
	for (int i = 0; i < API_VIEW_AGES && most > 0; i++) { /* how they are spread, at a glance */
		json_int_t n = json_integer_value(json_array_get(ages, (size_t)i));

		if (n > 0)
			tui_area_repeat(area, 2, from + i * AGE_WIDTH + 1, AGE_WIDTH - 1, TUI_DIM,
			                0x2581 + (uint32_t)(n * 7 / most));
	}
}

/* draw_why - why the queue waits, in words first, then the reply behind it.
 * Returns the row after it. */
static int
draw_why(const struct tui_model *model, struct tui_area area, const struct queue *q)
{
	char next[API_FORMAT_SIZE], at[API_FORMAT_SIZE];
	int row = tui_area_wrap(area, 0, 3, TUI_PLAIN,
	                        span_of(q->why[0] ? q->why : "nothing holds it up"));

	if (q->last_reply[0] && strstr(q->why, q->last_reply) == NULL)
		row += tui_area_wrap(area, row, 3, TUI_PLAIN, span_of(q->last_reply));
	if (q->next_unix_ms > model->now_unix_ms) {
		api_format_next(q->next_unix_ms, model->now_unix_ms, next);
		api_format_clock(q->next_unix_ms, false, false, at);
		(void)tui_area_printf(area, row++, 0, TUI_PLAIN, "next try %s (%s)", at, next);
	}
	if (q->held)
		(void)tui_area_printf(area, row++, 0, TUI_WARN, "%" PRId64 " held", q->held);
	return row;
}

/* draw_sample - some of its messages: what Enter leads to. */
static int
draw_sample(const struct tui_model *model, struct tui_area area, int row)
{
	json_t *messages = json_object_get(tui_listing_detail(model), "items"), *one;
	size_t i;

	if (json_array_size(messages) == 0)
		return row;
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "MESSAGES (sample of %zu)",
	                      json_array_size(messages));
	json_array_foreach(messages, i, one) {
		char age[API_FORMAT_SIZE];
		struct buf to;
		const struct tui_event as_event = { .recipient = tui_text_of(one, "recipient") };

		api_format_age(api_json_get_time(one, "accepted_at"), model->now_unix_ms, age);
		buf_init(&to, (size_t)4 << 10);
		tui_event_recipient(&as_event, model->is_revealed, &to);
		(void)buf_append(&to, "", 1);
		(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "%.13s  %s  %s  %s",
		                      tui_text_of(one, "id"), tui_text_of(one, "credential"),
		                      buf_data(&to), age);
		buf_deinit(&to);
	}
	return row + 1;
}

static void
pane(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct queue q = read_queue(row);
	struct tui_area inner = tui_area_sub(area, 1, 2, area.height - 1, area.width - 2);
	int at;

	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s ─ why is it waiting?", q.key);
	at = 2 + draw_why(model, inner, &q);
	at = draw_sample(model, area, at);
	(void)tui_area_printf(area, at++, 0, TUI_TITLE, "ACTIONS");
	(void)tui_area_printf(area, at++, 2, TUI_PLAIN, "F flush now   H hold   R release");
	(void)tui_area_printf(area, at++, 2, TUI_PLAIN, "B bounce…     M move…     ⏎ messages");
	(void)tui_area_printf(area, at, 2, TUI_DIM, "relaycli queue show %s", q.key);
}

static void
below(const struct tui_model *model, const json_t *row, struct tui_area area)
{
	const struct queue q = read_queue(row);

	draw_ages(model, area);
	if (area.width == model->width && area.height > 3) /* no pane says why */
		(void)draw_why(model, tui_area_sub(area, 3, 0, area.height - 3, area.width), &q);
}

/* ---- keys ---------------------------------------------------------------------- */

/* open_messages - what waits there, as a search. */
static void
open_messages(struct tui_model *model)
{
	const char *key = tui_listing_key(model);
	char path[TUI_PATH_SIZE], line[TUI_PROMPT_TEXT_MAX];

	if (!key[0])
		return;
	snprintf(path, sizeof path, "Queues ▸ %.120s", key);
	snprintf(line, sizeof line, "domain:%.*s status:waiting", (int)strcspn(key, "/"), key);
	tui_search_open(model, path, line);
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	(void)key;
	if (what == TUI_ACT_OPEN)
		open_messages(model);
	else if (!tui_queue_act(model, what))
		(void)tui_listing_act(model, what);
}

static const struct tui_listing_kind kind = {
	.many = "queues",
	.cli = "queue list --limit 10000",
	.empty = "nothing is waiting",
	.columns = columns,
	.sorts = sorts,
	.sort_count = sizeof sorts / sizeof *sorts,
	.is_marked = true,
	.is_filter_said = true,
	.cell = cell,
	.scope = scope,
	.params = params,
	.detail_method = "message.list",
	.detail_params = detail_params,
	.detail_ms = DETAIL_MS,
	.below = below,
	.below_height = 7,
	.is_below_fixed = true,
	.pane = pane,
};

const struct tui_view tui_view_queues = {
	.title = "Queues", .view = "queues", .act = act, TUI_VIEW_LISTING(&kind),
};
