/* tui_log_act.c - see tui_log_act.h. */
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_names.h"
#include "api/api_term.h"
#include "base/arena.h"
#include "tui_export.h"
#include "tui_log_act.h"

#define SHIFT_COLUMNS 16

static void
follow(struct tui_model *model)
{
	struct tui_log_state *state = &model->log_state;

	if (tui_log_thaw(&model->log))
		tui_model_load_log(model);
	state->list.key[0] = '\0';
	state->list.at = state->list.top = 0;
}

static void
toggle_follow(struct tui_model *model)
{
	if (!model->log.is_frozen)
		tui_log_freeze(&model->log, model->now_unix_ms);
	else if (model->is_paused)
		tui_model_say(model, TUI_WARN, "all screens are paused: p resumes");
	else
		follow(model);
}

static bool
take_filter(struct tui_model *model, const char *text, struct err *err)
{
	struct api_terms terms;

	if (api_terms_parse(span_of(text), model->now_unix_ms, &terms, err) < 0)
		return false;
	snprintf(model->log_state.filter, sizeof model->log_state.filter, "%s", text);
	tui_model_load_log(model);
	return true;
}

/* take_kinds - by label or by name; the socket wants the name. */
static bool
take_kinds(struct tui_model *model, const char *text, struct err *err)
{
	const struct api_event_kind *kind;

	for (size_t i = 0; text[0] && (kind = api_event_kind_at(i)) != NULL; i++)
		if (span_is_nocase(span_of(text), kind->label) ||
		    span_is_nocase(span_of(text), kind->name)) {
			text = kind->name;
			break;
		}
	if (text[0] && !api_event_kind_find(span_of(text))) {
		(void)err_set(err, ERR_INPUT, 0, "no such kind");
		return false;
	}
	snprintf(model->log_state.kinds, sizeof model->log_state.kinds, "%s", text);
	tui_model_load_log(model);
	return true;
}

static void
mark_selected(struct tui_model *model)
{
	const struct tui_event *event = tui_log_selected(model);

	if (!event)
		return;
	/* what is marked is meant to be looked at */
	tui_log_freeze(&model->log, model->now_unix_ms);
	if (!tui_marks_toggle(&model->log_state.marks, event->id, 0))
		tui_model_say(model, TUI_WARN, "%d events can be marked, no more", TUI_MARKS_MAX);
}

static void
go_next_mark(struct tui_model *model)
{
	struct tui_log_state *state = &model->log_state;
	struct tui_rows rows = tui_log_rows(model);

	for (size_t n = 1; n <= model->log.count; n++) { /* round, back to itself */
		size_t i = (state->list.at + n) % model->log.count;

		if (tui_marks_has(&state->marks, tui_log_at(&model->log, i)->id)) {
			tui_log_freeze(&model->log, model->now_unix_ms);
			tui_list_go(&state->list, &rows, i);
			return;
		}
	}
	tui_model_say(model, TUI_PLAIN, "no event is marked: m marks one");
}

/* open_selected - its message; what has none shows its detail. */
static void
open_selected(struct tui_model *model)
{
	struct tui_log_state *state = &model->log_state;
	const struct tui_event *event = tui_log_selected(model);

	if (!event)
		return;
	tui_log_freeze(&model->log, model->now_unix_ms);
	if (event->message[0])
		tui_message_open(model, event->message,
		                 (uint32_t)api_json_get_int(event->source, "recipient_no", 0),
		                 "Log");
	else
		state->is_open = !state->is_open;
}

/* sibling - the next event of another message. */
bool
tui_log_sibling(struct tui_model *model, int by)
{
	struct tui_log_state *state = &model->log_state;
	struct tui_rows rows = tui_log_rows(model);
	size_t at = state->list.at;

	for (;;) {
		const struct tui_event *event;

		if (by < 0 ? at == 0 : at + 1 >= model->log.count)
			return false;
		at = by < 0 ? at - 1 : at + 1;
		event = tui_log_at(&model->log, at);
		if (!event->message[0] || strcmp(event->message, model->message.id) == 0)
			continue;
		tui_list_go(&state->list, &rows, at);
		tui_message_show(model, event->message,
		                 (uint32_t)api_json_get_int(event->source, "recipient_no", 0));
		return true;
	}
}

/* export - the newest thousand events that pass the filter, as relaycli says them. */
static void
export(struct tui_model *model)
{
	struct buf cli;

	buf_init(&cli, TUI_PALETTE_SIZE);
	(void)buf_printf(&cli, "log tail -n 1000 %s%s%s", model->log_state.filter,
	                 model->log_state.kinds[0] ? " event:" : "", model->log_state.kinds);
	(void)buf_append(&cli, "", 1);
	tui_export_ask(model, buf_data(&cli), "log");
	buf_deinit(&cli);
}

void
tui_log_act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_log_state *state = &model->log_state;
	struct tui_rows rows = tui_log_rows(model);

	(void)key;
	if (tui_list_act(&state->list, &rows, what)) {
		tui_log_freeze(&model->log, model->now_unix_ms);
		return;
	}
	switch (what) {
	case TUI_ACT_FOLLOW:
		toggle_follow(model);
		break;
	case TUI_ACT_OPEN:
		open_selected(model);
		break;
	case TUI_ACT_FILTER:
		tui_prompt_ask_line(&model->prompt, "filter (to: domain: cred: code: site: ...):",
		                    state->filter, take_filter);
		break;
	case TUI_ACT_EXPORT:
		export(model);
		break;
	case TUI_ACT_KINDS:
		tui_prompt_ask_line(&model->prompt,
				    "only DLVD DEFR BNCE RJCT ACPT EXPD AUTH (empty all):", "",
				    take_kinds);
		break;
	case TUI_ACT_MARK:
		mark_selected(model);
		break;
	case TUI_ACT_NEXT_MARK:
		go_next_mark(model);
		break;
	case TUI_ACT_LEFT:
		state->shift -= state->shift < SHIFT_COLUMNS ? state->shift : SHIFT_COLUMNS;
		break;
	case TUI_ACT_RIGHT:
		state->shift += state->shift < 1024 ? SHIFT_COLUMNS : 0;
		break;
	default:
		break;
	}
}
