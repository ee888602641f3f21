/* tui_model.c - see tui_model.h: what the daemon says becomes what is shown. */
#include "tui_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "tui_change.h"
#include "tui_view.h"

#define TAIL_EVENTS 200

void
tui_model_init(struct tui_model *model, bool is_read_only, bool is_ascii)
{
	*model = (struct tui_model){
		.is_forced_read_only = is_read_only,
		.is_ascii = is_ascii,
		.height = 24,
		.width = 80,
		.said_mono_ms = INT64_MIN,
	};
	tui_status_deinit(&model->status); /* nothing known: empty texts */
	tui_log_init(&model->log);
	list_init(&model->requests);
}

/* drop_cache - all that an earlier boot of the daemon said. */
static void
drop_cache(struct tui_model *model)
{
	tui_overview_free(&model->overview);
	tui_overview_free(&model->overview_waiting);
	tui_queues_free(&model->queues);
	tui_queues_free(&model->queues_waiting);
	tui_log_clear(&model->log);
	model->waiting = 0;
}

void
tui_model_deinit(struct tui_model *model)
{
	drop_cache(model);
	tui_status_deinit(&model->status);
	tui_log_deinit(&model->log);
	json_decref(model->queues_state.ghost_source);
	mem_free(model->wants_copy);
	while (!list_is_empty(&model->requests)) {
		struct tui_request *request =
			LIST_OWNER(model->requests.next, struct tui_request, link);

		tui_request_free(&request);
	}
}

void
tui_model_tick(struct tui_model *model, int64_t now_unix_ms, int64_t now_mono_ms)
{
	model->now_unix_ms = now_unix_ms;
	model->now_mono_ms = now_mono_ms;
	tui_log_tick(&model->log, now_mono_ms);
}

/* ---- what a view or a key asks for ------------------------------------- */

bool
tui_model_is_read_only(const struct tui_model *model)
{
	return model->is_forced_read_only || model->is_read_only ||
	       (model->status.role[0] && strcmp(model->status.role, "operator") != 0);
}

bool
tui_model_is_stale(const struct tui_model *model)
{
	return model->link != TUI_LINK_LIVE ||
	       model->now_mono_ms - model->heard_mono_ms > TUI_STALE_MS;
}

void
tui_model_say(struct tui_model *model, enum tui_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(model->said, sizeof model->said, fmt, ap);
	va_end(ap);
	model->said_style = style;
	model->said_mono_ms = model->now_mono_ms;
}

static void
show_waiting(struct tui_model *model)
{
	if (model->overview_waiting) {
		tui_overview_free(&model->overview);
		model->overview = model->overview_waiting;
		model->overview_waiting = NULL;
	}
	if (model->queues_waiting) {
		tui_queues_free(&model->queues);
		model->queues = model->queues_waiting;
		model->queues_waiting = NULL;
	}
	model->waiting = 0;
}

void
tui_model_pause(struct tui_model *model, bool is_paused)
{
	model->is_paused = is_paused;
	if (is_paused) {
		tui_log_freeze(&model->log, model->now_unix_ms);
		return;
	}
	show_waiting(model);
	if (tui_log_thaw(&model->log))
		tui_model_load_log(model);
	model->log_state.list.key[0] = '\0'; /* back to the newest */
	model->log_state.list.at = model->log_state.list.top = 0;
}

void
tui_model_go(struct tui_model *model, enum tui_screen screen)
{
	model->screen = screen;
	if (screen == TUI_LOG)
		model->log_state.is_started = true;
}

void
tui_model_request(struct tui_model *model, enum tui_request_kind kind, const char *method,
                  json_t *params, const char *key)
{
	struct tui_request *request = mem_zero(1, sizeof *request);

	request->kind = kind;
	request->method = method;
	request->params = params;
	snprintf(request->key, sizeof request->key, "%s", key);
	list_push_back(&model->requests, &request->link);
}

void
tui_request_free(struct tui_request **request)
{
	struct tui_request *gone = *request;

	if (!gone)
		return;
	*request = NULL;
	list_remove(&gone->link);
	json_decref(gone->params);
	mem_free(gone);
}

void
tui_model_load_log(struct tui_model *model)
{
	json_t *params = json_object();
	json_t *terms = tui_log_terms(model);

	tui_log_clear(&model->log);
	if (json_array_size(terms))
		api_json_put(params, "terms", terms);
	else
		json_decref(terms);
	api_json_put_int(params, "limit", TAIL_EVENTS);
	tui_model_request(model, TUI_REQUEST_TAIL, "log.tail", params, "");
}

bool
tui_marks_has(const struct tui_marks *marks, const char *key)
{
	for (size_t i = 0; i < marks->count; i++)
		if (strcmp(marks->key[i], key) == 0)
			return true;
	return false;
}

bool
tui_marks_toggle(struct tui_marks *marks, const char *key, int64_t generation)
{
	for (size_t i = 0; i < marks->count; i++)
		if (strcmp(marks->key[i], key) == 0) {
			marks->count--;
			memmove(marks->key[i], marks->key[marks->count], TUI_KEY_MAX);
			marks->generation[i] = marks->generation[marks->count];
			return true;
		}
	if (marks->count == TUI_MARKS_MAX)
		return false;
	snprintf(marks->key[marks->count], TUI_KEY_MAX, "%s", key);
	marks->generation[marks->count++] = generation;
	return true;
}

