/* tui_input.c - a key becomes an act: of the prompt if one is open, of every
 * screen, or of the view that is shown. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tui_change.h"
#include "tui_view.h"

static const struct {
	int key;
	enum tui_screen screen;
} screen_keys[] = {
	{ '1', TUI_OVERVIEW },     { '2', TUI_QUEUES },       { '3', TUI_THROTTLES },
	{ '4', TUI_DEFERRALS },    { '5', TUI_LOG },          { '6', TUI_SEARCH },
	{ '7', TUI_CREDENTIALS },  { '8', TUI_DOMAINS },      { '9', TUI_SUPPRESSIONS },
	{ '0', TUI_POOLS },
};

static void
go_by_digit(struct tui_model *model, int key)
{
	for (size_t i = 0; i < sizeof screen_keys / sizeof *screen_keys; i++)
		if (screen_keys[i].key == key && tui_view_of(screen_keys[i].screen))
			tui_model_go(model, screen_keys[i].screen);
}

static void
go_back(struct tui_model *model, bool may_quit)
{
	const struct tui_view *view = tui_view_of(model->screen);

	if (model->screen == TUI_HELP) {
		model->screen = model->help_of;
		return;
	}
	if ((view->back && view->back(model)) || tui_model_back(model) || !may_quit)
		return;
	model->wants_quit = model->has_asked_quit;
	model->has_asked_quit = true;
	tui_model_say(model, TUI_PLAIN, "q again to quit");
}

static void
toggle_read_only(struct tui_model *model)
{
	if (model->is_forced_read_only || strcmp(model->status.role, "viewer") == 0) {
		tui_model_say(model, TUI_WARN, model->is_forced_read_only ?
		              "started with --ro: start relaytui without it to change anything" :
		              "your role is viewer: the daemon lets you look, not change");
		return;
	}
	model->is_read_only = !model->is_read_only;
	tui_model_say(model, TUI_PLAIN, model->is_read_only ?
	              "read-only: changes are refused until Ctrl-R" : "changes are allowed again");
}

static void
copy_selected(struct tui_model *model)
{
	const struct tui_view *view = tui_view_of(model->screen);
	const char *text = view->selected ? view->selected(model) : "";

	if (!text[0]) {
		tui_model_say(model, TUI_PLAIN, "nothing is selected");
		return;
	}
	mem_free_wiped(model->wants_copy);
	model->wants_copy = mem_strdup(text);
	tui_model_say(model, TUI_PLAIN, "copied %s", text);
}

static void
open_help(struct tui_model *model)
{
	model->help_of = model->screen;
	model->help_top = 0;
	model->screen = TUI_HELP;
}

/* pick - with --pick Enter leaves with the row that is selected. False: there is none. */
static bool
pick(struct tui_model *model)
{
	const struct tui_view *view = tui_view_of(model->screen);
	const char *text = view->selected ? view->selected(model) : "";

	snprintf(model->picked, sizeof model->picked, "%s", text);
	model->wants_quit = text[0] != '\0';
	return model->wants_quit;
}

static void
act(struct tui_model *model, enum tui_act what, int key)
{
	if (what == TUI_ACT_OPEN && model->is_pick && pick(model))
		return;
	switch (what) {
	case TUI_ACT_SCREEN:
		go_by_digit(model, key);
		break;
	case TUI_ACT_BACK:
		go_back(model, key == 'q');
		break;
	case TUI_ACT_ESCAPE:
		go_back(model, false);
		break;
	case TUI_ACT_HELP:
		open_help(model);
		break;
	case TUI_ACT_PALETTE:
		tui_palette_open(model, "");
		break;
	case TUI_ACT_UNDO:
		tui_change_undo(model);
		break;
	case TUI_ACT_COPY:
		copy_selected(model);
		break;
	case TUI_ACT_PAUSE:
		tui_model_pause(model, !model->is_paused);
		break;
	case TUI_ACT_REVEAL:
		model->is_revealed = !model->is_revealed;
		break;
	case TUI_ACT_READ_ONLY:
		toggle_read_only(model);
		break;
	case TUI_ACT_REDRAW:
		model->wants_redraw = true;
		break;
	default:
		tui_view_of(model->screen)->act(model, what, key);
	}
}

void
tui_input_key(struct tui_model *model, int key)
{
	const struct tui_view *view = tui_view_of(model->screen);
	const struct tui_action *action;
	const char *why_not;

	if (model->dialog.is_open) {
		tui_dialog_key(&model->dialog, model, key);
		return;
	}
	if (model->palette.is_open) {
		tui_palette_key(model, key);
		return;
	}
	if (tui_prompt_is_open(&model->prompt)) {
		tui_prompt_key(&model->prompt, model, key);
		return;
	}
	if (key != 'q')
		model->has_asked_quit = false;
	if (view->key && view->key(model, key))
		return;
	action = tui_action_find(key, model->screen);
	if (!action)
		return;
	why_not = action->changes ? tui_model_refusal(model) : NULL;
	if (why_not)
		tui_model_say(model, TUI_WARN, "%s", why_not);
	else
		act(model, action->act, key);
}

void
tui_input_click(struct tui_model *model, int row)
{
	if (model->dialog.is_open || model->palette.is_open || tui_prompt_is_open(&model->prompt))
		return; /* what asks is answered by keys */
	if (tui_view_of(model->screen)->listing)
		tui_listing_click(model, row - TUI_HEAD_ROWS);
}

bool
tui_list_act(struct tui_list *list, const struct tui_rows *rows, enum tui_act what)
{
	long page = list->height > 1 ? (long)list->height - 1 : 1;

	switch (what) {
	case TUI_ACT_UP:
		tui_list_move(list, rows, -1);
		return true;
	case TUI_ACT_DOWN:
		tui_list_move(list, rows, 1);
		return true;
	case TUI_ACT_PAGE_UP:
		tui_list_move(list, rows, -page);
		return true;
	case TUI_ACT_PAGE_DOWN:
		tui_list_move(list, rows, page);
		return true;
	case TUI_ACT_TOP:
		tui_list_go(list, rows, 0);
		return true;
	case TUI_ACT_END:
		tui_list_go(list, rows, SIZE_MAX);
		return true;
	default:
		return false;
	}
}
