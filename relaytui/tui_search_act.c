/* tui_search_act.c - see tui_search_act.h. */
#include <stdio.h>
#include <string.h>

#include "api/api_json.h"
#include "base/units.h"
#include "tui_export.h"
#include "tui_line.h"
#include "tui_search_act.h"

#define EXPORT_ROWS 1000       /* relaycli find gives no more at once */

static void
open_selected(struct tui_model *model)
{
	const struct tui_search *search = &model->search;
	const json_t *item = tui_search_selected(search);
	const char *id = tui_text_of(item, "id");

	if (id[0])
		tui_message_open(model, id,
		                 (uint32_t)api_json_get_int(item, "recipient_no", 0),
		                 search->path[0] ? search->path : "Search");
	else if (item)
		tui_model_say(model, TUI_PLAIN, "it was refused: no message of it exists");
}

bool
tui_search_sibling(struct tui_model *model, int by)
{
	struct tui_search *search = &model->search;
	struct tui_rows rows = tui_search_rows(search);
	const json_t *item;

	if (by < 0 ? search->list.at == 0 : search->list.at + 1 >= rows.total) {
		if (by < 0 || !search->cursor[0])
			return false;
		tui_search_more(model);
		tui_model_say(model, TUI_PLAIN, "the next page is asked for: ] again");
		return true;
	}
	tui_list_move(&search->list, &rows, by);
	item = tui_search_selected(search);
	tui_message_show(model, tui_text_of(item, "id"),
	                 (uint32_t)api_json_get_int(item, "recipient_no", 0));
	return true;
}

void
tui_search_place(const struct tui_model *model, char *out, size_t size)
{
	const struct tui_search *search = &model->search;
	char at[UNITS_TEXT_SIZE], of[UNITS_TEXT_SIZE];

	units_format_count(search->list.at + 1, at);
	units_format_count(tui_search_count(search), of);
	snprintf(out, size, "message %s of %s%s", at, of, search->cursor[0] ? "+" : "");
}

static bool
take_name(struct tui_model *model, const char *text, struct err *err)
{
	int number;

	if (!text[0] || strlen(text) >= TUI_SEARCH_NAME || strchr(text, '\t')) {
		(void)err_set(err, ERR_INPUT, 0, "1 to %d characters", TUI_SEARCH_NAME - 1);
		return false;
	}
	number = tui_search_save(model, text);
	if (number == 0) {
		(void)err_set(err, ERR_LIMIT, 0, "%d are saved: take the name of one of them",
		              TUI_SEARCH_SAVED);
		return false;
	}
	tui_model_say(model, TUI_PLAIN, "saved as s%d %s: s%d and Enter searches it again", number,
	              text, number);
	return true;
}

static void
export(struct tui_model *model)
{
	char words[TUI_PROMPT_TEXT_MAX + 32];

	if (tui_search_count(&model->search) == 0) {
		tui_model_say(model, TUI_PLAIN, "nothing was found yet");
		return;
	}
	snprintf(words, sizeof words, "find %s --limit %d", model->search.found, EXPORT_ROWS);
	tui_export_ask(model, words, "search");
}

/* type - a key into the line; was_cancelled: it ended a search, as the hint says. False: it is
 * for the screen, as everywhere. */
static bool
type(struct tui_model *model, int key, bool was_cancelled)
{
	struct tui_search *search = &model->search;

	if (key == TUI_KEY_ENTER) {
		search->path[0] = '\0'; /* the person's own from here on */
		tui_search_run(model);
	} else if (key == '\t') {
		tui_search_complete(model);
	} else if (key == TUI_KEY_DOWN) {
		search->is_in_results = tui_search_count(search) > 0;
	} else if (key == TUI_KEY_ESC && search->n > 0) {
		search->n = 0;
		search->line[0] = search->hint[0] = '\0';
	} else if (key == '?' && search->n == 0) {
		return false;
	} else if (tui_line_key(search->line, sizeof search->line, &search->n, key)) {
		if (!was_cancelled)
			search->hint[0] = '\0';
	} else {
		return false;
	}
	return true;
}

/* take_key - whatever is under way is given up first: nobody who goes on waits for it. */
bool
tui_search_take_key(struct tui_model *model, int key)
{
	struct tui_search *search = &model->search;
	bool was_asked = search->asked && !search->is_more && tui_search_cancel(model);

	if (search->completing) {
		tui_model_cancel(model, search->completing);
		search->completing = 0;
		search->hint[0] = '\0';
	}
	if (was_asked && (key == TUI_KEY_ESC || search->is_in_results) && !search->path[0]) {
		search->is_in_results = false;
		return true;
	}
	return !search->is_in_results && type(model, key, was_asked);
}

void
tui_search_act(struct tui_model *model, enum tui_act what, int key)
{
	struct tui_search *search = &model->search;
	struct tui_rows rows = tui_search_rows(search);

	(void)key;
	if (what == TUI_ACT_UP && search->list.at == 0) {
		search->is_in_results = false;
		return;
	}
	if (tui_list_act(&search->list, &rows, what))
		return;
	switch (what) {
	case TUI_ACT_OPEN:
		open_selected(model);
		break;
	case TUI_ACT_PANE:
	case TUI_ACT_FILTER:
		search->is_in_results = false;
		break;
	case TUI_ACT_NEW:
		tui_prompt_ask_line(&model->prompt, "save this search as:", "", take_name);
		break;
	case TUI_ACT_EXPORT:
		export(model);
		break;
	default:
		break;
	}
}
