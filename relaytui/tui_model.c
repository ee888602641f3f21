/* tui_model.c - see tui_model.h: what the daemon says becomes what is shown. */
#include "tui_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "tui_change.h"
#include "tui_view.h"

#define TAIL_EVENTS 200
#define ZONE_MAX 16 /* bytes of a zone's name that relayd takes */

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
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++)
		tui_listing_deinit(&model->listing[screen]);
	tui_log_clear(&model->log);
	tui_message_forget(&model->message);
	model->waiting = 0;
}

void
tui_model_deinit(struct tui_model *model)
{
	drop_cache(model);
	tui_status_deinit(&model->status);
	tui_log_deinit(&model->log);
	tui_dialog_close(&model->dialog);
	tui_change_deinit(&model->change);
	tui_output_deinit(&model->output);
	tui_memory_deinit(&model->memory);
	mem_free_wiped(model->wants_copy);
	tui_search_deinit(&model->search);
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

const char *
tui_model_refusal(const struct tui_model *model)
{
	if (model->is_forced_read_only)
		return "read-only (--ro): nothing was changed";
	if (model->is_read_only)
		return "read-only (Ctrl-R): nothing was changed";
	if (tui_model_is_read_only(model))
		return "read-only (your role is viewer): nothing was changed";
	return tui_model_is_stale(model) ? "no word from relayd: nothing was changed" : NULL;
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
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++)
		tui_listing_show_waiting(&model->listing[screen]);
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

static void
show(struct tui_model *model, enum tui_screen screen)
{
	if (model->screen == TUI_OUTPUT && screen != TUI_OUTPUT) { /* it may be a new password */
		model->wants_stop = model->wants_stop || model->output.is_running;
		model->wants_forget = true;
		tui_output_deinit(&model->output);
	}
	model->screen = screen;
	if (screen == TUI_LOG)
		model->log_state.is_started = true;
}

void
tui_model_go(struct tui_model *model, enum tui_screen screen)
{
	model->trail_length = 0;
	show(model, screen);
}

void
tui_model_open(struct tui_model *model, enum tui_screen screen)
{
	size_t kept = model->trail_length < TUI_TRAIL_MAX ? model->trail_length
	                                                   : TUI_TRAIL_MAX - 1;

	memmove(model->trail + 1, model->trail, kept * sizeof *model->trail);
	model->trail[0] = model->screen;
	model->trail_length = kept + 1;
	show(model, screen);
}

bool
tui_model_back(struct tui_model *model)
{
	enum tui_screen to = TUI_OVERVIEW;

	if (model->trail_length > 0) {
		to = model->trail[0];
		model->trail_length--;
		memmove(model->trail, model->trail + 1,
		        model->trail_length * sizeof *model->trail);
	} else if (model->screen == TUI_OVERVIEW) {
		return false;
	}
	show(model, to);
	return true;
}

struct tui_request *
tui_model_request(struct tui_model *model, const char *method, json_t *params, const char *key,
                  tui_answer_fn answered)
{
	struct tui_request *request = mem_zero(1, sizeof *request);

	request->serial = ++model->last_serial;
	request->method = method;
	request->params = params;
	request->answered = answered;
	request->screen = model->screen;
	snprintf(request->key, sizeof request->key, "%s", key);
	list_push_back(&model->requests, &request->link);
	return request;
}

void
tui_model_cancel(struct tui_model *model, uint64_t serial)
{
	for (struct list *link = model->requests.next; link != &model->requests;
	     link = link->next) {
		struct tui_request *request = LIST_OWNER(link, struct tui_request, link);

		if (request->serial == serial) { /* not even sent */
			tui_request_free(&request);
			return;
		}
	}
	tui_model_request(model, "rpc.cancel", json_object(), "", NULL)->cancels = serial;
}

void
tui_model_put_zone(const struct tui_model *model, json_t *params)
{
	time_t now = (time_t)(model->now_unix_ms / 1000);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	api_json_put_int(params, "utc_offset_sec", tm.tm_gmtoff);
	if (tm.tm_zone && strlen(tm.tm_zone) <= ZONE_MAX)
		api_json_put_text(params, "zone", tm.tm_zone);
}

bool
tui_model_is_elsewhere(struct tui_model *model, const struct tui_request *request)
{
	bool is = model->dialog.is_open || model->palette.is_open ||
	          tui_prompt_is_open(&model->prompt) || model->screen != request->screen;

	if (is)
		tui_model_say(model, TUI_PLAIN, "%s: asked too late for you, press the key again",
		              request->key);
	return is;
}

void
tui_model_say_error(struct tui_model *model, const char *what, const struct api_error *error)
{
	tui_model_say(model, TUI_BAD, "%s: %s%s%s", what, error->message,
	              error->hint[0] ? "; " : "", error->hint);
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

/* take_tail - a refused filter was said when it was subscribed to. */
static void
take_tail(struct tui_model *model, const struct tui_request *request, const json_t *result,
          const struct api_error *error)
{
	(void)request, (void)error;
	if (result)
		tui_log_backfill(&model->log, json_object_get(result, "items"));
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
	(void)tui_model_request(model, "log.tail", params, "", take_tail);
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
		model->change.can_undo = false;
		if (model->dialog.button)
			tui_dialog_close(&model->dialog); /* what it is about counts anew */
		model->prompt.accept = NULL;
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

/* take_list - of the screen whose view that is. */
static void
take_list(struct tui_model *model, const char *view, const json_t *data)
{
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		const struct tui_view *its = tui_view_of((enum tui_screen)screen);

		if (its && its->listing && strcmp(its->view, view) == 0)
			tui_listing_take(&model->listing[screen], data, model->is_paused);
	}
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
	else
		take_list(model, view, data);
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
	if (request->answered)
		request->answered(model, request, result, error);
}

/* forget_question - its answer will not come: it is asked anew. */
static void
forget_question(struct tui_detail *detail)
{
	if (detail->is_asked)
		detail->key[0] = '\0';
	detail->is_asked = false;
}

void
tui_model_lost(struct tui_model *model, const struct api_error *error, int64_t retry_mono_ms)
{
	if (model->link == TUI_LINK_LIVE)
		model->link = TUI_LINK_LOST;
	model->link_error = *error;
	model->retry_mono_ms = retry_mono_ms;
	tui_change_lost(model);
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++)
		forget_question(&model->listing[screen].detail);
	tui_message_lost(&model->message);
	tui_search_lost(&model->search);
}
