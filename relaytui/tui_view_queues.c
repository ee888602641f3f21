/* tui_view_queues.c - screen 2: queues, sorted, filtered and cut to a window by
 * the daemon; why the selected one waits; hold, release and flush. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api_format.h"
#include "api/api_json.h"
#include "base/units.h"
#include "tui_change.h"
#include "tui_table.h"
#include "tui_view.h"

#define AGE_COLUMN 17 /* "<1m" ends 5 further */
#define AGE_WIDTH 5

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

static const struct {
	const char *word, *title;
	char key;
} sorts[TUI_SORT_COUNT] = {
	[TUI_SORT_OLDEST] = { "oldest", "OLDEST", 'o' },
	[TUI_SORT_SIZE] = { "size", "SIZE", 'z' },
	[TUI_SORT_NAME] = { "name", "NAME", 'n' },
	[TUI_SORT_NEXT] = { "next", "NEXT TRY", 't' },
};

struct layout {
	struct tui_area head, list, ages, detail, pane; /* height 0: not there */
};

static struct layout
lay(struct tui_area body)
{
	struct layout l = { .head = body };
	int rows = (body.height * 3) / 5; /* of 20: 12; the rest is for the selected one */

	if (body.width >= TUI_WIDE) {
		int col = TUI_PANE_COLUMN(body.width);

		l.pane = tui_area_sub(body, 0, col, body.height, body.width - col);
		l.head = body = tui_area_sub(body, 0, 0, body.height, col);
	}
	if (rows > body.height - 4)
		rows = body.height - 4;
	if (rows < 1)
		rows = 1;
	l.list = tui_area_sub(body, 1, 0, rows, body.width);
	l.ages = tui_area_sub(body, 1 + rows, 0, 2, body.width);
	l.detail = tui_area_sub(body, 3 + rows, 0, body.height - 3 - rows, body.width);
	return l;
}

/* ---- rows -------------------------------------------------------------- */

static const struct tui_queue *
queue_at(const struct tui_model *model, size_t i)
{
	const struct tui_queues *q = model->queues;
	size_t first = q ? (size_t)q->offset : 0;

	return q && i >= first && i - first < q->rows ? &q->row[i - first] : NULL;
}

static const char *
queue_key(const void *model, size_t i)
{
	return queue_at(model, i)->key;
}

static struct tui_rows
queue_rows(const struct tui_model *model)
{
	const struct tui_queues *q = model->queues;

	if (!q)
		return (struct tui_rows){ .key = queue_key, .arg = model };
	return (struct tui_rows){ (size_t)q->total, (size_t)q->offset, q->rows, queue_key, model };
}

/* has_detail - did the daemon look at the selected queue already. */
static bool
has_detail(const struct tui_model *model)
{
	const char *key = model->queues_state.list.key;

	return model->queues && key[0] && strcmp(model->queues->selected, key) == 0;
}

/* selected_queue - as it is now: in the window, or beyond it by its detail;
 * NULL when it is gone. */
static const struct tui_queue *
selected_queue(const struct tui_model *model)
{
	const struct tui_list *list = &model->queues_state.list;

	if (!list->key[0])
		return NULL;
	if (!list->is_gone)
		return queue_at(model, list->at);
	return has_detail(model) && model->queues->has_detail ? &model->queues->detail : NULL;
}

/* ghost_queue - the selected row as it was last seen, for one that left. */
static const struct tui_queue *
ghost_queue(const struct tui_model *model)
{
	const struct tui_queues_state *state = &model->queues_state;
	const struct tui_queue *now = selected_queue(model);

	if (now)
		return now; /* it only moved out of the window */
	return state->ghost_source && strcmp(state->ghost.key, state->list.key) == 0 ? &state->ghost
										     : NULL;
}

static void
settle(struct tui_model *model, struct tui_area body)
{
	struct tui_rows rows = queue_rows(model);

	model->queues_state.list.height = (size_t)lay(body).list.height;
	tui_list_settle(&model->queues_state.list, &rows);
}