/* ---- what the daemon says ---------------------------------------------- */

static void
hear(struct tui_model *model)
{
	model->heard_mono_ms = model->now_mono_ms;
	model->link = TUI_LINK_LIVE;
}

/* meet_boot - true when it is the daemon we know; else forget what the other said. */
static void
meet_boot(struct tui_model *model, const char *boot_id)
{
	if (!boot_id || strcmp(boot_id, model->boot_id) == 0)
		return;
	if (model->boot_id[0]) {
		drop_cache(model);
		if (model->log_state.is_started)
			tui_model_load_log(model);
		model->queues_state.marks.count = 0; /* generations count anew */
		model->change.can_undo = false;
		tui_model_say(model, TUI_WARN, "relayd was restarted");
	}
	snprintf(model->boot_id, sizeof model->boot_id, "%s", boot_id);
}

void
tui_model_hello(struct tui_model *model, const json_t *result)
{
	hear(model);
	meet_boot(model, api_json_get_text(result, "boot_id"));
}

/* take_overview - the first picture of a subscription brings the whole past of
 * the rates, the following ones only what is new. */
static void
take_overview(struct tui_model *model, const json_t *data, bool is_first)
{
	struct tui_overview **slot =
		model->is_paused ? &model->overview_waiting : &model->overview;
	/* while paused the newest that waits carries the seconds on */
	const struct tui_overview *before = *slot ? *slot : model->overview;
	struct tui_overview *next = tui_overview_new(data, is_first ? NULL : before);

	tui_overview_free(slot);
	*slot = next;
}

/* keep_ghost - what was last seen of the selected queue, should it leave now. */
static void
keep_ghost(struct tui_model *model)
{
	struct tui_queues_state *state = &model->queues_state;
	const struct tui_queues *q = model->queues;

	for (size_t i = 0; q && i < q->rows; i++)
		if (state->list.key[0] && strcmp(q->row[i].key, state->list.key) == 0) {
			json_decref(state->ghost_source);
			state->ghost_source = json_incref(q->source);
			state->ghost = q->row[i];
			return;
		}
}

/* refresh_marks - of rows that are on the screen: what is seen now counts. A
 * mark on a queue that emptied goes with it, where the whole list is known. */
static void
refresh_marks(struct tui_marks *marks, const struct tui_queues *q)
{
	bool is_whole = q->offset == 0 && (int64_t)q->rows == q->total;

	for (size_t m = marks->count; m-- > 0;) {
		bool is_there = false;

		for (size_t i = 0; i < q->rows && !is_there; i++)
			if (strcmp(q->row[i].key, marks->key[m]) == 0) {
				marks->generation[m] = q->row[i].generation;
				is_there = true;
			}
		if (!is_there && is_whole)
			(void)tui_marks_toggle(marks, marks->key[m], 0);
	}
}

static void
take_queues(struct tui_model *model, const json_t *data)
{
	struct tui_queues **slot = model->is_paused ? &model->queues_waiting : &model->queues;

	if (!model->is_paused)
		keep_ghost(model);
	tui_queues_free(slot);
	*slot = tui_queues_new(data);
	if (!model->is_paused && model->queues_state.filter[0] == '\0')
		refresh_marks(&model->queues_state.marks, model->queues);
}

static void
take_view(struct tui_model *model, const json_t *params)
{
	const char *view = api_json_get_text(params, "view");
	const char *shown = tui_view_of(model->screen)->view;
	const json_t *data = json_object_get(params, "data");
	const json_t *head = json_object_get(data, "status");

	if (!view || !json_is_object(data))
		return;
	meet_boot(model, api_json_get_text(params, "boot_id"));
	tui_status_read(&model->status, strcmp(view, "status") == 0 ? data : head);
	if (strcmp(view, "overview") == 0)
		take_overview(model, data, api_json_get_int(params, "seq", 0) == 1);
	else if (strcmp(view, "queues") == 0)
		take_queues(model, data);
	model->waiting += model->is_paused && shown && strcmp(view, shown) == 0;
}

void
tui_model_notice(struct tui_model *model, const char *method, const json_t *params)
{
	hear(model);
	if (strcmp(method, "view") == 0)
		take_view(model, params);
	else if (strcmp(method, "event") == 0 && json_is_object(params))
		tui_log_take(&model->log, params, model->now_mono_ms);
	else if (strcmp(method, "events.lost") == 0)
		model->log.lost += (uint64_t)api_json_get_int(params, "count", 0);
	else if (strcmp(method, "events.sampled") == 0)
		tui_log_sampled(&model->log, (uint64_t)api_json_get_int(params, "count", 0),
		                model->now_mono_ms);
}

void
tui_model_reply(struct tui_model *model, const struct tui_request *request, const json_t *result,
                const struct api_error *error)
{
	hear(model);
	if (request->kind == TUI_REQUEST_CHANGE)
		tui_change_reply(model, request, result, error);
	else if (result) /* a refused filter was said when it was subscribed to */
		tui_log_backfill(&model->log, json_object_get(result, "events"));
}

void
tui_model_lost(struct tui_model *model, const struct api_error *error, int64_t retry_mono_ms)
{
	if (model->link == TUI_LINK_LIVE)
		model->link = TUI_LINK_LOST;
	model->link_error = *error;
	model->retry_mono_ms = retry_mono_ms;
	tui_change_lost(model);
}
