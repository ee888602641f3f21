/* control_view_queues.c - the window of queues: the scheduler is asked each tick, and about
 * the selected one too; pushed when the answer is there. Thread: main. */
#include <string.h>

#include "control/control_view.h"

static const char *const sort_names[] = {
	[SCHEDULE_SORT_OLDEST] = "oldest", [SCHEDULE_SORT_SIZE] = "size",
	[SCHEDULE_SORT_NAME] = "name", [SCHEDULE_SORT_NEXT] = "next",
};

static enum schedule_sort
sort_of(const struct control_view *view)
{
	for (size_t i = 0; view->sort && i < sizeof sort_names / sizeof *sort_names; i++)
		if (strcmp(view->sort, sort_names[i]) == 0)
			return (enum schedule_sort)i;
	return SCHEDULE_SORT_OLDEST;
}

static json_t *
selected_json(const struct control_view *view, const struct schedule_ask *show)
{
	json_t *one, *ages;

	if (!view->select || !show)
		return json_null();
	one = json_object();
	ages = json_array();
	api_json_put_text(one, "key", view->select);
	for (int i = 0; i < SCHEDULE_AGES; i++)
		json_array_append_new(ages, json_integer(show->result < 0 ? 0 : show->ages[i]));
	api_json_put(one, "ages", ages);
	api_json_put(one, "row",
		     show->result == 0 && show->rows ? control_queue_row_json(&show->queue[0])
						     : json_null());
	return one;
}

static void
push_queues(struct control_view *view, const struct schedule_ask *show)
{
	const struct schedule_ask *list = view->list;
	json_t *data = control_view_new_data(view), *rows = json_array();

	for (size_t i = 0; i < list->rows; i++)
		json_array_append_new(rows, control_queue_row_json(
			&list->queue[view->reverse ? list->rows - 1 - i : i]));
	api_json_put_int(data, "total", (int64_t)list->total);
	api_json_put_int(data, "offset", view->offset);
	api_json_put_int(data, "limit", view->limit);
	api_json_put_text(data, "sort", sort_names[sort_of(view)]);
	api_json_put_bool(data, "reverse", view->reverse);
	api_json_put_text(data, "filter", view->filter);
	api_json_put(data, "rows", rows);
	api_json_put(data, "selected", selected_json(view, show));
	control_view_delta(view, data);
	control_view_push(view, data);
}

static bool
send_ask(struct control_view *view, enum schedule_act act, const char *match, mailbox_fn fn)
{
	struct schedule_ask *ask = schedule_ask_new(act, control_back(view->control, fn));

	ask->context = view;
	ask->match = arena_strdup(ask->arena, match);
	ask->sort = sort_of(view);
	ask->offset = view->offset;
	ask->limit = view->limit;
	if (view->reverse) { /* the same rows, counted from the other end */
		size_t end = view->total > view->offset ? view->total - view->offset : 0;

		ask->offset = end > view->limit ? (uint32_t)(end - view->limit) : 0;
		ask->limit = end > view->limit ? view->limit : end ? (uint32_t)end : view->limit;
	}
	if (schedule_ask_send(view->control->options.schedule, &ask)) {
		view->is_asking = true;
		return true;
	}
	schedule_ask_free(&ask);
	return false;
}

/* ask_again - what came is of another window: it would be told as this one. */
static void
ask_again(struct control_view *view)
{
	view->is_dirty = false;
	schedule_ask_free(&view->list);
	control_view_push_queues(view);
}

static void
shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_view *view = ask->context;

	view->is_asking = false;
	if (!owner || view->is_ended) {
		schedule_ask_free(&ask);
		control_view_free(view);
		return;
	}
	if (view->is_dirty) {
		schedule_ask_free(&ask);
		ask_again(view);
		return;
	}
	push_queues(view, ask);
	schedule_ask_free(&ask);
	schedule_ask_free(&view->list);
}

static void
listed(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_view *view = ask->context;

	view->is_asking = false;
	if (!owner || view->is_ended) {
		schedule_ask_free(&ask);
		control_view_free(view);
		return;
	}
	/* from the other end: where that is, is known only now */
	view->is_dirty = view->is_dirty || (view->reverse && view->total == 0 && ask->total > 0);
	view->total = ask->total;
	if (view->is_dirty) {
		schedule_ask_free(&ask);
		ask_again(view);
		return;
	}
	schedule_ask_free(&view->list);
	view->list = ask;
	if (view->select && send_ask(view, SCHEDULE_SHOW_QUEUE, view->select, shown))
		return;
	push_queues(view, NULL);
	schedule_ask_free(&view->list);
}

/* A filter without '*' means "contains". */
void
control_view_push_queues(struct control_view *view)
{
	struct buf match;

	if (!view->filter || strchr(view->filter, '*')) {
		(void)send_ask(view, SCHEDULE_LIST_QUEUES, view->filter, listed);
		return;
	}
	buf_init(&match, strlen(view->filter) + 8);
	(void)buf_printf(&match, "*%s*", view->filter);
	(void)buf_append(&match, "", 1);
	(void)send_ask(view, SCHEDULE_LIST_QUEUES, buf_data(&match), listed);
	buf_deinit(&match);
}