static json_t *
window(const struct tui_model *model)
{
	const struct tui_queues_state *state = &model->queues_state;
	const struct tui_list *list = &state->list;
	size_t above = list->top > list->height ? list->top - list->height : 0;
	size_t limit = list->height ? 3 * list->height : 1;
	json_t *params = json_object();

	/* a screen above and below: the cursor is never ahead of the rows; in steps
	 * of a screen, or each line of scrolling would ask anew */
	api_json_put_int(params, "offset",
	                 (int64_t)(list->height ? above / list->height * list->height : 0));
	api_json_put_int(params, "limit",
	                 (int64_t)(limit + list->height < API_VIEW_ROWS_MAX ? limit + list->height :
	                                                                      API_VIEW_ROWS_MAX));
	api_json_put_text(params, "sort", sorts[state->sort].word);
	api_json_put_bool(params, "reverse", state->is_reverse);
	api_json_put_text(params, "filter", state->filter[0] ? state->filter : NULL);
	api_json_put_text(params, "select", list->key[0] ? list->key : NULL);
	return params;
}

/* ---- drawing ----------------------------------------------------------- */

static void
crumb(const struct tui_model *model, struct tui_area row)
{
	const struct tui_queues_state *state = &model->queues_state;
	int64_t total = model->queues ? model->queues->total : 0;
	char count[UNITS_TEXT_SIZE];
	int col;

	units_format_count((uint64_t)total, count);
	col = tui_area_printf(row, 0, 0, TUI_TITLE, "Queues ▸ %s (%s queue%s)",
	                      state->filter[0] ? "some" : "all", count, total == 1 ? "" : "s");
	col = tui_area_printf(row, 0, col + 3, state->filter[0] ? TUI_WARN : TUI_PLAIN,
			      "filter: %s", state->filter[0] ? state->filter : "none");
	col = tui_area_printf(row, 0, col + 3, TUI_PLAIN, "sort: %s %s", sorts[state->sort].title,
	                      state->is_reverse ? "▲" : "▼");
	if (state->marks.count)
		(void)tui_area_printf(row, 0, col + 3, TUI_TITLE, "%zu marked", state->marks.count);
}

static void
put(const struct tui_table *table, struct tui_area area, int row, int column, enum tui_style style,
    const char *text)
{
	tui_table_cell(table, area, row, column, style, span_of(text));
}

static enum tui_style
state_style(const struct tui_queue *q)
{
	if (strcmp(q->state, "ok") == 0)
		return TUI_PLAIN;
	return strncmp(q->state, "HELD", 4) == 0 ? TUI_WARN : TUI_BAD;
}

static void
draw_queue(const struct tui_model *model, const struct tui_table *table, struct tui_area area,
           int row, const struct tui_queue *q, bool is_selected, bool is_gone)
{
	bool is_marked = tui_marks_has(&model->queues_state.marks, q->key);
	enum tui_style plain = is_gone ? TUI_DIM : TUI_PLAIN;
	char text[API_FORMAT_SIZE];

	if (is_marked)
		(void)tui_area_printf(area, row, is_selected ? 1 : 0, TUI_TITLE, "*");
	if (is_selected)
		(void)tui_area_printf(area, row, 0, is_gone ? TUI_DIM : TUI_TITLE, "▶");
	put(table, area, row, DESTINATION, is_selected && !is_gone ? TUI_TITLE : plain, q->key);
	put(table, area, row, PROVIDER, plain, q->provider[0] ? q->provider : "-");
	units_format_count((uint64_t)(q->ready + q->active), text);
	put(table, area, row, READY, plain, text);
	units_format_count((uint64_t)(q->deferred + q->held), text);
	put(table, area, row, DEFERRED, plain, text);
	api_format_age(q->oldest_unix_ms, model->now_unix_ms, text);
	put(table, area, row, OLDEST, plain, text);
	api_format_next(q->next_unix_ms, model->now_unix_ms, text);
	put(table, area, row, NEXT_TRY, plain, text);
	put(table, area, row, STATE, is_gone ? TUI_DIM : state_style(q),
	    is_gone ? "gone" : q->state);
}

static void
draw_list(const struct tui_model *model, struct layout l, bool is_wide)
{
	const struct tui_list *list = &model->queues_state.list;
	struct tui_table table;

	tui_table_lay(&table, columns, l.head, is_wide);
	tui_table_head(&table, l.head, 0);
	for (int i = 0; i < l.list.height; i++) {
		bool is_ghost;
		size_t at = tui_list_row(list, (size_t)i, &is_ghost);
		const struct tui_queue *q = is_ghost ? ghost_queue(model) : queue_at(model, at);

		if (q)
			draw_queue(model, &table, l.list, i, q,
				   is_ghost || (at == list->at && !list->is_gone),
				   is_ghost && !selected_queue(model));
	}
	if (model->queues && model->queues->total == 0 && !list->is_gone)
		(void)tui_area_printf(l.list, 0, 2, TUI_DIM, model->queues_state.filter[0] ?
		                      "no queue matches the filter" : "nothing is waiting");
}

static void
draw_ages(const struct tui_model *model, struct tui_area area)
{
	static const char *const titles[API_VIEW_AGES] = { "<1m", "5m", "15m", "1h",
							   "4h",  "1d", "3d",  ">3d" };
	const char *key = model->queues_state.list.key;
	char of[API_FORMAT_SIZE + TUI_KEY_MAX];
	int from;

	if (!key[0])
		return;
	snprintf(of, sizeof of, "AGE of %s", key);
	from = tui_area_text(area, 0, 0, area.width - API_VIEW_AGES * AGE_WIDTH, TUI_TITLE,
			     span_of(of));
	if (from < AGE_COLUMN)
		from = AGE_COLUMN;
	for (int i = 0; i < API_VIEW_AGES; i++) {
		char text[24];

		tui_area_right(area, 0, from + i * AGE_WIDTH, AGE_WIDTH, TUI_TITLE,
			       span_of(titles[i]));
		if (!has_detail(model))
			continue;
		snprintf(text, sizeof text, "%" PRId64, model->queues->age[i]);
		tui_area_right(area, 1, from + i * AGE_WIDTH, AGE_WIDTH, TUI_PLAIN, span_of(text));
	}
}

/* draw_why - why the queue waits, in words first, then the reply behind it.
 * Returns the row after it. */
static int
draw_why(const struct tui_model *model, struct tui_area area, int row, const struct tui_queue *q)
{
	char next[API_FORMAT_SIZE], at[API_FORMAT_SIZE];

	row += tui_area_wrap(area, row, 3, TUI_PLAIN,
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

static void
draw_pane(const struct tui_model *model, struct tui_area pane)
{
	const struct tui_queue *q = selected_queue(model);
	struct tui_area area = tui_area_sub(pane, 0, 2, pane.height, pane.width - 2);
	int row;

	for (int i = 0; i < pane.height; i++)
		tui_area_repeat(pane, i, 0, 1, TUI_DIM, 0x2502);
	if (!q)
		return;
	(void)tui_area_printf(area, 0, 0, TUI_TITLE, "%s ─ why is it waiting?", q->key);
	row = 1 + draw_why(model, tui_area_sub(area, 1, 2, area.height - 1, area.width - 2), 0, q) +
	      1;
	if (row < 10)
		row = 10;
	(void)tui_area_printf(area, row++, 0, TUI_TITLE, "ACTIONS");
	(void)tui_area_printf(area, row++, 2, TUI_PLAIN, "F flush now   H hold   R release");
	(void)tui_area_printf(area, row, 2, TUI_PLAIN, "relaycli queue show %s", q->key);
}

static void
draw_detail(const struct tui_model *model, struct tui_area area)
{
	const struct tui_queue *q = selected_queue(model);

	if (q)
		(void)draw_why(model, area, 0, q);
	else if (model->queues_state.list.is_gone)
		(void)tui_area_printf(area, 0, 0, TUI_DIM, "nothing waits for it any more");
}

static void
draw(const struct tui_model *model, struct tui_area body)
{
	struct layout l = lay(body);

	draw_list(model, l, body.width >= TUI_WIDE);
	draw_ages(model, l.ages);
	if (l.pane.height)
		draw_pane(model, l.pane);
	else if (model->queues_state.is_open)
		draw_detail(model, l.detail);
}

/* ---- keys -------------------------------------------------------------- */

static bool
take_filter(struct tui_model *model, const char *text, struct err *err)
{
	struct tui_queues_state *state = &model->queues_state;

	if (strlen(text) >= sizeof state->filter) {
		(void)err_set(err, ERR_INPUT, 0, "too long");
		return false;
	}
	snprintf(state->filter, sizeof state->filter, "%s", text);
	state->list.at = state->list.top = 0; /* the key is kept: it may match as well */
	return true;
}

static void
sort_by(struct tui_queues_state *state, enum tui_queues_sort sort)
{
	state->is_reverse = sort == state->sort && !state->is_reverse;
	state->sort = sort;
	state->list.at = state->list.top = 0;
}

static bool
take_sort(struct tui_model *model, const char *text, struct err *err)
{
	(void)err;
	for (int i = 0; i < TUI_SORT_COUNT; i++)
		if (sorts[i].key == text[0])
			sort_by(&model->queues_state, (enum tui_queues_sort)i);
	return true;
}

static void
mark_selected(struct tui_model *model)
{
	const struct tui_queue *q = selected_queue(model);
	struct tui_rows rows = queue_rows(model);

	if (!q)
		return;
	if (tui_marks_toggle(&model->queues_state.marks, q->key, q->generation))
		tui_list_move(&model->queues_state.list, &rows, 1);
	else
		tui_model_say(model, TUI_WARN, "%d queues can be marked, no more", TUI_MARKS_MAX);
}

static bool
change_marked(struct tui_model *model, enum tui_change_verb verb)
{
	tui_change_start(model, verb, &model->queues_state.marks);
	model->queues_state.marks.count = 0;
	return true;
}

static bool
hold_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	return change_marked(model, TUI_HOLD);
}

static bool
release_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	return change_marked(model, TUI_RELEASE);
}

static bool
flush_marked(struct tui_model *model, const char *text, struct err *err)
{
	(void)text, (void)err;
	return change_marked(model, TUI_FLUSH);
}

/* change - of the selected queue at once; of the marked ones after a question,
 * since they need not be on the screen. */
static void
change(struct tui_model *model, enum tui_change_verb verb)
{
	static const tui_prompt_fn marked[] = { hold_marked, release_marked, flush_marked };
	const struct tui_marks *marks = &model->queues_state.marks;
	const struct tui_queue *q = selected_queue(model);
	struct tui_marks one = { .count = 1 };
	char question[160];

	if (marks->count) {
		snprintf(question, sizeof question, "%s %zu marked queues? y yes, any other key no",
		         tui_change_word(verb), marks->count);
		tui_prompt_ask_key(&model->prompt, question, "y", marked[verb]);
		return;
	}
	if (!q) {
		tui_model_say(model, TUI_WARN, model->queues_state.list.is_gone ?
		              "%s is empty now: nothing was changed" : "no queue is selected%s",
		              model->queues_state.list.key);
		return;
	}
	snprintf(one.key[0], sizeof one.key[0], "%s", q->key);
	one.generation[0] = q->generation;
	tui_change_start(model, verb, &one);
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_queues_state *state = &model->queues_state;
	struct tui_rows rows = queue_rows(model);

	(void)key;
	if (tui_list_act(&state->list, &rows, what))
		return;
	switch (what) {
	case TUI_ACT_OPEN:
		state->is_open = !state->is_open;
		break;
	case TUI_ACT_HOLD:
		change(model, TUI_HOLD);
		break;
	case TUI_ACT_RELEASE:
		change(model, TUI_RELEASE);
		break;
	case TUI_ACT_FLUSH:
		change(model, TUI_FLUSH);
		break;
	case TUI_ACT_MARK:
		mark_selected(model);
		break;
	case TUI_ACT_FILTER:
		tui_prompt_ask_line(&model->prompt,
				    "queues like (* any, empty all):", state->filter, take_filter);
		break;
	case TUI_ACT_SORT:
		tui_prompt_ask_key(&model->prompt, "sort by: o oldest  z size  n name  t next try",
				   "oznt", take_sort);
		break;
	case TUI_ACT_SORT_BEFORE:
		sort_by(state, (state->sort + TUI_SORT_COUNT - 1) % TUI_SORT_COUNT);
		break;
	case TUI_ACT_SORT_AFTER:
		sort_by(state, (state->sort + 1) % TUI_SORT_COUNT);
		break;
	default:
		break;
	}
}

static const char *
selected(const struct tui_model *model)
{
	return model->queues_state.list.key;
}

const struct tui_view tui_view_queues = {
	.title = "Queues", .view = "queues", .window = window, .settle = settle, .crumb = crumb,
	.draw = draw, .act = act, .selected = selected,
};
